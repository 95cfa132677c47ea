package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type expenditureBody struct {
	ID             string       `json:"id"`
	LineItemID     string       `json:"line_item_id"`
	ApplicationID  string       `json:"application_id"`
	GrantYearID    string       `json:"grant_year_id"`
	OrganizationID string       `json:"organization_id"`
	FunctionCode   string       `json:"function_code"`
	ObjectCode     string       `json:"object_code"`
	AmountCents    models.Cents `json:"amount_cents"`
	SpentOn        models.Date  `json:"spent_on"`
	PostedOn       models.Date  `json:"posted_on"`
	Vendor         string       `json:"vendor"`
	Invoice        string       `json:"invoice"`
	Memo           string       `json:"memo"`
	ReversesID     *string      `json:"reverses_id"`
	CommitmentID   *string      `json:"commitment_id"`
	ImportID       *string      `json:"import_id"`
	CreatedBy      string       `json:"created_by"`
	CreatedAt      time.Time    `json:"created_at"`
	Version        int64        `json:"version"`
}

func expenditure(_ models.Actor, x models.Expenditure) expenditureBody {
	return expenditureBody{x.ID, x.LineItemID, x.ApplicationID, x.GrantYearID, x.OrganizationID, x.FunctionCode, x.ObjectCode, x.AmountCents,
		x.SpentOn, x.PostedOn, x.Vendor, x.Invoice, x.Memo, x.ReversesID, x.CommitmentID, x.ImportID, x.CreatedBy, x.CreatedAt, x.Version}
}

type postedBody struct {
	expenditureBody
	LineItem standingBody `json:"line_item"`
}

func posted(who models.Actor, p workflow.PostedExpenditure) postedBody {
	return postedBody{expenditure(who, p.Expenditure), standing(who, p.Line)}
}

type expenditureImportBody struct {
	ID             string       `json:"id"`
	ApplicationID  string       `json:"application_id"`
	GrantYearID    string       `json:"grant_year_id"`
	OrganizationID string       `json:"organization_id"`
	Format         string       `json:"format"`
	FileName       string       `json:"file_name"`
	FileHash       string       `json:"file_hash"`
	RowCount       int          `json:"row_count"`
	PostedCount    int          `json:"posted_count"`
	RepeatedCount  int          `json:"repeated_count"`
	ExceptionCount int          `json:"exception_count"`
	PostedCents    models.Cents `json:"posted_cents"`
	CreatedBy      string       `json:"created_by"`
	CreatedAt      time.Time    `json:"created_at"`
	Version        int64        `json:"version"`

	Columns []workflow.LedgerColumn `json:"columns"` // empty when the headings say it themselves
}

func expenditureImport(_ models.Actor, i models.ExpenditureImport) expenditureImportBody {
	return expenditureImportBody{i.ID, i.ApplicationID, i.GrantYearID, i.OrganizationID, i.Format, i.FileName, i.FileHash, i.RowCount,
		i.PostedCount, i.RepeatedCount, i.ExceptionCount, i.PostedCents, i.CreatedBy, i.CreatedAt, i.Version, workflow.LedgerColumnsOf(i.Mapping)}
}

type importReportBody struct {
	Import     *expenditureImportBody `json:"import,omitempty"`
	DryRun     bool                   `json:"dry_run"`
	Repeated   bool                   `json:"repeated"`
	Counts     importCounts           `json:"counts"`
	Reasons    []reasonBody           `json:"reasons"`
	Exceptions []exceptionRow         `json:"exceptions"`
}

type importCounts struct {
	Rows        int          `json:"rows"`
	Posted      int          `json:"posted"`
	Repeated    int          `json:"repeated"`
	Exceptions  int          `json:"exceptions"`
	PostedCents models.Cents `json:"posted_cents"`
}

type reasonBody struct {
	Reason      string       `json:"reason"`
	Rows        int          `json:"rows"`
	AmountCents models.Cents `json:"amount_cents"`
}

