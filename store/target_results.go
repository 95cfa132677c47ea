package store

import (
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"earmark/models"
)

// TargetFilter asks for targets of agreements that are or were signed.
type TargetFilter struct {
	AgreementID, OrganizationID, ProgramCode, Cohort string
	Living                                           bool        // only of agreements that are not over
	On                                               models.Date // as they stood at the end of this day
}

// StandingTarget is a target with what its standing needs of its agreement.
type StandingTarget struct {
	models.Target
	OrganizationID string
	ProgramCode    string
	Cohort         string
	AssignedOn     models.Date
	SignedOn       models.Date
	TermStart      models.Date
	GoalTitle      string
}

// LivingTargets are the targets that the filter asks for, as far as the scope sees them:
// of agreements signed by then, without those retired by then. Ordered by agreement and code.
func LivingTargets(r Reading, scope Scope, f TargetFilter) ([]StandingTarget, error) {
	g := f.living(r.reader().g.Table("targets t"), scope).Joins("JOIN goals ON goals.id = t.goal_id").
		Select(`t.*, a.organization_id, a.program_code, a.cohort, a.assigned_on, a.signed_on, a.term_start, goals.title AS goal_title`)
	var rows []StandingTarget
	err := g.Order("t.agreement_id, t.code").Find(&rows).Error
	return rows, translate(err)
}

func (f TargetFilter) living(g *gorm.DB, scope Scope) *gorm.DB {
	states := []string{"signed", "ended"}
	if f.Living {
		states = states[:1]
	}
	g = g.Joins("JOIN agreements a ON a.id = t.agreement_id").
		Where("a.status IN ? AND a.signed_on <= ? AND (t.retired_on IS NULL OR t.retired_on > ?)", states, f.On, f.On)
	for _, c := range []struct{ column, value string }{{"t.agreement_id", f.AgreementID}, {"a.organization_id", f.OrganizationID},
		{"a.program_code", f.ProgramCode}, {"a.cohort", f.Cohort}} {
		if c.value != "" {
			g = g.Where(c.column+" = ?", c.value)
		}
	}
	return scope.apply(g, "a.organization_id")
}

// StandingResults are the results of those targets as they were known at the end of the
// day: measured and reported by then, and not corrected by then. Ordered by target and the
// day of measurement.
func StandingResults(r Reading, scope Scope, f TargetFilter) ([]models.TargetResult, error) {
	of := f.living(r.reader().g.Session(&gorm.Session{NewDB: true}).Table("targets t").Select("t.id"), scope)
	var rows []models.TargetResult
	err := r.reader().g.Where("target_id IN (?) AND measured_on <= ? AND reported_on <= ?", of, f.On, f.On).
		Where("NOT EXISTS (SELECT 1 FROM target_results n WHERE n.supersedes_id = target_results.id AND n.reported_on <= ?)", f.On).
		Order("target_id, measured_on, id").Find(&rows).Error
	return rows, translate(err)
}

// TargetResults returns a page of what the scope may see, superseded results too unless
// only those in force are asked for.
func TargetResults(r Reading, scope Scope, where Eq, onlyInForce bool, page Page) ([]models.TargetResult, error) {
	g := scope.apply(paged(where.apply(r.reader().g), page), "organization_id")
	if onlyInForce {
		g = g.Where("NOT EXISTS (SELECT 1 FROM target_results n WHERE n.supersedes_id = target_results.id)")
	}
	var rows []models.TargetResult
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// SupersededTargetResults are those of the identifiers that another result has replaced.
func SupersededTargetResults(r Reading, ids []string) (map[string]bool, error) {
	out := map[string]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	var old []string
	err := r.reader().g.Table("target_results").Where("supersedes_id IN ?", ids).Pluck("supersedes_id", &old).Error
	for _, id := range old {
		out[id] = true
	}
	return out, translate(err)
}

// SignedAgreements are the agreements of some districts that were signed, those that are
// over too. Inside a change they are held until the commit.
func SignedAgreements(r Reading, districts []string) ([]models.Agreement, error) {
	g := r.reader().g
	if tx, ok := r.(*Tx); ok && tx.dialect == "postgres" {
		g = g.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate})
	}
	var rows []models.Agreement
	err := g.Where("organization_id IN ? AND status IN ?", districts, []string{"signed", "ended"}).Order("id").Find(&rows).Error
	return rows, translate(err)
}
