// Package workflow owns what may happen: every command and every read of Earmark, the
// state tables, who may do what, and the rules of programs applied to documents. The API,
// the pages, the jobs and the demo all go through Service. It knows no web and no SQL.
package workflow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/go-playground/validator/v10"

	"earmark/files"
	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/machine"
)

// Config is what a Service needs.
type Config struct {
	DB       *store.DB
	Programs programs.Set
	Now      func() time.Time
	TimeZone *time.Location // of business dates; America/Detroit
	Log      *slog.Logger
	// Files keeps the content of attachments; nil keeps none.
	Files                *files.Storage
	FilesPerOrganization int64 // bytes; 0 is no limit
	// Credentials are needed by the commands about passwords and API tokens only.
	Credentials Credentials
	// DelegationDays is how long a delegation may last; 0 means 90 days.
	DelegationDays int
}

// Credentials are what package auth does for people.go; app wires the two together.
type Credentials struct {
	HashPassword  func(ctx context.Context, password string) (string, error)
	CheckPassword func(ctx context.Context, userID, password, requestID string) error // counts failures
	NewToken      func() (token, hash string)
	Changed       func(userID string) // what is remembered of a user's roles and sessions is old
}

// Service is the program: commands are imperative methods, reads are nouns. Every method
// takes the actor and decides itself what the actor may do and see.
type Service struct {
	db       *store.DB
	programs programs.Set
	now      func() time.Time
	zone     *time.Location
	log      *slog.Logger
	cred     Credentials
	files    *files.Storage
	validate *validator.Validate

	delegationMax        int // days
	filesPerOrganization int64

	frozen    sync.Map // definition hash -> *programs.Definition, parsed from grant years
	spendable sync.Map // grant year id -> span in which its money may be spent; fixed with the definition
}

// New makes a Service.
func New(cfg Config) *Service {
	s := &Service{db: cfg.DB, programs: cfg.Programs, now: cfg.Now, zone: cfg.TimeZone, log: cfg.Log, cred: cfg.Credentials, delegationMax: cfg.DelegationDays,
		files: cfg.Files, filesPerOrganization: cfg.FilesPerOrganization}
	if s.delegationMax <= 0 {
		s.delegationMax = 90
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.cred.Changed == nil {
		s.cred.Changed = func(string) {}
	}
	s.validate = validator.New(validator.WithRequiredStructEnabled())
	s.validate.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	_ = s.validate.RegisterValidation("civil_date", func(fl validator.FieldLevel) bool {
		return models.Date(fl.Field().String()).Valid()
	})
	_ = s.validate.RegisterValidation("text", func(fl validator.FieldLevel) bool { return plainText(fl.Field().String()) })
	return s
}

// Today is the business date now.
func (s *Service) Today() models.Date { return models.DateOf(s.now(), s.zone) }

// Now is the time, for what is made of reads.
func (s *Service) Now() time.Time { return s.now() }

// Programs are the definitions this server was started with.
func (s *Service) Programs() programs.Set { return s.programs }

// Ready answers whether the database and the storage of files can serve.
func (s *Service) Ready(ctx context.Context) error {
	if err := s.db.Ping(ctx); err != nil {
		return fmt.Errorf("database: %w", err)
	}
	if err := s.files.Ready(ctx); err != nil {
		return fmt.Errorf("storage of files: %w", err)
	}
	return nil
}

// change runs a command's transaction.
func (s *Service) change(ctx context.Context, fn func(*store.Tx) error) error {
	return s.db.Change(ctx, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		over, err := tx.EndedDelegation() // since the request was let in
		if over {
			return models.Fail(models.Forbidden, "delegation.over", "The role that was delegated to you is taken back or over. Nothing was changed.")
		}
		return err
	})
}

// definition is the frozen definition of a grant year.
func (s *Service) definition(gy models.GrantYear) (*programs.Definition, error) {
	if d, ok := s.frozen.Load(gy.DefinitionHash); ok {
		return d.(*programs.Definition), nil
	}
	d, err := s.programs.Parse(gy.ProgramCode+".yaml", []byte(gy.Definition))
	if err != nil {
		return nil, fmt.Errorf("definition frozen in grant year %s: %w", gy.ID, err)
	}
	s.frozen.Store(gy.DefinitionHash, d)
	return d, nil
}

