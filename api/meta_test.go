package api_test

import (
	"net/http"
	"strings"
	"testing"

	"earmark/api"
	"earmark/app"
)

func TestThePublicAddresses(t *testing.T) {
	t.Parallel()
	e := given(t)
	e.rows([]row{
		{"", call{method: "GET", path: "/healthz"}, 200, `"status":"ok"`},
		{"", call{method: "GET", path: "/readyz"}, 200, `"version":"test"`},
		{"", call{method: "GET", path: "/openapi.yaml"}, 200, "openapi: 3.0.3"},
		{"", call{method: "GET", path: "/docs"}, 200, `id="listPermissions"`},
		{"", call{method: "GET", path: "/problems/nothing"}, 404, "not_found"},
		{"", call{method: "GET", path: "/api/v1/nowhere"}, 404, "no_such_address"},
		{"", call{method: "DELETE", path: "/healthz"}, 405, "method_not_allowed"},
		{"metrics are for this machine", call{method: "GET", path: "/metrics"}, 404, "no_such_address"},
		{"nobody", call{method: "GET", path: "/api/v1/permissions"}, 401, "sign_in_required"},
	})
	for _, p := range api.Problems {
		e.rows([]row{{"", call{method: "GET", path: "/problems/" + string(p.Kind)}, 200, p.Title}})
	}
}

func TestPagesRunNothing(t *testing.T) {
	t.Parallel()
	e := given(t)
	res, body := e.send(call{method: "GET", path: "/docs"})
	policy := res.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	for _, bad := range []string{"<script", "onclick=", "http://cdn", "style=\""} {
		if strings.Contains(body, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
	if res.StatusCode != http.StatusOK || !strings.Contains(body, `<html lang="en">`) {
		t.Errorf("got %d", res.StatusCode)
	}
}

func TestMetricsAreForThisMachineOrItsToken(t *testing.T) {
	t.Parallel()
	e := given(t)
	e.from = "127.0.0.1:4711"
	e.rows([]row{{"", call{method: "GET", path: "/healthz"}, 200, ""}, {"", call{method: "GET", path: "/metrics"}, 200, "earmark_http_request_seconds"}})
	e.from = "192.0.2.7:4711"
	e.rows([]row{{"", call{method: "GET", path: "/metrics"}, 404, "no_such_address"}})
	e = given(t, func(c *app.Config) { c.MetricsToken = "scrape" })
	e.rows([]row{
		{"", call{method: "GET", path: "/metrics", as: "scrape"}, 200, "go_goroutines"},
		{"", call{method: "GET", path: "/metrics", as: "wrong"}, 404, "no_such_address"},
	})
}
