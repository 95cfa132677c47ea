package tablecheck

import (
	"fmt"
	"math/big"
	"slices"
)

// tieOut holds every cell of one table against the sum of the same cells of others.
func (b *book) tieOut(at string, c *Check) []func(*Report) {
	sum := b.byCode[c.Table]
	if sum == nil {
		b.broken(at+"/table", "unknown", "Give the code of the table that sums up.", "There is no table %q.", c.Table)
		return nil
	}
	var parts []*grid
	for i, code := range c.Of {
		if g := b.byCode[code]; g != nil && g != sum {
			parts = append(parts, g)
			continue
		}
		b.broken(fmt.Sprintf("%s/of/%d", at, i), "unknown", "Give codes of other tables in this file.", "There is no other table %q.", code)
	}
	if len(parts) == 0 {
		b.broken(at+"/of", "required", "Name the tables that are added together.", "Nothing is added together.")
	}
	lines, columns := b.choose(at+"/rows", c.Rows, sum.lines), b.choose(at+"/columns", c.Columns, sum.columns)
	b.spend(at, len(lines)*len(columns)*len(parts))
	return []func(*Report){func(r *Report) {
		for _, l := range lines {
			for _, k := range columns {
				tie(r, c, sum, parts, l, k)
			}
		}
	}}
}

func tie(r *Report, c *Check, sum *grid, parts []*grid, l, k int) {
	line, column := sum.lines.list[l], sum.columns.list[k]
	printed := sum.cell(l, k)
	f := Finding{Table: sum.Code, Row: line, Column: column, Printed: printed.Text}
	total, spoiled := new(big.Rat), ""
	for _, p := range parts {
		i, ok := p.lines.find(line)
		j, found := p.columns.find(column)
		if !ok || !found {
			continue
		}
		switch x := p.cell(i, j); x.State {
		case Unreadable:
			spoiled = p.Code
		case Readable:
			total.Add(total, x.Value)
		}
	}
	shown := printed.Value
	if shown == nil {
		shown = new(big.Rat)
	}
	r.Compared++
	switch {
	case printed.State == Unreadable:
		f.Status, f.Hint = NotReadable, fmt.Sprintf("%q is not a number.", f.Printed)
	case spoiled != "":
		f.Status, f.Hint = NotReadable, fmt.Sprintf("The same cell of table %s cannot be read.", spoiled)
	case shown.Cmp(total) == 0:
		f.Status, f.Computed = Agrees, write(total, false)
	default:
		f.Status, f.Computed = Differs, write(total, false)
		if printed.State == Blank {
			f.Status = NotPrinted
		}
		f.Difference = write(new(big.Rat).Abs(new(big.Rat).Sub(total, shown)), false)
		f.Hint = slip(shown, total)
	}
	r.add(c, f)
}

// tree holds every row that has parts against the sum of its parts.
func (b *book) tree(at string, c *Check, g *grid) []func(*Report) {
	children := map[int][]int{}
	for line, parent := range g.parents {
		children[parent] = append(children[parent], line)
	}
	for line := range g.parents { // a row that is a part of itself would never end
		steps := 0
		for p, ok := line, true; ok; p, ok = g.parents[p] {
			if steps++; steps > len(g.lines.list) {
				b.broken(at, "tree", "Correct the parents.", "In table %s the row %q is a part of itself.", g.Code, g.lines.list[line])
				return nil
			}
		}
	}
	if len(children) == 0 {
		b.broken(at, "tree", "Give rows a parent.", "No row of table %s is a part of another.", g.Code)
		return nil
	}
	where := b.choose(at+"/columns", c.Columns, g.columns)
	var out []func(*Report)
	for line := range g.lines.list {
		if parts := children[line]; len(parts) > 0 {
			slices.Sort(parts)
			v := &vector{check: c, grid: g, overLines: true, where: where,
				statement: statement{left: reference(line), op: "=", right: &node{op: 's', refs: parts}}, parts: len(parts)}
			b.spend(at, len(parts)*len(where))
			out = append(out, v.run)
		}
	}
	return out
}

// series looks at each row from column to column: which way it goes, and by how much.
func (b *book) series(at string, c *Check, g *grid) []func(*Report) {
	lines, columns := b.choose(at+"/rows", c.Rows, g.lines), b.choose(at+"/columns", c.Columns, g.columns)
	ops := map[string]string{"": "", "non_decreasing": ">=", "increasing": ">", "non_increasing": "<=", "decreasing": "<"}
	op, known := ops[c.Direction]
	step := ParseNumber(string(c.Step))
	if !known || c.Direction == "" && step.State != Readable || step.State == Unreadable {
		b.broken(at+"/direction", "series", "Give direction (non_decreasing, increasing, non_increasing, decreasing) or a step such as 1.", "Nothing says how the series goes.")
		return nil
	}
	points := make([]*big.Rat, len(columns))
	for i, k := range columns {
		points[i] = new(big.Rat).SetInt64(int64(i))
		if g.at[k] != "" {
			n := ParseNumber(g.at[k])
			if n.State != Readable {
				b.broken(at+"/columns", "series", "Give a number, such as a year.", "The place %q of column %q is not a number.", g.at[k], g.columns.list[k])
				return nil
			}
			points[i] = n.Value
		}
	}
	b.spend(at, len(lines)*len(columns))
	return []func(*Report){func(r *Report) {
		for _, l := range lines {
			along(r, c, g, l, columns, points, op, step.Value)
		}
	}}
}

