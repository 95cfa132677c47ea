package workflow

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/machine"
)

// Action is something an actor may be allowed to do. Steps of documents are not here:
// their roles stand in the state tables (tables.go).
type Action string

// Permission says who may take an action. District roles count for their own district only.
type Permission struct {
	Action Action
	Means  string
	Roles  []models.Role
}

// The actions.
const (
	ReadDocuments       Action = "read_documents"
	ReadAudit           Action = "read_audit"
	ManagePeople        Action = "manage_people"
	ReadPeople          Action = "read_people"
	ManageOwnAccount    Action = "manage_own_account"
	DelegateRole        Action = "delegate_role"
	RequestUnlock       Action = "request_unlock"
	AssignLiaison       Action = "assign_pal"
	ImportFacts         Action = "import_facts"
	ManageGrantYears    Action = "manage_grant_years"
	RunAllocation       Action = "run_allocation"
	PublishAllocation   Action = "publish_allocation"
	ReadAllocationRuns  Action = "read_allocation_runs"
	ManageScenarios     Action = "manage_scenarios"
	RunRehearsal        Action = "rehearse_rules"
	ManageAgreements    Action = "manage_agreements"
	WriteMeeting        Action = "write_meeting"
	ProposeAgenda       Action = "propose_agenda"
	CompleteAction      Action = "complete_action"
	AssignSupport       Action = "assign_support"
	AssignCohort        Action = "assign_cohort"
	ReadLoads           Action = "read_liaison_loads"
	RetireTarget        Action = "retire_target"
	EditPlan            Action = "edit_agreement_plan"
	WaiveGateFinding    Action = "waive_gate"
	OpenWindow          Action = "open_exception"
	EditApplication     Action = "edit_application"
	EditBudget          Action = "edit_budget"
	RecordPayment       Action = "record_payment"
	ManagePayees        Action = "manage_payees"
	DecideLines         Action = "decide_lines"
	ManageReturnReasons Action = "manage_return_reasons"
	ReadReturnReasons   Action = "read_return_reasons"
	EditCommitment      Action = "edit_commitment"
	PostExpenditure     Action = "post_expenditure"
	ResolveException    Action = "resolve_exception"
	ReportPeriod        Action = "report_period"
	CompleteDueItem     Action = "complete_due_item"
	AcknowledgeFlag     Action = "acknowledge_flag"
	WaiveFlag           Action = "waive_flag"
	WriteRecord         Action = "write_record"
	OverrideRecord      Action = "override_record"
	ManagePanel         Action = "manage_panel"
	ScoreApplication    Action = "score_application"
	ReadScoresheets     Action = "read_scoresheets"
	RunJobs             Action = "run_jobs"
	ReadJobs            Action = "read_jobs"
	ReadMails           Action = "read_mails"
	AttachFiles         Action = "attach_files"
	ReadBundle          Action = "read_bundle"

	ReadSettings         Action = "read_settings"
	ReadStateReports     Action = "read_state_reports"
	ReportMeasure        Action = "report_measure"
	ReportProgramMeasure Action = "report_program_measure"
	HoldDrawdown         Action = "hold_drawdown"
	EditYearEnd          Action = "edit_year_end_report"
	ReviewYearEnd        Action = "review_year_end_report"
	ReleaseAllocation    Action = "release_allocation"
)

var (
	districtRoles = []models.Role{models.RolePreparer, models.RoleAuthorizedOfficial}
	officeRoles   = []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst,
		models.RoleARE, models.RoleAuditor, models.RoleAdministrator, models.RoleSystem}
	// recordOffice are those of the office that write records.
	recordOffice = []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE, models.RoleSystem}
	// Members of bodies see what they decide on, and change nothing else.
	everyone = append(append(slices.Clone(districtRoles), models.RoleBodyMember, models.RoleReviewer), officeRoles...)
)

