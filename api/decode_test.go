package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

func decodeText(body []byte, in any) error {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
	c.Request.Header.Set("Content-Type", "application/json")
	return decode(c, in)
}

func TestDecodeNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		``:                                       "json",
		`{"comment": 5}`:                         "type",
		`{"amount_cents": 1.5}`:                  "type",
		`{"amount_cents": 99999999999999999999}`: "type",
		`{"amount_cents": "5"}`:                  "type",
		`{"amount": 5}`:                          "unknown_member",
		`{"AMOUNT_CENTS": 5}`:                    "unknown_member",
		`{"amount_cents": 5, "amount_cents": 6}`: "given_twice",
		`{"memo": null}`:                         "null",
		`{} {}`:                                  "trailing_data",
		`[]`:                                     "not_an_object",
		`5`:                                      "not_an_object",
		"{\"memo\": \"\xff\"}":                   "utf8",
		`{"memo": ` + strings.Repeat("[", 100):   "too_deep",
	} {
		var in workflow.NewExpenditure
		err := decodeText([]byte(body), &in)
		var e *models.Error
		if !errors.As(err, &e) || e.Kind != models.Malformed || len(e.Fields) != 1 || (e.Fields[0].Code != want && body != `{"comment": 5}`) {
			t.Errorf("%s: got %v, want the code %s", body, err, want)
		}
	}
}

// What the decoder accepts means the same when it is written and read again, and nothing
// makes it panic or answer anything but Malformed.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"line_item_id": "x", "amount_cents": 5, "spent_on": "2026-01-05"}`))
	f.Add([]byte(`{"a": [{"b": {}}], "a": 1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var in, again workflow.NewExpenditure
		if err := decodeText(body, &in); err != nil {
			if models.KindOf(err) != models.Malformed && models.KindOf(err) != models.TooLarge {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := decodeText(text, &again); err != nil || again != in {
			t.Fatalf("%q became %s: %v", body, text, err)
		}
	})
}

func TestAPanicIsAProblemThatTellsNothing(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	a := &API{log: slog.New(slog.NewTextHandler(&log, nil)), engine: gin.New()}
	a.engine.Use(a.recover)
	a.engine.GET("/x", func(*gin.Context) { panic("the secret 4711") })
	w := httptest.NewRecorder()
	a.engine.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/x", nil))
	if w.Code != 500 || w.Header().Get("Content-Type") != "application/problem+json" || strings.Contains(w.Body.String(), "4711") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	var body problemBody
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || !strings.Contains(log.String(), strings.TrimPrefix(body.Instance, "urn:uuid:")) || !strings.Contains(log.String(), "4711") {
		t.Errorf("the log %q does not tell of %s", log.String(), body.Instance)
	}
}
