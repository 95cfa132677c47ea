package web

import (
	"strings"

	"earmark/models"
)

// fromToday is a day as people count it: today, in 3 days, 2 days ago.
func (r *request) fromToday(d models.Date) string {
	if d.IsZero() {
		return ""
	}
	switch n := d.DaysSince(r.s.Today()); {
	case n == 0:
		return r.t("today")
	case n > 0:
		return plural(r.lang, n, "tomorrow", "in %d days")
	default:
		return plural(r.lang, -n, "yesterday", "%d days ago")
	}
}

// late is what a due day that has passed is called, or how long there is still time.
func (r *request) late(d models.Date) string {
	if n := r.s.Today().DaysSince(d); n > 0 {
		return plural(r.lang, n, "1 day late", "%d days late")
	}
	return r.fromToday(d)
}

// addressOf is the page of a document; "" where there is none for this kind.
func addressOf(kind, id string) string {
	switch {
	case kind == "" || id == "":
		return ""
	case kind == "allocation_run":
		return "/allocations?run_id=" + id
	case kind == "session", kind == "api_token":
		return "/account"
	case strings.HasSuffix(kind, "y"):
		return "/" + strings.TrimSuffix(kind, "y") + "ies/" + id
	}
	return "/" + kind + "s/" + id
}
