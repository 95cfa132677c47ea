package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"earmark/reports"
)

// calendarPath is the one address to which programs sign in with HTTP Basic.
const calendarPath = base + "/me/calendar.ics"

// challenge is what a client without a good secret is told to come with.
func challenge(r *http.Request) string {
	if r.URL.Path == calendarPath {
		return `Basic realm="earmark", charset="UTF-8"`
	}
	return `Bearer realm="earmark"`
}

// calendar answers the actor's calendar; a program that has it already gets 304.
func (a *API) calendar(c *gin.Context) error {
	q := queryOf(c)
	if err := q.end(); err != nil {
		return err
	}
	found, err := a.s.Calendar(c.Request.Context(), who(c))
	if err != nil {
		return err
	}
	entries := make([]reports.CalendarEntry, len(found))
	for i, e := range found {
		entries[i] = reports.CalendarEntry(e)
	}
	file, err := reports.Calendar("Earmark: "+who(c).Name, entries)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(file)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", "private, no-cache")
	for _, t := range strings.Split(c.GetHeader("If-None-Match"), ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			c.Status(http.StatusNotModified)
			c.Writer.WriteHeaderNow()
			return nil
		}
	}
	c.Data(http.StatusOK, reports.CalendarType, file)
	return nil
}
