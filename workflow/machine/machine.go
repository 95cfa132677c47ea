// Package machine interprets state tables: which step a document may take, who may take
// it, which rules must hold. It knows no document; the tables are in workflow/tables.go.
package machine

import (
	"fmt"
	"slices"
	"strings"
)

// Table is the life of one kind of document. F is what its rules look at, loaded before a
// step, so that rules are pure.
type Table[F any] struct {
	Document    string
	States      []State
	Transitions []Transition[F]
}

// State is a state a document can be in.
type State struct {
	Name  string
	Means string
	Final bool // no transition leaves it
}

// Transition is a step: event On takes the document from any state of From to To. Where
// several serve one event from one state, the first whose When holds is taken.
type Transition[F any] struct {
	On      string
	From    []string // nil: creation
	To      string
	Roles   []string
	When    *Rule[F] // chooses between steps; nil always holds
	Rules   []Rule[F]
	Comment bool // a reason is required
	Notify  string
	Means   string
}

// Rule is a named condition; the name is what the manual, the error and the tooltip say.
type Rule[F any] struct {
	Name  string
	Check func(F) error // nil when it holds
}

// Cause tells why a step was refused.
type Cause int

// The causes of refusal.
const (
	NoSuchStep     Cause = iota // not from this state
	RoleMissing                 // not by this actor
	RuleBroken                  // not under these facts
	CommentMissing              // not without a reason
)

// Refusal is the error of Step.
type Refusal struct {
	Cause    Cause
	Document string
	State    string
	Event    string
	Rule     string   // RuleBroken
	Needs    []string // RoleMissing: who may
	Err      error    // RuleBroken: what the rule said
}

func (r *Refusal) Error() string {
	switch r.Cause {
	case RoleMissing:
		return fmt.Sprintf("%s of a %s needs the role %s", r.Event, r.Document, strings.Join(r.Needs, " or "))
	case RuleBroken:
		return fmt.Sprintf("%s: %v", r.Rule, r.Err)
	case CommentMissing:
		return fmt.Sprintf("%s of a %s needs a reason", r.Event, r.Document)
	}
	return fmt.Sprintf("a %s that is %s has no step %q", r.Document, r.State, r.Event)
}

func (r *Refusal) Unwrap() error { return r.Err }

// Step finds the transition for an event and checks it. It changes nothing.
func (t Table[F]) Step(state, event string, roles []string, comment string, facts F) (Transition[F], error) {
	refusal := &Refusal{Cause: NoSuchStep, Document: t.Document, State: state, Event: event}
	for _, tr := range t.Transitions {
		if tr.On != event || !slices.Contains(tr.From, state) {
			continue
		}
		if tr.When != nil && tr.When.Check(facts) != nil {
			continue
		}
		if !overlap(tr.Roles, roles) {
			refusal.Cause = RoleMissing
			refusal.Needs = append(refusal.Needs, tr.Roles...)
			continue
		}
		if tr.Comment && strings.TrimSpace(comment) == "" {
			refusal.Cause = CommentMissing
			return Transition[F]{}, refusal
		}
		for _, rule := range tr.Rules {
			if err := rule.Check(facts); err != nil {
				refusal.Cause, refusal.Rule, refusal.Err = RuleBroken, rule.Name, err
				return Transition[F]{}, refusal
			}
		}
		return tr, nil
	}
	return Transition[F]{}, refusal
}

// Offer is a step as a person would see it: a button, enabled or not and why.
type Offer struct {
	Event   string
	To      string
	Means   string
	Comment bool
	Blocked string // "" when the step may be taken now
}

// Available lists the steps an actor with these roles has from a state.
func (t Table[F]) Available(state string, roles []string, facts F) []Offer {
	var offers []Offer
	seen := map[string]bool{}
	for _, tr := range t.Transitions {
		if !slices.Contains(tr.From, state) || seen[tr.On] || !overlap(tr.Roles, roles) {
			continue
		}
		if tr.When != nil && tr.When.Check(facts) != nil {
			continue
		}
		seen[tr.On] = true
		o := Offer{Event: tr.On, To: tr.To, Means: tr.Means, Comment: tr.Comment}
		for _, rule := range tr.Rules {
			if err := rule.Check(facts); err != nil {
				o.Blocked = err.Error()
				break
			}
		}
		offers = append(offers, o)
	}
	return offers
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}

