package workflow

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/store"
)

// What may be done with determination runs.
const (
	RunDeterminations     Action = "run_determinations"
	PublishDeterminations Action = "publish_determinations"
)

// NewDeterminationRun applies the determinations of a grant year to the facts of a year.
type NewDeterminationRun struct {
	GrantYearID string `json:"grant_year_id" validate:"required,max=64"`
	FactsYear   int    `json:"facts_year" validate:"gte=1990,lte=2100"`
	Label       string `json:"label" validate:"required,max=200"`
}

// RunDeterminations makes a draft run: the level, provider and reasons of every organization
// of which facts are known. Nothing of an earlier run plays a part.
func (s *Service) RunDeterminations(ctx context.Context, who models.Actor, in NewDeterminationRun) (models.DeterminationRun, error) {
	var run models.DeterminationRun
	if err := s.admit(who, RunDeterminations, in); err != nil {
		return run, err
	}
	// Reading and computing come before the transaction, so that nobody waits for them.
	r, err := s.rules(s.db.Read(ctx), in.GrantYearID)
	if err != nil {
		return run, unknownReference(err, "/grant_year_id", "grant year")
	}
	switch {
	case len(r.def.Determinations) == 0:
		return run, models.Fail(models.Conflict, "determination_run.no_rules", "%s has no determinations.", r.def.Title)
	case r.year.Status == StatusClosed:
		return run, models.Fail(models.Conflict, "grant_year.not_open", "%s is closed.", r.year.Title)
	}
	made, err := determineAll(s.db.Read(ctx), r.def, r.params, in.FactsYear)
	if err != nil {
		return run, err
	}
	if len(made) == 0 {
		return run, models.Field("/facts_year", "facts.none", fmt.Sprintf("No facts of %d or of the years before are known.", in.FactsYear), "Import the facts of that year, or choose another year.")
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "determination_run", in, &run)
		if err != nil || replay {
			return err
		}
		run, err = s.saveDeterminations(tx, who, id, r, in, made)
		return err
	})
	return run, err
}

func (s *Service) saveDeterminations(tx *store.Tx, who models.Actor, id string, r rules, in NewDeterminationRun, made []determined) (models.DeterminationRun, error) {
	year, err := store.Lock[models.GrantYear](tx, r.year.ID, 0)
	if err != nil {
		return models.DeterminationRun{}, err
	}
	if year.Version != r.year.Version {
		return models.DeterminationRun{}, models.Fail(models.Stale, "stale", "The grant year changed while the determinations were made. Run them again.")
	}
	number, err := tx.Counter("determination_run/" + r.year.ID)
	if err != nil {
		return models.DeterminationRun{}, err
	}
	run := models.DeterminationRun{Root: models.Root{ID: id}, GrantYearID: year.ID, ProgramCode: year.ProgramCode, FactsYear: in.FactsYear, Number: int(number),
		Label: in.Label, Status: StatusDraft, ResultCount: len(made), Parameters: year.Parameters, RulesVersion: r.def.Version, CreatedBy: who.UserID}
	rows, err := determinationRows(tx, id, made)
	if err != nil {
		return run, err
	}
	if run.LevelCounts, err = levelCounts(rows); err != nil {
		return run, err
	}
	run.InputHash = inputHash(r, in.FactsYear, made)
	if err := tx.Insert(&run); err != nil {
		return run, err
	}
	tx.Audit(&run, ruled(event(who, "run", "", nil, &run), r))
	return run, tx.SaveDeterminations(rows)
}

func determinationRows(tx *store.Tx, runID string, made []determined) ([]models.DeterminationResult, error) {
	rows := make([]models.DeterminationResult, len(made))
	for i, d := range made {
		detail, err := json.Marshal(d.Determinations)
		if err != nil {
			return nil, err
		}
		report, err := json.Marshal(reported(d.Result))
		if err != nil {
			return nil, err
		}
		rows[i] = models.DeterminationResult{ID: tx.NewID(), RunID: runID, OrganizationID: d.ID, County: d.County, Code: d.Organization.Code, Name: d.Name, Subtype: d.Subtype,
			Report: string(report), Detail: string(detail)}
		if v := d.Level; v != nil {
			rows[i].Level, rows[i].LevelTitle, rows[i].Provider, rows[i].Note = v.Level, v.Title, v.Provider, v.Note
		}
	}
	return rows, nil
}

// levelCounts counts the organizations of each level as JSON.
func levelCounts(rows []models.DeterminationResult) (string, error) {
	counts := map[string]int{}
	for _, r := range rows {
		counts[strconv.Itoa(r.Level)]++
	}
	text, err := json.Marshal(counts)
	return string(text), err
}

