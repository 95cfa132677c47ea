package workflow

import (
	"fmt"
	"maps"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/tablecheck"
)

// The kinds of budget form, and the modes of indirect cost.
const (
	BudgetSummary = "summary"
	BudgetProject = "project"

	IndirectNone      = "none"
	IndirectAgreement = "agreement"
	IndirectTemporary = "temporary"
)

// maxBudgetCents is the most that one cell may hold: a trillion dollars.
const maxBudgetCents = 100000000000000

// BudgetContent is what people enter in a budget form.
type BudgetContent struct {
	Rows     []BudgetRow    `json:"rows" validate:"max=200,dive"`
	Items    []BudgetItem   `json:"items,omitempty" validate:"max=500,dive"`
	Indirect BudgetIndirect `json:"indirect"`
}

// BudgetRow is one line: amounts by year (a year that is left out is blank) and beside them
// what an imported form printed, by year and then the total. An amount that is not given is taken
// from the printed text when that is a number. A computed line has printed texts only.
type BudgetRow struct {
	Line         string                  `json:"line" validate:"required,max=20"`
	AmountsCents map[string]models.Cents `json:"amounts_cents,omitempty" validate:"max=10"`
	Printed      []string                `json:"printed,omitempty" validate:"max=11,dive,max=60,text"`
}

// BudgetItem is a part of the cost that a cell stands for: quantity x times x unit cost x
// FTE x periods. The items of a line and year have to come to its amount.
type BudgetItem struct {
	Line          string             `json:"line" validate:"required,max=20"`
	Year          string             `json:"year" validate:"required,max=20"`
	Says          string             `json:"says" validate:"required,max=500,text"`
	Quantity      int64              `json:"quantity,omitempty" validate:"gte=0,lte=1000000"` // 0: 1
	Times         int64              `json:"times,omitempty" validate:"gte=0,lte=1000000"`    // a second quantity; 0: 1
	UnitCostCents models.Cents       `json:"unit_cost_cents" validate:"gte=0,lte=100000000000"`
	FTEBP         models.BasisPoints `json:"fte_bp,omitempty" validate:"gte=0,lte=10000"` // 80 % is 8000; 0: whole
	Periods       int64              `json:"periods,omitempty" validate:"gte=0,lte=1000"` // 0: 1
}

// BudgetIndirect is the form's statement on indirect costs.
type BudgetIndirect struct {
	Mode            string             `json:"mode,omitempty" validate:"omitempty,oneof=none agreement temporary"` // "" is none
	RateBP          models.BasisPoints `json:"rate_bp,omitempty" validate:"gte=0,lte=10000"`                       // of an agreement: 8.6 % is 860
	BaseLines       []string           `json:"base_lines,omitempty" validate:"max=50,dive,max=20"`
	FromOn          models.Date        `json:"from_on,omitempty" validate:"omitempty,civil_date"`
	ToOn            models.Date        `json:"to_on,omitempty" validate:"omitempty,civil_date"`
	Agency          string             `json:"agency,omitempty" validate:"max=200,text"` // that approved the agreement
	AwardNotifiedOn models.Date        `json:"award_notified_on,omitempty" validate:"omitempty,civil_date"`
	ProposalOn      models.Date        `json:"proposal_on,omitempty" validate:"omitempty,civil_date"` // of a temporary rate: when the proposal reached the agency
}

// budgetSheet is a form made ready to compute with: amounts by line and year.
type budgetSheet struct {
	def      *programs.Budget
	kind     string
	code     string
	amounts  [][]*models.Cents // computed lines too; nil is blank
	printed  [][]string        // by line; years, then the total
	items    []BudgetItem
	indirect BudgetIndirect
}

// newBudgetSheet refuses what cannot be entered in such a form; the error lists all of it.
func newBudgetSheet(def *programs.Budget, kind, code string, in BudgetContent) (*budgetSheet, error) {
	s := &budgetSheet{def: def, kind: kind, code: code, amounts: make([][]*models.Cents, len(def.Lines)), printed: make([][]string, len(def.Lines)),
		items: in.Items, indirect: in.Indirect}
	for i := range s.amounts {
		s.amounts[i] = make([]*models.Cents, len(def.Years))
	}
	var wrong budgetFaults
	seen := map[string]bool{}
	for i, r := range in.Rows {
		at := fmt.Sprintf("/rows/%d", i)
		line := s.line(&wrong, at+"/line", r.Line)
		if seen[r.Line] {
			wrong.add(at+"/line", "budget.line_twice", "Give each line once.", "Line %s is there twice.", r.Line)
		}
		if seen[r.Line] = true; line >= 0 {
			s.row(&wrong, at, line, r)
		}
	}
	for i, x := range in.Items {
		at := fmt.Sprintf("/items/%d", i)
		if line := s.line(&wrong, at+"/line", x.Line); line >= 0 && def.Lines[line].Is != "" {
			wrong.add(at+"/line", "budget.computed", "Explain the lines it is the sum of.", "Line %s is computed.", x.Line)
		}
		if !slices.Contains(def.Years, x.Year) {
			wrong.add(at+"/year", "budget.no_year", "Give a year of the form.", "The form has no year %q.", x.Year)
		}
	}
	s.checkIndirect(&wrong)
	if err := invalid(wrong); err != nil {
		return nil, err
	}
	s.compute()
	return s, nil
}

type budgetFaults []models.FieldError

func (f *budgetFaults) add(pointer, code, fix, detail string, args ...any) {
	*f = append(*f, models.FieldError{Pointer: pointer, Code: code, Detail: fmt.Sprintf(detail, args...), Fix: fix})
}

