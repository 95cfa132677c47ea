package web

import (
	"strings"
	"sync"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow"
)

func (w *Web) pagesPrograms() []route {
	return []route{
		{"GET", "/programs", w.programs},
		{"GET", "/programs/:code", w.program},
		{"GET", "/programs/:code/cases", w.programCases},
	}
}

// programs lists the programs that this server knows.
func (w *Web) programs(r *request) error {
	l := Listing[*programs.Definition]{Path: "/programs", Name: "programs", Sort: "title", Caption: r.t("Programs"), Empty: r.t("No program is loaded."),
		Load: func(workflow.Page) ([]*programs.Definition, error) { return r.s.ListPrograms(r.ctx(), r.who) },
		Columns: []Column[*programs.Definition]{
			{Key: "title", Label: r.t("Program"), Cell: func(d *programs.Definition) Cell { return Text(d.Title).To("/programs/" + d.Code) }},
			{Key: "kind", Label: r.t("Kind"), Cell: func(d *programs.Definition) Cell {
				c := Text(d.Kind)
				c.Shown = r.t(words(d.Kind))
				return c
			}},
			{Key: "administrator", Label: r.t("Run by"), Cell: func(d *programs.Definition) Cell { return Text(d.Administrator) }},
			{Key: "authority", Label: r.t("Authority"), Cell: func(d *programs.Definition) Cell { return Text(d.Authority.Citation) }},
			{Key: "version", Label: r.t("Version"), Cell: func(d *programs.Definition) Cell { return Text(d.Version) }},
		}}
	return showList(r, Page{Title: r.t("Programs"), Section: "/programs", Wide: true,
		Lead: r.t("What each program pays for, how its money is shared, and which rules it holds districts to: in words, with sources.")}, l)
}

// programPage is the body of program.html.
type programPage struct {
	Def      *programs.Definition
	Year     int
	Values   []valueWords
	Formula  formulaWords
	Shares   bool // it has a formula
	Windows  []windowWords
	Approval []approvalWords
	Movement string
	Due      []dueWords
	Rules    []ruleWords
	Years    []models.GrantYear
	Cases    caseCount
	Begin    bool
}

// approvalWords is a step of the chain of approval.
type approvalWords struct{ Title, Who, When string }

// dueWords is something due, and when.
type dueWords struct{ Title, When, Basis, Cite string }

func (w *Web) program(r *request) error {
	detail, err := r.s.Program(r.ctx(), r.who, r.Param("code"), 0)
	if err != nil {
		return err
	}
	def := detail.Definition
	body := programPage{Def: def, Year: detail.FiscalYear, Formula: r.formulaWords(detail), Shares: len(def.Formula.Steps) > 0, Windows: r.windows(def, detail.FiscalYear),
		Movement: r.movement(def.Amendment), Begin: r.s.May(r.who, workflow.ManageGrantYears, "")}
	for _, p := range detail.Parameters {
		body.Values = append(body.Values, r.valueOf(p))
	}
	for _, s := range def.Approval.Steps {
		body.Approval = append(body.Approval, r.approvalOf(def, s))
	}
	for _, d := range def.DueDates {
		body.Due = append(body.Due, dueWords{d.Title, r.dueWhen(d), r.basis(d.Basis), d.Cite})
	}
	for _, c := range def.Compliance {
		body.Rules = append(body.Rules, r.ruleOf(def, c))
	}
	if body.Years, err = r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{ProgramCode: def.Code}); err != nil {
		return err
	}
	_, body.Cases = casesOf(def)
	return r.show("program", Page{Title: def.Title, Section: "/programs", Crumbs: []Link{{Text: r.t("Programs"), Href: "/programs"}}, Body: body,
		Lead: r.t("%s, version %s", def.Administrator, def.Version)})
}

// movement is how far money may move without a review.
func (r *request) movement(a programs.Amendment) string {
	if a.Basis == "" {
		return ""
	}
	per := r.t(words(a.Basis))
	switch t := a.Tolerance; {
	case t.PercentBP == 0 && t.FloorCents == 0:
		return r.t("Every movement of money needs a review. Looked at: %s.", per)
	case t.CapCents > 0:
		return r.t("Up to %s or %s, whichever is more, and at most %s, may move without a review. Looked at: %s.", percent(int64(t.PercentBP)), t.FloorCents, t.CapCents, per)
	case t.FloorCents > 0:
		return r.t("Up to %s or %s, whichever is more, may move without a review. Looked at: %s.", percent(int64(t.PercentBP)), t.FloorCents, per)
	default:
		return r.t("Up to %s may move without a review. Looked at: %s.", percent(int64(t.PercentBP)), per)
	}
}

