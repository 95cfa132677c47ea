package workflow

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/tablecheck"
)

// BudgetResult is a form worked out: every line, and all that is wrong with it at once.
type BudgetResult struct {
	Code        string               `json:"code"`
	Kind        string               `json:"kind"`
	Lines       []BudgetLineResult   `json:"lines"`
	Indirect    *IndirectResult      `json:"indirect,omitempty"`
	Share       *BudgetShareResult   `json:"share,omitempty"`
	Request     *BudgetRequestResult `json:"request,omitempty"`
	Problems    []BudgetProblem      `json:"problems"`
	Differences []tablecheck.Finding `json:"differences"` // between what was printed and what follows from it
	TieOut      []tablecheck.Finding `json:"tie_out"`     // of a summary: where it is not the sum of the projects
	Projects    []string             `json:"projects,omitempty"`
	RollUp      []BudgetLineResult   `json:"roll_up,omitempty"` // of a summary: the sum of the projects
}

// BudgetLineResult is one line by year; null is blank.
type BudgetLineResult struct {
	Line         string          `json:"line"`
	Title        string          `json:"title"`
	Computed     bool            `json:"computed"`
	AmountsCents []*models.Cents `json:"amounts_cents"`
	TotalCents   models.Cents    `json:"total_cents"`
	Printed      []string        `json:"printed,omitempty"`
}

// BudgetProblem is a rule that the form breaks; only errors stop a submission.
type BudgetProblem struct {
	Pointer  string `json:"pointer"` // /lines/14, /lines/10/y2, /indirect
	Code     string `json:"code"`
	Severity string `json:"severity"` // error, warning
	Detail   string `json:"detail"`
	Fix      string `json:"fix"`
}

// IndirectResult is what may be charged as indirect cost in each year.
type IndirectResult struct {
	Mode          string             `json:"mode"`
	Status        string             `json:"status"`                    // allowed, blocked, none
	ProposalDueOn models.Date        `json:"proposal_due_on,omitempty"` // of a temporary rate
	Years         []IndirectYear     `json:"years"`
	LimitCents    models.Cents       `json:"limit_cents"`
	RateBP        models.BasisPoints `json:"rate_bp"`
}

// IndirectYear is one year: base x rate, rounded half up to the cent.
type IndirectYear struct {
	Year          string       `json:"year"`
	BaseCents     models.Cents `json:"base_cents"`
	LimitCents    models.Cents `json:"limit_cents"`
	ChargedCents  models.Cents `json:"charged_cents"`
	OutsidePeriod bool         `json:"outside_period"` // of the agreement
}

// BudgetShareResult holds a line against its fixed share. Required is what the line would
// have to be for the other lines as they are.
type BudgetShareResult struct {
	Line               string       `json:"line"`
	TotalCents         models.Cents `json:"total_cents"`
	RequiredCents      models.Cents `json:"required_cents"`
	Whole              string       `json:"whole"`
	RequiredWholeCents models.Cents `json:"required_whole_cents"`
	Holds              bool         `json:"holds"`
}

// BudgetRequestResult holds a request against the range of the recipient's category.
type BudgetRequestResult struct {
	Recipient    string       `json:"recipient"`
	Category     string       `json:"category"`
	MinimumCents models.Cents `json:"minimum_cents"`
	MaximumCents models.Cents `json:"maximum_cents"`
	AmountCents  models.Cents `json:"amount_cents"`
	Status       string       `json:"status"`     // within, over_maximum, under_minimum, no_category
	Considered   bool         `json:"considered"` // not when over the maximum
}

// budgetContext is what a form depends on besides itself.
type budgetContext struct {
	def       *programs.Definition
	params    programs.Params
	today     models.Date // "" when no clock runs
	recipient string
	category  string // the recipient's fact
	projects  []*budgetSheet
}

