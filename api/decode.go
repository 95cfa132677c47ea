package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/reports"
)

const (
	maxBody = 1 << 20  // of JSON
	maxFile = 32 << 20 // of an imported file
)

func malformed(code, detail string, args ...any) error {
	return models.Fail(models.Malformed, code, detail, args...)
}

func malformedAt(pointer, code, detail, fix string) error {
	return &models.Error{Kind: models.Malformed, Code: "malformed_body", Detail: "The body cannot be read. Nothing was changed.",
		Fields: []models.FieldError{{Pointer: pointer, Code: code, Detail: detail, Fix: fix, Severity: "error"}}}
}

// decode reads one JSON object strictly into an input struct: unknown members, members
// given twice, trailing data and wrong types are refused, each with a pointer.
func decode(c *gin.Context, in any) error {
	if err := contentType(c, "application/json"); err != nil {
		return err
	}
	body, err := readBody(c, maxBody)
	if err != nil {
		return err
	}
	if !utf8.Valid(body) {
		return malformedAt("", "utf8", "The body is not UTF-8.", "Send the JSON as UTF-8.")
	}
	if err := duplicates(body); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	return wrongType(d.Decode(in))
}

// readBody takes the whole body up to a limit.
func readBody(c *gin.Context, limit int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return nil, models.Fail(models.TooLarge, "too_large", "The body is larger than %d bytes. Nothing was changed.", limit)
	case err != nil:
		return nil, malformed("broken_body", "The body ended before it was complete. Nothing was changed.")
	}
	return body, nil
}

func contentType(c *gin.Context, accepted ...string) error {
	got, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	charset := strings.ToLower(params["charset"])
	for _, want := range accepted {
		if err == nil && got == want && (charset == "" || charset == "utf-8") {
			return nil
		}
	}
	return models.Fail(mediaType, "content_type", "The Content-Type is %q; this address takes %s in UTF-8.", c.GetHeader("Content-Type"), strings.Join(accepted, " or "))
}

// duplicates walks the tokens: encoding/json would let the last of two members win.
func duplicates(body []byte) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := walk(d, "", 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return malformedAt("", "trailing_data", "Something follows the JSON value.", "Send one JSON object and nothing after it.")
	}
	return nil
}

// deepest is more than any input needs, and keeps a hostile body from filling the stack.
const deepest = 16

func walk(d *json.Decoder, at string, depth int) error {
	t, err := d.Token()
	if err != nil {
		return notJSON(d)
	}
	if depth > deepest {
		return malformedAt("", "too_deep", "The JSON is nested too deeply.", fmt.Sprintf("Nest at most %d levels.", deepest))
	}
	switch t {
	case json.Delim('{'):
		seen := map[string]bool{}
		for d.More() {
			key, err := d.Token()
			name, ok := key.(string)
			if err != nil || !ok {
				return notJSON(d)
			}
			if !plainName(name) { // encoding/json ignores case; the contract does not
				return malformedAt(at+"/"+escape(name), "unknown_member", fmt.Sprintf("The member %q is unknown here.", name), "Names are written in lower case.")
			}
			if seen[name] {
				return malformedAt(at+"/"+escape(name), "given_twice", fmt.Sprintf("The member %q is given twice.", name), "Give it once.")
			}
			seen[name] = true
			if err := walk(d, at+"/"+escape(name), depth+1); err != nil {
				return err
			}
		}
	case json.Delim('['):
		for i := 0; d.More(); i++ {
			if err := walk(d, at+"/"+strconv.Itoa(i), depth+1); err != nil {
				return err
			}
		}
	case nil: // encoding/json would pass over it
		return malformedAt(at, "null", "Null is no value here.", "Leave the member out.")
	default:
		if at == "" {
			return malformedAt("", "not_an_object", "The body is not a JSON object.", "Send an object in braces.")
		}
		return nil
	}
	if end, err := d.Token(); err != nil || (at == "" && end != json.Delim('}')) {
		if err == nil {
			return malformedAt("", "not_an_object", "The body is not a JSON object.", "Send an object in braces.")
		}
		return notJSON(d)
	}
	return nil
}

func plainName(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r > 0x7e || (r >= 'A' && r <= 'Z') })
}

func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

func notJSON(d *json.Decoder) error {
	return malformedAt("", "json", fmt.Sprintf("The body is not JSON from byte %d on.", d.InputOffset()), "Check commas, quotes and braces.")
}

// wrongType names the member that encoding/json stopped at.
func wrongType(err error) error {
	if err == nil {
		return nil
	}
	var bad *json.UnmarshalTypeError
	if errors.As(err, &bad) {
		return malformedAt("/"+strings.ReplaceAll(bad.Field, ".", "/"), "type", fmt.Sprintf("A JSON %s cannot stand here.", bad.Value), "Give "+wanted(bad.Type.Kind().String())+".")
	}
	if _, name, ok := strings.Cut(err.Error(), "unknown field "); ok {
		name = strings.Trim(name, `"`)
		return malformedAt("/"+escape(name), "unknown_member", fmt.Sprintf("The member %q is unknown here.", name), "Remove it, or correct its spelling.")
	}
	return malformedAt("", "value", "A value is not of its form: "+err.Error()+".", "Correct it.")
}

func wanted(kind string) string {
	switch kind {
	case "string":
		return "a text"
	case "bool":
		return "true or false"
	case "slice":
		return "a list"
	case "struct", "map":
		return "an object"
	}
	return "a whole number"
}

// ifMatch reads the version that a change is based on.
func ifMatch(c *gin.Context) (int64, error) {
	value := strings.TrimSpace(c.GetHeader("If-Match"))
	if value == "" {
		return 0, models.Fail(models.VersionRequired, "if_match_required", "Send If-Match with the ETag of the version that you read.")
	}
	quoted := strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)
	version, err := strconv.ParseInt(quoted, 10, 64)
	if err != nil || version < 1 || value != etag(version) {
		return 0, malformed("if_match", "If-Match is %q; it must be one ETag as this server gave it, such as \"7\".", value)
	}
	return version, nil
}

func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// file reads an uploaded file: the raw body. Its name and what to do with it are parameters.
func file(c *gin.Context) ([]byte, error) {
	if err := contentType(c, "text/csv", "text/plain", reports.XLSXType); err != nil {
		return nil, err
	}
	return readBody(c, maxFile)
}
