package workflow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"earmark/files"
	"earmark/models"
	"earmark/store"
)

// unattached kinds take no files: people are no evidence, and a file has none of its own.
var unattached = []string{"user", "api_token", "attachment"}

// replacedStates are those of documents that something else stands for now, or that came
// to nothing. A document in any other state takes files, whatever its grant year: evidence
// is asked for long after the money has lapsed, and the row says when it came.
var replacedStates = []models.State{StatusSuperseded, StatusWithdrawn, StatusDenied, StatusRefused, StatusRemoved, StatusCancelled}

// noFiles says that this server keeps no files.
func noFiles() error {
	e := models.Fail(models.Unavailable, "attachment.no_storage", "This server has no storage of files. Ask the people who run it to set FILES_DIR or FILES_URL.")
	e.RetryAfter = 3600
	return e
}

// ReceiveFile takes an upload and finds out what it is; nothing of it is kept before
// AttachFile. Discard what it gives. Errors: TooLarge, Malformed, Invalid (see files.Receive).
func (s *Service) ReceiveFile(who models.Actor, name string, content io.Reader) (*files.Received, error) {
	if err := allow(who, AttachFiles, ""); err != nil {
		return nil, err
	}
	if s.files == nil {
		return nil, noFiles()
	}
	return s.files.Receive(name, content)
}

// MaxFileBytes is the most that one file may have.
func (s *Service) MaxFileBytes() int64 {
	if s.files == nil {
		return 0
	}
	return s.files.MaxBytes()
}

// FileTypes lists how the names of files end that are taken.
func (s *Service) FileTypes() string { return files.Endings() }

// AttachFile hands in a received file as evidence of a document.
type AttachFile struct {
	DocumentKind string          `json:"document_kind" validate:"required,max=64"`
	DocumentID   string          `json:"document_id" validate:"required,max=64"`
	Title        string          `json:"title" validate:"max=400"`
	File         *files.Received `json:"-" validate:"-"`
}

// Attached is an attachment, and whether the document had this content already.
type Attached struct {
	models.Attachment
	Repeated bool
}

// AttachFile keeps the content and then writes the row, so that no row ever names content
// that is not safe. The same content of the same document is attached once: a repetition
// answers the row that is there. Errors: NotFound; Conflict "attachment.document_over";
// Invalid "attachment.kind", "attachment.too_much".
func (s *Service) AttachFile(ctx context.Context, who models.Actor, in AttachFile) (Attached, error) {
	var out Attached
	if err := s.admit(who, AttachFiles, in); err != nil {
		return out, err
	}
	if s.files == nil {
		return out, noFiles()
	}
	if err := s.attachable(s.db.Read(ctx), who, in); err != nil { // before anything is stored
		return out, err
	}
	for attempt := 0; ; attempt++ {
		err := s.files.Keep(ctx, in.File)
		if err == nil {
			err = s.change(ctx, func(tx *store.Tx) (err error) {
				out, err = s.attach(ctx, tx, who, in)
				return err
			})
		}
		if !errors.Is(err, errCollected) || attempt == 3 {
			return out, err
		}
	}
}

// errCollected: the content was an orphan of yesterday and was collected between being
// stored again and being named.
var errCollected = errors.New("the content was collected meanwhile")

// attachable reports why the actor may not add files to a document.
func (s *Service) attachable(r store.Reading, who models.Actor, in AttachFile) error {
	if slices.Contains(unattached, in.DocumentKind) {
		return models.Field("/document_kind", "attachment.kind", "Files are not attached to this kind of document.", "Attach it to the document that it shows something of.")
	}
	organization, err := store.OrganizationOf(r, in.DocumentKind, in.DocumentID)
	if err != nil {
		return err
	}
	if err := allowOffice(who, AttachFiles, organization); err != nil {
		return err
	}
	if err := visibleDraft(r, who, in.DocumentKind, in.DocumentID); err != nil {
		return err
	}
	state, err := store.StateOf(r, in.DocumentKind, in.DocumentID)
	if err == nil && slices.Contains(replacedStates, state) {
		err = models.Fail(models.Conflict, "attachment.document_over", "This %s is %s and takes no more files.", words(in.DocumentKind), words(string(state)))
	}
	return err
}

