package workflow

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/determine"
	"earmark/workflow/formula"
)

// EvaluateOverYears is what a file of facts knows of the groups of an organization and of
// earlier years.
type EvaluateOverYears struct {
	Groups  map[string]map[string]FactText `json:"groups,omitempty"`  // by code, then by fact
	History map[int]EvaluateYear           `json:"history,omitempty"` // by year
}

// EvaluatedDeterminations is what was determined of the organizations, by kind and code.
type EvaluatedDeterminations struct {
	Determinations []determine.Determination `json:"determinations,omitempty"`
	Levels         []EvaluateLevel           `json:"levels,omitempty"`
}

// EvaluateYear is what a file of facts knows of an organization in an earlier year.
type EvaluateYear struct {
	Facts  map[string]FactText            `json:"facts,omitempty"`
	Groups map[string]map[string]FactText `json:"groups,omitempty"`
}

// EvaluateLevel is the level of one organization.
type EvaluateLevel struct {
	Organization string `json:"organization"`
	determine.LevelResult
}

// determine applies the determinations to every organization that they speak of.
func (e *evaluation) determine() error {
	if len(e.def.Determinations) == 0 {
		return nil
	}
	engine, err := e.def.Determiner(e.params, e.in.FiscalYear)
	if err != nil {
		return err
	}
	kinds := engine.Kinds()
	list := make([]determine.Organization, 0, len(e.in.Organizations))
	for i, o := range e.in.Organizations {
		if slices.Contains(kinds, o.Kind) {
			list = append(list, e.subject(fmt.Sprintf("/organizations/%d", i), o, engine.History()))
		}
	}
	if err := invalid(e.wrong); err != nil {
		return err
	}
	slices.SortStableFunc(list, func(a, b determine.Organization) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code))
	})
	for _, o := range list {
		r, err := engine.Determine(o)
		if err != nil {
			return models.Fail(models.Invalid, "determination.failed", "A determination cannot be made: %s.", err)
		}
		e.out.Determinations = append(e.out.Determinations, r.Determinations...)
		if r.Level != nil {
			e.out.Levels = append(e.out.Levels, EvaluateLevel{o.Code, *r.Level})
		}
	}
	return nil
}

// subject reads the years of one organization. History of years that no rule looks at is
// checked all the same.
func (e *evaluation) subject(at string, o EvaluateOrganization, years int) determine.Organization {
	out := determine.Organization{Kind: o.Kind, Code: o.Code, Name: o.Name, Subtype: o.Subtype, Years: make([]determine.Year, years)}
	for _, year := range slices.Sorted(maps.Keys(o.History)) {
		place := fmt.Sprintf("%s/history/%d", at, year)
		back := e.in.FiscalYear - year
		if back < 1 {
			e.broken(place, "history", "Facts of the year itself stand under facts and groups.", "%d is not before %d.", year, e.in.FiscalYear)
			continue
		}
		if made := e.yearOf(place, o, o.History[year]); back < years {
			out.Years[back] = made
		}
	}
	out.Years[0] = e.yearOf(at, o, EvaluateYear{o.Facts, o.Groups})
	return out
}

func (e *evaluation) yearOf(at string, o EvaluateOrganization, y EvaluateYear) determine.Year {
	read := func(place string, facts map[string]FactText, reader func(models.OrganizationKind, string, string, string) (formula.Fact, error)) []formula.Fact {
		out := make([]formula.Fact, 0, len(facts))
		for _, name := range slices.Sorted(maps.Keys(facts)) {
			if facts[name] == "" {
				continue
			}
			f, err := reader(o.Kind, name, string(facts[name]), sourceOf(o, name))
			if err != nil {
				e.broken(place+"/"+pointerToken(name), "fact", "", "%s.", err)
			}
			out = append(out, f)
		}
		return out
	}
	out := determine.Year{Facts: read(at+"/facts", y.Facts, e.def.ReadFact)}
	for _, code := range slices.Sorted(maps.Keys(y.Groups)) {
		place := at + "/groups/" + pointerToken(code)
		if err := knownGroup(e.def, code); err != nil {
			e.broken(place, "group.unknown", err.Fix, "%s", err.Detail)
		}
		out.Groups = append(out.Groups, determine.Group{Code: code, Facts: read(place, y.Groups[code], e.def.ReadGroupFact)})
	}
	return out
}

// knownGroup says what is wrong with the code of a group; nil when nothing is.
func knownGroup(def *programs.Definition, code string) *models.FieldError {
	if len(def.Groups) == 0 {
		return &models.FieldError{Detail: "The program knows no groups.", Fix: "Leave groups out."}
	}
	codes := make([]string, len(def.Groups))
	for i, g := range def.Groups {
		if codes[i] = g.Code; g.Code == code {
			return nil
		}
	}
	return &models.FieldError{Detail: fmt.Sprintf("There is no group %q.", code), Fix: fmt.Sprintf("Give one of %v.", codes)}
}
