package workflow

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/machine"
)

// CreateApplication starts what a district does with a grant year's allocation.
type CreateApplication struct {
	GrantYearID    string `json:"grant_year_id" validate:"required"`
	OrganizationID string `json:"organization_id" validate:"required"`
}

// ApplicationView is an application with what surrounds it.
type ApplicationView struct {
	Application models.Application
	GrantYear   models.GrantYear
	District    models.Organization
	Revisions   []models.Revision   // by number
	Waivers     []models.GateWaiver // of findings of its gate
	SpentCents  models.Cents
	PaidCents   models.Cents
}

// CreateApplication makes the application and its revision 0 as a draft. Errors: Conflict
// "grant_year.not_open", "application.no_allocation", "application.exists".
func (s *Service) CreateApplication(ctx context.Context, who models.Actor, in CreateApplication) (models.Application, error) {
	var app models.Application
	if err := s.check(in); err != nil {
		return app, err
	}
	if err := allow(who, EditApplication, in.OrganizationID); err != nil {
		return app, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "application", in, &app)
		if err != nil || replay {
			return err
		}
		// Held, so that a run published meanwhile either gives its share here or finds the application.
		year, err := store.Lock[models.GrantYear](tx, in.GrantYearID, 0)
		if err != nil {
			return err
		}
		ru, err := s.rulesOf(year)
		if err == nil {
			err = ru.money()
		}
		if err == nil {
			err = ru.open()
		}
		if err != nil {
			return err
		}
		alloc, err := publishedAllocation(tx, ru.year, in.OrganizationID)
		if err != nil {
			return err
		}
		n, err := tx.Counter(fmt.Sprintf("application/%s/%d", ru.def.Code, ru.year.FiscalYear))
		if err != nil {
			return err
		}
		app = models.Application{Root: models.Root{ID: id}, GrantYearID: ru.year.ID, OrganizationID: in.OrganizationID, Status: StatusOpen,
			Reference:    fmt.Sprintf("%s-%d-%04d", ru.def.ReferencePrefix, ru.year.FiscalYear, n),
			AllocationID: &alloc.ID, AllocationCents: alloc.AmountCents}
		if err := tx.Insert(&app); err != nil {
			if models.KindOf(err) == models.Conflict {
				return models.Fail(models.Conflict, "application.exists", "This district has an application for this grant year already.")
			}
			return err
		}
		tx.Audit(&app, ruled(event(who, "create", "", nil, app), ru))
		_, err = s.openRevision(tx, who, ru, app, tx.NewID(), 0, "")
		return err
	})
	return app, err
}

// openRules are the rules of a grant year that is open.
func (s *Service) openRules(r store.Reading, grantYearID string) (rules, error) {
	ru, err := s.rules(r, grantYearID)
	if err != nil {
		return ru, err
	}
	return ru, ru.open()
}

// open refuses a grant year that is not open.
func (r rules) open() error {
	if r.year.Status != StatusOpen {
		return models.Fail(models.Conflict, "grant_year.not_open", "%s is %s; it takes no applications, amendments or allocations.", r.year.Title, r.year.Status)
	}
	return nil
}

// watchedRules are the rules of a grant year that still takes spending and reports: it is
// open or closing.
func (s *Service) watchedRules(r store.Reading, grantYearID string) (rules, error) {
	ru, err := s.rules(r, grantYearID)
	if err != nil {
		return ru, err
	}
	return ru, ru.watched()
}

// watched refuses a grant year that is neither open nor closing.
func (r rules) watched() error {
	if r.year.Status != StatusOpen && r.year.Status != StatusClosing {
		return models.Fail(models.Conflict, "grant_year.not_open", "%s is %s; it takes no spending and no reports.", r.year.Title, r.year.Status)
	}
	return nil
}

func publishedAllocation(r store.Reading, gy models.GrantYear, organizationID string) (models.Allocation, error) {
	none := models.Fail(models.Conflict, "application.no_allocation", "No money is allocated to this district in %s, so there is nothing to apply for.", gy.Title)
	if gy.PublishedRunID == nil {
		return models.Allocation{}, none
	}
	alloc, err := store.One[models.Allocation](r, store.Eq{"run_id": *gy.PublishedRunID, "organization_id": organizationID})
	if models.KindOf(err) == models.NotFound || (err == nil && alloc.AmountCents == 0) {
		return alloc, none
	}
	if err != nil {
		return alloc, err
	}
	rows, err := store.AllocationStandings(r, store.Scope{All: true}, gy.ID, organizationID, store.Page{})
	if err != nil {
		return alloc, err
	}
	if alloc.AmountCents = rows[0].AllocationCents(); alloc.AmountCents <= 0 {
		return alloc, none
	}
	return alloc, nil
}

