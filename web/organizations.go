package web

import (
	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesOrganizations() []route {
	return []route{{"GET", "/organizations", w.organizations}}
}

// organizations lists districts, schools and who stands above them.
func (w *Web) organizations(r *request) error {
	in := workflow.ListOrganizations{}
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	if f.Values.Get("kind") == "" && !f.Values.Has("parent_id") && r.office() {
		in.Kind = models.KindDistrict
		f.Values.Set("kind", string(in.Kind))
	}
	if f.Values.Get("kind") == "all" {
		in.Kind = ""
	}
	in.After, in.Limit, in.Search = "", 0, ""
	rows, err := r.s.Organizations(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	var ids []string
	for _, o := range rows {
		ids = append(ids, o.ID)
		if o.ParentID != nil {
			ids = append(ids, *o.ParentID)
		}
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, ids, nil)
	if err != nil {
		return err
	}
	kinds := append(r.options("district", "school", "isd", "agency"), Option{Value: "all", Text: r.t("Every kind")})
	l := Listing[models.Organization]{Path: "/organizations", Name: "organizations", Sort: "name", Caption: r.t("Organizations"),
		Empty:   r.t("No organization is known yet. Import a file of districts and schools."),
		Load:    func(workflow.Page) ([]models.Organization, error) { return rows, nil },
		Filters: []Field{f.Select("kind", r.t("Kind"), kinds), f.Select("subtype", r.t("Kind of district"), r.options(models.Subtypes...))},
		Columns: []Column[models.Organization]{
			{Key: "code", Label: r.t("Code"), Cell: func(d models.Organization) Cell { return Text(d.Code) }},
			{Key: "name", Label: r.t("Name"), Cell: func(d models.Organization) Cell { return Text(d.Name).To("/organizations/" + d.ID) }},
			{Key: "kind", Label: r.t("Kind"), Cell: func(d models.Organization) Cell {
				c := Text(string(d.OrgKind))
				c.Shown = r.t(words(string(d.OrgKind)))
				if d.Subtype != "" {
					c = c.Noted(r.t(words(d.Subtype)))
				}
				return c
			}},
			{Key: "belongs_to", Label: r.t("Belongs to"), Cell: func(d models.Organization) Cell {
				if d.ParentID == nil || names.District(*d.ParentID) == "" {
					return Text("")
				}
				return Text(names.District(*d.ParentID)).To("/organizations/" + *d.ParentID)
			}},
			{Key: "county", Label: r.t("County"), Cell: func(d models.Organization) Cell { return Text(d.County) }},
			{Key: "liaison", Label: r.t("Liaison"), Cell: func(d models.Organization) Cell { return Text(names.Liaison(d.ID)) }},
		}}
	page := Page{Title: r.t("Districts and schools"), Section: "/organizations", Wide: true,
		Lead: r.t("Who can receive money or be supported, with the liaison of each district.")}
	if r.s.May(r.who, workflow.ImportFacts, "") {
		page.Actions = []Link{{Text: r.t("Import organizations"), Href: "/organization_imports/new", Primary: true}}
		l.Action = &page.Actions[0]
	}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	if in.ParentID != "" {
		v.Keep = append(v.Keep, Link{Text: "parent_id", Href: in.ParentID})
	}
	page.Body = v
	return r.show("plain_list", page)
}
