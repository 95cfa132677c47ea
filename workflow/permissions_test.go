package workflow

import (
	"slices"
	"strings"
	"testing"

	"earmark/models"
)

// whoMay is who may take each action, written a second time by hand: a row or a role added
// to the table by mistake fails here.
var whoMay = map[Action]string{
	"read_documents":         "district_preparer authorized_official body_member reviewer pal fiscal_reviewer opd_manager opd_analyst are_analyst auditor administrator system",
	"read_audit":             "district_preparer authorized_official body_member reviewer pal fiscal_reviewer opd_manager opd_analyst are_analyst auditor administrator system",
	"manage_people":          "administrator system",
	"read_people":            "opd_manager auditor administrator system",
	"manage_own_account":     "district_preparer authorized_official body_member reviewer pal fiscal_reviewer opd_manager opd_analyst are_analyst auditor administrator",
	"delegate_role":          "district_preparer authorized_official body_member reviewer pal fiscal_reviewer opd_manager opd_analyst are_analyst administrator",
	"request_unlock":         "district_preparer authorized_official",
	"assign_pal":             "opd_manager administrator",
	"decide_lines":           "body_member pal fiscal_reviewer opd_manager opd_analyst are_analyst",
	"manage_return_reasons":  "opd_manager system",
	"read_return_reasons":    "pal fiscal_reviewer opd_manager opd_analyst are_analyst auditor administrator system",
	"read_settings":          "auditor administrator system",
	"import_facts":           "opd_analyst system",
	"manage_grant_years":     "opd_manager opd_analyst system",
	"run_allocation":         "opd_analyst system",
	"publish_allocation":     "opd_manager system",
	"manage_scenarios":       "opd_manager opd_analyst system",
	"rehearse_rules":         "opd_manager opd_analyst system",
	"read_allocation_runs":   "pal fiscal_reviewer opd_manager opd_analyst are_analyst auditor administrator system",
	"read_state_reports":     "pal fiscal_reviewer opd_manager opd_analyst are_analyst auditor administrator system",
	"run_determinations":     "opd_analyst system",
	"publish_determinations": "opd_manager system",
	"manage_agreements":      "pal opd_manager are_analyst system",
	"draft_term_decision":    "opd_manager are_analyst",
	"assign_cohort":          "opd_manager are_analyst system",
	"write_meeting":          "pal opd_manager system",
	"propose_agenda":         "district_preparer authorized_official pal opd_manager",
	"complete_action":        "district_preparer authorized_official pal fiscal_reviewer opd_manager opd_analyst are_analyst",
	"assign_support":         "pal opd_manager system",
	"read_liaison_loads":     "pal fiscal_reviewer opd_manager opd_analyst are_analyst auditor administrator system",
	"edit_agreement_plan":    "district_preparer authorized_official pal opd_manager are_analyst system",
	"retire_target":          "opd_manager",
	"waive_gate":             "opd_manager",
	"open_exception":         "pal opd_manager",
	"edit_application":       "district_preparer authorized_official",
	"edit_budget":            "district_preparer authorized_official",
	"record_payment":         "fiscal_reviewer opd_manager system",
	"manage_payees":          "fiscal_reviewer opd_manager opd_analyst system",
	"edit_commitment":        "district_preparer authorized_official",
	"post_expenditure":       "district_preparer authorized_official",
	"resolve_exception":      "district_preparer authorized_official fiscal_reviewer",
	"report_period":          "district_preparer authorized_official",
	"complete_due_item":      "district_preparer authorized_official pal fiscal_reviewer opd_manager",
	"report_measure":         "district_preparer authorized_official are_analyst",
	"report_program_measure": "opd_analyst are_analyst",
	"report_target_result":   "district_preparer authorized_official pal are_analyst",
	"hold_drawdown":          "fiscal_reviewer opd_manager",
	"edit_year_end_report":   "district_preparer authorized_official",
	"review_year_end_report": "fiscal_reviewer opd_manager",
	"release_allocation":     "authorized_official opd_manager",
	"acknowledge_flag":       "district_preparer authorized_official pal fiscal_reviewer opd_manager",
	"waive_flag":             "fiscal_reviewer opd_manager",
	"write_record":           "district_preparer authorized_official pal fiscal_reviewer opd_manager opd_analyst are_analyst system",
	"override_record":        "opd_manager",
	"manage_panel":           "opd_manager opd_analyst system",
	"score_application":      "reviewer",
	"read_scoresheets":       "reviewer pal fiscal_reviewer opd_manager opd_analyst are_analyst auditor administrator system",
	"run_jobs":               "administrator system",
	"read_jobs":              "opd_manager auditor administrator system",
	"read_bundle":            "district_preparer authorized_official opd_manager auditor system",
	"attach_files":           "district_preparer authorized_official pal fiscal_reviewer opd_manager opd_analyst are_analyst system",
	"read_mails":             "opd_manager auditor administrator system",
}

func TestEveryRoleHasExactlyItsRights(t *testing.T) {
	t.Parallel()
	const home, away = "district-1", "district-2"
	for action := range whoMay {
		if !slices.ContainsFunc(Permissions, func(p Permission) bool { return p.Action == action }) {
			t.Errorf("no such action: %s", action)
		}
	}
	for _, role := range append(slices.Clone(models.Roles), models.RoleSystem) {
		who := models.Actor{UserID: "u", Roles: []models.Grant{{Role: role}}}
		if role.DistrictRole() {
			who.Roles[0].OrganizationID = home
		}
		home := home
		if role == models.RoleReviewer {
			home = "" // sees nothing of a district but what a score sheet shows
		}
		for _, p := range Permissions {
			want := slices.Contains(strings.Fields(whoMay[p.Action]), string(role))
			if got := allow(who, p.Action, home) == nil; got != want {
				t.Errorf("%s %s: %v, want %v", role, p.Action, got, want)
			}
			if err := allow(who, p.Action, away); role.DistrictRole() && models.KindOf(err) != models.NotFound {
				t.Errorf("%s %s of another district: %v, want not found", role, p.Action, err)
			}
			if err := allow(who, p.Action, home); !want && models.KindOf(err) != models.Forbidden {
				t.Errorf("%s %s: %v, want forbidden", role, p.Action, err)
			}
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
