package api_test

import (
	"net/http"
	"testing"
)

// reviewing adds a reason that reviewers pick.
func (w *world) reviewing() {
	w.ids["return reason"] = text(w.do("manager", "POST", "/return_reasons", m{"title": "Which grades?", "text": "Say which grades the line serves."}), "id")
}

// submitted is the world with an amendment under review: line 2 moved within the tolerance.
func submitted(t *testing.T) *world {
	t.Helper()
	w := givenWorld(t)
	w.change("manager", "PUT", "/applications/"+w.ids["application"], "/window_exception", m{"until": "2026-04-30", "comment": "A flood."})
	path := "/revisions/" + w.ids["amendment"]
	w.change("preparer", "PUT", path, "/line_items/2", w.line(1100000))
	w.change("preparer", "POST", path, "/line_items", w.line(50000))
	w.change("official", "POST", path, "/transitions", m{"event": "submit"})
	return w
}

func TestReasonsForReturnsAreKeptOnce(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	w.play([]scene{
		{"pal", "POST", "/return_reasons", m{"title": "Short", "text": "Say more."}, 403, "permission.role"},
		{"preparer", "GET", "/return_reasons", nil, 403, "permission.role"},
		{"preparer", "GET", "/return_reasons/{return reason}", nil, 404, "not_found"},
		{"manager", "POST", "/return_reasons", m{"title": "Which grades?", "text": "Again."}, 409, "return_reason.exists"},
		{"manager", "POST", "/return_reasons", m{"program_code": "none-such", "title": "x", "text": "y"}, 422, "return_reason.program"},
		{"manager", "POST", "/return_reasons", m{"program_code": "mi-21h", "title": "Which grades?", "text": "Name the grades."}, 201, `"program_code":"mi-21h"`},
		{"manager", "POST", "/return_reasons", m{"title": " ", "text": "y"}, 422, "/title"},
		{"manager", "PUT", "/return_reasons/{return reason}", m{"program_code": "mi-21h", "title": "Which grades?", "text": "y", "in_use": true}, 409, "return_reason.exists"},
		{"manager", "PUT", "/return_reasons/{return reason}", m{"title": "Which grades?", "text": "Say which grades.", "in_use": false}, 200, `"in_use":false`},
		{"pal", "PUT", "/return_reasons/{return reason}", m{"title": "x", "text": "y", "in_use": true}, 403, "permission.role"},
		{"pal", "GET", "/return_reasons?in_use=true", nil, 200, "Name the grades."},
		{"pal", "GET", "/return_reasons/{return reason}", nil, 200, "Say which grades."},
	})
}

func TestTheQueueSaysWhatIsRiskyAndWhoseTurnItIs(t *testing.T) {
	t.Parallel()
	w := submitted(t)
	w.play([]scene{
		{"pal", "GET", "/review_queue?mine=true", nil, 200, `"mine":true`},
		{"pal", "GET", "/review_queue", nil, 200, "A line is new."},
		{"fiscal", "GET", "/review_queue", nil, 200, `"why_not":"This revision waits for the Program review`},
		{"fiscal", "GET", "/review_queue?mine=true", nil, 200, `{"items":[]}`},
		{"stranger", "GET", "/review_queue", nil, 200, `{"items":[]}`},
		{"pal", "GET", "/review_queue?risk=none", nil, 400, "malformed_parameter"},
		{"pal", "GET", "/review_queue?limit=500", nil, 400, "malformed_parameter"},
		{"pal", "GET", "/revisions/{amendment}/review", nil, 200, `"unchanged_lines":1`},
		{"pal", "GET", "/revisions/{amendment}/review", nil, 200, `"low_risk":"small_move"`},
		{"pal", "GET", "/revisions/{amendment}/review", nil, 200, `"same_line":true`},
		{"fiscal", "GET", "/revisions/{amendment}/review", nil, 200, `"may_decide":false`},
		{"stranger", "GET", "/revisions/{amendment}/review", nil, 404, "not_found"},
	})
}

