package store

import (
	"encoding/json"
	"fmt"

	"earmark/models"
)

// NightRule is a compliance rule of a grant year as the night looks for it.
type NightRule struct {
	GrantYearID string
	Rule        string
	CheckName   string
	Severity    string
	Sign        int // +1: too much is wrong; -1: too little
	WorsensBy   int64
	Days        int
	RateBP      models.BasisPoints
}

// NightDue is something due by a grant year's definition. Items that hang on an agreement
// belong to no grant year; the rules of one year watch over them.
type NightDue struct {
	GrantYearID string
	Code        string
	OfAgreement bool
	OnlyUnspent bool   // owed only while money that was paid is unspent
	YearEnd     string // MM-DD: what was unspent on the last such day before it is due counts; "": what is unspent now
}

// NightFinding is something a check found: numbers, no words yet. What A to D and the texts
// hold depends on the check and is said there.
type NightFinding struct {
	GrantYearID    string // "" for what hangs on an agreement
	RulesYearID    string // the year whose definition decided
	Rule           string
	CheckName      string
	Severity       string
	Sign           int
	WorsensBy      int64
	Subject        string
	OrganizationID string
	ApplicationID  string
	LineItemID     string
	Measure        int64
	Threshold      int64
	A, B, C, D     int64
	T1, T2, T3     string
}

const nightFound = `CREATE TEMP TABLE night_found (grant_year_id TEXT, rules_year_id TEXT, rule TEXT, check_name TEXT, severity TEXT, sign BIGINT,
	worsens_by BIGINT, subject TEXT, organization_id TEXT, application_id TEXT, line_item_id TEXT, measure BIGINT, threshold BIGINT,
	a BIGINT, b BIGINT, c BIGINT, d BIGINT, t1 TEXT, t2 TEXT, t3 TEXT)`

// found starts the statement of a check; every check joins its rules as r.
const found = `INSERT INTO night_found (grant_year_id, rules_year_id, rule, check_name, severity, sign, worsens_by, subject, organization_id,
	application_id, line_item_id, measure, threshold, a, b, c, d, t1, t2, t3)
	SELECT `
const byRule = `r.rule, r.check_name, r.severity, r.sign, r.worsens_by`

