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

// recipients loads every recipient of which facts are known, of itself or of its units, in
// three queries at most. recipientID limits it to one recipient.
func recipients(r store.Reading, def *programs.Definition, year int, recipientID string) (world, error) {
	l := factLoader{def: def, unit: def.UnitKind(), recipient: def.RecipientKind(), year: year,
		at: map[string]int{}, world: world{ids: map[string]string{}}}
	where := store.Eq{"kind": l.recipient}
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
	if l.unit != l.recipient {
		if err := store.UnitFacts(r, l.unit, year, recipientID, l.addUnit); err != nil {
			return world{}, err
		}
		l.finish()
	}
	if l.unit == l.recipient || slices.ContainsFunc(def.Facts, func(f programs.Fact) bool { return f.Of == l.recipient }) {
		if err := store.OwnFacts(r, l.recipient, year, recipientID, l.addOwn); err != nil {
			return world{}, err
		}
	}
	l.finishOwn()
	return l.world, nil
}

// factLoader turns rows of facts, ordered by recipient and unit, into recipients.
type factLoader struct {
	world
	def             *programs.Definition
	unit, recipient models.OrganizationKind
	year            int
	byID            map[string]models.Organization
	at              map[string]int // recipient id -> index
	unitID          string         // being filled
}

// find gives the recipient of a row.
func (l *factLoader) find(f store.UnitFact) *formula.Recipient {
	org := l.byID[f.RecipientID]
	i, ok := l.at[org.ID]
	if !ok {
		i = len(l.recipients)
		l.at[org.ID], l.ids[org.Code] = i, org.ID
		l.recipients = append(l.recipients, formula.Recipient{Code: org.Code, Name: org.Name})
	}
	return &l.recipients[i]
}

func (l *factLoader) addUnit(f store.UnitFact) error {
	if _, ok := l.byID[f.RecipientID]; !ok || !l.declared(l.unit, f.Name) {
		return nil
	}
	if f.UnitID != l.unitID {
		l.finish()
	}
	rec := l.find(f)
	if f.UnitID != l.unitID {
		l.unitID = f.UnitID
		rec.Units = append(rec.Units, formula.Unit{Code: f.UnitCode, Name: f.UnitName})
	}
	u := &rec.Units[len(rec.Units)-1]
	u.Facts = l.read(u.Facts, l.unit, f)
	return nil
}

func (l *factLoader) addOwn(f store.UnitFact) error {
	if _, ok := l.byID[f.RecipientID]; ok && l.declared(l.recipient, f.Name) {
		rec := l.find(f)
		rec.Facts = l.read(rec.Facts, l.recipient, f)
	}
	return nil
}

// declared reports whether a fact is this program's; the others are another program's.
func (l *factLoader) declared(kind models.OrganizationKind, name string) bool {
	return slices.ContainsFunc(l.def.Facts, func(d programs.Fact) bool { return d.Of == kind && d.Name == name })
}

func (l *factLoader) read(facts []formula.Fact, kind models.OrganizationKind, f store.UnitFact) []formula.Fact {
	fact, err := l.def.ReadFact(kind, f.Name, f.Value, f.Source)
	if err != nil {
		l.missing = append(l.missing, models.FieldError{Pointer: "/facts/" + pointerToken(f.UnitCode) + "/" + f.Name, Code: "fact", Severity: "error",
			Detail: fmt.Sprintf("%s (%s), %d: %s.", f.UnitName, f.UnitCode, l.year, err), Fix: "Import the correct value."})
	}
	return append(facts, fact)
}

// finish looks for required facts that the unit just read does not have.
func (l *factLoader) finish() {
	if l.unitID == "" {
		return
	}
	l.unitID = ""
	rec := l.recipients[len(l.recipients)-1]
	u := &rec.Units[len(rec.Units)-1]
	l.missing = append(l.missing, missingFacts(l.def, l.unit, l.year, u.Code, u.Name, u)...)
}

// finishOwn does the same for recipients, and makes those their own unit that are.
func (l *factLoader) finishOwn() {
	for i := range l.recipients {
		rec := &l.recipients[i]
		if l.unit == l.recipient {
			rec.Units = []formula.Unit{{Code: rec.Code, Name: rec.Name, Facts: rec.Facts}}
		}
		l.missing = append(l.missing, missingFacts(l.def, l.recipient, l.year, rec.Code, rec.Name, rec)...)
	}
}

// missingFacts are the required facts of a kind of organization that one of them lacks.
func missingFacts(def *programs.Definition, kind models.OrganizationKind, year int, code, name string, known interface{ Fact(string) *formula.Fact }) (missing []models.FieldError) {
	for _, f := range def.Facts {
		if f.Of == kind && f.Required && known.Fact(f.Name) == nil {
			missing = append(missing, models.FieldError{Pointer: "/facts/" + pointerToken(code) + "/" + f.Name, Code: "required", Severity: "error",
				Detail: fmt.Sprintf("The fact %s of %d is not known for %s (%s).", f.Name, year, name, code), Fix: "Import it: " + f.Means})
		}
	}
	return missing
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