// inputHash is the SHA-256 of everything that a run depends on.
func inputHash(r rules, year int, made []determined) string {
	parts := make([]string, 0, len(made)+1)
	for _, d := range made {
		parts = append(parts, fmt.Sprintf("%s %s %s %s", d.OrgKind, d.Organization.Code, d.Subtype, d.hash))
	}
	slices.Sort(parts)
	parts = append(parts, fmt.Sprintf("%s %s %d", r.def.Hash, r.year.Parameters, year))
	return hashOf([]byte(strings.Join(parts, "\n")))
}

// DeterminationRunTransition shows a run to those it is about, or to the public.
type DeterminationRunTransition struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Event   string `json:"event" validate:"required,oneof=preview publish"`
	Comment string `json:"comment" validate:"max=4000"`
}

// TransitionDeterminationRun lets the organizations preview a draft run, or publishes a run
// that they have seen: runs of the same program and year before it are superseded.
func (s *Service) TransitionDeterminationRun(ctx context.Context, who models.Actor, in DeterminationRunTransition) (models.DeterminationRun, error) {
	var run models.DeterminationRun
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return run, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		known, err := store.Get[models.DeterminationRun](tx, in.ID)
		if err != nil {
			return err
		}
		if known.Status == StatusDraft && !scope(who).All {
			return notFound()
		}
		// The grant year first, always: two runs of one year are published one after the other.
		year, err := store.Lock[models.GrantYear](tx, known.GrantYearID, 0)
		if err != nil {
			return err
		}
		if run, err = store.Lock[models.DeterminationRun](tx, in.ID, in.Version); err != nil {
			return err
		}
		step, err := take(DeterminationRuns, run.Status, in.Event, who, "", in.Comment, none{})
		if err != nil {
			return refuse(err)
		}
		r, err := s.rulesOf(year)
		if err != nil {
			return err
		}
		if run.Parameters != year.Parameters {
			return models.Fail(models.Conflict, "determination_run.outdated", "The parameters of %s changed after run %d. Make the determinations again.", year.Title, run.Number)
		}
		if err := supersedeDeterminations(tx, who, r, run); err != nil {
			return err
		}
		return s.showDeterminations(tx, who, r, in, models.State(step.To), &run)
	})
	return run, err
}

func (s *Service) showDeterminations(tx *store.Tx, who models.Actor, r rules, in DeterminationRunTransition, to models.State, run *models.DeterminationRun) error {
	before := *run
	columns := []string{"status"}
	run.Status = to
	if to == StatusPublished {
		run.PublishedAt, run.PublishedBy = &tx.Now, &who.UserID
		columns = append(columns, "published_at", "published_by")
	} else {
		run.PreviewedAt = &tx.Now
		columns = append(columns, "previewed_at")
	}
	if err := tx.Update(run, columns...); err != nil {
		return err
	}
	tx.Audit(run, ruled(event(who, in.Event, in.Comment, &before, run), r))
	return s.tellDetermined(tx, r, *run)
}

// supersedeDeterminations ends what was shown before of the same program and year. A
// preview leaves what is published in force.
func supersedeDeterminations(tx *store.Tx, who models.Actor, r rules, by models.DeterminationRun) error {
	ends := []models.State{StatusPreview}
	if by.Status == StatusPreview { // is about to be published
		ends = append(ends, StatusPublished)
	}
	earlier, err := store.LockAll[models.DeterminationRun](tx, store.Eq{"program_code": by.ProgramCode, "facts_year": by.FactsYear, "status": ends})
	if err != nil {
		return err
	}
	for i := range earlier {
		e := &earlier[i]
		if e.ID == by.ID {
			continue
		}
		step, err := take(DeterminationRuns, e.Status, "supersede", who, "", "", none{})
		if err != nil {
			return refuse(err)
		}
		before := *e
		e.Status = models.State(step.To)
		if err := tx.Update(e, "status"); err != nil {
			return err
		}
		tx.Audit(e, ruled(event(who, "supersede", fmt.Sprintf("Run %d takes its place.", by.Number), &before, e), r))
	}
	return nil
}

// tellDetermined makes a notice for every official and preparer of a district in the run.
func (s *Service) tellDetermined(tx *store.Tx, r rules, run models.DeterminationRun) error {
	people, err := store.DeterminedPeople(tx, run.ID, districtRoles...)
	if err != nil || len(people) == 0 {
		return err
	}
	title, says := "Determination to preview: ", "You can look at it, with its reasons, before it is published."
	if run.Status == StatusPublished {
		title, says = "Determination published: ", "The reasons stand beside it."
	}
	notices := make([]models.Notice, len(people))
	for i, p := range people {
		notices[i] = models.Notice{ID: tx.NewID(), UserID: p.UserID, Event: "determination_run." + string(run.Status), SubjectKind: run.Kind(), SubjectID: run.ID,
			OrganizationID: p.OrganizationID, Title: title + r.def.Title + " " + strconv.Itoa(run.FactsYear),
			Detail: fmt.Sprintf("%s: %s. %s", p.Name, cmp.Or(p.LevelTitle, "no level"), says), Why: because(p.Role), ForDate: s.Today(), CreatedAt: tx.Now}
	}
	return tx.Create(&notices)
}

