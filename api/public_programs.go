package api

import (
	"github.com/gin-gonic/gin"

	"earmark/workflow"
)

type publicProgramBody struct {
	Code           string `json:"code"`
	Title          string `json:"title"`
	Citation       string `json:"citation"`
	FiscalYears    []int  `json:"fiscal_years"`
	Determinations []int  `json:"determination_years"`
}

// publicPrograms lists what is published, for anybody.
func (a *API) publicPrograms(c *gin.Context) error {
	if err := a.gate.Auth.PublicRead(c.ClientIP()); err != nil {
		return err
	}
	q := queryOf(c)
	if err := q.end(); err != nil {
		return err
	}
	rows, err := a.s.PublicPrograms(c.Request.Context())
	c.Header("Cache-Control", "public, max-age=300")
	c.Header("Vary", "Accept")
	return all(c, q, rows, err, func(p workflow.PublicProgram) publicProgramBody { return publicProgramBody(p) })
}
