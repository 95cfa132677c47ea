package programs

// What makes something due only while money is left.
const (
	WhenUnspent          = "unspent"             // now
	WhenUnspentAtYearEnd = "unspent_at_year_end" // at the last year end before the day
)

// OnlyUnspent reports what is due only while money that was paid is not spent.
func (rule DueDate) OnlyUnspent() bool {
	return rule.When == WhenUnspent || rule.When == WhenUnspentAtYearEnd
}
