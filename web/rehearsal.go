package web

import (
	"earmark/models"
	"earmark/workflow"
)

// rehearsalPage is the body of rehearsal.html.
type rehearsalPage struct {
	Form     *Form
	Facts    []Option
	Result   *workflow.Rehearsal
	Findings []foundWords
	Chart    *Chart
}

// foundWords is one thing that would be otherwise.
type foundWords struct {
	workflow.RehearsalFinding
	What Cell
	Href string
}

func (w *Web) rehearsal(r *request) error {
	if err := r.s.Needs(r.who, workflow.RunRehearsal); err != nil {
		return err
	}
	return r.showRehearsal(r.form("/grant_years/"+r.id()+"/rehearsal", 0, workflow.RehearseRules{}), nil)
}

// rehearse replays a changed definition. It stores nothing, so its answer is the page.
func (w *Web) rehearse(r *request) error {
	in := workflow.RehearseRules{}
	f, file, ok := r.sentFile("/grant_years/"+r.id()+"/rehearsal", &in, "file")
	in.GrantYearID = r.id()
	if len(file.Content) > 0 {
		in.Definition = string(file.Content)
		f.Values.Set("definition", in.Definition)
	}
	if ok {
		result, err := r.s.Rehearse(r.ctx(), r.who, in)
		if err == nil {
			return r.showRehearsal(f, &result)
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return r.showRehearsal(f, nil)
}

func (r *request) showRehearsal(f *Form, result *workflow.Rehearsal) error {
	year, err := r.s.GrantYear(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	body := rehearsalPage{Form: f, Result: result}
	if body.Facts, err = r.factYears(); err != nil {
		return err
	}
	if result != nil {
		r.rehearsed(&body)
	}
	return r.show("rehearsal", Page{Title: r.t("Rehearse a changed definition"), Section: "/grant_years", Wide: result != nil,
		Crumbs:   []Link{{Text: r.t("Grant years"), Href: "/grant_years"}, {Text: year.Title, Href: "/grant_years/" + year.ID}},
		Lead:     r.t("Replays the rules over the applications and facts of %s, once as they are and once as you changed them, and shows every difference. Nothing is stored and nobody is told.", year.Title),
		Problems: f.Problems(), Status: f.Status(), Body: body})
}

func (r *request) rehearsed(body *rehearsalPage) {
	for _, d := range body.Result.Findings {
		x := foundWords{RehearsalFinding: d, What: Text(d.Effect)}
		switch d.Effect {
		case workflow.EffectFails:
			x.What.Shown, x.What.Tag = r.t("Newly fails"), "bad"
		case workflow.EffectPasses:
			x.What.Shown, x.What.Tag = r.t("Newly passes"), "good"
		default:
			x.What.Shown, x.What.Tag = r.t("Changes"), "warn"
		}
		switch {
		case d.RevisionID != "":
			x.Href = "/revisions/" + d.RevisionID
		case d.ApplicationID != "":
			x.Href = "/applications/" + d.ApplicationID
		}
		body.Findings = append(body.Findings, x)
	}
	var rows []workflow.Compared
	for _, d := range body.Result.Recipients {
		rows = append(rows, workflow.Compared{Organization: models.Organization{Code: d.Code, Name: d.Name}, BaseCents: d.BaseCents, AmountCents: d.AmountCents, ChangeCents: d.ChangeCents, ChangeBP: d.ChangeBP})
	}
	body.Chart = r.changeChart(r.t("Whose allocation would change"), rows)
}
