package workflow

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earmark/models"
	"earmark/store"
)

// A longer search: go test ./workflow -run TestRandomHistories -histories 100
var histories = flag.Int("histories", 3, "how many random histories are lived through")

// Whatever happens, what was read at the end of a day is what ?on= of that day says for ever.
func TestRandomHistoriesAreReadAsTheyWere(t *testing.T) {
	t.Parallel()
	done, took := map[string]int{}, 0 // what was taken rarely is tried more often, also in the next history
	for seed := range uint64(*histories) {
		h := givenHistory(t, seed, done)
		h.live(18, 30)
		if t.Failed() {
			t.Fatalf("seed %d, its steps:\n%s", seed, strings.Join(h.steps, "\n"))
		}
	}
	for _, c := range commands {
		if took += done[c.name]; done[c.name] == 0 {
			t.Errorf("never happened: %s", c.name)
		}
	}
	if took < 80**histories {
		t.Errorf("only %d steps were taken: %v", took, done)
	}
}

// live goes through days with up to so many commands each, and compares them afterwards.
func (h *life) live(days, commands int) {
	h.t.Helper()
	read := map[models.Date]map[string]string{}
	first := h.s.Today()
	for day := first.AddDays(1); len(read) < days; day = day.AddDays(1 + h.dice.IntN(3)) {
		hour := func(hour, minute, second int) {
			h.setClock(time.Date(day.Year(), day.Month(), day.Day(), hour, minute, second, 0, h.s.zone))
		}
		hour(0, 0, 0)
		for i := range h.dice.IntN(commands + 1) {
			if i > 0 {
				hour(i*23/commands, h.dice.IntN(60), 0)
			}
			h.happens(day)
		}
		hour(23, 59, 59)
		h.happens(day)
		read[day] = h.plain()
		h.compare(read[day], day)
	}
	h.setClock(h.now().AddDate(0, 1, 0))
	h.happens(h.s.Today())
	for _, day := range slices.Sorted(maps.Keys(read)) {
		h.compare(read[day], day)
	}
	_, _, err := h.s.AgreementOn(ctx, h.auditor, h.agreements[0], first.AddDays(-1))
	refused(h.t, err, models.NotFound, "as_of.before")
}

// happens is a command that the dice choose. A rule may refuse it; nothing else may.
func (h *life) happens(day models.Date) {
	h.t.Helper()
	c := h.chosen()
	err := c.do(h)
	var no *models.Error
	switch {
	case err == nil:
		h.done[c.name]++
		h.steps = append(h.steps, string(day)+" "+c.name)
	case errors.As(err, &no):
		h.steps = append(h.steps, fmt.Sprintf("%s %s: refused, %s %v", day, c.name, models.CodeOf(err), fieldsOf(no.Fields)))
	default:
		h.t.Fatalf("%s %s: %v\n%s", day, c.name, err, strings.Join(h.steps, "\n"))
	}
}

// chosen is a command by its weight, or now and then one that was rarely taken.
func (h *life) chosen() command {
	if h.one(4) {
		rare := slices.MinFunc(commands, func(a, b command) int { return h.done[a.name] - h.done[b.name] })
		rarest := slices.DeleteFunc(slices.Clone(commands), func(c command) bool { return h.done[c.name] > h.done[rare.name] })
		return rarest[h.dice.IntN(len(rarest))]
	}
	total := 0
	for _, c := range commands {
		total += c.weight
	}
	left := h.dice.IntN(total)
	i := slices.IndexFunc(commands, func(c command) bool { left -= c.weight; return left < 0 })
	return commands[i]
}

func (h *life) compare(want map[string]string, day models.Date) {
	h.t.Helper()
	got := h.then(day)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if d := cmp.Diff(strings.Split(want[name], "\n"), strings.Split(got[name], "\n")); d != "" {
			h.t.Errorf("on %s, read on %s: %s (-was +said)\n%s", day, h.s.Today(), name, d)
		}
		delete(got, name)
	}
	for name, text := range got {
		h.t.Errorf("%s was not there on %s, and is said to be %s", name, day, text)
	}
}

// plain is what the reads without a day answer now.
func (h *life) plain() map[string]string {
	h.t.Helper()
	out := map[string]string{}
	for _, a := range all[models.Agreement](h.night, nil) {
		v, err := h.s.Agreement(ctx, h.auditor, a.ID)
		noError(h.t, err)
		v.Offers = nil
		out["agreement "+a.ID] = readable(h.t, v)
	}
	for _, a := range all[models.Application](h.night, nil) {
		v, err := h.s.Application(ctx, h.auditor, a.ID)
		noError(h.t, err)
		out["application "+a.ID] = readable(h.t, v)
		out["lines of "+a.ID] = h.lines(v)
	}
	h.lists(out, "")
	return out
}

// then is what the same reads answer about a day.
func (h *life) then(day models.Date) map[string]string {
	h.t.Helper()
	out := map[string]string{}
	for _, a := range all[models.Agreement](h.night, nil) {
		v, about, err := h.s.AgreementOn(ctx, h.auditor, a.ID, day)
		if models.CodeOf(err) == "as_of.before" {
			continue
		}
		noError(h.t, err)
		equal(h.t, about, AsOf{day, h.year.ProgramCode + "@" + h.year.DefinitionVersion})
		out["agreement "+a.ID] = readable(h.t, v)
	}
	for _, a := range all[models.Application](h.night, nil) {
		v, about, err := h.s.ApplicationOn(ctx, h.auditor, a.ID, day)
		if models.CodeOf(err) == "as_of.before" {
			continue
		}
		noError(h.t, err)
		equal(h.t, about, AsOf{day, h.year.ProgramCode + "@" + h.year.DefinitionVersion})
		out["application "+a.ID] = readable(h.t, v)
		lines, err := h.s.ApplicationLinesOn(ctx, h.auditor, a.ID, day)
		noError(h.t, err)
		proposed := map[int]any{}
		for _, p := range lines.Proposed {
			proposed[p.Number] = p.Fields
		}
		out["lines of "+a.ID] = readable(h.t, []any{lines.RevisionID, lines.InForce, lines.OpenID, lines.OpenStatus, proposed})
	}
	h.lists(out, day)
	return out
}

