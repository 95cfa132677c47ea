package app

import (
	"context"
	"fmt"
	"io"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// commandLine is who acts when somebody with access to the machine does: the audit trail
// names the system and the command.
func commandLine(command string) models.Actor {
	who := models.System(command)
	who.RequestID = "cli-" + command
	return who
}

// AddUser makes an account. Roles are written role or role@district-code.
func (a *App) AddUser(ctx context.Context, email, name, password string, roles []string) (workflow.Person, error) {
	who := commandLine("user-add")
	in := workflow.CreateUser{Email: email, Name: name, Password: password}
	for _, r := range roles {
		role, code, _ := strings.Cut(r, "@")
		grant := workflow.RoleGrant{Role: models.Role(role)}
		if code != "" {
			d, err := a.district(ctx, who, code)
			if err != nil {
				return workflow.Person{}, err
			}
			grant.OrganizationID = d.ID
		}
		in.Roles = append(in.Roles, grant)
	}
	return a.Service.CreateUser(ctx, who, in)
}

func (a *App) district(ctx context.Context, who models.Actor, code string) (models.Organization, error) {
	found, err := a.Service.Organizations(ctx, who, workflow.ListOrganizations{Kind: models.KindDistrict, Search: code, Limit: workflow.MaxPage})
	if err != nil {
		return models.Organization{}, err
	}
	for _, o := range found {
		if o.Code == code {
			return o, nil
		}
	}
	return models.Organization{}, fmt.Errorf("there is no district with the code %q", code)
}

// ListUsers writes everybody with their roles.
func (a *App) ListUsers(ctx context.Context, w io.Writer) error {
	in := workflow.ListUsers{Limit: workflow.MaxPage}
	for {
		people, err := a.Service.Users(ctx, commandLine("user-list"), in)
		if err != nil {
			return err
		}
		for _, p := range people {
			var roles []string
			for _, g := range p.Roles {
				roles = append(roles, strings.TrimSuffix(string(g.Role)+"@"+g.OrganizationID, "@"))
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Email, p.Name, p.Status, strings.Join(roles, ","))
			in.After = p.ID
		}
		if len(people) < in.Limit {
			return nil
		}
	}
}

// ResetPassword sets the password of an account and ends its sessions.
func (a *App) ResetPassword(ctx context.Context, email, password string) error {
	who := commandLine("reset-password")
	people, err := a.Service.Users(ctx, who, workflow.ListUsers{Email: email, Limit: 1})
	if err != nil {
		return err
	}
	if len(people) == 0 {
		return fmt.Errorf("there is no account with the address %q", email)
	}
	return a.Service.SetPassword(ctx, who, workflow.SetPassword{UserID: people[0].ID, NewPassword: password})
}

// ImportOrganizations imports a CSV file of organizations, as POST /organization_imports.
func (a *App) ImportOrganizations(ctx context.Context, in workflow.OrganizationFile) (workflow.FactImportReport, error) {
	return a.Service.ImportOrganizations(ctx, commandLine("import-organizations"), in)
}

// ImportFacts imports a CSV file of facts, as POST /fact_imports.
func (a *App) ImportFacts(ctx context.Context, in workflow.FactFile) (workflow.FactImportReport, error) {
	return a.Service.ImportFacts(ctx, commandLine("import-facts"), in)
}

// ImportFile imports a file of organizations, or of facts of a program, and writes what
// it did and every row that is wrong.
func (a *App) ImportFile(ctx context.Context, w io.Writer, content, name string, text []byte, program, source string, year int, dryRun bool) error {
	var r workflow.FactImportReport
	var err error
	if content == "organizations" {
		r, err = a.ImportOrganizations(ctx, workflow.OrganizationFile{Source: source, FileName: name, DryRun: dryRun, Content: text})
	} else {
		r, err = a.ImportFacts(ctx, workflow.FactFile{ProgramCode: program, Year: year, Source: source, FileName: name, DryRun: dryRun, Content: text})
	}
	if err != nil {
		return err
	}
	for _, f := range r.Errors {
		fmt.Fprintf(w, "%s: %s %s\n", f.Pointer, f.Detail, f.Fix)
	}
	fmt.Fprintln(w, r.Message)
	if r.ErrorCount > 0 {
		return fmt.Errorf("%d mistakes; nothing was changed", r.ErrorCount)
	}
	return nil
}

// VerifyAudit walks every hash chain and writes each break.
func (a *App) VerifyAudit(ctx context.Context, w io.Writer) error {
	r, err := a.Service.VerifyAudit(ctx, commandLine("audit-verify"), func(f workflow.AuditFinding) {
		fmt.Fprintf(w, "%s: %s %s, event %d: %s\n", f.Problem, f.DocumentKind, f.DocumentID, f.Sequence, f.Detail)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d events of %d documents: %d changed, %d removed, %d inserted.\n", r.Events, r.Documents, r.Changed, r.Removed, r.Inserted)
	if !r.Intact() {
		return fmt.Errorf("the audit trail is not as it was written")
	}
	return nil
}

// RunJob runs a job for a date, also when it was done already, and writes its summary.
func (a *App) RunJob(ctx context.Context, w io.Writer, name, date string) error {
	run, err := a.Jobs.Run(ctx, name, models.Date(date), true)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, run.Summary)
	return nil
}
