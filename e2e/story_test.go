package e2e

import (
	"fmt"
	"strings"
	"testing"

	"earmark/models"
)

// TestFromFactsToTheNightlyMail is the main job, end to end: what the office and one
// district do with Section 21(h) in fiscal year 2026. Pupils are real, amounts follow from
// them by synthetic weights; people and places are made up.
func TestFromFactsToTheNightlyMail(t *testing.T) {
	t.Parallel()
	s := &story{world: given(t, "2025-11-10", withMailServer(t))}
	for _, chapter := range []struct {
		name string
		tell func(*story)
	}{
		{"the administrator gives people their roles", (*story).people21h},
		{"the analyst imports organizations and facts", (*story).facts},
		{"the facts decide which office supports a district", (*story).determinations},
		{"the formula shares the money, with receipts", (*story).allocations},
		{"a later run never rewrites an earlier one", (*story).supersede},
		{"the agreement fixes goals and targets", (*story).agreements},
		{"the preparer writes the application", (*story).writes},
		{"the official signs inside the window", (*story).submits},
		{"the office reviews line by line", (*story).reviews},
		{"the award is paid with State Aid", (*story).pays},
		{"the district reports what it spent", (*story).spends},
		{"ledger files are imported once", (*story).ledgers},
		{"an amendment changes what it touches", (*story).amends},
		{"the night finds what is out of line and mails it", (*story).night},
		{"others see nothing, the auditor changes nothing", (*story).visibility},
		{"the audit trail proves itself", (*story).audit},
	} {
		if !t.Run(chapter.name, func(t *testing.T) { s.t = t; chapter.tell(s) }) {
			t.FailNow() // the rest would only repeat it
		}
	}
}

// story is what the chapters hand on.
type story struct {
	*world
	alder, birch, cedar, dune string // districts
	elementary, high          string // schools of Alder Falls
	year                      string // the grant year
	run                       string // the run in force
	agreement, goal, itb, eto string
	application, revision     string
	lines                     map[string]string // line items by number
}

func (s *story) people21h() {
	s.office()
	admin := s.as("administrator")
	admin.send("POST", "/users", account("auditor", models.RoleAuditor, "")).refused(409, "user.email_taken")
	admin.send("POST", "/users", body{"email": "nobody", "name": "", "password": "short"}).refused(422, "")
	s.as("manager").send("POST", "/users", account("friend", models.RoleAuditor, "")).refused(403, "permission.role")
	if got := s.as("liaison").get("/me").text("name"); got != "liaison" {
		s.t.Errorf("the liaison is signed in as %q", got)
	}
}

// organizations of the story: three districts of the golden example and one without an
// identified school.
const organizations = `kind,code,name,parent_code,subtype,county
isd,61,Pine ISD (synthetic),,,Pine
district,61010,Alder Falls (synthetic),61,traditional,Pine
school,00101,Alder High Schools (synthetic),61010,,
school,00102,Alder Middle Schools (synthetic),61010,,
district,61020,Birch Bay Academy (synthetic),61,psa,Pine
school,00201,Birch Bay School (synthetic),61020,,
district,61030,Cedar Point (synthetic),61,traditional,Pine
school,00301,Cedar Schools (synthetic),61030,,
district,61040,Dune Shores (synthetic),61,traditional,Pine
school,00401,Dune Elementary (synthetic),61040,,
`

// facts2025 are the golden figures: enrolment as published, index values synthetic.
const facts2025 = `code,identification,reasons,index,pupils,source
00101,CSI,bottom_5,18.40,581,Synthetic index; published enrolment
00102,CSI,bottom_5,24.10,374,Synthetic index; published enrolment
00201,CSI,bottom_5;low_graduation,30.05,620,Synthetic index; published enrolment
00301,CSI,bottom_5,33.00,2605,Synthetic index; published enrolment
00401,TSI,,60.00,400,Synthetic
`

const (
	importOrganizations = "/organization_imports?source=Synthetic&file_name=organizations.csv"
	importFacts         = "/fact_imports?program_code=mi-21h&year=2025&file_name=facts.csv"
)

