package api_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/workflow"
)

// givenBoston is the year of the Partnership Fund letter: two schools, one with a line of
// 60,000.00 in force, people who write, approve and contract, and payees of several kinds.
func givenBoston(t *testing.T) *world {
	t.Helper()
	at := time.Date(2018, 8, 20, 16, 0, 0, 0, time.UTC)
	w := &world{env: givenAt(t, func() time.Time { return at }), tokens: map[string]string{}, users: map[string]string{}, ids: map[string]string{}}
	for _, name := range []string{"admin", "analyst", "manager", "fiscal", "auditor"} {
		w.person(name, roles[name], "")
	}
	w.do("analyst", "POST", "/organization_imports?file_name=o.csv&source=Synthetic", "kind,code,name,parent_code,subtype,county\n"+
		"district,B-01,Harborview Public Schools (synthetic),,,\nschool,S-01,Harborside School (synthetic),B-01,,\nschool,S-02,Millpond School (synthetic),B-01,,\n")
	for _, o := range items(w.do("analyst", "GET", "/organizations", nil)) {
		w.ids[map[string]string{"B-01": "district", "S-01": "school", "S-02": "other school"}[text(o, "code")]] = text(o, "id")
	}
	w.person("super", models.RoleAuditor, "")
	w.partnerFund(2019, "school")
	return w
}

// partnerFund opens a year of the fund, brings a school's line in force, and begins a commitment.
func (w *world) partnerFund(year int, school string) {
	w.t.Helper()
	organization := w.ids[school]
	w.person("leader", models.RoleAuthorizedOfficial, organization)
	w.person("clerk", models.RolePreparer, organization)
	w.member("council", organization, "school_site_council")
	w.member("superintendent", organization, "instructional_superintendent")
	w.person("neighbor", models.RoleAuthorizedOfficial, w.ids["other school"])
	code := "S-01"
	if year != 2019 {
		code = "00101"
	}
	w.do("analyst", "POST", fmt.Sprintf("/fact_imports?file_name=f.csv&source=Index+2017&program_code=ma-boston-partnership-fund&year=%d", year-1),
		"code,pupils,opportunity_index\n"+code+",374,71.20\n")
	fund := w.do("analyst", "POST", "/grant_years", m{"program_code": "ma-boston-partnership-fund", "fiscal_year": year, "parameters": m{"pool": "6000000"}})
	w.ids["fund year"] = text(fund, "id")
	w.change("manager", "POST", "/grant_years/"+w.ids["fund year"], "/transitions", m{"event": "open"})
	run := text(w.do("analyst", "POST", "/allocation_runs", m{"grant_year_id": w.ids["fund year"], "facts_year": year - 1, "label": "Fund"}), "id")
	w.change("manager", "POST", "/allocation_runs/"+run, "/transitions", m{"event": "publish"})
	app := w.do("clerk", "POST", "/applications", m{"grant_year_id": w.ids["fund year"], "organization_id": organization})
	w.ids["fund application"] = text(app, "id")
	w.change("manager", "PUT", "/applications/"+text(app, "id"), "/window_exception", m{"until": "2026-12-31", "comment": "Handed in with the budget."})
	rev := "/revisions/" + text(items(w.do("clerk", "GET", "/revisions?application_id="+text(app, "id"), nil))[0], "id")
	w.change("clerk", "POST", rev, "/line_items", m{"use_category": "partner", "cost_kind": "purchased_services", "description": "Restricted line", "costs": []m{{"amount_cents": 6000000}}})
	w.change("leader", "POST", rev, "/transitions", m{"event": "submit"})
	w.change("fiscal", "POST", rev, "/transitions", m{"event": "approve"})
	w.ids["restricted line"] = text(items(w.do("clerk", "GET", "/line_items?application_id="+text(app, "id"), nil))[0], "id")
	for _, p := range []m{{"code": "P-01", "name": "Harborlight Arts (synthetic)", "kind": "partner_organization", "in_portfolio": true},
		{"code": "P-02", "name": "Driftwood Studio (synthetic)", "kind": "partner_organization", "in_portfolio": false},
		{"code": "P-03", "name": "Payroll of teachers (synthetic)", "kind": "employee", "in_portfolio": false}} {
		w.ids[p["code"].(string)] = text(w.do("manager", "POST", "/payees", p), "id")
	}
	w.ids["payee"] = w.ids["P-01"]
	w.ids["starts"], w.ids["ends"] = fmt.Sprintf("%d-06-01", year), fmt.Sprintf("%d-06-20", year)
	if year == 2026 {
		w.ids["commitment"] = text(w.do("clerk", "POST", "/commitments", w.promise("P-01", 1000000)), "id")
	}
	w.ids["prior funding"] = text(w.do("manager", "POST", "/prior_fundings", m{"program_code": "ma-boston-partnership-fund", "fiscal_year": year - 1, "source": "Synthetic",
		"rows": []m{{"organization_code": code, "organization_kind": "school", "payee_code": "P-01", "amount_cents": 5000000}}}), "id")
}

