package store

import "earmark/models"

// MeetingActions returns a page of actions that the scope may see; before narrows it to
// open ones that were due before that day.
func MeetingActions(r Reading, scope Scope, where Eq, before models.Date, page Page) ([]models.MeetingAction, error) {
	g := scope.apply(paged(where.apply(r.reader().g), page), "organization_id")
	if before != "" {
		g = g.Where("status = 'open' AND due_on < ?", before)
	}
	var rows []models.MeetingAction
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// FirstMeeting is the day of the first meeting held about an agreement; "" when none was.
func FirstMeeting(r Reading, agreementID string) (models.Date, error) {
	var day models.Date
	err := r.reader().g.Raw("SELECT MIN(meets_on) FROM meetings WHERE agreement_id = ? AND status = 'held'", agreementID).Row().Scan(&day)
	return day, translate(err)
}

// Unspent is what is left of one approved application.
type Unspent struct {
	ApplicationID string
	Reference     string
	ApprovedCents models.Cents
	PaidCents     models.Cents
	SpentCents    models.Cents
	DeadlineOn    models.Date
	AsOf          models.Date
}

// UnspentMoney lists the applications of an organization in open years of a program in
// which, by the latest night, approved money is not spent.
func UnspentMoney(r Reading, organizationID, programCode string) ([]Unspent, error) {
	var rows []Unspent
	err := r.reader().g.Raw(`SELECT u.application_id, a.reference, u.approved_cents, u.paid_cents, u.spent_cents, COALESCE(u.deadline_on, '') AS deadline_on, u.as_of
		FROM application_utilizations u JOIN applications a ON a.id = u.application_id
		JOIN grant_years y ON y.id = u.grant_year_id AND y.status = 'open' AND y.program_code = ?
		WHERE u.organization_id = ? AND u.approved_cents > u.spent_cents
			AND u.as_of = (SELECT MAX(x.as_of) FROM application_utilizations x WHERE x.application_id = u.application_id)
		ORDER BY a.reference`, programCode, organizationID).Scan(&rows).Error
	return rows, translate(err)
}

// NightActions asks for notices about actions of meetings of a program's agreements.
type NightActions struct {
	ProgramCode string
	Morning     models.Date
	Before      []int // days before an action is due
	LateEvery   int   // days between notices of one that is overdue; 0: none
}

// RemindActions writes notices to the owners of open actions: before they are due, and
// again and again from the day after.
func (n *Night) RemindActions(a NightActions) (int64, error) {
	n.binds["program"], n.binds["morning"], n.binds["late"] = a.ProgramCode, a.Morning, a.LateEvery
	days := make([]models.Date, len(a.Before))
	for i, d := range a.Before {
		days[i] = a.Morning.AddDays(d)
	}
	n.binds["due_days"] = append(days, "")
	return n.count(noticesFrom(`SELECT 'action:' || a.id || ':' || a.due_on || ':' || @morning AS seed, a.owner_id AS user_id, 1 AS position,
			CASE WHEN a.due_on < @morning THEN 'action.overdue' ELSE 'action.soon' END AS event, 'meeting' AS subject_kind, a.meeting_id AS subject_id, a.organization_id,
			'Action due on ' || a.due_on AS title, a.text AS detail, 'You are the owner of this action.' AS why
		FROM meeting_actions a JOIN agreements g ON g.id = a.agreement_id AND g.program_code = @program AND g.status <> 'ended'
		JOIN users u ON u.id = a.owner_id AND u.status = 'active'
		WHERE a.status = 'open' AND (a.due_on IN @due_days
			OR (a.due_on < @morning AND @late > 0 AND (DAYS(@morning; a.due_on) - 1) % @late = 0))`))
}

// CurrentSupport is the tier of each of some agreements on a day, where one was assigned.
func CurrentSupport(r Reading, agreements []string, on models.Date) (map[string]models.SupportAssignment, error) {
	var rows []models.SupportAssignment
	err := r.reader().g.Raw(`SELECT s.* FROM support_assignments s WHERE s.agreement_id IN ? AND s.from_on =
		(SELECT MAX(x.from_on) FROM support_assignments x WHERE x.agreement_id = s.agreement_id AND x.from_on <= ?)`, agreements, on).Scan(&rows).Error
	out := make(map[string]models.SupportAssignment, len(rows))
	for _, s := range rows {
		out[s.AgreementID] = s
	}
	return out, translate(err)
}

// SupportAssignments returns a page of tiers of support, all or those that hold on a day.
func SupportAssignments(r Reading, scope Scope, where Eq, current bool, on models.Date, page Page) ([]models.SupportAssignment, error) {
	g := scope.apply(paged(where.apply(r.reader().g), page), "organization_id")
	if current {
		g = g.Where("from_on = (SELECT MAX(x.from_on) FROM support_assignments x WHERE x.agreement_id = support_assignments.agreement_id AND x.from_on <= ?)", on)
	}
	var rows []models.SupportAssignment
	err := g.Find(&rows).Error
	return rows, translate(err)
}
