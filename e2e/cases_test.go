package e2e

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/goccy/go-yaml"

	"earmark/models"
)

// cases are the acceptance cases that need the service: states, permissions, jobs, dates on
// documents; and some that the rules run too, once more over HTTP.
var cases = map[string]func(*testing.T){
	"A-25": caseCategories, "A-26": caseStatements, "A-27": caseGrades, "A-28": caseFixedTargets, "A-29": caseUnlinked,
	"A-30": caseMinimum, "A-31": caseNoRating, "A-32": caseDueDay, "A-34": caseWhoApproves,
}

func TestServiceCasesOfSection21h(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../workflow/testdata/cases-a.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var listed []struct{ ID, Where string }
	if err := yaml.Unmarshal(text, &listed); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	services := 0
	for _, c := range listed {
		known[c.ID] = true
		if c.Where != "service" {
			continue
		}
		services++
		if cases[c.ID] == nil {
			t.Errorf("%s is to be run here and is not", c.ID)
		}
	}
	if services == 0 {
		t.Fatal("the file names no case of the service")
	}
	for id, run := range cases {
		if !known[id] {
			t.Errorf("%s is not in the file", id)
		}
		t.Run(id, func(t *testing.T) { t.Parallel(); run(t) })
	}
}

// attempts saves one line after the other, spoilt as told, and tries to submit each; it
// answers the codes that stood against them. Every line is gone again at the end.
func attempts(t *testing.T, set ...body) [][]string {
	t.Helper()
	o := givenOffice(t, in2026)
	_, revision := o.apply(o.year, o.district)
	path := "/revisions/" + revision
	var out [][]string
	for i, spoilt := range set {
		line := services(o.school, o.itb, 100000)
		maps.Copy(line, spoilt)
		saved := o.as("preparer").change("POST", path+"/line_items", line)
		found := o.as("preparer").get(path + "/validation")
		codes := saved.doc().codes()
		for _, f := range found.docs("findings") {
			codes = append(codes, f.text("code"))
		}
		if found.number("error_count") > 0 {
			o.as("official").step(path, "submit").refused(422, "")
		}
		if saved.status == 201 && i < len(set)-1 {
			o.as("preparer").change("DELETE", path+"/line_items/"+fmt.Sprint(saved.doc().doc("line_item").number("number")), nil).ok()
		}
		out = append(out, slices.DeleteFunc(codes, func(c string) bool { return c == "" }))
	}
	return out
}

func caseCategories(t *testing.T) {
	got := attempts(t, body{"use_category": "9"}, body{"use_category": "Travel"}, body{"use_category": "4"})
	wants(t, got[0], "line_item.unknown_code")
	wants(t, got[1], "line_item.unknown_code")
	same(t, "category 4", got[2], []string{})
}

func caseStatements(t *testing.T) {
	got := attempts(t, body{"use_category": "8", "impact_statement": "It raises reading."}, body{"use_category": "8", "resources_statement": "The general fund is spent."},
		body{"use_category": "8", "impact_statement": "It raises reading.", "resources_statement": "The general fund is spent."})
	wants(t, got[0], "line.resources_statement")
	wants(t, got[1], "line.impact_statement")
	same(t, "both statements", got[2], []string{})
}

func caseGrades(t *testing.T) {
	got := attempts(t, body{"use_category": "6", "grades": "4"}, body{"use_category": "6", "grades": "K-3"})
	wants(t, got[0], "line.class_size_grades")
	same(t, "grades K-3", got[1], []string{})
}

func wants(t *testing.T, codes []string, code string) {
	t.Helper()
	if !slices.Contains(codes, code) {
		t.Errorf("no %s among %v", code, codes)
	}
}

// An amendment may change a strategy or activity; benchmarks and outcomes are fixed.
func caseFixedTargets(t *testing.T) {
	o := givenOffice(t, in2026)
	application, _ := o.inForce(1000000)
	o.today("2026-02-02")
	preparer := o.as("preparer")
	amendment := preparer.post("/revisions", body{"application_id": application, "reason": "Another activity."}).id()
	preparer.change("PUT", "/revisions/"+amendment+"/line_items/1", services(o.school, o.itb, 1000000).with("plan_activity", "Coaching in class")).ok()
	same(t, "submitted", o.as("official").step("/revisions/"+amendment, "submit").ok().text("status"), "submitted")

	target := "/agreements/" + o.agreement + "/targets/" + o.eto
	now := o.as("liaison").get("/agreements/" + o.agreement)
	goal := now.docs("goals")[0].id()
	for _, name := range []string{"liaison", "manager"} {
		o.as(name).change("PUT", target, benchmark(goal, "ETO", "local_academic", "60.00")).refused(409, "agreement.targets_fixed")
	}
	preparer.change("PUT", target, benchmark(goal, "ETO", "local_academic", "60.00")).refused(403, "permission.role")
	same(t, "the targets", fmt.Sprint(o.as("liaison").get("/agreements/" + o.agreement)["targets"]), fmt.Sprint(now["targets"]))
}

// Lines linked to an ITB, to an ETO, to a goal only, and to nothing. The last two can be
// submitted and are flagged the night after; they cannot be approved.
func caseUnlinked(t *testing.T) {
	o := givenOffice(t, in2026)
	application, revision := o.apply(o.year, o.district)
	goal := o.as("auditor").get("/agreements/" + o.agreement).docs("goals")[0].id()
	for _, links := range [][]body{{{"target_id": o.itb}}, {{"target_id": o.eto}}, {{"goal_id": goal}}, {}} {
		o.as("preparer").change("POST", "/revisions/"+revision+"/line_items", services(o.school, o.itb, 100000).with("links", links)).ok()
	}
	o.as("official").step("/revisions/"+revision, "submit").ok() // with a warning; it cannot be approved
	lines := o.as("auditor").list("/line_items?application_id=" + application)
	o.runs("utilization", "2026-01-05")
	var flagged []string
	for _, f := range o.as("auditor").list("/flags?limit=100") {
		if f.text("rule") == "line_unlinked" {
			flagged = append(flagged, f.text("line_item_id"))
		}
	}
	slices.Sort(flagged)
	want := []string{lines[2].id(), lines[3].id()}
	slices.Sort(want)
	same(t, "flagged", flagged, want)
}

