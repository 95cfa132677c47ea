package programs

import "earmark/models"

// Meetings is the rhythm in which the office and a recipient meet about an agreement.
type Meetings struct {
	Every         string `yaml:"every"`           // month or quarter, counted from the last meeting held
	Remind        []int  `yaml:"remind"`          // days before an action is due on which its owner is told
	RemindLateDay int    `yaml:"remind_late_day"` // an overdue action is told again every so many days; 0: never
	Basis         string `yaml:"basis"`
	Cite          string `yaml:"cite"`
}

// After is when the meeting after a day is held: one period later, on a working day.
func (m Meetings) After(day models.Date) models.Date {
	months := map[string]int{"month": 1, "quarter": 3}[m.Every]
	return workingDay(day.AddMonths(months))
}

// Workday is the day itself, or the Monday after a weekend.
func (Meetings) Workday(day models.Date) models.Date { return workingDay(day) }

// workingDay is the day itself, or the Monday after a weekend.
func workingDay(day models.Date) models.Date {
	for day.Weekend() {
		day = day.AddDays(1)
	}
	return day
}

// SupportTiers are how much support a recipient gets, and what it is about.
type SupportTiers struct {
	Tiers      []SupportTier `yaml:"tiers"`
	FocusAreas []FocusArea   `yaml:"focus_areas"`
	Basis      string        `yaml:"basis"`
	Cite       string        `yaml:"cite"`
}

// SupportTier is one tier: 1 is what everybody gets.
type SupportTier struct {
	Tier  int    `yaml:"tier"`
	Title string `yaml:"title"`
	Means string `yaml:"means"`
	Cite  string `yaml:"cite"`
}

// FocusArea is something that support is about.
type FocusArea struct {
	Code  string `yaml:"code"`
	Title string `yaml:"title"`
}

// First is the tier of everybody to whom no other was assigned.
func (s *SupportTiers) First() int { return s.Tiers[0].Tier }
