package store

import "earmark/models"

// NightMail says that holders of a role hear of a rule's flags, and why.
type NightMail struct {
	RulesYearID string
	Rule        string
	Role        models.Role
	Position    int  // of the role in the rule: a person who holds several hears under the first
	Local       bool // the role is held for one district
	Why         string
	Fix         string // what the person should do; "" when there is nothing
	Title       string // of the rule
	Every       int    // days after which flags that stand open are told again, all on one night; 0: never
}

// NightReminder asks for a notice about something due on a day.
type NightReminder struct {
	GrantYearID string
	Code        string
	OfAgreement bool
	OnlyUnspent bool
	YearEnd     string      // as in NightDue
	DueOn       models.Date // "" with CountsFrom
	CountsFrom  models.Date // reminds by the day from which items count: those of that day
	Words       string      // "Due today", "Due in 7 days", "Day 75"
}

// NightRecordReminder asks for a notice about records of a kind that are not handed in and
// due on a day.
type NightRecordReminder struct {
	GrantYearID string
	RecordKind  string
	Title       string
	DueOn       models.Date
	Words       string // "today", "in 7 days"
}

// NightWindow asks for a notice to every district with an allocation.
type NightWindow struct {
	GrantYearID string
	Event       string
	Code        string
	Title       string
	Detail      string
}

// Everybody who can be told, by district (or "" for the office) and role. The liaison is
// the one of the district, not every holder of that role.
const nightPeople = `CREATE TEMP TABLE night_people AS
	SELECT CASE WHEN r.role IN ('district_preparer','authorized_official') THEN r.organization_id ELSE '' END AS organization_id, r.role, r.user_id
	FROM user_roles r JOIN users u ON u.id = r.user_id AND u.status = 'active' WHERE r.role <> 'pal'
	UNION SELECT o.id, 'pal', u.id FROM organizations o JOIN users u ON u.id = o.pal_user_id AND u.status = 'active'
	UNION SELECT CASE WHEN d.role IN ('district_preparer','authorized_official') THEN d.organization_id ELSE '' END, d.role, d.to_user_id
	FROM delegations d JOIN users u ON u.id = d.to_user_id AND u.status = 'active'
	WHERE d.role <> 'pal' AND d.starts_at <= @now AND d.ends_at > @now AND d.revoked_on IS NULL
	UNION SELECT o.id, 'pal', d.to_user_id FROM organizations o JOIN delegations d ON d.from_user_id = o.pal_user_id AND d.role = 'pal'
		AND d.starts_at <= @now AND d.ends_at > @now AND d.revoked_on IS NULL JOIN users u ON u.id = d.to_user_id AND u.status = 'active'`

// noticesFrom inserts notices from rows (seed, user_id, event, subject_kind, subject_id,
// organization_id, title, detail, why): at most one per seed and person, and none that was
// written before. The identifier is made of the seed, so repeating changes nothing.
func noticesFrom(rows string) string { return newNotices(rows) + " ON CONFLICT DO NOTHING" }

// newNotices is noticesFrom for what cannot have been told before.
func newNotices(rows string) string {
	return `INSERT INTO notices (id, user_id, event, subject_kind, subject_id, organization_id, title, detail, why, for_date, created_at)
	SELECT UUID(label), user_id, event, subject_kind, subject_id, organization_id, title, detail, why, @date, @now
	FROM (SELECT t.*, seed || ':' || user_id AS label,
		row_number() OVER (PARTITION BY seed, user_id ORDER BY position) AS choice FROM (` + rows + `) t) s WHERE choice = 1`
}

// Reminders count from a Sunday, so that with whole weeks they are read on Monday morning:
// one mail about all that stands open, instead of one for each flag on a day of its own.
const reminderSunday = "'2000-01-02'"

// TellFlags writes the notices of the changes that ApplyFlags made, and reminds of flags
// that stand open every so many days. It returns how many.
func (n *Night) TellFlags(mails []NightMail) (int64, error) {
	err := n.run(`CREATE TEMP TABLE night_mail (rules_year_id TEXT, rule TEXT, role TEXT, position BIGINT, local BOOLEAN, why TEXT, fix TEXT, title TEXT, every BIGINT)`)
	if err == nil {
		err = n.run(nightPeople)
	}
	if err != nil || len(mails) == 0 {
		return 0, err
	}
	if err := n.tx.g.Table("night_mail").Create(&mails).Error; err != nil {
		return 0, translate(err)
	}
	total, err := n.count(newNotices(`SELECT 'flag:' || c.flag_id || ':' || CAST(c.version AS TEXT) AS seed, p.user_id, m.position,
			CASE c.step WHEN 'open' THEN 'flag.opened' WHEN 'worsen' THEN 'flag.worsened' WHEN 'reopen' THEN 'flag.reopened' ELSE 'flag.resolved' END AS event,
			'flag' AS subject_kind, c.flag_id AS subject_id, c.organization_id, c.title,
			c.detail || CASE WHEN c.step = 'resolve' THEN '' ELSE m.fix END AS detail, m.why
		FROM night_changes c JOIN night_mail m ON m.rules_year_id = c.rules_year_id AND m.rule = c.rule
		JOIN night_people p ON p.role = m.role AND p.organization_id = CASE WHEN m.local THEN c.organization_id ELSE '' END`))
	if err != nil {
		return 0, err
	}
	again, err := n.count(noticesFrom(`SELECT 'still:' || f.id || ':' || @date AS seed, p.user_id, m.position, 'flag.reminder' AS event, 'flag' AS subject_kind,
			f.id AS subject_id, f.organization_id, m.title || ', since ' || f.first_seen AS title, f.detail || m.fix AS detail, m.why
		FROM flags f JOIN night_found x ON x.grant_year_id = f.grant_year_id AND x.rule = f.rule AND x.subject = f.subject
		JOIN night_mail m ON m.rules_year_id = x.rules_year_id AND m.rule = x.rule
		JOIN night_people p ON p.role = m.role AND p.organization_id = CASE WHEN m.local THEN f.organization_id ELSE '' END
		WHERE f.status = 'open' AND DAYS(@date; ` + reminderSunday + `) % NULLIF(m.every, 0) = 0 AND 2 * DAYS(@date; f.changed_on) >= m.every`))
	return total + again, err
}

