package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/machine"
)

// StatusGranted is a state that only requests have.
const StatusGranted models.State = "granted"

var unlockers = roleNames(models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleARE)

// UnlockRequests is the life of a request to open something locked.
var UnlockRequests = machine.Table[none]{
	Document: "unlock_request",
	States: []machine.State{
		{Name: "open", Means: "The office has not answered."},
		{Name: "granted", Means: "The document was opened, with a last day.", Final: true},
		{Name: "denied", Means: "It stays locked.", Final: true},
		{Name: "withdrawn", Means: "No longer wanted.", Final: true},
	},
	Transitions: []machine.Transition[none]{
		{On: "create", To: "open", Roles: district, Notify: "liaison, managers", Means: "Ask the office to open something locked."},
		{On: "grant", From: from(StatusOpen), To: "granted", Roles: unlockers, Comment: true, Notify: "authorized officials, preparers",
			Means: "Open it: return the revision or the record, or except the application from its window. The granter must be allowed to do that itself."},
		{On: "deny", From: from(StatusOpen), To: "denied", Roles: unlockers, Comment: true, Notify: "authorized officials, preparers", Means: "Leave it locked."},
		{On: "withdraw", From: from(StatusOpen), To: "withdrawn", Roles: district, Notify: "liaison, managers", Means: "Take the request back."},
	},
}

// CreateUnlockRequest asks for a document to be opened, with a reason.
type CreateUnlockRequest struct {
	DocumentKind string `json:"document_kind" validate:"required,oneof=application revision record"`
	DocumentID   string `json:"document_id" validate:"required,max=64"`
	Reason       string `json:"reason" validate:"required,max=2000"`
}

// UnlockRequestView is a request with its turnaround.
type UnlockRequestView struct {
	models.UnlockRequest
	WaitedDays int // until the answer; until today while it is open
	Offers     []Offer
}

// CreateUnlockRequest is a recipient's command. Errors: Conflict "unlock.not_locked",
// "unlock.already_requested"; NotFound for what the actor may not see.
func (s *Service) CreateUnlockRequest(ctx context.Context, who models.Actor, in CreateUnlockRequest) (UnlockRequestView, error) {
	var u models.UnlockRequest
	if err := s.admit(who, RequestUnlock, in); err != nil {
		return UnlockRequestView{}, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		organization, err := store.OrganizationOf(tx, in.DocumentKind, in.DocumentID)
		if err != nil {
			return err
		}
		if err := allow(who, RequestUnlock, organization); err != nil {
			return err
		}
		id, replay, err := onceInto(tx, who, "unlock_request", in, &u)
		if err != nil || replay {
			return err
		}
		u = models.UnlockRequest{Root: models.Root{ID: id}, OrganizationID: organization, DocumentKind: in.DocumentKind, DocumentID: in.DocumentID,
			Reason: in.Reason, Status: StatusOpen, RequestedBy: who.UserID, RequestedOn: s.Today()}
		if u.Reference, err = s.locked(tx, who, in); err != nil {
			return err
		}
		if n, err := store.Count[models.UnlockRequest](tx, store.Eq{"document_kind": in.DocumentKind, "document_id": in.DocumentID, "status": string(StatusOpen)}); err != nil || n > 0 {
			return orOpenRequest(err, u.Reference)
		}
		if err := tx.Insert(&u); err != nil {
			if models.CodeOf(err) == "already_exists" { // two at once
				return orOpenRequest(nil, u.Reference)
			}
			return err
		}
		tx.Audit(&u, event(who, "create", in.Reason, nil, u))
		return notify(tx, "unlock.requested", &u, organization, "Asked to unlock "+u.Reference, who.Name+": "+in.Reason, s.Today(), models.RolePAL, models.RoleManager)
	})
	return s.unlockView(who, u), err
}

func orOpenRequest(err error, reference string) error {
	if err != nil {
		return err
	}
	return models.Fail(models.Conflict, "unlock.already_requested", "There is an open request for %s already. Wait for the answer, or withdraw it.", reference)
}

