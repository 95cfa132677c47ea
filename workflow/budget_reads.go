package workflow

import (
	"context"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/tablecheck"
)

// TransitionBudgetForm takes a step of a budget form: submit, return (with a comment), remove.
type TransitionBudgetForm struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Event   string `json:"event" validate:"required,oneof=submit return remove"`
	Comment string `json:"comment" validate:"max=2000"`
}

// TransitionBudgetForm takes the step. Submitting validates everything at once. Errors:
// Conflict "budget_form.no_such_step"; Invalid with every problem of the form.
func (s *Service) TransitionBudgetForm(ctx context.Context, who models.Actor, in TransitionBudgetForm) (BudgetFormDetail, error) {
	var out BudgetFormDetail
	if err := s.check(in); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		f, err := lockBudgetForm(tx, who, in.ID, in.Version)
		if err != nil {
			return err
		}
		forms, ru, err := s.budgetForms(tx, f)
		if err != nil {
			return err
		}
		var facts budgetFacts
		if in.Event == "submit" {
			facts.open = ru.open()
			result, err := s.judgeForm(tx, forms[0], ru)
			if err != nil {
				return err
			}
			facts.whole = result.refusal()
		}
		step, err := take(BudgetForms, f.Status, in.Event, who, f.OrganizationID, in.Comment, facts)
		if err != nil {
			return refuse(err)
		}
		before := f
		f.Status = models.State(step.To)
		f.SubmittedBy, f.SubmittedOn = nil, ""
		if f.Status == StatusSubmitted {
			f.SubmittedBy, f.SubmittedOn = &who.UserID, s.Today()
		}
		if err := tx.Update(&f, "status", "submitted_by", "submitted_on"); err != nil {
			return err
		}
		tx.Audit(&f, ruled(event(who, in.Event, in.Comment, before, f), ru))
		out = forms[0]
		out.BudgetForm = f
		if in.Event != "return" {
			return nil
		}
		return notify(tx, "budget_form.returned", &f, f.OrganizationID, "Budget form "+f.Code+" needs corrections", in.Comment, s.Today(), districtRoles...)
	})
	return out, err
}

// refusal is the error of a form that breaks rules, or nil when it has warnings at most.
func (r BudgetResult) refusal() error {
	fields := make([]models.FieldError, len(r.Problems))
	for i, p := range r.Problems {
		fields[i] = models.FieldError{Pointer: p.Pointer, Code: p.Code, Detail: p.Detail, Fix: p.Fix, Severity: p.Severity}
	}
	return invalid(fields)
}

// judgeForm works out a stored form; a summary together with the project forms.
func (s *Service) judgeForm(r store.Reading, f BudgetFormDetail, ru rules) (BudgetResult, error) {
	org, err := store.Get[models.Organization](r, f.OrganizationID)
	if err != nil {
		return BudgetResult{}, err
	}
	on := budgetContext{def: ru.def, params: ru.params, today: s.Today(), recipient: org.Name}
	if q := ru.def.Budget.Request; q != nil && q.Fact != "" {
		facts, err := store.All[models.Fact](r, store.Eq{"organization_id": org.ID, "name": q.Fact}, "year")
		if err != nil {
			return BudgetResult{}, err
		}
		for _, x := range facts {
			on.category = x.Value // the latest year's
		}
	}
	if f.FormKind == BudgetSummary {
		rows, err := store.All[models.BudgetForm](r, store.Eq{"organization_id": org.ID, "grant_year_id": f.GrantYearID, "form_kind": BudgetProject,
			"status": []string{string(StatusDraft), string(StatusSubmitted)}}, "code")
		if err != nil {
			return BudgetResult{}, err
		}
		if len(rows) > 0 {
			projects, _, err := s.budgetForms(r, rows...)
			if err != nil {
				return BudgetResult{}, err
			}
			for _, p := range projects {
				on.projects = append(on.projects, p.computed)
			}
		}
	}
	return f.computed.judge(on)
}

// ListBudgetForms asks for budget forms, in the order they were started.
type ListBudgetForms struct {
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	FormKind       string `json:"form_kind" validate:"omitempty,oneof=summary project"`
	Status         string `json:"status" validate:"omitempty,oneof=draft submitted removed"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// BudgetForms lists budget forms, without their lines.
func (s *Service) BudgetForms(ctx context.Context, who models.Actor, in ListBudgetForms) ([]models.BudgetForm, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.List[models.BudgetForm](s.db.Read(ctx), narrow(scope(who), in.OrganizationID),
		eq("grant_year_id", in.GrantYearID, "form_kind", in.FormKind, "status", in.Status), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// BudgetForm is one form with its lines, computed ones too.
func (s *Service) BudgetForm(ctx context.Context, who models.Actor, id string) (BudgetFormDetail, error) {
	return s.readBudgetForm(s.db.Read(ctx), who, id)
}

func (s *Service) readBudgetForm(r store.Reading, who models.Actor, id string) (BudgetFormDetail, error) {
	f, err := s.budgetForm(r, id)
	if err != nil {
		return f, err
	}
	return f, allow(who, ReadDocuments, f.OrganizationID)
}

// ValidateBudgetForm is everything that is wrong with a form at once: broken rules,
// differences of printed values and, of a summary, where it does not tie out with the projects.
func (s *Service) ValidateBudgetForm(ctx context.Context, who models.Actor, id string) (BudgetResult, error) {
	r := s.db.Read(ctx)
	f, err := s.readBudgetForm(r, who, id)
	if err != nil {
		return BudgetResult{}, err
	}
	ru, err := s.rules(r, f.GrantYearID)
	if err != nil {
		return BudgetResult{}, err
	}
	return s.judgeForm(r, f, ru)
}

// BudgetFormCell is one cell of a form, for tables and CSV.
type BudgetFormCell struct {
	Line        string        `json:"line"`
	Title       string        `json:"title"`
	Year        string        `json:"year"` // or total
	Computed    bool          `json:"computed"`
	AmountCents *models.Cents `json:"amount_cents"`
	Printed     string        `json:"printed"`
}

// BudgetFormCells are all cells of a form that hold something, line by line.
func (s *Service) BudgetFormCells(ctx context.Context, who models.Actor, id string) ([]BudgetFormCell, error) {
	f, err := s.readBudgetForm(s.db.Read(ctx), who, id)
	if err != nil {
		return nil, err
	}
	var out []BudgetFormCell
	for _, l := range f.Lines {
		for y := range len(l.AmountsCents) + 1 {
			c := BudgetFormCell{Line: l.Line, Title: l.Title, Year: "total", Computed: true}
			if y < len(l.AmountsCents) {
				c.Year, c.Computed, c.AmountCents = f.computed.def.Years[y], l.Computed, l.AmountsCents[y]
			} else if l.TotalCents != 0 {
				c.AmountCents = &l.TotalCents
			}
			if y < len(l.Printed) {
				c.Printed = l.Printed[y]
			}
			if c.AmountCents != nil || c.Printed != "" {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// CheckTables holds printed tables against their own arithmetic. Nothing is stored.
func (s *Service) CheckTables(_ context.Context, who models.Actor, in tablecheck.File) (tablecheck.Report, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return tablecheck.Report{}, err
	}
	return tablecheck.Run(in)
}
