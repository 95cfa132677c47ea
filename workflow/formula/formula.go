// Package formula shares a pool of money among recipients by a list of steps: exactly,
// with a receipt that shows every input and every rounding. It knows nothing of programs,
// people or storage.
package formula

import "earmark/models"

// Formula is a program's money rule as a list of steps.
type Formula struct {
	Cite      string                  `yaml:"cite"`
	Recipient models.OrganizationKind `yaml:"recipient"` // who gets an allocation: district
	Unit      models.OrganizationKind `yaml:"unit"`      // what is weighed: school
	Pool      string                  `yaml:"pool"`      // name of a cents parameter
	Steps     []Step                  `yaml:"steps"`
}

// Step is one step; Kind says which of the fields it reads.
type Step struct {
	Kind  string `yaml:"step"` // set_aside, eligible, measure, weight, prorate, round
	Code  string `yaml:"code"`
	Says  string `yaml:"says"` // in words, for the receipt
	Cite  string `yaml:"cite"`
	Basis string `yaml:"basis"`

	When  string `yaml:"when"`  // eligible: CEL condition over `unit` (facts of one unit) and `params`
	Value string `yaml:"value"` // measure: CEL integer expression over `unit`; weight by expression
	Fact  string `yaml:"fact"`  // weight by bands: the decimal fact that is looked up
	Bands []Band `yaml:"bands"` // weight
	Pool  string `yaml:"pool"`  // set_aside: name of a cents parameter, the total set aside
	Share string `yaml:"share"` // set_aside: equal (per recipient with an eligible unit)
	To    string `yaml:"to"`    // round: cents, dollars
}

// Band gives a weight to values in a range. Ends are decimal text; "" is open.
type Band struct {
	From   string `yaml:"from"`   // at least
	Above  string `yaml:"above"`  // more than
	Below  string `yaml:"below"`  // less than
	UpTo   string `yaml:"up_to"`  // at most
	Weight string `yaml:"weight"` // decimal text: "1.25"
}
