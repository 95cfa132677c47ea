package formula

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"slices"
	"strings"

	"earmark/models"
)

// VerifyFile works out every receipt of a JSON document again: a receipt, an allocation as
// the API gives it, or the output of evaluate, whose totals and ranking of remainders are
// then checked too. It returns the number of receipts, and a sentence for everything that
// does not follow. The error is for a document that is none of these.
func VerifyFile(text []byte) (receipts int, wrong []string, err error) {
	var doc any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		return 0, nil, fmt.Errorf("the file is not JSON: %w", err)
	}
	if _, more := d.Token(); more != io.EOF {
		return 0, nil, errors.New("there is more after the end of the document")
	}
	top, _ := doc.(map[string]any)
	allocations, _ := lookup(top, "run", "allocations").([]any)
	one, isAllocation := top["receipt"].(map[string]any)
	switch {
	case top["exact_cents"] != nil:
		_, wrong = verifyOne(top)
		return 1, wrong, nil
	case isAllocation:
		return 1, verifyAllocation(top, one, nil), nil
	case len(allocations) == 0:
		return 0, nil, errors.New("there is no receipt in the file: give a receipt, an allocation or the output of evaluate")
	}
	var all []Receipt
	for i, x := range allocations {
		a, _ := x.(map[string]any)
		r, ok := a["receipt"].(map[string]any)
		if !ok {
			return 0, nil, fmt.Errorf("/run/allocations/%d has no receipt", i)
		}
		wrong = append(wrong, verifyAllocation(a, r, &all)...)
	}
	if wrong == nil {
		wrong = verifyRun(top["run"].(map[string]any), all)
	}
	return len(allocations), wrong, nil
}

func lookup(v any, keys ...string) any {
	for _, key := range keys {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// verifyAllocation compares an allocation with its receipt, and adds the receipt to all.
func verifyAllocation(a, receipt map[string]any, all *[]Receipt) []string {
	r, wrong := verifyOne(receipt)
	if all != nil {
		*all = append(*all, r)
	}
	if n, ok := a["amount_cents"].(json.Number); wrong == nil && (!ok || n.String() != fmt.Sprint(int64(r.AmountCents))) {
		wrong = append(wrong, fmt.Sprintf("recipient %s: the allocation is %v, the receipt's amount_cents %d", r.Recipient, a["amount_cents"], r.AmountCents))
	}
	if code, given := a["code"]; given && code != r.Recipient {
		wrong = append(wrong, fmt.Sprintf("recipient %s: the allocation is that of %v", r.Recipient, code))
	}
	return wrong
}

// verifyOne reads a receipt strictly and works it out. The hash is taken of what stands in
// the file, so that nothing can be added that a receipt does not have.
func verifyOne(doc map[string]any) (r Receipt, wrong []string) {
	text, err := json.Marshal(doc)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		err = d.Decode(&r)
	}
	if err != nil {
		return r, []string{fmt.Sprintf("recipient %v: the receipt cannot be read: %s", doc["recipient"], strings.TrimPrefix(err.Error(), "json: "))}
	}
	if err := VerifyReceipt(r); err != nil {
		return r, []string{err.Error()}
	}
	if said := canonicalHash(doc); said != r.Hash {
		return r, []string{fmt.Sprintf("recipient %s: hash is not that of this receipt", r.Recipient)}
	}
	return r, nil
}

// canonicalHash is the hash of a receipt as anybody can make it from the JSON: see Seal.
func canonicalHash(doc map[string]any) string {
	doc = maps.Clone(doc)
	delete(doc, "hash")
	sum := sha256.Sum256(canonical(nil, doc))
	return hex.EncodeToString(sum[:])
}

func canonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		b = append(b, '{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendText(b, key), ':')
			b = canonical(b, v[key])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = canonical(b, v[i])
		}
		return append(b, ']')
	case string:
		return appendText(b, v)
	case nil:
		return append(b, "null"...)
	}
	return fmt.Append(b, v) // a number by its digits, or a boolean
}

