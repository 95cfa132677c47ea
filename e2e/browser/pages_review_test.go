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

// lowRisk approves the line of a revision with those of low risk: ticked, listed, and only
// then approved. It gives the review page as it is afterwards.
func lowRisk(t *testing.T, page *page, revision string) *page {
	t.Helper()
	list := page.v.get("/low_risk_line_items").ok()
	list.form("Go on with the ticked lines").send().is(http.StatusUnprocessableEntity).says("No line is chosen.")
	var box string
	for _, c := range list.all(`input[name="line"]`) {
		if strings.HasPrefix(c.attr("value"), lastPart(revision)+"/") {
			box = c.attr("value")
		}
	}
	if box == "" {
		t.Fatalf("the line is not of low risk: %s", list.main())
	}
	sure := list.form("Go on with the ticked lines").with("line", box).send().ok().says("Approve these lines?", "A tutor for two grades")
	if n := len(sure.all("tbody tr")); n != 1 {
		t.Errorf("%d lines are listed, not 1", n)
	}
	sure.form("Yes, approve this line").send().ok().says("Approved: 1 lines in 1")
	as(t, auditing).post("/low_risk_approvals", url.Values{"line": {box}, "version." + lastPart(revision): {"9"}}).is(http.StatusForbidden)
	return page.v.get(revision + "/review").ok().says("1 of 1 answered")
}

func TestReviewReturnsALineAndApprovesTheRest(t *testing.T) {
	t.Parallel()
	rev := amendedAndSubmitted(t, "027", "A tutor for two grades")
	as(t, managing).get("/return_reasons/new").ok().form("/return_reasons/new").with("title", "Say who is served").with("text", "Say which pupils are served, in which grades.").send().ok().says("Say who is served")
	page := reviewing(t, rev)
	page = lowRisk(t, page, rev)
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

// A district asks for what it signed to be opened; the office leaves it locked once, and
// opens it the second time with a last day.
func TestUnlockingIsAskedAndGranted(t *testing.T) {
	t.Parallel()
	rev := amendedAndSubmitted(t, "029", "Another hour each week")
	v := as(t, "preparer-029@demo.example")
	page := v.get(rev).ok()
	as(t, auditing).get(rev).ok().hides("Ask the office to open it")
	v.get(page.linked("/applications/")).ok().follow("Ask the office to open it").ok().says("Why it should be opened")
	ask := page.follow("Ask the office to open it").ok()
	if empty := ask.form("Send the request").sendAnyway().is(http.StatusUnprocessableEntity); empty.first("#f-reason").attr("aria-invalid") != "true" {
		t.Error("a request without a reason is not refused at its field")
	}
	asked := ask.form("Send the request").with("reason", "The hours of line 1 are wrong.").send().ok().says("The office is asked.", "The hours of line 1 are wrong.").hides("Open until")
	request := strings.Split(asked.path, "?")[0]
	as(t, "preparer-028@demo.example").get(request).is(http.StatusNotFound)
	v.post(request, url.Values{"event": {"grant"}, "comment": {"Myself."}, "until_on": {"2026-05-20"}, "version": {"1"}}).is(http.StatusForbidden)
	page.follow("Ask the office to open it").ok().form("Send the request").with("reason", "Once more.").send().is(http.StatusConflict).says("There is an open request")
	office := as(t, "liaison-9@demo.example")
	for _, email := range []string{"liaison-1", "liaison-2", "liaison-3", "liaison-4", "liaison-5", "liaison-6", "liaison-7", "liaison-8"} {
		if reviewing(t, rev).v.email == email+"@demo.example" {
			office = as(t, email+"@demo.example")
		}
	}
	office.get("/unlock_requests?status=open").ok().says("The hours of line 1 are wrong.")
	answer := office.get(request).ok()
	if past := answer.form("Unlock it until this day").with("until_on", "2020-01-01").with("comment", "Yes.").send(); past.status != http.StatusUnprocessableEntity || past.first("#f-until_on").attr("aria-invalid") != "true" {
		t.Errorf("a day that is over is answered %d", past.status)
	}
	answer.form("Unlock it until this day").with("until_on", "2026-05-20").with("comment", "Mend the hours.").send().ok().says("Unlocked. The district is told.", "Mend the hours.")
	v.get(rev).ok().says("Returned", "Mend the hours.").hides("Ask the office to open it")
	answer.form("Unlock it until this day").with("until_on", "2026-05-20").with("comment", "Again.").send().is(http.StatusPreconditionFailed)
	signed(t, "029", rev)
}

// Evidence is attached to a document, read as it was handed in, and withdrawn with a reason;
// what cannot be taken is refused at its field.
func TestFilesAreAttachedAndWithdrawn(t *testing.T) {
	t.Parallel()
	v := as(t, "preparer-026@demo.example")
	address := v.get("/flags?status=open").ok().linked("/flags/")
	page := v.get(address).ok().says("Evidence", "Nothing is attached.")
	for _, c := range []struct {
		name, kind string
		content    []byte
		says       string
	}{
		{"run.exe", "application/octet-stream", []byte("MZ"), "pdf"},
		{"letter.pdf", "application/pdf", []byte("not a document"), "pdf"},
		{"large.txt", "text/plain", []byte(strings.Repeat("a", 20<<20+1)), "larger than 20 MB"},
	} {
		refused := page.form("Attach").file("file", c.name, c.kind, c.content).send().is(http.StatusUnprocessableEntity)
		if refused.first("#f-file").attr("aria-invalid") != "true" || !strings.Contains(refused.first("#f-file-error").textOrNone(), c.says) {
			t.Errorf("%s is not refused at its field: %s", c.name, refused.first("#f-file-error").textOrNone())
		}
	}
	none := page.form("Attach").sendAnyway().is(http.StatusUnprocessableEntity)
	if none.first("#f-file-error").Node == nil {
		t.Error("no file is chosen and nothing is said at the field")
	}
	done := page.form("Attach").with("title", "Signed letter").file("file", "letter.txt", "text/plain", []byte("We report by Friday.\n")).send().ok().says("Attached: letter.txt", "Signed letter")
	if done.title() != page.title() {
		t.Errorf("after attaching comes %s", done.title())
	}
	content := done.get("letter.txt")
	if content.body != "We report by Friday.\n" || !strings.HasPrefix(content.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("given out: %q %v", content.body, content.header)
	}
	file := strings.TrimSuffix(strings.Split(content.path, "?")[0], "/content")
	as(t, "preparer-028@demo.example").get(file).is(http.StatusNotFound)
	as(t, "preparer-028@demo.example").get(file + "/content").is(http.StatusNotFound)
	if seen := as(t, auditing).get(file).ok(); len(seen.all("main form")) > 0 {
		t.Error("the auditor is offered to withdraw")
	}
	detail := v.get(file).ok()
	if silent := detail.form("Yes, withdraw it").sendAnyway().is(http.StatusUnprocessableEntity); silent.first("#f-reason").attr("aria-invalid") != "true" {
		t.Error("a withdrawal without a reason is not refused at its field")
	}
	as(t, auditing).post(file+"/withdrawal", url.Values{"reason": {"No."}, "version": {"1"}}).is(http.StatusForbidden)
	detail.form("Yes, withdraw it").with("reason", "The wrong letter.").send().ok().says("Withdrawn.", "The wrong letter.")
	v.get(address).ok().says("Withdrawn")
}

// get opens the link to a file.
func (p *page) get(name string) *page { p.v.t.Helper(); return p.follow(name).ok() }
