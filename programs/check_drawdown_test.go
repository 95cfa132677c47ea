package programs

import (
	"testing"

	"earmark/models"
)

func TestMistakesInDrawdown(t *testing.T) {
	t.Parallel()
	text := raceToTheTop(t)
	for _, x := range []struct{ name, old, instead, says string }{
		{"check", "check: measures_reported", "check: measures_met", "not known here"},
		{"due", "due: [report_1512, annual_report, final_scope]", "due: [report_1521]", "no due date"},
		{"due of another check", "      check: measures_reported\n", "      check: measures_reported\n      due: [report_1512]\n", "Only nothing_overdue"},
		{"record", "      check: measures_reported\n", "      check: no_open_record\n", "Only no_open_record"},
		{"kind of record", "      check: measures_reported\n", "      check: no_open_record\n      record: enforcement_cas\n      while: [in_force]\n", "no kind of record"},
		{"state of record", "      check: measures_reported\n", "      check: no_open_record\n      record: x\n      while: [opened]\n", "not known here"},
		{"parameter", "amount_parameter: drawdown_year_4", "amount_parameter: drawdown_year_5", "no parameter"},
		{"mixed", "amount_parameter: drawdown_year_4", "share_bp: 100", "Some years have a share"},
		{"twice", "{year: 4, amount_parameter", "{year: 3, amount_parameter", "stands here twice"},
		{"year", "{year: 4, amount_parameter", "{year: 0, amount_parameter", "not a project year"},
		{"days", "pays_after_days: 30", "pays_after_days: -30", "cannot be negative"},
	} {
		mistaken(t, text, x.name, x.old, x.instead, x.says)
	}
	mistaken(t, source(t)+"\ndrawdown:\n  basis: assumption\n  cite: x\n  schedule:\n    - {year: 1, share_bp: 9999}\n", "shares", "share_bp: 9999", "share_bp: 9998", "add up to 9998")
	mistaken(t, source(t)+"\ndrawdown:\n  basis: assumption\n  cite: x\n  schedule: []\n", "no schedule", "schedule: []", "schedule: []", "Nothing says what may be drawn")
}

// The parts are always the whole, also when years are left out or have no share.
func TestScheduledPartsAreTheWhole(t *testing.T) {
	t.Parallel()
	d := Drawdown{Schedule: []DrawdownYear{{Year: 1, ShareBP: 3333}, {Year: 2, ShareBP: 3333}, {Year: 3, ShareBP: 3334}, {Year: 4}}}
	for _, amount := range []models.Cents{0, 1, 2, 100, 1_000_003, 7_500_000_000} {
		for _, years := range [][]int{{1, 2, 3, 4}, {2, 3}, {3}, {4}} {
			parts, err := d.Scheduled(amount, years, Params{})
			if err != nil {
				t.Fatal(err)
			}
			if sum, _ := models.Sum(parts...); sum != amount {
				t.Errorf("%s over %v: %v", amount, years, parts)
			}
		}
	}
	if parts, err := d.Scheduled(100, nil, Params{}); err != nil || parts != nil {
		t.Error(parts, err)
	}
}
