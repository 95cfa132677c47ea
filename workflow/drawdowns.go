package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// scheduleDrawdowns lays the award out over the project years: when the award is approved,
// and again when an amendment changes it. What was released stays; the rest is shared among
// the other years in their proportion, to the cent.
func (s *Service) scheduleDrawdowns(tx *store.Tx, who models.Actor, ru rules, app models.Application) error {
	have, err := store.LockAll[models.Drawdown](tx, store.Eq{"application_id": app.ID})
	if err != nil {
		return err
	}
	left := app.ApprovedCents
	known := map[int]models.Drawdown{}
	var years []int
	for _, d := range have {
		known[d.ProjectYear] = d
		left -= d.ReleasedCents
	}
	for _, y := range ru.def.Drawdown.Years() {
		if known[y].Status != StatusReleased {
			years = append(years, y)
		}
	}
	parts, err := ru.def.Drawdown.Scheduled(max(left, 0), years, ru.params)
	if err != nil {
		return err
	}
	for i, year := range years {
		if err := scheduleYear(tx, who, ru, app, known[year], year, parts[i]); err != nil {
			return err
		}
	}
	return nil
}

// scheduleYear writes one project year, when it is new or its amount has changed.
func scheduleYear(tx *store.Tx, who models.Actor, ru rules, app models.Application, d models.Drawdown, year int, amount models.Cents) error {
	if d.ID == "" {
		d = models.Drawdown{ApplicationID: app.ID, GrantYearID: app.GrantYearID, OrganizationID: app.OrganizationID, ProjectYear: year,
			Status: StatusScheduled, ScheduledCents: amount, Reasons: reasonsText(nil)}
		if err := tx.Insert(&d); err != nil {
			return err
		}
		tx.Audit(&d, ruled(event(who, "schedule", "", nil, d), ru))
		return nil
	}
	if d.ScheduledCents == amount {
		return nil
	}
	before := d
	d.ScheduledCents, d.RequestedCents = amount, min(d.RequestedCents, amount)
	if err := tx.Update(&d, "scheduled_cents", "requested_cents"); err != nil {
		return err
	}
	tx.Audit(&d, ruled(event(who, "reschedule", "", before, d), ru))
	return nil
}

// TransitionDrawdown takes a step of a drawdown: request may name an amount (else all that
// is scheduled), hold and lift need a comment.
type TransitionDrawdown struct {
	ID          string       `json:"-"`
	Version     int64        `json:"-"`
	Event       string       `json:"event" validate:"required,oneof=request hold lift release"`
	AmountCents models.Cents `json:"amount_cents" validate:"gte=0,lte=100000000000000"`
	Comment     string       `json:"comment" validate:"max=2000"`
}

// drawdownFacts is what the steps of a drawdown depend on.
type drawdownFacts struct {
	needs  error // every need that is not met
	office error // the office's own hold
	asked  bool  // it was requested
	fits   error // all releases stay within the award
}

// TransitionDrawdown takes a step of the table Drawdowns. A request whose needs are not met
// is kept and held, with every reason. Errors: Conflict "drawdown.held" lists the reasons
// that keep it from being released, "drawdown.over_award"; Invalid "drawdown.over_schedule".
func (s *Service) TransitionDrawdown(ctx context.Context, who models.Actor, in TransitionDrawdown) (models.Drawdown, error) {
	var d models.Drawdown
	if err := s.check(in); err != nil {
		return d, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if d, err = store.Get[models.Drawdown](tx, in.ID); err != nil {
			return err
		}
		if err = allow(who, ReadDocuments, d.OrganizationID); err != nil { // before its version is told
			return err
		}
		app, err := store.Lock[models.Application](tx, d.ApplicationID, 0) // releases are added up one at a time
		if err != nil {
			return err
		}
		if d, err = store.Lock[models.Drawdown](tx, in.ID, in.Version); err != nil {
			return err
		}
		ru, err := s.openRules(tx, d.GrantYearID)
		if err != nil {
			return err
		}
		return s.stepDrawdown(tx, who, ru, app, &d, in)
	})
	return d, err
}

// stepDrawdown decides on the step and writes it, with what follows from it.
func (s *Service) stepDrawdown(tx *store.Tx, who models.Actor, ru rules, app models.Application, d *models.Drawdown, in TransitionDrawdown) error {
	found, err := s.factsOfHold(tx, ru, *d)
	if err != nil {
		return err
	}
	before := *d
	reasons := holdReasons(ru.def.Drawdown, found)
	d.Reasons = reasonsText(reasons)
	switch in.Event {
	case "request":
		if d.RequestedCents, err = requested(*d, in.AmountCents); err != nil {
			return err
		}
	case "lift":
		d.OfficeHold = ""
	}
	fits, err := s.fitsAward(tx, app, *d)
	if err != nil {
		return err
	}
	facts := drawdownFacts{needs: heldBy(reasons, ""), asked: d.RequestedCents > 0, fits: fits}
	if before.OfficeHold != "" {
		facts.office = heldBy(nil, before.OfficeHold)
	}
	step, err := take(Drawdowns, before.Status, in.Event, who, d.OrganizationID, in.Comment, facts)
	if err != nil {
		return refuse(err)
	}
	d.Status = models.State(step.To)
	columns := []string{"status", "reasons"}
	switch in.Event {
	case "request":
		d.RequestedOn, d.RequestedBy = s.Today(), &who.UserID
		columns = append(columns, "requested_cents", "requested_on", "requested_by")
	case "hold":
		d.OfficeHold = in.Comment
		columns = append(columns, "office_hold")
	case "lift":
		columns = append(columns, "office_hold")
	case "release":
		p, err := s.payRelease(tx, who, ru, app, d.RequestedCents)
		if err != nil {
			return err
		}
		d.ReleasedCents, d.ReleasedOn, d.ReleasedBy, d.PaymentID = d.RequestedCents, s.Today(), &who.UserID, &p.ID
		columns = append(columns, "released_cents", "released_on", "released_by", "payment_id")
	}
	if err := tx.Update(d, columns...); err != nil {
		return err
	}
	tx.Audit(d, ruled(event(who, in.Event, in.Comment, before, *d), ru))
	return s.tellDrawdown(tx, app, *d, in, reasons)
}

