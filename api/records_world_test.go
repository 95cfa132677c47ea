package api_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"earmark/models"
)

// officeWorld is an office with nothing but its people, a grant year of a program that is
// open, and a person called super to read with.
func officeWorld(t *testing.T, program string, fiscalYear int, now, directory string) *world {
	t.Helper()
	at, err := time.Parse(time.RFC3339, now)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{env: givenAt(t, func() time.Time { return at }), tokens: map[string]string{}, users: map[string]string{}, ids: map[string]string{}}
	for _, name := range []string{"admin", "analyst", "manager", "pal", "fiscal", "are", "auditor"} {
		w.person(name, roles[name], "")
	}
	w.tokens["super"] = w.tokens["auditor"]
	w.do("analyst", "POST", "/organization_imports?file_name=orgs.csv&source=Synthetic", "kind,code,name,parent_code,subtype,county\n"+directory)
	for _, o := range items(w.do("analyst", "GET", "/organizations", nil)) {
		w.ids[text(o, "code")] = text(o, "id")
	}
	w.ids["year"] = text(w.do("analyst", "POST", "/grant_years", m{"program_code": program, "fiscal_year": fiscalYear}), "id")
	w.change("manager", "POST", "/grant_years/"+w.ids["year"], "/transitions", m{"event": "open"})
	return w
}

// record begins a record and sends a state's worth of marks with it.
func (w *world) newRecord(as, kind, organization string, fields m, parts m) string {
	w.t.Helper()
	id := text(w.do(as, "POST", "/records", m{"grant_year_id": w.ids["year"], "kind": kind, "organization_id": organization, "fields": fields}), "id")
	if parts != nil {
		w.change(as, "PATCH", "/records/"+id, "", parts)
	}
	return id
}

func (w *world) takes(as, id, event string) map[string]any {
	w.t.Helper()
	return w.change(as, "POST", "/records/"+id, "/transitions", m{"event": event})
}

// zoneWorld is the choice of states for the first cohort: two are selected, two more have
// handed in six commitments of six, a fifth has five.
func zoneWorld(t *testing.T) *world {
	t.Helper()
	return statesWorld(t, 4, 2)
}

// statesWorld has states with six commitments of six, the first of them selected, and one
// more with five.
func statesWorld(t *testing.T, ready, selected int) *world {
	t.Helper()
	directory := ""
	for i := range ready + 1 {
		directory += fmt.Sprintf("agency,S%d,State %d (synthetic),,,\n", i+1, i+1)
	}
	w := officeWorld(t, "partnership-zone", 2010, "2009-10-15T16:00:00Z", directory)
	items := []string{"funding", "operating_conditions", "strategic_partner", "lead_partners", "expansion", "race_to_the_top"}
	for i := range ready + 1 {
		as := fmt.Sprintf("state%d", i+1)
		w.person(as, models.RoleAuthorizedOfficial, w.ids[fmt.Sprintf("S%d", i+1)])
		marks := m{}
		for j, item := range items {
			if i < ready || j < 5 {
				marks[item] = m{"done": true, "evidence": "Plan of the state", "on": "2009-09-10"}
			}
		}
		id := w.newRecord(as, "state_commitments", w.ids[fmt.Sprintf("S%d", i+1)], m{"cohort": 1, "strategic_partner": "Example Partners"}, m{"checklist": marks})
		w.ids[as] = id
		if i < ready {
			w.takes(as, id, "submit")
		}
		if i < selected {
			w.takes("manager", id, "approve")
		}
	}
	return w
}

// memorandumWorld is a state and a district with a memorandum that is written and not
// yet handed in.
func memorandumWorld(t *testing.T) *world {
	t.Helper()
	w := officeWorld(t, "rtt-state-application", 2011, "2010-06-10T16:00:00Z",
		"agency,ST,Example State (synthetic),,,\ndistrict,D1,Elm Hollow (synthetic),,traditional,\ndistrict,D2,Fir Ridge (synthetic),,traditional,\n")
	w.person("official", models.RoleAuthorizedOfficial, w.ids["D1"])
	w.person("preparer", models.RolePreparer, w.ids["D1"])
	w.person("stranger", models.RoleAuthorizedOfficial, w.ids["D2"])
	w.ids["mou"] = w.newRecord("official", "mou", w.ids["D1"], m{"implements": "all", "state_contact": "Office of the Commissioner", "lea_contact": "Office of the Superintendent"},
		m{"exhibits": m{"exhibit_i": m{"elements": []string{"participation"}}}})
	return w
}

// signedWorld is a memorandum in force since May 25, 2010.
func signedWorld(t *testing.T) *world {
	t.Helper()
	w := memorandumWorld(t)
	w.takes("official", w.ids["mou"], "submit")
	for _, s := range []struct{ as, party, on string }{{"official", "superintendent", "2010-05-18"}, {"official", "board_president", "2010-05-20"}, {"manager", "state_official", "2010-05-25"}} {
		w.change(s.as, "POST", "/records/"+w.ids["mou"], "/transitions", m{"event": "sign", "party": s.party, "signer_name": "Person Example", "signed_on": s.on})
	}
	return w
}

func jsonText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
