package api

import (
	"time"

	"github.com/gin-gonic/gin"

	"earmark/workflow"
)

type factSummaryBody struct {
	Year          int       `json:"year"`
	Name          string    `json:"name"`
	Source        string    `json:"source"`
	Facts         int       `json:"facts"`
	Organizations int       `json:"organizations"`
	ImportID      string    `json:"import_id"`
	ImportedAt    time.Time `json:"imported_at"`
	FileName      *string   `json:"file_name"`
}

// factSummaries says what is known, by year, name and source, and how fresh it is.
func (a *API) factSummaries(c *gin.Context) error {
	var in workflow.ListFactSummaries
	q := queryOf(c)
	filters(q, &in)
	if err := q.end(); err != nil {
		return err
	}
	rows, err := a.s.FactSummaries(c.Request.Context(), who(c), in)
	return all(c, q, rows, parameters(err), func(f workflow.FactSummary) factSummaryBody {
		return factSummaryBody{f.Year, f.Name, f.Source, f.Facts, f.Organizations, f.ImportID, f.ImportedAt, opt(f.FileName)}
	})
}
