package workflow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// life is a world in which random people do random things: a district with a signed
// agreement and money, and one with two drafts.
type life struct {
	*signing
	dice             *rand.Rand
	preparer, fiscal models.Actor
	second           models.Actor // a liaison too
	school           string
	other            models.Organization
	steps            []string
	done             map[string]int // steps that were taken, by name
	agreements       []string
}

func givenHistory(t testing.TB, seed uint64, done map[string]int) *life {
	t.Helper()
	p := givenPlanning(t)
	p.setClock(time.Date(2026, 1, 5, 15, 0, 0, 0, time.UTC))
	h := &life{signing: &signing{planning: p}, dice: rand.New(rand.NewPCG(seed, 21)), done: done} //nolint:gosec // synthetic data
	h.a, h.district = drafted(t, p)
	h.other, h.school = p.organization(models.KindDistrict, "D002"), p.organization(models.KindSchool, "S001").ID
	p.facts(2025, "S001,CSI,bottom_5,24.10,374", "S002,CSI,bottom_5,31.50,410")
	h.year = p.grantYear(map[string]string{"appropriation": "600000000", "analytics_set_aside": "0"})
	p.publish(p.run(h.year))
	role := func(name string, r models.Role, org string) models.Actor { return p.actor(p.person(name, r, org)) }
	h.official, h.preparer = role("Olga Official", models.RoleAuthorizedOfficial, h.district.ID), role("Pat Preparer", models.RolePreparer, h.district.ID)
	h.fiscal, h.second = role("Fran Fiscal", models.RoleFiscalReviewer, ""), role("Sid Second", models.RolePAL, "")
	noError(t, second(p.s.AssignPAL(ctx, p.manager, AssignPAL{OrganizationID: h.district.ID, UserID: p.pal.UserID, Version: h.district.Version})))
	h.a = withTargets(t, p, h.a, everyType...)
	h.agreements = append(h.agreements, h.sign(p.s.Today()).ID)
	for _, cohort := range []string{"Five", "Six"} {
		a, err := p.s.CreateAgreement(ctx, p.pal, CreateAgreement{OrganizationID: h.other.ID, Cohort: cohort, AssignedOn: "2025-12-23"})
		noError(t, err)
		noError(t, second(p.s.AddGoal(ctx, p.pal, AddGoal{AgreementID: a.ID, GoalFields: GoalFields{Title: "Attendance", Area: "Student Achievement"}})))
		h.agreements = append(h.agreements, a.ID)
	}
	app, err := h.s.CreateApplication(ctx, h.preparer, CreateApplication{GrantYearID: h.year.ID, OrganizationID: h.district.ID})
	noError(t, err)
	noError(t, second(h.s.OpenException(ctx, h.manager, OpenException{ID: app.ID, Until: "2026-09-30", Comment: "A late start."})))
	return h
}

type command struct {
	name   string
	weight int
	do     func(*life) error
}

