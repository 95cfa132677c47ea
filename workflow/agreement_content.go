package workflow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// AgreementContent is everything that the rules of an agreement look at.
type AgreementContent struct {
	models.Agreement
	Goals      []models.Goal
	Targets    []models.Target
	Strategies []models.Strategy
	Activities []models.Activity
	Waivers    []models.GateWaiver
	Decided    *models.TermDecision // that holds
}

// agreementContent loads an agreement with its children.
func agreementContent(r store.Reading, id string) (c AgreementContent, err error) {
	if c.Agreement, err = store.Get[models.Agreement](r, id); err != nil {
		return c, err
	}
	of := store.Eq{"agreement_id": id}
	if c.Goals, err = store.All[models.Goal](r, of, "number"); err != nil {
		return c, err
	}
	if c.Targets, err = store.All[models.Target](r, of, "goal_id", "id"); err != nil {
		return c, err
	}
	if c.Strategies, err = store.All[models.Strategy](r, of, "number"); err != nil {
		return c, err
	}
	if c.Waivers, err = store.All[models.GateWaiver](r, of, "grant_year_id", "finding"); err != nil {
		return c, err
	}
	held, err := store.All[models.TermDecision](r, store.Eq{"agreement_id": id, "status": string(StatusDecided)})
	if err != nil {
		return c, err
	}
	if len(held) > 0 {
		c.Decided = &held[0]
	}
	if c.Activities, err = store.All[models.Activity](r, of, "number"); err != nil || len(c.Activities) == 0 {
		return c, err
	}
	return c, served(r, c.Activities)
}

// View is the agreement as conditions see it; nil without an agreement.
func (c *AgreementContent) View() *programs.AgreementView {
	if c == nil {
		return nil
	}
	v := &programs.AgreementView{Cohort: c.Cohort, AssignedOn: string(c.AssignedOn), NeedsApprovedOn: string(c.NeedsApprovedOn), TermStart: string(c.TermStart),
		TermEnd: string(c.TermEnd), SignedOn: string(c.SignedOn), Signed: c.Status != StatusDraft, Goals: int64(len(c.Goals)), NotApplicable: NotApplicable(c.Agreement)}
	if d := c.Decided; d != nil {
		v.Decided, v.Exits, v.MeasureRequired, v.MustImpose, v.Reconstitution, v.LatestSchoolYear = true, d.Exits, d.Required, d.MustImpose, d.Reconstitution, int64(d.LatestSchoolYear)
	}
	for _, t := range c.Targets {
		if t.RetiredOn.IsZero() {
			v.Targets = append(v.Targets, programs.TargetView{Code: t.Code, Kind: string(t.TargetKind), Type: t.TargetType, Source: t.Source, Unit: t.Unit,
				Baseline: int64(t.Baseline), GoalValue: int64(t.Goal), DueOn: string(t.DueOn), HasSchool: t.SchoolID != nil})
		}
	}
	for _, g := range c.goalViews() {
		v.Strategies += g.Strategies
		v.Activities += g.Activities
	}
	return v
}

// goalViews are the goals as conditions see them, with what serves each.
func (c *AgreementContent) goalViews() []programs.GoalView {
	out, at, under := make([]programs.GoalView, len(c.Goals)), map[string]int{}, map[string]string{}
	for i, g := range c.Goals {
		out[i] = programs.GoalView{Number: int64(g.Number), Title: g.Title, Area: g.Area, Reference: g.Reference}
		at[g.ID] = i
	}
	for _, t := range c.Targets {
		if i, known := at[t.GoalID]; known && t.RetiredOn.IsZero() {
			out[i].Targets++
		}
	}
	for _, x := range c.Strategies {
		if i, known := at[x.GoalID]; known && !x.Dropped {
			out[i].Strategies++
			under[x.ID] = x.GoalID
		}
	}
	for _, x := range c.Activities {
		if i, known := at[under[x.StrategyID]]; known && x.Status != models.ActivityDropped {
			out[i].Activities++
		}
	}
	return out
}

// NotApplicable are the required types of target that an agreement does without.
func NotApplicable(a models.Agreement) []string {
	types := []string{}
	if json.Unmarshal([]byte(a.NotApplicable), &types) != nil {
		return []string{} // none was named yet
	}
	return types
}

// agreementOf finds the agreement that a new record belongs to: the one that is named, or
// the only one of the organization that is not over.
func agreementOf(tx *store.Tx, def *programs.Definition, k *programs.RecordKind, o models.Organization, named string) (*string, error) {
	wrong := func(detail, fix string) error { return models.Field("/agreement_id", "record.agreement", detail, fix) }
	if k.Agreement == nil {
		if named != "" {
			return nil, wrong(fmt.Sprintf("A %s belongs to no agreement.", k.Title), "Leave it out.")
		}
		return nil, nil //nolint:nilnil // no agreement, and none wanted
	}
	owner := o.ID
	if o.OrgKind == models.KindSchool && o.ParentID != nil {
		owner = *o.ParentID
	}
	all, err := store.All[models.Agreement](tx, store.Eq{"organization_id": owner, "program_code": def.Code}, "assigned_on", "id")
	if err != nil {
		return nil, err
	}
	if named != "" {
		i := slices.IndexFunc(all, func(a models.Agreement) bool { return a.ID == named })
		switch {
		case i < 0:
			return nil, wrong("The organization has no such agreement under this program.", "Give the id of one of its agreements, or none when it has only one.")
		case all[i].Status == StatusEnded && k.Agreement.Settles != "":
			return nil, wrong("This agreement is over.", "Give the id of one that is not.")
		}
		return &all[i].ID, nil
	}
	living := slices.DeleteFunc(all, func(a models.Agreement) bool { return a.Status == StatusEnded })
	switch len(living) {
	case 1:
		return &living[0].ID, nil
	case 0:
		return nil, wrong(fmt.Sprintf("A %s belongs to an agreement, and the organization has none under this program that is not over.", k.Title), "Have the office draft the agreement first, or give the agreement_id of one that is over.")
	}
	ids := make([]string, len(living))
	for i, a := range living {
		ids[i] = a.Cohort + " (" + a.ID + ")"
	}
	return nil, wrong(fmt.Sprintf("The organization has %d agreements under this program: %s.", len(living), strings.Join(ids, ", ")), "Say with agreement_id which one it belongs to.")
}
