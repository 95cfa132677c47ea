package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/reports"
	"earmark/workflow"
)

type recordBody struct {
	ID             string       `json:"id"`
	GrantYearID    string       `json:"grant_year_id"`
	OrganizationID string       `json:"organization_id"`
	Kind           string       `json:"kind"`
	Reference      string       `json:"reference"`
	Revision       int          `json:"revision"`
	RootID         string       `json:"root_id"`
	AmendsID       *string      `json:"amends_id"`
	ParentID       *string      `json:"parent_id"`
	AgreementID    *string      `json:"agreement_id"`
	SubjectID      *string      `json:"subject_id"`
	Status         string       `json:"status"`
	Reason         *string      `json:"reason"`
	DueOn          *models.Date `json:"due_on"`
	DueAt          *time.Time   `json:"due_at"`
	DueStatus      *string      `json:"due_status"`
	DueDays        int          `json:"due_days"`
	SubmittedAt    *time.Time   `json:"submitted_at"`
	Late           bool         `json:"late"`
	EffectiveOn    *models.Date `json:"effective_on"`
	EndedOn        *models.Date `json:"ended_on"`
	Version        int64        `json:"version"`
}

func record(_ models.Actor, r workflow.RecordRow) recordBody {
	return recordBody{r.ID, r.GrantYearID, r.OrganizationID, r.RecordKind, r.Reference, r.Revision, r.RootID, r.AmendsID, r.ParentID, r.AgreementID, opt(r.SubjectID), string(r.Status), opt(r.Reason),
		opt(r.DueOn), r.DueAt, opt(string(r.Due.Status)), r.Due.Days, r.SubmittedAt, r.Late, opt(r.EffectiveOn), opt(r.EndedOn), r.Version}
}

type recordDetailBody struct {
	recordBody
	KindTitle   string                          `json:"kind_title"`
	Fields      json.RawMessage                 `json:"fields"`
	Line        *recordLineBody                 `json:"line"`
	Targets     []recordTargetBody              `json:"targets"`
	Checklist   map[string]models.ChecklistMark `json:"checklist"`
	Exhibits    map[string]models.ExhibitMark   `json:"exhibits"`
	Attachments []recordFileBody                `json:"attachments"`
	Overrides   map[string]models.Override      `json:"overrides"`
	Totals      map[string]int64                `json:"totals"`
	Figures     map[string]int64                `json:"figures"`
	Signatures  []signatureBody                 `json:"signatures"`
	Unsigned    []string                        `json:"unsigned"`
	Decisions   []recordDecisionBody            `json:"decisions"`
	Findings    []recordFindingBody             `json:"findings"`
	Ready       bool                            `json:"ready"`
	Versions    []recordVersionBody             `json:"versions"`
	Available   []offerBody                     `json:"available_transitions"`
}

type recordFileBody struct {
	Name         string  `json:"name"`
	Title        *string `json:"title"`
	SHA256       *string `json:"sha256"`
	Reviewed     bool    `json:"reviewed"`
	AttachmentID *string `json:"attachment_id"`
	MediaType    *string `json:"media_type"`
}

type signatureBody struct {
	Party      string      `json:"party"`
	SignerName string      `json:"signer_name"`
	SignedOn   models.Date `json:"signed_on"`
	RecordedBy string      `json:"recorded_by"`
}

type recordDecisionBody struct {
	Step     string    `json:"step"`
	Decision string    `json:"decision"`
	UserID   string    `json:"user_id"`
	Behalf   *string   `json:"on_behalf_of"`
	Comment  *string   `json:"comment"`
	At       time.Time `json:"at"`
}

type recordFindingBody struct {
	Pointer     string  `json:"pointer"`
	Code        string  `json:"code"`
	Severity    string  `json:"severity"`
	Stops       string  `json:"stops"`
	Detail      string  `json:"detail"`
	Fix         *string `json:"fix"`
	Cite        *string `json:"cite"`
	Overridable bool    `json:"overridable"`
}

type recordVersionBody struct {
	ID          string       `json:"id"`
	Revision    int          `json:"revision"`
	Status      string       `json:"status"`
	Reason      *string      `json:"reason"`
	EffectiveOn *models.Date `json:"effective_on"`
	EndedOn     *models.Date `json:"ended_on"`
}

func recordDetail(who models.Actor, v workflow.RecordView) recordDetailBody {
	c := v.Content
	body := recordDetailBody{recordBody: record(who, workflow.RecordRow{Record: v.Record, Due: v.Standing.Due}), KindTitle: v.RecordKindTitle,
		Fields: c.MarshalFields(), Line: recordLine(c.Data.Line()), Targets: recordTargets(c.Data.Targets()), Checklist: c.Checklist, Exhibits: c.Exhibits, Overrides: c.Overrides, Totals: c.Totals, Figures: v.Standing.Figures, Ready: v.Standing.Ready(),
		Attachments: []recordFileBody{}, Signatures: []signatureBody{}, Unsigned: append([]string{}, v.Standing.Unsigned...), Decisions: []recordDecisionBody{},
		Findings: []recordFindingBody{}, Versions: []recordVersionBody{}, Available: offered(v.Offers)}
	if body.Totals == nil {
		body.Totals = map[string]int64{}
	}
	for _, a := range c.Attachments {
		body.Attachments = append(body.Attachments, recordFileBody{a.Name, opt(a.Title), opt(a.SHA256), workflow.Reviewed(c.Kind, a.Name), opt(a.AttachmentID), opt(a.MediaType)})
	}
	for _, s := range c.Signatures {
		body.Signatures = append(body.Signatures, signatureBody{s.Party, s.SignerName, s.SignedOn, s.RecordedBy})
	}
	for _, d := range v.Decisions {
		body.Decisions = append(body.Decisions, recordDecisionBody{d.Step, d.Decision, d.UserID, opt(d.OnBehalfOf), opt(d.Comment), d.At})
	}
	for _, f := range v.Standing.Findings {
		body.Findings = append(body.Findings, recordFindingBody{f.Pointer, f.Code, f.Severity, f.Stops, f.Detail, opt(f.Fix), opt(f.Cite), f.Overridable})
	}
	for _, r := range v.Versions {
		body.Versions = append(body.Versions, recordVersionBody{r.ID, r.Revision, string(r.Status), opt(r.Reason), opt(r.EffectiveOn), opt(r.EndedOn)})
	}
	return body
}

// recordSheet answers all records of a kind as CSV or a workbook, with a column for each of its fields.
func (a *API) recordSheet(c *gin.Context) error {
	q := queryOf(c)
	in := workflow.RecordsOfKind{GrantYearID: c.Param("id")}
	filters(q, &in)
	if err := q.end(); err != nil {
		return err
	}
	sheet, err := a.s.RecordSheet(c.Request.Context(), who(c), in)
	if err != nil {
		return parameters(err)
	}
	if c.Header("Cache-Control", "private, no-store"); wants(c) == asXLSX {
		download(c, reports.XLSXType, sheet.Kind, "xlsx")
		err = reports.SheetXLSX(c.Writer, sheet.Kind, sheet.Columns, sheet.Rows, made(c))
	} else {
		download(c, csvType, sheet.Kind, "csv")
		err = reports.Sheet(c.Writer, sheet.Columns, sheet.Rows)
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return nil
}
