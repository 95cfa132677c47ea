package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"earmark/workflow/tablecheck"
)

// ErrDoesNotAddUp says that tables could be checked, and that something is wrong with them.
var ErrDoesNotAddUp = errors.New("the tables do not add up")

// CheckTable writes what is wrong with the tables of a file: JSON, or CSV when its name
// ends so. The error is ErrDoesNotAddUp when there is a finding, and anything else when
// the file itself cannot be used.
func CheckTable(w io.Writer, name string, file io.Reader, asJSON bool) error {
	var f tablecheck.File
	var err error
	if base := filepath.Base(name); strings.EqualFold(filepath.Ext(base), ".csv") {
		f, err = tablecheck.DecodeCSV(file, strings.TrimSuffix(base, filepath.Ext(base)))
	} else {
		f, err = tablecheck.Decode(file)
	}
	if err != nil {
		return err
	}
	report, err := tablecheck.Run(f)
	if err != nil {
		return err
	}
	if asJSON {
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		err = e.Encode(report)
	} else {
		_, err = fmt.Fprint(w, report.Text())
	}
	if err == nil && !report.AddsUp {
		err = ErrDoesNotAddUp
	}
	return err
}
