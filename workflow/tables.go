package workflow

import (
	"earmark/models"
	"earmark/workflow/machine"
)

// Statuses. The same words stand in SQL checks, the API and the pages; tests hold them together.
const (
	StatusPlanned      models.State = "planned"
	StatusOpen         models.State = "open"
	StatusClosing      models.State = "closing"
	StatusClosed       models.State = "closed"
	StatusDraft        models.State = "draft"
	StatusPreview      models.State = "preview"
	StatusPublished    models.State = "published"
	StatusSuperseded   models.State = "superseded"
	StatusSigned       models.State = "signed"
	StatusEnded        models.State = "ended"
	StatusInForce      models.State = "in_force"
	StatusSubmitted    models.State = "submitted"
	StatusInReview     models.State = "in_review"
	StatusReturned     models.State = "returned"
	StatusApproved     models.State = "approved"
	StatusDenied       models.State = "denied"
	StatusWithdrawn    models.State = "withdrawn"
	StatusExpected     models.State = "expected"
	StatusPaid         models.State = "paid"
	StatusCancelled    models.State = "cancelled"
	StatusMatched      models.State = "matched"
	StatusDismissed    models.State = "dismissed"
	StatusAcknowledged models.State = "acknowledged"
	StatusWaived       models.State = "waived"
	StatusResolved     models.State = "resolved"
	StatusActive       models.State = "active"
	StatusDisabled     models.State = "disabled"
	StatusProposed     models.State = "proposed"
	StatusRemoved      models.State = "removed"
	StatusDropped      models.State = "dropped"
	StatusRefused      models.State = "refused"
	StatusAdopted      models.State = "adopted"
	StatusDiscarded    models.State = "discarded"
	StatusContracted   models.State = "contracted"
)

// none is for tables whose steps depend on nothing but the state and the role.
type none struct{}

func from(s ...models.State) []string {
	names := make([]string, len(s))
	for i, v := range s {
		names[i] = string(v)
	}
	return names
}

var (
	district  = roleNames(districtRoles...)
	official  = roleNames(models.RoleAuthorizedOfficial)
	reviewers = roleNames(models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE, models.RoleBodyMember)
	managers  = roleNames(models.RoleManager)
	system    = roleNames(models.RoleSystem)
)

// GrantYears is the life of a grant year.
var GrantYears = machine.Table[none]{
	Document: "grant_year",
	States: []machine.State{
		{Name: "planned", Means: "Being prepared; nobody can apply."},
		{Name: "open", Means: "Allocations, applications and spending are possible."},
		{Name: "closing", Means: "No applications, amendments or allocations any more; spending that the year may still have, reports and returns are taken, and the night watches."},
		{Name: "closed", Means: "Over; everything stays readable.", Final: true},
	},
	Transitions: []machine.Transition[none]{
		{On: "create", To: "planned", Roles: rolesOf(ManageGrantYears), Means: "Freeze a definition for a fiscal year."},
		{On: "open", From: from(StatusPlanned), To: "open", Roles: rolesOf(ManageGrantYears), Means: "Let the year begin."},
		{On: "begin_closing", From: from(StatusOpen), To: "closing", Roles: managers, Comment: true, Means: "Take no more applications; what is still owed stays watched."},
		{On: "close", From: from(StatusOpen, StatusClosing), To: "closed", Roles: managers, Comment: true, Means: "End the year."},
	},
}

func rolesOf(a Action) []string { return roleNames(rolesFor(a)...) }

// AllocationRuns is the life of an allocation run.
var AllocationRuns = machine.Table[none]{
	Document: "allocation_run",
	States: []machine.State{
		{Name: "draft", Means: "Computed; only the office sees it."},
		{Name: "published", Means: "In force: districts see their allocation and receipt."},
		{Name: "superseded", Means: "A later run was published; stays readable as it was.", Final: true},
	},
	Transitions: []machine.Transition[none]{
		{On: "run", To: "draft", Roles: rolesOf(RunAllocation), Means: "Apply the formula to the facts of a year."},
		{On: "publish", From: from(StatusDraft), To: "published", Roles: rolesOf(PublishAllocation), Notify: "authorized officials, preparers", Means: "Put the run in force."},
		{On: "supersede", From: from(StatusPublished), To: "superseded", Roles: rolesOf(PublishAllocation), Means: "Happens when a later run is published."},
	},
}