// allowOffice is allow, where a document without an organization is the office's.
func allowOffice(who models.Actor, a Action, organizationID string) error {
	if err := allow(who, a, organizationID); err != nil {
		return err
	}
	if organizationID == "" && !scope(who).All {
		return notFound()
	}
	return nil
}

// attach writes the row. The locks hold the organization's total, and the content against
// the housekeeping that removes what nobody names.
func (s *Service) attach(ctx context.Context, tx *store.Tx, who models.Actor, in AttachFile) (out Attached, err error) {
	if err = s.attachable(tx, who, in); err != nil {
		return out, err
	}
	organization, err := store.OrganizationOf(tx, in.DocumentKind, in.DocumentID)
	if err != nil {
		return out, err
	}
	if err = errors.Join(tx.LockName("attachments of "+organization), tx.LockName(contentLock(in.File.SHA256))); err != nil {
		return out, err
	}
	seen := struct {
		AttachFile
		Name, SHA256 string
	}{in, in.File.Name, in.File.SHA256}
	id, replay, err := onceInto(tx, who, "attachment", seen, &out.Attachment)
	if err != nil || replay {
		out.Repeated = replay
		return out, err
	}
	out.Attachment, err = store.One[models.Attachment](tx, store.Eq{"document_kind": in.DocumentKind, "document_id": in.DocumentID, "sha256": in.File.SHA256, "withdrawn_on": nil})
	if err == nil || models.KindOf(err) != models.NotFound {
		out.Repeated = true
		return out, err
	}
	if err = s.roomFor(tx, organization, in.File.Size); err != nil {
		return out, err
	}
	if there, err := s.files.Has(ctx, in.File.SHA256); err != nil || !there {
		return out, errors.Join(err, errCollectedUnless(there || err != nil))
	}
	out.Attachment = models.Attachment{Root: models.Root{ID: id}, OrganizationID: organization, DocumentKind: in.DocumentKind, DocumentID: in.DocumentID, Name: in.File.Name,
		Title: in.Title, MediaType: in.File.MediaType, Size: in.File.Size, SHA256: in.File.SHA256, ByOffice: scope(who).All, CreatedBy: who.UserID}
	if err = tx.Insert(&out.Attachment); err != nil {
		return out, err
	}
	tx.Audit(&out.Attachment, event(who, "attach", "", nil, out.Attachment))
	return out, nil
}

func contentLock(sha string) string { return "content " + sha }

func errCollectedUnless(fine bool) error {
	if fine {
		return nil
	}
	return errCollected
}

// roomFor holds the total of an organization to the setting.
func (s *Service) roomFor(r store.Reading, organization string, size int64) error {
	if s.filesPerOrganization == 0 {
		return nil
	}
	used, err := store.AttachedBytes(r, organization)
	if err == nil && used+size > s.filesPerOrganization {
		err = models.Field("/file", "attachment.too_much", fmt.Sprintf("With this file the attachments of the organization would have %d bytes; %d are allowed.", used+size, s.filesPerOrganization),
			"Hand in a smaller file, or ask the people who run the server for more room.")
	}
	return err
}

// WithdrawAttachment takes a file back.
type WithdrawAttachment struct {
	ID      string `json:"-"`
	Version int64  `json:"-"`
	Reason  string `json:"reason" validate:"required,max=2000"`
}

