package web

import (
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesUsers() []route {
	return []route{
		{"GET", "/users", w.users},
		{"GET", "/users/new", w.newUserPage},
		{"POST", "/users/new", w.createUser},
		{"GET", "/users/:id", w.user},
		{"POST", "/users/:id", w.transitionUser},
		{"GET", "/users/:id/edit", w.editUserPage},
		{"POST", "/users/:id/edit", w.updateUser},
		{"GET", "/users/:id/roles", w.rolesPage},
		{"POST", "/users/:id/roles", w.setRoles},
		{"GET", "/users/:id/password", w.passwordOfPage},
		{"POST", "/users/:id/password", w.setPasswordOf},
		{"POST", "/users/:id/sessions", w.endSessionsOf},
		{"GET", "/users/:id/handover", w.handoverPage},
		{"POST", "/users/:id/handover", w.handover},
	}
}

// listPage is the body of a page that is a list and nothing else.
type listPage struct{ List *ListView }

// users are the people with their roles.
func (w *Web) users(r *request) error {
	var in workflow.ListUsers
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	in.After, in.Limit = "", 0
	people, err := r.s.Users(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	var ids []string
	for _, p := range people {
		for _, g := range p.Roles {
			ids = append(ids, g.OrganizationID)
		}
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, append(ids, in.OrganizationID), nil)
	if err != nil {
		return err
	}
	l := Listing[workflow.Person]{Path: "/users", Name: "people", Sort: "name", Caption: r.t("People"), Empty: r.t("Nobody has an account yet."),
		Load: func(workflow.Page) ([]workflow.Person, error) { return people, nil },
		Filters: []Field{
			f.Select("role", r.t("Role"), r.roleOptions()),
			f.Select("status", r.t("State"), r.options("active", "disabled")),
		},
		Columns: []Column[workflow.Person]{
			{Key: "name", Label: r.t("Name"), Cell: func(p workflow.Person) Cell { return Text(p.Name).To("/users/" + p.ID) }},
			{Key: "email", Label: r.t("E-mail address"), Cell: func(p workflow.Person) Cell { return Text(p.Email) }},
			{Key: "roles", Label: r.t("Roles"), Cell: func(p workflow.Person) Cell { return Text(r.rolesInWords(p.Roles)) }},
			{Key: "organizations", Label: r.t("For"), Cell: func(p workflow.Person) Cell { return Text(organizationsOf(p.Roles, names)) }},
			{Key: "status", Label: r.t("State"), Cell: func(p workflow.Person) Cell { return r.Tagged(string(p.Status)) }},
		}}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	page := Page{Title: r.t("People"), Section: "/users", Wide: true, Body: listPage{v}, Lead: r.t("Who has an account, with which roles, and where.")}
	if r.who.Has(models.RoleAdministrator) {
		page.Actions = []Link{{Text: r.t("New account"), Href: "/users/new", Primary: true}}
	}
	if name := names.District(in.OrganizationID); name != "" {
		page.Title = r.t("People of %s", name)
		v.Keep = append(v.Keep, Link{Text: "organization_id", Href: in.OrganizationID})
	}
	return r.show("list", page)
}

func (r *request) roleOptions() []Option {
	var out []Option
	for _, role := range models.Roles {
		out = append(out, Option{Value: string(role), Text: capitalized(r.t(role.Title()))})
	}
	return out
}

func capitalized(text string) string {
	for i, first := range text {
		return strings.ToUpper(string(first)) + text[i+len(string(first)):]
	}
	return text
}

func (r *request) rolesInWords(grants []models.Grant) string {
	var titles []string
	for _, g := range grants {
		if title := r.t(g.Role.Title()); !contains(titles, title) {
			titles = append(titles, title)
		}
	}
	return strings.Join(titles, ", ")
}

func organizationsOf(grants []models.Grant, names workflow.Names) string {
	var found []string
	for _, g := range grants {
		if name := names.District(g.OrganizationID); name != "" && !contains(found, name) {
			found = append(found, name)
		}
	}
	return strings.Join(found, ", ")
}

// userForm is the body of user_form.html: a new account, or corrections of one.
type userForm struct {
	Form   *Form
	New    bool
	Roles  []roleInput
	Places []string // organizations as the roles' fields offer them
	Reason bool
	Cancel string
}

// roleInput is one row of the table of roles in a form.
type roleInput struct {
	Role, Body   Field
	Where        string
	WhereName    string
	WhereID      string
	WhereProblem string
}

// place is how an organization is written in a form: its name with its code.
func place(o models.Organization) string { return o.Name + " (" + o.Code + ")" }

// places reads the organizations that a role can be held for.
func (r *request) places() (models []models.Organization, err error) {
	return r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{})
}

// offered are the places that the form offers while one types. A school is found by its
// code or its whole name.
func offered(all []models.Organization) []string {
	var out []string
	for _, o := range all {
		if o.OrgKind == models.KindDistrict || o.OrgKind == models.KindAgency {
			out = append(out, place(o))
		}
	}
	slices.Sort(out)
	return out
}

// rolesTyped puts the organizations' identifiers in for what was typed. A place that there
// is not stays as it was typed, and the command refuses it at its field.
func rolesTyped(f *Form, roles []workflow.RoleGrant, all []models.Organization) []workflow.RoleGrant {
	at := 0
	for n := range maxRows {
		prefix := "roles." + strconv.Itoa(n) + "."
		if strings.TrimSpace(f.Values.Get(prefix+"role")+f.Values.Get(prefix+"organization_id")+f.Values.Get(prefix+"body")) == "" {
			continue // as the reading of the form passes over it
		}
		if at >= len(roles) {
			break
		}
		typed := strings.TrimSpace(f.Values.Get(prefix + "organization_id"))
		for _, o := range all {
			if typed != "" && (strings.EqualFold(place(o), typed) || o.Code == typed || strings.EqualFold(o.Name, typed)) {
				roles[at].OrganizationID = o.ID
				break
			}
		}
		at++
	}
	return roles
}

// roleRowsOf are the rows of the form: what was typed, and room for two more roles.
func (r *request) roleRowsOf(f *Form) []roleInput {
	most := -1
	for name := range f.Values {
		if rest, ours := strings.CutPrefix(name, "roles."); ours {
			number, _, _ := strings.Cut(rest, ".")
			if n, err := strconv.Atoi(number); err == nil && n < maxRows && strings.TrimSpace(f.Values.Get("roles."+number+".role")) != "" {
				most = max(most, n)
			}
		}
	}
	var bodies []Option
	for _, def := range r.s.Programs().All() {
		for _, b := range def.Bodies {
			bodies = append(bodies, Option{Value: b.Code, Text: b.Title})
		}
	}
	var rows []roleInput
	for n := range most + 3 {
		prefix := "roles." + strconv.Itoa(n) + "."
		row := roleInput{Role: f.Select(prefix+"role", r.t("Role"), r.roleOptions()), Body: f.Select(prefix+"body", r.t("Body"), bodies),
			Where: f.Values.Get(prefix + "organization_id"), WhereName: prefix + "organization_id", WhereID: fieldID(prefix + "organization_id")}
		if e, found := f.wrong(row.WhereName); found {
			row.WhereProblem = strings.TrimSpace(e.Detail + " " + e.Fix)
		}
		rows = append(rows, row)
	}
	return rows
}

func (w *Web) newUserPage(r *request) error {
	if err := r.s.MayManagePeople(r.who); err != nil {
		return err
	}
	return r.askNewUser(r.form("/users/new", 0, workflow.CreateUser{}), nil)
}

func (r *request) askNewUser(f *Form, all []models.Organization) error {
	var err error
	if all == nil {
		if all, err = r.places(); err != nil {
			return err
		}
	}
	return r.show("user_form", Page{Title: r.t("New account"), Section: "/users", Crumbs: []Link{{Text: r.t("People"), Href: "/users"}}, Problems: f.Problems(), Status: f.Status(),
		Lead: r.t("Afterwards set a first password, or the person signs in with the office's sign-in service."),
		Body: userForm{Form: f, New: true, Roles: r.roleRowsOf(f), Places: offered(all), Cancel: "/users"}})
}

// createUser makes the account, yet without a password.
func (w *Web) createUser(r *request) error {
	var in workflow.CreateUser
	f, ok := r.sent("/users/new", &in)
	all, err := r.places()
	if err != nil {
		return err
	}
	in.Password = ""
	in.Roles = rolesTyped(f, in.Roles, all)
	if ok {
		if p, err := r.s.CreateUser(r.ctx(), r.who, in); err == nil {
			return r.done("/users/"+p.ID, "The account is made. Set a first password below, unless the person signs in with the sign-in service.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return r.askNewUser(f, all)
}

func compareText(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }
