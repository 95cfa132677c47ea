package web

import (
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesDelegations() []route {
	return []route{
		{"GET", "/delegations", w.delegations},
		{"GET", "/delegations/new", w.newDelegationPage},
		{"POST", "/delegations/new", w.createDelegation},
		{"GET", "/delegations/:id", w.delegation},
		{"POST", "/delegations/:id", w.transitionDelegation},
	}
}

// delegations are who acts for whom.
func (w *Web) delegations(r *request) error {
	var in workflow.ListDelegations
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	in.After, in.Limit = "", 0
	rows, err := r.s.Delegations(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	var ids []string
	for _, d := range rows {
		ids = append(ids, d.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, ids, nil)
	if err != nil {
		return err
	}
	type row = workflow.DelegationView
	l := Listing[row]{Path: "/delegations", Name: "delegations", Sort: "-from_on", Caption: r.t("Delegations"),
		Empty:  r.t("Nobody acts for anybody. Before you are away, name who acts with your role."),
		Action: &Link{Text: r.t("Delegate a role"), Href: "/delegations/new"},
		Load:   func(workflow.Page) ([]row, error) { return rows, nil },
		Filters: []Field{
			f.Select("role", r.t("Role"), r.roleOptions()), f.Date("on", r.t("On the day")),
		},
		Columns: []Column[row]{
			{Key: "to", Label: r.t("Who acts"), Cell: func(d row) Cell { return Text(d.ToName).To("/delegations/" + d.ID) }},
			{Key: "from", Label: r.t("For"), Cell: func(d row) Cell { return Text(d.FromName) }},
			{Key: "role", Label: r.t("Role"), Cell: func(d row) Cell {
				return Text(capitalized(r.t(d.Role.Title()))).Noted(names.District(d.OrganizationID))
			}},
			{Key: "from_on", Label: r.t("From"), Unit: models.UnitDate, Cell: func(d row) Cell { return Day(d.FromOn) }},
			{Key: "to_on", Label: r.t("To"), Unit: models.UnitDate, Cell: func(d row) Cell { return Day(d.ToOn) }},
			{Key: "kind", Label: r.t("Kind"), Cell: func(d row) Cell { return Text(r.kindOfDelegation(d)) }},
			{Key: "state", Label: r.t("State"), Cell: func(d row) Cell { return r.Tagged(string(d.State)) }},
		}}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	page := Page{Title: r.t("Delegations"), Section: "/delegations", Wide: true, Body: listPage{v}, Lead: r.t("Who acts with whose role, on which days. What is done so stands in the audit trail with both names.")}
	if len(r.delegable()) > 0 || r.who.Has(models.RoleAdministrator) {
		page.Actions = []Link{{Text: r.t("Delegate a role"), Href: "/delegations/new", Primary: true}}
	}
	return r.show("list", page)
}

func (r *request) kindOfDelegation(d workflow.DelegationView) string {
	if d.Standing {
		return r.t("standing backup")
	}
	return r.t("for these days")
}

// delegable are the reader's own roles: what was received cannot be passed on.
func (r *request) delegable() []models.Grant {
	return slices.DeleteFunc(slices.Clone(r.who.Roles), func(g models.Grant) bool {
		return g.Delegated() || workflow.PersonalRole(g.Role)
	})
}

// delegationForm is the body of delegation_form.html.
type delegationForm struct {
	Form *Form
	Held Field
	From *Field // an administrator delegates somebody else's role
	To   Field
}

func (w *Web) newDelegationPage(r *request) error {
	return r.askDelegation(r.form("/delegations/new", 0, workflow.CreateDelegation{FromOn: r.s.Today()}))
}

// heldSeparator parts role, organization and body in the value of a choice.
const heldSeparator = "|"

func heldValue(g models.Grant) string {
	return string(g.Role) + heldSeparator + g.OrganizationID + heldSeparator + g.Body
}

func heldOf(value string) models.Grant {
	role, rest, _ := strings.Cut(value, heldSeparator)
	organization, body, _ := strings.Cut(rest, heldSeparator)
	return models.Grant{Role: models.Role(role), OrganizationID: organization, Body: body}
}

func (r *request) askDelegation(f *Form) error {
	body := delegationForm{Form: f}
	held := r.delegable()
	if r.who.Has(models.RoleAdministrator) {
		people, err := r.s.Users(r.ctx(), r.who, workflow.ListUsers{Status: workflow.StatusActive})
		if err != nil {
			return err
		}
		var options []Option
		for _, p := range people {
			options = append(options, Option{Value: p.ID, Text: p.Name + " · " + r.rolesInWords(p.Roles)})
			for _, g := range p.Roles {
				if p.ID == f.Values.Get("from_user_id") && !workflow.PersonalRole(g.Role) {
					held = append(held, g)
				}
			}
		}
		slices.SortFunc(options, func(a, b Option) int { return compareText(a.Text, b.Text) })
		from := f.Combo("from_user_id", r.t("Whose role?"), options).Needed()
		body.From = &from
	}
	var ids []string
	for _, g := range held {
		ids = append(ids, g.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, ids, nil)
	if err != nil {
		return err
	}
	var roles []Option
	for _, g := range held {
		text := capitalized(r.t(g.Role.Title()))
		for _, more := range []string{names.District(g.OrganizationID), r.bodyTitle(g.Body)} {
			if more != "" {
				text += " · " + more
			}
		}
		roles = append(roles, Option{Value: heldValue(g), Text: text})
	}
	if len(roles) == 1 && f.Values.Get("held") == "" {
		f.Values.Set("held", roles[0].Value)
	}
	body.Held = f.Select("held", r.t("Which role?"), roles).Needed()
	if e, found := f.wrong("role"); found {
		body.Held.Error, body.Held.Fix = e.Detail, e.Fix
	}
	body.To = f.Email("to_email", r.t("E-mail address of the person who acts")).Needed().Hinted(r.t("Somebody with an account here."))
	if e, found := f.wrong("to_user_id"); found {
		body.To.Error, body.To.Fix = e.Detail, e.Fix
	}
	return r.show("delegation_form", Page{Title: r.t("Delegate a role"), Section: "/delegations", Crumbs: []Link{{Text: r.t("Delegations"), Href: "/delegations"}}, Problems: f.Problems(), Status: f.Status(), Body: body,
		Lead: r.t("Somebody else acts with the role on these days, in their own name and on behalf of the holder. Nobody so reviews own work.")})
}

func (w *Web) createDelegation(r *request) error {
	var in workflow.CreateDelegation
	f, ok := r.sent("/delegations/new", &in)
	g := heldOf(f.Values.Get("held"))
	in.Role, in.OrganizationID, in.Body = g.Role, g.OrganizationID, g.Body
	if f.Values.Get("do") == "choose" { // an administrator chose whose role: now its roles can be offered
		f.Values.Del("held")
		return r.askDelegation(f)
	}
	if ok {
		if d, err := r.s.CreateDelegation(r.ctx(), r.who, in); err == nil {
			return r.done("/delegations/"+d.ID, "The role is delegated. Both are told.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return r.askDelegation(f)
}

// delegationPage is the body of delegation.html.
type delegationPage struct {
	workflow.DelegationView
	Title, Where string
	Kind         string
	Steps        []Confirm
	Activate     *Form
	Blocked      string // why it cannot be activated now
	History      []Event
}

func (w *Web) delegation(r *request) error { return r.showDelegation(nil) }

func (r *request) showDelegation(f *Form) error {
	d, err := r.s.Delegation(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, []string{d.OrganizationID}, nil)
	if err != nil {
		return err
	}
	body := delegationPage{DelegationView: d, Title: capitalized(r.t(d.Role.Title())), Where: names.District(d.OrganizationID), Kind: r.kindOfDelegation(d)}
	action := "/delegations/" + d.ID
	for _, o := range d.Offers {
		switch o.Event {
		case "activate":
			body.Activate, body.Blocked = f, o.Blocked
			if f == nil || f.Values.Get("event") != "activate" {
				body.Activate = r.form(action, d.Version, workflow.TransitionDelegation{FromOn: max(r.s.Today(), d.FromOn)})
			}
		case "deactivate":
			body.Steps = append(body.Steps, newConfirm(r.t("End the absence"), r.t("End the absence now?"), r.t("%s no longer acts for %s. The backup stays named.", d.ToName, d.FromName), r.t("Yes, end it"), action, o.Event, d.Version))
		case "revoke":
			body.Steps = append(body.Steps, newConfirm(r.t("End the delegation"), r.t("End the delegation now?"), r.t("%s no longer acts for %s from this moment. Both are told.", d.ToName, d.FromName), r.t("Yes, end it"), action, o.Event, d.Version).Asking(r.t("Reason"), o.Comment).Dangerous())
		}
	}
	if body.History, err = r.history("delegation", d.ID); err != nil && models.KindOf(err) != models.NotFound {
		return err
	}
	page := Page{Title: r.t("%s acts for %s", d.ToName, d.FromName), Section: "/delegations", Crumbs: []Link{{Text: r.t("Delegations"), Href: "/delegations"}}, Problems: f.Problems(), Body: body}
	if f != nil {
		page.Status = f.Status()
	}
	return r.show("delegation", page)
}

func (w *Web) transitionDelegation(r *request) error {
	var in workflow.TransitionDelegation
	f, ok := r.sent("/delegations/"+r.id(), &in)
	in.ID = r.id()
	if ok {
		if _, err := r.s.TransitionDelegation(r.ctx(), r.who, in); err == nil {
			return r.done("/delegations/"+r.id(), "Done. Both are told.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return r.showDelegation(f)
}
