package workflow

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"earmark/models"
	"earmark/store"
)

// The reviews begin with what is known; what somebody has written stays.
func TestReviewsBeginWithWhatIsKnown(t *testing.T) {
	t.Parallel()
	e := givenEnding(t)
	gy, err := e.s.TransitionGrantYear(ctx, e.manager, GrantYearTransition{ID: e.year.ID, Event: "open"})
	noError(t, err)
	e.add(&models.Application{GrantYearID: gy.ID, OrganizationID: e.district.ID, Reference: "MI21H-2026-0001", Status: StatusInForce, AllocationCents: 40000000, ApprovedCents: 38000000})
	earlier, err := e.s.CreateGrantYear(ctx, e.analyst, CreateGrantYear{ProgramCode: "mi-21h", FiscalYear: 2025}) // over before the assignment
	noError(t, err)
	e.add(&models.Application{GrantYearID: earlier.ID, OrganizationID: e.district.ID, Reference: "MI21H-2025-0001", Status: StatusInForce, AllocationCents: 100, ApprovedCents: 100})
	app := all[models.Application](e.night, store.Eq{"organization_id": e.district.ID, "grant_year_id": gy.ID})[0]
	e.change(func(tx *store.Tx) error {
		return tx.Create(&[]models.LineItem{
			{ID: tx.NewID(), ApplicationID: app.ID, GrantYearID: gy.ID, OrganizationID: e.district.ID, Number: 1, Status: StatusInForce, VersionID: "v1", AmountCents: 38000000, LimitCents: 38000000, SpentCents: 31000001, LinkStatus: "none"},
			{ID: tx.NewID(), ApplicationID: app.ID, GrantYearID: gy.ID, OrganizationID: e.district.ID, Number: 2, Status: StatusRemoved, VersionID: "v2", LimitCents: 0, SpentCents: -1, LinkStatus: "target"},
		})
	})
	e.setClock(time.Date(2027, 8, 1, 15, 0, 0, 0, time.UTC))
	for _, x := range e.agreement.Targets {
		if x.Code == "ITB-1" {
			_, err := e.s.ReportTargetResult(ctx, e.are, NewTargetResult{TargetID: x.ID, MeasuredOn: "2027-05-15", TargetReading: TargetReading{Value: "13.00", Source: "Synthetic file"}})
			noError(t, err)
		}
	}
	review, err := e.s.CreateRecord(ctx, e.pal, CreateRecord{GrantYearID: gy.ID, RecordKind: "interim_review", OrganizationID: e.district.ID,
		Fields: RecordFields{"effectiveness": json.RawMessage(`"Written by hand."`)}})
	noError(t, err)
	field := func(v RecordView, name string) (text string) {
		var data map[string]json.RawMessage
		noError(t, json.Unmarshal([]byte(v.Data), &data))
		if data[name] != nil {
			noError(t, json.Unmarshal(data[name], &text))
		}
		return text
	}
	if got := field(review, "evidence"); strings.Count(got, "\n") != 7 || !strings.Contains(got, "13.00") {
		t.Errorf("evidence: %s", got)
	}
	equal(t, field(review, "money"), "Fiscal year 2026: $400,000.00 allocated, $380,000.00 approved in 1 lines, $310,000.00 spent (77.5 % of it). 1 of the lines serve no target.")
	equal(t, field(review, "effectiveness"), "Written by hand.")
	equal(t, field(review, "summary"), "")

	e.setClock(time.Date(2029, 1, 10, 15, 0, 0, 0, time.UTC))
	e.schools("CSI", "35.33", "12")
	e.report("state_academic", "14.20")
	e.report("local_academic", "14.20")
	d, err := e.draft()
	noError(t, err)
	_, err = e.s.TransitionTermDecision(ctx, e.manager, TermDecisionTransition{ID: d.ID, Version: d.Version, Event: "decide"})
	noError(t, err)
	report, err := e.s.CreateRecord(ctx, e.pal, CreateRecord{GrantYearID: gy.ID, RecordKind: "term_report", OrganizationID: e.district.ID,
		Fields: RecordFields{"report": json.RawMessage(`"summary"`), "met_on": json.RawMessage(`"2029-01-09"`), "summary": json.RawMessage(`"One school stays."`)}})
	noError(t, err)
	equal(t, field(report, "decision"), "1 of 2 schools leave. 2 of 2 academic outcomes were met: no accountability measure is required.\n"+
		"Elm School (synthetic) (S1) stays. Index 35.33; it must be above 35.33.\nOak School (synthetic) (S2) leaves.")
	_, err = e.s.TransitionRecord(ctx, e.pal, TransitionRecord{ID: report.ID, Version: report.Version, Event: "submit"})
	refused(t, err, models.Invalid, "record.incomplete")
	equal(t, fieldsOf(fieldErrors(t, err)), []string{"/fields/report record.report_kind"})
}

func TestSummariesAreCutAtALine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, want string
		most       int
	}{{"abc\ndef", "abc\ndef", 7}, {"abc\ndefg", "abc\n…", 7}, {"abcdefgh", "abcde\n…", 7}} {
		equal(t, cut(c.text, c.most), c.want)
	}
	for cents, want := range map[models.Cents]string{0: " (0.0 % of it)", 1: " (0.1 % of it)", 999: " (99.9 % of it)", 1000: " (100.0 % of it)", 1500: " (150.0 % of it)"} {
		equal(t, partOf(cents, 1000), want)
	}
	equal(t, partOf(1, 0), "")
}
