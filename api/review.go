package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type queueBody struct {
	revisionBody
	Reference    string       `json:"reference"`
	Organization string       `json:"organization_name"`
	PALUserID    *string      `json:"pal_user_id"`
	OpenFlags    int          `json:"open_flags"`
	Step         *string      `json:"next_step"`
	Mine         bool         `json:"mine"`
	WhyNot       *string      `json:"why_not"`
	SubmittedOn  *models.Date `json:"submitted_on"`
	WaitingDays  int          `json:"waiting_days"`
	DueOn        *models.Date `json:"due_on"`
	Risk         string       `json:"risk"`
	RiskPoints   int          `json:"risk_points"`
	RiskReasons  []string     `json:"risk_reasons"`
	ChangedLines int          `json:"changed_lines"`
	BeforeCents  models.Cents `json:"before_cents"`
}

func queued(who models.Actor, q workflow.Queued) queueBody {
	body := queueBody{revision(who, q.Revision), q.Reference, q.OrganizationName, q.PALUserID, q.OpenFlags, nil, q.Mine, opt(q.WhyNot), opt(q.SubmittedOn), q.WaitingDays,
		opt(q.DueOn), q.Level, q.Points, []string{}, q.Changed, q.BeforeCents}
	if q.Step != nil {
		body.Step = &q.Step.Code
	}
	for _, r := range q.Risks {
		body.RiskReasons = append(body.RiskReasons, r.Says)
	}
	return body
}

// reviewQueue is what waits for a reviewer: the most pressing rows, never a second page.
func (a *API) reviewQueue(c *gin.Context) error {
	var in workflow.ListReviewQueue
	q := queryOf(c)
	filters(q, &in)
	in.Limit = q.number("limit")
	if q.values.Has("limit") && (in.Limit < 1 || in.Limit > workflow.MaxPage) {
		return malformed("malformed_parameter", "The parameter limit is a whole number from 1 to %d.", workflow.MaxPage)
	}
	if err := q.end(); err != nil {
		return err
	}
	rows, err := a.s.ReviewQueue(c.Request.Context(), who(c), in)
	return all(c, q, rows, parameters(err), func(r workflow.Queued) queueBody { return queued(who(c), r) })
}

type reviewBody struct {
	Revision  queueBody        `json:"revision"`
	MayDecide bool             `json:"may_decide"`
	WhyNot    *string          `json:"why_not"`
	Meter     meterBody        `json:"meter"`
	Unchanged int              `json:"unchanged_lines"`
	Lines     []reviewLineBody `json:"line_items"`
	Available []offerBody      `json:"available_transitions"`
}

type reviewLineBody struct {
	Number      int           `json:"number"`
	Change      string        `json:"change"`
	Description string        `json:"description"`
	BeforeCents models.Cents  `json:"before_cents"`
	AmountCents models.Cents  `json:"amount_cents"`
	SpentCents  models.Cents  `json:"spent_cents"`
	Decision    string        `json:"decision"`
	Reason      *string       `json:"reason"`
	Flagged     bool          `json:"flagged"`
	LowRisk     *string       `json:"low_risk"`
	Targets     []string      `json:"targets"`
	Fields      []fieldDiff   `json:"fields"`
	Findings    []inputError  `json:"findings"`
	Earlier     []earlierBody `json:"earlier_decisions"`
}

type earlierBody struct {
	RevisionID     string       `json:"revision_id"`
	RevisionNumber int          `json:"revision_number"`
	Reference      string       `json:"reference"`
	FiscalYear     int          `json:"fiscal_year"`
	LineNumber     int          `json:"line_number"`
	Description    string       `json:"description"`
	AmountCents    models.Cents `json:"amount_cents"`
	Decision       string       `json:"decision"`
	Reason         *string      `json:"reason"`
	DecidedBy      *string      `json:"decided_by_name"`
	DecidedOn      *models.Date `json:"decided_on"`
	SameLine       bool         `json:"same_line"`
}

func review(who models.Actor, v workflow.ReviewView) reviewBody {
	body := reviewBody{queued(who, v.Queued), v.Decides != nil, opt(v.WhyNot), meter(who, v.Meter), v.Unchanged, []reviewLineBody{}, offered(v.Offers)}
	for _, l := range v.Touched {
		line := reviewLineBody{Number: l.Number, Change: l.Change, Description: l.Version.Description, AmountCents: l.Version.AmountCents, SpentCents: l.SpentCents,
			Decision: l.Version.Decision, Reason: opt(l.Version.DecisionReason), Flagged: l.Flagged, LowRisk: opt(l.LowRisk), Targets: []string{}, Fields: []fieldDiff{},
			Findings: inputErrors(l.Findings), Earlier: []earlierBody{}}
		if l.Base != nil {
			line.BeforeCents = l.Base.Version.AmountCents
		}
		for _, t := range l.Targets {
			line.Targets = append(line.Targets, t.Code)
		}
		for _, f := range l.Fields {
			line.Fields = append(line.Fields, fieldDiff{f.Field, valueText(f.Before), valueText(f.After)})
		}
		for _, e := range l.Earlier {
			line.Earlier = append(line.Earlier, earlierBody{e.RevisionID, e.RevisionNumber, e.Reference, e.FiscalYear, e.LineNumber, e.Description, e.AmountCents,
				e.Decision, opt(strings.TrimSpace(e.Reason)), opt(e.DecidedBy), opt(e.DecidedOn), e.SameLine})
		}
		body.Lines = append(body.Lines, line)
	}
	return body
}

type lowRiskBody struct {
	RevisionID     string       `json:"revision_id"`
	Version        int64        `json:"revision_version"`
	OrganizationID string       `json:"organization_id"`
	Organization   string       `json:"organization_name"`
	Reference      string       `json:"reference"`
	Number         int          `json:"number"`
	Description    string       `json:"description"`
	BeforeCents    models.Cents `json:"before_cents"`
	AmountCents    models.Cents `json:"amount_cents"`
	SpentCents     models.Cents `json:"spent_cents"`
	Why            string       `json:"low_risk"`
}

func lowRiskLine(_ models.Actor, l workflow.LowRiskLine) lowRiskBody {
	return lowRiskBody{l.Revision.ID, l.Revision.Version, l.Revision.OrganizationID, l.OrganizationName, l.Reference, l.Number, l.Description, l.BeforeCents, l.AmountCents, l.SpentCents, l.Why}
}

// approveLowRisk answers the revisions as they are now.
func (a *API) approveLowRisk(c *gin.Context) error {
	var in workflow.ApproveLowRiskLines
	if err := request(c, &in); err != nil {
		return err
	}
	rows, err := a.s.ApproveLowRiskLines(c.Request.Context(), who(c), in)
	body := listBody[revisionBody]{[]revisionBody{}}
	for _, r := range rows {
		body.Items = append(body.Items, revision(who(c), r))
	}
	return answer(c, http.StatusOK, body, err)
}

type returnReasonBody struct {
	ID          string  `json:"id"`
	ProgramCode *string `json:"program_code"`
	Title       string  `json:"title"`
	Text        string  `json:"text"`
	InUse       bool    `json:"in_use"`
	Version     int64   `json:"version"`
}

func returnReason(_ models.Actor, x models.ReturnReason) returnReasonBody {
	return returnReasonBody{x.ID, opt(x.ProgramCode), x.Title, x.Text, x.InUse, x.Version}
}
