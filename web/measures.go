package web

import (
	"encoding/json"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesMeasures() []route {
	return []route{
		{"GET", "/measure_standings", w.measureStandings},
		{"GET", "/measure_results", w.measureResults},
		{"GET", "/measure_results/new", w.newMeasureResult},
		{"POST", "/measure_results", w.reportMeasure},
		{"GET", "/measure_results/:id/correction", w.newMeasureCorrection},
		{"POST", "/measure_results/:id/correction", w.correctMeasure},
		{"GET", "/drawdowns", w.drawdowns},
		{"GET", "/drawdowns/:id", w.drawdown},
		{"POST", "/drawdowns/:id/transitions", w.stepDrawdown},
		{"GET", "/budget_forms", w.budgetForms},
		{"GET", "/budget_forms/:id", w.budgetForm},
		{"POST", "/budget_forms/:id", w.saveBudgetForm},
		{"POST", "/budget_forms/:id/transitions", w.stepBudgetForm},
	}
}

// watchedYears are the grant years of programs with measures.
func (r *request) watchedYears() ([]Option, error) {
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	var out []Option
	for i := len(years) - 1; i >= 0; i-- {
		if d, ok := r.s.Programs().Program(years[i].ProgramCode); ok && len(d.Measures) > 0 {
			out = append(out, Option{Value: years[i].ID, Text: years[i].Title})
		}
	}
	return out, err
}

func (w *Web) measureStandings(r *request) error {
	var in workflow.ListMeasureStandings
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	years, err := r.watchedYears()
	if err != nil {
		return err
	}
	if in.GrantYearID == "" && len(years) > 0 {
		in.GrantYearID = years[0].Value
		f.Values.Set("grant_year_id", in.GrantYearID)
	}
	districts, err := r.districts()
	if err != nil {
		return err
	}
	type row = workflow.MeasureRow
	number := func(h *models.Hundredths, unit string) Cell {
		if h == nil {
			return Cell{}
		}
		c := Number(*h)
		c.Shown = r.amount(*h, unit)
		return c
	}
	l := Listing[row]{Path: "/measure_standings", Name: "measure_standings", Caption: r.t("Measures"),
		Load: func(workflow.Page) ([]row, error) {
			if in.GrantYearID == "" {
				return nil, nil
			}
			return r.s.MeasureStandings(r.ctx(), r.who, in)
		},
		Columns: []Column[row]{
			{Key: "measure", Label: r.t("Measure"), Cell: func(m row) Cell { return Text(m.Title).Noted(m.Cite) }},
			{Key: "organization", Label: r.t("Organization"), Cell: func(m row) Cell {
				if m.OrganizationID == "" {
					return Text(r.t("The whole program"))
				}
				return Text(textOf(districts, m.OrganizationID))
			}},
			{Key: "year", Label: r.t("Year"), Cell: func(m row) Cell { return Text(m.Year) }},
			{Key: "target", Label: r.t("Aim"), Unit: models.UnitHundredths, Cell: func(m row) Cell { return number(m.Target, m.Unit) }},
			{Key: "value", Label: r.t("Result"), Unit: models.UnitHundredths, Cell: func(m row) Cell {
				c := number(m.Value, m.Unit)
				if m.ResultID != "" {
					c.Href = "/measure_results/" + m.ResultID + "/correction"
				}
				return c
			}},
			{Key: "ahead", Label: r.t("Ahead of the line"), Unit: models.UnitHundredths, Cell: func(m row) Cell { return number(m.Ahead, m.Unit) }},
			{Key: "status", Label: r.t("Where it stands"), Cell: func(m row) Cell { return r.Tagged(string(m.Status)).Noted(m.Reason) }},
			{Key: "report_by", Label: r.t("Report by"), Unit: models.UnitDate, Cell: func(m row) Cell { return Day(m.ReportBy) }}},
		Filters: []Field{f.Select("grant_year_id", r.t("Grant year"), years), f.Select("organization_id", r.t("District"), districts),
			f.Select("status", r.t("Where it stands"), r.states("met", "missed", "reported", "not_due", "not_reported", "not_collected"))},
		Empty: r.t("The program has no measures.")}
	p := Page{Title: r.t("Measures"), Section: "/measure_standings", Wide: true, Lead: r.t("What had to be reached in each year, what was reported, and what follows.")}
	if len(years) > 0 && (r.s.May(r.who, workflow.ReportMeasure, "") || r.s.May(r.who, workflow.ReportProgramMeasure, "")) {
		p.Actions = []Link{{Text: r.t("Report a result"), Href: "/measure_results/new?grant_year_id=" + in.GrantYearID, Primary: true}}
	}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	p.Body = v
	return r.show("listing", p)
}

func (w *Web) measureResults(r *request) error {
	var in workflow.ListMeasureResults
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	years, err := r.watchedYears()
	if err != nil {
		return err
	}
	districts, err := r.districts()
	if err != nil {
		return err
	}
	type row = workflow.MeasureResultDetail
	l := Listing[row]{Path: "/measure_results", Name: "measure_results", Caption: r.t("Results of measures"), Long: true, Key: func(d row) string { return d.ID },
		Load: func(p workflow.Page) ([]row, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.MeasureResults(r.ctx(), r.who, in)
		},
		Columns: []Column[row]{
			{Key: "measure", Label: r.t("Measure"), Cell: func(d row) Cell { return Text(d.Measure).To("/measure_results/" + d.ID + "/correction") }},
			{Key: "organization", Label: r.t("Organization"), Cell: func(d row) Cell { return Text(textOf(districts, d.OrganizationID)) }},
			{Key: "year", Label: r.t("Year"), Cell: func(d row) Cell { return Text(d.YearLabel) }},
			{Key: "value", Label: r.t("Value"), Unit: models.UnitHundredths, Cell: func(d row) Cell {
				if d.NotCollected != "" {
					return Cell{Note: d.NotCollected}
				}
				return Number(d.Value)
			}},
			{Key: "source", Label: r.t("Source"), Cell: func(d row) Cell { return Text(d.Source) }},
			{Key: "reported_on", Label: r.t("Reported"), Unit: models.UnitDate, Cell: func(d row) Cell { return Day(d.ReportedOn) }},
			{Key: "state", Label: r.t("State"), Cell: func(d row) Cell {
				if d.Superseded {
					return r.Tagged("corrected")
				}
				return r.Tagged("in_force")
			}}},
		Filters: []Field{f.Select("grant_year_id", r.t("Grant year"), years), f.Select("organization_id", r.t("District"), districts)}, Empty: r.t("Nothing is reported yet.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Results of measures"), Section: "/measure_standings", Body: v})
}