// commands are what may happen. One that finds nothing to act on, or that a rule refuses,
// changes nothing.
var commands = []command{
	{"add goal", 2, func(h *life) error {
		return second(h.s.AddGoal(ctx, h.pal, AddGoal{AgreementID: h.draft(), GoalFields: GoalFields{Title: h.words(), Area: "Student Achievement"}}))
	}},
	{"update goal", 3, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.drafts()}, func(g models.Goal) error {
			return second(h.s.UpdateGoal(ctx, h.pal, UpdateGoal{AgreementID: g.AgreementID, GoalID: g.ID, GoalFields: GoalFields{Title: h.words(), Area: "Student Achievement", Reference: h.words()}}))
		})
	}},
	{"remove goal", 1, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.drafts()}, func(g models.Goal) error {
			return second(h.s.RemoveGoal(ctx, h.pal, RemoveGoal{AgreementID: g.AgreementID, GoalID: g.ID}))
		})
	}},
	{"add target", 6, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.drafts()}, func(g models.Goal) error {
			return second(h.s.AddTarget(ctx, h.pal, AddTarget{AgreementID: g.AgreementID, TargetFields: h.target(g.ID)}))
		})
	}},
	{"update target", 6, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.drafts()}, func(t models.Target) error {
			return second(h.s.UpdateTarget(ctx, h.pal, UpdateTarget{AgreementID: t.AgreementID, TargetID: t.ID, TargetFields: h.target(t.GoalID)}))
		})
	}},
	{"remove target", 3, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.drafts()}, func(t models.Target) error {
			return second(h.s.RemoveTarget(ctx, h.pal, RemoveTarget{AgreementID: t.AgreementID, TargetID: t.ID}))
		})
	}},
	{"retire target", 1, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.agreements[0]}, func(t models.Target) error {
			return second(h.s.RetireTarget(ctx, h.manager, TargetRetirement{AgreementID: t.AgreementID, TargetID: t.ID, RetiredOn: h.s.Today(), Reason: h.words()}))
		})
	}},
	{"add strategy", 2, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.agreements}, func(g models.Goal) error {
			return second(h.s.AddStrategy(ctx, h.pal, AddStrategy{AgreementID: g.AgreementID, StrategyFields: StrategyFields{GoalID: g.ID, Title: h.words(), Reason: "Better."}}))
		})
	}},
	{"update strategy", 2, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.agreements}, func(x models.Strategy) error {
			return second(h.s.UpdateStrategy(ctx, h.pal, UpdateStrategy{AgreementID: x.AgreementID, StrategyID: x.ID, StrategyFields: StrategyFields{GoalID: x.GoalID, Title: h.words(), Dropped: h.one(3), Reason: "Better."}}))
		})
	}},
	{"remove strategy", 1, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.drafts()}, func(x models.Strategy) error {
			return second(h.s.RemoveStrategy(ctx, h.pal, RemoveStrategy{AgreementID: x.AgreementID, StrategyID: x.ID}))
		})
	}},
	{"add activity", 3, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.agreements}, func(x models.Strategy) error {
			return second(h.s.AddActivity(ctx, h.pal, AddActivity{AgreementID: x.AgreementID, ActivityFields: h.activity(x.AgreementID, x.ID)}))
		})
	}},
	{"update activity", 3, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.agreements}, func(x models.Activity) error {
			return second(h.s.UpdateActivity(ctx, h.pal, UpdateActivity{AgreementID: x.AgreementID, ActivityID: x.ID, ActivityFields: h.activity(x.AgreementID, x.StrategyID)}))
		})
	}},
	{"remove activity", 4, func(h *life) error {
		return any1(h, store.Eq{"agreement_id": h.drafts()}, func(x models.Activity) error {
			return second(h.s.RemoveActivity(ctx, h.pal, RemoveActivity{AgreementID: x.AgreementID, ActivityID: x.ID}))
		})
	}},
	{"update agreement", 3, func(h *life) error {
		on, none := h.s.Today().AddDays(-h.dice.IntN(40)), []string{"graduation"}[:h.dice.IntN(2)]
		return second(h.s.UpdateAgreement(ctx, h.pal, UpdateAgreement{ID: h.draft(), AssignedOn: &on, NotApplicable: &none}))
	}},
	{"approve needs", 1, func(h *life) error {
		on := h.s.Today()
		return second(h.s.UpdateAgreement(ctx, h.pal, UpdateAgreement{ID: h.draft(), NeedsApprovedOn: &on}))
	}},
	{"new agreement", 1, func(h *life) error {
		a, err := h.s.CreateAgreement(ctx, h.pal, CreateAgreement{OrganizationID: h.other.ID, Cohort: fmt.Sprint("No. ", len(h.steps)), AssignedOn: h.s.Today().AddDays(-h.dice.IntN(30))})
		if err == nil {
			h.agreements = append(h.agreements, a.ID)
		}
		return err
	}},
	{"waive gate", 3, func(h *life) error {
		finding := []string{"gate.needs_assessment", "gate.prior_year", "gate.funded_years"}[h.dice.IntN(3)]
		return second(h.s.WaiveGate(ctx, h.manager, WaiveGate{AgreementID: h.agreement(), GrantYearID: h.year.ID, Finding: finding, Reason: h.words()}))
	}},
	{"revoke waiver", 2, func(h *life) error {
		return any1(h, store.Eq{"grant_year_id": h.year.ID}, func(w models.GateWaiver) error {
			return second(h.s.RevokeGateWaiver(ctx, h.manager, RevokeGateWaiver{AgreementID: w.AgreementID, WaiverID: w.ID}))
		})
	}},
	{"begin", 2, func(h *life) error {
		who := models.Actor{UserID: h.preparer.UserID, Name: "Pat Preparer", Roles: []models.Grant{{Role: models.RolePreparer, OrganizationID: h.other.ID}}}
		return second(h.s.CreateApplication(ctx, who, CreateApplication{GrantYearID: h.year.ID, OrganizationID: h.other.ID}))
	}},
	{"add line", 8, func(h *life) error {
		return h.open(func(rev models.Revision) error { return second(h.s.SaveLineItem(ctx, h.preparer, h.line(rev, 0))) })
	}},
	{"change line", 9, func(h *life) error {
		return h.open(func(rev models.Revision) error {
			return h.lineOf(rev, func(n int) error { return second(h.s.SaveLineItem(ctx, h.preparer, h.line(rev, n))) })
		})
	}},
	{"line as in force", 4, func(h *life) error {
		return h.open(func(rev models.Revision) error {
			return h.lineOf(rev, func(n int) error { return h.again(rev, n) })
		})
	}},
	{"remove line", 5, func(h *life) error {
		return h.open(func(rev models.Revision) error {
			return h.lineOf(rev, func(n int) error { return second(h.s.RemoveLineItem(ctx, h.preparer, rev.ID, n, 0)) })
		})
	}},
	{"submit", 7, func(h *life) error { return h.take(h.official, "submit") }},
	{"approve", 6, func(h *life) error { return h.take(h.liaison(), "approve") }},
	{"approve money", 7, func(h *life) error { return h.take(h.fiscal, "approve") }},
	{"return", 4, func(h *life) error { return h.take(h.liaison(), "return") }},
	{"deny", 2, func(h *life) error { return h.take(h.manager, "deny") }},
	{"withdraw", 1, func(h *life) error { return h.take(h.official, "withdraw") }},
	{"decide line", 10, func(h *life) error {
		return h.open(func(rev models.Revision) error {
			return h.lineOf(rev, func(n int) error {
				who, what := []models.Actor{h.liaison(), h.fiscal}[h.dice.IntN(2)], []string{"approved", "returned", "denied", "pending"}[h.dice.IntN(4)]
				return second(h.s.DecideLineItem(ctx, who, DecideLineItem{RevisionID: rev.ID, Number: n, Decision: what, Reason: h.words()}))
			})
		})
	}},
	{"amend", 5, func(h *life) error {
		return any1(h, store.Eq{"organization_id": h.district.ID}, func(a models.Application) error {
			return second(h.s.CreateAmendment(ctx, h.preparer, CreateAmendment{ApplicationID: a.ID, Reason: h.words()}))
		})
	}},
	{"open window", 1, func(h *life) error {
		return any1(h, nil, func(a models.Application) error {
			return second(h.s.OpenException(ctx, h.manager, OpenException{ID: a.ID, Until: h.s.Today().AddDays(200 + h.dice.IntN(9)), Comment: h.words()}))
		})
	}},
	{"spend", 8, func(h *life) error {
		return any1(h, store.Eq{"status": StatusInForce}, func(l models.LineItem) error {
			return second(h.s.PostExpenditure(ctx, h.preparer, NewExpenditure{LineItemID: l.ID, AmountCents: models.Cents(1 + h.dice.IntN(900000)), SpentOn: h.s.Today(), Vendor: "Reading House (synthetic)"}))
		})
	}},
	{"reverse", 3, func(h *life) error {
		return any1(h, nil, func(x models.Expenditure) error {
			return second(h.s.ReverseExpenditure(ctx, h.preparer, ReverseExpenditure{ID: x.ID, Comment: h.words()}))
		})
	}},
	{"pay", 3, func(h *life) error {
		return any1(h, store.Eq{"status": StatusExpected}, func(p models.Payment) error {
			return second(h.s.TransitionPayment(ctx, h.fiscal, TransitionPayment{ID: p.ID, Event: "record", PaidOn: h.s.Today(), PaidCents: p.AmountCents, Reference: h.words()}))
		})
	}},
	{"assign liaison", 1, func(h *life) error {
		o, err := store.Get[models.Organization](h.db.Read(ctx), h.district.ID)
		noError(h.t, err)
		who := []models.Actor{h.pal, h.second}[h.dice.IntN(2)]
		return second(h.s.AssignPAL(ctx, h.manager, AssignPAL{OrganizationID: o.ID, UserID: who.UserID, Version: o.Version}))
	}},
	{"acknowledge", 4, func(h *life) error { return h.answer("acknowledge", "") }},
	{"waive flag", 4, func(h *life) error { return h.answer("waive", h.s.Today().AddDays(1+h.dice.IntN(5))) }},
	{"deliver", 5, func(h *life) error {
		return any1(h, store.Eq{"done_on": nil}, func(d models.DueItem) error {
			return second(h.s.CompleteDueItem(ctx, h.pal, DueItemDone{ID: d.ID, DoneOn: h.s.Today().AddDays(-h.dice.IntN(4)), Comment: h.words()}))
		})
	}},
	{"night", 5, func(h *life) error {
		return second(h.s.Night(ctx, models.System("utilization"), h.s.Today().AddDays(-1)))
	}},
}

