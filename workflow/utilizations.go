package workflow

import (
	"context"

	"earmark/models"
	"earmark/store"
)

// ListUtilizations asks for the snapshots of a grant year as they stood on a date. Without
// a date it is the latest night.
type ListUtilizations struct {
	GrantYearID    string      `json:"grant_year_id"   validate:"required,max=64"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	AsOf           models.Date `json:"as_of"           validate:"omitempty,civil_date"`
	After          string      `json:"after"           validate:"max=64"` // application
	Limit          int         `json:"limit"           validate:"gte=0,lte=100"`
}

// ApplicationUtilizations lists, for each application the actor may see, the snapshot of
// the latest night on or before the date, in the order of application identifiers.
func (s *Service) ApplicationUtilizations(ctx context.Context, who models.Actor, in ListUtilizations) ([]models.ApplicationUtilization, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.ApplicationUtilizations(s.db.Read(ctx), scope(who), in.GrantYearID, in.OrganizationID, s.asOf(in.AsOf), store.Page{After: in.After, Limit: in.Limit})
}

// ApplicationUtilization is the snapshot of one application as of a date ("" for the latest).
func (s *Service) ApplicationUtilization(ctx context.Context, who models.Actor, applicationID string, asOf models.Date) (models.ApplicationUtilization, error) {
	r := s.db.Read(ctx)
	a, err := store.Get[models.Application](r, applicationID)
	if err != nil {
		return models.ApplicationUtilization{}, err
	}
	if err := allow(who, ReadDocuments, a.OrganizationID); err != nil {
		return models.ApplicationUtilization{}, err
	}
	return store.ApplicationUtilizationAsOf(r, applicationID, s.asOf(asOf))
}

// ProgramUtilizations lists the nightly snapshots of a grant year between two dates, both
// included; the office's view of the whole program, which districts may see too.
func (s *Service) ProgramUtilizations(ctx context.Context, who models.Actor, grantYearID string, from, to models.Date) ([]models.ProgramUtilization, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return nil, err
	}
	if from == "" {
		from = "0001-01-01"
	}
	return store.ProgramUtilizations(s.db.Read(ctx), grantYearID, from, s.asOf(to))
}

// LineUtilizations are the figures of an application's lines as of a date: for each line
// its latest row on or before it.
func (s *Service) LineUtilizations(ctx context.Context, who models.Actor, applicationID string, asOf models.Date) ([]models.LineUtilization, error) {
	r := s.db.Read(ctx)
	a, err := store.Get[models.Application](r, applicationID)
	if err != nil {
		return nil, err
	}
	if err := allow(who, ReadDocuments, a.OrganizationID); err != nil {
		return nil, err
	}
	return store.LineUtilizations(r, applicationID, s.asOf(asOf))
}

func (s *Service) asOf(d models.Date) models.Date {
	if d == "" {
		return s.Today()
	}
	return d
}
