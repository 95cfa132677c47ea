package workflow

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"earmark/models"
	"earmark/store"
)

func TestPostExpenditureMovesTheLineAndIsAudited(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	e, err := l.s.PostExpenditure(context.Background(), l.preparer, NewExpenditure{LineItemID: l.lines[0].ID, AmountCents: 250_000, SpentOn: "2026-02-01",
		Vendor: "Example Training LLC", Invoice: "INV-7", Memo: "Cohort 1"})
	noError(t, err)
	equal(t, e.Line.SpentCents, models.Cents(250_000))
	equal(t, *e.Line.RateBP, models.BasisPoints(2500))
	equal(t, e.Line.RemainingCents, models.Cents(750_000))
	read, err := l.s.Expenditure(context.Background(), l.preparer, e.ID)
	noError(t, err)
	equal(t, read, e.Expenditure)
	equal(t, []string{read.FunctionCode, read.ObjectCode, read.OrganizationID, read.ApplicationID, read.GrantYearID, string(read.PostedOn), read.CreatedBy},
		[]string{"221", "3120", l.district.ID, l.app.ID, l.year.ID, "2026-03-02", l.preparer.UserID})
	trail, err := store.AuditTrail(l.db.Read(context.Background()), "expenditure", e.ID)
	noError(t, err)
	equal(t, len(trail), 1)
	for _, part := range []string{`"amount_cents":[null,250000]`, `"vendor":[null,"Example Training LLC"]`} {
		if !strings.Contains(trail[0].Changes, part) {
			t.Errorf("changes %s lack %s", trail[0].Changes, part)
		}
	}
	l.sound()
}

// Domain 6.5: approved $10,000.00; spent $11,000.00 is exactly 110 % and passes, a cent more does not.
func TestPostExpenditureStopsAtExactlyTenPercentOverTheLine(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	l.posted(1_100_000)
	_, err := l.post(1)
	refusedAt(t, err, models.Invalid, "expenditure.over_limit", "/amount_cents")
	for _, part := range []string{"$10,000.00", "$11,000.00", "110.00%", "Michigan Department of Education", "amend"} {
		if !strings.Contains(err.Error()+asFields(err)[0].Fix, part) {
			t.Errorf("the refusal does not say %q: %v", part, err)
		}
	}
	equal(t, l.line(0).SpentCents, models.Cents(1_100_000))
	l.sound()
}

func TestCreditMayNotTakeTheLineBelowZero(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	l.posted(500)
	_, err := l.post(-501)
	refusedAt(t, err, models.Invalid, "expenditure.below_zero", "/amount_cents")
	l.posted(-500)
	equal(t, l.line(0).SpentCents, models.Cents(0))
	l.sound()
}

func TestPostExpenditureSaysExactlyWhyNot(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine, budgetLine{function: "125", objects: []string{"1240", "2820"}, amount: 50_000})
	ctx := context.Background()
	good := NewExpenditure{LineItemID: l.lines[0].ID, AmountCents: 100, SpentOn: "2026-02-01"}
	with := func(f func(*NewExpenditure)) NewExpenditure { in := good; f(&in); return in }
	cases := []struct {
		name    string
		who     models.Actor
		in      NewExpenditure
		kind    models.Kind
		code    string
		pointer string
	}{
		{"zero", l.preparer, with(func(in *NewExpenditure) { in.AmountCents = 0 }), models.Invalid, "ne", "/amount_cents"},
		{"absurd", l.preparer, with(func(in *NewExpenditure) { in.AmountCents = 1 << 62 }), models.Invalid, "lte", "/amount_cents"},
		{"no date", l.preparer, with(func(in *NewExpenditure) { in.SpentOn = "" }), models.Invalid, "required", "/spent_on"},
		{"impossible date", l.preparer, with(func(in *NewExpenditure) { in.SpentOn = "2026-02-30" }), models.Invalid, "civil_date", "/spent_on"},
		{"tomorrow", l.preparer, with(func(in *NewExpenditure) { in.SpentOn = "2026-03-03" }), models.Invalid, "expenditure.date_future", "/spent_on"},
		{"before the year", l.preparer, with(func(in *NewExpenditure) { in.SpentOn = "2025-09-30" }), models.Invalid, "expenditure.date_outside", "/spent_on"},
		{"bad object", l.preparer, with(func(in *NewExpenditure) { in.ObjectCode = "31" }), models.Invalid, "len", "/object_code"},
		{"object the line has not", l.preparer, with(func(in *NewExpenditure) { in.ObjectCode = "6410" }), models.Invalid, "expenditure.object_not_in_line", "/object_code"},
		{"unknown line", l.preparer, with(func(in *NewExpenditure) { in.LineItemID = "nowhere" }), models.NotFound, "not_found", ""},
		{"another district", l.stranger, good, models.NotFound, "not_found", ""},
		{"auditor", l.auditor, good, models.Forbidden, "permission.role", ""},
		{"nobody", models.Actor{}, good, models.Unauthenticated, "sign_in_required", ""},
		{"control character", l.preparer, with(func(in *NewExpenditure) { in.Memo = "a\x1fb" }), models.Invalid, "text", "/memo"},
	}
	for _, c := range cases {
		_, err := l.s.PostExpenditure(ctx, c.who, c.in)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		refusedAt(t, err, c.kind, c.code, c.pointer)
	}
	second := with(func(in *NewExpenditure) { in.LineItemID, in.ObjectCode = l.lines[1].ID, "2820" })
	e, err := l.s.PostExpenditure(ctx, l.preparer, second)
	noError(t, err)
	equal(t, e.ObjectCode, "2820")
	l.sound()
}

