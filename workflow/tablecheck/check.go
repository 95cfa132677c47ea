package tablecheck

import (
	"fmt"
	"math/big"
	"slices"

	"earmark/models"
)

// Run makes every check of a file. What is wrong with a table is in the report; an
// Invalid error lists what is wrong with the file itself: checks of rows that are not
// there, formulas that cannot be read.
func Run(f File) (Report, error) {
	b := &book{file: &f}
	b.tables()
	r := Report{Title: f.Title, Tables: len(f.Tables), Cells: b.cells, AddsUp: true, Findings: []Finding{}}
	var ready []func(*Report)
	if len(b.wrong) == 0 {
		for i := range f.Checks {
			ready = append(ready, b.prepare(fmt.Sprintf("/checks/%d", i), &f.Checks[i])...)
		}
		if len(f.Checks) == 0 {
			b.broken("/checks", "required", "Say what must hold, such as {\"kind\": \"row_sum\", \"table\": \"A\", \"total\": \"total\"}.", "There is nothing to check.")
		}
	}
	if len(b.wrong) > 0 {
		return Report{}, &models.Error{Kind: models.Invalid, Code: "tables.invalid", Fields: b.wrong,
			Detail: fmt.Sprintf("%d things in the file of tables cannot be used; nothing was checked.", len(b.wrong))}
	}
	for _, do := range ready {
		do(&r)
	}
	return r, nil
}

// prepare resolves the names of a check. Nothing is computed before all checks are sound.
func (b *book) prepare(at string, c *Check) []func(*Report) {
	if !slices.Contains(Kinds, c.Kind) {
		b.broken(at+"/kind", "unknown", "Use one of: "+some(Kinds)+".", "There is no kind of check %q.", c.Kind)
		return nil
	}
	if c.Blank != "" && c.Blank != "allowed" {
		b.broken(at+"/blank", "unknown", "Use allowed, or leave it out.", "%q is not known here.", c.Blank)
	}
	if _, ok := decimalsOf(string(c.Round)); c.Round != "" && c.Round != "printed" && !ok {
		b.broken(at+"/round", "unknown", "Use printed, or a number of decimals from 0 to 12.", "%q is not a way to round.", c.Round)
	}
	switch c.Kind {
	case "arithmetic":
		return b.arithmetic(at, c)
	case "build_up":
		return b.buildUp(at, c)
	case "cost_share":
		return b.costShare(at, c)
	case "tie_out":
		return b.tieOut(at, c)
	}
	var out []func(*Report)
	for _, g := range b.tablesOf(at, c) {
		switch c.Kind {
		case "tree":
			out = append(out, b.tree(at, c, g)...)
		case "series":
			out = append(out, b.series(at, c, g)...)
		case "escalator":
			out = append(out, b.escalator(at, c, g)...)
		default:
			if v := b.formula(at, c, g); v != nil {
				out = append(out, v.run)
			}
		}
	}
	return out
}

func (b *book) tablesOf(at string, c *Check) []*grid {
	names := c.Tables
	if len(names) == 0 {
		names = []string{c.Table}
	}
	if len(names) == 1 && (names[0] == "*" || names[0] == "" && len(b.grids) == 1) {
		return b.grids
	}
	var out []*grid
	for _, n := range names {
		g := b.byCode[n]
		if g == nil {
			b.broken(at+"/table", "unknown", "Give the code of a table in this file, or *.", "There is no table %q.", n)
			continue
		}
		out = append(out, g)
	}
	return out
}

// cellValue is a computed value of a cell.
type cellValue = *big.Rat

// vector is a formula over the lines of each column, or over the columns of each line.
type vector struct {
	check     *Check
	grid      *grid
	overLines bool // references are lines; where are columns
	statement statement
	where     []int
	parts     int  // references on the right
	percent   bool // the printed cell is a percentage, with the sign or without
}

