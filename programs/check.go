package programs

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"

	"earmark/models"
)

// The words a definition may use where it has a choice.
var (
	kinds            = []string{"formula_grant", "competition", "support"}
	bases            = []string{"law", "policy", "assumption"}
	parameterTypes   = []string{"cents", "basis_points", "integer", "date", "boolean", "decimal", "text"}
	factKinds        = []string{"integer", "decimal", "cents", "boolean", "text", "list"}
	unitKinds        = []string{"agency", "isd", "district", "school"}
	severities       = []string{"error", "warning"}
	flagSeverities   = []string{"warning", "violation"}
	windowPurposes   = []string{"application", "amendment", "office_hours", "technical_assistance", "notice", "allocation"}
	lineLimits       = []string{"tolerance", "none"}
	utilizationRates = []string{"spent_over_allocation", "spent_over_paid", "spent_over_approved"}
)

// AmendmentChanges are the changes of lines that a definition may always send to review.
var AmendmentChanges = []string{"new_cell", "new_line", "removed_line", "new_position", "school_changed",
	"link_changed", "capital_item", "use_category_changed", "total_changed"}

// amendmentBases are what a tolerance can hold for.
var amendmentBases = []string{"cell", "object", "use_category", "line"}

// ComplianceChecks are what a compliance rule can look for.
var ComplianceChecks = []string{"line_unlinked", "below_minimum", "behind_pace", "cell_over_tolerance",
	"spent_before_approval", "no_report", "over_allocation", "due_passed", "spent_without_result", "worksheet_missing",
	"report_differs", "result_missing"}

// reviewerRoles may decide in an approval chain: a district does not review itself, and
// auditors and administrators only look.
var reviewerRoles = []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE}

var (
	codeForm   = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)
	nameForm   = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	prefixForm = regexp.MustCompile(`^[A-Z][A-Z0-9]*$`)
)

// checker looks for rules that cannot be meant: it reports all of them.
type checker struct {
	*reader
	d      *Definition
	charts map[string]*Chart
	scope  scope
}

func (c *checker) all() {
	var err error
	if c.scope, err = newScope(c.d); err != nil {
		c.at("", "The conditions cannot be prepared: "+err.Error()+".", "")
		return
	}
	c.d.cel = &compiled{subjects: map[conditionKey]condition{}}
	c.head()
	c.parameters()
	c.facts()
	c.assignment()
	c.determinations()
	c.formula()
	c.lines()
	c.budget()
	c.windows()
	c.bodies()
	c.reviews()
	c.commitments()
	c.money()
	c.dueDates()
	c.meetings()
	c.compliance()
	c.targets()
	c.accountability()
	c.measures()
	c.drawdown()
	c.yearEnd()
	c.agreement()
	c.recordKinds()
	c.scoring()
	c.figures()
	c.progress()
}

func (c *checker) head() {
	c.form("code", c.d.Code, codeForm, "Use lower case letters, digits and dashes, such as mi-21h.")
	c.required("version", c.d.Version)
	c.required("title", c.d.Title)
	c.form("reference_prefix", c.d.ReferencePrefix, prefixForm, "Use capital letters and digits, such as MI21H.")
	c.oneOf("kind", c.d.Kind, kinds)
	c.required("administrator", c.d.Administrator)
	c.required("authority.citation", c.d.Authority.Citation)
	if _, err := time.LoadLocation(c.d.TimeZone); err != nil || c.d.TimeZone == "" {
		c.at("time_zone", fmt.Sprintf("There is no time zone %q.", c.d.TimeZone), "Use a name such as America/Detroit.")
	}
	if c.monthDay("fiscal_year.starts_on", c.d.FiscalYear.StartsOn) && !strings.HasSuffix(c.d.FiscalYear.StartsOn, "-01") {
		c.at("fiscal_year.starts_on", "A fiscal year begins on the first day of a month.", "Write MM-01, such as 07-01.")
	}
	if c.d.Chart != "" && c.charts[c.d.Chart] == nil {
		c.at("chart", fmt.Sprintf("There is no chart of accounts %q.", c.d.Chart), suggest(c.d.Chart, sortedKeys(c.charts)))
	}
	if c.d.Mail.RemindEveryDays < 0 {
		c.at("mail.remind_every_days", "A number of days cannot be negative.", "")
	}
}