func TestPostExpenditureNeedsALineInForceOfAnOpenYear(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	l.posted(100) // the process has met the year
	l.change(func(tx *store.Tx) error {
		return tx.Set(&models.LineItem{Status: StatusRemoved}, store.Eq{"id": l.lines[0].ID}, "status")
	})
	_, err := l.post(100)
	refusedAt(t, err, models.Conflict, "line_item.not_in_force", "")
	l.year.Status = StatusClosed
	l.update(&l.year, "status")
	_, err = l.post(100)
	refusedAt(t, err, models.Conflict, "grant_year.not_open", "")
}

// A person with an office role and one district's role posts for that district only.
func TestOfficeRoleDoesNotWidenWhereMoneyMayBePosted(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	who := l.stranger
	who.Roles = append(who.Roles, models.Grant{Role: models.RoleAuditor})
	_, err := l.s.PostExpenditure(context.Background(), who, NewExpenditure{LineItemID: l.lines[0].ID, AmountCents: 100, SpentOn: "2026-02-01"})
	refusedAt(t, err, models.Forbidden, "permission.role", "")
	equal(t, l.line(0).SpentCents, models.Cents(0))
}

func TestIdempotencyKeyPostsOnce(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	l.preparer.IdempotencyKey = "key-1"
	first, again := l.posted(700), l.posted(700)
	equal(t, again, first)
	equal(t, l.line(0).SpentCents, models.Cents(700))
	_, err := l.post(701)
	refusedAt(t, err, models.Conflict, "idempotency.key_reused", "")
	l.sound()
}

func TestReverseExpenditureTakesBackOnce(t *testing.T) {
	t.Parallel()
	l := newLedger(t, budgetLine{function: "125", objects: []string{"1240", "2820"}, amount: 100_000})
	ctx := context.Background()
	e, err := l.s.PostExpenditure(ctx, l.preparer, NewExpenditure{LineItemID: l.lines[0].ID, ObjectCode: "2820", AmountCents: 4_200, SpentOn: "2026-02-01"})
	noError(t, err)
	_, err = l.s.ReverseExpenditure(ctx, l.preparer, ReverseExpenditure{ID: e.ID})
	refusedAt(t, err, models.Invalid, "required", "/comment")
	_, err = l.s.ReverseExpenditure(ctx, l.stranger, ReverseExpenditure{ID: e.ID, Comment: "no"})
	refusedAt(t, err, models.NotFound, "not_found", "")
	back, err := l.s.ReverseExpenditure(ctx, l.preparer, ReverseExpenditure{ID: e.ID, Comment: "Booked on the wrong grant"})
	noError(t, err)
	equal(t, []any{back.AmountCents, *back.ReversesID, back.ObjectCode, back.SpentOn, back.Line.SpentCents},
		[]any{models.Cents(-4_200), e.ID, "2820", models.Date("2026-02-01"), models.Cents(0)})
	_, err = l.s.ReverseExpenditure(ctx, l.preparer, ReverseExpenditure{ID: e.ID, Comment: "again"})
	refusedAt(t, err, models.Conflict, "expenditure.already_reversed", "")
	_, err = l.s.ReverseExpenditure(ctx, l.preparer, ReverseExpenditure{ID: back.ID, Comment: "undo"})
	refusedAt(t, err, models.Conflict, "expenditure.is_reversal", "")
	l.sound()
}

// 32 people post on one line that has room for half of it: nothing over the limit, nothing
// lost, as many audit rows as commits.
func TestThirtyTwoWritersOnOneLine(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	const writers, each, amount = 32, 8, models.Cents(8_600)
	var ok, over atomic.Int64
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for range each {
				switch _, err := l.post(amount); {
				case err == nil:
					ok.Add(1)
				case models.CodeOf(err) == "expenditure.over_limit":
					over.Add(1)
				default:
					t.Errorf("unexpected: %v", err)
				}
			}
		})
	}
	wg.Wait()
	equal(t, ok.Load(), int64(1_100_000/amount)) // as many as fit under the limit
	equal(t, ok.Load()+over.Load(), int64(writers*each))
	equal(t, l.line(0).SpentCents, models.Cents(ok.Load())*amount)
	l.sound()
}

