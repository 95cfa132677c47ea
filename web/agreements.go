package web

import (
	"cmp"
	"slices"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesAgreements() []route {
	return join(w.pagesAgreement(), w.pagesTargetResults(), w.pagesRecords(), w.pagesMeetings(), w.pagesCohorts(), w.pagesTerms(), w.pagesMeasures())
}

func (w *Web) pagesAgreement() []route {
	return []route{
		{"GET", "/agreements", w.agreements},
		{"GET", "/agreements/new", w.newAgreement},
		{"POST", "/agreements", w.createAgreement},
		{"GET", "/agreements/:id", w.agreement},
		{"GET", "/agreements/:id/edit", w.editAgreement},
		{"POST", "/agreements/:id/edit", w.updateAgreement},
		{"POST", "/agreements/:id/transitions", w.stepAgreement},
		{"GET", "/agreements/:id/changes", w.agreementChanges},
		{"GET", "/agreements/:id/gate_waivers/new", w.newGateWaiver},
		{"POST", "/agreements/:id/gate_waivers", w.waiveGate},
		{"POST", "/agreements/:id/gate_waivers/:part/removal", w.revokeGateWaiver},
		{"GET", "/agreements/:id/goals/:part", w.goalForm},
		{"POST", "/agreements/:id/goals/:part", w.saveGoal},
		{"POST", "/agreements/:id/goals/:part/removal", w.removeGoal},
		{"GET", "/agreements/:id/targets/:part", w.target},
		{"GET", "/agreements/:id/targets/:part/edit", w.targetForm},
		{"POST", "/agreements/:id/targets/:part", w.saveTarget},
		{"POST", "/agreements/:id/targets/:part/removal", w.removeTarget},
		{"GET", "/agreements/:id/targets/:part/retirement", w.retirementForm},
		{"POST", "/agreements/:id/targets/:part/retirement", w.retireTarget},
		{"GET", "/agreements/:id/strategies/:part", w.strategyForm},
		{"POST", "/agreements/:id/strategies/:part", w.saveStrategy},
		{"POST", "/agreements/:id/strategies/:part/removal", w.removeStrategy},
		{"GET", "/agreements/:id/activities/:part", w.activityForm},
		{"POST", "/agreements/:id/activities/:part", w.saveActivity},
		{"POST", "/agreements/:id/activities/:part/removal", w.removeActivity},
	}
}

// agreements lists who has an agreement, with whom, and for how long.
func (w *Web) agreements(r *request) error {
	var in workflow.ListAgreements
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	all, err := r.s.Agreements(r.ctx(), r.who, workflow.ListAgreements{})
	if err != nil {
		return err
	}
	var cohorts, liaisons, tiers []Option
	for _, a := range all {
		cohorts = offering(cohorts, a.Cohort, a.Cohort)
		if a.Organization.PALUserID != nil {
			liaisons = offering(liaisons, *a.Organization.PALUserID, a.Liaison)
		}
		if a.Tier > 0 {
			tiers = offering(tiers, strconv.Itoa(a.Tier), a.TierTitle)
		}
	}
	office := r.who.Has(officeRoles...)
	columns := []Column[workflow.AgreementRow]{
		{Key: "district", Label: r.t("District"), Cell: func(a workflow.AgreementRow) Cell {
			return Text(a.Organization.Name).To("/agreements/" + a.ID)
		}},
		{Key: "cohort", Label: r.t("Cohort"), Cell: func(a workflow.AgreementRow) Cell { return Text(a.Cohort) }},
		{Key: "status", Label: r.t("Status"), Cell: func(a workflow.AgreementRow) Cell { return r.Tagged(string(a.Status)) }},
		{Key: "term_start", Label: r.t("Term from"), Unit: models.UnitDate, Cell: func(a workflow.AgreementRow) Cell { return Day(a.TermStart) }},
		{Key: "term_end", Label: r.t("Term to"), Unit: models.UnitDate, Cell: func(a workflow.AgreementRow) Cell {
			return Day(a.TermEnd).Noted(r.termLeft(a.Agreement))
		}},
		{Key: "liaison", Label: r.t("Liaison"), Cell: func(a workflow.AgreementRow) Cell { return Text(a.Liaison) }},
		{Key: "tier", Label: r.t("Support"), Cell: func(a workflow.AgreementRow) Cell { return Text(a.TierTitle) }},
	}
	l := Listing[workflow.AgreementRow]{Path: "/agreements", Name: "agreements", Caption: r.t("Partnership agreements"), Columns: columns, Sort: "district",
		Load:  func(workflow.Page) ([]workflow.AgreementRow, error) { return r.s.Agreements(r.ctx(), r.who, in) },
		Empty: r.t("There is no agreement yet. The office drafts one when a district is assigned."),
		Filters: []Field{f.Select("cohort", r.t("Cohort"), cohorts), f.Select("status", r.t("Status"), r.states("draft", "signed", "ended")),
			f.Select("pal_user_id", r.t("Liaison"), liaisons), f.Select("tier", r.t("Support"), tiers)}}
	if !office {
		l.Filters = l.Filters[:2]
	}
	p := Page{Title: r.t("Agreements"), Lead: r.t("Goals, benchmarks and outcomes that a district and the office agreed on, and what became of them."), Section: "/agreements"}
	if r.s.May(r.who, workflow.ManageAgreements, "") {
		l.Action = &Link{Text: r.t("Draft an agreement"), Href: "/agreements/new"}
		p.Actions = append(p.Actions, Link{Text: r.t("Draft an agreement"), Href: "/agreements/new"})
	}
	if r.s.May(r.who, workflow.AssignCohort, "") {
		p.Actions = append(p.Actions, Link{Text: r.t("Assign a cohort"), Href: "/agreement_assignments"})
	}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	p.Body = v
	return r.show("listing", p)
}

// offering adds a choice that is not there yet, in the order of its text.
func offering(options []Option, value, text string) []Option {
	if value == "" || slices.ContainsFunc(options, func(o Option) bool { return o.Value == value }) {
		return options
	}
	options = append(options, Option{Value: value, Text: text})
	slices.SortFunc(options, func(a, b Option) int { return cmp.Compare(a.Text, b.Text) })
	return options
}

// states are choices of statuses, in words.
func (r *request) states(codes ...string) []Option {
	out := make([]Option, len(codes))
	for i, c := range codes {
		out[i] = Option{Value: c, Text: r.t(words(c))}
	}
	return out
}

// termLeft says how far the term of an agreement is.
func (r *request) termLeft(a models.Agreement) string {
	today := r.s.Today()
	switch {
	case a.TermEnd.IsZero() || a.Status == workflow.StatusEnded:
		return ""
	case today > a.TermEnd:
		return r.t("over for %d days", today.DaysSince(a.TermEnd))
	case today < a.TermStart:
		return r.t("begins in %d days", a.TermStart.DaysSince(today))
	}
	return plural(r.lang, a.TermEnd.DaysSince(today), "1 day left", "%d days left")
}

// named answers the choices of grant programs that have agreements.
func (r *request) agreementPrograms() []Option {
	var out []Option
	for _, d := range r.s.Programs().All() {
		if len(d.Targets.Types) > 0 {
			out = append(out, Option{Value: d.Code, Text: d.Title})
		}
	}
	return out
}

func (r *request) districts() ([]Option, error) {
	found, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{Kind: models.KindDistrict})
	out := make([]Option, len(found))
	for i, o := range found {
		out[i] = Option{Value: o.ID, Text: o.Name + " (" + o.Code + ")"}
	}
	slices.SortFunc(out, func(a, b Option) int { return cmp.Compare(a.Text, b.Text) })
	return out, err
}

