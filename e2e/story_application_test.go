package e2e

import (
	"strings"
	"testing"

	"earmark/models"
)

// benchmark is a target as the liaison enters it.
func benchmark(goal, kind, of, value string) body {
	return body{"goal_id": goal, "kind": kind, "type": of, "measure": "Students who reach it", "source": "NWEA", "baseline": "39.00",
		"goal_value": value, "unit": "percent", "due_on": map[string]string{"ITB": "2027-06-30", "ETO": "2028-11-30"}[kind]}
}

// signedAgreement makes a district's agreement with every required target, reviewed and
// signed; its documents are of that grant year.
func (w *world) signedAgreement(year, organization string, assigned, approved, signed models.Date) doc {
	w.t.Helper()
	liaison := w.as("liaison")
	a := liaison.post("/agreements", body{"organization_id": organization, "cohort": "Five", "assigned_on": assigned, "needs_approved_on": approved,
		"term_start": signed})
	path := "/agreements/" + a.id()
	a = liaison.change("POST", path+"/goals", body{"title": "Reading by grade 3", "area": "Student Achievement"}).ok()
	goal := a.docs("goals")[0].id()
	for _, of := range []string{"local_academic", "state_academic", "attendance", "process"} {
		liaison.change("POST", path+"/targets", benchmark(goal, "ITB", of, "50.00")).ok()
		liaison.change("POST", path+"/targets", benchmark(goal, "ETO", of, "67.00")).ok()
	}
	liaison.change("PATCH", path, body{"not_applicable": []string{"graduation"}}).ok()
	a = liaison.change("POST", path+"/strategies", body{"goal_id": goal, "title": "Small reading groups every day"}).ok()
	liaison.change("POST", path+"/activities", body{"strategy_id": a.docs("strategies")[0].id(), "title": "Train tutors of grades 1 to 3", "responsible": "Reading coach"}).ok()
	w.approvedNeeds(year, organization)
	w.signedFinal(year, organization, signed)
	return liaison.get(path)
}

// approvedNeeds is a district's needs assessment, handed in and approved.
func (w *world) approvedNeeds(year, organization string) {
	w.t.Helper()
	marks := body{}
	for _, part := range []string{"area_of_inquiry", "data_discovery", "initiative_inventory", "gap_analysis", "data_story", "root_causes", "challenge"} {
		marks[part] = body{"done": true, "evidence": "Improvement plan"}
	}
	w.as("manager").step(w.handedIn(year, organization, "needs_assessment", body{"areas": []string{"Reading"}}, marks), "approve").ok()
}

// signedFinal is a district's final agreement: handed in, reviewed, signed by both.
func (w *world) signedFinal(year, organization string, signed models.Date) {
	w.t.Helper()
	path := w.handedIn(year, organization, "final_agreement", body{"measures": []body{{"kind": "Less autonomy", "reconstitution": false}, {"kind": "Reconstitution", "reconstitution": true}}},
		body{"assurances": body{"done": true}, "resource_review": body{"not_applicable": true}})
	for _, x := range [][]string{{"liaison", "approve"}, {"manager", "approve"}, {"official", "sign", "superintendent"}, {"manager", "sign", "office"}} {
		if x[1] == "approve" {
			w.as(x[0]).step(path, "approve").ok()
			continue
		}
		w.as(x[0]).step(path, "sign", "party", x[2], "signer_name", "Pat Example", "signed_on", signed).ok()
	}
}

// handedIn writes a record of the district's agreement and submits it.
func (w *world) handedIn(year, organization, kind string, fields, checklist body) string {
	w.t.Helper()
	path := "/records/" + w.as("preparer").post("/records", body{"grant_year_id": year, "kind": kind, "organization_id": organization, "fields": fields}).id()
	w.as("preparer").change("PATCH", path, body{"checklist": checklist}).ok()
	w.as("official").step(path, "submit").ok()
	return path
}

