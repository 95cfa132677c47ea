package models

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"sort"
	"strconv"
	"strings"
)

// Cents is an exact amount of US dollars in cents. Nothing in Earmark holds money in
// another type: JSON, SQL, CSV and forms say amount_cents and carry this integer.
type Cents int64

// ErrOverflow reports a sum that does not fit 64 bits.
var ErrOverflow = errors.New("amount does not fit 64 bits")

// String renders people's form: $1,234.50, -$0.05.
func (c Cents) String() string {
	sign, v := "", uint64(c)
	if c < 0 {
		sign, v = "-", uint64(-(c+1))+1
	}
	dollars := strconv.FormatUint(v/100, 10)
	var b strings.Builder
	for i, r := range dollars {
		if i > 0 && (len(dollars)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(r)
	}
	return fmt.Sprintf("%s$%s.%02d", sign, b.String(), v%100)
}

// ParseCents reads dollars as people type them: 1234, 1,234.5, $1,234.50, -12.00, (12.00).
// More than two decimals, misplaced separators and anything else are errors.
func ParseCents(s string) (Cents, error) {
	in := strings.TrimSpace(s)
	neg := false
	if strings.HasPrefix(in, "(") && strings.HasSuffix(in, ")") {
		neg, in = true, in[1:len(in)-1]
	}
	if strings.HasPrefix(in, "-") {
		if neg {
			return 0, fmt.Errorf("%q is not an amount of dollars", s)
		}
		neg, in = true, in[1:]
	}
	in = strings.TrimPrefix(in, "$")
	whole, frac, hasFrac := strings.Cut(in, ".")
	if whole == "" || (hasFrac && (len(frac) == 0 || len(frac) > 2)) {
		return 0, fmt.Errorf("%q is not an amount of dollars with at most two decimals", s)
	}
	if strings.Contains(whole, ",") {
		parts := strings.Split(whole, ",")
		for i, p := range parts {
			if (i == 0 && (len(p) == 0 || len(p) > 3)) || (i > 0 && len(p) != 3) {
				return 0, fmt.Errorf("%q has a misplaced thousands separator", s)
			}
		}
		whole = strings.Join(parts, "")
	}
	digits := whole + (frac + "00")[:2]
	for _, r := range digits {
		if r < '0' || r > '9' {
			return 0, fmt.Errorf("%q is not an amount of dollars", s)
		}
	}
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", s, ErrOverflow)
	}
	if neg {
		v = -v
	}
	return Cents(v), nil
}

// Add returns c+d or ErrOverflow.
func (c Cents) Add(d Cents) (Cents, error) {
	s := c + d
	if (d > 0 && s < c) || (d < 0 && s > c) {
		return 0, ErrOverflow
	}
	return s, nil
}

