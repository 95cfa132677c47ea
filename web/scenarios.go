package web

import (
	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesScenarios() []route {
	return []route{
		{"GET", "/scenarios", w.scenarios},
		{"GET", "/scenarios/new", w.newScenario},
		{"POST", "/scenarios", w.createScenario},
		{"GET", "/scenarios/:id", w.scenario},
		{"POST", "/scenarios/:id", w.updateScenario},
		{"POST", "/scenarios/:id/transitions", w.stepScenario},
		{"GET", "/allocation_comparison", w.allocationComparison},
	}
}

// scenarios lists what the office tries out.
func (w *Web) scenarios(r *request) error {
	var in workflow.ListScenarios
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	titles, years, err := r.yearTitles()
	if err != nil {
		return err
	}
	in.After, in.Limit = "", 0
	l := Listing[models.Scenario]{Path: "/scenarios", Name: "scenarios", Sort: "-computed", Caption: r.t("Scenarios"),
		Empty:   r.t("Nobody tries anything out. Start a scenario from an allocation run: it copies facts and parameters, and changes nothing of the run."),
		Load:    func(workflow.Page) ([]models.Scenario, error) { return r.s.Scenarios(r.ctx(), r.who, in) },
		Filters: []Field{f.Select("grant_year_id", r.t("Grant year"), yearOptions(years)), f.Select("status", r.t("State"), r.options("draft", "adopted", "discarded"))},
		Columns: []Column[models.Scenario]{
			{Key: "scenario", Label: r.t("Scenario"), Cell: func(d models.Scenario) Cell {
				return Text(r.numbered("scenario", d.Number, d.Label)).To("/scenarios/" + d.ID).Noted(shorten(d.Note, 100))
			}},
			{Key: "grant_year", Label: r.t("Grant year"), Cell: func(d models.Scenario) Cell { return Text(titles[d.GrantYearID]) }},
			{Key: "state", Label: r.t("State"), Cell: func(d models.Scenario) Cell { return r.scenarioState(d) }},
			{Key: "changes", Label: r.t("Facts changed"), Unit: models.UnitInteger, Cell: func(d models.Scenario) Cell { return Number(d.FactCount) }},
			{Key: "pool", Label: r.t("To share"), Unit: models.UnitCents, Cell: func(d models.Scenario) Cell { return Number(d.PoolCents) }},
			{Key: "recipients", Label: r.t("Recipients"), Unit: models.UnitInteger, Cell: func(d models.Scenario) Cell { return Number(d.RecipientCount) }},
			{Key: "computed", Label: r.t("Computed on"), Unit: models.UnitDate, Cell: func(d models.Scenario) Cell { return Day(r.dayOf(d.ComputedAt)) }},
		}}
	page := Page{Title: r.t("Scenarios"), Section: "/scenarios", Wide: true,
		Lead:    r.t("What would happen if. A scenario gives nobody money and no district ever sees one; adopted, it becomes a draft allocation run."),
		Actions: []Link{{Text: r.t("Compare"), Href: "/allocation_comparison"}}}
	if r.s.May(r.who, workflow.ManageScenarios, "") {
		page.Actions = append([]Link{{Text: r.t("New scenario"), Href: "/scenarios/new", Primary: true}}, page.Actions...)
		l.Action = &page.Actions[0]
	}
	return showList(r, page, l)
}

func (r *request) scenarioState(d models.Scenario) Cell {
	c := r.Tagged(string(d.Status))
	if d.Status == workflow.StatusAdopted {
		c.Tag = "good"
	}
	if !d.BaseCurrent {
		c = c.Noted(r.t("facts of its run changed"))
	}
	return c
}

// newScenarioPage is the body of scenario_new.html.
type newScenarioPage struct {
	Form *Form
	Runs []Option
}

func (w *Web) newScenario(r *request) error {
	if err := r.s.Needs(r.who, workflow.ManageScenarios); err != nil {
		return err
	}
	return r.newScenarioForm(r.form("/scenarios", 0, workflow.NewScenario{BaseRunID: r.Query("base_run_id")}))
}

func (r *request) newScenarioForm(f *Form) error {
	titles, _, err := r.yearTitles()
	if err != nil {
		return err
	}
	runs, err := r.s.AllocationRuns(r.ctx(), r.who, workflow.ListAllocationRuns{})
	if err != nil {
		return err
	}
	body := newScenarioPage{Form: f}
	for i := len(runs) - 1; i >= 0; i-- {
		if d := runs[i]; d.RunKind == models.RunFormula {
			body.Runs = append(body.Runs, Option{Value: d.ID, Text: titles[d.GrantYearID] + ", " + r.numbered("allocation_run", d.Number, d.Label)})
		}
	}
	return r.show("scenario_new", Page{Title: r.t("New scenario"), Section: "/scenarios", Crumbs: []Link{{Text: r.t("Scenarios"), Href: "/scenarios"}},
		Lead: r.t("Copies the facts and parameters of a run. Then change what you like and see who wins and who loses."), Problems: f.Problems(), Status: f.Status(), Body: body})
}

func (w *Web) createScenario(r *request) error {
	var in workflow.NewScenario
	f, ok := r.sent("/scenarios", &in)
	if ok {
		sc, err := r.s.CreateScenario(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/scenarios/"+sc.ID, "Scenario %d is started. It gives what its run gives until you change something.", sc.Number)
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return r.newScenarioForm(f)
}

// stepScenario adopts or discards a scenario.
func (w *Web) stepScenario(r *request) error {
	in := workflow.ScenarioTransition{ID: r.id()}
	f, ok := r.sent("/scenarios/"+r.id(), &in)
	if !ok {
		return r.showScenario(nil, f)
	}
	sc, err := r.s.TransitionScenario(r.ctx(), r.who, in)
	if err != nil {
		if err := f.took(err); err != nil {
			return err
		}
		return r.showScenario(nil, f)
	}
	if sc.RunID != nil {
		return r.done("/allocation_runs/"+*sc.RunID, "The scenario is adopted: this is its draft run. Publish it to put it in force.")
	}
	return r.done("/scenarios/"+sc.ID, "The scenario is discarded. It stays readable.")
}
