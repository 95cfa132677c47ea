package workflow

import (
	"context"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// ListFactSummaries asks what facts are known, of a year or of a name or of all.
type ListFactSummaries struct {
	Year int    `json:"year" validate:"omitempty,gte=1990,lte=2100"`
	Name string `json:"name" validate:"max=64"`
}

// FactSummary is how many facts of one name are known of a year from one source, and how
// fresh they are.
type FactSummary struct {
	store.FactSummary
	ImportedAt time.Time // of the latest file
	FileName   string    // of the latest file; only those who work in the office are told
}

// FactSummaries say what is known before anybody looks at single facts: by year, name and
// source. A district sees what is known of itself and its schools.
func (s *Service) FactSummaries(ctx context.Context, who models.Actor, in ListFactSummaries) ([]FactSummary, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("name", in.Name)
	if in.Year != 0 {
		where["year"] = in.Year
	}
	r := s.db.Read(ctx)
	rows, err := store.FactSummaries(r, scope(who), where)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ImportID
	}
	imports, err := store.All[models.FactImport](r, store.Eq{"id": distinct(ids)})
	if err != nil {
		return nil, err
	}
	by := make(map[string]models.FactImport, len(imports))
	for _, i := range imports {
		by[i.ID] = i
	}
	out := make([]FactSummary, len(rows))
	for i, row := range rows {
		out[i] = FactSummary{FactSummary: row, ImportedAt: by[row.ImportID].CreatedAt}
		if scope(who).All {
			out[i].FileName = by[row.ImportID].FileName
		}
	}
	return out, nil
}

// FactForm says how a fact is written in a file.
func FactForm(f programs.Fact) string { return factForm(f) }
