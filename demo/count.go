package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/workflow"
)

// Counts is what stands in a built demo. The same state gives the same counts.
type Counts struct {
	Synthetic          bool           `json:"synthetic"`
	Program            string         `json:"program"`
	Night              models.Date    `json:"night"` // the last business date that was computed
	Organizations      map[string]int `json:"organizations"`
	Districts          int            `json:"districts"` // with an allocation in the year in progress
	PartnershipSchools int            `json:"partnership_schools"`
	Facts              int            `json:"facts"`
	People             map[string]int `json:"people"`
	GrantYears         []YearCounts   `json:"grant_years"`
	Allocations        int            `json:"allocations"`
	Scenarios          map[string]int `json:"scenarios"`
	Agreements         map[string]int `json:"agreements"`
	Targets            int            `json:"targets"`
	Applications       map[string]int `json:"applications"`
	Revisions          map[string]int `json:"revisions"`
	Amendments         map[string]int `json:"amendments"`
	LineItems          map[string]int `json:"line_items"`
	UseCategories      map[string]int `json:"use_categories"` // of line items
	Payments           map[string]int `json:"payments"`
	Commitments        map[string]int `json:"commitments"`
	PaidCents          models.Cents   `json:"paid_cents"`
	Expenditures       int            `json:"expenditures"`
	Reversals          int            `json:"reversals"`
	SpentCents         models.Cents   `json:"spent_cents"`
	Imports            map[string]int `json:"expenditure_imports"`
	Exceptions         map[string]int `json:"import_exceptions"`
	PeriodReports      map[string]int `json:"period_reports"`
	DueItems           map[string]int `json:"due_items"`
	BudgetForms        map[string]int `json:"budget_forms"`
	Records            map[string]int `json:"records"` // by kind and status
	MeasureResults     map[string]int `json:"measure_results"`
	TargetResults      map[string]int `json:"target_results"`
	Drawdowns          map[string]int `json:"drawdowns"`
	Office             OfficeCounts   `json:"office"`
	HoldReasons        map[string]int `json:"hold_reasons"` // of drawdowns that are held
	Scoresheets        map[string]int `json:"scoresheets"`
	Ranking            []string       `json:"ranking"` // of the competition: rank, applicant, score
	Flags              map[string]int `json:"flags"`   // by rule, resolved ones too
	FlagsStanding      map[string]int `json:"flags_standing"`
	FlagStatuses       map[string]int `json:"flag_statuses"`
	Mails              int            `json:"mails"`
	Determinations     map[string]int `json:"determinations"` // published, by level
	AuditEvents        int64          `json:"audit_events"`
	AuditIntact        bool           `json:"audit_intact"`
	AuditSHA256        string         `json:"audit_sha256"` // over the hashes of all events, in order
}

// YearCounts is one grant year.
type YearCounts struct {
	Program        string       `json:"program"`
	FiscalYear     int          `json:"fiscal_year"`
	Status         models.State `json:"status"`
	Runs           []RunCounts  `json:"allocation_runs"`
	ApprovedCents  models.Cents `json:"approved_cents"`
	SpentCents     models.Cents `json:"spent_cents"`
	Recipients     int          `json:"recipients"`
	SchoolsCounted int          `json:"schools_counted"`
}

// RunCounts is one allocation run.
type RunCounts struct {
	Kind           string       `json:"kind"` // formula, reallocation
	Status         models.State `json:"status"`
	PoolCents      models.Cents `json:"pool_cents"`
	AllocatedCents models.Cents `json:"allocated_cents"`
}

// reader may read everything.
var reader = models.System("demo")

// Count reads a built demo through the service and checks it: the audit trail is intact,
// every run gives away its pool to the cent, and every rule of the program found something.
func Count(ctx context.Context, s *workflow.Service) (Counts, error) {
	c := counting{ctx: ctx, s: s, Counts: Counts{Synthetic: true, Program: ProgramCode, Night: LastNight}}
	for _, part := range []func() error{c.places, c.years, c.agreements, c.applications, c.money, c.compliance, c.records, c.watched, c.results, c.office, c.competition, c.determinations, c.audit} {
		if err := part(); err != nil {
			return c.Counts, err
		}
	}
	return c.Counts, c.check()
}

type counting struct {
	Counts
	ctx context.Context
	s   *workflow.Service
}

// every reads a whole list, page by page.
func every[T any](page func(after string) ([]T, error), id func(T) string) ([]T, error) {
	var out []T
	for after := ""; ; {
		rows, err := page(after)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
		if len(rows) < workflow.MaxPage {
			return out, nil
		}
		after = id(rows[len(rows)-1])
	}
}

// by counts rows by a word.
func by[T any](rows []T, word func(T) string) map[string]int {
	out := map[string]int{}
	for _, r := range rows {
		out[word(r)]++
	}
	return out
}