// nothing to act on.
func nothing() error { return models.Fail(models.NotFound, "not_found", "There is nothing to act on.") }

// any1 acts on a row that the dice choose.
func any1[T any](h *life, where store.Eq, do func(T) error) error {
	rows := all[T](h.night, where, "id")
	if len(rows) == 0 {
		return nothing()
	}
	return do(rows[h.dice.IntN(len(rows))])
}

func (h *life) one(of int) bool   { return h.dice.IntN(of) == 0 }
func (h *life) agreement() string { return h.agreements[h.dice.IntN(len(h.agreements))] }
func (h *life) drafts() []string  { return h.agreements[1:] }
func (h *life) draft() string     { return h.drafts()[h.dice.IntN(len(h.drafts()))] }

// words that a person might write, with what a trail could stumble over.
func (h *life) words() string {
	list := []string{"Reading by grade 3", "Attendance \"first\"", "", "50 % / \\ {\"a\":[1,null]}", "<Émile> & 数", "null", "0"}
	return strings.TrimSpace("Because " + list[h.dice.IntN(len(list))])
}

func (h *life) target(goal string) TargetFields {
	code := []string{"", "", "ITB-1", "ITB-2", "ETO-1", "X-1", "0"}[h.dice.IntN(7)]
	in := TargetFields{GoalID: goal, Code: code, Kind: []models.TargetKind{models.TargetITB, models.TargetETO}[h.dice.IntN(2)], Type: everyType[h.dice.IntN(len(everyType))],
		Measure: h.words(), Source: "M-STEP", Baseline: models.Hundredths(h.dice.IntN(3000)), Goal: models.Hundredths(3000 + h.dice.IntN(3000)), Unit: "percent", DueOn: "2027-06-30"}
	if h.one(2) {
		in.SchoolID = h.organization(models.KindSchool, "S002").ID
	}
	return in
}

