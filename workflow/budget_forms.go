package workflow

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// NewBudgetForm starts a budget form of an organization in a grant year.
type NewBudgetForm struct {
	GrantYearID    string         `json:"grant_year_id" validate:"required,max=64"`
	OrganizationID string         `json:"organization_id" validate:"required,max=64"`
	FormKind       string         `json:"form_kind" validate:"required,oneof=summary project"`
	Code           string         `json:"code" validate:"required,max=40,text"`
	Title          string         `json:"title" validate:"required,max=300,text"`
	Rows           []BudgetRow    `json:"rows" validate:"max=200,dive"`
	Items          []BudgetItem   `json:"items" validate:"max=500,dive"`
	Indirect       BudgetIndirect `json:"indirect"`
}

// SaveBudgetForm replaces what a draft says.
type SaveBudgetForm struct {
	ID       string         `json:"-"`
	Version  int64          `json:"-"`
	Title    string         `json:"title" validate:"required,max=300,text"`
	Rows     []BudgetRow    `json:"rows" validate:"max=200,dive"`
	Items    []BudgetItem   `json:"items" validate:"max=500,dive"`
	Indirect BudgetIndirect `json:"indirect"`
}

// BudgetFormDetail is a form with its lines, computed ones too.
type BudgetFormDetail struct {
	models.BudgetForm
	Lines    []BudgetLineResult
	Entered  BudgetContent // Items and Indirect; the rows are in Lines
	computed *budgetSheet
}

// toldForm is what the audit trail tells of a form: its cells too.
type toldForm struct {
	models.BudgetForm
	Rows string
}

// CreateBudgetForm starts a form. Errors: Conflict "grant_year.not_open",
// "budget_form.exists", "budget_form.no_form"; Invalid "budget.…" for what cannot be entered.
func (s *Service) CreateBudgetForm(ctx context.Context, who models.Actor, in NewBudgetForm) (BudgetFormDetail, error) {
	var out BudgetFormDetail
	if err := s.check(in); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		org, err := store.Get[models.Organization](tx, in.OrganizationID)
		if err != nil {
			return err
		}
		if err := allow(who, EditBudget, org.ID); err != nil {
			return err
		}
		id, replay, err := once(tx, who, "budget_form", in)
		if err != nil {
			return err
		}
		if replay {
			out, err = s.budgetForm(tx, id)
			return err
		}
		ru, err := s.budgetRules(tx, in.GrantYearID)
		if err != nil {
			return err
		}
		if err := budgetFormFree(tx, in); err != nil {
			return err
		}
		f := models.BudgetForm{Root: models.Root{ID: id}, GrantYearID: ru.year.ID, OrganizationID: org.ID, FormKind: in.FormKind, Code: in.Code, Title: in.Title,
			Status: StatusDraft, CreatedBy: who.UserID}
		content := BudgetContent{in.Rows, in.Items, in.Indirect}
		if out, err = writeBudget(&f, ru, content); err != nil {
			return err
		}
		if err := tx.Insert(&out.BudgetForm); err != nil {
			return err
		}
		if err := createCells(tx, out); err != nil {
			return err
		}
		tx.Audit(&out.BudgetForm, ruled(event(who, "create", "", nil, toldForm{out.BudgetForm, rowsText(content.Rows)}), ru))
		return nil
	})
	return out, err
}

// budgetRules are the rules of an open grant year whose program has a budget form.
func (s *Service) budgetRules(r store.Reading, grantYearID string) (rules, error) {
	ru, err := s.openRules(r, grantYearID)
	if err == nil && ru.def.Budget == nil {
		err = models.Fail(models.Conflict, "budget_form.no_form", "The program of %s has no budget form.", ru.year.Title)
	}
	return ru, err
}

// budgetFormFree: one summary for each organization and year, and one form of each code.
func budgetFormFree(tx *store.Tx, in NewBudgetForm) error {
	forms, err := store.All[models.BudgetForm](tx, store.Eq{"organization_id": in.OrganizationID, "grant_year_id": in.GrantYearID, "status": []string{string(StatusDraft), string(StatusSubmitted)}})
	if err != nil {
		return err
	}
	for _, f := range forms {
		if f.Code == in.Code || f.FormKind == BudgetSummary && in.FormKind == BudgetSummary {
			return models.Fail(models.Conflict, "budget_form.exists", "There is the %s form %s already.", f.FormKind, f.Code)
		}
	}
	return nil
}

// writeBudget puts content into a form, or refuses it.
func writeBudget(f *models.BudgetForm, ru rules, in BudgetContent) (BudgetFormDetail, error) {
	sheet, err := newBudgetSheet(ru.def.Budget, f.FormKind, f.Code, in)
	if err != nil {
		return BudgetFormDetail{}, err
	}
	items, err := json.Marshal(slices.Concat([]BudgetItem{}, in.Items))
	if err != nil {
		return BudgetFormDetail{}, err
	}
	indirect, err := json.Marshal(in.Indirect)
	if err != nil {
		return BudgetFormDetail{}, err
	}
	f.Items, f.Indirect, f.EnteredCents = string(items), string(indirect), sheet.entered()
	return BudgetFormDetail{BudgetForm: *f, Lines: sheet.lines(), Entered: in, computed: sheet}, nil
}

// entered is the sum of the lines that are not computed.
func (s *budgetSheet) entered() (sum models.Cents) {
	for i, l := range s.def.Lines {
		if l.Is == "" {
			sum += s.total(i)
		}
	}
	return sum
}

func rowsText(rows []BudgetRow) string {
	text, err := json.Marshal(rows)
	if err != nil {
		return ""
	}
	return string(text)
}

