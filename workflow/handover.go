package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// WorkItem is something that hangs on a person: it moves to another person, or ends with the
// account, or stays where others of the organization go on with it.
type WorkItem struct {
	Work           string // liaison, review, action, scoresheet, seat, draft, report, unlock_request, delegation, api_token, session
	DocumentKind   string
	DocumentID     string
	OrganizationID string // "" for what belongs to no organization
	Title          string
	Ends           bool   // ends and does not move
	Stays          bool   // begun by the person; others of the organization can go on with it as it is
	ToUserID       string // of a handover: who takes it
	Refused        string // why it cannot move there; "" when it can
}

// OpenWork lists what hangs on a person. After a handover that disables the account it is empty.
func (s *Service) OpenWork(ctx context.Context, who models.Actor, id string) ([]WorkItem, error) {
	if err := readOwn(who, id); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	p, err := person(r, id)
	if err != nil {
		return nil, err
	}
	return s.openWork(r, p)
}

// openWork is empty for a disabled account once nothing is assigned to it.
func (s *Service) openWork(r store.Reading, p Person) ([]WorkItem, error) {
	var out []WorkItem
	districts, err := store.All[models.Organization](r, store.Eq{"pal_user_id": p.ID}, "name", "id")
	if err != nil {
		return nil, err
	}
	var served []string
	for _, o := range districts {
		served = append(served, o.ID)
		out = append(out, WorkItem{Work: "liaison", DocumentKind: o.Kind(), DocumentID: o.ID, OrganizationID: o.ID, Title: "Liaison of " + o.Name})
	}
	if len(served) > 0 {
		open, err := store.All[models.Revision](r, store.Eq{"organization_id": served, "status": []models.State{StatusSubmitted, StatusInReview}}, "id")
		if err != nil {
			return nil, err
		}
		for _, rev := range open {
			out = append(out, WorkItem{Work: "review", DocumentKind: rev.Kind(), DocumentID: rev.ID, OrganizationID: rev.OrganizationID, Title: fmt.Sprintf("Review of revision %d", rev.Number)})
		}
	}
	actions, err := store.All[models.MeetingAction](r, store.Eq{"owner_id": p.ID, "status": string(StatusOpen)}, "due_on", "id")
	if err != nil {
		return nil, err
	}
	for _, a := range actions {
		out = append(out, WorkItem{Work: "action", DocumentKind: "meeting", DocumentID: a.MeetingID, OrganizationID: a.OrganizationID, Title: fmt.Sprintf("Action %d: %s", a.Number, a.Text)})
	}
	sheets, err := openSheets(r, p.ID)
	if err != nil {
		return nil, err
	}
	if out = append(out, sheets...); p.Status != StatusActive {
		return out, nil
	}
	begun, err := begunWork(r, p.ID)
	if err != nil {
		return nil, err
	}
	out = append(out, begun...)
	return s.accountWork(r, p, out)
}

// accountWork adds what the account itself holds: seats that nobody else has, delegations,
// tokens and sessions.
func (s *Service) accountWork(r store.Reading, p Person, out []WorkItem) ([]WorkItem, error) {
	for _, g := range p.Roles {
		if !slices.Contains(districtRoles, g.Role) {
			continue
		}
		holders, err := store.Holders(r, g, p.ID)
		if err != nil {
			return nil, err
		}
		if holders == 0 {
			out = append(out, WorkItem{Work: "seat", DocumentKind: "organization", DocumentID: g.OrganizationID, OrganizationID: g.OrganizationID, Title: "The only " + g.Role.Title()})
		}
	}
	open, err := store.OpenDelegations(r, p.ID, s.Today())
	if err != nil {
		return nil, err
	}
	for _, d := range open {
		out = append(out, WorkItem{Work: "delegation", DocumentKind: d.Kind(), DocumentID: d.ID, OrganizationID: d.OrganizationID, Title: "Delegation of " + d.Role.Title(), Ends: true})
	}
	tokens, err := store.All[models.APIToken](r, store.Eq{"user_id": p.ID, "revoked_at": nil}, "id")
	if err != nil {
		return nil, err
	}
	now := s.db.Now()
	for _, t := range tokens {
		if t.ExpiresAt.After(now) {
			out = append(out, WorkItem{Work: "api_token", DocumentKind: t.Kind(), DocumentID: t.ID, Title: "API token " + t.Name, Ends: true})
		}
	}
	sessions, err := store.LiveSessions(r, p.ID, now, now.Add(-models.SessionIdle))
	for _, x := range sessions {
		out = append(out, WorkItem{Work: "session", DocumentKind: "user", DocumentID: p.ID, Title: "Session of " + x.UserAgent, Ends: true})
	}
	return out, err
}

