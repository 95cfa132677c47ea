package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// ProgramDetail is a program as its file states it, with its parameters as they hold in
// one fiscal year.
type ProgramDetail struct {
	Definition *programs.Definition
	FiscalYear int
	Parameters []programs.Param
}

// ListPrograms lists the programs that a grant year can be created for.
func (s *Service) ListPrograms(_ context.Context, who models.Actor) ([]*programs.Definition, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return nil, err
	}
	return s.programs.All(), nil
}

// Program is one program; fiscalYear 0 means the one that today lies in.
func (s *Service) Program(_ context.Context, who models.Actor, code string, fiscalYear int) (ProgramDetail, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return ProgramDetail{}, err
	}
	def, ok := s.programs.Program(code)
	if !ok {
		return ProgramDetail{}, notFound()
	}
	if fiscalYear == 0 {
		fiscalYear = models.FiscalYear(s.Today(), def.StartMonth())
	}
	params, err := def.Params(fiscalYear, nil)
	return ProgramDetail{def, fiscalYear, params.All()}, err
}

// CreateGrantYear freezes a program's definition for a fiscal year. Parameters override
// the definition's values for this year; each must be declared there.
type CreateGrantYear struct {
	ProgramCode string            `json:"program_code" validate:"required,max=64"`
	FiscalYear  int               `json:"fiscal_year" validate:"gte=1990,lte=2100"`
	Parameters  map[string]string `json:"parameters" validate:"max=200"`
}

// CreateGrantYear makes a planned grant year.
func (s *Service) CreateGrantYear(ctx context.Context, who models.Actor, in CreateGrantYear) (models.GrantYear, error) {
	var gy models.GrantYear
	if err := s.admit(who, ManageGrantYears, in); err != nil {
		return gy, err
	}
	def, ok := s.programs.Program(in.ProgramCode)
	if !ok {
		return gy, models.Field("/program_code", "program.unknown", fmt.Sprintf("There is no program %q.", in.ProgramCode), "Give the code of a loaded program.")
	}
	parameters, err := overrides(def, in.FiscalYear, in.Parameters)
	if err != nil {
		return gy, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := onceInto(tx, who, "grant_year", in, &gy)
		if err != nil || replay {
			return err
		}
		starts, ends := def.Year(in.FiscalYear)
		gy = models.GrantYear{Root: models.Root{ID: id}, ProgramCode: def.Code, FiscalYear: in.FiscalYear, Title: fmt.Sprintf("%s FY%d", def.Title, in.FiscalYear),
			Definition: def.Source, DefinitionHash: def.Hash, DefinitionVersion: def.Version, Parameters: parameters,
			Status: StatusPlanned, StartsOn: starts, EndsOn: ends}
		if err := tx.Insert(&gy); err != nil {
			if models.CodeOf(err) == "already_exists" {
				return models.Fail(models.Conflict, "grant_year.exists", "%s has a grant year %d already.", def.Title, in.FiscalYear)
			}
			return err
		}
		tx.Audit(&gy, ruled(event(who, "create", "", nil, &gy), rules{def: def}))
		return nil
	})
	return gy, err
}

// overrides checks a grant year's own values against the definition and writes them down.
func overrides(def *programs.Definition, fiscalYear int, values map[string]string) (string, error) {
	if _, err := def.Params(fiscalYear, values); err != nil {
		return "", err
	}
	var wrong []models.FieldError
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 200 || !plainText(values[name]) {
			wrong = append(wrong, models.FieldError{Pointer: "/parameters/" + pointerToken(name), Code: "text",
				Detail: "The value is longer than 200 characters or holds characters that cannot be stored.", Fix: "Shorten it; remove control characters."})
		}
	}
	if err := invalid(wrong); err != nil {
		return "", err
	}
	if values == nil {
		values = map[string]string{}
	}
	text, err := json.Marshal(values) // keys sorted: equal values give equal text
	return string(text), err
}

// UpdateGrantYear replaces the parameters of a planned grant year.
type UpdateGrantYear struct {
	ID         string            `json:"-"`
	Version    int64             `json:"-"`
	Parameters map[string]string `json:"parameters" validate:"required,max=200"`
}

