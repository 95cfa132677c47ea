package workflow

import (
	"context"
	"fmt"

	"earmark/models"
	"earmark/store"
)

// WaiveGate lets one finding of the gate pass for the application of one grant year.
type WaiveGate struct {
	AgreementID string `json:"-"`
	Version     int64  `json:"-"`
	GrantYearID string `json:"grant_year_id" validate:"required,max=64"`
	Finding     string `json:"code" validate:"required,max=80"` // gate.needs_assessment
	Reason      string `json:"reason" validate:"required,max=4000"`
}

// WaiveGate records a manager's exception with its reason. Another finding, and the same one
// a year later, need a waiver of their own. Errors: Conflict "agreement.ended",
// "gate_waiver.other_agreement", "gate_waiver.submitted", "gate_waiver.exists"; Invalid
// "gate_waiver.unknown", "gate_waiver.fixed".
func (s *Service) WaiveGate(ctx context.Context, who models.Actor, in WaiveGate) (AgreementDetail, error) {
	return s.changeAgreement(ctx, who, WaiveGateFinding, in.AgreementID, in.Version, in, func(tx *store.Tx, a *models.Agreement) (e models.AuditEvent, err error) {
		if err := applied(tx, *a); err != nil {
			return e, err
		}
		year, err := store.One[models.GrantYear](tx, store.Eq{"id": in.GrantYearID})
		if err != nil {
			return e, models.Field("/grant_year_id", "not_found", "There is no such grant year.", "Give the id of the grant year of the application.")
		}
		ru, err := s.rules(tx, year.ID)
		if err != nil {
			return e, err
		}
		if wrong := waivable(ru.def, in.Finding); wrong != nil {
			wrong.Pointer = "/code"
			return e, invalid([]models.FieldError{*wrong})
		}
		if err := notHandedIn(tx, *a, year.ID); err != nil {
			return e, err
		}
		w := models.GateWaiver{ID: tx.NewID(), AgreementID: a.ID, GrantYearID: year.ID, Finding: in.Finding, Reason: in.Reason, GivenBy: who.UserID, GivenOn: s.Today()}
		if err := tx.Create(&w); err != nil {
			if models.CodeOf(err) == "already_exists" {
				err = models.Fail(models.Conflict, "gate_waiver.exists", "%s is waived for %s already.", in.Finding, year.Title)
			}
			return e, err
		}
		return childEvent(who, "waive_gate", in.Reason, waiverName(year, w), nil, &w), nil
	})
}

// RevokeGateWaiver takes a waiver back.
type RevokeGateWaiver struct {
	AgreementID string `json:"-"`
	WaiverID    string `json:"-"`
	Version     int64  `json:"-"`
}

// RevokeGateWaiver takes a waiver back as long as the application was not handed in with it;
// the trail keeps both. Errors: NotFound, Conflict "gate_waiver.submitted".
func (s *Service) RevokeGateWaiver(ctx context.Context, who models.Actor, in RevokeGateWaiver) (AgreementDetail, error) {
	return s.changeAgreement(ctx, who, WaiveGateFinding, in.AgreementID, in.Version, in, func(tx *store.Tx, a *models.Agreement) (e models.AuditEvent, err error) {
		w, err := store.One[models.GateWaiver](tx, store.Eq{"id": in.WaiverID, "agreement_id": a.ID})
		if err != nil {
			return e, err
		}
		year, err := store.Get[models.GrantYear](tx, w.GrantYearID)
		if err != nil {
			return e, err
		}
		if err := notHandedIn(tx, *a, year.ID); err != nil {
			return e, err
		}
		return childEvent(who, "revoke_waiver", "", waiverName(year, w), &w, &models.GateWaiver{}), tx.Remove(&models.GateWaiver{}, store.Eq{"id": w.ID})
	})
}

// applied refuses an agreement that the gate does not look at.
func applied(tx *store.Tx, a models.Agreement) error {
	if a.Status == StatusEnded {
		return models.Fail(models.Conflict, "agreement.ended", "This agreement is over.")
	}
	looked, err := latestAgreement(tx, a.OrganizationID)
	if err == nil && looked.ID != a.ID {
		err = models.Fail(models.Conflict, "gate_waiver.other_agreement", "Applications go by the agreement of the cohort %s. Waive it there.", looked.Cohort)
	}
	return err
}

// notHandedIn holds the application of a grant year and refuses once it was handed in, and
// not returned: it passed the gate with what was waived then.
func notHandedIn(tx *store.Tx, a models.Agreement, grantYearID string) error {
	app, err := store.One[models.Application](tx, store.Eq{"grant_year_id": grantYearID, "organization_id": a.OrganizationID})
	if models.KindOf(err) == models.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := store.Lock[models.Application](tx, app.ID, 0); err != nil {
		return err
	}
	n, err := store.Count[models.Revision](tx, store.Eq{"application_id": app.ID, "status": []models.State{StatusSubmitted, StatusInReview, StatusApproved}})
	if err == nil && n > 0 {
		err = models.Fail(models.Conflict, "gate_waiver.submitted", "The application %s passed the gate when it was handed in. What was waived for it stays as it is.", app.Reference)
	}
	return err
}

// waiverName names a waiver in the trail of its agreement.
func waiverName(year models.GrantYear, w models.GateWaiver) string {
	return fmt.Sprintf("gate_waivers/%s FY%d %s", year.ProgramCode, year.FiscalYear, w.Finding)
}
