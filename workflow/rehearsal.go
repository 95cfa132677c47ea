package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// RehearseRules asks what a changed definition would make of a grant year's applications.
type RehearseRules struct {
	GrantYearID string `json:"-"`
	Definition  string `json:"definition" validate:"required,max=400000"`         // YAML
	FactsYear   int    `json:"facts_year" validate:"omitempty,gte=1990,lte=2100"` // 0: that of the published run
}

// The effects that a changed rule can have.
const (
	EffectFails   = "newly_fails"
	EffectPasses  = "newly_passes"
	EffectChanges = "changes"
)

const (
	maxRehearsal       = 30 * time.Second // of replaying; a definition can be posted by anybody of the office
	maxRehearsalFinds  = 2_000            // listed; all are counted
	maxListedProblems  = 100
	ruleOfLimit        = "line_item.over_limit"
	ruleOfAmendment    = "amendment.outcome"
	ruleOfApproval     = "approval.steps"
	ruleOfAllocation   = "allocation.amount"
	subjectLine        = "line"
	subjectRevision    = "revision"
	subjectApplication = "application"
	subjectAllocation  = "allocation"
)

// RehearsalFinding is one thing that would be otherwise under the changed definition.
type RehearsalFinding struct {
	Effect         string // newly_fails, newly_passes, changes
	Subject        string // line, revision, application, allocation
	Rule           string // code of the check, or amendment.outcome, approval.steps, allocation.amount
	ApplicationID  string // "" where there is none
	Reference      string
	OrganizationID string
	Code           string // of the organization
	Name           string
	RevisionID     string
	RevisionNumber int
	RevisionStatus models.State
	LineNumber     int // 0 when it is not about one line
	Severity       string
	Before         string // what the rule says now; "" where it holds
	After          string // what it would say
	AmountCents    models.Cents
}

// RehearsalRecipient is what changes for one recipient.
type RehearsalRecipient struct {
	OrganizationID string
	Code           string
	Name           string
	ApplicationID  string
	Reference      string
	Fails          int
	Passes         int
	Changes        int
	TouchedCents   models.Cents // of its lines and revisions with a finding, each line once
	BaseCents      models.Cents // allocation by the rules as they are
	AmountCents    models.Cents // and by the changed ones
	ChangeCents    models.Cents
	ChangeBP       *models.BasisPoints
	Class          string
	Bound          string
}

// Rehearsal is everything that would be otherwise. Nothing of it is stored.
type Rehearsal struct {
	GrantYear       models.GrantYear
	FromVersion     string
	ToVersion       string
	FromHash        string
	ToHash          string
	FactsYear       int // 0: no allocation was computed
	Applications    int
	Revisions       int
	Lines           int
	Fails           int
	Passes          int
	Changes         int
	TouchedCents    models.Cents
	BaseCents       models.Cents // allocated by the rules as they are
	AmountCents     models.Cents
	Winners         int
	Losers          int
	Untouched       int
	AllocationWrong []string           // why the changed formula gives nothing
	Findings        []RehearsalFinding // those that fail first, at most 2,000
	Omitted         int                // findings that are counted and not listed
	Recipients      []RehearsalRecipient
}

// Rehearse replays a changed definition over the applications of a grant year: the same
// facts and documents under both, so that every difference comes from the rules. It stores
// nothing.
func (s *Service) Rehearse(ctx context.Context, who models.Actor, in RehearseRules) (Rehearsal, error) {
	var out Rehearsal
	if err := s.admit(who, RunRehearsal, in); err != nil {
		return out, err
	}
	ctx, stop := context.WithTimeout(ctx, maxRehearsal)
	defer stop()
	reader := s.db.Read(ctx)
	now, err := s.rules(reader, in.GrantYearID)
	if err != nil {
		return out, err
	}
	changed, err := s.changedDefinition(now, in.Definition)
	if err != nil {
		return out, err
	}
	changed.stop = ctx.Err
	r := rehearsal{ctx: ctx, s: s, now: now, then: changed, at: map[string]int{}}
	err = r.run(reader, in.FactsYear)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return out, models.Fail(models.Conflict, "rehearsal.too_long", "The changed definition takes longer than %s over the applications of %s. Make its conditions simpler.", maxRehearsal, now.year.Title)
	}
	return r.out, err
}

// changedDefinition reads the posted text as strictly as a file that is opened.
func (s *Service) changedDefinition(now rules, text string) (rules, error) {
	def, err := s.programs.Parse(now.year.ProgramCode+".yaml", []byte(text))
	if problems, ok := programs.ProblemsOf(err); ok {
		return rules{}, problemFields(problems)
	}
	if err != nil {
		return rules{}, err
	}
	if def.Code != now.year.ProgramCode {
		return rules{}, models.Field("/definition", "rehearsal.other_program", fmt.Sprintf("The definition is of the program %q; %s is of %q.", def.Code, now.year.Title, now.year.ProgramCode), "Send a changed definition of this program.")
	}
	return changedRules(now, def)
}

// problemFields are the mistakes of a definition, each with its line and column.
func problemFields(problems programs.Problems) error {
	var fields []models.FieldError
	for _, p := range problems[:min(len(problems), maxListedProblems)] {
		where := fmt.Sprintf("Line %d, column %d", p.Line, p.Column)
		if p.Path != "" {
			where += ", " + p.Path
		}
		fix := p.Fix
		if fix == "" {
			fix = "Correct it there."
		}
		fields = append(fields, models.FieldError{Pointer: "/definition", Code: "definition.problem", Detail: where + ": " + p.Says, Fix: fix})
	}
	err := invalid(fields).(*models.Error) //nolint:errorlint // made here
	err.Code, err.Detail = "definition.invalid", fmt.Sprintf("The definition has %d mistakes. Nothing was rehearsed.", len(problems))
	return err
}