// Handover moves a leaver's open work to another person; to names others for some kinds of
// work. A dry run answers what would happen and changes nothing.
type Handover struct {
	ID       string       `json:"-"`
	Version  int64        `json:"-"`
	ToUserID string       `json:"to_user_id" validate:"required,max=64"`
	To       []HandoverTo `json:"to" validate:"max=10,dive"`
	Reason   string       `json:"reason" validate:"required,max=2000"`
	Disable  bool         `json:"disable"`
	DryRun   bool         `json:"dry_run"`
}

// HandoverTo names who takes one kind of work.
type HandoverTo struct {
	Work   string `json:"work" validate:"required,oneof=liaison action seat scoresheet"`
	UserID string `json:"user_id" validate:"required,max=64"`
}

// HandoverView is the leaver afterwards, with what moved or would.
type HandoverView struct {
	models.User
	DryRun bool
	Items  []WorkItem
}

// Handover is an administrator's command: liaison assignments (and with them the reviews),
// actions of meetings; delegations end, tokens and sessions are revoked, and the account is
// disabled when asked. All of it or nothing, with one audit event for each document. Errors:
// Conflict "handover.refused" with every item that cannot move, Invalid "handover.receiver".
func (s *Service) Handover(ctx context.Context, who models.Actor, in Handover) (HandoverView, error) {
	var out HandoverView
	if err := s.admit(who, ManagePeople, in); err != nil {
		return out, err
	}
	if in.ID == who.UserID {
		return out, ownAccess()
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		h := &handover{s: s, tx: tx, who: who, in: in, people: map[string]Person{}}
		if err := h.lock(); err != nil {
			return err
		}
		if err := h.plan(); err != nil {
			return err
		}
		p := h.from
		out = HandoverView{User: p.User, DryRun: in.DryRun, Items: h.items}
		out.PasswordHash = ""
		if in.DryRun {
			return nil
		}
		if err := h.refused(); err != nil {
			return err
		}
		if err := h.move(); err != nil {
			return err
		}
		after, err := person(tx, p.ID)
		out.User = after.User
		return err
	})
	if err == nil && !in.DryRun {
		s.cred.Changed(in.ID)
	}
	return out, err
}

// handover is one handover being made.
type handover struct {
	s      *Service
	tx     *store.Tx
	who    models.Actor
	in     Handover
	from   Person
	people map[string]Person
	items  []WorkItem
}

func (h *handover) receiver(work string) string {
	if work == "review" {
		work = "liaison"
	}
	for _, t := range h.in.To {
		if t.Work == work {
			return t.UserID
		}
	}
	return h.in.ToUserID
}

