package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesFacts() []route {
	return []route{
		{"GET", "/facts", w.facts},
		{"GET", "/fact_summaries", w.factSummaries},
	}
}

// dayOf is the business date of a moment.
func (r *request) dayOf(at time.Time) models.Date {
	if at.IsZero() {
		return ""
	}
	return r.s.DateOf(at)
}

// factYears are the years of which facts are known, the latest first.
func (r *request) factYears() ([]Option, error) {
	rows, err := r.s.FactSummaries(r.ctx(), r.who, workflow.ListFactSummaries{})
	count, order := map[int]int{}, []int{}
	for _, s := range rows {
		if count[s.Year] == 0 {
			order = append(order, s.Year)
		}
		count[s.Year] += s.Facts
	}
	var out []Option
	for _, y := range order {
		out = append(out, Option{Value: digits(y), Text: r.t("%d (%d facts)", y, count[y])})
	}
	return out, err
}

// factMeanings are what facts mean, by name, as the programs declare them.
func (r *request) factMeanings() map[string]string {
	out := map[string]string{}
	for _, def := range r.s.Programs().All() {
		for _, f := range def.Facts {
			if out[f.Name] == "" {
				out[f.Name] = f.Means
			}
		}
	}
	return out
}

// factSummaries says what is known, where it comes from and how fresh it is.
func (w *Web) factSummaries(r *request) error {
	var in workflow.ListFactSummaries
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	years, err := r.factYears()
	if err != nil {
		return err
	}
	means := r.factMeanings()
	l := Listing[workflow.FactSummary]{Path: "/fact_summaries", Name: "fact_summaries", Sort: "-year", Caption: r.t("Facts that are known"),
		Empty:   r.t("No facts are known yet. They come as files: a row for each organization, a column for each fact."),
		Load:    func(workflow.Page) ([]workflow.FactSummary, error) { return r.s.FactSummaries(r.ctx(), r.who, in) },
		Filters: []Field{f.Select("year", r.t("Year"), years)},
		Columns: []Column[workflow.FactSummary]{
			{Key: "year", Label: r.t("Year"), Unit: models.UnitInteger, Cell: func(d workflow.FactSummary) Cell { return Number(d.Year) }},
			{Key: "fact", Label: r.t("Fact"), Cell: func(d workflow.FactSummary) Cell {
				c := Text(d.Name).To("/facts?year=" + digits(d.Year) + "&name=" + d.Name).Noted(means[d.Name])
				c.Shown = r.t(words(d.Name))
				return c
			}},
			{Key: "organizations", Label: r.t("Known of"), Unit: models.UnitInteger, Cell: func(d workflow.FactSummary) Cell { return Number(d.Organizations) }},
			{Key: "source", Label: r.t("Source"), Cell: func(d workflow.FactSummary) Cell { return Text(d.Source) }},
			{Key: "imported", Label: r.t("Last imported"), Unit: models.UnitDate, Cell: func(d workflow.FactSummary) Cell {
				return Day(r.dayOf(d.ImportedAt)).Noted(r.fromToday(r.dayOf(d.ImportedAt)))
			}},
			{Key: "file", Label: r.t("File"), Cell: func(d workflow.FactSummary) Cell {
				c := Text(d.FileName)
				if d.FileName != "" {
					c = c.To("/fact_imports/" + d.ImportID)
				}
				return c
			}},
		}}
	if !r.office() {
		l.Columns = slices.DeleteFunc(l.Columns, func(c Column[workflow.FactSummary]) bool { return c.Key == "file" })
	}
	page := Page{Title: r.t("Facts"), Section: "/fact_summaries", Wide: true,
		Lead: r.t("What is known of districts and schools, where it comes from and how fresh it is. Formulas and rules look at these facts and at nothing else.")}
	if r.s.May(r.who, workflow.ImportFacts, "") {
		page.Actions = []Link{{Text: r.t("Import facts"), Href: "/fact_imports/new", Primary: true}, {Text: r.t("Imported files"), Href: "/fact_imports"}}
		l.Action = &page.Actions[0]
	} else if r.office() {
		page.Actions = []Link{{Text: r.t("Imported files"), Href: "/fact_imports"}}
	}
	return showList(r, page, l)
}