// formula makes the vector of a check of one table.
func (b *book) formula(at string, c *Check, g *grid) *vector {
	v := &vector{check: c, grid: g, overLines: slices.Contains([]string{"column_sum", "line_formula", "share"}, c.Kind)}
	along, across, chosen, name := g.columns, g.lines, c.Rows, "/rows"
	if v.overLines {
		along, across, chosen, name = g.lines, g.columns, c.Columns, "/columns"
	}
	before := len(b.wrong)
	v.where = b.choose(at+name, chosen, across)
	switch c.Kind {
	case "row_sum", "column_sum":
		v.statement = b.sumOf(at, c, along)
	case "share":
		part, whole := b.one(at+"/part", c.Part, along), b.one(at+"/whole", string(c.Whole), along)
		v.statement = b.shareOf(at, c, part, whole)
	case "percentage":
		v.percent = true
		v.statement = b.percentageOf(at, c, along)
	default:
		s, err := parseStatement(c.Is, along)
		if err != nil {
			b.broken(at+"/is", "formula", "Write a result, a sign and what it is of: 9 = 1..8.", "The formula %q of table %s cannot be used: %s.", c.Is, g.Code, err)
			return nil
		}
		if s.left.op != 'r' {
			b.broken(at+"/is", "formula", "Write the result first: 9 = 1..8.", "The formula %q does not begin with a name of table %s.", c.Is, g.Code)
			return nil
		}
		v.statement = s
	}
	if len(b.wrong) > before {
		return nil
	}
	v.statement.right.each(func(int) { v.parts++ })
	b.spend(at, v.parts*len(v.where))
	return v
}

func reference(i int) *node { return &node{op: 'r', refs: []int{i}} }

func (b *book) sumOf(at string, c *Check, along inOrder) statement {
	name := c.Total
	if name == "" {
		name = "total"
	}
	total := b.one(at+"/total", name, along)
	refs := b.choose(at+"/of", c.Of, along)
	if len(c.Of) == 0 {
		refs = slices.DeleteFunc(refs, func(i int) bool { return i == total })
	}
	return statement{left: reference(total), op: "=", right: &node{op: 's', refs: refs}}
}

func (b *book) shareOf(at string, c *Check, part, whole int) statement {
	text := string(c.Percent)
	n := ParseNumber(text)
	if n.State != Readable {
		b.broken(at+"/percent", "number", "Give a percentage such as 50%.", "%q is not a percentage.", text)
		return statement{}
	}
	if !n.Percent {
		n.Value.Mul(n.Value, hundredth)
	}
	return statement{left: reference(part), op: "=", right: &node{op: '*', l: &node{op: 'n', num: n.Value}, r: reference(whole)}}
}

func (b *book) percentageOf(at string, c *Check, along inOrder) statement {
	percent, part := b.one(at+"/percent", string(c.Percent), along), b.one(at+"/part", c.Part, along)
	var whole *node
	if i, ok := along.find(string(c.Whole)); ok {
		whole = reference(i)
	} else if n := ParseNumber(string(c.Whole)); n.State == Readable {
		whole = &node{op: 'n', num: n.Value}
	} else {
		b.broken(at+"/whole", "unknown", "Give a column, or the number that is 100 %.", "There is no %q.", c.Whole)
		return statement{}
	}
	return statement{left: reference(percent), op: "=", right: &node{op: '/', l: reference(part), r: whole}}
}

func (v *vector) run(r *Report) {
	for _, w := range v.where {
		v.compare(r, w)
	}
}

func (v *vector) index(ref, w int) int {
	if v.overLines {
		return ref*len(v.grid.columns.list) + w
	}
	return w*len(v.grid.columns.list) + ref
}

func (v *vector) cell(ref, w int) *Number { return &v.grid.cells[v.index(ref, w)] }

// place names a cell for a finding.
func (v *vector) place(ref, w int) Finding {
	line, column := w, ref
	if v.overLines {
		line, column = ref, w
	}
	return Finding{Table: v.grid.Code, Row: v.grid.lines.list[line], Column: v.grid.columns.list[column], Printed: v.grid.cell(line, column).Text}
}

// compare holds one printed result against its parts.
func (v *vector) compare(r *Report, w int) {
	result := v.statement.left.refs[0]
	printed := v.cell(result, w)
	value := func(ref int) *big.Rat { return v.cell(ref, w).Value }
	var spoiled []int
	given := false
	v.statement.right.each(func(ref int) {
		switch v.cell(ref, w).State {
		case Unreadable:
			spoiled = append(spoiled, ref)
		case Readable:
			given = true
		}
	})
	if printed.State == Unreadable {
		spoiled = append(spoiled, result)
	}
	if len(spoiled) > 0 {
		r.Compared++
		v.unreadable(r, w, result, spoiled, value)
		return
	}
	allowed := v.check.Blank == "allowed"
	if !given && (allowed || printed.State == Blank) || printed.State == Blank && allowed && !v.check.Show {
		return // nothing to hold against anything
	}
	r.Compared++
	v.judge(r, w, result, printed, value)
}

