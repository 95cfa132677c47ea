package approval_test

import (
	"slices"
	"strings"
	"testing"

	"earmark/models"
	"earmark/workflow/approval"
)

func person(id string, grants ...models.Grant) models.Actor {
	return models.Actor{UserID: id, Name: id, Roles: grants}
}

func member(id, body, organization string) models.Actor {
	return person(id, models.Grant{Role: models.RoleBodyMember, OrganizationID: organization, Body: body})
}

func role(id string, r models.Role) models.Actor { return person(id, models.Grant{Role: r}) }

var twoBodies = approval.Chain{ExcludeSubmitter: true, DistinctPeople: true, Steps: []approval.Step{
	{Code: "council", Title: "Council vote", Body: "school_council"},
	{Code: "superintendent", Title: "Superintendent's approval", Body: "superintendent"},
}}

func codes(steps []*approval.Step) string {
	var list []string
	for _, s := range steps {
		list = append(list, s.Code)
	}
	return strings.Join(list, " ")
}

func TestTwoStepsInEitherOrder(t *testing.T) {
	t.Parallel()
	item := approval.Item{Document: "commitment", OrganizationID: "school", AmountCents: 100, SubmittedBy: "leader"}
	for _, order := range [][2]approval.Decision{
		{{Step: "council", Person: "a", Event: "approve"}, {Step: "superintendent", Person: "b", Event: "approve"}},
		{{Step: "superintendent", Person: "b", Event: "approve"}, {Step: "council", Person: "a", Event: "approve"}},
	} {
		if got := twoBodies.Standing(item, order[:1]); got.State != approval.Pending || codes(got.Outstanding()) != order[1].Step || !got.LastAfter(order[1].Step) {
			t.Errorf("after %s: %s, outstanding %q", order[0].Step, got.State, codes(got.Outstanding()))
		}
		if got := twoBodies.Standing(item, order[:]); got.State != approval.Approved || len(got.Outstanding()) != 0 {
			t.Errorf("after both: %s", got.State)
		}
	}
	if got := twoBodies.Standing(item, nil); codes(got.Turn()) != "council superintendent" || got.LastAfter("council") {
		t.Errorf("at the beginning it is the turn of %q", codes(got.Turn()))
	}
}

func TestAnOrderedChainTakesOneStepAfterTheOther(t *testing.T) {
	t.Parallel()
	chain := approval.Chain{Ordered: true, Steps: []approval.Step{
		{Code: "program", Title: "Program review", Roles: []models.Role{models.RolePAL}, AssignedOnly: true},
		{Code: "fiscal", Title: "Fiscal review", Roles: []models.Role{models.RoleFiscalReviewer}, Count: 2},
	}}
	item := approval.Item{Document: "revision", Liaison: "pal"}
	if got := chain.Standing(item, nil); codes(got.Turn()) != "program" || codes(got.Outstanding()) != "program fiscal" {
		t.Errorf("turn of %q, outstanding %q", codes(got.Turn()), codes(got.Outstanding()))
	}
	mayNot(t, chain, item, nil, role("f1", models.RoleFiscalReviewer), "review.not_your_step")
	mayNot(t, chain, item, nil, role("other", models.RolePAL), "review.not_assigned")
	may(t, chain, item, nil, role("pal", models.RolePAL), "program")
	done := []approval.Decision{{Step: "program", Person: "pal", Event: "approve"}}
	may(t, chain, item, done, role("f1", models.RoleFiscalReviewer), "fiscal")
	done = append(done, approval.Decision{Step: "fiscal", Person: "f1", Event: "approve"})
	mayNot(t, chain, item, done, role("f1", models.RoleFiscalReviewer), "review.same_person")
	may(t, chain, item, done, role("f2", models.RoleFiscalReviewer), "fiscal")
	done = append(done, approval.Decision{Step: "fiscal", Person: "f2", Event: "approve"})
	mayNot(t, chain, item, done, role("f3", models.RoleFiscalReviewer), "review.no_step")
}

func TestExclusions(t *testing.T) {
	t.Parallel()
	chain := approval.Chain{Steps: []approval.Step{
		{Code: "first", Title: "First look", Roles: []models.Role{models.RoleManager}, Exclude: []string{"preparer"}},
		{Code: "second", Title: "Second look", Roles: []models.Role{models.RoleManager}, Exclude: []string{"submitter", "first"}},
	}}
	item := approval.Item{Document: "record", SubmittedBy: "sub", PreparedBy: []string{"prep"}}
	may(t, chain, item, nil, role("prep", models.RoleManager), "second") // the first is not theirs, the second is
	may(t, chain, item, nil, role("sub", models.RoleManager), "first")
	done := []approval.Decision{{Step: "first", Person: "sub", Event: "approve"}}
	mayNot(t, chain, item, done, role("sub", models.RoleManager), "review.own_submission")
	done = []approval.Decision{{Step: "first", Person: "m", Event: "approve"}}
	mayNot(t, chain, item, done, role("m", models.RoleManager), "review.same_person")
	may(t, chain, item, done, role("n", models.RoleManager), "second")
	done = []approval.Decision{{Step: "second", Person: "m", Event: "approve"}}
	mayNot(t, chain, item, done, role("prep", models.RoleManager), "review.own_work")
}

