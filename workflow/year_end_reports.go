package workflow

import (
	"context"
	"encoding/json"
	"fmt"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// YearEndContent is what a person writes in a year-end report; the rest comes from the ledger.
type YearEndContent struct {
	LedgerCents   *models.Cents `json:"ledger_cents" validate:"omitempty,gte=0,lte=100000000000000"`   // total of the general ledger for the days it covers
	ExpectedCents *models.Cents `json:"expected_cents" validate:"omitempty,gte=0,lte=100000000000000"` // of what is unspent, what is going to be spent
	Plan          string        `json:"plan" validate:"max=4000"`
	Note          string        `json:"note" validate:"max=4000"`
}

// NewYearEndReport starts a report of an application.
type NewYearEndReport struct {
	ApplicationID string `json:"application_id" validate:"required,max=64"`
	Report        string `json:"report" validate:"required,max=64"` // code in the definition's year-end reports
	YearEndContent
}

// UpdateYearEndReport replaces what was written in a draft or returned report.
type UpdateYearEndReport struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	YearEndContent
}

// YearEndTransition takes a step of the table YearEndReports.
type YearEndTransition struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Event   string `json:"event" validate:"required,oneof=submit accept return"`
	Comment string `json:"comment" validate:"max=4000"`
}

// YearEndDetail is a report with the figures it certifies (of today before that), what
// changed since, and the steps the actor has.
type YearEndDetail struct {
	models.YearEndReport
	Rule    programs.YearEndReport
	Figures YearEndFigures
	Since   *YearEndSince // after it was certified
	Offers  []Offer
}

// YearEndFigures is the frozen reconciliation.
type YearEndFigures struct {
	On      models.Date      `json:"on"`
	Through models.Date      `json:"through"`
	Totals  ReconciledTotals `json:"totals"`
	Cells   []ReconciledCell `json:"cells"`
}

// YearEndSince is what the same reconciliation would say now, less what it said.
type YearEndSince struct {
	ApprovedCents models.Cents `json:"approved_cents"`
	PaidCents     models.Cents `json:"paid_cents"`
	SpentCents    models.Cents `json:"spent_cents"`
	Agrees        bool         `json:"agrees"`
}

// yearEndFile is a report open for change.
type yearEndFile struct {
	rules
	models.YearEndReport
	app  models.Application
	rule programs.YearEndReport
}

// CreateYearEndReport starts a report. Errors: Invalid "year_end_report.unknown"; Conflict
// "year_end_report.exists", "grant_year.not_open".
func (s *Service) CreateYearEndReport(ctx context.Context, who models.Actor, in NewYearEndReport) (YearEndDetail, error) {
	var f yearEndFile
	if err := s.check(in); err != nil {
		return YearEndDetail{}, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		app, err := store.Lock[models.Application](tx, in.ApplicationID, 0)
		if err != nil {
			return err
		}
		if err := allow(who, EditYearEnd, app.OrganizationID); err != nil {
			return err
		}
		f = yearEndFile{app: app}
		if f.rules, err = s.takesSpending(tx, app); err != nil {
			return err
		}
		id, replay, err := onceInto(tx, who, "year_end_report", in, &f.YearEndReport)
		if err != nil || replay {
			f.rule, _ = f.def.YearEndReport(f.Report)
			return err
		}
		var known bool
		if f.rule, known = f.def.YearEndReport(in.Report); !known {
			return models.Field("/report", "year_end_report.unknown", fmt.Sprintf("%s asks for no year-end report %q.", f.def.Title, in.Report), "Give the code of a report of the program's year_end section.")
		}
		n, err := store.Count[models.YearEndReport](tx, store.Eq{"application_id": app.ID, "report": in.Report})
		if err != nil {
			return err
		}
		if n > 0 {
			return models.Fail(models.Conflict, "year_end_report.exists", "There is a %s of %s already.", f.rule.Title, app.Reference)
		}
		f.YearEndReport = models.YearEndReport{Root: models.Root{ID: id}, ApplicationID: app.ID, GrantYearID: app.GrantYearID, OrganizationID: app.OrganizationID,
			Report: in.Report, Status: StatusDraft, PreparedBy: who.UserID, LedgerCents: in.LedgerCents, ExpectedCents: in.ExpectedCents, Plan: in.Plan, Note: in.Note}
		if err := f.days(tx); err != nil {
			return err
		}
		if err := tx.Insert(&f.YearEndReport); err != nil {
			return err
		}
		tx.Audit(&f.YearEndReport, ruled(event(who, "create", "", nil, f.YearEndReport), f.rules))
		return nil
	})
	if err != nil {
		return YearEndDetail{}, err
	}
	return s.yearEndDetail(s.db.Read(ctx), who, f)
}

