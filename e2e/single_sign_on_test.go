package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"earmark/app"
	"earmark/models"
	"earmark/store/storetest"
	"earmark/workflow"
)

// claims are what the identity provider says of somebody.
type claims map[string]any

// identityProvider starts a real OpenID Connect provider on a port of its own.
func identityProvider(t *testing.T, port, redirect string, people map[string]claims) {
	t.Helper()
	text, err := json.Marshal(people)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("node", "../tools/web/identity-provider.mjs", port, "earmark", clientSecret, redirect)
	cmd.Env = append(os.Environ(), "PEOPLE="+string(text))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%v: scripts/install-test-tools installs what this needs", err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if lines.Text() == "ready" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	t.Fatal("the identity provider did not start: scripts/install-test-tools installs what it needs")
}

const clientSecret = "a secret of this test and of nothing else"

// door is an Earmark whose people come from an identity provider.
type door struct {
	t    *testing.T
	app  *app.App
	url  string
	port string
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func withProvider(t *testing.T, people map[string]claims, settings func(*app.Config)) *door {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	d := &door{t: t, url: "http://" + server.Listener.Addr().String(), port: freePort(t)}
	cfg := app.Config{DatabaseURL: storetest.URL(t), FilesDir: t.TempDir(), TimeZone: "America/Detroit", PublicURL: d.url, Log: slog.New(slog.DiscardHandler),
		OIDCIssuer: "http://127.0.0.1:" + d.port, OIDCClientID: "earmark", OIDCClientSecret: clientSecret, OIDCName: "StateLogin", OIDCGroups: "groups", OIDCOrganization: "district_code"}
	settings(&cfg)
	var err error
	if d.app, err = app.Open(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = d.app.Handler
	server.Start()
	t.Cleanup(func() { server.Close(); _ = d.app.Close() })
	identityProvider(t, d.port, d.url+"/single-sign-on/callback", people)
	return d
}

// browser keeps cookies and fills forms, as a browser without scripts.
type browser struct {
	t *testing.T
	c *http.Client
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Jar: jar, Timeout: time.Minute}}
}

// shown is a page, and the form that it has.
type shown struct {
	at     *url.URL
	status int
	text   string
	action string
	fields url.Values
}

func (b *browser) read(resp *http.Response, err error) shown {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	p := shown{at: resp.Request.URL, status: resp.StatusCode, text: string(text), fields: url.Values{}}
	root, err := html.Parse(strings.NewReader(p.text))
	if err != nil {
		b.t.Fatal(err)
	}
	for n := range root.Descendants() {
		attr := func(name string) string {
			for _, a := range n.Attr {
				if a.Key == name {
					return a.Val
				}
			}
			return ""
		}
		switch n.Data {
		case "form":
			if p.action == "" {
				p.action = attr("action")
			}
		case "input":
			p.fields.Set(attr("name"), attr("value"))
		}
	}
	return p
}

func (b *browser) open(address string) shown { b.t.Helper(); return b.read(b.c.Get(address)) }

func (b *browser) submit(p shown, values ...string) shown {
	b.t.Helper()
	for i := 0; i < len(values); i += 2 {
		p.fields.Set(values[i], values[i+1])
	}
	to, err := p.at.Parse(p.action)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.read(b.c.PostForm(to.String(), p.fields))
}

// signOn goes the whole way with the provider: name, password, consent, and back.
func (d *door) signOn(b *browser, login string) shown {
	d.t.Helper()
	page := b.open(d.url + "/single-sign-on?next=/sign-in")
	for page.at.Port() == d.port { // the provider remembers who was there
		page = b.submit(page, "login", login, "password", "any")
	}
	return page
}

// is who the browser's session belongs to, and the roles.
func (d *door) is(b *browser) string {
	d.t.Helper()
	page := b.open(d.url + "/api/v1/me")
	var me struct {
		Email string `json:"email"`
		Roles []struct {
			Role models.Role `json:"role"`
		} `json:"roles"`
	}
	if page.status != http.StatusOK {
		return fmt.Sprint(page.status)
	}
	if err := json.Unmarshal([]byte(page.text), &me); err != nil {
		d.t.Fatal(err)
	}
	said := me.Email
	for _, r := range me.Roles {
		said += " " + string(r.Role)
	}
	return said
}

func (d *door) wants(b *browser, want string) {
	d.t.Helper()
	if got := d.is(b); got != want {
		d.t.Errorf("signed in as %q, not %q", got, want)
	}
}

