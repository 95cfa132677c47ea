package formula

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
)

// result writes determinations and receipts, and refuses to return anything that does
// not add up: a formula that loses a cent is a bug, not an answer.
func (r *run) result() (Result, error) {
	out := Result{PoolCents: r.pool, SetAsideCents: r.setAsides, UndistributedCents: r.undistributed,
		UndistributedWhy: r.undistributedWhy, InputHash: r.hash,
		Determinations: make([]Determination, len(r.shares)), Allocations: make([]Allocation, len(r.shares))}
	if r.eligible == 0 {
		out.UndistributedWhy = "No recipient has a unit that counts."
	}
	for i := range r.shares {
		s := &r.shares[i]
		out.Determinations[i] = s.determination()
		a := Allocation{Code: s.Code, Name: s.Name, AmountCents: s.floor + s.extra + s.setAsideBy, Receipt: r.receipt(s)}
		out.AllocatedCents += a.AmountCents
		out.Allocations[i] = a
	}
	if out.AllocatedCents+out.UndistributedCents != out.PoolCents {
		return Result{}, fmt.Errorf("the allocations sum to %s of a pool of %s", out.AllocatedCents, out.PoolCents)
	}
	return out, nil
}

func (s *share) determination() Determination {
	d := Determination{Code: s.Code, Name: s.Name, Eligible: s.eligible > 0, Why: s.why(), Units: make([]UnitDetermination, len(s.units))}
	for i := range s.units {
		d.Units[i] = UnitDetermination{Code: s.Units[i].Code, Name: s.Units[i].Name,
			Eligible: s.units[i].reasons == nil, Reasons: s.units[i].reasons}
	}
	return d
}

func (s *share) why() string {
	switch {
	case len(s.units) == 0:
		return "It has no units in the facts."
	case s.eligible == 0:
		return fmt.Sprintf("None of its %d units counts.", len(s.units))
	case s.weighted == 0:
		return "Its units that count have no weight."
	}
	return ""
}

func (r *run) receipt(s *share) Receipt {
	out := Receipt{Recipient: s.Code, Name: s.Name, FiscalYear: r.in.FiscalYear, Cite: r.f.Cite, Why: s.why(),
		SetAsides: s.setAsides, PoolCents: r.pool, SharedCents: r.shared,
		Weighted: r.decimal(s.weighted), WeightedTotal: r.decimal(r.total), ExactCents: "0",
		FloorCents: s.floor, RemainderCents: s.extra, ShareCents: s.floor + s.extra,
		AmountCents: s.floor + s.extra + s.setAsideBy, InputHash: r.hash, RecipientsCount: r.eligible}
	if r.total > 0 {
		out.ExactCents = fraction(uint64(r.shared), s.weighted, r.total)
	}
	out.Units = make([]UnitReceipt, len(s.units))
	for i := range s.units {
		u, w := &s.Units[i], &s.units[i]
		out.Units[i] = UnitReceipt{Code: u.Code, Name: u.Name, Eligible: w.reasons == nil, Reasons: w.reasons, Inputs: u.Facts,
			Measure: w.measure, Weight: w.weight, Weighted: r.decimal(w.weighted), AmountCents: w.amount}
	}
	out.Steps = make([]StepReceipt, len(r.steps))
	for i := range r.steps {
		st := &r.steps[i].Step
		out.Steps[i] = StepReceipt{Code: st.Code, Kind: st.Kind, Says: st.Says, Cite: st.Cite, Basis: st.Basis, Result: r.came(st, s, &out)}
	}
	return out
}

// came says what a step came to for one recipient.
func (r *run) came(st *Step, s *share, out *Receipt) string {
	switch st.Kind {
	case "set_aside":
		for _, p := range s.setAsides {
			if p.Code == st.Code {
				return p.AmountCents.String() + " of " + p.TotalCents.String() + " over " + strconv.Itoa(p.Recipients) + " recipients"
			}
		}
		return "nothing"
	case "eligible":
		return strconv.Itoa(r.meets(st, s)) + " of " + strconv.Itoa(len(s.units)) + " units"
	case "measure":
		return strconv.FormatInt(s.measure, 10)
	case "weight":
		return out.Weighted
	case "prorate":
		return out.Weighted + " of " + out.WeightedTotal + " of " + r.shared.String()
	}
	return out.ShareCents.String()
}

