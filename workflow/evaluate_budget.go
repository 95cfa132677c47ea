package workflow

import (
	"errors"
	"fmt"

	"earmark/models"
)

// EvaluateBudget is the budget section of a file of facts.
type EvaluateBudget struct {
	Recipient string            `json:"recipient,omitempty"`
	Category  string            `json:"category,omitempty"` // instead of looking the recipient up by its name
	Today     models.Date       `json:"today,omitempty"`    // for the clock of a temporary rate
	Forms     []EvaluateForm    `json:"forms,omitempty"`
	Requests  []EvaluateRequest `json:"requests,omitempty"`
}

// EvaluateForm is one budget form.
type EvaluateForm struct {
	Code string `json:"code"`
	Kind string `json:"kind"` // summary, project
	BudgetContent
}

// EvaluateRequest is a total held against the range of a recipient's category.
type EvaluateRequest struct {
	Recipient   string       `json:"recipient"`
	Category    string       `json:"category,omitempty"`
	AmountCents models.Cents `json:"amount_cents"`
}

// EvaluatedBudget is what the program makes of them.
type EvaluatedBudget struct {
	Forms    []BudgetResult         `json:"forms,omitempty"`
	Requests []*BudgetRequestResult `json:"requests,omitempty"`
}

// budget works out every form; a summary is held against the projects of the same file.
func (e *evaluation) budget() error {
	in, def := e.in.Budget, e.def.Budget
	if in == nil {
		return nil
	}
	if def == nil {
		return models.Field("/budget", "budget.none", "The program has no budget form.", "Leave the section out.")
	}
	on := budgetContext{def: e.def, params: e.params, today: in.Today, recipient: in.Recipient, category: in.Category}
	sheets := make([]*budgetSheet, len(in.Forms))
	for i, f := range in.Forms {
		at := fmt.Sprintf("/budget/forms/%d", i)
		if f.Kind != BudgetSummary && f.Kind != BudgetProject {
			e.broken(at+"/kind", "unknown", "Use summary or project.", "%q is not a kind of budget form.", f.Kind)
			continue
		}
		s, err := newBudgetSheet(def, f.Kind, f.Code, f.BudgetContent)
		if err != nil {
			e.nested(at, err)
			continue
		}
		if sheets[i] = s; f.Kind == BudgetProject {
			on.projects = append(on.projects, s)
		}
	}
	if err := invalid(e.wrong); err != nil {
		return err
	}
	e.out.Budget = &EvaluatedBudget{}
	for _, s := range sheets {
		r, err := s.judge(on)
		if err != nil {
			return err
		}
		e.out.Budget.Forms = append(e.out.Budget.Forms, r)
	}
	for i, q := range in.Requests {
		if def.Request == nil {
			return models.Field(fmt.Sprintf("/budget/requests/%d", i), "budget.none", "The program has no range for requests.", "Leave requests out.")
		}
		e.out.Budget.Requests = append(e.out.Budget.Requests, judgeRequest(def.Request, q.Recipient, q.Category, q.AmountCents))
	}
	return nil
}

// nested puts the fields of an error under the place that it is about.
func (e *evaluation) nested(at string, err error) {
	var x *models.Error
	if !errors.As(err, &x) {
		e.broken(at, "failed", "", "%s", err)
		return
	}
	for _, f := range x.Fields {
		f.Pointer = at + f.Pointer
		e.wrong = append(e.wrong, f)
	}
}
