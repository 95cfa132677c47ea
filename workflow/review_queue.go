package workflow

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/formula"
)

// ListReviewQueue asks for what waits for review; everything given must hold.
type ListReviewQueue struct {
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	Mine           string `json:"mine" validate:"omitempty,oneof=true false"` // true: only what the actor may decide now
	Risk           string `json:"risk" validate:"omitempty,oneof=high medium low"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// Queued is a revision that waits for review.
type Queued struct {
	store.QueueRow
	GrantYear   models.GrantYear
	Step        *programs.ApprovalStep // whose turn it is
	Mine        bool                   // the actor may decide it now
	WhyNot      string                 // why the actor may not
	SubmittedOn models.Date
	WaitingDays int
	DueOn       models.Date // by which the program wants it decided; "" when it names no day
	DaysLeft    int         // until then; negative when it is over
	Level       string      // of risk
	Points      int
	Risks       []Risk
	Changed     int          // lines that it adds, changes or removes
	BeforeCents models.Cents // in force now
}

// ReviewQueue lists what waits for review: the riskiest and then the longest waiting first.
func (s *Service) ReviewQueue(ctx context.Context, who models.Actor, in ListReviewQueue) ([]Queued, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	w, err := s.loadWaiting(s.db.Read(ctx), who, eq("grant_year_id", in.GrantYearID, "organization_id", in.OrganizationID))
	if err != nil {
		return nil, err
	}
	out := make([]Queued, 0, len(w.rows))
	for _, row := range w.rows {
		d, err := w.open(s, row)
		if err != nil {
			return nil, err
		}
		q := s.queued(who, d, row, w.approvals[row.Revision.ID])
		if (in.Mine == "" || (in.Mine == "true") == q.Mine) && (in.Risk == "" || in.Risk == q.Level) {
			out = append(out, q)
		}
	}
	slices.SortStableFunc(out, func(a, b Queued) int {
		return cmp.Or(b.Points-a.Points, cmp.Compare(a.SubmittedOn, b.SubmittedOn), cmp.Compare(a.Revision.ID, b.Revision.ID))
	})
	if in.Limit > 0 {
		out = out[:min(len(out), in.Limit)]
	}
	return out, nil
}

func (s *Service) queued(who models.Actor, d *draft, row store.QueueRow, approvals []models.Approval) Queued {
	q := Queued{QueueRow: row, GrantYear: d.year, Step: nextStep(d, approvals)}
	item, done := d.chain(row.PALUserID, approvals)
	if _, err := d.def.Approval.May(item, done, who); err != nil {
		q.WhyNot = detailOf(err)
	} else {
		q.Mine = true
	}
	if at := d.revision.SubmittedAt; at != nil {
		q.SubmittedOn = models.DateOf(*at, s.zone)
		q.WaitingDays = s.Today().DaysSince(q.SubmittedOn)
		if t := d.def.Approval.Turnaround; t != nil {
			q.DueOn = q.SubmittedOn.AddDays(t.Days)
			q.DaysLeft = q.DueOn.DaysSince(s.Today())
		}
	}
	q.Risks = d.risksOf(row.OpenFlags, d.meterOf(baseLines(d.lines)))
	for _, r := range q.Risks {
		q.Points += r.Points
	}
	q.Level = riskLevel(q.Points)
	for _, l := range d.lines {
		if l.Touched {
			q.Changed++
		}
	}
	if d.revision.BaseID != nil {
		q.BeforeCents = d.application.ApprovedCents
	}
	return q
}

// waiting is everything that the revisions under review are checked against, loaded in a
// fixed number of queries.
type waiting struct {
	rehearsed
	rows    []store.QueueRow
	apps    map[string]models.Application
	rules   map[string]rules // by grant year
	flagged map[string]bool  // line items with an open flag
}

// loadWaiting loads what waits for review, as far as the actor sees it.
func (s *Service) loadWaiting(r *store.Reader, who models.Actor, where store.Eq) (*waiting, error) {
	w := &waiting{rules: map[string]rules{}, flagged: map[string]bool{}}
	var err error
	if w.rows, err = r.ReviewQueue(scope(who), where); err != nil || len(w.rows) == 0 {
		return w, err
	}
	var apps, revisions, districts []string
	years := map[string]bool{}
	for _, row := range w.rows {
		apps = append(apps, row.Revision.ApplicationID)
		revisions = append(revisions, row.Revision.ID)
		districts = append(districts, row.Revision.OrganizationID)
		years[row.Revision.GrantYearID] = true
	}
	for id := range years {
		if w.rules[id], err = s.rules(r, id); err != nil {
			return w, err
		}
	}
	for _, load := range []func() error{
		func() error { return w.applied(r, apps) },
		func() error { return w.written(r, apps, revisions) },
		func() error { return w.around(r, districts) },
		func() error { return w.allocated(r, apps) },
	} {
		if err := load(); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (w *waiting) applied(r *store.Reader, ids []string) error {
	apps, err := store.All[models.Application](r, store.Eq{"id": ids}, "id")
	w.apps = map[string]models.Application{}
	for _, a := range apps {
		w.apps[a.ID] = a
	}
	return err
}

func (w *waiting) written(r *store.Reader, apps, revisions []string) error {
	rows, err := r.LineVersionsOf(apps, revisions)
	if err != nil {
		return err
	}
	w.versions = map[string][]store.LineVersionRow{}
	for _, row := range rows {
		w.versions[row.ApplicationID] = append(w.versions[row.ApplicationID], row.LineVersionRow)
	}
	costs, err := r.LineCostsOf(apps)
	if w.costs, err = grouped(costs, err, func(c models.LineCost) string { return c.LineVersionID }); err != nil {
		return err
	}
	links, err := r.LineLinksOf(apps)
	if w.links, err = grouped(links, err, func(k models.LineLink) string { return k.LineVersionID }); err != nil {
		return err
	}
	approvals, err := store.All[models.Approval](r, store.Eq{"revision_id": revisions}, "at", "id")
	w.approvals, err = grouped(approvals, err, func(a models.Approval) string { return a.RevisionID })
	return err
}

// around loads the districts with their schools, and the agreements with their targets.
func (w *waiting) around(r *store.Reader, districts []string) error {
	own, err := store.All[models.Organization](r, store.Eq{"id": districts}, "id")
	if err != nil {
		return err
	}
	w.organizations = map[string]models.Organization{}
	for _, o := range own {
		w.organizations[o.ID] = o
	}
	schools, err := store.All[models.Organization](r, store.Eq{"parent_id": districts, "kind": models.KindSchool}, "id")
	if w.schools, err = grouped(schools, err, func(o models.Organization) string { return deref(o.ParentID) }); err != nil {
		return err
	}
	agreements, err := store.All[models.Agreement](r, store.Eq{"organization_id": districts}, "assigned_on", "id")
	by, err := grouped(agreements, err, func(a models.Agreement) string { return a.OrganizationID })
	if err != nil {
		return err
	}
	w.agreements = map[string]*models.Agreement{}
	var ids []string
	for id, all := range by {
		if w.agreements[id] = latestOf(all); w.agreements[id] != nil {
			ids = append(ids, w.agreements[id].ID)
		}
	}
	targets, err := store.All[models.Target](r, store.Eq{"agreement_id": ids}, "id")
	w.targets, err = grouped(targets, err, func(t models.Target) string { return t.AgreementID })
	return err
}

func (w *waiting) allocated(r *store.Reader, apps []string) error {
	w.receipts = map[string]formula.Receipt{}
	err := r.ReceiptsOf(apps, func(id, text string) error {
		var receipt formula.Receipt
		if err := json.Unmarshal([]byte(text), &receipt); err != nil {
			return fmt.Errorf("receipt of application %s: %w", id, err)
		}
		w.receipts[id] = receipt
		return nil
	})
	if err != nil {
		return err
	}
	flagged, err := r.FlaggedLines(apps)
	for _, id := range flagged {
		w.flagged[id] = true
	}
	return err
}

// open is a waiting revision as its reviewer would load it.
func (w *waiting) open(s *Service, row store.QueueRow) (*draft, error) {
	app, ok := w.apps[row.Revision.ApplicationID]
	if !ok {
		return nil, fmt.Errorf("application %s of a waiting revision is gone", row.Revision.ApplicationID)
	}
	return w.draft(w.rules[app.GrantYearID], app, row.Revision, w.linesAt(row.Revision), w.receipts[app.ID], app.AllocationCents, s.Today()), nil
}

// detailOf is what a refusal says to people.
func detailOf(err error) string {
	var e *models.Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return err.Error()
}