// DeterminationRuns is the life of a determination run.
var DeterminationRuns = machine.Table[none]{
	Document: "determination_run",
	States: []machine.State{
		{Name: "draft", Means: "Made; only the office sees it."},
		{Name: "preview", Means: "Each organization sees its own result."},
		{Name: "published", Means: "In the public report."},
		{Name: "superseded", Means: "A later run took its place; stays readable as it was.", Final: true},
	},
	Transitions: []machine.Transition[none]{
		{On: "run", To: "draft", Roles: rolesOf(RunDeterminations), Means: "Apply the determinations to the facts of a year."},
		{On: "preview", From: from(StatusDraft), To: "preview", Roles: determinationRoles, Notify: "authorized officials, preparers", Means: "Let each organization look at its own result."},
		{On: "publish", From: from(StatusPreview), To: "published", Roles: rolesOf(PublishDeterminations), Notify: "authorized officials, preparers", Means: "Put the run in the public report."},
		{On: "supersede", From: from(StatusPreview, StatusPublished), To: "superseded", Roles: determinationRoles, Means: "Happens when a later run of the program and year is previewed or published."},
	},
}

var determinationRoles = roleNames(models.RoleAnalyst, models.RoleManager, models.RoleSystem)

// Scenarios is the life of a scenario.
var Scenarios = machine.Table[none]{
	Document: "scenario",
	States: []machine.State{
		{Name: "draft", Means: "Being tried out; only the office sees it."},
		{Name: "adopted", Means: "Became a draft allocation run; stays readable as it was.", Final: true},
		{Name: "discarded", Means: "Will not be used; stays readable as it was.", Final: true},
	},
	Transitions: []machine.Transition[none]{
		{On: "create", To: "draft", Roles: rolesOf(ManageScenarios), Means: "Copy the facts and parameters of a run or a grant year, change some, and apply the formula."},
		{On: "adopt", From: from(StatusDraft), To: "adopted", Roles: rolesOf(RunAllocation), Means: "Make a draft allocation run of it; changed facts must have been imported."},
		{On: "discard", From: from(StatusDraft), To: "discarded", Roles: rolesOf(ManageScenarios), Means: "Put it away."},
	},
}

// Agreements is the life of a partnership agreement.
var Agreements = machine.Table[agreementFacts]{
	Document: "agreement",
	States: []machine.State{
		{Name: "draft", Means: "Goals and targets are being written."},
		{Name: "signed", Means: "In force; goals and targets are fixed."},
		{Name: "ended", Means: "The term is over.", Final: true},
	},
	Transitions: []machine.Transition[agreementFacts]{
		{On: "create", To: "draft", Roles: rolesOf(ManageAgreements), Means: "Start an agreement with an assigned district."},
		{On: "sign", From: from(StatusDraft), To: "signed", Roles: roleNames(models.RoleManager, models.RoleSystem), Rules: []machine.Rule[agreementFacts]{
			{Name: "no record of the program signs it", Check: func(f agreementFacts) error { return f.plain }},
			{Name: "has every required kind of target, each with ITB and ETO", Check: func(f agreementFacts) error { return f.complete }},
		}, Notify: "authorized officials, preparers", Means: "Record the last signature and fix goals and targets."},
		{On: "end", From: from(StatusSigned), To: "ended", Roles: managers, Comment: true, Means: "End the agreement."},
	},
}

type agreementFacts struct {
	plain    error // the program has no record that signs it
	complete error
}

// revisionFacts is what the rules of a revision look at; every error was computed before.
type revisionFacts struct {
	open      error // the grant year is
	lines     error // line checks and totals, all at once
	window    error
	gate      error
	reason    error // an amendment says why and changes something
	reviewer  error // whose turn it is, never the submitter, never the same person twice
	undecided error // lines returned or denied that the step would pass over
	linked    error // every line serves a target
	fits      error // allocation and money already spent
	last      bool  // no step of the approval chain is left after this one
	returning error // a line or the comment says what to mend

	waived []models.FieldError // findings of the gate that the office let pass
}

func revisionRule(name string, check func(revisionFacts) error) machine.Rule[revisionFacts] {
	return machine.Rule[revisionFacts]{Name: name, Check: check}
}

var (
	ruleReviewer = revisionRule("it is this reviewer's turn; never the submitter, never the same person twice", func(f revisionFacts) error { return f.reviewer })
	ruleSettled  = revisionRule("no line is returned", func(f revisionFacts) error { return f.undecided })
	ruleLinked   = revisionRule("every line serves a benchmark or outcome", func(f revisionFacts) error { return f.linked })
	ruleOpen     = revisionRule("the grant year is open", func(f revisionFacts) error { return f.open })
	moreSteps    = revisionRule("a step of the approval chain is left", func(f revisionFacts) error {
		if f.last {
			return errNotChosen
		}
		return nil
	})
	lastStep = revisionRule("this is the last step of the approval chain", func(f revisionFacts) error {
		if !f.last {
			return errNotChosen
		}
		return nil
	})
)

