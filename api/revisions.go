package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type revisionBody struct {
	ID             string       `json:"id"`
	ApplicationID  string       `json:"application_id"`
	GrantYearID    string       `json:"grant_year_id"`
	OrganizationID string       `json:"organization_id"`
	Number         int          `json:"number"`
	BaseID         *string      `json:"base_id"`
	Status         string       `json:"status"`
	Reason         *string      `json:"reason"`
	Round          int          `json:"round"`
	TotalCents     models.Cents `json:"total_cents"`
	LineCount      int          `json:"line_count"`
	CreatedBy      string       `json:"created_by"`
	CreatedAt      time.Time    `json:"created_at"`
	SubmittedBy    *string      `json:"submitted_by"`
	SubmittedAt    *time.Time   `json:"submitted_at"`
	DecidedAt      *time.Time   `json:"decided_at"`
	DecidedOn      *models.Date `json:"decided_on"`
	Decision       *string      `json:"decision"`
	Version        int64        `json:"version"`
}

func revision(_ models.Actor, r models.Revision) revisionBody {
	return revisionBody{r.ID, r.ApplicationID, r.GrantYearID, r.OrganizationID, r.Number, r.BaseID, string(r.Status), opt(r.Reason), r.Round,
		r.TotalCents, r.LineCount, r.CreatedBy, r.CreatedAt, r.SubmittedBy, r.SubmittedAt, r.DecidedAt, opt(r.DecidedOn), opt(r.Decision), r.Version}
}

type revisionDetailBody struct {
	revisionBody
	Application applicationBody  `json:"application"`
	District    organizationBody `json:"district"`
	LineItems   []lineBody       `json:"line_items"`
	Approvals   []approvalBody   `json:"approvals"`
	NextStep    *string          `json:"next_step"`
	Available   []offerBody      `json:"available_transitions"`
}

type approvalBody struct {
	Round    int       `json:"round"`
	Step     string    `json:"step"`
	Decision string    `json:"decision"`
	UserID   string    `json:"user_id"`
	Behalf   *string   `json:"on_behalf_of"`
	Comment  *string   `json:"comment"`
	At       time.Time `json:"at"`
}

// revisionView gives the view a root, as every document has.
type revisionView struct {
	models.Revision
	view workflow.RevisionView
}

func (a *API) revision(ctx context.Context, who models.Actor, id string) (revisionView, error) {
	v, err := a.s.Revision(ctx, who, id)
	return revisionView{v.Revision, v}, err
}

func revisionDetail(who models.Actor, r revisionView) revisionDetailBody {
	v := r.view
	body := revisionDetailBody{revision(who, v.Revision), application(who, v.Application), organization(who, v.District),
		[]lineBody{}, []approvalBody{}, nil, offered(v.Offers)}
	for _, l := range v.Lines {
		body.LineItems = append(body.LineItems, line(l))
	}
	for _, p := range v.Approvals {
		body.Approvals = append(body.Approvals, approvalBody{p.Round, p.Step, p.Decision, p.UserID, opt(p.OnBehalfOf), opt(p.Comment), p.At})
	}
	if v.NextStep != nil {
		body.NextStep = &v.NextStep.Code
	}
	return body
}

type listRevisions struct {
	ApplicationID  string `json:"application_id"`
	GrantYearID    string `json:"grant_year_id"`
	OrganizationID string `json:"organization_id"`
	Status         string `json:"status"`
	After          string `json:"after"`
	Limit          int    `json:"limit"`
}

func (a *API) revisions(ctx context.Context, who models.Actor, in listRevisions) ([]models.Revision, error) {
	if err := oneOf("status", in.Status, workflow.Revisions.Names()); err != nil {
		return nil, err
	}
	where := workflow.ListRevisions{ApplicationID: in.ApplicationID, GrantYearID: in.GrantYearID, OrganizationID: in.OrganizationID, Status: in.Status}
	return a.s.RevisionsList(ctx, who, where, workflow.Page{After: in.After, Limit: in.Limit})
}

type findingsBody struct {
	ErrorCount   int          `json:"error_count"`
	WarningCount int          `json:"warning_count"`
	WaivedCount  int          `json:"waived_count"`
	Findings     []inputError `json:"findings"`
}

func findings(_ models.Actor, f workflow.Findings) findingsBody {
	return findingsBody{f.Errors, f.Warnings, f.Waived, inputErrors(f.Fields)}
}

type meterBody struct {
	Outcome       string         `json:"outcome"`
	Rule          string         `json:"rule"`
	Citation      string         `json:"citation"`
	ApprovedCents models.Cents   `json:"approved_cents"`
	ProposedCents models.Cents   `json:"proposed_cents"`
	MovedCents    models.Cents   `json:"moved_cents"`
	MovedBP       *int64         `json:"moved_bp"`
	Cells         []meterCell    `json:"cells"`
	Changes       []meterFinding `json:"changes"`
}

