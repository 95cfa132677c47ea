package web

import (
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// moneyList is the body of pages that are a list of money's documents and nothing more.
type moneyList struct {
	List *ListView
	Note string // above the list
}

// showList shows a list page; nothing more is to do when the list was sent as a file.
func (r *request) showList(v *ListView, err error, p Page, note string) error {
	if v == nil || err != nil {
		return err
	}
	p.Body, p.Wide = moneyList{v, note}, true
	return r.show("money_list", p)
}

// called names what a page of rows is about: districts, people, applications and lines, each
// kind in one read.
type called struct {
	workflow.Names
	applications map[string]string
	lines        map[string]workflow.LineLabel
}

func (r *request) called(organizations, people, applications, lines []string) (called, error) {
	var c called
	var err error
	if c.Names, err = r.s.NamesOf(r.ctx(), r.who, organizations, people); err != nil {
		return c, err
	}
	if c.lines, err = r.s.LineLabels(r.ctx(), r.who, lines); err != nil {
		return c, err
	}
	for _, l := range c.lines {
		applications = append(applications, l.ApplicationID)
	}
	c.applications, err = r.s.ApplicationReferences(r.ctx(), r.who, applications)
	return c, err
}

func (c called) application(id string) Cell {
	return Text(c.applications[id]).To("/applications/" + id)
}

func (c called) district(id string) Cell { return Text(c.District(id)) }

func (c called) line(id string) Cell {
	l, found := c.lines[id]
	if !found {
		return Cell{}
	}
	return Cell{ReportCell: models.TextCell(itoa(l.Number)), Shown: itoa(l.Number), Href: "/expenditures?line_item_id=" + id, Note: shorten(l.Description, 60)}
}

// all reads every page of a list, at most some thousand rows.
func all[D any](load func(workflow.Page) ([]D, error), key func(D) string) ([]D, error) {
	var out []D
	page := workflow.Page{Limit: workflow.MaxPage}
	for range 50 {
		rows, err := load(page)
		if err != nil {
			return nil, err
		}
		if out = append(out, rows...); len(rows) < workflow.MaxPage {
			break
		}
		page.After = key(rows[len(rows)-1])
	}
	return out, nil
}

// moneyPlaces are the options for filters of lists of money: districts (none for who sees one
// only) and grant years.
func (r *request) moneyPlaces(f *Form) ([]Field, error) {
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	if err != nil {
		return nil, err
	}
	fields := []Field{f.Select("grant_year_id", r.t("Grant year"), yearOptions(years))}
	if !r.office() {
		return fields, nil
	}
	district, err := r.districtFilter(f)
	return append(fields, district), err
}

func (r *request) districtFilter(f *Form) (Field, error) {
	districts, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{Kind: models.KindDistrict})
	var options []Option
	for _, o := range districts {
		options = append(options, Option{Value: o.ID, Text: o.Name})
	}
	slices.SortFunc(options, func(a, b Option) int { return strings.Compare(a.Text, b.Text) })
	return f.Combo("organization_id", r.t("District"), options), err
}

// kept are filters that a link set and no field of the page shows.
func (v *ListView) kept(f *Form, names ...string) {
	for _, name := range names {
		if value := f.Values.Get(name); value != "" && v != nil {
			v.Keep = append(v.Keep, Link{Text: name, Href: value})
		}
	}
}

// applicationOptions are applications in force that the reader sees, for forms that are
// about one.
func (r *request) applicationOptions() ([]Option, error) {
	apps, err := all(func(p workflow.Page) ([]models.Application, error) {
		return r.s.Applications(r.ctx(), r.who, workflow.ApplicationFilter{Status: string(workflow.StatusInForce)}, p)
	}, func(a models.Application) string { return a.ID })
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, a := range apps {
		ids = append(ids, a.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, ids, nil)
	var options []Option
	for _, a := range apps {
		options = append(options, Option{Value: a.ID, Text: a.Reference + " · " + names.District(a.OrganizationID)})
	}
	return options, err
}

// linesInForce are an application's lines that take spending, by number.
func (r *request) linesInForce(applicationID string) ([]workflow.LineStanding, error) {
	lines, err := all(func(p workflow.Page) ([]workflow.LineStanding, error) {
		return r.s.LineItems(r.ctx(), r.who, workflow.ListLineItems{ApplicationID: applicationID, Status: string(workflow.StatusInForce), After: p.After, Limit: p.Limit})
	}, func(l workflow.LineStanding) string { return l.ID })
	slices.SortFunc(lines, func(a, b workflow.LineStanding) int { return a.Number - b.Number })
	return lines, err
}

func (r *request) lineOptions(lines []workflow.LineStanding) []Option {
	var options []Option
	for _, l := range lines {
		options = append(options, Option{Value: l.ID, Text: r.t("Line %d (%s / %s): %s remaining. %s", l.Number, l.FunctionCode, l.ObjectCode, l.RemainingCents, shorten(l.Description, 60))})
	}
	return options
}
