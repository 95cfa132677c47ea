package web

import (
	"net/http"
	"strings"

	"earmark/auth"
	"earmark/models"
)

// attemptCookie holds what must come back from the identity provider, for ten minutes.
const attemptCookie = "earmark_single_sign_on"

// beginSingleSignOn sends the browser to the identity provider.
func (w *Web) beginSingleSignOn(r *request) error {
	if w.cfg.SingleSignOn == nil {
		return models.Fail(models.NotFound, "no_such_address", "Single sign-on is not set up here. Sign in with a password.")
	}
	address, attempt, err := w.cfg.SingleSignOn.Begin(r.ctx())
	if err != nil {
		return err
	}
	value := strings.Join([]string{attempt.State, attempt.Nonce, attempt.Verifier, encodeText(local(r.Query("next")))}, ".")
	w.setAttempt(r, value, 600)
	r.Redirect(http.StatusSeeOther, address)
	return nil
}

// setAttempt keeps an attempt in this browser. Lax, because the provider sends the browser
// back by a link from another site.
func (w *Web) setAttempt(r *request, value string, age int) {
	http.SetCookie(r.Writer, &http.Cookie{Name: attemptCookie, Value: value, Path: "/single-sign-on", MaxAge: age, HttpOnly: true, Secure: w.cfg.Secure, SameSite: http.SameSiteLaxMode})
}

// endSingleSignOn takes the provider's answer and opens a session.
func (w *Web) endSingleSignOn(r *request) error {
	if w.cfg.SingleSignOn == nil {
		return models.Fail(models.NotFound, "no_such_address", "Single sign-on is not set up here. Sign in with a password.")
	}
	kept, _ := r.Cookie(attemptCookie)
	w.setAttempt(r, "", -1)
	parts := strings.Split(kept, ".")
	if len(parts) != 4 {
		parts = make([]string, 4)
	}
	attempt := auth.Attempt{State: parts[0], Nonce: parts[1], Verifier: parts[2]}
	requestID := r.Writer.Header().Get(auth.RequestIDHeader)
	identity, err := w.cfg.SingleSignOn.Finish(r.ctx(), attempt, r.Query("state"), r.Query("code"))
	if err != nil {
		return w.notSignedOn(r, err)
	}
	user, err := w.s.Admit(r.ctx(), identity, w.cfg.Identities, requestID)
	if err != nil {
		return w.notSignedOn(r, err)
	}
	s, err := w.gate.Auth.Open(r.ctx(), user.ID, auth.SignIn{UserAgent: r.Request.UserAgent(), Address: r.ClientIP(), RequestID: requestID})
	if err != nil {
		return w.notSignedOn(r, err)
	}
	w.gate.SetCookie(r.Context, s)
	r.Redirect(http.StatusSeeOther, local(decodeText(parts[3])))
	return nil
}

// notSignedOn shows the page to sign in with the reason, so that another try or a password
// is one step away. The cause goes to the log.
func (w *Web) notSignedOn(r *request, err error) error {
	kind := models.KindOf(err)
	if kind == "" {
		return err
	}
	w.log.Warn("single sign-on refused", "request_id", r.Writer.Header().Get(auth.RequestIDHeader), "error", err.Error())
	f := r.form("/sign-in", 0, nil)
	f.Failed = models.Fail(kind, models.CodeOf(err), "%s", detailOf(err))
	return w.askSignIn(r, f, "/")
}