// Permissions is the table of who may do what.
var Permissions = []Permission{
	{ReadDocuments, "read organizations, allocations, agreements, applications, payments, expenditures, flags; a district its own", everyone},
	{ReadAudit, "read the audit trail; a district that of its own documents", everyone},
	{ManagePeople, "create and disable users, give and take roles, reset passwords, end sessions and API tokens", []models.Role{models.RoleAdministrator, models.RoleSystem}},
	{ReadPeople, "read users and their roles; everybody reads their own", []models.Role{models.RoleManager, models.RoleAuditor, models.RoleAdministrator, models.RoleSystem}},
	{ManageOwnAccount, "change the own password, end own sessions, make and revoke own API tokens", slices.DeleteFunc(slices.Clone(everyone), func(r models.Role) bool { return r == models.RoleSystem })},
	{DelegateRole, "let another person act with an own role for some days, name a backup; an administrator anybody's; declare an absence", slices.DeleteFunc(slices.Clone(everyone), func(r models.Role) bool { return r == models.RoleSystem || r == models.RoleAuditor })},
	{RequestUnlock, "ask the office to open something locked of the own organization", districtRoles},
	{AssignLiaison, "assign a liaison to a district", []models.Role{models.RoleManager, models.RoleAdministrator}},
	{ImportFacts, "import organizations and facts", []models.Role{models.RoleAnalyst, models.RoleSystem}},
	{ManageGrantYears, "open and close grant years and set their parameters", []models.Role{models.RoleAnalyst, models.RoleManager, models.RoleSystem}},
	{RunAllocation, "run the formula over facts", []models.Role{models.RoleAnalyst, models.RoleSystem}},
	{PublishAllocation, "publish an allocation run", []models.Role{models.RoleManager, models.RoleSystem}},
	{ManageScenarios, "try out parameters and facts in scenarios", []models.Role{models.RoleAnalyst, models.RoleManager, models.RoleSystem}},
	{RunRehearsal, "replay a changed definition over the applications of a grant year, storing nothing", []models.Role{models.RoleAnalyst, models.RoleManager, models.RoleSystem}},
	{ReadAllocationRuns, "read allocation runs and scenarios, draft ones too", []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE, models.RoleAuditor, models.RoleAdministrator, models.RoleSystem}},
	{ReadStateReports, "read reports about the whole state, such as the annual report to the legislature", []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE, models.RoleAuditor, models.RoleAdministrator, models.RoleSystem}},
	{RunDeterminations, "apply the determinations of a program to facts", []models.Role{models.RoleAnalyst, models.RoleSystem}},
	{PublishDeterminations, "publish a determination run", []models.Role{models.RoleManager, models.RoleSystem}},
	{ManageAgreements, "draft agreements with their goals and targets", []models.Role{models.RolePAL, models.RoleManager, models.RoleARE, models.RoleSystem}},
	{DraftTermDecision, "work out what follows when the term of an agreement is over", []models.Role{models.RoleARE, models.RoleManager}},
	{AssignCohort, "make the draft agreements of a cohort from an identification cycle", []models.Role{models.RoleManager, models.RoleARE, models.RoleSystem}},
	{WriteMeeting, "plan meetings, write their notes and actions", []models.Role{models.RolePAL, models.RoleManager, models.RoleSystem}},
	{ProposeAgenda, "propose an item for the agenda of a meeting", append(slices.Clone(districtRoles), models.RolePAL, models.RoleManager)},
	{CompleteAction, "say that an action of one's own is done", append(slices.Clone(districtRoles), models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE)},
	{AssignSupport, "say which tier of support a district has", []models.Role{models.RolePAL, models.RoleManager, models.RoleSystem}},
	{ReadLoads, "read what every liaison has in hand", []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE, models.RoleAuditor, models.RoleAdministrator, models.RoleSystem}},
	{EditPlan, "write strategies and activities of an agreement; a district its own", append(slices.Clone(districtRoles), models.RolePAL, models.RoleManager, models.RoleARE, models.RoleSystem)},
	{RetireTarget, "end a target of a signed agreement, with a reason", []models.Role{models.RoleManager}},
	{WaiveGateFinding, "waive one finding of the gate for one application, with a reason, or take that back", []models.Role{models.RoleManager}},
	{OpenWindow, "open a submission window for one application", []models.Role{models.RoleManager, models.RolePAL}},
	{EditApplication, "write line items and amendments of the own district", districtRoles},
	{EditBudget, "write budget forms of the own organization", districtRoles},
	{RecordPayment, "record what was paid, and what a recipient returned", []models.Role{models.RoleFiscalReviewer, models.RoleManager, models.RoleSystem}},
	{DecideLines, "decide lines of a revision under review, when it is one's turn", append(slices.Clone(approvalRoles), models.RoleBodyMember)},
	{ManageReturnReasons, "keep the list of reasons that reviewers pick when they return or deny a line", []models.Role{models.RoleManager, models.RoleSystem}},
	{ReadReturnReasons, "read the list of reasons for returns", officeRoles},
	{ManagePayees, "keep the list of payees, and lists of what they had in earlier years", []models.Role{models.RoleAnalyst, models.RoleFiscalReviewer, models.RoleManager, models.RoleSystem}},
	{EditCommitment, "write commitments of the own organization", districtRoles},
	{PostExpenditure, "post, reverse and import spending of the own district", districtRoles},
	{ResolveException, "match or dismiss rows of an import", append(slices.Clone(districtRoles), models.RoleFiscalReviewer)},
	{ReportPeriod, "report that a period's spending is complete, or that nothing was spent", districtRoles},
	{CompleteDueItem, "mark something due as done", append(slices.Clone(districtRoles), models.RolePAL, models.RoleFiscalReviewer, models.RoleManager)},
	{ReportMeasure, "report and correct results of measures of the own district", append(slices.Clone(districtRoles), models.RoleARE)},
	{ReportProgramMeasure, "report and correct results of measures of a whole program", []models.Role{models.RoleAnalyst, models.RoleARE}},
	{ReportTargetResult, "report and correct what was measured of targets of agreements; a district its own", append(slices.Clone(districtRoles), models.RolePAL, models.RoleARE)},
	{HoldDrawdown, "hold a drawdown, lift the hold and release it", []models.Role{models.RoleFiscalReviewer, models.RoleManager}},
	{EditYearEnd, "write year-end reports of the own district; who certifies one did not write it", districtRoles},
	{ReviewYearEnd, "accept or return a year-end report", []models.Role{models.RoleFiscalReviewer, models.RoleManager}},
	{ReleaseAllocation, "give up allocated money that is not approved, paid or spent; a district its own", []models.Role{models.RoleAuthorizedOfficial, models.RoleManager}},
	{AcknowledgeFlag, "reply to a flag", append(slices.Clone(districtRoles), models.RolePAL, models.RoleFiscalReviewer, models.RoleManager)},
	{WaiveFlag, "waive a flag until a date, with a reason", []models.Role{models.RoleFiscalReviewer, models.RoleManager}},
	{WriteRecord, "write records of the program's kinds and mark their checklists; a recipient its own, of the kinds that recipients write", append(slices.Clone(districtRoles), recordOffice...)},
	{OverrideRecord, "let a record pass although a check does not hold, with a reason", []models.Role{models.RoleManager}},
	{ManagePanel, "ask reviewers to score applications of a competition", []models.Role{models.RoleAnalyst, models.RoleManager, models.RoleSystem}},
	{ScoreApplication, "write, submit and step back from score sheets of one's own", []models.Role{models.RoleReviewer}},
	{ReadScoresheets, "read score sheets and results of panels; a reviewer the own sheets, those of the same panel once all are in", []models.Role{models.RoleReviewer, models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE, models.RoleAuditor, models.RoleAdministrator, models.RoleSystem}},
	{RunJobs, "run a job for a date", []models.Role{models.RoleAdministrator, models.RoleSystem}},
	{ReadJobs, "read the runs of jobs", []models.Role{models.RoleAdministrator, models.RoleAuditor, models.RoleManager, models.RoleSystem}},
	{ReadSettings, "read how the server is set up, without secrets", []models.Role{models.RoleAdministrator, models.RoleAuditor, models.RoleSystem}},
	{ReadBundle, "read everything of a district and grant year as one auditor bundle; a district its own", append(slices.Clone(districtRoles), models.RoleAuditor, models.RoleManager, models.RoleSystem)},
	{AttachFiles, "attach evidence files to documents and withdraw them; a district to its own, and only what it handed in", append(slices.Clone(districtRoles), recordOffice...)},
	{ReadMails, "read the mails of everybody", []models.Role{models.RoleAdministrator, models.RoleAuditor, models.RoleManager, models.RoleSystem}},
}

