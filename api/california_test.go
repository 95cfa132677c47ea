package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"earmark/models"
)

// determinations makes a draft run in a world: the district is of level 2.
func (w *world) determinations() {
	w.t.Helper()
	w.do("analyst", "POST", "/fact_imports?file_name=dashboard.csv&source=Synthetic&program_code=ca-differentiated-assistance&year=2018",
		"kind,code,group,ela,math,suspension\ndistrict,61010,hispanic,red,orange,red\ndistrict,61010,white,green,blue,green\n")
	w.ids["support year"] = text(w.do("analyst", "POST", "/grant_years", m{"program_code": "ca-differentiated-assistance", "fiscal_year": 2019}), "id")
	run := w.do("analyst", "POST", "/determination_runs", m{"grant_year_id": w.ids["support year"], "facts_year": 2018, "label": "Dashboard of 2018"})
	w.ids["determinations"] = text(run, "id")
	w.ids["determination"] = text(items(w.do("analyst", "GET", "/determination_results?run_id="+text(run, "id"), nil))[0], "id")
}

// californiaWorld is four agencies of two plainly fictional counties with the Dashboards of
// 2017 and 2018 imported, the grant year open, and people of the office and of one district.
func californiaWorld(t *testing.T) *world {
	t.Helper()
	at, err := time.Parse(time.RFC3339, "2018-12-03T20:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{env: givenAt(t, func() time.Time { return at }), tokens: map[string]string{}, users: map[string]string{}, ids: map[string]string{}}
	for _, name := range []string{"admin", "analyst", "manager", "auditor"} {
		w.person(name, roles[name], "")
	}
	w.tokens["super"] = w.tokens["analyst"]
	w.do("analyst", "POST", "/organization_imports?file_name=orgs.csv&source=Synthetic", "kind,code,name,parent_code,subtype,county\n"+
		"district,9001,Quartz Hollow Unified (synthetic),,traditional,Sagebrush\n"+
		"district,9002,Lupine Valley Elementary (synthetic),,traditional,Sagebrush\n"+
		"district,9003,Sagebrush County Office (synthetic),,county_office,Sagebrush\n"+
		"district,9004,Tidewater Charter (synthetic),,charter,Tidewater\n")
	for _, o := range items(w.do("analyst", "GET", "/organizations", nil)) {
		w.ids[text(o, "code")] = text(o, "id")
	}
	w.person("official", models.RoleAuthorizedOfficial, w.ids["9001"])
	w.person("stranger", models.RoleAuthorizedOfficial, w.ids["9002"])
	w.do("analyst", "POST", "/fact_imports?file_name=dashboard.csv&source=Synthetic&program_code=ca-differentiated-assistance",
		"kind,code,group,year,ela,math,suspension,parents\n"+
			"district,9001,,2018,,,,met\ndistrict,9001,hispanic,2018,red,orange,red,\ndistrict,9001,white,2018,green,green,yellow,\n"+
			"district,9001,hispanic,2017,red,red,red,\n"+
			"district,9002,hispanic,2017,red,red,red,\ndistrict,9002,hispanic,2018,yellow,orange,red,\n"+
			"district,9003,english_learners,2018,orange,red,red,\n"+
			"district,9004,white,2018,,,red,\n")
	w.ids["year"] = text(w.do("analyst", "POST", "/grant_years", m{"program_code": "ca-differentiated-assistance", "fiscal_year": 2019}), "id")
	w.change("manager", "POST", "/grant_years/"+w.ids["year"], "/transitions", m{"event": "open"})
	return w
}

const publicReport = "/api/v1/public/programs/ca-differentiated-assistance/determinations"

func TestThePublicReportSlowsDownWhoReadsTooMuch(t *testing.T) {
	t.Parallel()
	w := californiaWorld(t)
	run := text(w.do("analyst", "POST", "/determination_runs", m{"grant_year_id": w.ids["year"], "facts_year": 2018, "label": "x"}), "id")
	w.change("analyst", "POST", "/determination_runs/"+run, "/transitions", m{"event": "preview"})
	w.want(http.StatusNotFound, "a preview is not public", call{method: "GET", path: publicReport + "?year=2018"})
	w.change("manager", "POST", "/determination_runs/"+run, "/transitions", m{"event": "publish"})

	res, body := w.send(call{method: "GET", path: publicReport})
	if res.StatusCode != 200 || res.Header.Get("Cache-Control") != "public, max-age=300" || strings.Contains(body, "Person") || strings.Contains(body, "example.test") {
		t.Fatalf("%d %v %s", res.StatusCode, res.Header, body)
	}
	w.want(http.StatusNotModified, "the same report", call{method: "GET", path: publicReport, header: map[string]string{"If-None-Match": res.Header.Get("ETag")}})
	w.want(http.StatusBadRequest, "an unknown parameter", call{method: "GET", path: publicReport + "?district=1"})
	w.want(http.StatusNotFound, "another year", call{method: "GET", path: publicReport + "?year=2017"})

	table, text := w.send(call{method: "GET", path: publicReport + "?year=2018&county=Sagebrush", header: map[string]string{"Accept": "text/csv"}})
	want := "2018,Sagebrush,9001,Quartz Hollow Unified (synthetic),traditional,2,Differentiated assistance,County office of education,Eligible for differentiated assistance," +
		"\"Hispanic or Latino: English language arts red, Mathematics orange, Suspension rate red\","
	if table.StatusCode != 200 || !strings.Contains(text, want) || strings.Contains(text, "Tidewater") {
		t.Errorf("%d %s", table.StatusCode, text)
	}

	for range 200 {
		if res, _ = w.send(call{method: "GET", path: publicReport}); res.StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	if res.StatusCode != http.StatusTooManyRequests || res.Header.Get("Retry-After") == "" {
		t.Errorf("after 200 reads: %d %v", res.StatusCode, res.Header)
	}
	other := *w.env
	other.from = "198.51.100.9:1"
	if res, _ := other.send(call{method: "GET", path: publicReport}); res.StatusCode != 200 {
		t.Errorf("another network: %d", res.StatusCode)
	}
}

func TestDeterminationRunsRefuse(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	w.want(http.StatusConflict, "a program without determinations", call{method: "POST", path: "/api/v1/determination_runs", as: w.tokens["analyst"],
		body: `{"grant_year_id": "` + w.ids["year"] + `", "facts_year": 2025, "label": "x"}`})
	w.want(http.StatusUnprocessableEntity, "a year without facts", call{method: "POST", path: "/api/v1/determination_runs", as: w.tokens["analyst"],
		body: `{"grant_year_id": "` + w.ids["support year"] + `", "facts_year": 2001, "label": "x"}`})
	w.want(http.StatusConflict, "published without a preview", call{method: "POST", path: "/api/v1/determination_runs/" + w.ids["determinations"] + "/transitions", as: w.tokens["manager"],
		body: `{"event": "publish"}`, header: map[string]string{"If-Match": w.etag("/determination_runs/" + w.ids["determinations"])}})
}