// nightChecks are the checks that a definition can ask for, each one statement.
var nightChecks = map[string]string{
	"spent_without_result": nightSpentWithoutResult, "worksheet_missing": nightWorksheetMissing,

	// Lines in force, and those that an open revision proposes: the sooner a district hears
	// of it, the less is returned. A: number of the line, B: its amount; T1: none, goal_only
	// or retired; T2: its status.
	"line_unlinked": found + `l.grant_year_id, l.grant_year_id, ` + byRule + `, l.line_item_id, l.organization_id, l.application_id, l.line_item_id,
			1, 0, l.number, l.amount_cents, 0, 0, u.link, 'in_force', ''
		FROM night_unlinked u JOIN night_lines l ON l.line_item_id = u.line_item_id
		JOIN night_rules r ON r.grant_year_id = l.grant_year_id AND r.check_name = 'line_unlinked'
		UNION ALL
		SELECT l.grant_year_id, l.grant_year_id, ` + byRule + `, l.id, l.organization_id, l.application_id, l.id,
			1, 0, l.number, v.amount_cents, 0, 0,
			CASE l.link_status WHEN 'target' THEN 'retired' ELSE l.link_status END, l.status, ''
		FROM night_rules r JOIN line_items l ON l.grant_year_id = r.grant_year_id AND l.status = 'proposed'
		JOIN line_versions v ON v.id = l.version_id
		WHERE r.check_name = 'line_unlinked' AND NOT EXISTS (SELECT 1 FROM line_links k JOIN targets t ON t.id = k.target_id
			AND (t.retired_on IS NULL OR t.retired_on > @date) WHERE k.line_version_id = l.version_id)`,

	// Exactly the minimum is not below it. A: spent, B: of what, C: missing to the minimum;
	// T1: the checkpoint, T2: its date.
	"below_minimum": found + `a.grant_year_id, a.grant_year_id, ` + byRule + `, a.application_id, a.organization_id, a.application_id, '',
			GREATEST(a.spent_cents, 0) * 10000 / a.whole_cents, y.minimum_bp, a.spent_cents, a.whole_cents,
			(a.whole_cents * y.minimum_bp + 9999) / 10000 - a.spent_cents, 0, y.checkpoint, y.checkpoint_on, ''
		FROM night_apps a JOIN night_years y ON y.grant_year_id = a.grant_year_id AND y.minimum_bp >= 0
		JOIN night_rules r ON r.grant_year_id = a.grant_year_id AND r.check_name = 'below_minimum'
		WHERE a.whole_cents > 0 AND a.spent_cents * 10000 < a.whole_cents * y.minimum_bp`,

	// spent / approved < (days since payment / days from payment to deadline) x (1 - slack),
	// multiplied out. A: spent, B: expected today, C: approved, D: slack; T1: paid on.
	"behind_pace": found + `p.grant_year_id, p.grant_year_id, ` + byRule + `, p.application_id, p.organization_id, p.application_id, '',
			GREATEST(p.spent_cents, 0) * 10000 / p.approved_cents, p.gone * (10000 - p.slack_bp) / p.span,
			p.spent_cents, p.approved_cents * p.gone / p.span, p.approved_cents, p.slack_bp, p.paid_on, p.deadline_on, ''
		FROM (SELECT a.*, y.slack_bp, DAYS(a.deadline_on; a.paid_on) AS span,
				CASE WHEN a.deadline_on < @date THEN DAYS(a.deadline_on; a.paid_on) ELSE DAYS(@date; a.paid_on) END AS gone
			FROM night_apps a JOIN night_years y ON y.grant_year_id = a.grant_year_id
			WHERE a.paid_on < @date AND a.paid_on < a.deadline_on AND a.approved_cents > 0) p
		JOIN night_rules r ON r.grant_year_id = p.grant_year_id AND r.check_name = 'behind_pace'
		WHERE CAST(p.spent_cents AS NUMERIC) * p.span * 10000 < CAST(p.approved_cents AS NUMERIC) * p.gone * (10000 - p.slack_bp)`,

	// Exactly the tolerance is not over it; in a cell where nothing was approved there is
	// none. A: approved, B: excess over approved, C: excess over tolerance, D: tolerance.
	"cell_over_tolerance": found + `c.grant_year_id, c.grant_year_id, ` + byRule + `, c.application_id || ':' || c.function_code || ':' || c.object_code,
			c.organization_id, c.application_id, '', c.spent_cents, c.approved_cents + c.allowed_cents, c.approved_cents,
			c.spent_cents - c.approved_cents, c.spent_cents - c.approved_cents - c.allowed_cents, c.allowed_cents, c.function_code, c.object_code, ''
		FROM (SELECT s.*, COALESCE(b.approved_cents, 0) AS approved_cents, CASE WHEN COALESCE(b.approved_cents, 0) = 0 THEN 0
				WHEN y.cap_cents > 0 THEN LEAST(GREATEST(b.approved_cents * y.percent_bp / 10000, y.floor_cents), y.cap_cents)
				ELSE GREATEST(b.approved_cents * y.percent_bp / 10000, y.floor_cents) END AS allowed_cents
			FROM (SELECT a.grant_year_id, a.organization_id, t.* FROM (
					SELECT o.application_id, o.function_code, o.object_code, CAST(SUM(g.spent_cents) AS BIGINT) AS spent_cents
					FROM night_over o JOIN night_lines l ON l.application_id = o.application_id
					JOIN night_ledger g ON g.line_item_id = l.line_item_id AND g.function_code = o.function_code AND g.object_code = o.object_code
					GROUP BY o.application_id, o.function_code, o.object_code) t
				JOIN night_apps a ON a.application_id = t.application_id) s
			JOIN night_years y ON y.grant_year_id = s.grant_year_id
			LEFT JOIN (SELECT o.application_id, o.function_code, o.object_code, CAST(SUM(k.amount_cents) AS BIGINT) AS approved_cents
				FROM night_over o JOIN night_lines l ON l.application_id = o.application_id AND l.function_code = o.function_code AND l.in_force = 1
				JOIN line_costs k ON k.line_version_id = l.version_id AND k.object_code = o.object_code
				GROUP BY o.application_id, o.function_code, o.object_code) b
			ON b.application_id = s.application_id AND b.function_code = s.function_code AND b.object_code = s.object_code
			WHERE s.spent_cents > COALESCE(b.approved_cents, 0)) c
		JOIN night_rules r ON r.grant_year_id = c.grant_year_id AND r.check_name = 'cell_over_tolerance'
		WHERE c.spent_cents > c.approved_cents + c.allowed_cents`,

	// Reversals carry the date of what they reverse, so that a pair comes to nothing.
	// A: number of the line; T1: approved on, T2: first spent on.
	"spent_before_approval": found + `e.grant_year_id, e.grant_year_id, ` + byRule + `, e.line_item_id, e.organization_id, e.application_id, e.line_item_id,
			e.early_cents, 0, e.number, 0, 0, 0, e.approved_on, e.early_on, ''
		FROM (SELECT l.*, (SELECT MIN(x.spent_on) FROM expenditures x WHERE x.line_item_id = l.line_item_id AND x.posted_on <= @date) AS early_on,
				(SELECT CAST(SUM(x.amount_cents) AS BIGINT) FROM expenditures x
					WHERE x.line_item_id = l.line_item_id AND x.spent_on < l.approved_on AND x.posted_on <= @date) AS early_cents
			FROM night_early l) e
		JOIN night_rules r ON r.grant_year_id = e.grant_year_id AND r.check_name = 'spent_before_approval'
		WHERE e.early_cents > 0`,

	// From the latest of payment, posting and report; what is spent in full needs none.
	// A: spent, B: approved; T1: since, T2: paid on.
	"no_report": found + `q.grant_year_id, q.grant_year_id, ` + byRule + `, q.application_id, q.organization_id, q.application_id, '',
			DAYS(@date; q.since), r.days, q.spent_cents, q.approved_cents, 0, 0, q.since, q.paid_on, ''
		FROM (SELECT a.*, GREATEST(a.paid_on, COALESCE(a.last_posted, a.paid_on), COALESCE(a.reported_on, a.paid_on)) AS since
			FROM night_apps a WHERE a.paid_on IS NOT NULL AND a.spent_cents < a.approved_cents) q
		JOIN night_rules r ON r.grant_year_id = q.grant_year_id AND r.check_name = 'no_report'
		WHERE DAYS(@date; q.since) > r.days`,

	// A: approved, B: spent, C: allocation.
	"over_allocation": found + `a.grant_year_id, a.grant_year_id, ` + byRule + `, a.application_id, a.organization_id, a.application_id, '',
			GREATEST(a.approved_cents, a.spent_cents), a.allocation_cents, a.approved_cents, a.spent_cents, a.allocation_cents, 0, '', '', ''
		FROM night_apps a JOIN night_rules r ON r.grant_year_id = a.grant_year_id AND r.check_name = 'over_allocation'
		WHERE a.approved_cents > a.allocation_cents OR a.spent_cents > a.allocation_cents`,

	"report_differs": reportDiffers,

	// On the day itself it is due, not late. T1: title, T2: due on, T3: citation.
	"due_passed": found + `i.grant_year_id, d.grant_year_id, ` + byRule + `, i.id, i.organization_id, COALESCE(a.application_id, ''), '',
			DAYS(@date; i.due_on), 0, 0, 0, 0, 0, i.title, i.due_on, i.citation
		FROM due_items i JOIN night_dues d ON d.code = i.code AND ((d.of_agreement AND i.grant_year_id = '') OR (NOT d.of_agreement AND d.grant_year_id = i.grant_year_id))
		JOIN night_rules r ON r.grant_year_id = d.grant_year_id AND r.check_name = 'due_passed'
		LEFT JOIN night_apps a ON a.grant_year_id = i.grant_year_id AND a.organization_id = i.organization_id
		WHERE i.due_on < @date AND (i.done_on IS NULL OR i.done_on > @date)
			AND ` + owedBy("d"),

	"result_missing": resultMissing,
}

