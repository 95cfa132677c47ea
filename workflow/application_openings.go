package workflow

import (
	"context"

	"earmark/models"
	"earmark/store"
)

// Opening is an application that could be started: money is allocated, and there is no
// application yet.
type Opening struct {
	GrantYear        models.GrantYear
	OrganizationID   string
	OrganizationName string
	AllocationCents  models.Cents
}

// Openings are the applications that the actor may start now.
func (s *Service) Openings(ctx context.Context, who models.Actor) ([]Opening, error) {
	if err := allow(who, EditApplication, ""); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	years, err := store.All[models.GrantYear](r, store.Eq{"status": StatusOpen}, "fiscal_year", "program_code")
	if err != nil {
		return nil, err
	}
	apps, err := store.List[models.Application](r, scope(who), store.Eq{}, store.Page{})
	if err != nil {
		return nil, err
	}
	type place struct{ year, organization string }
	has := map[place]bool{}
	for _, a := range apps {
		has[place{a.GrantYearID, a.OrganizationID}] = true
	}
	var out []Opening
	for _, y := range years { // a handful: each asks once for all recipients
		rows, err := store.AllocationStandings(r, scope(who), y.ID, "", store.Page{})
		if err != nil {
			return nil, err
		}
		for _, a := range rows {
			if a.AllocationCents() > 0 && !has[place{y.ID, a.OrganizationID}] && allow(who, EditApplication, a.OrganizationID) == nil {
				out = append(out, Opening{y, a.OrganizationID, a.OrganizationName, a.AllocationCents()})
			}
		}
	}
	return out, nil
}

// MayRevise says why the actor may not start another revision of an application now.
func (s *Service) MayRevise(who models.Actor, v ApplicationView) error {
	if err := allow(who, EditApplication, v.Application.OrganizationID); err != nil {
		return err
	}
	if err := (rules{year: v.GrantYear}).open(); err != nil {
		return err
	}
	for _, r := range v.Revisions {
		if !Revisions.Final(string(r.Status)) {
			return alreadyOpen(r, v.Application)
		}
	}
	return nil
}

func alreadyOpen(r models.Revision, app models.Application) error {
	return models.Fail(models.Conflict, "revision.already_open", "Revision %d of %s is %s. Finish or withdraw it before you start another.", r.Number, app.Reference, words(string(r.Status)))
}

// ApplicationHistory are the events of an application and of its revisions whose actions are
// asked for, in no order.
func (s *Service) ApplicationHistory(ctx context.Context, who models.Actor, id string, actions []string) ([]models.AuditEvent, error) {
	r := s.db.Read(ctx)
	app, err := visibleApplication(r, who, id)
	if err != nil {
		return nil, err
	}
	if err := allow(who, ReadAudit, app.OrganizationID); err != nil {
		return nil, err
	}
	revisions, err := store.All[models.Revision](r, store.Eq{"application_id": id})
	if err != nil {
		return nil, err
	}
	ids := []string{id}
	for _, rev := range revisions {
		ids = append(ids, rev.ID)
	}
	return store.All[models.AuditEvent](r, store.Eq{"document_kind": []string{"application", "revision"}, "document_id": ids, "action": actions})
}
