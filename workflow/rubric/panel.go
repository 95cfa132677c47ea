package rubric

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"

	"earmark/models"
)

// Result is what a panel's sheets make of one application.
type Result struct {
	Applicant  string           `json:"applicant"`
	Sheets     int              `json:"sheets"`
	Complete   bool             `json:"complete"` // enough sheets, and each says something about every criterion
	Eliminated bool             `json:"eliminated"`
	Rank       int              `json:"rank,omitempty"` // 0: eliminated or not complete. Equal ranks: nothing decides between them
	Score      string           `json:"score"`          // two decimals, half up, for display
	Exact      string           `json:"exact"`          // 1313/3: what is ranked
	Why        []string         `json:"why"`            // elimination, ties
	Criteria   []CriterionScore `json:"criteria"`
	Priorities []PriorityVote   `json:"priorities"`

	total *big.Rat
	by    map[string]*big.Rat // every criterion, branches too
}

// CriterionScore is one criterion of the panel's score.
type CriterionScore struct {
	Criterion string `json:"criterion"`
	Points    int64  `json:"points"` // that it can have from one reviewer
	Score     string `json:"score"`
	Exact     string `json:"exact"`
}

// PriorityVote is what a panel makes of a priority.
type PriorityVote struct {
	Priority string `json:"priority"`
	Kind     string `json:"kind"`
	Yes      int    `json:"yes"`
	Of       int    `json:"of"`
	Met      bool   `json:"met"` // more than half of the panel
	Points   int64  `json:"points"`
}

// Panel combines the sheets of one application.
func (t *Tree) Panel(applicant string, sheets []Marks) Result {
	r := Result{Applicant: applicant, Sheets: len(sheets), Complete: len(sheets) >= max(t.Reviewers, 1), Why: []string{}, by: map[string]*big.Rat{}}
	for _, m := range sheets {
		r.Complete = r.Complete && len(m.Missing) == 0
	}
	r.total = new(big.Rat)
	for i := len(t.Nodes) - 1; i >= 0; i-- { // leaves first: children stand after their parent
		t.add(&r, t.Nodes[i], sheets)
	}
	for _, n := range t.Nodes {
		r.Criteria = append(r.Criteria, CriterionScore{n.Code, n.Points, shown(r.by[n.Code]), r.by[n.Code].RatString()})
	}
	for _, p := range t.Priorities {
		t.vote(&r, p, sheets)
	}
	r.Score, r.Exact = shown(r.total), r.total.RatString()
	return r
}

// add puts a criterion's score together: leaves from the sheets, branches from their parts.
func (t *Tree) add(r *Result, n Node, sheets []Marks) {
	sum := new(big.Rat)
	for _, c := range n.Criteria {
		sum.Add(sum, r.by[c.Code])
	}
	if n.Leaf() {
		for _, m := range sheets {
			sum.Add(sum, big.NewRat(m.Scores[n.Code].Points, 1))
		}
		if t.Combine == "mean" && len(sheets) > 0 {
			sum.Quo(sum, big.NewRat(int64(len(sheets)), 1))
		}
		r.total.Add(r.total, sum)
	}
	r.by[n.Code] = sum
}

// vote counts a priority. With combine sum, its points count once for each sheet, as those
// of criteria do.
func (t *Tree) vote(r *Result, p Priority, sheets []Marks) {
	v := PriorityVote{Priority: p.Code, Kind: p.Kind, Of: len(sheets)}
	for _, m := range sheets {
		if m.Votes[p.Code] {
			v.Yes++
		}
	}
	v.Met = 2*v.Yes > v.Of
	switch {
	case p.Kind == Absolute && !v.Met && v.Of > 0:
		r.Eliminated = true
		r.Why = append(r.Why, fmt.Sprintf("%s is not met: %d of %d reviewers say it is.", p.Code, v.Yes, v.Of))
	case p.Kind == Competitive && v.Met:
		v.Points = p.Points
		if t.Combine == "sum" {
			v.Points *= int64(v.Of)
		}
		r.total.Add(r.total, big.NewRat(v.Points, 1))
	}
	r.Priorities = append(r.Priorities, v)
}

// Rank orders results: the best first, then those that are eliminated or not complete.
// Equal totals are decided by the tie-break criteria; what they leave equal shares a rank.
func (t *Tree) Rank(results []Result) {
	slices.SortStableFunc(results, func(x, y Result) int {
		if a, b := x.ranked(), y.ranked(); a != b {
			return cmp.Compare(b2i(b), b2i(a))
		} else if !a {
			return cmp.Compare(x.Applicant, y.Applicant)
		}
		_, order := t.compare(x, y)
		return cmp.Or(order, cmp.Compare(x.Applicant, y.Applicant))
	})
	for i := range results {
		r := &results[i]
		if !r.ranked() {
			continue
		}
		r.Rank = i + 1
		if i == 0 {
			continue
		}
		last := &results[i-1]
		by, order := t.compare(*last, *r)
		switch {
		case order == 0:
			r.Rank = last.Rank
			says := "Nothing decides between %s and %s: they share a rank."
			r.Why, last.Why = append(r.Why, fmt.Sprintf(says, last.Applicant, r.Applicant)), append(last.Why, fmt.Sprintf(says, last.Applicant, r.Applicant))
		case by != "":
			says := "%s and %s have the same total; the score of %s decides."
			r.Why, last.Why = append(r.Why, fmt.Sprintf(says, last.Applicant, r.Applicant, by)), append(last.Why, fmt.Sprintf(says, last.Applicant, r.Applicant, by))
		}
	}
}

func (r Result) ranked() bool { return r.Complete && !r.Eliminated }

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// compare says which result is better (negative: x) and which tie-break decided; "" when
// the totals did.
func (t *Tree) compare(x, y Result) (by string, order int) {
	if order = y.total.Cmp(x.total); order != 0 {
		return "", order
	}
	for _, code := range t.TieBreak {
		if order = y.by[code].Cmp(x.by[code]); order != 0 {
			return code, order
		}
	}
	return "", 0
}

func shown(r *big.Rat) string {
	n, err := models.RoundRat(new(big.Rat).Mul(r, big.NewRat(100, 1)), models.RoundHalfUp)
	if err != nil {
		return ""
	}
	return models.Hundredths(n).String()
}
