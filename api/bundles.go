package api

import (
	"io"

	"github.com/gin-gonic/gin"

	"earmark/reports"
	"earmark/workflow"
)

// bundle answers everything of an organization and grant year as one zip. Repr-Digest is
// the hash to write down: it says later that a copy is this bundle.
func (a *API) bundle(c *gin.Context) error {
	q := queryOf(c)
	in := workflow.BundleOf{OrganizationID: c.Param("id"), Earmark: a.version, Award: reports.AwardNotice}
	filters(q, &in)
	if err := q.end(); err != nil {
		return err
	}
	c.Header("Cache-Control", "private, no-store")
	return parameters(spool(c, "application/zip", "bundle.zip", false, func(w io.Writer) error {
		return a.s.WriteBundle(c.Request.Context(), who(c), in, w)
	}))
}
