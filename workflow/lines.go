package workflow

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// Line is a line item as a revision has it.
type Line struct {
	LineItemID string
	Number     int
	Version    models.LineVersion
	Costs      []models.LineCost // by object code
	Links      []models.LineLink // by goal, target
	Touched    bool              // this revision has its own version of the line
	SpentCents models.Cents
	Base       *Line // as the base revision has it; nil for an added line
}

// counts reports whether the line's amount counts in the revision's total.
func (l Line) counts() bool { return l.Version.Action != "remove" && l.Version.Decision != "denied" }

// linked reports whether the line serves a target that is not retired.
func (l Line) linked(retired map[string]bool) bool {
	return slices.ContainsFunc(l.Links, func(k models.LineLink) bool { return k.TargetID != "" && !retired[k.TargetID] })
}

// effective returns what counts for the line: itself, or its base where the change was denied.
func (l Line) effective() (Line, bool) {
	if l.Version.Decision == "denied" && l.Base != nil {
		return *l.Base, l.Base.counts()
	}
	return l, l.counts()
}

// linesOf loads a revision's lines: its own versions over those of the approved revisions
// before it. Removed lines of earlier revisions are left out.
func linesOf(r store.Reading, rev models.Revision) ([]Line, error) {
	rows, err := readerOf(r).LineVersionsUpTo(rev)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.Version.ID
	}
	costs, err := childrenOf(r, ids, func(c models.LineCost) string { return c.LineVersionID }, "object_code")
	if err != nil {
		return nil, err
	}
	links, err := childrenOf(r, ids, func(k models.LineLink) string { return k.LineVersionID }, "goal_id", "target_id")
	if err != nil {
		return nil, err
	}
	return assembleLines(rev, rows, costs, links), nil
}

// assembleLines puts a revision's lines together from every version of them, by line and
// then by revision: those of the revision itself and of approved ones before it.
func assembleLines(rev models.Revision, rows []store.LineVersionRow, costs map[string][]models.LineCost, links map[string][]models.LineLink) []Line {
	var lines []Line
	for i := 0; i < len(rows); {
		var line *Line
		number := rows[i].LineNumber
		for ; i < len(rows) && rows[i].LineNumber == number; i++ {
			row := rows[i]
			own := row.Version.RevisionID == rev.ID
			if !own && row.Version.Decision == "denied" {
				continue
			}
			line = &Line{LineItemID: row.Version.LineItemID, Number: number, Version: row.Version, SpentCents: row.LineSpentCents,
				Costs: costs[row.Version.ID], Links: links[row.Version.ID], Touched: own, Base: baseOf(line, own)}
		}
		if line != nil && (line.Touched || line.Version.Action != "remove") {
			lines = append(lines, *line)
		}
	}
	return lines
}

func baseOf(earlier *Line, own bool) *Line {
	if !own || earlier == nil || earlier.Version.Action == "remove" {
		return nil
	}
	return earlier
}

func readerOf(r store.Reading) *store.Reader {
	switch x := r.(type) {
	case *store.Tx:
		return &x.Reader
	case *store.Reader:
		return x
	}
	panic(fmt.Sprintf("workflow: cannot read from %T", r))
}

// childrenOf loads rows that belong to line versions, in one query, grouped by version.
func childrenOf[T any](r store.Reading, versionIDs []string, key func(T) string, order ...string) (map[string][]T, error) {
	out := map[string][]T{}
	if len(versionIDs) == 0 {
		return out, nil
	}
	rows, err := store.All[T](r, store.Eq{"line_version_id": versionIDs}, order...)
	for _, row := range rows {
		out[key(row)] = append(out[key(row)], row)
	}
	return out, err
}

// totalOf sums the lines that count.
func totalOf(lines []Line) (total models.Cents, count int, err error) {
	for _, l := range lines {
		if e, ok := l.effective(); ok {
			count++
			if total, err = total.Add(e.Version.AmountCents); err != nil {
				return 0, 0, models.Fail(models.Invalid, "amount.overflow", "The total of the lines is too large.")
			}
		}
	}
	return total, count, nil
}

// budgetOf sums what lines cost by cell, on the basis of the amendment rule.
func budgetOf(lines []Line, basis string) map[models.Cell]models.Cents {
	budget := map[models.Cell]models.Cents{}
	for _, l := range lines {
		e, ok := l.effective()
		switch {
		case !ok:
		case basis == "line" || basis == "use_category":
			budget[cellOf(e, basis)] += e.Version.AmountCents
		default:
			for _, c := range e.Costs {
				cell := models.Cell{ObjectCode: c.ObjectCode}
				if basis == "cell" {
					cell.FunctionCode = e.Version.FunctionCode
				}
				budget[cell] += c.AmountCents
			}
		}
	}
	return budget
}

func cellOf(l Line, basis string) models.Cell {
	if basis == "line" {
		return models.Cell{Line: l.Number}
	}
	return models.Cell{UseCategory: l.Version.UseCategory}
}

// FieldChange is one input of a line that differs between two revisions.
type FieldChange struct {
	Field  string
	Before any
	After  any
}

// administrative fields of a version are not content of the line.
var notContent = []string{"ID", "LineItemID", "RevisionID", "Action", "Decision", "DecisionReason", "DecisionStep", "DecidedBy"}

