package workflow

import (
	"context"
	"encoding/json"
	"fmt"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/formula"
	"earmark/workflow/rubric"
)

// CreateScoresheet asks a reviewer to score the application of an organization.
type CreateScoresheet struct {
	GrantYearID string `json:"grant_year_id" validate:"required,max=64"`
	ApplicantID string `json:"applicant_id" validate:"required,max=64"`
	ReviewerID  string `json:"reviewer_id" validate:"required,max=64"`
}

// CreateScoresheet makes an empty draft. Errors: Conflict "scoring.none", "scoresheet.exists",
// "grant_year.not_open"; Invalid "scoresheet.applicant", "scoresheet.reviewer",
// "scoresheet.reviewer_belongs".
func (s *Service) CreateScoresheet(ctx context.Context, who models.Actor, in CreateScoresheet) (models.Scoresheet, error) {
	var sheet models.Scoresheet
	if err := s.admit(who, ManagePanel, in); err != nil {
		return sheet, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "scoresheet", in, &sheet)
		if err != nil || replay {
			return err
		}
		gy, err := store.Lock[models.GrantYear](tx, in.GrantYearID, 0)
		if err != nil {
			return unknownReference(err, "/grant_year_id", "grant year")
		}
		ru, err := s.rulesOf(gy)
		if err != nil {
			return err
		}
		if err := s.panelist(tx, ru, in); err != nil {
			return err
		}
		if err := openYear(ru); err != nil {
			return err
		}
		sheet = models.Scoresheet{Root: models.Root{ID: id}, GrantYearID: gy.ID, ApplicantID: in.ApplicantID, ReviewerID: in.ReviewerID,
			Status: StatusDraft, Scores: "[]", Votes: "[]"}
		if err := tx.Insert(&sheet); err != nil {
			if models.CodeOf(err) == "already_exists" {
				return models.Fail(models.Conflict, "scoresheet.exists", "This reviewer has a score sheet of this application already.")
			}
			return err
		}
		tx.Audit(&sheet, ruled(event(who, "create", "", nil, &sheet), ru))
		return nil
	})
	return sheet, err
}

// panelist makes sure that the applicant can be scored, and by this person.
func (s *Service) panelist(tx *store.Tx, ru rules, in CreateScoresheet) error {
	tree := ru.def.Rubric()
	if tree == nil {
		return models.Fail(models.Conflict, "scoring.none", "The program %s scores no applications.", ru.def.Code)
	}
	o, err := store.Get[models.Organization](tx, in.ApplicantID)
	if err != nil || o.OrgKind != tree.Of {
		return breaks("/applicant_id", "scoresheet.applicant", fmt.Sprintf("The applicant is a %s, and there is no such one.", tree.Of), fmt.Sprintf("Give the id of an organization of the kind %s.", tree.Of))
	}
	u, err := store.Get[models.User](tx, in.ReviewerID)
	if err != nil || u.Status != StatusActive {
		return breaks("/reviewer_id", "scoresheet.reviewer", "There is no such reviewer.", "Give the id of an active user with the role reviewer.")
	}
	n, err := store.Count[models.UserRole](tx, store.Eq{"user_id": u.ID, "role": string(models.RoleReviewer)})
	if err != nil {
		return err
	}
	if n == 0 {
		return breaks("/reviewer_id", "scoresheet.reviewer", u.Name+" does not hold the role reviewer.", "Give the id of an active user with the role reviewer.")
	}
	return notOfApplicant(tx, u.ID, o.ID)
}

// notOfApplicant refuses a reviewer who holds a role for the applicant.
func notOfApplicant(tx *store.Tx, reviewerID, applicantID string) error {
	belongs, err := tx.BelongsTo(reviewerID, applicantID)
	if err == nil && belongs {
		return breaks("/reviewer_id", "scoresheet.reviewer_belongs", "The reviewer belongs to the applicant.", "Choose somebody who holds no role for the applicant.")
	}
	return err
}

func openYear(ru rules) error {
	if ru.year.Status == StatusOpen {
		return nil
	}
	return models.Fail(models.Conflict, "grant_year.not_open", "%s is %s.", ru.year.Title, ru.year.Status)
}

// SaveScoresheet replaces what a reviewer has said so far.
type SaveScoresheet struct {
	ID         string         `json:"-"`
	Version    int64          `json:"-"`
	NoConflict bool           `json:"no_conflict"`
	Scores     []rubric.Score `json:"scores" validate:"required,max=500,dive"`
	Votes      []rubric.Vote  `json:"votes" validate:"required,max=100,dive"`
}