func rolesFor(a Action) []models.Role {
	for _, p := range Permissions {
		if p.Action == a {
			return p.Roles
		}
	}
	panic("workflow: no permission row for " + string(a))
}

// scope is what the actor may see: the office everything, a district its own.
func scope(who models.Actor) store.Scope {
	if who.Has(officeRoles...) {
		return store.Scope{All: true}
	}
	return store.Scope{Organizations: who.Districts()}
}

// admit is how a command begins that is about no organization in particular, and every
// list: first who asks, then what.
func (s *Service) admit(who models.Actor, a Action, in any) error {
	if err := allow(who, a, ""); err != nil {
		return err
	}
	return s.check(in)
}

// allow answers nil when the actor may take the action on a document of the organization
// ("" for the office's own documents). A document the actor may not even see is NotFound.
func allow(who models.Actor, a Action, organizationID string) error {
	if who.UserID == "" {
		return models.Fail(models.Unauthenticated, "sign_in_required", "Sign in or send an API token.")
	}
	if organizationID != "" && !scope(who).Sees(organizationID) {
		return notFound()
	}
	if len(who.Scopes) > 0 && !slices.Contains(who.Scopes, scopeOf(a)) {
		return models.Fail(models.Forbidden, "permission.token_scope", "This API token does not have the scope %q.", scopeOf(a))
	}
	roles := rolesFor(a)
	if g, ok := firstGrant(who, func(g models.Grant) bool {
		return slices.Contains(roles, g.Role) && (!g.Role.DistrictRole() || organizationID == "" || g.OrganizationID == organizationID)
	}); ok {
		who.ActBy(g)
		return nil
	}
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = r.Title()
	}
	return models.Fail(models.Forbidden, "permission.role", "To %s you need the role %s.", words(string(a)), strings.Join(names, " or "))
}