func (r *run) meets(st *Step, s *share) (n int) {
	for i := range s.units {
		if !slices.Contains(s.units[i].reasons, "Not met: "+st.Says) {
			n++
		}
	}
	return n
}

// decimal writes a number on the scale of the weights without trailing zeros.
func (r *run) decimal(v uint64) string {
	whole, part := v/r.scale, v%r.scale
	if part == 0 {
		return strconv.FormatUint(whole, 10)
	}
	digits := strconv.FormatUint(part, 10)
	digits = strings.Repeat("0", r.places-len(digits)) + digits
	return strconv.FormatUint(whole, 10) + "." + strings.TrimRight(digits, "0")
}

// fraction writes amount*part/whole in lowest terms.
func fraction(amount, part, whole uint64) string {
	g := gcd(part, whole)
	part, whole = part/g, whole/g
	g = gcd(amount, whole)
	amount, whole = amount/g, whole/g
	n := new(big.Int).Mul(new(big.Int).SetUint64(amount), new(big.Int).SetUint64(part))
	if whole == 1 {
		return n.String()
	}
	return n.String() + "/" + strconv.FormatUint(whole, 10)
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, 1)
}

// inputHash is the SHA-256 of everything the result depends on, in sorted order. Every
// text goes in with its length, so that no two inputs look alike.
func inputHash(f Formula, in Input, shares []share) string {
	h := hasher{Hash: sha256.New()}
	rules, err := json.Marshal(f)
	if err != nil {
		rules = fmt.Append(nil, f) // cannot happen: a formula is text and numbers
	}
	h.text(string(rules))
	h.number(int64(in.FiscalYear))
	for _, name := range slices.Sorted(maps.Keys(in.Parameters)) {
		h.text(name)
		h.text(in.Parameters[name])
	}
	for _, name := range slices.Sorted(maps.Keys(in.Amounts)) {
		h.text(name)
		h.number(int64(in.Amounts[name]))
	}
	h.number(int64(len(shares)))
	for i := range shares {
		h.text(shares[i].Code)
		h.number(int64(len(shares[i].Units)))
		for j := range shares[i].Units {
			u := &shares[i].Units[j]
			h.text(u.Code)
			h.number(int64(len(u.Facts)))
			for k := range u.Facts {
				h.text(u.Facts[k].Name)
				h.text(u.Facts[k].Text)
				h.text(u.Facts[k].Source)
			}
		}
	}
	h.flush()
	return hex.EncodeToString(h.Sum(nil))
}

// hasher gathers small writes: a hash is slow at single words.
type hasher struct {
	hash.Hash
	buffer []byte
}

func (h *hasher) text(s string) {
	h.buffer = binary.AppendUvarint(h.buffer, uint64(len(s)))
	h.buffer = append(h.buffer, s...)
	if len(h.buffer) > 8<<10 {
		h.flush()
	}
}

func (h *hasher) number(n int64) { h.buffer = binary.AppendVarint(h.buffer, n) }

func (h *hasher) flush() {
	h.Write(h.buffer)
	h.buffer = h.buffer[:0]
}

