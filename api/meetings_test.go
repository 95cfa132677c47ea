package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// meet plans a meeting about the agreement in force, with an action of the preparer, and
// gives the district a tier of support.
func (w *world) meet() {
	meeting := w.do("pal", "POST", "/meetings", m{"agreement_id": w.ids["agreement"], "meets_on": "2026-01-05", "starts_at": "09:30", "place": "District office", "agenda": []string{"Reading"}})
	w.ids["meeting"] = text(meeting, "id")
	path := "/meetings/" + w.ids["meeting"]
	w.change("official", "POST", path, "/agenda_items", m{"text": "Substitutes"})
	w.change("pal", "POST", path, "/actions", m{"text": "Send the attendance", "owner_id": w.users["preparer"], "due_on": "2026-01-04"})
	w.ids["support"] = text(w.do("pal", "POST", "/support_assignments", m{"agreement_id": w.ids["agreement"], "tier": 2, "focus_areas": []string{"leadership"}, "reason": "A new principal."}), "id")
}

func TestAMeetingIsHeldAndAnotherCancelled(t *testing.T) {
	t.Parallel()
	w := givenOffice(t, noon)
	w.meet()
	held := "/meetings/" + w.ids["meeting"]
	cancelled := "/meetings/" + text(w.do("pal", "POST", "/meetings", m{"agreement_id": w.ids["agreement"], "meets_on": "2026-02-05"}), "id")
	w.change("pal", "POST", held, "/transitions", m{"event": "hold"})
	noted := w.change("pal", "PUT", held, "", m{"meets_on": "2026-01-05", "agenda": []string{"Substitutes"}, "notes": "Two substitutes are hired."})
	if item := list(noted, "agenda"); text(noted, "notes") == "" || len(item) != 1 || text(item[0], "side") != "district" {
		t.Errorf("notes or who proposed what is lost: %v", noted)
	}
	done := w.change("preparer", "PATCH", held, "/actions/1", m{"status": "done", "comment": "Sent."})
	if a := list(done, "actions")[0]; text(a, "status") != "done" || text(a, "done_on") != "2026-01-05" {
		t.Errorf("the action is not done: %v", a)
	}
	w.change("pal", "POST", cancelled, "/transitions", m{"event": "cancel", "comment": "Snow."})
	for _, c := range []struct {
		method, document, path string
		body                   m
		says                   string
	}{
		{"POST", held, "/transitions", m{"event": "hold"}, "meeting.no_such_step"},
		{"PUT", held, "", m{"meets_on": "2026-01-04"}, "meeting.held"},
		{"POST", held, "/agenda_items", m{"text": "Late"}, "meeting.not_planned"},
		{"PUT", cancelled, "", m{"meets_on": "2026-02-06"}, "meeting.cancelled"},
		{"POST", cancelled, "/actions", m{"text": "Call", "owner_id": w.users["preparer"], "due_on": "2026-02-20"}, "meeting.cancelled"},
	} {
		if status, got := w.changes("pal", c.method, c.document, c.path, c.body); status != 409 || !strings.Contains(got, c.says) {
			t.Errorf("%s %s: %d, and should be 409 with %s: %.300s", c.method, c.path, status, c.says, got)
		}
	}
}

// Whoever writes meetings learns who can take something on; a district does not learn the
// people of the office so.
func TestOwnersOfActionsAreOffered(t *testing.T) {
	t.Parallel()
	w := givenOffice(t, noon)
	path := "/agreements/" + w.ids["agreement"] + "/meeting_owners"
	found := map[string]bool{}
	for _, p := range items(w.do("pal", "GET", path, nil)) {
		found[text(p, "id")] = text(p, "name") != ""
	}
	if !found[w.users["preparer"]] || !found[w.users["pal"]] || found[w.users["stranger"]] {
		t.Errorf("offered: %v", found)
	}
	for as, want := range map[string]int{"official": 403, "stranger": 404} {
		if status, got := w.request(as, "GET", path, nil); status != want {
			t.Errorf("%s: %d, not %d: %.300s", as, status, want, got)
		}
	}
}

// The list of agreements has the tier that holds today, not an earlier one, and none where
// none was assigned.
func TestAgreementsSayTheTierOfSupport(t *testing.T) {
	t.Parallel()
	w := givenOffice(t, noon)
	said := func() (tier any, others int) {
		for _, a := range items(w.do("auditor", "GET", "/agreements", nil)) {
			row, _ := a.(map[string]any)
			if text(a, "id") == w.ids["agreement"] {
				tier = row["support_tier"]
			} else if row["support_tier"] == nil {
				others++
			}
		}
		return tier, others
	}
	if tier, _ := said(); tier != nil {
		t.Errorf("tier %v before one is assigned", tier)
	}
	w.do("pal", "POST", "/support_assignments", m{"agreement_id": w.ids["agreement"], "tier": 3, "focus_areas": []string{"leadership"}, "reason": "A new principal.", "from_on": "2026-01-02"})
	w.do("pal", "POST", "/support_assignments", m{"agreement_id": w.ids["agreement"], "tier": 2, "focus_areas": []string{"leadership"}, "reason": "The principal is settled."})
	if tier, others := said(); fmt.Sprint(tier) != "2" || others == 0 {
		t.Errorf("tier %v, %d others without", tier, others)
	}
	if _, own := w.request("preparer", "GET", "/agreements", nil); !strings.Contains(own, `"support_tier":2`) {
		t.Errorf("the district does not see its own: %s", own)
	}
	_, csv := w.send(call{method: "GET", path: "/api/v1/agreements", as: w.tokens["auditor"], header: map[string]string{"Accept": "text/csv"}})
	if head, _, _ := strings.Cut(csv, "\r\n"); !strings.HasSuffix(head, ",support_tier") || !strings.Contains(csv, ",2\r\n") {
		t.Errorf("%s", csv)
	}
}