// createCells writes what is in a form: amounts of entered lines, printed texts of all.
func createCells(tx *store.Tx, f BudgetFormDetail) error {
	var cells []models.BudgetCell
	for i, l := range f.computed.def.Lines {
		for y := range max(len(f.computed.def.Years), len(f.computed.printed[i])) {
			cell := models.BudgetCell{FormID: f.ID, Line: l.Code, Year: y}
			if y < len(f.computed.def.Years) && l.Is == "" {
				cell.AmountCents = f.computed.amounts[i][y]
			}
			if y < len(f.computed.printed[i]) {
				cell.Printed = f.computed.printed[i][y]
			}
			if cell.AmountCents != nil || cell.Printed != "" {
				cells = append(cells, cell)
			}
		}
	}
	if len(cells) == 0 {
		return nil
	}
	return tx.Create(&cells)
}

// SaveBudgetForm replaces title, amounts, build-ups and indirect costs of a draft. It
// locks the form. Errors: Conflict "budget_form.locked", "grant_year.not_open"; Invalid
// "budget.…".
func (s *Service) SaveBudgetForm(ctx context.Context, who models.Actor, in SaveBudgetForm) (BudgetFormDetail, error) {
	var out BudgetFormDetail
	if err := s.check(in); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		f, err := lockBudgetForm(tx, who, in.ID, in.Version)
		if err != nil {
			return err
		}
		if err := allow(who, EditBudget, f.OrganizationID); err != nil {
			return err
		}
		if f.Status != StatusDraft {
			return models.Fail(models.Conflict, "budget_form.locked", "The form %s is %s, so it cannot be changed.", f.Code, f.Status)
		}
		ru, err := s.budgetRules(tx, f.GrantYearID)
		if err != nil {
			return err
		}
		before, err := s.budgetForm(tx, f.ID)
		if err != nil {
			return err
		}
		f.Title = in.Title
		content := BudgetContent{in.Rows, in.Items, in.Indirect}
		if out, err = writeBudget(&f, ru, content); err != nil {
			return err
		}
		if err := tx.Update(&out.BudgetForm, "title", "items", "indirect", "entered_cents"); err != nil {
			return err
		}
		if err := tx.Remove(&models.BudgetCell{}, store.Eq{"form_id": f.ID}); err != nil {
			return err
		}
		if err := createCells(tx, out); err != nil {
			return err
		}
		tx.Audit(&out.BudgetForm, ruled(event(who, "save", "", toldForm{before.BudgetForm, rowsText(before.Entered.Rows)}, toldForm{out.BudgetForm, rowsText(content.Rows)}), ru))
		return nil
	})
	return out, err
}

// lockBudgetForm locks a form that the actor may see.
func lockBudgetForm(tx *store.Tx, who models.Actor, id string, version int64) (models.BudgetForm, error) {
	f, err := store.Get[models.BudgetForm](tx, id)
	if err != nil {
		return f, err
	}
	if err := allow(who, ReadDocuments, f.OrganizationID); err != nil { // before its version is told
		return f, err
	}
	return store.Lock[models.BudgetForm](tx, id, version)
}

// budgetForm reads a form with its cells.
func (s *Service) budgetForm(r store.Reading, id string) (BudgetFormDetail, error) {
	f, err := store.Get[models.BudgetForm](r, id)
	if err != nil {
		return BudgetFormDetail{}, err
	}
	forms, _, err := s.budgetForms(r, f)
	if err != nil {
		return BudgetFormDetail{}, err
	}
	return forms[0], nil
}

// budgetForms puts together forms of one grant year with their cells, in two reads.
func (s *Service) budgetForms(r store.Reading, forms ...models.BudgetForm) ([]BudgetFormDetail, rules, error) {
	ru, err := s.rules(r, forms[0].GrantYearID)
	if err != nil {
		return nil, ru, err
	}
	ids := make([]string, len(forms))
	for i, f := range forms {
		ids[i] = f.ID
	}
	cells, err := store.All[models.BudgetCell](r, store.Eq{"form_id": ids}, "form_id", "line", "year")
	if err != nil {
		return nil, ru, err
	}
	byForm := map[string][]models.BudgetCell{}
	for _, c := range cells {
		byForm[c.FormID] = append(byForm[c.FormID], c)
	}
	out := make([]BudgetFormDetail, len(forms))
	for i, f := range forms {
		if out[i], err = storedForm(f, ru, byForm[f.ID]); err != nil {
			return nil, ru, fmt.Errorf("budget form %s: %w", f.ID, err)
		}
	}
	return out, ru, nil
}

func storedForm(f models.BudgetForm, ru rules, cells []models.BudgetCell) (BudgetFormDetail, error) {
	var in BudgetContent
	if err := cmp.Or(json.Unmarshal([]byte(f.Items), &in.Items), json.Unmarshal([]byte(f.Indirect), &in.Indirect)); err != nil {
		return BudgetFormDetail{}, err
	}
	at := map[string]int{}
	for _, c := range cells {
		i, known := at[c.Line]
		if !known {
			i = len(in.Rows)
			at[c.Line] = i
			in.Rows = append(in.Rows, BudgetRow{Line: c.Line})
		}
		row := &in.Rows[i]
		if c.AmountCents != nil {
			if row.AmountsCents == nil {
				row.AmountsCents = map[string]models.Cents{}
			}
			row.AmountsCents[ru.def.Budget.Years[c.Year]] = *c.AmountCents
		}
		if c.Printed != "" {
			for len(row.Printed) <= c.Year {
				row.Printed = append(row.Printed, "")
			}
			row.Printed[c.Year] = c.Printed
		}
	}
	return writeBudget(&f, ru, in)
}
