package web

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// newDiffRow puts words to what differs of a line.
func newDiffRow(r *request, names lineNames, l workflow.LineDiff) diffRow {
	row := diffRow{Number: l.Number, Change: l.Change, Description: l.Description, Before: l.BeforeCents, After: l.AfterCents, Moved: l.AfterCents - l.BeforeCents, Spent: l.SpentCents}
	if l.Change != "changed" {
		return row
	}
	for _, f := range l.Fields {
		if f.Field != "amount_cents" { // it stands in the row already
			row.Fields = append(row.Fields, fieldRow{r.t(lineFieldTitle(f.Field)), names.valueText(r, f.Field, f.Before), names.valueText(r, f.Field, f.After)})
		}
	}
	return row
}

// lineFieldTitles are the inputs of a line as its form names them.
var lineFieldTitles = map[string]string{
	"use_category": "Use category", "function_code": "Function", "school_id": "School", "cost_kind": "Kind of cost", "description": "Description", "costs": "Costs by object",
	"links": "Benchmarks and outcomes", "fte": "FTE", "staff_count": "Number of staff", "hours": "Hours", "rate_cents": "Rate", "quantity": "Quantity", "unit_cost_cents": "Cost per unit",
	"topic": "Topic", "days": "Days", "grades": "Grades", "metric": "How effectiveness is measured", "data_source": "Source of the data", "impact_statement": "Direct impact on achievement",
	"resources_statement": "Why existing resources cannot pay", "prior_funding": "Paid last year from", "plan_strategy": "Strategy of the plan", "plan_activity": "Activity of the plan",
	"starts_on": "Starts", "ends_on": "Ends", "prior_approval": "Prior approval asked for",
}

func lineFieldTitle(field string) string {
	if title, known := lineFieldTitles[field]; known {
		return title
	}
	return words(field)
}

// valueText is an input as people read it.
func (n lineNames) valueText(r *request, field string, v any) string {
	switch x := v.(type) {
	case nil:
		return "–"
	case models.Cents:
		return x.String()
	case models.Hundredths:
		return strings.TrimSuffix(x.String(), ".00")
	case models.Date:
		return day(r.lang, x)
	case bool:
		if x {
			return r.t("Yes")
		}
		return r.t("No")
	case map[string]models.Cents:
		var parts []string
		for _, code := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, n.object(code)+": "+x[code].String())
		}
		return strings.Join(parts, "; ")
	case []string:
		var parts []string
		for _, link := range x {
			goal, target, _ := strings.Cut(link, "/")
			if t, known := n.targets[target]; known {
				parts = append(parts, t.Code)
			} else {
				parts = append(parts, r.t("Goal %d", n.goals[goal].Number))
			}
		}
		return orDash(strings.Join(parts, ", "))
	}
	text := fmt.Sprint(v)
	switch field {
	case "school_id":
		text = n.schools[text]
	case "function_code":
		text = n.function(text)
	case "cost_kind", "prior_funding":
		text = r.t(words(text))
	}
	return orDash(text)
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}
