package workflow

import (
	"slices"
	"strings"
	"testing"

	"earmark/models"
)

// rightsOf is the whole of what each role may do, written a second time by hand: a row
// added to the table by mistake fails here.
var rightsOf = map[models.Role]string{
	models.RoleReviewer:           "read_documents read_audit manage_own_account delegate_role score_application read_scoresheets",
	models.RoleBodyMember:         "read_documents read_audit manage_own_account delegate_role",
	models.RolePreparer:           "read_bundle edit_agreement_plan edit_year_end_report attach_files request_unlock edit_budget report_measure write_record edit_commitment read_documents read_audit manage_own_account delegate_role edit_application post_expenditure resolve_exception report_period complete_due_item acknowledge_flag",
	models.RoleAuthorizedOfficial: "read_bundle edit_agreement_plan edit_year_end_report release_allocation attach_files request_unlock edit_budget report_measure write_record edit_commitment read_documents read_audit manage_own_account delegate_role edit_application post_expenditure resolve_exception report_period complete_due_item acknowledge_flag",
	models.RolePAL:                "edit_agreement_plan attach_files read_scoresheets write_record read_documents read_audit manage_own_account delegate_role read_allocation_runs manage_agreements open_exception complete_due_item acknowledge_flag",
	models.RoleFiscalReviewer:     "review_year_end_report attach_files hold_drawdown read_scoresheets write_record manage_payees read_documents read_audit manage_own_account delegate_role read_allocation_runs record_payment resolve_exception complete_due_item acknowledge_flag waive_flag",
	models.RoleManager: "read_bundle edit_agreement_plan review_year_end_report release_allocation attach_files draft_term_decision hold_drawdown manage_panel override_record read_scoresheets write_record manage_payees read_documents read_audit manage_own_account delegate_role read_people assign_pal manage_grant_years publish_allocation publish_determinations manage_scenarios rehearse_rules read_allocation_runs manage_agreements " +
		"retire_target override_gate open_exception record_payment complete_due_item acknowledge_flag waive_flag read_jobs read_mails",
	models.RoleAnalyst:       "attach_files manage_panel read_scoresheets report_program_measure write_record manage_payees read_documents read_audit manage_own_account delegate_role import_facts manage_grant_years run_allocation run_determinations manage_scenarios rehearse_rules read_allocation_runs",
	models.RoleARE:           "edit_agreement_plan attach_files draft_term_decision read_scoresheets report_measure report_program_measure write_record read_documents read_audit manage_own_account delegate_role read_allocation_runs manage_agreements",
	models.RoleAuditor:       "read_bundle read_scoresheets read_documents read_audit manage_own_account read_people read_allocation_runs read_jobs read_mails",
	models.RoleAdministrator: "read_scoresheets read_documents read_audit manage_own_account delegate_role manage_people read_people assign_pal read_allocation_runs run_jobs read_jobs read_mails",
	models.RoleSystem: "read_bundle edit_agreement_plan attach_files manage_panel read_scoresheets write_record manage_payees read_documents read_audit manage_people read_people import_facts manage_grant_years run_allocation publish_allocation run_determinations publish_determinations manage_scenarios rehearse_rules read_allocation_runs " +
		"manage_agreements record_payment run_jobs read_jobs read_mails",
}

func TestEveryRoleHasExactlyItsRights(t *testing.T) {
	t.Parallel()
	const home, away = "district-1", "district-2"
	for role, words := range rightsOf {
		rights := strings.Fields(words)
		who := models.Actor{UserID: "u", Roles: []models.Grant{{Role: role}}}
		if role.DistrictRole() {
			who.Roles[0].OrganizationID = home
		}
		home := home
		if role == models.RoleReviewer {
			home = "" // sees nothing of a district but what a score sheet shows
		}
		for _, p := range Permissions {
			want := slices.Contains(rights, string(p.Action))
			if got := allow(who, p.Action, home) == nil; got != want {
				t.Errorf("%s %s: %v, want %v", role, p.Action, got, want)
			}
			if err := allow(who, p.Action, away); role.DistrictRole() && models.KindOf(err) != models.NotFound {
				t.Errorf("%s %s of another district: %v, want not found", role, p.Action, err)
			}
			if err := allow(who, p.Action, home); !want && models.KindOf(err) != models.Forbidden {
				t.Errorf("%s %s: %v, want forbidden", role, p.Action, err)
			}
			rights = slices.DeleteFunc(rights, func(r string) bool { return r == string(p.Action) })
		}
		if len(rights) > 0 {
			t.Errorf("%s: no such actions %v", role, rights)
		}
	}
	for _, p := range Permissions {
		if models.KindOf(allow(models.Actor{}, p.Action, "")) != models.Unauthenticated {
			t.Errorf("%s: nobody may", p.Action)
		}
		if p.Means == "" || len(p.Roles) == 0 {
			t.Errorf("%s: incomplete row", p.Action)
		}
	}
}

