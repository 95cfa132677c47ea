package web

import (
	"cmp"
	"slices"

	"earmark/models"
	"earmark/workflow"
)

// officeHome is the body of office_home.html.
type officeHome struct {
	Years     []Link // to choose the grant year of the districts
	Year      string
	YearID    string
	Queue     []workflow.Queued
	QueueMore int
	Ages      []ageGroup
	Waiting   int
	Decidable int // by the reader, now
	Risk      []riskLine
	RiskMore  int
	Forecast  models.Cents
	Low, High models.Cents
	Recipients,
	NotApplied int
	Mine    bool // due items are those of the reader's own districts
	Due     []todo
	Overdue int
	Actions []todo
	Runs    []models.JobRun
	Failed  int
	Tools   []Link
}

// ageGroup counts what waits by how long it does, and by risk.
type ageGroup struct {
	Text              string
	High, Medium, Low int
}

// riskLine is a district that is out of line, with why.
type riskLine struct {
	workflow.DistrictStanding
	Why  []string
	Mine bool
}

// shownOnHome is how many rows each part of the office's home has.
const shownOnHome = 8

func (r *request) officeHome() error {
	body := officeHome{}
	for _, part := range []func(*officeHome) error{r.officeQueue, r.officeRisk, r.officeDues, r.officeActions, r.officeJobs} {
		if err := part(&body); err != nil {
			return err
		}
	}
	if r.who.Has(models.RoleAuditor) { // nothing waits for who changes nothing: the ways to look
		body.Tools = []Link{{Text: r.t("Audit trail and its verification"), Href: "/audit_events"}, {Text: r.t("Reports"), Href: "/reports"}, {Text: r.t("Outbox of every mail"), Href: "/mails"}}
	}
	return r.show("office_home", Page{Title: r.t("Home"), Section: "/", Body: body, Wide: true})
}

