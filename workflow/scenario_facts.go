package workflow

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/formula"
)

// ScenarioFact is a fact as a scenario would have it, of its facts year. "-" is a fact
// that is not known, as in a file of facts.
type ScenarioFact struct {
	OrganizationID string `json:"organization_id" validate:"required,max=64"`
	Name           string `json:"name" validate:"required,max=64"`
	Value          string `json:"value" validate:"required,max=500"`
}

// ChangedFact is a fact that a scenario keeps, with whose it is.
type ChangedFact struct {
	OrganizationID string                  `json:"organization_id"`
	Kind           models.OrganizationKind `json:"kind"`
	Code           string                  `json:"code"`
	Organization   string                  `json:"organization"` // name
	ParentCode     string                  `json:"parent_code"`
	ParentName     string                  `json:"parent_name"`
	ParentID       string                  `json:"parent_id"`
	Name           string                  `json:"name"`
	Value          string                  `json:"value"` // canonical; "-": not known
}

// resolveFacts finds the organizations of changed facts, in two queries, and reads the
// values as their declared types. wrong names everything that cannot be used.
func resolveFacts(r store.Reading, def *programs.Definition, facts []ScenarioFact) (changed []ChangedFact, wrong []models.FieldError, err error) {
	organizations, err := organizationsOf(r, facts)
	if err != nil {
		return nil, nil, err
	}
	seen := map[ScenarioFact]bool{}
	changed = make([]ChangedFact, 0, len(facts))
	for i, f := range facts {
		x, at, problem := f.resolve(def, organizations)
		if f.Value = ""; seen[f] {
			at, problem = "", &models.FieldError{Code: "duplicate", Detail: fmt.Sprintf("The fact %s of %s (%s) is there twice.", x.Name, x.Organization, x.Code), Fix: "Give it once."}
		}
		seen[f] = true
		if problem == nil {
			changed = append(changed, x)
			continue
		}
		problem.Pointer = fmt.Sprintf("/facts/%d%s", i, at)
		wrong = append(wrong, *problem)
	}
	slices.SortFunc(changed, func(a, b ChangedFact) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Name, b.Name))
	})
	return changed, wrong, nil
}

// resolve says whose fact it is and brings its value into the canonical form. at is the
// member that is wrong.
func (f ScenarioFact) resolve(def *programs.Definition, organizations map[string]models.Organization) (x ChangedFact, at string, problem *models.FieldError) {
	broken := func(code, detail, fix string) *models.FieldError {
		return &models.FieldError{Code: code, Detail: detail, Fix: fix}
	}
	o, ok := organizations[f.OrganizationID]
	if !ok {
		return x, "/organization_id", broken("organization.unknown", fmt.Sprintf("There is no organization %q.", f.OrganizationID), "Give the id of an organization.")
	}
	x = ChangedFact{OrganizationID: o.ID, Kind: o.OrgKind, Code: o.Code, Organization: o.Name, Name: f.Name, Value: f.Value}
	if o.OrgKind != def.UnitKind() && o.OrgKind != def.RecipientKind() {
		return x, "/organization_id", broken("fact.kind", fmt.Sprintf("The formula looks at facts of a %s; %s is a %s.", formulaKinds(def), o.Name, o.OrgKind), fmt.Sprintf("Change a fact of a %s.", formulaKinds(def)))
	}
	if o.OrgKind != def.RecipientKind() {
		var p models.Organization
		if o.ParentID != nil {
			p = organizations[*o.ParentID]
		}
		if p.OrgKind != def.RecipientKind() {
			return x, "/organization_id", broken("organization.no_parent", fmt.Sprintf("%s (%s) belongs to no %s.", o.Name, o.Code, def.RecipientKind()), "Import the organization with its parent.")
		}
		x.ParentID, x.ParentCode, x.ParentName = p.ID, p.Code, p.Name
	}
	declared := slices.IndexFunc(def.Facts, func(d programs.Fact) bool { return d.Of == x.Kind && d.Name == x.Name })
	if declared < 0 {
		_, err := def.ReadFact(x.Kind, x.Name, "", "")
		return x, "/name", broken("fact.unknown", sentence(err.Error()), "Give the name of a fact that the program declares.")
	}
	if x.Value == "-" {
		return x, "", nil
	}
	fact, err := def.ReadFact(x.Kind, x.Name, x.Value, "")
	if err != nil {
		return x, "/value", broken("fact."+def.Facts[declared].Type, sentence(err.Error()), factForm(def.Facts[declared]))
	}
	x.Value = fact.Text
	return x, "", nil
}

