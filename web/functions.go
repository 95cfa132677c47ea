package web

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"earmark/models"
)

// functions are what templates call. They render; they decide nothing.
func functions(lang string, files *static) template.FuncMap {
	return template.FuncMap{
		"t":        func(text string, args ...any) string { return say(lang, text, args...) },
		"n":        func(count int, one, many string) string { return plural(lang, count, one, many) },
		"static":   files.path,
		"icon":     func(name string) template.HTML { return icon(files, name) },
		"money":    func(c models.Cents) string { return c.String() },
		"amount":   func(h models.Hundredths, unit string) string { return amountIn(lang, h, unit) },
		"signed":   signed,
		"rate":     func(b models.BasisPoints) string { return percent(int64(b)) },
		"day":      func(d models.Date) string { return day(lang, d) },
		"moment":   func(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 MST") },
		"words":    func(state any) string { return say(lang, words(fmt.Sprint(state))) },
		"tone":     func(state any) string { return tone(fmt.Sprint(state)) },
		"value":    func(s *string) string { return *s },
		"join":     strings.Join,
		"query":    url.QueryEscape,
		"seq":      func(n int) []int { return make([]int, n) },
		"add":      func(a, b int) int { return a + b },
		"lines":    func(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") },
		"form":     func() *Form { return nil },
		"confirm":  newConfirm,
		"list":     func(items ...any) []any { return items },
		"hasField": func(name string, names ...string) bool { return contains(names, name) },
	}
}

// plural chooses between "1 line" and "%d lines".
func plural(lang string, count int, one, many string) string {
	if count == 1 {
		return say(lang, one)
	}
	return say(lang, many, count)
}

// icon is a picture of the design system's sprite, beside a text that says the same.
func icon(files *static, name string) template.HTML {
	return template.HTML(`<svg class="usa-icon" aria-hidden="true" focusable="false"><use href="` + files.path("vendor/uswds/img/sprite.svg") + `#` + template.HTMLEscapeString(name) + `"></use></svg>`) //nolint:gosec // both parts are ours
}

// percent writes basis points as people say them: 8725 is 87.25 %.
func percent(bp int64) string {
	sign := ""
	if bp < 0 {
		sign, bp = "−", -bp
	}
	text := fmt.Sprintf("%d.%02d", bp/100, bp%100)
	return sign + strings.TrimSuffix(strings.TrimSuffix(text, "0"), ".0") + " %"
}

var months = map[string][]string{
	"en": {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	"es": {"ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic"},
}

// day writes a date as people read it: Mar 31, 2026 or 31 mar 2026.
func day(lang string, d models.Date) string {
	if !d.Valid() {
		return string(d)
	}
	y, m, n := string(d[:4]), int(d[5]-'0')*10+int(d[6]-'0'), strings.TrimPrefix(string(d[8:]), "0")
	if lang == "es" {
		return n + " " + months[lang][m-1] + " " + y
	}
	return months["en"][m-1] + " " + n + ", " + y
}

// words turn a state or a code into words: full_review is "Full review".
func words(code string) string {
	text := strings.ReplaceAll(code, "_", " ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// tones say how a state looks; what is not listed is neutral. A tag always has its word:
// color tells nothing alone.
var tones = map[string]string{
	"approved": "good", "published": "good", "accepted": "good", "done": "good", "resolved": "good", "paid": "good", "met": "good", "signed": "good", "active": "good", "open_year": "good", "sent": "good", "succeeded": "good", "in_force": "good", "certified": "good", "on_track": "good", "held": "good", "granted": "good",
	"returned": "warn", "open": "warn", "due": "warn", "acknowledged": "warn", "submitted": "wait", "in_review": "wait", "draft": "wait", "upcoming": "wait", "pending": "wait", "expected": "wait", "running": "wait", "requested": "wait", "planned": "wait", "waived": "wait", "under_review": "wait",
	"denied": "bad", "overdue": "bad", "late": "bad", "missed": "bad", "failed": "bad", "rejected": "bad", "suspended": "bad", "refused": "bad", "below_minimum": "bad", "missing": "bad",
}

func tone(state string) string { return tones[state] }

// Confirm is a step that asks before it is taken: a disclosure with the form inside, which
// needs no script.
type Confirm struct {
	Button  string // what opens it
	Title   string // the question
	Text    string // what will happen, and whether it can be undone
	Yes     string // the button that does it
	Action  string
	Event   string
	Version int64
	Comment string // label of the reason; "" asks for none
	Needed  bool   // the reason must be given
	Danger  bool
	ID      string
}

func newConfirm(button, title, text, yes, action, event string, version int64) Confirm {
	return Confirm{Button: button, Title: title, Text: text, Yes: yes, Action: action, Event: event, Version: version, ID: "confirm-" + event}
}

// Asking adds a reason, which must be given or may.
func (c Confirm) Asking(label string, needed bool) Confirm {
	c.Comment, c.Needed = label, needed
	return c
}

// Dangerous marks what cannot be undone.
func (c Confirm) Dangerous() Confirm { c.Danger = true; return c }
