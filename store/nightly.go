package store

import (
	"fmt"
	"regexp"
	"strings"

	"earmark/models"
)

// Night is one night's work inside a change: temporary tables and statements over them,
// one statement per result, and only rows that differ are written. The rules' numbers come
// from workflow; what is compared with what stands here, because it is SQL.
type Night struct {
	tx    *Tx
	date  models.Date
	binds map[string]any
}

// NightYear is an open grant year with what its definition asks for.
type NightYear struct {
	GrantYearID string
	PreviousOn  models.Date // the last night before this one, or none
	NextOn      models.Date // the first night after this one, when that was evaluated already
	EndsOn      models.Date
	DeadlineOn  models.Date
	RateOf      string // what the rate is spent over: paid, approved; otherwise the allocation
	// The last checkpoint that has passed, or none: MinimumBP is then -1.
	MinimumBP    models.BasisPoints
	CheckpointOn models.Date
	Checkpoint   string
	SlackBP      models.BasisPoints
	PercentBP    models.BasisPoints
	FloorCents   models.Cents
	CapCents     models.Cents // 0: none
}

// nightTables are dropped at both ends of a night: a connection outlives it.
var nightTables = []string{"night_years", "night_rules", "night_worksheets", "night_mail", "night_dues", "night_ledger", "night_lines", "night_unlinked", "night_moved",
	"night_apps", "night_early", "night_over", "night_missing", "night_found", "night_changes", "night_people", "night_reminders"}

// BeginNight must be the first thing a change does. On PostgreSQL it takes one snapshot for
// the whole night, so that ledger and running totals are compared at one instant, and holds
// off other changes of flags; on SQLite the transaction has the database to itself.
func (tx *Tx) BeginNight(date models.Date) (*Night, error) {
	n := &Night{tx: tx, date: date, binds: map[string]any{"date": string(date), "recent": string(date.AddDays(-RecentDays)), "now": tx.Now}}
	if tx.dialect == "postgres" {
		// Tables of this night have no statistics yet and are joined by equality: in memory, by
		// hashing, never row by row.
		for _, sql := range []string{"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "LOCK TABLE flags IN SHARE ROW EXCLUSIVE MODE",
			"SET LOCAL work_mem = '128MB'", "SET LOCAL enable_nestloop = off", "SET LOCAL jit = off"} {
			if err := n.run(sql); err != nil {
				return nil, err
			}
		}
	}
	if err := n.drop(); err != nil {
		return nil, err
	}
	return n, n.run(`CREATE TEMP TABLE night_years (grant_year_id TEXT PRIMARY KEY, previous_on TEXT, next_on TEXT, ends_on TEXT, deadline_on TEXT,
		rate_of TEXT, minimum_bp BIGINT, checkpoint_on TEXT, checkpoint TEXT, slack_bp BIGINT, percent_bp BIGINT, floor_cents BIGINT, cap_cents BIGINT)`)
}

// End removes the temporary tables.
func (n *Night) End() error { return n.drop() }

func (n *Night) drop() error {
	for _, t := range nightTables {
		if err := n.run("DROP TABLE IF EXISTS " + t); err != nil {
			return err
		}
	}
	return nil
}

var daysMacro = regexp.MustCompile(`DAYS\(([^;()]+);([^;()]+)\)`)
var uuidMacro = regexp.MustCompile(`UUID\(([a-z_.]+)\)`)
var hashMacro = regexp.MustCompile(`HASH\(([a-z_.]+)\)`)

// sql writes a statement in the dialect (reports do too): DAYS(a; b) is the number of days from b to a,
// HASH(x) the SHA-256 of a text in hex, UUID(x) an identifier made of it, GREATEST and LEAST take values that are not null.
func (n *Night) sql(text string) string { return dialectSQL(n.tx.dialect, text) }