func (s *story) agreements() {
	s.today("2025-11-28")
	s.as("manager").step("/agreements/"+s.as("liaison").post("/agreements", body{"organization_id": s.cedar, "cohort": "Five",
		"assigned_on": "2025-09-01", "term_start": "2025-11-24", "term_end": "2028-11-23"}).id(), "sign").refused(409, "agreement.signed_by_record")
	a := s.signedAgreement(s.year, s.alder, "2025-09-01", "2025-11-20", "2025-11-24")
	s.agreement, s.goal = a.id(), a.docs("goals")[0].id()
	for _, target := range a.docs("targets") {
		if target.text("type") == "local_academic" {
			*map[string]*string{"ITB": &s.itb, "ETO": &s.eto}[target.text("kind")] = target.id()
		}
	}
	liaison := s.as("liaison")
	path := "/agreements/" + s.agreement
	liaison.change("PUT", path+"/targets/"+s.eto, benchmark(s.goal, "ETO", "local_academic", "60.00")).refused(409, "agreement.targets_fixed")
	liaison.change("DELETE", path+"/targets/"+s.itb, nil).refused(409, "agreement.targets_fixed")
	liaison.change("POST", path+"/goals", body{"title": "Another goal", "area": "Systems"}).refused(409, "agreement.targets_fixed")
	liaison.change("PATCH", path, body{"term_end": "2029-11-23"}).refused(409, "agreement.fixed")
}

// services is a line of purchased services that passes every check.
func services(school, target string, amount models.Cents) body {
	return body{"use_category": "4", "function_code": "221", "cost_kind": "purchased_services", "school_id": school,
		"description": "Reading cohort for 20 teachers of the partnership school, two days", "metric": "NWEA growth", "data_source": "NWEA",
		"costs": []body{{"object_code": "3120", "amount_cents": amount}}, "links": []body{{"target_id": target}}}
}

// with is a copy of a body with other members; they come in pairs.
func (b body) with(pairs ...any) body {
	out := body{}
	for k, v := range b {
		out[k] = v
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1] //nolint:forcetypeassert // a name, by this package's own hand
	}
	return out
}

// apply starts an application and answers it with its revision 0.
func (w *world) apply(year, organization string) (application, revision string) {
	w.t.Helper()
	preparer := w.as("preparer")
	application = preparer.post("/applications", body{"grant_year_id": year, "organization_id": organization}).id()
	return application, preparer.list("/revisions?application_id=" + application)[0].id()
}

func (s *story) writes() {
	preparer := s.as("preparer")
	s.application, s.revision = s.apply(s.year, s.alder)
	preparer.send("POST", "/applications", body{"grant_year_id": s.year, "organization_id": s.alder}).refused(409, "application.exists")
	s.as("stranger").send("POST", "/applications", body{"grant_year_id": s.year, "organization_id": s.alder}).refused(404, "not_found")
	lines := "/revisions/" + s.revision + "/line_items"

	preparer.change("POST", lines, services(s.high, s.itb, 1000000)).ok()
	tool := services(s.high, s.eto, 305300).with("use_category", "8", "function_code", "281", "costs", []body{{"object_code": "3450", "amount_cents": 305300}},
		"description", "Data analytics tool for the partnership schools of the district", "impact_statement", "Teachers see results the next day.",
		"resources_statement", "No other fund pays for a tool.")
	preparer.change("POST", lines, tool).ok()
	preparer.change("POST", lines, services(s.elementary, s.itb, 6000000).with("function_code", "125", "cost_kind", "personnel",
		"description", "3 paraprofessionals (2.0 FTE), supplemental reading", "fte", "2.00", "staff_count", 3, "rate_cents", 2250,
		"costs", []body{{"object_code": "1630", "amount_cents": 4500000}, {"object_code": "2820", "amount_cents": 1500000}})).ok()
	saved := preparer.change("POST", lines, services(s.high, "", 2000000).with("links", []body{}, "cost_kind", "professional_development",
		"use_category", "1", "topic", "Structured literacy", "staff_count", 20, "days", "2", "rate_cents", 50000,
		"costs", []body{{"object_code": "3220", "amount_cents": 2000000}}, "description", "Cohort of 20 teachers, two days")).ok()
	s.finds(saved.docs("findings"), "line.target")

	// What the checks find does not keep a draft from being saved: nothing typed is lost.
	preparer.change("POST", lines, services(s.high, s.itb, 500000).with("function_code", "999")).refused(422, "line_item.unknown_code")
	spoilt := services(s.high, s.itb, 500000).with("use_category", "6", "grades", "4", "metric", "", "description", "Short")
	bad := preparer.change("POST", lines, spoilt).ok()
	found := preparer.get("/revisions/" + s.revision + "/validation")
	for _, code := range []string{"line.class_size_grades", "line.description", "line.metric"} {
		s.finds(bad.docs("findings"), code)
		s.finds(found.docs("findings"), code)
	}
	if found.number("error_count") < 3 || found.number("warning_count") < 1 {
		s.t.Errorf("validation finds %d errors and %d warnings", found.number("error_count"), found.number("warning_count"))
	}
	for _, f := range found.docs("findings") {
		if f.text("severity") == "error" && (f.text("detail") == "" || !strings.HasPrefix(f.text("pointer"), "/") && f.text("code") != "window.closed") {
			s.t.Errorf("finding %v", f)
		}
	}
	preparer.change("DELETE", lines+"/5", nil).ok()
	left := preparer.get("/revisions/" + s.revision + "/validation")
	s.same("what is left", []any{left.number("error_count"), left.docs("findings")[0].text("code")}, []any{int64(1), "window.closed"})

	preparer.change("POST", lines, services(s.high, s.itb, 200000000)).refused(422, "line_item.over_allocation")
	s.optimistic(lines)
}

