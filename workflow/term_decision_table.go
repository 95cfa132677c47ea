package workflow

import (
	"earmark/models"
	"earmark/workflow/machine"
)

// StatusDecided is a term decision that holds.
const StatusDecided models.State = "decided"

// termFacts is what deciding depends on; nil where the rule holds.
type termFacts struct{ other, current error }

var (
	termOther   = machine.Rule[termFacts]{Name: "somebody else than its drafter decides", Check: func(f termFacts) error { return f.other }}
	termCurrent = machine.Rule[termFacts]{Name: "facts, results and rule are those it was drafted from", Check: func(f termFacts) error { return f.current }}
)

// TermDecisions is the life of what is decided when the term of an agreement is over.
var TermDecisions = machine.Table[termFacts]{
	Document: "term_decision",
	States: []machine.State{
		{Name: "draft", Means: "Worked out from facts and results; the office looks at it."},
		{Name: "decided", Means: "Holds; the district was told."},
		{Name: "superseded", Means: "A later decision took its place.", Final: true},
		{Name: "discarded", Means: "Never held.", Final: true},
	},
	Transitions: []machine.Transition[termFacts]{
		{On: "draft", To: "draft", Roles: rolesOf(DraftTermDecision), Means: "Work out what follows from facts and results."},
		{On: "decide", From: from(StatusDraft), To: "decided", Roles: managers, Rules: []machine.Rule[termFacts]{termOther, termCurrent}, Notify: "authorized officials, preparers, the liaison", Means: "Let it hold."},
		{On: "discard", From: from(StatusDraft), To: "discarded", Roles: rolesOf(DraftTermDecision), Comment: true, Means: "Set the draft aside."},
		{On: "supersede", From: from(StatusDecided), To: "superseded", Roles: managers, Means: "Happens when a later decision is made."},
	},
}