func TestABodyDecidesForItsOwnOrganization(t *testing.T) {
	t.Parallel()
	item := approval.Item{Document: "commitment", OrganizationID: "school", SubmittedBy: "leader"}
	may(t, twoBodies, item, nil, member("a", "school_council", "school"), "council")
	mayNot(t, twoBodies, item, nil, member("a", "school_council", "other"), "review.not_your_step")
	mayNot(t, twoBodies, item, nil, member("a", "parents", "school"), "review.not_your_step")
	mayNot(t, twoBodies, item, nil, member("leader", "school_council", "school"), "review.own_submission")
	both := person("both", models.Grant{Role: models.RoleBodyMember, OrganizationID: "school", Body: "school_council"},
		models.Grant{Role: models.RoleBodyMember, OrganizationID: "school", Body: "superintendent"})
	mayNot(t, twoBodies, item, []approval.Decision{{Step: "council", Person: "both", Event: "approve"}}, both, "review.same_person")
}

func TestAmountsDecideWhichStepsApply(t *testing.T) {
	t.Parallel()
	chain := approval.Chain{Steps: []approval.Step{
		{Code: "small", UpToCents: 99_999, Roles: []models.Role{models.RolePAL}},
		{Code: "large", FromCents: 100_000, Roles: []models.Role{models.RoleManager}},
		{Code: "huge", FromCents: 500_000, Roles: []models.Role{models.RoleManager}, Count: 2},
	}}
	for amount, want := range map[models.Cents]string{0: "small", 99_999: "small", 100_000: "large", 499_999: "large", 500_000: "large huge"} {
		if got := codes(chain.Standing(approval.Item{AmountCents: amount}, nil).Outstanding()); got != want {
			t.Errorf("%s: %q, want %q", amount, got, want)
		}
	}
}

func TestAReturnOrDenialEndsTheRound(t *testing.T) {
	t.Parallel()
	for event, want := range map[string]string{"return": approval.Returned, "deny": approval.Denied} {
		done := []approval.Decision{{Step: "council", Person: "a", Event: event}}
		if got := twoBodies.Standing(approval.Item{}, done); got.State != want {
			t.Errorf("%s: %s", event, got.State)
		}
		mayNot(t, twoBodies, approval.Item{OrganizationID: "school"}, done, member("b", "superintendent", "school"), "review.no_step")
	}
}

func may(t *testing.T, c approval.Chain, item approval.Item, done []approval.Decision, who models.Actor, want string) {
	t.Helper()
	step, err := c.May(item, done, who)
	if err != nil || step.Code != want {
		t.Errorf("%s may decide at %v (%v), want %s", who.UserID, step, err, want)
	}
}

func mayNot(t *testing.T, c approval.Chain, item approval.Item, done []approval.Decision, who models.Actor, want string) {
	t.Helper()
	step, err := c.May(item, done, who)
	if step != nil || models.CodeOf(err) != want {
		t.Errorf("%s: step %v, error %v, want %s", who.UserID, step, err, want)
	}
}

// acting is a person with another person's role.
func acting(id, giver string, r models.Role) models.Actor {
	return person(id, models.Grant{Role: r, DelegationID: "d-" + giver, GiverID: giver, GiverName: giver})
}

func TestADelegatedRoleIsTheGiversAuthority(t *testing.T) {
	t.Parallel()
	chain := approval.Chain{Ordered: true, ExcludeSubmitter: true, DistinctPeople: true, Steps: []approval.Step{
		{Code: "program", Title: "Program review", Roles: []models.Role{models.RolePAL}, AssignedOnly: true},
		{Code: "fiscal", Title: "Fiscal review", Roles: []models.Role{models.RoleFiscalReviewer, models.RoleManager}, Count: 2, Exclude: []string{approval.Preparer}},
	}}
	item := approval.Item{Document: "revision", Liaison: "pal", SubmittedBy: "sub", PreparedBy: []string{"prep"}}
	mayNot(t, chain, item, nil, acting("d", "other", models.RolePAL), "review.not_assigned")
	mayNot(t, chain, item, nil, acting("pal", "other", models.RolePAL), "review.not_assigned") // the delegated role is the other's
	may(t, chain, item, nil, acting("d", "pal", models.RolePAL), "program")
	mayNot(t, chain, item, nil, acting("sub", "pal", models.RolePAL), "review.own_submission")

	direct := []approval.Decision{{Step: "program", Person: "pal", Event: approval.Approve}}
	through := []approval.Decision{{Step: "program", Person: "d", OnBehalfOf: "pal", Event: approval.Approve}}
	mayNot(t, chain, item, direct, acting("d", "pal", models.RoleManager), "review.same_authority")  // the giver decided the step before
	mayNot(t, chain, item, direct, acting("pal", "m", models.RoleManager), "review.same_person")     // two steps by one person
	mayNot(t, chain, item, through, role("d", models.RoleManager), "review.same_person")             // also with an own role
	mayNot(t, chain, item, through, role("pal", models.RoleManager), "review.same_person")           // whose authority counted already
	mayNot(t, chain, item, through, acting("e", "pal", models.RoleManager), "review.same_authority") // nor through a third person
	mayNot(t, chain, item, direct, acting("d", "prep", models.RoleManager), "review.same_authority")
	mayNot(t, chain, item, direct, acting("d", "sub", models.RoleManager), "review.same_authority")
	mayNot(t, chain, item, direct, acting("prep", "m", models.RoleManager), "review.own_work")
	may(t, chain, item, direct, acting("d", "m", models.RoleManager), "fiscal")

	one := slices.Concat(direct, []approval.Decision{{Step: "fiscal", Person: "m", Event: approval.Approve}})
	mayNot(t, chain, item, one, acting("d", "m", models.RoleManager), "review.same_authority") // the second of two people
	may(t, chain, item, one, acting("d", "n", models.RoleManager), "fiscal")
	both := acting("n", "m", models.RoleManager)
	both.Roles = append(both.Roles, models.Grant{Role: models.RoleManager})
	step, by, err := chain.Authority(item, one, both)
	if err != nil || step.Code != "fiscal" || by.Delegated() {
		t.Errorf("an own role comes first: %v %+v %v", step, by, err)
	}
}