// lock holds the leaver and the receivers, in one order for all handovers, or two that cross
// would wait for each other.
func (h *handover) lock() error {
	leaver, err := person(h.tx, h.in.ID)
	if err != nil {
		return err
	}
	if h.in.Version != 0 && leaver.Version != h.in.Version {
		return models.Fail(models.Stale, "stale", "This account has changed since it was read. Read it again.")
	}
	receivers := []string{h.in.ToUserID}
	for _, t := range h.in.To {
		receivers = append(receivers, t.UserID)
	}
	noReceiver := models.Field("/to_user_id", "handover.receiver", "This is not another active user.", "Name somebody who stays.")
	if slices.Contains(receivers, h.in.ID) {
		return noReceiver
	}
	ids := slices.Concat(receivers, []string{h.in.ID})
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		version := int64(0)
		if id == h.in.ID {
			version = h.in.Version
		}
		p, err := lockPerson(h.tx, id, version)
		switch {
		case id == h.in.ID && err == nil:
			h.from = p
		case id != h.in.ID && (models.KindOf(err) == models.NotFound || (err == nil && p.Status != StatusActive)):
			return noReceiver
		case err != nil:
			return err
		default:
			h.people[id] = p
		}
	}
	return nil
}

// plan lists the work and says of each piece whether its receiver may hold it.
func (h *handover) plan() (err error) {
	if h.items, err = h.s.openWork(h.tx, h.from); err != nil {
		return err
	}
	for i := range h.items {
		x := &h.items[i]
		if x.Ends || x.Stays {
			continue
		}
		x.ToUserID = h.receiver(x.Work)
		if x.Refused, err = h.whyNot(*x, h.people[x.ToUserID]); err != nil {
			return err
		}
	}
	return nil
}

// whyNot says why a person cannot take a piece of work: the role, the district, or own work
// that would have to be reviewed.
func (h *handover) whyNot(x WorkItem, to Person) (string, error) {
	switch x.Work {
	case "liaison":
		if !slices.Contains(to.Roles, models.Grant{Role: models.RolePAL}) {
			return to.Name + " is no liaison: the role pal is missing.", nil
		}
	case "review":
		return h.ownWork(x, to)
	case "scoresheet":
		return h.cannotScore(x, to)
	case "action":
		m, err := store.Get[models.Meeting](h.tx, x.DocumentID)
		if err != nil {
			return "", err
		}
		err = mayOwn(h.tx, m, to.ID)
		if models.KindOf(err) == models.Invalid {
			return to.Name + " does not work for this district or for the office.", nil
		}
		return "", err
	case "seat":
		if !h.in.Disable {
			return "", nil // the leaver keeps the role
		}
		for _, g := range h.from.Roles {
			if g.OrganizationID == x.OrganizationID && x.Title == "The only "+g.Role.Title() && !slices.Contains(to.Roles, g) {
				return to.Name + " does not hold the role " + g.Role.Title() + " there. Give it first.", nil
			}
		}
	}
	return "", nil
}

// ownWork keeps the separation of duties: nobody becomes reviewer of what they prepared,
// submitted or decided in this round.
func (h *handover) ownWork(x WorkItem, to Person) (string, error) {
	rev, err := store.Get[models.Revision](h.tx, x.DocumentID)
	if err != nil {
		return "", err
	}
	answers, err := store.All[models.Approval](h.tx, store.Eq{"revision_id": rev.ID, "round": rev.Round}, "at", "id")
	if err != nil {
		return "", err
	}
	decided := slices.ContainsFunc(answers, func(a models.Approval) bool { return a.UserID == to.ID || a.OnBehalfOf == to.ID })
	if rev.CreatedBy == to.ID || deref(rev.SubmittedBy) == to.ID || decided {
		return to.Name + " prepared, submitted or decided this revision and cannot review it.", nil
	}
	return "", nil
}

// refused is the error of everything that cannot move.
func (h *handover) refused() error {
	var fields []models.FieldError
	for i, x := range h.items {
		if x.Refused != "" {
			fields = append(fields, models.FieldError{Pointer: fmt.Sprintf("/items/%d", i), Code: "handover.refused", Detail: x.Title + ": " + x.Refused, Fix: "Name another person for this work.", Severity: "error"})
		}
	}
	if len(fields) == 0 {
		return nil
	}
	return &models.Error{Kind: models.Conflict, Code: "handover.refused", Fields: fields, Detail: fmt.Sprintf("%d pieces of work cannot move to the people named. Nothing was changed.", len(fields))}
}

