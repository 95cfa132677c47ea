package machine

// Description is a table as data: for clients, pages and checks.
type Description struct {
	Document string
	States   []State
	Steps    []Step
}

// Step is a transition as data. From is empty for a creation.
type Step struct {
	Event   string
	From    []string
	To      string
	Roles   []string
	Rules   []string
	Comment bool // a reason is required
	Tells   string
	Means   string
}

// Describe gives the table as data.
func (t Table[F]) Describe() Description {
	d := Description{Document: t.Document, States: t.States}
	for _, tr := range t.Transitions {
		d.Steps = append(d.Steps, Step{tr.On, tr.From, tr.To, tr.Roles, ruleNames(tr), tr.Comment, tr.Notify, tr.Means})
	}
	return d
}
