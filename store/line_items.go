package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"earmark/models"
)

// lineColumns are scanned by hand, in this order: reflection per row is most of the cost
// of a page of lines.
const lineColumns = "id, application_id, grant_year_id, organization_id, number, status, version_id, use_category, function_code, object_code, " +
	"school_id, description, amount_cents, spent_cents, limit_cents, approved_on, link_status, restricted, created_at, updated_at"

type scanner interface{ Scan(dest ...any) error }

func scanLine(row scanner) (l models.LineItem, err error) {
	err = row.Scan(lineFields(&l)...)
	return l, err
}

// lineFields are where the columns go.
func lineFields(l *models.LineItem) []any {
	return []any{&l.ID, &l.ApplicationID, &l.GrantYearID, &l.OrganizationID, &l.Number, &l.Status, &l.VersionID, &l.UseCategory, &l.FunctionCode, &l.ObjectCode,
		&l.SchoolID, &l.Description, &l.AmountCents, &l.SpentCents, &l.LimitCents, &l.ApprovedOn, &l.LinkStatus, &l.Restricted, &l.CreatedAt, &l.UpdatedAt}
}

// LineItems returns a page of line items that the scope may see: one statement on one
// table, the totals being maintained.
func LineItems(r Reading, scope Scope, where Eq, page Page) ([]models.LineItem, error) {
	g := scope.apply(paged(where.apply(r.reader().g.Table("line_items").Select(lineColumns)), page), "organization_id")
	rows, err := g.Rows()
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }()
	lines := make([]models.LineItem, 0, min(page.Limit, MaxPage+1))
	for rows.Next() {
		l, err := scanLine(rows)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
	}
	return lines, translate(rows.Err())
}

// LineInForce is a line as an imported row is matched with it.
type LineInForce struct {
	models.LineItem
	SchoolCode  string   // "" for the whole district
	ObjectCodes []string // of its costs
}

// LockLinesInForce returns the lines in force of an application by number, and holds them
// against other postings until the commit.
func (tx *Tx) LockLinesInForce(applicationID string) ([]LineInForce, error) {
	g := tx.g.Where("application_id = ? AND status = 'in_force'", applicationID).Order("number")
	if tx.dialect == "postgres" {
		g = g.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	var items []models.LineItem
	if err := g.Find(&items).Error; err != nil {
		return nil, translate(err)
	}
	var costs []struct{ LineItemID, ObjectCode string }
	err := tx.g.Raw(`SELECT l.id AS line_item_id, c.object_code FROM line_items l JOIN line_costs c ON c.line_version_id = l.version_id
		WHERE l.application_id = ? AND l.status = 'in_force' ORDER BY c.object_code`, applicationID).Scan(&costs).Error
	if err != nil {
		return nil, translate(err)
	}
	var schools []struct{ ID, Code string }
	err = tx.g.Raw(`SELECT o.id, o.code FROM organizations o WHERE o.id IN
		(SELECT l.school_id FROM line_items l WHERE l.application_id = ? AND l.status = 'in_force')`, applicationID).Scan(&schools).Error
	if err != nil {
		return nil, translate(err)
	}
	objects, codes := map[string][]string{}, map[string]string{}
	for _, c := range costs {
		objects[c.LineItemID] = append(objects[c.LineItemID], c.ObjectCode)
	}
	for _, o := range schools {
		codes[o.ID] = o.Code
	}
	lines := make([]LineInForce, len(items))
	for i, l := range items {
		lines[i] = LineInForce{LineItem: l, ObjectCodes: objects[l.ID]}
		if l.SchoolID != nil {
			lines[i].SchoolCode = codes[*l.SchoolID]
		}
		if len(lines[i].ObjectCodes) == 0 {
			lines[i].ObjectCodes = []string{l.ObjectCode}
		}
	}
	return lines, nil
}

// AddSpent moves the running totals of several lines at once, all of them or, when one
// would leave its limits, none.
func (tx *Tx) AddSpent(byLine map[string]models.Cents) error {
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(byLine)), 200) {
		args := make([]any, 0, 2*len(ids)+1)
		args = append(args, tx.Now)
		for _, id := range ids {
			args = append(args, id, int64(byLine[id]))
		}
		// VALUES names its columns column1 and column2 on both databases.
		res := tx.g.Exec(`UPDATE line_items SET spent_cents = line_items.spent_cents + v.column2, updated_at = ?
			FROM (VALUES `+strings.TrimSuffix(strings.Repeat("(?, CAST(? AS BIGINT)),", len(ids)), ",")+`) AS v
			WHERE line_items.id = v.column1 AND line_items.status = 'in_force'
			AND line_items.spent_cents + v.column2 BETWEEN 0 AND line_items.limit_cents`, args...)
		if res.Error != nil {
			return translate(res.Error)
		}
		if res.RowsAffected != int64(len(ids)) {
			return fmt.Errorf("%d of %d lines could take the rows matched with them", res.RowsAffected, len(ids))
		}
	}
	return nil
}