// days looks up when the report is due, and the last day that it covers: the end of the
// fiscal year before that.
func (f *yearEndFile) days(r store.Reading) error {
	items, err := store.All[models.DueItem](r, store.Eq{"organization_id": f.OrganizationID, "grant_year_id": f.GrantYearID, "code": f.rule.Settles})
	if err != nil {
		return err
	}
	if len(items) > 0 {
		f.DueOn = items[0].DueOn
	} else if due, known := f.def.DueDate(f.rule.Settles); known {
		for _, d := range f.def.DueDays(due, programs.DueAnchors{FiscalYear: f.year.FiscalYear, StartsOn: f.year.StartsOn, EndsOn: f.year.EndsOn, AwardedOn: f.app.ApprovedOn, Parameters: f.params}) {
			f.DueOn = d.On
		}
	}
	f.Through = coveredThrough(f.year.EndsOn, f.DueOn)
	return nil
}

// coveredThrough is the last day that a report covers: the end of the fiscal year before it
// is due, and at least that of the grant year.
func coveredThrough(ends, due models.Date) models.Date {
	if due <= ends {
		return ends
	}
	last := due[:4] + ends[4:]
	if last >= due {
		last = models.NewDate(due.Year()-1, ends.Month(), ends.Day())
	}
	return max(last, ends)
}

// lockYearEnd locks the application, then the report.
func (s *Service) lockYearEnd(tx *store.Tx, who models.Actor, id string, version int64) (f yearEndFile, err error) {
	known, err := store.Get[models.YearEndReport](tx, id)
	if err != nil {
		return f, err
	}
	if err = allow(who, ReadDocuments, known.OrganizationID); err != nil { // before its version is told
		return f, err
	}
	if f.app, err = store.Lock[models.Application](tx, known.ApplicationID, 0); err != nil {
		return f, err
	}
	if f.YearEndReport, err = store.Lock[models.YearEndReport](tx, id, version); err != nil {
		return f, err
	}
	if f.rules, err = s.rules(tx, f.GrantYearID); err != nil {
		return f, err
	}
	f.rule, _ = f.def.YearEndReport(f.Report)
	return f, nil
}

// UpdateYearEndReport writes a draft or returned report. Errors: Conflict "year_end_report.certified".
func (s *Service) UpdateYearEndReport(ctx context.Context, who models.Actor, in UpdateYearEndReport) (YearEndDetail, error) {
	var f yearEndFile
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if f, err = s.lockYearEnd(tx, who, in.ID, in.Version); err != nil {
			return err
		}
		if err = allow(who, EditYearEnd, f.OrganizationID); err != nil {
			return err
		}
		if err = s.check(in); err != nil {
			return err
		}
		if err = f.watched(); err != nil {
			return err
		}
		if f.Status != StatusDraft && f.Status != StatusReturned {
			return models.Fail(models.Conflict, "year_end_report.certified", "This report is %s, so it cannot be changed. Ask the office to return it.", f.Status)
		}
		before := f.YearEndReport
		f.LedgerCents, f.ExpectedCents, f.Plan, f.Note, f.PreparedBy = in.LedgerCents, in.ExpectedCents, in.Plan, in.Note, who.UserID
		if err = f.days(tx); err != nil { // what was paid meanwhile may have moved them
			return err
		}
		if err = tx.Update(&f.YearEndReport, "ledger_cents", "expected_cents", "plan", "note", "prepared_by", "due_on", "through"); err != nil {
			return err
		}
		tx.Audit(&f.YearEndReport, ruled(event(who, "update", "", before, f.YearEndReport), f.rules))
		return nil
	})
	if err != nil {
		return YearEndDetail{}, err
	}
	return s.yearEndDetail(s.db.Read(ctx), who, f)
}

