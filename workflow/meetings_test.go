package workflow

import (
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// meetingWorld is a district with an agreement assigned on 2025-12-23, its liaison and
// people of both sides, on 2026-01-05.
type meetingWorld struct {
	*planning
	agreement                    AgreementDetail
	district                     models.Organization
	preparer, official, stranger models.Actor
}

func givenMeetings(t testing.TB) *meetingWorld {
	t.Helper()
	w := &meetingWorld{planning: givenPlanning(t)}
	w.setClock(time.Date(2026, 1, 5, 15, 0, 0, 0, time.UTC))
	w.agreement, w.district = drafted(t, w.planning)
	w.district.PALUserID = &w.pal.UserID
	w.update(&w.district, "pal_user_id")
	w.preparer = w.actor(w.person("Pat Preparer", models.RolePreparer, w.district.ID))
	w.official = w.actor(w.person("Olu Official", models.RoleAuthorizedOfficial, w.district.ID))
	w.stranger = w.actor(w.person("Sam Stranger", models.RolePreparer, w.organization(models.KindDistrict, "D002").ID))
	return w
}

func (w *meetingWorld) meeting(on models.Date, agenda ...string) MeetingDetail {
	w.t.Helper()
	m, err := w.s.CreateMeeting(ctx, w.pal, CreateMeeting{AgreementID: w.agreement.ID, MeetingFields: MeetingFields{MeetsOn: on, StartsAt: "09:30", EndsAt: "11:00", Place: "District office", Agenda: agenda}})
	noError(w.t, err)
	return m
}

func TestAMeetingFromPlanToNotes(t *testing.T) {
	t.Parallel()
	w := givenMeetings(t)
	m := w.meeting("2026-01-12", "Needs assessment")
	m, err := w.s.ProposeAgendaItem(ctx, w.preparer, ProposeAgendaItem{ID: m.ID, Version: m.Version, Text: "Substitutes"})
	noError(t, err)
	equal(t, []string{m.Items[0].Side, m.Items[1].Side, m.Items[1].ProposedBy}, []string{"office", "district", w.preparer.UserID})
	_, err = w.s.TransitionMeeting(ctx, w.pal, MeetingTransition{ID: m.ID, Version: m.Version, Event: "hold"})
	refused(t, err, models.Invalid, "future")
	_, err = w.s.TransitionMeeting(ctx, w.official, MeetingTransition{ID: m.ID, Version: m.Version, Event: "hold"})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = w.s.TransitionMeeting(ctx, w.pal, MeetingTransition{ID: m.ID, Version: m.Version, Event: "cancel"})
	refused(t, err, models.Invalid, "required")

	w.setClock(time.Date(2026, 1, 13, 15, 0, 0, 0, time.UTC))
	m, err = w.s.TransitionMeeting(ctx, w.pal, MeetingTransition{ID: m.ID, Version: m.Version, Event: "hold"})
	noError(t, err)
	item, err := store.One[models.DueItem](w.db.Read(ctx), store.Eq{"agreement_id": w.agreement.ID, "code": "introduction"})
	noError(t, err)
	equal(t, item.DoneOn, models.Date("2026-01-12")) // the first meeting held settles it
	first, err := store.FirstMeeting(w.db.Read(ctx), w.agreement.ID)
	noError(t, err)
	equal(t, first, models.Date("2026-01-12")) // a day and no hour, as it is kept and audited

	fields := MeetingFields{MeetsOn: "2026-01-12", Agenda: []string{"Substitutes"}, Notes: "Reading first."}
	m, err = w.s.UpdateMeeting(ctx, w.pal, UpdateMeeting{ID: m.ID, Version: m.Version, MeetingFields: fields})
	noError(t, err)
	equal(t, []any{m.Notes, m.Items[0].Side}, []any{"Reading first.", "district"}) // who proposed it is kept
	fields.MeetsOn = "2026-01-11"
	_, err = w.s.UpdateMeeting(ctx, w.pal, UpdateMeeting{ID: m.ID, Version: m.Version, MeetingFields: fields})
	refused(t, err, models.Conflict, "meeting.held")
	_, err = w.s.ProposeAgendaItem(ctx, w.preparer, ProposeAgendaItem{ID: m.ID, Version: m.Version, Text: "Late"})
	refused(t, err, models.Conflict, "meeting.not_planned")
	equal(t, w.audited(&m.Meeting), 4)

	off := w.meeting("2026-02-10")
	off, err = w.s.TransitionMeeting(ctx, w.pal, MeetingTransition{ID: off.ID, Version: off.Version, Event: "cancel", Comment: "Snow."})
	noError(t, err)
	_, err = w.s.UpdateMeeting(ctx, w.pal, UpdateMeeting{ID: off.ID, Version: off.Version, MeetingFields: fields})
	refused(t, err, models.Conflict, "meeting.cancelled")
	_, err = w.s.AddAction(ctx, w.pal, AddAction{ID: off.ID, Version: off.Version, Text: "x", OwnerID: w.preparer.UserID, DueOn: "2026-02-20"})
	refused(t, err, models.Conflict, "meeting.cancelled")
	equal(t, len(all[models.Notice](w.night, store.Eq{"user_id": w.official.UserID, "subject_kind": "meeting"})), 3)

	for _, f := range []MeetingFields{{MeetsOn: "2026-02-11", StartsAt: "9:30"}, {MeetsOn: "2026-02-11", StartsAt: "09:30", EndsAt: "09:30"}} {
		_, err = w.s.CreateMeeting(ctx, w.pal, CreateMeeting{AgreementID: w.agreement.ID, MeetingFields: f})
		refused(t, err, models.Invalid, "meeting.hour")
	}
	_, err = w.s.CreateMeeting(ctx, w.official, CreateMeeting{AgreementID: w.agreement.ID, MeetingFields: fields})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = w.s.CreateMeeting(ctx, w.pal, CreateMeeting{AgreementID: "nothing", MeetingFields: fields})
	refused(t, err, models.Invalid, "not_found")
	_, err = w.s.Meeting(ctx, w.stranger, m.ID)
	refused(t, err, models.NotFound, "not_found")
	full := w.meeting("2026-03-10", strings.Split(strings.Repeat("x ", 49)+"x", " ")...)
	_, err = w.s.ProposeAgendaItem(ctx, w.preparer, ProposeAgendaItem{ID: full.ID, Version: full.Version, Text: "One more"})
	refused(t, err, models.Conflict, "meeting.agenda_full")
}

func TestActionsBelongToTheirOwners(t *testing.T) {
	t.Parallel()
	w := givenMeetings(t)
	m := w.meeting("2026-01-05")
	add := func(owner string, due models.Date) (MeetingDetail, error) {
		return w.s.AddAction(ctx, w.pal, AddAction{ID: m.ID, Version: m.Version, Text: "Send the attendance", OwnerID: owner, DueOn: due})
	}
	for _, owner := range []string{w.stranger.UserID, "nobody"} {
		_, err := add(owner, "2026-01-20")
		refused(t, err, models.Invalid, "action.owner")
	}
	m, err := add(w.preparer.UserID, "2026-01-20")
	noError(t, err)
	m, err = add(w.official.UserID, "2026-01-10")
	noError(t, err)
	change := func(who models.Actor, number int, in UpdateAction) (MeetingDetail, error) {
		in.ID, in.Version, in.Number = m.ID, m.Version, number
		return w.s.UpdateAction(ctx, who, in)
	}
	later := models.Date("2026-02-20")
	for _, in := range []UpdateAction{{Status: "dropped"}, {Status: "done", DueOn: &later}, {Comment: "only"}} {
		_, err = change(w.preparer, 1, in)
		refused(t, err, models.Forbidden, "action.not_owner")
	}
	_, err = change(w.preparer, 2, UpdateAction{Status: "done"})
	refused(t, err, models.Forbidden, "action.not_owner")
	_, err = change(w.pal, 1, UpdateAction{Status: "open", DoneOn: "2026-01-05"})
	refused(t, err, models.Invalid, "action.done_on")
	_, err = change(w.preparer, 1, UpdateAction{Status: "done", DoneOn: "2026-01-06"})
	refused(t, err, models.Invalid, "future")
	m, err = change(w.preparer, 1, UpdateAction{Status: "done", Comment: "Sent."})
	noError(t, err)
	equal(t, []any{m.Actions[0].Status, m.Actions[0].DoneOn, m.Actions[0].Comment}, []any{StatusDone, models.Date("2026-01-05"), "Sent."})
	m, err = change(w.pal, 2, UpdateAction{OwnerID: &w.preparer.UserID, DueOn: &later})
	noError(t, err)
	equal(t, m.Actions[1].OwnerID, w.preparer.UserID)
	_, err = change(w.pal, 9, UpdateAction{Status: "done"})
	refused(t, err, models.NotFound, "not_found")

	w.setClock(time.Date(2026, 2, 21, 15, 0, 0, 0, time.UTC))
	late, err := w.s.MeetingActions(ctx, w.preparer, ListActions{OwnerID: w.preparer.UserID, Overdue: true})
	noError(t, err)
	equal(t, []int{len(late), late[0].Number, late[0].DaysLate}, []int{1, 2, 1})
	none, err := w.s.MeetingActions(ctx, w.stranger, ListActions{})
	noError(t, err)
	equal(t, len(none), 0)
}

// The owner hears three days before, on the day, the day after and every seventh day.
func TestOverdueActionsRemindTheirOwners(t *testing.T) {
	t.Parallel()
	w := givenMeetings(t)
	w.grantYear(nil)
	m := w.meeting("2026-01-05")
	_, err := w.s.AddAction(ctx, w.pal, AddAction{ID: m.ID, Version: m.Version, Text: "Send the attendance.", OwnerID: w.preparer.UserID, DueOn: "2026-01-20"})
	noError(t, err)
	told := map[models.Date]string{}
	for day := models.Date("2026-01-10"); day <= "2026-01-30"; day = day.AddDays(1) {
		w.night.night(day.AddDays(-1))
		for _, n := range all[models.Notice](w.night, store.Eq{"user_id": w.preparer.UserID, "for_date": day.AddDays(-1)}) {
			if n.Event == "action.soon" || n.Event == "action.overdue" {
				told[day] = n.Event + ": " + n.Title
			}
		}
	}
	equal(t, told, map[models.Date]string{"2026-01-17": "action.soon: Action due on 2026-01-20", "2026-01-20": "action.soon: Action due on 2026-01-20",
		"2026-01-21": "action.overdue: Action due on 2026-01-20", "2026-01-28": "action.overdue: Action due on 2026-01-20"})
}

func TestTheNextMeetingIsSuggested(t *testing.T) {
	t.Parallel()
	w := givenMeetings(t)
	next := func() NextMeeting {
		t.Helper()
		n, err := w.s.NextMeeting(ctx, w.preparer, w.agreement.ID)
		noError(t, err)
		return n
	}
	codes := func(n NextMeeting) (out []string) {
		for _, x := range n.Agenda {
			out = append(out, x.Code+": "+x.Title)
			if x.Why == "" || x.AboutID == "" {
				t.Errorf("%+v", x)
			}
		}
		return out
	}
	n := next() // a month after the assignment on 2025-12-23
	equal(t, []any{n.On, n.DaysLate, n.PlannedID}, []any{models.Date("2026-01-23"), 0, ""})
	equal(t, codes(n), []string{"due_soon: Introduction meeting held and meetings scheduled", "due_soon: Improvement plan, needs and goals reviewed and draft begun"})

	m := w.meeting("2026-01-05")
	m, err := w.s.AddAction(ctx, w.pal, AddAction{ID: m.ID, Version: m.Version, Text: "Send the attendance", OwnerID: w.preparer.UserID, DueOn: "2026-01-20"})
	noError(t, err)
	equal(t, next().PlannedID, m.ID)
	_, err = w.s.TransitionMeeting(ctx, w.pal, MeetingTransition{ID: m.ID, Version: m.Version, Event: "hold"})
	noError(t, err)
	w.setClock(time.Date(2026, 2, 28, 15, 0, 0, 0, time.UTC)) // a Saturday
	w.add(&models.Flag{OrganizationID: w.district.ID, Rule: "no_report", Subject: "x", Severity: "warning", Status: StatusOpen, Detail: "Nothing was reported.", Evidence: "{}", FirstSeen: "2026-02-20", ChangedOn: "2026-02-20"})
	n = next()
	equal(t, []any{n.On, n.DaysLate, n.LastHeldOn}, []any{models.Date("2026-03-02"), 23, models.Date("2026-01-05")})
	equal(t, codes(n), []string{"overdue: Improvement plan, needs and goals reviewed and draft begun", "due_soon: Draft of the partnership agreement",
		"due_soon: Needs assessment completed and approved", "action: Send the attendance", "flag: no report"})
	equal(t, n.Agenda[3].Why, "This action was due on 2026-01-20 and is 39 days late.")
	_, err = w.s.NextMeeting(ctx, w.stranger, w.agreement.ID)
	refused(t, err, models.NotFound, "not_found")
}

func TestTiersOfSupportKeepTheirHistory(t *testing.T) {
	t.Parallel()
	w := givenMeetings(t)
	assign := func(in AssignSupportTier) (SupportView, error) {
		in.AgreementID = w.agreement.ID
		return w.s.AssignSupport(ctx, w.pal, in)
	}
	first, err := assign(AssignSupportTier{Tier: 2, FocusAreas: []string{"leadership"}, Reason: "A new principal.", FromOn: "2025-12-30"})
	noError(t, err)
	equal(t, []any{first.Title, first.Current, w.audited(&first.SupportAssignment)}, []any{"Tier 2: Targeted support", true, 1})
	for _, x := range []struct {
		in   AssignSupportTier
		code string
	}{{AssignSupportTier{Tier: 4, Reason: "r"}, "support.tier"}, {AssignSupportTier{Tier: 3, Reason: "r"}, "support.focus_missing"},
		{AssignSupportTier{Tier: 3, FocusAreas: []string{"luck"}, Reason: "r"}, "support.focus_area"}, {AssignSupportTier{Tier: 1, Reason: "r", FromOn: "2026-01-06"}, "support.order"},
		{AssignSupportTier{Tier: 1, Reason: "r", FromOn: "2025-12-22"}, "support.order"}, {AssignSupportTier{Tier: 1, Reason: "r", FromOn: "2025-12-30"}, "support.order"}} {
		_, err = assign(x.in)
		refused(t, err, models.Invalid, x.code)
	}
	_, err = w.s.AssignSupport(ctx, w.official, AssignSupportTier{AgreementID: w.agreement.ID, Tier: 1, Reason: "r"})
	refused(t, err, models.Forbidden, "permission.role")
	_, err = w.s.AssignSupport(ctx, w.pal, AssignSupportTier{AgreementID: "nothing", Tier: 1, Reason: "r"})
	refused(t, err, models.Invalid, "not_found")
	second, err := assign(AssignSupportTier{Tier: 1, Reason: "The principal has settled in."})
	noError(t, err)
	list, err := w.s.SupportAssignments(ctx, w.official, ListSupport{})
	noError(t, err)
	equal(t, []any{len(list), list[0].Current, list[1].Current}, []any{2, false, true})
	list, err = w.s.SupportAssignments(ctx, w.official, ListSupport{Current: true})
	noError(t, err)
	equal(t, []any{len(list), list[0].ID}, []any{1, second.ID})
	_, err = w.s.SupportAssignment(ctx, w.stranger, second.ID)
	refused(t, err, models.NotFound, "not_found")
}
