package workflow

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/asof"
)

// AsOf says which day an answer is about and which rules were in force then.
type AsOf struct {
	On    models.Date
	Rules string // definition code@version, "" when no grant year was known
}

// endOf is the instant at which a business date is over. A date to come is refused.
func (s *Service) endOf(on models.Date) (time.Time, error) {
	switch {
	case !on.Valid():
		return time.Time{}, models.Field("/on", "civil_date", "The field on is not a date that exists.", "Give a date as YYYY-MM-DD.")
	case on > s.Today():
		return time.Time{}, models.Field("/on", "as_of.future", "The day "+string(on)+" is still to come: nobody knows how it will stand then.", "Give today or an earlier day.")
	}
	return s.startOf(on.AddDays(1)), nil
}

// replayed is a document as it stood at an instant; doc is given as it is now.
func replayed(r store.Reading, doc models.Document, at time.Time, on models.Date) (asof.Fields, error) {
	trails, err := store.TrailsBefore(r, doc.Kind(), []string{doc.Base().ID}, at)
	if err != nil {
		return nil, err
	}
	trail := trails[doc.Base().ID]
	if len(trail) == 0 {
		return nil, models.Fail(models.NotFound, "as_of.before", "This %s did not exist at the end of %s.", words(doc.Kind()), on)
	}
	if err := asof.Document(trail, doc); err != nil {
		return nil, err
	}
	return asof.Replay(trail)
}

// rulesOn is the version of the rules of a grant year at an instant.
func rulesOn(r store.Reading, grantYearID string, at time.Time, on models.Date) (string, error) {
	gy, err := store.Get[models.GrantYear](r, grantYearID)
	if err != nil {
		return "", err
	}
	if _, err := replayed(r, &gy, at, on); models.KindOf(err) == models.NotFound {
		return "", nil
	} else if err != nil {
		return "", err
	}
	return gy.ProgramCode + "@" + gy.DefinitionVersion, nil
}

// AgreementOn is an agreement with its goals and targets at the end of a business date.
// Errors: Invalid "as_of.future", NotFound "as_of.before".
func (s *Service) AgreementOn(ctx context.Context, who models.Actor, id string, on models.Date) (AgreementDetail, AsOf, error) {
	out, about := AgreementDetail{}, AsOf{On: on}
	now, err := s.Agreement(ctx, who, id)
	if err != nil {
		return out, about, err
	}
	at, err := s.endOf(on)
	if err != nil {
		return out, about, err
	}
	r := s.db.Read(ctx)
	out.Agreement = now.Agreement
	fields, err := replayed(r, &out.Agreement, at, on)
	if err != nil {
		return out, about, err
	}
	if out.Goals, err = children[models.Goal](fields, "goals"); err != nil {
		return out, about, err
	}
	if out.Targets, err = children[models.Target](fields, "targets"); err != nil {
		return out, about, err
	}
	slices.SortFunc(out.Goals, func(a, b models.Goal) int { return a.Number - b.Number })
	slices.SortFunc(out.Targets, func(a, b models.Target) int {
		return cmp.Or(cmp.Compare(a.GoalID, b.GoalID), cmp.Compare(a.ID, b.ID))
	})
	if out.Strategies, err = children[models.Strategy](fields, "strategies"); err != nil {
		return out, about, err
	}
	if out.Activities, err = children[models.Activity](fields, "activities"); err != nil {
		return out, about, err
	}
	if out.Waivers, err = children[models.GateWaiver](fields, "gate_waivers"); err != nil {
		return out, about, err
	}
	slices.SortFunc(out.Waivers, waiverOrder)
	slices.SortFunc(out.Strategies, func(a, b models.Strategy) int { return a.Number - b.Number })
	slices.SortFunc(out.Activities, func(a, b models.Activity) int { return a.Number - b.Number })
	for i := range out.Activities { // a target that was removed is served no more
		out.Activities[i].TargetIDs = slices.DeleteFunc(out.Activities[i].TargetIDs, func(id string) bool {
			return !slices.ContainsFunc(out.Targets, func(t models.Target) bool { return t.ID == id })
		})
	}
	if err := s.countMissing(&out, on); err != nil {
		return out, about, err
	}
	years, err := store.All[models.GrantYear](r, store.Eq{"program_code": out.ProgramCode}, "fiscal_year")
	if err != nil {
		return out, about, err
	}
	for _, gy := range years {
		if on.Within(gy.StartsOn, gy.EndsOn) {
			about.Rules, err = rulesOn(r, gy.ID, at, on)
		}
	}
	return out, about, err
}

