package e2e

import (
	"fmt"
	"strings"

	"earmark/models"
)

func (s *story) pays() {
	fiscal := s.as("fiscal")
	payment := fiscal.list("/payments?application_id=" + s.application)[0]
	// Approved between the cut-offs of January 5 and February 2: the March payment.
	s.same("expected", []any{payment.text("status"), payment.text("expected_on"), payment.cents("amount_cents")},
		[]any{"expected", "2026-03-20", models.Cents(9305300)})
	path := "/payments/" + payment.id()
	s.as("official").step(path, "record", "paid_on", "2026-03-20", "paid_cents", 9305300).refused(403, "permission.role")
	s.today("2026-03-20")
	paid := s.as("fiscal").step(path, "record", "paid_on", "2026-03-20", "paid_cents", 9305300, "reference", "State Aid 2026-03").ok()
	s.same("paid", []any{paid.text("status"), paid.text("paid_on")}, []any{"paid", "2026-03-20"})
	s.as("fiscal").step(path, "cancel", "comment", "too late").refused(409, "")
}

func (s *story) post(line string, amount models.Cents, on models.Date) answer {
	s.t.Helper()
	return s.as("preparer").send("POST", "/expenditures", body{"line_item_id": s.lines[line], "amount_cents": amount, "spent_on": on, "vendor": "Reading House (synthetic)"})
}

// spends posts up to the boundaries of the 10 % rule: 11,000.00 on an approved 10,000.00
// passes, one cent more does not.
func (s *story) spends() {
	s.today("2026-03-25")
	s.post("1", 1100000, "2026-03-24").ok()
	s.post("1", 1, "2026-03-24").refused(422, "expenditure.over_limit")
	s.post("1", 100, "2026-03-26").refused(422, "expenditure.date_future")
	s.post("1", 0, "2026-03-24").refused(422, "")
	s.as("stranger").send("POST", "/expenditures", body{"line_item_id": s.lines["1"], "amount_cents": 100, "spent_on": "2026-03-24"}).refused(404, "not_found")
	s.as("liaison").send("POST", "/expenditures", body{"line_item_id": s.lines["1"], "amount_cents": 100, "spent_on": "2026-03-24"}).refused(403, "permission.role")

	// A mistake is reversed, never edited; the pair comes to nothing.
	wrong := s.post("4", 50000, "2026-03-23").ok()
	back := s.as("preparer").send("POST", "/expenditures/"+wrong.id()+"/reversal", body{"comment": "Typed twice."}).ok()
	s.same("reversal", []any{back.text("reverses_id"), back.cents("amount_cents"), back.doc("line_item").cents("spent_cents")},
		[]any{wrong.id(), models.Cents(-50000), models.Cents(0)})
	s.as("preparer").send("POST", "/expenditures/"+wrong.id()+"/reversal", body{"comment": "Again."}).refused(409, "")
	s.post("3", 50000, "2026-01-10").ok() // ten days before the approval: the night will see it
	standing := where(s.as("auditor").list("/line_items?application_id="+s.application), "id", s.lines["1"])
	s.same("spent of line 1", []models.Cents{standing.cents("spent_cents"), standing.cents("limit_cents")}, []models.Cents{1100000, 1100000})
}

// ledger of March: one row per kind of fate.
const ledger = `function_code,object_code,school_code,grant_code,amount,spent_on,vendor,invoice
281,3450,00101,21H1,"1,000.00",2026-03-10,Data Desk (synthetic),A-1
281,3450,00101,21H1,500.00,03/11/2026,Data Desk (synthetic),A-2
281,3450,00101,21H1,(100.00),2026-03-12,Data Desk (synthetic),A-3
111,5110,00101,21H1,75.00,2026-03-12,Paper Mill (synthetic),B-1
221,3120,00101,21H1,0.01,2026-03-12,Reading House (synthetic),B-2
221,3220,00101,31A1,12.00,2026-03-12,Reading House (synthetic),B-3
`

// fid is one record of the FID expenditure file.
func fid(function, object, grant, school string, cents models.Cents) string {
	return fmt.Sprintf("11%s%s   %-4s%s    %014d\n", function, object, grant, school, cents)
}

