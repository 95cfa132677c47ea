package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// amendedAndSubmitted is an amendment of a district whose first line says something new; the
// office opens the window for it and the official signs. The address is the revision's.
func amendedAndSubmitted(t *testing.T, number, reason string) string {
	t.Helper()
	rev := as(t, "preparer-"+number+"@demo.example").amended(reason)
	address := strings.Split(rev.path, "?")[0]
	rev.firstLine().form("Save").with("description", reason+", described for the reviewers").send().ok().says("is saved")
	exception := as(t, managing).get(rev.linked("/applications/")).ok().follow("Exception from the window").ok()
	past := exception.form("Open it until this day").with("until", "2020-01-01").with("comment", "The board met late.").send().is(http.StatusUnprocessableEntity)
	if past.first("#f-until").attr("aria-invalid") != "true" {
		t.Error("an exception that is over is not refused at its field")
	}
	past.form("Open it until this day").with("until", "2026-05-20").send().ok().says("It can be submitted until")
	signed(t, number, address)
	return address
}

func signed(t *testing.T, number, revision string) {
	t.Helper()
	as(t, "official-"+number+"a@demo.example").get(revision + "/submit").ok().form(revision + "/transitions").send().ok().says("Submitted and signed")
}

// reviewing is the review page of who has to decide now.
func reviewing(t *testing.T, revision string) *page {
	t.Helper()
	for _, email := range []string{"liaison-9", "fiscal-1", "liaison-1", "liaison-2", "liaison-3", "liaison-4", "liaison-5", "liaison-6", "liaison-7", "liaison-8", "manager"} {
		if p := as(t, email+"@demo.example").get(revision + "/review").ok(); len(p.all(`[name="decisions.0.decision"]`)) > 0 {
			return p
		}
	}
	t.Fatalf("nobody decides %s", revision)
	return nil
}

func TestReviewReturnsALineAndApprovesTheRest(t *testing.T) {
	t.Parallel()
	rev := amendedAndSubmitted(t, "027", "A tutor for two grades")
	as(t, managing).get("/return_reasons/new").ok().form("/return_reasons/new").with("title", "Say who is served").with("text", "Say which pupils are served, in which grades.").send().ok().says("Say who is served")
	page := reviewing(t, rev)
	const answer, reason = "decisions.0.decision", "decisions.0.reason"
	for _, email := range []string{auditing, "preparer-027@demo.example"} {
		if seen := as(t, email).get(rev + "/review").ok().says("A tutor for two grades"); len(seen.all(`#decision form, [name="`+answer+`"]`)) > 0 {
			t.Errorf("%s is offered a decision", email)
		}
	}
	as(t, "preparer-028@demo.example").get(rev + "/review").is(http.StatusNotFound)
	as(t, auditing).post(rev+"/review", url.Values{"version": {page.form("answers").values.Get("version")}, "decisions.0.number": {"1"}, answer: {"approved"}}).is(http.StatusForbidden)

	silent := page.form("Save all answers").with(answer, "returned").send().is(http.StatusUnprocessableEntity)
	if silent.first("#f-decisions-0-reason").attr("aria-invalid") != "true" {
		t.Error("a return without a reason is not refused at its field")
	}
	const told = "Say which pupils are served, in which grades."
	saved := silent.form("Save all answers").with("pick.0.reason", "Say who is served").send().ok().says("Your answers are saved.", told)

	late := page.form("Save all answers").with(answer, "denied").with(reason, "We looked at an old page.").send().is(http.StatusPreconditionFailed)
	late.says("We looked at an old page.", told)
	if late.form("Save all answers").values.Get(reason) != "We looked at an old page." {
		t.Error("what was typed on an old page is gone")
	}
	saved.form("Yes, return it").with("comment", "See line.").send().ok().says("Returned to the district.")

	// The district sees what to mend, mends it and signs again.
	v := as(t, "preparer-027@demo.example")
	v.get(rev).ok().says(told, "See line.").firstLine().form("Save").with("description", "Tutors for two grades, in groups of four").send().ok()
	signed(t, "027", rev)
	again := reviewing(t, rev).says("round 2")
	done := again.form("Approve all that have no answer").send().ok().says("Your answers are saved.", "1 of 1 answered")
	done.form("Yes, approve this step").send().ok().says("Approved. It waits for the next review.")
	fiscal := reviewing(t, rev).says("Fiscal review")
	old := fiscal.form("Yes, put it in force")
	notice := fiscal.form("Yes, put it in force").with("comment", "Fits the plan.").send().ok().says("Approved and in force.", "Slate Falls Public Schools", "$44,010.34", "Tutors for two grades")
	if !strings.HasSuffix(strings.Split(notice.path, "?")[0], "/award_notice") {
		t.Errorf("after the approval comes %s", notice.path)
	}
	if again := old.send(); again.status != http.StatusPreconditionFailed && again.status != http.StatusConflict {
		t.Errorf("approving twice answers %d", again.status)
	}
	v.get(rev).ok().hides("to fix before submitting", "The checks find").follow("Award notice").ok().says("$44,010.34")
	as(t, "preparer-028@demo.example").get(rev + "/award_notice").is(http.StatusNotFound)
}
