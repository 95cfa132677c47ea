package store

import (
	"earmark/models"
)

// SaveAllocations writes the allocations of a run.
func (tx *Tx) SaveAllocations(rows []models.Allocation) error {
	values := make([][]any, len(rows))
	for i, a := range rows {
		values[i] = []any{a.ID, a.RunID, a.GrantYearID, a.OrganizationID, int64(a.AmountCents), a.Bound, a.BoundBy, a.Receipt, a.ReceiptHash}
	}
	return tx.insertRows("allocations", []string{"id", "run_id", "grant_year_id", "organization_id", "amount_cents", "bound", "bound_by", "receipt", "receipt_hash"}, "", values)
}

// Allocations returns a page of what the scope may see. With published, allocations of
// draft runs are left out. Receipts are long: without receipts they stay empty.
func Allocations(r Reading, scope Scope, where Eq, published, receipts bool, page Page) ([]models.Allocation, error) {
	g := scope.apply(paged(where.apply(r.reader().g), page), "organization_id")
	if published {
		g = g.Where("run_id IN (SELECT r.id FROM allocation_runs r WHERE r.status <> 'draft')")
	}
	if !receipts {
		g = g.Omit("receipt")
	}
	var rows []models.Allocation
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// AllocationAmount is one amount of a run with the code and name of its organization.
type AllocationAmount struct {
	AllocationID   string
	OrganizationID string
	Code           string
	Name           string
	AmountCents    models.Cents
}

// AllocationAmounts returns every amount of a run, in the order of codes.
func AllocationAmounts(r Reading, runID string) ([]AllocationAmount, error) {
	var rows []AllocationAmount
	err := r.reader().g.Raw(`SELECT a.id AS allocation_id, a.organization_id, o.code, o.name, a.amount_cents
		FROM allocations a JOIN organizations o ON o.id = a.organization_id WHERE a.run_id = ? ORDER BY o.code, o.id`, runID).Scan(&rows).Error
	return rows, translate(err)
}

// RunRecipients are the active people who hold one of the roles for an organization that
// has an allocation in the run, each with that organization.
func RunRecipients(r Reading, runID string, roles ...models.Role) ([]RunRecipient, error) {
	var rows []RunRecipient
	err := r.reader().g.Raw(`SELECT ur.user_id, ur.organization_id, min(ur.role) AS role FROM allocations a
		JOIN user_roles ur ON ur.organization_id = a.organization_id AND ur.role IN ?
		JOIN users u ON u.id = ur.user_id AND u.status = 'active'
		WHERE a.run_id = ? GROUP BY ur.user_id, ur.organization_id ORDER BY ur.organization_id, ur.user_id`, roles, runID).Scan(&rows).Error
	return rows, translate(err)
}

// RunRecipient is a person to tell about a run.
type RunRecipient struct {
	UserID         string
	OrganizationID string
	Role           models.Role
}
