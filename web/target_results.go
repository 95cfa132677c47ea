package web

import (
	"cmp"
	"slices"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesTargetResults() []route {
	return []route{
		{"GET", "/target_results", w.targetResults},
		{"GET", "/target_results/new", w.newTargetResult},
		{"POST", "/target_results", w.reportTargetResult},
		{"GET", "/target_results/:id", w.targetResult},
		{"GET", "/target_results/:id/correction", w.newTargetCorrection},
		{"POST", "/target_results/:id/correction", w.correctTargetResult},
		{"GET", "/target_standings", w.targetStandings},
		{"GET", "/lines_of_sight", w.linesOfSight},
		{"GET", "/worksheet_standings", w.worksheetStandings},
	}
}

// targetResults lists what was measured, corrected results too.
func (w *Web) targetResults(r *request) error {
	var in workflow.ListTargetResults
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	names, err := r.agreementNames()
	if err != nil {
		return err
	}
	standings, err := r.s.TargetStandings(r.ctx(), r.who, workflow.ListTargetStandings{AgreementID: in.AgreementID})
	if err != nil {
		return err
	}
	units, measures := map[string]string{}, map[string]string{}
	for _, s := range standings {
		units[s.Target.ID], measures[s.Target.ID] = s.Target.Unit, s.Target.Measure
	}
	l := Listing[workflow.TargetResultDetail]{Path: "/target_results", Name: "target_results", Caption: r.t("Results of targets"), Long: true, Key: func(d workflow.TargetResultDetail) string { return d.ID },
		Load: func(p workflow.Page) ([]workflow.TargetResultDetail, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.TargetResults(r.ctx(), r.who, in)
		},
		Columns: []Column[workflow.TargetResultDetail]{
			{Key: "measured_on", Label: r.t("Measured on"), Unit: models.UnitDate, Cell: func(d workflow.TargetResultDetail) Cell { return Day(d.MeasuredOn).To("/target_results/" + d.ID) }},
			{Key: "district", Label: r.t("Agreement"), Cell: func(d workflow.TargetResultDetail) Cell {
				return Text(names[d.AgreementID]).To("/agreements/" + d.AgreementID)
			}},
			{Key: "target", Label: r.t("Target"), Cell: func(d workflow.TargetResultDetail) Cell {
				return Text(d.TargetCode).To("/agreements/" + d.AgreementID + "/targets/" + d.TargetID).Noted(measures[d.TargetID])
			}},
			{Key: "value", Label: r.t("Value"), Unit: models.UnitHundredths, Cell: func(d workflow.TargetResultDetail) Cell {
				c := Number(d.Value)
				c.Shown = r.amount(d.Value, units[d.TargetID])
				return c
			}},
			{Key: "school_year", Label: r.t("School year"), Cell: func(d workflow.TargetResultDetail) Cell {
				return Text(models.SchoolYearLabel(d.SchoolYear)).Noted(r.t(words(d.Window)))
			}},
			{Key: "source", Label: r.t("Source"), Cell: func(d workflow.TargetResultDetail) Cell { return Text(d.Source) }},
			{Key: "reported_on", Label: r.t("Reported"), Unit: models.UnitDate, Cell: func(d workflow.TargetResultDetail) Cell { return Day(d.ReportedOn).Noted(r.lateNote(d.DaysLate)) }},
			{Key: "state", Label: r.t("State"), Cell: func(d workflow.TargetResultDetail) Cell {
				if d.Superseded {
					return r.Tagged("corrected")
				}
				return r.Tagged("in_force")
			}}},
		Filters: []Field{f.Select("agreement_id", r.t("Agreement"), optionsOf(names)), f.Select("in_force", r.t("Corrected ones"), []Option{{Value: "true", Text: r.t("leave out")}})},
		Empty:   r.t("Nothing is reported yet. Results are reported of the targets of signed agreements.")}
	p := Page{Title: r.t("Results of targets"), Section: "/target_results", Lead: r.t("What was measured of benchmarks and outcomes. A result never changes: a correction takes its place and says why.")}
	if r.s.May(r.who, workflow.ReportTargetResult, "") {
		l.Action = &Link{Text: r.t("Report a result"), Href: "/target_results/new"}
		p.Actions = []Link{{Text: r.t("Report a result"), Href: "/target_results/new", Primary: true}, {Text: r.t("Import a file"), Href: "/target_result_imports"}}
	}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	p.Body = v
	return r.show("listing", p)
}

func (r *request) lateNote(days int) string {
	if days <= 0 {
		return ""
	}
	return plural(r.lang, days, "1 day late", "%d days late")
}

// agreementNames say which agreement is whose, of all that the reader sees.
func (r *request) agreementNames() (map[string]string, error) {
	all, err := r.s.Agreements(r.ctx(), r.who, workflow.ListAgreements{})
	out := make(map[string]string, len(all))
	for _, a := range all {
		out[a.ID] = r.t("%s, cohort %s", a.Organization.Name, a.Cohort)
	}
	return out, err
}

// optionsOf are the choices of names, in the order of their text.
func optionsOf(names map[string]string) []Option {
	out := make([]Option, 0, len(names))
	for id, name := range names {
		out = append(out, Option{Value: id, Text: name})
	}
	slices.SortFunc(out, func(a, b Option) int { return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value)) })
	return out
}

