package machine

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type facts struct{ last, clean bool }

var errDirty = errors.New("it is dirty")

func table() Table[facts] {
	last := Rule[facts]{"last", func(f facts) error {
		if f.last {
			return nil
		}
		return errors.New("not last")
	}}
	clean := Rule[facts]{"is clean", func(f facts) error {
		if f.clean {
			return nil
		}
		return errDirty
	}}
	return Table[facts]{Document: "parcel",
		States: []State{{Name: "packed"}, {Name: "moving"}, {Name: "here", Final: true}},
		Transitions: []Transition[facts]{
			{On: "pack", To: "packed", Roles: []string{"clerk"}},
			{On: "go", From: []string{"packed", "moving"}, To: "here", Roles: []string{"driver"}, When: &last, Rules: []Rule[facts]{clean}},
			{On: "go", From: []string{"packed", "moving"}, To: "moving", Roles: []string{"driver"}},
			{On: "return", From: []string{"moving"}, To: "packed", Roles: []string{"driver", "clerk"}, Comment: true},
		}}
}

func TestStep(t *testing.T) {
	t.Parallel()
	p := table()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		state, event, role, comment string
		facts                       facts
		to                          string
		cause                       Cause
	}{
		"first step that applies": {"packed", "go", "driver", "", facts{}, "moving", 0},
		"chosen by its condition": {"packed", "go", "driver", "", facts{true, true}, "here", 0},
		"a rule breaks":           {"moving", "go", "driver", "", facts{true, false}, "", RuleBroken},
		"wrong role":              {"moving", "go", "clerk", "", facts{}, "", RoleMissing},
		"no such step":            {"here", "go", "driver", "", facts{}, "", NoSuchStep},
		"unknown event":           {"moving", "fly", "driver", "", facts{}, "", NoSuchStep},
		"a reason is missing":     {"moving", "return", "clerk", " ", facts{}, "", CommentMissing},
		"with a reason":           {"moving", "return", "clerk", "torn", facts{}, "packed", 0},
		"creation is not a step":  {"", "pack", "clerk", "", facts{}, "", NoSuchStep},
	} {
		tr, err := p.Step(c.state, c.event, []string{c.role}, c.comment, c.facts)
		if c.to != "" {
			if err != nil || tr.To != c.to {
				t.Errorf("%s: %s, %v", name, tr.To, err)
			}
			continue
		}
		var r *Refusal
		if !errors.As(err, &r) || r.Cause != c.cause {
			t.Errorf("%s: %v", name, err)
		}
		if c.cause == RuleBroken && !errors.Is(err, errDirty) {
			t.Errorf("%s: the rule's own error is lost: %v", name, err)
		}
	}
}

func TestAvailableSaysWhatBlocks(t *testing.T) {
	t.Parallel()
	offers := table().Available("moving", []string{"driver"}, facts{last: true})
	if len(offers) != 2 || offers[0].Event != "go" || offers[0].Blocked != "it is dirty" || offers[1].Blocked != "" || !offers[1].Comment {
		t.Errorf("%+v", offers)
	}
	if got := table().Available("here", []string{"driver"}, facts{}); got != nil {
		t.Errorf("%+v", got)
	}
}

func TestValidateFindsTablesThatCannotWork(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*Table[facts]){
		"unknown state":     func(p *Table[facts]) { p.Transitions[1].To = "nowhere" },
		"nobody may":        func(p *Table[facts]) { p.Transitions[1].Roles = nil },
		"cannot be reached": func(p *Table[facts]) { p.States = append(p.States, State{Name: "lost", Final: true}) },
		"cannot be left":    func(p *Table[facts]) { p.States[2].Final = false },
		"never be chosen":   func(p *Table[facts]) { p.Transitions[1].When = nil },
		"unknown or final":  func(p *Table[facts]) { p.Transitions[3].From = []string{"here"} },
		"declared twice":    func(p *Table[facts]) { p.States = append(p.States, State{Name: "here"}) },
	} {
		p := table()
		spoil(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Whatever is asked, a step that is taken is a row of the table, and what is offered
// unblocked can be taken.
func TestOffersCanBeTaken(t *testing.T) {
	t.Parallel()
	p := table()
	rapid.Check(t, func(t *rapid.T) {
		state := rapid.SampledFrom(p.Names()).Draw(t, "state")
		roles := rapid.SliceOfN(rapid.SampledFrom([]string{"driver", "clerk", "thief"}), 0, 3).Draw(t, "roles")
		f := facts{rapid.Bool().Draw(t, "last"), rapid.Bool().Draw(t, "clean")}
		for _, o := range p.Available(state, roles, f) {
			tr, err := p.Step(state, o.Event, roles, "because", f)
			if (err == nil) != (o.Blocked == "") || (err == nil && tr.To != o.To) {
				t.Fatalf("offer %+v, step %v %v", o, tr.To, err)
			}
		}
		event := rapid.SampledFrom(append(p.Events(), "fly")).Draw(t, "event")
		if tr, err := p.Step(state, event, roles, "", f); err == nil && tr.On != event {
			t.Fatalf("asked %s, got %s", event, tr.On)
		}
	})
}