func (c *checker) parameters() {
	seen := unique{}
	for i, p := range c.d.Parameters {
		path := fmt.Sprintf("parameters[%d]", i)
		c.named(path+".name", p.Name, seen)
		c.oneOf(path+".basis", p.Basis, bases)
		c.required(path+".means", p.Means)
		if !c.oneOf(path+".type", p.Type, parameterTypes) {
			continue
		}
		if p.Value != "" {
			c.parameterValue(path+".value", p.Type, p.Value)
		}
		if p.Value == "" && len(p.ByYear) == 0 {
			c.at(path, "The parameter has no value.", "Give value, or by_year.")
		}
		years := unique{}
		for j, y := range p.ByYear {
			at := fmt.Sprintf("%s.by_year[%d]", path, j)
			c.parameterValue(at+".value", p.Type, y.Value)
			years.check(c, at+".fiscal_year", fmt.Sprint(y.FiscalYear))
			c.year(at+".fiscal_year", y.FiscalYear)
			if y.Basis != "" {
				c.oneOf(at+".basis", y.Basis, bases)
			}
		}
	}
}

func (c *checker) parameterValue(path, kind, text string) {
	n, err := parseParam(kind, text)
	if err != nil {
		c.at(path, err.Error()+".", "Give "+parameterForms[kind]+".")
		return
	}
	if n < 0 && (kind == "cents" || kind == "basis_points") {
		c.at(path, fmt.Sprintf("%s cannot be negative.", text), "")
	}
}

func (c *checker) facts() {
	seen := unique{}
	for i, f := range c.d.Facts {
		path := fmt.Sprintf("facts[%d]", i)
		c.form(path+".name", f.Name, nameForm, "Use lower case letters, digits and underscores.")
		seen.check(c, path+".name", string(f.Of)+" "+f.Name)
		c.oneOf(path+".of", string(f.Of), unitKinds)
		c.required(path+".means", f.Means)
		c.factOverYears(path, f)
		if !c.oneOf(path+".type", f.Type, factKinds) {
			continue
		}
		number := f.Type == "integer" || f.Type == "decimal" || f.Type == "cents"
		if number && len(f.OneOf) > 0 || f.Type == "boolean" && len(f.OneOf) > 0 {
			c.at(path+".one_of", "Only a text or a list can be one of some words.", "")
		}
		low, high := c.limit(path+".min", f.Min, number), c.limit(path+".max", f.Max, number)
		if f.Min != "" && f.Max != "" && low > high {
			c.at(path+".max", fmt.Sprintf("%s is less than the least value %s.", f.Max, f.Min), "")
		}
	}
}

func (c *checker) limit(path, text string, number bool) int64 {
	if text == "" {
		return 0
	}
	h, err := models.ParseHundredths(text)
	if err != nil || !number {
		c.at(path, fmt.Sprintf("%q limits nothing here.", text), "Only numbers have a least and a greatest value.")
	}
	return int64(h)
}

func (c *checker) assignment() {
	a := c.d.Assignment
	if a == nil {
		return
	}
	c.d.cel.count = c.expression("assignment.count", c.scope.unit, a.Count, cel.BoolType)
	if a.By != "" && !slices.ContainsFunc(c.d.Facts, func(f Fact) bool { return f.Name == a.By && f.Of == c.d.UnitKind() && f.Type == "text" }) {
		c.at("assignment.by", fmt.Sprintf("There is no text fact %q of a %s.", a.By, c.d.UnitKind()), "")
	}
	seen := unique{}
	for i, r := range a.Remove {
		path := fmt.Sprintf("assignment.remove[%d]", i)
		seen.check(c, path+".code", r.Code)
		c.required(path+".says", r.Says)
		c.d.cel.remove = append(c.d.cel.remove, c.expression(path+".when", c.scope.unit, r.When, cel.BoolType))
	}
	if a.Minimum < 1 {
		c.at("assignment.minimum", "The minimum must be at least 1.", "")
	}
	c.required("assignment.yes", a.Yes)
	c.required("assignment.no", a.No)
}