// rehearsal is one run of Rehearse.
type rehearsal struct {
	ctx       context.Context //nolint:containedctx // of one call
	s         *Service
	now, then rules
	world     *rehearsed
	today     models.Date
	out       Rehearsal
	at        map[string]int // recipient -> index in out.Recipients
	before    shares
	after     shares
}

func (r *rehearsal) run(reader *store.Reader, factsYear int) (err error) {
	r.today = r.s.Today()
	r.out = Rehearsal{GrantYear: r.now.year, FromVersion: r.now.version(), ToVersion: r.then.version(), FromHash: r.now.def.Hash, ToHash: r.then.def.Hash}
	if r.world, err = r.s.loadRehearsed(reader, r.now.year); err != nil {
		return err
	}
	if err := r.allocations(reader, factsYear); err != nil {
		return err
	}
	for _, app := range r.world.applications {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		r.out.Applications++
		r.application(app)
	}
	if err := r.ctx.Err(); err != nil {
		return err
	}
	r.finish()
	return nil
}

// allocations computes both formulas over the same facts.
func (r *rehearsal) allocations(reader *store.Reader, factsYear int) error {
	if factsYear == 0 && r.now.year.PublishedRunID != nil {
		run, err := store.Get[models.AllocationRun](reader, *r.now.year.PublishedRunID)
		if err != nil {
			return err
		}
		factsYear = run.FactsYear
	}
	r.out.FactsYear = factsYear
	var err error
	if r.before, err = share(reader, r.now, factsYear); err != nil {
		return err
	}
	if r.after, err = share(reader, r.then, factsYear); err != nil {
		return err
	}
	if wrong := cmp.Or(r.after.problem, r.before.problem); wrong != nil {
		for i, f := range asFields(wrong) {
			if i < maxListedProblems {
				r.out.AllocationWrong = append(r.out.AllocationWrong, f.Detail)
			}
		}
		return nil
	}
	places, err := placesOf(reader, r.then.def)
	if err != nil {
		return err
	}
	for id := range codes(r.before, r.after) {
		r.allocation(places[id].Organization)
	}
	return nil
}

func (r *rehearsal) allocation(o models.Organization) {
	base, other := r.before.byOrganization[o.ID], r.after.byOrganization[o.ID]
	r.out.BaseCents += base.AmountCents
	r.out.AmountCents += other.AmountCents
	row := comparedRow(outcome{cents: base.AmountCents}, outcome{cents: other.AmountCents, bound: r.after.bounds[o.ID][0]})
	switch row.Class {
	case ClassUntouched:
		r.out.Untouched++
		return
	case ClassWinner:
		r.out.Winners++
	case ClassLoser:
		r.out.Losers++
	}
	rec := r.recipient(o)
	rec.BaseCents, rec.AmountCents, rec.ChangeCents, rec.ChangeBP, rec.Class, rec.Bound = row.BaseCents, row.AmountCents, row.ChangeCents, row.ChangeBP, row.Class, row.Bound
	r.find(rec, RehearsalFinding{Effect: EffectChanges, Subject: subjectAllocation, Rule: ruleOfAllocation, OrganizationID: o.ID,
		Before: row.BaseCents.String(), After: row.AmountCents.String(), AmountCents: max(row.ChangeCents, -row.ChangeCents)})
}

func (r *rehearsal) recipient(o models.Organization) *RehearsalRecipient {
	i, known := r.at[o.ID]
	if !known {
		i = len(r.out.Recipients)
		r.at[o.ID] = i
		r.out.Recipients = append(r.out.Recipients, RehearsalRecipient{OrganizationID: o.ID, Code: o.Code, Name: o.Name, Class: ClassUntouched})
	}
	return &r.out.Recipients[i]
}

// find counts a finding and lists it.
func (r *rehearsal) find(rec *RehearsalRecipient, f RehearsalFinding) {
	f.OrganizationID, f.Code, f.Name = rec.OrganizationID, rec.Code, rec.Name
	switch f.Effect {
	case EffectFails:
		r.out.Fails++
		rec.Fails++
	case EffectPasses:
		r.out.Passes++
		rec.Passes++
	default:
		r.out.Changes++
		rec.Changes++
	}
	r.out.Findings = append(r.out.Findings, f)
}

// finish orders everything, so that the same rehearsal always gives the same report.
func (r *rehearsal) finish() {
	rank := map[string]int{EffectFails: 0, EffectPasses: 1, EffectChanges: 2}
	slices.SortFunc(r.out.Findings, func(a, b RehearsalFinding) int {
		return cmp.Or(rank[a.Effect]-rank[b.Effect], cmp.Compare(a.Code, b.Code), cmp.Compare(a.OrganizationID, b.OrganizationID), a.RevisionNumber-b.RevisionNumber,
			a.LineNumber-b.LineNumber, cmp.Compare(a.Rule, b.Rule))
	})
	if n := len(r.out.Findings); n > maxRehearsalFinds {
		r.out.Omitted, r.out.Findings = n-maxRehearsalFinds, r.out.Findings[:maxRehearsalFinds]
	}
	slices.SortFunc(r.out.Recipients, func(a, b RehearsalRecipient) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.OrganizationID, b.OrganizationID))
	})
}
