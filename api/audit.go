package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type auditEventBody struct {
	ID           string          `json:"id"`
	At           time.Time       `json:"at"`
	ActorID      string          `json:"actor_id"`
	ActorName    string          `json:"actor_name"`
	Action       string          `json:"action"`
	DocumentKind string          `json:"document_kind"`
	DocumentID   string          `json:"document_id"`
	Sequence     int64           `json:"sequence"`
	Reason       *string         `json:"reason"`
	Changes      json.RawMessage `json:"changes"`
	RequestID    string          `json:"request_id"`
	RuleVersion  *string         `json:"rule_version"`
	OnBehalfOf   *string         `json:"on_behalf_of"`
	DelegationID *string         `json:"delegation_id"`
	PreviousHash *string         `json:"previous_hash"`
	Hash         string          `json:"hash"`
}

func auditEvent(_ models.Actor, e models.AuditEvent) auditEventBody {
	return auditEventBody{e.ID, e.At, e.ActorID, e.ActorName, e.Action, e.DocumentKind, e.DocumentID, e.Sequence, opt(e.Reason), kept(e.Changes),
		e.RequestID, opt(e.RuleVersion), opt(e.OnBehalfOf), opt(e.DelegationID), opt(e.PreviousHash), e.Hash}
}

type auditReportBody struct {
	Intact    bool           `json:"intact"`
	Events    int64          `json:"events"`
	Documents int64          `json:"documents"`
	Changed   int64          `json:"changed"`
	Removed   int64          `json:"removed"`
	Inserted  int64          `json:"inserted"`
	Findings  []auditFinding `json:"findings"`
}

type auditFinding struct {
	Problem      string `json:"problem"`
	DocumentKind string `json:"document_kind"`
	DocumentID   string `json:"document_id"`
	Sequence     int64  `json:"sequence"`
	Detail       string `json:"detail"`
}

// mostFindings are told; the counts are complete.
const mostFindings = 100

// verifyAudit walks every chain of the audit trail.
func (a *API) verifyAudit(c *gin.Context) error {
	findings := []auditFinding{}
	r, err := a.s.VerifyAudit(c.Request.Context(), who(c), func(f workflow.AuditFinding) {
		if len(findings) < mostFindings {
			findings = append(findings, auditFinding{f.Problem, f.DocumentKind, f.DocumentID, f.Sequence, f.Detail})
		}
	})
	return answer(c, http.StatusOK, auditReportBody{r.Changed+r.Removed+r.Inserted == 0, r.Events, r.Documents, r.Changed, r.Removed, r.Inserted, findings}, err)
}
