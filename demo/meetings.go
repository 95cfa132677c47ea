package demo

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

// talk is a meeting of a district with its liaison. What lies after Today stays planned.
type talk struct {
	k           int // of the district
	planned, on models.Date
	agenda      []string // of the liaison
	proposed    string   // by the district; "" nothing
	notes       string
	cancelled   string // why it was not held; "" it was
	actions     []task
}

// task is what somebody took on.
type task struct {
	text, owner string // preparer, official, liaison
	due         models.Date
	done        models.Date // "" still open
	dropped     string      // why nobody does it any more
}

// talks are what four districts and their liaisons met about: the city every month, one
// whose next meeting is late, one with an overdue action and one whose first was cancelled.
// One of the nights lies before each meeting and each due day, so that mails come in time.
var talks = []talk{
	{k: 0, planned: "2025-12-04", on: "2026-01-14", agenda: []string{"Who does what until June"}, proposed: "Positions that are hard to fill",
		notes: "Twenty of twenty-four schools have their interventionist. The liaison asks for the list by school.", actions: []task{
			{text: "Send the list of interventionists by school", owner: "preparer", due: "2026-02-20", done: "2026-02-18"},
			{text: "Ask the intermediate district for a long-term substitute", owner: "liaison", due: "2026-02-20", done: "2026-02-05"}}},
	{k: 0, planned: "2026-02-12", on: "2026-02-25", agenda: []string{"Attendance since January", "Reading groups of grades 1 to 5"},
		notes: "Schools count absences in three ways. One code is needed before the benchmark can be read.", actions: []task{
			{text: "Agree on one attendance code for all schools", owner: "official", due: "2026-03-13", done: "2026-03-17"}}},
	{k: 0, planned: "2026-02-27", on: "2026-03-18", agenda: []string{"Mentors for new teachers"}, proposed: "Visits during the weeks of testing",
		notes: "Mentors are paired; half of them have no common time. Visits do not fit into the weeks of testing.", actions: []task{
			{text: "Visit three mentor pairs in April", owner: "liaison", due: "2026-04-17", dropped: "The schools are testing; the visits move to the fall."}}},
	{k: 0, planned: "2026-03-27", on: "2026-04-15", agenda: []string{"Spring results", "Time for mentors in the fall"},
		notes: "Two principals leave in June. The tier of support is looked at again.", actions: []task{
			{text: "Bring growth in reading by school", owner: "preparer", due: "2026-05-04"},
			{text: "Plan common time for mentors in the fall", owner: "official", due: "2026-05-29"}}},
	{k: 0, planned: "2026-04-24", on: "2026-05-13", agenda: []string{"Growth in reading by school"}, proposed: "Two new principals"},

	{k: 11, planned: "2025-12-05", on: "2026-01-20", agenda: []string{"First steps of the agreement"}, notes: "Both positions are advertised.",
		actions: []task{{text: "Send the advertisements of both positions", owner: "preparer", due: "2026-02-20", done: "2026-02-17"}}},
	{k: 11, planned: "2026-02-26", on: "2026-03-10", agenda: []string{"Spending and vacancies"}, proposed: "Family visits instead of the second activity",
		notes: "Both positions are vacant, and spending is a third of what was planned. The activity is changed.", actions: []task{
			{text: "Fill the positions or propose another use", owner: "official", due: "2026-05-15"}}},

	{k: 7, planned: "2026-02-27", on: "2026-03-24", agenda: []string{"Spending is not reported since January"}, notes: "The bookkeeper is new; help is offered.", actions: []task{
		{text: "Post the spending of February and March", owner: "preparer", due: "2026-04-23"},
		{text: "Show the bookkeeper the import of a ledger", owner: "liaison", due: "2026-04-10", done: "2026-04-08"}}},
	{k: 7, planned: "2026-04-22", on: "2026-05-05", agenda: []string{"Spending of February and March", "Attendance of the first winter"}},

	{k: 53, planned: "2025-12-05", on: "2026-02-12", agenda: []string{"Introduction"}, cancelled: "Schools were closed for snow."},
	{k: 53, planned: "2026-02-12", on: "2026-02-19", agenda: []string{"Introduction", "Needs assessment"}, notes: "Meetings until June are scheduled; the needs assessment comes in March."},
}

