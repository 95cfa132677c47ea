package api_test

import (
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