type agreementFormBody struct {
	Form      *Form
	Districts []Option
	Programs  []Option
	Types     []Option // of targets that may not apply
	New       bool
	Signed    bool
}

func (w *Web) newAgreement(r *request) error {
	in := workflow.CreateAgreement{AssignedOn: r.s.Today(), OrganizationID: r.Query("organization_id"), Cohort: r.Query("cohort")}
	if programs := r.agreementPrograms(); len(programs) == 1 {
		in.ProgramCode = programs[0].Value
	}
	return w.askAgreement(r, r.form("/agreements", 0, in))
}

func (w *Web) askAgreement(r *request, f *Form) error {
	districts, err := r.districts()
	if err != nil {
		return err
	}
	return r.show("agreement_form", Page{Title: r.t("Draft an agreement"), Section: "/agreements", Crumbs: []Link{{Text: r.t("Agreements"), Href: "/agreements"}},
		Lead: r.t("What is due after the assignment is counted from its day."), Problems: f.Problems(), Status: f.Status(),
		Body: agreementFormBody{Form: f, Districts: districts, Programs: r.agreementPrograms(), New: true}})
}

func (w *Web) createAgreement(r *request) error {
	var in workflow.CreateAgreement
	f, ok := r.sent("/agreements", &in)
	if ok {
		a, err := r.s.CreateAgreement(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/agreements/"+a.ID, "The agreement is drafted. Add its goals and targets.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askAgreement(r, f)
}

// agreementInput is what a draft says now, as the form of its change shows it.
func agreementInput(a models.Agreement) workflow.UpdateAgreement {
	types := workflow.NotApplicable(a)
	return workflow.UpdateAgreement{Cohort: &a.Cohort, AssignedOn: &a.AssignedOn, NeedsApprovedOn: &a.NeedsApprovedOn, TermStart: &a.TermStart, TermEnd: &a.TermEnd,
		FundedYearsPrior: &a.FundedYearsPrior, NotApplicable: &types}
}

func (w *Web) editAgreement(r *request) error {
	a, err := r.s.Agreement(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return w.askAgreementChange(r, a, r.form(r.Request.URL.Path, a.Version, agreementInput(a.Agreement)))
}

func (w *Web) askAgreementChange(r *request, a workflow.AgreementDetail, f *Form) error {
	place, err := w.agreementPlace(r, a)
	if err != nil {
		return err
	}
	body := agreementFormBody{Form: f, Signed: a.Status != workflow.StatusDraft}
	if def, ok := r.s.Programs().Program(a.ProgramCode); ok {
		for _, code := range def.Targets.MayNotApply {
			body.Types = append(body.Types, Option{Value: code, Text: r.t(words(code))})
		}
	}
	return r.show("agreement_form", Page{Title: r.t("Change the agreement"), Section: "/agreements", Crumbs: place.crumbs, Problems: f.Problems(), Status: f.Status(), Body: body})
}

func (w *Web) updateAgreement(r *request) error {
	in := workflow.UpdateAgreement{ID: r.id()}
	f, ok := r.sent(r.Request.URL.Path, &in)
	if f.Values.Has("not_applicable") {
		types := slices.DeleteFunc(slices.Clone(f.Values["not_applicable"]), func(s string) bool { return s == "" })
		in.NotApplicable = &types
	}
	if ok {
		_, err := r.s.UpdateAgreement(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/agreements/"+in.ID, "Saved.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	a, err := r.s.Agreement(r.ctx(), r.who, in.ID)
	if err != nil {
		return err
	}
	if stale(f) {
		f.against(a.Version, agreementInput(a.Agreement))
	}
	return w.askAgreementChange(r, a, f)
}

// stale reports that somebody else saved meanwhile.
func stale(f *Form) bool { return f.Failed != nil && f.Failed.Kind == models.Stale }

func (w *Web) stepAgreement(r *request) error {
	in := workflow.AgreementTransition{ID: r.id()}
	f, ok := r.sent(r.Request.URL.Path, &in)
	if ok {
		if _, err := r.s.TransitionAgreement(r.ctx(), r.who, in); err == nil {
			return r.done("/agreements/"+in.ID, "Done.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showAgreement(r, f)
}
