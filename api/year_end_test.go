package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"earmark/models"
)

// yearEndWorld is a district at the end of a grant year, on 2026-10-26: two lines of $10,000.00
// approved and paid in April, $11,000.00 spent on the first and nothing on the second.
func yearEndWorld(t *testing.T) *world {
	t.Helper()
	var now atomic.Pointer[time.Time]
	set := func(text string) {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		now.Store(&at)
	}
	set("2026-01-20T17:00:00Z")
	w := givenOfficeAt(t, func() time.Time { return *now.Load() })
	w.apply()
	w.person("controller", models.RolePreparer, w.ids["district"])
	set("2026-04-21T17:00:00Z")
	w.later()
	w.change("fiscal", "POST", "/payments/"+w.ids["payment"], "/transitions", m{"event": "record", "paid_on": "2026-04-20", "paid_cents": 2000000, "reference": "SA-2026-04"})
	w.do("preparer", "POST", "/expenditures", m{"line_item_id": w.ids["line"], "amount_cents": 1100000, "spent_on": "2026-04-21"})
	set("2026-10-26T17:00:00Z")
	w.later()
	return w
}

// later signs everybody in again: tokens and sessions do not outlive the time that passed.
func (w *world) later() {
	w.t.Helper()
	for _, name := range slices.Sorted(maps.Keys(w.users)) {
		w.signIn(name)
	}
}

func TestMoneyComesBackOverTheAPI(t *testing.T) {
	t.Parallel()
	w := yearEndWorld(t)
	key := []string{"Idempotency-Key", "once"}
	back := "/applications/" + w.ids["application"] + "/returns"
	first := w.do("fiscal", "POST", back, m{"amount_cents": 500000, "returned_on": "2026-10-20"}, key...)
	if again := w.do("fiscal", "POST", back, m{"amount_cents": 500000, "returned_on": "2026-10-20"}, key...); text(again, "id") != text(first, "id") {
		t.Errorf("the same key made two returns: %v %v", first, again)
	}
	w.want(http.StatusConflict, "the same key for another amount", call{method: "POST", path: "/api/v1" + back, as: w.tokens["fiscal"],
		body: `{"amount_cents": 1, "returned_on": "2026-10-20"}`, header: map[string]string{"Idempotency-Key": "once"}})
	w.want(http.StatusNotFound, "a report of no application", call{method: "POST", path: "/api/v1/year_end_reports", as: w.tokens["preparer"], body: `{"application_id": "` + missing + `", "report": "year_end_report"}`})
	w.want(http.StatusUnprocessableEntity, "more than is unspent", call{method: "POST", path: "/api/v1" + back, as: w.tokens["fiscal"], body: `{"amount_cents": 400001, "returned_on": "2026-10-20"}`})
}

func TestReleasedMoneyIsSharedOutOverTheAPI(t *testing.T) {
	t.Parallel()
	w := yearEndWorld(t)
	give := m{"grant_year_id": w.ids["year"], "organization_id": w.ids["district"], "amount_cents": 5000000, "reason": "Positions stay open."}
	post := func(as, path string, body m, key string) call {
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return call{method: "POST", path: "/api/v1" + path, as: w.tokens[as], body: string(text), header: map[string]string{"Idempotency-Key": key}}
	}
	share := m{"grant_year_id": w.ids["year"], "label": "Released by October"}
	w.want(http.StatusConflict, "nothing is released", post("analyst", "/reallocations", share, ""))
	first := w.do("official", "POST", "/allocation_releases", give, "Idempotency-Key", "once")
	give["amount_cents"] = 1
	w.want(http.StatusConflict, "the same key for another amount", post("official", "/allocation_releases", give, "once"))
	w.want(http.StatusConflict, "a year that is planned", post("manager", "/allocation_releases", m{"grant_year_id": w.ids["planned year"], "organization_id": w.ids["district"], "amount_cents": 1, "reason": "None."}, ""))
	run := w.do("analyst", "POST", "/reallocations", share)
	w.change("manager", "POST", "/allocation_runs/"+text(run, "id"), "/transitions", m{"event": "publish"})
	for _, a := range items(w.do("analyst", "GET", "/allocation_standings?grant_year_id="+w.ids["year"], nil)) {
		o := a.(map[string]any)
		released, back := o["released_cents"].(float64), o["reallocated_cents"].(float64)
		if own := o["organization_id"] == w.ids["district"]; own && (released != 5000000 || back != 0) || !own && (released != 0 || back != 5000000) {
			t.Errorf("the parts are wrong: %v", o)
		}
	}
	shared := "/allocation_releases/" + text(first, "id")
	w.want(http.StatusConflict, "it is shared out", call{method: "POST", path: "/api/v1" + shared + "/transitions", as: w.tokens["official"], body: `{"event": "withdraw", "comment": "Needed."}`,
		header: map[string]string{"If-Match": w.etag(shared)}})
	give["amount_cents"] = 7
	second := w.do("official", "POST", "/allocation_releases", give)
	taken := w.change("official", "POST", "/allocation_releases/"+text(second, "id"), "/transitions", m{"event": "withdraw", "comment": "Needed."})
	if text(taken, "status") != "withdrawn" {
		t.Errorf("it is not taken back: %v", taken)
	}
}
