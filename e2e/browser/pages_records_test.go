package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// step is the form of the page that takes a step.
func (p *page) step(event string) *form {
	p.v.t.Helper()
	for _, n := range p.all("main form") {
		if n.first(`input[name="event"]`).Node != nil && n.first(`input[name="event"]`).attr("value") == event {
			return p.filled(n, n.first("button"))
		}
	}
	p.v.t.Fatalf("%s: %s offers no step %s: %s", p.v.email, p.path, event, p.main())
	return nil
}

// A worksheet is begun for a line, filled in, submitted and reviewed.
func TestARecordIsWrittenSubmittedAndReviewed(t *testing.T) {
	t.Parallel()
	v := as(t, "preparer-028@demo.example")
	begin := v.get("/records/new?kind=implementation_worksheet").ok()
	f := begin.form("Begin")
	f = f.with("grant_year_id", f.option("grant_year_id", "21h Partnership District Grant FY2026"))
	if missing := f.with("line", "99").send(); missing.status != http.StatusUnprocessableEntity && missing.status != http.StatusConflict {
		t.Errorf("a line that is not there is answered %d", missing.status)
	}
	edit := f.with("line", "1").send().ok().says("It is begun.")
	record := strings.TrimSuffix(strings.Split(edit.path, "?")[0], "/edit")
	as(t, "preparer-029@demo.example").get(record).is(http.StatusNotFound)
	as(t, "preparer-029@demo.example").get(record + "/edit").is(http.StatusNotFound)
	wrong := edit.form("Save").with("fields.line", "one").send().is(http.StatusUnprocessableEntity)
	if wrong.first("#f-fields-line").attr("aria-invalid") != "true" {
		t.Errorf("a line that is no number is not refused at its field: %s", wrong.main())
	}
	behind := edit.form("Save").with("fields.done_so_far", "Two of five teams meet.").with("fields.status", "behind").with("fields.next_steps", "The others begin in September.").send().ok().says("Saved.", "nothing says why")
	if old := edit.form("Save").with("fields.done_so_far", "Written on an old page.").send().is(http.StatusPreconditionFailed); !strings.Contains(old.body, "Two of five teams meet.") || !strings.Contains(old.body, "Written on an old page.") {
		t.Error("an old page does not show both versions")
	}
	v.get(behind.address(record+"/edit")).ok().form("Save").with("fields.obstacles", "Two positions are vacant.").send().ok().says("Saved.", "Two positions are vacant.").hides("nothing says why")
	v.get(record).ok().form("Attach").with("title", "Minutes of a team").file("file", "minutes.txt", "text/plain", []byte("Team 1 met.")).send().ok().says("Attached: minutes.txt")
	page := v.get(record).ok()
	if len(as(t, auditing).get(record).is(http.StatusOK).all("main form[method=post]")) > 0 {
		t.Error("the auditor is offered a step")
	}
	if len(page.all(`input[name="event"][value="submit"]`)) > 0 {
		t.Error("a preparer is offered what an official submits")
	}
	as(t, "official-028a@demo.example").get(record).ok().step("submit").send().ok()
	v.get(record).ok().says("Submitted").follow("Ask the office to open it").ok()
	v.post(record+"/transitions", url.Values{"event": {"approve"}, "version": {"4"}}).is(http.StatusForbidden)
	office := as(t, "evaluation@demo.example").get(record).ok().says("Two of five teams meet.")
	done := office.step("approve").with("comment", "Read.").send().ok()
	done.says("In force")
	v.get(record).ok().says("In force").hides("Fill in")
}

