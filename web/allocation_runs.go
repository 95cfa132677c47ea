package web

import (
	"cmp"
	"slices"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesAllocationRuns() []route {
	return []route{
		{"GET", "/allocation_runs", w.allocationRuns},
		{"GET", "/allocation_runs/new", w.newAllocationRun},
		{"POST", "/allocation_runs", w.runAllocation},
		{"GET", "/allocation_runs/:id", w.allocationRun},
		{"POST", "/allocation_runs/:id", w.stepAllocationRun},
	}
}

// allocationRuns lists the runs of the formula, draft ones too.
func (w *Web) allocationRuns(r *request) error {
	var in workflow.ListAllocationRuns
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	titles, years, err := r.yearTitles()
	if err != nil {
		return err
	}
	in.After, in.Limit = "", 0
	l := Listing[models.AllocationRun]{Path: "/allocation_runs", Name: "allocation_runs", Sort: "-made", Caption: r.t("Allocation runs"),
		Empty: r.t("The formula was not applied yet. Import the facts of a year, then run it."),
		Load: func(workflow.Page) ([]models.AllocationRun, error) {
			return r.s.AllocationRuns(r.ctx(), r.who, in)
		},
		Filters: []Field{f.Select("grant_year_id", r.t("Grant year"), yearOptions(years)), f.Select("status", r.t("State"), r.options("draft", "published", "superseded"))},
		Columns: []Column[models.AllocationRun]{
			{Key: "run", Label: r.t("Run"), Cell: func(d models.AllocationRun) Cell {
				return Text(r.numbered("allocation_run", d.Number, d.Label)).To("/allocation_runs/" + d.ID)
			}},
			{Key: "grant_year", Label: r.t("Grant year"), Cell: func(d models.AllocationRun) Cell {
				return Text(titles[d.GrantYearID]).To("/grant_years/" + d.GrantYearID)
			}},
			{Key: "state", Label: r.t("State"), Cell: func(d models.AllocationRun) Cell { return r.runState(d) }},
			{Key: "facts_year", Label: r.t("Facts of"), Unit: models.UnitInteger, Cell: func(d models.AllocationRun) Cell { return Number(d.FactsYear) }},
			{Key: "pool", Label: r.t("To share"), Unit: models.UnitCents, Cell: func(d models.AllocationRun) Cell { return Number(d.PoolCents) }},
			{Key: "allocated", Label: r.t("Allocated"), Unit: models.UnitCents, Cell: func(d models.AllocationRun) Cell { return Number(d.AllocatedCents) }},
			{Key: "recipients", Label: r.t("Recipients"), Unit: models.UnitInteger, Cell: func(d models.AllocationRun) Cell { return Number(d.RecipientCount) }},
			{Key: "made", Label: r.t("Made on"), Unit: models.UnitDate, Cell: func(d models.AllocationRun) Cell { return Day(r.dayOf(d.CreatedAt)) }},
		}}
	page := Page{Title: r.t("Allocation runs"), Section: "/allocation_runs", Wide: true,
		Lead:    r.t("The formula applied to the facts of a year. Districts see a run once it is published; only one run of a grant year is in force."),
		Actions: []Link{{Text: r.t("Scenarios"), Href: "/scenarios"}, {Text: r.t("Compare"), Href: "/allocation_comparison"}}}
	if r.s.May(r.who, workflow.RunAllocation, "") {
		page.Actions = append([]Link{{Text: r.t("Run the formula"), Href: "/allocation_runs/new", Primary: true}}, page.Actions...)
		l.Action = &page.Actions[0]
	}
	return showList(r, page, l)
}

// showList shows a page that is a list and nothing else.
func showList[D any](r *request, page Page, l Listing[D]) error {
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	page.Body = v
	return r.show("plain_list", page)
}

// runState is a run's state; a reallocation says that it is one.
func (r *request) runState(d models.AllocationRun) Cell {
	c := r.Tagged(string(d.Status))
	if d.RunKind == models.RunReallocation {
		c = c.Noted(r.t("shares released money"))
	}
	return c
}

// newRunPage is the body of allocation_run_new.html.
type newRunPage struct {
	Form  *Form
	Years []Option
	Facts []Option
}

func (w *Web) newAllocationRun(r *request) error {
	if err := r.s.Needs(r.who, workflow.RunAllocation); err != nil {
		return err
	}
	in := workflow.NewAllocationRun{GrantYearID: r.Query("grant_year_id")}
	return r.newRun(r.form("/allocation_runs", 0, in))
}

func (r *request) newRun(f *Form) error {
	body, err := r.runChoices(f)
	if err != nil {
		return err
	}
	return r.show("allocation_run_new", Page{Title: r.t("Run the formula"), Section: "/allocation_runs", Crumbs: []Link{{Text: r.t("Allocation runs"), Href: "/allocation_runs"}},
		Lead:     r.t("Makes a draft that only the office sees. Nothing is published, and nobody gets a mail."),
		Problems: f.Problems(), Status: f.Status(), Body: body})
}

// runChoices are the grant years whose formula can be applied, and the years of known facts.
func (r *request) runChoices(f *Form) (newRunPage, error) {
	body := newRunPage{Form: f}
	_, years, err := r.yearTitles()
	if err != nil {
		return body, err
	}
	years = slices.DeleteFunc(years, func(y models.GrantYear) bool {
		def, known := r.s.Programs().Program(y.ProgramCode)
		return y.Status == workflow.StatusClosed || known && len(def.Formula.Steps) == 0
	})
	body.Years = yearOptions(years)
	body.Facts, err = r.factYears()
	return body, err
}

func (w *Web) runAllocation(r *request) error {
	var in workflow.NewAllocationRun
	f, ok := r.sent("/allocation_runs", &in)
	if ok {
		run, err := r.s.RunAllocation(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/allocation_runs/"+run.ID, "Run %d is computed. It is a draft: look at it, then publish it.", run.Number)
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return r.newRun(f)
}

// runPage is the body of allocation_run.html.
type runPage struct {
	Run      models.AllocationRun
	Year     models.GrantYear
	Offers   []workflow.Offer
	Left     models.Cents
	Chart    *Chart
	List     *ListView
	Against  *models.AllocationRun // the run in force that it is compared with
	Change   *workflow.ComparedTotal
	Changed  []workflow.Compared // who gets something else, the largest change first
	Formula  formulaWords
	History  []Event
	By       string
	Excluded []notEligible
	Raises   bool // it adds to the run in force and takes its place in nothing
}

// notEligible is a recipient that gets nothing, and why.
type notEligible struct{ Code, Name, Why string }

func (w *Web) allocationRun(r *request) error { return r.showRun(nil) }

func (w *Web) stepAllocationRun(r *request) error {
	in := workflow.AllocationRunTransition{ID: r.id()}
	f, ok := r.sent("/allocation_runs/"+r.id(), &in)
	if ok {
		run, err := r.s.TransitionAllocationRun(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/allocation_runs/"+run.ID, "Run %d is published. Districts see their allocation and receipt now.", run.Number)
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return r.showRun(f)
}

func (r *request) showRun(f *Form) error {
	detail, err := r.s.AllocationRun(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	run := detail.AllocationRun
	year, err := r.s.GrantYear(r.ctx(), r.who, run.GrantYearID)
	if err != nil {
		return err
	}
	body := runPage{Run: run, Year: year.GrantYear, Offers: workflow.Offers(r.who, &run), Left: run.PoolCents - run.AllocatedCents,
		Formula: r.formulaWords(year.Rules), Raises: run.RunKind == models.RunReallocation}
	for _, d := range detail.Decided {
		if !d.Eligible {
			body.Excluded = append(body.Excluded, notEligible{d.Code, d.Name, d.Why})
		}
	}
	rows, err := r.compareRun(&body)
	if err != nil {
		return err
	}
	if body.List, err = r.runList(&body, rows); body.List == nil || err != nil {
		return err
	}
	if body.History, err = r.history("allocation_run", run.ID); err != nil {
		return err
	}
	return r.show("allocation_run", Page{Title: r.numbered("allocation_run", run.Number, run.Label), Section: "/allocation_runs", Wide: true,
		Lead: r.t("%s, facts of %d", year.Title, run.FactsYear), Crumbs: []Link{{Text: r.t("Allocation runs"), Href: "/allocation_runs"}},
		Actions: r.runActions(run), Problems: f.Problems(), Status: f.status(), Body: body})
}

func (r *request) runActions(run models.AllocationRun) []Link {
	actions := []Link{{Text: r.t("Compare"), Href: "/allocation_comparison?grant_year_id=" + run.GrantYearID + "&with=" + run.ID}}
	if run.RunKind == models.RunFormula && r.s.May(r.who, workflow.ManageScenarios, "") {
		actions = append(actions, Link{Text: r.t("Try something in a scenario"), Href: "/scenarios/new?base_run_id=" + run.ID})
	}
	return actions
}

// compareRun compares a run with the one in force: by recipient, unless it is that one.
func (r *request) compareRun(body *runPage) (map[string]workflow.Compared, error) {
	force := body.Year.PublishedRunID
	if force == nil || *force == body.Run.ID || body.Raises {
		return nil, nil
	}
	against, err := r.s.AllocationRun(r.ctx(), r.who, *force)
	if err != nil {
		return nil, err
	}
	body.Against = &against.AllocationRun
	ask := workflow.CompareAllocations{Base: *force, With: []string{body.Run.ID}}
	rows, err := r.s.CompareAllocations(r.ctx(), r.who, ask)
	if err != nil {
		return nil, err
	}
	totals, err := r.s.ComparisonTotals(r.ctx(), r.who, ask)
	if err != nil || len(totals) == 0 {
		return nil, err
	}
	body.Change = &totals[0]
	body.Chart = r.changeChart(r.t("Who gains and who loses against run %d", body.Against.Number), rows)
	out := make(map[string]workflow.Compared, len(rows))
	for _, c := range rows {
		out[c.Organization.ID] = c
		if c.ChangeCents != 0 {
			body.Changed = append(body.Changed, c)
		}
	}
	slices.SortStableFunc(body.Changed, func(a, b workflow.Compared) int { return cmp.Compare(size(b.ChangeCents), size(a.ChangeCents)) })
	return out, nil
}

func size(c models.Cents) models.Cents { return max(c, -c) }

// runRow is a recipient of a run.
type runRow struct {
	models.Allocation
	Code, Name string
	Compared   *workflow.Compared
}

func (r *request) runList(body *runPage, compared map[string]workflow.Compared) (*ListView, error) {
	allocations, err := r.s.Allocations(r.ctx(), r.who, workflow.ListAllocations{RunID: body.Run.ID})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, a := range allocations {
		ids = append(ids, a.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, ids, []string{body.Run.CreatedBy})
	if err != nil {
		return nil, err
	}
	body.By = names.People[body.Run.CreatedBy]
	rows := make([]runRow, 0, len(allocations))
	for _, a := range allocations {
		row := runRow{Allocation: a, Code: names.Organizations[a.OrganizationID].Code, Name: names.District(a.OrganizationID)}
		if c, found := compared[a.OrganizationID]; found {
			row.Compared = &c
			delete(compared, a.OrganizationID)
		}
		rows = append(rows, row)
	}
	for id, c := range compared { // who gets nothing any more
		rows = append(rows, runRow{Allocation: models.Allocation{OrganizationID: id, Bound: c.Bound}, Code: c.Organization.Code, Name: c.Organization.Name, Compared: &c})
	}
	return listed(r, Listing[runRow]{Path: "/allocation_runs/" + body.Run.ID, Name: "allocation_run_" + digits(body.Run.Number), Sort: "code", Caption: r.t("What every recipient gets"),
		Empty: r.t("Nobody gets anything: no recipient has a unit that counts."), Columns: r.runColumns(body, body.Against != nil),
		Load: func(workflow.Page) ([]runRow, error) { return rows, nil }})
}

func (r *request) runColumns(body *runPage, against bool) []Column[runRow] {
	columns := []Column[runRow]{
		{Key: "code", Label: r.t("Code"), Cell: func(d runRow) Cell { return Text(d.Code) }},
		{Key: "recipient", Label: r.t("Recipient"), Cell: func(d runRow) Cell { return Text(d.Name).To("/organizations/" + d.OrganizationID) }},
		{Key: "amount", Label: r.t("Allocation"), Unit: models.UnitCents, Cell: func(d runRow) Cell {
			if d.ID == "" {
				return Number(d.AmountCents)
			}
			return Number(d.AmountCents).To("/allocations/" + d.ID)
		}},
		{Key: "share", Label: r.t("Part of the whole"), Unit: models.UnitBasisPoints, Cell: func(d runRow) Cell {
			share, _ := models.Rate(d.AmountCents, body.Run.AllocatedCents)
			return Number(share)
		}},
		{Key: "bound", Label: r.t("Held by"), Cell: func(d runRow) Cell { return r.bound(d.Bound, d.BoundBy) }},
	}
	if !against {
		return columns
	}
	of := func(d runRow) workflow.Compared {
		if d.Compared == nil {
			return workflow.Compared{}
		}
		return *d.Compared
	}
	return append(columns, []Column[runRow]{
		{Key: "now", Label: r.t("In force now"), Unit: models.UnitCents, Cell: func(d runRow) Cell { return Number(of(d).BaseCents) }},
		{Key: "change", Label: r.t("Change"), Unit: models.UnitCents, Cell: func(d runRow) Cell { return gained(of(d).ChangeCents) }},
		{Key: "change_bp", Label: r.t("In percent"), Unit: models.UnitBasisPoints, Cell: func(d runRow) Cell { return r.rateCell(of(d).ChangeCents, of(d).ChangeBP) }},
	}...)
}
