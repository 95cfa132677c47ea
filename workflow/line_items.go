package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// SaveLineItem writes one line of a draft or returned revision: Number 0 adds a line, any
// other replaces the content of that line in this revision. Saving is how a draft is kept
// while it is typed, so unfinished lines are accepted; Validate says what is missing.
type SaveLineItem struct {
	RevisionID         string            `json:"-"`
	Number             int               `json:"-"`
	Version            int64             `json:"-"` // of the revision
	UseCategory        string            `json:"use_category" validate:"max=20"`
	FunctionCode       string            `json:"function_code" validate:"max=10"`
	SchoolID           string            `json:"school_id" validate:"max=64"`
	CostKind           string            `json:"cost_kind" validate:"required,oneof=personnel professional_development purchased_services supplies capital other"`
	Description        string            `json:"description" validate:"required,max=1000"`
	Costs              []CostInput       `json:"costs" validate:"required,min=1,max=20,dive"`
	Links              []LinkInput       `json:"links" validate:"max=50,dive"`
	FTE                models.Hundredths `json:"fte" validate:"gte=0,lte=100000"`
	StaffCount         int               `json:"staff_count" validate:"gte=0,lte=10000"`
	Hours              models.Hundredths `json:"hours" validate:"gte=0,lte=100000000"`
	RateCents          models.Cents      `json:"rate_cents" validate:"gte=0,lte=100000000000"`
	Quantity           models.Hundredths `json:"quantity" validate:"gte=0,lte=10000000000"`
	UnitCostCents      models.Cents      `json:"unit_cost_cents" validate:"gte=0,lte=100000000000"`
	Topic              string            `json:"topic" validate:"max=500"`
	Days               models.Hundredths `json:"days" validate:"gte=0,lte=100000"`
	Grades             string            `json:"grades" validate:"max=40"`
	Metric             string            `json:"metric" validate:"max=1000"`
	DataSource         string            `json:"data_source" validate:"max=500"`
	ImpactStatement    string            `json:"impact_statement" validate:"max=4000"`
	ResourcesStatement string            `json:"resources_statement" validate:"max=4000"`
	PriorFunding       string            `json:"prior_funding" validate:"omitempty,oneof=none grant local state federal"`
	PlanStrategy       string            `json:"plan_strategy" validate:"max=500"`
	PlanActivity       string            `json:"plan_activity" validate:"max=500"`
	StartsOn           models.Date       `json:"starts_on" validate:"omitempty,civil_date"`
	EndsOn             models.Date       `json:"ends_on" validate:"omitempty,civil_date"`
	PriorApproval      bool              `json:"prior_approval"`
}

// CostInput is the part of a line under one object code.
type CostInput struct {
	ObjectCode  string       `json:"object_code" validate:"max=10"`
	AmountCents models.Cents `json:"amount_cents" validate:"gte=0,lte=100000000000000"`
}

// LinkInput ties a line to a target, or only to a goal.
type LinkInput struct {
	GoalID   string `json:"goal_id" validate:"max=64"`
	TargetID string `json:"target_id" validate:"max=64"`
}

// LineSaved is the line as kept, the revision with its new version and total, and what
// the checks say of the line now.
type LineSaved struct {
	Revision models.Revision
	Line     Line
	Findings []models.FieldError
}

// SaveLineItem keeps a line. Errors: Conflict "revision.locked"; Invalid with codes
// "line_item.over_allocation", "line_item.below_spent", "line_item.unknown_code" and others.
func (s *Service) SaveLineItem(ctx context.Context, who models.Actor, in SaveLineItem) (LineSaved, error) {
	var out LineSaved
	if err := s.check(in); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		d, err := s.draft(tx, who, in.RevisionID, in.Version)
		if err != nil {
			return err
		}
		line, err := d.lineFrom(in)
		if err != nil {
			return err
		}
		if err := d.keep(tx, &line); err != nil {
			return err
		}
		action := "change_line_item"
		if in.Number == 0 {
			action = "add_line_item"
		}
		if err := d.update(tx, who, lineEvent(who, action, "", line.Number, d.before(line.Number), &line)); err != nil {
			return err
		}
		out = LineSaved{d.revision, line, d.findings(line)}
		return nil
	})
	return out, err
}