// rules is a grant year with its definition and parameters: what most commands need.
type rules struct {
	year         models.GrantYear
	def          *programs.Definition
	params       programs.Params
	reallocation string       // of a run that shares released money: what it rests on
	stop         func() error // of a definition that somebody posted: why its conditions are asked no more; nil elsewhere
}

// stopped says why no more conditions are asked; nil when they are.
func (r rules) stopped() error {
	if r.stop == nil {
		return nil
	}
	return r.stop()
}

func (r rules) version() string { return r.def.Code + "@" + r.def.Version }

func (s *Service) rules(r store.Reading, grantYearID string) (rules, error) {
	gy, err := store.Get[models.GrantYear](r, grantYearID)
	if err != nil {
		return rules{}, err
	}
	return s.rulesOf(gy)
}

func (s *Service) rulesOf(gy models.GrantYear) (rules, error) {
	def, err := s.definition(gy)
	if err != nil {
		return rules{}, err
	}
	overrides := map[string]string{}
	if err := json.Unmarshal([]byte(gy.Parameters), &overrides); err != nil {
		return rules{}, fmt.Errorf("parameters of grant year %s: %w", gy.ID, err)
	}
	params, err := def.Params(gy.FiscalYear, overrides)
	return rules{year: gy, def: def, params: params}, err
}

// money refuses what only a program that gives money has.
func (r rules) money() error {
	if r.def.Kind == "support" {
		return models.Fail(models.Conflict, "program.support", "%s gives support and no money: it has no allocations, applications or line items.", r.def.Title)
	}
	return nil
}

// event starts an audit event.
func event(who models.Actor, action, reason string, before, after any) models.AuditEvent {
	return onBehalf(who, models.AuditEvent{ActorID: who.UserID, ActorName: who.Name, Action: action, Reason: reason,
		RequestID: who.RequestID, Changes: diff(before, after)})
}

// onBehalf tells in an event by which delegation the actor acted, if by any.
func onBehalf(who models.Actor, e models.AuditEvent) models.AuditEvent {
	if g, ok := who.OnBehalf(); ok {
		e.OnBehalfOf, e.DelegationID = g.GiverID, g.DelegationID
	}
	return e
}

// ruled adds the version of the rules that decided.
func ruled(e models.AuditEvent, r rules) models.AuditEvent {
	e.RuleVersion = r.version()
	return e
}

// refuse turns a state table's refusal into the error type.
func refuse(err error) error {
	var r *machine.Refusal
	if !errors.As(err, &r) {
		return err
	}
	switch r.Cause {
	case machine.RoleMissing:
		return models.Fail(models.Forbidden, "permission.role", "To %s a %s you need the role %s.", r.Event, words(r.Document), words(strings.Join(r.Needs, " or ")))
	case machine.CommentMissing:
		return models.Field("/comment", "required", "A reason is missing.", fmt.Sprintf("Say why you %s this %s.", r.Event, words(r.Document)))
	case machine.RuleBroken:
		var e *models.Error
		if errors.As(r.Err, &e) {
			return e
		}
		return models.Fail(models.Conflict, r.Document+"."+r.Event+"_refused", "%s", r.Err.Error())
	}
	return models.Fail(models.Conflict, r.Document+".no_such_step", "This %s is %s, so it cannot %s now.", words(r.Document), words(r.State), r.Event)
}

func words(s string) string { return strings.ReplaceAll(s, "_", " ") }

// once serves Idempotency-Key: it returns the identifier to create under, or the one that
// was created for the same actor, key and input before (replay is then true). The same
// key with another input is a Conflict.
func once(tx *store.Tx, who models.Actor, kind string, in any) (id string, replay bool, err error) {
	if who.IdempotencyKey == "" {
		return tx.NewID(), false, nil
	}
	text, err := json.Marshal(in)
	if err != nil {
		return "", false, err
	}
	sum := sha256.Sum256(append([]byte(kind+"\n"), text...))
	return tx.Once(who.UserID, who.IdempotencyKey, hex.EncodeToString(sum[:]), kind)
}

// onceInto is once for a command that makes one document: a replay reads it again.
func onceInto[T any](tx *store.Tx, who models.Actor, kind string, in any, doc *T) (id string, replay bool, err error) {
	if id, replay, err = once(tx, who, kind, in); err == nil && replay {
		*doc, err = store.Get[T](tx, id)
	}
	return id, replay, err
}
