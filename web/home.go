package web

import (
	"slices"

	"earmark/models"
	"earmark/workflow"
)

// home is the first page: what waits for this person.
func (w *Web) home(r *request) error {
	switch own := r.who.Districts(); {
	case r.office():
		return r.officeHome()
	case len(own) > 0:
		at := r.Query("organization_id")
		if !slices.Contains(own, at) {
			at = own[0]
		}
		o, err := r.s.Organization(r.ctx(), r.who, at)
		if err != nil {
			return err
		}
		return r.showDistrict(o, false)
	}
	return r.reviewerHome()
}

// organizationHome is the home of a district as the office sees it.
func (w *Web) organizationHome(r *request) error {
	o, err := r.s.Organization(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return r.showDistrict(o, !slices.Contains(r.who.Districts(), o.ID))
}

// switches are the links between the organizations of one person.
func (r *request) switches(current string) ([]Link, error) {
	own := r.who.Districts()
	if len(own) < 2 {
		return nil, nil
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, own, nil)
	var links []Link
	for _, id := range own {
		links = append(links, Link{Text: names.District(id), Href: "/?organization_id=" + id, Current: id == current})
	}
	return links, err
}

// reviewerHome is the body of reviewer_home.html: the sheets of somebody who only scores.
type reviewerHome struct{ Sheets []models.Scoresheet }

func (r *request) reviewerHome() error {
	sheets, err := r.s.Scoresheets(r.ctx(), r.who, workflow.ListScoresheets{ReviewerID: r.who.UserID, Limit: 100})
	if err != nil && models.KindOf(err) != models.Forbidden {
		return err
	}
	return r.show("reviewer_home", Page{Title: r.t("Home"), Section: "/", Body: reviewerHome{sheets}, Lead: r.t("The score sheets that wait for you come first.")})
}