// What a role may do to a document in each state: every state, every event, every role.
func TestEveryRoleHasExactlyItsSteps(t *testing.T) {
	t.Parallel()
	try := func(document string, states, events []string, step func(state, event string, roles []string) error, rolesOf func(event string) []string) {
		for _, state := range states {
			for _, event := range events {
				for _, role := range append(slices.Clone(models.Roles), models.RoleSystem) {
					err := refuse(step(state, event, []string{string(role)}))
					may := slices.Contains(rolesOf(event), string(role))
					if err == nil && !may {
						t.Errorf("%s: %s could %s from %s", document, role, event, state)
					}
					if kind := models.KindOf(err); err != nil && kind != models.Forbidden && kind != models.Conflict {
						t.Errorf("%s: %s %s from %s: %v", document, role, event, state, err)
					}
				}
			}
		}
	}
	try("user", Users.Names(), Users.Events(), func(state, event string, roles []string) error {
		_, err := Users.Step(state, event, roles, "a reason", none{})
		return err
	}, func(string) []string { return []string{"administrator", "system"} })
	try("revision", Revisions.Names(), Revisions.Events(), func(state, event string, roles []string) error {
		_, err := Revisions.Step(state, event, roles, "a reason", revisionFacts{last: true})
		return err
	}, func(event string) []string {
		switch event {
		case "submit", "withdraw":
			return []string{"authorized_official"}
		case "deny":
			return []string{"fiscal_reviewer", "opd_manager"}
		}
		return []string{"pal", "fiscal_reviewer", "opd_manager", "opd_analyst", "are_analyst", "body_member"} // the chain says which
	})
	try("payment", Payments.Names(), Payments.Events(), func(state, event string, roles []string) error {
		_, err := Payments.Step(state, event, roles, "a reason", none{})
		return err
	}, func(string) []string { return []string{"fiscal_reviewer", "opd_manager", "system"} })
	try("flag", Flags.Names(), Flags.Events(), func(state, event string, roles []string) error {
		_, err := Flags.Step(state, event, roles, "a reason", none{})
		return err
	}, func(event string) []string {
		switch event {
		case "acknowledge":
			return []string{"district_preparer", "authorized_official", "pal", "fiscal_reviewer", "opd_manager"}
		case "waive":
			return []string{"fiscal_reviewer", "opd_manager"}
		}
		return []string{"system"}
	})
	try("allocation run", AllocationRuns.Names(), AllocationRuns.Events(), func(state, event string, roles []string) error {
		_, err := AllocationRuns.Step(state, event, roles, "a reason", none{})
		return err
	}, func(string) []string { return []string{"opd_manager", "system"} })
}

func TestTokensKeepToTheirScopes(t *testing.T) {
	t.Parallel()
	who := models.Actor{UserID: "u", TokenID: "t", Scopes: []string{"read"}, Roles: []models.Grant{{Role: models.RoleManager}}}
	if err := allow(who, ReadDocuments, ""); err != nil {
		t.Error(err)
	}
	refused(t, allow(who, RecordPayment, ""), models.Forbidden, "permission.token_scope")
	if roles := stepRoles(who, ""); len(roles) != 0 {
		t.Errorf("a reading token takes steps as %v", roles)
	}
	who.Scopes = []string{"write"}
	refused(t, allow(who, ReadDocuments, ""), models.Forbidden, "permission.token_scope")
	if roles := stepRoles(who, ""); len(roles) != 1 {
		t.Errorf("steps as %v", roles)
	}
}
