package app

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"earmark/models"
	"earmark/reports"
	"earmark/workflow"
)

// AskedReport is a report asked for on the command line.
type AskedReport struct {
	Code         string
	GrantYear    string // mi-21h/2026, or an identifier
	Organization string // code of a recipient; "" for all
	Cohort       string
	On           string
	Year         int    // of facts; 0 for the one before the fiscal year
	Format       string // json, csv, xlsx, html, pdf
}

// WriteReport writes a report with the eyes of the system.
func (a *App) WriteReport(ctx context.Context, w io.Writer, in AskedReport) error {
	who := models.System("report")
	year, err := a.grantYear(ctx, who, in.GrantYear)
	if err != nil {
		return err
	}
	ask := workflow.GetReport{Code: in.Code, GrantYearID: year, Cohort: in.Cohort, On: models.Date(in.On), Year: in.Year}
	if in.Organization != "" {
		found, err := a.Service.Organizations(ctx, who, workflow.ListOrganizations{Search: in.Organization})
		if err != nil {
			return err
		}
		i := slices.IndexFunc(found, func(o models.Organization) bool { return o.Code == in.Organization && o.OrgKind != models.KindSchool })
		if i < 0 {
			return fmt.Errorf("there is no organization %q", in.Organization)
		}
		ask.OrganizationID = found[i].ID
	}
	r, err := a.Service.Report(ctx, who, ask)
	if models.KindOf(err) == models.NotFound {
		return fmt.Errorf("there is no report %q; there are %s", in.Code, strings.Join(ReportCodes(), ", "))
	}
	if err != nil {
		return err
	}
	r.MadeWith = a.cfg.Version
	kind := workflow.ReportKinds[slices.Index(ReportCodes(), in.Code)]
	if !slices.Contains(kind.Formats, in.Format) {
		return fmt.Errorf("the report %s is not given as %s; it is given as %s", in.Code, in.Format, strings.Join(kind.Formats, ", "))
	}
	return map[string]func(io.Writer, models.Report) error{"json": reports.WriteJSON, "csv": reports.WriteCSV, "xlsx": reports.WriteXLSX,
		"html": reports.WriteHTML, "pdf": reports.WritePDF}[in.Format](w, r)
}

// ReportCodes are the reports there are.
func ReportCodes() []string {
	codes := make([]string, len(workflow.ReportKinds))
	for i, k := range workflow.ReportKinds {
		codes[i] = k.Code
	}
	return codes
}
