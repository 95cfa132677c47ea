package web

import (
	"earmark/models"
	"earmark/workflow"
)

// targetStandings lists where every target stands.
func (w *Web) targetStandings(r *request) error {
	var in workflow.ListTargetStandings
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	all, err := r.s.Agreements(r.ctx(), r.who, workflow.ListAgreements{})
	if err != nil {
		return err
	}
	districts, names := map[string]string{}, map[string]string{}
	var cohorts, types []Option
	for _, a := range all {
		districts[a.OrganizationID], names[a.ID] = a.Organization.Name, a.Organization.Name
		cohorts = offering(cohorts, a.Cohort, a.Cohort)
	}
	for _, d := range r.s.Programs().All() {
		for _, code := range d.Targets.Types {
			types = offering(types, code, r.t(words(code)))
		}
	}
	number := func(h *models.Hundredths, unit string) Cell {
		if h == nil {
			return Cell{}
		}
		c := Number(*h)
		c.Shown = r.amount(*h, unit)
		return c
	}
	type row = workflow.TargetStanding
	l := Listing[row]{Path: "/target_standings", Name: "target_standings", Caption: r.t("Where targets stand"),
		Load: func(workflow.Page) ([]row, error) { return r.s.TargetStandings(r.ctx(), r.who, in) },
		Columns: []Column[row]{
			{Key: "district", Label: r.t("District"), Cell: func(s row) Cell { return Text(names[s.Target.AgreementID]).To("/agreements/" + s.Target.AgreementID) }},
			{Key: "target", Label: r.t("Target"), Cell: func(s row) Cell {
				return Text(s.Target.Code).To("/agreements/" + s.Target.AgreementID + "/targets/" + s.Target.ID).Noted(s.Target.Measure)
			}},
			{Key: "due_on", Label: r.t("Reached by"), Unit: models.UnitDate, Cell: func(s row) Cell { return Day(s.Target.DueOn) }},
			{Key: "baseline", Label: r.t("Baseline"), Unit: models.UnitHundredths, Cell: func(s row) Cell { return number(&s.Target.Baseline, s.Target.Unit) }},
			{Key: "goal", Label: r.t("Aim"), Unit: models.UnitHundredths, Cell: func(s row) Cell { return number(&s.Target.Goal, s.Target.Unit) }},
			{Key: "value", Label: r.t("Last result"), Unit: models.UnitHundredths, Cell: func(s row) Cell { return number(s.Value, s.Target.Unit).Noted(day(r.lang, s.MeasuredOn)) }},
			{Key: "ahead", Label: r.t("Ahead of the line"), Unit: models.UnitHundredths, Cell: func(s row) Cell { return number(s.Ahead, s.Target.Unit) }},
			{Key: "status", Label: r.t("Where it stands"), Cell: func(s row) Cell {
				word, tone, gap := r.standingWords(s)
				c := Text(string(s.Status))
				c.Shown, c.Tag, c.Note = word, tone, gap
				return c
			}},
			{Key: "missing", Label: r.t("Results owed"), Unit: models.UnitInteger, Cell: func(s row) Cell { return Number(len(s.Missing)).Noted(r.lateNote(s.DaysMissing)) }}},
		Filters: []Field{f.Select("organization_id", r.t("District"), optionsOf(districts)), f.Select("cohort", r.t("Cohort"), cohorts), f.Select("type", r.t("Type"), types),
			f.Select("kind", r.t("Kind"), []Option{{Value: "ITB", Text: r.t("Benchmark on the way (ITB)")}, {Value: "ETO", Text: r.t("Outcome at the end (ETO)")}}),
			f.Select("status", r.t("Where it stands"), r.states("met", "missed", "reported", "not_due", "not_reported")), f.Date("on", r.t("As it was known on"))},
		Empty: r.t("There is no target yet. Targets are looked at once their agreement is signed.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Where targets stand"), Section: "/target_standings", Wide: true, Body: v,
		Lead: r.t("Every benchmark and outcome of the signed agreements against its aim and the straight line to it.")})
}