// verifyRun adds up what single receipts only state: the weights, the limits, the cents
// left over, the set-asides and the pool.
func verifyRun(run map[string]any, all []Receipt) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, "the run: "+fmt.Sprintf(format, args...)) }
	first := all[0]
	sum := totals{weight: new(big.Rat), free: new(big.Rat), setAsides: map[string]models.Cents{}}
	for i, r := range all {
		if i > 0 && all[i-1].Recipient >= r.Recipient {
			say("the recipients are not in the order of their codes at %s", r.Recipient)
		}
		if name := differs(first, r); name != "" {
			say("%s of recipient %s is not that of %s", name, r.Recipient, first.Recipient)
		}
		sum.add(r)
	}
	check := func(name string, said any, is any) {
		if fmt.Sprint(said) != fmt.Sprint(is) {
			say("%s is %v, the receipts give %v", name, said, is)
		}
	}
	total, _ := number("weighted_total", first.WeightedTotal) // read before
	check("weighted_total", total.RatString(), sum.weight.RatString())
	check("recipients_count", first.RecipientsCount, sum.count)
	if l := first.Limits; l != nil {
		free, _ := new(big.Rat).SetString(l.FreeWeighted)
		if !l.Short {
			check("fixed_cents", int64(l.FixedCents), int64(sum.fixed))
			check("free_weighted", free.RatString(), sum.free.RatString())
		}
		check("floors_cents", int64(l.FloorsCents), int64(sum.floors))
	}
	for _, p := range sum.order {
		if !p.Held {
			check("the set-aside "+p.Code, int64(p.TotalCents), int64(sum.setAsides[p.Code]))
		}
	}
	number := func(key string) any {
		if n, ok := run[key].(json.Number); ok {
			return n.String()
		}
		return "0" // left out
	}
	check("pool_cents", number("pool_cents"), int64(first.PoolCents))
	check("set_aside_cents", number("set_aside_cents"), int64(first.SetAsideCents))
	check("held_cents", number("held_cents"), int64(sum.held))
	check("allocated_cents", number("allocated_cents"), int64(sum.amount))
	check("undistributed_cents", number("undistributed_cents"), int64(first.PoolCents-sum.held-sum.amount))
	check("input_hash", run["input_hash"], first.InputHash)
	return append(wrong, verifyRemainders(all)...)
}

// differs names the first figure of the whole run in which two receipts are not alike.
func differs(a, b Receipt) string {
	limits := func(r Receipt) string {
		if r.Limits == nil {
			return ""
		}
		return fmt.Sprint(r.Limits.PerWeight, r.Limits.FixedCents, r.Limits.FreeWeighted, r.Limits.Short, r.Limits.FloorsCents)
	}
	for _, x := range []struct {
		name string
		same bool
	}{{"fiscal_year", a.FiscalYear == b.FiscalYear}, {"pool_cents", a.PoolCents == b.PoolCents}, {"set_aside_cents", a.SetAsideCents == b.SetAsideCents},
		{"shared_cents", a.SharedCents == b.SharedCents}, {"weighted_total", a.WeightedTotal == b.WeightedTotal}, {"limits", limits(a) == limits(b)},
		{"recipients_count", a.RecipientsCount == b.RecipientsCount}, {"input_hash", a.InputHash == b.InputHash}, {"steps", len(a.Steps) == len(b.Steps)}} {
		if !x.same {
			return x.name
		}
	}
	return ""
}

// totals are the sums over all receipts of a run.
type totals struct {
	weight, free  *big.Rat
	count         int
	fixed, floors models.Cents
	amount, held  models.Cents
	setAsides     map[string]models.Cents
	order         []SetAsideReceipt
}

func (t *totals) add(r Receipt) {
	w, _ := number("weighted", r.Weighted) // read before
	t.weight.Add(t.weight, w)
	t.amount += r.AmountCents
	if slices.ContainsFunc(r.Units, func(u UnitReceipt) bool { return u.Eligible }) {
		t.count++
	}
	if l := r.Limits; l != nil {
		if l.BoundBy != "" {
			exact, _ := number("exact_cents", r.ExactCents)
			t.fixed += models.Cents(exact.Num().Int64())
		} else {
			t.free.Add(t.free, w)
		}
		if l.LowerCents != nil {
			t.floors += *l.LowerCents
		}
	}
	held := models.Cents(0)
	for _, p := range r.SetAsides {
		if _, known := t.setAsides[p.Code]; !known {
			t.order = append(t.order, p)
		}
		t.setAsides[p.Code] += p.AmountCents
		if p.Held {
			held += p.TotalCents
		}
	}
	t.held = held
}

// verifyRemainders makes sure that the cents left over went to the largest remainders, and
// among equals to the lower codes: nobody without one comes before somebody with one.
func verifyRemainders(all []Receipt) []string {
	type place struct {
		Receipt
		rest *big.Rat
	}
	var order []place
	for _, r := range all {
		exact, _ := number("exact_cents", r.ExactCents) // read before
		order = append(order, place{r, exact.Sub(exact, cents(r.FloorCents))})
	}
	slices.SortStableFunc(order, func(a, b place) int { return b.rest.Cmp(a.rest) })
	given := true
	for i, p := range order {
		if p.RemainderCents > 0 && !given {
			return []string{fmt.Sprintf("the run: remainder_cents of recipient %s belongs to %s", p.Recipient, order[i-1].Recipient)}
		}
		given = p.RemainderCents > 0
	}
	return nil
}
