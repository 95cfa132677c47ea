package measure_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"earmark/models"
	"earmark/workflow/measure"
)

func some(r *rand.Rand) *big.Rat { return big.NewRat(r.Int64N(20_001)-5_000, r.Int64N(300)+1) }

func TestABetterValueNeverTurnsMetIntoMissed(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	met := 0
	for range 5_000 {
		target, value, more := some(r), some(r), new(big.Rat).Abs(some(r))
		for _, d := range []measure.Direction{measure.Up, measure.Down} {
			better := new(big.Rat).Add(value, more)
			if d == measure.Down {
				better = new(big.Rat).Sub(value, more)
			}
			a := measure.Stand(d, target, &measure.Result{Value: value}, "2026-06-30", "2026-01-01")
			b := measure.Stand(d, target, &measure.Result{Value: better}, "2026-06-30", "2026-01-01")
			if a.Status == measure.Met {
				met++
			}
			if a.Status == measure.Met && b.Status != measure.Met {
				t.Fatalf("%s: %s meets %s and %s does not", d, value, target, better)
			}
			if b.Status == measure.Missed && b.By.Cmp(a.By) > 0 {
				t.Fatalf("%s: %s misses %s by less than %s", d, value, target, better)
			}
			if a.Status == measure.Missed && (measure.Lacking(a.By) <= 0 || measure.Rat(measure.Lacking(a.By)).Cmp(a.By) < 0) {
				t.Fatalf("missed by %s, shown as %s", a.By, measure.Lacking(a.By))
			}
		}
	}
	if met < 1_000 {
		t.Errorf("only %d of the values met their targets", met)
	}
}

func TestWithoutAResultTheDayDecides(t *testing.T) {
	t.Parallel()
	target := big.NewRat(80, 1)
	for _, x := range []struct {
		result *measure.Result
		target *big.Rat
		today  models.Date
		want   measure.Status
	}{
		{nil, target, "2026-06-30", measure.NotDue},
		{nil, target, "2026-07-01", measure.NotReported},
		{&measure.Result{NotCollected: true}, target, "2026-01-01", measure.NotCollected},
		{&measure.Result{Value: target}, nil, "2026-07-01", measure.Reported},
		{&measure.Result{Value: target}, target, "2026-07-01", measure.Met},
		{&measure.Result{Value: big.NewRat(7999, 100)}, target, "2026-01-01", measure.Missed},
	} {
		if got := measure.Stand(measure.Up, x.target, x.result, "2026-06-30", x.today); got.Status != x.want {
			t.Errorf("%+v on %s: %s, and should be %s", x.result, x.today, got.Status, x.want)
		}
	}
}

func TestPrintedPercentagesAreCheckedToTheirDecimals(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		part, whole models.Hundredths
		printed     string
		computed    string
		ok          bool
	}{
		{2900, 3800, "76.3", "76.3", true}, {2900, 9800, "76.3", "29.6", false}, {2900, 3800, "76", "76", true}, {2900, 3800, "76.0", "76.3", false},
		{100, 200, "50", "50", true}, {100, 800, "12.5", "12.5", true}, {100, 800, "13", "13", true}, {100, 800, "12", "13", false},
	} {
		exact, err := measure.Percent(x.part, x.whole)
		if err != nil {
			t.Fatal(err)
		}
		if computed, ok := measure.Agrees(x.printed, exact); computed != x.computed || ok != x.ok {
			t.Errorf("%s of %s, printed %s: %s, %v", x.part, x.whole, x.printed, computed, ok)
		}
	}
	if _, err := measure.Percent(100, 0); err == nil {
		t.Error("a percentage of nothing is a number")
	}
}

func TestTheLineAndTheSeriesDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		points := make([]measure.Point, r.IntN(6)+2)
		for i := range points {
			points[i] = measure.Point{Year: 2000 + i, Value: some(r)}
		}
		want := measure.Breaks("fall", points)
		r.Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
		if got := measure.Breaks("fall", points); len(got) != len(want) {
			t.Fatalf("%d breaks, then %d", len(want), len(got))
		}
		from, to := measure.Point{Year: 2000, Value: some(r)}, measure.Point{Year: 2004, Value: some(r)}
		steps := new(big.Rat)
		for year := 2001; year <= 2004; year++ {
			a, _ := measure.Expected(from, to, year-1)
			b, ok := measure.Expected(from, to, year)
			if !ok {
				t.Fatal("the line has no value within its points")
			}
			steps.Add(steps, new(big.Rat).Sub(b, a))
		}
		if steps.Cmp(new(big.Rat).Sub(to.Value, from.Value)) != 0 {
			t.Fatal("the steps of the line do not add up")
		}
	}
	if _, ok := measure.Expected(measure.Point{Year: 2001, Value: new(big.Rat)}, measure.Point{Year: 2002, Value: new(big.Rat)}, 2003); ok {
		t.Error("the line goes on for ever")
	}
}
