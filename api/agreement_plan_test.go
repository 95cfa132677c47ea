package api_test

import (
	"strings"
	"testing"
)

// What is not signed yet is taken away and leaves no trace but its history.
func TestADraftIsRewritten(t *testing.T) {
	t.Parallel()
	w := givenOffice(t, noon)
	path := "/agreements/" + w.ids["draft agreement"]
	if status, got := w.changes("pal", "DELETE", path, "/strategies/"+w.ids["draft agreement strategy"], nil); status != 409 || !strings.Contains(got, "strategy.has_activities") {
		t.Errorf("a strategy with activities: %d %s", status, got)
	}
	a := w.change("pal", "DELETE", path, "/activities/"+w.ids["draft agreement activity"], nil)
	if n := len(list(a, "activities")); n != 0 {
		t.Errorf("%d activities are left", n)
	}
	a = w.change("pal", "DELETE", path, "/strategies/"+w.ids["draft agreement strategy"], nil)
	if n := len(list(a, "strategies")); n != 0 {
		t.Errorf("%d strategies are left", n)
	}
	w.change("pal", "PATCH", path, "", m{"cohort": "Three"})
	if status, got := w.request("pal", "GET", path+"/term_outlook", nil); status != 409 || !strings.Contains(got, "accountability.cohort") {
		t.Errorf("a cohort the rule is not about: %d %s", status, got)
	}
}

// An agreement that is over is read, and nothing is planned under it any more.
func TestAnAgreementIsEnded(t *testing.T) {
	t.Parallel()
	w := givenOffice(t, noon)
	path := "/agreements/" + w.ids["agreement"]
	if status, got := w.changes("manager", "POST", path, "/transitions", m{"event": "end"}); status != 422 || !strings.Contains(got, "/comment") {
		t.Errorf("ended without a reason: %d %s", status, got)
	}
	ended := w.change("manager", "POST", path, "/transitions", m{"event": "end", "comment": "The school closed."})
	if text(ended, "status") != "ended" || len(list(ended, "offers")) != 0 {
		t.Errorf("it is %v and offers %v", ended["status"], ended["offers"])
	}
	activity := list(ended, "activities")[0]
	about := m{"strategy_id": text(activity, "strategy_id"), "title": "Another activity", "reason": "Later."}
	for _, c := range []struct {
		method, path string
		body         m
		says         string
	}{
		{"POST", "/transitions", m{"event": "end", "comment": "Again."}, "agreement.no_such_step"},
		{"POST", "/strategies", m{"goal_id": w.ids["agreement goal"], "title": "Another strategy", "reason": "Later."}, "agreement.ended"},
		{"POST", "/activities", about, "agreement.ended"},
		{"PUT", "/activities/" + text(activity, "id"), about, "agreement.ended"},
		{"DELETE", "/activities/" + text(activity, "id"), nil, "agreement.ended"},
	} {
		if status, got := w.changes("manager", c.method, path, c.path, c.body); status != 409 || !strings.Contains(got, c.says) {
			t.Errorf("%s %s: %d, and should be 409 with %s: %.300s", c.method, c.path, status, c.says, got)
		}
	}
	for where, body := range map[string]m{
		"/meetings":            {"agreement_id": w.ids["agreement"], "meets_on": "2026-02-05"},
		"/support_assignments": {"agreement_id": w.ids["agreement"], "tier": 1, "reason": "The first tier is enough."},
	} {
		if status, got := w.request("pal", "POST", where, body); status != 409 || !strings.Contains(got, "agreement.ended") {
			t.Errorf("%s: %d %.300s", where, status, got)
		}
	}
}
