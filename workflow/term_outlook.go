package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/measure"
)

// TermOutlook is what the facts and results known today make of an agreement whose term
// is over or coming to its end. Nothing is stored.
type TermOutlook struct {
	Agreement models.Agreement
	On        models.Date
	Schools   []SchoolOutlook
	Outcomes  []OutcomeStanding
	Exits     bool // every school leaves
	ExitCount int
	Measure   *Measure            // nil while there are no academic outcomes
	Lacking   []models.FieldError // facts and results that nobody has given; until then nothing is decided
	Notes     []string            // what people should look at although nothing is lacking
	Rule      string              // the section of the definition
	Version   string              // of the definition
}

// SchoolOutlook is one school of the agreement: leaves or stays, and why.
type SchoolOutlook struct {
	ID           string     `json:"id"`
	Code         string     `json:"code"`
	Name         string     `json:"name"`
	Exit         Exit       `json:"exit"`
	Reidentified bool       `json:"reidentified"`
	Facts        []FactUsed `json:"facts"`
}

// FactUsed is a fact that a decision was made from.
type FactUsed struct {
	Name   string `json:"name"`
	Year   int    `json:"year"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

// OutcomeStanding is one 36-month outcome with what was reported of it.
type OutcomeStanding struct {
	Outcome
	Measure    string             `json:"measure"`
	Goal       models.Hundredths  `json:"goal"`
	Value      *models.Hundredths `json:"value,omitempty"`
	Unit       string             `json:"unit"`
	Status     string             `json:"status"`
	MeasuredOn models.Date        `json:"measured_on,omitempty"`
	Source     string             `json:"source,omitempty"`
	Academic   bool               `json:"academic"` // counts
}

// TermOutlook works out what would be decided today. Errors: Conflict "accountability.none"
// when the program decides nothing, "accountability.cohort" when its years are about others.
func (s *Service) TermOutlook(ctx context.Context, who models.Actor, agreementID string) (TermOutlook, error) {
	r := s.db.Read(ctx)
	a, err := store.Get[models.Agreement](r, agreementID)
	if err != nil {
		return TermOutlook{}, err
	}
	if err := allow(who, ReadDocuments, a.OrganizationID); err != nil {
		return TermOutlook{}, err
	}
	return s.termOutlook(r, a, false)
}

// termOutlook is the outlook of an agreement. missingFails counts what is not known as not
// met, instead of as lacking.
func (s *Service) termOutlook(r store.Reading, a models.Agreement, missingFails bool) (TermOutlook, error) {
	def, err := s.agreementProgram(a.ProgramCode)
	if err != nil {
		return TermOutlook{}, err
	}
	rule := def.Accountability
	if rule == nil || rule.Facts == nil {
		return TermOutlook{}, models.Fail(models.Conflict, "accountability.none", "%s does not say what is decided at the end of a term.", def.Title)
	}
	if !slices.Contains(rule.Facts.Cohorts, a.Cohort) {
		return TermOutlook{}, models.Fail(models.Conflict, "accountability.cohort", "The years of the rule are about agreements of the cohort %s; this one is of the cohort %s (%s).",
			strings.Join(rule.Facts.Cohorts, ", "), a.Cohort, rule.Cite)
	}
	out := TermOutlook{Agreement: a, On: s.Today(), Schools: []SchoolOutlook{}, Outcomes: []OutcomeStanding{}, Notes: []string{}, Rule: def.Section("accountability"), Version: def.Version}
	if err := out.schools(r, def); err != nil {
		return out, err
	}
	if err := s.outcomes(r, def, &out); err != nil {
		return out, err
	}
	if missingFails {
		out.Lacking = slices.DeleteFunc(out.Lacking, func(f models.FieldError) bool { return !indispensable(rule, f) })
	}
	numbers, err := s.latestNumbers(r, def)
	if err != nil {
		return out, err
	}
	return out, out.decide(r, *numbers)
}

// latestNumbers is the section with the numbers of the latest grant year that is not closed:
// what the office set for that year counts. Without one, the general values do.
func (s *Service) latestNumbers(r store.Reading, def *programs.Definition) (*programs.Accountability, error) {
	years, err := store.All[models.GrantYear](r, store.Eq{"program_code": def.Code, "status": []models.State{StatusPlanned, StatusOpen, StatusClosing}}, "fiscal_year")
	if err != nil || len(years) == 0 {
		return def.Accountability, err
	}
	latest, err := s.rulesOf(years[len(years)-1])
	return def.AccountabilityIn(latest.params), err
}

// indispensable is what can be counted neither as met nor as not: which schools there are,
// and whether one was identified again. To take it as "no" would spare the district a measure.
func indispensable(rule *programs.Accountability, f models.FieldError) bool {
	again := fmt.Sprintf("/%s/%d", rule.Facts.Identification, rule.Facts.DecidedYear)
	return f.Code == "accountability.no_schools" || strings.HasSuffix(f.Pointer, again)
}

// decide applies the one-third rule to the outcomes.
func (o *TermOutlook) decide(r store.Reading, rule programs.Accountability) error {
	district, err := store.Get[models.Organization](r, o.Agreement.OrganizationID)
	if err != nil {
		return err
	}
	again := slices.ContainsFunc(o.Schools, func(x SchoolOutlook) bool { return x.Reidentified })
	outcomes := make([]Outcome, len(o.Outcomes))
	for i, x := range o.Outcomes {
		outcomes[i] = x.Outcome
	}
	m, err := DecideMeasure(rule, district.Subtype, again, outcomes)
	if models.CodeOf(err) == "accountability.no_academic_outcomes" {
		o.Lacking = append(o.Lacking, lacks("/outcomes", "accountability.no_academic_outcomes", err.Error(), "Give the agreement academic outcomes (ETO)."))
		return nil
	}
	if err != nil {
		return err
	}
	o.Measure = &m
	return nil
}

func lacks(pointer, code, detail, fix string) models.FieldError {
	return models.FieldError{Pointer: pointer, Code: code, Detail: detail, Fix: fix, Severity: "error"}
}

// schools decides for every school of the district that brought it into the agreement.
func (o *TermOutlook) schools(r store.Reading, def *programs.Definition) error {
	rule, names := def.Accountability, def.Accountability.Facts
	known, err := readSchoolFacts(r, def, o.Agreement.OrganizationID)
	if err != nil {
		return err
	}
	o.Exits = true
	for _, school := range known {
		was := school.at(names.Identification, names.IdentifiedYear)
		if was == nil || !slices.Contains(names.IdentifiedAs, was.Value) {
			continue
		}
		made, err := school.outlook(rule, &o.Lacking)
		if err != nil {
			return err
		}
		if made.Exit.Exits {
			o.ExitCount++
			if made.Reidentified {
				o.Notes = append(o.Notes, fmt.Sprintf("%s (%s) meets every criterion to leave, and was identified again in %d. Look at both.", made.Name, made.Code, names.DecidedYear))
			}
		}
		o.Exits = o.Exits && made.Exit.Exits
		o.Schools = append(o.Schools, made)
	}
	if len(o.Schools) == 0 {
		o.Exits = false
		o.Lacking = append(o.Lacking, lacks("/schools", "accountability.no_schools", fmt.Sprintf("No school of the district is known to have been %s in %d.",
			strings.Join(names.IdentifiedAs, " or "), names.IdentifiedYear), fmt.Sprintf("Import the facts of %d.", names.IdentifiedYear)))
	}
	return nil
}

// schoolFacts are the facts of one school over the years of the rule.
type schoolFacts struct {
	models.Organization
	facts []FactUsed
}

// readSchoolFacts reads the schools of a district by code, with the facts that decide: two
// queries.
func readSchoolFacts(r store.Reading, def *programs.Definition, districtID string) ([]schoolFacts, error) {
	schools, err := store.All[models.Organization](r, store.Eq{"parent_id": districtID, "kind": string(models.KindSchool)}, "code")
	if err != nil || len(schools) == 0 {
		return nil, err
	}
	rule := def.Accountability
	ids, at, out := make([]string, len(schools)), map[string]int{}, make([]schoolFacts, len(schools))
	for i, o := range schools {
		ids[i], at[o.ID], out[i] = o.ID, i, schoolFacts{Organization: o}
	}
	names := []string{rule.IndexFact, rule.GraduationFact, rule.Facts.Identification}
	for _, p := range rule.Facts.Proficiency {
		names = append(names, p.Fact)
	}
	facts, err := store.All[models.Fact](r, store.Eq{"organization_id": ids, "year": rule.Years(), "group_code": "", "name": names}, "year", "name")
	for _, f := range facts {
		x := &out[at[f.OrganizationID]]
		x.facts = append(x.facts, FactUsed{f.Name, f.Year, f.Value, f.Source})
	}
	return out, err
}

func (x schoolFacts) at(name string, year int) *FactUsed {
	i := slices.IndexFunc(x.facts, func(f FactUsed) bool { return f.Name == name && f.Year == year })
	if i < 0 {
		return nil
	}
	return &x.facts[i]
}

// outlook decides about one school, and says which of its facts are lacking.
func (x schoolFacts) outlook(rule *programs.Accountability, lacking *[]models.FieldError) (SchoolOutlook, error) {
	out := SchoolOutlook{ID: x.ID, Code: x.Code, Name: x.Name, Facts: x.facts}
	number := func(name string, year int, optional bool) (*models.Hundredths, error) {
		f := x.at(name, year)
		if f == nil {
			if !optional {
				*lacking = append(*lacking, lacks(fmt.Sprintf("/schools/%s/%s/%d", pointerToken(x.Code), name, year), "accountability.fact_missing",
					fmt.Sprintf("%s of %s (%s) in %d is not known.", words(name), x.Name, x.Code, year), fmt.Sprintf("Import the facts of %d.", year)))
			}
			return nil, nil
		}
		h, err := models.ParseHundredths(f.Value)
		return &h, err
	}
	names := rule.Facts
	facts := ExitFacts{Proficiency: map[string]map[int]models.Hundredths{}}
	index, err := number(rule.IndexFact, names.DecidedYear, false)
	if err != nil {
		return out, err
	}
	facts.Index = index
	if facts.Graduation, err = number(rule.GraduationFact, names.DecidedYear, true); err != nil {
		return out, err
	}
	for _, p := range names.Proficiency {
		facts.Proficiency[p.Subject] = map[int]models.Hundredths{}
		for _, year := range append([]int{rule.BaselineYear}, rule.ImprovedYears...) {
			v, err := number(p.Fact, year, false)
			if err != nil {
				return out, err
			}
			if v != nil {
				facts.Proficiency[p.Subject][year] = *v
			}
		}
	}
	if again := x.at(names.Identification, names.DecidedYear); again != nil {
		out.Reidentified = slices.Contains(names.IdentifiedAs, again.Value)
	} else {
		*lacking = append(*lacking, lacks(fmt.Sprintf("/schools/%s/%s/%d", pointerToken(x.Code), names.Identification, names.DecidedYear), "accountability.fact_missing",
			fmt.Sprintf("Whether %s (%s) was identified again in %d is not known.", x.Name, x.Code, names.DecidedYear), fmt.Sprintf("Import the facts of %d.", names.DecidedYear)))
	}
	out.Exit, err = DecideExit(*rule, facts)
	return out, err
}

// outcomes brings in the end target outcomes with what was reported of them.
func (s *Service) outcomes(r store.Reading, def *programs.Definition, o *TermOutlook) error {
	standings, err := s.standingTargets(r, store.Scope{All: true}, store.TargetFilter{AgreementID: o.Agreement.ID, On: o.On})
	if err != nil {
		return err
	}
	for _, t := range standings {
		if t.Target.TargetKind != models.TargetETO {
			continue
		}
		x := OutcomeStanding{Outcome: Outcome{Code: t.Target.Code, Type: t.Target.TargetType, Met: t.Status == measure.Met}, Measure: t.Target.Measure, Goal: t.Target.Goal,
			Value: t.Value, Unit: t.Target.Unit, Status: string(t.Status), MeasuredOn: t.MeasuredOn, Source: t.Source,
			Academic: slices.Contains(def.Accountability.AcademicTypes, t.Target.TargetType)}
		if x.Academic && t.Status != measure.Met && t.Status != measure.Missed {
			o.Lacking = append(o.Lacking, lacks("/outcomes/"+x.Code, "accountability.result_missing",
				fmt.Sprintf("The result of %s (%s) that settles it is not reported. %s", x.Code, x.Measure, t.Says), "Report it, or correct what was reported."))
		}
		o.Outcomes = append(o.Outcomes, x)
	}
	return nil
}
