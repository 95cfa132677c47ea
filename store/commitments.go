package store

import (
	"earmark/models"
)

// LineCommitted is what is committed of a line, and what is only asked for.
type LineCommitted struct {
	LineItemID     string
	CommittedCents models.Cents
	PendingCents   models.Cents
	SpentCents     models.Cents // under contracts, that of the one left out too
}

// Committed adds up the live commitments of an application by line, leaving one out.
func (r *Reader) Committed(applicationID, but string) (map[string]LineCommitted, error) {
	var rows []LineCommitted
	err := r.g.Raw(`SELECT line_item_id,
			CAST(COALESCE(SUM(CASE WHEN id <> @but AND status IN ('approved','contracted') THEN amount_cents END), 0) AS BIGINT) AS committed_cents,
			CAST(COALESCE(SUM(CASE WHEN id <> @but AND status IN ('draft','submitted','returned') THEN amount_cents END), 0) AS BIGINT) AS pending_cents,
			CAST(COALESCE(SUM(spent_cents), 0) AS BIGINT) AS spent_cents
		FROM commitments WHERE application_id = @application GROUP BY line_item_id`, map[string]any{"application": applicationID, "but": but}).Scan(&rows).Error
	out := make(map[string]LineCommitted, len(rows))
	for _, row := range rows {
		out[row.LineItemID] = row
	}
	return out, translate(err)
}

// RestrictLines says which lines in force of an application need a contract for spending.
func (tx *Tx) RestrictLines(applicationID string, ids []string) error {
	if len(ids) == 0 {
		ids = []string{""}
	}
	return translate(tx.g.Exec(`UPDATE line_items SET restricted = (id IN ?) WHERE application_id = ? AND status = 'in_force'`, ids, applicationID).Error)
}

// PartnerChange is what one payee has at one organization, the year before and this year.
type PartnerChange struct {
	OrganizationID   string
	OrganizationCode string
	OrganizationName string
	PayeeID          string
	PayeeCode        string
	PayeeName        string
	InPortfolio      bool
	BeforeCents      models.Cents
	AfterCents       models.Cents
}

// PartnerChanges compares two fiscal years of a program, by organization and payee: what
// was approved or contracted here, and for the year before also the latest list of what
// was funded before Earmark kept it.
func (r *Reader) PartnerChanges(scope Scope, program string, fiscalYear int) ([]PartnerChange, error) {
	seen, args := "1 = 1", map[string]any{"program": program, "year": fiscalYear, "before": fiscalYear - 1}
	if !scope.All {
		if len(scope.Organizations) == 0 {
			return nil, nil
		}
		seen, args["seen"] = "f.organization_id IN @seen", scope.Organizations
	}
	var rows []PartnerChange
	err := r.g.Raw(`WITH funded AS (
			SELECT c.organization_id, c.payee_id, CASE WHEN y.fiscal_year = @before THEN c.amount_cents ELSE 0 END AS before_cents,
				CASE WHEN y.fiscal_year = @year THEN c.amount_cents ELSE 0 END AS after_cents
			FROM commitments c JOIN grant_years y ON y.id = c.grant_year_id
			WHERE y.program_code = @program AND y.fiscal_year IN (@before, @year) AND c.status IN ('approved','contracted')
			UNION ALL
			SELECT p.organization_id, p.payee_id, p.amount_cents, 0 FROM prior_funding_rows p
			WHERE p.prior_funding_id = (SELECT MAX(l.id) FROM prior_fundings l WHERE l.program_code = @program AND l.fiscal_year = @before))
		SELECT f.organization_id, o.code AS organization_code, o.name AS organization_name, f.payee_id, p.code AS payee_code, p.name AS payee_name, p.in_portfolio,
			CAST(SUM(f.before_cents) AS BIGINT) AS before_cents, CAST(SUM(f.after_cents) AS BIGINT) AS after_cents
		FROM funded f JOIN organizations o ON o.id = f.organization_id JOIN payees p ON p.id = f.payee_id
		WHERE `+seen+`
		GROUP BY f.organization_id, o.code, o.name, f.payee_id, p.code, p.name, p.in_portfolio
		ORDER BY o.code, p.code`, args).Scan(&rows).Error
	return rows, translate(err)
}
