package workflow

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/machine"
)

// Statuses of a release that nothing else has.
const (
	StatusPooled      models.State = "pooled"
	StatusReallocated models.State = "reallocated"
)

// AllocationReleases is the life of allocated money that was given up.
var AllocationReleases = machine.Table[none]{
	Document: "allocation_release",
	States: []machine.State{
		{Name: "pooled", Means: "Given up; the office may share it out again."},
		{Name: "reallocated", Means: "Shared out by a published reallocation.", Final: true},
		{Name: "withdrawn", Means: "Taken back before it was shared out.", Final: true},
	},
	Transitions: []machine.Transition[none]{
		{On: "release", To: "pooled", Roles: rolesOf(ReleaseAllocation), Notify: "authorized officials, preparers, analysts", Means: "Give up allocated money that is not approved, paid or spent."},
		{On: "withdraw", From: from(StatusPooled), To: "withdrawn", Roles: rolesOf(ReleaseAllocation), Comment: true, Means: "Take it back: the allocation rises again."},
		{On: "reallocate", From: from(StatusPooled), To: "reallocated", Roles: rolesOf(PublishAllocation), Means: "Happens when a reallocation is published."},
	},
}

// NewRelease gives up part of an allocation.
type NewRelease struct {
	GrantYearID    string       `json:"grant_year_id" validate:"required,max=64"`
	OrganizationID string       `json:"organization_id" validate:"required,max=64"`
	AmountCents    models.Cents `json:"amount_cents" validate:"gt=0,lte=100000000000000"`
	Reason         string       `json:"reason" validate:"required,max=2000"`
}

// ReleaseTransition takes a release back.
type ReleaseTransition struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Event   string `json:"event" validate:"required,oneof=withdraw"`
	Comment string `json:"comment" validate:"max=2000"`
}

// ReleaseAllocation gives up part of an allocation: never what is approved, paid or spent.
// Errors: Conflict "allocation_release.not_used", "grant_year.not_open"; Forbidden
// "allocation_release.office_only"; Invalid "allocation_release.over_free".
func (s *Service) ReleaseAllocation(ctx context.Context, who models.Actor, in NewRelease) (models.AllocationRelease, error) {
	var rel models.AllocationRelease
	if err := s.admit(who, ReleaseAllocation, in); err != nil {
		return rel, err
	}
	if err := allow(who, ReleaseAllocation, in.OrganizationID); err != nil {
		return rel, unknownReference(err, "/organization_id", "organization")
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		// The grant year first, always: releases and publications of a year come one after the other.
		year, err := store.Lock[models.GrantYear](tx, in.GrantYearID, 0)
		if err != nil {
			return unknownReference(err, "/grant_year_id", "grant year")
		}
		ru, err := s.releasing(who, year)
		if err != nil {
			return err
		}
		id, replay, err := onceInto(tx, who, "allocation_release", in, &rel)
		if err != nil || replay {
			return err
		}
		app, err := lockApplicationOf(tx, year.ID, in.OrganizationID)
		if err != nil {
			return err
		}
		free, err := freeAllocation(tx, year.ID, in.OrganizationID, app)
		if err != nil {
			return err
		}
		if in.AmountCents > free {
			return breaks("/amount_cents", "allocation_release.over_free",
				fmt.Sprintf("At most %s of the allocation is neither approved nor paid nor spent.", free), fmt.Sprintf("Release at most %s; amend the application down first to release more.", free))
		}
		rel = models.AllocationRelease{Root: models.Root{ID: id}, GrantYearID: year.ID, OrganizationID: in.OrganizationID, Status: StatusPooled, AmountCents: in.AmountCents,
			Reason: in.Reason, ReleasedOn: s.Today(), ReleasedBy: who.UserID}
		if err := tx.Insert(&rel); err != nil {
			return err
		}
		tx.Audit(&rel, ruled(event(who, "release", in.Reason, nil, rel), ru))
		if err := moveAllocation(tx, who, ru, app, -in.AmountCents, "release", in.Reason); err != nil {
			return err
		}
		return notify(tx, "allocation_release.released", &rel, in.OrganizationID, "Allocation released: "+year.Title,
			fmt.Sprintf("%s was given up: %s", in.AmountCents, in.Reason), s.Today(), append([]models.Role{models.RoleAnalyst}, districtRoles...)...)
	})
	return rel, err
}

// releasing are the rules of a year in which the actor may release something.
func (s *Service) releasing(who models.Actor, year models.GrantYear) (rules, error) {
	ru, err := s.rulesOf(year)
	if err != nil {
		return ru, err
	}
	switch {
	case ru.def.YearEnd == nil || ru.def.YearEnd.Release == nil:
		return ru, models.Fail(models.Conflict, "allocation_release.not_used", "%s has no release of allocations.", ru.def.Title)
	case !ru.def.YearEnd.Release.ByRecipient && !who.Has(models.RoleManager):
		return ru, models.Fail(models.Forbidden, "allocation_release.office_only", "In %s only the office releases allocations.", ru.def.Title)
	}
	return ru, ru.open()
}