// locked names a document that only the office can open, or says why it is none.
func (s *Service) locked(tx *store.Tx, who models.Actor, in CreateUnlockRequest) (string, error) {
	open := func(reference string, state models.State) error {
		return models.Fail(models.Conflict, "unlock.not_locked", "%s is %s: there is nothing for the office to unlock.", reference, words(string(state)))
	}
	switch in.DocumentKind {
	case "revision":
		d, err := s.lockRevision(tx, who, in.DocumentID, 0)
		if err != nil {
			return "", err
		}
		reference := revisionName(d)
		if !slices.Contains([]models.State{StatusSubmitted, StatusInReview}, d.revision.Status) {
			return "", open(reference, d.revision.Status)
		}
		return reference, nil
	case "record":
		f, err := s.lockRecord(tx, who, ReadDocuments, in.DocumentID, 0)
		if err != nil {
			return "", err
		}
		if f.record.Status != StatusSubmitted && f.record.Status != StatusInForce {
			return "", open(f.record.Reference, f.record.Status)
		}
		return f.content.Kind.Title + " " + f.record.Reference, nil
	}
	return s.lockedWindow(tx, who, in.DocumentID)
}

// lockedWindow names an application whose draft cannot be submitted because its window is
// closed. Without a draft the day alone decides.
func (s *Service) lockedWindow(tx *store.Tx, who models.Actor, id string) (string, error) {
	app, err := store.Lock[models.Application](tx, id, 0)
	if err != nil {
		return "", err
	}
	all, err := store.All[models.Revision](tx, store.Eq{"application_id": id}, "number")
	if err != nil {
		return "", err
	}
	d := &draft{application: app}
	for _, r := range all {
		if d.revision = r; !Revisions.Final(string(r.Status)) {
			break
		}
	}
	if d.rules, err = s.rules(tx, app.GrantYearID); err != nil {
		return "", err
	}
	if Revisions.Final(string(d.revision.Status)) {
		d.revision.Status, d.revision.BaseID = StatusDraft, app.InForceRevisionID
	}
	if s.windowProblem(d) == nil {
		return "", models.Fail(models.Conflict, "unlock.not_locked", "%s can be submitted now: there is nothing for the office to unlock.", app.Reference)
	}
	return "the window of " + app.Reference, nil
}

func revisionName(d *draft) string {
	if n := d.amendment(); n > 0 {
		return fmt.Sprintf("%s, amendment %d", d.application.Reference, n)
	}
	return d.application.Reference
}

// TransitionUnlockRequest answers a request, or takes it back. A grant needs the last day.
type TransitionUnlockRequest struct {
	ID      string      `json:"-"`
	Version int64       `json:"-"`
	Event   string      `json:"event" validate:"required,oneof=grant deny withdraw"`
	UntilOn models.Date `json:"until_on" validate:"required_if=Event grant,omitempty,civil_date"`
	Comment string      `json:"comment" validate:"max=2000"`
}

// TransitionUnlockRequest takes a step of the table UnlockRequests. Granting takes the
// step of the document's own table by the same person in the same transaction; what that
// table refuses cannot be granted.
func (s *Service) TransitionUnlockRequest(ctx context.Context, who models.Actor, in TransitionUnlockRequest) (UnlockRequestView, error) {
	var u models.UnlockRequest
	if err := s.check(in); err != nil {
		return UnlockRequestView{}, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if u, err = store.Get[models.UnlockRequest](tx, in.ID); err != nil {
			return err
		}
		if err := allow(who, ReadDocuments, u.OrganizationID); err != nil {
			return err
		}
		if u, err = store.Lock[models.UnlockRequest](tx, in.ID, in.Version); err != nil {
			return err
		}
		before := u
		step, err := take(UnlockRequests, u.Status, in.Event, who, u.OrganizationID, in.Comment, none{})
		if err != nil {
			return refuse(err)
		}
		u.Status = models.State(step.To)
		by := who.UserID
		u.DecidedBy, u.DecidedOn, u.Decision = &by, s.Today(), in.Comment
		if in.Event == "grant" {
			if u.UntilOn = in.UntilOn; u.UntilOn < s.Today() {
				return models.Field("/until_on", "past", "The last day is over.", "Give today or a later day.")
			}
			if err := s.unlock(tx, who, u); err != nil {
				return err
			}
		}
		if err := tx.Update(&u, "status", "decided_by", "decided_on", "decision", "until_on"); err != nil {
			return err
		}
		tx.Audit(&u, event(who, in.Event, in.Comment, before, u))
		return s.tellUnlock(tx, u, in)
	})
	return s.unlockView(who, u), err
}

