package rubric

import "fmt"

// Bands say which scores are low, medium or high, by the maximum of a criterion.
type Bands struct {
	Names       []string  `yaml:"names"` // the lowest first
	Cite        string    `yaml:"cite"`
	Table       []BandRow `yaml:"table"`
	Others      string    `yaml:"others"`       // equal_parts, none: for a maximum that the table does not have
	OthersBasis string    `yaml:"others_basis"` // policy, assumption
}

// BandRow is the highest score of each band but the last, for one maximum.
type BandRow struct {
	Maximum int64   `yaml:"maximum"`
	UpTo    []int64 `yaml:"up_to"`
}

// ends are the highest scores of all bands but the last. Equal parts: a score exactly
// between two parts belongs to the one nearer the middle, as in the published row for 15
// (0-4, 5-10, 11-15).
func (b Bands) ends(maximum int64) ([]int64, bool) {
	for _, row := range b.Table {
		if row.Maximum == maximum {
			return row.UpTo, true
		}
	}
	if b.Others != "equal_parts" {
		return nil, false
	}
	n := int64(len(b.Names))
	out := make([]int64, 0, n)
	for i := int64(1); i < n; i++ {
		end := i * maximum / n
		if i*maximum%n == 0 && 2*i <= n {
			end--
		}
		out = append(out, end)
	}
	return out, true
}

// Of names the band of a score; "" when there are none for this maximum.
func (b Bands) Of(maximum, score int64) string {
	ends, ok := b.ends(maximum)
	if !ok || len(b.Names) == 0 {
		return ""
	}
	for i, end := range ends {
		if score <= end {
			return b.Names[i]
		}
	}
	return b.Names[len(b.Names)-1]
}

// Check lists what is wrong with a table of bands.
func (b Bands) Check() (faults []Fault) {
	for i, row := range b.Table {
		at := fmt.Sprintf("bands.table[%d]", i)
		if len(row.UpTo) != len(b.Names)-1 {
			faults = append(faults, Fault{Path: at + ".up_to", Says: fmt.Sprintf("%d bands have %d ends, not %d.", len(b.Names), len(b.Names)-1, len(row.UpTo)), Fix: "Give the highest score of each band but the last."})
			continue
		}
		last := int64(-1)
		for _, end := range append(row.UpTo[:len(row.UpTo):len(row.UpTo)], row.Maximum) {
			if end <= last {
				faults = append(faults, Fault{Path: at + ".up_to", Says: fmt.Sprintf("The ends do not rise up to %d.", row.Maximum)})
				break
			}
			last = end
		}
	}
	return faults
}
