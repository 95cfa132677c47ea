package formula

import (
	"fmt"
	"math/bits"

	"earmark/models"
)

// setAside works out the pool and takes the set-asides off it, in equal parts for every
// recipient that has an eligible unit. Equal parts have equal remainders: the cents left
// go by code. What is held goes to nobody.
func (r *run) setAside() error {
	if err := r.findPool(); err != nil {
		return err
	}
	for i := range r.steps {
		st := &r.steps[i]
		if st.Kind != StepSetAside || r.eligible == 0 && st.Share != ShareHeld {
			continue
		}
		total := models.Cents(st.values["pool"])
		if per, ok := st.values["amount"]; ok {
			high, low := bits.Mul64(uint64(per), uint64(r.eligible))
			if high != 0 || low > 1<<62 {
				return fmt.Errorf("step %s: the amount is too large", st.Code)
			}
			total = models.Cents(low)
		}
		if rate, ok := st.values["percent"]; ok {
			total = models.Cents(part(uint64(r.pool), uint64(rate), basisPoints, false))
		}
		r.setAsides += total
		if r.setAsides > r.pool || total > r.pool {
			return fmt.Errorf("step %s: %s is set aside of a pool of %s", st.Code, r.setAsides, r.pool)
		}
		r.divide(st, total)
	}
	r.shared = r.pool - r.setAsides
	return nil
}

// basisPoints is a whole in basis points.
const basisPoints = 10_000

// part is amount*num/den, rounded down or up. It must fit, as a part of an amount does.
func part(amount, num, den uint64, up bool) uint64 {
	high, low := bits.Mul64(amount, num)
	if high >= den {
		return noLimit
	}
	q, rest := bits.Div64(high, low, den)
	if up && rest > 0 && q < noLimit {
		q++
	}
	return q
}

func (r *run) findPool() error {
	if r.f.Pool == "" {
		return nil
	}
	c, ok := r.in.Amounts[r.f.Pool]
	if !ok {
		return fmt.Errorf("the parameter %s has no value in %d", r.f.Pool, r.in.FiscalYear)
	}
	if c < 0 {
		return fmt.Errorf("the parameter %s is negative", r.f.Pool)
	}
	r.pool = c
	if r.f.PoolPercent == "" {
		return nil
	}
	rate, ok := r.in.Numbers[r.f.PoolPercent]
	if !ok || rate < 0 || rate > basisPoints {
		return fmt.Errorf("the parameter %s must be from 0 to %d basis points in %d", r.f.PoolPercent, basisPoints, r.in.FiscalYear)
	}
	r.pool = models.Cents(part(uint64(c), uint64(rate), basisPoints, false))
	return nil
}

func (r *run) divide(st *step, total models.Cents) {
	if st.Share == ShareHeld {
		r.held += total
		for i := range r.shares {
			r.shares[i].setAsides = append(r.shares[i].setAsides, SetAsideReceipt{Code: st.Code, TotalCents: total, Held: true, ExactCents: "0"})
		}
		return
	}
	n := models.Cents(r.eligible)
	floor, left := total/n, total%n
	exact := fraction(uint64(total), 1, uint64(n))
	for i := range r.shares {
		s := &r.shares[i]
		if s.eligible == 0 {
			continue
		}
		own := SetAsideReceipt{Code: st.Code, TotalCents: total, Recipients: r.eligible, ExactCents: exact, FloorCents: floor}
		if left > 0 {
			own.RemainderCents, left = 1, left-1
		}
		own.AmountCents = floor + own.RemainderCents
		s.setAsideBy += own.AmountCents
		s.setAsides = append(s.setAsides, own)
	}
}
