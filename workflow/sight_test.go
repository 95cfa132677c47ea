package workflow

import (
	"context"
	"fmt"
	"testing"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// reported is a result of a target that was measured and reported on a day.
func (b *budget) reported(t models.Target, value models.Hundredths, on models.Date) {
	b.t.Helper()
	b.add(&models.TargetResult{AgreementID: t.AgreementID, OrganizationID: b.org.ID, TargetID: t.ID, SchoolYear: 2026, Window: fmt.Sprint("w", b.next()), MeasuredOn: on,
		Value: value, Evidence: "Export (synthetic)", Source: "NWEA", ReportedOn: on, ReportedBy: models.SystemUserID})
}

// signed makes the agreement one of the program, in force since a day.
func (b *budget) signed(on models.Date) {
	b.t.Helper()
	b.change(func(tx *store.Tx) error {
		return tx.Set(&models.Agreement{ProgramCode: "mi-21h", SignedOn: on, TermStart: on}, store.Eq{"id": b.itb.AgreementID}, "program_code", "signed_on", "term_start")
	})
}

// Exactly 60 percent is not past it, a cent more is; one result of any target that the line
// serves is enough, a line without target is another rule's.
func TestSpentWithoutAResultIsFlagged(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 1_000_000_00, "2025-12-01", 1_000_00, 1_000_00, 1_000_00, 1_000_00)
	official := n.person("Ola Official", models.RoleAuthorizedOfficial, b.org.ID)
	b.link(1, b.itb.ID, b.eto.ID)
	b.link(3)
	b.spend(0, 600_00, "2026-02-01", "2026-02-01")
	b.spend(1, 600_01, "2026-02-01", "2026-02-01")
	b.spend(3, 1_000_00, "2026-02-01", "2026-02-01")
	n.night("2026-03-01")
	flags := n.flagged("spent_without_result")
	equal(t, len(flags), 1)
	f := flags[b.lines[1].ID]
	equal(t, f.Detail, "Line 2: $600.01 of $1,000.00 approved is spent (60.00%), more than 60.00%, and no result is reported of what it serves: ETO-1 and 1 more target.")
	equal(t, f.LineItemID, b.lines[1].ID)
	told := false
	for _, title := range n.titles(official) {
		told = told || title == "Spent without a reported result"
	}
	equal(t, told, true)

	b.spend(0, 1, "2026-03-01", "2026-03-02")
	n.night("2026-03-02")
	equal(t, len(n.flagged("spent_without_result")), 2)
	b.reported(b.eto, 42_00, "2026-03-03")
	n.night("2026-03-03") // line 2 serves it, line 1 does not
	equal(t, len(n.flagged("spent_without_result")), 1)
	b.reported(b.itb, 41_00, "2026-03-05") // not yet on the 4th
	n.setClock(n.now().AddDate(0, 0, 2))
	n.night("2026-03-04")
	equal(t, len(n.flagged("spent_without_result")), 1)
	n.night("2026-03-05")
	equal(t, len(n.flagged("spent_without_result")), 0)
}

// worksheet puts a record of a line into the database as it would stand in a state.
func (b *budget) worksheet(i int, kind string, status models.State) models.Record {
	b.t.Helper()
	id := b.next()
	r := models.Record{GrantYearID: b.year.ID, OrganizationID: b.org.ID, RecordKind: kind, Reference: fmt.Sprintf("WS-2026-%04d", id), SubjectID: b.lines[i].ID, Status: status,
		Data: `{"judgement": "effective"}`, Checklist: "{}", Exhibits: "{}", Attachments: "[]", Overrides: "{}", DueOn: "2026-05-29"}
	r.ID = fmt.Sprintf("018f0000-0000-7000-9000-%012d", id)
	r.RootID = r.ID
	b.add(&r)
	return r
}

