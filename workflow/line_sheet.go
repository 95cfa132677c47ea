package workflow

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/spreadsheet"
)

// A line as a row of a spreadsheet: one column per input of SaveLineItem, amounts in
// dollars, codes with their names, as many pairs of object and amount as lines have.

// The columns that say which line a row is, and as of which content of it.
const (
	columnNumber  = "number"
	columnVersion = "version"
	columnRemove  = "remove"
	columnRow     = "row" // of a table that was read before: where the row stood
	ignoredColumn = "-"
)

// lineColumn is a column of lines.
type lineColumn struct {
	spreadsheet.Column
	key     string
	aliases []string // other headings by which a pasted column is known
	codes   []choice // of a Choice
}

// choice is an entry of a dropdown: what people see and what is meant.
type choice struct{ label, value string }

// lineSheet knows the columns for a revision's lines.
type lineSheet struct {
	columns []lineColumn
	at      map[string]int
}

const yes = "yes"

// sheetFor makes the columns for a draft's program, district and lines.
func sheetFor(d *draft, schools []models.Organization, goals []models.Goal) lineSheet {
	costs, links := 2, 2
	for _, l := range d.lines {
		costs, links = max(costs, len(l.Costs)+1), max(links, len(l.Links)+1)
	}
	sh := lineSheet{at: map[string]int{}}
	add := func(key, title string, kind spreadsheet.Kind, width int, help string, codes []choice, aliases ...string) {
		c := lineColumn{key: key, aliases: aliases, codes: codes, Column: spreadsheet.Column{Title: title, Kind: kind, Width: width, Help: help}}
		for _, o := range codes {
			c.Options = append(c.Options, o.label)
		}
		sh.at[key] = len(sh.columns)
		sh.columns = append(sh.columns, c)
	}
	text, money, number, whole, day, pick := spreadsheet.Text, spreadsheet.Money, spreadsheet.Number, spreadsheet.Whole, spreadsheet.Day, spreadsheet.Choice
	add(columnNumber, "Line", whole, 7, "", nil, "line number", "line item", "no", "#")
	add(columnVersion, "Version", text, 12, "", nil)
	add(columnRemove, "Remove", pick, 9, `Choose "yes" to take the line out.`, []choice{{yes, yes}})
	uses := usesOf(d)
	kind := pick
	if len(uses) == 0 {
		kind = text
	}
	add("use_category", "Use category", kind, 30, "What the money is for.", uses, "category", "use", "use code")
	add("function_code", "Function", pick, 28, "Function code of the chart of accounts.", chartChoices(d, true), "function code", "func", "fn")
	add("cost_kind", "Kind of cost", pick, 20, "Which kind of cost this is; it decides what else is asked.", costKinds, "kind", "cost type", "type")
	add("description", "Description", text, 48, "What is bought, for whom, and when.", nil, "activity", "item", "narrative", "purpose")
	add("school", "School", pick, 28, "Leave empty for the whole district.", schoolChoices(schools), "building", "school code", "school name", "site")
	for i := range min(costs, 20) {
		n := strconv.Itoa(i + 1)
		title, aliases := " "+n, []string{}
		if i == 0 {
			aliases = []string{"object", "object code", "obj"}
		}
		add("object_"+n, "Object"+title, pick, 26, "Object code of the chart of accounts.", chartChoices(d, false), aliases...)
		if i == 0 {
			aliases = []string{"amount", "total", "cost", "budget", "dollars", "total cost"}
		}
		add("amount_"+n, "Amount"+title, money, 14, "Dollars under this object.", nil, aliases...)
	}
	for i := range min(links, 50) {
		n := strconv.Itoa(i + 1)
		var aliases []string
		if i == 0 {
			aliases = []string{"target", "benchmark", "outcome", "goal"}
		}
		add("target_"+n, "Target "+n, pick, 30, "The benchmark or outcome that this line serves.", targetChoices(d, goals), aliases...)
	}
	add("fte", "FTE", number, 8, "Full-time equivalents that are paid.", nil)
	add("staff_count", "Staff", whole, 8, "How many people.", nil, "staff count", "number of staff")
	add("hours", "Hours", number, 9, "", nil)
	add("rate", "Rate per hour", money, 12, "Dollars per hour.", nil, "rate", "hourly rate")
	add("quantity", "Quantity", number, 10, "", nil, "qty")
	add("unit_cost", "Unit cost", money, 12, "Dollars per piece.", nil, "unit price", "price")
	add("topic", "Topic", text, 24, "Of professional development.", nil)
	add("days", "Days", number, 8, "", nil)
	add("grades", "Grades", text, 10, "", nil, "grade")
	add("metric", "Effectiveness metric", text, 30, "How it will be known whether this worked.", nil, "metric")
	add("data_source", "Data source", text, 20, "Where the metric's numbers come from.", nil)
	add("impact_statement", "Statement of impact", text, 40, "", nil, "impact")
	add("resources_statement", "Statement of other resources", text, 40, "", nil, "resources")
	add("prior_funding", "Paid before by", pick, 16, "How the same was paid before, if at all.", priorFundings)
	add("plan_strategy", "Strategy of the plan", text, 24, "", nil, "strategy")
	add("plan_activity", "Activity of the plan", text, 24, "", nil)
	add("starts_on", "Starts on", day, 12, "", nil, "start", "start date")
	add("ends_on", "Ends on", day, 12, "", nil, "end", "end date")
	add("prior_approval", "Prior approval given", pick, 12, `"yes" when the office approved this cost beforehand.`, []choice{{yes, "true"}})
	sh.columns[0].Locked, sh.columns[1].Locked = true, true
	return sh
}

