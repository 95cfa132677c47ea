package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

const (
	slate         = "preparer-040@demo.example" // districts 40 to 44 are of these tests
	administering = "administrator@demo.example"
)

func TestAccountIsOnesOwn(t *testing.T) {
	t.Parallel()
	v := as(t, slate)
	v.get("/account").ok().says("Where I am signed in", "This one", "district preparer")
	p := v.get("/account/password").ok().form("/account/password").with("old_password", "not my password").with("new_password", "several words that differ").with("repeated", "several words that differ").send()
	p.is(http.StatusUnprocessableEntity).says("This is not your password.")
	p = v.get("/account/password").ok().form("/account/password").with("old_password", "not my password").with("new_password", "several words that differ").with("repeated", "other words altogether").send()
	p.is(http.StatusUnprocessableEntity).says("The two passwords differ.")
	made := v.get("/account/tokens/new").ok().form("/account/tokens/new").with("name", "ledger export").with("scopes", "read").with("expires_in_days", "30").send().ok()
	if token := made.first("input#token").attr("value"); !strings.HasPrefix(token, "emk_") {
		t.Fatalf("no token was told: %q", token)
	}
	if account := v.get("/account").ok(); strings.Contains(account.main(), "emk_") || !strings.Contains(account.main(), "ledger export") {
		t.Error("the token is told again, or not listed")
	}
}

func TestEverybodyChoosesWhatMailsTell(t *testing.T) {
	t.Parallel()
	v := as(t, "preparer-041@demo.example")
	first, second := v.get("/account/notifications").ok(), v.get("/account/notifications").ok()
	first.form("/account/notifications").with("flags", "weekly").send().ok().says("Saved.")
	p := second.form("/account/notifications").with("flags", "urgent").send()
	p.is(http.StatusPreconditionFailed).says("Saved by somebody else meanwhile:", "weekly")
	v.post("/account/notifications", url.Values{"flags": {"never"}, "dates": {"daily"}, "news": {"daily"}, "version": {"1"}}).is(http.StatusUnprocessableEntity)
}

func TestPeopleAreForTheOffice(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/users", "/users/new", "/jobs", "/mails", "/settings", "/audit_verification"} {
		as(t, slate).get(path).is(http.StatusForbidden)
		as(t, administering).get(path).ok()
	}
	v := as(t, administering)
	form := func() *form {
		return v.get("/users/new").ok().form("/users/new").with("name", "Robin Demo-Newcomer").with("email", "robin.newcomer@demo.example").with("roles.0.role", "district_preparer")
	}
	form().send().is(http.StatusUnprocessableEntity).says("none is named")
	made := form()
	place := made.p.first("datalist option").attr("value")
	made.with("roles.0.organization_id", place).send().ok().says("The account is made.", "district preparer")
	v.get("/users?q=Newcomer").ok().says("Robin Demo-Newcomer")
}

func TestErrorPagesHelp(t *testing.T) {
	t.Parallel()
	v := as(t, slate)
	v.get("/no-such-page").is(http.StatusNotFound).says("This page is not here", "Home")
	v.get("/users").is(http.StatusForbidden).says("You may not do this", "Ask somebody")
	v.get("/delegations?on=yesterday").is(http.StatusUnprocessableEntity).says("Something needs fixing")
	v.post("/account", nil).is(http.StatusMethodNotAllowed)
	v.get("/help").ok().says("District preparer", "yours", "Allocation")
	v.get("/tour").ok().says("Five stops")
}
