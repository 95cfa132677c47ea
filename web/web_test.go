package web

import (
	"net/url"
	"testing"

	"earmark/models"
)

func TestEveryKindOfFailureHasAPage(t *testing.T) {
	t.Parallel()
	for _, kind := range models.Kinds {
		if f := failureOf(kind); f.kind != kind || f.title == "" || f.do == "" {
			t.Errorf("no page for %s", kind)
		}
	}
}

func TestFormsFillInputsAndComeBack(t *testing.T) {
	t.Parallel()
	type cost struct {
		Code   string       `json:"object_code"`
		Amount models.Cents `json:"amount_cents"`
	}
	type input struct {
		ID      string            `json:"-"`
		Version int64             `json:"-"`
		Text    string            `json:"text"`
		Costs   []cost            `json:"costs"`
		Links   []string          `json:"links"`
		FTE     models.Hundredths `json:"fte"`
		Yes     bool              `json:"yes"`
		Count   *int              `json:"count"`
	}
	values := url.Values{"text": {" two\r\nlines "}, "costs.0.object_code": {"1110"}, "costs.0.amount_cents": {"$1,234.50"}, "costs.3.object_code": {"2830"}, "costs.3.amount_cents": {"12"},
		"costs.1.object_code": {""}, "links": {"", "a", "b"}, "fte": {"1.5"}, "yes": {"false", "true"}, "count": {"3"}, "ID": {"stolen"}}
	var in input
	var wrong []models.FieldError
	fill("", reflectOf(&in), values, &wrong)
	if len(wrong) > 0 || in.ID != "" || in.Text != "two\nlines" || len(in.Costs) != 2 || in.Costs[0].Amount != 123450 || in.Costs[1].Code != "2830" || len(in.Links) != 2 || in.FTE != 150 || !in.Yes || in.Count == nil || *in.Count != 3 {
		t.Fatalf("%+v %v", in, wrong)
	}
	back := url.Values{}
	spread("", reflectOf(&in), back)
	if back.Get("costs.0.amount_cents") != "1,234.50" || back.Get("fte") != "1.5" || back.Get("yes") != "true" || back.Get("count") != "3" {
		t.Fatal(back)
	}
	fill("", reflectOf(&in), url.Values{"costs.0.amount_cents": {"12.345"}, "fte": {"x"}}, &wrong)
	if len(wrong) != 2 || wrong[0].Pointer != "/costs/0/amount_cents" && wrong[1].Pointer != "/costs/0/amount_cents" {
		t.Fatal(wrong)
	}
}

func TestNothingLeadsElsewhere(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)", "/a\r\nSet-Cookie: x"} {
		if local(address) != "/" {
			t.Errorf("%q is taken for ours", address)
		}
	}
	if local("/flags?status=open") != "/flags?status=open" {
		t.Error("an address of ours is refused")
	}
}

func TestEveryTemplateParses(t *testing.T) {
	t.Parallel()
	files, err := newStatic()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := loadViews(files); err != nil {
		t.Fatal(err)
	}
}

func TestParametersAreWrittenInTheirUnit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, value, want string }{{"cents", "613740000", "$6,137,400.00"}, {"basis_points", "8000", "80 %"}, {"integer", "3", "3"}, {"cents", "x", "x"}, {"", "12", "12"}} {
		if got := inUnit(c.kind, c.value); got != c.want {
			t.Errorf("%s %q is written %q, not %q", c.kind, c.value, got, c.want)
		}
	}
}
