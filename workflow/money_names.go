package workflow

import (
	"context"

	"earmark/models"
	"earmark/store"
)

// LineLabel is how a line of another document's row is called.
type LineLabel struct {
	Number        int
	Description   string
	ApplicationID string
}

// LineLabels name lines of organizations that the actor may see.
func (s *Service) LineLabels(ctx context.Context, who models.Actor, ids []string) (map[string]LineLabel, error) {
	out := map[string]LineLabel{}
	if err := allow(who, ReadDocuments, ""); err != nil {
		return nil, err
	}
	if ids = distinct(ids); len(ids) == 0 {
		return out, nil
	}
	rows, err := store.All[models.LineItem](s.db.Read(ctx), store.Eq{"id": ids})
	for _, l := range rows {
		if scope(who).Sees(l.OrganizationID) {
			out[l.ID] = LineLabel{l.Number, l.Description, l.ApplicationID}
		}
	}
	return out, err
}

// ApplicationReferences name applications that the actor may see.
func (s *Service) ApplicationReferences(ctx context.Context, who models.Actor, ids []string) (map[string]string, error) {
	out := map[string]string{}
	if err := allow(who, ReadDocuments, ""); err != nil {
		return nil, err
	}
	if ids = distinct(ids); len(ids) == 0 {
		return out, nil
	}
	rows, err := store.All[models.Application](s.db.Read(ctx), store.Eq{"id": ids})
	for _, a := range rows {
		if scope(who).Sees(a.OrganizationID) {
			out[a.ID] = a.Reference
		}
	}
	return out, err
}