// SaveScoresheet keeps a draft, complete or not; what is said must fit the rubric.
func (s *Service) SaveScoresheet(ctx context.Context, who models.Actor, in SaveScoresheet) (models.Scoresheet, error) {
	return s.changeScoresheet(ctx, who, in.ID, in.Version, ScoreApplication, in, func(tx *store.Tx, sheet *models.Scoresheet, ru rules) (models.AuditEvent, []string, error) {
		if err := ownSheet(who, *sheet); err != nil {
			return models.AuditEvent{}, nil, err
		}
		if sheet.Status != StatusDraft {
			return models.AuditEvent{}, nil, models.Fail(models.Conflict, "scoresheet.locked", "The score sheet is %s.", sheet.Status)
		}
		before := *sheet
		sheet.NoConflict = in.NoConflict
		var err error
		if sheet.Scores, err = listText(in.Scores); err != nil {
			return models.AuditEvent{}, nil, err
		}
		if sheet.Votes, err = listText(in.Votes); err != nil {
			return models.AuditEvent{}, nil, err
		}
		if _, err := s.marks(tx, ru, *sheet); err != nil {
			return models.AuditEvent{}, nil, err
		}
		return event(who, "update", "", before, sheet), []string{"no_conflict", "scores", "votes"}, nil
	})
}

func listText[T any](list []T) (string, error) {
	if list == nil {
		return "[]", nil
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// TransitionScoresheet takes a step of the table Scoresheets.
type TransitionScoresheet struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Event   string `json:"event" validate:"required,oneof=submit recuse reopen"`
	Comment string `json:"comment" validate:"max=2000"`
}

// TransitionScoresheet submits, recuses or reopens. Errors: Invalid "scoresheet.incomplete",
// "scoresheet.conflict_not_declared"; Conflict "scoresheet.no_such_step".
func (s *Service) TransitionScoresheet(ctx context.Context, who models.Actor, in TransitionScoresheet) (models.Scoresheet, error) {
	return s.changeScoresheet(ctx, who, in.ID, in.Version, ReadScoresheets, in, func(tx *store.Tx, sheet *models.Scoresheet, ru rules) (models.AuditEvent, []string, error) {
		facts := sheetFacts{own: ownSheet(who, *sheet), open: openYear(ru)}
		if !sheet.NoConflict {
			facts.declared = breaks("/no_conflict", "scoresheet.conflict_not_declared", "Nothing says that the reviewer has no conflict of interest.", "Declare it on the sheet, or recuse.")
		}
		if in.Event == "submit" {
			facts.complete = s.completeSheet(tx, ru, *sheet)
		}
		step, err := take(Scoresheets, sheet.Status, in.Event, who, "", in.Comment, facts)
		if err != nil {
			return models.AuditEvent{}, nil, refuse(err)
		}
		before := *sheet
		sheet.Status, sheet.SubmittedAt = models.State(step.To), nil
		if sheet.Status == StatusSubmitted {
			now := tx.Now
			sheet.SubmittedAt = &now
		}
		return event(who, in.Event, in.Comment, before, sheet), []string{"status", "submitted_at"}, nil
	})
}

// completeSheet says what a sheet still needs before it can be submitted.
func (s *Service) completeSheet(tx *store.Tx, ru rules, sheet models.Scoresheet) error {
	m, err := s.marks(tx, ru, sheet)
	if err != nil {
		return err
	}
	if err := notOfApplicant(tx, sheet.ReviewerID, sheet.ApplicantID); err != nil {
		return err
	}
	var missing []models.FieldError
	for _, code := range m.Missing {
		missing = append(missing, models.FieldError{Pointer: "/scores", Code: "scoresheet.incomplete", Severity: "error",
			Detail: fmt.Sprintf("Nothing is said about %s.", code), Fix: "Score every criterion and vote on every priority."})
	}
	return invalid(missing)
}

// changeScoresheet is what the commands about one sheet share.
func (s *Service) changeScoresheet(ctx context.Context, who models.Actor, id string, version int64, action Action, in any,
	fn func(*store.Tx, *models.Scoresheet, rules) (models.AuditEvent, []string, error)) (models.Scoresheet, error) {
	var sheet models.Scoresheet
	if err := looksAtSheets(who); err != nil {
		return sheet, err
	}
	if err := s.admit(who, action, in); err != nil {
		return sheet, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if _, err = seenSheet(tx, who, id); err != nil {
			return err
		}
		if sheet, err = store.Lock[models.Scoresheet](tx, id, version); err != nil {
			return err
		}
		ru, err := s.rules(tx, sheet.GrantYearID)
		if err != nil {
			return err
		}
		e, columns, err := fn(tx, &sheet, ru)
		if err != nil {
			return err
		}
		if err := tx.Update(&sheet, columns...); err != nil {
			return err
		}
		tx.Audit(&sheet, ruled(e, ru))
		return nil
	})
	return sheet, err
}