// Remind writes notices about what is due soon, once for each day of the definition's list.
func (n *Night) Remind(reminders []NightReminder) (int64, error) {
	if len(reminders) == 0 {
		return 0, nil
	}
	err := n.run(`CREATE TEMP TABLE night_reminders (grant_year_id TEXT, code TEXT, of_agreement BOOLEAN, only_unspent BOOLEAN, year_end TEXT, due_on TEXT, counts_from TEXT, words TEXT)`)
	if err != nil {
		return 0, err
	}
	if err := n.tx.g.Table("night_reminders").Create(&reminders).Error; err != nil {
		return 0, translate(err)
	}
	return n.count(noticesFrom(`SELECT 'due:' || i.id || ':' || i.due_on || ':' || m.words AS seed, p.user_id,
			CASE p.role WHEN 'authorized_official' THEN 1 WHEN 'district_preparer' THEN 2 ELSE 3 END AS position,
			'due.soon' AS event, 'due_item' AS subject_kind, i.id AS subject_id, i.organization_id,
			m.words || ': ' || i.title AS title, i.title || ' is due on ' || i.due_on || ' (' || i.citation || ').' AS detail,
			CASE p.role WHEN 'pal' THEN 'You are the liaison of this district.' WHEN 'authorized_official' THEN 'You are authorized official of this district.'
				ELSE 'You are district preparer of this district.' END AS why
		FROM night_reminders m JOIN due_items i ON i.code = m.code AND (i.due_on = m.due_on OR i.counts_from = m.counts_from) AND i.done_on IS NULL
			AND ((m.of_agreement AND i.grant_year_id = '') OR (NOT m.of_agreement AND i.grant_year_id = m.grant_year_id))
		JOIN night_people p ON p.organization_id = i.organization_id
		LEFT JOIN night_apps a ON a.grant_year_id = i.grant_year_id AND a.organization_id = i.organization_id
		WHERE ` + owedBy("m")))
}

// RemindRecords writes notices about drafts that are due: for those who can hand them in.
func (n *Night) RemindRecords(r NightRecordReminder) (int64, error) {
	n.binds["year"], n.binds["kind"], n.binds["title"], n.binds["due"], n.binds["words"] = r.GrantYearID, r.RecordKind, r.Title, r.DueOn, r.Words
	return n.count(noticesFrom(`SELECT 'record:' || x.id || ':' || x.due_on || ':' || @words AS seed, p.user_id,
			CASE p.role WHEN 'authorized_official' THEN 1 WHEN 'district_preparer' THEN 2 ELSE 3 END AS position,
			'record.due' AS event, 'record' AS subject_kind, x.id AS subject_id, x.organization_id,
			'Due ' || @words || ': ' || @title || ' ' || x.reference AS title, @title || ' ' || x.reference || ' is due on ' || x.due_on || ' and is not handed in.' AS detail,
			CASE p.role WHEN 'pal' THEN 'You are the liaison of this district.' WHEN 'authorized_official' THEN 'You are authorized official of this organization.'
				ELSE 'You are preparer of this organization.' END AS why
		FROM records x JOIN night_people p ON p.organization_id = x.organization_id AND p.role IN ('authorized_official','district_preparer','pal')
		WHERE x.grant_year_id = @year AND x.kind = @kind AND x.status IN ('draft','returned') AND x.due_on = @due`))
}

// Announce tells the districts with a published allocation of a window.
func (n *Night) Announce(w NightWindow) (int64, error) {
	n.binds["year"], n.binds["event"], n.binds["code"], n.binds["title"], n.binds["detail"] = w.GrantYearID, w.Event, w.Code, w.Title, w.Detail
	return n.count(noticesFrom(`SELECT 'window:' || @event || ':' || @code || ':' || g.id || ':' || l.organization_id AS seed, p.user_id,
			CASE p.role WHEN 'authorized_official' THEN 1 ELSE 2 END AS position, CAST(@event AS TEXT) AS event, 'grant_year' AS subject_kind, g.id AS subject_id,
			l.organization_id, CAST(@title AS TEXT) AS title, CAST(@detail AS TEXT) AS detail,
			'Your district has an allocation of this grant.' AS why
		FROM grant_years g JOIN allocations l ON l.run_id = g.published_run_id
		JOIN night_people p ON p.organization_id = l.organization_id AND p.role <> 'pal' WHERE g.id = @year`))
}
