package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strconv"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/determine"
	"earmark/workflow/formula"
)

// determined is one organization with what the rules made of it.
type determined struct {
	models.Organization
	determine.Result
	hash string // of its facts
}

// determineAll applies the determinations of a program to every organization of which facts
// are known, in two queries per kind of organization.
func determineAll(r store.Reading, def *programs.Definition, params programs.Params, year int) ([]determined, error) {
	engine, err := def.Determiner(params, year)
	if err != nil {
		return nil, err
	}
	var out []determined
	for _, kind := range engine.Kinds() {
		orgs, err := store.All[models.Organization](r, store.Eq{"kind": kind})
		if err != nil {
			return nil, err
		}
		l := subjectLoader{def: def, engine: engine, kind: kind, year: year, byID: make(map[string]models.Organization, len(orgs)), out: out}
		for _, o := range orgs {
			l.byID[o.ID] = o
		}
		if err := store.SubjectFacts(r, kind, year-engine.History()+1, year, l.add); err != nil {
			return nil, err
		}
		if err := l.finish(); err != nil {
			return nil, err
		}
		if err := invalid(l.wrong); err != nil {
			return nil, err
		}
		out = l.out
	}
	return out, nil
}

// subjectLoader turns rows of facts, ordered by organization, year and group, into
// organizations, and determines each as soon as its last row is read.
type subjectLoader struct {
	def    *programs.Definition
	engine *determine.Engine
	kind   models.OrganizationKind
	year   int
	byID   map[string]models.Organization
	id     string // being filled
	years  []determine.Year
	wrong  []models.FieldError
	out    []determined
}

func (l *subjectLoader) add(f store.SubjectFact) error {
	if f.OrganizationID != l.id {
		if err := l.finish(); err != nil {
			return err
		}
		l.id, l.years = f.OrganizationID, make([]determine.Year, l.engine.History())
	}
	per, read := "", l.def.ReadFact
	if f.GroupCode != "" {
		per, read = determine.PerGroup, l.def.ReadGroupFact
	}
	if l.def.FactOf(l.kind, per, f.Name) == nil {
		return nil // another program's fact
	}
	fact, err := read(l.kind, f.Name, f.Value, f.Source)
	if err != nil {
		o := l.byID[f.OrganizationID]
		l.wrong = append(l.wrong, models.FieldError{Pointer: "/facts/" + pointerToken(o.Code) + "/" + f.Name, Code: "fact", Severity: "error",
			Detail: fmt.Sprintf("%s (%s), %d: %s.", o.Name, o.Code, f.Year, err), Fix: "Import the correct value."})
		return nil
	}
	y := &l.years[l.year-f.Year]
	if f.GroupCode == "" {
		y.Facts = append(y.Facts, fact)
		return nil
	}
	n := len(y.Groups)
	if n == 0 || y.Groups[n-1].Code != f.GroupCode {
		y.Groups, n = append(y.Groups, determine.Group{Code: f.GroupCode}), n+1
	}
	y.Groups[n-1].Facts = append(y.Groups[n-1].Facts, fact)
	return nil
}

// finish determines the organization that was just read.
func (l *subjectLoader) finish() error {
	if l.id == "" {
		return nil
	}
	o := l.byID[l.id]
	l.id = ""
	known := slices.ContainsFunc(l.years, func(y determine.Year) bool { return len(y.Facts)+len(y.Groups) > 0 })
	if !known || l.wrong != nil {
		return nil
	}
	result, err := l.engine.Determine(determine.Organization{Kind: o.OrgKind, Code: o.Code, Name: o.Name, Subtype: o.Subtype, Years: l.years})
	if err != nil {
		return models.Fail(models.Invalid, "determination.failed", "A determination cannot be made: %s.", err)
	}
	l.out = append(l.out, determined{o, result, factsHash(l.years)})
	return nil
}

// factsHash is the SHA-256 of the facts of one organization.
func factsHash(years []determine.Year) string {
	h := sha256.New()
	for i, y := range years {
		hashFacts(h, strconv.Itoa(i), y.Facts)
		for _, g := range y.Groups {
			hashFacts(h, strconv.Itoa(i)+" "+g.Code, g.Facts)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

func hashFacts(h hash.Hash, place string, facts []formula.Fact) {
	for _, f := range facts {
		fmt.Fprintf(h, "%q %q %q\n", place, f.Name, f.Text)
	}
}
