package web

import (
	"errors"
	"io"
	"net/http"
	"path"
	"strings"

	"earmark/models"
)

// maxUpload is the most bytes that a form with a file may have.
const maxUpload = 32 << 20

// upload is a file that came with a form.
type upload struct {
	Name    string // without folders
	Content []byte
}

// sentFile is sent for a form with a file (enctype multipart/form-data), which is in the
// field name. No file is no error here: the command says what it misses.
func (r *request) sentFile(action string, in any, name string) (*Form, upload, bool) {
	r.Request.Body = http.MaxBytesReader(r.Writer, r.Request.Body, maxUpload)
	if err := r.Request.ParseMultipartForm(maxUpload); err != nil {
		e := &models.Error{Kind: models.Malformed, Code: "form_unreadable", Detail: r.t("The file could not be read."), Err: err}
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			e.Kind, e.Detail = models.TooLarge, r.t("The file is larger than 32 MB.")
		}
		return &Form{Action: action, Values: map[string][]string{}, Failed: e}, upload{}, false
	}
	defer func() { _ = r.Request.MultipartForm.RemoveAll() }()
	f, ok := r.filled(action, in)
	file, head, err := r.Request.FormFile(name)
	if err != nil {
		return f, upload{}, ok
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(file)
	if err != nil {
		f.Failed = &models.Error{Kind: models.Malformed, Code: "form_unreadable", Detail: r.t("The file could not be read."), Err: err}
		return f, upload{}, false
	}
	return f, upload{path.Base(strings.ReplaceAll(head.Filename, `\`, "/")), content}, ok
}
