package browser

import (
	"testing"

	"earmark/demo"
)

// Everybody comes in through the page to sign in, with a password or, in the demonstration,
// with one click, and goes on to the page that was asked for.
func TestSigningIn(t *testing.T) {
	t.Parallel()
	stranger := as(t, "")
	p := stranger.get("/?x=1").ok()
	if p.title() != "Sign in" {
		t.Fatalf("a stranger sees %q", p.title())
	}
	p = p.form("Sign in").with("email", "auditor@demo.example").with("password", "not this one").send().is(401)
	p = p.form("Sign in").with("password", demo.Password).send().ok()
	p.says("Auditor")
	if p.form("Sign out").send().ok().says("You are signed out."); stranger.get("/").title() != "Sign in" {
		t.Error("who signed out is still in")
	}
}

func TestSigningInInABrowser(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB, string, int64) *window{"with scripts": tab, "without": plainTab} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, "", 1280)
			w.open("/")
			w.axe()
			w.types("E-mail address", "auditor@demo.example")
			w.types("Password", demo.Password)
			w.leads("Sign in")
			w.says("Sign out")
			w.axe()
			w.leads("Sign out")
			w.says("You are signed out.")
		})
	}
}
