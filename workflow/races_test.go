package workflow

import (
	"fmt"
	"sync"
	"testing"

	"earmark/models"
	"earmark/store"
)

// A publication and the creation of applications meet: whoever comes second, every
// application has its share of the run that is published in the end.
func TestAnApplicationCreatedDuringAPublicationHasTheNewAllocation(t *testing.T) {
	t.Parallel()
	for range 8 {
		o := givenOffice(t)
		run := models.AllocationRun{GrantYearID: o.year.ID, Number: o.next() + 100, Label: "second", Status: StatusDraft, FactsYear: 2025, PoolCents: 100,
			AllocatedCents: 100, RecipientCount: 1, Determinations: "[]", Parameters: "{}", CreatedBy: models.SystemUserID}
		o.add(&run)
		o.change(func(tx *store.Tx) error {
			return tx.Create(&models.Allocation{ID: tx.NewID(), RunID: run.ID, GrantYearID: o.year.ID, OrganizationID: o.district.ID, AmountCents: 100, Receipt: "{}"})
		})
		var wg sync.WaitGroup
		begin := make(chan struct{})
		wg.Go(func() {
			<-begin
			_, err := o.s.TransitionAllocationRun(ctx, o.manager, AllocationRunTransition{ID: run.ID, Event: "publish"})
			if err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			<-begin
			_, err := o.s.CreateApplication(ctx, o.preparer, CreateApplication{GrantYearID: o.year.ID, OrganizationID: o.district.ID})
			if err != nil {
				t.Error(err)
			}
		})
		close(begin)
		wg.Wait()
		for _, a := range all[models.Application](o.night, nil) {
			equal(t, a.AllocationCents, models.Cents(100))
		}
	}
}

// Two payments of one application are recorded at once: both are, and what is due of the
// year is written once.
func TestTwoPaymentsRecordedAtOnceAreBothRecorded(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	app, _ := o.inForce(10000000)
	second := models.Payment{PaymentKind: models.PaymentAward, ApplicationID: app.ID, OrganizationID: app.OrganizationID, Status: StatusExpected, AmountCents: 5, ExpectedOn: "2026-02-20"}
	o.add(&second)
	o.setClock(o.clock.AddDate(0, 3, 0))
	payments := all[models.Payment](o.night, store.Eq{"application_id": app.ID})
	equal(t, len(payments), 2)
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for i, p := range payments {
		wg.Go(func() {
			<-begin
			_, err := o.s.TransitionPayment(ctx, o.fiscal, TransitionPayment{ID: p.ID, Event: "record", PaidOn: "2026-04-01", PaidCents: p.AmountCents, Reference: fmt.Sprint(i)})
			if err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	wg.Wait()
}
