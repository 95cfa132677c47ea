package tablecheck

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// hint looks for what may have happened to a result that does not agree: a slip in the
// result itself, one part that would close it with a slip of a digit, several equal parts
// with the same slip, a part left out or counted twice. It proposes; it changes nothing.
func (v *vector) hint(w int, shown, computed *big.Rat, value func(int) *big.Rat) string {
	if v.statement.op != "=" {
		return fmt.Sprintf("It must be %s %s.", v.statement.op, group(v.written(computed, false)))
	}
	if v.percent {
		return "The percentage does not follow from its counts."
	}
	if s := slip(shown, computed); s != "" {
		return s
	}
	if s := v.partSlip(w, shown, value); s != "" {
		return s
	}
	return v.partBlank(w, shown, computed, value)
}

// maxHinted is how many parts a sum may have for hints about them: in a long one some
// part always fits.
const maxHinted = 100

// partSlip looks for parts that, read otherwise, would close the formula.
func (v *vector) partSlip(w int, shown *big.Rat, value func(int) *big.Rat) string {
	if v.parts > 10*maxHinted {
		return ""
	}
	equal := map[string][]int{}
	var texts, found []string
	v.statement.right.each(func(ref int) {
		c := v.cell(ref, w)
		if c.State != Readable || len(texts) > maxHinted {
			return
		}
		if equal[c.Text] == nil {
			texts = append(texts, c.Text)
		}
		equal[c.Text] = append(equal[c.Text], ref)
	})
	if len(texts) > maxHinted {
		return ""
	}
	for _, text := range texts {
		refs := equal[text]
		which, need := v.called(refs[0])+" were", v.statement.right.closing(refs[0], shown, value)
		if len(refs) > 1 {
			which, need = fmt.Sprintf("each of the %d cells that print %s were", len(refs), text), v.closesTogether(refs, shown, value)
		}
		if s := slip(value(refs[0]), need); s != "" {
			found = append(found, fmt.Sprintf("It would close if %s %s. %s", which, group(write(need, false)), s))
		}
	}
	if len(found) > 3 { // so many say nothing
		return ""
	}
	return strings.Join(found, " ")
}

// closesTogether is what several equal parts would have to be.
func (v *vector) closesTogether(refs []int, shown *big.Rat, value func(int) *big.Rat) *big.Rat {
	at := func(x *big.Rat) *big.Rat {
		return v.statement.right.eval(func(i int) *big.Rat {
			if slices.Contains(refs, i) {
				return x
			}
			return value(i)
		})
	}
	zero, one := at(new(big.Rat)), at(big.NewRat(1, 1))
	if zero == nil || one == nil || one.Cmp(zero) == 0 {
		return nil
	}
	need := new(big.Rat).Sub(shown, zero)
	if need.Quo(need, one.Sub(one, zero)); at(need).Cmp(shown) != 0 { // not linear
		return nil
	}
	return need
}

func (v *vector) called(ref int) string {
	if v.overLines {
		return "line " + v.grid.lines.list[ref]
	}
	return "column " + v.grid.columns.list[ref]
}

// partBlank looks for a part that is exactly the difference, or a single blank one.
func (v *vector) partBlank(w int, shown, computed *big.Rat, value func(int) *big.Rat) string {
	diff := new(big.Rat).Sub(computed, shown)
	var empty []int
	twice := ""
	v.statement.right.each(func(ref int) {
		x := value(ref)
		switch {
		case x == nil:
			empty = append(empty, ref)
		case x.Sign() != 0 && x.Cmp(diff) == 0:
			twice = fmt.Sprintf("The difference is exactly %s: it may be left out of the result.", v.called(ref))
		case x.Sign() != 0 && new(big.Rat).Neg(x).Cmp(diff) == 0:
			twice = fmt.Sprintf("The difference is exactly %s: it may be counted twice in the result.", v.called(ref))
		}
	})
	if len(empty) == 1 && twice == "" {
		if need := v.statement.right.closing(empty[0], shown, value); need != nil {
			return fmt.Sprintf("%s is blank; %s there would close it.", upper(v.called(empty[0])), group(write(need, false)))
		}
	}
	return twice
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// slip says how one number can be misread or mistyped as the other, or "".
func slip(printed, right *big.Rat) string {
	if printed == nil || right == nil || printed.Sign() == 0 || printed.Sign() != right.Sign() && right.Sign() != 0 {
		if printed != nil && right != nil && printed.Sign() != 0 && new(big.Rat).Neg(printed).Cmp(right) == 0 {
			return "The sign is the other way round."
		}
		return ""
	}
	p, r, ok := digits(printed, right)
	if !ok || p == r {
		return ""
	}
	switch {
	case len(p) == len(r):
		return exchanged(p, r)
	case r == p+"000" || p == r+"000":
		return "A factor of 1,000: a group of three digits or its separator was lost or added."
	case len(p)+1 == len(r) && without(r, p):
		return "One digit was lost in the printed number."
	case len(p) == len(r)+1 && without(p, r):
		return "One digit too many was printed."
	}
	return ""
}

// digits writes both numbers with the same decimals, without the point.
func digits(a, b *big.Rat) (string, string, bool) {
	n, ok := a.FloatPrec()
	m, too := b.FloatPrec()
	if !ok || !too {
		return "", "", false
	}
	n = max(n, m)
	plain := func(x *big.Rat) string {
		return strings.TrimLeft(strings.Replace(new(big.Rat).Abs(x).FloatString(n), ".", "", 1), "0")
	}
	return plain(a), plain(b), true
}

// exchanged compares two numbers of the same length: one digit read as another, or two
// neighbours in the wrong order.
func exchanged(p, r string) string {
	var at []int
	for i := range p {
		if p[i] != r[i] {
			at = append(at, i)
		}
	}
	switch {
	case len(at) == 1 && len(p) > 1:
		return fmt.Sprintf("One digit differs: %c stands where %c would agree.", p[at[0]], r[at[0]])
	case len(at) == 2 && at[1] == at[0]+1 && p[at[0]] == r[at[1]] && p[at[1]] == r[at[0]]:
		return fmt.Sprintf("Two digits are transposed: %c%c for %c%c.", p[at[0]], p[at[1]], r[at[0]], r[at[1]])
	}
	return ""
}

// without reports whether long becomes short by taking out one digit.
func without(long, short string) bool {
	i := 0
	for i < len(short) && long[i] == short[i] {
		i++
	}
	return long[i+1:] == short[i:]
}
