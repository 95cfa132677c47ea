package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type noticeBody struct {
	ID             string       `json:"id"`
	Event          string       `json:"event"`
	SubjectKind    string       `json:"subject_kind"`
	SubjectID      string       `json:"subject_id"`
	OrganizationID *string      `json:"organization_id"`
	Title          string       `json:"title"`
	Detail         string       `json:"detail"`
	Why            string       `json:"why"`
	ForDate        *models.Date `json:"for_date"`
	MailID         *string      `json:"mail_id"`
	ReadAt         *time.Time   `json:"read_at"`
	CreatedAt      time.Time    `json:"created_at"`
}

func notice(_ models.Actor, n models.Notice) noticeBody {
	return noticeBody{n.ID, n.Event, n.SubjectKind, n.SubjectID, opt(n.OrganizationID), n.Title, n.Detail, n.Why, opt(n.ForDate), mailOf(n), n.ReadAt, n.CreatedAt}
}

// mailOf is the mail that told of a notice; nil when none did.
func mailOf(n models.Notice) *string {
	if n.MailID == nil || *n.MailID == "" {
		return nil
	}
	return n.MailID
}

type markedBody struct {
	Marked int64 `json:"marked"`
	Unread int64 `json:"unread"`
}

// markNotices marks the actor's notices as read and says how many are left.
func (a *API) markNotices(c *gin.Context) error {
	var in workflow.MarkNotices
	if err := request(c, &in); err != nil {
		return err
	}
	n, err := a.s.MarkNoticesRead(c.Request.Context(), who(c), in)
	if err != nil {
		return err
	}
	left, err := a.s.UnreadCount(c.Request.Context(), who(c))
	return answer(c, http.StatusOK, markedBody{n, left}, err)
}
