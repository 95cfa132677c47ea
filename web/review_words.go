package web

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// fieldName is a line's field as people call it.
func (r *request) fieldName(field string) string {
	switch field {
	case "amount_cents":
		return r.t("Amount")
	case "fte":
		return r.t("FTE")
	case "costs":
		return r.t("By object code")
	case "links":
		return r.t("Targets")
	case "school_id":
		return r.t("School")
	case "rate_cents":
		return r.t("Hourly rate")
	case "unit_cost_cents":
		return r.t("Unit cost")
	case "function_code":
		return r.t("Function")
	case "starts_on":
		return r.t("Begins")
	case "ends_on":
		return r.t("Ends")
	}
	return r.t(words(field))
}

// fieldValue is a line's value as people write it.
func (r *request) fieldValue(v workflow.ReviewView, field string, value any) string {
	switch x := value.(type) {
	case nil:
		return ""
	case models.Cents:
		return x.String()
	case models.Hundredths:
		return strings.TrimSuffix(x.String(), ".00")
	case models.Date:
		return day(r.lang, x)
	case bool:
		if x {
			return r.t("yes")
		}
		return r.t("no")
	case map[string]models.Cents:
		var parts []string
		for _, code := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, code+": "+x[code].String())
		}
		return strings.Join(parts, "; ")
	case []string:
		return r.linkNames(v, x)
	case string:
		return r.codeName(v, field, x)
	}
	return fmt.Sprint(value)
}

// linkNames are goal/target identifiers as the codes of the agreement.
func (r *request) linkNames(v workflow.ReviewView, links []string) string {
	var parts []string
	for _, link := range links {
		goal, target, _ := strings.Cut(link, "/")
		name := r.t("a goal without a target")
		for _, l := range v.Touched {
			for _, t := range l.Targets {
				if t.ID == target {
					name = t.Code
				}
			}
			for _, g := range l.Goals {
				if target == "" && g.ID == goal {
					name = g.Title
				}
			}
		}
		if target != "" && name == r.t("a goal without a target") {
			name = r.t("another target")
		}
		parts = append(parts, name)
	}
	return strings.Join(parts, ", ")
}

// codeName is a code with its title in the program's definition.
func (r *request) codeName(v workflow.ReviewView, field, code string) string {
	switch field {
	case "school_id":
		for _, l := range v.Touched {
			if deref(l.Version.SchoolID) == code {
				return l.School
			}
		}
		return r.t("another school")
	case "cost_kind", "prior_funding":
		return r.t(words(code))
	case "use_category":
		if def, known := r.s.Programs().Program(v.GrantYear.ProgramCode); known {
			for _, u := range def.UseCategories {
				if u.Code == code {
					return code + ". " + u.Title
				}
			}
		}
	}
	return code
}

// lineFacts are everything that a line says, without what it leaves empty.
func (r *request) lineFacts(v workflow.ReviewView, l workflow.ReviewLine) []Figure {
	var out []Figure
	add := func(field, value string) {
		if value != "" {
			out = append(out, Figure{r.fieldName(field), value})
		}
	}
	x := l.Version
	add("use_category", r.codeName(v, "use_category", x.UseCategory))
	add("function_code", x.FunctionCode)
	costs := map[string]models.Cents{}
	for _, c := range l.Costs {
		costs[c.ObjectCode] = c.AmountCents
	}
	add("costs", r.fieldValue(v, "costs", costs))
	add("school_id", l.School)
	add("cost_kind", r.t(words(x.CostKind)))
	for _, n := range []struct {
		field string
		value models.Hundredths
	}{{"fte", x.FTE}, {"hours", x.Hours}, {"quantity", x.Quantity}, {"days", x.Days}} {
		if n.value != 0 {
			add(n.field, r.fieldValue(v, n.field, n.value))
		}
	}
	if x.StaffCount != 0 {
		add("staff_count", strconv.Itoa(x.StaffCount))
	}
	for _, n := range []struct {
		field string
		value models.Cents
	}{{"rate_cents", x.RateCents}, {"unit_cost_cents", x.UnitCostCents}} {
		if n.value != 0 {
			add(n.field, n.value.String())
		}
	}
	for _, n := range []struct{ field, value string }{{"topic", x.Topic}, {"grades", x.Grades}, {"metric", x.Metric}, {"data_source", x.DataSource},
		{"impact_statement", x.ImpactStatement}, {"resources_statement", x.ResourcesStatement}, {"plan_strategy", x.PlanStrategy}, {"plan_activity", x.PlanActivity}} {
		add(n.field, n.value)
	}
	if x.PriorFunding != "" {
		add("prior_funding", r.t(words(x.PriorFunding)))
	}
	if x.StartsOn != "" {
		add("starts_on", day(r.lang, x.StartsOn))
	}
	if x.EndsOn != "" {
		add("ends_on", day(r.lang, x.EndsOn))
	}
	if x.PriorApproval {
		add("prior_approval", r.t("yes"))
	}
	return out
}
