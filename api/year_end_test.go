package api_test

import (
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
	w.want(http.StatusUnprocessableEntity, "more than is unspent", call{method: "POST", path: "/api/v1" + back, as: w.tokens["fiscal"], body: `{"amount_cents": 400001, "returned_on": "2026-10-20"}`})
}