var errNotChosen = models.Fail(models.Conflict, "step.not_chosen", "another step applies")

// Revisions is the life of an application's original and of its amendments.
var Revisions = machine.Table[revisionFacts]{
	Document: "revision",
	States: []machine.State{
		{Name: "draft", Means: "Being written by the district; every save is kept."},
		{Name: "submitted", Means: "Locked; waiting for the first review."},
		{Name: "in_review", Means: "Approved at one step at least; waiting for the next."},
		{Name: "returned", Means: "Modifications required: the district mends it and submits again."},
		{Name: "approved", Means: "Decided. The latest approved revision is in force; none ever changes.", Final: true},
		{Name: "denied", Means: "Decided: not funded.", Final: true},
		{Name: "withdrawn", Means: "Taken back by the district.", Final: true},
	},
	Transitions: []machine.Transition[revisionFacts]{
		{On: "create", To: "draft", Roles: district, Means: "Start the application, or an amendment of the revision in force."},
		{On: "submit", From: from(StatusDraft, StatusReturned), To: "submitted", Roles: official, Rules: []machine.Rule[revisionFacts]{
			ruleOpen,
			revisionRule("an amendment has a reason and a change", func(f revisionFacts) error { return f.reason }),
			revisionRule("the window is open, or the revision was returned", func(f revisionFacts) error { return f.window }),
			revisionRule("the eligibility gate is passed", func(f revisionFacts) error { return f.gate }),
			revisionRule("every line passes its checks", func(f revisionFacts) error { return f.lines }),
			revisionRule("fits the allocation and what is spent", func(f revisionFacts) error { return f.fits }),
		}, Notify: "reviewers of the first step", Means: "Sign and hand in; the content is locked."},
		{On: "approve", From: from(StatusSubmitted, StatusInReview), To: "in_review", Roles: reviewers, When: &moreSteps,
			Rules: []machine.Rule[revisionFacts]{ruleReviewer, ruleOpen, ruleSettled, ruleLinked}, Notify: "reviewers of the next step", Means: "Approve this step."},
		{On: "approve", From: from(StatusSubmitted, StatusInReview), To: "approved", Roles: reviewers, When: &lastStep,
			Rules: []machine.Rule[revisionFacts]{ruleReviewer, ruleOpen, ruleSettled, ruleLinked,
				revisionRule("fits the allocation and what is spent", func(f revisionFacts) error { return f.fits }),
			}, Notify: "authorized officials, preparers", Means: "Approve finally and put in force."},
		{On: "return", From: from(StatusSubmitted, StatusInReview), To: "returned", Roles: reviewers,
			Rules:  []machine.Rule[revisionFacts]{ruleReviewer, revisionRule("a line or the comment says what to mend", func(f revisionFacts) error { return f.returning })},
			Notify: "authorized officials, preparers", Means: "Ask for modifications."},
		{On: "deny", From: from(StatusSubmitted, StatusInReview), To: "denied", Roles: roleNames(models.RoleFiscalReviewer, models.RoleManager), Comment: true,
			Rules: []machine.Rule[revisionFacts]{ruleReviewer}, Notify: "authorized officials, preparers", Means: "Refuse the revision as a whole."},
		{On: "withdraw", From: from(StatusDraft, StatusSubmitted, StatusInReview, StatusReturned), To: "withdrawn", Roles: official, Comment: true,
			Notify: "reviewers", Means: "Take the revision back."},
	},
}

// Applications is the life of an application; its revisions drive it.
var Applications = machine.Table[none]{
	Document: "application",
	States: []machine.State{
		{Name: "open", Means: "No revision is approved yet."},
		{Name: "in_force", Means: "A revision is approved; money may be spent and reported.", Final: true},
	},
	Transitions: []machine.Transition[none]{
		{On: "create", To: "open", Roles: district, Means: "Start applying."},
		{On: "take_force", From: from(StatusOpen), To: "in_force", Roles: append(reviewers, string(models.RoleSystem)), Means: "Happens when the first revision is approved."},
	},
}