// unlock opens the document as the state table of its kind allows the granter to.
func (s *Service) unlock(tx *store.Tx, who models.Actor, u models.UnlockRequest) error {
	who.IdempotencyKey = "" // of the answer, not of what it brings about
	why := fmt.Sprintf("Unlocked until %s on request (%s). %s", u.UntilOn, u.Reason, u.Decision)
	switch u.DocumentKind {
	case "revision":
		_, err := s.transitionRevision(tx, who, TransitionRevision{ID: u.DocumentID, Event: "return", Comment: why})
		return err
	case "application":
		_, err := s.openException(tx, who, OpenException{ID: u.DocumentID, Until: u.UntilOn, Comment: why})
		return err
	}
	rec, err := store.Get[models.Record](tx, u.DocumentID)
	if err != nil {
		return err
	}
	if rec.Status == StatusInForce {
		_, err := s.amendRecord(tx, who, AmendRecord{ID: u.DocumentID, Reason: why})
		return err
	}
	return s.transitionRecord(tx, who, TransitionRecord{ID: u.DocumentID, Event: "return", Comment: why})
}

func (s *Service) tellUnlock(tx *store.Tx, u models.UnlockRequest, in TransitionUnlockRequest) error {
	title, to := "Unlocked until "+string(u.UntilOn)+": "+u.Reference, districtRoles
	switch in.Event {
	case "deny":
		title = "Not unlocked: " + u.Reference
	case "withdraw":
		title, to = "No longer asked to unlock "+u.Reference, []models.Role{models.RolePAL, models.RoleManager}
	}
	return notify(tx, "unlock."+in.Event, &u, u.OrganizationID, title, in.Comment, s.Today(), to...)
}

// ListUnlockRequests asks for requests; everything given must hold.
type ListUnlockRequests struct {
	OrganizationID string       `json:"organization_id" validate:"max=64"`
	DocumentKind   string       `json:"document_kind" validate:"omitempty,oneof=application revision record"`
	DocumentID     string       `json:"document_id" validate:"max=64"`
	Status         models.State `json:"status" validate:"omitempty,oneof=open granted denied withdrawn"`
	After          string       `json:"after" validate:"max=64"`
	Limit          int          `json:"limit" validate:"gte=0,lte=100"`
}

// UnlockRequests lists requests that the actor may see.
func (s *Service) UnlockRequests(ctx context.Context, who models.Actor, in ListUnlockRequests) ([]UnlockRequestView, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	rows, err := store.List[models.UnlockRequest](s.db.Read(ctx), scope(who), eq("organization_id", in.OrganizationID, "document_kind", in.DocumentKind,
		"document_id", in.DocumentID, "status", string(in.Status)), store.Page{After: in.After, Limit: pageSize(in.Limit)})
	out := make([]UnlockRequestView, len(rows))
	for i, u := range rows {
		out[i] = s.unlockView(who, u)
	}
	return out, err
}

// UnlockRequest is one of them.
func (s *Service) UnlockRequest(ctx context.Context, who models.Actor, id string) (UnlockRequestView, error) {
	u, err := store.Get[models.UnlockRequest](s.db.Read(ctx), id)
	if err == nil {
		err = allow(who, ReadDocuments, u.OrganizationID)
	}
	if err != nil {
		return UnlockRequestView{}, err
	}
	return s.unlockView(who, u), nil
}

func (s *Service) unlockView(who models.Actor, u models.UnlockRequest) UnlockRequestView {
	if u.ID == "" {
		return UnlockRequestView{}
	}
	v := UnlockRequestView{UnlockRequest: u, WaitedDays: s.Today().DaysSince(u.RequestedOn)}
	if u.DecidedOn != "" {
		v.WaitedDays = u.DecidedOn.DaysSince(u.RequestedOn)
	}
	v.Offers = offers(UnlockRequests, u.Status, who, u.OrganizationID, none{})
	return v
}
