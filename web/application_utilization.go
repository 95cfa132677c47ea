package web

import (
	"fmt"

	"earmark/models"
	"earmark/workflow"
)

// utilizationPage is the body of application_utilization.html.
type utilizationPage struct {
	Year yearHome
	Past bool // as of a day: only the lines are of that day
	List *ListView
}

// lineFigures is a line with what was approved and spent on a day.
type lineFigures struct {
	workflow.LineStanding
	Approved, Spent models.Cents
}

// applicationUtilization is the way down from a district to its lines.
func (w *Web) applicationUtilization(r *request) error {
	on := models.Date(r.Query("on"))
	if on != "" && !on.Valid() {
		return models.Fail(models.Malformed, "malformed_parameter", "The day in the address is not a date.")
	}
	app, err := r.s.Application(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	lines, err := r.linesOn(on)
	if err != nil {
		return err
	}
	path := "/applications/" + r.id() + "/utilization"
	v, err := listed(r, Listing[lineFigures]{Path: path, Name: "line_utilizations", Sort: "number", Caption: r.t("Line by line"), Columns: r.lineColumns(app),
		Load: func(workflow.Page) ([]lineFigures, error) { return lines, nil }, Empty: r.t("No line is approved yet.")})
	if v == nil || err != nil {
		return err
	}
	if on != "" {
		v.Keep = append(v.Keep, Link{Text: "on", Href: string(on)})
	}
	body := utilizationPage{List: v, Past: on != ""}
	rows, err := r.s.DistrictStandings(r.ctx(), r.who, workflow.ListDistrictStandings{GrantYearID: app.GrantYear.ID, OrganizationID: app.District.ID, AsOf: on})
	if err != nil {
		return err
	}
	for _, d := range rows {
		if body.Year, err = r.yearHome(app.GrantYear, d); err != nil {
			return err
		}
	}
	return r.show("application_utilization", Page{Title: r.t("Utilization of %s", app.Application.Reference), Section: "/utilizations", Wide: true, Body: body,
		Crumbs: []Link{{Text: app.District.Name, Href: "/organizations/" + app.District.ID}, {Text: app.Application.Reference, Href: "/applications/" + r.id()}},
		Lead:   app.GrantYear.Title, AsOf: &AsOf{On: on, Path: path}})
}

// linesOn are the lines in force with their figures: now, or of the night of a day.
func (r *request) linesOn(on models.Date) ([]lineFigures, error) {
	var out []lineFigures
	after := ""
	for {
		page, err := r.s.LineItems(r.ctx(), r.who, workflow.ListLineItems{ApplicationID: r.id(), After: after, Limit: workflow.MaxPage})
		if err != nil {
			return nil, err
		}
		for _, l := range page {
			if on != "" || l.Status == workflow.StatusInForce || l.SpentCents != 0 {
				out = append(out, lineFigures{l, l.AmountCents, l.SpentCents})
			}
		}
		if len(page) < workflow.MaxPage {
			break
		}
		after = page[len(page)-1].ID
	}
	if on == "" {
		return out, nil
	}
	night, err := r.s.LineUtilizations(r.ctx(), r.who, r.id(), on)
	if err != nil {
		return nil, err
	}
	known := map[string]models.LineUtilization{}
	for _, u := range night {
		known[u.LineItemID] = u
	}
	var then []lineFigures
	for _, l := range out {
		if u, found := known[l.ID]; found {
			then = append(then, lineFigures{l.LineStanding, u.AmountCents, u.SpentCents})
		}
	}
	return then, nil
}

func (r *request) lineColumns(app workflow.ApplicationView) []Column[lineFigures] {
	line := func(l lineFigures) string { return "/expenditures?line_item_id=" + l.ID }
	return []Column[lineFigures]{
		{Key: "number", Label: r.t("Line"), Unit: models.UnitInteger, Cell: func(l lineFigures) Cell {
			c := Number(l.Number)
			if app.Application.InForceRevisionID != nil {
				return c.To(fmt.Sprintf("/revisions/%s/line_items/%d", *app.Application.InForceRevisionID, l.Number))
			}
			return c
		}},
		{Key: "description", Label: r.t("What for"), Cell: func(l lineFigures) Cell { return Text(l.Description) }},
		{Key: "use", Label: r.t("Use"), Cell: func(l lineFigures) Cell { return Text(l.UseCategory) }},
		{Key: "code", Label: r.t("Function and object"), Cell: func(l lineFigures) Cell { return Text(l.FunctionCode + " " + l.ObjectCode) }},
		{Key: "approved", Label: r.t("Approved"), Unit: models.UnitCents, Cell: func(l lineFigures) Cell { return Number(l.Approved) }},
		{Key: "spent", Label: r.t("Spent"), Unit: models.UnitCents, Cell: func(l lineFigures) Cell { return Number(l.Spent).To(line(l)) }},
		{Key: "left", Label: r.t("Remaining"), Unit: models.UnitCents, Cell: func(l lineFigures) Cell { return Number(l.Approved - l.Spent) }},
		{Key: "rate", Label: r.t("Utilization"), Unit: models.UnitBasisPoints, Cell: func(l lineFigures) Cell {
			if rate, ok := models.Rate(l.Spent, l.Approved); ok {
				return Number(rate)
			}
			return Cell{}
		}},
		{Key: "link", Label: r.t("Target"), Cell: func(l lineFigures) Cell {
			if l.LinkStatus == "target" {
				return Text(l.LinkStatus).Tagged(r.t("linked"), "good")
			}
			return Text(l.LinkStatus).Tagged(r.t("serves no target"), "warn")
		}},
	}
}

// Tagged shows the cell as a tag with these words.
func (c Cell) Tagged(shown, tone string) Cell { c.Shown, c.Tag = shown, tone; return c }
