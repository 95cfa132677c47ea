package workflow

import (
	"context"
	"strings"
	"time"

	"earmark/models"
	"earmark/store"
)

// ListAuditEvents asks for events of the audit trail, newest first; everything given must
// hold. Dates are business dates, both included.
type ListAuditEvents struct {
	DocumentKind   string      `json:"document_kind" validate:"max=64"`
	DocumentID     string      `json:"document_id" validate:"max=64"`
	OrganizationID string      `json:"organization_id" validate:"max=64"` // whose application, agreement, money, reports, flags and due items it is about
	ActorID        string      `json:"actor_id" validate:"max=64"`
	Actor          string      `json:"actor" validate:"max=100"` // beginning of the name
	Action         string      `json:"action" validate:"max=64"`
	From           models.Date `json:"from" validate:"omitempty,civil_date"`
	To             models.Date `json:"to" validate:"omitempty,civil_date"`
	After          string      `json:"after" validate:"max=64"`
	Limit          int         `json:"limit" validate:"gte=0,lte=100"`
}

// AuditEvents lists who did what, when and why. The office reads everything; a district
// names itself or a document of its own.
func (s *Service) AuditEvents(ctx context.Context, who models.Actor, in ListAuditEvents) ([]models.AuditEvent, error) {
	if err := s.admit(who, ReadAudit, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	named := in.DocumentKind != "" && in.DocumentID != ""
	switch {
	case in.OrganizationID != "" && !scope(who).Sees(in.OrganizationID):
		return nil, nil
	case !scope(who).All && !named && in.OrganizationID == "":
		return nil, models.Field("/document_id", "audit.document_missing", "A district reads the audit trail of one document at a time, or its own.", "Give document_kind and document_id, or organization_id.")
	case !scope(who).All && named:
		if err := readableTrail(r, who, in.DocumentKind, in.DocumentID); err != nil {
			return nil, err
		}
	}
	f := store.AuditFilter{DocumentKind: in.DocumentKind, DocumentID: in.DocumentID, OrganizationID: in.OrganizationID, ActorID: in.ActorID,
		Actor: strings.TrimSpace(in.Actor), Action: in.Action}
	if in.From != "" {
		f.From = s.startOf(in.From)
	}
	if in.To != "" {
		f.Until = s.startOf(in.To.AddDays(1))
	}
	return store.AuditEvents(r, f, store.Page{After: in.After, Limit: pageSize(in.Limit), Desc: true})
}

// startOf is the instant a business date begins.
func (s *Service) startOf(d models.Date) time.Time {
	t, err := time.ParseInLocation("2006-01-02", string(d), s.zone)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// AuditTrail is every event of one document, oldest first.
func (s *Service) AuditTrail(ctx context.Context, who models.Actor, kind, id string) ([]models.AuditEvent, error) {
	if err := allow(who, ReadAudit, ""); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	if err := readableTrail(r, who, kind, id); err != nil {
		return nil, err
	}
	return store.AuditTrail(r, kind, id)
}

// readableTrail answers NotFound unless the document exists and the actor may see it. The
// office's own documents (years, runs, imports of facts, people) are not a district's to
// follow; a person's own account and API tokens are.
func readableTrail(r store.Reading, who models.Actor, kind, id string) error {
	organization, err := store.OrganizationOf(r, kind, id)
	if err != nil {
		return err
	}
	if err := visibleDraft(r, who, kind, id); err != nil {
		return err
	}
	sc := scope(who)
	switch {
	case sc.All, organization != "" && sc.Sees(organization), kind == "user" && id == who.UserID:
		return nil
	case kind == "api_token":
		t, err := store.Get[models.APIToken](r, id)
		if err != nil || t.UserID == who.UserID {
			return err
		}
	}
	return notFound()
}

// VerifyAudit walks the whole audit trail and reports what was changed, removed or
// inserted behind the program's back. See store.DB.VerifyAudit.
func (s *Service) VerifyAudit(ctx context.Context, who models.Actor, report func(store.AuditFinding)) (store.AuditReport, error) {
	return s.WatchAudit(ctx, who, report, func(int64) {})
}

// WatchAudit is VerifyAudit that says how many events it has walked as it goes.
func (s *Service) WatchAudit(ctx context.Context, who models.Actor, report func(store.AuditFinding), progress func(events int64)) (store.AuditReport, error) {
	if err := s.MayVerifyAudit(who); err != nil {
		return store.AuditReport{}, err
	}
	return s.db.WatchAudit(ctx, report, progress)
}

// MayVerifyAudit answers nil when the actor may have the whole audit trail walked.
func (s *Service) MayVerifyAudit(who models.Actor) error {
	if err := allow(who, ReadAudit, ""); err != nil {
		return err
	}
	if !scope(who).All {
		return models.Fail(models.Forbidden, "permission.role", "Only the office verifies the whole audit trail.")
	}
	return nil
}

// AuditReport counts what a walk of the audit trail found.
type AuditReport = store.AuditReport
