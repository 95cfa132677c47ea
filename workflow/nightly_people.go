package workflow

import "earmark/models"

// unlockReminder is how often, in days, the office is reminded of a request that waits.
const unlockReminder = 3

// remindPeople tells of requests that wait and of roles that begin and end.
func (run *nightRun) remindPeople(morning models.Date) error {
	waiting, err := run.night.RemindUnlocks(unlockReminder)
	if err != nil {
		return err
	}
	ends, err := run.night.RemindDelegations(string(morning))
	run.sum.Notices += waiting + ends
	return err
}