// A cell is over what was approved only when a line is over its own part of it: these are
// the few cells worth adding up.
const nightOver = `CREATE TEMP TABLE night_over AS SELECT DISTINCT l.application_id, g.function_code, g.object_code
	FROM night_ledger g JOIN night_lines l ON l.line_item_id = g.line_item_id
	LEFT JOIN line_costs k ON k.line_version_id = l.version_id AND k.object_code = g.object_code AND l.function_code = g.function_code AND l.in_force = 1
	WHERE g.spent_cents > COALESCE(k.amount_cents, 0)`

// NightChecks names the checks there are.
func NightChecks() []string {
	names := make([]string, 0, len(nightChecks))
	for name := range nightChecks {
		names = append(names, name)
	}
	return names
}

// Find runs the checks that the rules ask for.
func (n *Night) Find(rules []NightRule, dues []NightDue) error {
	for _, sql := range []string{nightFound,
		`CREATE TEMP TABLE night_rules (grant_year_id TEXT, rule TEXT, check_name TEXT, severity TEXT, sign BIGINT, worsens_by BIGINT, days BIGINT, rate_bp BIGINT)`,
		`CREATE TEMP TABLE night_dues (grant_year_id TEXT, code TEXT, of_agreement BOOLEAN, only_unspent BOOLEAN, year_end TEXT)`,
		`CREATE TEMP TABLE night_early AS SELECT * FROM night_lines WHERE first_spent < approved_on`, nightOver} {
		if err := n.run(sql); err != nil {
			return err
		}
	}
	if len(rules) > 0 {
		if err := n.tx.g.Table("night_rules").Create(&rules).Error; err != nil {
			return translate(err)
		}
	}
	if len(dues) > 0 {
		if err := n.tx.g.Table("night_dues").Create(&dues).Error; err != nil {
			return translate(err)
		}
	}
	for _, t := range []string{"night_early", "night_over"} {
		if err := n.analyze(t); err != nil {
			return err
		}
	}
	var over int64
	if err := n.tx.g.Raw("SELECT COUNT(*) FROM night_over").Row().Scan(&over); err != nil {
		return translate(err)
	}
	asked := map[string]bool{"cell_over_tolerance": over == 0}
	for _, r := range rules {
		if asked[r.CheckName] {
			continue
		}
		asked[r.CheckName] = true
		sql, ok := nightChecks[r.CheckName]
		if !ok {
			return fmt.Errorf("the rule %s asks for the check %q, which does not exist", r.Rule, r.CheckName)
		}
		if err := n.run(sql); err != nil {
			return err
		}
	}
	return n.analyze("night_found (grant_year_id, rule, subject)")
}

