package demo

import (
	"context"
	"slices"

	"earmark/models"
	"earmark/workflow"
)

// aim is a benchmark (after 18 months) and an outcome (after 36) of one type.
type aim struct {
	goal              int // of goals
	kind              string
	measure, source   string
	unit              string
	baseline, itb, to models.Hundredths
}

var goals = []workflow.GoalFields{
	{Title: "Pupils read, write and calculate at grade level", Area: "Student Achievement", Reference: "MICIP goal 1"},
	{Title: "Pupils come to school and finish it", Area: "Attendance and Graduation", Reference: "MICIP goal 2"},
	{Title: "Teachers stay and grow", Area: "Systems"},
}

// plans is a strategy for each goal, with what is done and who sees to it.
var plans = []struct{ strategy, activity, responsible string }{
	{"Small groups in reading and mathematics every day", "Train tutors and set up the groups of grades 1 to 5", "Director of curriculum"},
	{"Families hear of every absence", "Attendance agents call and visit families each week", "Attendance coordinator"},
	{"Mentors for teachers in their first three years", "Pair new teachers with mentors and give both time", "Human resources"},
}

// The numbers are the sample benchmarks of the Cohort Five overview where it has some.
var aims = []aim{
	{0, "state_academic", "Proficient in mathematics, grades 3 to 8", "M-STEP", "percent", 720, 1420, 1820},
	{0, "local_academic", "Pupils who meet their growth in reading", "NWEA", "percent", 3900, 5000, 6700},
	{1, "attendance", "Pupils who are not chronically absent", "Attendance records", "percent", 4800, 5600, 6500},
	{1, "graduation", "Four-year graduation rate", "State graduation file", "percent", 6150, 6500, 6900},
	{2, "process", "Teachers who stay from one year to the next", "Staff roster", "percent", 5100, 7500, 8500},
}

// dates of an agreement.
type dates struct {
	cohort                 string
	assigned, start, end   models.Date
	needs, drafted, signed models.Date // when it was done; "" never
	fundedBefore           int
	year                   *year // in which its documents are written
}

// agree drafts an agreement with its goals and targets, completes what is due and signs.
// Each part happens on its day; what lies before today is entered today.
func (w *world) agree(d *district, on models.Date, a dates) {
	w.at(on, "draft agreement of "+d.code, func(ctx context.Context) error {
		out, err := w.s.CreateAgreement(ctx, d.pal, workflow.CreateAgreement{OrganizationID: d.id, ProgramCode: ProgramCode, Cohort: a.cohort,
			AssignedOn: a.assigned, TermStart: a.start, TermEnd: a.end, FundedYearsPrior: a.fundedBefore})
		if err != nil {
			return err
		}
		d.agreement = out.ID
		return w.addTargets(ctx, d, a)
	})
	if a.needs != "" {
		w.at(max(on, a.needs), "approve needs assessment of "+d.code, func(ctx context.Context) error {
			if a.needs < on { // approved before Earmark was there
				if _, err := w.s.UpdateAgreement(ctx, w.manager, workflow.UpdateAgreement{ID: d.agreement, NeedsApprovedOn: &a.needs}); err != nil {
					return err
				}
			}
			return w.needsAssessment(ctx, d, a)
		})
	}
	if a.drafted != "" {
		w.at(max(on, a.drafted), "hand in draft agreement of "+d.code, func(ctx context.Context) error {
			return w.complete(ctx, d, "agreement_draft", a.drafted)
		})
	}
	if a.signed != "" {
		w.at(max(on, a.signed), "sign agreement of "+d.code, func(ctx context.Context) error {
			return w.finalAgreement(ctx, d, a)
		})
	}
}

