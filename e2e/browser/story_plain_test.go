package browser

import (
	"strings"
	"testing"

	"earmark/demo"
)

func contains(text, part string) bool { return strings.Contains(text, part) }

// Without any script: sign in, edit, sign and submit, export.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	application := applicationOf(t, "preparer-052@demo.example")
	w := plainTab(t, "", 1280)
	w.open(application)
	w.types("E-mail address", "preparer-052@demo.example")
	w.types("Password", demo.Password)
	w.leads("Sign in")
	w.amends(application)
	w.axe()
	amount := w.cents("costs.0.amount_cents")
	w.writes(`[name="costs.0.amount_cents"]`, "many dollars")
	w.leads("Save")
	w.says("is not an amount of dollars")
	w.axe()
	w.writes(`[name="costs.0.amount_cents"]`, (amount - 10000).String())
	w.leads("Save")
	w.says("is saved")
	w.axe()
	revision := w.path()

	as(t, "manager@demo.example").api("PUT", "/applications/"+lastPart(application)+"/window_exception", map[string]any{"until": "2026-05-15", "comment": "The position is vacant now."})
	official := plainTab(t, "official-052a@demo.example", 1280)
	official.open(revision)
	official.leads("Check and submit")
	official.axe()
	official.leads("Sign and submit")
	official.says("Submitted and signed.")
	official.axe()

	preparer := as(t, "preparer-052@demo.example")
	for _, format := range []string{"CSV", "Excel"} {
		if p := preparer.get("/applications").ok().follow(format).ok(); p.isHTML() || p.sent < 100 {
			t.Errorf("the list does not come as %s", format)
		}
	}
}

// On a phone: the same pages fit, and the menu opens.
func TestOnAPhone(t *testing.T) {
	t.Parallel()
	w := tab(t, "official-001a@demo.example", 360)
	for _, path := range []string{"/", "/flags?status=standing", "/due_items", "/applications", applicationOf(t, "official-001a@demo.example")} {
		w.open(path)
		w.axe()
		if pixels := w.overflow(); pixels > 0 {
			t.Errorf("%s is %d pixels wider than a phone", path, pixels)
		}
	}
	w.press("Menu")
	w.leads("Flags")
	w.says("Flags")
}
