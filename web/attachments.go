package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesAttachments() []route {
	return []route{
		{"GET", "/attachments", w.attachmentList},
		{"POST", "/attachments", w.attach},
		{"GET", "/attachments/:id", w.attachment},
		{"GET", "/attachments/:id/content", w.attachmentContent},
		{"POST", "/attachments/:id/withdrawal", w.withdrawAttachment},
	}
}

// AttachmentsView is what the partial "attachments" shows: the evidence of one document and
// the form that adds to it. Any page can have it: call request.attachments.
type AttachmentsView struct {
	DocumentKind, DocumentID string
	Back                     string // where the forms lead
	Files                    []attachedFile
	Form                     *Form // nil when the reader may not add
	File, Title              Field
}

type attachedFile struct {
	models.Attachment
	Size    string
	By      string
	Type    string
	CanTake bool // may be withdrawn
}

// attachments are the files of a document, for the partial of that name. back is the page
// that shows them.
func (r *request) attachments(kind, id, back string) (*AttachmentsView, error) {
	return r.attachmentsWith(kind, id, back, nil)
}

func (r *request) attachmentsWith(kind, id, back string, sent *Form) (*AttachmentsView, error) {
	v := &AttachmentsView{DocumentKind: kind, DocumentID: id, Back: back}
	var rows []models.Attachment
	for in := (workflow.ListAttachments{DocumentKind: kind, DocumentID: id, Limit: workflow.MaxPage}); ; {
		page, err := r.s.Attachments(r.ctx(), r.who, in)
		if models.KindOf(err) == models.Forbidden && sent == nil { // who reads the document only
			return nil, nil //nolint:nilnil // nothing to show is no failure
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, page...)
		if len(page) < workflow.MaxPage {
			break
		}
		in.After = page[len(page)-1].ID
	}
	var people []string
	for _, a := range rows {
		people = append(people, a.CreatedBy)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, people)
	if err != nil {
		return nil, err
	}
	for _, a := range rows {
		v.Files = append(v.Files, attachedFile{Attachment: a, Size: r.bytes(a.Size), By: names.People[a.CreatedBy], Type: typeWord(a.Name),
			CanTake: a.WithdrawnOn == "" && r.s.MayWithdraw(r.ctx(), r.who, a) == nil})
	}
	if may := r.s.MayAttach(r.ctx(), r.who, kind, id) == nil; !may {
		return v, nil
	}
	if v.Form = sent; sent == nil {
		v.Form = r.form("/attachments", 0, nil)
	}
	accept := "." + strings.ReplaceAll(r.s.FileTypes(), ", ", ",.")
	v.File = v.Form.File("file", r.t("File"), accept).Needed().Hinted(r.t("One file of at most %s: %s.", r.bytes(r.s.MaxFileBytes()), r.s.FileTypes()))
	v.Title = v.Form.Text("title", r.t("What it shows")).AtMost(400).Sized("xl")
	return v, nil
}

// bytes is a size as people say it.
func (r *request) bytes(n int64) string {
	switch {
	case n >= 1<<20:
		return strconv.FormatInt((n+1<<19)>>20, 10) + " MB"
	case n >= 1<<10:
		return strconv.FormatInt((n+1<<9)>>10, 10) + " KB"
	}
	return plural(r.lang, int(n), "1 byte", "%d bytes")
}

func typeWord(name string) string {
	return strings.ToUpper(name[strings.LastIndex(name, ".")+1:])
}

// attachmentList is the page of the files of one document, or of all that one may see.
func (w *Web) attachmentList(r *request) error {
	var in workflow.ListAttachments
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	in.After, in.Limit = "", 0
	if in.DocumentKind != "" && in.DocumentID != "" {
		return r.showAttachments(in.DocumentKind, in.DocumentID, nil)
	}
	l := Listing[models.Attachment]{Path: "/attachments", Name: "attachments", Caption: r.t("Evidence files"), Long: true, Key: func(d models.Attachment) string { return d.ID },
		Empty: r.t("Nothing is attached yet. Files are attached on the page of the document that they show something of."),
		Load: func(p workflow.Page) ([]models.Attachment, error) {
			in.After, in.Limit = p.After, min(p.Limit, workflow.MaxPage)
			return r.s.Attachments(r.ctx(), r.who, in)
		},
		Filters: []Field{f.Select("document_kind", r.t("Of"), r.options("application", "revision", "expenditure", "record", "year_end_report", "meeting", "target_result", "flag"))},
		Columns: []Column[models.Attachment]{
			{Key: "name", Label: r.t("File"), Cell: func(d models.Attachment) Cell { return Text(d.Name).To("/attachments/" + d.ID).Noted(d.Title) }},
			{Key: "of", Label: r.t("Of"), Cell: func(d models.Attachment) Cell {
				return Text(r.t(words(d.DocumentKind))).To(models.PageOf(d.DocumentKind, d.DocumentID))
			}},
			{Key: "size", Label: r.t("Size"), Unit: models.UnitInteger, Cell: func(d models.Attachment) Cell {
				c := Number(d.Size)
				c.Shown = r.bytes(d.Size)
				return c
			}},
			{Key: "on", Label: r.t("Handed in"), Unit: models.UnitDate, Cell: func(d models.Attachment) Cell { return Day(models.Date(d.CreatedAt.UTC().Format("2006-01-02"))) }},
			{Key: "withdrawn", Label: r.t("Withdrawn"), Unit: models.UnitDate, Cell: func(d models.Attachment) Cell {
				if d.WithdrawnOn == "" {
					return Cell{}
				}
				return Day(d.WithdrawnOn).Noted(d.WithdrawalReason)
			}},
		}}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	return r.show("listing", Page{Title: r.t("Evidence files"), Section: "/attachments", Body: v})
}

