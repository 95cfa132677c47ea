package demo

import (
	"context"
	"encoding/json"

	"earmark/models"
	"earmark/workflow"
)

// needsAssessment is written by the district and approved by the office.
func (w *world) needsAssessment(ctx context.Context, d *district, a dates) error {
	marks := map[string]workflow.RecordChecklist{}
	for _, part := range []string{"area_of_inquiry", "data_discovery", "initiative_inventory", "gap_analysis", "data_story", "root_causes", "challenge"} {
		marks[part] = workflow.RecordChecklist{Done: true, Evidence: "Improvement plan of the district", On: a.needs}
	}
	id, err := w.handIn(ctx, d, a, "needs_assessment", `{"areas": ["Reading in the first grades", "Attendance"]}`, marks)
	if err != nil {
		return err
	}
	return w.takeRecord(ctx, w.manager, workflow.TransitionRecord{ID: id, Event: "approve"})
}

// finalAgreement is handed in by the district, reviewed by liaison and office, and signed.
func (w *world) finalAgreement(ctx context.Context, d *district, a dates) error {
	fields := `{"measures": [{"kind": "Less autonomy of the schools in budget and staffing", "reconstitution": false}, {"kind": "Reconstitution of the school", "reconstitution": true}]}`
	if d.n%6 == 2 {
		fields = `{"measures": [{"kind": "Reconstitution of the school", "reconstitution": true}]}`
	}
	id, err := w.handIn(ctx, d, a, "final_agreement", fields, map[string]workflow.RecordChecklist{"assurances": {Done: true, On: a.signed}, "resource_review": {Done: true, On: a.signed}})
	if err != nil {
		return err
	}
	sign := func(party, name string) workflow.TransitionRecord {
		return workflow.TransitionRecord{ID: id, Event: "sign", Party: party, SignerName: name, SignedOn: a.signed}
	}
	for _, x := range []struct {
		who models.Actor
		in  workflow.TransitionRecord
	}{
		{d.pal, workflow.TransitionRecord{ID: id, Event: "approve"}}, {w.manager, workflow.TransitionRecord{ID: id, Event: "approve"}},
		{d.officials[0], sign("superintendent", d.officials[0].Name)}, {w.manager, sign("office", w.manager.Name)},
	} {
		if err := w.takeRecord(ctx, x.who, x.in); err != nil {
			return err
		}
	}
	return nil
}

// handIn writes a record of the district's agreement and submits it.
func (w *world) handIn(ctx context.Context, d *district, a dates, kind, fields string, marks map[string]workflow.RecordChecklist) (string, error) {
	var values workflow.RecordFields
	if err := json.Unmarshal([]byte(fields), &values); err != nil {
		return "", err
	}
	v, err := w.s.CreateRecord(ctx, d.preparer, workflow.CreateRecord{GrantYearID: a.year.id, RecordKind: kind, OrganizationID: d.id, AgreementID: d.agreement, Fields: values})
	if err != nil {
		return "", err
	}
	w.clock.tick()
	if _, err = w.s.UpdateRecord(ctx, d.preparer, workflow.UpdateRecord{ID: v.ID, Checklist: marks}); err != nil {
		return "", err
	}
	return v.ID, w.takeRecord(ctx, d.officials[0], workflow.TransitionRecord{ID: v.ID, Event: "submit"})
}

func (w *world) takeRecord(ctx context.Context, who models.Actor, in workflow.TransitionRecord) error {
	w.clock.tick()
	_, err := w.s.TransitionRecord(ctx, who, in)
	return err
}

// changePlan drops an activity of a signed agreement and puts another in its place.
func (w *world) changePlan(d *district, on models.Date) {
	w.at(on, "change an activity of "+d.code, func(ctx context.Context) error {
		detail, err := w.s.Agreement(ctx, d.preparer, d.agreement)
		if err != nil {
			return err
		}
		old := detail.Activities[1]
		fields := workflow.ActivityFields{StrategyID: old.StrategyID, Title: old.Title, Responsible: old.Responsible, StartsOn: old.StartsOn, EndsOn: old.EndsOn,
			Funded: old.Funded, TargetIDs: old.TargetIDs, Status: models.ActivityDropped, Reason: "Weekly visits reached too few families."}
		if _, err = w.s.UpdateActivity(ctx, d.preparer, workflow.UpdateActivity{AgreementID: d.agreement, ActivityID: old.ID, ActivityFields: fields}); err != nil {
			return err
		}
		fields.Title, fields.Status, fields.StartsOn = "Bus routes and a message to families on the morning of every absence", models.ActivityUnderWay, on
		_, err = w.s.AddActivity(ctx, d.preparer, workflow.AddActivity{AgreementID: d.agreement, ActivityFields: fields})
		return err
	})
}
