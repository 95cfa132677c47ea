package models

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDatesOfTheCalendar(t *testing.T) {
	t.Parallel()
	// A period ending 2022-09-30 is reported 60 days later; filed 2023-09-11 it is 286 days late.
	if due := Date("2022-09-30").AddDays(60); due != "2022-11-29" || Date("2023-09-11").DaysSince(due) != 286 {
		t.Errorf("due %s, late %d", due, Date("2023-09-11").DaysSince(due))
	}
	if d := Date("2025-12-23").AddDays(90); d != "2026-03-23" {
		t.Errorf("day 90 is %s", d)
	}
	if !Date("2024-10-09").Within("2024-09-11", "2024-10-09") || Date("2024-10-10").Within("2024-09-11", "2024-10-09") {
		t.Error("a window includes both ends and nothing else")
	}
	if d := Date("2025-08-31").AddMonths(6); d != "2026-02-28" {
		t.Errorf("six months after Aug 31: %s", d)
	}
	if FiscalYear("2025-10-01", time.October) != 2026 || FiscalYear("2026-09-30", time.October) != 2026 || FiscalYear("2026-06-30", time.January) != 2026 {
		t.Error("fiscal years are named by the year they end in")
	}
	for _, bad := range []string{"", "2026-02-30", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", "0000-00-00"} {
		if _, err := ParseDate(bad); err == nil {
			t.Errorf("%q was read as a date", bad)
		}
	}
}

func TestBusinessDateIsDetroits(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/Detroit")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]Date{"2026-03-08T06:59:59Z": "2026-03-08", "2026-01-01T04:59:59Z": "2025-12-31", "2026-07-01T03:59:59Z": "2026-06-30", "2026-07-01T04:00:00Z": "2026-07-01"} {
		instant, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := DateOf(instant, zone); got != want {
			t.Errorf("%s: %s, want %s", at, got, want)
		}
	}
}

func TestDateArithmeticUndoesItself(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := NewDate(rapid.IntRange(1900, 2200).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), rapid.IntRange(1, 28).Draw(t, "day"))
		n := rapid.IntRange(-4000, 4000).Draw(t, "days")
		if e := d.AddDays(n); e.DaysSince(d) != n || e.AddDays(-n) != d || (n > 0) != (e > d) && n != 0 {
			t.Fatalf("%s + %d = %s", d, n, e)
		}
		if !d.Valid() {
			t.Fatalf("%s is no date", d)
		}
	})
}

func TestDateScansWhatDriversGive(t *testing.T) {
	t.Parallel()
	for _, v := range []any{"2026-01-05", []byte("2026-01-05"), time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), "2026-01-05T00:00:00Z"} {
		var d Date
		if err := d.Scan(v); err != nil || d != "2026-01-05" {
			t.Errorf("%v: %s, %v", v, d, err)
		}
	}
	var d Date = "2026-01-05"
	if err := d.Scan(nil); err != nil || !d.IsZero() {
		t.Errorf("NULL: %q, %v", d, err)
	}
	if v, err := Date("").Value(); err != nil || v != nil {
		t.Errorf("no date is stored as %v, %v", v, err)
	}
	if err := d.Scan(7); err == nil {
		t.Error("a number was read as a date")
	}
}

func TestHundredthsNeverPassThroughAFloat(t *testing.T) {
	t.Parallel()
	var h Hundredths
	for in, want := range map[string]Hundredths{`"35.33"`: 3533, `35.33`: 3533, `67`: 6700, `"7.2"`: 720, `-1.5`: -150} {
		if err := json.Unmarshal([]byte(in), &h); err != nil || h != want {
			t.Errorf("%s: %d, %v", in, h, err)
		}
	}
	for _, bad := range []string{`"35.334"`, `1e3`, `"$5"`, `true`, `"1,000"`} {
		if err := json.Unmarshal([]byte(bad), &h); err == nil {
			t.Errorf("%s was read as %s", bad, h)
		}
	}
	if text, err := json.Marshal(Hundredths(-5)); err != nil || string(text) != `"-0.05"` {
		t.Errorf("%s, %v", text, err)
	}
}
