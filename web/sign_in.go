package web

import (
	"net/http"
	"slices"

	"earmark/auth"
	"earmark/models"
)

type signInBody struct {
	Form   *Form
	Next   string
	Demo   []DemoAccount
	Single string // name of the identity provider; "" without one
}

// signInPage asks who is there.
func (w *Web) signInPage(r *request) error {
	if r.who.UserID != "" {
		r.Redirect(http.StatusSeeOther, local(r.Query("next")))
		return nil
	}
	return w.askSignIn(r, r.form("/sign-in", 0, nil), local(r.Query("next")))
}

func (w *Web) askSignIn(r *request, f *Form, next string) error {
	body := signInBody{Form: f, Next: next, Demo: w.cfg.Demo}
	if w.cfg.SingleSignOn != nil {
		body.Single = w.cfg.SingleSignOn.Name()
	}
	return r.show("sign_in", Page{Title: r.t("Sign in"), Status: f.Status(), Problems: f.Problems(), Body: body})
}

// signIn opens a session and goes where the person wanted to go.
func (w *Web) signIn(r *request) error {
	f, ok := r.sent("/sign-in", nil)
	next := local(f.Values.Get("next"))
	if !ok {
		return w.askSignIn(r, f, next)
	}
	in := auth.SignIn{Email: f.Values.Get("email"), Password: f.Values.Get("password"),
		UserAgent: r.Request.UserAgent(), Address: r.ClientIP(), RequestID: r.GetHeader(auth.RequestIDHeader)}
	s, err := w.gate.Auth.SignIn(r.ctx(), in)
	if kind := models.KindOf(err); slices.Contains([]models.Kind{models.Unauthenticated, models.RateLimited, models.Invalid}, kind) {
		f.Failed = models.Fail(kind, models.CodeOf(err), "%s", detailOf(err))
		return w.askSignIn(r, f, next)
	}
	if err != nil {
		return err
	}
	w.gate.SetCookie(r.Context, s)
	r.Redirect(http.StatusSeeOther, next)
	return nil
}

// signOut ends the session.
func (w *Web) signOut(r *request) error {
	if err := w.gate.Auth.SignOut(r.ctx(), r.who); err != nil {
		return err
	}
	w.gate.ClearCookie(r.Context)
	return r.done("/sign-in", "You are signed out.")
}