func TestSeveralLinesAreDecidedTogether(t *testing.T) {
	t.Parallel()
	w := submitted(t)
	both := func(first, second m) m { return m{"decisions": []m{first, second}} }
	approve2 := m{"number": 2, "decision": "approved"}
	w.play([]scene{
		{"fiscal", "POST", "/revisions/{amendment}/decisions", both(approve2, m{"number": 3, "decision": "approved"}), 403, "review.not_your_step"},
		{"stranger", "POST", "/revisions/{amendment}/decisions", m{"decisions": []m{approve2}}, 404, "not_found"},
		{"pal", "POST", "/revisions/{amendment}/decisions", both(approve2, m{"number": 3, "decision": "returned"}), 422, "/decisions/1/reason"},
		{"pal", "POST", "/revisions/{amendment}/decisions", both(approve2, approve2), 422, "duplicate"},
		{"pal", "POST", "/revisions/{amendment}/decisions", both(approve2, m{"number": 1, "decision": "approved"}), 409, "line_item.unchanged"},
		{"pal", "POST", "/revisions/{amendment}/decisions", both(approve2, m{"number": 33, "decision": "approved"}), 404, "not_found"},
		{"pal", "GET", "/revisions/{amendment}/line_items/2", nil, 200, `"decision":"pending"`}, // nothing by halves
		{"pal", "POST", "/revisions/{amendment}/decisions", both(approve2, m{"number": 3, "decision": "returned", "reason": "Which grades?"}), 200, `"submitted"`},
		{"pal", "GET", "/revisions/{amendment}/line_items/3", nil, 200, "Which grades?"},
	})
	before := w.etag("/revisions/" + w.ids["amendment"])
	w.change("pal", "POST", "/revisions/"+w.ids["amendment"], "/decisions", m{"decisions": []m{approve2}})
	if after := w.etag("/revisions/" + w.ids["amendment"]); after != before {
		t.Errorf("an answer that stands made version %s of %s", after, before)
	}
	// The next round remembers what was asked for, and that line 2 was approved as it is.
	w.change("pal", "POST", "/revisions/"+w.ids["amendment"], "/transitions", m{"event": "return"})
	w.change("official", "POST", "/revisions/"+w.ids["amendment"], "/transitions", m{"event": "submit"})
	w.play([]scene{
		{"pal", "GET", "/revisions/{amendment}/review", nil, 200, `"reason":"Which grades?","decided_by_name":`},
		{"pal", "GET", "/revisions/{amendment}/review", nil, 200, `"low_risk":"unchanged"`},
		{"pal", "GET", "/review_queue", nil, 200, "It was returned 1 time before."},
	})
}

func TestLinesOfLowRiskAreApprovedTogether(t *testing.T) {
	t.Parallel()
	w := submitted(t)
	rows := items(w.do("pal", "GET", "/low_risk_line_items", nil))
	if len(rows) != 1 {
		t.Fatalf("line 2 alone is of low risk: %v", rows)
	}
	version := rows[0].(map[string]any)["revision_version"]
	chosen := func(version any, lines ...int) m {
		return m{"revisions": []m{{"revision_id": w.ids["amendment"], "version": version, "line_items": lines}}}
	}
	twice := m{"revisions": []m{{"revision_id": w.ids["amendment"], "version": 1, "line_items": []int{2}}, {"revision_id": w.ids["amendment"], "version": 1, "line_items": []int{2}}}}
	path := "/low_risk_approvals"
	w.play([]scene{
		{"fiscal", "GET", "/low_risk_line_items", nil, 200, `{"items":[]}`},
		{"fiscal", "POST", path, chosen(version, 2), 403, "review.not_your_step"},
		{"stranger", "POST", path, chosen(version, 2), 403, "permission.role"},
		{"pal", "POST", path, twice, 422, "duplicate"},
		{"pal", "POST", path, chosen(1, 2), 412, "revision.changed"},
		{"pal", "POST", path, chosen(version, 2, 3), 422, "line_item.not_low_risk"},
		{"pal", "GET", "/revisions/{amendment}/line_items/2", nil, 200, `"decision":"pending"`},
		{"pal", "POST", path, chosen(version, 2), 200, `"status":"submitted"`},
		{"pal", "GET", "/revisions/{amendment}/line_items/2", nil, 200, `"decision":"approved"`},
		{"pal", "GET", "/low_risk_line_items", nil, 200, `{"items":[]}`},
	})
	w.change("pal", "POST", "/revisions/"+w.ids["amendment"], "/transitions", m{"event": "approve"})
	if status, body := w.request("pal", "POST", path, chosen(5, 2)); status != http.StatusPreconditionFailed {
		t.Errorf("an old version: %d %s", status, body)
	}
	original := w.ids["revision"]
	in := func(revision string, version any) m {
		return m{"revisions": []m{{"revision_id": revision, "version": version, "line_items": []int{2}}}}
	}
	w.play([]scene{
		{"pal", "POST", path, in("0191e12b-9ae8-7de0-8de0-000000000000", 1), 404, "not_found"},
		{"pal", "POST", path, in(original, w.do("pal", "GET", "/revisions/"+original, nil)["version"]), 409, "revision.no_such_step"},
	})
}

func TestPeopleChooseWhatMailsTell(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	path := "/users/" + w.users["preparer"]
	choice := m{"flags": "weekly", "dates": "urgent", "news": "never"}
	body := w.change("preparer", "PUT", path, "/notifications", choice)
	if got, _ := body["notifications"].(map[string]any); got["flags"] != "weekly" || got["news"] != "never" {
		t.Errorf("%v", body)
	}
	w.play([]scene{
		{"preparer", "PUT", path + "/notifications", m{"flags": "never", "dates": "daily", "news": "daily"}, 422, "/flags"},
	})
}