// ListDeterminationRuns asks for the runs of a program, of a grant year or of a year.
type ListDeterminationRuns struct {
	ProgramCode string       `json:"program_code" validate:"max=64"`
	GrantYearID string       `json:"grant_year_id" validate:"max=64"`
	FactsYear   int          `json:"facts_year" validate:"omitempty,gte=1990,lte=2100"`
	Status      models.State `json:"status" validate:"omitempty,oneof=draft preview published superseded"`
	After       string       `json:"after" validate:"max=64"`
	Limit       int          `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// DeterminationRuns lists runs. A district sees those that are or were shown to it.
func (s *Service) DeterminationRuns(ctx context.Context, who models.Actor, in ListDeterminationRuns) ([]models.DeterminationRun, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("program_code", in.ProgramCode, "grant_year_id", in.GrantYearID, "status", string(in.Status))
	if in.FactsYear != 0 {
		where["facts_year"] = in.FactsYear
	}
	runs, err := store.DeterminationRuns(s.db.Read(ctx), where, !scope(who).All, store.Page{After: in.After, Limit: in.Limit})
	for i := range runs {
		runs[i] = shownTo(who, runs[i])
	}
	return runs, err
}

// shownTo hides what others got: until a run is published, an agency learns its own
// result and not how many are at which level.
func shownTo(who models.Actor, run models.DeterminationRun) models.DeterminationRun {
	if run.PublishedAt == nil && !scope(who).All {
		run.LevelCounts = "{}"
	}
	return run
}

// DeterminationRun is one run.
func (s *Service) DeterminationRun(ctx context.Context, who models.Actor, id string) (models.DeterminationRun, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return models.DeterminationRun{}, err
	}
	run, err := store.Get[models.DeterminationRun](s.db.Read(ctx), id)
	if err == nil && run.Status == StatusDraft && !scope(who).All {
		return models.DeterminationRun{}, notFound()
	}
	return shownTo(who, run), err
}

// ListDeterminationResults asks for results of a run or of an organization.
type ListDeterminationResults struct {
	RunID          string `json:"run_id" validate:"max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	County         string `json:"county" validate:"max=100"`
	Level          int    `json:"level" validate:"gte=0,lte=1000"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// DeterminationResults lists what was determined, without the reasons. A district sees its
// own, of runs that are or were shown to it.
func (s *Service) DeterminationResults(ctx context.Context, who models.Actor, in ListDeterminationResults) ([]models.DeterminationResult, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("run_id", in.RunID, "organization_id", in.OrganizationID, "county", in.County)
	if in.Level != 0 {
		where["level"] = in.Level
	}
	return store.DeterminationResults(s.db.Read(ctx), scope(who), where, !scope(who).All, store.Page{After: in.After, Limit: in.Limit})
}

// DeterminationDetail is one result with its run.
type DeterminationDetail struct {
	models.DeterminationResult
	Run models.DeterminationRun
}

// DeterminationResult is what was determined of one organization, with every reason.
func (s *Service) DeterminationResult(ctx context.Context, who models.Actor, id string) (DeterminationDetail, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return DeterminationDetail{}, err
	}
	r := s.db.Read(ctx)
	d, err := store.Get[models.DeterminationResult](r, id)
	if err != nil {
		return DeterminationDetail{}, err
	}
	run, err := store.Get[models.DeterminationRun](r, d.RunID)
	if err != nil {
		return DeterminationDetail{}, err
	}
	if seen := scope(who); !seen.All {
		owner, err := store.OrganizationOf(r, "organization", d.OrganizationID)
		if err != nil {
			return DeterminationDetail{}, err
		}
		if run.Status == StatusDraft || !seen.Sees(owner) && !seen.Sees(d.OrganizationID) {
			return DeterminationDetail{}, notFound()
		}
	}
	return DeterminationDetail{d, run}, nil
}

// PublicDeterminations is the public report of one program and year.
type PublicDeterminations struct {
	Title    string // of the program
	Citation string
	Run      models.DeterminationRun
	Rows     []models.DeterminationResult
}

// PublicDeterminations is what is published of a program in a year, by county; year 0 is the
// latest, county "" is all. Anybody may read it: it names organizations and no people.
func (s *Service) PublicDeterminations(ctx context.Context, program string, year int, county string) (PublicDeterminations, error) {
	r := s.db.Read(ctx)
	run, err := store.PublishedDeterminations(r, program, year)
	if models.KindOf(err) == models.NotFound {
		return PublicDeterminations{}, models.Fail(models.NotFound, "not_found", "Nothing is published of this program and year.")
	}
	if err != nil {
		return PublicDeterminations{}, err
	}
	rules, err := s.rules(r, run.GrantYearID)
	if err != nil {
		return PublicDeterminations{}, err
	}
	rows, err := store.PublicResults(r, run.ID, county)
	return PublicDeterminations{rules.def.Title, rules.def.Authority.Citation, run, rows}, err
}