func dialectSQL(dialect, text string) string {
	if dialect == "postgres" {
		text = daysMacro.ReplaceAllString(text, "(CAST($1 AS DATE) - CAST($2 AS DATE))")
		text = uuidMacro.ReplaceAllString(text, "CAST(CAST(overlay(overlay(substr(HASH($1), 1, 32) placing '8' from 13) placing '8' from 17) AS UUID) AS TEXT)")
		return hashMacro.ReplaceAllString(text, "encode(sha256(convert_to($1, 'UTF8')), 'hex')")
	}
	text = daysMacro.ReplaceAllString(text, "CAST(julianday($1) - julianday($2) AS INTEGER)")
	text = uuidMacro.ReplaceAllString(text, "earmark_uuid($1)")
	text = hashMacro.ReplaceAllString(text, "earmark_sha256($1)")
	return strings.NewReplacer("GREATEST(", "MAX(", "LEAST(", "MIN(").Replace(text)
}

func (n *Night) run(text string) error {
	_, err := n.count(text)
	return err
}

func (n *Night) count(text string) (int64, error) {
	var binds []any
	if strings.Contains(text, "@") {
		binds = append(binds, n.binds)
	}
	res := n.tx.g.Exec(n.sql(text), binds...)
	if res.Error != nil {
		return 0, fmt.Errorf("night of %s: %w", n.date, translate(res.Error))
	}
	return res.RowsAffected, nil
}

// analyze tells PostgreSQL how large a temporary table has become.
func (n *Night) analyze(table string) error {
	if n.tx.dialect != "postgres" {
		return nil
	}
	return n.run("ANALYZE " + table)
}

// RecentDays is how far back the recent pace of the forecast looks.
const RecentDays = 90

// EvaluatedNights are the nights around a date that a grant year already has ("" for none).
func (n *Night) EvaluatedNights(grantYearID string) (before, after models.Date, err error) {
	err = n.tx.g.Raw(`SELECT COALESCE(max(CASE WHEN as_of < @date THEN as_of END), ''), COALESCE(min(CASE WHEN as_of > @date THEN as_of END), '')
		FROM program_utilizations WHERE grant_year_id = @year`, map[string]any{"date": string(n.date), "year": grantYearID}).Row().Scan(&before, &after)
	return before, after, translate(err)
}

// Measure reads the ledger once and gathers every line and application of the years.
func (n *Night) Measure(years []NightYear) error {
	if err := n.tx.g.Table("night_years").Create(&years).Error; err != nil {
		return translate(err)
	}
	ids := make([]string, len(years))
	for i, y := range years {
		ids[i] = y.GrantYearID
	}
	n.binds["years"] = ids
	for _, step := range []string{nightLedger, nightLines} {
		if err := n.run(step); err != nil {
			return err
		}
	}
	if err := n.analyze("night_lines (line_item_id, application_id, version_id)"); err != nil {
		return err
	}
	for _, step := range []string{nightUnlinked, nightApps} {
		if err := n.run(step); err != nil {
			return err
		}
	}
	return n.analyze("night_apps")
}

// One pass over the ledger: what was spent as of the date, recently, first and last, by
// line and cell. total_cents is everything, to be held against the running totals.
const nightLedger = `CREATE TEMP TABLE night_ledger AS
	SELECT line_item_id, function_code, object_code, CAST(SUM(amount_cents) AS BIGINT) AS total_cents,
		CAST(COALESCE(SUM(amount_cents) FILTER (WHERE posted_on <= @date), 0) AS BIGINT) AS spent_cents,
		CAST(COALESCE(SUM(amount_cents) FILTER (WHERE spent_on > @recent AND posted_on <= @date), 0) AS BIGINT) AS recent_cents,
		MIN(spent_on) AS first_spent, MAX(posted_on) FILTER (WHERE posted_on <= @date) AS last_posted
	FROM expenditures WHERE grant_year_id IN @years
	GROUP BY line_item_id, function_code, object_code`

