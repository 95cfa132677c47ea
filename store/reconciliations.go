package store

import "earmark/models"

// ApplicationFigures is the money of an application as of a date.
type ApplicationFigures struct {
	ApplicationID    string
	GrantYearID      string
	OrganizationID   string
	OrganizationCode string
	OrganizationName string
	Reference        string
	AllocationCents  models.Cents
	PaidCents        models.Cents // what was returned is taken off
	ReturnedCents    models.Cents
}

// CellFigures is what one function x object cell of an application has approved and spent.
type CellFigures struct {
	ApplicationID string
	FunctionCode  string
	ObjectCode    string
	ApprovedCents models.Cents
	SpentCents    models.Cents
}

// ReconciliationWanted narrows a reconciliation. Through is the last day of spending that
// counts; On the day as of which everything is looked at.
type ReconciliationWanted struct {
	GrantYearID    string
	ApplicationID  string
	OrganizationID string
	On             models.Date
	Through        models.Date
	Past           bool // On is before today: the allocation is the one that the nights kept
}

// Reconciled returns a page of applications with their money, in the order of identifiers,
// and the cells of these applications in the order of codes: two statements for any number
// of applications.
func Reconciled(r Reading, scope Scope, want ReconciliationWanted, page Page) ([]ApplicationFigures, []CellFigures, error) {
	allocation := "a.allocation_cents"
	if want.Past {
		allocation = `COALESCE((SELECT u.allocation_cents FROM application_utilizations u WHERE u.application_id = a.id AND u.as_of <= @on
			ORDER BY u.as_of DESC LIMIT 1), a.allocation_cents)`
	}
	binds := map[string]any{"on": string(want.On), "through": string(want.Through)}
	g := scope.apply(r.reader().g.Table("applications a"), "a.organization_id").Joins("JOIN organizations o ON o.id = a.organization_id").
		Select(`a.id AS application_id, a.grant_year_id, a.organization_id, o.code AS organization_code, o.name AS organization_name, a.reference,
			`+allocation+` AS allocation_cents,
			(SELECT CAST(COALESCE(SUM(p.paid_cents), 0) AS BIGINT) FROM payments p WHERE p.application_id = a.id AND p.status = 'paid' AND p.paid_on <= @on) AS paid_cents,
			(SELECT CAST(COALESCE(SUM(-p.paid_cents), 0) AS BIGINT) FROM payments p WHERE p.application_id = a.id AND p.status = 'paid' AND p.paid_on <= @on
				AND p.paid_cents < 0) AS returned_cents`, binds)
	for column, value := range map[string]string{"a.id": want.ApplicationID, "a.grant_year_id": want.GrantYearID, "a.organization_id": want.OrganizationID} {
		if value != "" {
			g = g.Where(column+" = ?", value)
		}
	}
	if page.After != "" {
		g = g.Where("a.id > ?", page.After)
	}
	if page.Limit > 0 {
		g = g.Limit(page.Limit)
	}
	var apps []ApplicationFigures
	if err := g.Order("a.id").Scan(&apps).Error; err != nil || len(apps) == 0 {
		return nil, nil, translate(err)
	}
	ids := make([]string, len(apps))
	for i, a := range apps {
		ids[i] = a.ApplicationID
	}
	binds["ids"] = ids
	var cells []CellFigures
	err := r.reader().g.Raw(reconciledCells, binds).Scan(&cells).Error
	return apps, cells, translate(err)
}

// What was approved is that of the last revision approved by the date that touches a line;
// what was spent is the ledger, with reversals, whatever became of the line.
const reconciledCells = `WITH standing AS (
		SELECT * FROM (
			SELECT r.application_id, v.id AS version_id, v.function_code, v.action,
				row_number() OVER (PARTITION BY v.line_item_id ORDER BY r.number DESC) AS latest
			FROM revisions r JOIN line_versions v ON v.revision_id = r.id
			WHERE r.application_id IN @ids AND r.status = 'approved' AND r.decided_on <= @on AND v.decision <> 'denied') ranked
		WHERE latest = 1 AND action <> 'remove'),
	parts AS (
		SELECT s.application_id, s.function_code, k.object_code, k.amount_cents AS approved_cents, 0 AS spent_cents
		FROM standing s JOIN line_costs k ON k.line_version_id = s.version_id
		UNION ALL
		SELECT e.application_id, e.function_code, e.object_code, 0, e.amount_cents
		FROM expenditures e WHERE e.application_id IN @ids AND e.posted_on <= @on AND e.spent_on <= @through)
	SELECT application_id, function_code, object_code, CAST(SUM(approved_cents) AS BIGINT) AS approved_cents, CAST(SUM(spent_cents) AS BIGINT) AS spent_cents
	FROM parts GROUP BY application_id, function_code, object_code
	HAVING SUM(approved_cents) <> 0 OR SUM(spent_cents) <> 0
	ORDER BY application_id, function_code, object_code`
