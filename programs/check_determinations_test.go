package programs

import (
	"os"
	"strings"
	"testing"
)

// Every mistake in determinations is named at its place.
func TestMistakesInDeterminationsAreNamed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("ca-differentiated-assistance.yaml")
	if err != nil {
		t.Fatal(err)
	}
	src := string(text)
	for _, c := range []struct{ from, to, path, says string }{
		{"    criteria_of: priorities\n", "    criteria_of: prioritys\n", "determinations[0].criteria_of", "There is no table of criteria"},
		{"    match: at_least\n", "    match: most\n", "determinations[0].match", "not known here"},
		{"    at_least: assistance_priorities\n", "", "determinations[0].at_least", "belongs to match: at_least"},
		{"    at_least: assistance_priorities\n", "    at_least: same_groups\n", "determinations[0].at_least", "no parameter"},
		{"or_all: true, same: same_groups", "or_all: true, same: perhaps", "determinations[1].groups.same", "no parameter"},
		{"{at_least: years_needed, of: years_looked_at}", "{at_least: 5, of: 4}", "determinations[1].years.at_least", "cannot be reached"},
		{"{at_least: years_needed, of: years_looked_at}", "{at_least: 1, of: 40}", "determinations[1].years.of", "number of years"},
		{"subtypes: [traditional, county_office]", "subtypes: [traditional, county]", "determinations[0].subtypes[1]", "not known here"},
		{"when: unit.college_career == \"red\"", "when: unit.college == \"red\"", "criteria_tables[0].criteria[6].when", "undefined field"},
		{"when: unit.college_career == \"red\"", "when: unit.college_career", "criteria_tables[0].criteria[6].when", "must be a bool"},
		{"shows: [college_career]", "shows: [college]", "criteria_tables[0].criteria[6].shows[0]", "not known here"},
		{"counts: course_priorities_count", "counts: -1", "criteria_tables[0].criteria[6].counts", "cannot be asked for"},
		{"        title: Course access and outcomes\n        when: unit.college_career == \"red\"\n", "", "criteria_tables[0].criteria[6]", "one condition, or reasons"},
		{"      when: unit.basics != \"met\"\n      up_to: 8", "      when: unit.basics_not_met_years > 1\n      up_to: 8", "facts[8].years_in_a_row.when", "undefined field"},
		{"      up_to: 8", "      up_to: 80", "facts[8].years_in_a_row.up_to", "number of years"},
		{"    per: group\n    type: text", "    per: grade\n    type: text", "facts[0].per", "not known here"},
		{"when: [intensive_intervention]", "when: [intensive]", "levels[0].levels[0].when[0]", "not known here"},
		{"        when: [intensive_intervention]\n", "", "levels[0].levels[0].when", "never reached"},
		{"  - {code: asian, title: Asian,", "  - {code: white, title: Asian,", "groups[12].code", "twice"},
		{"fiscal_year:\n", "windows:\n  - {code: w, for: application, opens: 01-01, closes: 02-01, basis: law}\nfiscal_year:\n", "windows", "gives no money"},
	} {
		if !strings.Contains(src, c.from) {
			t.Errorf("the file has no %q", c.from)
			continue
		}
		_, err := Parse("wrong.yaml", []byte(strings.Replace(src, c.from, c.to, 1)))
		all, _ := ProblemsOf(err)
		found := false
		for _, p := range all {
			found = found || p.Path == c.path && strings.Contains(p.Says, c.says) && p.Line > 1
		}
		if !found {
			t.Errorf("%q for %q: %v, want %s: %s", c.to, c.from, err, c.path, c.says)
		}
	}
}
