package browser

import "testing"

// A finding is answered by the district and accepted until a day by the office. Each sees
// what the other wrote, and the history keeps it.
func TestFlagReplyWaiver(t *testing.T) {
	t.Parallel()
	preparer := tab(t, "preparer-045@demo.example", 1280)
	preparer.open("/flags?status=open")
	preparer.axe()
	preparer.leads("Below the minimum utilization")
	flag := preparer.at()
	preparer.axe()
	preparer.types("Your reply", "The vendor's invoice of April is not posted yet; we post it by May 15.")
	preparer.leads("Send the reply")
	preparer.says("we post it by May 15.")
	preparer.says("Acknowledged")
	preparer.axe()

	as(t, "preparer-046@demo.example").get(flag).is(404)
	as(t, "auditor@demo.example").get(flag).ok().says("we post it by May 15.").hides("Waive it until a day", "Send the reply")

	manager := tab(t, "manager@demo.example", 1280)
	manager.open(flag)
	manager.says("we post it by May 15.")
	manager.press("Waive it until a day")
	manager.axe()
	manager.types("Why it is accepted", "The spending is documented; the posting follows.")
	manager.types("Accepted until", "2026-04-01")
	manager.leads("Yes, waive it")
	manager.says("needs fixing") // a waiver ends in the future
	manager.axe()
	manager.types("Accepted until", "2026-06-30")
	manager.leads("Yes, waive it")
	manager.says("until Jun 30, 2026")
	manager.axe()

	preparer.open(flag)
	preparer.says("The spending is documented; the posting follows.")
	preparer.open("/notices")
	preparer.says("Waived until")
	preparer.axe()
}
