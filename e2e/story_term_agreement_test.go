package e2e

import (
	"earmark/models"
)

// aims of both agreements: type, baseline, benchmark, outcome.
var aims = []struct{ kind, measure, source, baseline, itb, eto string }{
	{"state_academic", "Proficient in mathematics", "M-STEP", "10.0", "12.0", "14.0"},
	{"local_academic", "Reach their growth in reading", "NWEA", "39.0", "50.0", "67.0"},
	{"attendance", "Not chronically absent", "Attendance records", "48.0", "56.0", "65.0"},
	{"process", "Teachers who stay", "Staff roster", "51.0", "75.0", "85.0"},
}

// record begins a record of the district, with a checklist, as one of its people.
func (d *recipient) record(year int, kind string, fields, checklist body) string {
	d.s.t.Helper()
	preparer := d.s.as(d.preparer)
	path := "/records/" + preparer.post("/records", body{"grant_year_id": d.s.years[year], "kind": kind, "organization_id": d.id, "fields": fields}).id()
	if checklist != nil {
		preparer.change("PATCH", path, body{"checklist": checklist}).ok()
	}
	return path
}

// needs hands in the needs assessment and lets the office approve it.
func (d *recipient) needs() {
	d.s.t.Helper()
	marks := body{}
	for _, part := range []string{"area_of_inquiry", "data_discovery", "initiative_inventory", "gap_analysis", "data_story", "root_causes", "challenge"} {
		marks[part] = body{"done": true, "evidence": "Improvement plan (synthetic)"}
	}
	path := d.record(2026, "needs_assessment", body{"areas": []string{"Reading in the early grades"}}, marks)
	d.s.as(d.official).step(path, "submit").ok()
	d.s.as("manager").step(path, "approve").ok()
}

// drafts writes goals, targets, strategies and activities.
func (d *recipient) drafts(start models.Date) {
	d.s.t.Helper()
	liaison, path := d.s.as("liaison"), "/agreements/"+d.agreement
	liaison.change("PATCH", path, body{"term_start": start, "not_applicable": []string{"graduation"}}).ok()
	goal := liaison.change("POST", path+"/goals", body{"title": "Pupils read and calculate at grade level", "area": "Student Achievement", "reference": "MICIP goal 1"}).ok().docs("goals")[0].id()
	for _, a := range aims {
		for kind, value := range map[string]string{"ITB": a.itb, "ETO": a.eto} {
			liaison.change("POST", path+"/targets", body{"goal_id": goal, "kind": kind, "type": a.kind, "measure": a.measure, "source": a.source, "baseline": a.baseline,
				"goal_value": value, "unit": "percent", "due_on": map[string]string{"ITB": "2027-06-15", "ETO": "2028-06-15"}[kind]}).ok()
		}
	}
	drafted := liaison.change("POST", path+"/strategies", body{"goal_id": goal, "title": "Small groups every day"}).ok()
	drafted = liaison.change("POST", path+"/activities", body{"strategy_id": drafted.docs("strategies")[0].id(), "title": "Train tutors of grades 1 to 3", "responsible": "Reading coach"}).ok()
	d.targets = map[string]string{}
	for _, t := range drafted.docs("targets") {
		d.targets[t.text("kind")+" "+t.text("type")] = t.id()
	}
}

// signs hands in the final agreement and lets everybody sign it in their order.
func (d *recipient) signs(on models.Date) {
	s := d.s
	s.t.Helper()
	path := d.record(2026, "final_agreement", body{"measures": []body{{"kind": "Less autonomy", "reconstitution": false}, {"kind": "Reconstitution", "reconstitution": true}}},
		body{"assurances": body{"done": true}, "resource_review": body{"done": true}})
	s.as(d.official).step(path, "submit").ok()
	s.as("liaison").step(path, "approve").ok()
	s.as("manager").step(path, "approve").ok()
	s.as("manager").step(path, "sign", "party", "office", "signer_name", "Person Example", "signed_on", on).refused(409, "") // the superintendent first
	s.as(d.official).step(path, "sign", "party", "superintendent", "signer_name", "Person Example", "signed_on", on).ok()
	s.as("manager").step(path, "sign", "party", "office", "signer_name", "Person Example", "signed_on", on).ok()
}

