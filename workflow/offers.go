package workflow

import (
	"slices"

	"earmark/models"
	"earmark/workflow/machine"
)

// consequences are steps that follow from another document's and are never taken by hand.
var consequences = []string{"supersede", "reallocate", "take_force"}

// Offer is a step that somebody has now.
type Offer = machine.Offer

// Offers lists the steps that the actor has now for a document whose steps depend on
// nothing but its state and the actor's roles. Revisions and agreements, whose steps
// depend on more, bring theirs along when they are read.
func Offers(who models.Actor, doc models.Document) []Offer {
	var found []machine.Offer
	switch d := doc.(type) {
	case *models.GrantYear:
		found = GrantYears.Available(string(d.Status), stepRoles(who, ""), none{})
	case *models.AllocationRun:
		found = AllocationRuns.Available(string(d.Status), stepRoles(who, ""), none{})
	case *models.DeterminationRun:
		found = DeterminationRuns.Available(string(d.Status), stepRoles(who, ""), none{})
	case *models.Scenario:
		found = Scenarios.Available(string(d.Status), stepRoles(who, ""), none{})
	case *models.Agreement: // what signing still misses is said when it is tried
		found = Agreements.Available(string(d.Status), stepRoles(who, d.OrganizationID), agreementFacts{})
	case *models.BudgetForm: // what is wrong with it is said when it is submitted
		found = BudgetForms.Available(string(d.Status), stepRoles(who, d.OrganizationID), budgetFacts{})
	case *models.Payment:
		found = Payments.Available(string(d.Status), stepRoles(who, d.OrganizationID), none{})
	case *models.Drawdown: // what holds it is said when it is tried
		found = Drawdowns.Available(string(d.Status), stepRoles(who, d.OrganizationID), drawdownFacts{asked: d.RequestedCents > 0, office: heldBy(nil, d.OfficeHold)})
	case *models.AllocationRelease:
		found = AllocationReleases.Available(string(d.Status), stepRoles(who, d.OrganizationID), none{})
	case *models.ImportException:
		found = ImportExceptions.Available(string(d.Status), stepRoles(who, d.OrganizationID), none{})
	case *models.Flag:
		found = Flags.Available(string(d.Status), stepRoles(who, d.OrganizationID), none{})
	case *models.Scoresheet: // what submitting still misses is said when it is tried
		found = Scoresheets.Available(string(d.Status), stepRoles(who, ""), sheetFacts{own: ownSheet(who, *d)})
	case *models.TermDecision: // whether it is current, and drafted through another person, is said when it is decided
		var facts termFacts
		if who.UserID == d.DraftedBy {
			facts.other = draftedIt()
		}
		found = TermDecisions.Available(string(d.Status), stepRoles(who, ""), facts)
	case *models.Meeting: // whether its day has come is said when it is tried
		found = Meetings.Available(string(d.Status), stepRoles(who, d.OrganizationID), meetingFacts{})
	case *models.User:
		found = Users.Available(string(d.Status), stepRoles(who, ""), none{})
	}
	return slices.DeleteFunc(found, func(o machine.Offer) bool { return slices.Contains(consequences, o.Event) })
}
