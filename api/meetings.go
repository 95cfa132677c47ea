package api

import (
	"strings"

	"earmark/models"
	"earmark/workflow"
)

type meetingBody struct {
	ID             string      `json:"id"`
	AgreementID    string      `json:"agreement_id"`
	OrganizationID string      `json:"organization_id"`
	Status         string      `json:"status"`
	MeetsOn        models.Date `json:"meets_on"`
	StartsAt       *string     `json:"starts_at"`
	EndsAt         *string     `json:"ends_at"`
	Place          *string     `json:"place"`
	Attendees      *string     `json:"attendees"`
	Notes          *string     `json:"notes"`
	ActionCount    int         `json:"action_count"`
	CreatedBy      string      `json:"created_by"`
	Version        int64       `json:"version"`
	Available      []offerBody `json:"available_transitions"`
}

func meeting(who models.Actor, m models.Meeting) meetingBody {
	return meetingBody{m.ID, m.AgreementID, m.OrganizationID, string(m.Status), m.MeetsOn, opt(m.StartsAt), opt(m.EndsAt), opt(m.Place), opt(m.Attendees), opt(m.Notes),
		m.ActionCount, m.CreatedBy, m.Version, offers(who, &m)}
}

type meetingDetailBody struct {
	meetingBody
	Agenda  []models.AgendaItem `json:"agenda"`
	Actions []actionBody        `json:"actions"`
}

func meetingDetail(who models.Actor, m workflow.MeetingDetail) meetingDetailBody {
	body := meetingDetailBody{meeting(who, m.Meeting), m.Items, []actionBody{}}
	for _, a := range m.Actions {
		body.Actions = append(body.Actions, actionOf(a))
	}
	return body
}

type actionBody struct {
	ID             string       `json:"id"`
	MeetingID      string       `json:"meeting_id"`
	AgreementID    string       `json:"agreement_id"`
	OrganizationID string       `json:"organization_id"`
	Number         int          `json:"number"`
	Text           string       `json:"text"`
	OwnerID        string       `json:"owner_id"`
	DueOn          models.Date  `json:"due_on"`
	Status         string       `json:"status"`
	DoneOn         *models.Date `json:"done_on"`
	Comment        *string      `json:"comment"`
}

func actionOf(a models.MeetingAction) actionBody {
	return actionBody{a.ID, a.MeetingID, a.AgreementID, a.OrganizationID, a.Number, a.Text, a.OwnerID, a.DueOn, string(a.Status), opt(a.DoneOn), opt(a.Comment)}
}

type actionStandingBody struct {
	actionBody
	DaysLate int `json:"days_late"`
}

func actionStanding(_ models.Actor, a workflow.ActionStanding) actionStandingBody {
	return actionStandingBody{actionOf(a.MeetingAction), a.DaysLate}
}

type nextMeetingBody struct {
	AgreementID    string              `json:"agreement_id"`
	OrganizationID string              `json:"organization_id"`
	On             models.Date         `json:"on"`
	PlannedID      *string             `json:"planned_meeting_id"`
	LastHeldOn     *models.Date        `json:"last_held_on"`
	DaysLate       int                 `json:"days_late"`
	Why            string              `json:"why"`
	Agenda         []suggestedItemBody `json:"agenda"`
}

type suggestedItemBody struct {
	Code      string `json:"code"`
	Title     string `json:"title"`
	Why       string `json:"why"`
	AboutKind string `json:"about_kind"`
	AboutID   string `json:"about_id"`
}

func nextMeeting(_ models.Actor, n workflow.NextMeeting) nextMeetingBody {
	body := nextMeetingBody{n.AgreementID, n.OrganizationID, n.On, opt(n.PlannedID), opt(n.LastHeldOn), n.DaysLate, n.Why, []suggestedItemBody{}}
	for _, x := range n.Agenda {
		body.Agenda = append(body.Agenda, suggestedItemBody(x))
	}
	return body
}

type meetingOwnersBody struct {
	AgreementID string       `json:"agreement_id"`
	Items       []personBody `json:"items"`
}

type personBody struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

func meetingOwners(_ models.Actor, o workflow.AgreementOwners) meetingOwnersBody {
	body := meetingOwnersBody{o.AgreementID, make([]personBody, len(o.People))}
	for i, u := range o.People {
		body.Items[i] = personBody{u.ID, u.Name}
	}
	return body
}

type supportBody struct {
	ID             string      `json:"id"`
	AgreementID    string      `json:"agreement_id"`
	OrganizationID string      `json:"organization_id"`
	Tier           int         `json:"tier"`
	Title          string      `json:"title"`
	FocusAreas     []string    `json:"focus_areas"`
	Reason         string      `json:"reason"`
	FromOn         models.Date `json:"from_on"`
	Current        bool        `json:"current"`
	AssignedBy     string      `json:"assigned_by"`
	Version        int64       `json:"version"`
}

func support(_ models.Actor, d workflow.SupportView) supportBody {
	return supportBody{d.ID, d.AgreementID, d.OrganizationID, d.Tier, d.Title, strings.Fields(d.FocusAreas), d.Reason, d.FromOn, d.Current, d.AssignedBy, d.Version}
}