// TransitionYearEndReport takes a step of the table YearEndReports. Errors: Conflict
// "year_end_report.too_early"; Forbidden "year_end_report.own_work"; Invalid
// "year_end_report.incomplete" lists what is missing or does not agree.
func (s *Service) TransitionYearEndReport(ctx context.Context, who models.Actor, in YearEndTransition) (YearEndDetail, error) {
	var f yearEndFile
	if err := s.check(in); err != nil {
		return YearEndDetail{}, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if f, err = s.lockYearEnd(tx, who, in.ID, in.Version); err != nil {
			return err
		}
		facts := yearEndFacts{open: f.watched()}
		if facts.separate, err = f.separate(tx, who, in.Event); err != nil {
			return err
		}
		var figures Reconciliation
		if in.Event == "submit" {
			if err = tx.LockLines(f.app.ID); err != nil { // nothing is posted between the figures and the signature
				return err
			}
			if figures, err = s.reconcile(tx, f.app, ReconciliationDays{Through: f.Through}); err != nil {
				return err
			}
			facts.over, facts.complete = f.over(s.Today()), f.complete(figures.Totals)
		}
		step, err := take(YearEndReports, f.Status, in.Event, who, f.OrganizationID, in.Comment, facts)
		if err != nil {
			return refuse(err)
		}
		return s.stepYearEnd(tx, who, &f, in, models.State(step.To), figures)
	})
	if err != nil {
		return YearEndDetail{}, err
	}
	return s.yearEndDetail(s.db.Read(ctx), who, f)
}

// stepYearEnd writes a step, with what it settles or makes due again.
func (s *Service) stepYearEnd(tx *store.Tx, who models.Actor, f *yearEndFile, in YearEndTransition, to models.State, figures Reconciliation) error {
	before, today := f.YearEndReport, s.Today()
	f.Status = to
	columns := []string{"status"}
	if in.Event == "submit" {
		if err := f.freeze(who, today, figures); err != nil {
			return err
		}
		columns = append(columns, "submitted_by", "submitted_on", "first_submitted_on", "days_late", "spent_cents", "unspent_cents", "snapshot", "snapshot_hash")
	} else {
		f.DecidedBy, f.DecidedOn, f.Decision = &who.UserID, today, in.Comment
		columns = append(columns, "decided_by", "decided_on", "decision")
	}
	if err := tx.Update(&f.YearEndReport, columns...); err != nil {
		return err
	}
	tx.Audit(&f.YearEndReport, ruled(event(who, in.Event, in.Comment, before, f.YearEndReport), f.rules))
	if err := f.settle(tx, who, in.Event); err != nil {
		return err
	}
	if in.Event == "submit" {
		return notify(tx, "year_end_report.submitted", &f.YearEndReport, f.OrganizationID, f.rule.Title+" of "+f.app.Reference,
			fmt.Sprintf("It was certified: %s spent, %s of what was paid unspent.", f.SpentCents, f.UnspentCents), today, models.RoleFiscalReviewer)
	}
	said := map[string]string{"accept": "It was accepted.", "return": "It was returned: " + in.Comment}[in.Event]
	return notify(tx, "year_end_report."+string(to), &f.YearEndReport, f.OrganizationID, f.rule.Title+" of "+f.app.Reference, said, today, districtRoles...)
}

// freeze keeps the figures as they are certified, and how late that is.
func (f *yearEndFile) freeze(who models.Actor, today models.Date, figures Reconciliation) error {
	text, err := json.Marshal(YearEndFigures{figures.On, figures.Through, figures.Totals, figures.Cells})
	if err != nil {
		return err
	}
	f.Snapshot, f.SnapshotHash = string(text), hashOf(text)
	f.SubmittedBy, f.SubmittedOn = &who.UserID, today
	f.SpentCents, f.UnspentCents = figures.Totals.SpentCents, figures.Totals.UnspentPaidCents
	if f.FirstSubmittedOn.IsZero() {
		f.FirstSubmittedOn, f.DaysLate = today, daysLate(f.DueOn, today)
	}
	return nil
}

// daysLate is how many days after the due day something came; 0 in time, or without a day.
func daysLate(due, came models.Date) int {
	if due.IsZero() || came <= due {
		return 0
	}
	return came.DaysSince(due)
}