func (w *Web) newMeasureResult(r *request) error {
	in := workflow.NewMeasureResult{GrantYearID: r.Query("grant_year_id")}
	if own := r.who.Districts(); len(own) == 1 {
		in.OrganizationID = own[0]
	}
	return w.askMeasureResult(r, r.form("/measure_results", 0, in))
}

func (w *Web) askMeasureResult(r *request, f *Form) error {
	years, err := r.watchedYears()
	if err != nil {
		return err
	}
	districts, err := r.districts()
	if err != nil {
		return err
	}
	var measures []Option
	for _, d := range r.s.Programs().All() {
		for _, m := range d.Measures {
			measures = offering(measures, m.Code, m.Title)
		}
	}
	fields := []Field{f.Select("grant_year_id", r.t("Grant year"), years).Needed(), f.Combo("measure", r.t("Measure"), measures).Needed(),
		f.Combo("organization_id", r.t("District"), districts).Hinted(r.t("None for a figure of the whole program.")), f.Text("year", r.t("Year")).Needed().Sized("md").AtMost(10).Hinted(r.t("Such as 2026-27."))}
	return r.ask(Page{Title: r.t("Report a measure"), Section: "/measure_standings", Crumbs: []Link{{Text: r.t("Measures"), Href: "/measure_standings"}}},
		fieldsBody{Form: f, Button: r.t("Report"), Cancel: "/measure_standings", Fields: append(fields, r.measureFields(f)...)})
}

func (r *request) measureFields(f *Form) []Field {
	return []Field{f.Number("value", r.t("Value")), f.Number("numerator", r.t("Of them, reached")), f.Number("denominator", r.t("All who count")),
		f.Area("not_collected", r.t("Why nothing was collected")).AtMost(2000).Lines(2).Hinted(r.t("Instead of a value.")), f.Text("source", r.t("Source")).Needed().AtMost(300), f.Area("evidence", r.t("Evidence")).AtMost(4000).Lines(3)}
}

