package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type rehearsalFindingBody struct {
	Effect         string       `json:"effect"`
	Subject        string       `json:"subject"`
	Rule           string       `json:"rule"`
	Severity       string       `json:"severity"`
	OrganizationID string       `json:"organization_id"`
	Code           string       `json:"code"`
	Name           string       `json:"name"`
	ApplicationID  *string      `json:"application_id"`
	Reference      string       `json:"reference"`
	RevisionID     *string      `json:"revision_id"`
	RevisionNumber int          `json:"revision_number"`
	RevisionStatus string       `json:"revision_status"`
	LineNumber     int          `json:"line_number"`
	Before         string       `json:"before"`
	After          string       `json:"after"`
	AmountCents    models.Cents `json:"amount_cents"`
}

type rehearsalRecipientBody struct {
	OrganizationID string              `json:"organization_id"`
	Code           string              `json:"code"`
	Name           string              `json:"name"`
	ApplicationID  *string             `json:"application_id"`
	Reference      string              `json:"reference"`
	Fails          int                 `json:"newly_fails"`
	Passes         int                 `json:"newly_passes"`
	Changes        int                 `json:"changes"`
	TouchedCents   models.Cents        `json:"touched_cents"`
	BaseCents      models.Cents        `json:"base_cents"`
	AmountCents    models.Cents        `json:"amount_cents"`
	ChangeCents    models.Cents        `json:"change_cents"`
	ChangeBP       *models.BasisPoints `json:"change_bp"`
	Class          string              `json:"class"`
	Bound          string              `json:"bound"`
}

type rehearsalBody struct {
	GrantYearID  string                   `json:"grant_year_id"`
	FromVersion  string                   `json:"from_version"`
	ToVersion    string                   `json:"to_version"`
	FromHash     string                   `json:"from_hash"`
	ToHash       string                   `json:"to_hash"`
	FactsYear    int                      `json:"facts_year"`
	Applications int                      `json:"applications"`
	Revisions    int                      `json:"revisions"`
	Lines        int                      `json:"lines"`
	Fails        int                      `json:"newly_fails"`
	Passes       int                      `json:"newly_passes"`
	Changes      int                      `json:"changes"`
	TouchedCents models.Cents             `json:"touched_cents"`
	BaseCents    models.Cents             `json:"base_cents"`
	AmountCents  models.Cents             `json:"amount_cents"`
	Winners      int                      `json:"winners"`
	Losers       int                      `json:"losers"`
	Untouched    int                      `json:"untouched"`
	Problems     []string                 `json:"allocation_problems"`
	Findings     []rehearsalFindingBody   `json:"findings"`
	Omitted      int                      `json:"omitted"`
	Recipients   []rehearsalRecipientBody `json:"recipients"`
}

func rehearsalFinding(f workflow.RehearsalFinding) rehearsalFindingBody {
	return rehearsalFindingBody{f.Effect, f.Subject, f.Rule, f.Severity, f.OrganizationID, f.Code, f.Name, opt(f.ApplicationID), f.Reference,
		opt(f.RevisionID), f.RevisionNumber, string(f.RevisionStatus), f.LineNumber, f.Before, f.After, f.AmountCents}
}

func rehearsal(r workflow.Rehearsal) rehearsalBody {
	out := rehearsalBody{r.GrantYear.ID, r.FromVersion, r.ToVersion, r.FromHash, r.ToHash, r.FactsYear, r.Applications, r.Revisions, r.Lines,
		r.Fails, r.Passes, r.Changes, r.TouchedCents, r.BaseCents, r.AmountCents, r.Winners, r.Losers, r.Untouched,
		append([]string{}, r.AllocationWrong...), make([]rehearsalFindingBody, len(r.Findings)), r.Omitted, make([]rehearsalRecipientBody, len(r.Recipients))}
	for i, f := range r.Findings {
		out.Findings[i] = rehearsalFinding(f)
	}
	for i, x := range r.Recipients {
		out.Recipients[i] = rehearsalRecipientBody{x.OrganizationID, x.Code, x.Name, opt(x.ApplicationID), x.Reference, x.Fails, x.Passes, x.Changes,
			x.TouchedCents, x.BaseCents, x.AmountCents, x.ChangeCents, x.ChangeBP, x.Class, x.Bound}
	}
	return out
}

// rehearse replays a changed definition and stores nothing: it is a POST because the
// definition is long.
func (a *API) rehearse(c *gin.Context) error {
	var in workflow.RehearseRules
	if err := request(c, &in); err != nil {
		return err
	}
	r, err := a.s.Rehearse(c.Request.Context(), who(c), in)
	switch {
	case err != nil:
		return err
	case wants(c) != asJSON:
		return all(c, queryOf(c), r.Findings, nil, rehearsalFinding)
	}
	return answer(c, http.StatusOK, rehearsal(r), nil)
}
