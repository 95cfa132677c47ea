package demo

import (
	"earmark/models"
	"earmark/workflow"
)

// OfficeCounts is what goes on around the documents.
type OfficeCounts struct {
	YearEndReports map[string]int `json:"year_end_reports"` // by report and status
	Returns        int            `json:"returns"`          // of money
	Releases       int            `json:"releases"`
	Delegations    map[string]int `json:"delegations"`
	UnlockRequests map[string]int `json:"unlock_requests"`
	Attachments    map[string]int `json:"attachments"` // by kind of document
}

func (c *counting) office() error {
	reports, err := every(func(after string) ([]models.YearEndReport, error) {
		return c.s.YearEndReports(c.ctx, reader, workflow.ListYearEndReports{After: after, Limit: workflow.MaxPage})
	}, func(r models.YearEndReport) string { return r.ID })
	if err != nil {
		return err
	}
	c.Office.YearEndReports = by(reports, func(r models.YearEndReport) string { return r.Report + " " + string(r.Status) })
	releases, err := c.s.AllocationReleases(c.ctx, reader, workflow.ListAllocationReleases{Limit: workflow.MaxPage})
	if err != nil {
		return err
	}
	c.Office.Releases = len(releases)
	delegations, err := c.s.Delegations(c.ctx, reader, workflow.ListDelegations{Limit: workflow.MaxPage})
	if err != nil {
		return err
	}
	c.Office.Delegations = by(delegations, func(d workflow.DelegationView) string { return string(d.State) })
	asked, err := c.s.UnlockRequests(c.ctx, reader, workflow.ListUnlockRequests{Limit: workflow.MaxPage})
	if err != nil {
		return err
	}
	c.Office.UnlockRequests = by(asked, func(u workflow.UnlockRequestView) string { return string(u.Status) })
	files, err := c.s.Attachments(c.ctx, reader, workflow.ListAttachments{Limit: workflow.MaxPage})
	c.Office.Attachments = by(files, func(a models.Attachment) string { return a.DocumentKind })
	return err
}
