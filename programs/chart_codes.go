package programs

// InYear are the functions and objects that hold in a fiscal year, in the order of the chart.
func (c *Chart) InYear(fiscalYear int) (functions, objects []ChartCode) {
	if c == nil {
		return nil, nil
	}
	for _, f := range c.Functions {
		if f.holdsIn(fiscalYear) {
			functions = append(functions, f)
		}
	}
	for _, o := range c.Objects {
		if o.holdsIn(fiscalYear) {
			objects = append(objects, o)
		}
	}
	return functions, objects
}
