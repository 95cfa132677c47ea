package programs

// Chart is a chart of accounts: reference data with effective dates and, per row, whether
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
	Personnel      bool   `yaml:"personnel"`       // objects only: salaries and benefits
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

// Function is a function code as it holds in a fiscal year.
func (c *Chart) Function(code string, fiscalYear int) (ChartCode, bool) {
	return inYear(c.Functions, c.functions[code], fiscalYear)
}

// Object is an object code as it holds in a fiscal year.
func (c *Chart) Object(code string, fiscalYear int) (ChartCode, bool) {
	return inYear(c.Objects, c.objects[code], fiscalYear)
}

func inYear(rows []ChartCode, at []int, fiscalYear int) (ChartCode, bool) {
	for _, i := range at {
		if r := rows[i]; r.FromYear <= fiscalYear && (r.UntilYear == 0 || fiscalYear <= r.UntilYear) {
			return r, true
		}
	}
	return ChartCode{}, false
}

// Allowed reports whether the chart allows an object under a function.
func (c *Chart) Allowed(function, object string) bool {
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

// Chart is the program's chart of accounts; nil when it names none.
func (d *Definition) ChartOfAccounts() *Chart { return d.chart }
