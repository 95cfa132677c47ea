package web

import "earmark/models"

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