// officeQueue sums up what waits for review by risk and age.
func (r *request) officeQueue(h *officeHome) error {
	rows, err := r.s.ReviewQueue(r.ctx(), r.who, workflow.ListReviewQueue{})
	if err != nil {
		return err
	}
	h.Ages = []ageGroup{{Text: r.t("up to 5 days")}, {Text: r.t("6 to 10 days")}, {Text: r.t("more than 10 days")}}
	h.Waiting = len(rows)
	for _, q := range rows {
		group := &h.Ages[min(max(q.WaitingDays-1, 0)/5, 2)]
		switch q.Level {
		case "high":
			group.High++
		case "medium":
			group.Medium++
		default:
			group.Low++
		}
		if q.Mine {
			h.Decidable++
		}
	}
	slices.SortStableFunc(rows, func(a, b workflow.Queued) int { return boolInt(b.Mine) - boolInt(a.Mine) }) // within it by risk and age, as the queue has them
	h.QueueMore = max(len(rows)-shownOnHome, 0)
	h.Queue = rows[:min(len(rows), shownOnHome)]
	return nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// officeRisk shows the districts of one grant year that are out of line, the worst first.
func (r *request) officeRisk(h *officeHome) error {
	years, err := r.moving()
	if err != nil || len(years) == 0 {
		return err
	}
	runs, err := r.s.AllocationRuns(r.ctx(), r.who, workflow.ListAllocationRuns{Status: workflow.StatusPublished})
	if err != nil {
		return err
	}
	recipients := map[string]int{}
	for _, run := range runs {
		recipients[run.GrantYearID] = max(recipients[run.GrantYearID], run.RecipientCount)
	}
	slices.SortStableFunc(years, func(a, b models.GrantYear) int { // the largest open program first
		return cmp.Or(cmp.Compare(b.Status, a.Status), recipients[b.ID]-recipients[a.ID], b.FiscalYear-a.FiscalYear)
	})
	chosen := years[0]
	for _, y := range years {
		if y.ID == r.Query("grant_year_id") {
			chosen = y
		}
	}
	h.Year, h.YearID = chosen.Title, chosen.ID
	for _, y := range years {
		h.Years = append(h.Years, Link{Text: y.Title, Href: "/?grant_year_id=" + y.ID, Current: y.ID == chosen.ID})
	}
	rows, err := r.s.DistrictStandings(r.ctx(), r.who, workflow.ListDistrictStandings{GrantYearID: chosen.ID})
	if err != nil {
		return err
	}
	for _, d := range rows {
		h.Recipients++
		h.Forecast, h.Low, h.High = h.Forecast+d.Night.ForecastCents, h.Low+d.Night.ForecastLowCents, h.High+d.Night.ForecastHighCents
		if d.ApplicationID == "" {
			h.NotApplied++
		}
		if why := r.risks(d); len(why) > 0 {
			h.Risk = append(h.Risk, riskLine{d, why, r.mine(models.Organization{PALUserID: d.PALUserID})})
		}
	}
	slices.SortStableFunc(h.Risk, func(a, b riskLine) int {
		return cmp.Or(cmp.Compare(boolInt(b.Mine), boolInt(a.Mine)), cmp.Compare(b.Violations, a.Violations), cmp.Compare(b.Night.ForecastCents, a.Night.ForecastCents))
	})
	h.RiskMore = max(len(h.Risk)-shownOnHome, 0)
	h.Risk = h.Risk[:min(len(h.Risk), shownOnHome)]
	return nil
}

// risks say why a district needs a look.
func (r *request) risks(d workflow.DistrictStanding) []string {
	var why []string
	if d.Violations > 0 {
		why = append(why, plural(r.lang, d.Violations, "1 violation", "%d violations"))
	}
	if d.MinimumBP != nil && d.Night.RateBP != nil && *d.Night.RateBP < *d.MinimumBP {
		why = append(why, r.t("%s spent, minimum %s", percent(int64(*d.Night.RateBP)), percent(int64(*d.MinimumBP))))
	}
	if d.ApplicationID == "" && d.AllocationCents > 0 {
		why = append(why, r.t("has not applied"))
	}
	return why
}

// officeDues are what districts owe: of a liaison the own districts'.
func (r *request) officeDues(h *officeHome) error {
	items, err := r.s.DueItems(r.ctx(), r.who, workflow.ListDueItems{})
	if err != nil {
		return err
	}
	items = slices.DeleteFunc(items, func(d workflow.DueItemDetail) bool { return !d.DoneOn.IsZero() })
	var organizations []string
	for _, d := range items {
		organizations = append(organizations, d.OrganizationID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, organizations, nil)
	if err != nil {
		return err
	}
	if h.Mine = r.who.Has(models.RolePAL); h.Mine {
		items = slices.DeleteFunc(items, func(d workflow.DueItemDetail) bool { return !r.mine(names.Organizations[d.OrganizationID]) })
	}
	for _, d := range items {
		if d.Days < 0 {
			h.Overdue++
		}
	}
	h.Due = r.dueTodo(items, &names)
	return nil
}

// officeActions are the reader's own, from meetings.
func (r *request) officeActions(h *officeHome) error {
	found, err := r.s.MeetingActions(r.ctx(), r.who, workflow.ListActions{OwnerID: r.who.UserID, Status: workflow.StatusOpen})
	if err != nil {
		return err
	}
	slices.SortStableFunc(found, func(a, b workflow.ActionStanding) int { return cmp.Compare(a.DueOn, b.DueOn) })
	for _, a := range found[:min(len(found), shownOnHome)] {
		next := todo{Text: a.Text, Href: "/meetings/" + a.MeetingID, On: a.DueOn, When: r.late(a.DueOn)}
		if a.DaysLate > 0 {
			next.Tone = "bad"
		}
		h.Actions = append(h.Actions, next)
	}
	return nil
}

// officeJobs are the last runs, for those who keep the system running.
func (r *request) officeJobs(h *officeHome) error {
	if may := r.s.MayReadJobs(r.who) == nil; !may || !r.who.Has(models.RoleAdministrator) {
		return nil
	}
	var err error
	if h.Runs, err = r.s.JobRuns(r.ctx(), r.who, workflow.ListJobRuns{Limit: 5}); err != nil {
		return err
	}
	failed, err := r.s.Mails(r.ctx(), r.who, workflow.ListMails{Status: "failed", Limit: 100})
	h.Failed = len(failed)
	h.Tools = []Link{{Text: r.t("People and roles"), Href: "/users"}, {Text: r.t("Jobs"), Href: "/jobs"}, {Text: r.t("Outbox of every mail"), Href: "/mails"}, {Text: r.t("Audit trail"), Href: "/audit_events"}}
	return err
}
