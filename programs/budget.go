package programs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
)

// Budget is a budget form: numbered lines, some computed, over one or more years. Project
// forms have some of the lines and add up to the summary form.
type Budget struct {
	Years        []string         `yaml:"years"`         // columns in order; the first is the grant year itself, each next one a year later
	WholeDollars bool             `yaml:"whole_dollars"` // amounts have no cents
	TieOut       string           `yaml:"tie_out"`       // when the summary is not the sum of the projects: warning, error
	Cite         string           `yaml:"cite"`
	Lines        []BudgetLine     `yaml:"lines"`
	Share        *BudgetShare     `yaml:"share"`
	Indirect     *BudgetIndirect  `yaml:"indirect"`
	Request      *BudgetRequest   `yaml:"request"`
	UnitCosts    []BudgetUnitCost `yaml:"unit_costs"`
}

// BudgetLine is one line of the form. A line with Is is computed and cannot be entered.
type BudgetLine struct {
	Code  string `yaml:"code"`
	Title string `yaml:"title"`
	Is    string `yaml:"is"`   // sum of other lines: "1..8", "9..12", "13 + 14", "9 - 3"
	Only  string `yaml:"only"` // summary: project forms do not have it; "" both
	Help  string `yaml:"help"`
	Cite  string `yaml:"cite"`
}

// BudgetShare says that the total of one line is exactly a part of the total of another.
type BudgetShare struct {
	Line      string             `yaml:"line"`
	Of        string             `yaml:"of"`
	PercentBP models.BasisPoints `yaml:"percent_bp"` // 50 % is 5000
	Says      string             `yaml:"says"`
	Cite      string             `yaml:"cite"`
}

// BudgetIndirect says which line holds indirect costs and what may be charged there.
type BudgetIndirect struct {
	Line      string             `yaml:"line"`
	Never     []string           `yaml:"never"` // lines that are in no base
	Temporary *TemporaryIndirect `yaml:"temporary"`
	Cite      string             `yaml:"cite"`
}

// TemporaryIndirect is the rate of a recipient without an agreement: so much of some
// lines, provided that a proposal is made in time.
type TemporaryIndirect struct {
	PercentBP    models.BasisPoints `yaml:"percent_bp"`
	Base         []string           `yaml:"base"`          // lines
	ProposalDays int                `yaml:"proposal_days"` // after the award notification; later, nothing may be charged
	Basis        string             `yaml:"basis"`
	Cite         string             `yaml:"cite"`
}

// BudgetRequest limits the total of one line by the category of the recipient.
type BudgetRequest struct {
	Line       string            `yaml:"line"`
	Fact       string            `yaml:"fact"` // text fact of the recipient with the code of its category; "" finds it by its name only
	Categories []RequestCategory `yaml:"categories"`
	Cite       string            `yaml:"cite"`
}

// RequestCategory is a range. More than the maximum is not considered; less than the
// minimum is a warning.
type RequestCategory struct {
	Code         string       `yaml:"code"`
	MinimumCents models.Cents `yaml:"minimum_cents"`
	MaximumCents models.Cents `yaml:"maximum_cents"`
	Members      []string     `yaml:"members"` // names of recipients
	Cite         string       `yaml:"cite"`
}

// BudgetUnitCost warns when one unit of a line costs too little to belong there.
type BudgetUnitCost struct {
	Line             string `yaml:"line"`
	MinimumParameter string `yaml:"minimum_parameter"` // a cents parameter
	Instead          string `yaml:"instead"`           // the line to use
	Cite             string `yaml:"cite"`
}

// BudgetTerm is a line that is added (or subtracted) by a computed line; an index in Lines.
type BudgetTerm struct {
	Line     int
	Negative bool
}

// LineAt is the place of a line in the form, or -1.
func (b *Budget) LineAt(code string) int {
	return slices.IndexFunc(b.Lines, func(l BudgetLine) bool { return l.Code == code })
}

// Has reports whether a form of the kind (project, summary) has the line.
func (l BudgetLine) Has(kind string) bool { return l.Only == "" || l.Only == kind }

// Terms reads what a computed line is the sum of.
func (b *Budget) Terms(is string) ([]BudgetTerm, error) {
	var out []BudgetTerm
	rest, negative := strings.TrimSpace(is), false
	for {
		i := strings.IndexAny(rest, "+-")
		word := rest
		if i >= 0 {
			word = rest[:i]
		}
		first, last, span := strings.Cut(strings.TrimSpace(word), "..")
		from := b.LineAt(strings.TrimSpace(first))
		to := from
		if span {
			to = b.LineAt(strings.TrimSpace(last))
		}
		if from < 0 || to < from {
			return nil, fmt.Errorf("there is no line %q above", strings.TrimSpace(word))
		}
		for line := from; line <= to; line++ {
			out = append(out, BudgetTerm{line, negative})
		}
		if i < 0 {
			return out, nil
		}
		negative, rest = rest[i] == '-', rest[i+1:]
	}
}

// Category finds the category of a recipient: by its fact, else by its name.
func (r *BudgetRequest) Category(fact, name string) (RequestCategory, bool) {
	for _, c := range r.Categories {
		if fact != "" && c.Code == fact || fact == "" && slices.Contains(c.Members, name) {
			return c, true
		}
	}
	return RequestCategory{}, false
}

// BudgetYear is the first and last day of a column, counted from the grant year.
func (d *Definition) BudgetYear(fiscalYear, column int) (starts, ends models.Date) {
	return d.Year(fiscalYear + column)
}

// TieOutSeverity is how a summary that is not the sum of its projects is treated.
func (b *Budget) TieOutSeverity() string { return cmp.Or(b.TieOut, "error") }
