package web

import (
	"cmp"
	"slices"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

func (p partOf) target() (models.Target, error) {
	i := slices.IndexFunc(p.a.Targets, func(x models.Target) bool { return x.ID == p.part })
	if p.part == "new" {
		return models.Target{}, nil
	}
	if i < 0 {
		return models.Target{}, notThere()
	}
	return p.a.Targets[i], nil
}

// targetBody is the page of one target.
type targetBody struct {
	targetView
	AgreementID string
	Chart       *Chart
	Results     []workflow.TargetResultDetail
	Can         agreementRights
	Draft       bool
	Reporters   map[string]string
}

// target shows one target: its way, every result, and the lines that serve it.
func (w *Web) target(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	t, err := p.target()
	if err != nil || p.part == "new" {
		return cmp.Or(err, notThere())
	}
	standings, err := r.s.TargetStandings(r.ctx(), r.who, workflow.ListTargetStandings{AgreementID: p.a.ID})
	if err != nil {
		return err
	}
	sight, err := r.s.LineOfSight(r.ctx(), r.who, workflow.LineOfSightOf{AgreementID: p.a.ID})
	if err != nil {
		return err
	}
	schools, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{Kind: models.KindSchool, ParentID: p.a.OrganizationID})
	if err != nil {
		return err
	}
	v := targetBody{targetView: r.targetView(t, standings, sight, schools), AgreementID: p.a.ID, Draft: !p.signed()}
	if v.Results, err = r.s.TargetResults(r.ctx(), r.who, workflow.ListTargetResults{TargetID: t.ID}); err != nil {
		return err
	}
	slices.SortStableFunc(v.Results, func(a, b workflow.TargetResultDetail) int { return cmp.Compare(b.MeasuredOn, a.MeasuredOn) })
	ids := make([]string, len(v.Results))
	for i, x := range v.Results {
		ids[i] = x.ReportedBy
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, ids)
	if err != nil {
		return err
	}
	v.Reporters = names.People
	v.Can.Targets = v.Draft && r.s.May(r.who, workflow.ManageAgreements, p.a.OrganizationID)
	v.Can.Retire = p.a.Status == workflow.StatusSigned && !v.Locked && r.s.May(r.who, workflow.RetireTarget, p.a.OrganizationID)
	v.Can.Report = p.signed() && t.RetiredOn.IsZero() && r.s.May(r.who, workflow.ReportTargetResult, p.a.OrganizationID)
	if v.Standing != nil && len(v.Standing.Line) > 1 {
		v.Chart = r.wayOf(*v.Standing)
	}
	page := Page{Title: t.Code + ": " + t.Measure, Section: "/agreements", Crumbs: p.place.crumbs, Body: v}
	if v.Can.Report {
		page.Actions = append(page.Actions, Link{Text: r.t("Report a result"), Href: "/target_results/new?target_id=" + t.ID, Primary: true})
	}
	if v.Can.Targets {
		page.Actions = append(page.Actions, Link{Text: r.t("Change the target"), Href: p.back + "/targets/" + t.ID + "/edit"})
	}
	if v.Can.Retire {
		page.Actions = append(page.Actions, Link{Text: r.t("Retire the target"), Href: p.back + "/targets/" + t.ID + "/retirement"})
	}
	return r.show("target", page)
}

// wayOf draws what was measured against the straight line, with the numbers behind it.
func (r *request) wayOf(s workflow.TargetStanding) *Chart {
	label := func(h models.Hundredths) string { return r.amount(h, s.Target.Unit) }
	date := func(d models.Date) string { return day(r.lang, d) }
	c := &Chart{ID: "way-chart", Title: r.t("Results against the straight line"), Numeric: 2, Means: r.t("The line runs from the baseline to the aim; a result on the better side of it is ahead."),
		Heads: []string{r.t("Day"), r.t("What it is"), r.t("Value")}, Legend: []Key{{"fill-rest", r.t("Straight line to the aim")}, {"fill-1", r.t("Results")}}}
	type row struct {
		on    models.Date
		cells []string
	}
	var rows []row
	for i, p := range s.Line {
		what := r.t("Benchmark on the way")
		switch i {
		case 0:
			what = r.t("Baseline")
		case len(s.Line) - 1:
			what = r.t("Aim")
		}
		rows = append(rows, row{p.On, []string{date(p.On), what, label(p.Value)}})
	}
	for _, p := range s.Results {
		rows = append(rows, row{p.On, []string{date(p.On), r.t("Result"), label(p.Value)}})
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.on, b.on) })
	for _, x := range rows {
		c.Rows = append(c.Rows, x.cells)
	}
	c.SVG = newWayChart(720, 260, 40, s.Line, s.Results).draw("chart way", c.Title, s.Line, s.Results, label, date)
	return c
}

