package workflow

import (
	"context"
	"fmt"
	"testing"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

// BenchmarkLinesOfSight works out the line of sight of 900 districts with 20 lines and 10
// targets each, half of the targets with a result: what GET /lines_of_sight does for every page.
func BenchmarkLinesOfSight(b *testing.B) {
	n := newNight(b)
	n.sightWorld(900, 20, 10)
	who := models.System("bench")
	for b.Loop() {
		rows, err := n.s.LinesOfSight(context.Background(), who, ListLinesOfSight{ProgramCode: "mi-21h"})
		if err != nil || len(rows) != 9000 {
			b.Fatal(err, len(rows))
		}
	}
}

// sightWorld fills the database with districts, each with an application in force.
func (n *night) sightWorld(districts, lines, targets int) {
	n.t.Helper()
	gy := n.year(2026)
	for range districts {
		b := &budget{night: n, year: gy, org: n.district("Alder")}
		b.agreement()
		b.signed("2025-12-23")
		b.app = models.Application{GrantYearID: gy.ID, OrganizationID: b.org.ID, Reference: fmt.Sprintf("B-%d", n.next()), Status: StatusInForce, AllocationCents: 1_000_000_00, ApprovedOn: "2025-12-01"}
		n.add(&b.app)
		b.rev = models.Revision{ApplicationID: b.app.ID, GrantYearID: gy.ID, OrganizationID: b.org.ID, Status: StatusApproved, LineCount: lines, CreatedBy: models.SystemUserID, DecidedOn: "2025-12-01"}
		n.add(&b.rev)
		n.change(func(tx *store.Tx) error { return b.fillSight(tx, lines, targets) })
	}
}

func (b *budget) fillSight(tx *store.Tx, lines, targets int) error {
	all := []models.Target{b.itb, b.eto}
	for i := 2; i < targets; i++ {
		t := b.itb
		t.ID, t.Code = storetest.NewID(), fmt.Sprintf("ITB-%d", i)
		all = append(all, t)
		if err := tx.Create(&t); err != nil {
			return err
		}
	}
	for i, t := range all {
		if i%2 == 0 {
			r := models.TargetResult{AgreementID: t.AgreementID, OrganizationID: b.org.ID, TargetID: t.ID, SchoolYear: 2026, MeasuredOn: "2026-01-15", Value: models.Hundredths(100 * i),
				Source: "NWEA", ReportedOn: "2026-01-20", ReportedBy: models.SystemUserID}
			if err := tx.Insert(&r); err != nil {
				return err
			}
			tx.Audit(&r, event(models.System("bench"), "create", "", nil, nil))
		}
	}
	for i := range lines {
		l := models.LineItem{ID: storetest.NewID(), ApplicationID: b.app.ID, GrantYearID: b.year.ID, OrganizationID: b.org.ID, Number: i + 1, Status: StatusInForce, VersionID: storetest.NewID(),
			UseCategory: "4", FunctionCode: "221", ObjectCode: "3120", Description: "Reading coach", AmountCents: 1_000_00, LimitCents: 2_000_00, ApprovedOn: "2025-12-01", LinkStatus: "target"}
		v := models.LineVersion{ID: l.VersionID, LineItemID: l.ID, RevisionID: b.rev.ID, Action: "add", UseCategory: "4", FunctionCode: "221", CostKind: "purchased_services", AmountCents: 1_000_00, Decision: "approved"}
		rows := []any{&l, &v}
		for k := range i%3 + 1 {
			rows = append(rows, &models.LineLink{LineVersionID: v.ID, GoalID: b.goal.ID, TargetID: all[(i+k)%len(all)].ID})
		}
		for _, row := range rows {
			if err := tx.Create(row); err != nil {
				return err
			}
		}
	}
	return nil
}