func (h *handover) move() error {
	reason := "Handover from " + h.from.Name + ". " + h.in.Reason
	meetings := map[string]bool{}
	for _, x := range h.items {
		switch {
		case x.Work == "liaison":
			if err := h.moveLiaison(x, reason); err != nil {
				return err
			}
		case x.Work == "scoresheet":
			if err := h.moveSheet(x, reason); err != nil {
				return err
			}
		case x.Work == "action" && !meetings[x.DocumentID]:
			meetings[x.DocumentID] = true // one event tells of all actions of a meeting
			if err := h.moveActions(x, reason); err != nil {
				return err
			}
		}
	}
	if err := h.s.endDelegations(h.tx, h.who, h.from.ID, reason, func(models.Delegation) bool { return true }); err != nil {
		return err
	}
	if err := revokeTokens(h.tx, h.who, h.from.ID, reason); err != nil {
		return err
	}
	ended, err := h.tx.EndSessions(h.from.ID, nil, "")
	if err != nil {
		return err
	}
	u := h.from.User
	if h.in.Disable && u.Status == StatusActive {
		u.Status = StatusDisabled
		if err := h.s.takeSeats(h.tx, h.who, u, h.from.Roles, nil, reason); err != nil {
			return err
		}
	}
	if err := h.tx.Update(&u, "status"); err != nil {
		return err
	}
	e := event(h.who, "handover", h.in.Reason, nil, map[string]any{"sessions_ended": ended, "pieces_moved": len(h.items)})
	h.tx.Audit(&u, e)
	return h.tell()
}

func (h *handover) moveLiaison(x WorkItem, reason string) error {
	o, err := store.Lock[models.Organization](h.tx, x.DocumentID, 0)
	if err != nil {
		return err
	}
	before, to := o, x.ToUserID
	o.PALUserID = &to
	if err := h.tx.Update(&o, "pal_user_id"); err != nil {
		return err
	}
	h.tx.Audit(&o, event(h.who, "assign_pal", reason, before, o))
	return nil
}

func (h *handover) moveActions(x WorkItem, reason string) error {
	m, err := store.Lock[models.Meeting](h.tx, x.DocumentID, 0)
	if err != nil {
		return err
	}
	actions, err := store.All[models.MeetingAction](h.tx, store.Eq{"meeting_id": m.ID, "owner_id": h.from.ID, "status": string(StatusOpen)}, "number")
	if err != nil {
		return err
	}
	changes := map[string][2]any{}
	for _, a := range actions {
		changes[fmt.Sprintf("actions/%d/owner_id", a.Number)] = [2]any{a.OwnerID, x.ToUserID}
		a.OwnerID = x.ToUserID
		if err := h.tx.Set(&a, store.Eq{"id": a.ID}, "owner_id"); err != nil {
			return err
		}
	}
	if err := h.tx.Update(&m); err != nil {
		return err
	}
	e := event(h.who, "handover_actions", reason, nil, nil)
	e.Changes = jsonText(changes)
	h.tx.Audit(&m, e)
	return nil
}

// tell writes one notice to each receiver.
func (h *handover) tell() error {
	count := map[string]int{}
	for _, x := range h.items {
		if x.ToUserID != "" {
			count[x.ToUserID]++
		}
	}
	var notices []models.Notice
	for id, n := range count {
		notices = append(notices, models.Notice{ID: h.tx.NewID(), UserID: id, Event: "user.handover", SubjectKind: h.from.Kind(), SubjectID: h.from.ID,
			Title: fmt.Sprintf("You take over %d pieces of work from %s", n, h.from.Name), Detail: h.in.Reason, Why: "The work was handed over to you.", ForDate: h.s.Today(), CreatedAt: h.tx.Now})
	}
	if len(notices) == 0 {
		return nil
	}
	return h.tx.Create(&notices)
}
