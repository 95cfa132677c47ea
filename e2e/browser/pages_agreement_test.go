package browser

import (
	"net/url"
	"regexp"
	"slices"
	"testing"
)

// draftAgreement is the page of the first draft agreement in the list.
func draftAgreement(t *testing.T, v *visitor) string {
	t.Helper()
	found := regexp.MustCompile(`/agreements/[0-9a-f-]{36}`).FindString(v.get("/agreements?status=draft").ok().body)
	if found == "" {
		t.Fatal("the demo has no draft agreement")
	}
	return found
}

func TestStrategyOfADraftAgreement(t *testing.T) {
	t.Parallel()
	manager := as(t, "manager@demo.example")
	var at, goal string
	for _, draft := range regexp.MustCompile(`/agreements/[0-9a-f-]{36}`).FindAllString(manager.get("/agreements?status=draft").ok().body, -1) {
		if found := regexp.MustCompile(`/strategies/new\?goal_id=([0-9a-f-]{36})`).FindStringSubmatch(manager.get(draft).ok().body); found != nil {
			at, goal = draft, found[1]
		}
	}
	if goal == "" {
		t.Fatal("no goal takes a strategy")
	}
	form := manager.get(at + "/strategies/new?goal_id=" + goal).ok().form("Save")
	values := url.Values{}
	for name, v := range form.values {
		values[name] = slices.Clone(v)
	}
	values.Set("title", "")
	if p := manager.post(at+"/strategies/new", values); p.status != 422 || p.first("#f-title").Node == nil {
		t.Errorf("a strategy without words answered %d", p.status)
	}
	values.Set("title", "Tutors on two afternoons")
	manager.post(at+"/strategies/new", values).ok().says("Tutors on two afternoons")
	values.Set("title", "Written on an old version")
	values.Set("form_key", "")
	if p := manager.post(at+"/strategies/new", values); p.status != 412 {
		t.Errorf("a stale form answered %d", p.status)
	}
}

func TestAgreementsOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	at := draftAgreement(t, as(t, "manager@demo.example"))
	as(t, "preparer-035@demo.example").get(at).is(404)
	if p := as(t, "").get(at); p.title() != "Sign in" {
		t.Errorf("a stranger sees %q", p.title())
	}
}

func TestPagesOfAgreementsOpen(t *testing.T) {
	t.Parallel()
	manager := as(t, "manager@demo.example")
	for _, at := range []string{"/agreements", "/target_standings", "/target_results", "/lines_of_sight", "/worksheet_standings", "/records", "/records/new", "/meetings", "/meeting_actions",
		"/support_assignments", "/liaison_loads", "/agreement_progress", "/agreement_assignments", "/term_decisions", "/measure_standings", "/measure_results", "/drawdowns", "/budget_forms"} {
		manager.get(at).ok()
	}
}

func TestFileOfResultsIsLookedAtFirst(t *testing.T) {
	t.Parallel()
	p := as(t, "evaluation@demo.example").get("/target_result_imports").ok()
	p.says("Look at it")
}
