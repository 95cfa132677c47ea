package web

import (
	"encoding/json"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow"
)

func (w *Web) pagesGrantYears() []route {
	return []route{
		{"GET", "/grant_years", w.grantYears},
		{"GET", "/grant_years/new", w.newGrantYear},
		{"POST", "/grant_years", w.createGrantYear},
		{"GET", "/grant_years/:id", w.grantYear},
		{"POST", "/grant_years/:id", w.stepGrantYear},
		{"POST", "/grant_years/:id/parameters", w.setParameters},
		{"GET", "/grant_years/:id/rehearsal", w.rehearsal},
		{"POST", "/grant_years/:id/rehearsal", w.rehearse},
	}
}

// grantYears lists the programs' years.
func (w *Web) grantYears(r *request) error {
	var in workflow.ListGrantYears
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	in.After, in.Limit = "", 0
	var codes []Option
	for _, def := range r.s.Programs().All() {
		codes = append(codes, Option{Value: def.Code, Text: def.Title})
	}
	l := Listing[models.GrantYear]{Path: "/grant_years", Name: "grant_years", Sort: "-year", Caption: r.t("Grant years"),
		Empty:   r.t("No program has a year yet. Begin one: it freezes the program's definition for this year."),
		Load:    func(workflow.Page) ([]models.GrantYear, error) { return r.s.GrantYears(r.ctx(), r.who, in) },
		Filters: []Field{f.Select("program_code", r.t("Program"), codes), f.Select("status", r.t("State"), r.options("planned", "open", "closing", "closed"))},
		Columns: []Column[models.GrantYear]{
			{Key: "title", Label: r.t("Grant year"), Cell: func(d models.GrantYear) Cell { return Text(d.Title).To("/grant_years/" + d.ID) }},
			{Key: "year", Label: r.t("Fiscal year"), Unit: models.UnitInteger, Cell: func(d models.GrantYear) Cell { return Number(d.FiscalYear) }},
			{Key: "state", Label: r.t("State"), Cell: func(d models.GrantYear) Cell { return r.yearState(d) }},
			{Key: "starts_on", Label: r.t("From"), Unit: models.UnitDate, Cell: func(d models.GrantYear) Cell { return Day(d.StartsOn) }},
			{Key: "ends_on", Label: r.t("Until"), Unit: models.UnitDate, Cell: func(d models.GrantYear) Cell { return Day(d.EndsOn) }},
			{Key: "definition", Label: r.t("Definition"), Cell: func(d models.GrantYear) Cell {
				return Text(d.ProgramCode + " " + d.DefinitionVersion).To("/programs/" + d.ProgramCode)
			}},
		}}
	page := Page{Title: r.t("Grant years"), Section: "/grant_years", Wide: true,
		Lead: r.t("A program in one fiscal year, with the definition and the parameters that hold in it. Later edits of the program never reach a year that was begun.")}
	if r.s.May(r.who, workflow.ManageGrantYears, "") {
		page.Actions = []Link{{Text: r.t("Begin a grant year"), Href: "/grant_years/new", Primary: true}}
		l.Action = &page.Actions[0]
	}
	return showList(r, page, l)
}

// yearState is a grant year's state: an open one is as it should be.
func (r *request) yearState(d models.GrantYear) Cell {
	c := r.Tagged(string(d.Status))
	if d.Status == workflow.StatusOpen {
		c.Tag = "good"
	}
	return c
}

// newYearPage is the body of grant_year_new.html.
type newYearPage struct {
	Form     *Form
	Programs []Option
}

func (w *Web) newGrantYear(r *request) error {
	if err := r.s.Needs(r.who, workflow.ManageGrantYears); err != nil {
		return err
	}
	return r.newYear(r.form("/grant_years", 0, workflow.CreateGrantYear{ProgramCode: r.Query("program_code")}))
}

func (r *request) newYear(f *Form) error {
	body := newYearPage{Form: f}
	for _, def := range r.s.Programs().All() {
		body.Programs = append(body.Programs, Option{Value: def.Code, Text: r.t("%s, version %s", def.Title, def.Version)})
	}
	return r.show("grant_year_new", Page{Title: r.t("Begin a grant year"), Section: "/grant_years", Crumbs: []Link{{Text: r.t("Grant years"), Href: "/grant_years"}},
		Lead: r.t("Freezes the program's definition for this year. The year is planned at first: you can set its parameters, and nobody can apply yet."), Problems: f.Problems(), Status: f.Status(), Body: body})
}

