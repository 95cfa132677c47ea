package reports

import (
	"strings"
	"testing"
	"time"

	"earmark/models"
)

type row struct {
	inner
	Name   string            `json:"name"`
	Amount models.Cents      `json:"amount_cents"`
	FTE    models.Hundredths `json:"fte"`
	On     models.Date       `json:"on"`
	At     *time.Time        `json:"at"`
	Lines  []string          `json:"lines"`
	Hidden string            `json:"-"`
}

type inner struct {
	ID string `json:"id"`
}

func TestCSVHasTheJSONNamesAndNoFormulas(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	out := NewCSV[row](&b)
	at := time.Date(2026, 3, 31, 2, 0, 0, 0, time.UTC)
	out.Write(row{Name: `=HYPERLINK("http://x")`, Amount: -1250, FTE: -150, On: "2026-03-31", At: &at})
	out.Write(row{inner: inner{ID: "1"}, Name: "North, \"East\"\nWest"})
	if err := out.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "id,name,amount_cents,fte,on,at\r\n" +
		",\"'=HYPERLINK(\"\"http://x\"\")\",-1250,-1.50,2026-03-31,2026-03-31T02:00:00Z\r\n" +
		"1,\"North, \"\"East\"\"\r\nWest\",0,0.00,,\r\n"
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
}

func TestCSVOfNothingHasAHeader(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := NewCSV[row](&b).Flush(); err != nil {
		t.Fatal(err)
	}
	if b.String() != "id,name,amount_cents,fte,on,at\r\n" {
		t.Errorf("got %q", b.String())
	}
}
