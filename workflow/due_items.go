package workflow

import (
	"context"
	"maps"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// DueStatus is where something due stands on a day.
type DueStatus struct {
	Status store.DueState // upcoming, due, overdue, done
	Days   int            // until it is due; negative: how many days late
}

// StatusOf says where an item stands on a day: due on its day, overdue from the next one.
// Done late stays visible: Days counts to the day it was done.
func StatusOf(d models.DueItem, today models.Date) DueStatus {
	switch {
	case !d.DoneOn.IsZero():
		return DueStatus{store.DueDone, d.DueOn.DaysSince(d.DoneOn)}
	case d.DueOn < today:
		return DueStatus{store.DueOverdue, d.DueOn.DaysSince(today)}
	case d.DueOn == today:
		return DueStatus{store.DueToday, 0}
	}
	return DueStatus{store.DueUpcoming, d.DueOn.DaysSince(today)}
}

// dueSubject is what due items hang on: an agreement, or the grant year of an organization,
// with the days that they count from.
type dueSubject struct {
	programs.DueAnchors
	OrganizationID string
	AgreementID    string                 // of: agreement
	GrantYearID    string                 // of: grant_year
	ProgramCode    string                 // of the agreement or the grant year
	Settled        map[string]models.Date // days that settle something due: programs.DueDate.DoneBy
}

// agreementDues is what an agreement says about what is due of it.
func agreementDues(a models.Agreement) dueSubject {
	return dueSubject{OrganizationID: a.OrganizationID, AgreementID: a.ID, ProgramCode: a.ProgramCode,
		DueAnchors: programs.DueAnchors{Cohort: a.Cohort, AssignedOn: a.AssignedOn, NeedsOn: a.NeedsApprovedOn, SignedOn: a.SignedOn,
			TermStart: a.TermStart, TermEnd: a.TermEnd, StartsOn: a.TermStart, Through: a.TermEnd},
		Settled: map[string]models.Date{"needs_approved_on": a.NeedsApprovedOn, "signed_on": a.SignedOn}}
}

// awardDues is what the first approval of an application makes due.
func awardDues(r rules, app models.Application) dueSubject {
	return dueSubject{OrganizationID: app.OrganizationID, GrantYearID: r.year.ID, ProgramCode: r.def.Code,
		DueAnchors: programs.DueAnchors{FiscalYear: r.year.FiscalYear, StartsOn: r.year.StartsOn, Through: r.year.EndsOn, AwardedOn: app.ApprovedOn, Parameters: r.params}}
}

// dueItemsFor brings the due items of a subject in line with the definition: it makes
// those whose day is known now, moves those not done whose day has changed, and marks as
// done what another day settles. It may be called again with more days known.
func dueItemsFor(tx *store.Tx, who models.Actor, def *programs.Definition, on dueSubject) error {
	have, err := store.LockAll[models.DueItem](tx, store.Eq{"organization_id": on.OrganizationID, "agreement_id": on.AgreementID, "grant_year_id": on.GrantYearID})
	if err != nil {
		return err
	}
	settled, err := settledBy(tx, def, on)
	if err != nil {
		return err
	}
	type key struct{ code, period string }
	known := make(map[key]models.DueItem, len(have))
	for _, d := range have {
		known[key{d.Code, d.Period}] = d
	}
	for _, rule := range def.DueDates {
		if (rule.Of == "agreement") != (on.AgreementID != "") {
			continue
		}
		for _, day := range def.DueDays(rule, on.DueAnchors) {
			item, exists := known[key{rule.Code, day.Period}]
			if !exists {
				item = newDue(on, rule, day)
			}
			if err := keepDue(tx, who, def, item, exists, day, settled[rule.DoneBy]); err != nil {
				return err
			}
		}
	}
	return nil
}

func newDue(on dueSubject, rule programs.DueDate, day programs.DueDay) models.DueItem {
	return models.DueItem{OrganizationID: on.OrganizationID, AgreementID: on.AgreementID, GrantYearID: on.GrantYearID,
		Code: rule.Code, Period: day.Period, Title: day.Title, Citation: rule.Cite, CountsFrom: day.From, DueOn: day.On}
}

// keepDue writes one due item when it is new, or its day has changed, or it is settled now.
func keepDue(tx *store.Tx, who models.Actor, def *programs.Definition, item models.DueItem, exists bool, day programs.DueDay, settled models.Date) error {
	before, action, columns := item, "", []string{}
	if !exists {
		action = "create"
	}
	if item.DoneOn.IsZero() && (item.DueOn != day.On || item.CountsFrom != day.From) {
		item.DueOn, item.CountsFrom, action, columns = day.On, day.From, "move", append(columns, "due_on", "counts_from")
	}
	if item.DoneOn.IsZero() && !settled.IsZero() {
		item.DoneOn, item.DoneBy, columns = settled, &who.UserID, append(columns, "done_on", "done_by")
		if exists {
			action = "complete"
		}
	}
	if action == "" {
		return nil
	}
	var err error
	if !exists {
		err = tx.Insert(&item)
	} else {
		err = tx.Update(&item, columns...)
	}
	if err != nil {
		return err
	}
	tx.Audit(&item, ruled(event(who, action, "", &before, &item), rules{def: def}))
	return nil
}

// settlingKinds are the kinds of record that settle something due.
func settlingKinds(def *programs.Definition, of string) (kinds []string) {
	for _, rule := range def.DueDates {
		if kind := rule.SettledBy(); kind != "" && rule.Of == of {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// settledBy adds to the days of a subject the records that settle something due of it: of
// each kind that the due dates name, the first that was in force for the agreement, or for
// the organization and grant year.
func settledBy(tx *store.Tx, def *programs.Definition, on dueSubject) (map[string]models.Date, error) {
	of := "grant_year"
	if on.AgreementID != "" {
		of = "agreement"
	}
	if of == "agreement" && slices.ContainsFunc(def.DueDates, func(d programs.DueDate) bool { return d.DoneBy == "meeting_held" }) {
		day, err := store.FirstMeeting(tx, on.AgreementID)
		if err != nil {
			return nil, err
		}
		on.Settled["meeting_held"] = day
	}
	kinds := settlingKinds(def, of)
	if len(kinds) == 0 {
		return on.Settled, nil
	}
	first, err := store.FirstInForce(tx, store.InForceFilter{ProgramCode: on.ProgramCode, Organizations: []string{on.OrganizationID},
		GrantYearID: on.GrantYearID, AgreementID: on.AgreementID, From: on.AssignedOn, Kinds: kinds})
	return on.with(first[on.OrganizationID], models.DateOf(tx.Now, def.Zone())), err
}

// with are the days that settle something, those of records included. Force may begin
// later than it is agreed; what is agreed is delivered.
func (on dueSubject) with(records map[string]models.Date, today models.Date) map[string]models.Date {
	days := maps.Clone(on.Settled)
	if days == nil {
		days = map[string]models.Date{}
	}
	for kind, day := range records {
		days["records."+kind] = min(day, today)
	}
	return days
}

// settleByRecord marks as done what a record that took force settles: of the grant year,
// and of the organization's agreements; of the agreement whose day it set, whatever follows.
func (s *Service) settleByRecord(tx *store.Tx, who models.Actor, def *programs.Definition, rec models.Record, agreement string) error {
	settles := func(def *programs.Definition, of string) bool {
		return slices.ContainsFunc(def.DueDates, func(d programs.DueDate) bool { return d.Of == of && d.SettledBy() == rec.RecordKind })
	}
	if settles(def, "grant_year") {
		if err := settleYear(tx, who, def, rec); err != nil {
			return err
		}
	}
	agreements, err := store.All[models.Agreement](tx, store.Eq{"organization_id": rec.OrganizationID, "program_code": def.Code, "status": []models.State{StatusDraft, StatusSigned}}, "id")
	if err != nil {
		return err
	}
	for _, a := range agreements {
		of, err := s.agreementProgram(a.ProgramCode)
		settled := err == nil && settles(of, "agreement") && (rec.AgreementID == nil || *rec.AgreementID == a.ID)
		if err != nil || a.ID != agreement && !settled {
			continue
		}
		if err := s.settleDues(tx, who, a); err != nil {
			return err
		}
	}
	return nil
}

// settleYear marks as done what is due of the grant year.
func settleYear(tx *store.Tx, who models.Actor, def *programs.Definition, rec models.Record) error {
	var codes []string
	for _, d := range def.DueDates {
		if d.Of == "grant_year" && d.SettledBy() == rec.RecordKind {
			codes = append(codes, d.Code)
		}
	}
	items, err := store.LockAll[models.DueItem](tx, store.Eq{"organization_id": rec.OrganizationID, "grant_year_id": rec.GrantYearID, "code": codes, "done_on": nil})
	if err != nil {
		return err
	}
	day := min(rec.EffectiveOn, models.DateOf(tx.Now, def.Zone()))
	for _, d := range items {
		if err := keepDue(tx, who, def, d, true, programs.DueDay{On: d.DueOn, From: d.CountsFrom}, day); err != nil {
			return err
		}
	}
	return nil
}

// ListDueItems asks for what is due.
type ListDueItems struct {
	OrganizationID string         `json:"organization_id" validate:"max=64"`
	GrantYearID    string         `json:"grant_year_id" validate:"max=64"`
	AgreementID    string         `json:"agreement_id" validate:"max=64"`
	Status         store.DueState `json:"status" validate:"omitempty,oneof=upcoming due overdue done"`
	On             models.Date    `json:"on" validate:"omitempty,civil_date"` // as it stood at the end of this day, or will as far as is known; today when empty
	After          string         `json:"after" validate:"max=64"`
	Limit          int            `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// DueItemDetail is a due item with where it stands.
type DueItemDetail struct {
	models.DueItem
	DueStatus
}

// DueItems lists what districts owe the office. A district sees its own. Of an earlier day
// it is what was known at its end, of a day to come what is known now.
func (s *Service) DueItems(ctx context.Context, who models.Actor, in ListDueItems) ([]DueItemDetail, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("organization_id", in.OrganizationID, "grant_year_id", in.GrantYearID, "agreement_id", in.AgreementID)
	on := in.On
	switch {
	case on.IsZero():
		on = s.Today()
	case on < s.Today():
		return s.dueItemsOn(ctx, who, in, where)
	}
	items, err := store.DueItems(s.db.Read(ctx), scope(who), where, in.Status, on, store.Page{After: in.After, Limit: in.Limit})
	out := make([]DueItemDetail, len(items))
	for i, d := range items {
		out[i] = DueItemDetail{d, StatusOf(d, on)}
	}
	return out, err
}

// DueItem is one due item as it stands today.
func (s *Service) DueItem(ctx context.Context, who models.Actor, id string) (DueItemDetail, error) {
	d, err := store.Get[models.DueItem](s.db.Read(ctx), id)
	if err != nil {
		return DueItemDetail{}, err
	}
	if err := allow(who, ReadDocuments, d.OrganizationID); err != nil {
		return DueItemDetail{}, err
	}
	return DueItemDetail{d, StatusOf(d, s.Today())}, nil
}

// DueItemDone says that something due was delivered.
type DueItemDone struct {
	ID      string      `json:"-"`
	Version int64       `json:"-"`
	DoneOn  models.Date `json:"done_on" validate:"omitempty,civil_date"` // today when empty
	Comment string      `json:"comment" validate:"max=4000"`
}

// CompleteDueItem marks an item as done.
func (s *Service) CompleteDueItem(ctx context.Context, who models.Actor, in DueItemDone) (models.DueItem, error) {
	var d models.DueItem
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if d, err = store.Lock[models.DueItem](tx, in.ID, 0); err != nil {
			return err
		}
		if err := allow(who, CompleteDueItem, d.OrganizationID); err != nil {
			return err
		}
		if err := s.check(in); err != nil {
			return err
		}
		if d, err = store.Lock[models.DueItem](tx, in.ID, in.Version); err != nil {
			return err
		}
		if !d.DoneOn.IsZero() {
			return models.Fail(models.Conflict, "due_item.done", "%s was marked as done on %s.", d.Title, d.DoneOn)
		}
		on := in.DoneOn
		if on.IsZero() {
			on = s.Today()
		}
		if on > s.Today() {
			return models.Field("/done_on", "future", "The day lies in the future.", "Give today or an earlier day.")
		}
		before := d
		d.DoneOn, d.DoneBy, d.Comment = on, &who.UserID, in.Comment
		if err := tx.Update(&d, "done_on", "done_by", "comment"); err != nil {
			return err
		}
		tx.Audit(&d, event(who, "complete", in.Comment, &before, &d))
		return nil
	})
	return d, err
}

// MayCompleteDueItem says whether the actor may mark something due of an organization as done.
func MayCompleteDueItem(who models.Actor, organizationID string) error {
	return allow(who, CompleteDueItem, organizationID)
}