func (s *story) ledgers() {
	preparer := s.as("preparer")
	path := "/expenditure_imports?file_name=march.csv&format=csv&application_id=" + s.application
	preparer.send("POST", path, []byte("function_code,object_code,amount,spent_on\n281,3450,x,2026-03-10\n281,34,5,2026-02-30\n")).refused(422, "amount")
	dry := preparer.post(path+"&dry_run=true", []byte(ledger))
	first := preparer.post(path, []byte(ledger))
	for _, r := range []doc{dry, first} {
		c := r.doc("counts")
		s.same("counts", []int64{c.number("rows"), c.number("posted"), c.number("exceptions"), c.number("posted_cents")}, []int64{6, 3, 3, 140000})
		reasons := []string{}
		for _, x := range r.docs("exceptions") {
			reasons = append(reasons, x.text("reason"))
		}
		s.same("reasons", reasons, []string{"no_line", "over_limit", "wrong_grant"})
	}
	again := preparer.send("POST", path, []byte(ledger))
	s.same("the same file again", []any{again.status, again.doc()["repeated"], s.spent("2")}, []any{200, true, models.Cents(140000)})
	longer := preparer.post(strings.Replace(path, "march", "april", 1), []byte(ledger+"281,3450,00101,21H1,53.00,2026-03-20,Data Desk (synthetic),A-4\n"))
	s.same("an overlapping file", []int64{longer.doc("counts").number("posted"), longer.doc("counts").number("repeated")}, []int64{1, 6})

	records := []byte(fid("221", "3220", "21H1", "00101", 123456) + fid("125", "1630", "21H1", "00102", 700000) + fid("113", "1240", "21H1", "00101", 1))
	path = "/expenditure_imports?file_name=fid.txt&format=fid&spent_on=2026-03-18&application_id=" + s.application
	report := preparer.post(path, records).doc("counts")
	s.same("FID", []int64{report.number("rows"), report.number("posted"), report.number("exceptions")}, []int64{3, 2, 1})
	s.same("FID again", preparer.post(path, records)["repeated"], true)
	s.same("spent of line 4", s.spent("4"), models.Cents(123456))
	preparer.send("POST", path, []byte("too short\n")).refused(422, "fid.width")

	open := preparer.list("/import_exceptions?status=open&application_id=" + s.application)
	s.same("exceptions", len(open), 4)
	row := "/import_exceptions/" + where(open, "reason", "no_line").id()
	matched := preparer.step(row, "match", "line_item_id", s.lines["4"]).ok()
	if matched.text("expenditure_id") == "" || s.spent("4") != 123456+7500 {
		s.t.Errorf("matched %v, spent %s", matched, s.spent("4"))
	}
	preparer.step(row, "dismiss", "comment", "twice").refused(409, "")
	other := "/import_exceptions/" + where(open, "reason", "wrong_grant").id()
	preparer.step(other, "dismiss").refused(422, "")
	s.as("fiscal").step(other, "dismiss", "comment", "It is of another grant.").ok()

	preparer.send("POST", "/period_reports", period(s.application, "2026-03-01", "2026-03-25", true)).refused(422, "period_report.spending_found")
	preparer.post("/period_reports", period(s.application, "2026-03-01", "2026-03-25", false))
	s.today("2026-05-06")
	preparer.post("/period_reports", period(s.application, "2026-04-01", "2026-04-30", true))
	preparer.send("POST", "/period_reports", period(s.application, "2026-04-01", "2026-04-30", true)).refused(409, "period_report.exists")
}

func period(application string, from, until models.Date, nothing bool) body {
	return body{"application_id": application, "period_start": from, "period_end": until, "nothing_spent": nothing}
}

func (s *story) spent(line string) models.Cents {
	s.t.Helper()
	return where(s.as("auditor").list("/line_items?application_id="+s.application), "id", s.lines[line]).cents("spent_cents")
}

