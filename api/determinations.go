package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type determinationRunBody struct {
	ID           string          `json:"id"`
	GrantYearID  string          `json:"grant_year_id"`
	ProgramCode  string          `json:"program_code"`
	FactsYear    int             `json:"facts_year"`
	Number       int             `json:"number"`
	Label        string          `json:"label"`
	Status       string          `json:"status"`
	ResultCount  int             `json:"result_count"`
	LevelCounts  json.RawMessage `json:"level_counts"`
	InputHash    string          `json:"input_hash"`
	RulesVersion string          `json:"rules_version"`
	CreatedBy    string          `json:"created_by"`
	CreatedAt    time.Time       `json:"created_at"`
	PreviewedAt  *time.Time      `json:"previewed_at"`
	PublishedAt  *time.Time      `json:"published_at"`
	PublishedBy  *string         `json:"published_by"`
	Version      int64           `json:"version"`
	Available    []offerBody     `json:"available_transitions"`
}

func determinationRun(who models.Actor, r models.DeterminationRun) determinationRunBody {
	return determinationRunBody{r.ID, r.GrantYearID, r.ProgramCode, r.FactsYear, r.Number, r.Label, string(r.Status), r.ResultCount, kept(r.LevelCounts),
		r.InputHash, r.RulesVersion, r.CreatedBy, r.CreatedAt, r.PreviewedAt, r.PublishedAt, r.PublishedBy, r.Version, offers(who, &r)}
}

// determinedBody is what was determined, the same for the public and for those it is about.
type determinedBody struct {
	County     string  `json:"county"`
	Code       string  `json:"code"`
	Name       string  `json:"name"`
	Subtype    *string `json:"subtype"`
	Level      int     `json:"level"`
	LevelTitle string  `json:"level_title"`
	Provider   *string `json:"provider"`
}

func determinedAs(d models.DeterminationResult) determinedBody {
	return determinedBody{d.County, d.Code, d.Name, opt(d.Subtype), d.Level, d.LevelTitle, opt(d.Provider)}
}

type determinationResultBody struct {
	ID             string `json:"id"`
	RunID          string `json:"run_id"`
	OrganizationID string `json:"organization_id"`
	determinedBody
}

func determinationResult(_ models.Actor, d models.DeterminationResult) determinationResultBody {
	return determinationResultBody{d.ID, d.RunID, d.OrganizationID, determinedAs(d)}
}

type determinationDetailBody struct {
	determinationResultBody
	Note           *string         `json:"note"`
	FactsYear      int             `json:"facts_year"`
	RunStatus      string          `json:"run_status"`
	Report         json.RawMessage `json:"report"`
	Determinations json.RawMessage `json:"determinations"`
}

func determinationDetail(who models.Actor, d workflow.DeterminationDetail) determinationDetailBody {
	return determinationDetailBody{determinationResult(who, d.DeterminationResult), opt(d.Note), d.Run.FactsYear, string(d.Run.Status), kept(d.Report), kept(d.Detail)}
}

// publicReportBody is the public report as JSON: organizations, and no people.
type publicReportBody struct {
	Program     string          `json:"program"`
	Title       string          `json:"title"`
	Citation    string          `json:"citation"`
	Year        int             `json:"year"`
	Run         int             `json:"run"`
	PublishedAt time.Time       `json:"published_at"`
	Items       []publicRowBody `json:"items"`
}

type publicRowBody struct {
	determinedBody
	Note   *string         `json:"note"`
	Report json.RawMessage `json:"report"`
}

// publicLineBody is a row of the public report as CSV: groups and years in words.
type publicLineBody struct {
	Year int `json:"year"`
	determinedBody
	Because  string `json:"because"`
	Groups   string `json:"groups"`
	YearsMet string `json:"years_met"`
}

// publicDeterminations is what is published of a program, for anybody.
func (a *API) publicDeterminations(c *gin.Context) error {
	if err := a.gate.Auth.PublicRead(c.ClientIP()); err != nil {
		return err
	}
	q := queryOf(c)
	year, county := q.number("year"), q.text("county")
	if err := q.end(); err != nil {
		return err
	}
	r, err := a.s.PublicDeterminations(c.Request.Context(), c.Param("code"), year, county)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "public, max-age=300")
	c.Header("Vary", "Accept")
	tag := fmt.Sprintf(`W/"%s-%d"`, r.Run.ID, r.Run.Version)
	c.Header("ETag", tag)
	if c.GetHeader("If-None-Match") == tag {
		c.Status(http.StatusNotModified)
		c.Writer.WriteHeaderNow()
		return nil
	}
	if as := wants(c); as != asJSON {
		return publicLines(c, as, r)
	}
	body := publicReportBody{r.Run.ProgramCode, r.Title, r.Citation, r.Run.FactsYear, r.Run.Number, *r.Run.PublishedAt, make([]publicRowBody, len(r.Rows))}
	for i, d := range r.Rows {
		body.Items[i] = publicRowBody{determinedAs(d), opt(d.Note), kept(d.Report)}
	}
	return answer(c, http.StatusOK, body, nil)
}

func publicLines(c *gin.Context, as string, r workflow.PublicDeterminations) error {
	lines := make([]publicLineBody, len(r.Rows))
	for i, d := range r.Rows {
		var report workflow.DeterminationReport
		if err := json.Unmarshal([]byte(d.Report), &report); err != nil {
			return err
		}
		lines[i] = publicLineBody{r.Run.FactsYear, determinedAs(d), report.Because, report.Words(), report.YearWords()}
	}
	load := func(workflow.Page) ([]publicLineBody, error) { taken := lines; lines = nil; return taken, nil }
	return export(c, as, "", load, func(publicLineBody) string { return "" }, same)
}