// delivers marks something due of the agreement as received.
func (d *recipient) delivers(code string) {
	d.s.t.Helper()
	for _, item := range d.s.as("liaison").list("/due_items?limit=100&agreement_id=" + d.agreement) {
		if item.text("code") == code && item.text("status") != "done" {
			d.s.as("liaison").change("POST", "/due_items/"+item.id()+"/completion", body{"comment": "Received."}).ok()
		}
	}
}

// due is where something due of the agreement stands.
func (d *recipient) due(code string) string {
	d.s.t.Helper()
	return where(d.s.as(d.preparer).list("/due_items?limit=100&agreement_id="+d.agreement), "code", code).text("status")
}

func (s *term) agreements() {
	s.until("2026-01-20")
	for _, d := range []*recipient{s.alder, s.birch} {
		d.delivers("introduction")
	}
	s.until("2026-02-20")
	s.alder.delivers("goals_review")
	s.birch.delivers("goals_review")
	s.alder.needs()
	s.alder.drafts("2026-04-20")
	s.until("2026-03-20")
	s.alder.delivers("agreement_draft")
	s.same("needs of the two", []string{s.alder.due("needs_assessment"), s.birch.due("needs_assessment")}, []string{"done", "upcoming"})
	s.until("2026-03-24")
	s.same("the day after", []string{s.birch.due("needs_assessment"), s.birch.due("agreement_draft")}, []string{"overdue", "overdue"})
	s.until("2026-03-30")
	s.same("Birch Bay is flagged", s.birch.open(), []string{"due_passed: Needs assessment completed and approved was due on 2026-03-23 and had not come by 2026-03-24 (MCL 388.1621h(2)(a)).",
		"due_passed: Draft of the partnership agreement was due on 2026-03-23 and had not come by 2026-03-24 (Cohort Five overview, timeline)."})
	s.birch.needs()
	s.birch.drafts("2026-05-11")
	s.until("2026-04-20")
	s.alder.signs("2026-04-20")
	lacking := s.as("liaison").get("/agreements/" + s.birch.agreement + "/completeness")
	if len(lacking) == 0 {
		s.t.Error("completeness says nothing")
	}
	s.until("2026-05-11")
	s.birch.delivers("agreement_draft")
	s.alder.delivers("improvement_plan")
	s.birch.delivers("improvement_plan")
	s.birch.signs("2026-05-11")
	signed := s.as("auditor").get("/agreements/" + s.alder.agreement)
	s.same("the term", []string{signed.text("status"), signed.text("signed_on"), signed.text("term_start"), signed.text("term_end")}, []string{"signed", "2026-04-20", "2026-04-20", "2029-04-19"})
	target := s.alder.targets["ETO local_academic"]
	s.as("liaison").change("PUT", "/agreements/"+s.alder.agreement+"/targets/"+target, body{"goal_id": signed.docs("goals")[0].id(), "kind": "ETO", "type": "local_academic", "measure": "Reach their growth in reading",
		"source": "NWEA", "baseline": "39.0", "goal_value": "60.0", "unit": "percent", "due_on": "2028-06-15"}).refused(409, "agreement.targets_fixed")
}

// open tells the live flags of a district, by what they are about.
func (d *recipient) open() (out []string) {
	d.s.t.Helper()
	for _, f := range d.s.as("auditor").list("/flags?limit=100&organization_id=" + d.id) {
		if f.text("status") != "resolved" {
			out = append(out, f.text("rule")+": "+f.text("detail"))
		}
	}
	return out
}
