package web

import (
	"slices"

	"earmark/models"
)

// NavGroup is a part of the navigation.
type NavGroup struct {
	Title string
	Links []Link
}

// entry is a page of the navigation and for whom it is useful. It hides nothing: who may
// see a page is decided by the page's read.
type entry struct {
	group, text, path string
	roles             []models.Role // nil: everybody
}

var (
	officeRoles = []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE, models.RoleAuditor, models.RoleAdministrator}
	moneyRoles  = []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE, models.RoleAuditor}
	reviewRoles = []models.Role{models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAuditor, models.RoleBodyMember}
	trailRoles  = []models.Role{models.RoleAdministrator, models.RoleAuditor}
	adminRoles  = []models.Role{models.RoleAdministrator, models.RoleManager, models.RoleAuditor}
)

// entries is the navigation, in its order. Add a row with a page.
var entries = []entry{
	{"", "Home", "/", nil},
	{"", "Due dates", "/due_items", nil},
	{"", "Districts and schools", "/organizations", officeRoles},
	{"Money", "Allocations", "/allocations", nil},
	{"Review", "Review queue", "/review_queue", reviewRoles},
	{"Review", "Requests to unlock", "/unlock_requests", nil},
	{"Review", "Score sheets", "/scoresheets", []models.Role{models.RoleReviewer, models.RoleAnalyst, models.RoleManager}},
	{"Review", "Results of the panels", "/panel_results", []models.Role{models.RoleReviewer, models.RoleAnalyst, models.RoleManager}},
	{"Review", "Reasons for returns", "/return_reasons", officeRoles},
	{"Watch", "Flags", "/flags?status=standing", nil},
	{"Watch", "Utilization", "/utilizations", moneyRoles},
	{"Watch", "Lapse forecast", "/lapse_forecast", moneyRoles},
	{"Watch", "Reports", "/reports", nil},
	{"Agreements and targets", "Agreements", "/agreements", nil},
	{"Money", "Applications", "/applications", nil},
	{"Money", "Expenditures", "/expenditures", nil},
	{"Money", "Reports of periods", "/period_reports", nil},
	{"Money", "Ledger files", "/expenditure_imports", nil},
	{"Money", "Exceptions", "/import_exceptions?status=open", nil},
	{"Money", "Payments", "/payments", nil},
	{"Money", "Year-end reports", "/year_end_reports", nil},
	{"Money", "Reconciliation", "/reconciliations", nil},
	{"Money", "Released allocations", "/allocation_releases", moneyRoles},
	{"Money", "Allocations after releases", "/allocation_standings", moneyRoles},
	{"Money", "Commitments", "/commitments", nil},
	{"Money", "Payees", "/payees", moneyRoles},
	{"Allocation", "Allocation runs", "/allocation_runs", moneyRoles},
	{"Allocation", "Scenarios", "/scenarios", moneyRoles},
	{"Allocation", "Compare allocations", "/allocation_comparison", moneyRoles},
	{"Allocation", "Facts", "/fact_summaries", officeRoles},
	{"Allocation", "Determinations", "/determinations", officeRoles},
	{"Allocation", "Results of determinations", "/determination_results", officeRoles},
	{"Money", "Earlier funding", "/prior_fundings", moneyRoles},
	{"Agreements and targets", "Results of measures", "/measure_results", moneyRoles},
	{"Programs", "Programs", "/programs", nil},
	{"Programs", "Grant years", "/grant_years", nil},
	{"Agreements and targets", "Where targets stand", "/target_standings", nil},
	{"Agreements and targets", "Results of targets", "/target_results", nil},
	{"Agreements and targets", "Line of sight", "/lines_of_sight", nil},
	{"Agreements and targets", "Worksheets", "/worksheet_standings", nil},
	{"Administration", "People", "/users", []models.Role{models.RoleAdministrator, models.RoleManager}},
	{"Administration", "Delegations", "/delegations", nil},
	{"Administration", "Jobs", "/jobs", adminRoles},
	{"Administration", "Mails", "/mails", adminRoles},
	{"Administration", "Audit trail", "/audit_events", trailRoles},
	{"Administration", "Settings", "/settings", []models.Role{models.RoleAdministrator, models.RoleAuditor}},
	{"Agreements and targets", "Documents", "/records", nil},
	{"Agreements and targets", "Meetings", "/meetings", nil},
	{"Agreements and targets", "Actions", "/meeting_actions", nil},
	{"Agreements and targets", "Tiers of support", "/support_assignments", nil},
	{"Agreements and targets", "Measures", "/measure_standings", nil},
	{"Money", "Drawdowns", "/drawdowns", nil},
	{"Money", "Budget forms", "/budget_forms", nil},
	{"Agreements and targets", "Work of the liaisons", "/liaison_loads", officeRoles},
	{"Agreements and targets", "Progress of agreements", "/agreement_progress", officeRoles},
	{"Agreements and targets", "Decisions at the end of a term", "/term_decisions", officeRoles},
}

// navigation is what this reader's roles make useful.
func (r *request) navigation(section string) []NavGroup {
	var groups []NavGroup
	for _, e := range entries {
		if e.roles != nil && !r.who.Has(e.roles...) {
			continue
		}
		title := ""
		if e.group != "" {
			title = r.t(e.group)
		}
		at := slices.IndexFunc(groups, func(g NavGroup) bool { return g.Title == title })
		if at < 0 {
			groups, at = append(groups, NavGroup{Title: title}), len(groups)
		}
		groups[at].Links = append(groups[at].Links, Link{Text: r.t(e.text), Href: e.path, Current: e.path == section})
	}
	return groups
}