// amends changes line 1 and line 3 in the summer window, against the money already spent.
func (s *story) amends() {
	s.today("2026-05-20")
	preparer, original := s.as("preparer"), s.revision
	before := string(preparer.send("GET", "/revisions/"+original, nil).text)
	amendment := preparer.post("/revisions", body{"application_id": s.application, "reason": "The cohort grew."})
	preparer.send("POST", "/revisions", body{"application_id": s.application, "reason": "Another one."}).refused(409, "revision.already_open")
	s.same("amendment", []any{amendment.number("number"), amendment.text("base_id"), amendment.text("status")}, []any{int64(1), original, "draft"})
	path := "/revisions/" + amendment.id()
	meter := func() string { s.t.Helper(); return preparer.get(path + "/meter").text("outcome") }
	s.same("meter at first", meter(), "none")
	s.as("official").step(path, "submit").refused(422, "revision.no_change")

	aides := func(salaries models.Cents) answer {
		return preparer.change("PUT", path+"/line_items/3", services(s.elementary, s.itb, 0).with("function_code", "125", "cost_kind", "personnel",
			"description", "3 paraprofessionals (2.0 FTE), supplemental reading", "fte", "2.00", "staff_count", 3, "rate_cents", 2250,
			"costs", []body{{"object_code": "1630", "amount_cents": salaries}, {"object_code": "2820", "amount_cents": 1500000}}))
	}
	aides(4950000).ok()
	s.same("meter at exactly 10 %", meter(), "notify")
	aides(4950001).ok()
	s.same("meter a cent above", meter(), "review")
	aides(4600000).ok()
	s.same("meter again", meter(), "notify")

	cohort := services(s.high, s.itb, 1099999).with("metric", "NWEA growth in reading")
	preparer.change("PUT", path+"/line_items/1", cohort).refused(422, "line_item.below_spent")
	preparer.change("DELETE", path+"/line_items/1", nil).refused(422, "line_item.below_spent")
	preparer.change("PUT", path+"/line_items/1", services(s.high, s.itb, 1300000).with("metric", "NWEA growth in reading")).ok()
	s.same("meter above tolerance", meter(), "review")
	m := preparer.get(path + "/meter")
	cell := where(m.docs("cells"), "object_code", "3120")
	s.same("cell", []int64{cell.number("approved_cents"), cell.number("proposed_cents"), cell.number("spent_cents"), cell.number("moved_bp")},
		[]int64{1000000, 1300000, 1100000, 3000})
	if m.text("citation") == "" || m.text("rule") == "" {
		s.t.Error("the meter names no rule")
	}

	s.as("official").step(path, "submit").ok()
	s.as("liaison").step(path, "approve").ok()
	mid := s.as("official").get("/applications/" + s.application)
	s.same("in force until the last approval", []any{mid.text("in_force_revision_id"), mid.cents("approved_cents")}, []any{original, models.Cents(9305300)})
	s.as("fiscal").step(path, "approve").ok()
	after := s.as("official").get("/applications/" + s.application)
	s.same("in force", []any{after.text("in_force_revision_id"), after.cents("approved_cents")}, []any{amendment.id(), models.Cents(9705300)})

	diff := preparer.get(path + "/diff")
	changed := []int64{}
	for _, l := range diff.docs("line_items") {
		if l.text("change") != "same" {
			changed = append(changed, l.number("number"))
		}
	}
	s.same("diff", []any{diff.cents("before_cents"), diff.cents("after_cents"), changed}, []any{models.Cents(9305300), models.Cents(9705300), []int64{1, 3}})
	s.same("the original, to the byte", revisionOnly(string(preparer.send("GET", "/revisions/"+original, nil).text)), revisionOnly(before))
	s.post("1", 330000, "2026-05-20").ok() // the limit moved with the approval
	s.post("1", 1, "2026-05-20").refused(422, "expenditure.over_limit")
}

// revisionOnly cuts out the application around a revision, which goes on.
func revisionOnly(text string) string {
	start, end := strings.Index(text, `"application":`), strings.Index(text, `"district":`)
	if start < 0 || end < start {
		return text
	}
	return text[:start] + text[end:]
}