// newTargetResult asks first for the agreement, where there are several, then for the result.
func (w *Web) newTargetResult(r *request) error {
	agreement, target := r.Query("agreement_id"), r.Query("target_id")
	if agreement == "" && target == "" {
		names, err := r.agreementNames()
		if err != nil {
			return err
		}
		signed, err := r.s.Agreements(r.ctx(), r.who, workflow.ListAgreements{Status: workflow.StatusSigned})
		if err != nil {
			return err
		}
		if len(signed) != 1 {
			var of []Option
			for _, a := range signed {
				of = append(of, Option{Value: a.ID, Text: names[a.ID]})
			}
			slices.SortFunc(of, func(a, b Option) int { return cmp.Compare(a.Text, b.Text) })
			f := r.form("/target_results/new", 0, nil)
			f.Key = ""
			return r.ask(Page{Title: r.t("Report a result"), Section: "/target_results", Crumbs: []Link{{Text: r.t("Results of targets"), Href: "/target_results"}}},
				fieldsBody{Form: f, Get: true, Button: r.t("Continue"), Fields: []Field{f.Combo("agreement_id", r.t("Agreement"), of).Needed()}})
		}
		agreement = signed[0].ID
	}
	f := r.form("/target_results", 0, workflow.NewTargetResult{TargetID: target, MeasuredOn: r.s.Today()})
	f.Values.Set("agreement_id", agreement)
	return w.askTargetResult(r, f)
}

func (w *Web) askTargetResult(r *request, f *Form) error {
	standings, err := r.s.TargetStandings(r.ctx(), r.who, workflow.ListTargetStandings{AgreementID: f.Values.Get("agreement_id")})
	if err != nil {
		return err
	}
	target := f.Values.Get("target_id")
	if at := slices.IndexFunc(standings, func(s workflow.TargetStanding) bool { return s.Target.ID == target }); at >= 0 {
		agreement := standings[at].Target.AgreementID
		f.Values.Set("agreement_id", agreement)
		standings = slices.DeleteFunc(standings, func(s workflow.TargetStanding) bool { return s.Target.AgreementID != agreement })
	}
	var targets, windows []Option
	for _, s := range standings {
		targets = append(targets, Option{Value: s.Target.ID, Text: s.Target.Code + ": " + s.Target.Measure + " (" + s.Target.Source + ")"})
		for _, m := range append(slices.Clone(s.Missing), s.Due) {
			windows = offering(windows, m.Code, r.t(words(m.Code)))
		}
	}
	back := "/target_results"
	crumbs := []Link{{Text: r.t("Results of targets"), Href: "/target_results"}}
	if id := f.Values.Get("agreement_id"); id != "" {
		back = "/agreements/" + id
		a, err := r.s.Agreement(r.ctx(), r.who, id)
		if err != nil {
			return err
		}
		place, err := w.agreementPlace(r, a)
		if err != nil {
			return err
		}
		crumbs = place.crumbs
	}
	return r.ask(Page{Title: r.t("Report a result"), Section: "/target_results", Crumbs: crumbs}, fieldsBody{Form: f, Button: r.t("Report"), Cancel: back,
		Hidden: []Link{{Text: "agreement_id", Href: f.Values.Get("agreement_id")}},
		Fields: append([]Field{f.Combo("target_id", r.t("Target"), targets).Needed()}, r.readingFields(f, windows, true)...)})
}