func (s *budgetSheet) line(wrong *budgetFaults, pointer, code string) int {
	i := s.def.LineAt(code)
	switch {
	case i < 0:
		wrong.add(pointer, "budget.no_line", "Give the number of a line of the form.", "The form has no line %q.", code)
	case !s.def.Lines[i].Has(s.kind):
		wrong.add(pointer, "budget.line_not_here", "Enter it in the summary.", "Line %s, %s, is not part of a %s form.", code, s.def.Lines[i].Title, s.kind)
		return -1
	}
	return i
}

func (s *budgetSheet) row(wrong *budgetFaults, at string, line int, r BudgetRow) {
	years, computed := len(s.def.Years), s.def.Lines[line].Is != ""
	if len(r.Printed) > years+1 {
		wrong.add(at+"/printed", "budget.too_many_years", fmt.Sprintf("Give at most %d texts: by year, then the total.", years+1), "Line %s has more printed columns than the form.", r.Line)
		return
	}
	if computed && len(r.AmountsCents) > 0 {
		wrong.add(at+"/amounts_cents", "budget.computed", "Leave its amounts out.", "Line %s, %s, is computed; it cannot be entered.", r.Line, s.def.Lines[line].Title)
		return
	}
	s.printed[line] = r.Printed
	for _, name := range slices.Sorted(maps.Keys(r.AmountsCents)) {
		s.enter(wrong, at+"/amounts_cents/"+name, line, slices.Index(s.def.Years, name), name, r.AmountsCents[name])
	}
	for y, text := range r.Printed {
		if !computed && y < years && s.amounts[line][y] == nil {
			s.amounts[line][y] = printedCents(text)
		}
	}
}

func (s *budgetSheet) enter(wrong *budgetFaults, at string, line, year int, name string, amount models.Cents) {
	switch {
	case year < 0:
		wrong.add(at, "budget.no_year", "Give a year of the form.", "The form has no year %q.", name)
		return
	case amount < 0 || amount > maxBudgetCents:
		wrong.add(at, "budget.amount", "Give an amount that is not negative.", "%s cannot be budgeted.", amount)
	case s.def.WholeDollars && amount%100 != 0:
		wrong.add(at, "budget.whole_dollars", "Leave the cents out.", "The form is in whole dollars; %s is not.", amount)
	}
	s.amounts[line][year] = &amount
}

// printedCents reads a printed amount, or nil when it is blank, unreadable or no amount.
func printedCents(text string) *models.Cents {
	n := tablecheck.ParseNumber(text)
	if n.State != tablecheck.Readable || n.Percent || n.Decimals > 2 || n.Value.Sign() < 0 {
		return nil
	}
	c, err := models.ParseCents(n.Value.FloatString(2))
	if err != nil || c > maxBudgetCents {
		return nil
	}
	return &c
}

// checkIndirect: an agreement is complete or it is none, and some lines are in no base.
func (s *budgetSheet) checkIndirect(wrong *budgetFaults) {
	x := s.indirect
	if x.Mode == "" || x.Mode == IndirectNone {
		return
	}
	rule := s.def.Indirect
	if rule == nil {
		wrong.add("/indirect/mode", "budget.no_indirect", "Leave indirect out.", "The program's form has no line for indirect costs.")
		return
	}
	for i, code := range x.BaseLines {
		at := fmt.Sprintf("/indirect/base_lines/%d", i)
		if line := s.line(wrong, at, code); line >= 0 && (slices.Contains(rule.Never, code) || code == rule.Line) {
			wrong.add(at, "budget.base_never", "Take it out of the base.", "Indirect cost is not charged on line %s.", code)
		}
	}
	if x.Mode == IndirectTemporary {
		if rule.Temporary == nil {
			wrong.add("/indirect/mode", "budget.no_temporary", "Give the agreement.", "The program has no temporary rate.")
		}
		return
	}
	for _, f := range []struct {
		name, what string
		missing    bool
	}{{"rate_bp", "its rate", x.RateBP == 0}, {"base_lines", "the lines it is a rate of", len(x.BaseLines) == 0}, {"from_on", "its first day", x.FromOn.IsZero()},
		{"to_on", "its last day", x.ToOn.IsZero()}, {"agency", "the agency that approved it", x.Agency == ""}} {
		if f.missing {
			wrong.add("/indirect/"+f.name, "budget.agreement_incomplete", "Give "+f.what+".", "An indirect cost rate agreement is named without %s.", f.what)
		}
	}
	if !x.FromOn.IsZero() && !x.ToOn.IsZero() && x.ToOn < x.FromOn {
		wrong.add("/indirect/to_on", "budget.agreement_order", "Give a last day on or after the first.", "The agreement ends on %s, before it begins on %s.", x.ToOn, x.FromOn)
	}
}

// compute fills the computed lines. A line is blank when all that it is the sum of is.
func (s *budgetSheet) compute() {
	for i, l := range s.def.Lines {
		if l.Is == "" || !l.Has(s.kind) {
			continue
		}
		terms, err := s.def.Terms(l.Is)
		if err != nil { // the checker of definitions has seen it
			continue
		}
		for y := range s.def.Years {
			var total models.Cents
			given := false
			for _, t := range terms {
				if a := s.amounts[t.Line][y]; a != nil {
					given = true
					if t.Negative {
						total -= *a
					} else {
						total += *a
					}
				}
			}
			if given {
				s.amounts[i][y] = &total
			}
		}
	}
}

// total is a line's amount over all years.
func (s *budgetSheet) total(line int) (sum models.Cents) {
	for _, a := range s.amounts[line] {
		if a != nil {
			sum += *a
		}
	}
	return sum
}

func (s *budgetSheet) amount(line, year int) models.Cents {
	if a := s.amounts[line][year]; a != nil {
		return *a
	}
	return 0
}
