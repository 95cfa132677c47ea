package store

// NightMissing is a target that owes results.
type NightMissing struct {
	RulesYearID    string // the year whose definition watches it
	TargetID       string
	OrganizationID string
	Days           int    // since the first had to be reported
	Missing        int    // how many
	ReportBy       string // last day of the first
	Target         string // what it says, in words
	Window         string // of the first
}

// OweResults tells the night which targets owe results. A to D and the texts of a finding:
// A: how many are missing; T1: the target, T2: the window of the first, T3: its last day.
func (n *Night) OweResults(rows []NightMissing) error {
	if err := n.run(`CREATE TEMP TABLE night_missing (rules_year_id TEXT, target_id TEXT, organization_id TEXT, days BIGINT, missing BIGINT,
		report_by TEXT, target TEXT, window_name TEXT)`); err != nil {
		return err
	}
	args := make([][]any, len(rows))
	for i, r := range rows {
		args[i] = []any{r.RulesYearID, r.TargetID, r.OrganizationID, r.Days, r.Missing, r.ReportBy, r.Target, r.Window}
	}
	return n.tx.insertRows("night_missing", []string{"rules_year_id", "target_id", "organization_id", "days", "missing", "report_by", "target", "window_name"}, "", args)
}

const resultMissing = found + `'', m.rules_year_id, ` + byRule + `, m.target_id, m.organization_id, '', '',
			m.days, 0, m.missing, 0, 0, 0, m.target, m.window_name, m.report_by
		FROM night_missing m JOIN night_rules r ON r.grant_year_id = m.rules_year_id AND r.check_name = 'result_missing'`