// requested is the amount that is asked for: at most what is scheduled, all of it when
// nothing is said.
func requested(d models.Drawdown, amount models.Cents) (models.Cents, error) {
	if amount == 0 {
		amount = d.ScheduledCents
	}
	if amount > d.ScheduledCents || amount == 0 {
		return 0, breaks("/amount_cents", "drawdown.over_schedule", fmt.Sprintf("%s is asked for; %s is scheduled for project year %d.", amount, d.ScheduledCents, d.ProjectYear),
			"Ask for at most what is scheduled.")
	}
	return amount, nil
}

// fitsAward compares all releases, this one included, with the award.
func (s *Service) fitsAward(tx *store.Tx, app models.Application, d models.Drawdown) (fits, err error) {
	all, err := store.All[models.Drawdown](tx, store.Eq{"application_id": app.ID})
	if err != nil {
		return nil, err
	}
	total := d.RequestedCents
	for _, x := range all {
		if x.ID != d.ID {
			total += x.ReleasedCents
		}
	}
	if total > app.ApprovedCents {
		return models.Fail(models.Conflict, "drawdown.over_award", "All releases would be %s; the award is %s.", total, app.ApprovedCents), nil
	}
	return nil, nil
}

// payRelease expects the payment of a release.
func (s *Service) payRelease(tx *store.Tx, who models.Actor, ru rules, app models.Application, amount models.Cents) (models.Payment, error) {
	p := models.Payment{PaymentKind: models.PaymentAward, ApplicationID: app.ID, OrganizationID: app.OrganizationID, Status: StatusExpected, AmountCents: amount, ExpectedOn: releasePaysOn(ru.def, s.Today())}
	if err := tx.Insert(&p); err != nil {
		return p, err
	}
	tx.Audit(&p, ruled(event(who, "expect", "", nil, p), ru))
	return p, nil
}

// releasePaysOn is when a release of that day is expected to be paid: with the program's
// payment calendar, or so many days later.
func releasePaysOn(def *programs.Definition, released models.Date) models.Date {
	if on, ok := def.PaysOn(released); ok {
		return on
	}
	return released.AddDays(def.Drawdown.PaysAfterDays)
}

// tellDrawdown tells the district what became of its drawdown, and the office of a request.
func (s *Service) tellDrawdown(tx *store.Tx, app models.Application, d models.Drawdown, in TransitionDrawdown, reasons []HoldReason) error {
	what := fmt.Sprintf("Drawdown of year %d for %s", d.ProjectYear, app.Reference)
	to := districtRoles
	var detail string
	switch {
	case in.Event == "request" && d.Status == StatusRequested:
		detail, to = fmt.Sprintf("%s is asked for and nothing holds it.", d.RequestedCents), rolesFor(HoldDrawdown)
	case in.Event == "request":
		detail, to = "It was asked for and is held.", append(slices.Clone(districtRoles), rolesFor(HoldDrawdown)...)
	case in.Event == "release":
		detail = fmt.Sprintf("%s was released.", d.ReleasedCents)
	case in.Event == "hold":
		detail = "The office holds it: " + in.Comment
	default:
		detail = "The office lifted its hold: " + in.Comment
	}
	if d.Status == StatusHeld {
		for _, r := range reasons {
			detail += " " + r.Says
		}
	}
	return notify(tx, "drawdown."+string(d.Status), &d, d.OrganizationID, what, detail, s.Today(), to...)
}

// ListDrawdowns asks for drawdowns, in the order they were scheduled.
type ListDrawdowns struct {
	OrganizationID string `json:"organization_id" validate:"max=64"`
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	ApplicationID  string `json:"application_id" validate:"max=64"`
	Status         string `json:"status" validate:"omitempty,oneof=scheduled requested held released"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// Drawdowns lists drawdowns.
func (s *Service) Drawdowns(ctx context.Context, who models.Actor, in ListDrawdowns) ([]models.Drawdown, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.List[models.Drawdown](s.db.Read(ctx), narrow(scope(who), in.OrganizationID),
		eq("grant_year_id", in.GrantYearID, "application_id", in.ApplicationID, "status", in.Status), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// Drawdown is one drawdown.
func (s *Service) Drawdown(ctx context.Context, who models.Actor, id string) (models.Drawdown, error) {
	d, err := store.Get[models.Drawdown](s.db.Read(ctx), id)
	if err != nil {
		return d, err
	}
	return d, allow(who, ReadDocuments, d.OrganizationID)
}
