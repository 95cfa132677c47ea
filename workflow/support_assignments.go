package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// AssignSupportTier says which tier of support a district has from a day on.
type AssignSupportTier struct {
	AgreementID string      `json:"agreement_id" validate:"required,max=64"`
	Tier        int         `json:"tier" validate:"required,gte=1,lte=9"`
	FocusAreas  []string    `json:"focus_areas" validate:"max=20,unique,dive,required,max=64"`
	Reason      string      `json:"reason" validate:"required,max=4000"`
	FromOn      models.Date `json:"from_on" validate:"omitempty,civil_date"` // today when empty
}

// SupportView is a tier with its title.
type SupportView struct {
	models.SupportAssignment
	Title   string
	Current bool
}

// AssignSupport keeps every assignment: the latest counts. Errors: Invalid "not_found",
// "support.tier", "support.focus_area", "support.focus_missing", "future", "support.order";
// Conflict "support.none", "agreement.ended".
func (s *Service) AssignSupport(ctx context.Context, who models.Actor, in AssignSupportTier) (SupportView, error) {
	var out SupportView
	if err := s.admit(who, AssignSupport, in); err != nil {
		return out, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "support_assignment", in, &out.SupportAssignment)
		if err != nil {
			return err
		}
		a, err := store.Lock[models.Agreement](tx, in.AgreementID, 0)
		if err != nil {
			return missingAs(err, "/agreement_id", "There is no such agreement.", "Give the id of an agreement.")
		}
		def, err := s.agreementProgram(a.ProgramCode)
		if err != nil {
			return err
		}
		if !replay {
			out.SupportAssignment = models.SupportAssignment{Root: models.Root{ID: id}, AgreementID: a.ID, OrganizationID: a.OrganizationID, Tier: in.Tier,
				FocusAreas: strings.Join(in.FocusAreas, " "), Reason: in.Reason, FromOn: in.FromOn, AssignedBy: who.UserID}
			if out.FromOn.IsZero() {
				out.FromOn = s.Today()
			}
			if err := s.insertSupport(tx, who, def, a, &out.SupportAssignment); err != nil {
				return err
			}
		}
		out.Title, out.Current = tierTitle(def, out.Tier), true
		return nil
	})
	return out, err
}

func (s *Service) insertSupport(tx *store.Tx, who models.Actor, def *programs.Definition, a models.Agreement, d *models.SupportAssignment) error {
	if err := supportFits(def, a, *d); err != nil {
		return err
	}
	if d.FromOn > s.Today() || d.FromOn < a.AssignedOn {
		return models.Field("/from_on", "support.order", "The day lies in the future or before the assignment of the agreement.", "Give today or an earlier day.")
	}
	last, err := store.CurrentSupport(tx, []string{a.ID}, "9999-12-31")
	if err != nil {
		return err
	}
	if before, ok := last[a.ID]; ok && d.FromOn <= before.FromOn {
		return models.Field("/from_on", "support.order", fmt.Sprintf("The tier of %s holds already; the history is not rewritten.", before.FromOn), "Give a later day.")
	}
	if err := tx.Insert(d); err != nil {
		return err
	}
	tx.Audit(d, ruled(event(who, "create", d.Reason, nil, d), rules{def: def}))
	return notify(tx, "support.assigned", d, d.OrganizationID, tierTitle(def, d.Tier), fmt.Sprintf("From %s: %s", d.FromOn, d.Reason), s.Today(), append([]models.Role{models.RolePAL}, districtRoles...)...)
}

