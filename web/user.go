package web

import (
	"net/http"

	"earmark/models"
	"earmark/workflow"
)

// userPage is the body of user.html.
type userPage struct {
	workflow.Person
	Roles    []roleRow
	Sessions []sessionRow
	Tokens   []tokenRow
	Work     []workRow
	Offers   []Confirm
	History  []Event
	Manages  bool
	Locked   bool
}

// workRow is a piece of work that hangs on a person.
type workRow struct {
	workflow.WorkItem
	Kind  string
	Href  string
	Where string
	What  string // moves, ends or stays
}

func (w *Web) user(r *request) error { return r.showUser(nil) }

// showUser is one person: who that is, with which roles, and what hangs on the account.
func (r *request) showUser(f *Form) error {
	p, err := r.s.User(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	body := userPage{Person: p, Manages: r.s.MayManagePeople(r.who) == nil, Locked: p.LockedUntil != nil && p.LockedUntil.After(r.s.Now())}
	if body.Roles, err = r.roleRows(p.Roles); err != nil {
		return err
	}
	if body.Sessions, err = r.sessionRows(p.ID); err != nil {
		return err
	}
	if body.Tokens, err = r.tokenRows(p.ID); err != nil {
		return err
	}
	if body.Work, err = r.workOf(p.ID); err != nil {
		return err
	}
	if body.History, err = r.history("user", p.ID); err != nil {
		return err
	}
	if body.Manages && p.ID != r.who.UserID {
		for _, o := range workflow.Offers(r.who, &p.User) {
			body.Offers = append(body.Offers, r.accountStep(p, o))
		}
	}
	page := Page{Title: p.Name, Section: "/users", Problems: f.Problems(), Body: body}
	if r.s.May(r.who, workflow.ReadPeople, "") {
		page.Crumbs = []Link{{Text: r.t("People"), Href: "/users"}}
	}
	if f != nil {
		page.Status = f.Status()
	}
	if body.Manages {
		page.Actions = []Link{{Text: r.t("Change roles"), Href: "/users/" + p.ID + "/roles", Primary: true}, {Text: r.t("Hand over work"), Href: "/users/" + p.ID + "/handover"}}
	}
	return r.show("user", page)
}

// accountStep is a step of an account with what follows from it.
func (r *request) accountStep(p workflow.Person, o workflow.Offer) Confirm {
	action := "/users/" + p.ID
	if o.Event == "disable" {
		return newConfirm(r.t("Disable the account"), r.t("Disable the account of %s?", p.Name),
			r.t("Sessions and tokens end at once, and delegations too. The roles stay, so that enabling gives them back. Work that hangs on the person does not move: hand it over first."),
			r.t("Yes, disable it"), action, o.Event, p.Version).Asking(r.t("Reason"), o.Comment).Dangerous()
	}
	return newConfirm(r.t("Enable the account"), r.t("Enable the account of %s?", p.Name), r.t("The person can sign in again, with the roles above."),
		r.t("Yes, enable it"), action, o.Event, p.Version).Asking(r.t("Reason"), o.Comment)
}

// workOf is what hangs on a person, in words.
func (r *request) workOf(id string) ([]workRow, error) {
	items, err := r.s.OpenWork(r.ctx(), r.who, id)
	if err != nil {
		return nil, err
	}
	return r.workRows(items)
}

func (r *request) workRows(items []workflow.WorkItem) ([]workRow, error) {
	var ids []string
	for _, x := range items {
		ids = append(ids, x.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, ids, nil)
	if err != nil {
		return nil, err
	}
	var rows []workRow
	for _, x := range items {
		row := workRow{WorkItem: x, Kind: r.t(words(x.Work)), Where: names.District(x.OrganizationID), What: r.t("moves")}
		if x.DocumentKind != "session" && x.DocumentKind != "api_token" {
			row.Href = models.PageOf(x.DocumentKind, x.DocumentID)
		}
		switch {
		case x.Ends:
			row.What = r.t("ends")
		case x.Stays:
			row.What = r.t("stays with the others of the organization")
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (w *Web) transitionUser(r *request) error {
	var in workflow.TransitionUser
	f, ok := r.sent("/users/"+r.id(), &in)
	in.ID = r.id()
	if ok {
		if _, err := r.s.TransitionUser(r.ctx(), r.who, in); err == nil {
			if in.Event == "disable" {
				return r.done("/users/"+r.id(), "The account is disabled.")
			}
			return r.done("/users/"+r.id(), "The account is enabled.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return r.showUser(f)
}

func (w *Web) endSessionsOf(r *request) error {
	n, err := r.s.RevokeAllSessions(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	r.flash(plural(r.lang, int(n), "One session is ended.", "%d sessions are ended."))
	r.Redirect(http.StatusSeeOther, "/users/"+r.id())
	return nil
}

func (w *Web) editUserPage(r *request) error {
	if err := r.s.MayManagePeople(r.who); err != nil {
		return err
	}
	p, err := r.s.User(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return r.askUser(r.form("/users/"+p.ID+"/edit", p.Version, workflow.UpdateUser{Email: p.Email, Name: p.Name}), p)
}

func (r *request) askUser(f *Form, p workflow.Person) error {
	return r.show("user_form", Page{Title: r.t("Name and address"), Section: "/users", Problems: f.Problems(), Status: f.Status(),
		Crumbs: []Link{{Text: r.t("People"), Href: "/users"}, {Text: p.Name, Href: "/users/" + p.ID}}, Body: userForm{Form: f, Cancel: "/users/" + p.ID}})
}

func (w *Web) updateUser(r *request) error {
	var in workflow.UpdateUser
	f, ok := r.sent("/users/"+r.id()+"/edit", &in)
	in.ID = r.id()
	if ok {
		if _, err := r.s.UpdateUser(r.ctx(), r.who, in); err == nil {
			return r.done("/users/"+r.id(), "Saved.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	p, err := r.s.User(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	if f.Failed.Kind == models.Stale {
		f.against(p.Version, workflow.UpdateUser{Email: p.Email, Name: p.Name})
	}
	return r.askUser(f, p)
}

func (w *Web) rolesPage(r *request) error {
	if err := r.s.MayManagePeople(r.who); err != nil {
		return err
	}
	p, err := r.s.User(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	all, err := r.places()
	if err != nil {
		return err
	}
	return r.askRoles(r.form("/users/"+p.ID+"/roles", p.Version, r.rolesShown(p, all)), p, all)
}

// rolesShown are the roles as the form shows them: organizations by name.
func (r *request) rolesShown(p workflow.Person, all []models.Organization) workflow.SetRoles {
	var in workflow.SetRoles
	for _, g := range p.Roles {
		where := ""
		for _, o := range all {
			if o.ID == g.OrganizationID {
				where = place(o)
			}
		}
		in.Roles = append(in.Roles, workflow.RoleGrant{Role: g.Role, OrganizationID: where, Body: g.Body})
	}
	return in
}

func (r *request) askRoles(f *Form, p workflow.Person, all []models.Organization) error {
	return r.show("user_form", Page{Title: r.t("Roles of %s", p.Name), Section: "/users", Problems: f.Problems(), Status: f.Status(),
		Lead:   r.t("All the roles from now on. At most two people sign for a district, and nobody both administers and approves."),
		Crumbs: []Link{{Text: r.t("People"), Href: "/users"}, {Text: p.Name, Href: "/users/" + p.ID}},
		Body:   userForm{Form: f, Roles: r.roleRowsOf(f), Places: offered(all), Reason: true, Cancel: "/users/" + p.ID}})
}

func (w *Web) setRoles(r *request) error {
	var in workflow.SetRoles
	f, ok := r.sent("/users/"+r.id()+"/roles", &in)
	all, err := r.places()
	if err != nil {
		return err
	}
	in.UserID, in.Roles = r.id(), rolesTyped(f, in.Roles, all)
	if in.Roles == nil {
		in.Roles = []workflow.RoleGrant{} // every row was emptied: no roles
	}
	if ok {
		if _, err := r.s.SetRoles(r.ctx(), r.who, in); err == nil {
			return r.done("/users/"+r.id(), "The roles are changed.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	p, err := r.s.User(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	if f.Failed.Kind == models.Stale {
		f.against(p.Version, r.rolesShown(p, all))
	}
	return r.askRoles(f, p, all)
}

func (w *Web) passwordOfPage(r *request) error {
	if err := r.s.MayManagePeople(r.who); err != nil {
		return err
	}
	p, err := r.s.User(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return r.askPassword(r.form("/users/"+p.ID+"/password", p.Version, nil), p, false)
}

func (w *Web) setPasswordOf(r *request) error {
	var in workflow.SetPassword
	f, ok := r.sent("/users/"+r.id()+"/password", &in)
	in.UserID = r.id()
	if r.id() == r.who.UserID { // the own one asks for the old one
		r.Redirect(http.StatusSeeOther, "/account/password")
		return nil
	}
	if ok = ok && r.sameTwice(f); ok {
		if err := r.s.SetPassword(r.ctx(), r.who, in); err == nil {
			return r.done("/users/"+r.id(), "The password is set and every session is ended. Tell it the person in another way than by mail.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	p, err := r.s.User(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	f.Version = p.Version
	return r.askPassword(f, p, false)
}
