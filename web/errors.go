package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"earmark/auth"
	"earmark/models"
)

const (
	methodNotAllowed models.Kind = "method_not_allowed"
	internal         models.Kind = "internal"
)

// failure is what a kind of failure looks like to a person.
type failure struct {
	kind   models.Kind
	status int
	title  string
	do     string
}

// failures has a row for every kind; a test holds it to models.Kinds.
var failures = []failure{
	{models.Malformed, http.StatusBadRequest, "This cannot be read", "Go back, check what you entered or the address, and try again."},
	{models.Unauthenticated, http.StatusUnauthorized, "Sign in first", "Sign in, and you come back to this page."},
	{models.Forbidden, http.StatusForbidden, "You may not do this", "Ask somebody who holds the role named above. An administrator can tell who that is."},
	{models.NotFound, http.StatusNotFound, "This page is not here", "It may have moved, or it belongs to another organization. Start from the home page, or check that you are signed in as the right person."},
	{methodNotAllowed, http.StatusMethodNotAllowed, "This address works another way", "Start from the home page."},
	{models.Conflict, http.StatusConflict, "This cannot be done now", "Go back and load the page again: it shows what can be done now."},
	{models.Stale, http.StatusPreconditionFailed, "Somebody changed this meanwhile", "Nothing of yours was saved over it. Go back, load the page again and repeat your change."},
	{models.TooLarge, http.StatusRequestEntityTooLarge, "This is too large", "Split the file into several, or take pictures out of it."},
	{models.Invalid, http.StatusUnprocessableEntity, "Something needs fixing", "Correct what is listed below. Nothing was changed."},
	{models.VersionRequired, http.StatusPreconditionRequired, "This form is incomplete", "Load the page again and repeat your change."},
	{models.RateLimited, http.StatusTooManyRequests, "Too many attempts", "Wait a little and try again."},
	{internal, http.StatusInternalServerError, "Earmark made a mistake", "Nothing was changed. Try again; if it happens again, give the reference below to your administrator."},
	{models.Damaged, http.StatusInternalServerError, "A stored file is damaged", "It is not given out. Give the reference below to your administrator, who restores it from a backup."},
	{models.Unavailable, http.StatusServiceUnavailable, "Earmark is busy", "Nothing was changed. Wait a minute and try again."},
}

func failureOf(kind models.Kind) failure {
	for _, f := range failures {
		if f.kind == kind {
			return f
		}
	}
	return failureOf(internal)
}

// errorPage is the body of error.html.
type errorPage struct {
	Detail    string
	Do        string
	Reference string // of the request, for who looks into the log
	Wait      int    // seconds
	SignIn    string
}

// fail answers an error as a page. A person who is not signed in is sent to sign in.
func (w *Web) fail(c *gin.Context, err error) {
	defer c.Abort()
	r := w.request(c)
	var e *models.Error
	if !errors.As(err, &e) {
		e = &models.Error{Kind: internal, Err: err}
	}
	f := failureOf(e.Kind)
	if f.status >= http.StatusInternalServerError {
		w.log.LogAttrs(r.ctx(), slog.LevelError, "page failed", slog.String("request_id", c.GetHeader(auth.RequestIDHeader)),
			slog.String("path", c.Request.URL.Path), slog.String("error", err.Error()))
	}
	if e.Kind == models.Unauthenticated && c.Request.Method == http.MethodGet && !r.partial() {
		c.Redirect(http.StatusSeeOther, signInAddress(c.Request.URL))
		return
	}
	body := errorPage{Detail: e.Detail, Do: r.t(f.do), Wait: e.RetryAfter}
	if e.Kind == models.Unauthenticated {
		body.SignIn = "/sign-in"
	}
	if f.status >= http.StatusInternalServerError {
		body.Reference = c.Writer.Header().Get(auth.RequestIDHeader)
	}
	if e.RetryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	if err := r.show("error", Page{Title: r.t(f.title), Status: f.status, Body: body, Problems: problems(e, nil)}); err != nil {
		w.log.Error("the page of an error failed", "error", err.Error())
		c.String(http.StatusInternalServerError, "Earmark made a mistake.")
	}
}

// signInAddress leads back to where the person wanted to go.
func signInAddress(u *url.URL) string {
	if u.Path == "/" {
		return "/sign-in"
	}
	return "/sign-in?next=" + url.QueryEscape(u.RequestURI())
}

// problems are the lines of the summary: each broken rule with the way to its field.
func problems(e *models.Error, names func(pointer string) string) []Problem {
	var out []Problem
	for _, f := range e.Fields {
		p := Problem{Text: f.Detail, Fix: f.Fix}
		if names != nil {
			p.Href = "#" + fieldID(names(f.Pointer))
		}
		out = append(out, p)
	}
	return out
}

// detailOf is what an error says to people.
func detailOf(err error) string {
	var e *models.Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return ""
}