// supportFits refuses tiers and areas that the program does not have.
func supportFits(def *programs.Definition, a models.Agreement, d models.SupportAssignment) error {
	tiers := def.SupportTiers
	switch {
	case tiers == nil:
		return models.Fail(models.Conflict, "support.none", "The program %s has no tiers of support.", def.Code)
	case a.Status == StatusEnded:
		return models.Fail(models.Conflict, "agreement.ended", "This agreement is over.")
	case d.Tier > len(tiers.Tiers):
		return models.Field("/tier", "support.tier", fmt.Sprintf("The program has %d tiers (%s).", len(tiers.Tiers), tiers.Cite), "Give the number of one of them.")
	case d.Tier > tiers.First() && d.FocusAreas == "" && len(tiers.FocusAreas) > 0:
		return models.Field("/focus_areas", "support.focus_missing", "Support above the first tier is about something.", "Name at least one focus area.")
	}
	var wrong []models.FieldError
	for i, code := range strings.Fields(d.FocusAreas) {
		if !slices.ContainsFunc(tiers.FocusAreas, func(f programs.FocusArea) bool { return f.Code == code }) {
			wrong = append(wrong, models.FieldError{Pointer: fmt.Sprintf("/focus_areas/%d", i), Code: "support.focus_area", Detail: fmt.Sprintf("There is no focus area %q.", code), Fix: "Give one of: " + strings.Join(focusCodes(tiers), ", ") + "."})
		}
	}
	return invalid(wrong)
}

func focusCodes(t *programs.SupportTiers) []string {
	codes := make([]string, len(t.FocusAreas))
	for i, f := range t.FocusAreas {
		codes[i] = f.Code
	}
	return codes
}

func tierTitle(def *programs.Definition, tier int) string {
	if def.SupportTiers == nil || tier < 1 || tier > len(def.SupportTiers.Tiers) {
		return fmt.Sprintf("Tier %d", tier)
	}
	return fmt.Sprintf("Tier %d: %s", tier, def.SupportTiers.Tiers[tier-1].Title)
}

// ListSupport asks for tiers of support, history included.
type ListSupport struct {
	OrganizationID string `json:"organization_id" validate:"max=64"`
	AgreementID    string `json:"agreement_id" validate:"max=64"`
	Current        bool   `json:"current"` // only those that hold today
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// SupportAssignments lists who has which tier since when, and why. A district sees its own.
func (s *Service) SupportAssignments(ctx context.Context, who models.Actor, in ListSupport) ([]SupportView, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	r := s.db.Read(ctx)
	rows, err := store.SupportAssignments(r, scope(who), eq("organization_id", in.OrganizationID, "agreement_id", in.AgreementID), in.Current, s.Today(), store.Page{After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return s.supportViews(r, rows)
}

// SupportAssignment is one of them.
func (s *Service) SupportAssignment(ctx context.Context, who models.Actor, id string) (SupportView, error) {
	r := s.db.Read(ctx)
	d, err := store.Get[models.SupportAssignment](r, id)
	if err != nil {
		return SupportView{}, err
	}
	if err := allow(who, ReadDocuments, d.OrganizationID); err != nil {
		return SupportView{}, err
	}
	views, err := s.supportViews(r, []models.SupportAssignment{d})
	if err != nil {
		return SupportView{}, err
	}
	return views[0], nil
}

func (s *Service) supportViews(r store.Reading, rows []models.SupportAssignment) ([]SupportView, error) {
	ids := make([]string, len(rows))
	for i, d := range rows {
		ids[i] = d.AgreementID
	}
	current, err := store.CurrentSupport(r, ids, s.Today())
	if err != nil {
		return nil, err
	}
	agreements, err := store.All[models.Agreement](r, store.Eq{"id": ids})
	if err != nil {
		return nil, err
	}
	program := make(map[string]string, len(agreements))
	for _, a := range agreements {
		program[a.ID] = a.ProgramCode
	}
	out := make([]SupportView, len(rows))
	for i, d := range rows {
		out[i] = SupportView{SupportAssignment: d, Title: fmt.Sprintf("Tier %d", d.Tier), Current: current[d.AgreementID].ID == d.ID}
		if def, ok := s.programs.Program(program[d.AgreementID]); ok {
			out[i].Title = tierTitle(def, d.Tier)
		}
	}
	return out, nil
}