// Payments is the life of a payment.
var Payments = machine.Table[none]{
	Document: "payment",
	States: []machine.State{
		{Name: "expected", Means: "The award will be paid with the State Aid payment of that date."},
		{Name: "paid", Means: "Recorded as paid.", Final: true},
		{Name: "cancelled", Means: "Will not be paid.", Final: true},
	},
	Transitions: []machine.Transition[none]{
		{On: "expect", To: "expected", Roles: append(reviewers, string(models.RoleSystem)), Means: "Happens when a revision takes force."},
		{On: "return", To: "paid", Roles: rolesOf(RecordPayment), Notify: "authorized officials, preparers", Means: "Record money that came back: a payment below 0."},
		{On: "record", From: from(StatusExpected), To: "paid", Roles: rolesOf(RecordPayment), Notify: "authorized officials, preparers", Means: "Record the actual payment."},
		{On: "cancel", From: from(StatusExpected), To: "cancelled", Roles: rolesOf(RecordPayment), Comment: true, Means: "Say that it will not be paid."},
	},
}

// ImportExceptions is the life of an imported row that could not be posted.
var ImportExceptions = machine.Table[none]{
	Document: "import_exception",
	States: []machine.State{
		{Name: "open", Means: "Nobody has decided yet."},
		{Name: "matched", Means: "Posted on a line that a person chose.", Final: true},
		{Name: "dismissed", Means: "Does not belong to this grant.", Final: true},
	},
	Transitions: []machine.Transition[none]{
		{On: "import", To: "open", Roles: rolesOf(PostExpenditure), Means: "A row that matches no line, several, or would pass a limit."},
		{On: "match", From: from(StatusOpen), To: "matched", Roles: rolesOf(ResolveException), Means: "Post the row on a line."},
		{On: "dismiss", From: from(StatusOpen), To: "dismissed", Roles: rolesOf(ResolveException), Comment: true, Means: "Set the row aside."},
	},
}

// Flags is the life of a compliance finding.
var Flags = machine.Table[none]{
	Document: "flag",
	States: []machine.State{
		{Name: "open", Means: "Found by the night; somebody should act."},
		{Name: "acknowledged", Means: "Somebody replied; the finding still holds."},
		{Name: "waived", Means: "Accepted until a date."},
		{Name: "resolved", Means: "The night found it gone.", Final: true},
	},
	Transitions: []machine.Transition[none]{
		{On: "open", To: "open", Roles: system, Notify: "the roles that the rule names", Means: "The night finds it."},
		{On: "acknowledge", From: from(StatusOpen), To: "acknowledged", Roles: rolesOf(AcknowledgeFlag), Comment: true, Means: "Reply to the finding."},
		{On: "waive", From: from(StatusOpen, StatusAcknowledged), To: "waived", Roles: rolesOf(WaiveFlag), Comment: true, Notify: "authorized officials, preparers", Means: "Accept it until a date."},
		{On: "worsen", From: from(StatusOpen, StatusAcknowledged), To: "open", Roles: system, Notify: "the roles that the rule names", Means: "The night finds it clearly worse."},
		{On: "reopen", From: from(StatusWaived), To: "open", Roles: system, Notify: "the roles that the rule names", Means: "The waiver is over and it still holds."},
		{On: "resolve", From: from(StatusOpen, StatusAcknowledged, StatusWaived), To: "resolved", Roles: system, Notify: "the roles that the rule names", Means: "The night finds it gone."},
	},
}

// Users is the life of an account.
var Users = machine.Table[none]{
	Document: "user",
	States: []machine.State{
		{Name: "active", Means: "May sign in."},
		{Name: "disabled", Means: "May not; sessions and tokens are ended."},
	},
	Transitions: []machine.Transition[none]{
		{On: "create", To: "active", Roles: rolesOf(ManagePeople), Means: "Give somebody an account."},
		{On: "disable", From: from(StatusActive), To: "disabled", Roles: rolesOf(ManagePeople), Comment: true, Means: "End the access."},
		{On: "enable", From: from(StatusDisabled), To: "active", Roles: rolesOf(ManagePeople), Means: "Give the access back."},
	},
}

// StateTable is a table without the type of its facts.
type StateTable interface {
	Validate() error
	Markdown() string
	Describe() machine.Description
	Names() []string
	Events() []string
}

// StateTables are all tables, for the manual and the checks.
func StateTables() []StateTable {
	return []StateTable{GrantYears, AllocationRuns, Scenarios, DeterminationRuns, Agreements, TermDecisions, Applications, Revisions, BudgetForms, Payments, Commitments, Drawdowns, ImportExceptions, YearEndReports, AllocationReleases, Flags, Records, Scoresheets, Users, Meetings, Delegations, UnlockRequests}
}