func targetFields(t models.Target) workflow.TargetFields {
	in := workflow.TargetFields{GoalID: t.GoalID, Code: t.Code, Kind: t.TargetKind, Type: t.TargetType, Measure: t.Measure, Source: t.Source, Baseline: t.Baseline, Goal: t.Goal,
		Unit: t.Unit, DueOn: t.DueOn, Direction: t.Direction, BaselineOn: t.BaselineOn}
	if t.SchoolID != nil {
		in.SchoolID = *t.SchoolID
	}
	return in
}

func (w *Web) targetForm(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	t, err := p.target()
	if err != nil {
		return err
	}
	in := targetFields(t)
	if p.part == "new" {
		in = workflow.TargetFields{GoalID: r.Query("goal_id"), Type: r.Query("type"), Kind: models.TargetKind(r.Query("kind")), Unit: "percent"}
	}
	return w.askTarget(r, p, r.form(p.back+"/targets/"+p.part, p.a.Version, in))
}

func (w *Web) askTarget(r *request, p partOf, f *Form) error {
	schools, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{Kind: models.KindSchool, ParentID: p.a.OrganizationID})
	if err != nil {
		return err
	}
	var types, of []Option
	if def, ok := r.s.Programs().Program(p.a.ProgramCode); ok {
		for _, code := range def.Targets.Types {
			types = append(types, Option{Value: code, Text: r.t(words(code))})
		}
	}
	for _, o := range schools {
		of = append(of, Option{Value: o.ID, Text: o.Name})
	}
	fields := []Field{f.Select("goal_id", r.t("Goal"), p.goals()).Needed(),
		f.Radios("kind", r.t("Kind"), []Option{{Value: "ITB", Text: r.t("Benchmark on the way (ITB)")}, {Value: "ETO", Text: r.t("Outcome at the end (ETO)")}}).Needed(),
		f.Select("type", r.t("Type"), types).Needed(), f.Area("measure", r.t("What is measured")).Needed().Lines(2).AtMost(500),
		f.Text("source", r.t("Source of the data")).Needed().AtMost(200).Hinted(r.t("The test or list that it is read from.")),
		f.Select("unit", r.t("Unit"), []Option{{Value: "percent", Text: r.t("Percent")}, {Value: "points", Text: r.t("Points")}, {Value: "count", Text: r.t("Count")}}).Needed(),
		f.Number("baseline", r.t("Baseline")), f.Date("baseline_on", r.t("Baseline measured on")), f.Number("goal_value", r.t("Value to reach")),
		f.Number("gain", r.t("Gain")).Hinted(r.t("When given, the value must be the baseline plus the gain.")),
		f.Date("due_on", r.t("Reached by")).Needed(),
		f.Select("direction", r.t("What is better"), []Option{{Value: "up", Text: r.t("More")}, {Value: "down", Text: r.t("Less")}}).Hinted(r.t("Left open, it follows from baseline and value.")),
		f.Select("school_id", r.t("School"), of).Hinted(r.t("None means the whole district.")), f.Text("code", r.t("Code")).AtMost(20).Sized("md").Hinted(r.t("Left empty, the next number is taken, such as ITB-3."))}
	return r.ask(p.page(r, r.t("Add a target"), r.t("Change a target")), fieldsBody{Form: f, Button: r.t("Save"), Cancel: p.back + "#goals", Fields: fields,
		Steps: p.removal(r, p.back+"/targets/"+p.part, r.t("Remove this target?"))})
}

