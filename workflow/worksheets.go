package workflow

import (
	"context"
	"strings"

	"earmark/models"
	"earmark/store"
)

// ListWorksheets asks what the lines of a grant year need and where it stands.
type ListWorksheets struct {
	GrantYearID    string `json:"grant_year_id" validate:"required,max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	RecordKind     string `json:"kind" validate:"max=64"`
	Status         string `json:"status" validate:"omitempty,oneof=none draft submitted returned accepted"`
	Late           bool   `json:"late"` // only those handed in late, or owed since a day that has passed
	After          string `json:"after" validate:"max=200"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// WorksheetStanding is a line in force that needs a record of a kind, and where that stands.
type WorksheetStanding struct {
	store.WorksheetRow
	Title string // of the kind
	Days  int    // until it is due; negative after that
}

// Key orders them: by line, then kind.
func (w WorksheetStanding) Key() string { return w.LineItemID + "|" + w.RecordKind }

// WorksheetStandings lists what every line in force needs, begun or not, with one query.
// Errors: NotFound for a grant year that is not there; Invalid "record.unknown_kind".
func (s *Service) WorksheetStandings(ctx context.Context, who models.Actor, in ListWorksheets) ([]WorksheetStanding, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	ru, err := s.rules(r, in.GrantYearID)
	if err != nil {
		return nil, err
	}
	var needs []store.WorksheetNeed
	titles := map[string]string{}
	for _, k := range ru.def.Records {
		if needed(ru, k) {
			needs = append(needs, store.WorksheetNeed{RecordKind: k.Code, LeastCents: leastOf(ru, k), DueOn: dueDay(ru, k)})
			titles[k.Code] = k.Title
		}
	}
	line, kind, _ := strings.Cut(in.After, "|")
	today := s.Today()
	rows, err := store.Worksheets(r, scope(who), needs, store.WorksheetFilter{GrantYearID: in.GrantYearID, OrganizationID: in.OrganizationID, RecordKind: in.RecordKind,
		Status: in.Status, OnlyLate: in.Late, Today: today, AfterLine: line, AfterKind: kind, Limit: pageSize(in.Limit)})
	out := make([]WorksheetStanding, len(rows))
	for i, x := range rows {
		out[i] = WorksheetStanding{x, titles[x.RecordKind], x.DueOn.DaysSince(today)}
	}
	return out, err
}
