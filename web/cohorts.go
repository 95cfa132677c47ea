package web

import (
	"strings"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesCohorts() []route {
	return []route{
		{"GET", "/agreement_assignments", w.agreementAssignments},
		{"POST", "/agreement_assignments", w.assignCohort},
		{"GET", "/liaison_loads", w.liaisonLoads},
		{"GET", "/support_assignments", w.supportAssignments},
		{"GET", "/support_assignments/new", w.newSupport},
		{"POST", "/support_assignments", w.assignSupport},
		{"GET", "/agreement_progress", w.agreementProgress},
		{"GET", "/target_result_imports", w.newTargetImport},
		{"POST", "/target_result_imports", w.importTargetResults},
	}
}

// cohortBody is the preview of a cohort: every district with the reason of what happens.
type cohortBody struct {
	List   *ListView
	Ask    []Field
	Path   string
	Form   *Form
	Create int
	In     workflow.ListAgreementAssignments
	May    bool
}

func (w *Web) agreementAssignments(r *request) error { return w.showCohort(r, nil) }

func (w *Web) showCohort(r *request, sent *Form) error {
	var in workflow.ListAgreementAssignments
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	if sent != nil {
		in.ProgramCode, in.Cohort = sent.Values.Get("program_code"), sent.Values.Get("cohort")
		for _, name := range []string{"program_code", "cohort", "facts_year"} {
			f.Values.Set(name, sent.Values.Get(name))
		}
		var wrong []models.FieldError
		fill("", reflectOf(&in), f.Values, &wrong)
	}
	programs := r.agreementPrograms()
	if in.ProgramCode == "" && len(programs) > 0 {
		f.Values.Set("program_code", programs[0].Value)
		in.ProgramCode = programs[0].Value
	}
	b := &cohortBody{In: in, Path: "/agreement_assignments", May: r.s.May(r.who, workflow.AssignCohort, ""),
		Ask: []Field{f.Select("program_code", r.t("Program"), programs).Needed(), f.Text("cohort", r.t("Cohort")).Needed(), f.Number("facts_year", r.t("Year of the facts")).Needed()}}
	p := Page{Title: r.t("Assign a cohort"), Section: "/agreement_assignments", Crumbs: []Link{{Text: r.t("Agreements"), Href: "/agreements"}}, Wide: true, Body: b,
		Lead: r.t("Which districts an identification cycle gives to the office, each with the reason. Nothing is changed before you confirm.")}
	if sent != nil {
		p.Problems, p.Status = sent.Problems(), sent.Status()
	}
	b.Form = sent
	if b.Form == nil {
		b.Form = r.form("/agreement_assignments", 0, workflow.AssignAgreements{AssignedOn: r.s.Today()})
	}
	if in.Cohort == "" || in.FactsYear == 0 {
		return r.show("cohort", p)
	}
	type row = workflow.DistrictAssignment
	l := Listing[row]{Path: "/agreement_assignments", Name: "agreement_assignments", Caption: r.t("Districts of the cohort"), Sort: "district",
		Load: func(workflow.Page) ([]row, error) {
			rows, err := r.s.AgreementAssignments(r.ctx(), r.who, in)
			for _, d := range rows {
				if d.Result == workflow.AssignmentToCreate {
					b.Create++
				}
			}
			return rows, err
		},
		Columns: []Column[row]{
			{Key: "district", Label: r.t("District"), Cell: func(d row) Cell { return Text(d.Name).Noted(d.Code) }},
			{Key: "result", Label: r.t("What happens"), Cell: func(d row) Cell {
				c := r.Tagged(d.Result)
				if d.Agreement != nil {
					c = c.To("/agreements/" + d.Agreement.ID)
				}
				return c
			}},
			{Key: "counted", Label: r.t("Schools that count"), Unit: models.UnitInteger, Cell: func(d row) Cell { return Number(d.AdjustedCount) }},
			{Key: "why", Label: r.t("Why"), Cell: func(d row) Cell {
				var removed []string
				for _, x := range d.Removed {
					removed = append(removed, x.Name)
				}
				note := ""
				if len(removed) > 0 {
					note = r.t("taken off: %s", strings.Join(removed, ", "))
				}
				return Text(d.Why).Noted(note)
			}},
			{Key: "prior", Label: r.t("Years funded before"), Unit: models.UnitInteger, Cell: func(d row) Cell { return Number(d.FundedYearsPrior) }}},
		Filters: append(b.Ask, f.Select("result", r.t("What happens"), r.states("to_create", "exists", "not_assigned", "undecided"))), Empty: r.t("No district has facts of this year.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	b.List = v
	return r.show("cohort", p)
}

func (w *Web) assignCohort(r *request) error {
	var in workflow.AssignAgreements
	f, ok := r.sent("/agreement_assignments", &in)
	if ok {
		made, err := r.s.AssignAgreements(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/agreements?cohort="+in.Cohort+"&status=draft", "%d agreements are drafted.", made.Counts[workflow.AssignmentCreated])
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showCohort(r, f)
}

type loadsBody struct {
	workflow.LiaisonLoads
	Suggested string
}

func (w *Web) liaisonLoads(r *request) error {
	loads, err := r.s.LiaisonLoads(r.ctx(), r.who)
	if err != nil {
		return err
	}
	b := loadsBody{LiaisonLoads: loads}
	for _, l := range loads.Liaisons {
		if l.UserID == loads.SuggestedUserID {
			b.Suggested = l.Name
		}
	}
	return r.show("liaison_loads", Page{Title: r.t("Work of the liaisons"), Section: "/liaison_loads", Body: b, Lead: r.t("What every liaison has in hand, and which districts have none.")})
}

func (w *Web) supportAssignments(r *request) error {
	var in workflow.ListSupport
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	names, err := r.agreementNames()
	if err != nil {
		return err
	}
	type row = workflow.SupportView
	l := Listing[row]{Path: "/support_assignments", Name: "support_assignments", Caption: r.t("Tiers of support"), Sort: "-from_on",
		Load: func(workflow.Page) ([]row, error) { return r.s.SupportAssignments(r.ctx(), r.who, in) },
		Columns: []Column[row]{
			{Key: "agreement", Label: r.t("Agreement"), Cell: func(x row) Cell { return Text(names[x.AgreementID]).To("/agreements/" + x.AgreementID) }},
			{Key: "tier", Label: r.t("Support"), Cell: func(x row) Cell { return Text(x.Title) }},
			{Key: "from_on", Label: r.t("Since"), Unit: models.UnitDate, Cell: func(x row) Cell { return Day(x.FromOn) }},
			{Key: "focus", Label: r.t("About"), Cell: func(x row) Cell {
				return Text(strings.Join(strings.Fields(strings.ReplaceAll(x.FocusAreas, "_", "-")), ", "))
			}},
			{Key: "reason", Label: r.t("Reason"), Cell: func(x row) Cell { return Text(x.Reason) }},
			{Key: "current", Label: r.t("State"), Cell: func(x row) Cell {
				if x.Current {
					return r.Tagged("in_force")
				}
				return r.Tagged("earlier")
			}}},
		Filters: []Field{f.Select("agreement_id", r.t("Agreement"), optionsOf(names)), f.Select("current", r.t("Earlier ones"), []Option{{Value: "true", Text: r.t("leave out")}})},
		Empty:   r.t("No tier of support was assigned yet: every district has the first.")}
	p := Page{Title: r.t("Tiers of support"), Section: "/support_assignments", Lead: r.t("How much support a district has, since when, and why. The history is never rewritten.")}
	if r.s.May(r.who, workflow.AssignSupport, "") {
		p.Actions = []Link{{Text: r.t("Assign a tier"), Href: "/support_assignments/new?agreement_id=" + in.AgreementID, Primary: true}}
	}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	v.keeping(f, "organization_id")
	p.Body = v
	return r.show("listing", p)
}

func (w *Web) newSupport(r *request) error {
	return w.askSupport(r, r.form("/support_assignments", 0, workflow.AssignSupportTier{AgreementID: r.Query("agreement_id"), FromOn: r.s.Today()}))
}

func (w *Web) askSupport(r *request, f *Form) error {
	names, err := r.agreementNames()
	if err != nil {
		return err
	}
	var tiers, areas []Option
	for _, d := range r.s.Programs().All() {
		if d.SupportTiers == nil {
			continue
		}
		for _, x := range d.SupportTiers.Tiers {
			tiers = append(tiers, Option{Value: itoa(x.Tier), Text: x.Title, Hint: x.Means})
		}
		for _, x := range d.SupportTiers.FocusAreas {
			areas = append(areas, Option{Value: x.Code, Text: x.Title})
		}
	}
	return r.ask(Page{Title: r.t("Assign a tier of support"), Section: "/support_assignments", Crumbs: []Link{{Text: r.t("Tiers of support"), Href: "/support_assignments"}}}, fieldsBody{Form: f, Button: r.t("Assign"), Cancel: "/support_assignments",
		Fields: []Field{f.Combo("agreement_id", r.t("Agreement"), optionsOf(names)).Needed(), f.Radios("tier", r.t("Support"), tiers).Needed(), f.Checks("focus_areas", r.t("What it is about"), areas).Hinted(r.t("Needed above the first tier.")),
			f.Date("from_on", r.t("From")), f.Area("reason", r.t("Reason")).Needed().AtMost(4000)}})
}

func (w *Web) assignSupport(r *request) error {
	var in workflow.AssignSupportTier
	f, ok := r.sent("/support_assignments", &in)
	if ok {
		if _, err := r.s.AssignSupport(r.ctx(), r.who, in); err == nil {
			return r.done("/support_assignments?agreement_id="+in.AgreementID, "The tier is assigned. The district is told.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askSupport(r, f)
}

func (w *Web) agreementProgress(r *request) error {
	var in workflow.ListProgress
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	var programs, cohorts []Option
	for _, d := range r.s.Programs().All() {
		if d.Progress != nil {
			programs = append(programs, Option{Value: d.Code, Text: d.Title})
		}
	}
	all, err := r.s.Agreements(r.ctx(), r.who, workflow.ListAgreements{})
	if err != nil {
		return err
	}
	for _, a := range all {
		cohorts = offering(cohorts, a.Cohort, a.Cohort)
	}
	if in.ProgramCode == "" && len(programs) > 0 {
		in.ProgramCode = programs[0].Value
		f.Values.Set("program_code", in.ProgramCode)
	}
	if in.Year == 0 {
		in.Year = r.s.Today().Year() - 1
		f.Values.Set("year", itoa(in.Year))
	}
	type row = workflow.ProgressRow
	l := Listing[row]{Path: "/agreement_progress", Name: "agreement_progress", Caption: r.t("Progress of agreements"),
		Load: func(workflow.Page) ([]row, error) { return r.s.AgreementProgress(r.ctx(), r.who, in) },
		Columns: []Column[row]{
			{Key: "row", Label: r.t("What is counted"), Cell: func(x row) Cell { return Text(x.Title).Noted(x.Cite) }},
			{Key: "count", Label: r.t("Count"), Unit: models.UnitInteger, Cell: func(x row) Cell { return Number(x.Count) }},
			{Key: "of", Label: r.t("Of"), Unit: models.UnitInteger, Cell: func(x row) Cell { return Number(x.Denominator) }},
			{Key: "percent", Label: r.t("Percent"), Cell: func(x row) Cell { return Text(x.Percent) }},
			{Key: "unknown", Label: r.t("Facts missing of"), Unit: models.UnitInteger, Cell: func(x row) Cell { return Number(len(x.Unknown)).Noted(shorten(strings.Join(x.Unknown, ", "), 60)) }},
			{Key: "published", Label: r.t("Against what was published"), Cell: func(x row) Cell {
				if len(x.Mismatches) > 0 {
					c := Text(x.Mismatches[0].Says)
					c.Tag = "warn"
					c.Shown, c.Note = r.t("Differs"), x.Mismatches[0].Says
					return c
				}
				return Cell{}
			}}},
		Filters: []Field{f.Select("program_code", r.t("Program"), programs), f.Select("cohort", r.t("Cohort"), cohorts), f.Number("year", r.t("Year"))}, Empty: r.t("The program has no progress table.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Progress of agreements"), Section: "/agreement_progress", Body: v, Lead: r.t("How far the schools of the agreements came, counted by the rows of the program.")})
}

type importBody struct {
	Form   *Form
	Report *workflow.FactImportReport
	Fields []Field
	Back   string
}

func (w *Web) newTargetImport(r *request) error {
	return w.askTargetImport(r, r.form("/target_result_imports", 0, workflow.TargetFile{}), nil)
}

func (w *Web) askTargetImport(r *request, f *Form, report *workflow.FactImportReport) error {
	b := importBody{Form: f, Report: report, Back: "/target_results", Fields: []Field{f.File("file", r.t("File"), ".csv,text/csv").Needed().Hinted(r.t("CSV with the columns code, target, measured_on, and value or numerator and denominator; further cohort, school_year, window, evidence, source, correction.")),
		f.Text("cohort", r.t("Cohort")).AtMost(64).Hinted(r.t("Of rows without one; needed only where a district has signed several agreements.")), f.Text("source", r.t("Source")).AtMost(300).Hinted(r.t("Of rows without one."))}}
	return r.show("result_import", Page{Title: r.t("Import results of targets"), Section: "/target_results", Crumbs: []Link{{Text: r.t("Results of targets"), Href: "/target_results"}}, Problems: f.Problems(), Status: f.Status(), Body: b,
		Lead: r.t("Look first, then take it: all rows or, when any row is wrong, none. The same file again changes nothing.")})
}

func (w *Web) importTargetResults(r *request) error {
	var in workflow.TargetFile
	f, file, ok := r.sentFile("/target_result_imports", &in, "file")
	in.Content, in.FileName, in.DryRun = file.Content, file.Name, f.Values.Get("take") == ""
	if ok {
		report, err := r.s.ImportTargetResults(r.ctx(), r.who, in)
		switch {
		case err == nil && !in.DryRun:
			return r.done("/target_results", "%d results are taken, %d corrected.", report.New, report.Changed)
		case err == nil:
			return w.askTargetImport(r, f, &report)
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askTargetImport(r, f, nil)
}
