package workflow

import (
	"context"
	"encoding/json"
	"fmt"

	"earmark/models"
	"earmark/store"
)

func (s *Service) awardNotice(tx *store.Tx, d *draft, approvals []models.Approval, pays *models.Payment) (models.AwardNotice, error) {
	district, err := store.Get[models.Organization](tx, d.application.OrganizationID)
	if err != nil {
		return models.AwardNotice{}, err
	}
	n := models.AwardNotice{Program: d.def.Title, Citation: d.def.Authority.Citation, Administrator: d.def.Administrator, GrantYear: d.year.Title,
		StartsOn: d.year.StartsOn, EndsOn: d.year.EndsOn, SpendBy: d.def.SpendBy(d.year.FiscalYear),
		Reference: d.application.Reference, Amendment: d.amendment(), District: district.Name, DistrictCode: district.Code, ApprovedOn: s.Today(),
		AllocationCents: d.application.AllocationCents, TotalCents: d.revision.TotalCents, Tolerance: d.def.Amendment.Tolerance.String(), RuleVersion: d.version()}
	if pays != nil {
		n.PaymentOn, n.PaymentCents = pays.ExpectedOn, pays.AmountCents
	}
	categories := map[string]string{}
	for _, c := range d.def.UseCategories {
		categories[c.Code] = c.Code + ". " + c.Title
	}
	for _, l := range d.lines {
		if l.Version.Action == "remove" && l.Version.Decision != "denied" {
			continue
		}
		line := models.AwardLine{Number: l.Number, UseCategory: categories[l.Version.UseCategory], FunctionCode: l.Version.FunctionCode,
			Description: l.Version.Description, AmountCents: l.Version.AmountCents, Decision: "approved", Targets: []string{}}
		if l.Version.Decision == "denied" {
			line.Decision, line.Reason, line.AmountCents = "denied", l.Version.DecisionReason, 0
			if l.Base != nil {
				line.AmountCents = l.Base.Version.AmountCents
			}
		}
		for _, k := range l.Links {
			if t, ok := d.targets[k.TargetID]; ok {
				line.Targets = append(line.Targets, t.Code)
			}
		}
		n.Lines = append(n.Lines, line)
	}
	for _, a := range approvals {
		if a.Round != d.revision.Round || a.Decision != "approve" {
			continue
		}
		user, err := store.Get[models.User](tx, a.UserID)
		if err != nil {
			return n, err
		}
		n.Reviews = append(n.Reviews, models.AwardReview{Step: d.stepTitle(a.Step), Name: user.Name, On: models.DateOf(a.At, s.zone)})
	}
	return n, nil
}

func (d *draft) stepTitle(code string) string {
	for _, s := range d.def.Approval.Steps {
		if s.Code == code {
			return s.Title
		}
	}
	return code
}

// AwardNotice reads the notice of an approved revision. Conflict "revision.not_approved"
// when there is none.
func (s *Service) AwardNotice(ctx context.Context, who models.Actor, revisionID string) (models.AwardNotice, error) {
	var n models.AwardNotice
	rev, err := store.Get[models.Revision](s.db.Read(ctx), revisionID)
	if err != nil {
		return n, err
	}
	if err := allow(who, ReadDocuments, rev.OrganizationID); err != nil {
		return n, err
	}
	if rev.AwardNotice == "" {
		return n, models.Fail(models.Conflict, "revision.not_approved", "This revision is %s; an award notice exists once it is approved.", words(string(rev.Status)))
	}
	if err := json.Unmarshal([]byte(rev.AwardNotice), &n); err != nil {
		return n, fmt.Errorf("award notice of revision %s: %w", revisionID, err)
	}
	return n, nil
}
