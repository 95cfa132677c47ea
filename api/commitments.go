package api

import (
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type payeeBody struct {
	ID          string  `json:"id"`
	Code        string  `json:"code"`
	Name        string  `json:"name"`
	Kind        string  `json:"kind"`
	InPortfolio bool    `json:"in_portfolio"`
	Note        *string `json:"note"`
	Version     int64   `json:"version"`
}

func payee(_ models.Actor, p models.Payee) payeeBody {
	return payeeBody{p.ID, p.Code, p.Name, p.PayeeKind, p.InPortfolio, opt(p.Note), p.Version}
}

type commitmentBody struct {
	ID               string       `json:"id"`
	Reference        string       `json:"reference"`
	ApplicationID    string       `json:"application_id"`
	GrantYearID      string       `json:"grant_year_id"`
	OrganizationID   string       `json:"organization_id"`
	LineItemID       string       `json:"line_item_id"`
	PayeeID          string       `json:"payee_id"`
	PayeeCode        string       `json:"payee_code"`
	PayeeName        string       `json:"payee_name"`
	PayeeKind        string       `json:"payee_kind"`
	Description      string       `json:"description"`
	AmountCents      models.Cents `json:"amount_cents"`
	SpentCents       models.Cents `json:"spent_cents"`
	StartsOn         models.Date  `json:"starts_on"`
	EndsOn           models.Date  `json:"ends_on"`
	Status           string       `json:"status"`
	OutsidePortfolio bool         `json:"outside_portfolio"`
	Procurement      *string      `json:"procurement"`
	ApprovedOn       *models.Date `json:"approved_on"`
	ContractNumber   *string      `json:"contract_number"`
	ContractedOn     *models.Date `json:"contracted_on"`
	CreatedBy        string       `json:"created_by"`
	SubmittedBy      *string      `json:"submitted_by"`
	Version          int64        `json:"version"`
}

func commitment(_ models.Actor, c workflow.CommitmentRow) commitmentBody {
	return commitmentBody{c.ID, c.Reference, c.ApplicationID, c.GrantYearID, c.OrganizationID, c.LineItemID, c.PayeeID, c.Payee.Code, c.Payee.Name, c.Payee.PayeeKind,
		c.Description, c.AmountCents, c.SpentCents, c.StartsOn, c.EndsOn, string(c.Status), c.OutsidePortfolio, opt(c.Procurement), opt(c.ApprovedOn),
		opt(c.ContractNumber), opt(c.ContractedOn), c.CreatedBy, c.SubmittedBy, c.Version}
}

type commitmentDetailBody struct {
	commitmentBody
	Steps     []chainStepBody `json:"steps"`
	Approvals []approvalBody  `json:"approvals"`
	Balance   lineBalanceBody `json:"balance"`
	Findings  []inputError    `json:"findings"`
	Available []offerBody     `json:"available_transitions"`
}

type chainStepBody struct {
	Code     string   `json:"code"`
	Title    string   `json:"title"`
	By       string   `json:"by"`
	Needed   int      `json:"needed"`
	Approved []string `json:"approved"`
	Done     bool     `json:"done"`
	Turn     bool     `json:"turn"`
}

type lineBalanceBody struct {
	LineItemID     string       `json:"line_item_id"`
	Number         int          `json:"number"`
	AmountCents    models.Cents `json:"amount_cents"`
	CommittedCents models.Cents `json:"committed_cents"`
	PendingCents   models.Cents `json:"pending_cents"`
	SpentCents     models.Cents `json:"spent_cents"`
	AvailableCents models.Cents `json:"available_cents"`
	RoomCents      models.Cents `json:"room_cents"`
}

func lineBalance(_ models.Actor, b workflow.LineBalance) lineBalanceBody {
	return lineBalanceBody{b.LineItemID, b.Number, b.AmountCents, b.CommittedCents, b.PendingCents, b.SpentCents, b.AvailableCents, b.RoomCents}
}

func commitmentDetail(who models.Actor, d workflow.CommitmentDetail) commitmentDetailBody {
	body := commitmentDetailBody{commitmentBody: commitment(who, d.CommitmentRow), Steps: []chainStepBody{}, Approvals: []approvalBody{},
		Balance: lineBalance(who, d.Balance), Findings: inputErrors(d.Findings), Available: offered(d.Offers)}
	for _, s := range d.Standing.Steps {
		body.Steps = append(body.Steps, chainStepBody{s.Step.Code, s.Step.Title, s.Step.By(), s.Needed, append([]string{}, s.People...), s.Done(), s.Turn})
	}
	for _, a := range d.Approvals {
		body.Approvals = append(body.Approvals, approvalBody{a.Round, a.Step, a.Decision, a.UserID, opt(a.OnBehalfOf), opt(a.Comment), a.At})
	}
	return body
}

type priorFundingBody struct {
	ID          string       `json:"id"`
	ProgramCode string       `json:"program_code"`
	FiscalYear  int          `json:"fiscal_year"`
	Source      string       `json:"source"`
	RowCount    int          `json:"row_count"`
	TotalCents  models.Cents `json:"total_cents"`
	CreatedBy   string       `json:"created_by"`
	CreatedAt   time.Time    `json:"created_at"`
	Version     int64        `json:"version"`
}

func priorFunding(_ models.Actor, p models.PriorFunding) priorFundingBody {
	return priorFundingBody{p.ID, p.ProgramCode, p.FiscalYear, p.Source, p.RowCount, p.TotalCents, p.CreatedBy, p.CreatedAt, p.Version}
}

type partnerImpactBody struct {
	OrganizationID   string       `json:"organization_id"`
	OrganizationCode string       `json:"organization_code"`
	OrganizationName string       `json:"organization_name"`
	PayeeID          string       `json:"payee_id"`
	PayeeCode        string       `json:"payee_code"`
	PayeeName        string       `json:"payee_name"`
	InPortfolio      bool         `json:"in_portfolio"`
	BeforeCents      models.Cents `json:"before_cents"`
	AfterCents       models.Cents `json:"after_cents"`
	ChangeCents      models.Cents `json:"change_cents"`
	Outcome          string       `json:"outcome"`
}

func (a *API) partnerImpacts(c *gin.Context) error {
	q := queryOf(c)
	program, year := q.text("program_code"), q.number("fiscal_year")
	if err := q.end(); err != nil {
		return err
	}
	if program == "" || year == 0 {
		return malformed("malformed_parameter", "Give ?program_code= and ?fiscal_year=.")
	}
	rows, err := a.s.PartnerImpacts(c.Request.Context(), who(c), program, year)
	return all(c, q, rows, err, func(r workflow.PartnerImpact) partnerImpactBody {
		return partnerImpactBody{r.OrganizationID, r.OrganizationCode, r.OrganizationName, r.PayeeID, r.PayeeCode, r.PayeeName, r.InPortfolio,
			r.BeforeCents, r.AfterCents, r.ChangeCents, r.Outcome}
	})
}