var costKinds = []choice{{"Personnel", "personnel"}, {"Professional development", "professional_development"}, {"Purchased services", "purchased_services"},
	{"Supplies", "supplies"}, {"Capital", "capital"}, {"Other", "other"}}

var priorFundings = []choice{{"None", "none"}, {"Grant", "grant"}, {"Local", "local"}, {"State", "state"}, {"Federal", "federal"}}

func label(code, title string) string {
	text := []rune(strings.TrimSpace(code + " " + strings.Join(strings.Fields(title), " ")))
	if len(text) > 120 {
		text = append(text[:119], '…')
	}
	return string(text)
}

func usesOf(d *draft) []choice {
	var out []choice
	for _, c := range d.def.UseCategories {
		out = append(out, choice{label(c.Code, c.Title), c.Code})
	}
	return out
}

func chartChoices(d *draft, functions bool) []choice {
	chart := d.def.ChartOfAccounts()
	if chart == nil {
		return nil
	}
	codes := chart.Objects
	if functions {
		codes = chart.Functions
	}
	var out []choice
	for _, c := range codes {
		if c.FromYear <= d.year.FiscalYear && (c.UntilYear == 0 || d.year.FiscalYear <= c.UntilYear) {
			out = append(out, choice{label(c.Code, c.Name), c.Code})
		}
	}
	return out
}

func schoolChoices(schools []models.Organization) []choice {
	var out []choice
	for _, o := range schools {
		out = append(out, choice{label(o.Code, o.Name), o.ID})
	}
	slices.SortFunc(out, func(a, b choice) int { return strings.Compare(a.label, b.label) })
	return out
}

func targetChoices(d *draft, goals []models.Goal) []choice {
	var out []choice
	for _, t := range d.targets {
		out = append(out, choice{label(t.Code, t.Measure), t.ID})
	}
	slices.SortFunc(out, func(a, b choice) int { return strings.Compare(a.label, b.label) })
	for _, g := range goals {
		out = append(out, choice{label(fmt.Sprintf("Goal %d", g.Number), g.Title), "goal/" + g.ID})
	}
	return out
}

// labelled is the label of a value; the value itself when the list does not have it.
func labelled(codes []choice, value string) string {
	for _, c := range codes {
		if c.value == value {
			return c.label
		}
	}
	return value
}

// meant is the value that somebody means by a text: the label, the code in front of it, or
// the name alone. What is not in the list comes back as it is, for the rules to refuse.
func meant(codes []choice, text string) string {
	plain := strings.ToLower(strings.TrimSpace(text))
	if plain == "" {
		return ""
	}
	code, _, _ := strings.Cut(plain, " ")
	var named []string
	for _, c := range codes {
		known := strings.ToLower(c.label)
		front, name, _ := strings.Cut(known, " ")
		switch {
		case plain == known, plain == strings.ToLower(c.value):
			return c.value
		case code == front, strings.TrimLeft(front, "0") == plain && allDigits.MatchString(plain):
			named = append(named, c.value)
		case plain == name:
			named = append(named, c.value)
		}
	}
	if len(named) == 1 {
		return named[0]
	}
	return text
}

var allDigits = regexp.MustCompile(`^[0-9]+$`)