// optimistic: who saves over somebody else's change is told the version that counts.
func (s *story) optimistic(lines string) {
	s.t.Helper()
	preparer := s.as("preparer")
	old := preparer.send("GET", "/revisions/"+s.revision, nil).header.Get("ETag")
	line := services(s.high, s.itb, 1000000)
	now := s.as("official").change("PUT", lines+"/1", line.with("metric", "NWEA growth in reading"))
	now.ok()
	stale := preparer.send("PUT", lines+"/1", line.with("metric", "overwritten"), "If-Match", old)
	stale.refused(412, "")
	s.same("the ETag beside a 412", stale.header.Get("ETag"), now.header.Get("ETag"))
	preparer.send("PUT", lines+"/1", line).refused(428, "if_match_required")
	s.same("what stayed", preparer.get(lines+"/1").text("metric"), "NWEA growth in reading")
	s.same("not modified", preparer.send("GET", "/revisions/"+s.revision, nil, "If-None-Match", now.header.Get("ETag")).status, 304)
}

// finds wants a finding with a code.
func (s *story) finds(findings []doc, code string) {
	s.t.Helper()
	if where(findings, "code", code) == nil {
		s.t.Errorf("no %s among %v", code, findings)
	}
}

func (s *story) submits() {
	official, path := s.as("official"), "/revisions/"+s.revision
	official.step(path, "submit").refused(409, "window.closed")
	s.today("2026-01-05")
	s.as("preparer").step(path, "submit").refused(403, "permission.role")
	s.as("stranger").send("POST", path+"/transitions", body{"event": "submit"}, "If-Match", `"1"`).refused(404, "not_found")
	s.same("status", official.step(path, "submit").ok().text("status"), "submitted")
	s.as("preparer").change("PUT", path+"/line_items/1", services(s.high, s.itb, 900000)).refused(409, "revision.locked")
	official.step(path, "submit").refused(409, "")
}

