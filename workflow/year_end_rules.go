package workflow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/machine"
)

// separate refuses whoever wrote the report and now certifies it, and whoever wrote or
// certified it and now reviews it, themselves or through another person. The audit trail
// says who wrote it, not only who did last.
func (f *yearEndFile) separate(r store.Reading, who models.Actor, step string) (refused, err error) {
	roles := official
	if step != "submit" {
		roles = rolesOf(ReviewYearEnd)
	}
	acting := persons(who, roles, f.OrganizationID)
	wrote, err := tookPart(r, &f.YearEndReport, acting, "create", "update")
	if err != nil {
		return nil, err
	}
	what := map[string]string{"submit": "certifies", "accept": "reviews", "return": "reviews"}[step]
	switch {
	case wrote:
		return models.Fail(models.Forbidden, "year_end_report.own_work", "%s, or the person acted for, wrote in this report, so somebody else %s it: preparer and reviewer are different persons.", who.Name, what), nil
	case step != "submit" && slices.Contains(acting, deref(f.SubmittedBy)):
		return models.Fail(models.Forbidden, "year_end_report.own_work", "%s certified this report, so somebody else %s it.", who.Name, what), nil
	}
	return nil, nil
}

func (f *yearEndFile) over(today models.Date) error {
	if today <= f.Through {
		return models.Fail(models.Conflict, "year_end_report.too_early", "The report covers spending through %s. It can be certified from the day after.", f.Through)
	}
	return nil
}

// complete lists what the report lacks, or where it does not agree with the ledger here.
func (f *yearEndFile) complete(t ReconciledTotals) error {
	wrong := yearEndFindings(f.rule, t.SpentCents, t.UnspentPaidCents, f.LedgerCents, f.ExpectedCents, f.Plan)
	if len(wrong) == 0 {
		return nil
	}
	return &models.Error{Kind: models.Invalid, Code: "year_end_report.incomplete", Fields: wrong, Detail: fmt.Sprintf("The %s lacks something, or does not agree with the ledger. Nothing was changed.", f.rule.Title)}
}

// yearEndFindings holds what is written against what was spent.
func yearEndFindings(rule programs.YearEndReport, spent, unspent models.Cents, ledger, expected *models.Cents, plan string) []models.FieldError {
	var wrong []models.FieldError
	add := func(pointer, code, detail, fix string) {
		wrong = append(wrong, models.FieldError{Pointer: pointer, Code: code, Detail: detail, Fix: fix, Severity: "error"})
	}
	if rule.Ledger {
		switch {
		case ledger == nil:
			add("/ledger_cents", "year_end_report.ledger_missing", "The total of the general ledger is missing.", "Give the total for the days that the report covers.")
		case *ledger != spent:
			add("/ledger_cents", "year_end_report.ledger_differs", fmt.Sprintf("The general ledger says %s; %s is posted here, a difference of %s.", *ledger, spent, *ledger-spent),
				"Post what is missing or reverse what is wrong, or correct the total.")
		}
	}
	if !rule.Plan || unspent == 0 {
		return wrong
	}
	switch {
	case expected == nil:
		add("/expected_cents", "year_end_report.plan_missing", fmt.Sprintf("%s is unspent, and nothing says how much of it is going to be spent.", unspent), "Give the amount; 0 when all of it is returned.")
	case *expected > unspent:
		add("/expected_cents", "year_end_report.plan_over_unspent", fmt.Sprintf("%s is expected to be spent; only %s is unspent.", *expected, unspent), fmt.Sprintf("Give at most %s.", unspent))
	case *expected > 0 && plan == "":
		add("/plan", "year_end_report.plan_missing", "Nothing says how the money is going to be spent.", "Say on what and by when.")
	}
	return wrong
}

// settle marks what the report settles as done when it is certified, and as due again when
// it is returned. A report that finds nothing unspent settles what is due of unspent money.
func (f *yearEndFile) settle(tx *store.Tx, who models.Actor, step string) error {
	items, err := store.LockAll[models.DueItem](tx, store.Eq{"organization_id": f.OrganizationID, "grant_year_id": f.GrantYearID, "code": f.rule.Settles})
	if err != nil {
		return err
	}
	for _, d := range items {
		switch {
		case step == "submit" && d.DoneOn.IsZero():
			err = finishDue(tx, who, f.rules, d, f.SubmittedOn, f.rule.Title+" certified.")
		case step == "return" && !d.DoneOn.IsZero():
			err = dueAgain(tx, who, f.rules, d, f.rule.Title+" returned.")
		}
		if err != nil {
			return err
		}
	}
	if step != "submit" || f.UnspentCents > 0 {
		return nil
	}
	return settleUnspent(tx, who, f.rules, f.app, f.SubmittedOn, "Nothing was unspent on "+string(f.Through)+".", programs.WhenUnspent, programs.WhenUnspentAtYearEnd)
}