func (w *Web) createGrantYear(r *request) error {
	var in workflow.CreateGrantYear
	f, ok := r.sent("/grant_years", &in)
	if ok {
		gy, err := r.s.CreateGrantYear(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/grant_years/"+gy.ID, "%s is planned. Set its parameters, then open it.", gy.Title)
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return r.newYear(f)
}

// yearPage is the body of grant_year.html.
type yearPage struct {
	Year       models.GrantYear
	Def        *programs.Definition
	State      Cell
	Means      string
	Steps      []Confirm
	Blocked    []string
	Form       *Form // of the parameters, while they may change
	Fields     []parameterField
	Values     []valueWords
	Formula    formulaWords
	Windows    []windowWords
	History    []Event
	Published  *models.AllocationRun
	Rehearse   bool
	HasFormula bool
}

func (w *Web) grantYear(r *request) error { return r.showYear(nil, nil) }

func (w *Web) stepGrantYear(r *request) error {
	in := workflow.GrantYearTransition{ID: r.id()}
	f, ok := r.sent("/grant_years/"+r.id(), &in)
	if ok {
		gy, err := r.s.TransitionGrantYear(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/grant_years/"+gy.ID, "Saved.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return r.showYear(f, nil)
}

// setParameters replaces the year's own parameters.
func (w *Web) setParameters(r *request) error {
	in := workflow.UpdateGrantYear{ID: r.id()}
	f, ok := r.sent("/grant_years/"+r.id()+"/parameters", &in)
	detail, err := r.s.GrantYear(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	if ok {
		base, err := detail.Rules.Definition.Params(detail.FiscalYear, nil)
		if err != nil {
			return err
		}
		in.Parameters = sentParameters(f, detail.Rules.Definition.Parameters, base)
		gy, err := r.s.UpdateGrantYear(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/grant_years/"+gy.ID, "The parameters are saved.")
		}
		if err := f.took(err); err != nil {
			return err
		}
		if f.Failed.Kind == models.Stale {
			f.againstParameters(detail.Version, detail.Rules.Parameters)
		}
	}
	return r.showYear(nil, f)
}

// againstParameters notes what is saved now beside what was typed.
func (f *Form) againstParameters(version int64, saved []programs.Param) {
	f.Theirs, f.Version = map[string]string{}, version
	for _, p := range saved {
		if now := typedParameter(p.Type, p.Text); now != f.Values.Get(parameterPrefix+p.Name) {
			f.Theirs[parameterPrefix+p.Name] = now
		}
	}
}

func (r *request) showYear(step, f *Form) error {
	detail, err := r.s.GrantYear(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	gy := detail.GrantYear
	body := yearPage{Year: gy, Def: detail.Rules.Definition, State: r.yearState(gy), Means: stateMeans("grant_year", gy.Status), Formula: r.formulaWords(detail.Rules),
		Windows: r.windows(detail.Rules.Definition, gy.FiscalYear), HasFormula: len(detail.Rules.Definition.Formula.Steps) > 0, Rehearse: r.s.May(r.who, workflow.RunRehearsal, "")}
	r.yearSteps(&body)
	for _, p := range detail.Rules.Parameters {
		body.Values = append(body.Values, r.valueOf(p))
	}
	if err := r.yearForm(&body, f); err != nil {
		return err
	}
	if gy.PublishedRunID != nil && r.s.May(r.who, workflow.ReadAllocationRuns, "") {
		run, err := r.s.AllocationRun(r.ctx(), r.who, *gy.PublishedRunID)
		if err != nil {
			return err
		}
		body.Published = &run.AllocationRun
	}
	if body.History, err = r.history("grant_year", gy.ID); err != nil {
		return err
	}
	page := Page{Title: gy.Title, Section: "/grant_years", Crumbs: []Link{{Text: r.t("Grant years"), Href: "/grant_years"}}, Body: body,
		Lead: r.t("%s to %s", day(r.lang, gy.StartsOn), day(r.lang, gy.EndsOn)), Problems: append(step.Problems(), f.Problems()...)}
	page.Status = max(step.status(), f.status())
	if body.Rehearse {
		page.Actions = []Link{{Text: r.t("Rehearse a changed definition"), Href: "/grant_years/" + gy.ID + "/rehearsal"}}
	}
	return r.show("grant_year", page)
}

// status is that of a form that may not be there.
func (f *Form) status() int {
	if f == nil {
		return 0
	}
	return f.Status()
}

// yearSteps are the steps of the year that the reader has now, each with what it means.
func (r *request) yearSteps(body *yearPage) {
	action := "/grant_years/" + body.Year.ID
	for _, o := range workflow.Offers(r.who, &body.Year) {
		if o.Blocked != "" {
			body.Blocked = append(body.Blocked, o.Blocked)
			continue
		}
		c := newConfirm(r.t(words(o.Event)), r.t("%s this grant year?", r.t(words(o.Event))), o.Means, r.t("Yes, go on"), action, o.Event, body.Year.Version)
		switch o.Event {
		case "open":
			c = newConfirm(r.t("Open the year"), r.t("Open %s?", body.Year.Title), r.t("Districts can apply, and its parameters can no longer change. This cannot be undone."), r.t("Yes, open it"), action, o.Event, body.Year.Version)
		case "begin_closing":
			c = newConfirm(r.t("Begin closing"), r.t("Begin closing %s?", body.Year.Title), r.t("It takes no more applications, amendments or allocations. What is still owed stays watched. This cannot be undone."), r.t("Yes, begin closing"), action, o.Event, body.Year.Version)
		case "close":
			c = newConfirm(r.t("Close the year"), r.t("Close %s for good?", body.Year.Title), r.t("Nothing of it may still be due. Everything stays readable, and nothing is watched any more. This cannot be undone."), r.t("Yes, close it"), action, o.Event, body.Year.Version).Dangerous()
		}
		if o.Comment {
			c = c.Asking(r.t("Reason"), true)
		}
		body.Steps = append(body.Steps, c)
	}
}

// yearForm is the form of the parameters, while the year is planned.
func (r *request) yearForm(body *yearPage, f *Form) error {
	if body.Year.Status != workflow.StatusPlanned || !r.s.May(r.who, workflow.ManageGrantYears, "") {
		return nil
	}
	base, err := body.Def.Params(body.Year.FiscalYear, nil)
	if err != nil {
		return err
	}
	own := map[string]string{}
	if err := json.Unmarshal([]byte(body.Year.Parameters), &own); err != nil {
		return err
	}
	if f == nil {
		f = r.form("/grant_years/"+body.Year.ID+"/parameters", body.Year.Version, nil)
	}
	body.Form, body.Fields = f, r.parameterFields(f, body.Def.Parameters, base, own, false)
	return nil
}

// windowWords is a window with its days in a year.
type windowWords struct {
	Title, From, Until, Basis, Cite string
	Now                             bool
}

func (r *request) windows(def *programs.Definition, year int) []windowWords {
	var out []windowWords
	for _, w := range def.Windows {
		if w.FiscalYear != 0 && year != 0 && w.FiscalYear != year {
			continue
		}
		of := year
		if w.FiscalYear != 0 {
			of = w.FiscalYear
		}
		from, until := dayIn(def, of, w.Opens), dayIn(def, of, w.Closes)
		x := windowWords{Title: r.t(words(w.Code)), From: day(r.lang, from), Until: day(r.lang, until), Basis: r.basis(w.Basis), Cite: w.Cite, Now: r.s.Today().Within(from, until)}
		out = append(out, x)
	}
	return out
}

// dayIn is a day that may recur every year (MM-DD), in a fiscal year.
func dayIn(def *programs.Definition, year int, text string) models.Date {
	if len(text) != len("01-02") {
		return models.Date(text)
	}
	starts, _ := def.Year(year)
	d := models.Date(digits(starts.Year()) + "-" + text)
	if d < starts {
		d = models.Date(digits(starts.Year()+1) + "-" + text)
	}
	return d
}

// stateMeans is what a state of a document means, as its state table says it.
func stateMeans(document string, state models.State) string {
	for _, t := range workflow.StateTables() {
		if d := t.Describe(); d.Document == document {
			for _, s := range d.States {
				if s.Name == string(state) {
					return s.Means
				}
			}
		}
	}
	return ""
}
