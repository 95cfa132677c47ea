package models

// Strategy is how a goal of an agreement is to be reached. Strategies and activities may
// change while the agreement is in force; goals and targets may not.
type Strategy struct {
	ID          string
	AgreementID string
	GoalID      string
	Number      int // unique in the agreement
	Title       string
	Reference   string // of the improvement plan or its library of strategies
	Dropped     bool   // stays readable
}

// ActivityStatus says how far an activity is.
type ActivityStatus string

// The states of an activity.
const (
	ActivityPlanned  ActivityStatus = "planned"
	ActivityUnderWay ActivityStatus = "under_way"
	ActivityDone     ActivityStatus = "done"
	ActivityDropped  ActivityStatus = "dropped" // stays readable
)

// Activity is one thing that a strategy does.
type Activity struct {
	ID          string
	AgreementID string
	StrategyID  string
	Number      int // unique in the agreement
	Title       string
	Responsible string // who sees to it
	StartsOn    Date
	EndsOn      Date
	Status      ActivityStatus
	Funded      bool // money of the program is planned for it

	TargetIDs []string `gorm:"-"` // that it serves: activity_targets
}

// ActivityTarget says that an activity serves a target.
type ActivityTarget struct {
	ActivityID string
	TargetID   string
}