func (c *checker) lines() {
	seen := unique{}
	for i, u := range c.d.UseCategories {
		path := fmt.Sprintf("use_categories[%d]", i)
		c.required(path+".code", u.Code)
		seen.check(c, path+".code", u.Code)
		c.required(path+".title", u.Title)
	}
	fields := viewFields()
	seen = unique{}
	for i, l := range c.d.LineChecks {
		path := fmt.Sprintf("line_checks[%d]", i)
		c.form(path+".code", l.Code, codeForm, "")
		seen.check(c, path+".code", l.Code)
		c.oneOf(path+".field", l.Field, fields)
		c.oneOf(path+".severity", l.Severity, severities)
		c.required(path+".says", l.Says)
		var k check
		if l.When != "" {
			k.when = c.expression(path+".when", c.scope.line, l.When, cel.BoolType)
		}
		k.require = c.expression(path+".require", c.scope.line, l.Require, cel.BoolType)
		c.d.cel.lines = append(c.d.cel.lines, k)
	}
	c.requiredLines()
	seen = unique{}
	for i, g := range c.d.Gate {
		path := fmt.Sprintf("gate[%d]", i)
		c.form(path+".code", g.Code, codeForm, "")
		seen.check(c, path+".code", g.Code)
		c.required(path+".says", g.Says)
		k := check{require: c.expression(path+".require", c.gateScope(path, g), g.Require, cel.BoolType)}
		c.d.cel.gate = append(c.d.cel.gate, k)
		c.d.cel.prior = append(c.d.cel.prior, c.priorRecords(path, g))
	}
}

func (c *checker) requiredLines() {
	var setAsides []string
	for _, s := range c.d.Formula.Steps {
		if s.Kind == "set_aside" {
			setAsides = append(setAsides, s.Code)
		}
	}
	seen := unique{}
	for i, r := range c.d.RequiredLines {
		path := fmt.Sprintf("required_lines[%d]", i)
		c.form(path+".code", r.Code, codeForm, "")
		seen.check(c, path+".code", r.Code)
		c.oneOf(path+".set_aside", r.SetAside, setAsides)
		c.required(path+".says", r.Says)
		c.d.cel.wanted = append(c.d.cel.wanted, c.expression(path+".match", c.scope.line, r.Match, cel.BoolType))
	}
}

// viewFields are the inputs a line check can point at.
func viewFields() []string {
	t := reflect.TypeFor[LineView]()
	names := []string{"school_id", "links"} // inputs that the view tells about in other words
	for i := range t.NumField() {
		names = append(names, t.Field(i).Tag.Get("json"))
	}
	return names
}

// expression compiles one condition; its mistakes point at the character in the file.
func (c *checker) expression(path string, env *cel.Env, text string, want *cel.Type) cel.Program {
	if text == "" {
		c.at(path, "An expression is missing.", "")
		return nil
	}
	program, wrong := compile(env, text, want)
	for _, m := range wrong {
		line, column := c.inside(path, m.offset)
		c.report(line, column, path, m.says, m.fix)
	}
	return program
}

func (c *checker) windows() {
	seen := unique{}
	for i, w := range c.d.Windows {
		path := fmt.Sprintf("windows[%d]", i)
		c.form(path+".code", w.Code, codeForm, "")
		seen.check(c, path+".code", w.Code)
		c.oneOf(path+".for", w.For, windowPurposes)
		c.oneOf(path+".basis", w.Basis, bases)
		var opens, closes models.Date
		if w.FiscalYear == 0 {
			if !c.monthDay(path+".opens", w.Opens) || !c.monthDay(path+".closes", w.Closes) {
				continue
			}
			m := c.d.StartMonth()
			opens, closes = RelativeDate{Day: w.Opens}.In(2001, m), RelativeDate{Day: w.Closes}.In(2001, m)
		} else {
			c.year(path+".fiscal_year", w.FiscalYear)
			if !c.date(path+".opens", w.Opens) || !c.date(path+".closes", w.Closes) {
				continue
			}
			opens, closes = models.Date(w.Opens), models.Date(w.Closes)
		}
		if closes < opens {
			c.at(path+".closes", fmt.Sprintf("The window closes on %s, before it opens on %s.", w.Closes, w.Opens), "")
		}
	}
}

