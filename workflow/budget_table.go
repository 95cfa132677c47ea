package workflow

import (
	"earmark/models"
	"earmark/workflow/machine"
)

// budgetFacts is what the rules of a budget form look at.
type budgetFacts struct {
	open  error // the grant year is
	whole error // nothing is wrong with the form
}

// BudgetForms is the life of a budget form.
var BudgetForms = machine.Table[budgetFacts]{
	Document: "budget_form",
	States: []machine.State{
		{Name: "draft", Means: "Being written."},
		{Name: "submitted", Means: "Handed in; locked."},
		{Name: "removed", Means: "Taken away before it was handed in; counts nowhere.", Final: true},
	},
	Transitions: []machine.Transition[budgetFacts]{
		{On: "create", To: "draft", Roles: rolesOf(EditBudget), Means: "Start the summary or a project form."},
		{On: "submit", From: from(StatusDraft), To: "submitted", Roles: official, Rules: []machine.Rule[budgetFacts]{
			{Name: "the grant year is open", Check: func(f budgetFacts) error { return f.open }},
			{Name: "the form breaks no rule", Check: func(f budgetFacts) error { return f.whole }},
		}, Means: "Hand in; the form is locked."},
		{On: "return", From: from(StatusSubmitted), To: "draft", Roles: roleNames(models.RoleFiscalReviewer, models.RoleManager), Comment: true,
			Notify: "authorized officials, preparers", Means: "Ask for corrections."},
		{On: "remove", From: from(StatusDraft), To: "removed", Roles: rolesOf(EditBudget), Means: "Take the form away."},
	},
}
