package web

import (
	"net/http"
	"time"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesAccount() []route {
	return []route{
		{"GET", "/account", w.account},
		{"POST", "/account/sessions", w.endOtherSessions},
		{"POST", "/account/sessions/:id", w.endSession},
		{"GET", "/account/password", w.ownPasswordPage},
		{"POST", "/account/password", w.setOwnPassword},
		{"GET", "/account/notifications", w.notificationsPage},
		{"POST", "/account/notifications", w.setNotifications},
		{"GET", "/account/tokens/new", w.newTokenPage},
		{"POST", "/account/tokens/new", w.createToken},
		{"POST", "/account/tokens/:id", w.revokeToken},
	}
}

// accountPage is the body of account.html.
type accountPage struct {
	Person   workflow.Person
	Roles    []roleRow
	Sessions []sessionRow
	Tokens   []tokenRow
	Others   int
	Calendar string // address to subscribe to
}

// roleRow is one role in words: what it is, where it is held, and whose it is.
type roleRow struct {
	Title, Where, Body, Giver string
	Href                      string
}

type sessionRow struct {
	models.Session
	Browser string
	Current bool
}

type tokenRow struct {
	models.APIToken
	Reads, Writes bool
	State         string // active, expired or revoked
}

// account is who the reader is, where the reader is signed in, and what acts for the reader.
func (w *Web) account(r *request) error {
	me, err := r.s.Me(r.ctx(), r.who)
	if err != nil {
		return err
	}
	body := accountPage{Person: me, Calendar: r.origin() + "/api/v1/me/calendar.ics"}
	if body.Roles, err = r.roleRows(r.who.Roles); err != nil {
		return err
	}
	if body.Sessions, err = r.sessionRows(r.who.UserID); err != nil {
		return err
	}
	body.Others = len(body.Sessions) - 1
	if body.Tokens, err = r.tokenRows(r.who.UserID); err != nil {
		return err
	}
	return r.show("account", Page{Title: r.t("My account"), Section: "/account", Lead: r.t("Who you are here, where you are signed in, and what reaches you by mail."), Body: body,
		Actions: []Link{{Text: r.t("Notifications"), Href: "/account/notifications"}, {Text: r.t("Change password"), Href: "/account/password"}}})
}

// roleRows are roles as people read them, with the names of their organizations.
func (r *request) roleRows(grants []models.Grant) ([]roleRow, error) {
	var ids []string
	for _, g := range grants {
		ids = append(ids, g.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, ids, nil)
	if err != nil {
		return nil, err
	}
	var rows []roleRow
	for _, g := range grants {
		row := roleRow{Title: r.t(g.Role.Title()), Where: names.District(g.OrganizationID), Body: r.bodyTitle(g.Body), Giver: g.GiverName}
		if row.Where != "" {
			row.Href = "/organizations/" + g.OrganizationID
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// bodyTitle is a body as the program that has it calls it.
func (r *request) bodyTitle(code string) string {
	for _, def := range r.s.Programs().All() {
		for _, b := range def.Bodies {
			if b.Code == code {
				return b.Title
			}
		}
	}
	return code
}

func (r *request) sessionRows(userID string) ([]sessionRow, error) {
	sessions, err := r.s.Sessions(r.ctx(), r.who, userID)
	if err != nil {
		return nil, err
	}
	var rows []sessionRow
	for _, s := range sessions {
		rows = append(rows, sessionRow{s, r.browser(s.UserAgent), s.ID == r.who.SessionID})
	}
	return rows, nil
}

func (r *request) tokenRows(userID string) ([]tokenRow, error) {
	tokens, err := r.s.APITokens(r.ctx(), r.who, userID)
	if err != nil {
		return nil, err
	}
	var rows []tokenRow
	for i := len(tokens) - 1; i >= 0; i-- { // the newest first
		t := tokens[i]
		row := tokenRow{APIToken: t, State: "active", Reads: hasWord(t.Scopes, "read"), Writes: hasWord(t.Scopes, "write")}
		switch {
		case t.RevokedAt != nil:
			row.State = "revoked"
		case !t.ExpiresAt.After(r.s.Now()):
			row.State = "expired"
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// endSession signs out somewhere else, or here.
func (w *Web) endSession(r *request) error {
	if _, ok := r.sent("/account", nil); !ok {
		return models.Fail(models.Malformed, "form_unreadable", "The form could not be read.")
	}
	if err := r.s.RevokeSession(r.ctx(), r.who, r.id()); err != nil {
		return err
	}
	if r.id() == r.who.SessionID {
		w.gate.ClearCookie(r.Context)
		return r.done("/sign-in", "You are signed out.")
	}
	return r.done("/account", "That browser is signed out.")
}

// endOtherSessions signs out everywhere else.
func (w *Web) endOtherSessions(r *request) error {
	n, err := r.s.RevokeAllSessions(r.ctx(), r.who, r.who.UserID)
	if err != nil {
		return err
	}
	r.flash(plural(r.lang, int(n), "One other browser is signed out.", "%d other browsers are signed out."))
	r.Redirect(http.StatusSeeOther, "/account")
	return nil
}

// passwordPage is the body of password.html.
type passwordPage struct {
	Form  *Form
	Mine  bool
	Name  string
	Email string
}

func (w *Web) ownPasswordPage(r *request) error {
	me, err := r.s.Me(r.ctx(), r.who)
	if err != nil {
		return err
	}
	return r.askPassword(r.form("/account/password", me.Version, nil), me, true)
}

func (r *request) askPassword(f *Form, p workflow.Person, mine bool) error {
	page := Page{Title: r.t("Change password"), Section: "/account", Crumbs: []Link{{Text: r.t("My account"), Href: "/account"}},
		Lead: r.t("Afterwards you are signed out of every other browser.")}
	if !mine {
		page.Title, page.Section = r.t("Set a password for %s", p.Name), "/users"
		page.Lead = r.t("All sessions of this person end. Ask the person to change it at once.")
		page.Crumbs = []Link{{Text: r.t("People"), Href: "/users"}, {Text: p.Name, Href: "/users/" + p.ID}}
	}
	page.Problems, page.Status, page.Body = f.Problems(), f.Status(), passwordPage{f, mine, p.Name, p.Email}
	return r.show("password", page)
}

// setOwnPassword asks for the old password too; a wrong one counts as when signing in.
func (w *Web) setOwnPassword(r *request) error {
	var in workflow.SetPassword
	f, ok := r.sent("/account/password", &in)
	in.UserID = r.who.UserID
	if ok = ok && r.sameTwice(f); ok {
		if err := r.s.SetPassword(r.ctx(), r.who, in); err == nil {
			return r.done("/account", "Your password is changed.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	me, err := r.s.Me(r.ctx(), r.who)
	if err != nil {
		return err
	}
	f.Version = me.Version
	return r.askPassword(f, me, true)
}

// sameTwice holds the two typings of a new password to each other: nobody sees what is typed.
func (r *request) sameTwice(f *Form) bool {
	if f.Values.Get("new_password") == f.Values.Get("repeated") {
		return true
	}
	f.Failed = &models.Error{Kind: models.Invalid, Code: "invalid_input", Detail: r.t("The two passwords differ."),
		Fields: []models.FieldError{{Pointer: "/repeated", Code: "password.differs", Detail: r.t("The two passwords differ."), Fix: r.t("Type the new password again, the same way."), Severity: "error"}}}
	return false
}

// tokenPage is the body of token.html.
type tokenPage struct {
	Form    *Form
	Scopes  []Option
	Days    []Option
	Token   string // told once, after it was made
	Expires time.Time
	Origin  string
}

func (w *Web) newTokenPage(r *request) error {
	f := r.form("/account/tokens/new", 0, workflow.CreateAPIToken{Scopes: []string{"read"}, ExpiresInDays: 90})
	return r.askToken(f, tokenPage{})
}

func (r *request) askToken(f *Form, body tokenPage) error {
	body.Form, body.Origin = f, r.origin()
	body.Scopes = []Option{
		{Value: "read", Text: r.t("Read"), Hint: r.t("See what you see.")},
		{Value: "write", Text: r.t("Write"), Hint: r.t("Do what you may do. It cannot change passwords, make tokens or delegate roles.")},
	}
	for _, days := range []string{"7", "30", "90", "180", "366"} {
		body.Days = append(body.Days, Option{Value: days, Text: r.t("%s days", days)})
	}
	page := Page{Title: r.t("New API token"), Section: "/account", Crumbs: []Link{{Text: r.t("My account"), Href: "/account"}}, Problems: f.Problems(), Status: f.Status(), Body: body,
		Lead: r.t("For a program of yours, such as a nightly export. It acts with your name and your roles.")}
	if body.Token != "" {
		page.Title, page.Lead = r.t("Your new API token"), ""
	}
	return r.show("token", page)
}

// createToken shows the token in its answer and nowhere else: an address, a cookie or a
// second look would keep it.
func (w *Web) createToken(r *request) error {
	var in workflow.CreateAPIToken
	f, ok := r.sent("/account/tokens/new", &in)
	if ok {
		if made, err := r.s.CreateAPIToken(r.ctx(), r.who, in); err == nil {
			return r.askToken(f, tokenPage{Token: made.Token, Expires: made.ExpiresAt})
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return r.askToken(f, tokenPage{})
}

func (w *Web) revokeToken(r *request) error {
	var in workflow.RevokeAPIToken
	if f, ok := r.sent("/account", &in); !ok {
		return f.Failed
	}
	in.ID = r.id()
	if _, err := r.s.RevokeAPIToken(r.ctx(), r.who, in); err != nil {
		return err
	}
	return r.done("/account", "The token is revoked. Whatever used it is refused from now on.")
}
