package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"earmark/models"
	"earmark/store"
)

// VerifyFiles writes each stored content that is missing or changed, and the counts; it
// fails when there is one.
func (a *App) VerifyFiles(ctx context.Context, w io.Writer) error {
	report, err := a.Service.VerifyFiles(ctx, models.System("files"), func(c store.AttachedContent, found error) {
		fmt.Fprintf(w, "%s: %v (attachment %s)\n", c.SHA256, found, c.AttachmentID)
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d contents of %d attachments, %d bytes: %d damaged.\n", report.Contents, report.Attachments, report.Bytes, report.Damaged)
	if report.Damaged > 0 {
		return errors.New("the storage of files is not whole")
	}
	return nil
}