// FlagDifference is a finding beside the flag that lives for it. Step is what the night
// must do: open, worsen, reopen or resolve. Findings that stay as they are, and waived
// ones, are not among them.
type FlagDifference struct {
	NightFinding
	Step        string
	FlagID      string
	FlagVersion int64
	FlagStatus  models.State
	OldMeasure  int64
	OldLimit    int64
	OldDetail   string
	OldEvidence string
	ChangedOn   models.Date
	WaivedUntil models.Date
}

// FlagDifferences compares what was found with the flags that live.
func (n *Night) FlagDifferences() ([]FlagDifference, error) {
	var rows []FlagDifference
	err := n.tx.g.Raw(`SELECT x.*, '' AS flag_id, 0 AS flag_version, '' AS flag_status, 0 AS old_measure, 0 AS old_limit, '' AS old_detail, '' AS old_evidence,
			NULL AS changed_on, NULL AS waived_until, 'open' AS step
		FROM night_found x WHERE NOT EXISTS (SELECT 1 FROM flags f WHERE f.grant_year_id = x.grant_year_id AND f.rule = x.rule AND f.subject = x.subject AND f.status <> 'resolved')
		UNION ALL
		SELECT x.*, f.id, f.version, f.status, f.measure, f.threshold, f.detail, f.evidence, f.changed_on, f.waived_until,
			CASE WHEN f.status = 'waived' THEN 'reopen' ELSE 'worsen' END
		FROM night_found x JOIN flags f ON f.grant_year_id = x.grant_year_id AND f.rule = x.rule AND f.subject = x.subject AND f.status <> 'resolved'
		WHERE (f.status = 'waived' AND f.waived_until < @date)
			OR (f.status <> 'waived' AND x.worsens_by > 0 AND x.sign * ((x.measure - x.threshold) - (f.measure - f.threshold)) >= x.worsens_by)
		UNION ALL
		SELECT f.grant_year_id, '', f.rule, '', f.severity, 0, 0, f.subject, f.organization_id, f.application_id, f.line_item_id, f.measure, f.threshold,
			0, 0, 0, 0, '', '', '', f.id, f.version, f.status, f.measure, f.threshold, f.detail, f.evidence, f.changed_on, f.waived_until, 'resolve'
		FROM flags f WHERE f.status <> 'resolved' AND (f.grant_year_id = '' OR f.grant_year_id IN (SELECT grant_year_id FROM night_years))
			AND NOT EXISTS (SELECT 1 FROM night_found x WHERE f.grant_year_id = x.grant_year_id AND f.rule = x.rule AND f.subject = x.subject)
		ORDER BY rule, subject`, n.binds).Scan(&rows).Error
	return rows, translate(err)
}