// The lines as of the date. Where nothing was approved since, that is how they stand;
// otherwise each line is as the last revision approved by then had it. touched tells the
// lines that can differ from the night before.
const nightLines = `CREATE TEMP TABLE night_lines AS
	WITH spent AS (
		SELECT line_item_id, CAST(SUM(total_cents) AS BIGINT) AS total_cents, CAST(SUM(spent_cents) AS BIGINT) AS spent_cents,
			CAST(SUM(recent_cents) AS BIGINT) AS recent_cents, MIN(first_spent) AS first_spent, MAX(last_posted) AS last_posted
		FROM night_ledger GROUP BY line_item_id),
	earlier AS (
		SELECT * FROM (
			SELECT v.line_item_id, v.id AS version_id, v.function_code, v.action, v.amount_cents,
				row_number() OVER (PARTITION BY v.line_item_id ORDER BY r.number DESC) AS latest
			FROM applications a JOIN revisions r ON r.application_id = a.id JOIN line_versions v ON v.revision_id = r.id
			WHERE a.approved_on > @date AND a.grant_year_id IN (SELECT grant_year_id FROM night_years)
				AND r.status = 'approved' AND r.decided_on <= @date AND v.decision <> 'denied') ranked
		WHERE latest = 1),
	standing AS (
		SELECT l.id, l.application_id, l.grant_year_id, l.organization_id, l.number, l.version_id, l.function_code, l.object_code,
			l.approved_on, CASE WHEN l.status = 'in_force' THEN 1 ELSE 0 END AS in_force, l.amount_cents, l.spent_cents, a.approved_on AS revised_on
		FROM line_items l JOIN applications a ON a.id = l.application_id
		WHERE l.status IN ('in_force','removed') AND a.approved_on <= @date
		UNION ALL
		SELECT l.id, l.application_id, l.grant_year_id, l.organization_id, l.number, e.version_id, e.function_code, l.object_code,
			l.approved_on, CASE WHEN e.action = 'remove' THEN 0 ELSE 1 END, e.amount_cents, l.spent_cents, a.approved_on
		FROM line_items l JOIN applications a ON a.id = l.application_id JOIN earlier e ON e.line_item_id = l.id
		WHERE a.approved_on > @date)
	SELECT t.id AS line_item_id, t.application_id, t.grant_year_id, t.organization_id, t.number, t.version_id, t.function_code, t.object_code,
		t.approved_on, t.in_force, CASE WHEN t.in_force = 1 THEN t.amount_cents ELSE 0 END AS amount_cents,
		COALESCE(s.spent_cents, 0) AS spent_cents, COALESCE(s.recent_cents, 0) AS recent_cents, s.first_spent, s.last_posted,
		t.spent_cents - COALESCE(s.total_cents, 0) AS drift_cents,
		CASE WHEN y.previous_on IS NULL OR s.last_posted >= y.previous_on OR t.revised_on >= y.previous_on THEN 1 ELSE 0 END AS touched
	FROM standing t JOIN night_years y ON y.grant_year_id = t.grant_year_id LEFT JOIN spent s ON s.line_item_id = t.id`

// A line serves a target when its version is linked to one that is not retired.
const nightUnlinked = `CREATE TEMP TABLE night_unlinked AS
	SELECT l.line_item_id, l.application_id, CASE
		WHEN EXISTS (SELECT 1 FROM line_links k WHERE k.line_version_id = l.version_id AND k.target_id <> '') THEN 'retired'
		WHEN EXISTS (SELECT 1 FROM line_links k WHERE k.line_version_id = l.version_id) THEN 'goal_only' ELSE 'none' END AS link
	FROM night_lines l
	WHERE l.in_force = 1 AND NOT EXISTS (SELECT 1 FROM line_links k JOIN targets t ON t.id = k.target_id
		AND (t.retired_on IS NULL OR t.retired_on > @date) WHERE k.line_version_id = l.version_id)`

