package demo

import (
	"context"
	"fmt"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

// entry is one row of a district's ledger.
type entry struct {
	l      *line
	object string
	amount models.Cents
	on     models.Date
	vendor string
}

// spend tells the spending of an application up to a part of every line, in basis points,
// as of a day. The district reports it in its own way: by file, by FID record or by hand.
func (w *world) spend(st *story, on models.Date, upTo models.Cents) {
	w.at(on, "spending of "+st.d.code, func(ctx context.Context) error {
		entries := st.owed(on, upTo)
		st.since = on
		if len(entries) == 0 {
			return nil
		}
		switch {
		case st.d.n%9 == 5:
			return w.postAll(ctx, st, entries)
		case st.d.n%4 == 2:
			return w.importFID(ctx, st, on, entries, nil)
		}
		return w.importCSV(ctx, st, on, entries, nil)
	})
}

// owed lists what takes every line to its part. What is bought at once is bought when the
// part reaches a fifth.
func (st *story) owed(on models.Date, upTo models.Cents) []entry {
	var out []entry
	for i, l := range st.lines {
		if l.free {
			continue
		}
		part := upTo
		if l.template.noMonthly {
			if part < 2000 {
				continue
			}
			part = min(10000, part*2)
		}
		for j, c := range l.input.Costs {
			amount := c.AmountCents*part/10000 - l.spent[c.ObjectCode]
			if amount < 1000 {
				continue
			}
			l.spent[c.ObjectCode] += amount
			day := st.since.AddDays(1 + (i*5+j)%max(1, on.DaysSince(st.since)))
			e := entry{l: l, object: c.ObjectCode, amount: amount, on: min(day, on), vendor: vendors[l.template.kind]}
			if rest := amount - amount*6/10; l.template.kind == personnel && on.DaysSince(st.since) > 25 && upTo > 2000 && rest > 0 {
				e.amount -= rest // two pay days
				out = append(out, e)
				e.amount, e.on = rest, on
			}
			out = append(out, e)
		}
	}
	return out
}

var vendors = map[string]string{personnel: "Payroll", development: "Demo Learning Partners", services: "Demo Services", supplies: "Demo Books", capital: "Demo Classroom Equipment"}

func (w *world) postAll(ctx context.Context, st *story, entries []entry) error {
	for _, e := range entries {
		w.clock.tick()
		if _, err := w.post(ctx, st, e, "Posted by hand"); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) post(ctx context.Context, st *story, e entry, memo string) (string, error) {
	w.number++
	out, err := w.s.PostExpenditure(ctx, st.d.preparer, workflow.NewExpenditure{LineItemID: e.l.id, ObjectCode: e.object, AmountCents: e.amount, SpentOn: e.on,
		Vendor: e.vendor, Invoice: fmt.Sprintf("D-%05d", w.number), Memo: memo})
	return out.ID, err
}

// stray is a row of a ledger that finds no line.
type stray struct {
	function, object, school, grant string
	amount                          models.Cents
	memo                            string
}

func (w *world) importCSV(ctx context.Context, st *story, on models.Date, entries []entry, strays []stray) error {
	var rows [][]string
	row := func(line, function, object, school, grant string, amount models.Cents, on models.Date, vendor, memo string) {
		w.number++
		rows = append(rows, []string{line, function, object, school, grant, strconv.FormatInt(int64(amount), 10), string(on), vendor, fmt.Sprintf("D-%05d", w.number), memo})
	}
	for _, e := range entries {
		row(strconv.Itoa(e.l.number), e.l.input.FunctionCode, e.object, "", grantCode, e.amount, e.on, e.vendor, "")
	}
	for _, x := range strays {
		row("", x.function, x.object, x.school, x.grant, x.amount, on, "Demo Services", x.memo)
	}
	_, err := w.s.ImportExpenditures(ctx, st.d.preparer, workflow.ImportExpenditures{ApplicationID: st.app.ID, Format: "csv", FileName: fmt.Sprintf("ledger-%s-%s.csv", st.d.code, on),
		Content: sheet([]string{"line_number", "function_code", "object_code", "school_code", "grant_code", "amount_cents", "spent_on", "vendor", "invoice", "memo"}, rows)})
	return err
}

// grantCode is the one of the definition: the real one is not published.
const grantCode = "21H1"

// importFID sends records of fixed width, as the Financial Information Database takes them.
func (w *world) importFID(ctx context.Context, st *story, on models.Date, entries []entry, strays []stray) error {
	var text []byte
	record := func(function, object, school, grant string, amount models.Cents) {
		text = fmt.Appendf(text, "11%3s%4s   %4s%5s    %14s\n", function, object, grant, school, fmt.Sprintf("%d.%02d", amount/100, amount%100))
	}
	codes := map[string]string{}
	for _, s := range st.d.schools {
		codes[s.id] = s.code
	}
	for _, e := range entries {
		record(e.l.input.FunctionCode, e.object, codes[e.l.input.SchoolID], grantCode, e.amount)
	}
	for _, x := range strays {
		record(x.function, x.object, x.school, x.grant, x.amount)
	}
	_, err := w.s.ImportExpenditures(ctx, st.d.preparer, workflow.ImportExpenditures{ApplicationID: st.app.ID, Format: "fid", FileName: fmt.Sprintf("fid-%s-%s.txt", st.d.code, on),
		SpentOn: on, Content: text})
	return err
}

// strayRows sends a file with rows that match no line.
func (w *world) strayRows(st *story, on models.Date) {
	w.at(on, "stray rows of "+st.d.code, func(ctx context.Context) error {
		first := st.lines[1]
		strays := []stray{
			{"261", "4120", "", grantCode, 84000, "Boiler repair"},
			{"111", "5110", "", "11A1", 36550, "Booked under another grant"},
			{first.input.FunctionCode, first.input.Costs[0].ObjectCode, "", grantCode, first.amount() * 2, "Whole year booked at once"},
			{"221", "3190", "", grantCode, 15000, "Translation for the reading cohort"},
		}
		if st.d.n%2 == 0 {
			return w.importFID(ctx, st, on, nil, strays)
		}
		return w.importCSV(ctx, st, on, nil, strays)
	})
}

// settle decides exceptions: the translation is matched with a line, the boiler dismissed.
func (w *world) settle(st *story, on models.Date) {
	w.at(on, "settle exceptions of "+st.d.code, func(ctx context.Context) error {
		open, err := w.s.ImportExceptions(ctx, st.d.preparer, workflow.ListImportExceptions{ApplicationID: st.app.ID, Status: "open", Limit: workflow.MaxPage})
		if err != nil {
			return err
		}
		for _, x := range open {
			in := workflow.TransitionImportException{ID: x.ID, Event: "dismiss", Comment: "Not a cost of this grant; moved to the general fund."}
			who := w.fiscals[st.d.n%fiscals]
			switch {
			case x.FunctionCode == "221" && x.Reason == workflow.ReasonNoLine:
				l := st.lines[1]
				in = workflow.TransitionImportException{ID: x.ID, Event: "match", LineItemID: l.id, Comment: "Part of this line; the object was booked wrongly."}
				l.spent[l.input.Costs[0].ObjectCode] += x.AmountCents
				who = st.d.preparer
			case x.FunctionCode != "261":
				continue
			}
			w.clock.tick()
			if _, err := w.s.TransitionImportException(ctx, who, in); err != nil {
				return err
			}
		}
		return nil
	})
}

// overspend puts more than the tolerance on the salary of a line, while the line as a
// whole stays inside it.
func (w *world) overspend(st *story, on models.Date) {
	w.at(on, "overspend a cell of "+st.d.code, func(ctx context.Context) error {
		for _, l := range st.lines {
			if l.template.kind != personnel || l.template.noMonthly {
				continue
			}
			l.free = true
			salary := l.input.Costs[0]
			amount := salary.AmountCents*118/100 - l.spent[salary.ObjectCode]
			l.spent[salary.ObjectCode] += amount
			_, err := w.post(ctx, st, entry{l, salary.ObjectCode, amount, on, "Payroll"}, "Overtime; benefits are paid by the general fund")
			return err
		}
		return fmt.Errorf("no line of staff")
	})
}

// early posts spending from before the approval; it is reversed on a later day, if any.
func (w *world) early(st *story, on, spent, reversed models.Date) {
	w.at(on, "early spending of "+st.d.code, func(ctx context.Context) error {
		l := st.lines[1]
		object := l.input.Costs[0].ObjectCode
		amount := l.input.Costs[0].AmountCents / 10
		l.spent[object] += amount
		id, err := w.post(ctx, st, entry{l, object, amount, spent, vendors[l.template.kind]}, "Begun before the award")
		if err != nil || reversed == "" {
			return err
		}
		w.reverse(st, l, object, amount, id, reversed, "Paid from the general fund: it was before the approval.")
		return nil
	})
}

func (w *world) reverse(st *story, l *line, object string, amount models.Cents, id string, on models.Date, why string) {
	w.at(on, "reverse an entry of "+st.d.code, func(ctx context.Context) error {
		l.spent[object] -= amount
		_, err := w.s.ReverseExpenditure(ctx, st.d.preparer, workflow.ReverseExpenditure{ID: id, Comment: why})
		return err
	})
}

// mistake posts an entry and takes it back the next day.
func (w *world) mistake(st *story, on models.Date) {
	w.at(on, "mistake of "+st.d.code, func(ctx context.Context) error {
		l := st.lines[1]
		object := l.input.Costs[0].ObjectCode
		amount := l.input.Costs[0].AmountCents / 25
		l.spent[object] += amount
		id, err := w.post(ctx, st, entry{l, object, amount, on, "Demo Services"}, "")
		if err == nil {
			w.reverse(st, l, object, amount, id, on.AddDays(1), "Invoice of another building.")
		}
		return err
	})
}

// report says that a period is complete, or that nothing was spent in it.
func (w *world) report(st *story, on, from, to models.Date, nothing bool) {
	w.at(on, "period report of "+st.d.code, func(ctx context.Context) error {
		_, err := w.s.ReportPeriod(ctx, st.d.official(), workflow.NewPeriodReport{ApplicationID: st.app.ID, PeriodStart: from, PeriodEnd: to, NothingSpent: nothing,
			Comment: map[bool]string{true: "The position could not be filled yet.", false: "All of it is in the ledger."}[nothing]})
		return err
	})
}
