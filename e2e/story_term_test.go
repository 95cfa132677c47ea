package e2e

import (
	"fmt"
	"testing"

	"earmark/models"
)

// TestThirtySixMonths tells the term of two agreements of one cohort, night by night, with
// two replicas doing the nightly work: Alder Falls reaches its outcomes and its schools
// leave; Birch Bay is late, spends half of its money, misses its outcomes, is identified
// again, and must impose a measure. Every figure is synthetic.
func TestThirtySixMonths(t *testing.T) {
	if testing.Short() {
		t.Skip("some 1,300 nights take minutes")
	}
	t.Parallel()
	var address string
	w := given(t, "2025-12-01", withMailServer(t), database(&address))
	s := &term{world: w, replicas: w.replicate(address), years: map[int]string{}, runs: map[int]string{}}
	for _, chapter := range []struct {
		name string
		tell func(*term)
	}{
		{"the cohort is assigned", (*term).assignment},
		{"needs, targets and signatures", (*term).agreements},
		{"the first year", (*term).firstYear},
		{"the first year ends", (*term).firstEnd},
		{"the second year, with the 18-month review", (*term).secondYear},
		{"the third year", (*term).thirdYear},
		{"what is decided after 36 months", (*term).decisions},
		{"every mail of three years", (*term).mails},
		{"the audit trail proves itself", (*term).proves},
	} {
		if !t.Run(chapter.name, func(t *testing.T) { w.t = t; chapter.tell(s) }) {
			t.FailNow() // the rest would only repeat it
		}
	}
}

// term is what the chapters hand on.
type term struct {
	*world
	*replicas
	alder, birch *recipient
	years, runs  map[int]string // grant year and allocation run by fiscal year
}

// recipient is one district of the story with its people.
type recipient struct {
	s                  *term
	name, code         string
	id                 string
	schools            []string // ids
	agreement          string
	targets            map[string]string // ITB state_academic -> id
	application        string            // of the year that is told
	applications       map[int]string    // by fiscal year
	lines              []string
	preparer, official string // people
}

const termOrganizations = `kind,code,name,parent_code,subtype
district,61010,Alder Falls (synthetic),,traditional
school,00101,Alder Elementary (synthetic),61010,
school,00102,Alder Middle School (synthetic),61010,
district,61020,Birch Bay (synthetic),,traditional
school,00201,Birch Elementary (synthetic),61020,
district,61030,Cedar Point (synthetic),,traditional
school,00301,Cedar Alternative School (synthetic),61030,
`

// termFacts are the facts of a spring: identification, index, proficiency.
func termFacts(year int) []byte {
	rows := map[int]string{
		2025: "00101,CSI,bottom_5,false,20.00,300,10.0,20.0\n00102,CSI,bottom_5,false,25.00,250,12.0,22.0\n00201,CSI,bottom_5,false,15.00,400,8.0,14.0\n00301,CSI,bottom_5,true,18.00,90,5.0,9.0\n",
		2026: "00101,CSI,bottom_5,false,26.00,296,11.0,21.0\n00102,CSI,bottom_5,false,29.00,251,12.5,22.5\n00201,CSI,bottom_5,false,14.00,390,8.0,13.0\n00301,CSI,bottom_5,true,18.00,90,5.0,9.0\n",
		2027: "00101,CSI,bottom_5,false,30.10,290,13.0,24.0\n00102,CSI,bottom_5,false,31.20,255,14.0,25.0\n00201,CSI,bottom_5,false,14.50,384,8.5,13.5\n00301,CSI,bottom_5,true,18.00,90,5.0,9.0\n",
		2028: "00101,none,,false,39.00,288,15.0,26.0\n00102,none,,false,40.50,252,15.5,27.0\n00201,CSI,bottom_5,false,13.00,380,8.2,15.0\n00301,CSI,bottom_5,true,18.00,90,5.0,9.0\n",
	}[year]
	return []byte("code,identification,reasons,alternative,index,pupils,math_proficiency,ela_proficiency\n" + rows)
}

func (s *term) imports(year int) {
	s.t.Helper()
	s.as("analyst").post(fmt.Sprintf("/fact_imports?program_code=mi-21h&year=%d&file_name=facts-%d.csv&source=Synthetic", year, year), termFacts(year))
}

// opens a grant year and publishes its allocation by the facts of the year before.
func (s *term) opens(fiscalYear int) {
	s.t.Helper()
	s.years[fiscalYear] = s.as("analyst").post("/grant_years", body{"program_code": "mi-21h", "fiscal_year": fiscalYear,
		"parameters": body{"appropriation": "60000000", "analytics_set_aside": "0", "implementation_due": fmt.Sprintf("%d-08-31", fiscalYear)}}).id()
	s.as("manager").step("/grant_years/"+s.years[fiscalYear], "open").ok()
	s.runs[fiscalYear] = s.as("analyst").post("/allocation_runs", body{"grant_year_id": s.years[fiscalYear], "facts_year": fiscalYear - 1, "label": "Run of the year"}).id()
	s.as("manager").step("/allocation_runs/"+s.runs[fiscalYear], "publish").ok()
}

func (s *term) assignment() {
	s.office()
	s.has("evaluation", models.RoleARE, "")
	analyst := s.as("analyst")
	analyst.post(importOrganizations, []byte(termOrganizations))
	s.imports(2025)
	s.opens(2026)
	byCode := map[string]string{}
	for _, o := range analyst.list("/organizations?limit=100") {
		byCode[o.text("code")] = o.id()
	}
	s.alder = &recipient{s: s, name: "Alder Falls", code: "61010", id: byCode["61010"], schools: []string{byCode["00101"], byCode["00102"]}, applications: map[int]string{}, preparer: "alder-preparer", official: "alder-official"}
	s.birch = &recipient{s: s, name: "Birch Bay", code: "61020", id: byCode["61020"], schools: []string{byCode["00201"]}, applications: map[int]string{}, preparer: "birch-preparer", official: "birch-official"}
	for _, d := range []*recipient{s.alder, s.birch} {
		s.has(d.preparer, models.RolePreparer, d.id)
		s.has(d.official, models.RoleAuthorizedOfficial, d.id)
		s.as("manager").change("PUT", "/organizations/"+d.id+"/pal", body{"user_id": s.as("liaison").id}).ok()
	}
	s.until("2025-12-23")
	preview := s.as("analyst").list("/agreement_assignments?program_code=mi-21h&facts_year=2025&cohort=Five")
	s.same("preview", []string{where(preview, "code", "61010").text("result"), where(preview, "code", "61020").text("result"), where(preview, "code", "61030").text("result")},
		[]string{"to_create", "to_create", "not_assigned"}) // the only identified school of Cedar Point is an alternative one
	s.as("manager").post("/agreement_assignments", body{"program_code": "mi-21h", "facts_year": 2025, "cohort": "Five", "assigned_on": "2025-12-23"})
	for _, d := range []*recipient{s.alder, s.birch} {
		d.agreement = s.as("auditor").list("/agreements?organization_id=" + d.id)[0].id()
	}
	load := where(s.as("manager").list("/liaison_loads"), "name", "liaison")
	s.same("load of the liaison", load.number("districts"), int64(2))
}
