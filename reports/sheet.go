package reports

import (
	"encoding/csv"
	"io"
)

// Sheet writes a table whose columns are known only at run time, as CSV. Text that a
// spreadsheet would run as a formula is made harmless.
func Sheet(w io.Writer, columns []string, rows [][]string) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	if err := out.Write(columns); err != nil {
		return err
	}
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, text := range row {
			safe[i] = harmless(text)
		}
		if err := out.Write(safe); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