// VerifyReceipt works a receipt out again, from its own inputs and by slow exact
// arithmetic, and reports the first figure that does not follow from the others. It is
// what a recipient with a calculator would do.
func VerifyReceipt(f Formula, r Receipt) error {
	weighted := new(big.Rat)
	unitSum := models.Cents(0)
	for _, u := range r.Units {
		w, err := verifyUnit(f, u)
		if err != nil {
			return fmt.Errorf("unit %s: %w", u.Code, err)
		}
		weighted.Add(weighted, w)
		unitSum += u.AmountCents
	}
	total, ok := new(big.Rat).SetString(r.WeightedTotal)
	if own, k := new(big.Rat).SetString(r.Weighted); !ok || !k || own.Cmp(weighted) != 0 {
		return fmt.Errorf("the units weigh %s, the receipt says %s of %s", weighted.RatString(), r.Weighted, r.WeightedTotal)
	}
	exact := new(big.Rat)
	if total.Sign() > 0 {
		exact.Mul(new(big.Rat).SetInt64(int64(r.SharedCents)), exact.Quo(weighted, total))
	}
	if exact.RatString() != r.ExactCents {
		return fmt.Errorf("the exact share is %s, the receipt says %s", exact.RatString(), r.ExactCents)
	}
	unit := roundingUnit(f)
	inUnits := new(big.Rat).Quo(exact, new(big.Rat).SetInt64(unit))
	floor := new(big.Int).Quo(inUnits.Num(), inUnits.Denom())
	floor.Mul(floor, big.NewInt(unit))
	if floor.Int64() != int64(r.FloorCents) || r.RemainderCents != 0 && r.RemainderCents != models.Cents(unit) {
		return fmt.Errorf("the share %s rounds down to %s and leaves at most %d cents", r.ExactCents, floor, unit)
	}
	return verifyAmounts(r, unitSum)
}

func roundingUnit(f Formula) int64 {
	for _, s := range f.Steps {
		if s.Kind == "round" && s.To == "dollars" {
			return 100
		}
	}
	return 1
}

func verifyAmounts(r Receipt, unitSum models.Cents) error {
	setAside := models.Cents(0)
	for _, s := range r.SetAsides {
		exact := big.NewRat(int64(s.TotalCents), int64(s.Recipients))
		if s.ExactCents != exact.RatString() || s.FloorCents != s.TotalCents/models.Cents(s.Recipients) ||
			s.AmountCents != s.FloorCents+s.RemainderCents || s.RemainderCents < 0 || s.RemainderCents > 1 {
			return fmt.Errorf("the set-aside %s does not follow from %s over %d", s.Code, s.TotalCents, s.Recipients)
		}
		setAside += s.AmountCents
	}
	switch {
	case r.ShareCents != r.FloorCents+r.RemainderCents:
		return fmt.Errorf("the share %s is not its parts", r.ShareCents)
	case r.AmountCents != r.ShareCents+setAside:
		return fmt.Errorf("the amount %s is not its parts", r.AmountCents)
	case unitSum != r.ShareCents:
		return fmt.Errorf("the units bring %s of a share of %s", unitSum, r.ShareCents)
	}
	return nil
}

func verifyUnit(f Formula, u UnitReceipt) (*big.Rat, error) {
	w := new(big.Rat)
	if !u.Eligible {
		return w, nil
	}
	w.SetInt64(u.Measure)
	if err := verifyBands(f, u); err != nil {
		return nil, err
	}
	for _, text := range strings.Split(u.Weight, " x ") {
		if text == "" {
			continue
		}
		x, ok := new(big.Rat).SetString(text)
		if !ok {
			return nil, fmt.Errorf("%q is not a weight", text)
		}
		w.Mul(w, x)
	}
	if said, ok := new(big.Rat).SetString(u.Weighted); !ok || said.Cmp(w) != 0 {
		return nil, fmt.Errorf("%d by %s is %s, not %s", u.Measure, u.Weight, w.RatString(), u.Weighted)
	}
	return w, nil
}

// verifyBands looks the weight up again when the formula has one weight, by bands.
func verifyBands(f Formula, u UnitReceipt) error {
	var weights []Step
	for _, s := range f.Steps {
		if s.Kind == "weight" {
			weights = append(weights, s)
		}
	}
	if len(weights) != 1 || len(weights[0].Bands) == 0 {
		return nil
	}
	for _, fact := range u.Inputs {
		if fact.Name != weights[0].Fact {
			continue
		}
		v, err := models.ParseHundredths(fact.Text)
		if err != nil {
			return err
		}
		for _, b := range weights[0].Bands {
			if span, err := b.Span(); err == nil && span.Low <= int64(v) && int64(v) <= span.High && b.Weight == u.Weight {
				return nil
			}
		}
	}
	return fmt.Errorf("the weight %s does not follow from %s", u.Weight, weights[0].Fact)
}