func (s *story) reviews() {
	liaison, fiscal, path := s.as("liaison"), s.as("fiscal"), "/revisions/"+s.revision
	s.today("2026-01-12")
	if where(liaison.list("/review_queue"), "id", s.revision) == nil {
		s.t.Error("the revision is not in the review queue")
	}
	fiscal.step(path, "approve").refused(403, "review.not_your_step")
	s.as("preparer").change("PUT", path+"/line_items/1/decision", body{"decision": "approved"}).refused(403, "")
	liaison.change("PUT", path+"/line_items/1/decision", body{"decision": "approved"}).ok()
	liaison.change("PUT", path+"/line_items/4/decision", body{"decision": "approved"}).refused(422, "line_item.unlinked")
	liaison.change("PUT", path+"/line_items/4/decision", body{"decision": "returned"}).refused(422, "required")
	liaison.change("PUT", path+"/line_items/4/decision", body{"decision": "returned", "reason": "Which outcome does it serve?"}).ok()
	liaison.step(path, "approve").refused(409, "revision.lines_returned")
	s.same("status", liaison.step(path, "return").ok().text("status"), "returned")

	preparer := s.as("preparer")
	line := preparer.get(path + "/line_items/4")
	s.same("the reason", line.text("decision_reason"), "Which outcome does it serve?")
	preparer.change("PUT", path+"/line_items/4", services(s.high, s.eto, 2000000).with("cost_kind", "professional_development", "use_category", "1",
		"topic", "Structured literacy", "staff_count", 20, "days", "2", "rate_cents", 50000,
		"costs", []body{{"object_code": "3220", "amount_cents": 2000000}}, "description", "Cohort of 20 teachers, two days")).ok()
	s.today("2026-01-15")
	s.as("deputy").step(path, "submit").ok()
	s.today("2026-01-19")
	s.same("status", s.as("liaison").step(path, "approve").ok().text("status"), "in_review")
	s.as("liaison").step(path, "approve").refused(403, "review.not_your_step")
	s.today("2026-01-20")
	s.as("official").change("PUT", path+"/line_items/1/decision", body{"decision": "approved"}).refused(403, "")
	s.same("status", s.as("fiscal").step(path, "approve").ok().text("status"), "approved")

	app := s.as("official").get("/applications/" + s.application)
	s.same("in force", []any{app.text("in_force_revision_id"), app.text("status"), app.cents("approved_cents")},
		[]any{s.revision, "in_force", models.Cents(9305300)})
	notice := s.as("official").send("GET", path+"/award_notice", nil)
	if notice.status != 200 || !strings.HasPrefix(notice.header.Get("Content-Type"), "text/html") ||
		!strings.Contains(string(notice.text), "$93,053.00") || !strings.Contains(string(notice.text), "Alder Falls (synthetic)") {
		s.t.Errorf("award notice: %d %s\n%.300s", notice.status, notice.header.Get("Content-Type"), notice.text)
	}
	s.lines = map[string]string{}
	for _, l := range s.as("auditor").list("/line_items?application_id=" + s.application) {
		s.lines[l["number"].(interface{ String() string }).String()] = l.id() //nolint:forcetypeassert // the contract says so
	}
}

// A denied application ends that attempt; the district may try again with what it learned.
func TestDeniedApplicationCanBeStartedAgain(t *testing.T) {
	t.Parallel()
	o := givenOffice(t, in2026)
	application, revision := o.apply(o.year, o.district)
	o.line(revision, o.itb, 100000)
	path := "/revisions/" + revision
	o.as("official").step(path, "submit").ok()
	o.as("liaison").step(path, "approve").ok()
	o.as("fiscal").step(path, "deny").refused(422, "")
	o.same("status", o.as("fiscal").step(path, "deny", "comment", "The cohort is funded elsewhere.").ok().text("status"), "denied")
	o.as("preparer").change("POST", path+"/line_items", services(o.school, o.itb, 100)).refused(409, "revision.locked")
	o.as("official").step(path, "submit").refused(409, "")

	second := o.as("preparer").post("/revisions", body{"application_id": application, "reason": "Another cohort."}).id()
	o.line(second, o.eto, 200000)
	o.approve(second)
	now := o.as("official").get("/applications/" + application)
	o.same("in force", []any{now.text("in_force_revision_id"), now.cents("approved_cents")}, []any{second, models.Cents(200000)})
	o.same("the denied one", o.as("auditor").get(path).text("status"), "denied")
}
