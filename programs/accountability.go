package programs

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
)

// AccountabilityFacts say which stored facts decide about an agreement when its term is
// over. Without them the rules of accountability are worked out for given facts only.
type AccountabilityFacts struct {
	Cohorts        []string      `yaml:"cohorts"`         // of agreements that the years below are about
	Identification string        `yaml:"identification"`  // text fact of a school
	IdentifiedAs   []string      `yaml:"identified_as"`   // its values that bring a school into an agreement, and back into one
	IdentifiedYear int           `yaml:"identified_year"` // facts of this year say which schools the agreement is about
	DecidedYear    int           `yaml:"decided_year"`    // index, graduation rate and identification of this year decide
	Proficiency    []SubjectFact `yaml:"proficiency"`
}

// SubjectFact is the decimal fact of a school that says how many are proficient in a subject.
type SubjectFact struct {
	Subject string `yaml:"subject"`
	Fact    string `yaml:"fact"`
}

// Years are those whose facts are looked at, in order.
func (a *Accountability) Years() []int {
	years := append([]int{a.BaselineYear, a.Facts.IdentifiedYear, a.Facts.DecidedYear}, a.ImprovedYears...)
	slices.Sort(years)
	return slices.Compact(years)
}

func (c *checker) accountabilityFacts(a *Accountability) {
	f := a.Facts
	if f == nil {
		return
	}
	const at = "accountability.facts"
	if len(f.Cohorts) == 0 {
		c.at(at+".cohorts", "The cohorts that these years are about are missing.", "Name them, such as [Five].")
	}
	fact := c.schoolFact(f.Identification, "text")
	switch {
	case fact == nil:
		c.at(at+".identification", fmt.Sprintf("There is no text fact %q of a school.", f.Identification), "Name one of the facts.")
	case len(f.IdentifiedAs) == 0:
		c.at(at+".identified_as", "The values that bring a school into an agreement are missing.", "Name at least one value of "+f.Identification+".")
	default:
		for i, v := range f.IdentifiedAs {
			if len(fact.OneOf) > 0 && !slices.Contains(fact.OneOf, v) {
				c.at(fmt.Sprintf("%s.identified_as[%d]", at, i), fmt.Sprintf("%s is never %q.", fact.Name, v), suggest(v, fact.OneOf))
			}
		}
	}
	if f.DecidedYear <= f.IdentifiedYear {
		c.at(at+".decided_year", fmt.Sprintf("%d does not come after %d, when schools were identified.", f.DecidedYear, f.IdentifiedYear), "Give a later year.")
	}
	given := map[string]bool{}
	for i, p := range f.Proficiency {
		path := fmt.Sprintf("%s.proficiency[%d]", at, i)
		given[p.Subject] = true
		if !slices.Contains(a.ImprovedSubjects, p.Subject) {
			c.at(path+".subject", fmt.Sprintf("%q is not a subject that must improve.", p.Subject), suggest(p.Subject, a.ImprovedSubjects))
		}
		if c.schoolFact(p.Fact, "decimal") == nil {
			c.at(path+".fact", fmt.Sprintf("There is no decimal fact %q of a school.", p.Fact), "Name one of the facts.")
		}
	}
	for _, subject := range a.ImprovedSubjects {
		if !given[subject] {
			c.at(at+".proficiency", fmt.Sprintf("The fact of %s is missing.", subject), "Say which fact of a school is the proficiency in it.")
		}
	}
}

func (c *checker) schoolFact(name, kind string) *Fact {
	i := slices.IndexFunc(c.d.Facts, func(f Fact) bool { return f.Name == name && f.Of == models.KindSchool && f.Type == kind })
	if i < 0 {
		return nil
	}
	return &c.d.Facts[i]
}

// Section is the text of a top-level key of the definition, with the comment above it, as
// it stands in the file; "" when the file does not have it.
func (d *Definition) Section(key string) string {
	var kept, comment []string
	inside := false
	for line := range strings.Lines(d.Source) {
		top := line[0] != ' ' && line[0] != '#' && strings.TrimSpace(line) != ""
		switch {
		case top && strings.HasPrefix(line, key+":"):
			kept, inside = slices.Concat(comment, []string{line}), true
		case top && inside:
			return strings.TrimRight(strings.Join(kept[:len(kept)-len(comment)], ""), "\n") + "\n"
		case inside:
			kept = append(kept, line)
		}
		if line[0] == '#' { // may belong to the key below
			comment = append(comment, line)
		} else {
			comment = nil
		}
	}
	if !inside {
		return ""
	}
	return strings.TrimRight(strings.Join(kept, ""), "\n") + "\n"
}
