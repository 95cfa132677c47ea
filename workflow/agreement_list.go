package workflow

import (
	"context"
	"slices"

	"earmark/models"
	"earmark/store"
)

// ListAgreements asks for agreements.
type ListAgreements struct {
	OrganizationID string       `json:"organization_id" validate:"max=64"`
	Cohort         string       `json:"cohort" validate:"max=64"`
	Status         models.State `json:"status" validate:"omitempty,oneof=draft signed ended"`
	PALUserID      string       `json:"pal_user_id" validate:"max=64"` // liaison of the district
	Tier           int          `json:"tier" validate:"gte=0,lte=9"`   // of support that holds today; 0: any
	After          string       `json:"after" validate:"max=64"`
	Limit          int          `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// AgreementRow is an agreement in a list, with its district, its liaison, its tier of
// support, and the steps that the actor has now.
type AgreementRow struct {
	models.Agreement
	Organization models.Organization
	Liaison      string // name of the district's liaison; "" without one
	SupportTier  *int   // that holds today; nil when none was assigned
	Tier         int    // that holds today, the first where none was assigned; 0 where the program has none
	TierTitle    string
	Offers       []Offer
}

// Agreements lists agreements, in four queries. A district sees its own.
func (s *Service) Agreements(ctx context.Context, who models.Actor, in ListAgreements) ([]AgreementRow, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	r, page := s.db.Read(ctx), store.Page{After: in.After, Limit: in.Limit}
	narrows := in.PALUserID != "" || in.Tier > 0
	if narrows { // by what stands elsewhere: the page is cut afterwards
		page = store.Page{}
	}
	found, err := store.List[models.Agreement](r, scope(who), eq("organization_id", in.OrganizationID, "cohort", in.Cohort, "status", string(in.Status)), page)
	if err != nil {
		return nil, err
	}
	rows, err := s.agreementRows(r, who, found)
	if err != nil || !narrows {
		return rows, err
	}
	rows = slices.DeleteFunc(rows, func(a AgreementRow) bool {
		return in.PALUserID != "" && deref(a.Organization.PALUserID) != in.PALUserID || in.Tier > 0 && a.Tier != in.Tier || a.ID <= in.After
	})
	if in.Limit > 0 && len(rows) > in.Limit {
		rows = rows[:in.Limit]
	}
	return rows, nil
}

// agreementRows adds what a list shows of other documents.
func (s *Service) agreementRows(r store.Reading, who models.Actor, found []models.Agreement) ([]AgreementRow, error) {
	ids, districts := make([]string, len(found)), make([]string, len(found))
	for i, a := range found {
		ids[i], districts[i] = a.ID, a.OrganizationID
	}
	if len(found) == 0 {
		return []AgreementRow{}, nil
	}
	organizations, err := store.All[models.Organization](r, store.Eq{"id": districts})
	if err != nil {
		return nil, err
	}
	of, liaisons := map[string]models.Organization{}, []string{}
	for _, o := range organizations {
		of[o.ID] = o
		if o.PALUserID != nil {
			liaisons = append(liaisons, *o.PALUserID)
		}
	}
	people, err := store.All[models.User](r, store.Eq{"id": liaisons})
	if err != nil {
		return nil, err
	}
	named := map[string]string{}
	for _, u := range people {
		named[u.ID] = u.Name
	}
	tiers, err := store.CurrentSupport(r, ids, s.Today())
	if err != nil {
		return nil, err
	}
	rows := make([]AgreementRow, len(found))
	for i, a := range found {
		o := of[a.OrganizationID]
		rows[i] = AgreementRow{Agreement: a, Organization: o, Liaison: named[deref(o.PALUserID)], Offers: s.agreementOffers(who, &found[i])}
		if now, ok := tiers[a.ID]; ok {
			rows[i].SupportTier = &now.Tier
		}
		if def, err := s.agreementProgram(a.ProgramCode); err == nil && def.SupportTiers != nil && a.Status != StatusEnded {
			rows[i].Tier = def.SupportTiers.First()
			if rows[i].SupportTier != nil {
				rows[i].Tier = *rows[i].SupportTier
			}
			rows[i].TierTitle = tierTitle(def, rows[i].Tier)
		}
	}
	return rows, nil
}