// formulaKinds are the kinds of organization whose facts the formula can look at.
func formulaKinds(def *programs.Definition) string {
	if def.UnitKind() == def.RecipientKind() {
		return string(def.UnitKind())
	}
	return string(def.UnitKind()) + " or a " + string(def.RecipientKind())
}

// organizationsOf loads the organizations of facts with their parents, by id.
func organizationsOf(r store.Reading, facts []ScenarioFact) (map[string]models.Organization, error) {
	out := map[string]models.Organization{}
	var ids, parents []string
	for _, f := range facts {
		ids = append(ids, f.OrganizationID)
	}
	for _, list := range []*[]string{&ids, &parents} {
		slices.Sort(*list)
		if *list = slices.Compact(*list); len(*list) == 0 {
			continue
		}
		rows, err := store.All[models.Organization](r, store.Eq{"id": *list})
		if err != nil {
			return nil, err
		}
		for _, o := range rows {
			out[o.ID] = o
			if o.ParentID != nil && list == &ids {
				parents = append(parents, *o.ParentID)
			}
		}
	}
	return out, nil
}

// with is the world with some facts changed; what was loaded stays as it is. Somebody of
// whom nothing was known joins.
func (w world) with(def *programs.Definition, sc *models.Scenario, changed []ChangedFact) world {
	if len(changed) == 0 {
		return w
	}
	c := changing{world: world{recipients: slices.Clone(w.recipients), ids: maps.Clone(w.ids)}, def: def,
		recipientAt: map[string]int{}, unitAt: map[string]unitPlace{}, owned: map[int]bool{}}
	for i, rec := range w.recipients {
		c.recipientAt[rec.Code] = i
		for j := range rec.Units {
			c.unitAt[rec.Units[j].Code] = unitPlace{i, j}
		}
	}
	for _, x := range changed {
		c.apply(x, "Scenario: "+sc.Label)
	}
	c.missing = append(stillMissing(w.missing, changed), c.lacking(sc.FactsYear, changed)...)
	slices.SortFunc(c.missing, func(a, b models.FieldError) int { return cmp.Compare(a.Pointer, b.Pointer) })
	c.dropUnknown()
	return c.world
}

// changing is a world while facts of it change.
type changing struct {
	world
	def         *programs.Definition
	recipientAt map[string]int
	unitAt      map[string]unitPlace
	owned       map[int]bool // recipients that are copies already
}

type unitPlace struct{ recipient, unit int }

func (c *changing) apply(x ChangedFact, source string) {
	if x.Kind == c.def.RecipientKind() {
		rec := c.own(x.Code, x.Organization, x.OrganizationID)
		rec.Facts = x.set(c.def, rec.Facts, source)
		if c.def.UnitKind() == x.Kind {
			rec.Units = []formula.Unit{{Code: rec.Code, Name: rec.Name, Facts: rec.Facts}}
			c.unitAt[rec.Code] = unitPlace{c.recipientAt[rec.Code], 0}
		}
		return
	}
	rec := c.own(x.ParentCode, x.ParentName, x.ParentID)
	p, known := c.unitAt[x.Code]
	if !known {
		p = unitPlace{c.recipientAt[x.ParentCode], len(rec.Units)}
		c.unitAt[x.Code] = p
		rec.Units = append(rec.Units, formula.Unit{Code: x.Code, Name: x.Organization})
	}
	u := &rec.Units[p.unit]
	u.Facts = x.set(c.def, u.Facts, source)
}

// own is a recipient that may be changed: a copy of what was loaded, or a new one.
func (c *changing) own(code, name, id string) *formula.Recipient {
	i, known := c.recipientAt[code]
	if !known {
		i = len(c.recipients)
		c.recipientAt[code], c.ids[code] = i, id
		c.recipients = append(c.recipients, formula.Recipient{Code: code, Name: name})
	}
	rec := &c.recipients[i]
	if !c.owned[i] {
		c.owned[i] = true
		rec.Units = slices.Clone(rec.Units)
	}
	return rec
}