// Forecast of the balance that will be unspent at the deadline. Two paces are carried on to
// it: the straight one since the money was paid (before that: approved), and that of the
// last 90 days (or as many as there are). Each gives whole - (spent + pace x days left), at
// least 0; the lower and the higher one are the range and their mean, rounded down, the
// forecast. Parts of a cent of a projection are dropped.
const nightApps = `CREATE TEMP TABLE night_apps AS
	WITH lines AS (
		SELECT application_id, CAST(SUM(amount_cents) AS BIGINT) AS approved_cents, CAST(SUM(spent_cents) AS BIGINT) AS spent_cents,
			CAST(SUM(recent_cents) AS BIGINT) AS recent_cents, MIN(approved_on) AS approved_on, MAX(last_posted) AS last_posted,
			CAST(SUM(in_force) AS BIGINT) AS line_count
		FROM night_lines GROUP BY application_id),
	loose AS (SELECT application_id, COUNT(*) AS unlinked_count FROM night_unlinked GROUP BY application_id),
	paid AS (
		SELECT application_id, CAST(SUM(paid_cents) AS BIGINT) AS paid_cents, MIN(paid_on) AS paid_on
		FROM payments WHERE status = 'paid' AND paid_on <= @date GROUP BY application_id),
	reports AS (SELECT application_id, MAX(reported_on) AS reported_on FROM period_reports WHERE reported_on <= @date GROUP BY application_id),
	figures AS (
		SELECT a.id AS application_id, a.grant_year_id, a.organization_id,
			COALESCE(kept.allocation_cents, a.allocation_cents) AS allocation_cents,
			COALESCE(l.approved_cents, 0) AS approved_cents, COALESCE(l.spent_cents, 0) AS spent_cents, COALESCE(l.recent_cents, 0) AS recent_cents,
			COALESCE(p.paid_cents, 0) AS paid_cents, p.paid_on, COALESCE(p.paid_on, l.approved_on) AS started_on,
			l.last_posted, r.reported_on, COALESCE(l.line_count, 0) AS line_count, COALESCE(u.unlinked_count, 0) AS unlinked_count,
			y.deadline_on, y.rate_of
		FROM applications a JOIN night_years y ON y.grant_year_id = a.grant_year_id
		LEFT JOIN lines l ON l.application_id = a.id LEFT JOIN loose u ON u.application_id = a.id
		LEFT JOIN paid p ON p.application_id = a.id LEFT JOIN reports r ON r.application_id = a.id
		LEFT JOIN application_utilizations kept ON kept.application_id = a.id AND kept.as_of = @date AND y.next_on IS NOT NULL),
	days AS (
		SELECT f.*, CASE rate_of WHEN 'paid' THEN paid_cents WHEN 'approved' THEN approved_cents ELSE allocation_cents END AS whole_cents,
			CASE WHEN started_on < @date THEN DAYS(@date; started_on) ELSE 0 END AS elapsed,
			CASE WHEN deadline_on > @date THEN DAYS(deadline_on; @date) ELSE 0 END AS remaining
		FROM figures f),
	paces AS (
		SELECT d.*,
			GREATEST(whole_cents - spent_cents - CASE WHEN elapsed > 0 THEN spent_cents * remaining / elapsed ELSE 0 END, 0) AS straight,
			GREATEST(whole_cents - spent_cents - CASE WHEN elapsed > 0 THEN recent_cents * remaining / LEAST(elapsed, 90) ELSE 0 END, 0) AS recent
		FROM days d)
	SELECT p.*, LEAST(straight, recent) AS low_cents, GREATEST(straight, recent) AS high_cents FROM paces p`

// rate is part over whole in basis points, half up, as models.Rate gives it; NULL (n/a, not
// 0 %) when there is no whole.
func rate(part, whole string) string {
	r := strings.NewReplacer("{p}", part, "{w}", whole)
	return r.Replace(`CASE WHEN {w} <= 0 THEN NULL WHEN {p} < 0 THEN -((-{p} * 20000 + {w}) / (2 * {w})) ELSE ({p} * 20000 + {w}) / (2 * {w}) END`)
}

