package app

import (
	"fmt"
	"slices"
	"strings"

	"earmark/auth"
	"earmark/models"
	"earmark/workflow"
)

// singleSignOn is nil when no provider is configured.
func (c *Config) singleSignOn() *auth.SingleSignOn {
	return auth.NewSingleSignOn(auth.SingleSignOnConfig{Issuer: c.OIDCIssuer, ClientID: c.OIDCClientID, ClientSecret: c.OIDCClientSecret, Name: c.OIDCName,
		RedirectURL: strings.TrimSuffix(c.PublicURL, "/") + "/single-sign-on/callback", GroupsClaim: c.OIDCGroups, OrganizationClaim: c.OIDCOrganization, Now: c.Now})
}

// identityRules reads OIDC_ROLES: group=role,group=role.
func (c *Config) identityRules() (workflow.IdentityRules, error) {
	rules := workflow.IdentityRules{Create: c.OIDCCreate}
	for _, pair := range strings.Split(c.OIDCRoles, ",") {
		if pair = strings.TrimSpace(pair); pair == "" {
			continue
		}
		at := strings.LastIndex(pair, "=")
		if at < 1 {
			return rules, fmt.Errorf("OIDC_ROLES: %q is not of the form group=role", pair)
		}
		role := models.Role(pair[at+1:])
		if !slices.Contains(models.Roles, role) || role == models.RoleBodyMember {
			return rules, fmt.Errorf("OIDC_ROLES: there is no role %q that a group can give", role)
		}
		if rules.Roles == nil {
			rules.Roles = map[string][]models.Role{}
		}
		rules.Roles[pair[:at]] = append(rules.Roles[pair[:at]], role)
	}
	return rules, nil
}
