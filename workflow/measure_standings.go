package workflow

import (
	"context"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// MeasureStandings lists every target of a grant year and every result, so that what is
// missing can be seen: for each recipient with an application, and for the program.
func (s *Service) MeasureStandings(ctx context.Context, who models.Actor, in ListMeasureStandings) ([]MeasureRow, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	ru, err := s.rules(r, in.GrantYearID)
	if err != nil {
		return nil, err
	}
	today := in.On
	if today.IsZero() {
		today = s.Today()
	}
	year := 0
	if in.Year != "" {
		if year, err = programs.ParseYear(in.Year); err != nil {
			return nil, models.Field("/year", "measure.year", err.Error()+".", "Write a school year such as 2010-11, or the year it ends in.")
		}
	}
	apps, err := store.List[models.Application](r, narrow(scope(who), in.OrganizationID), store.Eq{"grant_year_id": ru.year.ID}, store.Page{})
	if err != nil {
		return nil, err
	}
	results, err := store.MeasureResults(r, scope(who), eq("grant_year_id", ru.year.ID, "organization_id", in.OrganizationID, "measure", in.Measure), true, store.Page{})
	if err != nil {
		return nil, err
	}
	rows := standings(ru.def, applicants(apps), results, today)
	rows = slices.DeleteFunc(rows, func(x MeasureRow) bool {
		y, _ := programs.ParseYear(x.Year)
		return in.Measure != "" && x.Measure != in.Measure || in.Status != "" && string(x.Status) != in.Status || year != 0 && y != year ||
			in.OrganizationID != "" && x.OrganizationID != in.OrganizationID || x.Key() <= in.After
	})
	if in.Limit > 0 && len(rows) > in.Limit {
		rows = rows[:in.Limit]
	}
	return rows, nil
}

func applicants(apps []models.Application) []string {
	ids := make([]string, len(apps))
	for i, a := range apps {
		ids[i] = a.OrganizationID
	}
	return ids
}

// resultAt is where a result belongs.
type resultAt struct {
	organizationID, measure string
	year                    int
}

// standings judges every target of the organizations and every result, in the order of
// their keys; the order of the results does not matter.
func standings(def *programs.Definition, organizations []string, results []models.MeasureResult, today models.Date) []MeasureRow {
	reported := make(map[resultAt]models.MeasureResult, len(results))
	wanted := map[resultAt]bool{}
	for _, r := range results {
		at := resultAt{r.OrganizationID, r.Measure, r.Year}
		reported[at] = r
		wanted[at] = true
	}
	for i := range def.Measures {
		m := &def.Measures[i]
		of := organizations
		if m.ByOffice() {
			of = []string{""}
		}
		for _, t := range m.Targets {
			year, err := programs.ParseYear(t.Year)
			for _, id := range of {
				wanted[resultAt{id, m.Code, year}] = err == nil
			}
		}
	}
	rows := make([]MeasureRow, 0, len(wanted))
	for at := range wanted {
		m := def.Measure(at.measure)
		if m == nil {
			continue
		}
		row := MeasureRow{OrganizationID: at.organizationID}
		var r *measured
		if x, ok := reported[at]; ok {
			row.ResultID, r = x.ID, measuredOf(x)
		}
		row.MeasureStanding = standingOf(def, m, at.year, r, today)
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b MeasureRow) int { return strings.Compare(a.Key(), b.Key()) })
	return rows
}

// unreported are the targets of a year that an organization, or the program, has said
// nothing about: neither a result nor why there is none.
func unreported(def *programs.Definition, organizationID string, year int, results []models.MeasureResult, today models.Date) []MeasureRow {
	rows := standings(def, []string{organizationID}, results, today)
	return slices.DeleteFunc(rows, func(x MeasureRow) bool {
		y, _ := programs.ParseYear(x.Year)
		return y != year || x.ResultID != "" || x.Target == nil
	})
}