func (s *story) facts() {
	analyst := s.as("analyst")
	dry := analyst.post(importOrganizations+"&dry_run=true", []byte(organizations))
	s.same("dry run", []any{dry.number("rows"), dry.number("new"), dry["import"]}, []any{int64(10), int64(10), nil})
	s.same("organizations after a dry run", len(analyst.list("/organizations?kind=school")), 0)
	analyst.post(importOrganizations, []byte(organizations))

	bad := strings.NewReplacer("24.10", "124.10", "00201,CSI", "99999,CSX").Replace(facts2025)
	d := analyst.send("POST", importFacts, []byte(bad)).refused(422, "")
	for _, at := range []string{"/rows/3/index", "/rows/4/code", "/rows/4/identification"} {
		if where(d.docs("errors"), "pointer", at) == nil {
			s.t.Errorf("no error at %s in %v", at, d.docs("errors"))
		}
	}
	s.same("facts after a bad file", len(analyst.list("/facts?year=2025")), 0)

	first := analyst.post(importFacts, []byte(facts2025))
	again := analyst.post(importFacts, []byte(facts2025))
	s.same("the same file again", []any{first.number("new"), again.number("new"), again.number("changed"), again.number("unchanged")},
		[]any{int64(5), int64(0), int64(0), int64(5)})
	s.as("liaison").send("POST", importFacts, []byte(facts2025)).refused(403, "permission.role")

	all := analyst.list("/organizations?limit=100")
	for code, id := range map[string]*string{"61010": &s.alder, "61020": &s.birch, "61030": &s.cedar, "61040": &s.dune, "00101": &s.high, "00102": &s.elementary} {
		*id = where(all, "code", code).id()
	}
	s.has("preparer", models.RolePreparer, s.alder)
	s.has("official", models.RoleAuthorizedOfficial, s.alder)
	s.has("deputy", models.RoleAuthorizedOfficial, s.alder)
	s.has("stranger", models.RoleAuthorizedOfficial, s.birch)
	s.as("administrator").send("POST", "/users", account("third", models.RoleAuthorizedOfficial, s.alder)).refused(409, "roles.officials_full")
	s.as("manager").change("PUT", "/organizations/"+s.alder+"/pal", body{"user_id": s.as("liaison").id}).ok()
}

// Cases: five districts that differ in their schools.
func (s *story) determinations() {
	analyst := s.as("analyst")
	var orgs, facts strings.Builder
	orgs.WriteString("kind,code,name,parent_code\n")
	facts.WriteString("code,identification,reasons,alternative,virtual,index,pupils\n")
	for _, row := range []string{"A03 CSI,bottom_5,, CSI,bottom_5,,", "A04 CSI,bottom_5,true,", "A05 CSI,bottom_5,,true CSI,bottom_5,,",
		"A06 CSI,not_exiting_ats,,", "A07 TSI,,, TSI,,, TSI,,, ATS,,,"} {
		schools := strings.Fields(row)
		fmt.Fprintf(&orgs, "district,%s,Case %s (synthetic),61\n", schools[0], schools[0])
		for i, facts21h := range schools[1:] {
			fmt.Fprintf(&orgs, "school,%s-%d,School (synthetic),%s\n", schools[0], i, schools[0])
			fmt.Fprintf(&facts, "%s-%d,%s,30,100\n", schools[0], i, facts21h)
		}
	}
	analyst.post(importOrganizations, []byte(orgs.String()))
	analyst.post(strings.Replace(importFacts, "2025", "2023", 1)+"&source=Synthetic", []byte(facts.String()))
	got := analyst.list("/determinations?program_code=mi-21h&year=2023")
	for code, want := range map[string][]any{"A03": {int64(2), int64(2), "OPD"}, "A04": {int64(1), int64(0), "OES"}, "A05": {int64(2), int64(1), "OPD"},
		"A06": {int64(1), int64(0), "OES"}, "A07": {int64(0), int64(0), ""}} {
		s.t.Run(code[:1]+"-"+code[1:], func(t *testing.T) {
			d := where(got, "code", code)
			same(t, "count, adjusted count, office", []any{d.number("counted"), d.number("adjusted_count"), d.text("office")}, want)
			if d.text("why") == "" {
				t.Error("the decision has no reason")
			}
		})
	}
}
