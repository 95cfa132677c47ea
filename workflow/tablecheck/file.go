package tablecheck

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"earmark/models"
)

// Limits of a file.
const (
	MaxBytes  = 64 << 20
	maxCells  = 2_000_000
	maxTables = 1000
	maxChecks = 1000
	maxWork   = 5_000_000 // cells that all formulas together may look at
	maxFactor = 10        // quantities of one item
)

// File is tables as they were printed, and what must hold of them. docs/check-table.md
// describes it.
type File struct {
	Title  string  `json:"title,omitempty"`
	Tables []Table `json:"tables"`
	Checks []Check `json:"checks"`
}

// Table is one printed table: named rows, named columns, cells as text.
type Table struct {
	Code    string   `json:"code"`
	Title   string   `json:"title,omitempty"`
	Source  string   `json:"source,omitempty"` // where it is printed
	Status  string   `json:"status,omitempty"` // how well it could be read: certain, recovered …; for people
	Like    string   `json:"like,omitempty"`   // an earlier table that has the same columns and lines
	Columns []Column `json:"columns,omitempty"`
	Lines   []string `json:"lines,omitempty"` // every line of the form; one without a row is blank. Empty: the rows
	Rows    []Row    `json:"rows"`
}

// Column is a column; in JSON its code alone is enough.
type Column struct {
	Code string `json:"code"`
	At   Text   `json:"at,omitempty"` // of a series: where the column stands, such as its year
}

// UnmarshalJSON reads "Y1" as well as {"code": "Y1", "at": "2010"}.
func (c *Column) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &c.Code)
	}
	type plain Column
	return strictly(b, (*plain)(c))
}

// Row is one line with one cell for each column; cells that are left out at the end are blank.
type Row struct {
	Code   string `json:"code"`
	Title  string `json:"title,omitempty"`
	Parent string `json:"parent,omitempty"` // of a tree: the row that this one is a part of
	Status string `json:"status,omitempty"` // for people
	Cells  []Text `json:"cells"`
}

// Text is a printed text. JSON numbers are taken by their digits, null is blank.
type Text string

// UnmarshalJSON keeps the digits.
func (t *Text) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, (*string)(t))
	case bytes.Equal(b, []byte("null")):
		*t = ""
	case len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9'):
		*t = Text(b)
	default:
		return errors.New("a cell is a text, a number or null")
	}
	return nil
}

// Texts is one text or a list of them.
type Texts []Text

// UnmarshalJSON reads 3 as well as [3, 325].
func (t *Texts) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]Text)(t))
	}
	*t = make(Texts, 1)
	return json.Unmarshal(b, &(*t)[0])
}

// Check is one thing that must hold. Kind says which of the fields it reads.
type Check struct {
	Code    string   `json:"code,omitempty"`    // what findings call it; its formula or kind when left out
	Kind    string   `json:"kind"`              // see Kinds
	Table   string   `json:"table,omitempty"`   // code of a table; * for all
	Tables  []string `json:"tables,omitempty"`  // instead of Table: several
	Is      string   `json:"is,omitempty"`      // line_formula, column_formula, arithmetic: "9 = 1..8"
	Rows    []string `json:"rows,omitempty"`    // only these rows; spans such as 1..8 count
	Columns []string `json:"columns,omitempty"` // only these columns
	Total   string   `json:"total,omitempty"`   // row_sum: column (total); column_sum: row (total)
	Of      []string `json:"of,omitempty"`      // row_sum: columns; column_sum: rows; tie_out: tables
	Part    string   `json:"part,omitempty"`    // share: row; percentage: column with counts
	Whole   Text     `json:"whole,omitempty"`   // share: row; percentage: column, or a number
	Percent Text     `json:"percent,omitempty"` // share: how many percent; percentage: column
	Round   Text     `json:"round,omitempty"`   // printed: to the decimals of the printed cell; or a number of decimals
	Blank   string   `json:"blank,omitempty"`   // allowed: a result that is not printed is no finding

	Direction string `json:"direction,omitempty"` // series: non_decreasing, increasing, non_increasing, decreasing
	Step      Text   `json:"step,omitempty"`      // series: so much more for each column, or for each 1 of the columns' at

	Printed Text   `json:"printed,omitempty"` // build_up: what the items must come to; a number or @table/row/column
	Items   []Item `json:"items,omitempty"`   // build_up

	Rate  Text `json:"rate,omitempty"`  // escalator: "3%" more each year
	First Text `json:"first,omitempty"` // escalator: the first year, when its column shall be held against it

	Cost    Text      `json:"cost,omitempty"`    // cost_share: what it costs, or was asked for
	Budget  Text      `json:"budget,omitempty"`  // cost_share: what the grant pays of it
	Covered []Covered `json:"covered,omitempty"` // cost_share: who pays the rest

	Show bool `json:"show,omitempty"` // list what was computed, not only what is wrong
}

// Covered is a part of a cost that somebody else pays.
type Covered struct {
	By     string `json:"by"`
	Amount Text   `json:"amount"`
}

// Item is a part of a cost: quantity x unit cost x FTE x periods. The unit cost may be
// made of parts; a rate is applied to other items (benefits on salaries, a contractor's
// own indirect cost).
type Item struct {
	Code     string   `json:"code"`
	Says     string   `json:"says,omitempty"`
	Quantity Texts    `json:"quantity,omitempty"` // one or several factors
	UnitCost Text     `json:"unit_cost,omitempty"`
	Parts    []Item   `json:"parts,omitempty"`
	FTE      Text     `json:"fte,omitempty"` // 80%, 0.8
	Periods  Text     `json:"periods,omitempty"`
	Rate     Text     `json:"rate,omitempty"`
	Of       []string `json:"of,omitempty"`    // of Rate: codes of items above
	Round    Text     `json:"round,omitempty"` // decimals: 0 for whole dollars
	Printed  Text     `json:"printed,omitempty"`
	Memo     bool     `json:"memo,omitempty"` // a base for others only; not in the sum
}

// Kinds are the kinds of check.
var Kinds = []string{"row_sum", "column_sum", "line_formula", "column_formula", "share", "percentage", "tie_out", "tree",
	"series", "arithmetic", "build_up", "escalator", "cost_share"}

// Decode reads the JSON form, strictly. The error is *models.Error.
func Decode(r io.Reader) (File, error) {
	var f File
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err == nil && len(text) > MaxBytes {
		err = fmt.Errorf("the file has more than %d bytes", MaxBytes)
	}
	if err == nil {
		err = strictly(text, &f)
	}
	if err != nil {
		return File{}, unreadable(err.Error())
	}
	return f, nil
}

func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return fmt.Errorf("%s at %s", strings.TrimPrefix(err.Error(), "json: "), wrong.Field)
		}
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, more := d.Token(); more != io.EOF {
		return errors.New("there is more after the end of the document")
	}
	return nil
}

func unreadable(detail string) error {
	return &models.Error{Kind: models.Malformed, Code: "tables.malformed", Detail: "The file of tables cannot be read: " + strings.TrimSuffix(detail, ".") + "."}
}