// RemoveLineItem takes a line out of a draft. A line in force stays in the books: its
// removal is part of the amendment and refused once money was spent on it.
func (s *Service) RemoveLineItem(ctx context.Context, who models.Actor, revisionID string, number int, version int64) (models.Revision, error) {
	var rev models.Revision
	err := s.change(ctx, func(tx *store.Tx) error {
		d, err := s.draft(tx, who, revisionID, version)
		if err != nil {
			return err
		}
		line := d.line(number)
		if line == nil || (line.Touched && line.Version.Action == "remove") {
			return models.Fail(models.NotFound, "not_found", "This revision has no line %d.", number)
		}
		if line.SpentCents != 0 {
			return models.Field("/line_items", "line_item.below_spent", fmt.Sprintf("%s is spent on line %d.", line.SpentCents, number),
				"Keep the line with at least the amount that is spent.")
		}
		before := *line
		if err := d.drop(tx, number); err != nil {
			return err
		}
		if err := d.update(tx, who, lineEvent(who, "remove_line_item", "", number, &before, nil)); err != nil {
			return err
		}
		rev = d.revision
		return nil
	})
	return rev, err
}

// lineFrom makes the line out of the input and checks what even a draft may not hold:
// unknown codes, other districts' schools and targets, amounts that do not fit.
func (d *draft) lineFrom(in SaveLineItem) (Line, error) {
	if in.Number != 0 && d.line(in.Number) == nil {
		return Line{}, models.Fail(models.NotFound, "not_found", "This revision has no line %d.", in.Number)
	}
	line, fields := d.lineOf(in)
	return line, invalid(append(fields, d.overAllocation(line)...))
}

