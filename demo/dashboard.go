package demo

import (
	"context"

	"earmark/models"
	"earmark/workflow"
)

// supportProgram gives support and no money. Its agencies stand in one invented county;
// colours and names are synthetic.
const supportProgram = "ca-differentiated-assistance"

const supportPlaces = "kind,code,name,parent_code,subtype,county\n" +
	"district,CA-01,Quartz Hollow Unified (synthetic),,traditional,Sagebrush\n" +
	"district,CA-02,Lupine Valley Elementary (synthetic),,traditional,Sagebrush\n" +
	"district,CA-03,Larkspur Joint Unified (synthetic),,traditional,Sagebrush\n" +
	"district,CA-04,Sagebrush County Office (synthetic),,county_office,Sagebrush\n" +
	"district,CA-05,Manzanita Charter (synthetic),,charter,Sagebrush\n"

// Two years of the Dashboard: one agency leaves, one comes in, and one for local indicators
// alone.
const supportFacts = "kind,code,group,year,ela,math,el_progress,graduation,chronic_absence,suspension,college_career,basics,parents\n" +
	"district,CA-01,hispanic,2024,red,red,,orange,red,red,red,,\ndistrict,CA-01,white,2024,yellow,green,,green,yellow,green,green,,\n" +
	"district,CA-01,hispanic,2025,red,orange,,yellow,yellow,red,orange,,\ndistrict,CA-01,white,2025,green,green,,green,green,green,green,,\n" +
	"district,CA-02,english_learners,2024,orange,red,red,,red,yellow,,,\ndistrict,CA-02,low_income,2024,orange,orange,,,yellow,orange,,,\n" +
	"district,CA-02,english_learners,2025,orange,orange,yellow,,red,yellow,,,\ndistrict,CA-02,low_income,2025,yellow,orange,,,yellow,yellow,,,\n" +
	"district,CA-03,,2024,,,,,,,,not_met,not_met\ndistrict,CA-03,,2025,,,,,,,,not_met,not_met\ndistrict,CA-03,white,2025,green,yellow,,green,green,blue,green,,\n" +
	"district,CA-04,homeless,2025,red,red,,red,red,orange,red,,\n" +
	"district,CA-05,hispanic,2024,yellow,red,,,green,red,,,\ndistrict,CA-05,hispanic,2025,yellow,orange,,,green,red,,,\n"

// support imports the Dashboard, determines, lets agencies preview and publishes.
func (w *world) support() {
	var run models.DeterminationRun
	w.at("2025-11-17", "import the Dashboard and determine", func(ctx context.Context) error {
		if _, err := w.s.ImportOrganizations(ctx, w.analyst, workflow.OrganizationFile{Source: source, FileName: "demo-agencies.csv", Content: []byte(supportPlaces)}); err != nil {
			return err
		}
		if _, err := w.s.ImportFacts(ctx, w.analyst, workflow.FactFile{ProgramCode: supportProgram, Source: source, FileName: "demo-dashboard.csv", Content: []byte(supportFacts)}); err != nil {
			return err
		}
		gy, err := w.s.CreateGrantYear(ctx, w.analyst, workflow.CreateGrantYear{ProgramCode: supportProgram, FiscalYear: 2026})
		if err != nil {
			return err
		}
		if _, err = w.s.TransitionGrantYear(ctx, w.manager, workflow.GrantYearTransition{ID: gy.ID, Event: "open"}); err != nil {
			return err
		}
		if run, err = w.s.RunDeterminations(ctx, w.analyst, workflow.NewDeterminationRun{GrantYearID: gy.ID, FactsYear: 2025, Label: "Dashboard of 2025 (synthetic facts)"}); err != nil {
			return err
		}
		_, err = w.s.TransitionDeterminationRun(ctx, w.analyst, workflow.DeterminationRunTransition{ID: run.ID, Event: "preview"})
		return err
	})
	w.at("2025-12-01", "publish the determinations", func(ctx context.Context) error {
		_, err := w.s.TransitionDeterminationRun(ctx, w.manager, workflow.DeterminationRunTransition{ID: run.ID, Event: "publish", Comment: "Every agency has seen its own."})
		return err
	})
}

// determinations counts what is published, by level.
func (c *counting) determinations() error {
	report, err := c.s.PublicDeterminations(c.ctx, supportProgram, 0, "")
	if err != nil {
		return err
	}
	c.Determinations = by(report.Rows, func(d models.DeterminationResult) string { return d.LevelTitle })
	return nil
}
