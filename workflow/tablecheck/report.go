package tablecheck

import (
	"fmt"
	"strings"
)

// Status of a finding or result.
type Status string

// What a check found.
const (
	Agrees      Status = "agrees"
	Differs     Status = "differs"    // it does not add up
	NotReadable Status = "unreadable" // it cannot be told whether it adds up
	NotPrinted  Status = "blank"      // a result is not printed though its parts are
)

// Finding is one place where a table does not hold. Printed is the text as it stands
// there, Computed what follows from the other cells, Difference how far apart the two
// are, as plain decimal text. Nothing is ever corrected; the hint is for a person.
type Finding struct {
	Check      string `json:"check"`
	Table      string `json:"table"`
	Row        string `json:"row"`
	Column     string `json:"column"`
	Status     Status `json:"status"`
	Printed    string `json:"printed"`
	Computed   string `json:"computed"`
	Difference string `json:"difference"`
	Hint       string `json:"hint"`
}

// Report is what came of all checks of a file.
type Report struct {
	Title    string    `json:"title,omitempty"`
	Tables   int       `json:"tables"`
	Cells    int       `json:"cells"`
	Compared int       `json:"compared"` // how many times something was held against something
	AddsUp   bool      `json:"adds_up"`  // no finding
	Findings []Finding `json:"findings"`
	Results  []Finding `json:"results,omitempty"` // of checks with show: everything that was computed
	Omitted  int       `json:"omitted,omitempty"` // findings beyond MaxFindings

	spoiled map[[3]string]int // unreadable cells, by place in Findings
}

// MaxFindings of one report: after so many it is another kind of table.
const MaxFindings = 10_000

func (r *Report) add(c *Check, f Finding) {
	f.Check = c.name()
	if c.Show {
		r.Results = append(r.Results, f)
	}
	if f.Status == Agrees {
		return
	}
	r.AddsUp = false
	if f.Status == NotReadable && f.Table != "" && r.again(f) {
		return
	}
	if len(r.Findings) == MaxFindings {
		r.Omitted++
		return
	}
	r.Findings = append(r.Findings, f)
}

// again reports whether an unreadable cell is told of already: one finding for each cell,
// the first that names a value which would close something.
func (r *Report) again(f Finding) bool {
	key := [3]string{f.Table, f.Row, f.Column}
	at, known := r.spoiled[key]
	if !known {
		if r.spoiled == nil {
			r.spoiled = map[[3]string]int{}
		}
		r.spoiled[key] = len(r.Findings)
		return false
	}
	if at < len(r.Findings) && r.Findings[at].Computed == "" && f.Computed != "" {
		r.Findings[at] = f
	}
	return true
}

func (c *Check) name() string {
	switch {
	case c.Code != "":
		return c.Code
	case c.Is != "":
		return c.Is
	}
	return c.Kind
}

// Text is the report in sentences, one line for each finding and one to sum up.
func (r Report) Text() string {
	var b strings.Builder
	counts := map[Status]int{}
	for _, f := range r.Findings {
		counts[f.Status]++
		b.WriteString(f.text() + "\n")
	}
	if r.Omitted > 0 {
		fmt.Fprintf(&b, "%d more findings are not listed.\n", r.Omitted)
	}
	fmt.Fprintf(&b, "%s, %s, %s: ", counted(r.Tables, "table"), counted(r.Cells, "cell"), counted(r.Compared, "comparison"))
	if r.AddsUp {
		b.WriteString("everything adds up.\n")
		return b.String()
	}
	var parts []string
	for _, s := range []struct {
		status Status
		says   string
	}{{Differs, "%d differ"}, {NotReadable, "%d cannot be read"}, {NotPrinted, "%d are blank"}} {
		if n := counts[s.status]; n > 0 {
			parts = append(parts, fmt.Sprintf(s.says, n))
		}
	}
	b.WriteString(strings.Join(parts, ", ") + ".\n")
	return b.String()
}

func (f Finding) text() string {
	var where []string
	for _, p := range []struct{ word, name string }{{"", f.Table}, {"line ", f.Row}, {"", f.Column}} {
		if p.name != "" {
			where = append(where, p.word+p.name)
		}
	}
	says := "printed " + f.Printed
	if strings.TrimSpace(f.Printed) == "" {
		says = "printed nothing"
	}
	if f.Status == NotReadable {
		says += ", cannot be read"
	}
	if f.Computed != "" {
		says += ", computed " + group(f.Computed)
	}
	if f.Difference != "" {
		says += ", difference " + group(f.Difference)
	}
	if f.Hint != "" {
		says += ". " + strings.TrimSuffix(f.Hint, ".")
	}
	return fmt.Sprintf("%s (%s): %s.", strings.Join(where, ", "), f.Check, says)
}

func counted(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
