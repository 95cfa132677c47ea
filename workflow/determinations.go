package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/formula"
)

// world is the organizations of a program with their facts of one year.
type world struct {
	recipients []formula.Recipient
	ids        map[string]string   // of recipients by code
	missing    []models.FieldError // required facts that are not known
}

// recipients loads every unit of which facts are known, under its recipient, in two
// queries. recipientID limits it to one recipient.
func recipients(r store.Reading, def *programs.Definition, year int, recipientID string) (world, error) {
	l := factLoader{def: def, year: year, at: map[string]int{}, world: world{ids: map[string]string{}}}
	where := store.Eq{"kind": def.Formula.Recipient}
	if def.Formula.Recipient == "" {
		where["kind"] = models.KindDistrict
	}
	if recipientID != "" {
		where["id"] = recipientID
	}
	orgs, err := store.All[models.Organization](r, where, "code")
	if err != nil {
		return world{}, err
	}
	l.byID = make(map[string]models.Organization, len(orgs))
	for _, o := range orgs {
		l.byID[o.ID] = o
	}
	unit := def.Formula.Unit
	if unit == "" {
		unit = models.KindSchool
	}
	l.unit = unit
	if err := store.UnitFacts(r, unit, year, recipientID, l.add); err != nil {
		return world{}, err
	}
	l.finish()
	return l.world, nil
}

// factLoader turns rows of facts, ordered by recipient and unit, into recipients.
type factLoader struct {
	world
	def    *programs.Definition
	unit   models.OrganizationKind
	year   int
	byID   map[string]models.Organization
	at     map[string]int // recipient id -> index
	unitID string         // being filled
}

func (l *factLoader) add(f store.UnitFact) error {
	org, ok := l.byID[f.RecipientID]
	if !ok {
		return nil
	}
	i, ok := l.at[org.ID]
	if !ok {
		l.finish()
		i = len(l.recipients)
		l.at[org.ID], l.ids[org.Code] = i, org.ID
		l.recipients = append(l.recipients, formula.Recipient{Code: org.Code, Name: org.Name})
	}
	rec := &l.recipients[i]
	if f.UnitID != l.unitID {
		l.finish()
		l.unitID = f.UnitID
		rec.Units = append(rec.Units, formula.Unit{Code: f.UnitCode, Name: f.UnitName})
	}
	declared := slices.ContainsFunc(l.def.Facts, func(d programs.Fact) bool { return d.Of == l.unit && d.Name == f.Name })
	if !declared {
		return nil // another program's fact
	}
	fact, err := l.def.ReadFact(l.unit, f.Name, f.Value, f.Source)
	if err != nil {
		l.missing = append(l.missing, models.FieldError{Pointer: "/facts/" + pointerToken(f.UnitCode) + "/" + f.Name, Code: "fact", Severity: "error",
			Detail: fmt.Sprintf("%s (%s), %d: %s.", f.UnitName, f.UnitCode, l.year, err), Fix: "Import the correct value."})
	}
	u := &rec.Units[len(rec.Units)-1]
	u.Facts = append(u.Facts, fact)
	return nil
}

// finish looks for required facts that the unit just read does not have.
func (l *factLoader) finish() {
	if l.unitID == "" {
		return
	}
	l.unitID = ""
	rec := l.recipients[len(l.recipients)-1]
	u := &rec.Units[len(rec.Units)-1]
	for _, f := range l.def.Facts {
		if f.Of == l.unit && f.Required && u.Fact(f.Name) == nil {
			l.missing = append(l.missing, models.FieldError{Pointer: "/facts/" + pointerToken(u.Code) + "/" + f.Name, Code: "required", Severity: "error",
				Detail: fmt.Sprintf("The fact %s of %d is not known for %s (%s).", f.Name, l.year, u.Name, u.Code), Fix: "Import it: " + f.Means})
		}
	}
}

// Determinations applies a program's assignment rule to the facts of a year: which office
// supports each district, and why. A district sees its own.
func (s *Service) Determinations(ctx context.Context, who models.Actor, programCode string, year int) ([]Assignment, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return nil, err
	}
	def, ok := s.programs.Program(programCode)
	if !ok {
		return nil, notFound()
	}
	params, err := def.Params(year, nil)
	if err != nil {
		return nil, err
	}
	all, err := recipients(s.db.Read(ctx), def, year, "")
	if err != nil {
		return nil, err
	}
	seen := scope(who)
	out := make([]Assignment, 0, len(all.recipients))
	for _, rec := range all.recipients {
		if !seen.Sees(all.ids[rec.Code]) {
			continue
		}
		a, err := Assign(def, rec.Code, rec.Name, rec.Units, params)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Assignment) int { return strings.Compare(a.Code, b.Code) })
	return out, nil
}
