package programs

import (
	"math/big"
	"slices"

	"earmark/models"
)

// Drawdown says how much of an award may be drawn in each project year, and what has to
// hold before a part is released. A program with a drawdown expects payments when a part
// is released, not when the award is approved.
type Drawdown struct {
	Schedule      []DrawdownYear `yaml:"schedule"`
	PaysAfterDays int            `yaml:"pays_after_days"` // from release to payment, where the program has no payment calendar
	Release       []DrawdownNeed `yaml:"release"`
	Basis         string         `yaml:"basis"`
	Cite          string         `yaml:"cite"`
}

// DrawdownYear is the part of one project year: ShareBP of the award, or the amount of a
// parameter. Amounts count in proportion: an award of their sum is drawn in exactly them.
type DrawdownYear struct {
	Year            int    `yaml:"year"` // 1 is the grant year itself
	ShareBP         int64  `yaml:"share_bp"`
	AmountParameter string `yaml:"amount_parameter"` // of type cents
}

// DrawdownNeed is what has to hold before a part is released: measures_reported (every
// target of the year before has a result, or the reason why there is none), nothing_overdue
// (of the due dates listed), no_open_record (of a kind of record in one of some states).
type DrawdownNeed struct {
	Code   string   `yaml:"code"`
	Check  string   `yaml:"check"`
	Due    []string `yaml:"due"`
	Record string   `yaml:"record"`
	While  []string `yaml:"while"`
	Says   string   `yaml:"says"`
	Cite   string   `yaml:"cite"`
}

// Weights are the shares of some project years, in their order. A parameter that has no
// value in the year counts as nothing.
func (d *Drawdown) Weights(years []int, params Params) []*big.Rat {
	out := make([]*big.Rat, len(years))
	for i, year := range years {
		out[i] = new(big.Rat)
		at := slices.IndexFunc(d.Schedule, func(y DrawdownYear) bool { return y.Year == year })
		if at < 0 {
			continue
		}
		if amount, ok := params.Cents(d.Schedule[at].AmountParameter); ok {
			out[i].SetInt64(int64(amount))
		} else {
			out[i].SetInt64(d.Schedule[at].ShareBP)
		}
	}
	return out
}

// Years are the project years of the schedule, in order.
func (d *Drawdown) Years() []int {
	years := make([]int, len(d.Schedule))
	for i, y := range d.Schedule {
		years[i] = y.Year
	}
	slices.Sort(years)
	return years
}

// Scheduled shares an amount among project years, to the cent. Years without a share get
// nothing; where none has one, the amount is left to the last.
func (d *Drawdown) Scheduled(amount models.Cents, years []int, params Params) ([]models.Cents, error) {
	weights := d.Weights(years, params)
	if len(years) == 0 {
		return nil, nil
	}
	if !slices.ContainsFunc(weights, func(w *big.Rat) bool { return w.Sign() > 0 }) {
		weights[len(weights)-1].SetInt64(1)
	}
	return amount.Split(weights)
}

// RecordOfOthers reports whether a kind of record is kept by another kind of organization
// than the program's recipients.
func (d *Definition) RecordOfOthers(kind string) bool {
	i := slices.IndexFunc(d.Records, func(k RecordKind) bool { return k.Code == kind })
	return i >= 0 && d.Formula.Recipient != "" && string(d.Records[i].Of) != string(d.Formula.Recipient)
}