// A worksheet is owed for a line of at least the least amount, from the day after it was
// due; handed in it waits for the office, returned it is owed again.
func TestMissingWorksheetsAreFlagged(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 1_000_000_00, "2025-12-01", 1_000_00, 999_99, 2_000_00)
	b.worksheet(2, "implementation_worksheet", StatusSubmitted)
	n.night("2026-05-29")
	equal(t, len(n.flagged("worksheet_missing")), 0)
	n.night("2026-05-30")
	flags := n.flagged("worksheet_missing")
	equal(t, len(flags), 1)
	equal(t, flags[b.lines[0].ID+":implementation_worksheet"].Detail, "Implementation worksheet of line 1 ($1,000.00): it was due on 2026-05-29 and had not come by 2026-05-30; it was not begun.")
	w := b.worksheet(0, "implementation_worksheet", StatusReturned)
	n.night("2026-05-31")
	equal(t, len(n.flagged("worksheet_missing")), 1)
	w.Status = StatusInForce
	n.update(&w, "status")
	n.night("2026-06-01")
	equal(t, len(n.flagged("worksheet_missing")), 0)
	n.night("2026-10-01") // the effectiveness worksheets of both lines
	equal(t, len(n.flagged("worksheet_missing")), 2)
}

// Every line that needs a worksheet has a row for each kind, in one query, whatever stands
// behind it.
func TestWorksheetStandings(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 1_000_000_00, "2025-12-01", 1_000_00, 999_99, 2_000_00)
	other := n.approved(b.year, n.district("Birch Hill"), 1_000_000_00, "2025-12-01", 5_000_00)
	official := n.person("Ola Official", models.RoleAuthorizedOfficial, b.org.ID)
	b.worksheet(0, "implementation_worksheet", StatusWithdrawn)
	b.worksheet(2, "implementation_worksheet", StatusReturned)
	b.worksheet(2, "effectiveness_worksheet", StatusInForce)
	n.setClock(n.now().AddDate(0, 2, 26)) // 2026-05-28
	ask := func(who models.Actor, in ListWorksheets) (out []string) {
		in.GrantYearID = b.year.ID
		rows, err := n.s.WorksheetStandings(context.Background(), who, in)
		noError(t, err)
		for _, r := range rows {
			out = append(out, fmt.Sprintf("%d %s %s %t %d", r.Number, r.RecordKind[:4], r.Status, r.Late, r.Days))
		}
		return out
	}
	mine := n.actor(official)
	equal(t, ask(mine, ListWorksheets{}), []string{"1 effe none false 125", "1 impl none false 1", "3 effe accepted false 125", "3 impl returned false 1"})
	equal(t, ask(mine, ListWorksheets{Status: "accepted"}), []string{"3 effe accepted false 125"})
	equal(t, ask(mine, ListWorksheets{Late: true}), []string(nil))
	n.setClock(n.now().AddDate(0, 0, 2))
	equal(t, ask(mine, ListWorksheets{Late: true}), []string{"1 impl none true -1", "3 impl returned true -1"})
	equal(t, ask(mine, ListWorksheets{After: b.lines[0].ID + "|effectiveness_worksheet", Limit: 2}), []string{"1 impl none true -1", "3 effe accepted false 123"})
	equal(t, len(ask(models.System("test"), ListWorksheets{})), 6)
	equal(t, len(ask(models.System("test"), ListWorksheets{OrganizationID: other.org.ID, RecordKind: "effectiveness_worksheet"})), 1)
}

// The gate of a year looks at the worksheets of the lines of the year before.
func TestTheGateCountsEffectiveLines(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 1_000_000_00, "2025-12-01", 1_000_00, 999_99, 2_000_00)
	b.worksheet(2, "effectiveness_worksheet", StatusInForce)
	b.worksheet(0, "effectiveness_worksheet", StatusSubmitted)
	n.approved(b.year, n.district("Birch Hill"), 1_000_000_00, "2025-12-01", 5_000_00)
	found, err := n.s.recordsOf(n.db.Read(context.Background()), b.year, b.org.ID)
	noError(t, err)
	equal(t, len(found), 1)
	got := found[b.org.ID]["effectiveness_worksheet"]
	equal(t, []any{got.lines, len(got.fields)}, []any{int64(2), 1})
	ru, err := n.s.rulesOf(b.year)
	noError(t, err)
	for _, c := range []struct {
		minimum string
		want    int
	}{{"5000", 0}, {"5001", 1}} {
		params, err := ru.def.Params(2026, map[string]string{"effective_minimum": c.minimum})
		noError(t, err)
		prior, err := priorViews(ru.def, params, found[b.org.ID])
		noError(t, err)
		lacking := 0
		for _, f := range ru.def.CheckGate(programs.GateView{}, prior, params) {
			if f.Code == "gate.effectiveness" {
				lacking++
			}
		}
		equal(t, lacking, c.want)
	}
}

