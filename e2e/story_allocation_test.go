package e2e

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"earmark/models"
)

// golden are the allocations of the example: four schools in three districts.
var golden = map[string]models.Cents{"00101": 114570552, "00102": 61459246, "00201": 81507450, "00301": 342462752}

func (s *story) allocations() {
	analyst, manager := s.as("analyst"), s.as("manager")
	year := analyst.post("/grant_years", body{"program_code": "mi-21h", "fiscal_year": 2026,
		"parameters": body{"appropriation": "600000000", "analytics_set_aside": "0"}})
	s.year = year.id()
	analyst.send("POST", "/grant_years", body{"program_code": "mi-21h", "fiscal_year": 2026}).refused(409, "grant_year.exists")
	manager.step("/grant_years/"+s.year, "open").ok()

	analyst.send("POST", "/allocation_runs", body{"grant_year_id": s.year, "facts_year": 2019, "label": "no facts"}).refused(422, "facts.none")
	key := "the first run"
	in := body{"grant_year_id": s.year, "facts_year": 2025, "label": "Facts of 2025"}
	run := analyst.send("POST", "/allocation_runs", in, "Idempotency-Key", key).ok()
	again := analyst.send("POST", "/allocation_runs", in, "Idempotency-Key", key).ok()
	s.same("the run of a repeated request", again.id(), run.id())
	s.same("pool and sum", []models.Cents{run.cents("pool_cents"), run.cents("allocated_cents")}, []models.Cents{600000000, 600000000})
	s.run = run.id()

	want := map[string]models.Cents{s.alder: golden["00101"] + golden["00102"], s.birch: golden["00201"], s.cedar: golden["00301"], s.dune: 0}
	for _, a := range analyst.list("/allocations?run_id=" + s.run) {
		s.same("allocation of "+a.text("organization_id"), a.cents("amount_cents"), want[a.text("organization_id")])
		receipt := s.receipt(a.id())
		for _, unit := range receipt.docs("units") {
			if amount, ok := golden[unit.text("code")]; ok {
				s.same("school "+unit.text("code"), unit.cents("amount_cents"), amount)
			}
		}
	}
	s.as("official").send("GET", "/allocation_runs/"+s.run, nil).refused(403, "permission.role")
	analyst.step("/allocation_runs/"+s.run, "publish").refused(403, "permission.role")
	manager.step("/allocation_runs/"+s.run, "publish").ok()
}

// receipt reads an allocation and works it out again from nothing but what is printed on
// its receipt.
func (w *world) receipt(id string) doc {
	w.t.Helper()
	a := w.as("auditor").get("/allocations/" + id)
	r := a.doc("receipt")
	recompute(w.t, a.cents("amount_cents"), r)
	return r
}

func recompute(t testing.TB, printed models.Cents, r doc) {
	t.Helper()
	weighted := new(big.Rat)
	schools := models.Cents(0)
	for _, u := range r.docs("units") {
		schools += u.cents("amount_cents")
		if u["eligible"] != true {
			same(t, "weight of a school that does not count", u.text("weighted"), "0")
			continue
		}
		pupils := where(u.docs("inputs"), "name", "pupils")
		product := new(big.Rat).Mul(rational(t, pupils.text("value")), rational(t, u.text("weight")))
		if product.Cmp(rational(t, u.text("weighted"))) != 0 || pupils.text("source") == "" {
			t.Errorf("school %s: %s pupils x %s is not %s", u.text("code"), pupils.text("value"), u.text("weight"), u.text("weighted"))
		}
		weighted.Add(weighted, product)
	}
	share := new(big.Rat).Mul(weighted, new(big.Rat).SetInt64(r.number("shared_cents")))
	share.Quo(share, rational(t, r.text("weighted_total")))
	floor := new(big.Int).Quo(share.Num(), share.Denom()).Int64()
	total := models.Cents(floor) + r.cents("remainder_cents")
	same(t, "share", []models.Cents{r.cents("share_cents"), schools}, []models.Cents{total, total})
	for _, p := range r.docs("set_asides") {
		part := p.number("total_cents")/p.number("recipients") + p.number("remainder_cents")
		same(t, "set-aside "+p.text("code"), p.number("amount_cents"), part)
		total += models.Cents(part)
	}
	same(t, "amount", []models.Cents{printed, r.cents("amount_cents")}, []models.Cents{total, total})
}