func sheetReader(who models.Actor) store.SheetReader {
	return store.SheetReader{ID: who.UserID, Office: who.Has(officeRoles...)}
}

// looksAtSheets: to those who score nothing and are not of the office, there are no sheets.
func looksAtSheets(who models.Actor) error {
	err := allow(who, ReadScoresheets, "")
	if models.CodeOf(err) == "permission.role" {
		return notFound()
	}
	return err
}

// seenSheet is a sheet that the actor may see. Others of a panel are hidden until all are in.
func seenSheet(r store.Reading, who models.Actor, id string) (models.Scoresheet, error) {
	rows, err := store.Scoresheets(r, store.Eq{"id": id}, sheetReader(who), store.Page{Limit: 1})
	if err != nil {
		return models.Scoresheet{}, err
	}
	if len(rows) == 0 {
		return models.Scoresheet{}, notFound()
	}
	return rows[0], nil
}

// Scoresheet is one sheet.
func (s *Service) Scoresheet(ctx context.Context, who models.Actor, id string) (models.Scoresheet, error) {
	if err := looksAtSheets(who); err != nil {
		return models.Scoresheet{}, err
	}
	return seenSheet(s.db.Read(ctx), who, id)
}

// ListScoresheets asks for score sheets.
type ListScoresheets struct {
	GrantYearID string `json:"grant_year_id" validate:"max=64"`
	ApplicantID string `json:"applicant_id" validate:"max=64"`
	ReviewerID  string `json:"reviewer_id" validate:"max=64"`
	Status      string `json:"status" validate:"omitempty,oneof=draft submitted recused"`
	After       string `json:"after" validate:"max=64"`
	Limit       int    `json:"limit" validate:"gte=0,lte=100"`
}

// Scoresheets lists the sheets that the actor may see.
func (s *Service) Scoresheets(ctx context.Context, who models.Actor, in ListScoresheets) ([]models.Scoresheet, error) {
	if err := s.admit(who, ReadScoresheets, in); err != nil {
		return nil, err
	}
	return store.Scoresheets(s.db.Read(ctx), eq("grant_year_id", in.GrantYearID, "applicant_id", in.ApplicantID, "reviewer_id", in.ReviewerID, "status", in.Status),
		sheetReader(who), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// SheetContent is what a stored sheet says.
func SheetContent(sheet models.Scoresheet) (rubric.Sheet, error) {
	out := rubric.Sheet{Reviewer: sheet.ReviewerID}
	if err := json.Unmarshal([]byte(sheet.Scores), &out.Scores); err != nil {
		return out, fmt.Errorf("scores of %s: %w", sheet.ID, err)
	}
	if err := json.Unmarshal([]byte(sheet.Votes), &out.Votes); err != nil {
		return out, fmt.Errorf("votes of %s: %w", sheet.ID, err)
	}
	return out, nil
}

// marks reads a sheet against the rubric and the facts of the applicant.
func (s *Service) marks(r store.Reading, ru rules, sheet models.Scoresheet) (rubric.Marks, error) {
	content, err := SheetContent(sheet)
	if err != nil {
		return rubric.Marks{}, err
	}
	open, err := openBands(r, ru, sheet.ApplicantID)
	if err != nil {
		return rubric.Marks{}, err
	}
	m, wrong := ru.def.Rubric().Read(content, open)
	return m, invalid(wrong)
}

// openBands are the bands that the facts of an applicant in the fiscal year leave open.
func openBands(r store.Reading, ru rules, applicantID string) (rubric.Open, error) {
	unit, kind := formula.Unit{}, ru.def.Rubric().Of
	rows, err := store.All[models.Fact](r, store.Eq{"organization_id": applicantID, "year": ru.year.FiscalYear}, "name")
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		f, err := ru.def.ReadFact(kind, row.Name, row.Value, row.Source)
		if err == nil { // a fact of another program is none of ours
			unit.Facts = append(unit.Facts, f)
		}
	}
	return ru.def.OpenBands(&unit, ru.params)
}

// ApplicantNames are the names of the applicants of sheets that the actor has read:
// reviewers see no other document of them.
func (s *Service) ApplicantNames(ctx context.Context, who models.Actor, sheets ...models.Scoresheet) (map[string]string, error) {
	if err := looksAtSheets(who); err != nil {
		return nil, err
	}
	ids := make([]string, len(sheets))
	for i, d := range sheets {
		ids[i] = d.ApplicantID
	}
	rows, err := store.All[models.Organization](s.db.Read(ctx), store.Eq{"id": distinct(ids)}, "id")
	names := map[string]string{}
	for _, o := range rows {
		names[o.ID] = o.Name
	}
	return names, err
}