// TestPeopleSignInWithTheStatesIdentityProvider: accounts that administrators made keep
// their roles, and are found by the address that the provider verified.
func TestPeopleSignInWithTheStatesIdentityProvider(t *testing.T) {
	t.Parallel()
	d := withProvider(t, map[string]claims{
		"ada":      {"email": "Ada@example.test", "email_verified": true, "name": "Ada"},
		"renamed":  {"email": "ada@example.test", "email_verified": true},
		"mallory":  {"email": "ada@example.test", "email_verified": false},
		"stranger": {"email": "stranger@example.test", "email_verified": true},
	}, func(*app.Config) {})
	ctx := context.Background()
	ada, err := d.app.Service.CreateUser(ctx, models.System("e2e"), workflow.CreateUser{Email: "ada@example.test", Name: "Ada", Roles: []workflow.RoleGrant{{Role: models.RoleAuditor}}})
	if err != nil {
		t.Fatal(err)
	}

	if b := newBrowser(t); true { // an address that nobody verified is nobody's
		if page := d.signOn(b, "mallory"); !strings.Contains(page.text, "e-mail address is verified") {
			t.Error(page.status, page.text)
		}
		d.wants(b, "401")
	}
	b := newBrowser(t)
	if page := d.signOn(b, "ada"); page.status != http.StatusOK {
		t.Error(page.status, page.text)
	}
	d.wants(b, "ada@example.test auditor")

	other := newBrowser(t) // the same address with another subject is another person
	if page := d.signOn(other, "renamed"); page.status != http.StatusForbidden || !strings.Contains(page.text, "another sign-in") {
		t.Error(page.status, page.text)
	}
	d.wants(other, "401")
	if page := d.signOn(other, "stranger"); page.status != http.StatusForbidden {
		t.Error(page.status, page.text)
	}

	// A way back that this browser did not begin opens nothing, with whatever code.
	forged := newBrowser(t)
	if page := forged.open(d.url + "/single-sign-on/callback?state=a&code=b"); page.status != http.StatusUnauthorized {
		t.Error(page.status)
	}
	forged.open(d.url + "/single-sign-on")
	if page := forged.open(d.url + "/single-sign-on/callback?state=a&code=b"); page.status != http.StatusUnauthorized {
		t.Error(page.status)
	}
	d.wants(forged, "401")

	if _, err := d.app.Service.TransitionUser(ctx, models.System("e2e"), workflow.TransitionUser{ID: ada.ID, Event: "disable", Comment: "left", Version: d.version(ada.ID)}); err != nil {
		t.Fatal(err)
	}
	d.wants(b, "401")
	if page := d.signOn(b, "ada"); page.status != http.StatusUnauthorized || !strings.Contains(page.text, "disabled") {
		t.Error(page.status, page.text)
	}
	if trail := d.trail(ada.ID); !strings.Contains(trail, "link_identity") || !strings.Contains(trail, "sign_in") {
		t.Error(trail)
	}
}

// TestGroupsOfTheProviderDecideOnRoles: a new person gets an account, and what a group gave
// is gone at the next sign-in without it.
func TestGroupsOfTheProviderDecideOnRoles(t *testing.T) {
	t.Parallel()
	people := map[string]claims{
		"pat":   {"email": "pat@example.test", "email_verified": true, "name": "Pat", "groups": []string{"fiscal", "other"}},
		"idle":  {"email": "idle@example.test", "email_verified": true, "groups": []string{"other"}},
		"both":  {"email": "both@example.test", "email_verified": true, "groups": []string{"fiscal", "admins"}},
		"quinn": {"email": "quinn@example.test", "email_verified": true, "groups": []string{"districts"}, "district_code": "91010"},
	}
	d := withProvider(t, people, func(c *app.Config) {
		c.OIDCRoles, c.OIDCCreate = "fiscal=fiscal_reviewer, admins=administrator, districts=district_preparer", true
	})
	csv := "kind,code,name,subtype,parent_code,county\nisd,91,Example ISD,,,Example\ndistrict,91010,Example District,traditional,91,Example\n"
	if _, err := d.app.Service.ImportOrganizations(context.Background(), models.System("e2e"), workflow.OrganizationFile{Source: "e2e", FileName: "organizations.csv", Content: []byte(csv)}); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t)
	d.signOn(b, "pat")
	d.wants(b, "pat@example.test fiscal_reviewer")
	if page := d.signOn(newBrowser(t), "idle"); page.status != http.StatusForbidden {
		t.Error(page.status)
	}
	if page := d.signOn(newBrowser(t), "both"); page.status != http.StatusForbidden || !strings.Contains(page.text, "administrator") {
		t.Error(page.status, page.text) // nobody both administers and approves
	}
	quinn := newBrowser(t)
	d.signOn(quinn, "quinn")
	d.wants(quinn, "quinn@example.test district_preparer")

	// The provider takes Pat out of the group: the roles of the running session go with the next sign-in.
	pat := d.user("pat@example.test")
	if _, err := d.app.Service.Admit(context.Background(), models.Identity{Issuer: "http://127.0.0.1:" + d.port, Subject: "pat"}, workflow.IdentityRules{Roles: map[string][]models.Role{"fiscal": {models.RoleFiscalReviewer}}}, "e2e"); err != nil {
		t.Fatal(err)
	}
	d.wants(b, "403") // an account without roles sees nothing
	if trail := d.trail(pat); !strings.Contains(trail, "set_roles") {
		t.Error(trail)
	}
}

func (d *door) user(email string) string {
	d.t.Helper()
	found, err := d.app.Service.Users(context.Background(), models.System("e2e"), workflow.ListUsers{})
	if err != nil {
		d.t.Fatal(err)
	}
	for _, p := range found {
		if p.Email == email {
			return p.ID
		}
	}
	d.t.Fatalf("no account for %s", email)
	return ""
}

func (d *door) version(id string) int64 {
	d.t.Helper()
	p, err := d.app.Service.User(context.Background(), models.System("e2e"), id)
	if err != nil {
		d.t.Fatal(err)
	}
	return p.Version
}

func (d *door) trail(id string) string {
	d.t.Helper()
	events, err := d.app.Service.AuditTrail(context.Background(), models.System("e2e"), "user", id)
	if err != nil {
		d.t.Fatal(err)
	}
	var said []string
	for _, e := range events {
		said = append(said, e.Action)
	}
	return strings.Join(said, " ")
}
