package web

import (
	"strings"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) budgetForms(r *request) error {
	var in workflow.ListBudgetForms
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	years, districts, err := r.yearsAndDistricts("")
	if err != nil {
		return err
	}
	type row = models.BudgetForm
	l := Listing[row]{Path: "/budget_forms", Name: "budget_forms", Caption: r.t("Budget forms"), Long: true, Key: func(b row) string { return b.ID },
		Load: func(p workflow.Page) ([]row, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.BudgetForms(r.ctx(), r.who, in)
		},
		Columns: []Column[row]{
			{Key: "code", Label: r.t("Form"), Cell: func(b row) Cell { return Text(b.Title).To("/budget_forms/" + b.ID).Noted(b.Code) }},
			{Key: "kind", Label: r.t("Kind"), Cell: func(b row) Cell { return Text(r.t(words(b.FormKind))) }},
			{Key: "district", Label: r.t("Organization"), Cell: func(b row) Cell { return Text(textOf(districts, b.OrganizationID)) }},
			{Key: "status", Label: r.t("Status"), Cell: func(b row) Cell { return r.Tagged(string(b.Status)) }},
			{Key: "entered_cents", Label: r.t("Entered"), Unit: models.UnitCents, Cell: func(b row) Cell { return Number(b.EnteredCents) }}},
		Filters: []Field{f.Select("grant_year_id", r.t("Grant year"), years), f.Select("organization_id", r.t("District"), districts), f.Select("status", r.t("Status"), r.states("draft", "submitted", "removed"))},
		Empty:   r.t("There is no budget form yet.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Budget forms"), Section: "/budget_forms", Body: v, Lead: r.t("Numbered lines over the years of a project; computed lines follow from the others.")})
}

type budgetBody struct {
	workflow.BudgetFormDetail
	Form     *Form
	Years    []string
	Rows     []budgetRow
	Problems []workflow.BudgetProblem
	Writable bool
	Steps    []Confirm
	Blocked  []string
}

type budgetRow struct {
	Line, Title, Total string
	Computed           bool
	Cells              []Field
	Shown              []string
}

func (w *Web) budgetForm(r *request) error { return w.showBudget(r, nil) }

func budgetCell(line, year string) string { return "cell." + line + "." + year }

func (w *Web) showBudget(r *request, f *Form) error {
	d, err := r.s.BudgetForm(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	y, err := r.yearOf(d.GrantYearID)
	if err != nil {
		return err
	}
	result, err := r.s.ValidateBudgetForm(r.ctx(), r.who, d.ID)
	if err != nil {
		return err
	}
	b := budgetBody{BudgetFormDetail: d, Form: f, Problems: result.Problems, Writable: d.Status == workflow.StatusDraft && r.s.May(r.who, workflow.EditBudget, d.OrganizationID)}
	if def, ok := r.s.Programs().Program(y.ProgramCode); ok && def.Budget != nil {
		b.Years = def.Budget.Years
	}
	fresh := f == nil
	if fresh {
		b.Form = r.form("/budget_forms/"+d.ID, d.Version, nil)
	}
	for _, l := range d.Lines {
		row := budgetRow{Line: l.Line, Title: l.Title, Computed: l.Computed, Total: l.TotalCents.String()}
		for i, amount := range l.AmountsCents {
			if i >= len(b.Years) {
				break
			}
			text := ""
			if amount != nil {
				text = strings.TrimPrefix(amount.String(), "$")
			}
			row.Shown = append(row.Shown, text)
			name := budgetCell(l.Line, b.Years[i])
			if fresh {
				b.Form.Values.Set(name, text)
			}
			cell := b.Form.Money(name, r.t("Line %s, %s", l.Line, b.Years[i]))
			row.Cells = append(row.Cells, cell)
		}
		b.Rows = append(b.Rows, row)
	}
	for _, o := range workflow.Offers(r.who, &d.BudgetForm) {
		if o.Blocked != "" {
			b.Blocked = append(b.Blocked, o.Blocked)
			continue
		}
		b.Steps = append(b.Steps, newConfirm(r.t(words(o.Event)), r.t(o.Means), "", r.t("Yes"), "/budget_forms/"+d.ID+"/transitions", o.Event, d.Version).Asking(r.t("Comment"), o.Comment))
	}
	p := Page{Title: d.Title, Lead: d.Code + " · " + y.Title, Section: "/budget_forms", Crumbs: []Link{{Text: r.t("Budget forms"), Href: "/budget_forms"}}, Wide: true, Body: b, Problems: f.Problems()}
	if f != nil {
		p.Status = f.Status()
	}
	return r.show("budget_form", p)
}

// saveBudgetForm saves the entered lines; what the form keeps beside them stays.
func (w *Web) saveBudgetForm(r *request) error {
	d, err := r.s.BudgetForm(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	y, err := r.yearOf(d.GrantYearID)
	if err != nil {
		return err
	}
	f, ok := r.sent("/budget_forms/"+d.ID, nil)
	in := workflow.SaveBudgetForm{ID: d.ID, Version: f.Version, Title: d.Title, Items: d.Entered.Items, Indirect: d.Entered.Indirect}
	var wrong []models.FieldError
	def, known := r.s.Programs().Program(y.ProgramCode)
	for _, l := range d.Lines {
		row := workflow.BudgetRow{Line: l.Line, AmountsCents: map[string]models.Cents{}, Printed: l.Printed}
		if l.Computed {
			if len(l.Printed) > 0 {
				row.AmountsCents = nil
				in.Rows = append(in.Rows, row)
			}
			continue
		}
		if known && def.Budget != nil {
			for _, year := range def.Budget.Years {
				text := strings.TrimSpace(f.Values.Get(budgetCell(l.Line, year)))
				if text == "" {
					continue
				}
				c, err := models.ParseCents(text)
				if err != nil {
					wrong = append(wrong, models.FieldError{Pointer: "/" + strings.ReplaceAll(budgetCell(l.Line, year), ".", "/"), Code: "amount", Severity: "error",
						Detail: r.t("Line %s, %s", l.Line, year) + `: "` + text + `"`, Fix: r.t("Write it like 1,234.50.")})
					continue
				}
				row.AmountsCents[year] = c
			}
		}
		in.Rows = append(in.Rows, row)
	}
	if ok && len(wrong) > 0 {
		f.Failed, ok = &models.Error{Kind: models.Invalid, Code: "invalid_input", Detail: r.t("An input cannot be read."), Fields: wrong}, false
	}
	if ok {
		if _, err := r.s.SaveBudgetForm(r.ctx(), r.who, in); err == nil {
			return r.done("/budget_forms/"+d.ID, "Saved. The computed lines are worked out anew.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	if stale(f) {
		f.Version = d.Version
	}
	return w.showBudget(r, f)
}

func (w *Web) stepBudgetForm(r *request) error {
	in := workflow.TransitionBudgetForm{ID: r.id()}
	f, ok := r.sent(r.Request.URL.Path, &in)
	if ok {
		if _, err := r.s.TransitionBudgetForm(r.ctx(), r.who, in); err == nil {
			return r.done("/budget_forms/"+in.ID, "Done.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showBudget(r, f)
}
