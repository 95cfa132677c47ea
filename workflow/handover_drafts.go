package workflow

import (
	"fmt"

	"earmark/models"
	"earmark/store"
)

// openSheets are a reviewer's score sheets that are not handed in.
func openSheets(r store.Reading, personID string) (out []WorkItem, err error) {
	sheets, err := store.All[models.Scoresheet](r, store.Eq{"reviewer_id": personID, "status": string(StatusDraft)}, "id")
	for _, x := range sheets {
		out = append(out, WorkItem{Work: "scoresheet", DocumentKind: x.Kind(), DocumentID: x.ID, OrganizationID: x.ApplicantID, Title: "Score sheet of an application"})
	}
	return out, err
}

// begunWork is what a person began and others of the organization can go on with.
func begunWork(r store.Reading, personID string) (out []WorkItem, err error) {
	unfinished := []models.State{StatusDraft, StatusReturned}
	revisions, err := store.All[models.Revision](r, store.Eq{"created_by": personID, "status": unfinished}, "id")
	if err != nil {
		return nil, err
	}
	for _, x := range revisions {
		out = append(out, WorkItem{Work: "draft", DocumentKind: x.Kind(), DocumentID: x.ID, OrganizationID: x.OrganizationID, Title: fmt.Sprintf("Draft of revision %d", x.Number), Stays: true})
	}
	reports, err := store.All[models.YearEndReport](r, store.Eq{"prepared_by": personID, "status": unfinished}, "id")
	if err != nil {
		return nil, err
	}
	for _, x := range reports {
		out = append(out, WorkItem{Work: "report", DocumentKind: x.Kind(), DocumentID: x.ID, OrganizationID: x.OrganizationID, Title: "Year-end report " + words(x.Report), Stays: true})
	}
	requests, err := store.All[models.UnlockRequest](r, store.Eq{"requested_by": personID, "status": string(StatusOpen)}, "id")
	for _, x := range requests {
		out = append(out, WorkItem{Work: "unlock_request", DocumentKind: x.Kind(), DocumentID: x.ID, OrganizationID: x.OrganizationID, Title: "Request to unlock " + x.Reference, Stays: true})
	}
	return out, err
}

// cannotScore says why a person cannot take a score sheet: the role, the applicant, or one
// of the own.
func (h *handover) cannotScore(x WorkItem, to Person) (string, error) {
	sheet, err := store.Get[models.Scoresheet](h.tx, x.DocumentID)
	if err != nil {
		return "", err
	}
	if !to.holds(models.RoleReviewer) {
		return to.Name + " does not hold the role reviewer.", nil
	}
	if belongs, err := h.tx.BelongsTo(to.ID, sheet.ApplicantID); err != nil || belongs {
		return to.Name + " belongs to the applicant.", err
	}
	n, err := store.Count[models.Scoresheet](h.tx, store.Eq{"grant_year_id": sheet.GrantYearID, "applicant_id": sheet.ApplicantID, "reviewer_id": to.ID})
	if n > 0 {
		return to.Name + " has a score sheet of this application already.", err
	}
	return "", err
}

func (p Person) holds(role models.Role) bool {
	for _, g := range p.Roles {
		if g.Role == role {
			return true
		}
	}
	return false
}

// moveSheet gives a sheet to another reviewer, empty: nobody signs what another one judged,
// or swears for another one that there is no conflict of interest.
func (h *handover) moveSheet(x WorkItem, reason string) error {
	sheet, err := store.Lock[models.Scoresheet](h.tx, x.DocumentID, 0)
	if err != nil {
		return err
	}
	before := sheet
	sheet.ReviewerID, sheet.NoConflict, sheet.Scores, sheet.Votes = x.ToUserID, false, "[]", "[]"
	if err := h.tx.Update(&sheet, "reviewer_id", "no_conflict", "scores", "votes"); err != nil {
		return err
	}
	h.tx.Audit(&sheet, event(h.who, "handover", reason, before, sheet))
	return nil
}