func rational(t testing.TB, text string) *big.Rat {
	t.Helper()
	v, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is not a number", text)
	}
	return v
}

func (s *story) supersede() {
	analyst, manager := s.as("analyst"), s.as("manager")
	before := s.bytes(s.run)
	corrected := strings.Replace(facts2025, "00102,CSI,bottom_5,24.10,374", "00102,CSI,bottom_5,24.10,384", 1)
	report := analyst.post(importFacts, []byte(corrected))
	s.same("a corrected fact", []int64{report.number("new"), report.number("changed")}, []int64{0, 1})
	second := analyst.post("/allocation_runs", body{"grant_year_id": s.year, "facts_year": 2025, "label": "Count corrected"})
	s.same("runs", []int64{second.number("number")}, []int64{2})
	for _, d := range analyst.list("/allocation_runs/" + second.id() + "/comparison?from=" + s.run) {
		if d.cents("to_cents")-d.cents("from_cents") != d.cents("change_cents") || (d.text("code") == "61010") != (d.cents("change_cents") > 0) {
			s.t.Errorf("comparison %v", d)
		}
	}
	manager.step("/allocation_runs/"+second.id(), "publish").ok()
	s.same("the first run", analyst.get("/allocation_runs/"+s.run).text("status"), "superseded")
	s.same("its allocations and receipts, to the byte", s.bytes(s.run), before)
	manager.step("/allocation_runs/"+s.run, "publish").refused(409, "")
	s.run = second.id()
}

// bytes are the allocations of a run with their receipts, as sent, without the run's status.
func (s *story) bytes(run string) []string {
	s.t.Helper()
	var out []string
	auditor := s.as("auditor")
	for _, a := range auditor.list("/allocations?run_id=" + run) {
		text := string(auditor.send("GET", "/allocations/"+a.id(), nil).text)
		out = append(out, strings.NewReplacer(`"run_status":"published"`, "", `"run_status":"superseded"`, "").Replace(text))
	}
	return out
}

// The money for the data analytics tool: 137,400.00 over the 45 districts of 2025 and the
// 57 of 2026.
func TestAnalyticsMoneyIsSplitToTheCent(t *testing.T) {
	t.Parallel()
	w := given(t, "2025-11-10")
	w.office()
	analyst := w.as("analyst")
	var orgs strings.Builder
	orgs.WriteString("kind,code,name,parent_code\n")
	facts := map[int]*strings.Builder{45: {}, 57: {}}
	for n, rows := range facts {
		rows.WriteString("code,identification,reasons,index,pupils\n")
		for i := range n {
			fmt.Fprintf(rows, "S%03d,CSI,bottom_5,%d.50,%d\n", i, 12+i%23, 150+i*7)
		}
	}
	for i := range 57 {
		fmt.Fprintf(&orgs, "district,D%03d,District %d (synthetic),\nschool,S%03d,School %d (synthetic),D%03d\n", i, i, i, i, i)
	}
	analyst.post(importOrganizations, []byte(orgs.String()))
	for _, c := range []struct {
		year, districts int
		parts           map[models.Cents]int
	}{
		{2025, 45, map[models.Cents]int{305333: 30, 305334: 15}},
		{2026, 57, map[models.Cents]int{241052: 21, 241053: 36}},
	} {
		analyst.post(fmt.Sprintf("/fact_imports?program_code=mi-21h&year=%d&file_name=facts.csv&source=Synthetic", c.year), []byte(facts[c.districts].String()))
		year := analyst.post("/grant_years", body{"program_code": "mi-21h", "fiscal_year": c.year})
		run := analyst.post("/allocation_runs", body{"grant_year_id": year.id(), "facts_year": c.year, "label": "Analytics"})
		parts := map[models.Cents]int{}
		total := models.Cents(0)
		for _, a := range analyst.list("/allocations?limit=100&run_id=" + run.id()) {
			receipt := w.receipt(a.id())
			parts[where(receipt.docs("set_asides"), "code", "analytics").cents("amount_cents")]++
			total += a.cents("amount_cents")
		}
		w.same("parts", parts, c.parts)
		w.same("sum", total, models.Cents(613740000))
	}
}
