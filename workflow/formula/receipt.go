package formula

import "earmark/models"

// Fact is one value about a unit or recipient, in the declared type, with its source.
// Decimals are whole hundredths in Number; a boolean true is 1.
type Fact struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"` // integer, decimal, cents, boolean, text, list
	Text   string   `json:"value"`
	Source string   `json:"source"`
	Number int64    `json:"-"`
	List   []string `json:"-"`
}

// Unit is what is weighed: a school.
type Unit struct {
	Code  string
	Name  string
	Facts []Fact
}

// Recipient is who gets an allocation: a district with its schools. An organization that
// is its own unit, such as a school that gets money for itself, is given with Facts and
// with itself as the only unit.
type Recipient struct {
	Code  string
	Name  string
	Facts []Fact // its own
	Units []Unit
}

// Conditions evaluates the expressions of a formula's steps, by the step's index. The
// package programs compiles them. unit is nil for a step that looks at recipients only.
type Conditions interface {
	Eligible(step int, recipient *Recipient, unit *Unit) (bool, error)
	Measure(step int, recipient *Recipient, unit *Unit) (int64, error)
}

// Input is everything a run depends on.
type Input struct {
	FiscalYear int
	Amounts    map[string]models.Cents // the cents parameters by name
	Numbers    map[string]int64        // the other numeric parameters: integers, basis points, decimals in hundredths
	Parameters map[string]string       // every parameter as text, for the hash and the receipt
	Recipients []Recipient
	Conditions Conditions
	Unsealed   bool // leaves the receipts without hashes: for trials that keep none
}

// Result is what the formula gives: recipients sorted by code, amounts that sum to the
// pool to the cent, less what is held and what is undistributed, which says why.
type Result struct {
	PoolCents          models.Cents    `json:"pool_cents"`
	SetAsideCents      models.Cents    `json:"set_aside_cents"`
	HeldCents          models.Cents    `json:"held_cents,omitempty"` // the part of the set-asides that nobody is allocated
	AllocatedCents     models.Cents    `json:"allocated_cents"`
	UndistributedCents models.Cents    `json:"undistributed_cents"`
	UndistributedWhy   string          `json:"undistributed_why,omitempty"`
	Determinations     []Determination `json:"determinations"`
	Allocations        []Allocation    `json:"allocations"`
	InputHash          string          `json:"input_hash"`
}

// Determination says whether a recipient takes part, and why not, for it and its units.
type Determination struct {
	Code     string              `json:"code"`
	Name     string              `json:"name"`
	Eligible bool                `json:"eligible"`
	Why      string              `json:"why,omitempty"`
	Units    []UnitDetermination `json:"units"`
}

// UnitDetermination says the same of one unit, with every reason.
type UnitDetermination struct {
	Code     string   `json:"code"`
	Name     string   `json:"name"`
	Eligible bool     `json:"eligible"`
	Reasons  []string `json:"reasons,omitempty"`
}

// Allocation is one recipient's amount with its receipt.
type Allocation struct {
	Code        string       `json:"code"`
	Name        string       `json:"name"`
	AmountCents models.Cents `json:"amount_cents"`
	Receipt     Receipt      `json:"receipt"`
}

// Receipt shows how an amount came about, so that its recipient can work it out again with
// nothing but this. The keys are in the order of a calculation, not of the alphabet.
type Receipt struct {
	Recipient       string            `json:"recipient"`
	Name            string            `json:"name"`
	FiscalYear      int               `json:"fiscal_year"`
	Cite            string            `json:"cite"`
	Why             string            `json:"why,omitempty"` // when the share is 0
	Steps           []StepReceipt     `json:"steps"`
	Facts           []Fact            `json:"facts,omitempty"` // of the recipient itself, when it is not its own unit
	Units           []UnitReceipt     `json:"units"`
	SetAsides       []SetAsideReceipt `json:"set_asides"`
	PoolCents       models.Cents      `json:"pool_cents"`       // before set-asides
	SetAsideCents   models.Cents      `json:"set_aside_cents"`  // of the whole run
	SharedCents     models.Cents      `json:"shared_cents"`     // after them: what is shared by weight
	Weighted        string            `json:"weighted"`         // of this recipient, decimal text
	WeightedTotal   string            `json:"weighted_total"`   // of all recipients
	Limits          *LimitReceipt     `json:"limits,omitempty"` // of a formula with a rate, flat amounts, floors, caps or hold-harmless
	ExactCents      string            `json:"exact_cents"`      // fraction in lowest terms: "25084250000/57"
	FloorCents      models.Cents      `json:"floor_cents"`      // whole cents of it (whole dollars when rounding to dollars)
	RemainderCents  models.Cents      `json:"remainder_cents"`  // given by largest remainder: 0 or 1 (0 or 100 when rounding to dollars)
	ShareCents      models.Cents      `json:"share_cents"`      // floor plus remainder
	AmountCents     models.Cents      `json:"amount_cents"`     // share plus set-asides
	InputHash       string            `json:"input_hash"`       // of the whole run
	RecipientsCount int               `json:"recipients_count"` // with an eligible unit
	Hash            string            `json:"hash"`             // SHA-256 of all the rest, see Seal
}

