package workflow

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// CompareAllocations asks what recipients get in one run or scenario and in others of the
// same grant year.
type CompareAllocations struct {
	Base    string   `json:"base" validate:"required,max=64"`                  // id of a run or scenario
	With    []string `json:"with" validate:"min=1,max=7,dive,required,max=64"` // ids of runs and scenarios
	Class   string   `json:"class" validate:"omitempty,oneof=winner loser untouched"`
	Bound   string   `json:"bound" validate:"omitempty,oneof=not_eligible floor cap hold_harmless none"` // in the compared one
	Subtype string   `json:"subtype" validate:"max=64"`
	ISD     string   `json:"isd" validate:"max=64"` // code
	County  string   `json:"county" validate:"max=200"`
	Sort    string   `json:"sort" validate:"omitempty,oneof=code gain loss percent_gain percent_loss"`
	By      string   `json:"by" validate:"max=64"` // of totals: subtype, isd, county, or a fact of the recipient
}

// The classes of a comparison.
const (
	ClassWinner    = "winner"
	ClassLoser     = "loser"
	ClassUntouched = "untouched"
)

// Compared is what one recipient gets in the base and in one other.
type Compared struct {
	Subject      ComparedSubject
	Organization models.Organization
	ISDCode      string
	ISDName      string
	BaseCents    models.Cents
	AmountCents  models.Cents
	ChangeCents  models.Cents
	ChangeBP     *models.BasisPoints // of the base, rounded half up; nil when the base is 0
	Class        string
	Bound        string // in the other; BaseBound in the base
	BoundBy      string
	BaseBound    string
	BaseBoundBy  string
	group        string
}

// Key names the row in its list.
func (c Compared) Key() string { return c.Organization.ID + "/" + c.Subject.ID }

// ComparedSubject is a run or a scenario that is compared.
type ComparedSubject struct {
	ID        string
	Kind      string // allocation_run, scenario
	Number    int
	Label     string
	FactsYear int
	grantYear string
}

// ComparedTotal is a group of recipients in the base and in one other.
type ComparedTotal struct {
	Subject      ComparedSubject
	Value        string // of what is grouped by; "" where it is not known
	Recipients   int
	BaseCents    models.Cents
	AmountCents  models.Cents
	ChangeCents  models.Cents
	ChangeBP     *models.BasisPoints
	GainCents    models.Cents // of the winners
	LossCents    models.Cents // of the losers, as a positive amount
	Winners      int
	Losers       int
	Untouched    int
	NotEligible  int // of all recipients, in the other
	Floor        int
	Cap          int
	HoldHarmless int
}

// CompareAllocations lists what every recipient gains or loses, one row for each of the
// others: at most 8 are compared.
func (s *Service) CompareAllocations(ctx context.Context, who models.Actor, in CompareAllocations) ([]Compared, error) {
	rows, err := s.compared(ctx, who, in)
	slices.SortStableFunc(rows, in.order)
	return rows, err
}

// ComparisonTotals sums a comparison by a fact of the recipients, or over all of them.
func (s *Service) ComparisonTotals(ctx context.Context, who models.Actor, in CompareAllocations) ([]ComparedTotal, error) {
	rows, err := s.compared(ctx, who, in)
	if err != nil {
		return nil, err
	}
	return totalsOf(rows), nil
}

// wants applies the filters.
func (in CompareAllocations) wants(c Compared) bool {
	bound := in.Bound
	if bound == "none" {
		if c.Bound != "" {
			return false
		}
		bound = ""
	}
	for _, x := range [][2]string{{in.Class, c.Class}, {bound, c.Bound}, {in.Subtype, c.Organization.Subtype}, {in.ISD, c.ISDCode}, {in.County, c.Organization.County}} {
		if x[0] != "" && x[0] != x[1] {
			return false
		}
	}
	return true
}

// order is by code, or by what is asked for with codes in a tie; recipients without a
// percentage come last.
func (in CompareAllocations) order(a, b Compared) int {
	first := 0
	switch in.Sort {
	case "gain":
		first = cmp.Compare(b.ChangeCents, a.ChangeCents)
	case "loss":
		first = cmp.Compare(a.ChangeCents, b.ChangeCents)
	case "percent_gain", "percent_loss":
		switch {
		case a.ChangeBP == nil || b.ChangeBP == nil:
			first = last(a.ChangeBP == nil) - last(b.ChangeBP == nil)
		case in.Sort == "percent_gain":
			first = cmp.Compare(*b.ChangeBP, *a.ChangeBP)
		default:
			first = cmp.Compare(*a.ChangeBP, *b.ChangeBP)
		}
	}
	return cmp.Or(first, cmp.Compare(a.Organization.Code, b.Organization.Code))
}

