package app

import (
	"fmt"
	"io"

	"earmark/workflow/formula"
)

// VerifyReceipts works out every receipt of a file again, with nothing but the file, and
// writes what does not follow. The error says how much that was.
func VerifyReceipts(w io.Writer, file io.Reader) error {
	text, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	n, wrong, err := formula.VerifyFile(text)
	if err != nil {
		return err
	}
	for _, says := range wrong {
		fmt.Fprintln(w, says)
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%d of %d receipts and totals do not follow", len(wrong), n)
	}
	fmt.Fprintf(w, "%d receipts follow from their inputs.\n", n)
	return nil
}
