package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"earmark/models"
)

// answer writes a body as JSON, or the error.
func answer(c *gin.Context, status int, body any, err error) error {
	if err != nil {
		return err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if c.Writer.Header().Get("Cache-Control") == "" {
		c.Header("Cache-Control", "private, no-cache")
	}
	c.Data(status, "application/json; charset=utf-8", text)
	return nil
}

// document answers with a document and its ETag; a client that has this version already
// gets 304 and no body.
func document(c *gin.Context, status int, root models.Root, body any) error {
	c.Header("ETag", etag(root.Version))
	if c.Request.Method == http.MethodGet && noneMatch(c, root.Version) {
		c.Header("Cache-Control", "private, no-cache")
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return nil
	}
	return answer(c, status, body, nil)
}

// noneMatch reads If-None-Match: a list of ETags, or "*".
func noneMatch(c *gin.Context, version int64) bool {
	for _, tag := range strings.Split(c.GetHeader("If-None-Match"), ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == etag(version) || tag == "*" {
			return true
		}
	}
	return false
}

// done answers that there is nothing more to say.
func done(c *gin.Context, err error) error {
	if err == nil {
		c.Status(http.StatusNoContent)
		c.Writer.WriteHeaderNow()
	}
	return err
}

// opt is nil for "none": an empty text, date or identifier.
func opt[T ~string](v T) *T {
	if v == "" {
		return nil
	}
	return &v
}
