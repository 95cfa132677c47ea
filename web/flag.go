package web

import (
	"encoding/json"
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// flagPage is the body of flag.html.
type flagPage struct {
	Flag        models.Flag
	Severity    Cell
	District    string
	Liaison     string
	Application string // reference
	Title       string
	Means       string
	Citation    string
	Fix         string
	Rules       string // definition and version
	Age         string
	Numbers     []Figure
	ReplyBy     string
	Reply       *FlagForm
	Waive       *FlagForm
	History     []Event
	Files       *AttachmentsView
}

// FlagForm is one of the two answers to a flag.
type FlagForm struct {
	*Form
	Comment Field
	Until   Field
	Open    bool
	Blocked string
}

// Figure is a named value.
type Figure struct{ Name, Value string }

// flag is one finding: what it rests on, what was answered, and the answer that is open now.
func (w *Web) flag(r *request) error { return w.showFlag(r, nil, "") }

func (w *Web) showFlag(r *request, sent *Form, event string) error {
	d, err := r.s.Flag(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	people := []string{}
	if d.ReplyBy != nil {
		people = append(people, *d.ReplyBy)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, []string{d.OrganizationID}, people)
	if err != nil {
		return err
	}
	body := flagPage{Flag: d, Severity: r.severity(d.Severity), District: names.District(d.OrganizationID), Liaison: names.Liaison(d.OrganizationID), Title: titleOf(d), Age: r.fromToday(d.FirstSeen)}
	if d.ReplyBy != nil {
		body.ReplyBy = names.People[*d.ReplyBy]
	}
	body.evidence(r, d)
	if d.ApplicationID != "" {
		app, err := r.s.Application(r.ctx(), r.who, d.ApplicationID)
		if err != nil {
			return err
		}
		body.Application = app.Application.Reference
	}
	body.answers(r, d, sent, event)
	if body.History, err = r.history(d.Kind(), d.ID); err != nil {
		return err
	}
	if body.Files, err = r.attachments("flag", d.ID, "/flags/"+d.ID); err != nil {
		return err
	}
	page := Page{Title: body.Title, Lead: d.Detail, Section: "/flags?status=standing", Body: body, Crumbs: []Link{{Text: r.t("Flags"), Href: "/flags?status=standing"}}}
	if sent != nil {
		if sent.Failed != nil && sent.Failed.Kind == models.Stale {
			sent.against(d.Version, workflow.FlagTransition{Comment: d.Reply, Until: d.WaivedUntil})
			body.answers(r, d, sent, event)
			page.Body = body
		}
		page.Problems, page.Status = sent.Problems(), sent.Status()
	}
	return r.show("flag", page)
}

// answers are the forms of the steps that the reader has now.
func (p *flagPage) answers(r *request, d models.Flag, sent *Form, event string) {
	for _, o := range workflow.Offers(r.who, &d) {
		f := sent
		if sent == nil || event != o.Event {
			f = r.form("/flags/"+d.ID, d.Version, nil)
		}
		form := &FlagForm{Form: f, Blocked: o.Blocked, Open: sent != nil && event == o.Event, Until: f.Date("until", r.t("Accepted until")).Needed().
			Hinted(r.t("The last day of the waiver. If the finding still holds then, the flag opens again.")).Sized("md")}
		switch o.Event {
		case "acknowledge":
			form.Comment = f.Area("comment", r.t("Your reply")).Needed().AtMost(4000).
				Hinted(r.t("Say what happened, what you do about it (the corrective action) and by when. The liaison and the reviewers read it."))
			p.Reply = form
		case "waive":
			form.Comment = f.Area("comment", r.t("Why it is accepted")).Needed().AtMost(4000).Hinted(r.t("The district and the auditor read this reason."))
			p.Waive = form
		}
		if !form.Open && (o.Event == "waive" || sent != nil) { // one set of identifiers for the form that has the errors
			form.Comment.ID, form.Until.ID = o.Event+"-comment", o.Event+"-until"
		}
	}
}

// told are the members of the evidence that are shown in words and not as figures.
var told = []string{"rule", "check", "title", "citation", "fix", "definition", "date"}

// evidence takes apart what the finding rests on.
func (p *flagPage) evidence(r *request, d models.Flag) {
	found := evidenceOf(d)
	text := func(name string) string { s, _ := found[name].(string); return s }
	p.Means, p.Citation, p.Fix, p.Rules = r.checkWords(text("check")), text("citation"), text("fix"), text("definition")
	var rest []string
	for name := range found {
		if !slices.Contains(told, name) && name != "measure" && name != "threshold" {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	unit := measureUnits[text("check")]
	p.Numbers = append(p.Numbers, Figure{r.t("Found"), shown(r.lang, unit, models.NumberCell(d.Measure))}, Figure{r.t("Compared with"), shown(r.lang, unit, models.NumberCell(d.Threshold))})
	for _, name := range rest {
		if value := r.evidenceValue(name, found[name]); value != "" {
			p.Numbers = append(p.Numbers, Figure{r.t(words(evidenceName(name))), value})
		}
	}
	if on := models.Date(text("date")); on != "" {
		p.Numbers = append(p.Numbers, Figure{r.t("Found by the night of"), day(r.lang, on)})
	}
}

// measureUnits are the units of the checks' measures; a count where nothing is said.
var measureUnits = map[string]models.Unit{
	"below_minimum": models.UnitBasisPoints, "behind_pace": models.UnitBasisPoints, "spent_without_result": models.UnitBasisPoints,
	"cell_over_tolerance": models.UnitCents, "spent_before_approval": models.UnitCents, "over_allocation": models.UnitCents, "report_differs": models.UnitCents,
	"line_unlinked": models.UnitInteger, "no_report": models.UnitInteger, "due_passed": models.UnitInteger, "worksheet_missing": models.UnitInteger, "result_missing": models.UnitInteger,
}

func evidenceName(name string) string {
	for _, unit := range []string{"_cents", "_bp", "_on"} {
		name = strings.TrimSuffix(name, unit)
	}
	return name
}

func (r *request) evidenceValue(name string, value any) string {
	switch v := value.(type) {
	case json.Number:
		n, err := v.Int64()
		switch {
		case err != nil:
			return v.String()
		case strings.HasSuffix(name, "_cents"):
			return models.Cents(n).String()
		case strings.HasSuffix(name, "_bp"):
			return percent(n)
		}
		return v.String()
	case string:
		if models.Date(v).Valid() {
			return day(r.lang, models.Date(v))
		}
		return v
	}
	return ""
}

// answerFlag takes a reply or a waiver.
func (w *Web) answerFlag(r *request) error {
	var in workflow.FlagTransition
	f, ok := r.sent("/flags/"+r.id(), &in)
	in.ID = r.id()
	if ok {
		if _, err := r.s.TransitionFlag(r.ctx(), r.who, in); err == nil {
			if in.Event == "waive" {
				return r.done("/flags/"+in.ID, "Waived. The district is told.")
			}
			to := "/flags/" + in.ID
			if back := local(f.Values.Get("back")); f.Values.Get("back") != "" {
				to = back
			}
			return r.done(to, "Your reply is kept with the flag.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showFlag(r, f, f.Values.Get("event"))
}