// lacking are the required facts that those changed do not have.
func (c *changing) lacking(year int, changed []ChangedFact) (missing []models.FieldError) {
	for code := range codesOf(changed) {
		if p, ok := c.unitAt[code]; ok && c.def.UnitKind() != c.def.RecipientKind() {
			if u := &c.recipients[p.recipient].Units[p.unit]; len(u.Facts) > 0 {
				missing = append(missing, missingFacts(c.def, c.def.UnitKind(), year, u.Code, u.Name, u)...)
			}
		}
		if i, ok := c.recipientAt[code]; ok {
			rec := &c.recipients[i]
			missing = append(missing, missingFacts(c.def, c.def.RecipientKind(), year, rec.Code, rec.Name, rec)...)
		}
	}
	return missing
}

// dropUnknown leaves out those of whom nothing is known any more, as loading would.
func (c *changing) dropUnknown() {
	for i := range c.owned {
		c.recipients[i].Units = slices.DeleteFunc(c.recipients[i].Units, func(u formula.Unit) bool { return len(u.Facts) == 0 })
	}
	c.recipients = slices.DeleteFunc(c.recipients, func(r formula.Recipient) bool { return len(r.Units)+len(r.Facts) == 0 })
}

func codesOf(changed []ChangedFact) map[string]bool {
	out := map[string]bool{}
	for _, c := range changed {
		out[c.Code] = true
	}
	return out
}

// stillMissing leaves out what the changes may have mended: it is looked at again.
func stillMissing(missing []models.FieldError, changed []ChangedFact) []models.FieldError {
	mended := map[string]bool{}
	for _, c := range changed {
		mended["/facts/"+pointerToken(c.Code)+"/"+c.Name] = true
	}
	touched := codesOf(changed)
	return slices.DeleteFunc(slices.Clone(missing), func(m models.FieldError) bool {
		parts := strings.SplitN(m.Pointer, "/", 4)
		code := strings.NewReplacer("~1", "/", "~0", "~").Replace(parts[2])
		return mended[m.Pointer] || m.Code == "required" && touched[code]
	})
}

// set changes one of somebody's facts. A value that is known already keeps its source:
// nothing was invented.
func (x ChangedFact) set(def *programs.Definition, facts []formula.Fact, source string) []formula.Fact {
	at := slices.IndexFunc(facts, func(f formula.Fact) bool { return f.Name == x.Name })
	switch {
	case at >= 0 && facts[at].Text == x.Value:
		return facts
	case x.Value == "-":
		return slices.DeleteFunc(slices.Clone(facts), func(f formula.Fact) bool { return f.Name == x.Name })
	}
	fact, err := def.ReadFact(x.Kind, x.Name, x.Value, source)
	if err != nil { // it was read before
		return facts
	}
	facts = slices.Clone(facts)
	if at < 0 {
		return append(facts, fact)
	}
	facts[at] = fact
	return facts
}

// notImported lists the changed facts that are not the known ones, so that no allocation
// ever rests on a fact that nobody reported.
func notImported(def *programs.Definition, known world, year int, changed []ChangedFact) (wrong []models.FieldError) {
	units, own := map[string][]formula.Fact{}, map[string][]formula.Fact{}
	for _, rec := range known.recipients {
		own[rec.Code] = rec.Facts
		for _, u := range rec.Units {
			units[u.Code] = u.Facts
		}
	}
	for i, c := range changed {
		now, facts := "-", units[c.Code]
		if c.Kind == def.RecipientKind() {
			facts = own[c.Code]
		}
		if at := slices.IndexFunc(facts, func(f formula.Fact) bool { return f.Name == c.Name }); at >= 0 {
			now = facts[at].Text
		}
		if now == c.Value {
			continue
		}
		wrong = append(wrong, models.FieldError{Pointer: fmt.Sprintf("/facts/%d", i), Code: "scenario.fact_not_imported",
			Detail: fmt.Sprintf("%s of %s (%s) is %s here; the facts of %d say %s.", c.Name, c.Organization, c.Code, orUnknown(c.Value), year, orUnknown(now)),
			Fix:    "Import the fact with its source, or take it out of the scenario."})
	}
	return wrong
}

func orUnknown(value string) string {
	if value == "-" {
		return "not known"
	}
	return value
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + strings.TrimRight(s[1:], ".") + "."
}