// showAttachments is the page of the files of one document.
func (r *request) showAttachments(kind, id string, sent *Form) error {
	v, err := r.attachmentsWith(kind, id, "/attachments?"+url.Values{"document_kind": {kind}, "document_id": {id}}.Encode(), sent)
	if err != nil {
		return err
	}
	if sent != nil && sent.Values.Get("back") != "" {
		v.Back = local(sent.Values.Get("back"))
	}
	page := Page{Title: r.t("Evidence files"), Lead: r.t("Files that show something of this document. Nothing is deleted: a file can be withdrawn with a reason."), Section: "/attachments", Body: v}
	if to := models.PageOf(kind, id); to != "" {
		page.Crumbs = []Link{{Text: r.t(words(kind)), Href: to}}
	}
	if sent != nil {
		page.Problems, page.Status = sent.Problems(), sent.Status()
	}
	return r.show("attachments", page)
}

// maxUploadFields is what the fields around a file may have.
const maxUploadFields = 64 << 10

// attach takes a file. It goes to the disk as it comes, never more than the limit.
func (w *Web) attach(r *request) error {
	kind, params, err := mime.ParseMediaType(r.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return models.Fail(models.Malformed, "form_unreadable", "The form could not be read.")
	}
	body := http.MaxBytesReader(r.Writer, r.Request.Body, r.s.MaxFileBytes()+maxUploadFields)
	f := &Form{Action: "/attachments", Values: url.Values{}}
	in := workflow.AttachFile{}
	defer func() {
		if in.File != nil {
			in.File.Discard()
		}
	}()
	err = r.readUpload(multipart.NewReader(body, params["boundary"]), f.Values, &in)
	if f.Key = f.Values.Get("form_key"); keyForm.MatchString(f.Key) {
		r.who.IdempotencyKey = f.Key
	}
	in.DocumentKind, in.DocumentID, in.Title = f.Values.Get("document_kind"), f.Values.Get("document_id"), strings.TrimSpace(f.Values.Get("title"))
	if err == nil && in.File == nil {
		err = models.Field("/file", "required", r.t("No file is chosen."), r.t("Choose a file first."))
	}
	if err == nil {
		if _, err = r.s.AttachFile(r.ctx(), r.who, in); err == nil {
			return r.done(local(f.Values.Get("back")), "Attached: %s", in.File.Name)
		}
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) || models.KindOf(err) == models.TooLarge {
		err = models.Field("/file", "too_large", r.t("The file is larger than %s.", r.bytes(r.s.MaxFileBytes())), r.t("Make it smaller, or split it into several."))
	}
	if err := f.took(err); err != nil {
		return err
	}
	return r.showAttachments(in.DocumentKind, in.DocumentID, f)
}

// readUpload reads the fields, which come before the file, and the file.
func (r *request) readUpload(form *multipart.Reader, values url.Values, in *workflow.AttachFile) error {
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case part.FormName() != "file":
			text, err := io.ReadAll(io.LimitReader(part, maxUploadFields))
			if err != nil {
				return err
			}
			values.Set(part.FormName(), string(text))
		case part.FileName() != "" && in.File == nil:
			if in.File, err = r.s.ReceiveFile(r.who, part.FileName(), part); err != nil {
				return err
			}
		}
	}
}

// attachmentPage is the body of attachment.html.
type attachmentPage struct {
	File     attachedFile
	Document string
	Href     string
	Form     *Form
	Reason   Field
	History  []Event
}

// attachment is one file: what it is, where it belongs, and its withdrawal.
func (w *Web) attachment(r *request) error { return r.showAttachment(nil) }

func (r *request) showAttachment(sent *Form) error {
	a, err := r.s.Attachment(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, []string{a.CreatedBy})
	if err != nil {
		return err
	}
	body := attachmentPage{Document: r.t(words(a.DocumentKind)), Href: models.PageOf(a.DocumentKind, a.DocumentID), Form: sent,
		File: attachedFile{Attachment: a, Size: r.bytes(a.Size), By: names.People[a.CreatedBy], Type: typeWord(a.Name), CanTake: a.WithdrawnOn == "" && r.s.MayWithdraw(r.ctx(), r.who, a) == nil}}
	if sent == nil {
		body.Form = r.form("/attachments/"+a.ID+"/withdrawal", a.Version, nil)
	}
	body.Reason = body.Form.Area("reason", r.t("Why it is withdrawn")).Needed().AtMost(2000)
	if body.History, err = r.history(a.Kind(), a.ID); err != nil {
		return err
	}
	page := Page{Title: a.Name, Lead: a.Title, Section: "/attachments", Body: body, Crumbs: []Link{{Text: body.Document, Href: body.Href}}}
	if sent != nil {
		page.Problems, page.Status = sent.Problems(), sent.Status()
	}
	return r.show("attachment", page)
}

// withdrawAttachment takes a file back, with a reason.
func (w *Web) withdrawAttachment(r *request) error {
	var in workflow.WithdrawAttachment
	f, ok := r.sent("/attachments/"+r.id()+"/withdrawal", &in)
	in.ID = r.id()
	if ok {
		if _, err := r.s.WithdrawAttachment(r.ctx(), r.who, in); err == nil {
			return r.done("/attachments/"+in.ID, "Withdrawn. The file stays readable with your reason.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return r.showAttachment(f)
}

// attachmentContent gives out a file. A browser stores it and never shows it: whatever is in
// it, nothing of it runs here.
func (w *Web) attachmentContent(r *request) error {
	f, err := r.s.AttachmentContent(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	defer func() { _ = f.Content.Close() }()
	h := r.Writer.Header()
	h.Set("Content-Type", f.MediaType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	http.ServeContent(r.Writer, r.Request, "", time.Time{}, f.Content)
	return nil
}
