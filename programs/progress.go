package programs

import (
	"errors"
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/interpreter"

	"earmark/models"
	"earmark/workflow/formula"
	"earmark/workflow/measure"
)

// Progress is a table of how many units (schools, districts) of agreements came how far:
// each row counts those for which a condition over the facts of several years holds, of
// those to whom the row applies.
type Progress struct {
	Title   string                  `yaml:"title"`
	Of      models.OrganizationKind `yaml:"of"`    // school: those of the districts with agreements; district: these
	Years   []ProgressYear          `yaml:"years"` // names of years in the conditions
	Among   string                  `yaml:"among"` // CEL: which units the table is about; "" means all
	Rows    []ProgressRow           `yaml:"rows"`
	Printed []PrintedProgress       `yaml:"printed"` // tables that were published, to be held against
	Cite    string                  `yaml:"cite"`
}

// ProgressYear gives a year of facts a name: `latest.index` is the index of the year asked
// for, when latest is 0 years back.
type ProgressYear struct {
	Name string `yaml:"name"`
	Back int    `yaml:"back"` // years before the one asked for
}

// ProgressRow is one line of the table with its own denominator.
type ProgressRow struct {
	Code    string `yaml:"code"`
	Title   string `yaml:"title"`
	Applies string `yaml:"applies"` // CEL: who is in the denominator; "" means every unit of the table
	Holds   string `yaml:"holds"`   // CEL: who is counted
	Basis   string `yaml:"basis"`   // law, policy, assumption
	Cite    string `yaml:"cite"`
}

// PrintedProgress is a table as it was published of a cohort and a year.
type PrintedProgress struct {
	Cohort    string       `yaml:"cohort"`
	Year      int          `yaml:"year"`
	Districts int          `yaml:"districts"`
	Rows      []PrintedRow `yaml:"rows"`
	Cite      string       `yaml:"cite"`
}

// PrintedRow is a row as it was published: decimals as many as were printed.
type PrintedRow struct {
	Row         string `yaml:"row" json:"row"`
	Count       int    `yaml:"count" json:"count"`
	Denominator int    `yaml:"denominator" json:"denominator"`
	Percent     string `yaml:"percent" json:"percent,omitempty"`
}

// Row finds a row by code, nil when there is none.
func (p *Progress) Row(code string) *ProgressRow {
	i := slices.IndexFunc(p.Rows, func(r ProgressRow) bool { return r.Code == code })
	if i < 0 {
		return nil
	}
	return &p.Rows[i]
}

// History is how many years of facts the conditions look at, the year asked for included.
func (p *Progress) History() int {
	back := 0
	for _, y := range p.Years {
		back = max(back, y.Back)
	}
	return back + 1
}

// compiledProgress are the conditions of the table.
type compiledProgress struct {
	among          cel.Program
	applies, holds []cel.Program
}

// progressVars are the facts of one unit, by the name of the year.
type progressVars struct {
	years  map[string]*formula.Unit
	params *Params
}

// ResolveName makes progressVars an activation without a map.
func (v *progressVars) ResolveName(name string) (any, bool) {
	if name == "params" {
		return v.params, true
	}
	u, ok := v.years[name]
	return u, ok
}

// Parent is none.
func (v *progressVars) Parent() interpreter.Activation { return nil }

// ProgressAnswer is what a condition says of a unit. Unknown names the fact that it needs
// and nobody has given; the other two are then false.
type ProgressAnswer struct {
	Applies, Holds bool
	Unknown        string
}

// ProgressOf answers every row for one unit. years are its facts, years[0] of the year
// asked for, years[1] of the year before. among is false for a unit that the table is not
// about, also when a fact that decides it is not known.
func (d *Definition) ProgressOf(years []formula.Unit, params Params) (among bool, rows []ProgressAnswer, err error) {
	v := &progressVars{years: map[string]*formula.Unit{}, params: &params}
	for _, y := range d.Progress.Years {
		v.years[y.Name] = &years[y.Back]
	}
	if among, _, err = asked(d.cel.progress.among, v); err != nil || !among {
		return false, nil, err
	}
	rows = make([]ProgressAnswer, len(d.Progress.Rows))
	for i := range rows {
		a := &rows[i]
		if a.Applies, a.Unknown, err = asked(d.cel.progress.applies[i], v); err != nil {
			return true, nil, err
		}
		if !a.Applies {
			continue
		}
		if a.Holds, a.Unknown, err = asked(d.cel.progress.holds[i], v); err != nil {
			return true, nil, err
		}
	}
	return true, rows, nil
}

