package workflow

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"earmark/programs"
	"earmark/workflow/determine"
	"earmark/workflow/formula"
)

// BenchmarkDetermineStatewide makes the determinations of California for 2,000 agencies with
// 14 groups over 4 years: about 800,000 facts.
func BenchmarkDetermineStatewide(b *testing.B) {
	set, err := programs.Load(nil)
	noError(b, err)
	def, _ := set.Program("ca-differentiated-assistance")
	params, err := def.Params(2019, nil)
	noError(b, err)
	list := statewideDashboard(2_000, 14, 4)
	for b.Loop() {
		engine, err := def.Determiner(params, 2018)
		noError(b, err)
		levels := map[int]int{}
		for _, o := range list {
			r, err := engine.Determine(o)
			noError(b, err)
			levels[r.Level.Level]++
		}
		if len(levels) < 2 {
			b.Fatalf("levels %v", levels)
		}
	}
}

func statewideDashboard(agencies, groups, years int) []determine.Organization {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // synthetic data
	colours := []string{"red", "orange", "yellow", "green", "blue", "blue"}
	list := make([]determine.Organization, agencies)
	for i := range list {
		o := determine.Organization{Kind: "district", Code: fmt.Sprint(i), Subtype: []string{"traditional", "county_office", "charter"}[i%3]}
		for range years {
			y := determine.Year{Facts: []formula.Fact{{Name: "parents", Type: "text", Text: []string{"met", "not_met"}[random.IntN(2)]}}}
			for g := range groups {
				made := determine.Group{Code: fmt.Sprintf("g%02d", g)}
				for _, name := range []string{"ela", "math", "el_progress", "graduation", "chronic_absence", "suspension", "college_career"} {
					made.Facts = append(made.Facts, formula.Fact{Name: name, Type: "text", Text: colours[random.IntN(len(colours))]})
				}
				y.Groups = append(y.Groups, made)
			}
			o.Years = append(o.Years, y)
		}
		list[i] = o
	}
	return list
}