// 310,000.00 of 400,000.00 is 77.5 % and below 80 %; 320,000.00 is exactly 80 % and not.
func caseMinimum(t *testing.T) {
	o := givenOffice(t, in2026)
	application, lines := o.inForce(40000000)
	o.today("2026-10-01")
	spend := func(amount models.Cents) {
		o.as("preparer").post("/expenditures", body{"line_item_id": lines[0], "amount_cents": amount, "spent_on": "2026-09-30"})
	}
	rate := func(on models.Date) int64 {
		return o.as("official").get("/applications/" + application + "/utilization?as_of=" + string(on)).number("rate_bp")
	}
	below := func() bool { return slices.Contains(o.flagged(o.district), "below_minimum open") }
	spend(31000000)
	o.runs("utilization", "2026-10-01")
	same(t, "at 310,000.00", []any{rate("2026-10-01"), below()}, []any{int64(7750), true})
	o.today("2026-10-02")
	spend(1000000)
	o.runs("utilization", "2026-10-02")
	same(t, "at 320,000.00", []any{rate("2026-10-02"), below()}, []any{int64(8000), false})
}

// The 18-month review is progress only: there is no place for a rating.
func caseNoRating(t *testing.T) {
	o := givenOffice(t, in2026)
	draft := o.as("liaison").post("/agreements", body{"organization_id": o.neighbour, "cohort": "Five", "assigned_on": "2025-12-23"})
	item := o.as("liaison").list("/due_items?agreement_id=" + draft.id())[0]
	answer := o.as("liaison").change("POST", "/due_items/"+item.id()+"/completion", body{"comment": "Evidence seen.", "rating": "effective"})
	problem := answer.refused(400, "unknown_member")
	same(t, "pointer", problem.docs("errors")[0].text("pointer"), "/rating")
	same(t, "done", o.as("liaison").get("/due_items/" + item.id())["done_on"], nil)
	for name := range contract.Doc.Components.Schemas {
		if _, found := contract.Doc.Components.Schemas[name].Value.Properties["rating"]; found {
			t.Errorf("%s has a rating", name)
		}
	}
}

// Assigned on 2025-12-23, the draft agreement is due on day 90, 2026-03-23.
func caseDueDay(t *testing.T) {
	o := givenOffice(t, in2026)
	agreement := o.as("liaison").post("/agreements", body{"organization_id": o.neighbour, "cohort": "Five", "assigned_on": "2025-12-23"})
	path := "/due_items?agreement_id=" + agreement.id()
	for _, c := range []struct {
		day    models.Date
		status string
		left   int64
		flags  []string
	}{
		{"2026-03-22", "upcoming", 1, nil},
		{"2026-03-23", "due", 0, nil},
		{"2026-03-24", "overdue", -1, []string{"due_passed open", "due_passed open"}}, // the needs assessment is due that day too
	} {
		o.today(c.day)
		item := where(o.as("stranger").list(path), "code", "agreement_draft")
		same(t, "on "+string(c.day), []any{item.text("due_on"), item.text("status"), item.number("days_left")}, []any{"2026-03-23", c.status, c.left})
		o.runs("utilization", c.day)
		same(t, "flags on "+string(c.day), o.flagged(o.neighbour), c.flags)
	}
	same(t, "overdue", len(o.as("stranger").list(path+"&status=overdue")), 2)
}

// A line is approved by the office, never by the district.
func caseWhoApproves(t *testing.T) {
	o := givenOffice(t, in2026)
	_, revision := o.apply(o.year, o.district)
	o.line(revision, o.itb, 100000)
	o.as("official").step("/revisions/"+revision, "submit").ok()
	path := "/revisions/" + revision + "/line_items/1/decision"
	for _, name := range []string{"preparer", "official"} {
		o.as(name).change("PUT", path, body{"decision": "approved"}).refused(403, "")
	}
	same(t, "status", o.as("liaison").change("PUT", path, body{"decision": "approved"}).status, 200)
}

// The window of 2025 was open for 28 days, 2024-09-11 to 2024-10-09.
func TestTheWindowOf2025ClosesAfterOctober9(t *testing.T) {
	t.Parallel()
	o := givenOffice(t, in2025)
	_, revision := o.apply(o.year, o.district)
	o.line(revision, o.itb, 100000)
	o.today("2024-10-10")
	o.as("official").step("/revisions/"+revision, "submit").refused(409, "window.closed")
	o.today("2024-10-09")
	o.as("official").step("/revisions/"+revision, "submit").ok()
	o.as("official").step("/revisions/"+revision, "withdraw", "comment", "Once more.").ok()
	o.today("2024-10-10")
	application := o.as("official").list("/applications")[0].id()
	second := o.as("preparer").post("/revisions", body{"application_id": application, "reason": "Late."}).id()
	o.line(second, o.itb, 100000)
	o.as("official").step("/revisions/"+second, "submit").refused(409, "window.closed")
	o.as("manager").change("PUT", "/applications/"+application+"/window_exception", body{"until": "2024-10-11", "comment": "A storm."}).ok()
	o.as("official").step("/revisions/"+second, "submit").ok()
}
