package workflow

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/formula"
)

// EvaluateProgram evaluates a program that can be opened here. Nothing is stored.
func (s *Service) EvaluateProgram(_ context.Context, who models.Actor, code string, in EvaluateInput) (EvaluateOutput, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return EvaluateOutput{}, err
	}
	def, ok := s.programs.Program(code)
	if !ok {
		return EvaluateOutput{}, notFound()
	}
	return Evaluate(def, in)
}

// Evaluate applies the whole definition to the facts, without a database: assignment,
// allocation with receipts and, when the file has them, exits and measures. An Invalid
// error lists everything that is wrong with the facts.
func Evaluate(def *programs.Definition, in EvaluateInput) (EvaluateOutput, error) {
	if in.FiscalYear < 1990 || in.FiscalYear > 2100 {
		return EvaluateOutput{}, models.Field("/fiscal_year", "fiscal_year", fmt.Sprintf("%d is not a fiscal year.", in.FiscalYear), "Give the year that the fiscal year ends in.")
	}
	e := evaluation{def: def, in: in, out: EvaluateOutput{Program: def.Code, Version: def.Version, FiscalYear: in.FiscalYear}}
	if err := e.parameters(); err != nil {
		return EvaluateOutput{}, err
	}
	e.organizations()
	if err := invalid(e.wrong); err != nil {
		return EvaluateOutput{}, err
	}
	for _, do := range []func() error{e.assign, e.allocate, e.exits, e.measures, e.determine, e.amendments, e.tables, e.budget, e.watched, e.records, e.scoring, e.figures, e.agreements, e.approvals, e.yearEnd, e.money, e.sights, e.targetResults, e.progress} {
		if err := do(); err != nil {
			return EvaluateOutput{}, err
		}
	}
	return e.out, nil
}

// evaluation is one run of Evaluate.
type evaluation struct {
	def        *programs.Definition
	in         EvaluateInput
	params     programs.Params
	recipients []formula.Recipient
	byKind     map[models.OrganizationKind][]programs.Fact
	at         map[string]int // recipient code -> index in recipients
	subtypes   map[string]string
	wrong      []models.FieldError
	out        EvaluateOutput
}

func (e *evaluation) parameters() (err error) {
	overrides := make(map[string]string, len(e.in.Parameters))
	for name, v := range e.in.Parameters {
		overrides[name] = string(v)
	}
	if e.params, err = e.def.Params(e.in.FiscalYear, overrides); err != nil {
		return err
	}
	for _, p := range e.params.All() {
		e.out.Parameters = append(e.out.Parameters, EvaluateParameter{p.Name, p.Text, p.Basis, p.Cite})
	}
	return nil
}

func (e *evaluation) broken(pointer, code, fix, detail string, args ...any) {
	e.wrong = append(e.wrong, models.FieldError{Pointer: pointer, Code: code, Detail: fmt.Sprintf(detail, args...), Fix: fix, Severity: "error"})
}

// organizations builds recipients and units; units may stand before their recipient. An
// organization of another kind only has facts.
func (e *evaluation) organizations() {
	e.at, e.subtypes = map[string]int{}, map[string]string{}
	recipient, unit := e.def.RecipientKind(), e.def.UnitKind()
	seen := map[models.OrganizationKind]map[string]bool{}
	for _, kind := range organizationKinds {
		seen[kind] = map[string]bool{}
	}
	parents := make([]bool, len(e.in.Organizations))
	for i, o := range e.in.Organizations {
		at := fmt.Sprintf("/organizations/%d", i)
		switch {
		case seen[o.Kind] == nil:
			e.broken(at+"/kind", "unknown", "Use agency, isd, district or school.", "%q cannot be evaluated.", o.Kind)
			continue
		case seen[o.Kind][o.Code] || o.Code == "":
			e.broken(at+"/code", "duplicate", "Give each "+string(o.Kind)+" its own code.", "The %s code %q is empty or there twice.", o.Kind, o.Code)
			continue
		}
		seen[o.Kind][o.Code], parents[i] = true, true
		if o.Kind == models.KindDistrict {
			e.subtypes[o.Code] = o.Subtype
		}
		if o.Kind == recipient {
			e.at[o.Code] = len(e.recipients)
			e.recipients = append(e.recipients, formula.Recipient{Code: o.Code, Name: o.Name})
		}
	}
	for i, o := range e.in.Organizations {
		at := fmt.Sprintf("/organizations/%d", i)
		switch {
		case !parents[i]:
		case o.Kind == recipient:
			r := &e.recipients[e.at[o.Code]]
			if r.Facts = e.facts(at, o); unit == recipient {
				r.Units = []formula.Unit{{Code: o.Code, Name: o.Name, Facts: r.Facts}}
			}
		case o.Kind == unit:
			parent, known := e.at[o.Parent]
			if !known {
				e.broken(at+"/parent", "unknown", "Give the code of a "+string(recipient)+" in this file.", "There is no %s %q.", recipient, o.Parent)
				continue
			}
			r := &e.recipients[parent]
			r.Units = append(r.Units, formula.Unit{Code: o.Code, Name: o.Name, Facts: e.facts(at, o)})
		default:
			e.facts(at, o)
		}
	}
}

