package workflow

import (
	"fmt"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/formula"
)

// Assignment says which office supports a district and why (programs.Assignment).
type Assignment struct {
	Code          string          `json:"code"`
	Name          string          `json:"name"`
	Counts        map[string]int  `json:"counts"` // schools by identification
	Counted       int             `json:"counted"`
	AdjustedCount int             `json:"adjusted_count"`
	Removed       []RemovedSchool `json:"removed"`
	Office        string          `json:"office"` // "" when no school is counted at all
	Why           string          `json:"why"`
	Cite          string          `json:"cite"`
}

// RemovedSchool was counted and then taken off, with every reason. It keeps its
// identification: the rule decides only which office supports the district.
type RemovedSchool struct {
	Code           string          `json:"code"`
	Name           string          `json:"name"`
	Identification string          `json:"identification"`
	Reasons        []RemovalReason `json:"reasons"`
}

// RemovalReason is one reason, by the code of the definition.
type RemovalReason struct {
	Code string `json:"code"`
	Says string `json:"says"`
}

// Assign applies the program's assignment rule to the schools of one district.
func Assign(def *programs.Definition, code, name string, schools []formula.Unit, params programs.Params) (Assignment, error) {
	rule := def.Assignment
	if rule == nil {
		return Assignment{}, models.Fail(models.Conflict, "assignment.no_rule", "The program %s has no rule of assignment.", def.Code)
	}
	a := Assignment{Code: code, Name: name, Counts: countedWords(def, rule.By), Removed: []RemovedSchool{}, Cite: rule.Cite}
	for i := range schools {
		school := &schools[i]
		word := factText(school, rule.By)
		if word != "" {
			a.Counts[word]++
		}
		counted, removed, err := def.Counted(school, params)
		if err != nil {
			return Assignment{}, fmt.Errorf("school %s: %w", school.Code, err)
		}
		if !counted {
			continue
		}
		a.Counted++
		if len(removed) == 0 {
			a.AdjustedCount++
			continue
		}
		r := RemovedSchool{Code: school.Code, Name: school.Name, Identification: word}
		for _, x := range removed {
			r.Reasons = append(r.Reasons, RemovalReason{x.Code, x.Says})
		}
		a.Removed = append(a.Removed, r)
	}
	a.decide(rule)
	return a, nil
}

func (a *Assignment) decide(rule *programs.Assignment) {
	switch {
	case a.Counted == 0: // a branch that the flowchart does not draw
		a.Why = "No school is counted, so there is no partnership agreement."
	case a.AdjustedCount >= rule.Minimum:
		a.Office, a.Why = rule.Yes, fmt.Sprintf("%d of %d counted schools stay after the adjustment.", a.AdjustedCount, a.Counted)
	default:
		a.Office, a.Why = rule.No, fmt.Sprintf("All %d counted schools are taken off by the adjustment.", a.Counted)
	}
}

// countedWords starts every identification at 0, so that "none" is said and not left out.
func countedWords(def *programs.Definition, by string) map[string]int {
	counts := map[string]int{}
	for _, f := range def.Facts {
		if f.Name != by {
			continue
		}
		for _, word := range f.OneOf {
			counts[word] = 0
		}
	}
	return counts
}

func factText(u *formula.Unit, name string) string {
	if f := u.Fact(name); f != nil {
		return f.Text
	}
	return ""
}