// along compares each readable cell of a row with the readable one before it.
func along(r *Report, c *Check, g *grid, line int, columns []int, points []*big.Rat, op string, step *big.Rat) {
	last := -1
	for i, k := range columns {
		cell := g.cell(line, k)
		f := Finding{Table: g.Code, Row: g.lines.list[line], Column: g.columns.list[k], Printed: cell.Text}
		if cell.State == Unreadable {
			f.Status, f.Hint = NotReadable, fmt.Sprintf("%q is not a number.", f.Printed)
			r.add(c, f)
		}
		if cell.State != Readable {
			continue
		}
		if last >= 0 {
			r.Compared++
			before := g.cell(line, columns[last])
			f.Status = Agrees
			if op != "" && !holds(cell.Value, op, before.Value) {
				f.Status, f.Computed, f.Hint = Differs, write(before.Value, cell.Percent), fmt.Sprintf("It must be %s what %s prints.", op, g.columns.list[columns[last]])
			}
			if step != nil {
				want := new(big.Rat).Mul(step, new(big.Rat).Sub(points[i], points[last]))
				want.Add(want, before.Value)
				if f.Computed = write(want, cell.Percent); cell.Value.Cmp(want) != 0 {
					f.Status, f.Hint = Differs, fmt.Sprintf("From %s on it should have gone by %s.", g.columns.list[columns[last]], write(step, false))
				}
			}
			if f.Status == Differs {
				x := ParseNumber(f.Computed).Value
				f.Difference = write(new(big.Rat).Abs(new(big.Rat).Sub(x, cell.Value)), cell.Percent)
			}
			r.add(c, f)
		}
		last = i
	}
}

// escalator raises the first column by a rate from year to year, rounded each year.
func (b *book) escalator(at string, c *Check, g *grid) []func(*Report) {
	lines, columns := b.choose(at+"/rows", c.Rows, g.lines), b.choose(at+"/columns", c.Columns, g.columns)
	rate, first := ParseNumber(string(c.Rate)), ParseNumber(string(c.First))
	if rate.State != Readable || first.State == Unreadable {
		b.broken(at+"/rate", "number", "Give a rate such as 3%.", "%q is not a rate.", c.Rate)
		return nil
	}
	if !rate.Percent {
		rate.Value.Mul(rate.Value, hundredth)
	}
	factor := new(big.Rat).Add(rate.Value, big.NewRat(1, 1))
	decimals, _ := decimalsOf(string(c.Round)) // whole dollars when nothing is said
	b.spend(at, len(lines)*len(columns))
	return []func(*Report){func(r *Report) {
		for _, l := range lines {
			escalate(r, c, g, l, columns, factor, first.Value, decimals)
		}
	}}
}

func escalate(r *Report, c *Check, g *grid, line int, columns []int, factor, first *big.Rat, decimals int) {
	expected := first
	for i, k := range columns {
		cell := g.cell(line, k)
		if i > 0 && expected != nil {
			expected = round(new(big.Rat).Mul(expected, factor), decimals)
		}
		if expected == nil {
			expected = cell.Value // the first year stands as printed
			continue
		}
		r.Compared++
		held(r, c, Finding{Table: g.Code, Row: g.lines.list[line], Column: g.columns.list[k]}, cell, expected)
	}
}

// held compares one printed number with a computed one.
func held(r *Report, c *Check, f Finding, printed *Number, computed *big.Rat) {
	f.Printed, f.Computed = printed.Text, write(computed, printed.Percent)
	switch {
	case printed.State == Unreadable:
		f.Status, f.Hint = NotReadable, fmt.Sprintf("%q is not a number. %s would close it.", f.Printed, group(f.Computed))
	case printed.State == Blank && (c.Blank == "allowed" || computed.Sign() == 0):
		f.Status = Agrees
	case printed.State == Blank:
		f.Status, f.Difference = NotPrinted, write(new(big.Rat).Abs(computed), false)
		f.Hint = fmt.Sprintf("The cell is blank; %s would close it.", group(f.Computed))
	case printed.Value.Cmp(computed) == 0:
		f.Status = Agrees
	default:
		f.Status, f.Hint = Differs, slip(printed.Value, computed)
		f.Difference = write(new(big.Rat).Abs(new(big.Rat).Sub(computed, printed.Value)), printed.Percent)
	}
	r.add(c, f)
}
