package web

import (
	"earmark/models"
)

// awardPage is the body of award_notice.html.
type awardPage struct {
	models.AwardNotice
	Denied int
	PDF    string
}

// awardNotice is what the office told the district when a revision took force.
func (w *Web) awardNotice(r *request) error {
	n, err := r.s.AwardNotice(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	body := awardPage{AwardNotice: n, PDF: "/api/v1/revisions/" + r.id() + "/award_notice?format=pdf"}
	for _, l := range n.Lines {
		if l.Decision == "denied" {
			body.Denied++
		}
	}
	title := r.t("Award notice %s", n.Reference)
	if n.Amendment > 0 {
		title = r.t("Award notice %s, amendment %d", n.Reference, n.Amendment)
	}
	return r.show("award_notice", Page{Title: title, Lead: n.District + ", " + n.GrantYear, Body: body, Crumbs: []Link{{Text: r.t("Review"), Href: "/revisions/" + r.id() + "/review"}}})
}
