package models

import (
	"iter"
	"time"
)

// Unit says what the numbers or texts of a report's column are.
type Unit string

// The units of a column.
const (
	UnitCents       Unit = "cents"        // money, a whole number of cents
	UnitBasisPoints Unit = "basis_points" // a rate: 10000 is 100 %
	UnitInteger     Unit = "integer"
	UnitHundredths  Unit = "hundredths" // a number with two decimals
	UnitDate        Unit = "date"       // YYYY-MM-DD
	UnitText        Unit = "text"
)

// Numeric reports whether cells of the unit are numbers.
func (u Unit) Numeric() bool {
	return u == UnitCents || u == UnitBasisPoints || u == UnitInteger || u == UnitHundredths
}

// Total says what stands under a column.
type Total string

// What stands under a column.
const (
	TotalNone Total = "none"
	TotalSum  Total = "sum"
	TotalRate Total = "rate" // sum of one column over the sum of another
)

// ReportColumn is one column of a report.
type ReportColumn struct {
	Name  string // as in JSON and CSV
	Title string // as people read it
	Unit  Unit
	Total Total
	Part  string // of a rate: the columns that are divided
	Whole string
	Means string // one sentence
}

// ReportCell is one value: Number for numeric units, Text for the others; neither when it
// is not known.
type ReportCell struct {
	Known  bool
	Number int64
	Text   string
}

// TextCell is a text or date; nothing when it is empty.
func TextCell[T ~string](v T) ReportCell { return ReportCell{Known: v != "", Text: string(v)} }

// NumberCell is cents, basis points, a count or hundredths.
func NumberCell[T ~int | ~int32 | ~int64](v T) ReportCell {
	return ReportCell{Known: true, Number: int64(v)}
}

// NumberCellOf is NumberCell of a value that may be missing.
func NumberCellOf[T ~int | ~int32 | ~int64](v *T) ReportCell {
	if v == nil {
		return ReportCell{}
	}
	return NumberCell(*v)
}

// ReportRows gives rows one by one; the slice is used again for the next row.
type ReportRows = iter.Seq2[[]ReportCell, error]

// ReportTable is rows under columns. Rows can be walked more than once, and asks the
// database again each time.
type ReportTable struct {
	Name    string // in JSON; of a workbook's sheet
	Title   string
	Text    []string // paragraphs above
	Columns []ReportColumn
	Rows    ReportRows
	Notes   []string // below: definitions and citations
}

// ReportValue is a named value: a parameter in force, a filter that was asked for.
type ReportValue struct {
	Name  string
	Title string
	Value string
}

// Report is what a person takes away: one table or, for a document of several, a main one
// and sections.
type Report struct {
	Code         string
	Title        string
	Subtitle     string
	ProgramCode  string
	ProgramTitle string
	Citation     string
	RuleVersion  string        // of the frozen definition
	Parameters   []ReportValue // in force, and what was asked for
	AsOf         Date          // the day on which it stood so; "" when it is about no day
	MadeAt       time.Time
	MadeWith     string // version of Earmark
	Synthetic    bool   // made of the demonstration's organizations
	ReportTable
	Sections []ReportTable
}

// Tables are the main table and the sections.
func (r Report) Tables() []ReportTable { return append([]ReportTable{r.ReportTable}, r.Sections...) }

// Totals adds up columns while rows pass by.
type Totals struct {
	columns []ReportColumn
	sums    []Cents
	places  map[string]int
}

// NewTotals starts at nothing.
func NewTotals(columns []ReportColumn) *Totals {
	t := &Totals{columns: columns, sums: make([]Cents, len(columns)), places: make(map[string]int, len(columns))}
	for i, c := range columns {
		t.places[c.Name] = i
	}
	return t
}

// Any reports whether any column has a total.
func (t *Totals) Any() bool {
	for _, c := range t.columns {
		if c.Total == TotalSum {
			return true
		}
	}
	return false
}

// Add takes a row in; the error is an overflow.
func (t *Totals) Add(row []ReportCell) (err error) {
	for i, c := range t.columns {
		if c.Unit.Numeric() && row[i].Known {
			if t.sums[i], err = t.sums[i].Add(Cents(row[i].Number)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Row is what stands under the columns; nothing known where there is no total.
func (t *Totals) Row() []ReportCell {
	out := make([]ReportCell, len(t.columns))
	for i, c := range t.columns {
		switch c.Total {
		case TotalSum:
			out[i] = NumberCell(t.sums[i])
		case TotalRate:
			if r, ok := Rate(t.sums[t.places[c.Part]], t.sums[t.places[c.Whole]]); ok {
				out[i] = NumberCell(r)
			}
		}
	}
	return out
}
