package models

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Hundredths is an exact number with two decimals: an index of 35.33 is 3533, 7.2 % is 720.
// JSON and CSV carry it as decimal text ("35.33"), so that no reader makes a float of it.
type Hundredths int64

// ParseHundredths reads 35, 35.3 or 35.33.
func ParseHundredths(s string) (Hundredths, error) {
	c, err := ParseCents(s)
	if err != nil || strings.ContainsAny(s, "$(,") {
		return 0, fmt.Errorf("%q is not a number with at most two decimals", s)
	}
	return Hundredths(c), nil
}

// String renders 35.33.
func (h Hundredths) String() string {
	sign, v := "", int64(h)
	if v < 0 {
		sign, v = "-", -v
	}
	return fmt.Sprintf("%s%d.%02d", sign, v/100, v%100)
}

// MarshalJSON writes decimal text.
func (h Hundredths) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(h.String())), nil }

// UnmarshalJSON reads decimal text or a JSON number, by its digits.
func (h *Hundredths) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(b) > 0 && b[0] == '"' {
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
	}
	v, err := ParseHundredths(s)
	if err != nil {
		return err
	}
	*h = v
	return nil
}
