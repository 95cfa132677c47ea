package api

import (
	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type workItemBody struct {
	Work           string  `json:"work"`
	DocumentKind   string  `json:"document_kind"`
	DocumentID     string  `json:"document_id"`
	OrganizationID *string `json:"organization_id"`
	Title          string  `json:"title"`
	Ends           bool    `json:"ends"`
	Stays          bool    `json:"stays"`
	ToUserID       *string `json:"to_user_id"`
	Refused        *string `json:"refused"`
}

func workItem(x workflow.WorkItem) workItemBody {
	return workItemBody{x.Work, x.DocumentKind, x.DocumentID, opt(x.OrganizationID), x.Title, x.Ends, x.Stays, opt(x.ToUserID), opt(x.Refused)}
}

type handoverBody struct {
	UserID  string         `json:"user_id"`
	Status  string         `json:"status"`
	DryRun  bool           `json:"dry_run"`
	Items   []workItemBody `json:"items"`
	Version int64          `json:"version"`
}

func handover(_ models.Actor, h workflow.HandoverView) handoverBody {
	body := handoverBody{h.ID, string(h.Status), h.DryRun, []workItemBody{}, h.Version}
	for _, x := range h.Items {
		body.Items = append(body.Items, workItem(x))
	}
	return body
}

// openWork answers what hangs on a person.
func (a *API) openWork(c *gin.Context) error {
	rows, err := a.s.OpenWork(c.Request.Context(), who(c), c.Param("id"))
	return all(c, queryOf(c), rows, err, workItem)
}
