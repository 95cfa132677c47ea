package e2e

import (
	"slices"
	"strings"
	"time"

	"earmark/models"
)

// runs does a job for a date, as the administrator's button does.
func (w *world) runs(job string, date models.Date) doc {
	w.t.Helper()
	return w.as("administrator").post("/jobs/"+job+"/runs", body{"date": date, "force": false})
}

// nightFor is what happens after midnight: flags and notices for the day that is over, one
// digest per person, and the mails sent.
func (w *world) nightFor(date models.Date) {
	w.t.Helper()
	w.today(date.AddDays(1))
	w.runs("utilization", date)
	w.runs("digest", date)
	w.runs("mail", date)
}

// flagged are the flags of a district that live, as rule and status.
func (w *world) flagged(organization string) []string {
	w.t.Helper()
	var out []string
	for _, f := range w.as("auditor").list("/flags?limit=100&organization_id=" + organization) {
		if f.text("status") != "resolved" {
			out = append(out, f.text("rule")+" "+f.text("status"))
		}
	}
	slices.Sort(out)
	return out
}

func (s *story) flag(rule string) doc {
	s.t.Helper()
	return where(s.as("auditor").list("/flags?limit=100&organization_id="+s.alder), "rule", rule)
}

func (s *story) night() {
	for _, d := range s.as("liaison").list("/due_items?agreement_id=" + s.agreement) { // delivered in time, noted late
		if d.text("status") == "done" || d.text("due_on") > "2026-05-20" { // with the signature; not yet due
			continue
		}
		s.as("liaison").change("POST", "/due_items/"+d.id()+"/completion", body{"done_on": d.text("due_on"), "comment": "Received."}).ok()
	}
	server := s.mail
	server.mu.Lock()
	server.refuse = 1
	server.mu.Unlock()
	s.as("liaison").send("POST", "/jobs/utilization/runs", body{"date": "2026-05-20", "force": false}).refused(403, "permission.role")
	s.nightFor("2026-05-20")
	want := []string{"behind_pace open", "below_minimum open", "spent_before_approval open", "spent_without_result open"} // no target has a result yet
	s.same("flags", s.flagged(s.alder), want)
	evidence := s.as("official").get("/flags/" + s.flag("spent_before_approval").id())
	s.same("early money", []any{evidence.number("measure"), evidence.text("first_seen"), evidence.text("line_item_id")}, []any{int64(50000), "2026-05-20", s.lines["3"]})
	if len(evidence.doc("evidence")) == 0 || evidence.text("detail") == "" {
		s.t.Errorf("a flag without evidence: %v", evidence)
	}
	u := s.as("official").get("/applications/" + s.application + "/utilization?as_of=2026-05-20")
	s.same("utilization", []models.Cents{u.cents("approved_cents"), u.cents("paid_cents"), u.cents("spent_cents")},
		[]models.Cents{9705300, 9305300, s.spent("1") + s.spent("2") + s.spent("3") + s.spent("4")})

	s.mails(server, want)
	s.answers()
	s.heals()
}

// mails: the first delivery is put off by the server and made later under the same
// Message-ID; nothing is mailed twice, however often the night is repeated.
func (s *story) mails(server *mailServer, flags []string) {
	s.t.Helper()
	waiting := where(s.as("administrator").list("/mails?limit=100"), "status", "queued")
	if waiting.text("last_error") == "" || waiting.number("attempts") != 1 {
		s.t.Errorf("the put-off mail: %v", waiting)
	}
	sent := len(server.letters(""))
	s.clock.set(s.clock.now().Add(2 * time.Minute))
	s.runs("mail", "2026-05-20")
	s.same("letters after the pause", len(server.letters("")), sent+1)
	for _, name := range []string{"preparer", "official", "liaison"} {
		p := s.as(name)
		letters := server.letters(p.email)
		if len(letters) != 1 {
			s.t.Errorf("%s got %d letters", name, len(letters))
			continue
		}
		s.same("Message-ID of "+name, letters[0].messageID, "<digest.2026-05-20."+p.id+"@earmark.example>")
		if !strings.HasPrefix(letters[0].subject, "[Section 21h]") && !strings.Contains(letters[0].subject, "2026-05-20") {
			s.t.Errorf("subject %q", letters[0].subject)
		}
	}
	all := server.letters("")
	admin := s.as("administrator")
	admin.send("POST", "/jobs/utilization/runs", body{"date": "2026-05-20", "force": false}).refused(409, "job.not_run")
	for _, job := range []string{"utilization", "digest", "mail"} {
		admin.send("POST", "/jobs/"+job+"/runs", body{"date": "2026-05-20", "force": true}).ok()
	}
	s.same("letters after a repeated night", len(server.letters("")), len(all))
	s.same("flags after a repeated night", s.flagged(s.alder), flags)
	for _, n := range s.as("preparer").list("/notices?unread=true") {
		if n.text("event") == "flag.opened" && n.text("why") == "" {
			s.t.Errorf("a notice that does not say why: %v", n)
		}
	}
}

// answers: a district replies, the office waives until a day.
func (s *story) answers() {
	s.t.Helper()
	pace, minimum := "/flags/"+s.flag("behind_pace").id(), "/flags/"+s.flag("below_minimum").id()
	s.as("preparer").step(pace, "acknowledge").refused(422, "")
	s.as("preparer").step(pace, "acknowledge", "comment", "The cohort starts in June.").ok()
	s.as("preparer").step(minimum, "waive", "comment", "please", "until", "2026-06-10").refused(403, "permission.role")
	s.as("fiscal").step(minimum, "waive", "comment", "The award came late.", "until", "2026-05-20").refused(422, "flag.waived_into_past")
	s.as("fiscal").step(minimum, "waive", "comment", "The award came late.", "until", "2026-06-10").ok()
	s.same("flags", s.flagged(s.alder), []string{"behind_pace acknowledged", "below_minimum waived", "spent_before_approval open", "spent_without_result open"})
}

// heals: the early entry is reversed, and the next night closes its flag and says so.
func (s *story) heals() {
	s.t.Helper()
	var early doc
	for _, e := range s.as("preparer").list("/expenditures?limit=100&line_item_id=" + s.lines["3"]) {
		if e.text("spent_on") == "2026-01-10" {
			early = e
		}
	}
	s.as("preparer").post("/expenditures/"+early.id()+"/reversal", body{"comment": "Paid before the approval; moved to local funds."})
	s.nightFor("2026-05-21")
	s.same("flags", s.flagged(s.alder), []string{"behind_pace acknowledged", "below_minimum waived", "spent_without_result open"})
	s.same("the healed flag", []string{s.flag("spent_before_approval").text("status"), s.flag("spent_before_approval").text("resolved_on")}, []string{"resolved", "2026-05-21"})
	letters := s.mail.letters(s.as("preparer").email)
	s.same("the preparer's letters", len(letters), 2)
	if !strings.Contains(letters[len(letters)-1].text, "Resolved") {
		s.t.Errorf("the second letter does not tell it: %.800s", letters[len(letters)-1].text)
	}
	s.nightFor("2026-06-11") // the waiver is over and the finding holds; the pace got clearly worse; the worksheets were due on May 31
	s.same("flags", s.flagged(s.alder), []string{"behind_pace open", "below_minimum open", "spent_without_result open",
		"worksheet_missing open", "worksheet_missing open", "worksheet_missing open", "worksheet_missing open"})
}
