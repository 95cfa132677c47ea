package programs

import "slices"

// YearEnd says what a recipient reports about a finished grant year, and what becomes of
// money that it does not use.
type YearEnd struct {
	Reports []YearEndReport `yaml:"reports"`
	Release *Release        `yaml:"release"` // recipients may give up what they cannot use
	Basis   string          `yaml:"basis"`
	Cite    string          `yaml:"cite"`
}

// YearEndReport is one report: prepared by one person of the recipient, certified by
// another, accepted by the office. It freezes what was approved, paid and spent.
type YearEndReport struct {
	Code      string `yaml:"code"`
	Title     string `yaml:"title"`
	Settles   string `yaml:"settles"`   // code of a due date of the grant year
	Ledger    bool   `yaml:"ledger"`    // asks for the total of the recipient's general ledger, which must be what is spent here
	Plan      bool   `yaml:"plan"`      // asks how much of the unspent money will be spent, and how
	Statement string `yaml:"statement"` // what is certified
	Means     string `yaml:"means"`
	Basis     string `yaml:"basis"`
	Cite      string `yaml:"cite"`
}

// Release says who may give up allocated money that is not approved, paid or spent, and
// that the office may share it out again by the formula.
type Release struct {
	ByRecipient bool   `yaml:"by_recipient"` // otherwise the office only
	Reallocate  bool   `yaml:"reallocate"`   // among recipients that gave nothing up, by the same formula
	Means       string `yaml:"means"`
	Basis       string `yaml:"basis"`
	Cite        string `yaml:"cite"`
}

// YearEndReport is the report of that code.
func (d *Definition) YearEndReport(code string) (YearEndReport, bool) {
	if d.YearEnd == nil {
		return YearEndReport{}, false
	}
	i := slices.IndexFunc(d.YearEnd.Reports, func(r YearEndReport) bool { return r.Code == code })
	if i < 0 {
		return YearEndReport{}, false
	}
	return d.YearEnd.Reports[i], true
}

// DueDate is the due date of that code.
func (d *Definition) DueDate(code string) (DueDate, bool) {
	i := slices.IndexFunc(d.DueDates, func(r DueDate) bool { return r.Code == code })
	if i < 0 {
		return DueDate{}, false
	}
	return d.DueDates[i], true
}

// What makes something due only while money is left.
const (
	WhenUnspent          = "unspent"             // now
	WhenUnspentAtYearEnd = "unspent_at_year_end" // at the last year end before the day
)

// OnlyUnspent reports what is due only while money that was paid is not spent.
func (rule DueDate) OnlyUnspent() bool {
	return rule.When == WhenUnspent || rule.When == WhenUnspentAtYearEnd
}
