package workflow

import (
	"strconv"
	"strings"

	"earmark/workflow/determine"
)

// DeterminationReport is what a public report says of one organization beside its level:
// the groups and facts that caused it.
type DeterminationReport struct {
	Because string        `json:"because,omitempty"` // title of the determination
	Groups  []ReportGroup `json:"groups"`
	Facts   []ReportFact  `json:"facts,omitempty"` // of the organization, where the rule looks at no groups
	Years   []ReportYear  `json:"years,omitempty"` // of a rule over several
}

// ReportGroup is one group that meets the rule in the year itself.
type ReportGroup struct {
	Group    string       `json:"group"`
	Title    string       `json:"title"`
	Criteria []string     `json:"criteria"` // that are met
	Facts    []ReportFact `json:"facts"`
}

// ReportFact is one fact that a criterion rests on.
type ReportFact struct {
	Fact  string `json:"fact"`
	Title string `json:"title"`
	Value string `json:"value"`
}

// ReportYear is one year of a rule over several.
type ReportYear struct {
	Year   int      `json:"year"`
	Holds  bool     `json:"holds"`
	Groups []string `json:"groups,omitempty"`
}

// reported takes out of a result what the public is told.
func reported(r determine.Result) DeterminationReport {
	out := DeterminationReport{Groups: []ReportGroup{}}
	if r.Level == nil || r.Level.Because == "" {
		return out
	}
	for _, d := range r.Determinations {
		if d.Code != r.Level.Because {
			continue
		}
		out.Because, out.Facts = d.Title, factsOf(d.Criteria)
		for _, g := range d.Groups {
			if g.Holds {
				out.Groups = append(out.Groups, ReportGroup{g.Group, g.Title, g.Met, factsOf(g.Criteria)})
			}
		}
		for _, y := range d.Years {
			out.Years = append(out.Years, ReportYear{y.Year, y.Holds, y.GroupsMet})
		}
	}
	return out
}

func factsOf(criteria []determine.CriterionResult) []ReportFact {
	var out []ReportFact
	for _, c := range criteria {
		for _, f := range c.Facts {
			out = append(out, ReportFact(f))
		}
	}
	return out
}

// Words writes the groups and facts in one line, for a table.
func (r DeterminationReport) Words() string {
	var parts []string
	for _, g := range r.Groups {
		parts = append(parts, g.Title+": "+factWords(g.Facts))
	}
	if len(r.Facts) > 0 {
		parts = append(parts, factWords(r.Facts))
	}
	return strings.Join(parts, "; ")
}

func factWords(facts []ReportFact) string {
	words := make([]string, len(facts))
	for i, f := range facts {
		words[i] = f.Title + " " + strings.ReplaceAll(f.Value, "_", " ")
	}
	return strings.Join(words, ", ")
}

// YearWords writes the years in which the rule holds.
func (r DeterminationReport) YearWords() string {
	var years []string
	for _, y := range r.Years {
		if y.Holds {
			years = append(years, strconv.Itoa(y.Year))
		}
	}
	return strings.Join(years, ", ")
}
