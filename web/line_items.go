package web

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// lineBody is what line_item.html shows: the form of one line, beside what it would do.
type lineBody struct {
	Desk      workflow.RevisionDesk
	Base      string
	Number    int
	Form      *Form
	Was       string // hash of the line as the form began: tells whether anybody else changed it
	Uses      []useLines
	Functions []Option
	Objects   []Option
	Schools   []Option
	Kinds     []Option
	Funding   []Option
	Goals     []goalChoice
	Costs     []costRow
	Live      liveBody
	Amendment bool
	Line      *lineRow // as it is saved; nil for a new one
	Reader    string   // whose typing this is, for what the browser keeps
	Version   int64
	Next      int // number of the line after this one; 0 for none
	Previous  int
	CopyOf    int
	StaleLine bool
	Removed   bool
}

type costRow struct {
	Index          int
	Object, Amount Field
}

// goalChoice is a goal with its targets, each a box to tick.
type goalChoice struct {
	Title   string
	Goal    linkChoice
	Targets []linkChoice
}

type linkChoice struct {
	Name, Value, ID, Text, Hint string
	Chosen                      bool
}

// liveBody is what changes while one types.
type liveBody struct {
	Totals   totalsView
	Amount   models.Cents
	Use      *useLines
	UseTotal models.Cents
	UseLines int
	Refusals []findingRow
	Findings []findingRow
	Meter    *meterView
	Saved    string
	Typed    bool // it shows what is typed, not what is saved
}

// newLinePage is the form of a line that is not there yet, empty or as a copy of another.
func (w *Web) newLinePage(r *request) error {
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	if desk.MayEdit != nil {
		return desk.MayEdit
	}
	in := workflow.SaveLineItem{UseCategory: r.Query("use")}
	copied, _ := strconv.Atoi(r.Query("copy"))
	if l := lineOf(desk, copied); l != nil {
		in = lineInput(*l)
		in.Description = r.t("%s (copy)", in.Description)
	} else {
		copied = 0
	}
	b, err := w.lineForm(r, desk, 0, r.form("/revisions/"+desk.Revision.ID+"/line_items", desk.Revision.Version, in), &in)
	b.CopyOf = copied
	if err != nil {
		return err
	}
	return w.showLine(r, b)
}

// linePage is the form of a line; where the revision is locked, the line as it stands.
func (w *Web) linePage(r *request) error {
	number, err := r.lineNumber()
	if err != nil {
		return err
	}
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	line := lineOf(desk, number)
	if line == nil {
		return models.Fail(models.NotFound, "not_found", "This revision has no line %d.", number)
	}
	in := lineInput(*line)
	b, err := w.lineForm(r, desk, number, r.form(lineAddress(desk.Revision.ID, number), desk.Revision.Version, in), &in)
	if err != nil {
		return err
	}
	return w.showLine(r, b)
}

func (r *request) lineNumber() (int, error) {
	n, err := strconv.Atoi(r.Param("number"))
	if err != nil || n < 1 {
		return 0, models.Fail(models.NotFound, "not_found", "There is no such line.")
	}
	return n, nil
}

func lineOf(desk workflow.RevisionDesk, number int) *workflow.Line {
	for i := range desk.Lines {
		if desk.Lines[i].Number == number {
			return &desk.Lines[i]
		}
	}
	return nil
}

