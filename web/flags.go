package web

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow"
)

func (w *Web) pagesFlags() []route {
	return []route{
		{"GET", "/flags", w.flags},
		{"GET", "/flags/:id", w.flag},
		{"POST", "/flags/:id", w.answerFlag},
	}
}

// flagsPage is the body of flags.html.
type flagsPage struct {
	List  *ListView
	Rules []ruleWords
}

// ruleWords is a compliance rule as people read it.
type ruleWords struct {
	Code, Title, Means, Fix, Cite, Program, Severity, Href string
	Chosen                                                 bool
}

// checkWords say what a general check looks for. What it compares with stands in the
// program's definition.
func (r *request) checkWords(check string) string {
	switch check {
	case "line_unlinked":
		return r.t("Every line of the application names the benchmark or outcome that it serves.")
	case "below_minimum":
		return r.t("From each checkpoint on, at least the minimum share of the money is spent.")
	case "behind_pace":
		return r.t("Spending keeps an even pace from the payment to the deadline, less some slack.")
	case "cell_over_tolerance":
		return r.t("What is spent in a function and object stays within its approved amount and tolerance.")
	case "spent_before_approval":
		return r.t("Nothing is spent on a line before it is approved.")
	case "no_report":
		return r.t("Spending is reported regularly, also when nothing was spent.")
	case "over_allocation":
		return r.t("No more is approved or spent than is allocated.")
	case "due_passed":
		return r.t("What is due has come by its day.")
	case "spent_without_result":
		return r.t("When much of a line is spent, a result of its target is reported.")
	case "worksheet_missing":
		return r.t("Every line that needs an effectiveness worksheet has one.")
	case "result_missing":
		return r.t("A result of every target is reported when it is expected.")
	case "report_differs":
		return r.t("An accepted year-end report agrees with the ledger.")
	}
	return ""
}

func (r *request) ruleOf(def *programs.Definition, c programs.ComplianceRule) ruleWords {
	return ruleWords{Code: c.Code, Title: c.Title, Means: r.checkWords(c.Check), Fix: c.Fix, Cite: c.Cite, Program: def.Title, Severity: c.Severity}
}

