package workflow

import (
	"slices"

	"earmark/models"
	"earmark/programs"
)

// OtherRecord is a record that a total may count.
type OtherRecord struct {
	ID           string // in totals: a record is never beside itself
	Kind         string
	Organization string
	Parent       string
	Agreement    string
	Status       models.State
	Data         *programs.RecordData
}

// over are the states in which a record is nobody's any more.
var over = []models.State{StatusRefused, StatusWithdrawn, StatusSuperseded, StatusEnded}

// RecordTotals works out every total of a kind for one record from the records beside it:
// its own earlier versions must not be among them.
func RecordTotals(def *programs.Definition, params programs.Params, c RecordContent, self OtherRecord, others []OtherRecord) (map[string]int64, error) {
	k := c.Kind
	if len(k.Totals) == 0 {
		return nil, nil
	}
	out := make(map[string]int64, len(k.Totals))
	for i, t := range k.Totals {
		var counted []*programs.RecordData
		for _, o := range others {
			if o.Kind == t.Of && counts(t, o) && beside(t.Within, self, o) {
				counted = append(counted, o.Data)
			}
		}
		n, err := def.TotalOf(k, i, c.Data, counted, c.Agreement.View(), params)
		if err != nil {
			return nil, err
		}
		out[t.Name] = n
	}
	return out, nil
}

func counts(t programs.RecordTotal, o OtherRecord) bool {
	return o.Status == StatusInForce || t.Drafts && !slices.Contains(over, o.Status)
}

// beside reports whether a record stands where a total looks.
func beside(within string, self, other OtherRecord) bool {
	switch within {
	case "organization":
		return other.Organization == self.Organization
	case "children":
		return other.Parent == self.ID && self.ID != ""
	case "agreement":
		return other.Agreement == self.Agreement
	case "siblings":
		return other.Parent == self.Parent && self.Parent != ""
	}
	return true
}