// lineInput is a line as the input that would save it as it is.
func lineInput(l workflow.Line) workflow.SaveLineItem {
	v := l.Version
	in := workflow.SaveLineItem{UseCategory: v.UseCategory, FunctionCode: v.FunctionCode, SchoolID: deref(v.SchoolID), CostKind: v.CostKind, Description: v.Description,
		FTE: v.FTE, StaffCount: v.StaffCount, Hours: v.Hours, RateCents: v.RateCents, Quantity: v.Quantity, UnitCostCents: v.UnitCostCents, Topic: v.Topic, Days: v.Days,
		Grades: v.Grades, Metric: v.Metric, DataSource: v.DataSource, ImpactStatement: v.ImpactStatement, ResourcesStatement: v.ResourcesStatement,
		PriorFunding: v.PriorFunding, PlanStrategy: v.PlanStrategy, PlanActivity: v.PlanActivity, StartsOn: v.StartsOn, EndsOn: v.EndsOn, PriorApproval: v.PriorApproval}
	for _, c := range l.Costs {
		in.Costs = append(in.Costs, workflow.CostInput{ObjectCode: c.ObjectCode, AmountCents: c.AmountCents})
	}
	for _, k := range l.Links {
		in.Links = append(in.Links, workflow.LinkInput{GoalID: k.GoalID, TargetID: k.TargetID})
	}
	return in
}

