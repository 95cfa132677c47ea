package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/approval"
)

// TransitionRecord takes a step of a record. Sign needs party, signer_name and signed_on;
// received_at is for the office, when a record came in otherwise than through Earmark.
type TransitionRecord struct {
	ID         string      `json:"-"`
	Version    int64       `json:"-"`
	Event      string      `json:"event" validate:"required,oneof=submit sign approve return refuse withdraw end"`
	Comment    string      `json:"comment" validate:"max=2000"`
	Party      string      `json:"party" validate:"required_if=Event sign,max=64"`
	SignerName string      `json:"signer_name" validate:"required_if=Event sign,max=200"`
	SignedOn   models.Date `json:"signed_on" validate:"required_if=Event sign,omitempty,civil_date"`
	ReceivedAt string      `json:"received_at" validate:"max=25"` // YYYY-MM-DD HH:MM:SS in the program's time zone
}

// TransitionRecord takes a step of the table Records with everything that follows from
// it. The version in force stays until an amendment takes force.
func (s *Service) TransitionRecord(ctx context.Context, who models.Actor, in TransitionRecord) (RecordView, error) {
	var view RecordView
	if err := s.check(in); err != nil {
		return view, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		if err := s.transitionRecord(tx, who, in); err != nil {
			return err
		}
		var err error
		view, err = s.recordView(tx, who, in.ID)
		return err
	})
	return view, err
}

// transitionRecord is TransitionRecord as a part of a larger change.
func (s *Service) transitionRecord(tx *store.Tx, who models.Actor, in TransitionRecord) error {
	f, err := s.lockRecord(tx, who, ReadDocuments, in.ID, in.Version)
	if err != nil {
		return err
	}
	t := &recordStep{s: s, tx: tx, who: who, f: f, in: in, before: f.record}
	return t.take()
}

// recordStep is one step being taken.
type recordStep struct {
	s      *Service
	tx     *store.Tx
	who    models.Actor
	f      *recordFile
	in     TransitionRecord
	before models.Record
	step   *approval.Step // of an approval
	by     models.Grant
}

func (t *recordStep) take() error {
	rec := &t.f.record
	if err := t.prepare(); err != nil {
		return err
	}
	facts := t.s.recordFacts(t.f, t.who, t.in)
	step, err := take(Records, rec.Status, t.in.Event, t.who, rec.OrganizationID, t.in.Comment, facts.recordFacts)
	if err != nil {
		return refuse(err)
	}
	t.step, t.by = facts.step, facts.by
	rec.Status = models.State(step.To)
	if err := t.follow(); err != nil {
		return err
	}
	if err := t.tx.Update(rec, recordColumns...); err != nil {
		return err
	}
	comment := t.in.Comment
	if t.in.Event == "sign" {
		comment = strings.TrimSpace(fmt.Sprintf("%s signed as %s on %s. %s", t.in.SignerName, words(t.in.Party), t.in.SignedOn, comment))
	}
	t.tx.Audit(rec, ruled(event(t.who, t.in.Event, comment, t.before, *rec), t.f.rules))
	if rec.Status == StatusInForce && t.before.Status != StatusInForce {
		settled, err := t.settleAgreement()
		if err != nil {
			return err
		}
		if err := t.s.settleByRecord(t.tx, t.who, t.f.def, *rec, settled); err != nil {
			return err
		}
	}
	return t.tell()
}

// prepare puts what the step adds into the content, so that the rules look at the record
// as it would be.
func (t *recordStep) prepare() error {
	f := t.f
	switch t.in.Event {
	case "submit":
		at, err := t.receivedAt()
		if err != nil {
			return err
		}
		f.content.SubmittedAt, f.content.Signatures, f.decisions = at, nil, nil
		by := t.who.UserID
		at = at.UTC()
		f.record.SubmittedAt, f.record.SubmittedBy = &at, &by
	case "sign":
		f.content.Signatures = append(slices.Clone(f.content.Signatures), models.RecordSignature{Party: t.in.Party, SignerName: t.in.SignerName, SignedOn: t.in.SignedOn})
	default:
		return nil
	}
	f.settle(t.s)
	return nil
}