func (w *world) addTargets(ctx context.Context, d *district, a dates) error {
	d.targets = map[string]string{}
	var detail workflow.AgreementDetail
	var err error
	for _, g := range goals {
		if detail, err = w.s.AddGoal(ctx, d.pal, workflow.AddGoal{AgreementID: d.agreement, GoalFields: g}); err != nil {
			return err
		}
	}
	d.goals = nil
	for _, g := range detail.Goals {
		d.goals = append(d.goals, g.ID)
	}
	// Numbers differ a little from district to district.
	shift := models.Hundredths(d.n % 7 * 40)
	for _, x := range aims {
		if x.kind == "graduation" && !d.hasHigh() {
			continue
		}
		for _, kind := range []models.TargetKind{models.TargetITB, models.TargetETO} {
			value, due := x.itb, a.start.AddMonths(18)
			if kind == models.TargetETO {
				value, due = x.to, a.end
			}
			w.clock.tick()
			detail, err = w.s.AddTarget(ctx, d.pal, workflow.AddTarget{AgreementID: d.agreement, TargetFields: workflow.TargetFields{GoalID: d.goals[x.goal], Kind: kind,
				Type: x.kind, Measure: x.measure, Source: x.source, Baseline: x.baseline + shift, Goal: value + shift, Unit: x.unit, DueOn: due}})
			if err != nil {
				return err
			}
		}
	}
	for _, t := range detail.Targets {
		d.targets[string(t.TargetKind)+"/"+t.TargetType] = t.ID
	}
	if !d.hasHigh() {
		if _, err := w.s.UpdateAgreement(ctx, d.pal, workflow.UpdateAgreement{ID: d.agreement, NotApplicable: &[]string{"graduation"}}); err != nil {
			return err
		}
	}
	if a.year == w.current && winters[d.k] != "" {
		if err := w.addWinter(ctx, d); err != nil {
			return err
		}
	}
	return w.addPlan(ctx, d, a, detail.Targets)
}

// addPlan gives every goal a strategy with an activity that serves the goal's targets.
func (w *world) addPlan(ctx context.Context, d *district, a dates, targets []models.Target) error {
	for i, x := range plans {
		w.clock.tick()
		detail, err := w.s.AddStrategy(ctx, d.preparer, workflow.AddStrategy{AgreementID: d.agreement, StrategyFields: workflow.StrategyFields{GoalID: d.goals[i], Title: x.strategy}})
		if err != nil {
			return err
		}
		var serves []string
		for _, t := range targets {
			if t.GoalID == d.goals[i] {
				serves = append(serves, t.ID)
			}
		}
		_, err = w.s.AddActivity(ctx, d.preparer, workflow.AddActivity{AgreementID: d.agreement, ActivityFields: workflow.ActivityFields{StrategyID: detail.Strategies[i].ID,
			Title: x.activity, Responsible: x.responsible, StartsOn: a.start, EndsOn: a.end, Funded: true, TargetIDs: serves}})
		if err != nil {
			return err
		}
	}
	return nil
}

// complete marks what is due as delivered.
func (w *world) complete(ctx context.Context, d *district, code string, on models.Date) error {
	items, err := w.s.DueItems(ctx, d.pal, workflow.ListDueItems{OrganizationID: d.id})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(items, func(x workflow.DueItemDetail) bool {
		return x.Code == code && x.DoneOn.IsZero() && (x.AgreementID == "" || x.AgreementID == d.agreement)
	})
	if i < 0 {
		return nil // nothing is owed
	}
	_, err = w.s.CompleteDueItem(ctx, d.pal, workflow.DueItemDone{ID: items[i].ID, DoneOn: on, Comment: "Received by the office."})
	return err
}

// retire ends the benchmark and the outcome that a line in force serves.
func (w *world) retire(st *story, on models.Date) {
	w.at(on, "retire targets of "+st.d.code, func(ctx context.Context) error {
		for _, kind := range []string{"ITB/", "ETO/"} {
			_, err := w.s.RetireTarget(ctx, w.manager, workflow.TargetRetirement{AgreementID: st.d.agreement, TargetID: st.d.targets[kind+st.lines[1].template.aim],
				RetiredOn: on, Reason: "What it is measured by is no longer collected; the agreement's other targets stand."})
			if err != nil {
				return err
			}
		}
		return nil
	})
}
