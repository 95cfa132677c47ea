package workflow

import (
	"testing"

	"pgregory.net/rapid"

	"earmark/models"
	"earmark/programs"
)

// The published tolerances: Michigan 10 %; Massachusetts the greater of $100 and 10 %, at
// most $10,000; New York and Arizona the greater of 10 % and $1,000.
var (
	inMichigan      = programs.Tolerance{PercentBP: 1000}
	inMassachusetts = programs.Tolerance{PercentBP: 1000, FloorCents: 100_00, CapCents: 10_000_00}
	inNewYork       = programs.Tolerance{PercentBP: 1000, FloorCents: 1_000_00}
	inArizona       = programs.Tolerance{PercentBP: 1000, FloorCents: 1_000_00}
)

func TestCellOverrun(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name                       string
		tol                        programs.Tolerance
		approved, spent            models.Cents
		over                       bool
		overApproved, questionable models.Cents
	}{
		{"exactly 10 %", inMichigan, 10_000_00, 11_000_00, false, 1_000_00, 0},
		{"a cent more", inMichigan, 10_000_00, 11_000_01, true, 1_000_01, 1},
		{"new cell", inMichigan, 0, 1, true, 1, 1},
		{"below", inMichigan, 10_000_00, 9_000_00, false, 0, 0},
		{"10 % of 5 cents is half a cent", inMichigan, 5, 6, true, 1, 1},
		{"MA at 10 %", inMassachusetts, 10_000_00, 11_000_00, false, 1_000_00, 0},
		{"NY at 10 %", inNewYork, 10_000_00, 11_000_00, false, 1_000_00, 0},
		{"AZ at 10 %", inArizona, 10_000_00, 11_000_00, false, 1_000_00, 0},
		{"MI small cell", inMichigan, 500_00, 600_00, true, 100_00, 50_00},
		{"MA small cell", inMassachusetts, 500_00, 600_00, false, 100_00, 0},
		{"NY small cell", inNewYork, 500_00, 600_00, false, 100_00, 0},
		{"AZ small cell", inArizona, 500_00, 600_00, false, 100_00, 0},
		{"MI large cell", inMichigan, 150_000_00, 161_000_00, false, 11_000_00, 0},
		{"MA large cell", inMassachusetts, 150_000_00, 161_000_00, true, 11_000_00, 1_000_00},
	} {
		over, a, q := CellOverrun(x.tol, x.approved, x.spent)
		if over != x.over || a != x.overApproved || q != x.questionable {
			t.Errorf("%s: %t %s %s", x.name, over, a, q)
		}
	}
}

func cell(function, object string) models.Cell {
	return models.Cell{FunctionCode: function, ObjectCode: object}
}

func TestMeter(t *testing.T) {
	t.Parallel()
	rule := michigan(t).Amendment
	a, b := cell("221", "3120"), cell("125", "1630")
	approved := map[models.Cell]models.Cents{a: 10_000_00, b: 20_000_00}
	for _, x := range []struct {
		name     string
		proposed map[models.Cell]models.Cents
		changes  []MeterChange
		want     string
	}{
		{"nothing moves", approved, nil, OutcomeNone},
		{"exactly 10 %", map[models.Cell]models.Cents{a: 11_000_00, b: 19_000_00}, nil, OutcomeNotify},
		{"a cent more", map[models.Cell]models.Cents{a: 11_000_01, b: 18_999_99}, nil, OutcomeReview},
		{"only less", map[models.Cell]models.Cents{a: 2_000_00, b: 20_000_00}, nil, OutcomeNotify},
		{"a new cell", map[models.Cell]models.Cents{a: 10_000_00, b: 19_999_99, cell("221", "3220"): 1}, nil, OutcomeReview},
		{"an always-change without money", approved, []MeterChange{{"link_changed", 2}}, OutcomeReview},
		{"a change that is not listed", approved, []MeterChange{{"description_changed", 2}}, OutcomeNotify},
	} {
		r := Meter(rule, MeterInput{Approved: approved, Proposed: x.proposed, Changes: x.changes, Spent: map[models.Cell]models.Cents{a: 1}})
		if r.Outcome != x.want || r.Cite == "" || r.Rule == "" || r.ApprovedCents != 30_000_00 {
			t.Errorf("%s: %+v", x.name, r)
		}
	}
}

// The meter lets a cell rise exactly as far as spending may: the two must never disagree.
func TestMeterAndOverrunAgree(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tol := programs.Tolerance{PercentBP: models.BasisPoints(rapid.Int64Range(0, 5000).Draw(t, "bp")),
			FloorCents: models.Cents(rapid.Int64Range(0, 1_000_00).Draw(t, "floor")), CapCents: models.Cents(rapid.Int64Range(0, 10_000_00).Draw(t, "cap"))}
		was, is := models.Cents(rapid.Int64Range(1, 1<<40).Draw(t, "was")), models.Cents(rapid.Int64Range(1, 1<<40).Draw(t, "is"))
		at := cell("221", "3120")
		r := Meter(programs.Amendment{Tolerance: tol}, MeterInput{Approved: map[models.Cell]models.Cents{at: was}, Proposed: map[models.Cell]models.Cents{at: is}})
		over, _, _ := CellOverrun(tol, was, is)
		if over != (r.Outcome == OutcomeReview) {
			t.Fatalf("%s to %s under %s: over %t, meter %s", was, is, tol, over, r.Outcome)
		}
	})
}

func TestBudgetOnTheBasisOfTheRule(t *testing.T) {
	t.Parallel()
	lines := []Line{
		{Number: 1, Version: models.LineVersion{UseCategory: "4", FunctionCode: "221", AmountCents: 300}, Costs: []models.LineCost{{ObjectCode: "3120", AmountCents: 100}, {ObjectCode: "5110", AmountCents: 200}}},
		{Number: 2, Version: models.LineVersion{UseCategory: "4", FunctionCode: "125", AmountCents: 50}, Costs: []models.LineCost{{ObjectCode: "5110", AmountCents: 50}}},
		{Number: 3, Version: models.LineVersion{UseCategory: "5", FunctionCode: "125", AmountCents: 7, Action: "remove"}},
	}
	for basis, want := range map[string]map[models.Cell]models.Cents{
		"cell":         {cell("221", "3120"): 100, cell("221", "5110"): 200, cell("125", "5110"): 50},
		"object":       {{ObjectCode: "3120"}: 100, {ObjectCode: "5110"}: 250},
		"use_category": {{UseCategory: "4"}: 350},
		"line":         {{Line: 1}: 300, {Line: 2}: 50},
	} {
		same(t, basis, budgetOf(lines, basis), want)
	}
}