// The lines whose figures are not those that held until now. They are gathered before they
// are written: a statement that reads the table it writes may read it over and over.
const nightMoved = `CREATE TEMP TABLE night_moved AS
	SELECT l.line_item_id, l.amount_cents, l.spent_cents, y.next_on, u.amount_cents AS old_amount, u.spent_cents AS old_spent
	FROM night_lines l JOIN night_years y ON y.grant_year_id = l.grant_year_id
	LEFT JOIN line_utilizations u ON u.line_item_id = l.line_item_id
		AND u.as_of = (SELECT MAX(x.as_of) FROM line_utilizations x WHERE x.line_item_id = l.line_item_id AND x.as_of <= @date)
	WHERE (l.touched = 1 OR y.next_on IS NOT NULL) AND (u.line_item_id IS NULL OR u.amount_cents <> l.amount_cents OR u.spent_cents <> l.spent_cents)`

// WriteUtilizations keeps the figures: a row per application and year, and for lines only
// where the figures are not those that held until now. It returns how many lines changed.
func (n *Night) WriteUtilizations() (err error) {
	for _, step := range []string{nightMoved,
		// A repeated night may find figures that it had missed. What later nights said stays.
		`INSERT INTO line_utilizations (line_item_id, as_of, amount_cents, spent_cents)
		SELECT line_item_id, next_on, old_amount, old_spent FROM night_moved WHERE next_on IS NOT NULL AND old_amount IS NOT NULL
		ON CONFLICT DO NOTHING`,
		`INSERT INTO line_utilizations (line_item_id, as_of, amount_cents, spent_cents)
		SELECT line_item_id, @date, amount_cents, spent_cents FROM night_moved WHERE true
		ON CONFLICT (line_item_id, as_of) DO UPDATE SET amount_cents = excluded.amount_cents, spent_cents = excluded.spent_cents`,

		`INSERT INTO application_utilizations (application_id, as_of, grant_year_id, organization_id, allocation_cents, approved_cents, paid_cents,
			spent_cents, rate_bp, forecast_cents, forecast_low_cents, forecast_high_cents, deadline_on, line_count, unlinked_count,
			started_on, recent_cents)
		SELECT application_id, @date, grant_year_id, organization_id, allocation_cents, approved_cents, paid_cents, spent_cents,
			` + rate("spent_cents", "whole_cents") + `, (low_cents + high_cents) / 2, low_cents, high_cents, deadline_on, line_count, unlinked_count,
			started_on, recent_cents
		FROM night_apps WHERE true
		ON CONFLICT (application_id, as_of) DO UPDATE SET allocation_cents = excluded.allocation_cents, approved_cents = excluded.approved_cents,
			paid_cents = excluded.paid_cents, spent_cents = excluded.spent_cents, rate_bp = excluded.rate_bp, forecast_cents = excluded.forecast_cents,
			forecast_low_cents = excluded.forecast_low_cents, forecast_high_cents = excluded.forecast_high_cents, deadline_on = excluded.deadline_on,
			line_count = excluded.line_count, unlinked_count = excluded.unlinked_count, started_on = excluded.started_on, recent_cents = excluded.recent_cents`,

		nightPrograms,
	} {
		if err = n.run(step); err != nil {
			return err
		}
	}
	return nil
}