func (w *Web) reportMeasure(r *request) error {
	var in workflow.NewMeasureResult
	f, ok := r.sent("/measure_results", &in)
	if ok {
		if _, err := r.s.ReportMeasure(r.ctx(), r.who, in); err == nil {
			return r.done("/measure_standings?grant_year_id="+in.GrantYearID, "The result is reported.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askMeasureResult(r, f)
}

func (w *Web) newMeasureCorrection(r *request) error {
	d, err := r.s.MeasureResult(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	in := workflow.CorrectMeasureResult{NotCollected: d.NotCollected, Evidence: d.Evidence, Source: d.Source}
	switch {
	case d.Denominator != nil:
		in.Numerator, in.Denominator = plainNumber(*d.Numerator), plainNumber(*d.Denominator)
	case d.NotCollected == "":
		in.Value = plainNumber(d.Value)
	}
	return w.askMeasureCorrection(r, d, r.form("/measure_results/"+d.ID+"/correction", 0, in))
}

func (w *Web) askMeasureCorrection(r *request, d workflow.MeasureResultDetail, f *Form) error {
	return r.ask(Page{Title: r.t("Correct %s, %s", d.Measure, d.YearLabel), Section: "/measure_standings", Crumbs: []Link{{Text: r.t("Measures"), Href: "/measure_standings"}}, Lead: r.t("The result in force stays readable.")},
		fieldsBody{Form: f, Button: r.t("Correct it"), Cancel: "/measure_standings", Fields: append([]Field{f.Area("reason", r.t("Why the result in force is wrong")).Needed().AtMost(2000).Lines(2)}, r.measureFields(f)...)})
}

func (w *Web) correctMeasure(r *request) error {
	d, err := r.s.MeasureResult(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	in := workflow.CorrectMeasureResult{ID: d.ID}
	f, ok := r.sent("/measure_results/"+d.ID+"/correction", &in)
	if ok {
		if _, err := r.s.CorrectMeasureResult(r.ctx(), r.who, in); err == nil {
			return r.done("/measure_standings?grant_year_id="+d.GrantYearID, "The result is corrected.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askMeasureCorrection(r, d, f)
}

func (w *Web) drawdowns(r *request) error {
	var in workflow.ListDrawdowns
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	districts, err := r.districts()
	if err != nil {
		return err
	}
	type row = models.Drawdown
	l := Listing[row]{Path: "/drawdowns", Name: "drawdowns", Caption: r.t("Drawdowns"), Long: true, Key: func(d row) string { return d.ID },
		Load: func(p workflow.Page) ([]row, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.Drawdowns(r.ctx(), r.who, in)
		},
		Columns: []Column[row]{
			{Key: "district", Label: r.t("District"), Cell: func(d row) Cell { return Text(textOf(districts, d.OrganizationID)).To("/drawdowns/" + d.ID) }},
			{Key: "project_year", Label: r.t("Project year"), Unit: models.UnitInteger, Cell: func(d row) Cell { return Number(d.ProjectYear) }},
			{Key: "status", Label: r.t("Status"), Cell: func(d row) Cell { return r.Tagged(string(d.Status)) }},
			{Key: "scheduled_cents", Label: r.t("Scheduled"), Unit: models.UnitCents, Cell: func(d row) Cell { return Number(d.ScheduledCents) }},
			{Key: "requested_cents", Label: r.t("Requested"), Unit: models.UnitCents, Cell: func(d row) Cell { return Number(d.RequestedCents) }},
			{Key: "released_cents", Label: r.t("Released"), Unit: models.UnitCents, Cell: func(d row) Cell { return Number(d.ReleasedCents) }}},
		Filters: []Field{f.Select("organization_id", r.t("District"), districts), f.Select("status", r.t("Status"), r.states("scheduled", "requested", "held", "released"))},
		Empty:   r.t("No award is drawn by project years.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Drawdowns"), Section: "/drawdowns", Body: v, Lead: r.t("The part of an award that each project year may draw, and what holds it.")})
}

type drawdownBody struct {
	models.Drawdown
	Form    *Form
	Reasons []string
	Steps   []Confirm
	Blocked []string
	Request bool
}

func (w *Web) drawdown(r *request) error { return w.showDrawdown(r, nil) }

func (w *Web) showDrawdown(r *request, f *Form) error {
	d, err := r.s.Drawdown(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	o, err := r.s.Organization(r.ctx(), r.who, d.OrganizationID)
	if err != nil {
		return err
	}
	b := drawdownBody{Drawdown: d, Form: f}
	if f == nil {
		b.Form = r.form("/drawdowns/"+d.ID+"/transitions", d.Version, workflow.TransitionDrawdown{AmountCents: d.ScheduledCents})
	}
	var why []json.RawMessage
	if json.Unmarshal([]byte(d.Reasons), &why) == nil {
		for _, x := range why {
			b.Reasons = append(b.Reasons, reasonText(x))
		}
	}
	for _, offer := range workflow.Offers(r.who, &d) {
		switch {
		case offer.Blocked != "":
			b.Blocked = append(b.Blocked, offer.Blocked)
		case offer.Event == "request":
			b.Request = true
		default:
			b.Steps = append(b.Steps, newConfirm(r.t(words(offer.Event)), r.t(offer.Means), "", r.t("Yes"), "/drawdowns/"+d.ID+"/transitions", offer.Event, d.Version).Asking(r.t("Comment"), offer.Comment))
		}
	}
	p := Page{Title: r.t("Drawdown of project year %d", d.ProjectYear), Lead: o.Name, Section: "/drawdowns", Crumbs: []Link{{Text: r.t("Drawdowns"), Href: "/drawdowns"}}, Body: b, Problems: f.Problems()}
	if f != nil {
		p.Status = f.Status()
	}
	return r.show("drawdown", p)
}

// reasonText is a reason as people read it: a text, or what an object says.
func reasonText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object map[string]any
	if json.Unmarshal(raw, &object) == nil {
		for _, name := range []string{"says", "detail", "Says", "Detail"} {
			if s, ok := object[name].(string); ok {
				return s
			}
		}
	}
	return string(raw)
}

func (w *Web) stepDrawdown(r *request) error {
	in := workflow.TransitionDrawdown{ID: r.id()}
	f, ok := r.sent(r.Request.URL.Path, &in)
	if ok {
		if _, err := r.s.TransitionDrawdown(r.ctx(), r.who, in); err == nil {
			return r.done("/drawdowns/"+in.ID, "Done.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showDrawdown(r, f)
}
