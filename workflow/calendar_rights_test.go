package workflow

import "earmark/models"

// What each role may do about cohorts, meetings and support; see rightsOf.
func init() {
	for role, rights := range map[models.Role]string{
		models.RolePreparer: "propose_agenda complete_action", models.RoleAuthorizedOfficial: "propose_agenda complete_action",
		models.RolePAL:            "write_meeting propose_agenda complete_action assign_support read_liaison_loads",
		models.RoleFiscalReviewer: "complete_action read_liaison_loads",
		models.RoleManager:        "write_meeting propose_agenda complete_action assign_support assign_cohort read_liaison_loads",
		models.RoleAnalyst:        "complete_action read_liaison_loads", models.RoleARE: "complete_action assign_cohort read_liaison_loads",
		models.RoleAuditor: "read_liaison_loads", models.RoleAdministrator: "read_liaison_loads",
		models.RoleSystem: "write_meeting assign_support assign_cohort read_liaison_loads",
	} {
		rightsOf[role] += " " + rights
	}
}