// FlagChange is a step of a flag with the words that workflow gave it.
type FlagChange struct {
	Step           string       `json:"step"`
	FlagID         string       `json:"flag_id"`
	Version        int64        `json:"version"` // after the step
	Status         models.State `json:"status"`
	GrantYearID    string       `json:"grant_year_id"`
	RulesYearID    string       `json:"rules_year_id"`
	OrganizationID string       `json:"organization_id"`
	ApplicationID  string       `json:"application_id"`
	LineItemID     string       `json:"line_item_id"`
	Rule           string       `json:"rule"`
	Subject        string       `json:"subject"`
	Severity       string       `json:"severity"`
	Measure        int64        `json:"measure"`
	Threshold      int64        `json:"threshold"`
	Detail         string       `json:"detail"`
	Evidence       string       `json:"evidence"`
	Title          string       `json:"title"`  // of the notice
	Reason         string       `json:"reason"` // of the audit event
	Changes        string       `json:"changes"`
	RuleVersion    string       `json:"rule_version"`
}

// changesBatch bounds the JSON text that carries changes into the database.
const changesBatch = 2000

// ApplyFlags writes steps of flags, each with its audit event in the same transaction: the
// bulk form of Insert, Update and Audit, for many flags in four statements.
func (n *Night) ApplyFlags(who models.Actor, changes []FlagChange) error {
	err := n.run(`CREATE TEMP TABLE night_changes (step TEXT, flag_id TEXT, version BIGINT, status TEXT, grant_year_id TEXT, rules_year_id TEXT, organization_id TEXT,
		application_id TEXT, line_item_id TEXT, rule TEXT, subject TEXT, severity TEXT, measure BIGINT, threshold BIGINT, detail TEXT, evidence TEXT,
		title TEXT, reason TEXT, changes TEXT, rule_version TEXT)`)
	if err != nil || len(changes) == 0 {
		return err
	}
	opened := int64(0)
	for _, c := range changes {
		if c.Step == "open" {
			opened++
		}
	}
	for rest := changes; len(rest) > 0; {
		k := min(len(rest), changesBatch)
		if err := n.load(rest[:k]); err != nil {
			return err
		}
		rest = rest[k:]
	}
	if err := n.analyze("night_changes"); err != nil {
		return err
	}
	if err := n.expect(opened, flagsOpened); err != nil {
		return err
	}
	if err := n.expect(int64(len(changes))-opened, flagsChanged); err != nil {
		return err
	}
	n.binds["actor_id"], n.binds["actor_name"], n.binds["request_id"] = who.UserID, who.Name, who.RequestID
	ms := n.tx.Now.UnixMilli()
	n.binds["stamp"] = fmt.Sprintf("%08x-%04x", ms>>16, ms&0xffff)
	n.binds["at"], n.binds["sep"] = n.tx.Now.UTC().Format(models.AuditTime), models.AuditSeparator
	return n.expect(int64(len(changes)), flagsAudited)
}

// load carries rows into night_changes as one JSON text, a single parameter.
func (n *Night) load(rows []FlagChange) error {
	text, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	into := `INSERT INTO night_changes SELECT * FROM jsonb_to_recordset(CAST(@rows AS JSONB)) AS x(step TEXT, flag_id TEXT, version BIGINT, status TEXT,
		grant_year_id TEXT, rules_year_id TEXT, organization_id TEXT, application_id TEXT, line_item_id TEXT, rule TEXT, subject TEXT, severity TEXT,
		measure BIGINT, threshold BIGINT, detail TEXT, evidence TEXT, title TEXT, reason TEXT, changes TEXT, rule_version TEXT)`
	if n.tx.dialect == "sqlite" {
		into = `INSERT INTO night_changes SELECT value->>'step', value->>'flag_id', value->>'version', value->>'status', value->>'grant_year_id',
			value->>'rules_year_id', value->>'organization_id', value->>'application_id', value->>'line_item_id', value->>'rule', value->>'subject',
			value->>'severity', value->>'measure', value->>'threshold', value->>'detail', value->>'evidence', value->>'title', value->>'reason',
			value->>'changes', value->>'rule_version' FROM json_each(@rows)`
	}
	n.binds["rows"] = string(text)
	defer delete(n.binds, "rows")
	return n.run(into)
}

