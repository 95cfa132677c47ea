package workflow

import (
	"earmark/models"
	"earmark/workflow/machine"
)

// StatusDone is an action of a meeting that was done. StatusHeld is also that of a meeting.
const StatusDone models.State = "done"

type meetingFacts struct {
	future bool // the day of the meeting has not come
}

// Meetings is the life of a meeting.
var Meetings = machine.Table[meetingFacts]{
	Document: "meeting",
	States: []machine.State{
		{Name: "planned", Means: "Will be held; both sides put items on its agenda."},
		{Name: "held", Means: "Was held; notes and actions are kept.", Final: true},
		{Name: "cancelled", Means: "Was not held.", Final: true},
	},
	Transitions: []machine.Transition[meetingFacts]{
		{On: "create", To: "planned", Roles: rolesOf(WriteMeeting), Notify: "authorized officials, preparers", Means: "Plan a meeting about an agreement."},
		{On: "hold", From: from(StatusPlanned), To: "held", Roles: rolesOf(WriteMeeting), Rules: []machine.Rule[meetingFacts]{{Name: "its day has come", Check: func(f meetingFacts) error {
			if f.future {
				return models.Field("/held_on", "future", "The day lies in the future.", "Hold the meeting first, or give the day on which it was held.")
			}
			return nil
		}}}, Means: "Say that it was held."},
		{On: "cancel", From: from(StatusPlanned), To: "cancelled", Roles: rolesOf(WriteMeeting), Comment: true, Notify: "authorized officials, preparers", Means: "Say that it will not be held."},
	},
}