// The line of sight of an agreement adds up, on any day: what was approved, spent and
// reported later is not there yet.
func TestLineOfSight(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	b := n.approved(n.year(2026), n.district("Alder Bay"), 1_000_000_00, "2025-12-01", 1_000_00, 200_00, 50_00)
	b.signed("2025-12-23")
	b.link(0, b.itb.ID, b.eto.ID)
	b.link(1, b.eto.ID)
	b.link(2)
	b.spend(0, 500_01, "2026-02-01", "2026-02-01")
	b.reported(b.eto, 2_00, "2026-02-15")
	n.setClock(n.now().AddDate(0, 0, 30))
	official := n.actor(n.person("Ola Official", models.RoleAuthorizedOfficial, b.org.ID))
	ctx := context.Background()
	s, err := n.s.LineOfSight(ctx, official, LineOfSightOf{AgreementID: b.itb.AgreementID, GrantYearID: b.year.ID})
	noError(t, err)
	equal(t, []any{s.ApprovedCents, s.SpentCents, s.UntargetedCents, len(s.WithoutTarget), len(s.WithoutMoney)},
		[]any{models.Cents(1_250_00), models.Cents(500_01), models.Cents(50_00), 1, 0})
	eto, itb := s.Targets[0], s.Targets[1]
	equal(t, []any{eto.Code, eto.ApprovedCents, eto.ApprovedShareCents, eto.SpentShareCents, *eto.Progress, *eto.CostPerPointCents},
		[]any{"ETO-1", models.Cents(1_200_00), models.Cents(700_00), models.Cents(250_01), models.Hundredths(2_00), models.Cents(125_01)})
	equal(t, []any{itb.Code, itb.SpentCents, itb.SpentShareCents, itb.Progress == nil}, []any{"ITB-1", models.Cents(500_01), models.Cents(250_00), true})
	equal(t, itb.ApprovedShareCents+eto.ApprovedShareCents+s.UntargetedCents, s.ApprovedCents)

	early, err := n.s.LineOfSight(ctx, official, LineOfSightOf{AgreementID: b.itb.AgreementID, On: "2026-01-31"})
	noError(t, err)
	equal(t, []any{early.ApprovedCents, early.SpentCents, early.Targets[0].Value == nil}, []any{models.Cents(1_250_00), models.Cents(0), true})
	b.retire(b.itb.ID, "2026-03-01")
	late, err := n.s.LineOfSight(ctx, official, LineOfSightOf{AgreementID: b.itb.AgreementID})
	noError(t, err)
	equal(t, []any{len(late.Targets), late.Targets[0].ApprovedShareCents}, []any{1, models.Cents(1_200_00)})

	rows, err := n.s.LinesOfSight(ctx, official, ListLinesOfSight{ProgramCode: "mi-21h"})
	noError(t, err)
	var sum models.Cents
	for _, r := range rows {
		sum += r.ApprovedShareCents
	}
	equal(t, []any{len(rows), sum, rows[0].Target == nil, rows[1].TargetCode}, []any{2, models.Cents(1_250_00), true, "ETO-1"})
	equal(t, len(SightPage(rows, Page{After: rows[0].Key(), Limit: 5})), 1)
	stranger := n.actor(n.person("Sam Stranger", models.RoleAuthorizedOfficial, n.district("Birch Hill").ID))
	_, err = n.s.LineOfSight(ctx, stranger, LineOfSightOf{AgreementID: b.itb.AgreementID})
	equal(t, models.KindOf(err), models.NotFound)
	rows, err = n.s.LinesOfSight(ctx, stranger, ListLinesOfSight{ProgramCode: "mi-21h"})
	noError(t, err)
	equal(t, len(rows), 0)
}
