package demo

import (
	"context"
	"encoding/json"

	"earmark/models"
	"earmark/workflow"
)

// award is one participating agency of the state's grant while it is built.
type award struct {
	id                 string // of the organization
	preparer, official models.Actor
	drawdowns          []models.Drawdown
}

// stateAward gives a participating agency its share of the state's grant: the part of the
// first project year is released, that of the second is held, with every reason. What the
// state reports of its measures is invented; their years are those that the program prints.
func (w *world) stateAward() {
	a := &award{}
	w.at("2026-02-04", "allocate to a participating agency", func(ctx context.Context) error { return w.participate(ctx, a) })
	w.at("2026-02-05", "approve the agency's scope of work", func(ctx context.Context) error { return w.scope(ctx, a) })
	w.at("2026-02-24", "release a drawdown", func(ctx context.Context) error {
		asked, err := w.draw(ctx, a.official, a.drawdowns[0], "request")
		if err == nil {
			_, err = w.draw(ctx, w.fiscals[1], asked, "release")
		}
		return err
	})
	w.at("2026-03-03", "report measures", w.reportMeasures)
	w.at("2026-04-14", "open an enforcement case", func(ctx context.Context) error {
		record, err := w.s.CreateRecord(ctx, w.manager, workflow.CreateRecord{GrantYearID: w.stateYear, RecordKind: "lea_enforcement", OrganizationID: a.id,
			Fields: workflow.RecordFields{"finding": json.RawMessage(`"Two milestones of the scope of work were not met (synthetic)."`),
				"collaborative_on": json.RawMessage(`"2026-03-10"`), "action": json.RawMessage(`"reimbursement_payment_status"`)}})
		if err == nil {
			_, err = w.s.TransitionRecord(ctx, w.manager, workflow.TransitionRecord{ID: record.ID, Event: "submit"})
		}
		return err
	})
	w.at("2026-04-15", "ask for a drawdown that is held", func(ctx context.Context) error {
		_, err := w.draw(ctx, a.official, a.drawdowns[1], "request")
		return err
	})
}

func (w *world) participate(ctx context.Context, a *award) (err error) {
	if _, err = w.s.ImportOrganizations(ctx, w.analyst, workflow.OrganizationFile{Source: "Synthetic", FileName: "demo-participants.csv",
		Content: []byte("kind,code,name,parent_code,subtype\ndistrict,DL-1,Sumac Landing Schools (synthetic),,traditional\n")}); err != nil {
		return err
	}
	if a.id, err = w.organization(ctx, models.KindDistrict, "DL-1"); err != nil {
		return err
	}
	if a.preparer, err = w.create(ctx, Account{Role: models.RolePreparer, Name: "Cleo Demo-Preparer Sumac", Email: "preparer-sumac@demo.example"}, a.id); err != nil {
		return err
	}
	if a.official, err = w.create(ctx, Account{Role: models.RoleAuthorizedOfficial, Name: "Dev Demo-Official Sumac", Email: "official-sumac@demo.example"}, a.id); err != nil {
		return err
	}
	if _, err = w.s.ImportFacts(ctx, w.analyst, workflow.FactFile{ProgramCode: stateProgram, Year: 2024, Source: "Synthetic", FileName: "demo-title-i.csv",
		Content: []byte("kind,code,participation,title_i_regular,title_i_arra\ndistrict,DL-1,participating,120000000,60000000\n")}); err != nil {
		return err
	}
	run, err := w.s.RunAllocation(ctx, w.analyst, workflow.NewAllocationRun{GrantYearID: w.stateYear, FactsYear: 2024, Label: "Participating agencies (synthetic)"})
	if err == nil {
		_, err = w.s.TransitionAllocationRun(ctx, w.manager, workflow.AllocationRunTransition{ID: run.ID, Event: "publish"})
	}
	return err
}