func (v *vector) judge(r *Report, w, result int, printed *Number, value func(int) *big.Rat) {
	f := v.place(result, w)
	shown, percent := printed.Value, printed.Percent
	if v.percent && printed.State == Readable && !printed.Percent { // 98 stands for 98 %
		shown = new(big.Rat).Mul(printed.Value, hundredth)
	}
	computed := v.rounded(v.compute(w, value), printed)
	if computed == nil {
		f.Status, f.Hint = NotReadable, "It cannot be computed: something is divided by 0."
		r.add(v.check, f)
		return
	}
	f.Computed = v.written(computed, percent)
	switch {
	case printed.State == Blank && (computed.Sign() == 0 || v.check.Blank == "allowed"):
		f.Status = Agrees
	case printed.State == Blank:
		f.Status, f.Difference = NotPrinted, v.written(new(big.Rat).Abs(computed), percent)
		f.Hint = fmt.Sprintf("The cell is blank; %s would close it.", group(f.Computed))
		v.remember(result, w, computed)
	case holds(shown, v.statement.op, computed) || v.holdsWithComputed(shown, w, printed):
		f.Status = Agrees
	default:
		f.Status = Differs
		f.Difference = v.written(new(big.Rat).Abs(new(big.Rat).Sub(computed, shown)), percent)
		f.Hint = v.hint(w, shown, computed, value)
		v.remember(result, w, computed)
	}
	r.add(v.check, f)
}

// compute evaluates the formula; a plain sum of small numbers without making fractions.
func (v *vector) compute(w int, value func(int) *big.Rat) *big.Rat {
	if v.statement.right.op != 's' || len(v.statement.right.refs) > maxTerms {
		return v.statement.right.eval(value)
	}
	var sum int64
	for _, ref := range v.statement.right.refs {
		c := v.cell(ref, w)
		if c.State == Readable && !c.exact {
			return v.statement.right.eval(value)
		}
		sum += c.small
	}
	return big.NewRat(sum, smallScale)
}

// written shows a percentage without its sign when it was printed so.
func (v *vector) written(x *big.Rat, percent bool) string {
	if v.percent && !percent {
		x = new(big.Rat).Quo(x, hundredth)
	}
	return write(x, percent)
}

func (v *vector) rounded(x *big.Rat, printed *Number) *big.Rat {
	if x == nil {
		return nil
	}
	switch {
	case v.percent && printed.State == Readable:
		return round(x, printed.Decimals+2)
	case v.percent:
		return round(x, 2)
	case v.check.Round == "printed":
		return round(x, printed.scale())
	}
	if n, ok := decimalsOf(string(v.check.Round)); ok {
		return round(x, n)
	}
	return x
}

// remember keeps what a failed line should have been, for the lines that follow from it.
func (v *vector) remember(result, w int, computed *big.Rat) {
	if v.overLines && v.statement.op == "=" {
		v.grid.better[v.index(result, w)] = computed
	}
}

// holdsWithComputed looks whether the line agrees with what an earlier line should have
// been: a misread line is reported where it stands, not again in each line that uses it.
func (v *vector) holdsWithComputed(shown *big.Rat, w int, printed *Number) bool {
	if !v.overLines || len(v.grid.better) == 0 {
		return false
	}
	uses := false
	v.statement.right.each(func(ref int) {
		_, better := v.grid.better[v.index(ref, w)]
		uses = uses || better
	})
	if !uses {
		return false
	}
	x := v.rounded(v.statement.right.eval(func(ref int) *big.Rat {
		if b, ok := v.grid.better[v.index(ref, w)]; ok {
			return b
		}
		return v.cell(ref, w).Value
	}), printed)
	return x != nil && holds(shown, v.statement.op, x)
}

// unreadable reports each cell that cannot be read. When it is the only one, the hint
// names the value that would close the formula.
func (v *vector) unreadable(r *Report, w, result int, spoiled []int, value func(int) *big.Rat) {
	for _, ref := range spoiled {
		f := v.place(ref, w)
		f.Status, f.Hint = NotReadable, fmt.Sprintf("%q is not a number.", f.Printed)
		if len(spoiled) == 1 && v.statement.op == "=" {
			close := v.closes(ref, w, result, value)
			if close != nil {
				f.Computed = v.written(close, v.cell(ref, w).Percent)
				f.Hint += fmt.Sprintf(" %s would close it.", group(f.Computed))
			}
		} else if len(spoiled) > 1 {
			f.Hint += " Another cell cannot be read either, so nothing follows."
		}
		r.add(v.check, f)
	}
}

func (v *vector) closes(ref, w, result int, value func(int) *big.Rat) *big.Rat {
	if ref == result {
		return v.rounded(v.statement.right.eval(value), v.cell(result, w))
	}
	want := v.cell(result, w).Value
	if want == nil || v.percent {
		return nil
	}
	return v.statement.right.closing(ref, want, value)
}
