package api

import (
	"github.com/gin-gonic/gin"

	"earmark/reports"
)

const madeKey = "made"

// stamp notes when, and by which version, what is taken away was made.
func (a *API) stamp(c *gin.Context) {
	c.Set(madeKey, reports.Made{Source: c.Request.URL.RequestURI(), At: a.s.Now(), Version: a.version})
}

func made(c *gin.Context) reports.Made { return c.MustGet(madeKey).(reports.Made) }
