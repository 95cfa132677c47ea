package api

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type attachmentBody struct {
	ID               string       `json:"id"`
	OrganizationID   *string      `json:"organization_id"`
	DocumentKind     string       `json:"document_kind"`
	DocumentID       string       `json:"document_id"`
	Name             string       `json:"name"`
	Title            *string      `json:"title"`
	MediaType        string       `json:"media_type"`
	Size             int64        `json:"size"`
	SHA256           string       `json:"sha256"`
	ByOffice         bool         `json:"by_office"`
	CreatedBy        string       `json:"created_by"`
	CreatedAt        time.Time    `json:"created_at"`
	WithdrawnOn      *models.Date `json:"withdrawn_on"`
	WithdrawnBy      *string      `json:"withdrawn_by"`
	WithdrawalReason *string      `json:"withdrawal_reason"`
	Version          int64        `json:"version"`
}

func attachment(_ models.Actor, a models.Attachment) attachmentBody {
	return attachmentBody{a.ID, opt(a.OrganizationID), a.DocumentKind, a.DocumentID, a.Name, opt(a.Title), a.MediaType, a.Size, a.SHA256, a.ByOffice,
		a.CreatedBy, a.CreatedAt.UTC(), opt(a.WithdrawnOn), a.WithdrawnBy, opt(a.WithdrawalReason), a.Version}
}

// Of a multipart upload: what stands around the file, and one text field.
const (
	maxEnvelope = 64 << 10
	maxField    = 4 << 10
)

// attach takes multipart/form-data: the fields document_kind, document_id and title, and
// one file. The file goes to the disk as it comes, never more than the limit.
func (a *API) attach(c *gin.Context) error {
	kind, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if err != nil || kind != "multipart/form-data" || params["boundary"] == "" {
		return models.Fail(mediaType, "content_type", "The Content-Type is %q; this address takes multipart/form-data.", c.GetHeader("Content-Type"))
	}
	if err := queryOf(c).end(); err != nil {
		return err
	}
	most := a.s.MaxFileBytes() + maxEnvelope
	form := multipart.NewReader(tooLargeReader{http.MaxBytesReader(c.Writer, c.Request.Body, most), most}, params["boundary"])
	var in workflow.AttachFile
	defer func() {
		if in.File != nil {
			in.File.Discard()
		}
	}()
	if err := a.readForm(c, form, &in); err != nil {
		return err
	}
	if in.File == nil {
		return models.Field("/file", "required", "The file is missing.", "Send it as the part named file.")
	}
	out, err := a.s.AttachFile(c.Request.Context(), who(c), in)
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if out.Repeated {
		status = http.StatusOK
	}
	c.Header("Location", base+"/attachments/"+out.ID)
	return document(c, status, out.Root, attachment(who(c), out.Attachment))
}

// readForm reads the parts in any order. Unknown ones and repeated ones are refused.
func (a *API) readForm(c *gin.Context, form *multipart.Reader, in *workflow.AttachFile) error {
	fields := map[string]*string{"document_kind": &in.DocumentKind, "document_id": &in.DocumentID, "title": &in.Title}
	for parts := 0; ; parts++ {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) && parts > 0 {
			return nil
		}
		if err != nil {
			return brokenForm(err)
		}
		name := part.FormName()
		field, known := fields[name]
		switch {
		case name == "file" && in.File == nil:
			if in.File, err = a.s.ReceiveFile(who(c), part.FileName(), part); err != nil {
				return err
			}
		case known && *field == "":
			text, err := io.ReadAll(io.LimitReader(part, maxField+1))
			if err != nil {
				return brokenForm(err)
			}
			if len(text) > maxField {
				return malformedAt("/"+escape(name), "too_long", "The field is too long.", "Shorten it.")
			}
			*field = string(text)
		default:
			return malformedAt("/"+escape(name), "unknown_member", "The part is unknown here, or given twice.", "Send document_kind, document_id, title and file, each once.")
		}
	}
}

func brokenForm(err error) error {
	var e *models.Error
	if errors.As(err, &e) {
		return e
	}
	return malformed("broken_body", "The upload is no whole multipart form. Nothing was stored.")
}

// tooLargeReader names the limit of a body in our own words.
type tooLargeReader struct {
	io.Reader
	limit int64
}

func (r tooLargeReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		err = models.Fail(models.TooLarge, "too_large", "The body is larger than %d bytes. Nothing was changed.", r.limit)
	}
	return n, err
}

var oneRange = regexp.MustCompile(`^bytes=([0-9]{1,18})?-([0-9]{1,18})?$`)

// attachmentContent gives out a file that was handed in. A browser stores it and never
// shows it: whatever is in it, nothing of it runs here.
func (a *API) attachmentContent(c *gin.Context) error {
	if err := queryOf(c).end(); err != nil {
		return err
	}
	f, err := a.s.AttachmentContent(c.Request.Context(), who(c), c.Param("id"))
	if err != nil {
		return err
	}
	defer func() { _ = f.Content.Close() }()
	size := f.Content.Size
	tag := `"` + f.SHA256 + `"`
	if m := oneRange.FindStringSubmatch(c.GetHeader("Range")); m == nil {
		c.Request.Header.Del("Range") // several ranges, or none that can be read: the whole file
	} else if given := c.GetHeader("If-Range"); (given == "" || given == tag) && beyond(m[1], m[2], size) {
		c.Header("Content-Range", "bytes */"+strconv.FormatInt(size, 10))
		return models.Fail(rangeBeyond, "range", "The file has %d bytes; there is nothing in the range that was asked for.", size)
	}
	h := c.Writer.Header()
	h.Set("Content-Type", contentTypeOf(f.MediaType))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", tag)
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, f.Content)
	return nil
}

// contentTypeOf says how text is written, so that nobody guesses.
func contentTypeOf(mediaType string) string {
	if mediaType == "text/plain" || mediaType == "text/csv" {
		return mediaType + "; charset=utf-8"
	}
	return mediaType
}

// beyond reports that a single range holds no byte of the file.
func beyond(first, last string, size int64) bool {
	from, err := strconv.ParseInt(first, 10, 64)
	if err != nil { // the last so many bytes
		n, err := strconv.ParseInt(last, 10, 64)
		return err != nil || n == 0
	}
	to, err := strconv.ParseInt(last, 10, 64)
	return from >= size || err == nil && to < from
}
