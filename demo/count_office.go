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
	Meetings       map[string]int `json:"meetings"`
	Actions        map[string]int `json:"actions"`     // of meetings: overdue ones are not counted as open
	Tiers          map[string]int `json:"tiers"`       // of support, by what happened
	Assignments    map[string]int `json:"assignments"` // of the cohort that is assigned as a batch
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
	if err != nil {
		return err
	}
	c.Office.Attachments = by(files, func(a models.Attachment) string { return a.DocumentKind })
	return c.talks()
}

// talks counts what liaisons and districts met about, and how support began and changed.
func (c *counting) talks() error {
	meetings, err := c.s.Meetings(c.ctx, reader, workflow.ListMeetings{})
	if err != nil {
		return err
	}
	c.Office.Meetings = by(meetings, func(m models.Meeting) string { return string(m.Status) })
	actions, err := c.s.MeetingActions(c.ctx, reader, workflow.ListActions{})
	if err != nil {
		return err
	}
	c.Office.Actions = by(actions, func(a workflow.ActionStanding) string {
		if a.DaysLate > 0 {
			return "overdue"
		}
		return string(a.Status)
	})
	tiers, err := c.s.SupportAssignments(c.ctx, reader, workflow.ListSupport{})
	if err != nil {
		return err
	}
	before := map[string]int{}
	c.Office.Tiers = by(tiers, func(d workflow.SupportView) string {
		last, here := before[d.AgreementID]
		before[d.AgreementID] = d.Tier
		switch {
		case !here:
			return "first"
		case d.Tier > last:
			return "raised"
		}
		return "lowered"
	})
	districts, err := c.s.AgreementAssignments(c.ctx, reader, workflow.ListAgreementAssignments{ProgramCode: ProgramCode, FactsYear: identifiedFor, Cohort: cohortName})
	c.Office.Assignments = by(districts, func(d workflow.DistrictAssignment) string { return d.Result })
	return err
}
