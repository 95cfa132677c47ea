package e2e

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
)

// documents are addresses of everything that the story made for Alder Falls.
func (s *story) documents() []string {
	s.t.Helper()
	auditor := s.as("auditor")
	first := func(list string) string { s.t.Helper(); return auditor.list(list)[0].id() }
	return []string{
		"/organizations/" + s.alder, "/agreements/" + s.agreement, "/applications/" + s.application, "/revisions/" + s.revision,
		"/payments/" + first("/payments?application_id="+s.application), "/expenditures/" + first("/expenditures?application_id="+s.application),
		"/expenditure_imports/" + first("/expenditure_imports?application_id="+s.application),
		"/import_exceptions/" + first("/import_exceptions?application_id="+s.application),
		"/period_reports/" + first("/period_reports?application_id="+s.application), "/flags/" + s.flag("behind_pace").id(),
		"/due_items/" + first("/due_items?agreement_id="+s.agreement),
	}
}

// changes are requests that change those documents.
func (s *story) changes() map[string]body {
	return map[string]body{
		"/agreements/" + s.agreement + "/transitions":           {"event": "end", "comment": "x"},
		"/revisions/" + s.revision + "/transitions":             {"event": "withdraw", "comment": "x"},
		"/flags/" + s.flag("behind_pace").id() + "/transitions": {"event": "acknowledge", "comment": "x"},
		"/payments/" + s.first("payments") + "/transitions":     {"event": "cancel", "comment": "x"},
		"/due_items/" + s.first("due_items") + "/completion":    {"comment": "x"},
		"/import_exceptions/" + s.exception() + "/transitions":  {"event": "dismiss", "comment": "x"},
		"/revisions/" + s.revision + "/line_items":              services(s.high, s.itb, 100),
	}
}

func (s *story) first(list string) string {
	s.t.Helper()
	return s.as("auditor").list("/" + list + "?organization_id=" + s.alder)[0].id()
}

func (s *story) exception() string {
	s.t.Helper()
	return where(s.as("auditor").list("/import_exceptions?application_id="+s.application), "status", "open").id()
}

func (s *story) visibility() {
	stranger, auditor := s.as("stranger"), s.as("auditor")
	for _, path := range s.documents() {
		auditor.get(path)
		s.as("official").get(path)
		s.nobody().send("GET", path, nil).refused(401, "sign_in_required")
		stranger.send("GET", path, nil).refused(404, "not_found")
	}
	for path, in := range s.changes() {
		s.nobody().send("POST", path, in, "If-Match", `"1"`).refused(401, "sign_in_required")
		stranger.send("POST", path, in, "If-Match", `"1000"`).refused(404, "not_found")      // the version would tell
		if got := auditor.change("POST", path, in); got.status != 403 && got.status != 409 { // 409: nobody can take the step any more
			s.t.Errorf("the auditor changed something: %s %d %s", got.asked, got.status, got.text)
		}
	}
	exception := "/applications/" + s.application + "/window_exception"
	stranger.send("PUT", exception, body{"until": "2026-12-31", "comment": "x"}, "If-Match", `"1000"`).refused(404, "not_found")
	stale := s.as("manager").send("PUT", exception, body{"until": "2026-12-31", "comment": "x"}, "If-Match", `"1000"`)
	stale.refused(412, "stale")
	s.same("the ETag beside a 412", stale.header.Get("ETag"), s.as("manager").send("GET", "/applications/"+s.application, nil).header.Get("ETag"))
	for _, list := range []string{"applications", "revisions", "line_items", "payments", "expenditures", "flags", "agreements", "allocations", "due_items"} {
		for _, d := range stranger.list("/" + list) {
			if d.text("organization_id") != s.birch {
				s.t.Errorf("the stranger sees %s of %s", list, d.text("organization_id"))
			}
		}
	}
	stranger.send("GET", "/audit_events?document_kind=application&document_id="+s.application, nil).refused(404, "not_found")
	auditor.send("POST", "/applications", body{"grant_year_id": s.year, "organization_id": s.birch}).refused(403, "permission.role")

	answer := auditor.csvAnswer("/line_items?application_id=" + s.application)
	rows, err := csv.NewReader(strings.NewReader(string(answer.text))).ReadAll()
	if err != nil || len(rows) != 5 || !slices.Contains(rows[0], "amount_cents") || !strings.HasPrefix(answer.header.Get("Content-Type"), "text/csv") {
		s.t.Errorf("line items as CSV: %v %v", err, rows)
	}
	s.same("applications as CSV", strings.Count(s.as("official").csv("/applications"), "\n"), 2)
}