// meterCell names its cell by the parts that the rule's basis uses.
type meterCell struct {
	FunctionCode  *string      `json:"function_code"`
	ObjectCode    *string      `json:"object_code"`
	UseCategory   *string      `json:"use_category"`
	LineNumber    *int         `json:"line_number"`
	ApprovedCents models.Cents `json:"approved_cents"`
	ProposedCents models.Cents `json:"proposed_cents"`
	SpentCents    models.Cents `json:"spent_cents"`
	MovedCents    models.Cents `json:"moved_cents"`
	MovedBP       *int64       `json:"moved_bp"`
	AllowedCents  models.Cents `json:"allowed_cents"`
	Outcome       string       `json:"outcome"`
}

type meterFinding struct {
	Change       string  `json:"change"`
	LineNumber   *int    `json:"line_number"`
	FunctionCode *string `json:"function_code"`
	ObjectCode   *string `json:"object_code"`
	UseCategory  *string `json:"use_category"`
	Says         string  `json:"says"`
	Citation     string  `json:"citation"`
	Outcome      string  `json:"outcome"`
}

// rate is nil where there is nothing to be a part of.
func rate(bp models.BasisPoints, known bool) *int64 {
	if !known {
		return nil
	}
	v := int64(bp)
	return &v
}

func rateOf(bp *models.BasisPoints) *int64 {
	if bp == nil {
		return nil
	}
	return rate(*bp, true)
}

func meter(_ models.Actor, m workflow.MeterResult) meterBody {
	body := meterBody{m.Outcome, m.Rule, m.Cite, m.ApprovedCents, m.ProposedCents, m.MovedCents, rate(m.MovedBP, m.MovedKnown), []meterCell{}, []meterFinding{}}
	for _, x := range m.Cells {
		body.Cells = append(body.Cells, meterCell{opt(x.Cell.FunctionCode), opt(x.Cell.ObjectCode), opt(x.Cell.UseCategory), lineNumber(x.Cell.Line), x.ApprovedCents, x.ProposedCents, x.SpentCents,
			x.MovedCents, rate(x.MovedBP, x.MovedKnown), x.AllowedCents, x.Outcome})
	}
	for _, f := range m.Changes {
		body.Changes = append(body.Changes, meterFinding{f.Change, lineNumber(max(f.Line, f.Cell.Line)), opt(f.Cell.FunctionCode), opt(f.Cell.ObjectCode), opt(f.Cell.UseCategory),
			f.Says, f.Cite, f.Outcome})
	}
	return body
}

// lineNumber is nil where something is not about one line.
func lineNumber(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

type diffBody struct {
	From        revisionBody `json:"from"`
	To          revisionBody `json:"to"`
	BeforeCents models.Cents `json:"before_cents"`
	AfterCents  models.Cents `json:"after_cents"`
	LineItems   []lineDiff   `json:"line_items"`
}

type lineDiff struct {
	Number      int          `json:"number"`
	Change      string       `json:"change"`
	Description string       `json:"description"`
	BeforeCents models.Cents `json:"before_cents"`
	AfterCents  models.Cents `json:"after_cents"`
	SpentCents  models.Cents `json:"spent_cents"`
	Fields      []fieldDiff  `json:"fields"`
}

type fieldDiff struct {
	Field  string  `json:"field"`
	Before *string `json:"before"`
	After  *string `json:"after"`
}

// valueText is an input as text: one form for amounts, words, dates and lists.
func valueText(v any) *string {
	text, err := json.Marshal(v)
	if err != nil || string(text) == "null" {
		return nil
	}
	s := string(text)
	if plain, err := strconv.Unquote(s); err == nil {
		s = plain
	}
	return &s
}

// diff compares ?from= with this revision; without it, the revision it is based on.
func (a *API) diff(c *gin.Context) error {
	q := queryOf(c)
	from := q.text("from")
	if err := q.end(); err != nil {
		return err
	}
	if from == "" {
		v, err := a.s.Revision(c.Request.Context(), who(c), c.Param("id"))
		if err != nil {
			return err
		}
		if v.Revision.BaseID == nil {
			return malformed("malformed_parameter", "This revision is not based on another. Give one as ?from=.")
		}
		from = *v.Revision.BaseID
	}
	d, err := a.s.Diff(c.Request.Context(), who(c), from, c.Param("id"))
	if err != nil {
		return err
	}
	body := diffBody{revision(who(c), d.From), revision(who(c), d.To), d.BeforeCents, d.AfterCents, []lineDiff{}}
	for _, l := range d.Lines {
		row := lineDiff{l.Number, l.Change, l.Description, l.BeforeCents, l.AfterCents, l.SpentCents, []fieldDiff{}}
		for _, f := range l.Fields {
			row.Fields = append(row.Fields, fieldDiff{f.Field, valueText(f.Before), valueText(f.After)})
		}
		body.LineItems = append(body.LineItems, row)
	}
	return answer(c, http.StatusOK, body, nil)
}
