package tablecheck

import (
	"math/big"
	"strconv"
	"strings"
)

// maxDigits of one printed number; more is not a number of any budget.
const maxDigits = 40

// State says what a printed cell is.
type State int

// The states of a cell.
const (
	Blank      State = iota // nothing, a dash, n/a: counts as 0 in a sum
	Readable                // a number
	Unreadable              // something else
)

// Number is a printed number, exactly as printed.
type Number struct {
	State    State
	Value    *big.Rat // nil unless Readable; 98% is 0.98
	Percent  bool
	Decimals int    // as printed: 2 for 12.50, 1 for 37.5%
	Text     string // as printed

	small int64 // the value in ten-thousandths when exact is true: long sums need no fractions
	exact bool
}

// smallScale is what small counts in; maxSmall leaves room to add maxTerms of them.
const (
	smallScale = 10_000
	maxSmall   = 1_000_000_000_000_000
	maxTerms   = 9_000
)

// blanks are what tables print where there is nothing.
var blanks = map[string]bool{"": true, "-": true, "--": true, "–": true, "—": true, "n/a": true, "na": true, "null": true}

// ParseNumber reads a cell: 1,234.50 $5 (5) -5 98% with misplaced separators, stray
// characters and exponents unreadable. It never guesses.
func ParseNumber(text string) Number {
	n := Number{Text: text}
	s := strings.TrimSpace(text)
	if blanks[strings.ToLower(s)] {
		return n
	}
	n.State = Unreadable
	negative := false
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		negative, s = true, strings.TrimSpace(s[1:len(s)-1])
	}
	s, minus := cutSign(s)
	dollars := strings.HasPrefix(s, "$")
	s = strings.TrimSpace(strings.TrimPrefix(s, "$"))
	if !minus {
		s, minus = cutSign(s)
	}
	if minus && negative {
		return n
	}
	if percent, ok := strings.CutSuffix(s, "%"); ok && !dollars {
		n.Percent, s = true, strings.TrimSpace(percent)
	}
	digits, decimals, ok := digitsOf(s)
	if !ok {
		return n
	}
	n.State, n.Decimals = Readable, decimals
	if x, err := strconv.ParseInt(digits, 10, 64); err == nil && n.scale() <= 4 && x <= maxSmall/tens[4-n.scale()] {
		x *= tens[4-n.scale()]
		if negative || minus {
			x = -x
		}
		n.small, n.exact, n.Value = x, true, big.NewRat(x, smallScale)
		return n
	}
	whole, _ := new(big.Int).SetString(digits, 10) // digits only
	if negative || minus {
		whole.Neg(whole)
	}
	n.Value = new(big.Rat).SetFrac(whole, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n.scale())), nil))
	return n
}

var tens = [...]int64{1, 10, 100, 1000, 10_000}

var hundredth = big.NewRat(1, 100)

func cutSign(s string) (string, bool) {
	for _, sign := range []string{"-", "−", "–"} {
		if rest, ok := strings.CutPrefix(s, sign); ok {
			return strings.TrimSpace(rest), true
		}
	}
	return s, false
}

// digitsOf takes separators and point out of 1,234.50 and counts its decimals.
func digitsOf(s string) (digits string, decimals int, ok bool) {
	whole, fraction, point := strings.Cut(s, ".")
	if point && fraction == "" || whole == "" && fraction == "" || len(s) > 2*maxDigits {
		return "", 0, false
	}
	if strings.Contains(whole, ",") {
		parts := strings.Split(whole, ",")
		for i, p := range parts {
			if i == 0 && (p == "" || len(p) > 3) || i > 0 && len(p) != 3 {
				return "", 0, false
			}
		}
		whole = strings.Join(parts, "")
	}
	if len(whole)+len(fraction) > maxDigits {
		return "", 0, false
	}
	for _, c := range whole + fraction {
		if c < '0' || c > '9' {
			return "", 0, false
		}
	}
	return whole + fraction, len(fraction), true
}

// scale is the number of decimals of the value: a percentage has two more than it prints.
func (n Number) scale() int {
	if n.Percent {
		return n.Decimals + 2
	}
	return n.Decimals
}

// round rounds half away from zero to a number of decimals.
func round(x *big.Rat, decimals int) *big.Rat {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(decimals)), nil)
	scaled := new(big.Rat).Mul(x, new(big.Rat).SetInt(ten))
	twice := new(big.Int).Mul(new(big.Int).Abs(scaled.Num()), big.NewInt(2))
	twice.Add(twice, scaled.Denom())
	q := twice.Quo(twice, new(big.Int).Mul(scaled.Denom(), big.NewInt(2)))
	if x.Sign() < 0 {
		q.Neg(q)
	}
	return new(big.Rat).SetFrac(q, ten)
}

// write renders a value as plain decimal text, with % when the cell has it. What has no
// end as a decimal is cut after six decimals and marked with "…".
func write(x *big.Rat, percent bool) string {
	if x == nil {
		return ""
	}
	sign := ""
	if percent {
		x, sign = new(big.Rat).Quo(x, hundredth), "%"
	}
	n, exact := x.FloatPrec()
	if exact {
		return x.FloatString(n) + sign
	}
	return strings.TrimRight(x.FloatString(6), "0") + "…" + sign
}

// group puts thousands separators into plain decimal text, for people.
func group(text string) string {
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	whole, rest := text, ""
	if i := strings.IndexAny(text, ".%…"); i >= 0 {
		whole, rest = text[:i], text[i:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + rest
}
