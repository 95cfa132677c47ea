package web

import (
	"encoding/json"
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
	"earmark/workflow/determine"
)

func (w *Web) pagesDeterminations() []route {
	return []route{
		{"GET", "/determinations", w.determinations},
		{"GET", "/determination_runs", w.determinationRuns},
		{"GET", "/determination_runs/new", w.newDeterminationRun},
		{"POST", "/determination_runs", w.runDeterminations},
		{"GET", "/determination_runs/:id", w.determinationRun},
		{"POST", "/determination_runs/:id", w.stepDeterminationRun},
		{"GET", "/determination_results", w.determinationResults},
		{"GET", "/determination_results/:id", w.determinationResult},
	}
}

// determinations says which office supports each district in a year, and why.
func (w *Web) determinations(r *request) error {
	var in struct {
		ProgramCode string `json:"program_code"`
		Year        int    `json:"year"`
	}
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	var codes []Option
	for _, def := range r.s.Programs().All() {
		if def.Assignment != nil {
			codes = append(codes, Option{Value: def.Code, Text: def.Title})
		}
	}
	years, err := r.factYears()
	if err != nil {
		return err
	}
	if in.ProgramCode == "" && len(codes) > 0 {
		in.ProgramCode = codes[0].Value
		f.Values.Set("program_code", in.ProgramCode)
	}
	if in.Year == 0 && len(years) > 0 {
		f.Values.Set("year", years[0].Value)
		in.Year = int(mustNumber(years[0].Value))
	}
	l := Listing[workflow.Assignment]{Path: "/determinations", Name: "determinations", Sort: "code", Caption: r.t("Which office supports each district"), Empty: r.t("No facts of this year are known."),
		Load: func(workflow.Page) ([]workflow.Assignment, error) {
			if in.ProgramCode == "" || in.Year == 0 {
				return nil, nil
			}
			return r.s.Determinations(r.ctx(), r.who, in.ProgramCode, in.Year)
		},
		Filters: []Field{f.Select("program_code", r.t("Program"), codes), f.Select("year", r.t("Facts of"), years)},
		Columns: []Column[workflow.Assignment]{
			{Key: "code", Label: r.t("Code"), Cell: func(d workflow.Assignment) Cell { return Text(d.Code) }},
			{Key: "district", Label: r.t("District"), Cell: func(d workflow.Assignment) Cell { return Text(d.Name) }},
			{Key: "office", Label: r.t("Supported by"), Cell: func(d workflow.Assignment) Cell { return Text(d.Office) }},
			{Key: "counted", Label: r.t("Schools counted"), Unit: models.UnitInteger, Cell: func(d workflow.Assignment) Cell { return Number(d.Counted) }},
			{Key: "adjusted", Label: r.t("After removals"), Unit: models.UnitInteger, Cell: func(d workflow.Assignment) Cell { return Number(d.AdjustedCount) }},
			{Key: "why", Label: r.t("Why"), Cell: func(d workflow.Assignment) Cell { return Text(d.Why).Noted(removedWords(d)) }},
		}}
	return showList(r, Page{Title: r.t("Which office supports each district"), Section: "/determinations", Wide: true,
		Lead:    r.t("Worked out from the facts of a year by the program's rule of assignment. A school that is removed keeps its identification."),
		Actions: []Link{{Text: r.t("Determination runs"), Href: "/determination_runs"}}}, l)
}

func mustNumber(text string) (n int64) {
	for _, c := range text {
		n = 10*n + int64(c-'0')
	}
	return n
}

func removedWords(d workflow.Assignment) string {
	var out []string
	for _, s := range d.Removed {
		var why []string
		for _, reason := range s.Reasons {
			why = append(why, reason.Says)
		}
		out = append(out, s.Name+": "+strings.Join(why, " "))
	}
	return strings.Join(out, " · ")
}