// lineOf is lineFrom without what only the whole revision tells: whether its total fits.
// The line exists in the draft, or has no number.
func (d *draft) lineOf(in SaveLineItem) (Line, []models.FieldError) {
	line := Line{Number: in.Number, Touched: true, Version: models.LineVersion{
		RevisionID: d.revision.ID, Action: "add", UseCategory: in.UseCategory, FunctionCode: in.FunctionCode, CostKind: in.CostKind,
		Description: in.Description, FTE: in.FTE, StaffCount: in.StaffCount, Hours: in.Hours, RateCents: in.RateCents, Quantity: in.Quantity,
		UnitCostCents: in.UnitCostCents, Topic: in.Topic, Days: in.Days, Grades: in.Grades, Metric: in.Metric, DataSource: in.DataSource,
		ImpactStatement: in.ImpactStatement, ResourcesStatement: in.ResourcesStatement, PriorFunding: in.PriorFunding, PlanStrategy: in.PlanStrategy,
		PlanActivity: in.PlanActivity, StartsOn: in.StartsOn, EndsOn: in.EndsOn, PriorApproval: in.PriorApproval, Decision: "pending"}}
	if in.SchoolID != "" {
		line.Version.SchoolID = &in.SchoolID
	}
	fields := d.unknown(in)
	for _, c := range in.Costs {
		line.Costs = append(line.Costs, models.LineCost{ObjectCode: c.ObjectCode, AmountCents: c.AmountCents})
		line.Version.AmountCents += c.AmountCents
	}
	slices.SortFunc(line.Costs, func(a, b models.LineCost) int { return compare(a.ObjectCode, b.ObjectCode) })
	for _, k := range in.Links {
		goal := k.GoalID
		if t, ok := d.targets[k.TargetID]; ok {
			goal = t.GoalID
		}
		line.Links = append(line.Links, models.LineLink{GoalID: goal, TargetID: k.TargetID})
	}
	slices.SortFunc(line.Links, func(a, b models.LineLink) int { return compare(a.GoalID+a.TargetID, b.GoalID+b.TargetID) })
	line.Links = slices.Compact(line.Links)
	if in.Number != 0 {
		existing := d.line(in.Number)
		line.LineItemID, line.SpentCents, line.Base = existing.LineItemID, existing.SpentCents, existing.Base
		if existing.Touched {
			line.Version.ID, line.Version.DecisionReason = existing.Version.ID, existing.Version.DecisionReason
		} else {
			base := *existing
			line.Base = &base
		}
		if line.Base != nil {
			line.Version.Action = "change"
		}
		if line.Version.AmountCents < line.SpentCents {
			fields = append(fields, models.FieldError{Pointer: "/costs", Code: "line_item.below_spent",
				Detail: fmt.Sprintf("%s is spent on this line, more than the %s proposed.", line.SpentCents, line.Version.AmountCents),
				Fix:    fmt.Sprintf("Give at least %s.", line.SpentCents)})
		}
	}
	return line, fields
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// unknown lists references of the input to what does not exist for this district and year.
func (d *draft) unknown(in SaveLineItem) []models.FieldError {
	var fields []models.FieldError
	add := func(ok bool, pointer, detail, fix string) {
		if !ok {
			fields = append(fields, models.FieldError{Pointer: pointer, Code: "line_item.unknown_code", Detail: detail, Fix: fix})
		}
	}
	var categories []string
	for _, c := range d.def.UseCategories {
		categories = append(categories, c.Code)
	}
	add(len(categories) == 0 || d.def.UseKnown(in.UseCategory), "/use_category", fmt.Sprintf("There is no use category %q in this program.", in.UseCategory),
		"Give one of: "+join(categories)+".")
	chart := d.def.ChartOfAccounts()
	_, ok := chart.Function(in.FunctionCode, d.year.FiscalYear)
	add(ok, "/function_code", fmt.Sprintf("There is no function code %q.", in.FunctionCode), "Choose a function from the chart of accounts.")
	seen := map[string]bool{}
	for i, c := range in.Costs {
		_, ok := chart.Object(c.ObjectCode, d.year.FiscalYear)
		add(ok, fmt.Sprintf("/costs/%d/object_code", i), fmt.Sprintf("There is no object code %q.", c.ObjectCode), "Choose an object from the chart of accounts.")
		add(!seen[c.ObjectCode], fmt.Sprintf("/costs/%d/object_code", i), fmt.Sprintf("Object %s is given twice.", c.ObjectCode), "Add the two amounts.")
		seen[c.ObjectCode] = true
	}
	add(in.SchoolID == "" || d.schools[in.SchoolID], "/school_id", "This is not a school of the district.", "Choose one of the district's schools.")
	for i, k := range in.Links {
		at := fmt.Sprintf("/links/%d", i)
		target, ok := d.targets[k.TargetID]
		switch {
		case k.TargetID != "":
			add(ok && (k.GoalID == "" || k.GoalID == target.GoalID), at+"/target_id", "This is not a target of the district's agreement under that goal.", "Choose a target of the agreement.")
		default:
			add(d.goals[k.GoalID], at+"/goal_id", "This is not a goal of the district's agreement.", "Choose a goal or, better, a target of the agreement.")
		}
	}
	if !in.StartsOn.IsZero() && !in.EndsOn.IsZero() {
		add(in.StartsOn <= in.EndsOn, "/ends_on", "The line ends before it starts.", "Give a later end.")
	}
	return fields
}

// overAllocation says by how much the revision with this line would pass the allocation.
func (d *draft) overAllocation(line Line) []models.FieldError {
	others, _, err := totalOf(slices.DeleteFunc(slices.Clone(d.lines), func(l Line) bool { return l.Number == line.Number }))
	if err != nil {
		return []models.FieldError{{Pointer: "/costs", Code: "amount.overflow", Detail: "The total is too large.", Fix: "Check the amounts."}}
	}
	room := d.application.AllocationCents - others
	var was models.Cents
	if b := d.before(line.Number); b != nil {
		if e, ok := b.effective(); ok {
			was = e.Version.AmountCents
		}
	}
	if line.Version.AmountCents <= max(room, was) { // under an allocation that became smaller, lines are lowered one by one
		return nil
	}
	return []models.FieldError{{Pointer: "/costs", Code: "line_item.over_allocation",
		Detail: fmt.Sprintf("With this line the total would be %s, %s more than the allocation of %s.", others+line.Version.AmountCents, line.Version.AmountCents-room, d.application.AllocationCents),
		Fix:    fmt.Sprintf("Give at most %s, or lower another line.", max(room, 0))}}
}

func join(list []string) string {
	out := ""
	for i, s := range list {
		if i > 0 {
			out += ", "
		}
		out += s
	}
	return out
}

// findings are what the definition's checks say of one line.
func (d *draft) findings(l Line) []models.FieldError {
	if !l.counts() {
		return nil
	}
	out := d.def.CheckLine(viewOf(d.rules, l, d.partnership, d.retired), d.params)
	for i := range out {
		out[i].Pointer = fmt.Sprintf("/line_items/%d%s", l.Number, out[i].Pointer)
	}
	return out
}
