// Package apitest holds the server to its contract: a handler wrapped by Contract.Hold
// fails the test in which a request was accepted, or an answer given, that openapi.yaml
// does not allow. All API tests and all user stories talk through it.
package apitest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Contract is openapi.yaml, with a record of what was seen of it.
type Contract struct {
	Doc    *openapi3.T
	router routers.Router

	mu   sync.Mutex
	seen map[Exchange]int
}

// Exchange is an operation answered with a status.
type Exchange struct {
	Operation string // its operationId
	Status    int
}

func (e Exchange) String() string { return fmt.Sprintf("%s %d", e.Operation, e.Status) }

// Load reads the contract and checks it, its examples too.
func Load(text []byte) (*Contract, error) {
	plain := func(body io.Reader, _ http.Header, _ *openapi3.SchemaRef, _ openapi3filter.EncodingFn) (any, error) {
		b, err := io.ReadAll(body)
		return string(b), err
	}
	for _, kind := range []string{"text/html", "text/csv", "text/plain", "text/calendar", "application/yaml", "application/pdf", "image/png", "image/jpeg", "application/zip",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"} {
		openapi3filter.RegisterBodyDecoder(kind, plain)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	router, err := gorillamux.NewRouter(doc)
	return &Contract{Doc: doc, router: router, seen: map[Exchange]int{}}, err
}

// Hold wraps a handler.
func (k *Contract) Hold(t testing.TB, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("%s %s: the test's own body: %v", r.Method, r.URL, err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		asked := r.Clone(r.Context())
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		if err := k.check(asked, body, rec); err != nil {
			t.Errorf("%s %s: against the contract: %v\nrequest:  %.1500s\nresponse: %d %.1500s", r.Method, r.URL, err, body, rec.Code, rec.Body)
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

func (k *Contract) check(r *http.Request, body []byte, rec *httptest.ResponseRecorder) error {
	route, params, err := k.router.FindRoute(r)
	if err != nil { // no such operation: 404 or 405, as a problem like every other
		if rec.Code != http.StatusNotFound && rec.Code != http.StatusMethodNotAllowed {
			return fmt.Errorf("an address that the contract does not know answered %d", rec.Code)
		}
		return nil
	}
	k.note(Exchange{route.Operation.OperationID, rec.Code})
	r.Body = io.NopCloser(bytes.NewReader(body))
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true,
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options}
	if rec.Code < 400 {
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			return fmt.Errorf("the server accepted what the contract forbids: %w", err)
		}
		if err := unknownQuery(route.Operation, r); err != nil {
			return err
		}
	}
	if rec.Code >= 400 && !strings.HasPrefix(rec.Header().Get("Content-Type"), "application/problem+json") {
		return fmt.Errorf("a failure that is %q", rec.Header().Get("Content-Type"))
	}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: rec.Code, Header: rec.Header(),
		Body: io.NopCloser(bytes.NewReader(rec.Body.Bytes())), Options: options,
	})
}

// unknownQuery finds parameters that the server took and the contract does not name.
func unknownQuery(op *openapi3.Operation, r *http.Request) error {
	for name := range r.URL.Query() {
		if op.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			return fmt.Errorf("the server accepted the parameter %q, which the contract does not name", name)
		}
	}
	return nil
}

func (k *Contract) note(e Exchange) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seen[e]++
}

// Documented lists every operation and status of the contract.
func (k *Contract) Documented() []Exchange {
	var out []Exchange
	for _, path := range k.Doc.Paths.Map() {
		for _, op := range path.Operations() {
			for status := range op.Responses.Map() {
				code, _ := strconv.Atoi(status)
				out = append(out, Exchange{op.OperationID, code})
			}
		}
	}
	slices.SortFunc(out, func(a, b Exchange) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// Unseen lists what is documented and has not happened.
func (k *Contract) Unseen() []Exchange {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.DeleteFunc(k.Documented(), func(e Exchange) bool { return k.seen[e] > 0 })
}

// Operations lists method and path of every operation, as Gin writes paths.
func (k *Contract) Operations() []string {
	var out []string
	for path, item := range k.Doc.Paths.Map() {
		for method := range item.Operations() {
			out = append(out, method+" "+strings.NewReplacer("{", ":", "}", "").Replace(path))
		}
	}
	slices.Sort(out)
	return out
}