// readingFields are what a result says.
func (r *request) readingFields(f *Form, windows []Option, fresh bool) []Field {
	day := f.Date("measured_on", r.t("Measured on"))
	if fresh {
		day = day.Needed()
	}
	fields := []Field{day, f.Number("value", r.t("Value")).Hinted(r.t("The percentage, points or count as it was printed. It may be left empty when both counts are given.")),
		f.Number("numerator", r.t("Of them, reached")).Hinted(r.t("With the next number: the percentage is worked out and held against the value.")),
		f.Number("denominator", r.t("All who count"))}
	if len(windows) > 0 {
		fields = append(fields, f.Select("window", r.t("Window"), windows).Hinted(r.t("Left open, it is the one in which the day lies.")))
	}
	return append(fields, f.Text("school_year", r.t("School year")).Sized("md").AtMost(10).Hinted(r.t("Such as 2026-27. Left empty, it is that of the day.")),
		f.Text("source", r.t("Source")).Needed().AtMost(300).Hinted(r.t("Where the number can be read.")), f.Area("evidence", r.t("Evidence")).AtMost(4000).Lines(3))
}

func (w *Web) reportTargetResult(r *request) error {
	var in workflow.NewTargetResult
	f, ok := r.sent("/target_results", &in)
	if ok {
		made, err := r.s.ReportTargetResult(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/agreements/"+made.AgreementID+"/targets/"+made.TargetID, "The result is reported.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askTargetResult(r, f)
}

// targetResultBody is the page of one result.
type targetResultBody struct {
	workflow.TargetResultDetail
	Unit     string
	Measure  string
	Reporter string
}

func (w *Web) targetResult(r *request) error {
	d, err := r.s.TargetResult(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	p, t, err := w.targetOf(r, d)
	if err != nil {
		return err
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, []string{d.ReportedBy})
	if err != nil {
		return err
	}
	page := Page{Title: r.t("Result of %s on %s", d.TargetCode, day(r.lang, d.MeasuredOn)), Section: "/target_results", Crumbs: append(p.crumbs, Link{Text: d.TargetCode, Href: "/agreements/" + d.AgreementID + "/targets/" + d.TargetID}),
		Body: targetResultBody{d, t.Unit, t.Measure, names.People[d.ReportedBy]}}
	if !d.Superseded && r.s.May(r.who, workflow.ReportTargetResult, d.OrganizationID) {
		page.Actions = []Link{{Text: r.t("Correct it"), Href: "/target_results/" + d.ID + "/correction"}}
	}
	return r.show("target_result", page)
}

// targetOf is the target that a result is of.
func (w *Web) targetOf(r *request, d workflow.TargetResultDetail) (agreementPlace, models.Target, error) {
	a, err := r.s.Agreement(r.ctx(), r.who, d.AgreementID)
	if err != nil {
		return agreementPlace{}, models.Target{}, err
	}
	place, err := w.agreementPlace(r, a)
	for _, t := range a.Targets {
		if t.ID == d.TargetID {
			return place, t, err
		}
	}
	return place, models.Target{}, err
}

func (w *Web) newTargetCorrection(r *request) error {
	d, err := r.s.TargetResult(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	in := workflow.CorrectTargetResult{MeasuredOn: d.MeasuredOn, TargetReading: workflow.TargetReading{SchoolYear: models.SchoolYearLabel(d.SchoolYear), Window: d.Window, Evidence: d.Evidence, Source: d.Source}}
	if d.Denominator != nil {
		in.Numerator, in.Denominator = plainNumber(*d.Numerator), plainNumber(*d.Denominator)
	} else {
		in.Value = plainNumber(d.Value)
	}
	return w.askTargetCorrection(r, d, r.form("/target_results/"+d.ID+"/correction", 0, in))
}

// plainNumber is a number as somebody types it.
func plainNumber(h models.Hundredths) string { return amountIn("en", h, "") }

func (w *Web) askTargetCorrection(r *request, d workflow.TargetResultDetail, f *Form) error {
	p, t, err := w.targetOf(r, d)
	if err != nil {
		return err
	}
	return r.ask(Page{Title: r.t("Correct the result of %s", d.TargetCode), Section: "/target_results", Crumbs: p.crumbs, Lead: r.t("In force is %s on %s. It stays readable.", r.amount(d.Value, t.Unit), day(r.lang, d.MeasuredOn))},
		fieldsBody{Form: f, Button: r.t("Correct it"), Cancel: "/target_results/" + d.ID,
			Fields: append([]Field{f.Area("reason", r.t("Why the result in force is wrong")).Needed().AtMost(2000).Lines(2)}, r.readingFields(f, nil, false)...)})
}

func (w *Web) correctTargetResult(r *request) error {
	d, err := r.s.TargetResult(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	in := workflow.CorrectTargetResult{ID: d.ID}
	f, ok := r.sent("/target_results/"+d.ID+"/correction", &in)
	if ok {
		made, err := r.s.CorrectTargetResult(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/target_results/"+made.ID, "The result is corrected.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askTargetCorrection(r, d, f)
}

func itoa(n int) string { return strconv.Itoa(n) }
