package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"earmark/models"
)

// The failures that the router and the decoder find before a command is reached, and the
// one that is ours.
const (
	methodNotAllowed models.Kind = "method_not_allowed"
	mediaType        models.Kind = "unsupported_media_type"
	rangeBeyond      models.Kind = "range_not_satisfiable"
	internal         models.Kind = "internal"
)

// Problem is what a kind of failure looks like to a client.
type Problem struct {
	Kind   models.Kind
	Status int
	Title  string
	Means  string // for the page behind the problem's type
	Do     string
}

// Problems is the table of every answer that is a failure (RFC 9457).
var Problems = []Problem{
	{models.Malformed, http.StatusBadRequest, "The request cannot be read", "The body is not JSON, a member is unknown or given twice, or a parameter is not of its form.", "Correct the request; the errors say where."},
	{models.Unauthenticated, http.StatusUnauthorized, "Sign in first", "There is no session or API token, or it has ended.", "Sign in with POST /api/v1/sessions, or send Authorization: Bearer with an API token."},
	{models.Forbidden, http.StatusForbidden, "You may not do this", "You are known, but your role, the scope of your token, or the separation of duties says no.", "Ask somebody who holds the role that the detail names."},
	{models.NotFound, http.StatusNotFound, "There is no such document", "The document does not exist, or it is not yours to see; which of the two is not told.", "Check the identifier, and that you are signed in as the right person."},
	{methodNotAllowed, http.StatusMethodNotAllowed, "This address has no such method", "The address exists, but not for this method.", "Use one of the methods of the Allow header."},
	{models.Conflict, http.StatusConflict, "This cannot be done now", "The document's state has no such step, something is taken already, or an Idempotency-Key came with another request.", "Read the document again; available_transitions lists its steps."},
	{models.Stale, http.StatusPreconditionFailed, "Somebody changed this since you read it", "The version in If-Match is not the current one. Nothing was changed.", "Read the document again, look at what changed, and repeat your change with its new ETag."},
	{models.TooLarge, http.StatusRequestEntityTooLarge, "The request is too large", "The body is larger than this address takes.", "Send less: split a file into several."},
	{mediaType, http.StatusUnsupportedMediaType, "This kind of content is not accepted here", "The Content-Type is not one that this address reads.", "Send application/json, or text/csv where a file is expected."},
	{rangeBeyond, http.StatusRequestedRangeNotSatisfiable, "There is nothing in this range", "The Range header asks for bytes that the file does not have.", "Ask for a range inside the file; Content-Range says how long it is."},
	{models.Invalid, http.StatusUnprocessableEntity, "An input breaks a rule", "The request is well formed, but breaks a rule. Every broken rule is listed with its input and a fix. Nothing was changed.", "Correct the inputs that the errors name."},
	{models.VersionRequired, http.StatusPreconditionRequired, "Say which version you change", "A change of an existing document needs If-Match with the ETag that you read.", "Read the document and send its ETag as If-Match."},
	{models.RateLimited, http.StatusTooManyRequests, "Too many attempts", "There were too many attempts in a short time.", "Wait as long as Retry-After says."},
	{internal, http.StatusInternalServerError, "Earmark made a mistake", "Something went wrong that should not. Nothing was changed; the cause is in the server's log under the request's identifier.", "Try again later, and give the identifier in instance to the people who run the server."},
	{models.Damaged, http.StatusInternalServerError, "What was stored is damaged", "A stored file is missing or is not what was written. It is not given out.", "Tell the people who run the server: they restore the file from a backup (earmark files verify)."},
	{models.Unavailable, http.StatusServiceUnavailable, "Earmark cannot answer just now", "The database is busy or out of reach. Nothing was changed.", "Wait as long as Retry-After says and try again."},
}

func problemOf(kind models.Kind) Problem {
	for _, p := range Problems {
		if p.Kind == kind {
			return p
		}
	}
	return problemOf(internal)
}

// problemBody is RFC 9457 with two members of ours: code and errors.
type problemBody struct {
	Type     string       `json:"type"`
	Title    string       `json:"title"`
	Status   int          `json:"status"`
	Detail   string       `json:"detail,omitempty"`
	Instance string       `json:"instance"`
	Code     string       `json:"code,omitempty"`
	Errors   []inputError `json:"errors,omitempty"`
}

type inputError struct {
	Pointer  string `json:"pointer"`
	Code     string `json:"code"`
	Detail   string `json:"detail"`
	Fix      string `json:"fix,omitempty"`
	Severity string `json:"severity"`
}

func inputErrors(fields []models.FieldError) []inputError {
	out := make([]inputError, 0, len(fields))
	for _, f := range fields {
		severity := f.Severity
		if severity == "" {
			severity = "error"
		}
		out = append(out, inputError{f.Pointer, f.Code, f.Detail, f.Fix, severity})
	}
	return out
}

// fail writes an error as a problem and ends the request.
func (a *API) fail(c *gin.Context, err error) {
	a.Refuse(c.Writer, c.Request, err)
	c.Abort()
}

// Refuse writes an error as a problem. What is not a models.Error is a bug or an outage:
// it is logged, and the client learns only the request's identifier.
func (a *API) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	kind, body := internal, problemBody{Instance: "urn:uuid:" + requestID(r)}
	h := w.Header()
	var e *models.Error
	if errors.As(err, &e) {
		kind, body.Code, body.Detail, body.Errors = e.Kind, e.Code, e.Detail, inputErrors(e.Fields)
		if e.RetryAfter > 0 {
			h.Set("Retry-After", strconv.Itoa(e.RetryAfter))
		}
	}
	p := problemOf(kind)
	if p.Status >= http.StatusInternalServerError {
		a.log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("request_id", requestID(r)),
			slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	for _, name := range []string{"ETag", "Link", "Location", "Content-Disposition"} {
		h.Del(name)
	}
	if e != nil && e.Version > 0 {
		h.Set("ETag", etag(e.Version)) // what the next If-Match must say, once the change was looked at
	}
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", challenge(r))
	}
	h.Set("Content-Type", "application/problem+json")
	body.Type, body.Title, body.Status = "/problems/"+string(p.Kind), p.Title, p.Status
	text, _ := json.Marshal(body) // strings and numbers only: cannot fail
	w.WriteHeader(p.Status)
	_, _ = w.Write(text)
}
