package e2e

import (
	"fmt"
	"testing"

	"earmark/app"
	"earmark/models"
)

// office is a world with one grant year, one district with a signed agreement and an
// allocation of 400,000.00, and one person for every role.
type office struct {
	*world
	district, school, neighbour string
	year, agreement, itb, eto   string
}

// days are the dates around a fiscal year's application window.
type days struct {
	fiscalYear                        int
	assigned, approved, signed, today models.Date
}

var (
	in2026 = days{2026, "2025-09-01", "2025-11-20", "2025-12-01", "2026-01-05"}
	in2025 = days{2025, "2024-06-03", "2024-08-20", "2024-09-03", "2024-09-20"}
)

// givenOffice starts inside the application window.
func givenOffice(t *testing.T, d days, settings ...func(*app.Config)) *office {
	t.Helper()
	o := &office{world: given(t, d.today, settings...)}
	o.office()
	analyst, manager := o.as("analyst"), o.as("manager")
	analyst.post(importOrganizations, []byte(`kind,code,name,parent_code,subtype
district,61010,Alder Falls (synthetic),,traditional
school,00101,Alder Elementary (synthetic),61010,
district,61020,Birch Bay (synthetic),,traditional
school,00201,Birch Elementary (synthetic),61020,
`))
	analyst.post(fmt.Sprintf("/fact_imports?program_code=mi-21h&year=%d&file_name=facts.csv&source=Synthetic", d.fiscalYear-1),
		[]byte("code,identification,reasons,index,pupils\n00101,CSI,bottom_5,25,300\n00201,TSI,,60,200\n"))
	for _, org := range analyst.list("/organizations") {
		switch org.text("code") {
		case "61010":
			o.district = org.id()
		case "61020":
			o.neighbour = org.id()
		case "00101":
			o.school = org.id()
		}
	}
	o.has("preparer", models.RolePreparer, o.district)
	o.has("official", models.RoleAuthorizedOfficial, o.district)
	o.has("stranger", models.RoleAuthorizedOfficial, o.neighbour)
	manager.change("PUT", "/organizations/"+o.district+"/pal", body{"user_id": o.as("liaison").id}).ok()
	o.year = analyst.post("/grant_years", body{"program_code": "mi-21h", "fiscal_year": d.fiscalYear,
		"parameters": body{"appropriation": "40000000", "analytics_set_aside": "0"}}).id()
	manager.step("/grant_years/"+o.year, "open").ok()
	run := analyst.post("/allocation_runs", body{"grant_year_id": o.year, "facts_year": d.fiscalYear - 1, "label": "Only run"})
	manager.step("/allocation_runs/"+run.id(), "publish").ok()
	a := o.signedAgreement(o.year, o.district, d.assigned, d.approved, d.signed)
	o.agreement = a.id()
	for _, target := range a.docs("targets") {
		if target.text("type") == "local_academic" {
			*map[string]*string{"ITB": &o.itb, "ETO": &o.eto}[target.text("kind")] = target.id()
		}
	}
	return o
}

// line saves a line of purchased services.
func (o *office) line(revision, target string, amount models.Cents) doc {
	o.t.Helper()
	return o.as("preparer").change("POST", "/revisions/"+revision+"/line_items", services(o.school, target, amount)).ok()
}

// approve takes a draft through submission and both reviews.
func (o *office) approve(revision string) {
	o.t.Helper()
	for _, step := range [][2]string{{"official", "submit"}, {"liaison", "approve"}, {"fiscal", "approve"}} {
		o.as(step[0]).step("/revisions/"+revision, step[1]).ok()
	}
}

// inForce is an application with lines of those amounts, linked to the ITB, in force.
func (o *office) inForce(amounts ...models.Cents) (application string, lines []string) {
	o.t.Helper()
	application, revision := o.apply(o.year, o.district)
	for _, amount := range amounts {
		o.line(revision, o.itb, amount)
	}
	o.approve(revision)
	for _, l := range o.as("auditor").list("/line_items?limit=100&application_id=" + application) {
		lines = append(lines, l.id())
	}
	return application, lines
}