// asked evaluates a condition, none being true; a fact that is not known is no error.
func asked(p cel.Program, v *progressVars) (bool, string, error) {
	if p == nil {
		return true, "", nil
	}
	ok, err := holdsFor(p, v)
	var missing *unknownFact
	if errors.As(err, &missing) {
		return false, missing.name, nil
	}
	return ok, "", err
}

func (c *checker) progress() {
	p := c.d.Progress
	if p == nil {
		return
	}
	c.required("progress.title", p.Title)
	c.required("progress.cite", p.Cite)
	c.oneOf("progress.of", string(p.Of), []string{"school", "district"})
	if len(p.Years) == 0 || len(p.Rows) == 0 {
		c.at("progress", "The table needs years and rows.", "Name at least one year (latest, back 0) and one row.")
		return
	}
	env := c.scope.base
	names := unique{}
	for i, y := range p.Years {
		path := fmt.Sprintf("progress.years[%d]", i)
		c.form(path+".name", y.Name, nameForm, "Use lower case letters, digits and underscores, such as latest.")
		names.check(c, path+".name", y.Name)
		if y.Back < 0 || y.Back > 10 {
			c.at(path+".back", "A year lies 0 to 10 years back.", "Give 0 for the year that is asked for.")
		}
		var err error
		if env, err = env.Extend(cel.Variable(y.Name, cel.ObjectType(subjectType(p.Of, "", false)))); err != nil {
			c.at(path+".name", "The year cannot be prepared: "+err.Error()+".", "Give another name.")
			return
		}
	}
	made := &compiledProgress{}
	c.d.cel.progress = made
	if p.Among != "" {
		made.among = c.expression("progress.among", env, p.Among, cel.BoolType)
	}
	codes := unique{}
	for i, r := range p.Rows {
		path := fmt.Sprintf("progress.rows[%d]", i)
		c.form(path+".code", r.Code, codeForm, "")
		codes.check(c, path+".code", r.Code)
		c.required(path+".title", r.Title)
		c.required(path+".cite", r.Cite)
		c.oneOf(path+".basis", r.Basis, bases)
		var applies cel.Program
		if r.Applies != "" {
			applies = c.expression(path+".applies", env, r.Applies, cel.BoolType)
		}
		made.applies = append(made.applies, applies)
		made.holds = append(made.holds, c.expression(path+".holds", env, r.Holds, cel.BoolType))
	}
	c.printedProgress(p)
}

func (c *checker) printedProgress(p *Progress) {
	for i, t := range p.Printed {
		path := fmt.Sprintf("progress.printed[%d]", i)
		c.required(path+".cohort", t.Cohort)
		c.required(path+".cite", t.Cite)
		c.year(path+".year", t.Year)
		if t.Districts < 0 {
			c.at(path+".districts", "There cannot be fewer districts than none.", "Leave it out when it is not printed.")
		}
		for j, r := range t.Rows {
			at := fmt.Sprintf("%s.rows[%d]", path, j)
			if p.Row(r.Row) == nil {
				c.at(at+".row", fmt.Sprintf("The table has no row %q.", r.Row), "Give the code of one of its rows.")
			}
			if r.Denominator <= 0 || r.Count < 0 || r.Count > r.Denominator {
				c.at(at+".count", fmt.Sprintf("%d of %d cannot be.", r.Count, r.Denominator), "Give the count and the denominator as printed.")
				continue
			}
			if computed, ok := printedPercent(r); !ok {
				c.at(at+".percent", fmt.Sprintf("%d of %d is %s percent, not %s.", r.Count, r.Denominator, computed, r.Percent), "Correct whichever number is wrong.")
			}
		}
	}
}

// printedPercent is what a percentage should have been printed as.
func printedPercent(r PrintedRow) (computed string, ok bool) {
	if r.Percent == "" {
		return "", true
	}
	exact, err := measure.Percent(models.Hundredths(r.Count), models.Hundredths(r.Denominator))
	if err != nil {
		return "", false
	}
	return measure.Agrees(r.Percent, exact)
}
