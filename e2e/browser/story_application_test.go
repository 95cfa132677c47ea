package browser

import "testing"

// A district applies: the preparer takes back what was returned and writes anew, sees what
// is missing while typing, the official sees what is signed and signs, and from then on the
// content is locked.
func TestDistrictAppliesAndSubmits(t *testing.T) {
	t.Parallel()
	preparer := tab(t, "preparer-051@demo.example", 1280)
	application := applicationOf(t, "preparer-051@demo.example")
	preparer.open(application)
	preparer.axe()
	preparer.leads("Original application")
	preparer.axe()
	preparer.press("Withdraw")
	preparer.types("Why", "The board decided on another plan.")
	preparer.axe()
	preparer.leads("Yes, withdraw")
	preparer.says("Withdrawn")
	preparer.open(application)
	preparer.types("Why is it needed?", "The board decided on another plan.")
	preparer.leads("Start another attempt")
	preparer.says("There is no line yet.")
	preparer.axe()
	revision := preparer.path()
	preparer.leads("Add the first line")
	preparer.axe()

	preparer.chooses("Use", "8 ")
	preparer.chooses("Kind of cost", "services")
	preparer.types("What it pays for", "Data analytics tool, one licence for the year, for the partnership schools only")
	preparer.picks("Function", "281")
	preparer.picks("Object code, row 1", "3450")
	preparer.writes(`[name="costs.0.amount_cents"]`, "12,500.00")
	preparer.until("the total follows while typing", `document.querySelector("#live").innerText.includes("$12,500.00")`)
	preparer.says("Before submitting")
	preparer.axe()
	preparer.leads("Save")
	preparer.says("to fix before submitting")
	preparer.axe()

	preparer.leads("Data analytics tool, one licence for the year, for the partnership schools only")
	preparer.ticks("links")
	preparer.types("Quantity", "1")
	preparer.types("Cost per unit", "12,500")
	preparer.types("How effectiveness is measured", "Teams that look at data every month")
	preparer.types("Source of the data", "Log-in records")
	preparer.types("Direct impact on student achievement", "Teachers see each month which pupils fall behind and regroup them.")
	preparer.types("Why existing resources cannot pay for it", "The district has no other source for the licence; the set-aside pays for it.")
	preparer.chooses("What paid for it last year", "othing")
	preparer.types("Strategy of the improvement plan", "Multi-tiered support")
	preparer.types("Activity of the improvement plan", "Teams that look at data every month")
	preparer.says("Nothing is missing.")
	preparer.axe()
	preparer.leads("Save")
	preparer.axe()
	preparer.leads("Check and submit")
	preparer.says("An authorized official of the district signs")
	preparer.axe()

	official := tab(t, "official-051a@demo.example", 1280)
	official.open(revision + "/submit")
	official.says("outside the application window")
	official.axe()
	as(t, "manager@demo.example").api("PUT", "/applications/"+lastPart(application)+"/window_exception", map[string]any{"until": "2026-05-15", "comment": "The board met late."})
	official.open(revision + "/submit")
	official.says("$12,500.00")
	official.axe()
	official.leads("Sign and submit")
	official.says("Submitted")
	official.axe()

	preparer.open(revision)
	preparer.says("Submitted")
	if n := value[int](preparer, `document.querySelectorAll("a[href$='/line_items/new']").length`); n > 0 {
		t.Error("lines can be added to what is submitted")
	}
}
