package workflow

import (
	"context"
	"errors"
	"fmt"

	"earmark/models"
	"earmark/store"
)

// NewPeriodReport says that the spending of a period is in Earmark, or that there was none.
type NewPeriodReport struct {
	ApplicationID string      `json:"application_id" validate:"required,max=64"`
	PeriodStart   models.Date `json:"period_start" validate:"required,civil_date"`
	PeriodEnd     models.Date `json:"period_end" validate:"required,civil_date"`
	NothingSpent  bool        `json:"nothing_spent"`
	Comment       string      `json:"comment" validate:"max=2000"`
	// Lines is what was spent on lines in the period and is not posted yet: it is posted with
	// the report, on the period's last day.
	Lines []PeriodLine `json:"lines,omitempty" validate:"max=1000,dive"`
}

// PeriodLine is what was spent on a line in a period.
type PeriodLine struct {
	LineItemID  string       `json:"line_item_id" validate:"required,max=64"`
	AmountCents models.Cents `json:"amount_cents" validate:"gte=-1000000000000,lte=1000000000000"` // 0 posts nothing
}

// postLines posts what a report of a period says of lines. Errors name the line by its
// place: /lines/3/amount_cents.
func (s *Service) postLines(tx *store.Tx, who models.Actor, in NewPeriodReport) error {
	var fields []models.FieldError
	for i, l := range in.Lines {
		if l.AmountCents == 0 {
			continue
		}
		line, err := store.Get[models.LineItem](tx, l.LineItemID)
		if err != nil {
			return err
		}
		if line.ApplicationID != in.ApplicationID {
			return notFound()
		}
		row := NewExpenditure{LineItemID: l.LineItemID, AmountCents: l.AmountCents, SpentOn: in.PeriodEnd, Memo: fmt.Sprintf("Reported for %s to %s.", in.PeriodStart, in.PeriodEnd)}
		_, err = s.postIn(tx, who, PostExpenditure, row, s.posting(who, PostExpenditure, row))
		var e *models.Error
		if errors.As(err, &e) && e.Kind == models.Invalid {
			for _, f := range e.Fields {
				f.Pointer = fmt.Sprintf("/lines/%d/amount_cents", i)
				fields = append(fields, f)
			}
			continue
		}
		if err != nil {
			return err
		}
	}
	return invalid(fields)
}

// ReportPeriod records the report with the ledger's total of the period. Errors: Invalid
// "period_report.order", "period_report.future", "period_report.outside",
// "period_report.spending_found"; Conflict "period_report.exists" for the same last day.
func (s *Service) ReportPeriod(ctx context.Context, who models.Actor, in NewPeriodReport) (models.PeriodReport, error) {
	var rep models.PeriodReport
	if err := s.check(in); err != nil {
		return rep, err
	}
	err := s.change(ctx, func(tx *store.Tx) error {
		app, err := store.Lock[models.Application](tx, in.ApplicationID, 0)
		if err != nil {
			return err
		}
		if err := allow(who, ReportPeriod, app.OrganizationID); err != nil {
			return err
		}
		id, replay, err := onceInto(tx, who, "period_report", in, &rep)
		if err != nil || replay {
			return err
		}
		ru, err := s.takesSpending(tx, app)
		if err != nil {
			return err
		}
		if err := s.checkPeriod(ru, in); err != nil {
			return err
		}
		n, err := store.Count[models.PeriodReport](tx, store.Eq{"application_id": app.ID, "period_end": string(in.PeriodEnd)})
		if err != nil {
			return err
		}
		if n > 0 {
			return models.Fail(models.Conflict, "period_report.exists", "There is a report up to %s already.", in.PeriodEnd)
		}
		if err := s.postLines(tx, who, in); err != nil {
			return err
		}
		spent, err := tx.SpentBetween(app.ID, in.PeriodStart, in.PeriodEnd)
		if err != nil {
			return err
		}
		if in.NothingSpent && (spent.Count > 0 || spent.Cents != 0) {
			return breaks("/nothing_spent", "period_report.spending_found",
				fmt.Sprintf("%s is posted in %d entries from %s to %s, so something was spent.", spent.Cents, spent.Count, in.PeriodStart, in.PeriodEnd),
				"Report the period without this mark, or reverse the entries that are wrong.")
		}
		rep = models.PeriodReport{Root: models.Root{ID: id}, ApplicationID: app.ID, OrganizationID: app.OrganizationID, PeriodStart: in.PeriodStart, PeriodEnd: in.PeriodEnd,
			NothingSpent: in.NothingSpent, SpentCents: spent.Cents, Comment: in.Comment, ReportedBy: who.UserID, ReportedOn: s.Today()}
		if err := tx.Insert(&rep); err != nil {
			return err
		}
		tx.Audit(&rep, ruled(event(who, "report", in.Comment, nil, rep), ru))
		return nil
	})
	return rep, err
}

func (s *Service) checkPeriod(ru rules, in NewPeriodReport) error {
	if in.PeriodEnd < in.PeriodStart {
		return breaks("/period_end", "period_report.order", fmt.Sprintf("The period ends on %s, before it starts on %s.", in.PeriodEnd, in.PeriodStart), "Give a last day on or after the first.")
	}
	if in.PeriodEnd > s.Today() {
		return breaks("/period_end", "period_report.future", fmt.Sprintf("The period ends on %s, which is in the future.", in.PeriodEnd), "Report a period once it is over; its last day may be today.")
	}
	if w := s.spanOf(ru); in.PeriodStart < w.from || in.PeriodEnd > w.until {
		pointer := "/period_start"
		if in.PeriodStart >= w.from {
			pointer = "/period_end"
		}
		return breaks(pointer, "period_report.outside", fmt.Sprintf("Money of %s is spent from %s to %s.", ru.year.Title, w.from, w.until), "Give a period inside these days.")
	}
	return nil
}

// takesSpending are the rules of an application that is in force in a grant year that is open or closing.
func (s *Service) takesSpending(r store.Reading, app models.Application) (rules, error) {
	ru, err := s.watchedRules(r, app.GrantYearID)
	if err == nil && app.Status != StatusInForce {
		err = models.Fail(models.Conflict, "application.not_in_force", "No revision of %s is approved yet, so it takes no spending.", app.Reference)
	}
	return ru, err
}

// ListPeriodReports asks for period reports, in the order they were made.
type ListPeriodReports struct {
	OrganizationID string `json:"organization_id" validate:"max=64"`
	ApplicationID  string `json:"application_id" validate:"max=64"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// PeriodReports lists period reports.
func (s *Service) PeriodReports(ctx context.Context, who models.Actor, in ListPeriodReports) ([]models.PeriodReport, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.List[models.PeriodReport](s.db.Read(ctx), narrow(scope(who), in.OrganizationID),
		eq("application_id", in.ApplicationID), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// PeriodReport is one period report.
func (s *Service) PeriodReport(ctx context.Context, who models.Actor, id string) (models.PeriodReport, error) {
	p, err := store.Get[models.PeriodReport](s.db.Read(ctx), id)
	if err != nil {
		return p, err
	}
	return p, allow(who, ReadDocuments, p.OrganizationID)
}
