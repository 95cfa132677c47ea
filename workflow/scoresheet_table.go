package workflow

import (
	"earmark/models"
	"earmark/workflow/machine"
)

// StatusRecused is a sheet whose reviewer stepped back.
const StatusRecused models.State = "recused"

// sheetFacts is what the steps of a score sheet depend on; nil where the rule holds.
type sheetFacts struct{ own, open, declared, complete error }

var (
	sheetOwn      = machine.Rule[sheetFacts]{Name: "it is the reviewer's own sheet", Check: func(f sheetFacts) error { return f.own }}
	sheetOpen     = machine.Rule[sheetFacts]{Name: "the grant year is open", Check: func(f sheetFacts) error { return f.open }}
	sheetDeclared = machine.Rule[sheetFacts]{Name: "the reviewer has declared to have no conflict of interest", Check: func(f sheetFacts) error { return f.declared }}
	sheetComplete = machine.Rule[sheetFacts]{Name: "every criterion is scored as the rubric allows, every priority voted on", Check: func(f sheetFacts) error { return f.complete }}
)

// Scoresheets is the life of a score sheet.
var Scoresheets = machine.Table[sheetFacts]{
	Document: "scoresheet",
	States: []machine.State{
		{Name: "draft", Means: "The reviewer is scoring; nobody else of the panel sees it."},
		{Name: "submitted", Means: "Counts in the result of the panel."},
		{Name: "recused", Means: "The reviewer stepped back, such as for a conflict of interest.", Final: true},
	},
	Transitions: []machine.Transition[sheetFacts]{
		{On: "create", To: "draft", Roles: rolesOf(ManagePanel), Rules: []machine.Rule[sheetFacts]{sheetOpen}, Means: "Ask a reviewer to score an application."},
		{On: "submit", From: from(StatusDraft), To: "submitted", Roles: rolesOf(ScoreApplication), Rules: []machine.Rule[sheetFacts]{sheetOwn, sheetOpen, sheetDeclared, sheetComplete}, Means: "Hand the scores in."},
		{On: "recuse", From: from(StatusDraft), To: "recused", Roles: rolesOf(ScoreApplication), Rules: []machine.Rule[sheetFacts]{sheetOwn}, Comment: true, Means: "Step back from this application."},
		{On: "reopen", From: from(StatusSubmitted), To: "draft", Roles: managers, Rules: []machine.Rule[sheetFacts]{sheetOpen}, Comment: true, Means: "Let the reviewer score again."},
	},
}

func ownSheet(who models.Actor, sheet models.Scoresheet) error {
	if who.UserID == sheet.ReviewerID {
		return nil
	}
	return models.Fail(models.Forbidden, "scoresheet.not_own", "Only the reviewer of a score sheet writes it.")
}