// lockApplicationOf holds the recipient's application of the year; nil when there is none.
func lockApplicationOf(tx *store.Tx, grantYearID, organizationID string) (*models.Application, error) {
	apps, err := store.LockAll[models.Application](tx, store.Eq{"grant_year_id": grantYearID, "organization_id": organizationID})
	if err != nil || len(apps) == 0 {
		return nil, err
	}
	return &apps[0], tx.LockLines(apps[0].ID)
}

// freeAllocation is what is allocated and neither approved nor paid (or about to be) nor spent.
func freeAllocation(tx *store.Tx, grantYearID, organizationID string, app *models.Application) (models.Cents, error) {
	rows, err := store.AllocationStandings(tx, store.Scope{All: true}, grantYearID, organizationID, store.Page{})
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	free := rows[0].AllocationCents()
	if app == nil {
		return max(free, 0), nil
	}
	paid, err := tx.PaymentsTotal(app.ID)
	if err != nil {
		return 0, err
	}
	spent, err := tx.SpentTotal(app.ID)
	if err != nil {
		return 0, err
	}
	return max(free-max(app.ApprovedCents, paid, spent), 0), nil
}

// moveAllocation changes what an application may total.
func moveAllocation(tx *store.Tx, who models.Actor, ru rules, app *models.Application, by models.Cents, action, reason string) error {
	if app == nil || by == 0 {
		return nil
	}
	before := *app
	app.AllocationCents += by
	if err := tx.Update(app, "allocation_cents"); err != nil {
		return err
	}
	tx.Audit(app, ruled(event(who, action, reason, before, *app), ru))
	return nil
}

// TransitionAllocationRelease takes a release back before it is shared out.
func (s *Service) TransitionAllocationRelease(ctx context.Context, who models.Actor, in ReleaseTransition) (models.AllocationRelease, error) {
	var rel models.AllocationRelease
	if err := s.check(in); err != nil {
		return rel, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		known, err := store.Get[models.AllocationRelease](tx, in.ID)
		if err != nil {
			return err
		}
		if err := allow(who, ReadDocuments, known.OrganizationID); err != nil { // before its version is told
			return err
		}
		year, err := store.Lock[models.GrantYear](tx, known.GrantYearID, 0)
		if err != nil {
			return err
		}
		app, err := lockApplicationOf(tx, year.ID, known.OrganizationID)
		if err != nil {
			return err
		}
		if rel, err = store.Lock[models.AllocationRelease](tx, in.ID, in.Version); err != nil {
			return err
		}
		step, err := take(AllocationReleases, rel.Status, in.Event, who, rel.OrganizationID, in.Comment, none{})
		if err != nil {
			return refuse(err)
		}
		ru, err := s.releasing(who, year)
		if err != nil {
			return err
		}
		before := rel
		rel.Status = models.State(step.To)
		if err := tx.Update(&rel, "status"); err != nil {
			return err
		}
		tx.Audit(&rel, ruled(event(who, in.Event, in.Comment, before, rel), ru))
		return moveAllocation(tx, who, ru, app, rel.AmountCents, "take_back", in.Comment)
	})
	return rel, err
}

// ListAllocationReleases asks for releases, in the order they were made.
type ListAllocationReleases struct {
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	Status         string `json:"status" validate:"omitempty,oneof=pooled reallocated withdrawn"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// AllocationReleases lists releases that the actor may see.
func (s *Service) AllocationReleases(ctx context.Context, who models.Actor, in ListAllocationReleases) ([]models.AllocationRelease, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.List[models.AllocationRelease](s.db.Read(ctx), narrow(scope(who), in.OrganizationID),
		eq("grant_year_id", in.GrantYearID, "status", in.Status), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// AllocationRelease is one release.
func (s *Service) AllocationRelease(ctx context.Context, who models.Actor, id string) (models.AllocationRelease, error) {
	rel, err := store.Get[models.AllocationRelease](s.db.Read(ctx), id)
	if err != nil {
		return rel, err
	}
	return rel, allow(who, ReadDocuments, rel.OrganizationID)
}

// AllocationStanding is what a recipient may spend of a grant year, with its parts.
type AllocationStanding = store.AllocationStanding

// ListAllocationStandings asks for the parts of every allocation of a grant year.
type ListAllocationStandings struct {
	GrantYearID    string `json:"grant_year_id" validate:"required,max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	After          string `json:"after" validate:"max=64"` // organization
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// AllocationStandings lists what recipients may spend of a grant year, with the parts.
func (s *Service) AllocationStandings(ctx context.Context, who models.Actor, in ListAllocationStandings) ([]AllocationStanding, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.AllocationStandings(s.db.Read(ctx), scope(who), in.GrantYearID, in.OrganizationID, store.Page{After: in.After, Limit: in.Limit})
}