// WithdrawAttachment says that a file no longer counts as evidence. The row and the content
// stay. Errors: Conflict "attachment.withdrawn", "attachment.submitted"; Forbidden "attachment.by_office".
func (s *Service) WithdrawAttachment(ctx context.Context, who models.Actor, in WithdrawAttachment) (models.Attachment, error) {
	var a models.Attachment
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if a, err = store.Get[models.Attachment](tx, in.ID); err != nil {
			return err
		}
		if err = allowOffice(who, AttachFiles, a.OrganizationID); err != nil {
			return err
		}
		if err = s.check(in); err != nil {
			return err
		}
		if a, err = store.Lock[models.Attachment](tx, in.ID, in.Version); err != nil {
			return err
		}
		if err = s.withdrawable(tx, who, a); err != nil {
			return err
		}
		before := a
		a.WithdrawnOn, a.WithdrawnBy, a.WithdrawalReason = s.Today(), &who.UserID, in.Reason
		if err = tx.Update(&a, "withdrawn_on", "withdrawn_by", "withdrawal_reason"); err != nil {
			return err
		}
		tx.Audit(&a, event(who, "withdraw", in.Reason, before, a))
		return nil
	})
	return a, err
}

// withdrawable: what was submitted with a record is part of what was decided on.
func (s *Service) withdrawable(r store.Reading, who models.Actor, a models.Attachment) error {
	if a.WithdrawnOn != "" {
		return models.Fail(models.Conflict, "attachment.withdrawn", "%s was withdrawn on %s already.", a.Name, a.WithdrawnOn)
	}
	if a.ByOffice && !scope(who).All {
		return models.Fail(models.Forbidden, "attachment.by_office", "The office handed this file in; only the office withdraws it.")
	}
	if a.DocumentKind != "record" {
		return nil
	}
	state, err := store.StateOf(r, a.DocumentKind, a.DocumentID)
	if err == nil && state != StatusDraft && state != StatusReturned {
		err = models.Fail(models.Conflict, "attachment.submitted", "The record of this file is %s; the file stays with what was submitted.", words(string(state)))
	}
	return err
}