// An agreement in force is amended, and each side signs in its turn.
func TestARecordIsSignedInOrder(t *testing.T) {
	t.Parallel()
	v := as(t, "preparer-026@demo.example")
	in := v.get("/records?kind=final_agreement").ok()
	record := in.linked("/records/")
	page := v.get(record).ok()
	amend := page.follow("Amend").ok().form("Begin the amendment").with("reason", "A second measure.").send().ok()
	again := strings.TrimSuffix(strings.Split(amend.path, "?")[0], "/edit")
	official := as(t, "official-026a@demo.example")
	saved := amend.form("Save").with("fields.measures.2.kind", "A longer school day").with("fields.measures.2.reconstitution", "false").send().ok().says("Saved.", "A longer school day")
	if len(saved.all(`a[href*="/signatures/"]`)) > 0 {
		t.Error("a draft can be signed")
	}
	official.get(again).ok().step("submit").send().ok()
	for _, email := range []string{"liaison-8@demo.example", managing} {
		as(t, email).get(again).ok().step("approve").send().ok()
	}
	office := as(t, managing).get(again).ok()
	if len(office.all(`a[href*="/signatures/"]`)) > 0 && office.first(`a[href*="/signatures/"]`).attr("href") != again+"/signatures/superintendent" {
		t.Error("the office is asked to sign before the district")
	}
	sign := official.get(again + "/signatures/superintendent").ok()
	if silent := sign.form("Record the signature").sendAnyway().is(http.StatusUnprocessableEntity); silent.first("#f-signer_name").attr("aria-invalid") != "true" {
		t.Error("a signature without a name is not refused at its field")
	}
	sign.form("Record the signature").with("signer_name", "Uma Demo-Official 026a").with("signed_on", "2026-05-01").send().ok().says("The signature is recorded.")
	as(t, managing).get(again).ok().follow("Record the signature").ok().form("Record the signature").with("signer_name", "Max Demo-Manager").with("signed_on", "2026-05-01").send().ok().says("In force")
	v.get(record).ok().says("Superseded")
}

// A meeting is planned by the office, held, written down, and who took something on says
// that it is done.
func TestAMeetingIsPlannedHeldAndFollowedUp(t *testing.T) {
	t.Parallel()
	v := as(t, "preparer-026@demo.example")
	agreement := v.get("/agreements?status=signed").ok().linked("/agreements/")
	office := as(t, managing)
	plan := office.get("/meetings/new?agreement_id=" + lastPart(agreement)).ok().says("Plan a meeting")
	f := plan.form("Plan the meeting").with("meets_on", "2026-04-30").with("agenda", "Attendance\nVacant positions")
	clock := f.with("starts_at", "9 am").send().is(http.StatusUnprocessableEntity)
	if clock.first("#f-starts_at").attr("aria-invalid") != "true" {
		t.Error("an hour that cannot be read is not refused at its field")
	}
	planned := clock.form("Plan the meeting").with("starts_at", "09:30").send().ok().says("The meeting is planned.", "Attendance", "Vacant positions")
	meeting := strings.Split(planned.path, "?")[0]
	as(t, "preparer-028@demo.example").get(meeting).is(http.StatusNotFound)
	v.get(meeting).ok().hides("Add an action", "It was held", "Write notes").form("Propose").with("text", "Substitutes").send().ok().says("It is on the agenda.", "Substitutes")
	v.post(meeting+"/transitions", url.Values{"event": {"hold"}, "version": {"2"}}).is(http.StatusForbidden)
	v.post("/meetings", url.Values{"agreement_id": {lastPart(agreement)}, "meets_on": {"2026-05-02"}}).is(http.StatusForbidden)
	if late := planned.form("Yes, it was held").send().is(http.StatusPreconditionFailed); !strings.Contains(late.main(), "Substitutes") {
		t.Error("what was proposed meanwhile is not shown")
	}
	office.get(meeting).ok().form("Yes, it was held").send().ok().says("Held")
	notes := office.get(meeting + "/edit").ok()
	notes.form("Save").with("notes", "Two substitutes are hired.").send().ok().says("Two substitutes are hired.")
	if old := notes.form("Save").with("notes", "Nobody is hired.").send().is(http.StatusPreconditionFailed); !strings.Contains(old.body, "Two substitutes are hired.") {
		t.Error("an old page of notes does not show both")
	}
	action := office.get(meeting).ok().form("Add the action")
	if silent := action.sendAnyway().is(http.StatusUnprocessableEntity); silent.first("#f-action-text").attr("aria-invalid") != "true" || silent.first("#problems a").attr("href") == "#f-text" {
		t.Errorf("an action without words is not refused at its field: %s", silent.first("#problems").textOrNone())
	}
	action = office.get(meeting).ok().form("Add the action")
	added := action.with("text", "Send the attendance").with("owner_id", action.option("owner_id", "Demo-Preparer 026")).with("due_on", "2026-05-15").send().ok().says("The action is added.")
	added.form("Attach").file("file", "minutes.txt", "text/plain", []byte("Held.")).send().ok().says("Attached: minutes.txt")
	as(t, "official-026a@demo.example").get(meeting).ok().says("Send the attendance")
	own := v.get(meeting).ok().follow("Send the attendance").ok()
	own.form("Save").with("done_on", "2031-01-01").send().is(http.StatusUnprocessableEntity)
	own.form("Save").with("status", "done").with("comment", "Sent by mail.").send().ok().says("Sent by mail.", "Done")
	v.get("/meeting_actions").ok().says("Send the attendance")
}
