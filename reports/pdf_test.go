package reports

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"earmark/models"
)

func longNotice(lines int) models.AwardNotice {
	n := models.AwardNotice{Program: "Section 21(h)", Citation: "MCL 388.1621h", Reference: "MI21H-2026-0001", District: "Alder Falls “North” (synthetic)", Administrator: "Office",
		ApprovedOn: "2026-01-05", TotalCents: 123450, AllocationCents: 200000, Tolerance: "10.00% of the approved amount", PaymentOn: "2026-01-20", PaymentCents: 123450,
		Reviews: []models.AwardReview{{Step: "Program review", Name: "Zoë Müller-Łęcka", On: "2026-01-05"}}}
	for i := range lines {
		n.Lines = append(n.Lines, models.AwardLine{Number: i + 1, UseCategory: "4. Literacy", FunctionCode: "221", Description: strings.Repeat("Coach for the teachers of grade 3. ", 1+i%5),
			AmountCents: 123450, Decision: "approved", Targets: []string{"ITB-1", "ETO-1"}})
	}
	return n
}

func notice(t *testing.T, n models.AwardNotice) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := AwardNoticePDF(&out, n); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// The same notice has the same bytes, so that their hash can be kept; another has others.
func TestPDFOfANoticeIsAlwaysTheSame(t *testing.T) {
	t.Parallel()
	first := notice(t, longNotice(3))
	if !bytes.Equal(first, notice(t, longNotice(3))) {
		t.Error("the bytes differ from one time to the next")
	}
	other := longNotice(3)
	other.TotalCents++
	if bytes.Equal(first, notice(t, other)) {
		t.Error("another amount has the same bytes")
	}
	if n := bytes.Count(first, []byte("/Type /Page\n")); n != 1 {
		t.Errorf("%d pages", n)
	}
	if n := bytes.Count(notice(t, longNotice(120)), []byte("/Type /Page\n")); n < 4 {
		t.Errorf("%d pages of a long notice", n)
	}
	if !bytes.Contains(first, []byte("/ToUnicode")) {
		t.Error("its text cannot be taken out: the fonts have no map to Unicode")
	}
}

// A report as PDF and as a page says what it is made of, and nothing in it is markup.
func TestReportsOnPaper(t *testing.T) {
	t.Parallel()
	r := wide(200)
	r.Synthetic, r.ProgramTitle, r.Subtitle, r.AsOf = true, "A <b>program</b>", "2026", "2026-03-31"
	r.Text, r.Notes = []string{"What it is."}, []string{"How it is counted."}
	r.Columns[1].Total = models.TotalSum
	r.Sections = []models.ReportTable{wide(0).ReportTable}
	var one, two, page bytes.Buffer
	for _, err := range []error{WritePDF(&one, r), WritePDF(&two, r), WriteHTML(&page, r)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) || bytes.Count(one.Bytes(), []byte("/Type /Page\n")) < 3 {
		t.Errorf("%d and %d bytes", one.Len(), two.Len())
	}
	for _, want := range []string{"A &lt;b&gt;program&lt;/b&gt;", "are synthetic", "What it is.", "How it is counted.", "as of 2026-03-31", "<tfoot><tr><td class=\"t\">Total</td><td class=\"n\">$19,902.00</td>",
		"Nothing to show.", `<body class="wide">`, "counter(pages)"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// A table that cannot be read to its end is no file in any form.
func TestReportsFailWhole(t *testing.T) {
	t.Parallel()
	r := wide(3)
	rows := r.Rows
	r.Rows = func(yield func([]models.ReportCell, error) bool) {
		for row := range rows {
			if !yield(row, nil) {
				return
			}
		}
		yield(nil, fmt.Errorf("the database is gone"))
	}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"json": func(b *bytes.Buffer) error { return WriteJSON(b, r) }, "csv": func(b *bytes.Buffer) error { return WriteCSV(b, r) },
		"xlsx": func(b *bytes.Buffer) error { return WriteXLSX(b, r) }, "html": func(b *bytes.Buffer) error { return WriteHTML(b, r) },
		"pdf": func(b *bytes.Buffer) error { return WritePDF(b, r) }} {
		if err := write(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "gone") {
			t.Errorf("%s: %v", name, err)
		}
	}
	wrong := wide(1)
	wrong.Columns[1].Total = models.TotalSum
	wrong.Rows = func(yield func([]models.ReportCell, error) bool) {
		row := make([]models.ReportCell, 20)
		row[1] = models.NumberCell(int64(1<<63 - 1))
		for range 2 {
			if !yield(row, nil) {
				return
			}
		}
	}
	if err := WriteJSON(&bytes.Buffer{}, wrong); err == nil {
		t.Error("a total that overflows is written")
	}
}