func (c *counting) places() error {
	organizations, err := c.s.Organizations(c.ctx, reader, workflow.ListOrganizations{})
	if err != nil {
		return err
	}
	c.Organizations = by(organizations, func(o models.Organization) string { return string(o.OrgKind) })
	facts, err := c.s.Facts(c.ctx, reader, workflow.ListFacts{})
	if err != nil {
		return err
	}
	c.Facts = len(facts)
	people, err := every(func(after string) ([]workflow.Person, error) {
		return c.s.Users(c.ctx, reader, workflow.ListUsers{After: after, Limit: workflow.MaxPage})
	}, func(p workflow.Person) string { return p.ID })
	c.People = map[string]int{}
	for _, p := range people {
		for _, g := range p.Roles {
			c.People[string(g.Role)]++
		}
	}
	return err
}

func (c *counting) years() error {
	years, err := c.s.GrantYears(c.ctx, reader, workflow.ListGrantYears{ProgramCode: ProgramCode})
	if err != nil {
		return err
	}
	for _, y := range years {
		counts := YearCounts{Program: y.ProgramCode, FiscalYear: y.FiscalYear, Status: y.Status}
		runs, err := c.s.AllocationRuns(c.ctx, reader, workflow.ListAllocationRuns{GrantYearID: y.ID})
		if err != nil {
			return err
		}
		for _, run := range runs {
			allocations, err := c.s.Allocations(c.ctx, reader, workflow.ListAllocations{RunID: run.ID})
			if err != nil {
				return err
			}
			counts.Runs = append(counts.Runs, RunCounts{run.RunKind, run.Status, run.PoolCents, 0})
			total := &counts.Runs[len(counts.Runs)-1].AllocatedCents
			for _, a := range allocations {
				*total += a.AmountCents
			}
			c.Allocations += len(allocations)
			if run.Status != workflow.StatusPublished {
				continue
			}
			for _, a := range allocations {
				if a.AmountCents == 0 {
					continue
				}
				counts.Recipients++
				detail, err := c.s.Allocation(c.ctx, reader, a.ID)
				if err != nil {
					return err
				}
				for _, u := range detail.ReceiptLines.Units {
					if u.Eligible {
						counts.SchoolsCounted++
					}
				}
			}
		}
		if y.Status == workflow.StatusOpen {
			c.Districts, c.PartnershipSchools = counts.Recipients, counts.SchoolsCounted
		}
		c.GrantYears = append(c.GrantYears, counts)
	}
	scenarios, err := c.s.Scenarios(c.ctx, reader, workflow.ListScenarios{})
	c.Scenarios = by(scenarios, func(s models.Scenario) string { return string(s.Status) })
	return err
}

func (c *counting) agreements() error {
	agreements, err := c.s.Agreements(c.ctx, reader, workflow.ListAgreements{})
	if err != nil {
		return err
	}
	c.Agreements = by(agreements, func(a workflow.AgreementRow) string { return string(a.Status) })
	for _, a := range agreements {
		detail, err := c.s.Agreement(c.ctx, reader, a.ID)
		if err != nil {
			return err
		}
		c.Targets += len(detail.Targets)
	}
	due, err := c.s.DueItems(c.ctx, reader, workflow.ListDueItems{On: LastNight})
	c.DueItems = by(due, func(d workflow.DueItemDetail) string { return string(d.Status) })
	return err
}

func (c *counting) applications() error {
	applications, err := c.s.Applications(c.ctx, reader, workflow.ApplicationFilter{}, workflow.Page{})
	if err != nil {
		return err
	}
	c.Applications = by(applications, func(a models.Application) string { return string(a.Status) })
	years, err := c.s.GrantYears(c.ctx, reader, workflow.ListGrantYears{ProgramCode: ProgramCode})
	if err != nil {
		return err
	}
	for i, y := range years {
		for _, a := range applications {
			if a.GrantYearID == y.ID {
				c.GrantYears[i].ApprovedCents += a.ApprovedCents
			}
		}
	}
	forms, err := c.s.BudgetForms(c.ctx, reader, workflow.ListBudgetForms{Limit: workflow.MaxPage})
	if err != nil {
		return err
	}
	c.BudgetForms = by(forms, func(f models.BudgetForm) string { return string(f.Status) })
	revisions, err := c.s.RevisionsList(c.ctx, reader, workflow.ListRevisions{}, workflow.Page{})
	if err != nil {
		return err
	}
	c.Revisions, c.Amendments = map[string]int{}, map[string]int{}
	for _, r := range revisions {
		c.Revisions[string(r.Status)]++
		if r.Number > 0 {
			c.Amendments[string(r.Status)]++
		}
	}
	lines, err := every(func(after string) ([]workflow.LineStanding, error) {
		return c.s.LineItems(c.ctx, reader, workflow.ListLineItems{After: after, Limit: workflow.MaxPage})
	}, func(l workflow.LineStanding) string { return l.ID })
	c.LineItems = by(lines, func(l workflow.LineStanding) string { return string(l.Status) })
	c.UseCategories = by(lines, func(l workflow.LineStanding) string { return l.UseCategory })
	delete(c.UseCategories, "") // lines of a program without categories
	return err
}

