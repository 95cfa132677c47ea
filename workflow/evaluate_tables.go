package workflow

import "earmark/workflow/tablecheck"

// tables holds the printed tables of the file against their own arithmetic. It asks
// nothing of the definition.
func (e *evaluation) tables() error {
	if e.in.Tables == nil {
		return nil
	}
	report, err := tablecheck.Run(*e.in.Tables)
	if err != nil {
		return err
	}
	e.out.Tables = &report
	return nil
}
