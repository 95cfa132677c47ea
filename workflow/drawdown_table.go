package workflow

import (
	"earmark/models"
	"earmark/workflow/machine"
)

// Statuses of a drawdown that nothing else has.
const (
	StatusScheduled models.State = "scheduled"
	StatusRequested models.State = "requested"
	StatusHeld      models.State = "held"
	StatusReleased  models.State = "released"
)

func drawdownRule(name string, check func(drawdownFacts) error) machine.Rule[drawdownFacts] {
	return machine.Rule[drawdownFacts]{Name: name, Check: check}
}

// chosen makes a rule of a condition that picks one of several steps.
func chosen(ok bool) error {
	if ok {
		return nil
	}
	return errNotChosen
}

var (
	drawdownNeeds  = drawdownRule("every need of the definition is met", func(f drawdownFacts) error { return f.needs })
	drawdownUnheld = drawdownRule("the office does not hold it", func(f drawdownFacts) error { return f.office })
	drawdownHolds  = drawdownRule("the office holds it", func(f drawdownFacts) error {
		if f.office == nil {
			return models.Fail(models.Conflict, "drawdown.not_held", "The office does not hold this drawdown, so there is no hold to lift.")
		}
		return nil
	})
	drawdownAsked = drawdownRule("it was asked for", func(f drawdownFacts) error {
		if !f.asked {
			return models.Fail(models.Conflict, "drawdown.not_requested", "Nobody has asked for this drawdown yet.")
		}
		return nil
	})
	drawdownFits = drawdownRule("all releases stay within the award", func(f drawdownFacts) error { return f.fits })

	drawdownFree  = drawdownRule("nothing holds it", func(f drawdownFacts) error { return chosen(f.needs == nil && f.office == nil) })
	drawdownReady = drawdownRule("it was asked for and every need is met", func(f drawdownFacts) error { return chosen(f.asked && f.needs == nil) })
	drawdownBound = drawdownRule("it was asked for and a need is not met", func(f drawdownFacts) error { return chosen(f.asked && f.needs != nil) })
)

// Drawdowns is the life of the part of an award that a project year may draw.
var Drawdowns = machine.Table[drawdownFacts]{
	Document: "drawdown",
	States: []machine.State{
		{Name: "scheduled", Means: "May be asked for."},
		{Name: "requested", Means: "Asked for, and nothing holds it."},
		{Name: "held", Means: "Something keeps it from being released; every reason is listed."},
		{Name: "released", Means: "Released; its payment is expected.", Final: true},
	},
	Transitions: []machine.Transition[drawdownFacts]{
		{On: "schedule", To: "scheduled", Roles: append(reviewers, string(models.RoleSystem)), Means: "Happens when the award is approved."},
		{On: "request", From: from(StatusScheduled, StatusHeld), To: "requested", Roles: official, When: &drawdownFree, Notify: "fiscal reviewers, managers", Means: "Ask for the money of the year."},
		{On: "request", From: from(StatusScheduled, StatusHeld), To: "held", Roles: official, Notify: "authorized officials, preparers, fiscal reviewers, managers", Means: "Ask while something is missing: the request is kept and held."},
		{On: "hold", From: from(StatusScheduled, StatusRequested, StatusHeld), To: "held", Roles: rolesOf(HoldDrawdown), Comment: true, Notify: "authorized officials, preparers", Means: "Hold it, with a reason."},
		{On: "lift", From: from(StatusHeld), To: "requested", Roles: rolesOf(HoldDrawdown), When: &drawdownReady, Rules: []machine.Rule[drawdownFacts]{drawdownHolds}, Comment: true,
			Notify: "authorized officials, preparers", Means: "Take the office's hold off."},
		{On: "lift", From: from(StatusHeld), To: "held", Roles: rolesOf(HoldDrawdown), When: &drawdownBound, Rules: []machine.Rule[drawdownFacts]{drawdownHolds}, Comment: true,
			Notify: "authorized officials, preparers", Means: "Take the office's hold off; other reasons are left."},
		{On: "lift", From: from(StatusHeld), To: "scheduled", Roles: rolesOf(HoldDrawdown), Rules: []machine.Rule[drawdownFacts]{drawdownHolds}, Comment: true,
			Notify: "authorized officials, preparers", Means: "Take the office's hold off before anything was asked for."},
		{On: "release", From: from(StatusRequested, StatusHeld), To: "released", Roles: rolesOf(HoldDrawdown),
			Rules: []machine.Rule[drawdownFacts]{drawdownAsked, drawdownUnheld, drawdownNeeds, drawdownFits}, Notify: "authorized officials, preparers", Means: "Release the money; the payment is expected."},
	},
}
