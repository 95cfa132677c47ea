// Package measure judges results against targets: met or missed and by how much, where a
// straight line from the baseline would stand, whether a series ever turns back, whether a
// printed percentage is what its counts give. Everything is exact; nothing is rounded
// before it is compared. It knows no program, no people and no storage.
package measure

import (
	"errors"
	"math/big"
	"slices"
	"strings"

	"earmark/models"
)

// Direction says which way is better.
type Direction string

// The two directions.
const (
	Up   Direction = "up"   // more is better: met at the target or above it
	Down Direction = "down" // less is better: met at the target or below it
)

// Status is where a target stands.
type Status string

// The statuses of a target in a year.
const (
	Met          Status = "met"
	Missed       Status = "missed"
	NotCollected Status = "not_collected" // somebody said so, and why
	NotReported  Status = "not_reported"  // nothing was said, and the day has passed
	NotDue       Status = "not_due"       // nothing was said, and nothing had to be
	Reported     Status = "reported"      // a value in a year without a target
)

// Statuses lists them all.
var Statuses = []Status{Met, Missed, NotCollected, NotReported, NotDue, Reported}

// Point is a value in a year; years are named by the calendar year they end in.
type Point struct {
	Year  int
	Value *big.Rat
}

// Result is what was reported for a year: a value, or that there is none.
type Result struct {
	Value        *big.Rat // nil when NotCollected
	NotCollected bool
}

// Standing is a target and what became of it.
type Standing struct {
	Status Status
	By     *big.Rat // how much was missing; nil unless Missed
}

// Stand judges what was reported (nil: nothing) against a target (nil: none that year).
// due is the last day to report.
func Stand(d Direction, target *big.Rat, r *Result, due, today models.Date) Standing {
	switch {
	case r == nil && today > due:
		return Standing{Status: NotReported}
	case r == nil:
		return Standing{Status: NotDue}
	case r.NotCollected || r.Value == nil:
		return Standing{Status: NotCollected}
	case target == nil:
		return Standing{Status: Reported}
	}
	if by := short(d, r.Value, target); by.Sign() > 0 {
		return Standing{Status: Missed, By: by}
	}
	return Standing{Status: Met}
}

// short is how much a value lacks to a target; not positive when it lacks nothing.
func short(d Direction, value, target *big.Rat) *big.Rat {
	if d == Down {
		return new(big.Rat).Sub(value, target)
	}
	return new(big.Rat).Sub(target, value)
}

// Expected is the value of a year on the straight line through two points; ok is false
// when the points are of one year, or the year lies outside them.
func Expected(from, to Point, year int) (value *big.Rat, ok bool) {
	if from.Value == nil || to.Value == nil || to.Year <= from.Year || year < from.Year || year > to.Year {
		return nil, false
	}
	rise := new(big.Rat).Sub(to.Value, from.Value)
	rise.Mul(rise, big.NewRat(int64(year-from.Year), int64(to.Year-from.Year)))
	return rise.Add(rise, from.Value), true
}

// Ahead is how far a value is on the good side of another; negative when it is behind.
func Ahead(d Direction, value, other *big.Rat) *big.Rat {
	return short(d, other, value)
}

// Break is a place where a series does what it must not.
type Break struct{ From, To Point }

// Breaks finds every place where a series turns the wrong way: never is "fall" or "rise".
// Points may come in any order; the series is that of their years.
func Breaks(never string, points []Point) []Break {
	sorted := slices.Clone(points)
	slices.SortStableFunc(sorted, func(a, b Point) int { return a.Year - b.Year })
	var out []Break
	for i := 1; i < len(sorted); i++ {
		step := sorted[i].Value.Cmp(sorted[i-1].Value)
		if never == "fall" && step < 0 || never == "rise" && step > 0 {
			out = append(out, Break{sorted[i-1], sorted[i]})
		}
	}
	return out
}

// ErrNoWhole reports a percentage of nothing.
var ErrNoWhole = errors.New("the denominator is not more than zero")

// Percent is 100 x part / whole, exactly.
func Percent(part, whole models.Hundredths) (*big.Rat, error) {
	if whole <= 0 {
		return nil, ErrNoWhole
	}
	x := big.NewRat(int64(part), int64(whole))
	return x.Mul(x, big.NewRat(100, 1)), nil
}

// Rat is an exact value as a fraction.
func Rat(h models.Hundredths) *big.Rat { return big.NewRat(int64(h), 100) }

// Agrees reports whether a number as it was printed is the exact value, rounded half up to
// as many decimals as are printed; computed is what should have been printed.
func Agrees(printed string, exact *big.Rat) (computed string, ok bool) {
	_, fraction, _ := strings.Cut(printed, ".")
	computed = Text(exact, len(fraction))
	p, known := new(big.Rat).SetString(printed)
	c, _ := new(big.Rat).SetString(computed)
	return computed, known && c != nil && p.Cmp(c) == 0
}

// Text writes a value with a number of decimals, half up (away from zero).
func Text(x *big.Rat, decimals int) string { return x.FloatString(decimals) }

// Shown is a value in hundredths for display, half up. Nothing is decided with it.
func Shown(x *big.Rat) models.Hundredths {
	h, err := models.ParseHundredths(Text(x, 2))
	if err != nil {
		return 0
	}
	return h
}

// Lacking is a shortfall in hundredths for display, rounded up: what was missed never
// shows as missed by nothing.
func Lacking(x *big.Rat) models.Hundredths {
	h := Shown(x)
	if Rat(h).Cmp(x) < 0 {
		h++
	}
	return h
}

// Dated is a value on a day.
type Dated struct {
	On    models.Date
	Value *big.Rat
}

// Along is the value of a day on the straight lines through dated points, counted in
// calendar days; after the last point it stays there. ok is false before the first point,
// with fewer than two, and when the points are not in the order of their days.
func Along(points []Dated, on models.Date) (value *big.Rat, ok bool) {
	if len(points) < 2 || on < points[0].On {
		return nil, false
	}
	for i := 1; i < len(points); i++ {
		from, to := points[i-1], points[i]
		if to.On <= from.On {
			return nil, false
		}
		if value == nil && on <= to.On {
			rise := new(big.Rat).Sub(to.Value, from.Value)
			rise.Mul(rise, big.NewRat(int64(on.DaysSince(from.On)), int64(to.On.DaysSince(from.On))))
			value = rise.Add(rise, from.Value)
		}
	}
	if value == nil {
		value = new(big.Rat).Set(points[len(points)-1].Value)
	}
	return value, true
}