// waiversAt are the waivers that stood for an application at an instant.
func waiversAt(r store.Reading, app models.Application, at time.Time) ([]models.GateWaiver, error) {
	agreements, err := store.All[models.Agreement](r, store.Eq{"organization_id": app.OrganizationID}, "assigned_on", "id")
	if err != nil {
		return nil, err
	}
	if agreements, err = before(r, agreements, at); err != nil {
		return nil, err
	}
	slices.SortFunc(agreements, func(a, b models.Agreement) int { // a draft may have been assigned another day then
		return cmp.Or(cmp.Compare(a.AssignedOn, b.AssignedOn), cmp.Compare(a.ID, b.ID))
	})
	a := latestOf(agreements)
	if a == nil {
		return nil, nil
	}
	trails, err := store.TrailsBefore(r, a.Kind(), []string{a.ID}, at)
	if err != nil {
		return nil, err
	}
	fields, err := asof.Replay(trails[a.ID])
	if err != nil {
		return nil, err
	}
	all, err := children[models.GateWaiver](fields, "gate_waivers")
	all = slices.DeleteFunc(all, func(w models.GateWaiver) bool { return w.GrantYearID != app.GrantYearID })
	slices.SortFunc(all, waiverOrder)
	return all, err
}

func waiverOrder(a, b models.GateWaiver) int {
	return cmp.Or(cmp.Compare(a.GrantYearID, b.GrantYearID), cmp.Compare(a.Finding, b.Finding))
}

func children[T any](fields asof.Fields, kind string) ([]T, error) {
	var out []T
	for _, f := range asof.Alive(fields.Children(kind)) {
		var child T
		if err := f.Into(&child); err != nil {
			return nil, err
		}
		out = append(out, child)
	}
	return out, nil
}

// ApplicationOn is an application with its revisions at the end of a business date, and
// what was posted and paid by then.
func (s *Service) ApplicationOn(ctx context.Context, who models.Actor, id string, on models.Date) (ApplicationView, AsOf, error) {
	about := AsOf{On: on}
	v, err := s.Application(ctx, who, id)
	if err != nil {
		return v, about, err
	}
	at, err := s.endOf(on)
	if err != nil {
		return ApplicationView{}, about, err
	}
	r := s.db.Read(ctx)
	for _, doc := range []models.Document{&v.Application, &v.GrantYear, &v.District} {
		if _, err := replayed(r, doc, at, on); err != nil {
			return ApplicationView{}, about, err
		}
	}
	about.Rules = v.GrantYear.ProgramCode + "@" + v.GrantYear.DefinitionVersion
	if v.Revisions, err = before(r, v.Revisions, at); err != nil {
		return ApplicationView{}, about, err
	}
	if v.Waivers, err = waiversAt(r, v.Application, at); err != nil {
		return ApplicationView{}, about, err
	}
	if v.SpentCents, err = store.PostedBefore(r, id, at); err != nil {
		return ApplicationView{}, about, err
	}
	payments, err := store.All[models.Payment](r, store.Eq{"application_id": id}, "id")
	if err != nil {
		return ApplicationView{}, about, err
	}
	payments, err = before(r, payments, at)
	v.PaidCents = 0
	for _, p := range payments {
		if p.Status == StatusPaid {
			v.PaidCents += p.PaidCents
		}
	}
	return v, about, err
}