// facts reads the facts of one organization, in the order in which a receipt names them.
func (e *evaluation) facts(at string, o EvaluateOrganization) []formula.Fact {
	declared, found := e.declared(o.Kind), 0
	var facts []formula.Fact
	if len(o.Facts) > 0 {
		facts = make([]formula.Fact, 0, len(o.Facts))
	}
	for _, f := range declared {
		text, given := o.Facts[f.Name]
		if !given {
			if f.Required {
				e.broken(at+"/facts/"+f.Name, "required", "Add it: "+f.Means, "The fact %s of %s %s is missing.", f.Name, o.Kind, o.Code)
			}
			continue
		}
		found++
		fact, err := e.def.ReadFact(o.Kind, f.Name, string(text), sourceOf(o, f.Name))
		if err != nil {
			e.broken(at+"/facts/"+f.Name, "fact", "", "%s.", err)
			continue
		}
		facts = append(facts, fact)
	}
	if found < len(o.Facts) {
		e.unknownFacts(at, o, declared)
	}
	return facts
}

func (e *evaluation) unknownFacts(at string, o EvaluateOrganization, declared []programs.Fact) {
	for _, name := range slices.Sorted(maps.Keys(o.Facts)) {
		if !slices.ContainsFunc(declared, func(f programs.Fact) bool { return f.Name == name }) {
			_, err := e.def.ReadFact(o.Kind, name, "", "")
			e.broken(at+"/facts/"+name, "unknown", "Remove it or correct its name.", "%s", err)
		}
	}
}

// declared are the definition's facts of a kind of organization, by name.
func (e *evaluation) declared(kind models.OrganizationKind) []programs.Fact {
	list, known := e.byKind[kind]
	if !known {
		for _, f := range e.def.Facts {
			if f.Of == kind && f.Per == "" && f.YearsInARow == nil {
				list = append(list, f)
			}
		}
		slices.SortFunc(list, func(a, b programs.Fact) int { return strings.Compare(a.Name, b.Name) })
		if e.byKind == nil {
			e.byKind = map[models.OrganizationKind][]programs.Fact{}
		}
		e.byKind[kind] = list
	}
	return list
}

func sourceOf(o EvaluateOrganization, name string) string {
	if s, ok := o.Sources[name]; ok {
		return s
	}
	return o.Sources["*"]
}

func (e *evaluation) assign() error {
	if e.def.Assignment == nil {
		return nil
	}
	for _, r := range e.recipients {
		a, err := Assign(e.def, r.Code, r.Name, r.Units, e.params)
		if err != nil {
			return fmt.Errorf("district %s: %w", r.Code, err)
		}
		e.out.Assignments = append(e.out.Assignments, a)
	}
	slices.SortFunc(e.out.Assignments, func(a, b Assignment) int { return strings.Compare(a.Code, b.Code) })
	return nil
}

