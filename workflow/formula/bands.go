package formula

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"earmark/models"
)

// WeightScale is what a weight is counted in: four decimals, 1.25 is 12500.
const WeightScale = 10_000

// ParseWeight reads a weight as a whole number of ten-thousandths.
func ParseWeight(s string) (int64, error) {
	whole, frac, _ := strings.Cut(s, ".")
	n, err := strconv.ParseUint(whole+(frac + "0000")[:max(4, len(frac))], 10, 40)
	if err != nil || whole == "" || len(frac) > 4 || strings.HasSuffix(s, ".") {
		return 0, fmt.Errorf("%q is not a weight with at most four decimals", s)
	}
	return int64(n), nil
}

// Span is the values of a band in hundredths, both ends included.
type Span struct{ Low, High int64 }

// Span works out the ends: facts have two decimals, so "above 35.33" begins at 35.34.
func (b Band) Span() (Span, error) {
	s := Span{math.MinInt64, math.MaxInt64}
	if b.From != "" && b.Above != "" || b.Below != "" && b.UpTo != "" {
		return s, fmt.Errorf("a band has one lower and one upper end")
	}
	var err error
	end := func(text string, at *int64, shift int64) {
		if text == "" || err != nil {
			return
		}
		var h models.Hundredths
		if h, err = models.ParseHundredths(text); err == nil {
			*at = int64(h) + shift
		}
	}
	end(b.From, &s.Low, 0)
	end(b.Above, &s.Low, 1)
	end(b.Below, &s.High, -1)
	end(b.UpTo, &s.High, 0)
	if err == nil && s.Low > s.High {
		err = fmt.Errorf("the band ends before it begins")
	}
	return s, err
}