// UpdateGrantYear changes the parameters while the year is planned: once it is open,
// districts rely on them.
func (s *Service) UpdateGrantYear(ctx context.Context, who models.Actor, in UpdateGrantYear) (models.GrantYear, error) {
	var gy models.GrantYear
	if err := s.admit(who, ManageGrantYears, in); err != nil {
		return gy, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if gy, err = store.Lock[models.GrantYear](tx, in.ID, in.Version); err != nil {
			return err
		}
		if gy.Status != StatusPlanned {
			return models.Fail(models.Conflict, "grant_year.parameters_fixed", "%s is %s. Its parameters could be changed only while it was planned.", gy.Title, gy.Status)
		}
		def, err := s.definition(gy)
		if err != nil {
			return err
		}
		before := gy
		if gy.Parameters, err = overrides(def, gy.FiscalYear, in.Parameters); err != nil {
			return err
		}
		if err := tx.Update(&gy, "parameters"); err != nil {
			return err
		}
		tx.Audit(&gy, ruled(event(who, "update_parameters", "", &before, &gy), rules{def: def}))
		return nil
	})
	return gy, err
}

// GrantYearTransition opens or closes a grant year.
type GrantYearTransition struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Event   string `json:"event" validate:"required,oneof=open begin_closing close"`
	Comment string `json:"comment" validate:"max=4000"`
}

// TransitionGrantYear takes a step of the table GrantYears.
func (s *Service) TransitionGrantYear(ctx context.Context, who models.Actor, in GrantYearTransition) (models.GrantYear, error) {
	var gy models.GrantYear
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return gy, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if gy, err = store.Lock[models.GrantYear](tx, in.ID, in.Version); err != nil {
			return err
		}
		step, err := take(GrantYears, gy.Status, in.Event, who, "", in.Comment, none{})
		if err != nil {
			return refuse(err)
		}
		if in.Event == "close" {
			if err := s.nothingOwed(tx, gy); err != nil {
				return err
			}
		}
		before := gy
		gy.Status = models.State(step.To)
		if err := tx.Update(&gy, "status"); err != nil {
			return err
		}
		tx.Audit(&gy, event(who, in.Event, in.Comment, &before, &gy))
		return nil
	})
	return gy, err
}

// nothingOwed refuses to close a year while something is still due of it: a closed year is
// watched by nobody.
func (s *Service) nothingOwed(tx *store.Tx, gy models.GrantYear) error {
	def, err := s.definition(gy)
	if err != nil {
		return err
	}
	var unspent []string
	for _, d := range def.DueDates {
		if d.OnlyUnspent() {
			unspent = append(unspent, d.Code)
		}
	}
	owed, err := store.Owed(tx, gy.ID, unspent)
	if err != nil || owed.Count == 0 {
		return err
	}
	return models.Fail(models.Conflict, "grant_year.still_due", "%d things are still due of %s, the first is %q of %s by %s. Begin closing instead: the year takes no more applications, and the night goes on watching. Mark as done what will not come.",
		owed.Count, gy.Title, owed.Title, owed.OrganizationName, owed.DueOn)
}

// ListGrantYears asks for grant years.
type ListGrantYears struct {
	ProgramCode string       `json:"program_code" validate:"max=64"`
	FiscalYear  int          `json:"fiscal_year" validate:"gte=0,lte=2100"`
	Status      models.State `json:"status" validate:"omitempty,oneof=planned open closing closed"`
	After       string       `json:"after" validate:"max=64"`
	Limit       int          `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// GrantYears lists grant years. Everybody sees them: they say what a program offers.
func (s *Service) GrantYears(ctx context.Context, who models.Actor, in ListGrantYears) ([]models.GrantYear, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("program_code", in.ProgramCode, "status", string(in.Status))
	if in.FiscalYear != 0 {
		where["fiscal_year"] = in.FiscalYear
	}
	return store.List[models.GrantYear](s.db.Read(ctx), store.Scope{All: true}, where, store.Page{After: in.After, Limit: in.Limit})
}

// GrantYearDetail is a grant year with the definition it keeps and the parameters that
// hold in it.
type GrantYearDetail struct {
	models.GrantYear
	Rules ProgramDetail
}

// GrantYear is one grant year.
func (s *Service) GrantYear(ctx context.Context, who models.Actor, id string) (GrantYearDetail, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return GrantYearDetail{}, err
	}
	r, err := s.rules(s.db.Read(ctx), id)
	if err != nil {
		return GrantYearDetail{}, err
	}
	return GrantYearDetail{r.year, ProgramDetail{r.def, r.year.FiscalYear, r.params.All()}}, nil
}

// unknownReference says that an identifier in the input names nothing the actor may use.
func unknownReference(err error, pointer, what string) error {
	var e *models.Error
	if errors.As(err, &e) && e.Kind == models.NotFound {
		return models.Field(pointer, "not_found", fmt.Sprintf("There is no such %s, or you may not see it.", what), fmt.Sprintf("Give the id of a %s.", what))
	}
	return err
}