// receivedAt is when a submission counts as received: now, or the moment that the office
// says it came in.
func (t *recordStep) receivedAt() (time.Time, error) {
	now := t.s.now().Truncate(time.Second)
	if t.in.ReceivedAt == "" {
		return now, nil
	}
	at, err := momentOf(t.in.ReceivedAt, t.f.def.Zone())
	switch {
	case err != nil:
		return now, models.Field("/received_at", "record.timestamp", "This is not a moment.", "Write YYYY-MM-DD HH:MM:SS, in the program's time zone.")
	case !t.who.Has(recordOffice...):
		return now, models.Field("/received_at", "record.received_by_office", "Only the office says when something came in otherwise than through Earmark.", "Leave it out.")
	case at.After(now):
		return now, models.Field("/received_at", "future", "The moment lies in the future.", "Give now or an earlier moment.")
	}
	return at, nil
}

// stepFacts are the facts of a step, with the step of the chain that would be decided.
type stepFacts struct {
	recordFacts
	step *approval.Step
	by   models.Grant // the role that decides at it
}

// recordFacts works out what the rules of a step look at.
func (s *Service) recordFacts(f *recordFile, who models.Actor, in TransitionRecord) stepFacts {
	k := f.content.Kind
	item, decided := f.chain()
	if in.Event == "submit" {
		decided = nil
	}
	standing := k.Chain().Standing(item, decided)
	facts := stepFacts{}
	facts.open, facts.writer, facts.complete = f.open(), writes(k, who), f.incomplete(programs.StopsSubmit)
	signed := len(f.standing.Unsigned) == 0
	switch in.Event {
	case "submit", "sign":
		facts.last = signed && standing.State == approval.Approved
		facts.signer = s.maySign(f, who, in)
	case "approve":
		if len(k.Chain().Steps) == 0 {
			facts.reviewer = models.Fail(models.Conflict, "review.no_step", "This record waits for no review.")
			if !signed {
				facts.reviewer = f.incomplete(programs.StopsInForce)
			}
			break
		}
		facts.step, facts.by, facts.reviewer = k.Chain().Authority(item, decided, who)
		facts.last = signed && facts.step != nil && standing.LastAfter(facts.step.Code)
	}
	facts.force = f.incomplete(programs.StopsInForce)
	return facts
}

// maySign says why a party cannot sign now: who it is, in which order, on which day, and
// who may record it. The signature stands in the content already.
func (s *Service) maySign(f *recordFile, who models.Actor, in TransitionRecord) error {
	if in.Event != "sign" || f.record.Status != StatusSubmitted {
		return nil
	}
	k := f.content.Kind
	i := slices.IndexFunc(k.Signatures, func(p programs.SignatureParty) bool { return p.Party == in.Party })
	if i < 0 {
		return models.Field("/party", "record.no_party", fmt.Sprintf("No %q signs a %s.", in.Party, k.Title), "Give one of: "+strings.Join(parties(k), ", ")+".")
	}
	earlier := f.content.Signatures[:len(f.content.Signatures)-1]
	party := k.Signatures[i]
	item, decided := f.chain()
	approved := k.Chain().Standing(item, decided).State == approval.Approved
	switch {
	case signedBy(earlier, in.Party):
		return models.Fail(models.Conflict, "record.signed", "The %s has signed already.", party.Title)
	case !approved:
		return models.Fail(models.Conflict, "record.not_approved", "The %s is signed when it is approved.", k.Title)
	case in.SignedOn > models.DateOf(s.now(), f.def.Zone()):
		return models.Field("/signed_on", "future", "The day lies in the future.", "Give the day of the signature.")
	case party.Side == programs.ByOffice && !who.Has(models.RoleManager, models.RoleSystem):
		return models.Fail(models.Forbidden, "record.office_signs", "The signature of the %s is recorded by the manager of the office.", party.Title)
	}
	for _, unsigned := range f.standing.Unsigned {
		if j := slices.Index(parties(k), unsigned); k.InOrder && j < i {
			return models.Fail(models.Conflict, "record.signing_order", "The %s signs before the %s.", k.Signatures[j].Title, party.Title)
		}
	}
	return nil
}

func parties(k *programs.RecordKind) []string {
	out := make([]string, len(k.Signatures))
	for i, p := range k.Signatures {
		out[i] = p.Party
	}
	return out
}