// scope brings the agency's application in force, which lays out its drawdowns.
func (w *world) scope(ctx context.Context, a *award) error {
	app, err := w.s.CreateApplication(ctx, a.preparer, workflow.CreateApplication{GrantYearID: w.stateYear, OrganizationID: a.id})
	if err != nil {
		return err
	}
	view, err := w.s.Application(ctx, a.preparer, app.ID)
	if err != nil {
		return err
	}
	rev := view.Revisions[0]
	if _, err = w.s.SaveLineItem(ctx, a.preparer, workflow.SaveLineItem{RevisionID: rev.ID, Version: rev.Version, CostKind: "other",
		Description: "Scope of work of the participating agency", Costs: []workflow.CostInput{{AmountCents: app.AllocationCents}}}); err != nil {
		return err
	}
	if _, err = w.s.OpenException(ctx, w.manager, workflow.OpenException{ID: app.ID, Until: "2026-03-31", Comment: "The program prints no window."}); err != nil {
		return err
	}
	if _, err = w.s.TransitionRevision(ctx, a.official, workflow.TransitionRevision{ID: rev.ID, Event: "submit"}); err != nil {
		return err
	}
	w.clock.tick()
	if _, err = w.s.TransitionRevision(ctx, w.manager, workflow.TransitionRevision{ID: rev.ID, Event: "approve"}); err != nil {
		return err
	}
	a.drawdowns, err = w.s.Drawdowns(ctx, w.manager, workflow.ListDrawdowns{ApplicationID: app.ID})
	return err
}

func (w *world) draw(ctx context.Context, who models.Actor, d models.Drawdown, event string) (models.Drawdown, error) {
	w.clock.tick()
	return w.s.TransitionDrawdown(ctx, who, workflow.TransitionDrawdown{ID: d.ID, Version: d.Version, Event: event})
}

// reportMeasures leaves one target met, one missed and then corrected, one not collected,
// and the others not reported.
func (w *world) reportMeasures(ctx context.Context) error {
	const printed = "Annual report (synthetic)"
	var last workflow.MeasureResultDetail
	for _, in := range []workflow.NewMeasureResult{
		{Measure: "d2ii_principals", Year: "2011-12", Numerator: "18", Denominator: "82"},
		{Measure: "d2i_growth", Year: "2012-13", NotCollected: "The new assessment was given to no grade yet (synthetic)."},
		{Measure: "d2ii_teachers", Year: "2011-12", Numerator: "14", Denominator: "82"},
	} {
		w.clock.tick()
		in.GrantYearID, in.Source = w.stateYear, printed
		var err error
		if last, err = w.s.ReportMeasure(ctx, w.evaluation, in); err != nil {
			return err
		}
	}
	w.clock.tick()
	_, err := w.s.CorrectMeasureResult(ctx, w.evaluation, workflow.CorrectMeasureResult{ID: last.ID, Numerator: "17", Denominator: "82", Source: printed,
		Reason: "Three agencies had reported late (synthetic)."})
	return err
}

func (c *counting) watched() error {
	results, err := every(func(after string) ([]workflow.MeasureResultDetail, error) {
		return c.s.MeasureResults(c.ctx, reader, workflow.ListMeasureResults{After: after, Limit: workflow.MaxPage})
	}, func(r workflow.MeasureResultDetail) string { return r.ID })
	if err != nil {
		return err
	}
	c.MeasureResults = by(results, func(r workflow.MeasureResultDetail) string {
		switch {
		case r.Superseded:
			return "superseded"
		case r.NotCollected != "":
			return "not_collected"
		}
		return "in_force"
	})
	drawdowns, err := every(func(after string) ([]models.Drawdown, error) {
		return c.s.Drawdowns(c.ctx, reader, workflow.ListDrawdowns{After: after, Limit: workflow.MaxPage})
	}, func(d models.Drawdown) string { return d.ID })
	c.Drawdowns = by(drawdowns, func(d models.Drawdown) string { return string(d.Status) })
	c.HoldReasons = map[string]int{}
	for _, d := range drawdowns {
		if d.Status != workflow.StatusHeld {
			continue
		}
		for _, r := range workflow.HoldReasons(d) {
			c.HoldReasons[r.Code]++
		}
	}
	return err
}
