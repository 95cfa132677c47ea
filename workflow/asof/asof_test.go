package asof_test

import (
	"testing"

	"earmark/models"
	"earmark/workflow/asof"
)

func trail(changes ...string) []models.AuditEvent {
	out := make([]models.AuditEvent, len(changes))
	for i, c := range changes {
		out[i] = models.AuditEvent{DocumentKind: "agreement", DocumentID: "a", Sequence: int64(i + 1), Changes: c}
	}
	return out
}

func TestReplay(t *testing.T) {
	t.Parallel()
	events := trail(`{"cohort":[null,"Five"],"status":[null,"draft"]}`,
		`{"targets/ITB-1/id":[null,"t1"],"targets/ITB-1/code":[null,"ITB-1"],"targets/ITB-1/measure":[null,"Reading"]}`,
		`{"targets/ITB-1/code":["ITB-1","ETO-1"]}`,
		`{"targets/ETO-1/measure":["Reading","Mathematics"],"status":["draft","signed"]}`,
		`{"targets/ETO-1/id":["t1",""],"targets/ETO-1/code":["ETO-1",""],"targets/ETO-1/measure":["Mathematics",""]}`)
	for n, want := range []struct{ status, measure string }{{"draft", ""}, {"draft", "Reading"}, {"draft", "Reading"}, {"signed", "Mathematics"}, {"signed", ""}} {
		a := models.Agreement{Cohort: "Six", Status: "ended"}
		if err := asof.Document(events[:n+1], &a); err != nil {
			t.Fatal(err)
		}
		fields, err := asof.Replay(events[:n+1])
		if err != nil {
			t.Fatal(err)
		}
		measure := ""
		alive := asof.Alive(fields.Children("targets"))
		for _, f := range alive {
			var x models.Target
			if err := f.Into(&x); err != nil {
				t.Fatal(err)
			}
			measure += x.Measure
		}
		if a.Cohort != "Five" || string(a.Status) != want.status || measure != want.measure || a.Version != int64(n+1) || len(alive) > 1 {
			t.Errorf("after %d events: %+v, targets %q", n+1, a, measure)
		}
	}
	if _, err := asof.Replay(trail("no JSON")); err == nil {
		t.Error("an event that cannot be read was passed over")
	}
}

func TestWhatIsToldByLengthStays(t *testing.T) {
	t.Parallel()
	gy := models.GrantYear{Definition: "the text", DefinitionVersion: "2"}
	if err := asof.Document(trail(`{"definition":[null,{"characters":9000}],"definition_version":[null,"1"]}`), &gy); err != nil {
		t.Fatal(err)
	}
	if gy.Definition != "the text" || gy.DefinitionVersion != "1" {
		t.Errorf("%+v", gy)
	}
}
