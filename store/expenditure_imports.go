package store

import (
	"earmark/models"
)

// KnownRowKeys are the keys of every row that earlier files of the application brought,
// posted or not.
func (tx *Tx) KnownRowKeys(applicationID string) (map[string]bool, error) {
	rows, err := tx.g.Raw(`SELECT row_key FROM expenditures WHERE application_id = ? AND row_key IS NOT NULL
		UNION ALL SELECT row_key FROM import_exceptions WHERE application_id = ?`, applicationID, applicationID).Rows()
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }()
	known := map[string]bool{}
	for rows.Next() {
		var key string
		if err := rows.Scan(&key); err != nil {
			return nil, translate(err)
		}
		known[key] = true
	}
	return known, translate(rows.Err())
}

var expenditureColumns = []string{"id", "version", "created_at", "updated_at", "line_item_id", "application_id", "grant_year_id", "organization_id",
	"function_code", "object_code", "amount_cents", "spent_on", "posted_on", "vendor", "invoice", "memo", "import_id", "row_key", "created_by"}

// InsertExpenditures is Insert for the rows of a file, without reflection. The caller has
// checked the lines' limits under their locks and moves their totals with AddSpent.
func (tx *Tx) InsertExpenditures(es []models.Expenditure) error {
	rows := make([][]any, len(es))
	for i := range es {
		e := &es[i]
		e.Version, e.CreatedAt, e.UpdatedAt = 1, tx.Now, tx.Now
		tx.moved[ref{e.Kind(), e.ID}] = 1
		rows[i] = []any{e.ID, e.Version, e.CreatedAt, e.UpdatedAt, e.LineItemID, e.ApplicationID, e.GrantYearID, e.OrganizationID,
			e.FunctionCode, e.ObjectCode, int64(e.AmountCents), string(e.SpentOn), string(e.PostedOn), e.Vendor, e.Invoice, e.Memo, e.ImportID, e.RowKey, e.CreatedBy}
	}
	return tx.insertRows("expenditures", expenditureColumns, "", rows)
}

// ReasonCount counts the exceptions of an import for one reason.
type ReasonCount struct {
	Reason string
	Rows   int
	Cents  models.Cents
}

// ImportReasons counts the exceptions of an import by reason.
func (r *Reader) ImportReasons(importID string) ([]ReasonCount, error) {
	var rows []ReasonCount
	err := r.g.Raw(`SELECT reason, COUNT(*) AS rows, SUM(amount_cents) AS cents FROM import_exceptions
		WHERE import_id = ? GROUP BY reason ORDER BY reason`, importID).Scan(&rows).Error
	return rows, translate(err)
}

// LastLedgerMapping is what an organization last said of the columns of its ledger files, as
// JSON; "" when it never did.
func LastLedgerMapping(r Reading, organizationID string) (string, error) {
	var last []string
	err := r.reader().g.Raw(`SELECT mapping FROM expenditure_imports WHERE organization_id = ? AND mapping <> ''
		ORDER BY created_at DESC, id DESC LIMIT 1`, organizationID).Scan(&last).Error
	if err != nil || len(last) == 0 {
		return "", translate(err)
	}
	return last[0], nil
}
