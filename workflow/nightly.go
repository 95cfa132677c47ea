package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// NightSummary is what one night did, kept with its job run.
type NightSummary struct {
	Date  models.Date        `json:"date"`
	Years []NightYearSummary `json:"years"`
	// Notices that were written, flags' and reminders' together.
	Notices int64 `json:"notices"`
	// A later night was evaluated already: figures were kept, flags left alone.
	SnapshotOnly bool `json:"snapshot_only"`
	// Flags of what hangs on agreements and so on no grant year.
	AgreementFlags map[string]int64 `json:"agreement_flags,omitempty"`
	FlagsOpened    int64            `json:"flags_opened"`
	FlagsWorsened  int64            `json:"flags_worsened"`
	FlagsReopened  int64            `json:"flags_reopened"`
	FlagsResolved  int64            `json:"flags_resolved"`
}

// NightYearSummary is what one night found in one grant year.
type NightYearSummary struct {
	GrantYearID    string           `json:"grant_year_id"`
	Program        string           `json:"program"`
	FiscalYear     int              `json:"fiscal_year"`
	Applications   int64            `json:"applications"`
	Lines          int64            `json:"lines"`
	LinesChanged   int64            `json:"lines_changed"` // whose figures are not those of the night before
	FlagsStanding  map[string]int64 `json:"flags_standing,omitempty"`
	DriftCount     int64            `json:"drift_count"` // lines whose running total is not the ledger's
	DriftLineItems []string         `json:"drift_line_items,omitempty"`
}

// driftShown bounds how many drifted lines a summary names.
const driftShown = 20

// Night evaluates every grant year that is open or closing as of the end of a business date, in one
// transaction: utilization and forecast, flags, notices. The same date twice changes
// nothing. A date before the last evaluated night only keeps that date's figures again.
func (s *Service) Night(ctx context.Context, who models.Actor, date models.Date) (NightSummary, error) {
	if err := allow(who, RunJobs, ""); err != nil {
		return NightSummary{}, err
	}
	if err := s.nightly(date); err != nil {
		return NightSummary{}, err
	}
	var sum NightSummary
	err := s.change(ctx, func(tx *store.Tx) error {
		sum = NightSummary{Date: date}
		run := nightRun{date: date, who: who, sum: &sum, years: map[string]rules{}}
		return run.all(s, tx)
	})
	if err == nil {
		for _, y := range sum.Years {
			if y.DriftCount > 0 {
				s.log.Error("running totals differ from the ledger", "program", y.Program, "fiscal_year", y.FiscalYear, "lines", y.DriftCount, "first", y.DriftLineItems)
			}
		}
	}
	return sum, err
}

// nightly holds nightly work to dates that exist and have begun.
func (s *Service) nightly(date models.Date) error {
	if !date.Valid() {
		return models.Field("/date", "civil_date", "The night's date is not a date that exists.", "Give a date as YYYY-MM-DD.")
	}
	if date > s.Today() {
		return models.Field("/date", "night.future", "This business date has not begun.", "Give a date up to "+string(s.Today())+".")
	}
	return nil
}

// nightRun is the work of one night.
type nightRun struct {
	date  models.Date
	who   models.Actor
	sum   *NightSummary
	night *store.Night
	tx    *store.Tx
	years map[string]rules // by grant year
	order []rules          // by fiscal year, latest first
}

func (run *nightRun) all(s *Service, tx *store.Tx) (err error) {
	run.tx = tx
	if run.night, err = tx.BeginNight(run.date); err != nil {
		return err
	}
	open, err := store.All[models.GrantYear](tx, store.Eq{"status": []string{string(StatusOpen), string(StatusClosing)}}, "program_code", "fiscal_year")
	if err != nil {
		return err
	}
	var years []store.NightYear
	for _, gy := range open {
		r, err := s.rulesOf(gy)
		if err != nil {
			return err
		}
		run.years[gy.ID] = r
		run.order = append(run.order, r)
		y := nightYear(r, run.date)
		if y.PreviousOn, y.NextOn, err = run.night.EvaluatedNights(gy.ID); err != nil {
			return err
		}
		run.sum.SnapshotOnly = run.sum.SnapshotOnly || y.NextOn != ""
		years = append(years, y)
	}
	if len(years) == 0 {
		return run.night.End()
	}
	slices.SortStableFunc(run.order, func(a, b rules) int { return b.year.FiscalYear - a.year.FiscalYear })
	if err := run.measure(years); err != nil {
		return err
	}
	if !run.sum.SnapshotOnly {
		if err := run.owed(s); err != nil {
			return err
		}
		if err := run.flags(); err != nil {
			return err
		}
	}
	return run.night.End()
}

