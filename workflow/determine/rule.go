// Package determine decides what named rules make of organizations: criteria with reasons
// over the facts of an organization or of each of its groups, in one year or in n of the
// last m years, and the level that follows. It knows nothing of programs, people or storage.
package determine

import (
	"earmark/models"
	"earmark/workflow/formula"
)

// PerGroup says that a fact, a criterion or a rule is of each group of an organization (a
// student group of a district), not of the organization as a whole.
const PerGroup = "group"

// Rule is one named determination: criteria, how many of them must be met, by how many
// groups, and in how many years.
type Rule struct {
	Code       string                  `yaml:"code"`
	Title      string                  `yaml:"title"`
	Of         models.OrganizationKind `yaml:"of"`
	Subtypes   []string                `yaml:"subtypes"`    // of the organizations it speaks of; none: all
	Per        string                  `yaml:"per"`         // "": the organization; group: each of its groups
	CriteriaOf string                  `yaml:"criteria_of"` // code of a criteria table; instead of Criteria
	Criteria   []Criterion             `yaml:"criteria"`
	Exclude    []Reason                `yaml:"exclude"`  // who meets one or more is left out once, with every reason
	Match      string                  `yaml:"match"`    // all, any, at_least
	AtLeast    Count                   `yaml:"at_least"` // with match at_least: how many criteria
	Groups     *Groups                 `yaml:"groups"`   // with per group; left out: one group is enough
	Years      *Years                  `yaml:"years"`    // left out: the year itself
	Says       string                  `yaml:"says"`
	Cite       string                  `yaml:"cite"`
	Basis      string                  `yaml:"basis"`
}

// Table is criteria that several rules share.
type Table struct {
	Code     string                  `yaml:"code"`
	Title    string                  `yaml:"title"`
	Of       models.OrganizationKind `yaml:"of"`
	Per      string                  `yaml:"per"`
	Criteria []Criterion             `yaml:"criteria"`
	Cite     string                  `yaml:"cite"`
}

// Criterion is met when When holds, or at least one of its Reasons. A criterion over a
// fact that is not known is not met, and says so.
type Criterion struct {
	Code     string   `yaml:"code"`
	Title    string   `yaml:"title"`
	When     string   `yaml:"when"`      // CEL over `unit`, `group` and `params`
	Reasons  []Reason `yaml:"reasons"`   // instead of When
	SkipWhen string   `yaml:"skip_when"` // the criterion does not apply
	Counts   Count    `yaml:"counts"`    // as how many criteria it counts; left out: 1
	Shows    []string `yaml:"shows"`     // facts that a report names when When holds
	Says     string   `yaml:"says"`
	Cite     string   `yaml:"cite"`
	Basis    string   `yaml:"basis"`
}

// Reason is one of several conditions, each with its own words.
type Reason struct {
	Code  string   `yaml:"code"`
	When  string   `yaml:"when"`
	Shows []string `yaml:"shows"`
	Says  string   `yaml:"says"`
	Cite  string   `yaml:"cite"`
}

// Groups is how many groups must meet the criteria in a year.
type Groups struct {
	AtLeast Count  `yaml:"at_least"`
	OrAll   Switch `yaml:"or_all"` // all groups, when the organization has fewer
	Same    Switch `yaml:"same"`   // with years: the same groups in each of the years
}

// Years is in how many of the last years the rest must hold, this year included. Years
// without facts do not count as met. AtLeast 2 of 2 is: two years in a row.
type Years struct {
	AtLeast Count `yaml:"at_least"`
	Of      Count `yaml:"of"`
}

// Count is a whole number, or the name of an integer parameter.
type Count string

// Switch is true, false, or the name of a boolean parameter.
type Switch string

// Levels say what follows: the first level of which a determination holds. A level without
// determinations is the one that remains.
type Levels struct {
	Of     models.OrganizationKind `yaml:"of"`
	Cite   string                  `yaml:"cite"`
	Levels []Level                 `yaml:"levels"`
}

// Level is one level, with who provides what belongs to it.
type Level struct {
	Level     int        `yaml:"level"`
	Title     string     `yaml:"title"`
	When      []string   `yaml:"when"` // codes of determinations, one of which must hold
	Providers []Provider `yaml:"providers"`
	Cite      string     `yaml:"cite"`
}

// Provider is who provides it to organizations of some subtypes (none: all others).
type Provider struct {
	Subtypes []string `yaml:"subtypes"`
	Provider string   `yaml:"provider"`
	Note     string   `yaml:"note"`
	Cite     string   `yaml:"cite"`
}

// Run is a fact worked out from history: in how many years in a row, up to the year
// itself, When holds. A year in which it is not known ends the row.
type Run struct {
	Fact string                  `yaml:"-"`
	Of   models.OrganizationKind `yaml:"-"`
	Per  string                  `yaml:"-"`
	When string                  `yaml:"when"`
	UpTo int                     `yaml:"up_to"` // how many years are looked at
}

// Subject is what a condition looks at: an organization in one year, or one of its groups
// with what is known of the organization as a whole.
type Subject struct {
	Group  string
	own    []formula.Fact // of the group
	shared []formula.Fact // of the organization
	runs   []formula.Fact // worked out from history
}

// Fact finds a fact by name; nil when it is not known.
func (s *Subject) Fact(name string) *formula.Fact {
	for _, facts := range [...][]formula.Fact{s.own, s.shared, s.runs} {
		for i := range facts {
			if facts[i].Name == name {
				return &facts[i]
			}
		}
	}
	return nil
}

// Condition answers for one subject. unknown names a fact that would have decided and is
// not known; the answer is then no.
type Condition func(*Subject) (holds bool, unknown string, err error)

// Conditions gives what the rules refer to by text. The package programs has compiled it.
type Conditions interface {
	Condition(of models.OrganizationKind, per, text string) (Condition, error)
	Count(Count) (int, error)
	Switch(Switch) (bool, error)
}

// Rules are everything that a definition says about determinations.
type Rules struct {
	Rules  []Rule
	Tables []Table
	Runs   []Run
	Levels []Levels
	Titles func(group string) string // of a group, for people
	Facts  func(name string) string  // title of a fact, for people
}

// Organization is who is looked at, with its years: the year itself first, then the one
// before, and so on.
type Organization struct {
	Kind    models.OrganizationKind
	Code    string
	Name    string
	Subtype string
	Years   []Year
}

// Year is what is known of an organization in one year: nothing, when it is missing.
type Year struct {
	Facts  []formula.Fact
	Groups []Group // by code
}

// Group is what is known of one group.
type Group struct {
	Code  string
	Facts []formula.Fact
}
