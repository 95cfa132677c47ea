package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestLinesComeBackFromAWorkbook(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	at := "/revisions/" + w.ids["amendment"]
	res, book := w.send(call{method: "GET", path: "/api/v1" + at + "/workbook", as: w.tokens["preparer"]})
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != xlsxType || !strings.Contains(res.Header.Get("Content-Disposition"), ".xlsx") {
		t.Fatal(res.StatusCode, res.Header)
	}
	send := func(query, kind, body string) (int, string) {
		res, text := w.send(call{method: "POST", path: "/api/v1" + at + "/line_item_imports?" + query, as: w.tokens["preparer"], body: body,
			header: map[string]string{"Content-Type": kind, "If-Match": w.etag(at)}})
		return res.StatusCode, text
	}
	if status, body := send("format=xlsx&dry_run=true", xlsxType, book); status != http.StatusOK || !strings.Contains(body, `"dry_run":true`) || strings.Contains(body, `"kind":"wrong"`) {
		t.Fatalf("%d %.600s", status, body)
	}
	if status, body := send("format=csv", "text/csv", "line,amount\n1,lots\n"); status != http.StatusUnprocessableEntity || !strings.Contains(body, `"pointer":"/rows/2/amount_1"`) || !strings.Contains(body, "B2: ") {
		t.Fatalf("%d %.600s", status, body)
	}
	table := "use category\tfunction\tkind of cost\tdescription\tobject\tamount\n4\t221\tsupplies\tBooks for the partnership school, one set a class\t5110\t1.00\n"
	if status, body := send("format=tsv", "text/plain", table); status != http.StatusOK || !strings.Contains(body, `"kind":"added"`) || !strings.Contains(body, `"after":"1.00"`) {
		t.Fatalf("%d %.600s", status, body)
	}
	at = "/revisions/" + w.ids["revision"] // approved
	if status, body := send("format=tsv", "text/plain", table); status != http.StatusConflict {
		t.Fatalf("%d %.600s", status, body)
	}
}
