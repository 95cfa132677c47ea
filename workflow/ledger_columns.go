package workflow

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/store"
)

// LedgerColumn is a column of a ledger file and what it is taken for.
type LedgerColumn struct {
	Heading string `json:"heading"` // as the file has it
	Key     string `json:"key"`     // a column of ledger files, "-" for one that is passed over
	Example string `json:"-"`       // what stands in it
}

// LedgerKeys are what a column of a ledger file can be.
func LedgerKeys() []string { return slices.Clone(ledgerColumns.optional) }

// headingsAs gives the headings of a file the names of what they are: as the request says,
// by position, or as the organization said it of a file with only these headings before.
// What was said is kept with the import; nil when the file's own headings are the names.
func headingsAs(headings []string, said string, remembered []LedgerColumn) ([]LedgerColumn, error) {
	if said != "" {
		keys := strings.Split(said, ",")
		if len(keys) != len(headings) {
			return nil, breaks("/columns", "ledger.columns_count", fmt.Sprintf("The file has %d columns, and %d are named.", len(headings), len(keys)),
				"Say for every column of the file, in its order, what it is; - passes over one.")
		}
		columns := make([]LedgerColumn, len(keys))
		for i, key := range keys {
			key = strings.TrimSpace(key)
			if key != ignoredColumn && !slices.Contains(ledgerColumns.optional, key) {
				return nil, breaks("/columns", "ledger.column_unknown", fmt.Sprintf("%q is not a column of a ledger file.", key),
					"Use one of: "+strings.Join(ledgerColumns.optional, ", ")+"; - passes over a column.")
			}
			columns[i] = LedgerColumn{Heading: strings.TrimSpace(headings[i]), Key: key}
		}
		if !slices.ContainsFunc(columns, func(c LedgerColumn) bool { return !strings.EqualFold(c.Heading, c.Key) }) {
			return nil, nil // the headings say the same: nothing to remember
		}
		return columns, nil
	}
	var columns []LedgerColumn
	for _, h := range headings {
		i := slices.IndexFunc(remembered, func(c LedgerColumn) bool { return heading(c.Heading) == heading(h) })
		if i < 0 {
			return nil, nil
		}
		columns = append(columns, LedgerColumn{Heading: strings.TrimSpace(h), Key: remembered[i].Key})
	}
	return columns, nil
}

// ledgerHeadings are the first row of a CSV file and the cells of the second; nothing when
// they cannot be read, of which readSheet tells.
func ledgerHeadings(content []byte) (headings, examples []string) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte{0xef, 0xbb, 0xbf})))
	r.FieldsPerRecord = -1
	headings, err := r.Read()
	if err != nil {
		return nil, nil
	}
	if examples, err = r.Read(); err != nil {
		examples = nil
	}
	return headings, examples
}

// mapped names the columns of a file; nil leaves its headings.
func (s *Service) mapped(r store.Reading, organizationID string, in ImportExpenditures) ([]LedgerColumn, error) {
	headings, _ := ledgerHeadings(in.Content)
	if in.Format != "csv" || len(headings) == 0 {
		return nil, nil
	}
	remembered, err := rememberedColumns(r, organizationID)
	if err != nil {
		return nil, err
	}
	return headingsAs(headings, in.Columns, remembered)
}

// rememberedColumns are what the organization last said of the columns of its ledger.
func rememberedColumns(r store.Reading, organizationID string) ([]LedgerColumn, error) {
	text, err := store.LastLedgerMapping(r, organizationID)
	if err != nil || text == "" {
		return nil, err
	}
	return LedgerColumnsOf(text), nil
}

// LedgerColumnsOf reads what an import keeps of its columns.
func LedgerColumnsOf(mapping string) []LedgerColumn {
	columns := []LedgerColumn{}
	if mapping != "" {
		_ = json.Unmarshal([]byte(mapping), &columns) // written by ImportExpenditures
	}
	return columns
}

func mappingText(columns []LedgerColumn) (string, error) {
	if len(columns) == 0 {
		return "", nil
	}
	text, err := json.Marshal(columns)
	return string(text), err
}

// ledgerWords are headings that ledgers often have, for a first proposal.
var ledgerWords = map[string][]string{
	"line_number":   {"line", "line no", "line item"},
	"function_code": {"function", "func", "function code"},
	"object_code":   {"object", "obj", "object code"},
	"school_code":   {"school", "building", "bldg", "location", "school code"},
	"grant_code":    {"grant", "grant no", "grant code"},
	"amount":        {"amount", "net amount", "debit", "expenditure", "actual"},
	"spent_on":      {"date", "transaction date", "trans date", "posting date", "gl date"},
	"vendor":        {"vendor", "vendor name", "payee"},
	"invoice":       {"invoice", "invoice no", "invoice number", "reference"},
	"memo":          {"memo", "description", "comment"},
}

// LedgerColumns says what the columns of a ledger file are taken for: as the request says,
// as it was said before, by their names, or by what such headings often mean.
func (s *Service) LedgerColumns(ctx context.Context, who models.Actor, in ImportExpenditures) ([]LedgerColumn, error) {
	r := s.db.Read(ctx)
	app, err := store.Get[models.Application](r, in.ApplicationID)
	if err != nil {
		return nil, err
	}
	if err := allow(who, PostExpenditure, app.OrganizationID); err != nil {
		return nil, err
	}
	headings, examples := ledgerHeadings(in.Content)
	columns, err := s.mapped(r, app.OrganizationID, in)
	var e *models.Error
	if err != nil && !errors.As(err, &e) {
		return nil, err
	}
	if columns == nil {
		columns = proposedColumns(headings)
	}
	for i := range columns {
		if i < len(examples) {
			columns[i].Example = examples[i]
		}
	}
	return columns, nil
}

func proposedColumns(headings []string) []LedgerColumn {
	columns, taken := make([]LedgerColumn, len(headings)), map[string]bool{}
	for i, h := range headings {
		columns[i] = LedgerColumn{Heading: strings.TrimSpace(h), Key: ignoredColumn}
		for _, key := range ledgerColumns.optional {
			if !taken[key] && (heading(h) == heading(key) || slices.Contains(ledgerWords[key], heading(h))) {
				columns[i].Key, taken[key] = key, true
				break
			}
		}
	}
	return columns
}
