package api

import (
	"earmark/models"
	"earmark/workflow"
)

type yearEndBody struct {
	ID               string        `json:"id"`
	ApplicationID    string        `json:"application_id"`
	GrantYearID      string        `json:"grant_year_id"`
	OrganizationID   string        `json:"organization_id"`
	Report           string        `json:"report"`
	Status           string        `json:"status"`
	Through          models.Date   `json:"through"`
	DueOn            *models.Date  `json:"due_on"`
	LedgerCents      *models.Cents `json:"ledger_cents"`
	ExpectedCents    *models.Cents `json:"expected_cents"`
	Plan             *string       `json:"plan"`
	Note             *string       `json:"note"`
	PreparedBy       string        `json:"prepared_by"`
	SubmittedBy      *string       `json:"submitted_by"`
	SubmittedOn      *models.Date  `json:"submitted_on"`
	FirstSubmittedOn *models.Date  `json:"first_submitted_on"`
	DaysLate         int           `json:"days_late"`
	SpentCents       models.Cents  `json:"spent_cents"`
	UnspentCents     models.Cents  `json:"unspent_cents"`
	SnapshotHash     *string       `json:"snapshot_hash"`
	DecidedBy        *string       `json:"decided_by"`
	DecidedOn        *models.Date  `json:"decided_on"`
	Decision         *string       `json:"decision"`
	Version          int64         `json:"version"`
}

func yearEndReport(_ models.Actor, r models.YearEndReport) yearEndBody {
	return yearEndBody{r.ID, r.ApplicationID, r.GrantYearID, r.OrganizationID, r.Report, string(r.Status), r.Through, opt(r.DueOn), r.LedgerCents, r.ExpectedCents,
		opt(r.Plan), opt(r.Note), r.PreparedBy, r.SubmittedBy, opt(r.SubmittedOn), opt(r.FirstSubmittedOn), r.DaysLate, r.SpentCents, r.UnspentCents,
		opt(r.SnapshotHash), r.DecidedBy, opt(r.DecidedOn), opt(r.Decision), r.Version}
}

type yearEndDetailBody struct {
	yearEndBody
	Title     string                  `json:"title"`
	Statement string                  `json:"statement"`
	Citation  string                  `json:"citation"`
	Figures   workflow.YearEndFigures `json:"figures"`
	Since     *workflow.YearEndSince  `json:"since"`
	Available []offerBody             `json:"available_transitions"`
}

func yearEndDetail(who models.Actor, d workflow.YearEndDetail) yearEndDetailBody {
	return yearEndDetailBody{yearEndReport(who, d.YearEndReport), d.Rule.Title, d.Rule.Statement, d.Rule.Cite, d.Figures, d.Since, offered(d.Offers)}
}