func (c *checker) role(path string, role models.Role, allowed []models.Role) {
	if slices.Contains(allowed, role) {
		return
	}
	names := make([]string, len(allowed))
	for i, r := range allowed {
		names[i] = string(r)
	}
	if slices.Contains(models.Roles, role) {
		c.at(path, fmt.Sprintf("The role %q cannot do this.", role), "Use one of "+strings.Join(names, ", ")+".")
		return
	}
	c.at(path, fmt.Sprintf("There is no role %q.", role), suggest(string(role), names))
}

// given reports whether the file has a section: most are optional.
func (c *checker) given(section string) bool { return c.nodes[section] != nil }

// unique finds a code that was used before.
type unique map[string]bool

func (u unique) check(c *checker, path, code string) {
	if u[code] && code != "" {
		c.at(path, fmt.Sprintf("%q stands here twice.", code), "Each entry needs its own.")
	}
	u[code] = true
}

// named checks a name that no other entry of a list has.
func (c *checker) named(path, name string, seen unique) {
	c.form(path, name, nameForm, "Use lower case letters, digits and underscores.")
	seen.check(c, path, name)
}

// missing tells what belongs into a key that is often forgotten.
var missing = map[string]string{
	"says": "Write the sentence that people read.", "means": "Say in one sentence what it is.", "cite": "Name where the source says it.",
	"fix": "Say what the person has to do.", "title": "Give the name that people know.", "version": `Give a text such as "1".`,
}

func (c *checker) required(path, text string) {
	if strings.TrimSpace(text) == "" {
		key := path[strings.LastIndex(path, ".")+1:]
		c.at(path, fmt.Sprintf("The key %q is missing or empty.", key), missing[key])
	}
}

func (c *checker) form(path, text string, form *regexp.Regexp, fix string) {
	if form.MatchString(text) {
		return
	}
	if fix == "" {
		fix = "Use lower case letters, digits, dashes and underscores, and begin with a letter."
	}
	if text == "" {
		c.at(path, fmt.Sprintf("The key %q is missing or empty.", path[strings.LastIndex(path, ".")+1:]), fix)
		return
	}
	c.at(path, fmt.Sprintf("%q cannot be used here.", text), fix)
}

func (c *checker) oneOf(path, word string, known []string) bool {
	if slices.Contains(known, word) {
		return true
	}
	c.at(path, fmt.Sprintf("%q is not known here.", word), cmp.Or(suggest(word, known), "The file declares nothing that could be named here."))
	return false
}

func (c *checker) parameter(path, name, kind string) {
	var names []string
	for _, p := range c.d.Parameters {
		if p.Name == name && p.Type == kind {
			return
		}
		if p.Type == kind {
			names = append(names, p.Name)
		}
	}
	fix := cmp.Or(suggest(name, names), "Declare it under parameters.")
	if _, err := models.ParseHundredths(name); err == nil {
		fix = "Here stands the name of a parameter: declare the number under parameters."
	}
	c.at(path, fmt.Sprintf("There is no parameter %q of type %s.", name, kind), fix)
}

func (c *checker) decimal(path, text string) int64 {
	h, err := models.ParseHundredths(text)
	if err != nil {
		c.at(path, err.Error()+".", "")
		return math.MinInt64
	}
	return int64(h)
}

// monthDay accepts days that exist in every year: not February 29.
func (c *checker) monthDay(path, text string) bool {
	if _, err := models.ParseDate("2001-" + text); err != nil || len(text) != 5 {
		c.at(path, fmt.Sprintf("%q is not a day of every year.", text), "Write MM-DD, such as 09-30.")
		return false
	}
	return true
}

func (c *checker) date(path, text string) bool {
	if _, err := models.ParseDate(text); err != nil {
		c.at(path, fmt.Sprintf("%q is not a date that exists.", text), "Write YYYY-MM-DD.")
		return false
	}
	return true
}

func (c *checker) relative(path string, r RelativeDate) {
	c.monthDay(path+".day", r.Day)
	if r.Year < 0 || r.Year > 10 {
		c.at(path+".year", fmt.Sprintf("%d is not a number of years later.", r.Year), "Use 0 for the fiscal year itself, 1 for the next.")
	}
}

func (c *checker) year(path string, year int) {
	if year < 1990 || year > 2100 {
		c.at(path, fmt.Sprintf("%d is not a fiscal year.", year), "")
	}
}
