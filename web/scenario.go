package web

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow"
)

// scenarioPage is the body of scenario.html.
type scenarioPage struct {
	Scenario  models.Scenario
	State     Cell
	Year      models.GrantYear
	Form      *Form // while it may be changed
	Money     []parameterField
	Others    []parameterField
	Facts     []factField
	Known     []Option // facts that can be changed
	Places    []Option // organizations that facts can be changed of
	Values    []valueWords
	Steps     []Confirm
	Base      *models.AllocationRun
	Total     *workflow.ComparedTotal
	Chart     *Chart
	Percent   *Chart
	List      *ListView
	Formula   formulaWords
	History   []Event
	FactsYear []Option
}

// factField is a fact that the scenario changes, or an empty row for another.
type factField struct {
	Index           string
	Place, Fact     string
	Name, Value     string
	Was             string
	Error, ErrorFix string
}

func (w *Web) scenario(r *request) error { return r.showScenario(nil, nil) }

// updateScenario computes the scenario again with what was typed.
func (w *Web) updateScenario(r *request) error {
	in := workflow.UpdateScenario{ID: r.id()}
	var typed struct {
		Version   int64  `json:"-"`
		FactsYear int    `json:"facts_year"`
		Label     string `json:"label"`
		Note      string `json:"note"`
	}
	f, ok := r.sent("/scenarios/"+r.id(), &typed)
	sc, err := r.s.Scenario(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	if !ok {
		return r.showScenario(f, nil)
	}
	in.Version, in.FactsYear, in.Label, in.Note = typed.Version, typed.FactsYear, typed.Label, typed.Note
	def, base, _, err := r.scenarioBase(sc)
	if err != nil {
		return err
	}
	in.Parameters = sentParameters(f, def.Parameters, base)
	places, err := r.formulaPlaces(def)
	if err != nil {
		return err
	}
	in.Facts = sentFacts(f, places)
	if sc, err = r.s.UpdateScenario(r.ctx(), r.who, in); err == nil {
		return r.done("/scenarios/"+sc.ID+"#result", "Computed again.")
	}
	if err := f.took(err); err != nil {
		return err
	}
	if f.Failed.Kind == models.Stale {
		if err := r.againstScenario(f); err != nil {
			return err
		}
	}
	return r.showScenario(f, nil)
}

// againstScenario shows what somebody else saved beside what was typed.
func (r *request) againstScenario(f *Form) error {
	sc, err := r.s.Scenario(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	def, base, own, err := r.scenarioBase(sc)
	if err != nil {
		return err
	}
	f.against(sc.Version, workflow.UpdateScenario{FactsYear: sc.FactsYear, Label: sc.Label, Note: sc.Note})
	for _, p := range def.Parameters {
		v, _ := base.Get(p.Name)
		text := v.Text
		if changed, ok := own[p.Name]; ok {
			text = changed
		}
		if now := typedParameter(p.Type, text); now != f.Values.Get(parameterPrefix+p.Name) {
			f.Theirs[parameterPrefix+p.Name] = now
		}
	}
	return nil
}

// scenarioBase is the definition, the parameters that hold without the scenario, and those
// that the scenario changes.
func (r *request) scenarioBase(sc models.Scenario) (*programs.Definition, programs.Params, map[string]string, error) {
	year, err := r.s.GrantYear(r.ctx(), r.who, sc.GrantYearID)
	if err != nil {
		return nil, programs.Params{}, nil, err
	}
	basis, own := map[string]string{}, map[string]string{}
	if err := json.Unmarshal([]byte(sc.BaseParameters), &basis); err != nil {
		return nil, programs.Params{}, nil, err
	}
	if err := json.Unmarshal([]byte(sc.Parameters), &own); err != nil {
		return nil, programs.Params{}, nil, err
	}
	base, err := year.Rules.Definition.Params(year.FiscalYear, basis)
	return year.Rules.Definition, base, own, err
}

// formulaPlaces are the organizations whose facts the formula looks at.
func (r *request) formulaPlaces(def *programs.Definition) ([]models.Organization, error) {
	rows, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{Kind: def.UnitKind()})
	if err != nil || def.UnitKind() == def.RecipientKind() {
		return rows, err
	}
	more, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{Kind: def.RecipientKind()})
	return append(rows, more...), err
}

// placeText is an organization as it is typed: its code, then its name.
func placeText(o models.Organization) string { return o.Code + " · " + o.Name }