// determinationRuns lists the runs of determinations.
func (w *Web) determinationRuns(r *request) error {
	var in workflow.ListDeterminationRuns
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	titles, years, err := r.yearTitles()
	if err != nil {
		return err
	}
	in.After, in.Limit = "", 0
	l := Listing[models.DeterminationRun]{Path: "/determination_runs", Name: "determination_runs", Sort: "-made", Caption: r.t("Determination runs"), Empty: r.t("No determinations were made yet."),
		Load: func(workflow.Page) ([]models.DeterminationRun, error) {
			return r.s.DeterminationRuns(r.ctx(), r.who, in)
		},
		Filters: []Field{f.Select("grant_year_id", r.t("Grant year"), yearOptions(years)), f.Select("status", r.t("State"), r.options("draft", "preview", "published", "superseded"))},
		Columns: []Column[models.DeterminationRun]{
			{Key: "run", Label: r.t("Run"), Cell: func(d models.DeterminationRun) Cell {
				return Text(r.numbered("determination_run", d.Number, d.Label)).To("/determination_runs/" + d.ID)
			}},
			{Key: "grant_year", Label: r.t("Grant year"), Cell: func(d models.DeterminationRun) Cell { return Text(titles[d.GrantYearID]) }},
			{Key: "state", Label: r.t("State"), Cell: func(d models.DeterminationRun) Cell { return r.Tagged(string(d.Status)) }},
			{Key: "facts_year", Label: r.t("Facts of"), Unit: models.UnitInteger, Cell: func(d models.DeterminationRun) Cell { return Number(d.FactsYear) }},
			{Key: "results", Label: r.t("Organizations"), Unit: models.UnitInteger, Cell: func(d models.DeterminationRun) Cell { return Number(d.ResultCount) }},
			{Key: "made", Label: r.t("Made on"), Unit: models.UnitDate, Cell: func(d models.DeterminationRun) Cell { return Day(r.dayOf(d.CreatedAt)) }},
		}}
	page := Page{Title: r.t("Determination runs"), Section: "/determinations", Wide: true, Crumbs: []Link{{Text: r.t("Determinations"), Href: "/determinations"}},
		Lead: r.t("Who is supported at which level, and why. Each organization looks at its own result before a run is published.")}
	if r.s.May(r.who, workflow.RunDeterminations, "") {
		page.Actions = []Link{{Text: r.t("Make determinations"), Href: "/determination_runs/new", Primary: true}}
		l.Action = &page.Actions[0]
	}
	return showList(r, page, l)
}

func (w *Web) newDeterminationRun(r *request) error {
	if err := r.s.Needs(r.who, workflow.RunDeterminations); err != nil {
		return err
	}
	return r.newDeterminations(r.form("/determination_runs", 0, workflow.NewDeterminationRun{}))
}

func (r *request) newDeterminations(f *Form) error {
	_, years, err := r.yearTitles()
	if err != nil {
		return err
	}
	years = slices.DeleteFunc(years, func(y models.GrantYear) bool {
		def, known := r.s.Programs().Program(y.ProgramCode)
		return y.Status == workflow.StatusClosed || known && len(def.Determinations) == 0
	})
	body := newRunPage{Form: f, Years: yearOptions(years)}
	if body.Facts, err = r.factYears(); err != nil {
		return err
	}
	return r.show("determination_run_new", Page{Title: r.t("Make determinations"), Section: "/determinations", Crumbs: []Link{{Text: r.t("Determination runs"), Href: "/determination_runs"}},
		Lead: r.t("Makes a draft that only the office sees."), Problems: f.Problems(), Status: f.Status(), Body: body})
}