// cells are a line's columns as text.
func (sh lineSheet) cells(l Line) map[string]string {
	v := l.Version
	out := map[string]string{columnNumber: strconv.Itoa(l.Number), "use_category": sh.label("use_category", v.UseCategory), "function_code": sh.label("function_code", v.FunctionCode),
		"cost_kind": sh.label("cost_kind", v.CostKind), "description": v.Description, "fte": decimalText(v.FTE), "staff_count": wholeText(v.StaffCount), "hours": decimalText(v.Hours),
		"rate": moneyText(v.RateCents), "quantity": decimalText(v.Quantity), "unit_cost": moneyText(v.UnitCostCents), "topic": v.Topic, "days": decimalText(v.Days), "grades": v.Grades,
		"metric": v.Metric, "data_source": v.DataSource, "impact_statement": v.ImpactStatement, "resources_statement": v.ResourcesStatement,
		"prior_funding": sh.label("prior_funding", v.PriorFunding), "plan_strategy": v.PlanStrategy, "plan_activity": v.PlanActivity, "starts_on": string(v.StartsOn), "ends_on": string(v.EndsOn)}
	if v.SchoolID != nil {
		out["school"] = sh.label("school", *v.SchoolID)
	}
	if v.PriorApproval {
		out["prior_approval"] = yes
	}
	for i, c := range l.Costs {
		n := strconv.Itoa(i + 1)
		out["object_"+n], out["amount_"+n] = sh.label("object_"+n, c.ObjectCode), moneyText(c.AmountCents)
		if c.AmountCents == 0 {
			out["amount_"+n] = "0.00"
		}
	}
	for i, k := range l.Links {
		n, value := strconv.Itoa(i+1), k.TargetID
		if value == "" {
			value = "goal/" + k.GoalID
		}
		out["target_"+n] = sh.label("target_"+n, value)
	}
	return out
}

func (sh lineSheet) label(key, value string) string {
	at, ok := sh.at[key]
	if !ok || value == "" {
		return value
	}
	return labelled(sh.columns[at].codes, value)
}

func decimalText(h models.Hundredths) string {
	if h == 0 {
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(h.String(), "0"), ".0")
}

func wholeText(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func moneyText(c models.Cents) string {
	if c == 0 {
		return ""
	}
	return strings.NewReplacer("$", "", ",", "").Replace(c.String())
}

// fingerprint names the content of a line, so that a row knows what it was made from.
func fingerprint(l Line) string {
	sum := sha256.Sum256([]byte(jsonText(contentOf(&l))))
	return hex.EncodeToString(sum[:5])
}

var spreadsheetNumber = regexp.MustCompile(`^-?[0-9]{1,16}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?$`)

// readHundredths reads an amount or a number: as people type it, or as a spreadsheet stores
// it, where 0.3 may be 0.30000000000000004.
func readHundredths(text string) (int64, bool) {
	if text == "" {
		return 0, true
	}
	if c, err := models.ParseCents(strings.ReplaceAll(text, " ", "")); err == nil {
		return int64(c), true
	}
	if !spreadsheetNumber.MatchString(text) {
		return 0, false
	}
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	x.Mul(x, big.NewRat(100, 1))
	c, err := models.RoundRat(x, models.RoundHalfUp)
	if err != nil {
		return 0, false
	}
	off := new(big.Rat).Sub(x, big.NewRat(int64(c), 1))
	return int64(c), off.Abs(off).Cmp(big.NewRat(1, 10_000)) < 0
}

// readDay reads a date as it is typed, or the number of days that a spreadsheet stores.
func readDay(text string) (models.Date, bool) {
	if text == "" {
		return "", true
	}
	if d, err := models.ParseDate(text); err == nil {
		return d, true
	}
	if t, err := time.Parse("1/2/2006", text); err == nil {
		return models.NewDate(t.Year(), t.Month(), t.Day()), true
	}
	if n, err := strconv.Atoi(strings.TrimSuffix(text, ".0")); err == nil && n > 10_000 && n < 100_000 {
		return models.Date("1899-12-30").AddDays(n), true
	}
	return "", false
}

// sheetOf makes the sheet of a draft.
func (s *Service) sheetOf(r store.Reading, d *draft) (lineSheet, error) {
	schools, err := store.All[models.Organization](r, store.Eq{"parent_id": d.application.OrganizationID, "kind": models.KindSchool}, "code")
	if err != nil {
		return lineSheet{}, err
	}
	if d.schools[d.application.OrganizationID] { // a school that receives the money itself
		own, err := store.Get[models.Organization](r, d.application.OrganizationID)
		if err != nil {
			return lineSheet{}, err
		}
		schools = append(schools, own)
	}
	if d.agreement == nil {
		return sheetFor(d, schools, nil), nil
	}
	goals, err := store.All[models.Goal](r, store.Eq{"agreement_id": d.agreement.ID}, "number")
	return sheetFor(d, schools, goals), err
}