// meetings lets the talks happen, and says which tier of support three districts have.
func (w *world) meetings() {
	for _, t := range talks {
		w.meet(w.place(t.k), t)
	}
	for _, x := range []struct {
		k      int
		on     models.Date
		tier   int
		about  []string
		reason string
	}{
		{0, "2025-12-04", 2, []string{"systems_implementation"}, "Twenty-four schools begin at once; the district's systems carry all of them"},
		{0, "2026-04-16", 3, []string{"leadership", "instructional_practices"}, "Two principals leave in June, and mentors have no common time with new teachers"},
		{11, "2025-12-05", 1, nil, "What every district gets"},
		{11, "2026-03-11", 2, []string{"resource_allocation"}, "Spending is a third of what was planned, and two positions are vacant since the fall"},
		{1, "2025-12-05", 2, []string{"systems_implementation"}, "Attendance was counted in several ways"},
		{1, "2026-03-18", 1, nil, "The winter benchmark was passed; the new attendance routine holds"},
	} {
		d := w.place(x.k)
		w.at(x.on, "tier of support of "+d.code, func(ctx context.Context) error {
			_, err := w.s.AssignSupport(ctx, d.pal, workflow.AssignSupportTier{AgreementID: d.agreement, Tier: x.tier, FocusAreas: x.about, Reason: x.reason + mark + "."})
			return err
		})
	}
}

// place is the district with a part in the story of the year in progress.
func (w *world) place(k int) *district {
	for _, d := range w.districts {
		if d.partner && d.k == k {
			return d
		}
	}
	return nil
}

// meet plans a meeting; the day after, the liaison writes what became of it.
func (w *world) meet(d *district, t talk) {
	says := workflow.MeetingFields{MeetsOn: t.on, StartsAt: "10:00", EndsAt: "11:30", Place: "Central office of the district" + mark, Agenda: t.agenda}
	var id string
	w.at(t.planned, "plan a meeting of "+d.code, func(ctx context.Context) error {
		m, err := w.s.CreateMeeting(ctx, d.pal, workflow.CreateMeeting{AgreementID: d.agreement, MeetingFields: says})
		if err != nil || t.proposed == "" {
			id = m.ID
			return err
		}
		id = m.ID
		w.clock.tick()
		_, err = w.s.ProposeAgendaItem(ctx, d.official(), workflow.ProposeAgendaItem{ID: id, Text: t.proposed})
		return err
	})
	switch {
	case t.cancelled != "":
		w.at(t.on, "cancel a meeting of "+d.code, func(ctx context.Context) error {
			_, err := w.s.TransitionMeeting(ctx, d.pal, workflow.MeetingTransition{ID: id, Event: "cancel", Comment: t.cancelled})
			return err
		})
	case t.on < Today:
		w.at(t.on.AddDays(1), "notes of a meeting of "+d.code, func(ctx context.Context) error {
			says.Notes, says.Attendees = t.notes+mark, d.official().Name+", "+d.preparer.Name+", "+d.pal.Name
			if t.proposed != "" {
				says.Agenda = append(says.Agenda, t.proposed)
			}
			return w.minutes(ctx, d, id, says, t.actions)
		})
	}
}

// minutes says that a meeting was held, and writes its notes and actions.
func (w *world) minutes(ctx context.Context, d *district, id string, says workflow.MeetingFields, actions []task) error {
	if _, err := w.s.TransitionMeeting(ctx, d.pal, workflow.MeetingTransition{ID: id, Event: "hold"}); err != nil {
		return err
	}
	w.clock.tick()
	if _, err := w.s.UpdateMeeting(ctx, d.pal, workflow.UpdateMeeting{ID: id, MeetingFields: says}); err != nil {
		return err
	}
	for i, a := range actions {
		owner := map[string]models.Actor{"preparer": d.preparer, "official": d.official(), "liaison": d.pal}[a.owner]
		w.clock.tick()
		if _, err := w.s.AddAction(ctx, d.pal, workflow.AddAction{ID: id, Text: a.text, OwnerID: owner.UserID, DueOn: a.due}); err != nil {
			return err
		}
		change, who, on := workflow.UpdateAction{ID: id, Number: i + 1, Status: workflow.StatusDone}, owner, a.done
		if a.dropped != "" {
			change.Status, change.Comment, who, on = "dropped", a.dropped, d.pal, a.due.AddDays(-3)
		}
		if on == "" {
			continue
		}
		w.at(on, "settle an action of "+d.code, func(ctx context.Context) error {
			_, err := w.s.UpdateAction(ctx, who, change)
			return err
		})
	}
	return nil
}
