package api

import (
	"bytes"
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/reports"
)

// awardNotice is what the office tells the district, as a page that prints well.
func (a *API) awardNotice(c *gin.Context) error {
	n, err := a.s.AwardNotice(c.Request.Context(), who(c), c.Param("id"))
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := reports.AwardNotice(&page, n); err != nil {
		return err
	}
	c.Header("Content-Security-Policy", reports.AwardNoticeCSP())
	c.Header("Cache-Control", "private, no-cache")
	c.Data(http.StatusOK, "text/html; charset=utf-8", page.Bytes())
	return nil
}