func (c *counting) money() error {
	payments, err := every(func(after string) ([]models.Payment, error) {
		return c.s.Payments(c.ctx, reader, workflow.ListPayments{After: after, Limit: workflow.MaxPage})
	}, func(p models.Payment) string { return p.ID })
	if err != nil {
		return err
	}
	c.Payments = by(payments, func(p models.Payment) string { return string(p.Status) })
	for _, p := range payments {
		c.PaidCents += p.PaidCents
		if p.PaymentKind == models.PaymentReturn {
			c.Office.Returns++
		}
	}
	commitments, err := every(func(after string) ([]workflow.CommitmentRow, error) {
		return c.s.Commitments(c.ctx, reader, workflow.ListCommitments{After: after, Limit: workflow.MaxPage})
	}, func(r workflow.CommitmentRow) string { return r.ID })
	if err != nil {
		return err
	}
	c.Commitments = by(commitments, func(r workflow.CommitmentRow) string { return string(r.Status) })
	entries, err := every(func(after string) ([]models.Expenditure, error) {
		return c.s.Expenditures(c.ctx, reader, workflow.ListExpenditures{After: after, Limit: workflow.MaxPage})
	}, func(e models.Expenditure) string { return e.ID })
	if err != nil {
		return err
	}
	years, err := c.s.GrantYears(c.ctx, reader, workflow.ListGrantYears{ProgramCode: ProgramCode})
	if err != nil {
		return err
	}
	c.Expenditures = len(entries)
	for _, e := range entries {
		c.SpentCents += e.AmountCents
		if e.ReversesID != nil {
			c.Reversals++
		}
		if at := slices.IndexFunc(years, func(y models.GrantYear) bool { return y.ID == e.GrantYearID }); at >= 0 {
			c.GrantYears[at].SpentCents += e.AmountCents
		}
	}
	imports, err := every(func(after string) ([]models.ExpenditureImport, error) {
		return c.s.ExpenditureImports(c.ctx, reader, workflow.ListExpenditureImports{After: after, Limit: workflow.MaxPage})
	}, func(i models.ExpenditureImport) string { return i.ID })
	if err != nil {
		return err
	}
	c.Imports = by(imports, func(i models.ExpenditureImport) string { return i.Format })
	exceptions, err := every(func(after string) ([]models.ImportException, error) {
		return c.s.ImportExceptions(c.ctx, reader, workflow.ListImportExceptions{After: after, Limit: workflow.MaxPage})
	}, func(x models.ImportException) string { return x.ID })
	if err != nil {
		return err
	}
	c.Exceptions = by(exceptions, func(x models.ImportException) string { return string(x.Status) })
	reports, err := every(func(after string) ([]models.PeriodReport, error) {
		return c.s.PeriodReports(c.ctx, reader, workflow.ListPeriodReports{After: after, Limit: workflow.MaxPage})
	}, func(p models.PeriodReport) string { return p.ID })
	c.PeriodReports = by(reports, func(p models.PeriodReport) string {
		if p.NothingSpent {
			return "nothing_spent"
		}
		return "complete"
	})
	return err
}

func (c *counting) compliance() error {
	flags, err := c.s.Flags(c.ctx, reader, workflow.ListFlags{})
	if err != nil {
		return err
	}
	c.Flags = by(flags, func(f models.Flag) string { return f.Rule })
	c.FlagStatuses = by(flags, func(f models.Flag) string { return string(f.Status) })
	c.FlagsStanding = by(slices.DeleteFunc(flags, func(f models.Flag) bool { return f.Status == workflow.StatusResolved }), func(f models.Flag) string { return f.Rule })
	mails, err := c.s.Mails(c.ctx, reader, workflow.ListMails{})
	c.Mails = len(mails)
	return err
}

func (c *counting) audit() error {
	report, err := c.s.VerifyAudit(c.ctx, reader, nil)
	if err != nil {
		return err
	}
	c.AuditEvents, c.AuditIntact = report.Events, report.Intact()
	events, err := every(func(after string) ([]models.AuditEvent, error) {
		return c.s.AuditEvents(c.ctx, reader, workflow.ListAuditEvents{After: after, Limit: workflow.MaxPage})
	}, func(e models.AuditEvent) string { return e.ID })
	sum := sha256.New()
	for _, e := range events {
		sum.Write([]byte(e.Hash))
	}
	c.AuditSHA256 = hex.EncodeToString(sum.Sum(nil))
	return err
}

// check says what is wrong with the state.
func (c *counting) check() error {
	var wrong []error
	if !c.AuditIntact {
		wrong = append(wrong, errors.New("the audit trail is not intact"))
	}
	for _, y := range c.GrantYears {
		for i, run := range y.Runs {
			if run.AllocatedCents != run.PoolCents {
				wrong = append(wrong, fmt.Errorf("run %d of %d gives %s of a pool of %s", i+1, y.FiscalYear, run.AllocatedCents, run.PoolCents))
			}
		}
	}
	program, err := c.s.Program(c.ctx, reader, ProgramCode, 0)
	if err != nil {
		return err
	}
	for _, rule := range program.Definition.Compliance {
		if c.FlagsStanding[rule.Code] == 0 {
			wrong = append(wrong, fmt.Errorf("the night found nothing for the rule %s", rule.Code))
		}
	}
	return errors.Join(wrong...)
}
