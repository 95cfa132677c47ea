package browser

import "testing"

// The analyst tries an allocation out, sees who wins and loses, and adopts it; the manager
// reads what changes before publishing, and is told what stands in the way.
func TestScenarioToPublication(t *testing.T) {
	t.Parallel()
	analyst := tab(t, "analyst@demo.example", 1280)
	analyst.open("/scenarios/new")
	analyst.axe()
	analyst.chooses("Start from", "FY2026, ")
	analyst.types("What do you try?", "The same money, told once more")
	analyst.leads("Start the scenario")
	analyst.says("Winners and losers")
	analyst.axe()
	analyst.press("Adopt into a draft run")
	analyst.axe()
	analyst.leads("Yes, adopt it")
	analyst.says("this is its draft run")
	analyst.axe()
	run := analyst.path()
	as(t, "preparer-001@demo.example").get(run).is(403)

	manager := tab(t, "manager@demo.example", 1280)
	manager.open(run)
	manager.press("Publish this run")
	manager.says("Put this run in force?")
	manager.axe()
	manager.leads("Yes, publish")
	manager.says("rest on the published run, so it cannot be superseded") // the demo released some of its money
	manager.axe()
}

// Somebody who is away lends a role for some days; the other acts with it and says so, and
// it ends when the lender takes it back.
func TestDelegation(t *testing.T) {
	t.Parallel()
	lender := tab(t, "fiscal-3@demo.example", 1280)
	lender.open("/delegations")
	lender.axe()
	lender.leads("Delegate a role")
	lender.axe()
	lender.types("E-mail address of the person who acts", "liaison-9@demo.example")
	lender.types("First day", "2026-05-01")
	lender.types("Last day", "2026-05-08")
	lender.types("Reason", "Leave until May 8.")
	lender.leads("Delegate")
	lender.says("Leave until May 8.")
	lender.axe()
	delegation := lender.path()

	as(t, "liaison-9@demo.example").get("/").ok().says("fiscal reviewer for")
	lender.open(delegation)
	lender.press("End the delegation")
	lender.axe()
	lender.types("Reason", "Back earlier than planned.")
	lender.leads("Yes, end it")
	lender.says("Ended")
	as(t, "liaison-9@demo.example").get("/").ok().hides("fiscal reviewer for")
}