// ListAttachments asks for attachments, in the order they were handed in.
type ListAttachments struct {
	OrganizationID string `json:"organization_id" validate:"max=64"`
	DocumentKind   string `json:"document_kind" validate:"max=64"`
	DocumentID     string `json:"document_id" validate:"max=64"`
	SHA256         string `json:"sha256" validate:"omitempty,len=64,hexadecimal"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// Attachments lists attachments that the actor may see, withdrawn ones too.
func (s *Service) Attachments(ctx context.Context, who models.Actor, in ListAttachments) ([]models.Attachment, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.Attachments(s.db.Read(ctx), narrow(scope(who), in.OrganizationID), scope(who).All,
		eq("document_kind", in.DocumentKind, "document_id", in.DocumentID, "sha256", in.SHA256), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// Attachment is one attachment.
func (s *Service) Attachment(ctx context.Context, who models.Actor, id string) (models.Attachment, error) {
	r := s.db.Read(ctx)
	a, err := store.Get[models.Attachment](r, id)
	if err != nil {
		return a, err
	}
	if err := allowOffice(who, ReadDocuments, a.OrganizationID); err != nil {
		return models.Attachment{}, err
	}
	return a, visibleDraft(r, who, a.DocumentKind, a.DocumentID)
}

// FileContent is an attachment with its content, found to be what was handed in. Close it.
type FileContent struct {
	models.Attachment
	*files.Content
}

// AttachmentContent opens the content of an attachment. Errors: Damaged
// "attachment.content_changed" when the storage has lost or changed it.
func (s *Service) AttachmentContent(ctx context.Context, who models.Actor, id string) (FileContent, error) {
	a, err := s.Attachment(ctx, who, id)
	if err != nil {
		return FileContent{}, err
	}
	content, err := s.contentOf(ctx, a)
	return FileContent{a, content}, err
}

func (s *Service) contentOf(ctx context.Context, a models.Attachment) (*files.Content, error) {
	if s.files == nil {
		return nil, noFiles()
	}
	content, err := s.files.Open(ctx, a.SHA256)
	if errors.Is(err, files.ErrChanged) {
		return nil, &models.Error{Kind: models.Damaged, Code: "attachment.content_changed", Detail: fmt.Sprintf("The stored content of %s is missing or is not what was handed in.", a.Name), Err: err}
	}
	return content, err
}

// FilesReport counts what VerifyFiles walked and found.
type FilesReport struct {
	Contents    int64 `json:"contents"`
	Attachments int64 `json:"attachments"`
	Bytes       int64 `json:"bytes"`
	Damaged     int64 `json:"damaged"`
}

// VerifyFiles reads the content of every attachment and compares it with its hash. Each
// finding is reported as it is found.
func (s *Service) VerifyFiles(ctx context.Context, who models.Actor, report func(store.AttachedContent, error)) (out FilesReport, err error) {
	if err := allowOffice(who, ReadAudit, ""); err != nil {
		return out, err
	}
	if s.files == nil {
		return out, noFiles()
	}
	for after := ""; ; {
		page, err := store.AttachedContents(s.db.Read(ctx), after, 500)
		if err != nil || len(page) == 0 {
			return out, err
		}
		for _, c := range page {
			after = c.SHA256
			out.Contents, out.Attachments, out.Bytes = out.Contents+1, out.Attachments+c.Documents, out.Bytes+c.Size
			content, err := s.files.Open(ctx, c.SHA256)
			switch {
			case errors.Is(err, files.ErrChanged):
				out.Damaged++
				report(c, err)
			case err != nil:
				return out, err
			default:
				_ = content.Close()
			}
		}
	}
}

// CollectFiles removes content that no attachment names and that was stored before an
// instant: uploads that were broken off, or refused at the last moment.
func (s *Service) CollectFiles(ctx context.Context, who models.Actor, before time.Time) (removed int64, err error) {
	if err := allow(who, RunJobs, ""); err != nil {
		return 0, err
	}
	if s.files == nil {
		return 0, nil
	}
	stored, err := s.files.Before(ctx, before)
	if err != nil {
		return 0, err
	}
	for part := range slices.Chunk(stored, 500) {
		hashes := make([]string, len(part))
		for i, c := range part {
			hashes[i] = c.SHA256
		}
		named, err := store.AttachedHashes(s.db.Read(ctx), hashes)
		if err != nil {
			return removed, err
		}
		for _, sha := range hashes {
			if named[sha] {
				continue
			}
			gone, err := s.collect(ctx, sha, before)
			if err != nil {
				return removed, err
			}
			removed += gone
		}
	}
	return removed, nil
}

// collect removes one content under the lock that AttachFile names it under.
func (s *Service) collect(ctx context.Context, sha string, before time.Time) (gone int64, err error) {
	err = s.change(ctx, func(tx *store.Tx) error {
		gone = 0
		if err := tx.LockName(contentLock(sha)); err != nil {
			return err
		}
		named, err := store.AttachedHashes(tx, []string{sha})
		if err != nil || named[sha] {
			return err
		}
		removed, err := s.files.Remove(ctx, sha, before)
		if removed {
			gone = 1
		}
		return err
	})
	return gone, err
}

// MayAttach says why the actor cannot add files to a document now; nil when they can.
func (s *Service) MayAttach(ctx context.Context, who models.Actor, kind, id string) error {
	if s.files == nil {
		return noFiles()
	}
	return s.attachable(s.db.Read(ctx), who, AttachFile{DocumentKind: kind, DocumentID: id})
}

// MayWithdraw says why the actor cannot withdraw a file that they read; nil when they can.
func (s *Service) MayWithdraw(ctx context.Context, who models.Actor, a models.Attachment) error {
	if err := allowOffice(who, AttachFiles, a.OrganizationID); err != nil {
		return err
	}
	return s.withdrawable(s.db.Read(ctx), who, a)
}