// flags is the board: what is out of line, whose it is, and for how long.
func (w *Web) flags(r *request) error {
	var in workflow.ListFlags
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	if err != nil {
		return err
	}
	in.After, in.Limit = "", 0
	flags, err := r.s.Flags(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	var organizations []string
	for _, d := range flags {
		organizations = append(organizations, d.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, append(organizations, in.OrganizationID), nil)
	if err != nil {
		return err
	}
	rules := r.rulesWords(in.Rule, string(in.Status))
	l := Listing[models.Flag]{Path: "/flags", Name: "flags", Sort: "-age", Caption: r.t("Flags"),
		Empty:   r.t("Nothing is out of line. The night looks again at every application; you are told when it finds something."),
		Columns: r.flagColumns(names, in.On),
		Load:    func(workflow.Page) ([]models.Flag, error) { return flags, nil },
		Filters: []Field{
			f.Select("status", r.t("State"), r.options("standing", "open", "acknowledged", "waived", "resolved")),
			f.Select("rule", r.t("Rule"), ruleOptions(rules)),
			f.Select("grant_year_id", r.t("Grant year"), yearOptions(years)),
		}}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	page := Page{Title: r.t("Flags"), Section: "/flags?status=standing", Wide: true, Body: flagsPage{v, rules},
		Lead: r.t("What the nightly check finds out of line, the oldest first. Reply to a flag to say what is being done; it closes itself when the night no longer finds it.")}
	if name := names.District(in.OrganizationID); name != "" {
		page.Title = r.t("Flags of %s", name)
		page.Crumbs = []Link{{Text: name, Href: "/organizations/" + in.OrganizationID}}
	}
	for _, keep := range []string{"organization_id", "application_id", "on"} {
		if value := f.Values.Get(keep); value != "" {
			v.Keep = append(v.Keep, Link{Text: keep, Href: value})
		}
	}
	page.AsOf = r.asOf("/flags", in.On, f, "status", "rule", "grant_year_id", "organization_id", "application_id")
	return r.show("flags", page)
}

// asOf is the bar of a page with the filters that stay when the day changes.
func (r *request) asOf(path string, on models.Date, f *Form, keep ...string) *AsOf {
	bar := &AsOf{On: on, Path: path}
	for _, name := range keep {
		if value := f.Values.Get(name); value != "" {
			bar.Hidden = append(bar.Hidden, Link{Text: name, Href: value})
		}
	}
	return bar
}

// rulesWords are the rules of every program, each code once, with the way to its flags.
func (r *request) rulesWords(chosen, status string) []ruleWords {
	var out []ruleWords
	for _, def := range r.s.Programs().All() {
		for _, c := range def.Compliance {
			if slices.ContainsFunc(out, func(known ruleWords) bool { return known.Code == c.Code }) {
				continue
			}
			rule := r.ruleOf(def, c)
			rule.Chosen, rule.Href = c.Code == chosen, "/flags?status=standing&rule="+c.Code
			out = append(out, rule)
		}
	}
	slices.SortFunc(out, func(a, b ruleWords) int { return cmp.Compare(a.Title, b.Title) })
	return out
}

func ruleOptions(rules []ruleWords) []Option {
	var out []Option
	for _, c := range rules {
		out = append(out, Option{Value: c.Code, Text: c.Title})
	}
	return out
}

// options are codes as choices in words.
func (r *request) options(codes ...string) []Option {
	var out []Option
	for _, c := range codes {
		text := r.t(words(c))
		if c == "standing" {
			text = r.t("Not resolved")
		}
		out = append(out, Option{Value: c, Text: text})
	}
	return out
}

// yearOptions are grant years as choices, the latest first.
func yearOptions(years []models.GrantYear) []Option {
	years = slices.Clone(years)
	slices.SortStableFunc(years, func(a, b models.GrantYear) int { return b.FiscalYear - a.FiscalYear })
	var out []Option
	for _, y := range years {
		out = append(out, Option{Value: y.ID, Text: y.Title})
	}
	return out
}

func (r *request) flagColumns(names workflow.Names, on models.Date) []Column[models.Flag] {
	day := on
	if day.IsZero() {
		day = r.s.Today()
	}
	columns := []Column[models.Flag]{
		{Key: "finding", Label: r.t("Finding"), Cell: func(d models.Flag) Cell {
			return Text(titleOf(d)).To("/flags/" + d.ID).Noted(d.Detail)
		}},
		{Key: "district", Label: r.t("District"), Cell: func(d models.Flag) Cell {
			return Text(names.District(d.OrganizationID)).To("/organizations/" + d.OrganizationID)
		}},
		{Key: "severity", Label: r.t("Severity"), Cell: func(d models.Flag) Cell { return r.severity(d.Severity) }},
		{Key: "state", Label: r.t("State"), Cell: func(d models.Flag) Cell { return r.flagState(d) }},
		{Key: "first_seen", Label: r.t("First seen"), Unit: models.UnitDate, Cell: func(d models.Flag) Cell { return Day(d.FirstSeen) }},
		{Key: "age", Label: r.t("Age in days"), Unit: models.UnitInteger, Cell: func(d models.Flag) Cell {
			if !d.ResolvedOn.IsZero() {
				return Number(d.ResolvedOn.DaysSince(d.FirstSeen))
			}
			return Number(day.DaysSince(d.FirstSeen))
		}},
		{Key: "owner", Label: r.t("Liaison"), Cell: func(d models.Flag) Cell { return Text(names.Liaison(d.OrganizationID)) }},
	}
	if !r.office() {
		return slices.DeleteFunc(columns, func(c Column[models.Flag]) bool { return c.Key == "district" && len(r.who.Districts()) < 2 })
	}
	return columns
}

// office reports whether the reader works in the office, which sees every district.
func (r *request) office() bool { return r.who.Has(officeReaders...) }

var officeReaders = slices.DeleteFunc(slices.Clone(officeRoles), func(role models.Role) bool { return role == models.RoleReviewer })

func (r *request) severity(code string) Cell {
	c := Text(code)
	c.Shown, c.Tag = r.t(words(code)), "warn"
	if code == "violation" {
		c.Tag = "bad"
	}
	return c
}

func (r *request) flagState(d models.Flag) Cell {
	c := r.Tagged(string(d.Status))
	switch {
	case d.Status == workflow.StatusWaived:
		c = c.Noted(r.t("until %s", day(r.lang, d.WaivedUntil)))
	case d.Status == workflow.StatusAcknowledged:
		c = c.Noted(shorten(d.Reply, 80))
	}
	return c
}

// evidenceOf reads what a finding rests on.
func evidenceOf(d models.Flag) map[string]any {
	var found map[string]any
	read := json.NewDecoder(strings.NewReader(d.Evidence))
	read.UseNumber()
	if read.Decode(&found) != nil {
		return map[string]any{}
	}
	return found
}

// titleOf is the title of the rule as it was when the flag was found.
func titleOf(d models.Flag) string {
	if title, ok := evidenceOf(d)["title"].(string); ok && title != "" {
		return title
	}
	return words(d.Rule)
}
