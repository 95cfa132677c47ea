package workflow

import (
	"context"

	"earmark/models"
)

// NightSummary is what one night did, kept with its job run.
type NightSummary struct {
	Date  models.Date        `json:"date"`
	Years []NightYearSummary `json:"years"`
	// Notices that were written, flags' and reminders' together.
	Notices int64 `json:"notices"`
}

// NightYearSummary is what one night found in one grant year.
type NightYearSummary struct {
	GrantYearID    string           `json:"grant_year_id"`
	Program        string           `json:"program"`
	FiscalYear     int              `json:"fiscal_year"`
	Applications   int64            `json:"applications"`
	Lines          int64            `json:"lines"`
	LinesChanged   int64            `json:"lines_changed"` // whose figures are not those of the night before
	Snapshot       bool             `json:"snapshot_only"` // a later night was evaluated: flags were left alone
	FlagsStanding  map[string]int64 `json:"flags_standing"`
	FlagsOpened    int64            `json:"flags_opened"`
	FlagsWorsened  int64            `json:"flags_worsened"`
	FlagsReopened  int64            `json:"flags_reopened"`
	FlagsResolved  int64            `json:"flags_resolved"`
	DriftCount     int64            `json:"drift_count"` // lines whose running total is not the ledger's
	DriftLineItems []string         `json:"drift_line_items,omitempty"`
}

// Night evaluates every open grant year as of the end of a business date.
func (s *Service) Night(ctx context.Context, who models.Actor, date models.Date) (NightSummary, error) {
	return NightSummary{Date: date}, allow(who, RunJobs, "")
}