// changedFields compares the contents of two lines; either may be nil.
func changedFields(before, after *Line) []FieldChange {
	b, a := contentOf(before), contentOf(after)
	var out []FieldChange
	names := slices.Sorted(maps.Keys(a))
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(b))
	}
	for _, n := range names {
		if !reflect.DeepEqual(b[n], a[n]) {
			out = append(out, FieldChange{n, b[n], a[n]})
		}
	}
	return out
}

func contentOf(l *Line) map[string]any {
	if l == nil {
		return nil
	}
	out := map[string]any{}
	v := reflect.ValueOf(l.Version)
	for _, f := range models.AuditFields(v.Type()) {
		if !slices.Contains(notContent, f.GoName) {
			out[f.Name] = f.Told(v)
		}
	}
	costs := map[string]models.Cents{}
	for _, c := range l.Costs {
		costs[c.ObjectCode] = c.AmountCents
	}
	out["costs"] = costs
	links := make([]string, 0, len(l.Links))
	for _, k := range l.Links {
		links = append(links, strings.TrimSuffix(k.GoalID+"/"+k.TargetID, "/"))
	}
	slices.Sort(links)
	out["links"] = links
	return out
}

// lineEvent is the audit event of a change of one line of a revision. A line that was to be
// removed and is not any more is told as a whole.
func lineEvent(who models.Actor, action, reason string, number int, before, after *Line) models.AuditEvent {
	changes := map[string][2]any{}
	tellLine(changes, number, before, after)
	e := event(who, action, reason, nil, nil)
	e.Changes = jsonText(changes)
	return e
}

// tellLine adds the change of one line to the changes of an event.
func tellLine(changes map[string][2]any, number int, before, after *Line) {
	tellDecision(changes, number, decisionOf(before), decisionOf(after))
	if before != nil && before.Version.Action == "remove" {
		before = nil
	}
	for _, c := range changedFields(before, after) {
		changes[fmt.Sprintf("line_items/%d/%s", number, c.Field)] = [2]any{c.Before, c.After}
	}
}

// decisionOf is what was decided of a line that its revision touches.
func decisionOf(l *Line) string {
	if l == nil || !l.Touched {
		return "pending"
	}
	return l.Version.Decision
}

func tellDecision(changes map[string][2]any, number int, before, after string) {
	if before != after {
		changes[fmt.Sprintf("line_items/%d/decision", number)] = [2]any{before, after}
	}
}

// reopened are the decisions of lines that handing a revision in again takes back.
func reopened(lines []Line) map[string][2]any {
	changes := map[string][2]any{}
	for i := range lines {
		if before := decisionOf(&lines[i]); before == "returned" || before == "approved" {
			tellDecision(changes, lines[i].Number, before, "pending")
		}
	}
	return changes
}

// viewOf is the line as the checks of a definition see it.
func viewOf(ru rules, l Line, partnership map[string]bool, retired map[string]bool) programs.LineView {
	v := l.Version
	view := programs.LineView{
		Number: int64(l.Number), UseCategory: v.UseCategory, FunctionCode: v.FunctionCode, CostKind: v.CostKind, Description: v.Description,
		AmountCents: int64(v.AmountCents), FTE: int64(v.FTE), StaffCount: int64(v.StaffCount), Hours: int64(v.Hours), RateCents: int64(v.RateCents),
		Quantity: int64(v.Quantity), UnitCostCents: int64(v.UnitCostCents), Topic: v.Topic, Days: int64(v.Days), Grades: v.Grades,
		Metric: v.Metric, DataSource: v.DataSource, ImpactStatement: v.ImpactStatement, ResourcesStatement: v.ResourcesStatement,
		PriorFunding: v.PriorFunding, PlanStrategy: v.PlanStrategy, PlanActivity: v.PlanActivity, StartsOn: string(v.StartsOn), EndsOn: string(v.EndsOn),
		PriorApproval: v.PriorApproval, HasSchool: v.SchoolID != nil, SchoolIsPartnership: v.SchoolID != nil && partnership[*v.SchoolID],
	}
	for _, c := range l.Costs {
		view.Costs = append(view.Costs, programs.CostView{ObjectCode: c.ObjectCode, AmountCents: int64(c.AmountCents)})
	}
	lookUp(ru.def, ru.year.FiscalYear, &view)
	for _, k := range l.Links {
		switch {
		case k.TargetID == "":
			view.Goals++
		case !retired[k.TargetID]:
			view.Targets++
		}
	}
	return view
}

// lookUp finds the codes of a line in the definition and in its chart of accounts.
func lookUp(def *programs.Definition, fiscalYear int, view *programs.LineView) {
	chart := def.ChartOfAccounts()
	view.UseKnown = def.UseKnown(view.UseCategory)
	fn, known := chart.Function(view.FunctionCode, fiscalYear)
	view.FunctionKnown, view.FunctionRequiresSchool = known, fn.SchoolRequired
	view.ObjectsKnown, view.PairsAllowed = true, true
	for _, c := range view.Costs {
		if _, ok := chart.Object(c.ObjectCode, fiscalYear); !ok {
			view.ObjectsKnown = false
		}
		if !chart.Allowed(view.FunctionCode, c.ObjectCode) {
			view.PairsAllowed = false
		}
	}
}