// sentFacts reads the table of changed facts. A row without a value changes nothing. An
// organization that is not known goes to the command as it was typed, which says so.
func sentFacts(f *Form, places []models.Organization) []workflow.ScenarioFact {
	ids := make(map[string]string, 2*len(places))
	for _, o := range places {
		ids[o.Code], ids[placeText(o)] = o.ID, o.ID
	}
	facts := []workflow.ScenarioFact{}
	for i := range maxRows {
		at := "facts." + strconv.Itoa(i) + "."
		if !f.Values.Has(at + "value") {
			break
		}
		x := workflow.ScenarioFact{OrganizationID: strings.TrimSpace(f.Values.Get(at + "place")), Name: f.Values.Get(at + "name"), Value: strings.TrimSpace(f.Values.Get(at + "value"))}
		if x.Value == "" {
			continue
		}
		if id, known := ids[x.OrganizationID]; known {
			x.OrganizationID = id
		}
		f.Values.Set("row."+strconv.Itoa(len(facts)), strconv.Itoa(i)) // where the command's row stands in the form
		facts = append(facts, x)
	}
	return facts
}

func (r *request) showScenario(f, step *Form) error {
	sc, err := r.s.Scenario(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	year, err := r.s.GrantYear(r.ctx(), r.who, sc.GrantYearID)
	if err != nil {
		return err
	}
	def, base, own, err := r.scenarioBase(sc)
	if err != nil {
		return err
	}
	body := scenarioPage{Scenario: sc, Year: year.GrantYear, State: r.scenarioState(sc)}
	effective := map[string]string{}
	if err := json.Unmarshal([]byte(sc.BaseParameters), &effective); err != nil {
		return err
	}
	maps.Copy(effective, own)
	params, err := def.Params(year.FiscalYear, effective)
	if err != nil {
		return err
	}
	body.Formula = r.formulaWords(workflow.ProgramDetail{Definition: def, FiscalYear: year.FiscalYear, Parameters: params.All()})
	for _, p := range params.All() {
		if _, changed := own[p.Name]; changed {
			body.Values = append(body.Values, r.valueOf(p))
		}
	}
	if err := r.scenarioResult(&body); err != nil {
		return err
	}
	if body.List == nil && body.Base != nil {
		return nil // a file was asked for
	}
	if err := r.scenarioForm(&body, f, def, base, own); err != nil {
		return err
	}
	r.scenarioSteps(&body)
	if body.History, err = r.history("scenario", sc.ID); err != nil {
		return err
	}
	page := Page{Title: r.numbered("scenario", sc.Number, sc.Label), Section: "/scenarios", Wide: true, Crumbs: []Link{{Text: r.t("Scenarios"), Href: "/scenarios"}},
		Lead: r.t("%s, facts of %d", year.Title, sc.FactsYear), Problems: append(f.Problems(), step.Problems()...), Status: max(f.status(), step.status()), Body: body,
		Scripts: []string{"scenario.js"}, Actions: []Link{{Text: r.t("Compare"), Href: "/allocation_comparison?grant_year_id=" + sc.GrantYearID + "&with=" + sc.ID}}}
	return r.show("scenario", page)
}

// scenarioResult compares the scenario with its run, or with the run in force.
func (r *request) scenarioResult(body *scenarioPage) error {
	base := body.Scenario.BaseRunID
	if base == nil {
		base = body.Year.PublishedRunID
	}
	if base == nil {
		return nil
	}
	run, err := r.s.AllocationRun(r.ctx(), r.who, *base)
	if err != nil {
		return err
	}
	body.Base = &run.AllocationRun
	ask := workflow.CompareAllocations{Base: *base, With: []string{body.Scenario.ID}}
	rows, err := r.s.CompareAllocations(r.ctx(), r.who, ask)
	if err != nil {
		return err
	}
	totals, err := r.s.ComparisonTotals(r.ctx(), r.who, ask)
	if err != nil {
		return err
	}
	if len(totals) > 0 {
		body.Total = &totals[0]
	}
	body.Chart = r.changeChart(r.t("Winners and losers against run %d", run.Number), rows)
	body.List, err = listed(r, Listing[workflow.Compared]{Path: "/scenarios/" + body.Scenario.ID, Name: "scenario_" + digits(body.Scenario.Number), Sort: "change", Caption: r.t("Winners and losers"),
		Empty: r.t("No recipient has a unit that counts."), Columns: r.comparedColumns(false), Load: func(workflow.Page) ([]workflow.Compared, error) { return rows, nil }})
	return err
}

// comparedColumns are those of a comparison; several subjects need a column that tells them apart.
func (r *request) comparedColumns(several bool) []Column[workflow.Compared] {
	columns := []Column[workflow.Compared]{
		{Key: "code", Label: r.t("Code"), Cell: func(d workflow.Compared) Cell { return Text(d.Organization.Code) }},
		{Key: "recipient", Label: r.t("Recipient"), Cell: func(d workflow.Compared) Cell {
			return Text(d.Organization.Name).To("/organizations/" + d.Organization.ID)
		}},
	}
	if several {
		columns = append(columns, Column[workflow.Compared]{Key: "subject", Label: r.t("In"), Cell: func(d workflow.Compared) Cell {
			return Text(r.numbered(d.Subject.Kind, d.Subject.Number, d.Subject.Label))
		}})
	}
	return append(columns, []Column[workflow.Compared]{
		{Key: "class", Label: r.t("Outcome"), Cell: func(d workflow.Compared) Cell { return r.class(d.Class) }},
		{Key: "base", Label: r.t("Now"), Unit: models.UnitCents, Cell: func(d workflow.Compared) Cell { return Number(d.BaseCents) }},
		{Key: "amount", Label: r.t("Then"), Unit: models.UnitCents, Cell: func(d workflow.Compared) Cell { return Number(d.AmountCents) }},
		{Key: "change", Label: r.t("Change"), Unit: models.UnitCents, Cell: func(d workflow.Compared) Cell { return gained(d.ChangeCents) }},
		{Key: "change_bp", Label: r.t("In percent"), Unit: models.UnitBasisPoints, Cell: func(d workflow.Compared) Cell { return r.rateCell(d.ChangeCents, d.ChangeBP) }},
		{Key: "bound", Label: r.t("Held by"), Cell: func(d workflow.Compared) Cell { return r.bound(d.Bound, d.BoundBy) }},
	}...)
}

func (r *request) scenarioForm(body *scenarioPage, f *Form, def *programs.Definition, base programs.Params, own map[string]string) error {
	var changed []workflow.ChangedFact
	if err := json.Unmarshal([]byte(body.Scenario.Facts), &changed); err != nil {
		return err
	}
	sc := body.Scenario
	if sc.Status != workflow.StatusDraft || !r.s.May(r.who, workflow.ManageScenarios, "") {
		body.Facts = factRows(changed)
		return nil
	}
	typed := f != nil
	if f == nil {
		f = r.form("/scenarios/"+sc.ID, sc.Version, workflow.UpdateScenario{FactsYear: sc.FactsYear, Label: sc.Label, Note: sc.Note})
	}
	body.Form = f
	first, rest := declaredIn(def.Parameters, formulaParameters(def.Formula))
	body.Money = r.parameterFields(f, first, base, own, true)
	body.Others = r.parameterFields(f, rest, base, own, false)
	places, err := r.formulaPlaces(def)
	if err != nil {
		return err
	}
	for _, o := range places {
		body.Places = append(body.Places, Option{Value: placeText(o)})
	}
	for _, d := range def.Facts {
		if d.YearsInARow == nil && d.Per == "" && (d.Of == def.UnitKind() || d.Of == def.RecipientKind()) {
			body.Known = append(body.Known, Option{Value: d.Name, Text: r.t(words(d.Name)), Hint: d.Means})
		}
	}
	if body.FactsYear, err = r.factYears(); err != nil {
		return err
	}
	if body.Facts = factRows(changed); typed {
		body.Facts = typedFacts(f)
	}
	for n := len(body.Facts); n < len(changed)+3; n++ {
		body.Facts = append(body.Facts, factField{})
	}
	for i := range body.Facts {
		body.Facts[i].Index = strconv.Itoa(i)
	}
	return nil
}

func factRows(changed []workflow.ChangedFact) []factField {
	var out []factField
	for _, c := range changed {
		out = append(out, factField{Place: c.Code + " · " + c.Organization, Name: c.Name, Fact: words(c.Name), Value: c.Value})
	}
	return out
}

// typedFacts are the rows as they were typed, each with what is wrong with it.
func typedFacts(f *Form) []factField {
	wrong := map[string]models.FieldError{}
	if f.Failed != nil {
		for _, e := range f.Failed.Fields {
			if rest, ours := strings.CutPrefix(e.Pointer, "/facts/"); ours {
				n, _, _ := strings.Cut(rest, "/")
				wrong[f.Values.Get("row."+n)] = e
			}
		}
	}
	var out []factField
	for i := range maxRows {
		n := strconv.Itoa(i)
		at := "facts." + n + "."
		if !f.Values.Has(at + "value") {
			return out
		}
		out = append(out, factField{Place: f.Values.Get(at + "place"), Name: f.Values.Get(at + "name"), Value: f.Values.Get(at + "value"), Error: wrong[n].Detail, ErrorFix: wrong[n].Fix})
	}
	return out
}

func (r *request) scenarioSteps(body *scenarioPage) {
	sc := body.Scenario
	for _, o := range workflow.Offers(r.who, &sc) {
		if o.Blocked != "" {
			continue
		}
		c := newConfirm(r.t("Discard"), r.t("Put this scenario away?"), r.t("It stays readable and can no longer be changed or adopted."), r.t("Yes, discard it"), "/scenarios/"+sc.ID+"/transitions", o.Event, sc.Version)
		if o.Event == "adopt" {
			c = newConfirm(r.t("Adopt into a draft run"), r.t("Make a draft allocation run of this scenario?"),
				r.t("The run is made from imported facts: facts changed here must have been imported. Parameters that differ become those of the grant year, which works only while it is planned. Nothing is published."), r.t("Yes, adopt it"), "/scenarios/"+sc.ID+"/transitions", o.Event, sc.Version)
		}
		body.Steps = append(body.Steps, c.Asking(r.t("Comment"), o.Comment))
	}
}