// follow does what a step brings with it, before the record itself is written.
func (t *recordStep) follow() error {
	rec, now := &t.f.record, t.tx.Now
	today := models.DateOf(t.s.now(), t.f.def.Zone())
	switch t.in.Event {
	case "submit":
		rec.Submissions++
		rec.Late = t.f.standing.Late
	case "sign":
		row := models.RecordSignature{ID: t.tx.NewID(), RecordID: rec.ID, Submission: rec.Submissions, Party: t.in.Party, SignerName: t.in.SignerName,
			SignedOn: t.in.SignedOn, RecordedBy: t.who.UserID, OnBehalfOf: t.behalf(), CreatedAt: now}
		if err := t.tx.Create(&row); err != nil {
			return err
		}
	case "approve", "return", "refuse":
		if err := t.decide(); err != nil {
			return err
		}
	case "end":
		rec.EndedOn = today
	}
	if rec.Status != StatusInForce || t.before.Status == StatusInForce {
		return nil
	}
	if rec.EffectiveOn = t.f.standing.EffectiveOn; rec.EffectiveOn == "" {
		rec.EffectiveOn = today // of the decision
	}
	return t.supersede()
}

// decide keeps what a person decided about this submission.
func (t *recordStep) decide() error {
	step, event := "office", map[string]string{"approve": approval.Approve, "return": approval.Return, "refuse": approval.Deny}[t.in.Event]
	if t.step != nil {
		step = t.step.Code
	}
	t.who.ActBy(t.by)
	row := models.RecordDecision{ID: t.tx.NewID(), RecordID: t.f.record.ID, Submission: t.f.record.Submissions, Step: step, Decision: event,
		UserID: t.who.UserID, OnBehalfOf: t.behalf(), Comment: t.in.Comment, At: t.tx.Now}
	t.f.decisions = append(t.f.decisions, row)
	return t.tx.Create(&row)
}

// behalf is whose delegated role is made use of, "" for an own one.
func (t *recordStep) behalf() string {
	g, _ := t.who.OnBehalf()
	return g.GiverID
}

// supersede takes the version that was in force out of it.
func (t *recordStep) supersede() error {
	rec := t.f.record
	if rec.AmendsID == nil {
		return nil
	}
	old, err := store.Lock[models.Record](t.tx, *rec.AmendsID, 0)
	if err != nil {
		return err
	}
	before := old
	if old.Status != StatusInForce {
		return models.Fail(models.Conflict, "record.not_in_force", "The version that this amends is %s.", words(string(old.Status)))
	}
	old.Status, old.EndedOn = StatusSuperseded, rec.EffectiveOn
	if err := t.tx.Update(&old, "status", "ended_on"); err != nil {
		return err
	}
	t.tx.Audit(&old, ruled(event(t.who, "supersede", rec.Reason, before, old), t.f.rules))
	return nil
}

// tell lets people know: who approves next, or the recipient and the office of what
// was decided.
func (t *recordStep) tell() error {
	rec, today := &t.f.record, t.s.Today()
	name := fmt.Sprintf("%s %s", t.f.content.Kind.Title, rec.Reference)
	send := func(event, title, detail string, roles ...models.Role) error {
		return notify(t.tx, event, rec, rec.OrganizationID, title, detail, today, roles...)
	}
	switch {
	case rec.Status == StatusInForce:
		detail := fmt.Sprintf("%s is in force from %s.", name, rec.EffectiveOn)
		return send("record.in_force", name+" is in force", detail, append([]models.Role{models.RoleManager}, districtRoles...)...)
	case t.in.Event == "submit" || t.in.Event == "approve":
		item, decided := t.f.chain()
		turn := t.f.content.Kind.Chain().Standing(item, decided).Turn()
		for _, step := range turn {
			if err := notifyStep(t.tx, "record.waiting", rec, rec.OrganizationID, name+" waits for you", "It was submitted and waits for the "+step.Title+".", today, step); err != nil {
				return err
			}
		}
		if len(turn) > 0 || len(t.f.standing.Unsigned) == 0 {
			return nil
		}
		return send("record.unsigned", name+" waits for signatures", "Still to sign: "+words(strings.Join(t.f.standing.Unsigned, ", "))+".", models.RoleAuthorizedOfficial, models.RoleManager)
	case t.in.Event == "return" || t.in.Event == "refuse" || t.in.Event == "end":
		return send("record."+string(rec.Status), name+" was "+words(string(rec.Status)), t.in.Comment, districtRoles...)
	}
	return nil
}
