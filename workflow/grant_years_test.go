package workflow

import (
	"testing"

	"earmark/models"
	"earmark/store"
)

func TestGrantYearFreezesDefinitionAndParameters(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	in := CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2026, Parameters: map[string]string{"appropriation": "many", "apropriation": "1", "needs_days": "60"}}
	_, err := p.s.CreateGrantYear(ctx, p.analyst, in)
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/parameters/appropriation parameter.cents", "/parameters/apropriation parameter.unknown"})
	in.Parameters = map[string]string{"grant_code": "a\x1fb"}
	_, err = p.s.CreateGrantYear(ctx, p.analyst, in)
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/parameters/grant_code text"})
	in.Parameters = map[string]string{"needs_days": "60"}
	_, err = p.s.CreateGrantYear(ctx, p.pal, in)
	refused(t, err, models.Forbidden, "permission.role")
	_, err = p.s.CreateGrantYear(ctx, p.analyst, CreateGrantYear{ProgramCode: "xx", FiscalYear: 2026})
	refused(t, err, models.Invalid, "program.unknown")

	who := p.analyst
	who.IdempotencyKey = "gy"
	gy, err := p.s.CreateGrantYear(ctx, who, in)
	noError(t, err)
	again, err := p.s.CreateGrantYear(ctx, who, in)
	noError(t, err)
	equal(t, again.ID, gy.ID)
	equal(t, []any{gy.Status, gy.StartsOn, gy.EndsOn, gy.Parameters}, []any{StatusPlanned, models.Date("2025-10-01"), models.Date("2026-09-30"), `{"needs_days":"60"}`})
	_, err = p.s.CreateGrantYear(ctx, p.analyst, in)
	refused(t, err, models.Conflict, "grant_year.exists")

	gy, err = p.s.UpdateGrantYear(ctx, p.analyst, UpdateGrantYear{ID: gy.ID, Version: gy.Version, Parameters: map[string]string{"needs_days": "80"}})
	noError(t, err)
	detail, err := p.s.GrantYear(ctx, p.auditor, gy.ID)
	noError(t, err)
	for _, x := range detail.Rules.Parameters {
		if x.Name == "needs_days" {
			equal(t, []string{x.Text, x.Basis}, []string{"80", "grant year"})
		}
	}
	_, err = p.s.UpdateGrantYear(ctx, p.analyst, UpdateGrantYear{ID: gy.ID, Version: 1, Parameters: map[string]string{}})
	refused(t, err, models.Stale, "stale")
	_, err = p.s.UpdateGrantYear(ctx, p.analyst, UpdateGrantYear{ID: gy.ID, Version: 2, Parameters: map[string]string{"x": "1"}})
	refused(t, err, models.Invalid, "parameter.unknown")

	gy, err = p.s.TransitionGrantYear(ctx, p.analyst, GrantYearTransition{ID: gy.ID, Version: 2, Event: "open"})
	noError(t, err)
	_, err = p.s.UpdateGrantYear(ctx, p.analyst, UpdateGrantYear{ID: gy.ID, Version: 3, Parameters: map[string]string{}})
	refused(t, err, models.Conflict, "grant_year.parameters_fixed")
	_, err = p.s.TransitionGrantYear(ctx, p.analyst, GrantYearTransition{ID: gy.ID, Version: 3, Event: "close"})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = p.s.TransitionGrantYear(ctx, p.manager, GrantYearTransition{ID: gy.ID, Version: 3, Event: "close"})
	refused(t, err, models.Invalid, "required")
	gy, err = p.s.TransitionGrantYear(ctx, p.manager, GrantYearTransition{ID: gy.ID, Version: 3, Event: "close", Comment: "The year is over."})
	noError(t, err)
	_, err = p.s.TransitionGrantYear(ctx, p.manager, GrantYearTransition{ID: gy.ID, Version: 4, Event: "open"})
	refused(t, err, models.Conflict, "grant_year.no_such_step")
	equal(t, p.audited(&gy), 4)
	_, err = p.s.RunAllocation(ctx, p.analyst, NewAllocationRun{GrantYearID: gy.ID, FactsYear: 2025, Label: "late"})
	refused(t, err, models.Conflict, "grant_year.not_open")

	list, err := p.s.GrantYears(ctx, p.auditor, ListGrantYears{ProgramCode: "mi-21h", FiscalYear: 2026, Status: StatusClosed})
	noError(t, err)
	equal(t, len(list), 1)
}

func TestAProgramSaysWhereItsNumbersComeFrom(t *testing.T) {
	t.Parallel()
	p := givenPlanning(t)
	list, err := p.s.ListPrograms(ctx, p.auditor)
	noError(t, err)
	if len(list) == 0 {
		t.Fatal("no programs")
	}
	got, err := p.s.Program(ctx, p.auditor, "mi-21h", 0) // the clock stands in fiscal year 2026
	noError(t, err)
	equal(t, got.FiscalYear, 2026)
	for _, x := range got.Parameters {
		if x.Basis == "" || x.Cite == "" || x.Means == "" {
			t.Errorf("%s does not say where it comes from: %+v", x.Name, x)
		}
	}
	_, err = p.s.Program(ctx, p.auditor, "xx", 2026)
	refused(t, err, models.NotFound, "not_found")
	_, err = p.s.GrantYear(ctx, p.auditor, "none")
	refused(t, err, models.NotFound, "not_found")
	_, err = p.s.ListPrograms(ctx, models.Actor{})
	refused(t, err, models.Unauthenticated, "sign_in_required")
	n, err := store.Count[models.GrantYear](p.db.Read(ctx), nil)
	noError(t, err)
	equal(t, n, int64(0))
}