// nightYear takes the numbers of a definition that the night compares with.
func nightYear(r rules, date models.Date) store.NightYear {
	def, month := r.def, r.def.StartMonth()
	y := store.NightYear{GrantYearID: r.year.ID, EndsOn: r.year.EndsOn, RateOf: strings.TrimPrefix(def.Utilization.Rate, "spent_over_"), MinimumBP: -1,
		PercentBP: def.Amendment.Tolerance.PercentBP, FloorCents: def.Amendment.Tolerance.FloorCents, CapCents: def.Amendment.Tolerance.CapCents}
	if y.DeadlineOn = def.Utilization.Deadline.In(r.year.FiscalYear, month); y.DeadlineOn == "" {
		y.DeadlineOn = r.year.EndsOn
	}
	y.SlackBP, _ = r.params.BasisPoints(def.Utilization.PaceSlackParameter)
	points := append(slices.Clone(def.Utilization.Checkpoints),
		programs.Checkpoint{Code: "deadline", On: def.Utilization.Deadline, MinimumParameter: def.Utilization.MinimumParameter})
	for _, p := range points {
		on := p.On.In(r.year.FiscalYear, month)
		if minimum, ok := r.params.BasisPoints(p.MinimumParameter); ok && on != "" && on <= date && on >= y.CheckpointOn {
			y.MinimumBP, y.CheckpointOn, y.Checkpoint = minimum, on, p.Code
		}
	}
	return y
}

func (run *nightRun) measure(years []store.NightYear) error {
	if err := run.night.Measure(years); err != nil {
		return err
	}
	if err := run.night.WriteUtilizations(); err != nil {
		return err
	}
	counts, err := run.night.Counts()
	if err != nil {
		return err
	}
	for _, y := range years {
		r, c := run.years[y.GrantYearID], counts[y.GrantYearID]
		out := NightYearSummary{GrantYearID: y.GrantYearID, Program: r.def.Code, FiscalYear: r.year.FiscalYear,
			Applications: c.Applications, Lines: c.Lines, LinesChanged: c.LinesChanged, DriftCount: c.Drifted}
		if c.Drifted > 0 {
			if out.DriftLineItems, err = run.night.Drifted(y.GrantYearID, driftShown); err != nil {
				return err
			}
		}
		run.sum.Years = append(run.sum.Years, out)
	}
	return nil
}

// tooLittle are the checks whose measure is wrong when it is below the threshold.
var tooLittle = []string{"below_minimum", "behind_pace"}

func (run *nightRun) flags() error {
	var looks []store.NightRule
	var mails []store.NightMail
	for _, r := range run.order {
		for _, c := range r.def.Compliance {
			looks = append(looks, nightRule(r, c))
			mails = append(mails, nightMails(r, c)...)
		}
	}
	if err := run.night.Worksheets(run.worksheetsNeeded()); err != nil {
		return err
	}
	if err := run.night.Find(looks, run.dues()); err != nil {
		return err
	}
	different, err := run.night.FlagDifferences()
	if err != nil {
		return err
	}
	changes := make([]store.FlagChange, len(different))
	for i, d := range different {
		if changes[i], err = run.change(d); err != nil {
			return err
		}
	}
	if err := run.night.ApplyFlags(run.who, changes); err != nil {
		return err
	}
	if run.sum.Notices, err = run.night.TellFlags(mails); err != nil {
		return err
	}
	if err := run.remind(); err != nil {
		return err
	}
	return run.standing()
}

func nightRule(r rules, c programs.ComplianceRule) store.NightRule {
	look := store.NightRule{GrantYearID: r.year.ID, Rule: c.Code, CheckName: c.Check, Severity: c.Severity, Sign: 1, WorsensBy: c.WorsensBy, Days: c.Days}
	if slices.Contains(tooLittle, c.Check) {
		look.Sign = -1
	}
	if days, ok := r.params.Int(c.DaysParameter); ok { // a grant year may set its own interval
		look.Days = int(days)
	}
	look.RateBP, _ = r.params.BasisPoints(c.RateParameter)
	return look
}

func nightMails(r rules, c programs.ComplianceRule) []store.NightMail {
	var mails []store.NightMail
	fix := c.Fix
	if fix != "" {
		fix = " To do: " + fix
	}
	for i, role := range c.Mail {
		mails = append(mails, store.NightMail{RulesYearID: r.year.ID, Rule: c.Code, Role: role, Position: i,
			Local: role.DistrictRole() || role == models.RolePAL,
			Why:   fmt.Sprintf("%s The rule %s of %s tells this role (%s).", because(role), c.Code, r.def.Code, c.Cite), Fix: fix, Title: c.Title, Every: r.def.Mail.RemindEveryDays})
	}
	return mails
}

// nightDue is something due, with the year whose definition watches it.
type nightDue struct {
	programs.DueDate
	grantYearID string
	agreement   bool
	unspent     bool   // only while money is left
	yearEnd     string // MM-DD: on that day before it is due; "": now
}

// watched lists what the definitions say is due. What hangs on an agreement is watched
// under the latest year whose definition knows it, so that it is found once.
func (run *nightRun) watched() []nightDue {
	var out []nightDue
	taken := map[string]bool{}
	for _, r := range run.order {
		for _, d := range r.def.DueDates {
			agreement := d.Of == "agreement"
			if agreement && taken[d.Code] {
				continue
			}
			taken[d.Code] = taken[d.Code] || agreement
			out = append(out, nightDue{d, r.year.ID, agreement, d.OnlyUnspent(), yearEndOf(r, d)})
		}
	}
	return out
}