// LimitReceipt is what a rate, floors and caps do to a share: every recipient gets
// PerWeight for each 1 of its weight, but at least its lower and at most its upper limit.
type LimitReceipt struct {
	LowerCents   *models.Cents `json:"lower_cents,omitempty"`
	LowerBy      string        `json:"lower_by,omitempty"` // code of the step that sets it
	UpperCents   *models.Cents `json:"upper_cents,omitempty"`
	UpperBy      string        `json:"upper_by,omitempty"`
	BoundBy      string        `json:"bound_by,omitempty"` // the step that fixes this share; absent when no limit does
	PerWeight    string        `json:"cents_per_weight"`   // exact fraction; "" when every weight is at its cap or there is none
	FixedCents   models.Cents  `json:"fixed_cents"`        // what recipients fixed by a limit take together
	FreeWeighted string        `json:"free_weighted"`      // weight of the others together
	Short        bool          `json:"short,omitempty"`    // the floors need more than there is: each gets FloorsCents' part
	FloorsCents  models.Cents  `json:"floors_cents"`       // all lower limits together
}

// StepReceipt is one step of the formula, the values it used and what it came to for this
// recipient.
type StepReceipt struct {
	Code   string      `json:"code"`
	Kind   string      `json:"step"`
	Says   string      `json:"says"`
	Cite   string      `json:"cite,omitempty"`
	Basis  string      `json:"basis,omitempty"`
	Rule   string      `json:"rule,omitempty"`   // the expression, or the word that decides
	Fact   string      `json:"fact,omitempty"`   // that is looked up in the bands, or counts years
	Bands  []Band      `json:"bands,omitempty"`  // of a weight
	Inputs []StepInput `json:"inputs,omitempty"` // parameters and facts by name, in the unit of the parameter
	Result string      `json:"result"`
}

// StepInput is a parameter or fact that a step used.
type StepInput struct {
	As    string `json:"as"` // what the step takes it for: a key of the definition, or a word of the step
	Name  string `json:"name,omitempty"`
	Value string `json:"value"`
}

// UnitReceipt is one unit: its inputs, why it counts or not, and its part of the amount.
type UnitReceipt struct {
	Code        string       `json:"code"`
	Name        string       `json:"name"`
	Eligible    bool         `json:"eligible"`
	Reasons     []string     `json:"reasons,omitempty"`
	Inputs      []Fact       `json:"inputs"`
	Measure     int64        `json:"measure"`
	Weight      string       `json:"weight"`
	Weighted    string       `json:"weighted"`
	AmountCents models.Cents `json:"amount_cents"` // its part of the recipient's share
}

// SetAsideReceipt is this recipient's part of one set-aside; of what is held, nothing.
type SetAsideReceipt struct {
	Code           string       `json:"code"`
	TotalCents     models.Cents `json:"total_cents"`
	Held           bool         `json:"held,omitempty"`
	Recipients     int          `json:"recipients"`
	ExactCents     string       `json:"exact_cents"`
	FloorCents     models.Cents `json:"floor_cents"`
	RemainderCents models.Cents `json:"remainder_cents"`
	AmountCents    models.Cents `json:"amount_cents"`
}

// Fact finds a fact by name; nil when it is not known. Units have few facts, so a walk
// is faster than a map and keeps their order.
func (u *Unit) Fact(name string) *Fact { return find(u.Facts, name) }

// Fact finds a fact of the recipient itself.
func (r *Recipient) Fact(name string) *Fact { return find(r.Facts, name) }

func find(facts []Fact, name string) *Fact {
	for i := range facts {
		if facts[i].Name == name {
			return &facts[i]
		}
	}
	return nil
}