// After any sequence of posts, credits, reversals, imports and matches, the running totals
// are the ledger's and stay within the limits.
func TestAnySequenceKeepsRunningTotalAndLimit(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			l := newLedger(t, budgetLine{function: "221", objects: []string{"3120"}, amount: 20_000}, budgetLine{function: "125", objects: []string{"1240", "2820"}, amount: 30_000})
			rng := rand.New(rand.NewPCG(seed, 7))
			ctx := context.Background()
			var entries []string
			for range 60 {
				amount := models.Cents(rng.IntN(16_000) - 5_000)
				switch rng.IntN(4) {
				case 0, 1:
					e, err := l.s.PostExpenditure(ctx, l.preparer, NewExpenditure{LineItemID: l.lines[rng.IntN(2)].ID, AmountCents: amount, SpentOn: "2026-02-01"})
					if err == nil {
						entries = append(entries, e.ID)
					}
				case 2:
					if len(entries) > 0 {
						_, _ = l.s.ReverseExpenditure(ctx, l.preparer, ReverseExpenditure{ID: entries[rng.IntN(len(entries))], Comment: "wrong"})
					}
				default:
					file := "function_code,object_code,amount_cents,spent_on\n"
					for range rng.IntN(6) + 1 {
						file += fmt.Sprintf("%s,%d,2026-02-0%d\n", []string{"221,3120", "125,2820", "113,1240"}[rng.IntN(3)], rng.IntN(9_000)-2_000|1, rng.IntN(3)+1)
					}
					if _, err := l.s.ImportExpenditures(ctx, l.preparer, l.file(file)); err != nil {
						t.Fatal(err)
					}
				}
			}
			open, err := l.s.ImportExceptions(ctx, l.preparer, ListImportExceptions{Status: "open"})
			noError(t, err)
			for _, x := range open {
				_, _ = l.s.TransitionImportException(ctx, l.fiscal, TransitionImportException{ID: x.ID, Version: x.Version, Event: "match", LineItemID: l.lines[rng.IntN(2)].ID})
			}
			l.sound()
		})
	}
}

func TestListsShowAnActorTheirOwnDistrict(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine, budgetLine{function: "125", objects: []string{"1240"}, amount: 0}, budgetLine{function: "211", objects: []string{"1680"}, amount: 3_000_00})
	ctx := context.Background()
	for range 5 {
		l.posted(1_000)
	}
	var ids []string
	after := ""
	for {
		page, err := l.s.Expenditures(ctx, l.preparer, ListExpenditures{LineItemID: l.lines[0].ID, After: after, Limit: 2})
		noError(t, err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			ids = append(ids, e.ID)
		}
		after = page[len(page)-1].ID
	}
	equal(t, len(ids), 5)
	byDistrict, err := l.s.Expenditures(ctx, l.auditor, ListExpenditures{OrganizationID: l.district.ID})
	noError(t, err)
	own, err := l.s.Expenditures(ctx, l.preparer, ListExpenditures{})
	noError(t, err)
	theirs, err := l.s.Expenditures(ctx, l.stranger, ListExpenditures{ApplicationID: l.app.ID})
	noError(t, err)
	equal(t, []int{len(byDistrict), len(own), len(theirs)}, []int{5, 5, 0})
	_, err = l.s.Expenditure(ctx, l.stranger, ids[0])
	refusedAt(t, err, models.NotFound, "not_found", "")

	rows, err := l.s.LineItems(ctx, l.preparer, ListLineItems{ApplicationID: l.app.ID, Status: "in_force", Limit: 2})
	noError(t, err)
	equal(t, len(rows), 2)
	equal(t, []any{rows[0].SpentCents, *rows[0].RateBP, rows[1].RateBP == nil}, []any{models.Cents(5_000), models.BasisPoints(50), true})
	rest, err := l.s.LineItems(ctx, l.preparer, ListLineItems{After: rows[1].ID})
	noError(t, err)
	equal(t, len(rest), 1)
	theirLines, err := l.s.LineItems(ctx, l.stranger, ListLineItems{OrganizationID: l.district.ID})
	noError(t, err)
	equal(t, len(theirLines), 0)
	_, err = l.s.LineItems(ctx, l.preparer, ListLineItems{Limit: 101})
	refusedAt(t, err, models.Invalid, "lte", "/limit")
}

// However a posting reaches the ledger, its event names the rules of the year that allowed
// it, and the chain holds.
func TestPostingTellsTheVersionOfTheRules(t *testing.T) {
	t.Parallel()
	l := newLedger(t, oneLine)
	first, err := l.post(100)
	noError(t, err)
	who := l.preparer
	who.IdempotencyKey = "once"
	second, err := l.s.PostExpenditure(ctx, who, NewExpenditure{LineItemID: l.lines[0].ID, AmountCents: 200, SpentOn: first.SpentOn})
	noError(t, err)
	for _, id := range []string{first.ID, second.ID} {
		e, err := store.One[models.AuditEvent](l.db.Read(ctx), store.Eq{"document_kind": "expenditure", "document_id": id})
		noError(t, err)
		equal(t, e.RuleVersion, "mi-21h@"+l.year.DefinitionVersion)
		equal(t, e.Hash, e.ComputeHash())
	}
}
