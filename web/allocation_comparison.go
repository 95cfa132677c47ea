package web

import (
	"slices"

	"earmark/models"
	"earmark/workflow"
)

// comparisonPage is the body of allocation_comparison.html.
type comparisonPage struct {
	Form     *Form
	Years    []Option
	Subjects []Option // runs and scenarios of the year
	Base     []Option
	Chosen   []comparedColumn
	BaseName string
	Rows     []comparedRow
	Charts   []*Chart
	CSV      string
	XLSX     string
	Empty    bool
	Most     int
}

// comparedColumn is one run or scenario beside the base.
type comparedColumn struct {
	Name, Href string
	Total      workflow.ComparedTotal
}

// comparedRow is one recipient in the base and in each of the others.
type comparedRow struct {
	Organization models.Organization
	Base         models.Cents
	Cells        []workflow.Compared
	Changed      bool
}

// askedComparison is the address of a comparison.
type askedComparison struct {
	GrantYearID string   `json:"grant_year_id"`
	Base        string   `json:"base"`
	With        []string `json:"with"`
}

// allocationComparison puts up to eight runs and scenarios side by side.
func (w *Web) allocationComparison(r *request) error {
	var in askedComparison
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	body := comparisonPage{Form: f, Most: 8}
	subjects, err := r.comparable(&body, &in)
	if err != nil {
		return err
	}
	page := Page{Title: r.t("Compare allocations"), Section: "/allocation_comparison", Wide: true,
		Lead: r.t("Up to eight runs and scenarios of one grant year side by side, each against the same base.")}
	in.With = slices.DeleteFunc(in.With, func(id string) bool { return id == "" || id == in.Base })
	if in.Base != "" && len(in.With) > 0 {
		ask := workflow.CompareAllocations{Base: in.Base, With: in.With}
		rows, err := r.s.CompareAllocations(r.ctx(), r.who, ask)
		if err == nil && f.Values.Get("format") != "" {
			_, err := listed(r, Listing[workflow.Compared]{Path: "/allocation_comparison", Name: "allocation_comparison", Caption: page.Title, Columns: r.comparedColumns(true), Load: func(workflow.Page) ([]workflow.Compared, error) { return rows, nil }})
			return err
		}
		if err == nil {
			err = r.comparedPage(&body, ask, rows, subjects)
		}
		if err := f.tookAny(err); err != nil {
			return err
		}
		page.Problems, page.Status = f.Problems(), f.Status()
	}
	page.Body = body
	return r.show("allocation_comparison", page)
}

// tookAny is took for an error that may be none.
func (f *Form) tookAny(err error) error {
	if err == nil {
		return nil
	}
	return f.took(err)
}

// comparable lists what can be compared: the runs and scenarios of the chosen year, of the
// latest one with a run when none is chosen. The run in force is the base at first.
func (r *request) comparable(body *comparisonPage, in *askedComparison) (map[string]Link, error) {
	_, years, err := r.yearTitles()
	if err != nil {
		return nil, err
	}
	runs, err := r.s.AllocationRuns(r.ctx(), r.who, workflow.ListAllocationRuns{})
	if err != nil {
		return nil, err
	}
	if in.GrantYearID == "" && len(runs) > 0 {
		in.GrantYearID = runs[len(runs)-1].GrantYearID
		body.Form.Values.Set("grant_year_id", in.GrantYearID)
	}
	scenarios, err := r.s.Scenarios(r.ctx(), r.who, workflow.ListScenarios{GrantYearID: in.GrantYearID})
	if err != nil {
		return nil, err
	}
	links := map[string]Link{}
	add := func(id, kind string, number int, label string, path string) {
		name := r.numbered(kind, number, label)
		links[id] = Link{Text: name, Href: path + id}
		body.Subjects = append(body.Subjects, Option{Value: id, Text: name})
	}
	for _, d := range runs {
		if d.GrantYearID == in.GrantYearID {
			add(d.ID, "allocation_run", d.Number, d.Label, "/allocation_runs/")
			if d.Status == workflow.StatusPublished && in.Base == "" && d.RunKind == models.RunFormula {
				in.Base = d.ID
				body.Form.Values.Set("base", d.ID)
			}
		}
	}
	for _, d := range scenarios {
		add(d.ID, "scenario", d.Number, d.Label, "/scenarios/")
	}
	for _, y := range years {
		if slices.ContainsFunc(runs, func(d models.AllocationRun) bool { return d.GrantYearID == y.ID }) {
			body.Years = append(body.Years, yearOptions([]models.GrantYear{y})...)
		}
	}
	return links, nil
}

func (r *request) comparedPage(body *comparisonPage, ask workflow.CompareAllocations, rows []workflow.Compared, subjects map[string]Link) error {
	totals, err := r.s.ComparisonTotals(r.ctx(), r.who, ask)
	if err != nil {
		return err
	}
	body.BaseName = subjects[ask.Base].Text
	values := r.Request.URL.Query()
	body.CSV, body.XLSX = with("/allocation_comparison", values, "format", "csv"), with("/allocation_comparison", values, "format", "xlsx")
	at := map[string]int{}
	for _, id := range ask.With {
		at[id] = len(body.Chosen)
		column := comparedColumn{Name: subjects[id].Text, Href: subjects[id].Href}
		for _, t := range totals {
			if t.Subject.ID == id {
				column.Total = t
			}
		}
		body.Chosen = append(body.Chosen, column)
		own := slices.DeleteFunc(slices.Clone(rows), func(c workflow.Compared) bool { return c.Subject.ID != id })
		if chart := r.changeChart(column.Name, own); chart != nil {
			body.Charts = append(body.Charts, chart)
		}
	}
	index := map[string]int{}
	for _, c := range rows {
		i, known := index[c.Organization.ID]
		if !known {
			i = len(body.Rows)
			index[c.Organization.ID] = i
			body.Rows = append(body.Rows, comparedRow{Organization: c.Organization, Base: c.BaseCents, Cells: make([]workflow.Compared, len(ask.With))})
		}
		body.Rows[i].Cells[at[c.Subject.ID]] = c
		body.Rows[i].Changed = body.Rows[i].Changed || c.ChangeCents != 0
	}
	return nil
}