// judge works out a form and everything that is wrong with it.
func (s *budgetSheet) judge(in budgetContext) (BudgetResult, error) {
	r := BudgetResult{Code: s.code, Kind: s.kind, Problems: []BudgetProblem{}, Differences: []tablecheck.Finding{}, TieOut: []tablecheck.Finding{}}
	r.Lines = s.lines()
	for line := range s.def.Lines {
		if s.total(line) != 0 || slices.ContainsFunc(s.amounts[line], func(a *models.Cents) bool { return a != nil }) {
			break
		}
		if line == len(s.def.Lines)-1 {
			r.problem("/rows", "budget.empty", "error", "Enter amounts.", "No line has an amount.")
		}
	}
	s.judgeItems(&r, in)
	s.judgeIndirect(&r, in)
	if s.kind == BudgetSummary {
		s.judgeShare(&r)
		if q := s.def.Request; q != nil {
			r.Request = judgeRequest(q, in.recipient, in.category, s.total(s.def.LineAt(q.Line)))
			r.request(q)
		}
	}
	if err := s.judgePrinted(&r); err != nil {
		return r, err
	}
	if s.kind == BudgetSummary && len(in.projects) > 0 {
		return r, s.judgeTieOut(&r, in.projects)
	}
	return r, nil
}

func (r *BudgetResult) problem(pointer, code, severity, fix, detail string, args ...any) {
	r.Problems = append(r.Problems, BudgetProblem{Pointer: pointer, Code: code, Severity: severity, Detail: fmt.Sprintf(detail, args...), Fix: fix})
}

func (s *budgetSheet) lines() []BudgetLineResult {
	var out []BudgetLineResult
	for i, l := range s.def.Lines {
		if l.Has(s.kind) {
			out = append(out, BudgetLineResult{l.Code, l.Title, l.Is != "", s.amounts[i], s.total(i), s.printed[i]})
		}
	}
	return out
}

// judgeItems holds the narrative's cost build-ups against the cells that they explain.
func (s *budgetSheet) judgeItems(r *BudgetResult, in budgetContext) {
	type cell struct{ line, year int }
	sums := map[cell]*big.Rat{}
	var order []cell
	for i, x := range s.items {
		at := cell{s.def.LineAt(x.Line), slices.Index(s.def.Years, x.Year)}
		if sums[at] == nil {
			sums[at] = new(big.Rat)
			order = append(order, at)
		}
		sums[at].Add(sums[at], x.cost())
		for _, u := range s.def.UnitCosts {
			if least, ok := in.params.Cents(u.MinimumParameter); ok && u.Line == x.Line && x.UnitCostCents < least {
				r.problem(fmt.Sprintf("/items/%d", i), "budget.unit_cost", "warning", fmt.Sprintf("Use line %s, %s.", u.Instead, s.def.Lines[s.def.LineAt(u.Instead)].Title),
					"One costs %s; line %s is for what costs at least %s.", x.UnitCostCents, u.Line, least)
			}
		}
	}
	for _, at := range order {
		cents, err := models.RoundRat(sums[at], models.RoundHalfUp)
		if amount := s.amount(at.line, at.year); err != nil || cents != amount {
			r.problem(fmt.Sprintf("/lines/%s/%s", s.def.Lines[at.line].Code, s.def.Years[at.year]), "budget.build_up", "error", "Mend the amount or the items.",
				"The items come to %s, and the form says %s.", cents, amount)
		}
	}
}

// cost is the item's exact cost in cents.
func (x BudgetItem) cost() *big.Rat {
	v := new(big.Rat).SetInt64(int64(x.UnitCostCents))
	for _, n := range []int64{x.Quantity, x.Times, x.Periods} {
		if n > 0 {
			v.Mul(v, new(big.Rat).SetInt64(n))
		}
	}
	if x.FTEBP > 0 {
		v.Mul(v, big.NewRat(int64(x.FTEBP), 10000))
	}
	return v
}

