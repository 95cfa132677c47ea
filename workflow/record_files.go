package workflow

import (
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// fillFiles puts the attachments of the record and of its earlier versions beside the files
// that it only names, which are kept elsewhere. A file that was handed in takes the place of
// its name.
func (f *recordFile) fillFiles(r store.Reading) error {
	kept, err := store.RecordAttachments(r, f.record.RootID, f.record.Revision)
	if err != nil {
		return err
	}
	f.content.Stored = true
	f.content.Attachments = slices.DeleteFunc(f.content.Attachments, func(a models.RecordFile) bool {
		return slices.ContainsFunc(kept, func(k models.Attachment) bool { return k.Name == a.Name })
	})
	for _, k := range kept {
		f.content.Attachments = append(f.content.Attachments, models.RecordFile{Name: k.Name, Title: k.Title, SHA256: k.SHA256, AttachmentID: k.ID, MediaType: k.MediaType})
	}
	return nil
}

// setFiles replaces the files that are kept elsewhere; attachments have their own commands.
func (f *recordFile) setFiles(named []RecordAttachment) {
	files := []models.RecordFile{}
	for _, a := range named {
		if !slices.ContainsFunc(f.content.Attachments, func(k models.RecordFile) bool { return k.AttachmentID != "" && k.Name == a.Name }) {
			files = append(files, models.RecordFile{Name: a.Name, Title: a.Title, SHA256: a.SHA256})
		}
	}
	f.record.Attachments = jsonOf(files)
	for _, k := range f.content.Attachments {
		if k.AttachmentID != "" {
			files = append(files, k)
		}
	}
	f.content.Attachments = files
}

// file finds a kept file of the record by its id; "" names none and is fine.
func (f *recordFile) file(pointer, id string) (name string, wrong []models.FieldError) {
	if id == "" {
		return "", nil
	}
	for _, k := range f.content.Attachments {
		if k.AttachmentID == id {
			return k.Name, nil
		}
	}
	return "", []models.FieldError{{Pointer: pointer + "/attachment_id", Code: "record.no_file", Detail: fmt.Sprintf("%s has no such file.", f.record.Reference),
		Fix: "Attach the file to the record first, and give the id of the attachment."}}
}