// before are those documents that existed at an instant, as they stood.
func before[T any, P interface {
	*T
	models.Document
}](r store.Reading, docs []T, at time.Time) ([]T, error) {
	if len(docs) == 0 {
		return nil, nil
	}
	ids := make([]string, len(docs))
	for i := range docs {
		ids[i] = P(&docs[i]).Base().ID
	}
	trails, err := store.TrailsBefore(r, P(&docs[0]).Kind(), ids, at)
	if err != nil {
		return nil, err
	}
	var out []T
	for i := range docs {
		trail := trails[ids[i]]
		if len(trail) == 0 {
			continue
		}
		if err := asof.Document(trail, P(&docs[i])); err != nil {
			return nil, err
		}
		out = append(out, docs[i])
	}
	return out, nil
}

// AllocationsOn are the allocations of the runs that were published at the end of a
// business date: of each grant year the last run of the formula published by then, and the
// reallocations that added to it.
func (s *Service) AllocationsOn(ctx context.Context, who models.Actor, in ListAllocations, on models.Date) ([]models.Allocation, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	at, err := s.endOf(on)
	if err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	runs, err := store.All[models.AllocationRun](r, eq("grant_year_id", in.GrantYearID, "id", in.RunID), "published_at", "number")
	if err != nil {
		return nil, err
	}
	last, ids := map[string]string{}, []string{""} // none is not all
	for _, run := range runs {
		switch {
		case run.PublishedAt == nil || !run.PublishedAt.Before(at):
		case run.RunKind == models.RunReallocation:
			ids = append(ids, run.ID)
		default:
			last[run.GrantYearID] = run.ID
		}
	}
	where := eq("organization_id", in.OrganizationID)
	where["run_id"] = append(ids, slices.Sorted(maps.Values(last))...)
	return store.Allocations(r, scope(who), where, false, false, store.Page{After: in.After, Limit: in.Limit})
}

// FlagsOn are the findings that the night had made by the end of a business date, as they
// stood. A page holds the flags that match, however many do not.
func (s *Service) FlagsOn(ctx context.Context, who models.Actor, in ListFlags, on models.Date) ([]models.Flag, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	at, err := s.endOf(on)
	if err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	where := eq("grant_year_id", in.GrantYearID, "organization_id", in.OrganizationID, "application_id", in.ApplicationID, "rule", in.Rule)
	return pageBefore(r, scope(who), where, store.Page{After: in.After, Limit: in.Limit}, at, func(f models.Flag) bool {
		return in.Status == "" || f.Status == in.Status || in.Status == FlagsStanding && slices.Contains(standingFlags, f.Status)
	})
}

// dueItemsOn are the due items that existed at the end of an earlier business date, as they
// stood: what was delivered or moved later is not known yet.
func (s *Service) dueItemsOn(ctx context.Context, who models.Actor, in ListDueItems, where store.Eq) ([]DueItemDetail, error) {
	at, err := s.endOf(in.On)
	if err != nil {
		return nil, err
	}
	items, err := pageBefore(s.db.Read(ctx), scope(who), where, store.Page{After: in.After, Limit: in.Limit}, at, func(d models.DueItem) bool {
		return in.Status == store.DueAny || StatusOf(d, in.On).Status == in.Status
	})
	out := make([]DueItemDetail, len(items))
	for i, d := range items {
		out[i] = DueItemDetail{d, StatusOf(d, in.On)}
	}
	return out, err
}

// pageBefore is a page of the documents that existed at an instant and match as they stood
// then, however many do not. What where names must never change. It costs one query for the
// documents and one for their events per MaxPage of them.
func pageBefore[T any, P interface {
	*T
	models.Document
}](r store.Reading, sc store.Scope, where store.Eq, page store.Page, at time.Time, match func(T) bool) ([]T, error) {
	var out []T
	for after := page.After; ; {
		docs, err := store.List[T](r, sc, where, store.Page{After: after, Limit: store.MaxPage})
		if err != nil || len(docs) == 0 {
			return out, err
		}
		after = P(&docs[len(docs)-1]).Base().ID
		more := len(docs) == store.MaxPage
		if docs, err = before[T, P](r, docs, at); err != nil {
			return nil, err
		}
		for _, d := range docs {
			if !match(d) {
				continue
			}
			if out = append(out, d); page.Limit > 0 && len(out) == page.Limit {
				return out, nil
			}
		}
		if !more {
			return out, nil
		}
	}
}
