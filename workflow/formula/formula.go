// Package formula shares a pool of money among recipients by a list of steps: exactly,
// with a receipt that shows every input and every rounding. It knows nothing of programs,
// people or storage.
package formula

import "earmark/models"

// Formula is a program's money rule as a list of steps.
type Formula struct {
	Cite        string                  `yaml:"cite"`
	Recipient   models.OrganizationKind `yaml:"recipient"`    // who gets an allocation: district
	Unit        models.OrganizationKind `yaml:"unit"`         // what is weighed: school; the same kind when each recipient is its own unit
	Pool        string                  `yaml:"pool"`         // name of a cents parameter; "" when a rate or flat amount alone decides
	PoolPercent string                  `yaml:"pool_percent"` // name of a basis_points parameter: the pool is this part of Pool, rounded down to a cent
	Steps       []Step                  `yaml:"steps"`
}

// Step is one step; Kind says which of the fields it reads. Amounts, rates and numbers are
// names of parameters, so that a grant year or a scenario can change them.
type Step struct {
	Kind  string `yaml:"step"`
	Code  string `yaml:"code"`
	Says  string `yaml:"says"` // in words, for the receipt
	Cite  string `yaml:"cite"`
	Basis string `yaml:"basis"`

	When    string `yaml:"when"`     // eligible: CEL condition over `unit`, `recipient` and `params`
	By      string `yaml:"by"`       // eligible with top, at_least or at_most: CEL integer that is ranked or compared
	Top     string `yaml:"top"`      // eligible: integer parameter, at most so many
	Order   string `yaml:"order"`    // eligible with top: highest, lowest
	Of      string `yaml:"of"`       // eligible with top: unit, recipient, or total (recipients, by the total of their units)
	AtLeast string `yaml:"at_least"` // eligible: parameter that by must reach; hold_harmless: basis_points of last year
	AtMost  string `yaml:"at_most"`  // eligible: parameter that by must not exceed; hold_harmless: basis_points of last year

	Limit              string `yaml:"limit"`                // years: integer parameter, so many years count
	Years              string `yaml:"years"`                // years: per_unit, per_recipient, or a text parameter with one of them
	UnitFirstYear      string `yaml:"unit_first_year"`      // years: integer fact of the unit
	RecipientFirstYear string `yaml:"recipient_first_year"` // years: integer fact of the recipient

	Value string `yaml:"value"` // measure: CEL integer expression; weight by expression, in hundredths
	Fact  string `yaml:"fact"`  // weight by bands: the fact that is looked up
	Bands []Band `yaml:"bands"` // weight

	Pool      string `yaml:"pool"`       // set_aside: cents parameter, the total
	Amount    string `yaml:"amount"`     // cents parameter. set_aside: for each recipient; rate: for each 1 of weight; flat: for each unit; floor, cap
	Percent   string `yaml:"percent"`    // basis_points parameter. set_aside: of the pool; floor, cap: of what is shared
	Share     string `yaml:"share"`      // set_aside: equal (per recipient with an eligible unit), held (nobody gets it)
	WhenShort string `yaml:"when_short"` // prorate, rate, flat: when rate or floors need more than there is: prorate, refuse
	LastYear  string `yaml:"last_year"`  // hold_harmless: cents fact of the recipient
	To        string `yaml:"to"`         // round: cents, dollars
}

// The kinds of steps, in the order in which they stand.
const (
	StepSetAside     = "set_aside"     // takes a part of the pool off first
	StepEligible     = "eligible"      // says which units count
	StepYears        = "years"         // lets a unit count for a limited number of years
	StepMeasure      = "measure"       // counts something in a unit
	StepWeight       = "weight"        // multiplies by need
	StepProrate      = "prorate"       // shares the pool in proportion to weight
	StepRate         = "rate"          // an amount for each 1 of weight, such as each pupil
	StepFlat         = "flat"          // an amount for each unit that counts
	StepFloor        = "floor"         // the least a recipient gets
	StepCap          = "cap"           // the most
	StepHoldHarmless = "hold_harmless" // limits of loss and gain against last year
	StepRound        = "round"         // whole cents or dollars, by largest remainder
)

// Words of the steps' keys.
const (
	ShareEqual, ShareHeld       = "equal", "held"
	PerUnit, PerRecipient       = "per_unit", "per_recipient"
	OfUnit, OfRecipient         = "unit", "recipient"
	OfTotal                     = "total"
	OrderHighest, OrderLowest   = "highest", "lowest"
	ShortProrate, ShortRefuse   = "prorate", "refuse"
	RoundToCents, RoundToDollar = "cents", "dollars"
)

// Band gives a weight to values in a range. Ends are decimal text; "" is open.
type Band struct {
	From   string `yaml:"from" json:"from,omitempty"`   // at least
	Above  string `yaml:"above" json:"above,omitempty"` // more than
	Below  string `yaml:"below" json:"below,omitempty"` // less than
	UpTo   string `yaml:"up_to" json:"up_to,omitempty"` // at most
	Weight string `yaml:"weight" json:"weight"`         // decimal text: "1.25"
}
