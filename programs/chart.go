package programs

import (
	"fmt"
	"strconv"
)

// Chart is a chart of accounts: reference data with effective years and, per row, whether
// we have seen it in a source or know it only by general knowledge.
type Chart struct {
	Code      string       `yaml:"code"`
	Title     string       `yaml:"title"`
	Source    string       `yaml:"source"`
	URL       string       `yaml:"url"`
	Functions []ChartCode  `yaml:"functions"`
	Objects   []ChartCode  `yaml:"objects"`
	Pairs     []ChartPairs `yaml:"pairs"`

	functions, objects map[string][]int
}

// ChartCode is one function or object code. Fiscal years 0 are open ends.
type ChartCode struct {
	Code           string `yaml:"code"`
	Name           string `yaml:"name"`
	Verified       bool   `yaml:"verified"`
	Source         string `yaml:"source"`
	FromYear       int    `yaml:"from_year"`
	UntilYear      int    `yaml:"until_year"`
	SchoolRequired bool   `yaml:"school_required"` // functions only
	Personnel      string `yaml:"personnel"`       // objects only: salary, benefit
	Capital        bool   `yaml:"capital"`         // objects only: capital outlay
}

// ChartPairs allows every function of a range with every object of a range.
type ChartPairs struct {
	Functions CodeRange `yaml:"functions"`
	Objects   CodeRange `yaml:"objects"`
	Verified  bool      `yaml:"verified"`
	Source    string    `yaml:"source"`
}

// CodeRange is from one code to another, both included.
type CodeRange struct {
	From string `yaml:"from"`
	To   string `yaml:"to"`
}

// ChartOfAccounts is the chart that the program names; nil when it names none.
func (d *Definition) ChartOfAccounts() *Chart { return d.chart }

// Function is a function code as it holds in a fiscal year. A program without a chart, nil,
// does not say which codes there are: any will do, and none.
func (c *Chart) Function(code string, fiscalYear int) (ChartCode, bool) {
	if c == nil {
		return ChartCode{Code: code}, true
	}
	return inYear(c.Functions, c.functions[code], fiscalYear)
}

// Object is an object code as it holds in a fiscal year.
func (c *Chart) Object(code string, fiscalYear int) (ChartCode, bool) {
	if c == nil {
		return ChartCode{Code: code}, true
	}
	return inYear(c.Objects, c.objects[code], fiscalYear)
}

func inYear(rows []ChartCode, at []int, fiscalYear int) (ChartCode, bool) {
	for _, i := range at {
		if rows[i].holdsIn(fiscalYear) {
			return rows[i], true
		}
	}
	return ChartCode{}, false
}

func (r ChartCode) holdsIn(fiscalYear int) bool {
	return r.FromYear <= fiscalYear && (r.UntilYear == 0 || fiscalYear <= r.UntilYear)
}

// Allowed reports whether the chart allows an object under a function.
func (c *Chart) Allowed(function, object string) bool {
	if c == nil {
		return true
	}
	for _, p := range c.Pairs {
		if p.Functions.holds(function) && p.Objects.holds(object) {
			return true
		}
	}
	return false
}

func (r CodeRange) holds(code string) bool {
	return len(code) == len(r.From) && r.From <= code && code <= r.To
}

// ParseChart reads one chart of accounts, strictly. The error is Problems.
func ParseChart(name string, src []byte) (*Chart, error) {
	c, wrong := parseChart(name, src)
	if wrong != nil {
		return nil, wrong
	}
	return c, nil
}

func parseChart(name string, src []byte) (*Chart, Problems) {
	chart := &Chart{functions: map[string][]int{}, objects: map[string][]int{}}
	r := newReader(name, src)
	r.decode(chart)
	if r.nodes[""] != nil {
		c := checker{reader: r}
		c.form("code", chart.Code, codeForm, "")
		c.required("title", chart.Title)
		c.required("source", chart.Source)
		c.codes("functions", chart.Functions, chart.functions, 3)
		c.codes("objects", chart.Objects, chart.objects, 4)
		for i, p := range chart.Pairs {
			c.codeRange(fmt.Sprintf("pairs[%d].functions", i), p.Functions, 3)
			c.codeRange(fmt.Sprintf("pairs[%d].objects", i), p.Objects, 4)
		}
	}
	if r.problems != nil {
		return nil, r.sorted()
	}
	return chart, nil
}

// codes checks one list and indexes it. A code may stand twice, in years that do not meet.
func (c *checker) codes(list string, rows []ChartCode, index map[string][]int, digits int) {
	for i, row := range rows {
		path := fmt.Sprintf("%s[%d]", list, i)
		c.code(path+".code", row.Code, digits)
		c.required(path+".name", row.Name)
		if row.UntilYear != 0 && row.UntilYear < row.FromYear {
			c.at(path+".until_year", "The code ends before it begins.", "")
		}
		if row.Verified {
			c.required(path+".source", row.Source)
		}
		if row.Personnel != "" {
			c.oneOf(path+".personnel", row.Personnel, []string{"salary", "benefit"})
		}
		for _, j := range index[row.Code] {
			if rows[j].holdsIn(row.FromYear) || row.holdsIn(rows[j].FromYear) {
				c.at(path+".code", fmt.Sprintf("%q stands here twice for the same year.", row.Code), "")
			}
		}
		index[row.Code] = append(index[row.Code], i)
	}
}

func (c *checker) codeRange(path string, r CodeRange, digits int) {
	c.code(path+".from", r.From, digits)
	c.code(path+".to", r.To, digits)
	if r.From > r.To {
		c.at(path+".to", fmt.Sprintf("The range ends at %s, before it begins at %s.", r.To, r.From), "")
	}
}

func (c *checker) code(path, text string, digits int) {
	if _, err := strconv.ParseUint(text, 10, 32); err != nil || len(text) != digits {
		c.at(path, fmt.Sprintf("%q is not a code of %d digits.", text, digits), "")
	}
}
