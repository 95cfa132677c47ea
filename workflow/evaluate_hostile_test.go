package workflow

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"earmark/models"
	"earmark/programs"
)

// Files that would take all of the memory, run for minutes or add amounts past the largest
// number are refused in a moment, with the reason.
func TestAFileOfFactsCannotAskForTooMuch(t *testing.T) {
	t.Parallel()
	s, err := programs.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	many := func(n int, text string) string { return strings.TrimSuffix(strings.Repeat(text+",", n), ",") }
	const largest = "9223372036854775807"
	for _, x := range []struct{ program, section, want string }{
		{"rtt-state-application", `"due":[` + many(5000, `{"code":"report_1512","today":"2010-01-01","anchors":{"starts_on":"0001-01-01","awarded_on":"0001-01-01"}}`) + `]`, "/due/1 due.too_many"},
		{"rtt-state-application", `"drawdown":[` + many(20000, `{"year":1,"award_cents":10}`) + `]`, "/drawdown drawdown.too_many"},
		{"mi-21h", `"amendments":[{"approved":{"221/3120":` + largest + `,"221/3121":` + largest + `},"proposed":{"221/3120":1}}]`, "/amendments/0/approved amount.overflow"},
		{"mi-21h", `"benchmarks":[{"code":"a","type":"state_academic","baseline":"92233720368547758.07","points":[{"kind":"itb","change":"92233720368547758.07"}]}]`, "/benchmarks/0/points/0 measure.value"},
		{"ma-boston-partnership-fund", `"commitments":[{"line_cents":100,"asked":[{"payee":"a","kind":"partner_organization","in_portfolio":true,"amount_cents":-5000},
			{"payee":"b","kind":"partner_organization","in_portfolio":true,"amount_cents":5000}]}]`, "/commitments/0/asked/0/amount_cents commitment.amount"},
		{"ma-boston-partnership-fund", `"commitments":[{"line_cents":` + largest + `,"asked":[]}]`, "/commitments/0/line_cents commitment.amount"},
	} {
		def, ok := s.Program(x.program)
		if !ok {
			t.Fatal(x.program)
		}
		in, err := DecodeEvaluateInput(strings.NewReader(`{"fiscal_year":2011,"organizations":[],` + x.section + `}`))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Evaluate(def, in)
		var refused *models.Error
		if !errors.As(err, &refused) || !slices.ContainsFunc(refused.Fields, func(f models.FieldError) bool { return f.Pointer+" "+f.Code == x.want }) {
			t.Errorf("%.60s: no %s: %v", x.section, x.want, err)
		}
	}
}