// linesOfSight lists targets with the dollars that serve them.
func (w *Web) linesOfSight(r *request) error {
	var in workflow.ListLinesOfSight
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	programs := r.agreementPrograms()
	if in.ProgramCode == "" && len(programs) > 0 {
		in.ProgramCode = programs[0].Value
		f.Values.Set("program_code", in.ProgramCode)
	}
	years, districts, err := r.yearsAndDistricts(in.ProgramCode)
	if err != nil {
		return err
	}
	type row = workflow.SightRow
	l := Listing[row]{Path: "/lines_of_sight", Name: "lines_of_sight", Caption: r.t("Dollars and targets"),
		Load: func(workflow.Page) ([]row, error) { return r.s.LinesOfSight(r.ctx(), r.who, in) },
		Columns: []Column[row]{
			{Key: "district", Label: r.t("District"), Cell: func(s row) Cell { return Text(s.Organization.Name).To("/agreements/" + s.AgreementID + "#dollars") }},
			{Key: "target", Label: r.t("Target"), Cell: func(s row) Cell {
				if s.Target == nil {
					c := Text("")
					c.Shown, c.Tag = r.t("No target"), "warn"
					return c
				}
				return Text(s.TargetCode).Noted(s.Target.Measure)
			}},
			{Key: "lines", Label: r.t("Lines"), Unit: models.UnitInteger, Cell: func(s row) Cell { return Number(s.Lines) }},
			{Key: "approved_share_cents", Label: r.t("Approved share"), Unit: models.UnitCents, Cell: func(s row) Cell { return Number(s.ApprovedShareCents) }},
			{Key: "spent_share_cents", Label: r.t("Spent share"), Unit: models.UnitCents, Cell: func(s row) Cell { return Number(s.SpentShareCents) }},
			{Key: "approved_cents", Label: r.t("Approved in full"), Unit: models.UnitCents, Cell: func(s row) Cell { return Number(s.ApprovedCents) }},
			{Key: "progress", Label: r.t("Progress"), Unit: models.UnitHundredths, Cell: func(s row) Cell {
				if s.Target == nil || s.Target.Progress == nil {
					return Cell{}
				}
				c := Number(*s.Target.Progress)
				c.Shown = r.amount(*s.Target.Progress, s.Target.Unit)
				return c
			}},
			{Key: "cost_per_point_cents", Label: r.t("Spent for each point"), Unit: models.UnitCents, Cell: func(s row) Cell {
				if s.Target == nil || s.Target.CostPerPointCents == nil {
					return Cell{}
				}
				return Number(*s.Target.CostPerPointCents)
			}}},
		Filters: []Field{f.Select("program_code", r.t("Program"), programs), f.Select("grant_year_id", r.t("Grant year"), years), f.Select("organization_id", r.t("District"), districts), f.Date("on", r.t("As it was known on"))},
		Empty:   r.t("No signed agreement has targets yet.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Line of sight"), Section: "/lines_of_sight", Wide: true, Body: v,
		Lead: r.t("Which dollars serve which target, and what came of it. A line that serves several targets is shared equally among them, so the shares add up.")})
}

// yearsAndDistricts are the choices of many filters.
func (r *request) yearsAndDistricts(program string) (years, districts []Option, err error) {
	found, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{ProgramCode: program})
	if err != nil {
		return nil, nil, err
	}
	for i := len(found) - 1; i >= 0; i-- { // the latest first
		years = append(years, Option{Value: found[i].ID, Text: found[i].Title})
	}
	districts, err = r.districts()
	return years, districts, err
}

// textOf is the text of a choice; "" for none.
func textOf(options []Option, value string) string {
	for _, o := range options {
		if o.Value == value {
			return o.Text
		}
	}
	return ""
}

// keeping keeps parameters of the address that no filter shows.
func (v *ListView) keeping(f *Form, names ...string) {
	for _, name := range names {
		if value := f.Values.Get(name); value != "" {
			v.Keep = append(v.Keep, Link{Text: name, Href: value})
		}
	}
}

// currentYear is the grant year that a page begins with: the last that is open, or the last.
func (r *request) currentYear(program string) (string, error) {
	found, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{ProgramCode: program})
	id := ""
	for _, y := range found {
		if y.Status == workflow.StatusOpen {
			id = y.ID
		}
	}
	if id == "" && len(found) > 0 {
		id = found[len(found)-1].ID
	}
	return id, err
}

// worksheetStandings lists the lines that need a worksheet and where it stands.
func (w *Web) worksheetStandings(r *request) error {
	var in workflow.ListWorksheets
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	if in.GrantYearID == "" {
		if in.GrantYearID, err = r.currentYear(""); err != nil {
			return err
		}
		f.Values.Set("grant_year_id", in.GrantYearID)
	}
	years, districts, err := r.yearsAndDistricts("")
	if err != nil {
		return err
	}
	type row = workflow.WorksheetStanding
	l := Listing[row]{Path: "/worksheet_standings", Name: "worksheet_standings", Caption: r.t("Worksheets"), Long: true, Key: row.Key,
		Load: func(p workflow.Page) ([]row, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.WorksheetStandings(r.ctx(), r.who, in)
		},
		Columns: []Column[row]{
			{Key: "line", Label: r.t("Line"), Cell: func(x row) Cell { return Text(itoa(x.Number) + ". " + x.Description).Noted(x.Reference) }},
			{Key: "district", Label: r.t("District"), Cell: func(x row) Cell { return Text(textOf(districts, x.OrganizationID)) }},
			{Key: "approved_cents", Label: r.t("Approved"), Unit: models.UnitCents, Cell: func(x row) Cell { return Number(x.AmountCents) }},
			{Key: "worksheet", Label: r.t("Worksheet"), Cell: func(x row) Cell {
				if x.RecordID != "" {
					return Text(x.Title).To("/records/" + x.RecordID)
				}
				return Text(x.Title).To("/records/new?kind=" + x.RecordKind + "&grant_year_id=" + in.GrantYearID + "&organization_id=" + x.OrganizationID + "&line=" + itoa(x.Number)).Noted(r.t("begin it"))
			}},
			{Key: "status", Label: r.t("Status"), Cell: func(x row) Cell { return r.Tagged(x.Status) }},
			{Key: "due_on", Label: r.t("Due"), Unit: models.UnitDate, Cell: func(x row) Cell { return Day(x.DueOn) }}},
		Filters: []Field{f.Select("grant_year_id", r.t("Grant year"), years), f.Select("organization_id", r.t("District"), districts),
			f.Select("status", r.t("Status"), r.states("none", "draft", "submitted", "returned", "accepted")), f.Select("late", r.t("Late ones"), []Option{{Value: "true", Text: r.t("only")}})},
		Empty: r.t("No line in force needs a worksheet.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Worksheets"), Section: "/worksheet_standings", Body: v, Wide: true,
		Lead: r.t("Lines whose approved amount is large enough need a worksheet. Here is what each needs, begun or not.")})
}