// facts lists single facts, page by page.
func (w *Web) facts(r *request) error {
	in := workflow.ListFacts{}
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	years, err := r.factYears()
	if err != nil {
		return err
	}
	summaries, err := r.s.FactSummaries(r.ctx(), r.who, workflow.ListFactSummaries{})
	if err != nil {
		return err
	}
	var named []Option
	for _, s := range summaries {
		if !slices.ContainsFunc(named, func(o Option) bool { return o.Value == s.Name }) {
			named = append(named, Option{Value: s.Name, Text: r.t(words(s.Name))})
		}
	}
	slices.SortFunc(named, func(a, b Option) int { return cmp.Compare(a.Text, b.Text) })
	names := workflow.Names{}
	l := Listing[models.Fact]{Path: "/facts", Name: "facts", Long: true, Key: factKey, Caption: r.t("Facts"),
		Empty: r.t("No facts are known yet. They come as files: a row for each organization, a column for each fact."),
		Load: func(p workflow.Page) ([]models.Fact, error) {
			ask := in
			ask.After, ask.Limit = factAfter(p.After), p.Limit
			rows, err := r.s.Facts(r.ctx(), r.who, ask)
			if err != nil {
				return nil, err
			}
			ids := make([]string, len(rows))
			for i, d := range rows {
				ids[i] = d.OrganizationID
			}
			names, err = r.s.NamesOf(r.ctx(), r.who, ids, nil)
			return rows, err
		},
		Filters: []Field{f.Select("year", r.t("Year"), years), f.Select("name", r.t("Fact"), named)},
		Columns: []Column[models.Fact]{
			{Key: "organization_code", Label: r.t("Code"), Cell: func(d models.Fact) Cell { return Text(names.Organizations[d.OrganizationID].Code) }},
			{Key: "organization", Label: r.t("Organization"), Cell: func(d models.Fact) Cell {
				return Text(names.District(d.OrganizationID)).Noted(r.t(words(string(names.Organizations[d.OrganizationID].OrgKind))))
			}},
			{Key: "year", Label: r.t("Year"), Unit: models.UnitInteger, Cell: func(d models.Fact) Cell { return Number(d.Year) }},
			{Key: "fact", Label: r.t("Fact"), Cell: func(d models.Fact) Cell {
				c := Text(d.Name)
				c.Shown = r.t(words(d.Name))
				return c
			}},
			{Key: "group", Label: r.t("Group"), Cell: func(d models.Fact) Cell { return Text(d.GroupCode) }},
			{Key: "value", Label: r.t("Value"), Cell: func(d models.Fact) Cell { return Text(d.Value) }},
			{Key: "source", Label: r.t("Source"), Cell: func(d models.Fact) Cell { return Text(d.Source) }},
		}}
	page := Page{Title: r.t("Single facts"), Section: "/fact_summaries", Crumbs: []Link{{Text: r.t("Facts"), Href: "/fact_summaries"}}, Wide: true,
		Lead: r.t("Every value with its source. Choose a year and a fact to narrow the list.")}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	if in.OrganizationID != "" {
		v.Keep = append(v.Keep, Link{Text: "organization_id", Href: in.OrganizationID})
	}
	page.Body = v
	return r.show("plain_list", page)
}

// factKey and factAfter are the two directions of the list's cursor.
func factKey(f models.Fact) string {
	return f.OrganizationID + " " + digits(f.Year) + " " + f.GroupCode + " " + f.Name
}

func factAfter(key string) models.Fact {
	parts := strings.SplitN(key, " ", 4)
	if len(parts) != 4 {
		return models.Fact{}
	}
	year, _ := strconv.Atoi(parts[1])
	return models.Fact{OrganizationID: parts[0], Year: year, GroupCode: parts[2], Name: parts[3]}
}
