package workflow

import (
	"fmt"

	"earmark/models"
	"earmark/store"
)

var activityColumns = []models.ReportColumn{colDistrictCode, colDistrictName, colUseCode, colUseTitle,
	colText("activity", "Activity", "Of the plan; where the application names none, the line's description."),
	colCount("line_count", "Lines", "Lines of the activity."), colApproved, colSpent}

// legislature is the annual report on activities funded and the effect on achievement.
func (p *reportMaker) legislature() error {
	if err := p.measured(); err != nil {
		return err
	}
	sum, err := store.ProgramUtilizations(p.reader, p.year.ID, p.query.On, p.query.On)
	if err != nil {
		return err
	}
	p.out.ReportTable.Title = "Dollars by use category"
	p.out.Text = p.appropriated(sum)
	p.out.Columns = categoryColumns
	p.out.Rows = p.entitled(p.reader.ReportCategories(categoryColumns, p.query), categoryColumns)
	districts := models.ReportTable{Name: "districts", Title: "Utilization by recipient", Columns: rateOver(publicColumns, p.query.RateOf), Rows: p.publicDistricts()}
	districts.Notes = []string{"Rate: " + rateWords[p.query.RateOf] + ". " + cited(p.def.Utilization.Cite)}
	activities := models.ReportTable{Name: "activities", Title: "Activities funded", Columns: activityColumns}
	activities.Rows = p.entitled(p.reader.ReportActivities(activityColumns, p.query), activityColumns)
	effect, err := p.effects()
	if err != nil {
		return err
	}
	p.out.Sections = []models.ReportTable{districts, activities, effect}
	if p.def.Progress != nil {
		progress, err := p.progressTable(progressSummary)
		if err != nil {
			return err
		}
		p.out.Sections = append(p.out.Sections, progress)
	} else if p.in.Year != 0 {
		return p.noProgress()
	}
	return p.minimum()
}

// appropriated says where the money came from and how far it got, with the figures of the night.
func (p *reportMaker) appropriated(sum []models.ProgramUtilization) []string {
	var out []string
	if v, ok := p.params.Cents("appropriation"); ok {
		basis := ""
		if x, _ := p.params.Get("appropriation"); x.Basis == "assumption" {
			basis = " (an assumption)"
		}
		out = append(out, fmt.Sprintf("For %s, %s was appropriated%s. %s", p.year.Title, v, basis, cited(p.def.Authority.Citation)))
	}
	for _, u := range sum {
		line := fmt.Sprintf("By %s, %s had been allocated; %d recipients had applications with %d lines in force, %s was approved, %s paid and %s spent",
			u.AsOf, u.AllocationCents, u.ApplicationCount, u.LineCount, u.ApprovedCents, u.PaidCents, u.SpentCents)
		if u.RateBP != nil {
			line += fmt.Sprintf(": %s %% %s", models.Hundredths(*u.RateBP), rateWords[p.query.RateOf])
		}
		out = append(out, line+".")
	}
	return out
}