// dueAgain takes back that an item was done.
func dueAgain(tx *store.Tx, who models.Actor, ru rules, d models.DueItem, why string) error {
	before := d
	d.DoneOn, d.DoneBy, d.Comment = "", nil, ""
	if err := tx.Update(&d, "done_on", "done_by", "comment"); err != nil {
		return err
	}
	tx.Audit(&d, ruled(event(who, "reopen", why, before, d), ru))
	return nil
}

// ListYearEndReports asks for year-end reports, in the order they were started.
type ListYearEndReports struct {
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	ApplicationID  string `json:"application_id" validate:"max=64"`
	Report         string `json:"report" validate:"max=64"`
	Status         string `json:"status" validate:"omitempty,oneof=draft submitted returned accepted"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// YearEndReports lists year-end reports that the actor may see.
func (s *Service) YearEndReports(ctx context.Context, who models.Actor, in ListYearEndReports) ([]models.YearEndReport, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.List[models.YearEndReport](s.db.Read(ctx), narrow(scope(who), in.OrganizationID),
		eq("grant_year_id", in.GrantYearID, "application_id", in.ApplicationID, "report", in.Report, "status", in.Status), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// YearEndReport is one report with its figures and what changed since it was certified.
func (s *Service) YearEndReport(ctx context.Context, who models.Actor, id string) (YearEndDetail, error) {
	r := s.db.Read(ctx)
	report, err := store.Get[models.YearEndReport](r, id)
	if err != nil {
		return YearEndDetail{}, err
	}
	if err := allow(who, ReadDocuments, report.OrganizationID); err != nil {
		return YearEndDetail{}, err
	}
	f := yearEndFile{YearEndReport: report}
	if f.app, err = store.Get[models.Application](r, report.ApplicationID); err != nil {
		return YearEndDetail{}, err
	}
	if f.rules, err = s.rules(r, report.GrantYearID); err != nil {
		return YearEndDetail{}, err
	}
	f.rule, _ = f.def.YearEndReport(report.Report)
	return s.yearEndDetail(r, who, f)
}

// yearEndDetail reads the frozen figures, or makes those of today.
func (s *Service) yearEndDetail(r store.Reading, who models.Actor, f yearEndFile) (YearEndDetail, error) {
	out := YearEndDetail{YearEndReport: f.YearEndReport, Rule: f.rule, Offers: yearEndOffers(who, f.YearEndReport)}
	now, err := s.reconcile(r, f.app, ReconciliationDays{Through: min(f.Through, s.Today())})
	if err != nil {
		return out, err
	}
	if f.Status == StatusDraft || f.Snapshot == "" {
		out.Figures = YearEndFigures{now.On, now.Through, now.Totals, now.Cells}
		return out, nil
	}
	if hashOf([]byte(f.Snapshot)) != f.SnapshotHash {
		return out, errors.New("the figures of year-end report " + f.ID + " are not those that were certified")
	}
	if err := json.Unmarshal([]byte(f.Snapshot), &out.Figures); err != nil {
		return out, err
	}
	was := out.Figures.Totals
	out.Since = &YearEndSince{now.Totals.ApprovedCents - was.ApprovedCents, now.Totals.PaidCents - was.PaidCents, now.Totals.SpentCents - was.SpentCents,
		now.Totals.SpentCents == was.SpentCents}
	return out, nil
}

// yearEndOffers are the steps that an actor has; what a report still lacks is said when it
// is submitted.
func yearEndOffers(who models.Actor, r models.YearEndReport) []Offer {
	var f yearEndFacts
	if who.UserID == r.PreparedBy {
		f.separate = models.Fail(models.Forbidden, "year_end_report.own_work", "You wrote in this report, so somebody else certifies it.")
	}
	var found []machine.Offer = YearEndReports.Available(string(r.Status), stepRoles(who, r.OrganizationID), f)
	return found
}