// yearEndOf is the day of the year that an item due of unspent money looks back to.
func yearEndOf(r rules, d programs.DueDate) string {
	if d.When != programs.WhenUnspentAtYearEnd {
		return ""
	}
	return string(r.year.EndsOn)[5:]
}

func (run *nightRun) dues() []store.NightDue {
	var dues []store.NightDue
	for _, d := range run.watched() {
		dues = append(dues, store.NightDue{GrantYearID: d.grantYearID, Code: d.Code, OfAgreement: d.agreement, OnlyUnspent: d.unspent, YearEnd: d.yearEnd})
	}
	return dues
}

// remind tells of what is due and of windows. The night of a date is read on the morning
// after it, so the days are counted from there.
func (run *nightRun) remind() error {
	morning := run.date.AddDays(1)
	var reminders []store.NightReminder
	for _, d := range run.watched() {
		for _, days := range d.Remind {
			reminders = append(reminders, store.NightReminder{GrantYearID: d.grantYearID, Code: d.Code, OfAgreement: d.agreement,
				OnlyUnspent: d.unspent, YearEnd: d.yearEnd, DueOn: morning.AddDays(days), Words: "Due " + inDays(days)})
		}
		for _, day := range d.RemindOnDay {
			reminders = append(reminders, store.NightReminder{GrantYearID: d.grantYearID, Code: d.Code, OfAgreement: d.agreement,
				OnlyUnspent: d.unspent, YearEnd: d.yearEnd, CountsFrom: morning.AddDays(-day), Words: fmt.Sprintf("Day %d", day)})
		}
	}
	k, err := run.night.Remind(reminders)
	if err != nil {
		return err
	}
	run.sum.Notices += k
	if err := run.remindPeople(morning); err != nil {
		return err
	}
	if err := run.remindActions(morning); err != nil {
		return err
	}
	for _, r := range run.order {
		for _, m := range recordReminders(r, morning) {
			if k, err = run.night.RemindRecords(m); err != nil {
				return err
			}
			run.sum.Notices += k
		}
		for _, w := range windowNews(r, morning) {
			if k, err = run.night.Announce(w); err != nil {
				return err
			}
			run.sum.Notices += k
		}
	}
	return nil
}

// remindActions tells owners of the actions of meetings, under the latest year of each program.
func (run *nightRun) remindActions(morning models.Date) error {
	taken := map[string]bool{}
	for _, r := range run.order {
		if r.def.Meetings == nil || taken[r.def.Code] {
			continue
		}
		taken[r.def.Code] = true
		k, err := run.night.RemindActions(store.NightActions{ProgramCode: r.def.Code, Morning: morning, Before: r.def.Meetings.Remind, LateEvery: r.def.Meetings.RemindLateDay})
		if err != nil {
			return err
		}
		run.sum.Notices += k
	}
	return nil
}

// recordReminders are the kinds of record that remind of their deadline, with its day.
func recordReminders(r rules, morning models.Date) []store.NightRecordReminder {
	var out []store.NightRecordReminder
	for _, k := range r.def.Records {
		if k.Deadline == nil {
			continue
		}
		for _, days := range k.Deadline.Remind {
			out = append(out, store.NightRecordReminder{GrantYearID: r.year.ID, RecordKind: k.Code, Title: k.Title, DueOn: morning.AddDays(days), Words: inDays(days)})
		}
	}
	return out
}

// closingDays is how long before its end people hear that a window closes.
const closingDays = 7

func windowNews(r rules, morning models.Date) []store.NightWindow {
	var news []store.NightWindow
	for _, purpose := range []string{"application", "amendment", "office_hours", "technical_assistance", "notice", "allocation"} {
		for _, w := range r.def.Spans(purpose, r.year.FiscalYear) {
			n := store.NightWindow{GrantYearID: r.year.ID, Code: w.Code,
				Detail: fmt.Sprintf("%s: the %s window is open from %s to %s, both days included.", r.year.Title, words(purpose), w.From, w.To)}
			switch {
			case w.From == morning:
				n.Event, n.Title = "window.opens", "The "+words(purpose)+" window opens today"
			case w.To.AddDays(-closingDays) == morning && w.From < morning:
				n.Event, n.Title = "window.closes", "The "+words(purpose)+" window closes "+inDays(closingDays)
			default:
				continue
			}
			news = append(news, n)
		}
	}
	return news
}

func inDays(days int) string {
	switch days {
	case 0:
		return "today"
	case 1:
		return "tomorrow"
	}
	return fmt.Sprintf("in %d days", days)
}

func (run *nightRun) standing() error {
	counts, err := run.night.StandingFlags()
	if err != nil {
		return err
	}
	run.sum.AgreementFlags = counts[""]
	for i := range run.sum.Years {
		run.sum.Years[i].FlagsStanding = counts[run.sum.Years[i].GrantYearID]
	}
	return nil
}
