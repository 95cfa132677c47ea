package programs

import (
	"errors"
	"strings"
	"testing"
	"time"

	"earmark/models"
)

func TestParameters(t *testing.T) {
	t.Parallel()
	d := michigan(t)
	p, err := d.Params(2026, map[string]string{"minimum_utilization": "8500"})
	if err != nil {
		t.Fatal(err)
	}
	if v, ok := p.Cents("appropriation"); !ok || v != 613_740_000 {
		t.Error("appropriation:", v, ok)
	}
	if v, ok := p.BasisPoints("minimum_utilization"); !ok || v != 8500 {
		t.Error("the grant year's own value:", v, ok)
	}
	if x, _ := p.Get("minimum_utilization"); !x.Overridden || x.Basis != "grant year" {
		t.Errorf("%+v", x)
	}
	if v, ok := p.Bool("prior_year_gate"); !ok || !v {
		t.Error("prior_year_gate:", v, ok)
	}
	if _, ok := p.Cents("needs_days"); ok {
		t.Error("an integer was read as cents")
	}
	later, err := d.Params(2027, nil)
	if err != nil {
		t.Fatal(err)
	}
	if x, _ := later.Get("appropriation"); x.Basis != "assumption" {
		t.Errorf("the amount of 2027 is not law: %+v", x)
	}
	if never, err := d.Params(2040, nil); err != nil || func() bool { _, ok := never.Cents("appropriation"); return ok }() {
		t.Error("2040 has an appropriation", err)
	}
	_, err = d.Params(2026, map[string]string{"needs_days": "ninety", "pace_slck": "1"})
	var e *models.Error
	if !errors.As(err, &e) || len(e.Fields) != 2 || e.Fields[1].Fix != "Did you mean pace_slack?" {
		t.Errorf("two mistakes: %v", err)
	}
}

func TestDaysOfAFiscalYear(t *testing.T) {
	t.Parallel()
	d := michigan(t)
	if a, b := d.Year(2026); a != "2025-10-01" || b != "2026-09-30" {
		t.Error(a, b)
	}
	for _, x := range []struct {
		date  RelativeDate
		start time.Month
		want  models.Date
	}{
		{RelativeDate{Day: "03-31"}, time.October, "2026-03-31"},
		{RelativeDate{Day: "09-30"}, time.October, "2026-09-30"},
		{RelativeDate{Day: "10-01"}, time.October, "2025-10-01"},
		{RelativeDate{Day: "11-01", Year: 1}, time.October, "2026-11-01"}, // funds of 2026: report on 2026-11-01
		{RelativeDate{Day: "09-30", Year: 1}, time.October, "2027-09-30"}, // and return by 2027-09-30
		{RelativeDate{Day: "06-30"}, time.January, "2026-06-30"},
		{RelativeDate{Day: "02-30"}, time.October, ""},
	} {
		if got := x.date.In(2026, x.start); got != x.want {
			t.Errorf("%+v: %s, want %s", x.date, got, x.want)
		}
	}
}

func TestWindows(t *testing.T) {
	t.Parallel()
	d := michigan(t)
	a := d.Spans("application", 2025)
	if len(a) != 1 || a[0].From != "2024-09-11" || a[0].To != "2024-10-09" || a[0].To.DaysSince(a[0].From) != 28 {
		t.Errorf("%+v", a)
	}
	m := d.Spans("amendment", 2026)
	if len(m) != 2 || m[0].From != "2026-01-15" || m[0].To != "2026-02-28" || m[1].From != "2026-05-15" || m[1].To != "2026-06-30" {
		t.Errorf("%+v", m)
	}
}

// The cut-offs of section 35j in 2024, and the ends of the year around them.
func TestPaymentDays(t *testing.T) {
	t.Parallel()
	d := michigan(t)
	for approved, want := range map[models.Date]models.Date{
		"2024-04-05": "2024-05-20", "2024-04-06": "2024-06-20", "2024-05-03": "2024-06-20", "2024-05-04": "2024-07-20",
		"2024-07-06": "2024-10-20", "2024-12-02": "2025-02-20", "2024-12-01": "2025-01-20", "2024-12-31": "2025-02-20",
	} {
		if got, ok := d.PaysOn(approved); !ok || got != want {
			t.Errorf("approved %s: paid %s, want %s", approved, got, want)
		}
	}
	if _, ok := (&Definition{}).PaysOn("2024-01-01"); ok {
		t.Error("a program without a calendar pays")
	}
}

