package api

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"earmark/reports"
)

// awardNotice is what the office tells the district, as a page that prints well or, with
// ?format=pdf or Accept, as a PDF.
func (a *API) awardNotice(c *gin.Context) error {
	q := queryOf(c)
	format := q.choice("format", asHTML, asPDF)
	if err := q.end(); err != nil {
		return err
	}
	n, err := a.s.AwardNotice(c.Request.Context(), who(c), c.Param("id"))
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "private, no-cache")
	c.Header("Vary", "Accept")
	if format == asPDF || format == "" && strings.HasPrefix(c.GetHeader("Accept"), reports.PDFType) {
		name := strings.ToLower(n.Reference) + ".pdf"
		return spool(c, reports.PDFType, name, false, func(w io.Writer) error { return reports.AwardNoticePDF(w, n) })
	}
	var page bytes.Buffer
	if err := reports.AwardNotice(&page, n); err != nil {
		return err
	}
	c.Header("Content-Security-Policy", reports.AwardNoticeCSP())
	c.Data(http.StatusOK, "text/html; charset=utf-8", page.Bytes())
	return nil
}