// judgeShare: line = p x whole and whole = line + rest give line = rest x p / (1 - p),
// where rest is the whole without the line.
func (s *budgetSheet) judgeShare(r *BudgetResult) {
	rule := s.def.Share
	if rule == nil {
		return
	}
	line, whole := s.def.LineAt(rule.Line), s.def.LineAt(rule.Of)
	out := &BudgetShareResult{Line: rule.Line, TotalCents: s.total(line), Whole: rule.Of, RequiredWholeCents: s.total(whole)}
	p := big.NewRat(int64(rule.PercentBP), 10000)
	exact := new(big.Rat).Mul(new(big.Rat).SetInt64(int64(s.total(whole))), p)
	if s.contains(whole, line) {
		rest := new(big.Rat).SetInt64(int64(s.total(whole) - s.total(line)))
		exact = rest.Mul(rest, new(big.Rat).Quo(p, new(big.Rat).Sub(big.NewRat(1, 1), p)))
	}
	required, err := models.RoundRat(exact, models.RoundHalfUp)
	out.RequiredCents = required
	if s.contains(whole, line) {
		out.RequiredWholeCents += required - s.total(line)
	}
	out.Holds = err == nil && exact.IsInt() && required == s.total(line)
	r.Share = out
	if !out.Holds {
		r.problem("/lines/"+rule.Line, "budget.share", "error", fmt.Sprintf("Make it %s; line %s is then %s.", required, rule.Of, out.RequiredWholeCents),
			"Line %s is exactly %s of line %s: %s, not %s.", rule.Line, rule.PercentBP, rule.Of, required, out.TotalCents)
	}
}

// contains reports whether a computed line adds up another, itself or through lines above.
func (s *budgetSheet) contains(whole, line int) bool {
	is := s.def.Lines[whole].Is
	if is == "" {
		return false
	}
	terms, _ := s.def.Terms(is)
	return slices.ContainsFunc(terms, func(t programs.BudgetTerm) bool { return t.Line == line || s.contains(t.Line, line) })
}

func judgeRequest(q *programs.BudgetRequest, recipient, category string, amount models.Cents) *BudgetRequestResult {
	out := &BudgetRequestResult{Recipient: recipient, AmountCents: amount, Status: "no_category", Considered: true}
	c, ok := q.Category(category, recipient)
	if !ok {
		return out
	}
	out.Category, out.MinimumCents, out.MaximumCents = c.Code, c.MinimumCents, c.MaximumCents
	switch {
	case amount > c.MaximumCents:
		out.Status, out.Considered = "over_maximum", false
	case amount < c.MinimumCents:
		out.Status = "under_minimum"
	default:
		out.Status = "within"
	}
	return out
}

func (r *BudgetResult) request(q *programs.BudgetRequest) {
	x, at := r.Request, "/lines/"+q.Line
	switch x.Status {
	case "over_maximum":
		r.problem(at, "budget.over_maximum", "error", fmt.Sprintf("Ask for at most %s.", x.MaximumCents), "A request of %s over the maximum %s of category %s is not considered.", x.AmountCents, x.MaximumCents, x.Category)
	case "under_minimum":
		r.problem(at, "budget.under_minimum", "warning", "Ask for more, or explain it.", "A request of %s is under the range of category %s, which begins at %s.", x.AmountCents, x.Category, x.MinimumCents)
	case "no_category":
		r.problem(at, "budget.no_category", "warning", "Give the recipient its category.", "%s is in no category, so the request is held against no range.", x.Recipient)
	}
}

// printedTable is the form as an imported one printed it.
func (s *budgetSheet) printedTable() (tablecheck.Table, []tablecheck.Check) {
	t := s.table()
	var checks []tablecheck.Check
	checks = append(checks, tablecheck.Check{Kind: "row_sum", Table: t.Code, Total: "total", Blank: "allowed"})
	for i, l := range s.def.Lines {
		if !l.Has(s.kind) {
			continue
		}
		if len(s.printed[i]) > 0 {
			row := tablecheck.Row{Code: l.Code}
			for _, text := range s.printed[i] {
				row.Cells = append(row.Cells, tablecheck.Text(text))
			}
			t.Rows = append(t.Rows, row)
		}
		if l.Is != "" {
			checks = append(checks, tablecheck.Check{Code: l.Code + " = " + l.Is, Kind: "line_formula", Table: t.Code, Is: s.formula(l), Blank: "allowed"})
		}
	}
	return t, checks
}

func (s *budgetSheet) table() tablecheck.Table {
	t := tablecheck.Table{Code: s.code}
	for _, y := range s.def.Years {
		t.Columns = append(t.Columns, tablecheck.Column{Code: y})
	}
	t.Columns = append(t.Columns, tablecheck.Column{Code: "total"})
	for _, l := range s.def.Lines {
		if l.Has(s.kind) {
			t.Lines = append(t.Lines, l.Code)
		}
	}
	return t
}

