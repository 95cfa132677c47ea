package browser

import (
	"strings"
	"testing"
)

const (
	analyst  = "analyst@demo.example"
	district = "preparer-001@demo.example"
)

// started is a new scenario of the published run, as the analyst sees it.
func started(t *testing.T, label string) *page {
	t.Helper()
	f := as(t, analyst).get("/scenarios/new").ok().form("Start the scenario")
	f.with("label", label)
	f.with("base_run_id", f.option("base_run_id", "Section 21h Partnership District Grant FY2026, Run 2: After the correction of student counts (synthetic facts)"))
	return f.send().ok()
}

func TestAScenarioShowsWinnersAndLosers(t *testing.T) {
	t.Parallel()
	p := started(t, "Half the analytics money")
	p.says("0 recipients gain", "0 recipients lose")

	f := p.form("Compute")
	f.with("parameters.analytics_set_aside", "68,700.00")
	p = f.send().ok()
	p.says("Computed again.", "$68,700.00", "Winners and losers against run 2", "In percent")

	// A slider alone is enough without a script; the number follows.
	f = p.form("Compute")
	f.values.Set("slider.appropriation", "90")
	p = f.sendAnyway().ok()
	p.says("$5,523,660.00", "recipients lose")

	// What cannot be used is told at its row, and nothing typed is lost.
	f = p.form("Compute")
	f.values.Set("facts.0.place", "no such school")
	f.values.Set("facts.0.name", "pupils")
	f.values.Set("facts.0.value", "12")
	p = f.sendAnyway().is(422)
	p.says("There is no organization", "no such school")
	if p.first("#f-facts-0-value").attr("value") != "12" {
		t.Error("what was typed is lost")
	}
}

func TestTwoPeopleChangeOneScenario(t *testing.T) {
	t.Parallel()
	p := started(t, "Of two people")
	mine, theirs := p.form("Compute"), as(t, "manager@demo.example").get(p.path).ok().form("Compute")
	theirs.with("parameters.appropriation", "6,000,000.00")
	theirs.send().ok()
	mine.with("parameters.appropriation", "5,000,000.00")
	p = mine.send().is(412)
	p.says("Saved by somebody else meanwhile:", "6,000,000.00")
	if v := p.first("#f-parameters-appropriation").attr("value"); v != "5,000,000.00" {
		t.Errorf("what was typed became %q", v)
	}
	p.form("Compute").send().ok().says("$5,000,000.00")
}

func TestPublishingShowsTheDifferenceFirst(t *testing.T) {
	t.Parallel()
	p := as(t, analyst).get("/allocation_runs/new").ok()
	f := p.form("Run the formula")
	f.with("label", "Trial of the pages")
	f.with("grant_year_id", f.option("grant_year_id", "Section 21h Partnership District Grant FY2026"))
	f.values.Set("facts_year", "2025")
	p = f.sendAnyway().ok()
	p.says("It is a draft", "The formula in words", "Against run 2, which is in force").hides("Yes, publish")
	as(t, "manager@demo.example").get(p.path).ok().says("Put this run in force?", "Run 2 is superseded", "Yes, publish")
	f = as(t, analyst).get("/allocation_runs/new").ok().form("Run the formula")
	as(t, analyst).post("/allocation_runs", f.values).is(422).says("3 things need fixing")
}

func TestDistrictsSeeNoTrials(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/scenarios", "/allocation_runs", "/allocation_comparison", "/fact_imports", "/fact_imports/new", "/grant_years/new"} {
		as(t, district).get(path).is(403)
		if p := as(t, "").get(path); !strings.HasPrefix(p.path, "/sign-in") {
			t.Errorf("a stranger sees %s", path)
		}
	}
	for _, path := range []string{"/programs", "/programs/mi-21h", "/programs/mi-21h/cases", "/grant_years", "/reports", "/reports/utilization", "/fact_summaries", "/facts", "/determinations"} {
		as(t, district).get(path).ok()
	}
	as(t, district).get("/reports/legislature").is(403)
}

func TestAFileIsLookedAtBeforeItIsImported(t *testing.T) {
	t.Parallel()
	p := as(t, analyst).get("/fact_imports/new").ok()
	f := p.form("Look at the file first")
	f.with("program_code", "mi-21h")
	f.with("source", "Synthetic, for a test")
	f.file("file", "facts.csv", "text/csv", []byte("code,year,pupils\nno-such,2025,many\n"))
	p = f.send().ok()
	p.says("nothing was imported", "no-such", "pupils")
	if rows := p.all("table.list tbody tr"); len(rows) != 2 || !strings.Contains(rows[0].text(), "code") {
		t.Errorf("mistakes by row and column: %d", len(rows))
	}
}

func TestAnybodyReadsWhatIsPublished(t *testing.T) {
	t.Parallel()
	p := as(t, "").get("/public").ok()
	p = p.follow("Section 21h Partnership District Grant").ok()
	p.says("Allocated", "Targets reached", "CSV").hides("Demo-")
	if c := p.header.Get("Cache-Control"); c != "public, max-age=300" {
		t.Errorf("a public page is kept as %q", c)
	}
	if c := as(t, analyst).get("/public").ok().header.Get("Cache-Control"); c != "private, no-store" {
		t.Errorf("a page with a name on it is kept as %q", c)
	}
	as(t, "").get("/public/no-such-program").is(404)
}
