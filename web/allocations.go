package web

import (
	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesAllocations() []route {
	return []route{
		{"GET", "/allocations", w.allocations},
		{"GET", "/allocations/:id", w.allocation},
	}
}

// allocationsPage is the body of allocations.html.
type allocationsPage struct{ List *ListView }

// allocations lists what the runs in force give, or those of a run or of a day.
func (w *Web) allocations(r *request) error {
	var in workflow.ListAllocations
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	on := in.On
	if in.After, in.Limit = "", 0; in.RunID == "" && on == "" {
		in.On = r.s.Today() // of the runs that are published now
	}
	rows, err := r.s.Allocations(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	if err != nil {
		return err
	}
	titles := map[string]string{}
	for _, y := range years {
		titles[y.ID] = y.Title
	}
	var organizations []string
	for _, a := range rows {
		organizations = append(organizations, a.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, organizations, nil)
	if err != nil {
		return err
	}
	v, err := listed(r, Listing[models.Allocation]{Path: "/allocations", Name: "allocations", Sort: "-amount", Caption: r.t("Allocations"),
		Load: func(workflow.Page) ([]models.Allocation, error) { return rows, nil }, Filters: []Field{f.Select("grant_year_id", r.t("Grant year"), yearOptions(years))},
		Empty: r.t("Nothing is allocated yet. Allocations appear when the office publishes a run of the formula."),
		Columns: []Column[models.Allocation]{
			{Key: "district", Label: r.t("District"), Cell: func(a models.Allocation) Cell {
				return Text(names.District(a.OrganizationID)).To("/organizations/" + a.OrganizationID).Noted(names.Organizations[a.OrganizationID].Code)
			}},
			{Key: "year", Label: r.t("Grant year"), Cell: func(a models.Allocation) Cell { return Text(titles[a.GrantYearID]) }},
			{Key: "amount", Label: r.t("Amount"), Unit: models.UnitCents, Cell: func(a models.Allocation) Cell { return Number(a.AmountCents).To("/allocations/" + a.ID) }},
			{Key: "bound", Label: r.t("Held by"), Cell: func(a models.Allocation) Cell {
				if a.Bound == "" {
					return Cell{}
				}
				return r.Tagged(a.Bound)
			}},
			{Key: "receipt", Label: r.t("Receipt"), Fixed: true, Cell: func(a models.Allocation) Cell {
				return Text(a.ReceiptHash).shownAs(r.t("How it was worked out")).To("/allocations/" + a.ID)
			}},
		}})
	if v == nil || err != nil {
		return err
	}
	for _, keep := range []string{"run_id", "organization_id", "on"} {
		if value := f.Values.Get(keep); value != "" {
			v.Keep = append(v.Keep, Link{Text: keep, Href: value})
		}
	}
	return r.show("allocations", Page{Title: r.t("Allocations"), Section: "/allocations", Body: allocationsPage{v}, AsOf: r.asOf("/allocations", on, f, "grant_year_id", "run_id", "organization_id"),
		Lead: r.t("What the formula gives. Every amount has a receipt that shows how it came about, to the cent.")})
}

// shownAs shows a cell in other words than its value.
func (c Cell) shownAs(text string) Cell { c.Shown = text; return c }