func TestGate(t *testing.T) {
	t.Parallel()
	d := michigan(t)
	p, err := d.Params(2026, nil)
	if err != nil {
		t.Fatal(err)
	}
	good := GateView{Office: "OPD", LowPerformingSchools: 1, AgreementSigned: true, NeedsApproved: true, NeedsDays: 90, FundedYears: 2, PriorYearRateKnown: true}
	for name, x := range map[string]struct {
		change func(*GateView)
		want   string
	}{
		"nothing wrong":             {func(*GateView) {}, ""},
		"no school":                 {func(g *GateView) { g.LowPerformingSchools = 0 }, "gate.low_performing_school"},
		"another office":            {func(g *GateView) { g.Office = "OES" }, "gate.low_performing_school"},
		"not signed":                {func(g *GateView) { g.AgreementSigned = false }, "gate.agreement_signed"},
		"approved on day 91":        {func(g *GateView) { g.NeedsDays = 91 }, "gate.needs_assessment"},
		"never approved":            {func(g *GateView) { g.NeedsApproved, g.NeedsDays = false, 0 }, "gate.needs_assessment"},
		"three years funded":        {func(g *GateView) { g.FundedYears = 3 }, "gate.funded_years"},
		"below the minimum":         {func(g *GateView) { g.PriorYearBelowMinimum = true }, "gate.prior_year"},
		"the year before not known": {func(g *GateView) { g.PriorYearRateKnown, g.PriorYearBelowMinimum = false, true }, ""},
	} {
		g := good
		x.change(&g)
		got := ""
		for _, f := range d.CheckGate(g, nil, p) {
			got += f.Code
		}
		if got != x.want {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
	none, err := d.Params(2026, map[string]string{"prior_year_gate": "false"})
	if err != nil {
		t.Fatal(err)
	}
	good.PriorYearBelowMinimum = true
	if wrong := d.CheckGate(good, nil, none); wrong != nil {
		t.Errorf("the gate is switched off: %v", wrong)
	}
}

// Every check has a line that only it refuses; together the table is the list of checks.
func TestLineChecks(t *testing.T) {
	t.Parallel()
	d := michigan(t)
	p, err := d.Params(2026, nil)
	if err != nil {
		t.Fatal(err)
	}
	workshop := LineView{UseCategory: "4", UseKnown: true, CostKind: "professional_development", Description: "Reading cohort for 20 teachers over 2 days",
		AmountCents: 1200_00, Costs: []CostView{{"3120", 1200_00}}, StaffCount: 20, RateCents: 30_00, Topic: "Literacy", Days: 200,
		Metric: "NWEA growth", DataSource: "NWEA", HasSchool: true, SchoolIsPartnership: true, Targets: 1, FunctionKnown: true, ObjectsKnown: true, PairsAllowed: true}
	coach := workshop
	coach.CostKind, coach.FTE, coach.Topic, coach.Days = "personnel", 100, "", 0
	coach.Costs = []CostView{{"1250", 900_00}, {"2820", 300_00}}
	tablets := workshop
	tablets.CostKind, tablets.Costs, tablets.Quantity, tablets.UnitCostCents = "supplies", []CostView{{"5110", 1200_00}}, 300, 400_00
	machine := tablets
	machine.CostKind, machine.Costs, machine.PriorApproval = "capital", []CostView{{"6410", 6000_00}}, true
	machine.AmountCents, machine.Quantity, machine.UnitCostCents = 6000_00, 100, 6000_00
	covered := map[string]bool{}
	for _, x := range []struct {
		of     LineView
		change func(*LineView)
		want   string
	}{
		{workshop, func(*LineView) {}, ""}, {coach, func(*LineView) {}, ""}, {tablets, func(*LineView) {}, ""}, {machine, func(*LineView) {}, ""},
		{workshop, func(l *LineView) { l.UseCategory, l.UseKnown = "9", false }, "use_category"},
		{workshop, func(l *LineView) { l.Description = "Things" }, "description"},
		{workshop, func(l *LineView) { l.CostKind = "" }, "cost_kind"},
		{workshop, func(l *LineView) { l.FunctionKnown = false }, "function_known"},
		{workshop, func(l *LineView) { l.ObjectsKnown = false }, "objects_known"},
		{workshop, func(l *LineView) { l.PairsAllowed = false }, "pairs_allowed"},
		{workshop, func(l *LineView) { l.FunctionRequiresSchool, l.HasSchool = true, false }, "function_school"},
		{workshop, func(l *LineView) { l.SchoolIsPartnership = false }, "partnership_school"},
		{workshop, func(l *LineView) { l.HasSchool, l.Description = false, "Reading cohort" }, "district_wide"},
		{coach, func(l *LineView) { l.Costs = []CostView{{"1250", 1200_00}} }, "salary_and_benefits"},
		{workshop, func(l *LineView) { l.Costs = []CostView{{"2820", 1200_00}} }, "salary_and_benefits"},
		{coach, func(l *LineView) { l.Costs = []CostView{{"1250", 900_00}, {"2820", 200_00}, {"3210", 100_00}} }, "salary_and_benefits"},
		{workshop, func(l *LineView) { l.Costs = []CostView{{"3120", 900_00}, {"3220", 300_00}} }, "one_object"},
		{coach, func(l *LineView) { l.Costs = []CostView{{"3120", 1200_00}} }, "personnel_objects"},
		{coach, func(l *LineView) { l.FTE = 0 }, "personnel_time"},
		{coach, func(l *LineView) { l.FTE, l.Hours = 0, 3000 }, ""},
		{coach, func(l *LineView) { l.StaffCount = 0 }, "personnel_staff"},
		{coach, func(l *LineView) { l.RateCents = 0 }, "personnel_rate"},
		{coach, func(l *LineView) { l.HasSchool = false }, "personnel_school"},
		{workshop, func(l *LineView) { l.Topic = "" }, "pd_topic"},
		{workshop, func(l *LineView) { l.StaffCount = 0 }, "pd_staff"},
		{workshop, func(l *LineView) { l.Days = 0 }, "pd_days"},
		{workshop, func(l *LineView) { l.RateCents = 0 }, "pd_rate"},
		{workshop, func(l *LineView) { l.AmountCents, l.Costs = 0, []CostView{{"3120", 0}} }, "amount"},
		{workshop, func(l *LineView) { l.AmountCents++ }, "amount_sum"},
		{tablets, func(l *LineView) { l.Quantity = 400 }, "unit_price"},
		{tablets, func(l *LineView) { l.UnitCostCents, l.Quantity = 33_33, 3600 }, "unit_price"},
		{tablets, func(l *LineView) {
			l.AmountCents, l.Costs, l.UnitCostCents, l.Quantity = 1_00, []CostView{{"5110", 1_00}}, 67, 150
		}, ""}, // 1.005 is 1.00 or 1.01
		{tablets, func(l *LineView) {
			l.AmountCents, l.Costs, l.UnitCostCents, l.Quantity = 5000_00, []CostView{{"5110", 5000_00}}, 5000_00, 100
		}, "capital_object"},
		{tablets, func(l *LineView) {
			l.AmountCents, l.Costs, l.UnitCostCents, l.Quantity = 4999_99, []CostView{{"5110", 4999_99}}, 4999_99, 100
		}, ""},
		{machine, func(l *LineView) { l.PriorApproval = false }, "capital_approval"},
		{workshop, func(l *LineView) { l.UseCategory, l.ResourcesStatement = "8", "None left." }, "impact_statement"},
		{workshop, func(l *LineView) { l.UseCategory, l.ImpactStatement = "8", "It helps." }, "resources_statement"},
		{workshop, func(l *LineView) { l.UseCategory, l.Grades = "6", "3-5" }, "class_size_grades"},
		{coach, func(l *LineView) { l.PriorFunding = "local" }, "supplant"},
		{coach, func(l *LineView) { l.PriorFunding, l.ResourcesStatement = "state", "The position was cut." }, ""},
		{workshop, func(l *LineView) { l.Targets, l.Goals = 0, 1 }, "target"},
		{workshop, func(l *LineView) { l.Metric = "" }, "metric"},
		{workshop, func(l *LineView) { l.DataSource = "" }, "data_source"},
		{workshop, func(l *LineView) { l.StartsOn, l.EndsOn = "2026-03-02", "2026-03-01" }, "dates"},
		{workshop, func(l *LineView) { l.StartsOn, l.EndsOn = "2026-03-01", "2026-03-01" }, ""},
	} {
		line := x.of
		x.change(&line)
		got := ""
		for _, f := range d.CheckLine(line, p) {
			got += f.Code
		}
		if x.want != "" {
			covered[x.want] = true
			x.want = "line." + x.want
		}
		if got != x.want {
			t.Errorf("%+v:\n%q, want %q", line, got, x.want)
		}
	}
	for _, c := range d.LineChecks {
		if !covered[c.Code] {
			t.Errorf("no line breaks %s", c.Code)
		}
	}
}

func TestEverythingWrongWithALineIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	d := michigan(t)
	p, err := d.Params(2026, nil)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := d.CheckLine(LineView{UseCategory: "8", CostKind: "personnel"}, p); len(wrong) < 12 {
		t.Errorf("%d findings", len(wrong))
	}
	// amounts that overflow are refused, not wrapped
	huge := LineView{Quantity: 1 << 62, UnitCostCents: 1 << 62}
	found := false
	for _, f := range d.CheckLine(huge, p) {
		found = found || f.Code == "line.unit_price" && f.Severity == "error"
	}
	if !found {
		t.Error("an overflow passed")
	}
}

func TestReadFact(t *testing.T) {
	t.Parallel()
	d := michigan(t)
	for _, x := range []struct{ name, text, want, wrong string }{
		{"index", "35.3", "35.30", ""}, {"index", "100.01", "", "at most 100"}, {"index", "1e3", "", "two decimals"},
		{"pupils", "0581", "581", ""}, {"pupils", "-1", "", "at least 0"}, {"pupils", "5.0", "", "whole number"},
		{"alternative", "yes", "", "true or false"}, {"identification", "csi", "", "Did you mean CSI?"},
		{"reasons", "bottom_5, low_graduation", "bottom_5;low_graduation", ""}, {"reasons", "bottom5", "", "Did you mean bottom_5?"},
		{"indx", "1", "", "Did you mean index?"},
	} {
		f, err := d.ReadFact(models.KindSchool, x.name, x.text, "test")
		if x.wrong == "" && (err != nil || f.Text != x.want) || x.wrong != "" && (err == nil || !strings.Contains(err.Error(), x.wrong)) {
			t.Errorf("%s %q: %q, %v", x.name, x.text, f.Text, err)
		}
	}
}
