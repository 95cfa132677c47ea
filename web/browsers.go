package web

import (
	"slices"
	"strings"
)

// browser names what a session was opened with. Browsers tell of themselves what they want,
// so it helps memory and proves nothing.
func (r *request) browser(agent string) string {
	name, system := "", ""
	for _, known := range [][2]string{{"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}} {
		if strings.Contains(agent, known[0]) {
			name = known[1]
			break
		}
	}
	for _, known := range [][2]string{{"Windows", "Windows"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, known[0]) {
			system = known[1]
			break
		}
	}
	switch {
	case name != "" && system != "":
		return r.t("%s on %s", name, system)
	case name != "":
		return name
	case agent != "":
		return shorten(agent, 40)
	}
	return r.t("unknown")
}

func hasWord(text, word string) bool { return slices.Contains(strings.Fields(text), word) }
