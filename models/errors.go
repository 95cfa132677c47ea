package models

import (
	"errors"
	"fmt"
	"strings"
)

// Kind decides how a failure is answered (HTTP status, page, exit code).
type Kind string

// The kinds of failure a caller may be told about.
const (
	Malformed       Kind = "malformed"
	Unauthenticated Kind = "unauthenticated"
	Forbidden       Kind = "forbidden"
	NotFound        Kind = "not_found"
	Conflict        Kind = "conflict"
	Stale           Kind = "stale"
	TooLarge        Kind = "too_large"
	Invalid         Kind = "invalid"
	VersionRequired Kind = "version_required"
	RateLimited     Kind = "rate_limited"
	Damaged         Kind = "damaged" // what was stored is not what was written
	Unavailable     Kind = "unavailable"
)

// Kinds lists every kind, in the order of their HTTP statuses.
var Kinds = []Kind{Malformed, Unauthenticated, Forbidden, NotFound, Conflict, Stale, TooLarge, Invalid, VersionRequired, RateLimited, Damaged, Unavailable}

// Error is a failure that a caller may be told about. Anything else is a bug or an outage:
// it is logged with the request id, and the caller learns only that.
type Error struct {
	Kind       Kind
	Code       string       // stable, for programs: "line_item.below_spent"
	Detail     string       // for people, complete sentences
	Fields     []FieldError // for forms and clients
	RetryAfter int          // seconds, for RateLimited and Unavailable
	Version    int64        // of the document as it is now, for Stale; 0 when nobody looked
	Err        error        // cause, logged and never sent
}

// FieldError names one input that breaks one rule, and the fix.
type FieldError struct {
	Pointer  string // JSON pointer into the input: "/line_items/2/amount_cents"
	Code     string // the rule: "min", "line.category8_statements"
	Detail   string // what is wrong
	Fix      string // what would be right
	Severity string // "error", or "warning" for what does not stop the command
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	if e.Detail != "" {
		b.WriteString(": " + e.Detail)
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s: %s", f.Pointer, f.Detail)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Fail makes an error of a kind with a formatted detail.
func Fail(kind Kind, code, detail string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Detail: fmt.Sprintf(detail, args...)}
}

// Field makes an Invalid error about a single input.
func Field(pointer, code, detail, fix string) *Error {
	return &Error{Kind: Invalid, Code: "invalid_input", Detail: "The input breaks a rule.",
		Fields: []FieldError{{Pointer: pointer, Code: code, Detail: detail, Fix: fix, Severity: "error"}}}
}

// KindOf is the kind of a failure, or "" for bugs and outages.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// CodeOf is the stable code of a failure, or "".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
