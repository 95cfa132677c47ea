package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type organizationBody struct {
	ID        string  `json:"id"`
	Kind      string  `json:"kind"`
	Code      string  `json:"code"`
	Name      string  `json:"name"`
	Subtype   *string `json:"subtype"`
	ParentID  *string `json:"parent_id"`
	County    *string `json:"county"`
	PALUserID *string `json:"pal_user_id"`
	Version   int64   `json:"version"`
}

func organization(_ models.Actor, o models.Organization) organizationBody {
	return organizationBody{o.ID, string(o.OrgKind), o.Code, o.Name, opt(o.Subtype), o.ParentID, opt(o.County), o.PALUserID, o.Version}
}

type factBody struct {
	OrganizationID string `json:"organization_id"`
	Year           int    `json:"year"`
	Group          string `json:"group"`
	Name           string `json:"name"`
	Value          string `json:"value"`
	Source         string `json:"source"`
	ImportID       string `json:"import_id"`
}

type factImportBody struct {
	ID        string    `json:"id"`
	Content   string    `json:"content"`
	FileName  string    `json:"file_name"`
	FileHash  string    `json:"file_hash"`
	Source    string    `json:"source"`
	RowCount  int       `json:"row_count"`
	Added     int       `json:"added"`
	Changed   int       `json:"changed"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	Version   int64     `json:"version"`
}

func factImport(_ models.Actor, i models.FactImport) factImportBody {
	return factImportBody{i.ID, i.Content, i.FileName, i.FileHash, i.Source, i.RowCount, i.Added, i.Changed, i.CreatedBy, i.CreatedAt, i.Version}
}

type factReportBody struct {
	Import     *factImportBody `json:"import,omitempty"`
	Content    string          `json:"content"`
	DryRun     bool            `json:"dry_run"`
	Rows       int             `json:"rows"`
	New        int             `json:"new"`
	Changed    int             `json:"changed"`
	Unchanged  int             `json:"unchanged"`
	ErrorCount int             `json:"error_count"`
	Errors     []inputError    `json:"errors"`
	Message    string          `json:"message"`
}

// importFile answers the report of a file of organizations or facts: 201 when it is
// recorded, 200 after a dry run.
func importFile[In any](do command[In, workflow.FactImportReport]) handler {
	return func(c *gin.Context) error {
		var in In
		if err := request(c, &in); err != nil {
			return err
		}
		r, err := do(c.Request.Context(), who(c), in)
		if err != nil {
			return err
		}
		body := factReportBody{nil, r.Content, r.DryRun, r.Rows, r.New, r.Changed, r.Unchanged, r.ErrorCount, inputErrors(r.Errors), r.Message}
		status := http.StatusOK
		if r.Import != nil {
			made := factImport(who(c), *r.Import)
			body.Import, status = &made, http.StatusCreated
			c.Header("Location", base+"/fact_imports/"+r.Import.ID)
		}
		return answer(c, status, body, nil)
	}
}

type listFacts struct {
	OrganizationID string `json:"organization_id"`
	Year           int    `json:"year"`
	Name           string `json:"name"`
}

func (a *API) facts(c *gin.Context) error {
	var in listFacts
	q := queryOf(c)
	filters(q, &in)
	load := func(p workflow.Page) ([]models.Fact, error) {
		after, err := factAfter(p.After)
		if err != nil {
			return nil, err
		}
		rows, err := a.s.Facts(c.Request.Context(), who(c), workflow.ListFacts{OrganizationID: in.OrganizationID, Year: in.Year, Name: in.Name, After: after, Limit: p.Limit})
		return rows, parameters(err)
	}
	return pages(c, q, load, factKey, func(f models.Fact) factBody {
		return factBody{f.OrganizationID, f.Year, f.GroupCode, f.Name, f.Value, f.Source, f.ImportID}
	})
}

// factKey and factAfter are the two directions of a list of facts' cursor.
func factKey(f models.Fact) string {
	return f.OrganizationID + " " + strconv.Itoa(f.Year) + " " + f.GroupCode + " " + f.Name
}

func factAfter(key string) (models.Fact, error) {
	if key == "" {
		return models.Fact{}, nil
	}
	parts := strings.SplitN(key, " ", 4)
	if len(parts) == 4 {
		if year, err := strconv.Atoi(parts[1]); err == nil {
			return models.Fact{OrganizationID: parts[0], Year: year, GroupCode: parts[2], Name: parts[3]}, nil
		}
	}
	return models.Fact{}, malformed("malformed_parameter", "The parameter cursor is not one that this server gave. Start without it.")
}