// What no application asked for is unspent too, when the rate is over the allocation.
var nightPrograms = `INSERT INTO program_utilizations (grant_year_id, as_of, allocation_cents, approved_cents, paid_cents, spent_cents, rate_bp,
		forecast_cents, application_count, line_count, unlinked_count)
	WITH sums AS (
		SELECT grant_year_id, CAST(SUM(allocation_cents) AS BIGINT) AS allocation_cents, CAST(SUM(approved_cents) AS BIGINT) AS approved_cents,
			CAST(SUM(paid_cents) AS BIGINT) AS paid_cents, CAST(SUM(spent_cents) AS BIGINT) AS spent_cents,
			CAST(SUM((low_cents + high_cents) / 2) AS BIGINT) AS forecast_cents, COUNT(*) AS application_count,
			CAST(SUM(line_count) AS BIGINT) AS line_count, CAST(SUM(unlinked_count) AS BIGINT) AS unlinked_count
		FROM night_apps GROUP BY grant_year_id),
	figures AS (
		SELECT y.grant_year_id, y.rate_of, COALESCE(kept.allocation_cents, r.allocated_cents, s.allocation_cents, 0) AS allocation_cents,
			COALESCE(s.allocation_cents, 0) AS asked_cents, COALESCE(s.approved_cents, 0) AS approved_cents, COALESCE(s.paid_cents, 0) AS paid_cents,
			COALESCE(s.spent_cents, 0) AS spent_cents, COALESCE(s.forecast_cents, 0) AS forecast_cents,
			COALESCE(s.application_count, 0) AS application_count, COALESCE(s.line_count, 0) AS line_count, COALESCE(s.unlinked_count, 0) AS unlinked_count
		FROM night_years y JOIN grant_years g ON g.id = y.grant_year_id
		LEFT JOIN allocation_runs r ON r.id = g.published_run_id LEFT JOIN sums s ON s.grant_year_id = y.grant_year_id
		LEFT JOIN program_utilizations kept ON kept.grant_year_id = y.grant_year_id AND kept.as_of = @date AND y.next_on IS NOT NULL),
	wholes AS (SELECT f.*, CASE rate_of WHEN 'paid' THEN paid_cents WHEN 'approved' THEN approved_cents ELSE allocation_cents END AS whole_cents FROM figures f)
	SELECT grant_year_id, @date, allocation_cents, approved_cents, paid_cents, spent_cents, ` + rate("spent_cents", "whole_cents") + `,
		forecast_cents + CASE WHEN rate_of IN ('paid', 'approved') THEN 0 ELSE GREATEST(allocation_cents - asked_cents, 0) END, application_count, line_count, unlinked_count
	FROM wholes WHERE true
	ON CONFLICT (grant_year_id, as_of) DO UPDATE SET allocation_cents = excluded.allocation_cents, approved_cents = excluded.approved_cents,
		paid_cents = excluded.paid_cents, spent_cents = excluded.spent_cents, rate_bp = excluded.rate_bp, forecast_cents = excluded.forecast_cents,
		application_count = excluded.application_count, line_count = excluded.line_count, unlinked_count = excluded.unlinked_count`

// NightCounts is what a night measured in one grant year.
type NightCounts struct {
	GrantYearID  string
	Applications int64
	Lines        int64
	LinesChanged int64
	Drifted      int64
}

// Counts tells what was measured, by grant year.
func (n *Night) Counts() (map[string]NightCounts, error) {
	var rows []NightCounts
	err := n.tx.g.Raw(`SELECT y.grant_year_id, COALESCE(a.applications, 0) AS applications, COALESCE(l.lines, 0) AS lines,
			COALESCE(l.drifted, 0) AS drifted, COALESCE(u.changed, 0) AS lines_changed
		FROM night_years y
		LEFT JOIN (SELECT grant_year_id, COUNT(*) AS applications FROM night_apps GROUP BY grant_year_id) a ON a.grant_year_id = y.grant_year_id
		LEFT JOIN (SELECT grant_year_id, CAST(SUM(in_force) AS BIGINT) AS lines, CAST(SUM(CASE WHEN drift_cents <> 0 THEN 1 ELSE 0 END) AS BIGINT) AS drifted
			FROM night_lines GROUP BY grant_year_id) l ON l.grant_year_id = y.grant_year_id
		LEFT JOIN (SELECT t.grant_year_id, COUNT(*) AS changed FROM night_lines t JOIN line_utilizations v ON v.line_item_id = t.line_item_id AND v.as_of = @date
			WHERE t.touched = 1 GROUP BY t.grant_year_id) u ON u.grant_year_id = y.grant_year_id`, n.binds).Scan(&rows).Error
	out := map[string]NightCounts{}
	for _, r := range rows {
		out[r.GrantYearID] = r
	}
	return out, translate(err)
}

// Drifted are the first lines whose running total is not the sum of their ledger.
func (n *Night) Drifted(grantYearID string, limit int) (ids []string, err error) {
	err = n.tx.g.Raw(`SELECT line_item_id FROM night_lines WHERE drift_cents <> 0 AND grant_year_id = ? ORDER BY line_item_id LIMIT ?`,
		grantYearID, limit).Scan(&ids).Error
	return ids, translate(err)
}
