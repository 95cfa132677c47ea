package browser

import (
	"strings"
	"testing"

	"earmark/models"
)

// The meter goes with what is typed: a small move asks for nothing, a larger one for a full
// review, with the rule and where it is written. What is in force stays in force.
func TestAmendmentWithItsMeter(t *testing.T) {
	t.Parallel()
	application := applicationOf(t, "preparer-047@demo.example")
	w := tab(t, "preparer-047@demo.example", 1280)
	w.amends(application)
	w.axe()
	before := w.cents("costs.0.amount_cents")
	w.writes(`[name="costs.0.amount_cents"]`, (before + before*2/100).String())
	w.until("a small move asks for nothing", `document.querySelector("#live .meter")?.innerText.includes("No action")`)
	w.axe()
	line := w.path()
	revision, _, _ := strings.Cut(line, "/line_items/")
	w.open(revision)
	w.open(value[string](w, `[...document.querySelectorAll("tr[id^=line-] td a[href*='/line_items/']")].map((a) => a.getAttribute("href")).filter((h) => h !== `+quoted(line)+` && /line_items\/\d+$/.test(h))[0]`)) // another line gives the money
	w.writes(`[name="costs.0.amount_cents"]`, (w.cents("costs.0.amount_cents") * 3 / 4).String())
	w.leads("Save")
	w.until("the other line is saved", `/Line \d+ is saved/.test(document.querySelector("#said")?.innerText)`)
	w.open(line)
	w.writes(`[name="costs.0.amount_cents"]`, (before + before*30/100).String())
	w.until("a large move asks for a review", `document.querySelector("#live .meter")?.innerText.includes("Full review")`)
	if meter := w.text("#live .meter"); !contains(meter, "10 percent") && !contains(meter, "10 %") {
		t.Errorf("the meter does not name its rule: %s", meter)
	}
	w.axe()
	w.leads("Save")
	w.says("Full review")
	w.axe()
	w.leads("What changes")
	w.says((before + before*30/100).String())
	w.axe()
	w.open(application)
	w.says("Proposed, not in force")
	w.axe()
}

// Two people on one line: nobody's typing is lost, and who comes second is shown both
// versions and decides.
func TestTwoPeopleOnOneLineInABrowser(t *testing.T) {
	t.Parallel()
	application := applicationOf(t, "preparer-048@demo.example")
	first := tab(t, "preparer-048@demo.example", 1280)
	first.amends(application)
	second := tab(t, "official-048a@demo.example", 1280)
	second.open(first.path())
	second.types("How effectiveness is measured", "What the official wrote, which is measured in spring")
	second.leads("Save")
	second.says("saved")

	first.types("How effectiveness is measured", "What the preparer wrote at the same time")
	first.leads("Save")
	first.says("Somebody else saved this line while you were writing")
	first.says("What the official wrote, which is measured in spring")
	if typed := value[string](first, `document.querySelector("[name=metric]").value`); typed != "What the preparer wrote at the same time" {
		t.Errorf("what was typed is gone: %q", typed)
	}
	first.axe()
	first.leads("Save")
	first.says("saved")
	first.axe()
	second.open(first.path())
	second.axe()
}

// amends starts an amendment and opens its first line.
func (w *window) amends(application string) {
	w.t.Helper()
	w.open(application)
	w.types("Why is it needed?", "A position stays vacant until fall.")
	w.axe()
	w.leads("Start an amendment")
	w.says("What is in force stays in force until it is approved.")
	w.axe()
	w.open(value[string](w, `document.querySelector("tr[id^=line-] a[href*='/line_items/']").getAttribute("href")`))
}

// cents is the amount in a field.
func (w *window) cents(name string) models.Cents {
	w.t.Helper()
	c, err := models.ParseCents(value[string](w, `document.querySelector('[name="`+name+`"]').value`))
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}