// Sum adds amounts or returns ErrOverflow.
func Sum(amounts ...Cents) (Cents, error) {
	var total Cents
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Rounding names how MulRatio treats a part of a cent.
type Rounding int

// The roundings in use.
const (
	RoundDown   Rounding = iota // towards zero
	RoundHalfUp                 // half a cent away from zero
)

// MulRatio returns c*num/den in whole cents, rounded as named. den must not be 0.
func (c Cents) MulRatio(num, den int64, r Rounding) (Cents, error) {
	if den == 0 {
		return 0, errors.New("ratio with a zero denominator")
	}
	n := new(big.Int).Mul(big.NewInt(int64(c)), big.NewInt(num))
	return quotient(n, big.NewInt(den), r)
}

func quotient(n, d *big.Int, r Rounding) (Cents, error) {
	neg := n.Sign()*d.Sign() < 0
	q, m := new(big.Int).QuoRem(new(big.Int).Abs(n), new(big.Int).Abs(d), new(big.Int))
	if r == RoundHalfUp && m.Lsh(m, 1).Cmp(new(big.Int).Abs(d)) >= 0 {
		q.Add(q, big.NewInt(1))
	}
	if neg {
		q.Neg(q)
	}
	if !q.IsInt64() {
		return 0, ErrOverflow
	}
	return Cents(q.Int64()), nil
}

// RoundRat rounds an exact amount of cents to whole cents.
func RoundRat(x *big.Rat, r Rounding) (Cents, error) {
	return quotient(new(big.Int).Set(x.Num()), x.Denom(), r)
}

// Split shares c among weights so that the parts sum to c to the cent: each exact share
// is floored and the cents left over go to the largest remainders, ties to the earlier
// weight. A zero weight gets nothing. Weights must not be negative and not all zero.
// The result has one part per weight, in order.
func (c Cents) Split(weights []*big.Rat) ([]Cents, error) {
	if c < 0 {
		return nil, errors.New("a negative amount cannot be shared")
	}
	total := new(big.Rat)
	for _, w := range weights {
		if w.Sign() < 0 {
			return nil, errors.New("a share has a negative weight")
		}
		total.Add(total, w)
	}
	if total.Sign() == 0 {
		return nil, errors.New("no share has a weight")
	}
	pool := new(big.Rat).SetInt64(int64(c))
	exact := make([]*big.Rat, len(weights))
	for i, w := range weights {
		exact[i] = new(big.Rat).Quo(new(big.Rat).Mul(pool, w), total)
	}
	return Apportion(c, exact)
}

// Apportion turns exact shares (in cents, not negative, summing to c) into whole cents
// that sum to c: floor each, then one cent each by largest remainder, ties by order.
func Apportion(c Cents, exact []*big.Rat) ([]Cents, error) {
	parts := make([]Cents, len(exact))
	rem := make([]*big.Rat, len(exact))
	left := int64(c)
	for i, x := range exact {
		q := new(big.Int).Quo(x.Num(), x.Denom())
		if x.Sign() < 0 || !q.IsInt64() {
			return nil, ErrOverflow
		}
		parts[i] = Cents(q.Int64())
		left -= q.Int64()
		rem[i] = new(big.Rat).Sub(x, new(big.Rat).SetInt(q))
	}
	if left < 0 || left > int64(len(exact)) {
		return nil, fmt.Errorf("shares do not sum to the amount: %d cents left over", left)
	}
	order := make([]int, 0, len(exact))
	for i := range exact {
		if rem[i].Sign() > 0 {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return rem[order[a]].Cmp(rem[order[b]]) > 0 })
	if left > int64(len(order)) {
		return nil, fmt.Errorf("shares do not sum to the amount: %d cents left over", left)
	}
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts, nil
}

// BasisPoints is a rate in hundredths of a percent: 10 % is 1000.
type BasisPoints int64

// String renders a percentage with two decimals: 77.50%.
func (b BasisPoints) String() string {
	sign, v := "", int64(b)
	if v < 0 {
		sign, v = "-", -v
	}
	return fmt.Sprintf("%s%d.%02d%%", sign, v/100, v%100)
}

// Rate returns part/whole in basis points, rounded half up, for display only:
// thresholds are compared with Exceeds and Below, never with a rounded rate.
// ok is false when whole is not positive (the rate is then "n/a", not 0 %).
func Rate(part, whole Cents) (rate BasisPoints, ok bool) {
	if whole <= 0 {
		return 0, false
	}
	c, err := part.MulRatio(10000, int64(whole), RoundHalfUp)
	if err != nil {
		return math.MaxInt64, true
	}
	return BasisPoints(c), true
}

// Exceeds reports exactly whether part/whole > rate. With whole 0 any positive part exceeds.
func Exceeds(part, whole Cents, rate BasisPoints) bool { return compareRate(part, whole, rate) > 0 }

// Below reports exactly whether part/whole < rate.
func Below(part, whole Cents, rate BasisPoints) bool { return compareRate(part, whole, rate) < 0 }

func compareRate(part, whole Cents, rate BasisPoints) int {
	l := new(big.Int).Mul(big.NewInt(int64(part)), big.NewInt(10000))
	return l.Cmp(new(big.Int).Mul(big.NewInt(int64(whole)), big.NewInt(int64(rate))))
}
