package demo

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/workflow"
)

// Password is everybody's in the demo, and nobody's anywhere else.
const Password = "earmark-demo-only"

// passwordHash is what is kept of Password: computed once, so that building takes seconds
// and the state is the same every time. It protects nothing.
const passwordHash = "$argon2id$v=19$m=19456,t=2,p=1$sCdJLix6TB6aMctTmwrxDg$AdDPWvAwdSue0sXu7zHOFmp5WACDMw9YKhhGamvvDA4"

// HashPassword stands in for the real one while the demo is built.
func HashPassword(_ context.Context, password string) (string, error) {
	if password != Password {
		return "", fmt.Errorf("the demo has one password only")
	}
	return passwordHash, nil
}

const (
	isds     = 8
	liaisons = 9
	fiscals  = 3
)

// Account is somebody who can sign in to the demo.
type Account struct {
	Role  models.Role
	Name  string
	Email string
	Note  string
}

// Accounts lists one person of every role, for the greeting and the tests.
func Accounts() []Account {
	return []Account{
		account(models.RoleAdministrator, 0, "users, jobs, mails; no approvals"),
		account(models.RoleManager, 0, "final approval, waivers; publish the reallocation, answer the request to unlock, assign the last of Cohort Six"),
		account(models.RoleAnalyst, 0, "facts, formula, allocation runs; acts for liaison 3 until May 8"),
		account(models.RolePAL, 1, "program review of its districts, the city among them; agreements, meetings and results of targets"),
		account(models.RoleFiscalReviewer, 1, "fiscal review, payments, year-end reports, money that comes back"),
		account(models.RoleARE, 0, "benchmarks and outcomes; an implementation worksheet waits"),
		account(models.RoleAuditor, 0, "reads everything, changes nothing; reports, and bundles that prove themselves"),
		official(0, 0, "signs for Obsidian City: agreement, application, year-end reports"),
		preparer(0, "writes lines, posts spending and attaches evidence for Obsidian City"),
		reviewer(1, "scores applications of a competition"),
		bodyMember("sits in the School Site Council of Harborside Demo School"),
	}
}

// titles are how roles stand in names and addresses, and where their first names begin.
var titles = map[models.Role]struct {
	name, address string
	first         int
}{
	models.RoleAdministrator:  {"Administrator", "administrator", 3},
	models.RoleManager:        {"Manager", "manager", 4},
	models.RoleAnalyst:        {"Analyst", "analyst", 5},
	models.RolePAL:            {"Liaison", "liaison", 10},
	models.RoleFiscalReviewer: {"Fiscal", "fiscal", 6},
	models.RoleARE:            {"Evaluation", "evaluation", 0},
	models.RoleAuditor:        {"Auditor", "auditor", 1},
}

// account is one of the office; number 0 is the only one of the role.
func account(role models.Role, number int, note string) Account {
	title := titles[role]
	a := Account{Role: role, Name: fmt.Sprintf("%s Demo-%s", firstNames[title.first+number], title.name), Email: title.address, Note: note}
	if number > 0 {
		a.Name += fmt.Sprintf(" %d", number)
		a.Email += fmt.Sprintf("-%d", number)
	}
	a.Email += "@demo.example"
	return a
}

func preparer(n int, note string) Account {
	return Account{models.RolePreparer, fmt.Sprintf("%s Demo-Preparer %03d", firstNames[n%len(firstNames)], n+1), fmt.Sprintf("preparer-%03d@demo.example", n+1), note}
}

func official(n, seat int, note string) Account {
	letter := string(rune('a' + seat))
	return Account{models.RoleAuthorizedOfficial, fmt.Sprintf("%s Demo-Official %03d%s", firstNames[(n+7+seat)%len(firstNames)], n+1, letter),
		fmt.Sprintf("official-%03d%s@demo.example", n+1, letter), note}
}

// create makes the account and returns who signs in with it.
func (w *world) create(ctx context.Context, a Account, organizationID string) (models.Actor, error) {
	w.clock.tick()
	p, err := w.s.CreateUser(ctx, w.administrator, workflow.CreateUser{Email: a.Email, Name: a.Name, Password: Password,
		Roles: []workflow.RoleGrant{{Role: a.Role, OrganizationID: organizationID}}})
	return models.Actor{UserID: p.ID, Name: p.Name, Roles: p.Roles}, err
}

// createOffice makes the people of the office. The first administrator is made by the
// system, as on any new server.
func (w *world) createOffice(ctx context.Context) error {
	w.administrator = models.System("demo")
	w.administrator.Roles = append(w.administrator.Roles, models.Grant{Role: models.RoleAdministrator})
	for _, one := range []struct {
		role models.Role
		is   *models.Actor
	}{{models.RoleAdministrator, &w.administrator}, {models.RoleManager, &w.manager}, {models.RoleAnalyst, &w.analyst}, {models.RoleARE, &w.evaluation}, {models.RoleAuditor, &w.auditor}} {
		who, err := w.create(ctx, account(one.role, 0, ""), "")
		if err != nil {
			return err
		}
		*one.is = who
	}
	for i := range liaisons {
		who, err := w.create(ctx, account(models.RolePAL, i+1, ""), "")
		if err != nil {
			return err
		}
		w.pals = append(w.pals, who)
	}
	for i := range fiscals {
		who, err := w.create(ctx, account(models.RoleFiscalReviewer, i+1, ""), "")
		if err != nil {
			return err
		}
		w.fiscals = append(w.fiscals, who)
	}
	return nil
}

// createDistrictPeople makes a preparer and one or two officials for a district.
func (w *world) createDistrictPeople(ctx context.Context, d *district) (err error) {
	if d.preparer, err = w.create(ctx, preparer(d.n, ""), d.id); err != nil {
		return err
	}
	for seat := range 1 + (d.n+1)%2 {
		who, err := w.create(ctx, official(d.n, seat, ""), d.id)
		if err != nil {
			return err
		}
		d.officials = append(d.officials, who)
	}
	return nil
}

func (w *world) giveLiaison(ctx context.Context, d *district) error {
	d.pal = w.pals[d.liaison]
	_, err := w.s.AssignPAL(ctx, w.manager, workflow.AssignPAL{OrganizationID: d.id, UserID: d.pal.UserID, Reason: "Liaison of the district"})
	return err
}

// official is who signs this time.
func (d *district) official() models.Actor { return d.officials[0] }