func (r *request) approvalOf(def *programs.Definition, s programs.ApprovalStep) approvalWords {
	out := approvalWords{Title: s.Title}
	var who []string
	for _, role := range s.Roles {
		who = append(who, r.t(role.Title()))
	}
	if b, ok := def.Body(s.Body); ok {
		who = append(who, b.Title)
	}
	out.Who = strings.Join(who, ", ")
	if s.Count > 1 {
		out.Who = r.t("%s: %d people", out.Who, s.Count)
	}
	switch {
	case s.FromCents > 0 && s.UpToCents > 0:
		out.When = r.t("From %s to %s", s.FromCents, s.UpToCents)
	case s.FromCents > 0:
		out.When = r.t("From %s", s.FromCents)
	case s.UpToCents > 0:
		out.When = r.t("Up to %s", s.UpToCents)
	default:
		out.When = r.t("Always")
	}
	if s.AssignedOnly {
		out.When += "; " + r.t("only the liaison of the district")
	}
	return out
}

// dueWhen says when something falls due.
func (r *request) dueWhen(d programs.DueDate) string {
	switch {
	case d.Every != "":
		return r.t("Every %s, %d days after its end", r.t(d.Every), d.DaysAfterEnd)
	case d.OnParameter != "":
		return r.t("On the day of the parameter “%s”", words(d.OnParameter))
	case d.On != nil:
		return r.t("On %s (month and day)", d.On.Day)
	case d.Months > 0:
		return r.t("%d months after: %s", d.Months, r.t(words(strings.TrimSuffix(d.After, "_on"))))
	case d.After != "":
		return r.t("%d days after: %s", d.Days, r.t(words(strings.TrimSuffix(d.After, "_on"))))
	}
	return r.t("On the printed days")
}

// goldenCase is a golden case with its result.
type goldenCase struct {
	programs.Case
	File  string
	Wrong []string
}

// caseCount counts golden cases by result.
type caseCount struct{ Passed, Failed, Elsewhere int }

var ranCases sync.Map // hash of a definition -> []goldenCase; the rules do not change while the server runs

// casesOf runs the golden cases that stand beside a definition. Those of the API need a
// server of their own; the tests run them.
func casesOf(def *programs.Definition) ([]goldenCase, caseCount) {
	var out []goldenCase
	if known, ok := ranCases.Load(def.Hash); ok {
		out, _ = known.([]goldenCase)
	} else {
		files, err := programs.CaseFiles(programs.Embedded(), def.Code+".yaml")
		if err != nil {
			return nil, caseCount{}
		}
		for _, f := range files {
			for _, c := range f.Cases {
				g := goldenCase{Case: c, File: f.Name}
				if c.On == "evaluate" {
					g.Wrong = workflow.RunCase(def, c)
				}
				out = append(out, g)
			}
		}
		ranCases.Store(def.Hash, out)
	}
	var n caseCount
	for _, g := range out {
		switch {
		case g.On != "evaluate":
			n.Elsewhere++
		case g.Wrong == nil:
			n.Passed++
		default:
			n.Failed++
		}
	}
	return out, n
}

// programCases lists the golden cases of a program: each rule in one sentence, with its result.
func (w *Web) programCases(r *request) error {
	detail, err := r.s.Program(r.ctx(), r.who, r.Param("code"), 0)
	if err != nil {
		return err
	}
	def := detail.Definition
	rows, _ := casesOf(def)
	l := Listing[goldenCase]{Path: "/programs/" + def.Code + "/cases", Name: def.Code + "_cases", Caption: r.t("Golden cases"), Empty: r.t("This program has no golden cases."),
		Load: func(workflow.Page) ([]goldenCase, error) { return rows, nil },
		Columns: []Column[goldenCase]{
			{Key: "case", Label: r.t("Case"), Cell: func(d goldenCase) Cell { return Text(d.Name()) }},
			{Key: "says", Label: r.t("What must hold"), Cell: func(d goldenCase) Cell { return Text(d.Says).Noted(d.Cite) }},
			{Key: "result", Label: r.t("Result"), Cell: func(d goldenCase) Cell {
				c := Text("passes")
				c.Shown, c.Tag = r.t("Passes"), "good"
				switch {
				case d.On != "evaluate":
					c = Text("tested over the API")
					c.Shown, c.Tag = r.t("Tested over the API"), "plain"
				case d.Wrong != nil:
					c = Text("fails").Noted(strings.Join(d.Wrong, " "))
					c.Shown, c.Tag = r.t("Fails"), "bad"
				}
				return c
			}},
			{Key: "certainty", Label: r.t("Certainty"), Cell: func(d goldenCase) Cell {
				c := Text(d.Certainty)
				c.Shown = r.certainty(d.Certainty)
				if d.Argued != "" {
					c = c.Noted(r.t("argued: %s", d.Argued))
				}
				return c
			}},
		}}
	return showList(r, Page{Title: r.t("Golden cases of %s", def.Title), Section: "/programs", Wide: true, Crumbs: []Link{{Text: r.t("Programs"), Href: "/programs"}, {Text: def.Title, Href: "/programs/" + def.Code}},
		Lead: r.t("Examples worked out from the source, and what the rules make of them in this version.")}, l)
}

func (r *request) certainty(code string) string {
	switch code {
	case "C":
		return r.t("certain")
	case "R":
		return r.t("recovered from a damaged source")
	case "I":
		return r.t("our reading")
	case "S":
		return r.t("synthetic figures")
	}
	return code
}