func (h *life) lists(out map[string]string, on models.Date) {
	h.t.Helper()
	for _, status := range []models.State{"", StatusOpen, StatusAcknowledged} {
		flags, err := h.s.Flags(ctx, h.auditor, ListFlags{On: on, Status: status})
		noError(h.t, err)
		out["flags "+string(status)] = readable(h.t, flags)
	}
	for _, status := range []store.DueState{store.DueAny, store.DueUpcoming, store.DueToday, store.DueOverdue, store.DueDone} {
		dues, err := h.s.DueItems(ctx, h.auditor, ListDueItems{On: on, Status: status})
		noError(h.t, err)
		out["due items "+string(status)] = readable(h.t, dues)
	}
}

// lines are an application's lines in force, and what the revision that is open proposes.
func (h *life) lines(v ApplicationView) string {
	h.t.Helper()
	var inForce, open string
	var status models.State
	var lines []Line
	proposed := map[int]any{}
	for _, rev := range v.Revisions {
		r, err := h.s.Revision(ctx, h.auditor, rev.ID)
		noError(h.t, err)
		if in := v.Application.InForceRevisionID; in != nil && *in == rev.ID {
			inForce, lines = rev.ID, r.Lines
		}
		if Revisions.Final(string(rev.Status)) {
			continue
		}
		open, status = rev.ID, rev.Status
		for _, l := range r.Lines {
			if l.Touched {
				proposed[l.Number] = proposal(l)
			}
		}
	}
	return readable(h.t, []any{inForce, lines, open, status, proposed})
}

// proposal is what a line would change of what is in force, and what was decided of it.
func proposal(l Line) map[string]any {
	out := map[string]any{}
	if l.Version.Decision != "pending" {
		out["decision"] = l.Version.Decision
	}
	if l.Version.Action == "remove" {
		return out
	}
	for _, c := range changedFields(l.Base, &l) {
		if text, _ := json.Marshal(c.After); l.Base != nil || string(text) != "null" {
			out[c.Field] = c.After
		}
	}
	return out
}

// readable is a value for comparison: times in UTC, no list like an empty one.
func readable(t testing.TB, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", " ")
	noError(t, err)
	var plain any
	noError(t, json.Unmarshal(text, &plain))
	text, err = json.MarshalIndent(leveled(plain), "", " ")
	noError(t, err)
	return string(text)
}

func leveled(v any) any {
	switch x := v.(type) {
	case map[string]any:
		for k := range x {
			x[k] = leveled(x[k])
		}
	case []any:
		if len(x) == 0 {
			return nil
		}
		for i := range x {
			x[i] = leveled(x[i])
		}
	case string:
		if at, err := time.Parse(time.RFC3339Nano, x); err == nil {
			return at.UTC().Format(models.AuditTime)
		}
	}
	return v
}

// What an open revision proposes follows decisions that are taken back, and removals too.
func TestProposedLinesAreReadAsTheyStand(t *testing.T) {
	t.Parallel()
	h := givenHistory(t, 7, map[string]int{})
	rev := h.of(0)
	save := func(number int, school string) {
		in := SaveLineItem{RevisionID: rev.ID, Number: number, UseCategory: "4", FunctionCode: "221", CostKind: "purchased_services", Description: "Reading cohort " + school,
			SchoolID: h.school, Metric: "NWEA growth", DataSource: "NWEA", Costs: []CostInput{{ObjectCode: "3120", AmountCents: 100000}}, Links: []LinkInput{{TargetID: h.a.Targets[0].ID}}}
		noError(t, second(h.s.SaveLineItem(ctx, h.preparer, in)))
	}
	step := func(who models.Actor, event string) {
		noError(t, second(h.s.TransitionRevision(ctx, who, TransitionRevision{ID: rev.ID, Event: event, Comment: "Because."})))
	}
	decide := func(number int, decision string) {
		noError(t, second(h.s.DecideLineItem(ctx, h.pal, DecideLineItem{RevisionID: rev.ID, Number: number, Decision: decision, Reason: "Which school?"})))
	}
	same := func() {
		t.Helper()
		h.compare(h.plain(), h.s.Today())
	}
	save(0, "one")
	save(0, "two")
	step(h.official, "submit")
	decide(1, "returned")
	decide(2, "approved")
	step(h.pal, "return")
	same()
	save(1, "one, for twenty teachers") // its decision is taken back
	same()
	step(h.official, "submit") // and now the other's
	same()
	step(h.pal, "approve")
	step(h.fiscal, "approve")
	same()
	noError(t, second(h.s.CreateAmendment(ctx, h.preparer, CreateAmendment{ApplicationID: rev.ApplicationID, Reason: "Prices."})))
	rev = h.of(1)
	noError(t, second(h.s.RemoveLineItem(ctx, h.preparer, rev.ID, 1, 0)))
	same()
	save(1, "one, after all")
	same()
	save(1, "one, for twenty teachers") // as in force
	same()
}

func (h *life) of(number int) models.Revision {
	h.t.Helper()
	rev, err := store.One[models.Revision](h.db.Read(ctx), store.Eq{"organization_id": h.district.ID, "number": number})
	noError(h.t, err)
	return rev
}