func (n *Night) expect(rows int64, sql string) error {
	got, err := n.count(sql)
	if err == nil && got != rows {
		return fmt.Errorf("night of %s: %d rows instead of %d", n.date, got, rows)
	}
	return err
}

const flagsOpened = `INSERT INTO flags (id, version, created_at, updated_at, grant_year_id, organization_id, application_id, line_item_id, rule, subject,
		severity, status, measure, threshold, detail, evidence, first_seen, changed_on, reply)
	SELECT flag_id, version, @now, @now, grant_year_id, organization_id, application_id, line_item_id, rule, subject, severity, status, measure,
		threshold, detail, evidence, @date, @date, '' FROM night_changes WHERE step = 'open'`

// A flag that was resolved keeps the figures it had.
const flagsChanged = `UPDATE flags SET version = c.version, updated_at = @now, status = c.status, severity = c.severity, measure = c.measure,
		threshold = c.threshold, detail = c.detail, evidence = c.evidence,
		changed_on = CASE WHEN c.step = 'resolve' THEN flags.changed_on ELSE @date END,
		resolved_on = CASE WHEN c.step = 'resolve' THEN @date ELSE NULL END,
		waived_until = CASE WHEN c.step = 'reopen' THEN NULL ELSE flags.waived_until END
	FROM night_changes c WHERE flags.id = c.flag_id AND flags.version = c.version - 1 AND c.step <> 'open'`

// The text that is hashed is that of models.AuditEvent.ComputeHash. Identifiers are made of
// the time and a hash (UUID version 8), so that nothing has to be made row by row and the
// order of identifiers is that of events, as everywhere.
const flagsAudited = `INSERT INTO audit_events (id, at, actor_id, actor_name, action, document_kind, document_id, sequence, reason, changes,
		request_id, rule_version, previous_hash, hash)
	SELECT id, @now, @actor_id, @actor_name, step, 'flag', flag_id, version, reason, changes, @request_id, rule_version, previous, HASH(chain)
	FROM (SELECT i.*, previous || @sep || id || @sep || @at || @sep || @actor_id || @sep || @actor_name || @sep || step || @sep || 'flag' || @sep || flag_id ||
			@sep || CAST(version AS TEXT) || @sep || reason || @sep || changes || @sep || @request_id || @sep || rule_version AS chain
		FROM (SELECT h.*, CAST(@stamp AS TEXT) || '-8' || substr(hex, 14, 3) || '-8' || substr(hex, 18, 3) || '-' || substr(hex, 21, 12) AS id
			FROM (SELECT s.*, HASH(seed) AS hex FROM (SELECT c.*, COALESCE(p.hash, '') AS previous,
					'audit' || @sep || c.flag_id || @sep || CAST(c.version AS TEXT) AS seed
				FROM night_changes c LEFT JOIN audit_events p ON p.document_kind = 'flag' AND p.document_id = c.flag_id AND p.sequence = c.version - 1) s) h) i) e`

// StandingFlags counts the flags that live after the night, by grant year and rule.
func (n *Night) StandingFlags() (map[string]map[string]int64, error) {
	var rows []struct {
		GrantYearID string
		Rule        string
		Count       int64
	}
	err := n.tx.g.Raw(`SELECT grant_year_id, rule, COUNT(*) AS count FROM flags WHERE status <> 'resolved'
		AND (grant_year_id = '' OR grant_year_id IN (SELECT grant_year_id FROM night_years)) GROUP BY grant_year_id, rule`).Scan(&rows).Error
	out := map[string]map[string]int64{}
	for _, r := range rows {
		if out[r.GrantYearID] == nil {
			out[r.GrantYearID] = map[string]int64{}
		}
		out[r.GrantYearID][r.Rule] = r.Count
	}
	return out, translate(err)
}