func (e *evaluation) allocate() error {
	if len(e.def.Formula.Steps) == 0 || len(e.recipients) == 0 {
		return nil
	}
	run, err := formula.Run(e.def.Formula, FormulaInput(e.def, e.params, e.recipients))
	if err != nil {
		return models.Fail(models.Invalid, "formula.failed", "The formula cannot be applied: %s.", err)
	}
	e.out.Run = &run
	return nil
}

// FormulaInput puts together what a formula run depends on.
func FormulaInput(def *programs.Definition, params programs.Params, recipients []formula.Recipient) formula.Input {
	in := formula.Input{FiscalYear: params.FiscalYear, Amounts: map[string]models.Cents{}, Numbers: map[string]int64{}, Parameters: map[string]string{},
		Recipients: recipients, Conditions: def.Conditions(params)}
	for _, p := range params.All() {
		in.Parameters[p.Name] = p.Text
		if c, ok := params.Cents(p.Name); ok {
			in.Amounts[p.Name] = c
		}
		if n, ok := params.Number(p.Name); ok && p.Type != "cents" {
			in.Numbers[p.Name] = n
		}
	}
	return in
}

// exits decides for every school whose proficiency is given.
func (e *evaluation) exits() error {
	if e.def.Accountability == nil || len(e.in.Proficiency) == 0 {
		return nil
	}
	by := map[string]map[string]map[int]models.Hundredths{}
	for i, p := range e.in.Proficiency {
		v, err := models.ParseHundredths(string(p.Percent))
		if err != nil || !slices.Contains(e.def.Accountability.ImprovedSubjects, p.Subject) {
			e.broken(fmt.Sprintf("/proficiency/%d", i), "proficiency", "Give a subject of the program and a percent such as 14.2.", "%q of %q cannot be used.", p.Percent, p.Subject)
			continue
		}
		if by[p.School] == nil {
			by[p.School] = map[string]map[int]models.Hundredths{}
		}
		if by[p.School][p.Subject] == nil {
			by[p.School][p.Subject] = map[int]models.Hundredths{}
		}
		by[p.School][p.Subject][p.Year] = v
	}
	for _, r := range e.recipients {
		for i := range r.Units {
			if err := e.exit(&r.Units[i], by); err != nil {
				return err
			}
		}
	}
	for _, school := range slices.Sorted(maps.Keys(by)) {
		e.broken("/proficiency", "unknown", "Give the code of a school in this file.", "There is no school %q.", school)
	}
	slices.SortFunc(e.out.Exits, func(a, b EvaluateExit) int { return strings.Compare(a.School, b.School) })
	return invalid(e.wrong)
}

func (e *evaluation) exit(u *formula.Unit, by map[string]map[string]map[int]models.Hundredths) error {
	proficiency, given := by[u.Code]
	if !given {
		return nil
	}
	delete(by, u.Code)
	facts := ExitFacts{Proficiency: proficiency}
	if f := u.Fact(e.def.Accountability.IndexFact); f != nil {
		index := models.Hundredths(f.Number)
		facts.Index = &index
	}
	if f := u.Fact(e.def.Accountability.GraduationFact); f != nil {
		rate := models.Hundredths(f.Number)
		facts.Graduation = &rate
	}
	decision, err := DecideExit(*e.def.Accountability, facts)
	e.out.Exits = append(e.out.Exits, EvaluateExit{u.Code, decision})
	return err
}

func (e *evaluation) measures() error {
	if e.def.Accountability == nil {
		return nil
	}
	for i, o := range e.in.Outcomes {
		at := fmt.Sprintf("/outcomes/%d", i)
		if _, known := e.subtypes[o.District]; !known {
			e.broken(at+"/district", "unknown", "Give the code of a district in this file.", "There is no district %q.", o.District)
			continue
		}
		m, err := DecideMeasure(*e.def.AccountabilityIn(e.params), e.subtypes[o.District], o.Reidentified, o.Targets)
		if err != nil {
			e.broken(at+"/targets", models.CodeOf(err), "", "%s", err)
			continue
		}
		e.out.Measures = append(e.out.Measures, EvaluateMeasure{o.District, m})
	}
	return invalid(e.wrong)
}