// hashOf tells two contents of a line apart, in whatever order its parts were typed.
func hashOf(in workflow.SaveLineItem) string {
	in.Costs, in.Links = slices.Clone(in.Costs), slices.Clone(in.Links)
	slices.SortFunc(in.Costs, func(a, b workflow.CostInput) int { return strings.Compare(a.ObjectCode, b.ObjectCode) })
	for i := range in.Links {
		if in.Links[i].TargetID != "" {
			in.Links[i].GoalID = ""
		}
	}
	slices.SortFunc(in.Links, func(a, b workflow.LinkInput) int { return strings.Compare(a.GoalID+a.TargetID, b.GoalID+b.TargetID) })
	text, err := json.Marshal(in)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// lineForm puts the page of a line together: its form and what it would do.
func (w *Web) lineForm(r *request, desk workflow.RevisionDesk, number int, f *Form, in *workflow.SaveLineItem) (lineBody, error) {
	b := lineBody{Desk: desk, Base: "/revisions/" + desk.Revision.ID, Number: number, Form: f, Amendment: desk.Revision.BaseID != nil, Reader: r.who.UserID, Version: desk.Revision.Version}
	if l := lineOf(desk, number); l != nil {
		row := newLineRow(b.Base, newNames(desk.Choices), *l)
		b.Line, b.Was, b.Removed = &row, hashOf(lineInput(*l)), row.Removed
	}
	for _, l := range desk.Lines {
		if l.Number < number {
			b.Previous = max(b.Previous, l.Number)
		}
		if l.Number > number && (b.Next == 0 || l.Number < b.Next) && number > 0 {
			b.Next = l.Number
		}
	}
	for _, c := range desk.Definition.UseCategories {
		b.Uses = append(b.Uses, useLines{Code: c.Code, Title: c.Title, Help: c.Help, Cite: c.Cite})
	}
	b.choices(r)
	live, err := r.liveOf(desk, number, in)
	b.Live = live
	return b, err
}

// choices fills the pickers.
func (b *lineBody) choices(r *request) {
	c := b.Desk.Choices
	for _, f := range c.Functions {
		o := Option{Value: f.Code, Text: f.Code + " " + f.Name}
		if f.SchoolRequired {
			o.Text = r.t("%s (needs a school)", o.Text)
		}
		b.Functions = append(b.Functions, o)
	}
	for _, o := range c.Objects {
		b.Objects = append(b.Objects, Option{Value: o.Code, Text: o.Code + " " + o.Name})
	}
	for _, s := range c.Schools {
		text := s.Name
		if !s.Partnership {
			text = r.t("%s (not a partnership school)", s.Name)
		}
		b.Schools = append(b.Schools, Option{Value: s.ID, Text: text})
	}
	slices.SortStableFunc(b.Schools, func(x, y Option) int {
		return boolFirst(!strings.HasSuffix(x.Text, ")"), !strings.HasSuffix(y.Text, ")"))
	})
	b.Kinds = []Option{{Value: "personnel", Text: r.t("Personnel")}, {Value: "professional_development", Text: r.t("Professional development")}, {Value: "purchased_services", Text: r.t("Purchased services")},
		{Value: "supplies", Text: r.t("Supplies")}, {Value: "capital", Text: r.t("Capital")}, {Value: "other", Text: r.t("Other")}}
	b.Funding = []Option{{Value: "none", Text: r.t("Nothing: it is new")}, {Value: "grant", Text: r.t("This grant")}, {Value: "local", Text: r.t("Local money")}, {Value: "state", Text: r.t("Other state money")}, {Value: "federal", Text: r.t("Federal money")}}
	b.costs(r)
	b.links(r)
}

func boolFirst(a, b bool) int {
	switch {
	case a && !b:
		return -1
	case b && !a:
		return 1
	}
	return 0
}

// costs are the rows of the table of costs: those with content and two more to fill.
func (b *lineBody) costs(r *request) {
	last := -1
	for name, v := range b.Form.Values {
		if n, field := rowOfField(name, "costs"); field != "" && strings.Join(v, "") != "" {
			last = max(last, n)
		}
	}
	for i := range min(max(last+3, 3), 20) {
		at := "costs." + strconv.Itoa(i)
		b.Costs = append(b.Costs, costRow{i, b.Form.Combo(at+".object_code", r.t("Object code, row %d", i+1), b.Objects), b.Form.Money(at+".amount_cents", r.t("Amount, row %d", i+1))})
	}
}

// rowOfField splits costs.3.object_code; the field is "" for what is not of the table.
func rowOfField(name, table string) (int, string) {
	rest, ours := strings.CutPrefix(name, table+".")
	if !ours {
		return 0, ""
	}
	number, field, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n > 1000 {
		return 0, ""
	}
	return n, field
}

// links are the goals and targets of the agreement, ticked where the form names them. Every
// box has a row of its own, so that it is read like any other table.
func (b *lineBody) links(r *request) {
	goals, targets := map[string]bool{}, map[string]bool{}
	for name, v := range b.Form.Values {
		n, field := rowOfField(name, "links")
		target := b.Form.Values.Get("links." + strconv.Itoa(n) + ".target_id")
		switch {
		case field == "target_id" && v[0] != "":
			targets[v[0]] = true
		case field == "goal_id" && v[0] != "" && target == "":
			goals[v[0]] = true
		}
	}
	schools, row := newNames(b.Desk.Choices).schools, 0
	next := func(kind, value, text, hint string, chosen bool) linkChoice {
		name := "links." + strconv.Itoa(row) + "." + kind
		row++
		return linkChoice{name, value, fieldID(name), text, hint, chosen}
	}
	for _, g := range b.Desk.Choices.Goals {
		c := goalChoice{Title: r.t("Goal %d: %s", g.Number, g.Title)}
		for _, t := range b.Desk.Choices.Targets {
			if t.GoalID != g.ID || (b.Desk.Choices.Retired[t.ID] && !targets[t.ID]) {
				continue
			}
			hint := r.t("from %s to %s by %s", t.Baseline.String(), t.Goal.String(), day(r.lang, t.DueOn))
			if school := schools[deref(t.SchoolID)]; school != "" {
				hint = school + ", " + hint
			}
			if b.Desk.Choices.Retired[t.ID] {
				hint = r.t("Retired: it does not count any more. %s", hint)
			}
			c.Targets = append(c.Targets, next("target_id", t.ID, t.Code+" · "+t.Measure, hint, targets[t.ID]))
		}
		c.Goal = next("goal_id", g.ID, r.t("The goal only, no target yet"), r.t("Can be saved, but not approved."), goals[g.ID])
		b.Goals = append(b.Goals, c)
	}
}

func (w *Web) showLine(r *request, b lineBody) error {
	title := r.t("New line")
	if b.Number > 0 {
		title = r.t("Line %s", strconv.Itoa(b.Number))
	}
	problems := b.Form.Problems()
	if b.StaleLine { // the page says it itself, with what to do
		problems = nil
	}
	return r.show("line_item", Page{Title: title, Lead: r.t("%s: %s", b.Desk.Application.Reference, revisionTitle(r, b.Desk.Revision)), Section: "/applications", Wide: true,
		Crumbs: append(r.revisionCrumbs(b.Desk), Link{Text: revisionTitle(r, b.Desk.Revision), Href: b.Base}), Body: b,
		Problems: problems, Status: b.Form.Status(), Scripts: []string{"editor.js"}})
}

// saveLine keeps a line: from its page, or by the script while it is typed.
func (w *Web) saveLine(r *request) error {
	id, number, action := r.id(), 0, "/revisions/"+r.id()+"/line_items"
	if r.Param("number") != "" {
		n, err := r.lineNumber()
		if err != nil {
			return err
		}
		number, action = n, lineAddress(id, n)
	}
	var in workflow.SaveLineItem
	f, ok := r.sent(action, &in)
	in.RevisionID, in.Number = id, number
	if ok {
		saved, err := r.keepLine(f, in)
		if err == nil {
			return w.lineKept(r, f, saved)
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, id)
	if err != nil {
		return err
	}
	if r.partial() {
		return w.lineRefused(r, f)
	}
	if desk.MayEdit != nil {
		return desk.MayEdit
	}
	in.RevisionID, in.Number = id, number
	b, err := w.lineForm(r, desk, number, f, &in)
	if err != nil {
		return err
	}
	if f.Failed != nil && f.Failed.Kind == models.Stale {
		b.StaleLine = true
		saved := workflow.SaveLineItem{}
		if l := lineOf(desk, number); l != nil {
			saved = lineInput(*l)
		}
		f.against(desk.Revision.Version, saved)
	}
	return w.showLine(r, b)
}

// keepLine saves a line. When the revision changed meanwhile and this line did not, what was
// typed contradicts nobody: it is saved against the revision as it is now.
func (r *request) keepLine(f *Form, in workflow.SaveLineItem) (workflow.LineSaved, error) {
	saved, err := r.s.SaveLineItem(r.ctx(), r.who, in)
	if models.KindOf(err) != models.Stale {
		return saved, err
	}
	v, readErr := r.s.Revision(r.ctx(), r.who, in.RevisionID)
	if readErr != nil {
		return saved, readErr
	}
	for _, l := range v.Lines {
		same := hashOf(lineInput(l))
		if in.Number == 0 && same == hashOf(in) { // the same form, sent twice
			return workflow.LineSaved{Revision: v.Revision, Line: l}, nil
		}
		if in.Number == l.Number && same != f.Values.Get("was") {
			return saved, err // somebody else changed this line
		}
	}
	in.Version = v.Revision.Version
	return r.s.SaveLineItem(r.ctx(), r.who, in)
}

// lineKept goes where the person wanted to go on, or tells the script what was kept.
func (w *Web) lineKept(r *request, f *Form, saved workflow.LineSaved) error {
	id := saved.Revision.ID
	if r.partial() {
		desk, err := r.s.RevisionDesk(r.ctx(), r.who, id)
		if err != nil {
			return err
		}
		live, err := r.liveOf(desk, saved.Line.Number, nil)
		if err != nil {
			return err
		}
		live.Saved = r.t("Saved as line %d.", saved.Line.Number)
		r.Header("Earmark-Version", strconv.FormatInt(saved.Revision.Version, 10))
		r.Header("Earmark-Line", strconv.Itoa(saved.Line.Number))
		r.Header("Earmark-Was", hashOf(lineInput(saved.Line)))
		return r.part("line_item", "line-live", live)
	}
	switch f.Values.Get("then") {
	case "stay":
		return r.done(lineAddress(id, saved.Line.Number), "Saved.")
	case "another":
		return r.done("/revisions/"+id+"/line_items/new?use="+saved.Line.Version.UseCategory, "Line %d is saved. Here is the next.", saved.Line.Number)
	}
	return r.done("/revisions/"+id+"#line-"+strconv.Itoa(saved.Line.Number), "Line %d is saved.", saved.Line.Number)
}

// lineRefused tells the script why nothing was kept.
func (w *Web) lineRefused(r *request, f *Form) error {
	live := liveBody{Typed: true}
	for _, e := range f.Failed.Fields {
		live.Refusals = append(live.Refusals, findingRow{Text: e.Detail, Fix: e.Fix, Href: "#" + lineFieldID(strings.Split(strings.TrimPrefix(e.Pointer, "/"), "/"))})
	}
	if len(live.Refusals) == 0 {
		live.Refusals = []findingRow{{Text: f.Failed.Detail}}
	}
	return r.render("line_item", "line-refused", f.Status(), live)
}

// previewLine answers what saving would do, while somebody types.
func (w *Web) previewLine(r *request) error {
	var in workflow.SaveLineItem
	f, ok := r.sent("/revisions/"+r.id()+"/line_items/preview", &in)
	number, _ := strconv.Atoi(f.Values.Get("number"))
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	live, err := r.liveOf(desk, number, &in)
	if err != nil {
		return err
	}
	if !ok {
		for _, e := range f.Failed.Fields {
			live.Refusals = append(live.Refusals, findingRow{Text: e.Detail, Fix: e.Fix, Href: "#" + lineFieldID(strings.Split(strings.TrimPrefix(e.Pointer, "/"), "/"))})
		}
	}
	live.Typed = true
	return r.render("line_item", "line-live", http.StatusOK, live)
}

// liveOf is what a line does to its revision: as it is saved (nil), or as it is typed.
func (r *request) liveOf(desk workflow.RevisionDesk, number int, typed *workflow.SaveLineItem) (liveBody, error) {
	live := liveBody{Totals: totalsView{Revision: desk.Revision.ID, Allocation: desk.Application.AllocationCents, Total: desk.Revision.TotalCents, Lines: desk.Revision.LineCount,
		Approved: desk.Application.ApprovedCents, Amendment: desk.Revision.BaseID != nil, Live: true}}
	line := lineOf(desk, number)
	if typed == nil && line != nil {
		in := lineInput(*line)
		typed = &in
	}
	if typed == nil || !desk.Editable() {
		live.Totals.reckon()
		return live, nil
	}
	p, err := r.s.PreviewLineItem(r.ctx(), r.who, workflow.PreviewLineItem{RevisionID: desk.Revision.ID, Number: number, LineItem: typed})
	if err != nil {
		return live, err
	}
	live.Amount, live.Totals.Total, live.Totals.Lines = p.AmountCents, p.TotalCents, p.LineCount
	live.Totals.reckon()
	for _, c := range desk.Definition.UseCategories {
		if c.Code == typed.UseCategory {
			live.Use = &useLines{Code: c.Code, Title: c.Title, Help: c.Help, Cite: c.Cite}
		}
	}
	for _, c := range p.Categories {
		if c.UseCategory == typed.UseCategory {
			live.UseTotal, live.UseLines = c.AmountCents, c.LineCount
		}
	}
	untouched := number == 0 && typed.Description == "" && len(typed.Costs) == 0 // nobody typed yet: nothing is wrong yet
	if !untouched {
		for _, f := range p.Refusals {
			live.Refusals = append(live.Refusals, lineFinding(f))
		}
		for _, f := range p.Findings {
			live.Findings = append(live.Findings, lineFinding(f))
		}
	}
	if desk.Revision.BaseID != nil {
		live.Totals.Outcome = p.Meter.Outcome
		live.Meter = newMeterView(r, desk.Definition.Amendment.Basis, desk.Choices, desk.Lines, p.Meter)
	}
	return live, nil
}

func lineFinding(f models.FieldError) findingRow {
	return findingRow{Text: f.Detail, Fix: f.Fix, Severity: f.Severity, Href: "#" + lineFieldID(strings.Split(strings.TrimPrefix(f.Pointer, "/"), "/"))}
}