// formula writes a computed line with every name in brackets.
func (s *budgetSheet) formula(l programs.BudgetLine) string {
	terms, _ := s.def.Terms(l.Is)
	var b strings.Builder
	fmt.Fprintf(&b, "[%s] = 0.0", l.Code)
	for _, t := range terms {
		sign := " + "
		if t.Negative {
			sign = " - "
		}
		b.WriteString(sign + "[" + s.def.Lines[t.Line].Code + "]")
	}
	return b.String()
}

// judgePrinted holds imported printed values against their own sums, and against the
// amounts beside them.
func (s *budgetSheet) judgePrinted(r *BudgetResult) error {
	t, checks := s.printedTable()
	if len(t.Rows) == 0 {
		return nil
	}
	report, err := tablecheck.Run(tablecheck.File{Tables: []tablecheck.Table{t}, Checks: checks})
	if err != nil {
		return err
	}
	r.Differences = report.Findings
	for i, l := range s.def.Lines {
		if l.Is != "" {
			continue
		}
		for y, text := range s.printed[i] {
			n := tablecheck.ParseNumber(text)
			if y == len(s.def.Years) || s.amounts[i][y] == nil || n.State != tablecheck.Readable {
				continue
			}
			entered := new(big.Rat).SetFrac64(int64(*s.amounts[i][y]), 100)
			if entered.Cmp(n.Value) != 0 {
				r.Differences = append(r.Differences, tablecheck.Finding{Check: "entered", Table: s.code, Row: l.Code, Column: s.def.Years[y], Status: tablecheck.Differs, Printed: text,
					Computed: dollars(*s.amounts[i][y]), Difference: new(big.Rat).Abs(entered.Sub(entered, n.Value)).FloatString(2), Hint: "Another amount was entered than is printed."})
			}
		}
	}
	return nil
}

// dollars is plain decimal text: 1234 or 1234.50.
func dollars(c models.Cents) string {
	return strings.TrimSuffix(models.Hundredths(c).String(), ".00")
}

// amountsTable is the form as it counts.
func (s *budgetSheet) amountsTable() tablecheck.Table {
	t := s.table()
	for i, l := range s.def.Lines {
		if !l.Has(s.kind) {
			continue
		}
		row, given := tablecheck.Row{Code: l.Code}, false
		for _, a := range s.amounts[i] {
			text := tablecheck.Text("")
			if a != nil {
				text, given = tablecheck.Text(dollars(*a)), true
			}
			row.Cells = append(row.Cells, text)
		}
		if given {
			row.Cells = append(row.Cells, tablecheck.Text(dollars(s.total(i))))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// judgeTieOut adds up the projects and reports every line and year where the summary says
// something else.
func (s *budgetSheet) judgeTieOut(r *BudgetResult, projects []*budgetSheet) error {
	sum := &budgetSheet{def: s.def, kind: BudgetProject, amounts: make([][]*models.Cents, len(s.def.Lines)), printed: make([][]string, len(s.def.Lines))}
	for i := range sum.amounts {
		sum.amounts[i] = make([]*models.Cents, len(s.def.Years))
	}
	for _, p := range projects {
		r.Projects = append(r.Projects, p.code)
		for i := range p.amounts {
			for y, a := range p.amounts[i] {
				if a != nil {
					total := sum.amount(i, y) + *a
					sum.amounts[i][y] = &total
				}
			}
		}
	}
	r.RollUp = sum.lines()
	mine, theirs := s.amountsTable(), sum.amountsTable()
	mine.Code, theirs.Code = "summary", "projects"
	report, err := tablecheck.Run(tablecheck.File{Tables: []tablecheck.Table{mine, theirs},
		Checks: []tablecheck.Check{{Kind: "tie_out", Table: mine.Code, Of: []string{theirs.Code}, Rows: theirs.Lines}}})
	if err != nil {
		return err
	}
	r.TieOut = report.Findings
	for i := range r.TieOut {
		r.TieOut[i].Table = s.code
	}
	if n := len(r.TieOut); n > 0 {
		r.problem("/lines", "budget.tie_out", s.def.TieOutSeverity(), "Mend the summary or the projects.",
			"In %d places the summary is not the sum of the %d projects.", n, len(projects))
	}
	return nil
}