func last(is bool) int {
	if is {
		return 1
	}
	return 0
}

// compared puts the rows together that are asked for, in the order of codes and then of
// the question.
func (s *Service) compared(ctx context.Context, who models.Actor, in CompareAllocations) ([]Compared, error) {
	if err := s.admit(who, ReadAllocationRuns, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	subjects, err := comparedSubjects(r, append([]string{in.Base}, in.With...))
	if err != nil {
		return nil, err
	}
	ru, err := s.rules(r, subjects[0].grantYear)
	if err != nil {
		return nil, err
	}
	places, err := placesOf(r, ru.def)
	if err != nil {
		return nil, err
	}
	groups, err := groupsOf(r, ru.def, in.By, subjects[0].FactsYear, places)
	if err != nil {
		return nil, err
	}
	amounts, err := amountsOf(r, subjects)
	if err != nil {
		return nil, err
	}
	rows, err := comparedRows(subjects, amounts, places, groups)
	return slices.DeleteFunc(rows, func(c Compared) bool { return !in.wants(c) }), err
}

// comparedRows are in the order of codes and then of the question.
func comparedRows(subjects []ComparedSubject, amounts map[string][]outcome, places map[string]comparedPlace, groups map[string]string) ([]Compared, error) {
	ids := slices.Collect(maps.Keys(amounts))
	slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(places[a].Code, places[b].Code), cmp.Compare(a, b)) })
	rows := make([]Compared, 0, len(ids)*(len(subjects)-1))
	for _, id := range ids {
		p, ok := places[id]
		if !ok {
			return nil, fmt.Errorf("the recipient %s has an amount and is no recipient of the program", id)
		}
		for i, subject := range subjects[1:] {
			row := comparedRow(amounts[id][0], amounts[id][i+1])
			row.Subject, row.Organization, row.ISDCode, row.ISDName, row.group = subject, p.Organization, p.isd.Code, p.isd.Name, groups[id]
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// outcome is what a recipient gets; one of which nothing is known gets nothing.
type outcome struct {
	cents       models.Cents
	bound, step string
}

func comparedRow(base, other outcome) Compared {
	c := Compared{BaseCents: base.cents, AmountCents: other.cents, ChangeCents: other.cents - base.cents, Class: ClassUntouched,
		Bound: other.bound, BoundBy: other.step, BaseBound: base.bound, BaseBoundBy: base.step}
	switch {
	case c.ChangeCents > 0:
		c.Class = ClassWinner
	case c.ChangeCents < 0:
		c.Class = ClassLoser
	}
	c.ChangeBP = rateOf(c.ChangeCents, c.BaseCents)
	return c
}

func rateOf(change, base models.Cents) *models.BasisPoints {
	if rate, ok := models.Rate(change, base); ok {
		return &rate
	}
	return nil
}

// comparedSubjects finds runs and scenarios, in the order asked for.
func comparedSubjects(r store.Reading, ids []string) ([]ComparedSubject, error) {
	runs, err := store.All[models.AllocationRun](r, store.Eq{"id": ids})
	if err != nil {
		return nil, err
	}
	scenarios, err := store.All[models.Scenario](r, store.Eq{"id": ids})
	if err != nil {
		return nil, err
	}
	by := map[string]ComparedSubject{}
	for _, x := range runs {
		by[x.ID] = ComparedSubject{x.ID, x.Kind(), x.Number, x.Label, x.FactsYear, x.GrantYearID}
	}
	for _, x := range scenarios {
		by[x.ID] = ComparedSubject{x.ID, x.Kind(), x.Number, x.Label, x.FactsYear, x.GrantYearID}
	}
	out := make([]ComparedSubject, len(ids))
	for i, id := range ids {
		x, ok := by[id]
		switch {
		case !ok:
			return nil, models.Fail(models.NotFound, "not_found", "There is no allocation run or scenario %q.", id)
		case slices.Index(ids, id) != i:
			return nil, models.Field("/with", "duplicate", fmt.Sprintf("%s is asked for twice.", x.Label), "Name each run and scenario once.")
		case x.grantYear != out[0].grantYear && i > 0:
			return nil, models.Fail(models.Conflict, "allocation_run.other_year", "The runs belong to different grant years.")
		}
		out[i] = x
	}
	return out, nil
}

// amountsOf loads what every recipient gets in each subject.
func amountsOf(r store.Reading, subjects []ComparedSubject) (map[string][]outcome, error) {
	at, ids := map[string]int{}, make([]string, len(subjects))
	for i, s := range subjects {
		at[s.ID], ids[i] = i, s.ID
	}
	out := map[string][]outcome{}
	err := store.ComparedAmounts(r, ids, func(a store.ComparedAmount) {
		of, ok := out[a.OrganizationID]
		if !ok {
			of = make([]outcome, len(subjects))
			for i := range of {
				of[i].bound = BoundNotEligible
			}
			out[a.OrganizationID] = of
		}
		of[at[a.SubjectID]] = outcome{cents: a.AmountCents, bound: a.Bound, step: a.BoundBy}
	})
	return out, err
}

// comparedPlace is a recipient with the ISD above it.
type comparedPlace struct {
	models.Organization
	isd models.Organization
}

// placesOf loads every possible recipient of a program, by id.
func placesOf(r store.Reading, def *programs.Definition) (map[string]comparedPlace, error) {
	kind := def.RecipientKind()
	rows, err := store.All[models.Organization](r, store.Eq{"kind": []models.OrganizationKind{kind, models.KindDistrict, models.KindISD}})
	if err != nil {
		return nil, err
	}
	all := make(map[string]models.Organization, len(rows))
	for _, o := range rows {
		all[o.ID] = o
	}
	out := make(map[string]comparedPlace, len(rows))
	for _, o := range rows {
		if o.OrgKind != kind {
			continue
		}
		p := comparedPlace{Organization: o}
		for up := o; up.ParentID != nil && p.isd.ID == ""; {
			next, ok := all[*up.ParentID]
			if !ok {
				break
			}
			if up = next; up.OrgKind == models.KindISD {
				p.isd = up
			}
		}
		out[o.ID] = p
	}
	return out, nil
}

// groupsOf says which group each recipient is in.
func groupsOf(r store.Reading, def *programs.Definition, by string, year int, places map[string]comparedPlace) (map[string]string, error) {
	out := make(map[string]string, len(places))
	known := []string{"subtype", "isd", "county"}
	kind := def.RecipientKind()
	for _, f := range def.Facts {
		if f.Of == kind {
			known = append(known, f.Name)
		}
	}
	switch {
	case by == "":
		return out, nil
	case !slices.Contains(known, by):
		return nil, models.Field("/by", "fact.unknown", fmt.Sprintf("Recipients cannot be grouped by %q.", by), fmt.Sprintf("Group by one of %v.", known))
	}
	for id, p := range places {
		out[id] = map[string]string{"subtype": p.Subtype, "isd": p.isd.Name, "county": p.County}[by]
	}
	if slices.Index(known, by) < 3 {
		return out, nil
	}
	return out, store.EachFact(r, []int{year}, []string{by}, func(k store.FactKey, value, _ string) {
		if _, ok := places[k.OrganizationID]; ok {
			out[k.OrganizationID] = value
		}
	})
}

// totalsOf sums rows by group and subject.
func totalsOf(rows []Compared) []ComparedTotal {
	type key struct{ value, subject string }
	at := map[key]int{}
	var out []ComparedTotal
	for _, c := range rows {
		k := key{c.group, c.Subject.ID}
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, ComparedTotal{Subject: c.Subject, Value: c.group})
		}
		out[i].add(c)
	}
	for i := range out {
		out[i].ChangeBP = rateOf(out[i].ChangeCents, out[i].BaseCents)
	}
	slices.SortStableFunc(out, func(a, b ComparedTotal) int { return cmp.Compare(a.Value, b.Value) })
	return out
}

func (t *ComparedTotal) add(c Compared) {
	t.Recipients++
	t.BaseCents += c.BaseCents
	t.AmountCents += c.AmountCents
	t.ChangeCents += c.ChangeCents
	switch c.Class {
	case ClassWinner:
		t.Winners++
		t.GainCents += c.ChangeCents
	case ClassLoser:
		t.Losers++
		t.LossCents -= c.ChangeCents
	default:
		t.Untouched++
	}
	for _, x := range []struct {
		bound string
		count *int
	}{{BoundNotEligible, &t.NotEligible}, {BoundFloor, &t.Floor}, {BoundCap, &t.Cap}, {BoundHoldHarmless, &t.HoldHarmless}} {
		if c.Bound == x.bound {
			*x.count++
		}
	}
}
