package workflow

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkPostExpenditure posts on many lines from eight clients, without HTTP.
func BenchmarkPostExpenditure(b *testing.B) {
	lines := make([]budgetLine, 200)
	for i := range lines {
		lines[i] = budgetLine{function: "221", objects: []string{"3120"}, amount: 1_000_000_000}
	}
	l := newLedger(b, lines...)
	b.SetParallelism(4)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for n := 0; pb.Next(); n++ {
			in := NewExpenditure{LineItemID: l.lines[n*37%len(lines)].ID, AmountCents: 100, SpentOn: "2026-02-01", Vendor: "Example Training LLC", Invoice: "INV-1"}
			if _, err := l.s.PostExpenditure(context.Background(), l.preparer, in); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkImport100000 imports a CSV file of 100,000 rows over 200 lines.
func BenchmarkImport100000(b *testing.B) {
	lines := make([]budgetLine, 200)
	for i := range lines {
		lines[i] = budgetLine{function: "221", objects: []string{"3120"}, amount: 1_000_000_000}
	}
	var text strings.Builder
	text.WriteString("line_number,amount,spent_on,vendor,invoice,memo\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "%d,\"1,%03d.50\",2026-01-%02d,Example Training LLC,INV-%d,synthetic\n", i%200+1, i%1000, i%28+1, i)
	}
	for b.Loop() {
		b.StopTimer()
		l := newLedger(b, lines...)
		b.StartTimer()
		if rep := l.imported(l.file(text.String())); rep.Import.PostedCount != 100_000 {
			b.Fatalf("%+v", rep.Import)
		}
	}
}

// BenchmarkLineItems reads a page of fifty line items with their utilization.
func BenchmarkLineItems(b *testing.B) {
	lines := make([]budgetLine, 200)
	for i := range lines {
		lines[i] = budgetLine{function: "221", objects: []string{"3120"}, amount: 1_000_000}
	}
	l := newLedger(b, lines...)
	for b.Loop() {
		rows, err := l.s.LineItems(context.Background(), l.preparer, ListLineItems{OrganizationID: l.district.ID, Limit: 50})
		if err != nil || len(rows) != 50 {
			b.Fatal(err, len(rows))
		}
	}
}