func scopeOf(a Action) string {
	if strings.HasPrefix(string(a), "read_") {
		return "read"
	}
	return "write"
}

// stepRoles are the actor's roles that count for a step on a document of the organization,
// as the state tables name them.
func stepRoles(who models.Actor, organizationID string) []string {
	var roles []string
	if len(who.Scopes) > 0 && !slices.Contains(who.Scopes, "write") {
		return nil
	}
	for _, g := range who.Roles {
		if !g.Role.DistrictRole() || g.OrganizationID == organizationID {
			roles = append(roles, string(g.Role))
		}
	}
	return roles
}

// firstGrant is the actor's first role that fits: an own one rather than a delegated one.
func firstGrant(who models.Actor, fits func(models.Grant) bool) (models.Grant, bool) {
	for _, delegated := range []bool{false, true} {
		for _, g := range who.Roles {
			if g.Delegated() == delegated && fits(g) {
				return g, true
			}
		}
	}
	return models.Grant{}, false
}

// persons are the actor and, where only a delegated role fits, whose role it is: neither
// decides again on what the other did (see approval.Chain.Authority).
func persons(who models.Actor, roles []string, organizationID string) []string {
	g, ok := firstGrant(who, func(g models.Grant) bool {
		return slices.Contains(roles, string(g.Role)) && (!g.Role.DistrictRole() || g.OrganizationID == organizationID)
	})
	if !ok {
		return []string{who.UserID}
	}
	return who.Persons(g)
}

// tookPart reports whether one of the persons took one of the actions on a document, or
// another person did with that one's role.
func tookPart(r store.Reading, doc models.Document, persons []string, actions ...string) (bool, error) {
	for _, column := range []string{"actor_id", "on_behalf_of"} {
		n, err := store.Count[models.AuditEvent](r, store.Eq{"document_kind": doc.Kind(), "document_id": doc.Base().ID, column: persons, "action": actions})
		if err != nil || n > 0 {
			return n > 0, err
		}
	}
	return false, nil
}

// take is how every command takes a step: the table says whether, and the role that made it
// possible is noted, so that the audit trail can tell of a delegated one.
func take[F any](t machine.Table[F], state models.State, on string, who models.Actor, organizationID, comment string, facts F) (machine.Transition[F], error) {
	step, err := t.Step(string(state), on, stepRoles(who, organizationID), comment, facts)
	if err != nil {
		return step, err
	}
	if g, ok := firstGrant(who, func(g models.Grant) bool {
		return slices.Contains(step.Roles, string(g.Role)) && (!g.Role.DistrictRole() || g.OrganizationID == organizationID)
	}); ok {
		who.ActBy(g)
	}
	return step, nil
}

func roleNames(roles ...models.Role) []string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return names
}

// PermissionMatrix renders actions x roles for docs/generated/permissions.md.
func PermissionMatrix() string {
	var b strings.Builder
	b.WriteString("| action | means |")
	for _, r := range models.Roles {
		fmt.Fprintf(&b, " %s |", r.Title())
	}
	b.WriteString("\n| --- | --- |" + strings.Repeat(" :-: |", len(models.Roles)) + "\n")
	for _, p := range Permissions {
		fmt.Fprintf(&b, "| %s | %s |", p.Action, p.Means)
		for _, r := range models.Roles {
			mark := " "
			if slices.Contains(p.Roles, r) {
				mark = "●"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}
