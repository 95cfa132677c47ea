package rubric

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
)

// Sheet is what one reviewer says about one application.
type Sheet struct {
	Reviewer string  `json:"reviewer"`
	Scores   []Score `json:"scores"`
	Votes    []Vote  `json:"votes"`
}

// Score is one criterion: points, elements or a choice, as its kind asks.
type Score struct {
	Criterion string `json:"criterion" validate:"required,max=40"`
	Points    *int64 `json:"points,omitempty"`
	Elements  *int64 `json:"elements,omitempty"`
	Choice    string `json:"choice,omitempty" validate:"max=40"`
	Comment   string `json:"comment,omitempty" validate:"max=4000"`
}

// Vote says whether a priority is met.
type Vote struct {
	Priority string `json:"priority" validate:"required,max=40"`
	Met      bool   `json:"met"`
}

// Marks are a sheet in points.
type Marks struct {
	Reviewer string          `json:"reviewer"`
	Scores   map[string]Mark `json:"scores"` // by criterion
	Votes    map[string]bool `json:"votes"`  // by priority
	Points   int64           `json:"points"` // of all criteria scored
	Missing  []string        `json:"missing"`
}

// Mark is the score of one criterion, and its band where the criterion has bands.
type Mark struct {
	Points int64  `json:"points"`
	Band   string `json:"band,omitempty"`
}

// Open are the bands that conditions leave open, by criterion. A criterion that is not
// there is open altogether.
type Open map[string]Opening

// Opening is what one limit leaves open.
type Opening struct {
	Criterion string   `json:"criterion"`
	Bands     []string `json:"bands"` // none: no points
	Says      string   `json:"says"`
}

// Read turns a sheet into marks. Errors are pointed at from the sheet.
func (t *Tree) Read(s Sheet, open Open) (Marks, []models.FieldError) {
	m := Marks{Reviewer: s.Reviewer, Scores: map[string]Mark{}, Votes: map[string]bool{}}
	var wrong []models.FieldError
	refuse := func(at, code, fix, says string, args ...any) {
		wrong = append(wrong, models.FieldError{Pointer: at, Code: code, Detail: fmt.Sprintf(says, args...), Fix: fix, Severity: "error"})
	}
	for i, score := range s.Scores {
		at := fmt.Sprintf("/scores/%d", i)
		n, known := t.Node(score.Criterion)
		if !known || !n.Leaf() {
			refuse(at+"/criterion", "score.unknown_criterion", "Score the criteria that have no parts.", "There is no criterion %q to be scored.", score.Criterion)
			continue
		}
		if _, twice := m.Scores[n.Code]; twice {
			refuse(at+"/criterion", "score.twice", "Keep one.", "Criterion %s is scored twice.", n.Code)
			continue
		}
		points, e := n.points(score)
		if e == nil {
			e = t.opened(n, points, open)
		}
		if e != nil {
			e.Pointer = at + e.Pointer
			wrong = append(wrong, *e)
			continue
		}
		m.Scores[n.Code] = Mark{points, t.band(n, points)}
		m.Points += points
	}
	for i, v := range s.Votes {
		if !slices.ContainsFunc(t.Priorities, func(p Priority) bool { return p.Code == v.Priority }) {
			refuse(fmt.Sprintf("/votes/%d/priority", i), "vote.unknown_priority", "Give the code of a priority of the program.", "There is no priority %q.", v.Priority)
			continue
		}
		m.Votes[v.Priority] = v.Met
	}
	m.Missing = t.missing(m)
	return m, wrong
}

// missing are the criteria and priorities that a sheet says nothing about.
func (t *Tree) missing(m Marks) []string {
	out := []string{}
	for _, n := range t.Nodes {
		if _, given := m.Scores[n.Code]; n.Leaf() && !given {
			out = append(out, n.Code)
		}
	}
	for _, p := range t.Priorities {
		if _, given := m.Votes[p.Code]; !given && p.Kind != Invitational {
			out = append(out, p.Code)
		}
	}
	return out
}

// points reads a score as the kind of criterion asks.
func (n Node) points(s Score) (int64, *models.FieldError) {
	switch {
	case n.Elements != nil:
		if s.Elements == nil || *s.Elements < 0 || *s.Elements > n.Elements.Count {
			return 0, wrong("/elements", "score.elements", "Give elements, a whole number.", "Criterion %s is scored by the number of elements, 0 to %d.", n.Code, n.Elements.Count)
		}
		return *s.Elements * n.Elements.Each, nil
	case len(n.Choices) > 0:
		var codes []string
		for _, c := range n.Choices {
			if c.Code == s.Choice {
				return c.Points, nil
			}
			codes = append(codes, c.Code)
		}
		return 0, wrong("/choice", "score.choice", "Give choice: one of "+strings.Join(codes, ", ")+".", "Criterion %s has no choice %q.", n.Code, s.Choice)
	}
	if s.Points == nil || *s.Points < 0 || *s.Points > n.Points {
		return 0, wrong("/points", "score.out_of_range", "Give points, a whole number.", "Criterion %s is scored from 0 to %d points.", n.Code, n.Points)
	}
	return *s.Points, nil
}

func wrong(at, code, fix, says string, args ...any) *models.FieldError {
	return &models.FieldError{Pointer: at, Code: code, Detail: fmt.Sprintf(says, args...), Fix: fix, Severity: "error"}
}

func (t *Tree) band(n Node, points int64) string {
	if n.Elements != nil || len(n.Choices) > 0 {
		return ""
	}
	return t.Bands.Of(n.Points, points)
}

// opened refuses a score outside the bands that a condition leaves open.
func (t *Tree) opened(n Node, points int64, open Open) *models.FieldError {
	o, limited := open[n.Code]
	band := t.band(n, points)
	if !limited || len(o.Bands) == 0 && points == 0 || slices.Contains(o.Bands, band) {
		return nil
	}
	left := "no points"
	if len(o.Bands) > 0 {
		left = "a score that is " + strings.Join(o.Bands, " or ")
	}
	return wrong("/points", "score.band_not_allowed", "Correct the score, or the fact it rests on.", "%s Criterion %s leaves %s; %d points are %s.", o.Says, n.Code, left, points, band)
}

// Openings lists what conditions leave open, in reading order.
func (t *Tree) Openings(open Open) []Opening {
	var out []Opening
	for _, n := range t.Nodes {
		if o, limited := open[n.Code]; limited {
			out = append(out, o)
		}
	}
	return out
}
