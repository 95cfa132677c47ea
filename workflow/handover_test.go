package workflow

import (
	"testing"

	"earmark/models"
	"earmark/store"
)

func TestALeaversWorkMovesInOneStep(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	admin := o.actor(o.person("Ada Admin", models.RoleAdministrator, ""))
	heir := o.actor(o.person("Hal Heir", models.RolePAL, ""))
	_, rev := o.application()
	o.save(o.services(rev, 100_000_00))
	o.step(o.official, rev, "submit", "")
	in := Handover{ID: o.pal.UserID, ToUserID: o.fiscal.UserID, Reason: "Retires", Disable: true}

	_, err := o.s.Handover(ctx, o.manager, in)
	refused(t, err, models.Forbidden, "permission.role")
	_, err = o.s.Handover(ctx, admin, in) // no liaison
	refused(t, err, models.Conflict, "handover.refused")
	in.ToUserID = o.pal.UserID
	_, err = o.s.Handover(ctx, admin, in)
	refused(t, err, models.Invalid, "handover.receiver")
	_, err = o.s.Handover(ctx, admin, Handover{ID: admin.UserID, ToUserID: heir.UserID, Reason: "x"})
	refused(t, err, models.Conflict, "user.own_access")

	in.ToUserID, in.DryRun = heir.UserID, true
	seen, err := o.s.Handover(ctx, admin, in)
	noError(t, err)
	work, err := o.s.OpenWork(ctx, admin, o.pal.UserID)
	noError(t, err)
	if len(seen.Items) != 2 || len(work) != 2 || seen.Items[0].Work != "liaison" || seen.Items[1].Work != "review" || seen.Items[1].Refused != "" {
		t.Fatalf("%+v", seen.Items)
	}
	if u, err := store.Get[models.User](o.db.Read(ctx), o.pal.UserID); err != nil || u.Status != StatusActive {
		t.Fatalf("a dry run disabled the account: %v", err)
	}
	in.DryRun = false
	done, err := o.s.Handover(ctx, admin, in)
	noError(t, err)
	if done.Status != StatusDisabled {
		t.Errorf("%+v", done.User)
	}
	if work, err = o.s.OpenWork(ctx, admin, o.pal.UserID); err != nil || len(work) != 0 {
		t.Errorf("left behind: %v %+v", err, work)
	}
	o.step(heir, rev, "approve", "") // the review moved with the liaison
	report, err := o.s.VerifyAudit(ctx, o.auditor, func(f store.AuditFinding) { t.Error(f) })
	noError(t, err)
	if !report.Intact() {
		t.Error(report)
	}
}

func TestNobodyIsHandedTheReviewOfOwnWork(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	admin := o.actor(o.person("Ada Admin", models.RoleAdministrator, ""))
	heir := o.actor(o.person("Hal Heir", models.RolePAL, ""))
	_, rev := o.application()
	o.save(o.services(rev, 100_000_00))
	rev = o.step(o.official, rev, "submit", "")
	rev.SubmittedBy = &heir.UserID
	o.update(&rev, "submitted_by") // as when somebody came over from the district
	_, err := o.s.Handover(ctx, admin, Handover{ID: o.pal.UserID, ToUserID: heir.UserID, Reason: "Leaves"})
	refused(t, err, models.Conflict, "handover.refused")
	if org, err := store.Get[models.Organization](o.db.Read(ctx), o.district.ID); err != nil || *org.PALUserID != o.pal.UserID {
		t.Errorf("%v %+v", err, org)
	}
}

func TestTheOnlyOfficialLeavesOnlyWhenAnotherIsThere(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	admin := o.actor(o.person("Ada Admin", models.RoleAdministrator, ""))
	in := Handover{ID: o.official.UserID, ToUserID: o.preparer.UserID, Reason: "Leaves", Disable: true}
	_, err := o.s.Handover(ctx, admin, in)
	refused(t, err, models.Conflict, "handover.refused")
	next := o.actor(o.person("Nia Next", models.RoleAuthorizedOfficial, o.district.ID))
	o.delegate(o.official, o.preparer, models.RoleAuthorizedOfficial, o.district.ID, 10)
	in.ToUserID = next.UserID
	_, err = o.s.Handover(ctx, admin, in)
	noError(t, err)
	if len(o.acting(o.preparer).Roles) != 1 {
		t.Error("the delegation outlives the account")
	}
	if work, err := o.s.OpenWork(ctx, admin, o.official.UserID); err != nil || len(work) != 0 {
		t.Errorf("%v %+v", err, work)
	}
}

// What the leaver began is listed until the account is closed, and others go on with it.
func TestBegunWorkStaysWithTheOrganization(t *testing.T) {
	t.Parallel()
	o := givenOffice(t)
	admin := o.actor(o.person("Ada Admin", models.RoleAdministrator, ""))
	_, rev := o.application()
	author, err := o.s.OpenWork(ctx, admin, rev.CreatedBy)
	noError(t, err)
	var begun []WorkItem
	for _, x := range author {
		if x.Stays {
			begun = append(begun, x)
		}
	}
	if len(begun) != 1 || begun[0].Work != "draft" || begun[0].DocumentID != rev.ID {
		t.Errorf("%+v", begun)
	}
}