// Applications lists applications that the actor may see.
func (s *Service) Applications(ctx context.Context, who models.Actor, where ApplicationFilter, page store.Page) ([]models.Application, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return nil, err
	}
	return store.List[models.Application](s.db.Read(ctx), scope(who), eq("grant_year_id", where.GrantYearID, "organization_id", where.OrganizationID, "status", where.Status), page)
}

// ApplicationFilter narrows a list of applications; empty fields do not.
type ApplicationFilter struct {
	GrantYearID    string
	OrganizationID string
	Status         string
}

// eq builds an equality filter from column, value pairs, leaving empty values out.
func eq(pairs ...string) store.Eq {
	e := store.Eq{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			e[pairs[i]] = pairs[i+1]
		}
	}
	return e
}

// Application reads one application with its year, district, revisions and totals.
func (s *Service) Application(ctx context.Context, who models.Actor, id string) (ApplicationView, error) {
	r := s.db.Read(ctx)
	app, err := visibleApplication(r, who, id)
	if err != nil {
		return ApplicationView{}, err
	}
	v := ApplicationView{Application: app}
	if v.GrantYear, err = store.Get[models.GrantYear](r, app.GrantYearID); err != nil {
		return v, err
	}
	if v.District, err = store.Get[models.Organization](r, app.OrganizationID); err != nil {
		return v, err
	}
	if v.Revisions, err = store.All[models.Revision](r, store.Eq{"application_id": id}, "number"); err != nil {
		return v, err
	}
	if v.Waivers, err = waiversOf(r, app); err != nil {
		return v, err
	}
	if v.SpentCents, err = r.SpentTotal(id); err != nil {
		return v, err
	}
	v.PaidCents, err = r.PaidTotal(id)
	return v, err
}

func visibleApplication(r store.Reading, who models.Actor, id string) (models.Application, error) {
	app, err := store.Get[models.Application](r, id)
	if err != nil {
		return app, err
	}
	return app, allow(who, ReadDocuments, app.OrganizationID)
}

// OpenException lets one application be submitted outside its window until a date.
type OpenException struct {
	ID      string      `json:"-"`
	Version int64       `json:"-"`
	Until   models.Date `json:"until" validate:"required,civil_date"`
	Comment string      `json:"comment" validate:"required,max=2000"`
}

// OpenException records the office's exception, with its reason, in the audit trail.
func (s *Service) OpenException(ctx context.Context, who models.Actor, in OpenException) (models.Application, error) {
	var app models.Application
	if err := s.check(in); err != nil {
		return app, err
	}
	if in.Until < s.Today() {
		return app, models.Field("/until", "past", "The last day of the exception is over.", "Give today or a later day.")
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		app, err = s.openException(tx, who, in)
		return err
	})
	return app, err
}

// openException is OpenException as a part of a larger change.
func (s *Service) openException(tx *store.Tx, who models.Actor, in OpenException) (app models.Application, err error) {
	if app, err = store.Lock[models.Application](tx, in.ID, 0); err != nil {
		return app, err
	}
	if err = allow(who, OpenWindow, app.OrganizationID); err != nil { // before its version is told
		return app, err
	}
	if app, err = store.Lock[models.Application](tx, in.ID, in.Version); err != nil {
		return app, err
	}
	before := app
	app.WindowException = in.Until
	if err = tx.Update(&app, "window_exception"); err != nil {
		return app, err
	}
	tx.Audit(&app, event(who, "open_exception", in.Comment, before, app))
	return app, notify(tx, "application.exception", &app, app.OrganizationID, "Submission opened for "+app.Reference,
		fmt.Sprintf("%s may be submitted until %s. %s", app.Reference, in.Until, in.Comment), s.Today(), districtRoles...)
}

// offers turns what a state table offers into what a caller sees.
func offers[F any](t machine.Table[F], state models.State, who models.Actor, organizationID string, facts F) []machine.Offer {
	return t.Available(string(state), stepRoles(who, organizationID), facts)
}
