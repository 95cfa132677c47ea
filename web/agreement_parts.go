package web

import (
	"slices"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

// partOf is what a form of a part of an agreement needs: the agreement, and where it stands.
type partOf struct {
	a     workflow.AgreementDetail
	place agreementPlace
	part  string // its identifier; "new"
	back  string
}

func (w *Web) partOf(r *request) (partOf, error) {
	p := partOf{part: r.Param("part"), back: "/agreements/" + r.id()}
	var err error
	if p.a, err = r.s.Agreement(r.ctx(), r.who, r.id()); err != nil {
		return p, err
	}
	p.place, err = w.agreementPlace(r, p.a)
	return p, err
}

// page is the page of a form of a part.
func (p partOf) page(r *request, added, changed string) Page {
	title := changed
	if p.part == "new" {
		title = added
	}
	return Page{Title: title, Section: "/agreements", Crumbs: p.place.crumbs}
}

func (p partOf) signed() bool { return p.a.Status != workflow.StatusDraft }

// saved shows both versions when somebody else changed the agreement meanwhile.
func (p partOf) saved(f *Form, now any) {
	if !stale(f) {
		return
	}
	if now == nil {
		f.Version = p.a.Version
		return
	}
	f.against(p.a.Version, now)
}

func notThere() error {
	return models.Fail(models.NotFound, "not_found", "There is no such document, or you may not see it.")
}

// removal asks before a part is taken off a draft.
func (p partOf) removal(r *request, at, question string) []Confirm {
	if p.part == "new" || p.signed() {
		return nil
	}
	return []Confirm{newConfirm(r.t("Remove"), question, r.t("The history of the agreement keeps what it said."), r.t("Yes, remove it"), at+"/removal", "remove", p.a.Version).Dangerous()}
}

// removed takes a part off and goes back to the agreement.
func (w *Web) removed(r *request, do func(version int64) error) error {
	f, ok := r.sent(r.Request.URL.Path, nil)
	if ok {
		err := do(f.Version)
		if err == nil {
			return r.done("/agreements/"+r.id(), "Removed.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showAgreement(r, f)
}

func (p partOf) goal() (models.Goal, error) {
	i := slices.IndexFunc(p.a.Goals, func(g models.Goal) bool { return g.ID == p.part })
	if p.part == "new" {
		return models.Goal{}, nil
	}
	if i < 0 {
		return models.Goal{}, notThere()
	}
	return p.a.Goals[i], nil
}

func goalFields(g models.Goal) workflow.GoalFields {
	return workflow.GoalFields{Title: g.Title, Area: g.Area, Reference: g.Reference}
}

func (w *Web) goalForm(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	g, err := p.goal()
	if err != nil {
		return err
	}
	return w.askGoal(r, p, r.form(p.back+"/goals/"+p.part, p.a.Version, goalFields(g)))
}

func (w *Web) askGoal(r *request, p partOf, f *Form) error {
	return r.ask(p.page(r, r.t("Add a goal"), r.t("Change a goal")), fieldsBody{Form: f, Button: r.t("Save"), Cancel: p.back + "#goals",
		Fields: []Field{f.Area("title", r.t("Goal")).Needed().Lines(2).AtMost(300).Hinted(r.t("What shall be better, for whom.")),
			f.Text("area", r.t("Area")).Needed().AtMost(120).Hinted(r.t("Such as Student Achievement, or Systems.")),
			f.Text("reference", r.t("Goal of the improvement plan")).AtMost(200).Hinted(r.t("Its number or name there, such as in MICIP."))},
		Steps: p.removal(r, p.back+"/goals/"+p.part, r.t("Remove this goal?"))})
}

func (w *Web) saveGoal(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	var in workflow.GoalFields
	f, ok := r.sent(p.back+"/goals/"+p.part, &in)
	if ok {
		if p.part == "new" {
			_, err = r.s.AddGoal(r.ctx(), r.who, workflow.AddGoal{AgreementID: p.a.ID, Version: f.Version, GoalFields: in})
		} else {
			_, err = r.s.UpdateGoal(r.ctx(), r.who, workflow.UpdateGoal{AgreementID: p.a.ID, GoalID: p.part, Version: f.Version, GoalFields: in})
		}
		if err == nil {
			return r.done(p.back+"#goals", "Saved.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	if g, err := p.goal(); err == nil && p.part != "new" {
		p.saved(f, goalFields(g))
	} else {
		p.saved(f, nil)
	}
	return w.askGoal(r, p, f)
}

func (w *Web) removeGoal(r *request) error {
	return w.removed(r, func(version int64) error {
		_, err := r.s.RemoveGoal(r.ctx(), r.who, workflow.RemoveGoal{AgreementID: r.id(), GoalID: r.Param("part"), Version: version})
		return err
	})
}

func (p partOf) goals() []Option {
	out := make([]Option, len(p.a.Goals))
	for i, g := range p.a.Goals {
		out[i] = Option{Value: g.ID, Text: strconv.Itoa(g.Number) + ". " + g.Title}
	}
	return out
}

func (p partOf) strategy() (models.Strategy, error) {
	i := slices.IndexFunc(p.a.Strategies, func(x models.Strategy) bool { return x.ID == p.part })
	if p.part == "new" {
		return models.Strategy{}, nil
	}
	if i < 0 {
		return models.Strategy{}, notThere()
	}
	return p.a.Strategies[i], nil
}

func strategyFields(x models.Strategy) workflow.StrategyFields {
	return workflow.StrategyFields{GoalID: x.GoalID, Title: x.Title, Reference: x.Reference, Dropped: x.Dropped}
}

func (w *Web) strategyForm(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	x, err := p.strategy()
	if err != nil {
		return err
	}
	in := strategyFields(x)
	if p.part == "new" {
		in.GoalID = r.Query("goal_id")
	}
	return w.askStrategy(r, p, r.form(p.back+"/strategies/"+p.part, p.a.Version, in))
}

func (w *Web) askStrategy(r *request, p partOf, f *Form) error {
	fields := []Field{f.Select("goal_id", r.t("Goal"), p.goals()).Needed(),
		f.Area("title", r.t("Strategy")).Needed().Lines(2).AtMost(500).Hinted(r.t("How the goal is to be reached.")),
		f.Text("reference", r.t("Strategy of the improvement plan")).AtMost(200)}
	if p.part != "new" && p.signed() {
		fields = append(fields, f.Check("dropped", r.t("It is dropped")).Hinted(r.t("It stays readable. Its activities must be done or dropped first.")))
	}
	return r.ask(p.page(r, r.t("Add a strategy"), r.t("Change a strategy")), fieldsBody{Form: f, Button: r.t("Save"), Cancel: p.back + "#goals",
		Fields: p.withReason(r, f, fields, r.t("Why the strategy changes")), Steps: p.removal(r, p.back+"/strategies/"+p.part, r.t("Remove this strategy?"))})
}

// withReason asks for the reason that a change of a signed agreement needs.
func (p partOf) withReason(r *request, f *Form, fields []Field, label string) []Field {
	if !p.signed() {
		return fields
	}
	return append(fields, f.Area("reason", label).Lines(2).AtMost(4000).Hinted(r.t("The agreement is signed: the change is kept with its reason, and both sides are told. That an activity is under way or done needs none.")))
}

func (w *Web) saveStrategy(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	var in workflow.StrategyFields
	f, ok := r.sent(p.back+"/strategies/"+p.part, &in)
	if ok {
		if p.part == "new" {
			_, err = r.s.AddStrategy(r.ctx(), r.who, workflow.AddStrategy{AgreementID: p.a.ID, Version: f.Version, StrategyFields: in})
		} else {
			_, err = r.s.UpdateStrategy(r.ctx(), r.who, workflow.UpdateStrategy{AgreementID: p.a.ID, StrategyID: p.part, Version: f.Version, StrategyFields: in})
		}
		if err == nil {
			return r.done(p.back+"#goals", "Saved.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	if x, err := p.strategy(); err == nil && p.part != "new" {
		p.saved(f, strategyFields(x))
	} else {
		p.saved(f, nil)
	}
	return w.askStrategy(r, p, f)
}

func (w *Web) removeStrategy(r *request) error {
	return w.removed(r, func(version int64) error {
		_, err := r.s.RemoveStrategy(r.ctx(), r.who, workflow.RemoveStrategy{AgreementID: r.id(), StrategyID: r.Param("part"), Version: version})
		return err
	})
}

func (p partOf) activity() (models.Activity, error) {
	i := slices.IndexFunc(p.a.Activities, func(x models.Activity) bool { return x.ID == p.part })
	if p.part == "new" {
		return models.Activity{Status: models.ActivityPlanned}, nil
	}
	if i < 0 {
		return models.Activity{}, notThere()
	}
	return p.a.Activities[i], nil
}

func activityFields(x models.Activity) workflow.ActivityFields {
	return workflow.ActivityFields{StrategyID: x.StrategyID, Title: x.Title, Responsible: x.Responsible, StartsOn: x.StartsOn, EndsOn: x.EndsOn, Status: x.Status, Funded: x.Funded, TargetIDs: x.TargetIDs}
}

func (w *Web) activityForm(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	x, err := p.activity()
	if err != nil {
		return err
	}
	in := activityFields(x)
	if p.part == "new" {
		in.StrategyID = r.Query("strategy_id")
	}
	return w.askActivity(r, p, r.form(p.back+"/activities/"+p.part, p.a.Version, in))
}

func (w *Web) askActivity(r *request, p partOf, f *Form) error {
	var strategies, targets []Option
	for _, s := range p.a.Strategies {
		strategies = append(strategies, Option{Value: s.ID, Text: strconv.Itoa(s.Number) + ". " + s.Title})
	}
	for _, t := range p.a.Targets {
		targets = append(targets, Option{Value: t.ID, Text: t.Code + ": " + t.Measure})
	}
	fields := []Field{f.Select("strategy_id", r.t("Strategy"), strategies).Needed(), f.Area("title", r.t("Activity")).Needed().Lines(3).AtMost(1000),
		f.Text("responsible", r.t("Who sees to it")).AtMost(200), f.Date("starts_on", r.t("Starts on")), f.Date("ends_on", r.t("Ends on")),
		f.Select("status", r.t("How far it is"), r.states("planned", "under_way", "done", "dropped")).Needed(),
		f.Check("funded", r.t("Money of the program is planned for it"))}
	if len(targets) > 0 {
		fields = append(fields, f.Checks("target_ids", r.t("Targets that it serves"), targets))
	}
	return r.ask(p.page(r, r.t("Add an activity"), r.t("Change an activity")), fieldsBody{Form: f, Button: r.t("Save"), Cancel: p.back + "#goals",
		Fields: p.withReason(r, f, fields, r.t("Why the activity changes")), Steps: p.removal(r, p.back+"/activities/"+p.part, r.t("Remove this activity?"))})
}

func (w *Web) saveActivity(r *request) error {
	p, err := w.partOf(r)
	if err != nil {
		return err
	}
	var in workflow.ActivityFields
	f, ok := r.sent(p.back+"/activities/"+p.part, &in)
	if ok {
		if p.part == "new" {
			_, err = r.s.AddActivity(r.ctx(), r.who, workflow.AddActivity{AgreementID: p.a.ID, Version: f.Version, ActivityFields: in})
		} else {
			_, err = r.s.UpdateActivity(r.ctx(), r.who, workflow.UpdateActivity{AgreementID: p.a.ID, ActivityID: p.part, Version: f.Version, ActivityFields: in})
		}
		if err == nil {
			return r.done(p.back+"#goals", "Saved.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	if x, err := p.activity(); err == nil && p.part != "new" {
		p.saved(f, activityFields(x))
	} else {
		p.saved(f, nil)
	}
	return w.askActivity(r, p, f)
}

func (w *Web) removeActivity(r *request) error {
	return w.removed(r, func(version int64) error {
		_, err := r.s.RemoveActivity(r.ctx(), r.who, workflow.RemoveActivity{AgreementID: r.id(), ActivityID: r.Param("part"), Version: version})
		return err
	})
}
