package web

import (
	"encoding/json"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesTerms() []route {
	return []route{
		{"GET", "/agreements/:id/term_outlook", w.termOutlook},
		{"POST", "/term_decisions", w.draftTermDecision},
		{"GET", "/term_decisions", w.termDecisions},
		{"GET", "/term_decisions/:id", w.termDecision},
		{"POST", "/term_decisions/:id/transitions", w.stepTermDecision},
	}
}

type termBody struct {
	workflow.TermOutlook
	Form    *Form
	May     bool
	Nothing string // why there is no outlook
	AgreeID string
}

func (w *Web) termOutlook(r *request) error { return w.showOutlook(r, r.id(), nil) }

// showOutlook shows what would follow if the term were over today.
func (w *Web) showOutlook(r *request, id string, f *Form) error {
	a, err := r.s.Agreement(r.ctx(), r.who, id)
	if err != nil {
		return err
	}
	place, err := w.agreementPlace(r, a)
	if err != nil {
		return err
	}
	b := termBody{May: r.s.May(r.who, workflow.DraftTermDecision, ""), Form: f, AgreeID: id}
	if f == nil {
		b.Form = r.form("/term_decisions", 0, workflow.NewTermDecision{AgreementID: id})
	}
	p := Page{Title: r.t("End of the term"), Section: "/agreements", Crumbs: place.crumbs, Wide: true, Problems: f.Problems(),
		Lead: r.t("Which schools would leave, and whether a measure would follow, with what is known today.")}
	if f != nil {
		p.Status = f.Status()
	}
	b.TermOutlook, err = r.s.TermOutlook(r.ctx(), r.who, id)
	if models.KindOf(err) == models.Conflict {
		b.Nothing, err = detailOf(err), nil
	}
	if err != nil {
		return err
	}
	p.Body = b
	return r.show("term_outlook", p)
}

func (w *Web) draftTermDecision(r *request) error {
	var in workflow.NewTermDecision
	f, ok := r.sent("/term_decisions", &in)
	if ok {
		d, err := r.s.DraftTermDecision(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/term_decisions/"+d.ID, "The decision is drafted. Another person decides it.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showOutlook(r, in.AgreementID, f)
}

func (w *Web) termDecisions(r *request) error {
	var in workflow.ListTermDecisions
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	names, err := r.agreementNames()
	if err != nil {
		return err
	}
	type row = models.TermDecision
	l := Listing[row]{Path: "/term_decisions", Name: "term_decisions", Caption: r.t("Decisions at the end of a term"),
		Load: func(workflow.Page) ([]row, error) { return r.s.TermDecisions(r.ctx(), r.who, in) },
		Columns: []Column[row]{
			{Key: "agreement", Label: r.t("Agreement"), Cell: func(d row) Cell { return Text(names[d.AgreementID]).To("/term_decisions/" + d.ID) }},
			{Key: "status", Label: r.t("Status"), Cell: func(d row) Cell { return r.Tagged(string(d.Status)) }},
			{Key: "exits", Label: r.t("Schools that leave"), Unit: models.UnitInteger, Cell: func(d row) Cell { return Number(d.ExitCount).Noted(r.t("of %d", d.SchoolCount)) }},
			{Key: "met", Label: r.t("Outcomes met"), Unit: models.UnitInteger, Cell: func(d row) Cell { return Number(d.Met).Noted(r.t("of %d", d.Total)) }},
			{Key: "says", Label: r.t("What follows"), Cell: func(d row) Cell { return Text(d.Says()) }},
			{Key: "decided_on", Label: r.t("Decided on"), Unit: models.UnitDate, Cell: func(d row) Cell { return Day(d.DecidedOn) }}},
		Filters: []Field{f.Select("agreement_id", r.t("Agreement"), optionsOf(names)), f.Select("status", r.t("Status"), r.states("draft", "decided", "superseded", "discarded"))},
		Empty:   r.t("Nothing was decided yet. A decision is drafted from the page of an agreement: End of the term.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	v.keeping(f, "organization_id")
	return r.show("listing", Page{Title: r.t("Decisions at the end of a term"), Section: "/term_decisions", Body: v, Wide: true})
}

type termDecisionBody struct {
	models.TermDecision
	Schools  []workflow.SchoolOutlook
	Outcomes []workflow.OutcomeStanding
	People   map[string]string
	Steps    []Confirm
	Blocked  []string
	What     string
}

func (w *Web) termDecision(r *request) error { return w.showTermDecision(r, nil) }

func (w *Web) showTermDecision(r *request, f *Form) error {
	d, err := r.s.TermDecision(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	a, err := r.s.Agreement(r.ctx(), r.who, d.AgreementID)
	if err != nil {
		return err
	}
	place, err := w.agreementPlace(r, a)
	if err != nil {
		return err
	}
	b := termDecisionBody{TermDecision: d, What: d.Says()}
	people := []string{d.DraftedBy}
	if d.DecidedBy != nil {
		people = append(people, *d.DecidedBy)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, people)
	if err != nil {
		return err
	}
	b.People = names.People
	if err := json.Unmarshal([]byte(d.Schools), &b.Schools); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(d.Outcomes), &b.Outcomes); err != nil {
		return err
	}
	for _, o := range workflow.Offers(r.who, &d) {
		if o.Blocked != "" {
			b.Blocked = append(b.Blocked, o.Blocked)
			continue
		}
		c := newConfirm(r.t("Decide"), r.t("Decide this?"), r.t("It holds from then on; the district is told. Only a later decision takes its place."), r.t("Yes, decide it"), "/term_decisions/"+d.ID+"/transitions", o.Event, d.Version).Asking(r.t("Comment"), o.Comment)
		if o.Event == "discard" {
			c = newConfirm(r.t("Discard the draft"), r.t("Discard this draft?"), r.t("It can be drafted again."), r.t("Yes, discard it"), "/term_decisions/"+d.ID+"/transitions", o.Event, d.Version).Asking(r.t("Reason"), o.Comment).Dangerous()
		}
		b.Steps = append(b.Steps, c)
	}
	p := Page{Title: r.t("Decision %d at the end of the term", d.Number), Lead: place.district.Name, Section: "/term_decisions", Crumbs: place.crumbs, Body: b, Problems: f.Problems(), Wide: true}
	if f != nil {
		p.Status = f.Status()
	}
	return r.show("term_decision", p)
}

func (w *Web) stepTermDecision(r *request) error {
	in := workflow.TermDecisionTransition{ID: r.id()}
	f, ok := r.sent(r.Request.URL.Path, &in)
	if ok {
		if _, err := r.s.TransitionTermDecision(r.ctx(), r.who, in); err == nil {
			return r.done("/term_decisions/"+in.ID, "Done.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showTermDecision(r, f)
}