// exceptionRow is a row of a file that cannot be posted: what an exception of the queue
// says, before it has an identifier.
type exceptionRow struct {
	RowNumber    int          `json:"row_number"`
	FunctionCode string       `json:"function_code"`
	ObjectCode   string       `json:"object_code"`
	SchoolCode   string       `json:"school_code"`
	AmountCents  models.Cents `json:"amount_cents"`
	SpentOn      *models.Date `json:"spent_on"`
	Vendor       string       `json:"vendor"`
	Invoice      string       `json:"invoice"`
	Memo         string       `json:"memo"`
	Reason       string       `json:"reason"`
	Detail       string       `json:"detail"`
}

func exceptionOf(x models.ImportException) exceptionRow {
	return exceptionRow{x.RowNumber, x.FunctionCode, x.ObjectCode, x.SchoolCode, x.AmountCents, opt(x.SpentOn), x.Vendor, x.Invoice, x.Memo, x.Reason, x.Detail}
}

// importExpenditures answers 201 for a file that was recorded, 200 after a dry run and for
// a file that was imported before.
func (a *API) importExpenditures(c *gin.Context) error {
	var in workflow.ImportExpenditures
	if err := request(c, &in); err != nil {
		return err
	}
	r, err := a.s.ImportExpenditures(c.Request.Context(), who(c), in)
	if err != nil {
		return err
	}
	body := importReportBody{nil, r.DryRun, r.Repeated,
		importCounts{r.Import.RowCount, r.Import.PostedCount, r.Import.RepeatedCount, r.Import.ExceptionCount, r.Import.PostedCents}, []reasonBody{}, []exceptionRow{}}
	for _, x := range r.Reasons {
		body.Reasons = append(body.Reasons, reasonBody{x.Reason, x.Rows, x.Cents})
	}
	for _, x := range r.Exceptions {
		body.Exceptions = append(body.Exceptions, exceptionOf(x))
	}
	status := http.StatusOK
	if !r.DryRun {
		made := expenditureImport(who(c), r.Import)
		body.Import = &made
		if !r.Repeated {
			status = http.StatusCreated
			c.Header("Location", base+"/expenditure_imports/"+r.Import.ID)
		}
	}
	return answer(c, status, body, nil)
}

type importExceptionBody struct {
	ID             string `json:"id"`
	ImportID       string `json:"import_id"`
	OrganizationID string `json:"organization_id"`
	ApplicationID  string `json:"application_id"`
	exceptionRow
	Status        string      `json:"status"`
	ExpenditureID *string     `json:"expenditure_id"`
	Comment       *string     `json:"comment"`
	Version       int64       `json:"version"`
	Available     []offerBody `json:"available_transitions"`
}

func importException(who models.Actor, x models.ImportException) importExceptionBody {
	return importExceptionBody{x.ID, x.ImportID, x.OrganizationID, x.ApplicationID, exceptionOf(x), string(x.Status), x.ExpenditureID, opt(x.Comment), x.Version, offers(who, &x)}
}

type periodReportBody struct {
	ID             string       `json:"id"`
	ApplicationID  string       `json:"application_id"`
	OrganizationID string       `json:"organization_id"`
	PeriodStart    models.Date  `json:"period_start"`
	PeriodEnd      models.Date  `json:"period_end"`
	NothingSpent   bool         `json:"nothing_spent"`
	SpentCents     models.Cents `json:"spent_cents"`
	Comment        *string      `json:"comment"`
	ReportedBy     string       `json:"reported_by"`
	ReportedOn     models.Date  `json:"reported_on"`
	Version        int64        `json:"version"`
}

func periodReport(_ models.Actor, p models.PeriodReport) periodReportBody {
	return periodReportBody{p.ID, p.ApplicationID, p.OrganizationID, p.PeriodStart, p.PeriodEnd, p.NothingSpent, p.SpentCents, opt(p.Comment), p.ReportedBy, p.ReportedOn, p.Version}
}