// Names lists the states' names: for the SQL check constraints and the API's enums.
func (t Table[F]) Names() []string {
	names := make([]string, len(t.States))
	for i, s := range t.States {
		names[i] = s.Name
	}
	return names
}

// Final reports whether no transition leaves a state.
func (t Table[F]) Final(state string) bool {
	return slices.ContainsFunc(t.States, func(s State) bool { return s.Name == state && s.Final })
}

// Events lists the events, in table order, each once.
func (t Table[F]) Events() []string {
	var events []string
	for _, tr := range t.Transitions {
		if tr.From != nil && !slices.Contains(events, tr.On) {
			events = append(events, tr.On)
		}
	}
	return events
}

// Validate returns an error for a table that cannot work: unknown, unreachable or
// dangling states, steps that can never be chosen, steps nobody may take.
func (t Table[F]) Validate() error {
	final := map[string]bool{}
	for _, s := range t.States {
		if _, twice := final[s.Name]; twice {
			return fmt.Errorf("%s: state %s is declared twice", t.Document, s.Name)
		}
		final[s.Name] = s.Final
	}
	reached, left := map[string]bool{}, map[string]bool{}
	taken := map[[2]string]bool{}
	for _, tr := range t.Transitions {
		if _, ok := final[tr.To]; !ok {
			return fmt.Errorf("%s: %s leads to the unknown state %s", t.Document, tr.On, tr.To)
		}
		if len(tr.Roles) == 0 {
			return fmt.Errorf("%s: nobody may %s", t.Document, tr.On)
		}
		reached[tr.To] = true
		for _, from := range tr.From {
			if isFinal, ok := final[from]; !ok || isFinal {
				return fmt.Errorf("%s: %s leaves %s, which is unknown or final", t.Document, tr.On, from)
			}
			key := [2]string{from, tr.On}
			if taken[key] {
				return fmt.Errorf("%s: a second %s from %s can never be chosen", t.Document, tr.On, from)
			}
			taken[key] = tr.When == nil
			left[from] = true
		}
	}
	for _, s := range t.States {
		if !reached[s.Name] {
			return fmt.Errorf("%s: state %s cannot be reached", t.Document, s.Name)
		}
		if !s.Final && !left[s.Name] {
			return fmt.Errorf("%s: state %s cannot be left and is not final", t.Document, s.Name)
		}
	}
	return nil
}

// Markdown draws the table: a diagram and its rows.
func (t Table[F]) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n\n```mermaid\nstateDiagram-v2\n", t.Document)
	for _, tr := range t.Transitions {
		if tr.From == nil {
			fmt.Fprintf(&b, "  [*] --> %s: %s\n", tr.To, tr.On)
		}
		for _, from := range tr.From {
			fmt.Fprintf(&b, "  %s --> %s: %s\n", from, tr.To, tr.On)
		}
	}
	b.WriteString("```\n\n| state | means |\n| --- | --- |\n")
	for _, s := range t.States {
		fmt.Fprintf(&b, "| %s | %s |\n", s.Name, s.Means)
	}
	b.WriteString("\n| step | from | to | who | rules | tells |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, tr := range t.Transitions {
		fmt.Fprintf(&b, "| **%s**: %s | %s | %s | %s | %s | %s |\n", tr.On, tr.Means,
			orDash(tr.From), tr.To, strings.Join(tr.Roles, ", "), orDash(ruleNames(tr)), orDash([]string{tr.Notify}))
	}
	return b.String()
}

func ruleNames[F any](tr Transition[F]) []string {
	var names []string
	if tr.When != nil {
		names = append(names, "when "+tr.When.Name)
	}
	for _, r := range tr.Rules {
		names = append(names, r.Name)
	}
	if tr.Comment {
		names = append(names, "with a reason")
	}
	return names
}

func orDash(parts []string) string {
	if s := strings.Join(parts, ", "); s != "" {
		return s
	}
	return "–"
}