// audit: the trail of the application and its revisions is complete, and what is done to it
// behind the program's back is found.
func (s *story) audit() {
	auditor := s.as("auditor")
	for _, d := range []struct {
		kind, id string
		actions  []string
	}{
		{"application", s.application, []string{"create", "take_force", "take_force"}},
		{"revision", s.revision, []string{"create", "add_line_item", "submit", "decide", "return", "submit", "approve", "approve"}},
	} {
		events := auditor.list("/audit_events?limit=100&document_kind=" + d.kind + "&document_id=" + d.id)
		slices.Reverse(events) // the newest come first
		previous := ""
		var actions []string
		for i, e := range events {
			s.same("sequence", e.number("sequence"), int64(i+1))
			s.same("chain", e.text("previous_hash"), previous)
			if e.text("actor_id") == "" || e.text("request_id") == "" || e.text("at") == "" {
				s.t.Errorf("%s %d does not say who or when: %v", d.kind, i+1, e)
			}
			previous = e.text("hash")
			actions = append(actions, e.text("action"))
		}
		at := 0
		for _, action := range actions { // the steps stand in this order, other changes between them
			if at < len(d.actions) && strings.HasPrefix(action, d.actions[at]) {
				at++
			}
		}
		if at < len(d.actions) {
			s.t.Errorf("%s: no %s in %v", d.kind, d.actions[at], actions)
		}
		s.same("versions of the "+d.kind, auditor.get("/"+d.kind+"s/"+d.id).number("version"), int64(len(events)))
	}
	clean := auditor.get("/audit_verification")
	s.same("the trail", []any{clean["intact"], clean.number("changed"), clean.number("removed"), clean.number("inserted")}, []any{true, int64(0), int64(0), int64(0)})
	s.as("preparer").send("GET", "/audit_verification", nil).refused(403, "permission.role")

	s.tamper("UPDATE audit_events SET reason = 'nothing to see' WHERE document_id = '%s' AND sequence = 1", s.revision)
	s.tamper("DELETE FROM audit_events WHERE document_id = '%s' AND sequence = 2", s.application)
	s.tamper("UPDATE payments SET paid_cents = paid_cents + 1, version = version + 1 WHERE organization_id = '%s'", s.alder)
	s.tamper("INSERT INTO audit_events (id, at, actor_id, actor_name, action, document_kind, document_id, sequence, reason, changes, request_id, rule_version, previous_hash, hash) "+
		"SELECT 'forged', at, actor_id, actor_name, action, document_kind, document_id, 900, reason, changes, request_id, rule_version, hash, 'forged' "+
		"FROM audit_events WHERE document_id = '%s' AND sequence = 1", s.agreement)
	broken := auditor.get("/audit_verification")
	if broken["intact"] != false || broken.number("changed") == 0 || broken.number("removed") == 0 || broken.number("inserted") == 0 {
		s.t.Errorf("tampering was not found: %v", broken)
	}
	for _, id := range []string{s.revision, s.application, s.agreement} {
		if where(broken.docs("findings"), "document_id", id) == nil {
			s.t.Errorf("no finding about %s", id)
		}
	}
	s.as("administrator").send("POST", "/jobs/audit/runs", body{"date": "2026-06-12", "force": false}).refused(500, "")
}

// tamper does what somebody with the database's password could do: first take the guard
// away, which the program itself never can.
func (s *story) tamper(statement, id string) {
	s.t.Helper()
	db := s.app.DB
	before, after := []string{"DROP TRIGGER IF EXISTS audit_events_no_update", "DROP TRIGGER IF EXISTS audit_events_no_delete"}, []string{}
	if db.Dialect() == "postgres" {
		before, after = []string{"ALTER TABLE audit_events DISABLE TRIGGER USER"}, []string{"ALTER TABLE audit_events ENABLE TRIGGER USER"}
	}
	if strings.Contains(statement, "audit_events SET") { // once with the guard in place
		if _, err := db.SQL().Exec(fmt.Sprintf(statement, id)); err == nil {
			s.t.Error("the audit trail can be rewritten")
		}
	}
	for _, sql := range slices.Concat(before, []string{fmt.Sprintf(statement, id)}, after) {
		if _, err := db.SQL().Exec(sql); err != nil {
			s.t.Fatalf("%s: %v", sql, err)
		}
	}
}