func (h *life) activity(agreement, strategy string) ActivityFields {
	in := ActivityFields{StrategyID: strategy, Title: h.words(), Funded: h.one(2), Reason: "Better.",
		Status: []models.ActivityStatus{"", models.ActivityUnderWay, models.ActivityDone, models.ActivityDropped}[h.dice.IntN(4)]}
	for _, t := range all[models.Target](h.night, store.Eq{"agreement_id": agreement}, "id") {
		if h.one(3) {
			in.TargetIDs = append(in.TargetIDs, t.ID)
		}
	}
	return in
}

// open is the district's revision that is not over.
func (h *life) open(do func(models.Revision) error) error {
	open := []models.State{StatusDraft, StatusReturned, StatusSubmitted, StatusInReview}
	return any1(h, store.Eq{"organization_id": h.district.ID, "status": open}, do)
}

func (h *life) lineOf(rev models.Revision, do func(number int) error) error {
	return any1(h, store.Eq{"application_id": rev.ApplicationID, "status": []models.State{StatusInForce, StatusProposed}}, func(l models.LineItem) error { return do(l.Number) })
}

func (h *life) take(who models.Actor, event string) error {
	return h.open(func(rev models.Revision) error {
		return second(h.s.TransitionRevision(ctx, who, TransitionRevision{ID: rev.ID, Event: event, Comment: h.words()}))
	})
}