func (w *world) member(name, organization, body string) {
	w.t.Helper()
	in := workflow.CreateUser{Email: name + "@example.test", Name: "Person " + name, Roles: []workflow.RoleGrant{{Role: models.RoleBodyMember, OrganizationID: organization, Body: body}}}
	p, err := w.app.Service.CreateUser(w.t.Context(), models.System("test"), in)
	if err != nil {
		w.t.Fatal(err)
	}
	w.users[name] = p.ID
	w.token(name, models.Actor{UserID: p.ID, Name: p.Name, Roles: p.Roles})
}

func (w *world) promise(payee string, amount int) m {
	return m{"line_item_id": w.ids["restricted line"], "payee_id": w.ids[payee], "description": "Arts after school", "amount_cents": amount,
		"starts_on": w.ids["starts"], "ends_on": w.ids["ends"]}
}

// A school writes commitments, both bodies approve, the office contracts, and money is
// spent under the contract: with everything that is refused on the way.
func TestCommitmentsOverTheAPI(t *testing.T) {
	t.Parallel()
	w := givenBoston(t)
	w.play([]scene{
		{"manager", "POST", "/payees", m{"code": "P-01", "name": "Again", "kind": "vendor"}, 409, "payee.code_taken"},
		{"manager", "PUT", "/payees/{P-02}", m{"code": "P-01", "name": "Again", "kind": "vendor"}, 409, "payee.code_taken"},
		{"manager", "PUT", "/payees/{P-02}", m{"code": "P-02", "name": "Driftwood Studio (synthetic)", "kind": "partner_organization", "note": "Seen."}, 200, `"note":"Seen."`},
		{"leader", "POST", "/payees", m{"code": "P-09", "name": "Mine", "kind": "vendor"}, 403, "permission.role"},
		{"council", "POST", "/commitments", w.promise("P-01", 100), 403, "permission.role"},
		{"neighbor", "POST", "/commitments", w.promise("P-01", 100), 422, "/line_item_id"},
		{"clerk", "POST", "/commitments", w.promise("payee nobody", 100), 422, "/payee_id"},
		{"clerk", "POST", "/commitments", w.promise("P-03", 100), 422, "commitment.payee_kind"},
		{"clerk", "POST", "/commitments", w.promise("P-01", 6000100), 422, "commitment.over_line"},
		{"clerk", "POST", "/commitments", m{"line_item_id": "{restricted line}", "payee_id": "{P-01}", "description": "x", "amount_cents": 1, "starts_on": "2018-06-30", "ends_on": "2018-09-01"}, 422, "commitment.dates"},
		{"clerk", "POST", "/commitments", m{"line_item_id": "{restricted line}", "payee_id": "{P-01}", "description": "x", "amount_cents": 1, "starts_on": "2018-09-30", "ends_on": "2018-09-01"}, 422, "commitment.dates"},
		{"auditor", "GET", "/partner_impacts?program_code=nothing&fiscal_year=2019", nil, 404, "not_found"},
		{"auditor", "GET", "/partner_impacts?program_code=ma-boston-partnership-fund", nil, 400, "fiscal_year"},
		{"auditor", "GET", "/commitments?status=nonsense", nil, 400, "status"},
	})
	made := w.do("clerk", "POST", "/commitments", w.promise("P-02", 4000000), "Idempotency-Key", "k1")
	if again := w.do("clerk", "POST", "/commitments", w.promise("P-02", 4000000), "Idempotency-Key", "k1"); text(again, "id") != text(made, "id") {
		t.Errorf("the same key made another commitment: %v", again)
	}
	w.ids["c"] = text(made, "id")
	if found := list(made, "findings"); len(found) != 1 || text(found[0], "code") != "commitment.outside_portfolio" || made["outside_portfolio"] != true {
		t.Errorf("a payee outside the portfolio: %v", made)
	}
	contract := m{"event": "contract", "contract_number": "C-1", "signed_on": "2018-08-20"}
	spend := func(amount int, on string) m {
		return m{"line_item_id": "{restricted line}", "commitment_id": "{c}", "amount_cents": amount, "spent_on": on}
	}
	w.play([]scene{
		{"neighbor", "GET", "/commitments/{c}", nil, 404, "not_found"},
		{"council", "GET", "/commitments/{c}", nil, 200, `"available_cents":6000000`},
		{"council", "PUT", "/commitments/{c}", m{"payee_id": "{P-01}", "description": "x", "amount_cents": 1, "starts_on": "2018-09-01", "ends_on": "2018-09-02"}, 403, "permission.role"},
		{"clerk", "PUT", "/commitments/{c}", m{"payee_id": "{P-01}", "description": "Arts", "amount_cents": 6000001, "starts_on": "2018-09-04", "ends_on": "2019-06-20"}, 422, "commitment.over_line"},
		{"clerk", "PUT", "/commitments/{c}", m{"payee_id": "{P-01}", "description": "Arts", "amount_cents": 4000000, "starts_on": "2018-08-01", "ends_on": "2019-06-20"}, 200, `"outside_portfolio":false`},
		{"clerk", "POST", "/commitments/{c}/transitions", m{"event": "submit"}, 403, "permission.role"},
		{"leader", "POST", "/commitments/{c}/transitions", m{"event": "submit"}, 200, `"submitted"`},
		{"clerk", "PUT", "/commitments/{c}", m{"payee_id": "{P-01}", "description": "x", "amount_cents": 1, "starts_on": "2018-09-01", "ends_on": "2018-09-02"}, 409, "commitment.locked"},
		{"council", "GET", "/notices", nil, 200, "waits for you: Approval of the School Site Council"},
		{"fiscal", "POST", "/commitments/{c}/transitions", m{"event": "approve"}, 403, "review.not_your_step"},
		{"council", "POST", "/commitments/{c}/transitions", m{"event": "return"}, 422, "/comment"},
		{"council", "POST", "/commitments/{c}/transitions", m{"event": "return", "comment": "Say which days."}, 200, `"returned"`},
		{"fiscal", "POST", "/commitments/{c}/transitions", contract, 409, "commitment.not_approved"},
		{"leader", "POST", "/commitments/{c}/transitions", m{"event": "submit"}, 200, `"submitted"`},
		{"council", "POST", "/commitments/{c}/transitions", m{"event": "approve"}, 200, `"submitted"`},
		{"council", "POST", "/commitments/{c}/transitions", m{"event": "approve"}, 403, "review.not_your_step"},
		{"fiscal", "POST", "/commitments/{c}/transitions", contract, 409, "Approval of the Instructional Superintendent"},
		{"fiscal", "POST", "/commitments/{c}/transitions", m{"event": "procure", "procurement": "requested"}, 409, "commitment.no_such_step"},
		{"superintendent", "POST", "/commitments/{c}/transitions", m{"event": "approve"}, 200, `"available_cents":2000000`},
		{"fiscal", "GET", "/notices", nil, 200, "is approved"},
		{"fiscal", "POST", "/commitments/{c}/transitions", m{"event": "procure", "procurement": "somehow"}, 422, "commitment.procurement"},
		{"fiscal", "POST", "/commitments/{c}/transitions", m{"event": "procure", "procurement": "requested"}, 200, `"procurement":"requested"`},
		{"clerk", "POST", "/expenditures", spend(100, "2018-08-20"), 409, "commitment.not_contracted"},
		{"leader", "POST", "/commitments/{c}/transitions", contract, 403, "permission.role"},
		{"fiscal", "POST", "/commitments/{c}/transitions", m{"event": "contract", "contract_number": "C-1", "signed_on": "2018-08-21"}, 422, "commitment.date_future"},
		{"fiscal", "POST", "/commitments/{c}/transitions", m{"event": "contract", "contract_number": "C-1", "signed_on": "2018-08-19"}, 422, "commitment.signed_before_approval"},
		{"fiscal", "POST", "/commitments/{c}/transitions", contract, 422, "commitment.starts_before_approval"},
		{"fiscal", "POST", "/commitments/{c}/transitions", m{"event": "contract", "contract_number": "C-1", "signed_on": "2018-08-20", "starts_on": "2018-08-20"}, 200, `"contracted"`},
		{"clerk", "POST", "/expenditures", m{"line_item_id": "{restricted line}", "amount_cents": 100, "spent_on": "2018-08-20"}, 422, "expenditure.commitment_missing"},
		{"clerk", "POST", "/expenditures", spend(100, "2018-08-19"), 422, "expenditure.before_contract"},
		{"clerk", "POST", "/expenditures", spend(4000001, "2018-08-20"), 422, "expenditure.over_contract"},
		{"clerk", "POST", "/expenditures", spend(4000000, "2018-08-20"), 201, `"commitment_id":"`},
		{"clerk", "POST", "/expenditures", spend(1, "2018-08-20"), 422, "expenditure.over_contract"},
		{"clerk", "POST", "/expenditures", spend(-4000001, "2018-08-20"), 422, "expenditure.below_zero"},
		{"manager", "POST", "/commitments/{c}/transitions", m{"event": "cancel", "comment": "No."}, 409, "commitment.spent"},
		{"auditor", "GET", "/line_items/{restricted line}/balance", nil, 200, `"spent_cents":4000000`},
		{"auditor", "GET", "/partner_impacts?program_code=ma-boston-partnership-fund&fiscal_year=2019", nil, 200, `"before_cents":5000000,"after_cents":4000000,"change_cents":-1000000,"outcome":"less"`},
		{"neighbor", "GET", "/partner_impacts?program_code=ma-boston-partnership-fund&fiscal_year=2019", nil, 200, `"items":[]`},
	})
	paid := items(w.do("clerk", "GET", "/expenditures", nil))[0]
	w.do("clerk", "POST", "/expenditures/"+text(paid, "id")+"/reversal", m{"comment": "Wrong month."})
	second := w.do("clerk", "POST", "/commitments", w.promise("P-02", 2000000))
	w.ids["d"] = text(second, "id")
	w.play([]scene{
		{"clerk", "POST", "/expenditures", m{"line_item_id": "{restricted line}", "commitment_id": "{missing}", "amount_cents": 1, "spent_on": "2018-08-20"}, 422, "/commitment_id"},
		{"manager", "POST", "/commitments/{c}/transitions", m{"event": "cancel", "comment": "No longer needed."}, 200, `"cancelled"`},
		{"leader", "POST", "/commitments/{d}/transitions", m{"event": "submit"}, 200, `"turn":true`},
		{"superintendent", "POST", "/commitments/{d}/transitions", m{"event": "deny", "comment": "Not this year."}, 200, `"denied"`},
		{"auditor", "GET", "/line_items/{restricted line}/balance", nil, 200, `"room_cents":6000000`},
		{"manager", "POST", "/prior_fundings", m{"program_code": "nothing", "fiscal_year": 2018, "source": "x", "rows": []m{{"organization_code": "S-01", "organization_kind": "school", "payee_code": "P-01", "amount_cents": 1}}}, 422, "program.unknown"},
		{"manager", "POST", "/prior_fundings", m{"program_code": "ma-boston-partnership-fund", "fiscal_year": 2018, "source": "x", "rows": []m{
			{"organization_code": "S-99", "organization_kind": "school", "payee_code": "P-01", "amount_cents": 1}, {"organization_code": "S-01", "organization_kind": "school", "payee_code": "P-99", "amount_cents": 1},
			{"organization_code": "S-01", "organization_kind": "school", "payee_code": "P-01", "amount_cents": 1}, {"organization_code": "S-01", "organization_kind": "school", "payee_code": "P-01", "amount_cents": 1}}}, 422, "prior_funding.twice"},
	})
	rows := call{method: "POST", path: "/api/v1/prior_fundings", as: w.tokens["manager"], header: map[string]string{"Idempotency-Key": "k2"},
		body: `{"program_code": "ma-boston-partnership-fund", "fiscal_year": 2018, "source": "x", "rows": [{"organization_code": "S-02", "organization_kind": "school", "payee_code": "P-02", "amount_cents": 700}]}`}
	w.want(201, "another list", rows)
	rows.body = strings.Replace(rows.body, "700", "800", 1)
	w.want(409, "a key used for something else", rows)
	impact := items(w.do("auditor", "GET", "/partner_impacts?program_code=ma-boston-partnership-fund&fiscal_year=2019", nil))
	if len(impact) != 1 || text(impact[0], "outcome") != "ended" {
		t.Errorf("the latest list counts, and a denied commitment does not: %v", impact)
	}
}

// A line of a program without commitments cannot be promised.
func TestCommitmentsNeedAProgramThatHasThem(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	w.play([]scene{
		{"preparer", "POST", "/commitments", m{"line_item_id": "{line}", "payee_id": "{P-01}", "description": "x", "amount_cents": 1, "starts_on": "2026-01-05", "ends_on": "2026-02-05"}, 409, "commitment.not_used"},
		{"preparer", "GET", "/line_items/{restricted line}/balance", nil, 404, "not_found"},
		{"leader", "GET", "/commitments", nil, 200, `"payee_name":"Harborlight Arts (synthetic)"`},
	})
}