func (w *Web) saveTarget(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	var in workflow.TargetFields
	f, ok := r.sent(p.back+"/targets/"+p.part, &in)
	if ok {
		if p.part == "new" {
			_, err = r.s.AddTarget(r.ctx(), r.who, workflow.AddTarget{AgreementID: p.a.ID, Version: f.Version, TargetFields: in})
		} else {
			_, err = r.s.UpdateTarget(r.ctx(), r.who, workflow.UpdateTarget{AgreementID: p.a.ID, TargetID: p.part, Version: f.Version, TargetFields: in})
		}
		if err == nil {
			return r.done(p.back+"#goals", "Saved.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	if t, err := p.target(); err == nil && p.part != "new" {
		p.saved(f, targetFields(t))
	} else {
		p.saved(f, nil)
	}
	return w.askTarget(r, p, f)
}

func (w *Web) removeTarget(r *request) error {
	return w.removed(r, func(version int64) error {
		_, err := r.s.RemoveTarget(r.ctx(), r.who, workflow.RemoveTarget{AgreementID: r.id(), TargetID: r.Param("part"), Version: version})
		return err
	})
}

func (w *Web) retirementForm(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	return w.askRetirement(r, p, r.form(p.back+"/targets/"+p.part+"/retirement", p.a.Version, workflow.TargetRetirement{RetiredOn: r.s.Today()}))
}

func (w *Web) askRetirement(r *request, p partOf, f *Form) error {
	t, err := p.target()
	if err != nil {
		return err
	}
	return r.ask(Page{Title: r.t("Retire %s", t.Code), Section: "/agreements", Crumbs: p.place.crumbs, Lead: t.Measure}, fieldsBody{Form: f, Button: r.t("Retire the target"), Cancel: p.back + "/targets/" + t.ID,
		Intro:  []string{r.t("What it said stays readable. Lines that serve only this target are flagged from that day on. This cannot be undone.")},
		Fields: []Field{f.Date("retired_on", r.t("Retired from")).Needed(), f.Area("reason", r.t("Reason")).Needed().AtMost(4000)}})
}

func (w *Web) retireTarget(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	in := workflow.TargetRetirement{AgreementID: p.a.ID, TargetID: p.part}
	f, ok := r.sent(p.back+"/targets/"+p.part+"/retirement", &in)
	if ok {
		if _, err := r.s.RetireTarget(r.ctx(), r.who, in); err == nil {
			return r.done(p.back+"/targets/"+p.part, "The target is retired.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	p.saved(f, nil)
	return w.askRetirement(r, p, f)
}

func (w *Web) newGateWaiver(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	return w.askGateWaiver(r, p, r.form(p.back+"/gate_waivers", p.a.Version, workflow.WaiveGate{}))
}

func (w *Web) askGateWaiver(r *request, p partOf, f *Form) error {
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{ProgramCode: p.a.ProgramCode})
	if err != nil {
		return err
	}
	var of, findings []Option
	for _, y := range years {
		of = append(of, Option{Value: y.ID, Text: y.Title + " (" + strconv.Itoa(y.FiscalYear) + ")"})
	}
	if def, ok := r.s.Programs().Program(p.a.ProgramCode); ok {
		for _, g := range def.Gate {
			if g.Overridable {
				findings = append(findings, Option{Value: "gate." + g.Code, Text: g.Says})
			}
		}
	}
	return r.ask(Page{Title: r.t("Waive a finding of the gate"), Section: "/agreements", Crumbs: p.place.crumbs,
		Lead: r.t("One finding may pass for the application of one grant year. Another finding, and the same one a year later, need a waiver of their own.")},
		fieldsBody{Form: f, Button: r.t("Waive the finding"), Cancel: p.back + "#waivers", Fields: []Field{f.Select("grant_year_id", r.t("Grant year"), of).Needed(),
			f.Select("code", r.t("Finding"), findings).Needed(), f.Area("reason", r.t("Reason")).Needed().AtMost(4000)}})
}

func (w *Web) waiveGate(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	in := workflow.WaiveGate{AgreementID: p.a.ID}
	f, ok := r.sent(p.back+"/gate_waivers", &in)
	if ok {
		if _, err := r.s.WaiveGate(r.ctx(), r.who, in); err == nil {
			return r.done(p.back+"#waivers", "The finding is waived.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	p.saved(f, nil)
	return w.askGateWaiver(r, p, f)
}

func (w *Web) revokeGateWaiver(r *request) error {
	return w.removed(r, func(version int64) error {
		_, err := r.s.RevokeGateWaiver(r.ctx(), r.who, workflow.RevokeGateWaiver{AgreementID: r.id(), WaiverID: r.Param("part"), Version: version})
		return err
	})
}