func (w *Web) runDeterminations(r *request) error {
	var in workflow.NewDeterminationRun
	f, ok := r.sent("/determination_runs", &in)
	if ok {
		run, err := r.s.RunDeterminations(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/determination_runs/"+run.ID, "Run %d is made. Let the organizations preview it, then publish it.", run.Number)
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return r.newDeterminations(f)
}

// determinedPage is the body of determination_run.html.
type determinedPage struct {
	Run     models.DeterminationRun
	State   Cell
	Year    string
	Levels  []Link // level: how many
	Steps   []Confirm
	List    *ListView
	History []Event
}

func (w *Web) determinationRun(r *request) error { return r.showDetermined(nil) }

func (w *Web) stepDeterminationRun(r *request) error {
	in := workflow.DeterminationRunTransition{ID: r.id()}
	f, ok := r.sent("/determination_runs/"+r.id(), &in)
	if ok {
		run, err := r.s.TransitionDeterminationRun(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/determination_runs/"+run.ID, "Saved.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return r.showDetermined(f)
}

func (r *request) showDetermined(f *Form) error {
	run, err := r.s.DeterminationRun(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	titles, _, err := r.yearTitles()
	if err != nil {
		return err
	}
	body := determinedPage{Run: run, State: r.Tagged(string(run.Status)), Year: titles[run.GrantYearID]}
	rows, err := r.s.DeterminationResults(r.ctx(), r.who, workflow.ListDeterminationResults{RunID: run.ID})
	if err != nil {
		return err
	}
	count := map[string]int{}
	for _, d := range rows {
		if count[d.LevelTitle]++; count[d.LevelTitle] == 1 {
			body.Levels = append(body.Levels, Link{Text: d.LevelTitle})
		}
	}
	for i, l := range body.Levels {
		body.Levels[i].Href = digits(count[l.Text])
	}
	if body.List, err = r.resultList("/determination_runs/"+run.ID, rows); body.List == nil || err != nil {
		return err
	}
	for _, o := range workflow.Offers(r.who, &run) {
		c := newConfirm(r.t("Let organizations preview it"), r.t("Show each organization its own result?"), r.t("Their officials and preparers get a notice. Others see nothing yet."), r.t("Yes, show it"), "/determination_runs/"+run.ID, o.Event, run.Version)
		if o.Event == "publish" {
			c = newConfirm(r.t("Publish"), r.t("Publish these determinations?"), r.t("Everybody can read them without signing in; an earlier run of the year is superseded. This cannot be undone."), r.t("Yes, publish"), "/determination_runs/"+run.ID, o.Event, run.Version)
		}
		if o.Blocked == "" {
			body.Steps = append(body.Steps, c.Asking(r.t("Comment"), o.Comment))
		}
	}
	if body.History, err = r.history("determination_run", run.ID); err != nil {
		return err
	}
	return r.show("determination_run", Page{Title: r.numbered("determination_run", run.Number, run.Label), Section: "/determinations", Wide: true, Lead: r.t("%s, facts of %d", body.Year, run.FactsYear),
		Crumbs: []Link{{Text: r.t("Determination runs"), Href: "/determination_runs"}}, Problems: f.Problems(), Status: f.status(), Body: body})
}

func (r *request) resultList(path string, rows []models.DeterminationResult) (*ListView, error) {
	return listed(r, Listing[models.DeterminationResult]{Path: path, Name: "determination_results", Sort: "-level", Caption: r.t("Results"), Empty: r.t("No result is shown to you yet."),
		Load: func(workflow.Page) ([]models.DeterminationResult, error) { return rows, nil },
		Columns: []Column[models.DeterminationResult]{
			{Key: "code", Label: r.t("Code"), Cell: func(d models.DeterminationResult) Cell { return Text(d.Code) }},
			{Key: "organization", Label: r.t("Organization"), Cell: func(d models.DeterminationResult) Cell { return Text(d.Name).To("/determination_results/" + d.ID) }},
			{Key: "county", Label: r.t("County"), Cell: func(d models.DeterminationResult) Cell { return Text(d.County) }},
			{Key: "level", Label: r.t("Level"), Unit: models.UnitInteger, Cell: func(d models.DeterminationResult) Cell { return Number(d.Level) }},
			{Key: "title", Label: r.t("Support"), Cell: func(d models.DeterminationResult) Cell { return Text(d.LevelTitle).Noted(d.Note) }},
			{Key: "provider", Label: r.t("Provided by"), Cell: func(d models.DeterminationResult) Cell { return Text(d.Provider) }},
		}})
}

// determinationResults lists results of every run that is shown to the reader.
func (w *Web) determinationResults(r *request) error {
	var in workflow.ListDeterminationResults
	if _, err := r.filters(&in); err != nil {
		return err
	}
	in.After, in.Limit = "", 0
	rows, err := r.s.DeterminationResults(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	v, err := r.resultList("/determination_results", rows)
	if v == nil || err != nil {
		return err
	}
	return r.show("plain_list", Page{Title: r.t("Results of determinations"), Section: "/determinations", Wide: true, Crumbs: []Link{{Text: r.t("Determination runs"), Href: "/determination_runs"}}, Body: v})
}

// resultPage is the body of determination_result.html.
type resultPage struct {
	workflow.DeterminationDetail
	Rules []determine.Determination
}

// determinationResult is what was determined of one organization, with every reason.
func (w *Web) determinationResult(r *request) error {
	d, err := r.s.DeterminationResult(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	body := resultPage{DeterminationDetail: d}
	if err := json.Unmarshal([]byte(d.Detail), &body.Rules); err != nil {
		return err
	}
	return r.show("determination_result", Page{Title: d.Name, Section: "/determinations", Lead: r.t("Facts of %d", d.Run.FactsYear),
		Crumbs: []Link{{Text: r.t("Determination runs"), Href: "/determination_runs"}, {Text: r.numbered("determination_run", d.Run.Number, d.Run.Label), Href: "/determination_runs/" + d.RunID}}, Body: body})
}