// liaison is the district's own.
func (h *life) liaison() models.Actor {
	o, err := store.Get[models.Organization](h.db.Read(ctx), h.district.ID)
	noError(h.t, err)
	if *o.PALUserID == h.second.UserID {
		return h.second
	}
	return h.pal
}

func (h *life) answer(event string, until models.Date) error {
	return any1(h, nil, func(f models.Flag) error {
		return second(h.s.TransitionFlag(ctx, h.fiscal, FlagTransition{ID: f.ID, Event: event, Comment: h.words(), Until: until}))
	})
}

func (h *life) line(rev models.Revision, number int) SaveLineItem {
	in := SaveLineItem{RevisionID: rev.ID, Number: number, UseCategory: "4", FunctionCode: "221", CostKind: "purchased_services",
		Description: "Reading cohort for 20 teachers of the partnership school, two days. " + h.words(), SchoolID: h.school, Metric: "NWEA growth", DataSource: "NWEA",
		Costs: []CostInput{{ObjectCode: "3120", AmountCents: models.Cents(1 + h.dice.IntN(9000000))}}}
	if h.one(6) {
		in.SchoolID = ""
	}
	if h.one(9) { // which a line may be saved with, and not submitted
		in.Costs = append(in.Costs, CostInput{ObjectCode: "3110", AmountCents: models.Cents(h.dice.IntN(100000))})
	}
	targets := all[models.Target](h.night, store.Eq{"agreement_id": h.agreements[0], "retired_on": nil}, "id")
	if len(targets) > 0 && !h.one(10) {
		in.Links = append(in.Links, LinkInput{TargetID: targets[h.dice.IntN(len(targets))].ID})
	}
	return in
}

// again proposes a line as it is in force, or as it is proposed already.
func (h *life) again(rev models.Revision, number int) error {
	v, err := h.s.Revision(ctx, h.preparer, rev.ID)
	noError(h.t, err)
	i := slices.IndexFunc(v.Lines, func(l Line) bool { return l.Number == number })
	if i < 0 {
		return nothing()
	}
	l := v.Lines[i]
	if l.Base != nil {
		l = *l.Base
	}
	in := SaveLineItem{RevisionID: rev.ID, Number: number, UseCategory: l.Version.UseCategory, FunctionCode: l.Version.FunctionCode, CostKind: l.Version.CostKind,
		Description: l.Version.Description, Metric: l.Version.Metric, DataSource: l.Version.DataSource}
	if l.Version.SchoolID != nil {
		in.SchoolID = *l.Version.SchoolID
	}
	for _, c := range l.Costs {
		in.Costs = append(in.Costs, CostInput{ObjectCode: c.ObjectCode, AmountCents: c.AmountCents})
	}
	for _, k := range l.Links {
		in.Links = append(in.Links, LinkInput{GoalID: k.GoalID, TargetID: k.TargetID})
	}
	return second(h.s.SaveLineItem(ctx, h.preparer, in))
}
