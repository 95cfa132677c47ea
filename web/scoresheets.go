package web

import (
	"slices"
	"strconv"

	"earmark/models"
	"earmark/workflow"
	"earmark/workflow/rubric"
)

func (w *Web) pagesScoring() []route {
	return []route{
		{"GET", "/scoresheets", w.scoresheets},
		{"GET", "/scoresheets/:id", w.scoresheet},
		{"POST", "/scoresheets/:id", w.saveScoresheet},
		{"POST", "/scoresheets/:id/transitions", w.stepScoresheet},
		{"GET", "/panel_results", w.panelResults},
	}
}

// scoresheets are the sheets that the reader may see: a reviewer the own ones first of all.
func (w *Web) scoresheets(r *request) error {
	var in workflow.ListScoresheets
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	var rows []models.Scoresheet
	for in.After, in.Limit = "", workflow.MaxPage; ; {
		page, err := r.s.Scoresheets(r.ctx(), r.who, in)
		if err != nil {
			return err
		}
		rows = append(rows, page...)
		if len(page) < workflow.MaxPage {
			break
		}
		in.After = page[len(page)-1].ID
	}
	var people []string
	for _, d := range rows {
		people = append(people, d.ReviewerID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, people)
	if models.KindOf(err) == models.Forbidden {
		names, err = workflow.Names{}, nil
	}
	if err != nil {
		return err
	}
	applicants, err := r.s.ApplicantNames(r.ctx(), r.who, rows...)
	if err != nil {
		return err
	}
	l := Listing[models.Scoresheet]{Path: "/scoresheets", Name: "scoresheets", Sort: "applicant", Caption: r.t("Score sheets"),
		Empty:   r.t("There is no score sheet for you. The office asks reviewers to score the applications of a competition."),
		Load:    func(workflow.Page) ([]models.Scoresheet, error) { return rows, nil },
		Filters: []Field{f.Select("status", r.t("State"), r.options("draft", "submitted", "recused"))},
		Columns: []Column[models.Scoresheet]{
			{Key: "applicant", Label: r.t("Application of"), Cell: func(d models.Scoresheet) Cell { return Text(applicants[d.ApplicantID]).To("/scoresheets/" + d.ID) }},
			{Key: "reviewer", Label: r.t("Reviewer"), Cell: func(d models.Scoresheet) Cell { return Text(names.People[d.ReviewerID]) }},
			{Key: "status", Label: r.t("State"), Cell: func(d models.Scoresheet) Cell { return r.Tagged(string(d.Status)) }},
		}}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Score sheets"), Section: "/scoresheets", Body: v, Lead: r.t("What each reviewer of a panel says about an application. Others of the panel see a sheet once all are in.")})
}

// sheetPage is the body of scoresheet.html.
type sheetPage struct {
	Sheet    models.Scoresheet
	Form     *Form
	Edit     bool
	Conflict Field
	Rows     []sheetRow
	Votes    []Field
	Hidden   []Link
	Points   string
	Steps    []Confirm
}

// sheetRow is one criterion: a branch has a heading only.
type sheetRow struct {
	Code, Title, Said, Comment string
	Leaf                       bool
	Points                     int64
	Score, Remark              Field
}

// scoresheet is one sheet: the rubric as a form, or as it was handed in.
func (w *Web) scoresheet(r *request) error { return r.showSheet(nil, nil) }

func (r *request) showSheet(sent *Form, failed []Problem) error {
	d, err := r.s.Scoresheet(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	tree, title, err := r.rubricOf(d.GrantYearID)
	if err != nil {
		return err
	}
	content, err := workflow.SheetContent(d)
	if err != nil {
		return err
	}
	applicants, err := r.s.ApplicantNames(r.ctx(), r.who, d)
	if err != nil {
		return err
	}
	saved := sheetInput(tree, d, content)
	body := sheetPage{Sheet: d, Form: sent, Edit: d.Status == workflow.StatusDraft && d.ReviewerID == r.who.UserID}
	if sent == nil {
		body.Form = r.form("/scoresheets/"+d.ID, d.Version, saved)
	} else if sent.Failed != nil && sent.Failed.Kind == models.Stale {
		sent.against(d.Version, saved)
	}
	body.fill(r, tree, content)
	for _, o := range workflow.Offers(r.who, &d) {
		if o.Blocked == "" {
			body.Steps = append(body.Steps, r.sheetStep(o, d))
		}
	}
	page := Page{Title: r.t("Score sheet: %s", applicants[d.ApplicantID]), Lead: title, Section: "/scoresheets", Crumbs: []Link{{Text: r.t("Score sheets"), Href: "/scoresheets"}}, Body: body, Problems: failed,
		Actions: []Link{{Text: r.t("Results of the panels"), Href: "/panel_results?grant_year_id=" + d.GrantYearID}}}
	if sent != nil {
		page.Problems, page.Status = append(sent.Problems(), failed...), sent.Status()
	}
	return r.show("scoresheet", page)
}

// rubricOf is the rubric of a grant year's program.
func (r *request) rubricOf(grantYearID string) (*rubric.Tree, string, error) {
	year, err := r.s.GrantYear(r.ctx(), r.who, grantYearID)
	if err != nil {
		return nil, "", err
	}
	def, known := r.s.Programs().Program(year.ProgramCode)
	if !known || def.Rubric() == nil {
		return nil, "", models.Fail(models.NotFound, "not_found", "The program of this score sheet has no rubric here.")
	}
	return def.Rubric(), year.Title, nil
}

// sheetInput is the sheet with a row for every criterion and priority, as the form has them.
func sheetInput(tree *rubric.Tree, d models.Scoresheet, content rubric.Sheet) workflow.SaveScoresheet {
	in := workflow.SaveScoresheet{NoConflict: d.NoConflict}
	for _, n := range tree.Leaves() {
		row := rubric.Score{Criterion: n.Code}
		if i := slices.IndexFunc(content.Scores, func(s rubric.Score) bool { return s.Criterion == n.Code }); i >= 0 {
			row = content.Scores[i]
		}
		in.Scores = append(in.Scores, row)
	}
	in.Votes = content.Votes
	return in
}

// fill makes a field for every leaf and priority.
func (p *sheetPage) fill(r *request, tree *rubric.Tree, content rubric.Sheet) {
	p.Conflict = p.Form.Check("no_conflict", r.t("I have no conflict of interest with this applicant."))
	i := 0
	for _, n := range tree.Nodes {
		row := sheetRow{Code: n.Code, Title: n.Title, Leaf: n.Leaf(), Points: n.Points}
		if n.Leaf() {
			at := "scores." + strconv.Itoa(i) + "."
			p.Hidden = append(p.Hidden, Link{Text: at + "criterion", Href: n.Code})
			row.Score = p.score(r, at, n)
			row.Remark = p.Form.Area(at+"comment", r.t("Comment on %s", n.Code)).AtMost(4000).Lines(2)
			if k := slices.IndexFunc(content.Scores, func(s rubric.Score) bool { return s.Criterion == n.Code }); k >= 0 {
				row.Said, row.Comment = saidOf(content.Scores[k]), content.Scores[k].Comment
			}
			i++
		}
		p.Rows = append(p.Rows, row)
	}
	for k, x := range tree.Priorities {
		name := "vote." + strconv.Itoa(k)
		if !p.Form.Values.Has(name) {
			for _, v := range content.Votes {
				if v.Priority == x.Code {
					p.Form.Values.Set(name, strconv.FormatBool(v.Met))
				}
			}
		}
		p.Votes = append(p.Votes, p.Form.Radios(name, x.Title, []Option{{Value: "true", Text: r.t("Met")}, {Value: "false", Text: r.t("Not met")}}))
	}
}

func (p *sheetPage) score(r *request, at string, n rubric.Node) Field {
	switch {
	case len(n.Choices) > 0:
		var options []Option
		for _, c := range n.Choices {
			options = append(options, Option{Value: c.Code, Text: r.t("%s (%d points)", c.Says, c.Points)})
		}
		return p.Form.Select(at+"choice", r.t("Score of %s", n.Code), options)
	case n.Elements != nil:
		return p.Form.Number(at+"elements", r.t("Elements of %s", n.Code)).Hinted(r.t("How many of %d; each gives %d points.", n.Elements.Count, n.Elements.Each))
	}
	return p.Form.Number(at+"points", r.t("Points of %s", n.Code)).Hinted(r.t("0 to %d", n.Points))
}

func saidOf(s rubric.Score) string {
	switch {
	case s.Points != nil:
		return strconv.FormatInt(*s.Points, 10)
	case s.Elements != nil:
		return strconv.FormatInt(*s.Elements, 10)
	}
	return s.Choice
}

func (r *request) sheetStep(o workflow.Offer, d models.Scoresheet) Confirm {
	action := "/scoresheets/" + d.ID + "/transitions"
	switch o.Event {
	case "submit":
		return newConfirm(r.t("Hand the scores in"), r.t("Hand this sheet in?"), r.t("It goes by what is saved, counts in the result of the panel and is locked."), r.t("Yes, hand it in"), action, o.Event, d.Version)
	case "recuse":
		return newConfirm(r.t("Step back"), r.t("Step back from this application?"), r.t("Your sheet does not count, and you cannot score this application any more."), r.t("Yes, step back"), action, o.Event, d.Version).Asking(r.t("Reason"), true).Dangerous()
	}
	return newConfirm(r.t(words(o.Event)), r.t("Let the reviewer score again?"), r.t("The sheet is a draft again and does not count until it is handed in."), r.t("Yes, reopen it"), action, o.Event, d.Version).Asking(r.t("Reason"), o.Comment)
}

// saveScoresheet keeps what the reviewer said so far.
func (w *Web) saveScoresheet(r *request) error {
	d, err := r.s.Scoresheet(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	tree, _, err := r.rubricOf(d.GrantYearID)
	if err != nil {
		return err
	}
	in := workflow.SaveScoresheet{Scores: []rubric.Score{}, Votes: []rubric.Vote{}}
	f, ok := r.sent("/scoresheets/"+d.ID, &in)
	in.ID = d.ID
	in.Scores = slices.DeleteFunc(in.Scores, func(s rubric.Score) bool {
		return s.Points == nil && s.Elements == nil && s.Choice == "" && s.Comment == ""
	})
	for k, x := range tree.Priorities {
		if said := f.Values.Get("vote." + strconv.Itoa(k)); said != "" {
			in.Votes = append(in.Votes, rubric.Vote{Priority: x.Code, Met: said == "true"})
		}
	}
	if ok {
		if _, err := r.s.SaveScoresheet(r.ctx(), r.who, in); err == nil {
			return r.done("/scoresheets/"+d.ID, "Saved.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return r.showSheet(f, nil)
}

// stepScoresheet hands in, steps back or reopens.
func (w *Web) stepScoresheet(r *request) error {
	var in workflow.TransitionScoresheet
	f, ok := r.sent("/scoresheets/"+r.id(), &in)
	in.ID = r.id()
	if ok {
		if _, err := r.s.TransitionScoresheet(r.ctx(), r.who, in); err == nil {
			return r.done("/scoresheets/"+in.ID, "Done.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	failed := f.Problems()
	for i := range failed {
		failed[i].Href = ""
	}
	return r.showSheet(nil, failed)
}

// panelResults are the results of a competition, the best application first.
func (w *Web) panelResults(r *request) error {
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	if err != nil {
		return err
	}
	var scored []models.GrantYear
	for _, y := range years {
		if def, known := r.s.Programs().Program(y.ProgramCode); known && def.Rubric() != nil {
			scored = append(scored, y)
		}
	}
	var in workflow.ListPanelResults
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	if in.GrantYearID == "" && len(scored) > 0 {
		in.GrantYearID = scored[len(scored)-1].ID
		f.Values.Set("grant_year_id", in.GrantYearID)
	}
	rows := []workflow.PanelResult{}
	if in.GrantYearID != "" {
		if rows, err = r.s.PanelResults(r.ctx(), r.who, workflow.ListPanelResults{GrantYearID: in.GrantYearID, Limit: workflow.MaxPage}); err != nil {
			return err
		}
	}
	l := Listing[workflow.PanelResult]{Path: "/panel_results", Name: "panel-results", Caption: r.t("Results of the panels"),
		Empty:   r.t("No sheet of this competition is handed in. Results appear when every sheet of a panel is in."),
		Load:    func(workflow.Page) ([]workflow.PanelResult, error) { return rows, nil },
		Filters: []Field{f.Select("grant_year_id", r.t("Grant year"), yearOptions(scored))},
		Columns: []Column[workflow.PanelResult]{
			{Key: "rank", Label: r.t("Rank"), Unit: models.UnitInteger, Cell: func(p workflow.PanelResult) Cell {
				if p.Rank == 0 {
					return Cell{Shown: r.t("none")}
				}
				return Number(p.Rank)
			}},
			{Key: "applicant", Label: r.t("Application of"), Cell: func(p workflow.PanelResult) Cell { return Text(p.Name) }},
			{Key: "score", Label: r.t("Score"), Cell: func(p workflow.PanelResult) Cell { return Text(p.Score) }},
			{Key: "sheets", Label: r.t("Sheets in"), Unit: models.UnitInteger, Cell: func(p workflow.PanelResult) Cell { return Number(p.Sheets) }},
			{Key: "drafts", Label: r.t("Sheets missing"), Unit: models.UnitInteger, Cell: func(p workflow.PanelResult) Cell { return Number(p.Drafts) }},
			{Key: "state", Label: r.t("State"), Cell: func(p workflow.PanelResult) Cell {
				switch {
				case p.Eliminated:
					return Cell{ReportCell: models.TextCell("eliminated"), Shown: r.t("Eliminated"), Tag: "bad"}
				case p.Complete:
					return Cell{ReportCell: models.TextCell("complete"), Shown: r.t("Complete"), Tag: "good"}
				}
				return Cell{ReportCell: models.TextCell("open"), Shown: r.t("Sheets are missing"), Tag: "wait"}
			}},
			{Key: "why", Label: r.t("Why"), Fixed: true, Cell: func(p workflow.PanelResult) Cell {
				text := ""
				for _, s := range p.Why {
					text += s + " "
				}
				return Text(text)
			}},
		}}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Results of the panels"), Section: "/panel_results", Body: v, Lead: r.t("As long as somebody on a panel is still writing, nobody learns its score.")})
}
