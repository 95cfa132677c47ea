-- A whole night as bare SQL over the lean schema: figures and forecast per line, application and program, what the eight rules find,
-- flags with their audit rows, notices, one mail a person. psql -v date=2026-06-30
\set ON_ERROR_STOP on
SET client_min_messages = warning;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SET LOCAL work_mem = '128MB';

CREATE TEMP TABLE ledger ON COMMIT DROP AS
SELECT line_item_id, object_code, sum(amount_cents)::bigint AS total, (sum(amount_cents) FILTER (WHERE spent_on <= :'date'))::bigint AS spent,
	COALESCE(sum(amount_cents) FILTER (WHERE spent_on > :'date'::date - 90 AND spent_on <= :'date'), 0)::bigint AS recent, min(spent_on) AS first_on, max(spent_on) AS last_on
FROM expenditures GROUP BY 1, 2;
CREATE TEMP TABLE lines ON COMMIT DROP AS
SELECT l.id, l.application_id, l.program_id, l.district_id, l.number, l.function_code, l.approved_on, l.amount_cents AS amount, l.spent_cents - COALESCE(s.total, 0) AS drift,
	COALESCE(s.spent, 0) AS spent, COALESCE(s.recent, 0) AS recent, s.first_on, s.last_on, b.line_item_id IS NULL AS unlinked
FROM line_items l
LEFT JOIN (SELECT line_item_id, sum(total)::bigint AS total, sum(spent)::bigint AS spent, sum(recent)::bigint AS recent, min(first_on) AS first_on, max(last_on) AS last_on FROM ledger GROUP BY 1) s ON s.line_item_id = l.id
LEFT JOIN (SELECT DISTINCT k.line_item_id FROM line_item_benchmarks k JOIN benchmarks t ON t.id = k.benchmark_id AND (t.retired_on IS NULL OR t.retired_on > :'date')) b ON b.line_item_id = l.id
WHERE l.status = 'in_force';
ANALYZE lines;

INSERT INTO line_utilizations SELECT l.id, :'date', l.amount, l.spent FROM lines l
LEFT JOIN (SELECT DISTINCT ON (line_item_id) * FROM line_utilizations ORDER BY line_item_id, as_of DESC) u ON u.line_item_id = l.id
WHERE u.line_item_id IS NULL OR u.amount_cents <> l.amount OR u.spent_cents <> l.spent;

CREATE TEMP TABLE apps ON COMMIT DROP AS
SELECT *, LEAST(straight, pace) AS low, GREATEST(straight, pace) AS high FROM (
	SELECT *, GREATEST(allocation - spent - spent * remaining / elapsed, 0) AS straight, GREATEST(allocation - spent - recent * remaining / LEAST(elapsed, 90), 0) AS pace FROM (
		SELECT a.id, a.program_id, a.district_id, a.allocation_cents AS allocation, a.paid_cents AS paid, a.paid_on, GREATEST(:'date'::date - a.paid_on, 1) AS elapsed,
			GREATEST(date '2026-09-30' - :'date'::date, 0) AS remaining, s.* FROM applications a
		JOIN (SELECT application_id, sum(amount)::bigint AS approved, sum(spent)::bigint AS spent, sum(recent)::bigint AS recent, max(last_on) AS last_on, count(*)::int AS lines,
			(count(*) FILTER (WHERE unlinked))::int AS unlinked FROM lines GROUP BY 1) s ON s.application_id = a.id) f) p;
INSERT INTO application_utilizations SELECT id, :'date', allocation, approved, paid, spent, spent * 10000 / NULLIF(allocation, 0), (low + high) / 2, low, high, lines, unlinked FROM apps;
INSERT INTO program_utilizations SELECT program_id, :'date', sum(allocation), sum(approved), sum(paid), sum(spent), sum(spent) * 10000 / NULLIF(sum(allocation), 0), sum((low + high) / 2), sum(lines), sum(unlinked)
FROM apps GROUP BY program_id;
SELECT count(*) AS drifted FROM lines WHERE drift <> 0;

CREATE TEMP TABLE found (rule text, subject text, program_id bigint, district_id bigint, severity text, measure bigint, threshold bigint, worsens bigint, title text, detail text, evidence jsonb) ON COMMIT DROP;
INSERT INTO found SELECT 'line_unlinked', id::text, program_id, district_id, 'warning', 1, 0, 0, 'Line serves no target', format('Line %s (%s) is not linked to any benchmark.', number, amount),
	jsonb_build_object('number', number, 'amount_cents', amount) FROM lines WHERE unlinked;
INSERT INTO found SELECT 'below_minimum', id::text, program_id, district_id, 'violation', spent * 10000 / allocation, 4000, 500, 'Below the minimum utilization', format('%s of %s is spent; the minimum is %s.', spent, allocation, 4000),
	jsonb_build_object('spent_cents', spent, 'of_cents', allocation, 'missing_cents', allocation * 4 / 10 - spent) FROM apps WHERE spent * 10000 < allocation * 4000;
INSERT INTO found SELECT 'behind_pace', id::text, program_id, district_id, 'warning', spent * 10000 / approved, elapsed::bigint * 8500 / (date '2026-09-30' - paid_on), 500, 'Spending is behind pace', format('%s of %s approved is spent.', spent, approved),
	jsonb_build_object('spent_cents', spent, 'approved_cents', approved, 'paid_on', paid_on) FROM apps WHERE spent * (date '2026-09-30' - paid_on) * 10000 < approved * elapsed * 8500;
INSERT INTO found SELECT 'cell_over_tolerance', concat_ws(':', s.application_id, s.function_code, s.object_code), a.program_id, a.district_id, 'violation', s.spent, b.approved * 11 / 10, 100000, 'Spending above the approved amount and tolerance',
	format('Function %s, object %s: %s spent against %s approved.', s.function_code, s.object_code, s.spent, b.approved), jsonb_build_object('spent_cents', s.spent, 'approved_cents', b.approved)
FROM (SELECT l.application_id, l.function_code, g.object_code, sum(g.spent)::bigint AS spent FROM ledger g JOIN lines l ON l.id = g.line_item_id GROUP BY 1, 2, 3) s
JOIN (SELECT l.application_id, l.function_code, k.object_code, sum(k.amount_cents)::bigint AS approved FROM lines l JOIN line_costs k ON k.line_item_id = l.id GROUP BY 1, 2, 3) b USING (application_id, function_code, object_code)
JOIN apps a ON a.id = s.application_id WHERE s.spent > b.approved + b.approved / 10;
INSERT INTO found SELECT 'spent_before_approval', l.id::text, l.program_id, l.district_id, 'violation', sum(e.amount_cents), 0, 100000, 'Spent before the line was approved', format('Line %s: %s was spent before %s.', l.number, sum(e.amount_cents), l.approved_on),
	jsonb_build_object('early_cents', sum(e.amount_cents), 'first_spent_on', min(e.spent_on)) FROM (SELECT * FROM lines WHERE first_on < approved_on) l
JOIN expenditures e ON e.line_item_id = l.id AND e.spent_on < l.approved_on GROUP BY l.id, l.program_id, l.district_id, l.number, l.approved_on;
INSERT INTO found SELECT 'no_report', id::text, program_id, district_id, 'warning', :'date'::date - GREATEST(paid_on, last_on), 60, 30, 'No expenditure reported', format('Nothing was posted since %s.', GREATEST(paid_on, last_on)),
	jsonb_build_object('since', GREATEST(paid_on, last_on)) FROM apps WHERE spent < approved AND :'date'::date - GREATEST(paid_on, last_on) > 60;
INSERT INTO found SELECT 'over_allocation', id::text, program_id, district_id, 'violation', GREATEST(approved, spent), allocation, 1, 'Approved or spent above the allocation', format('%s is approved and %s spent; the allocation is %s.', approved, spent, allocation),
	jsonb_build_object('approved_cents', approved, 'allocation_cents', allocation) FROM apps WHERE approved > allocation OR spent > allocation;
INSERT INTO found SELECT 'due_passed', id::text, NULL, district_id, 'violation', :'date'::date - due_on, 0, 30, 'Something due has not been delivered', format('%s was due on %s.', title, due_on),
	jsonb_build_object('due_on', due_on) FROM due_items WHERE due_on < :'date' AND done_on IS NULL;
ANALYZE found;
SET LOCAL enable_nestloop = off; -- what is new has no statistics yet; everything from here on is large and joined by equality

CREATE TEMP TABLE told ON COMMIT DROP AS
WITH opened AS (INSERT INTO flags (rule, subject, program_id, district_id, severity, measure, threshold, detail, evidence, first_seen, changed_on)
	SELECT rule, subject, program_id, district_id, severity, measure, threshold, detail, evidence, :'date', :'date' FROM found x
	WHERE NOT EXISTS (SELECT 1 FROM flags f WHERE f.rule = x.rule AND f.subject = x.subject AND f.status <> 'resolved') RETURNING id, rule, district_id, detail, measure, 'open' AS step),
worse AS (UPDATE flags f SET measure = x.measure, detail = x.detail, evidence = x.evidence, changed_on = :'date' FROM found x
	WHERE f.rule = x.rule AND f.subject = x.subject AND f.status <> 'resolved' AND x.worsens > 0 AND abs((x.measure - x.threshold) - (f.measure - f.threshold)) >= x.worsens
	RETURNING f.id, f.rule, f.district_id, f.detail, f.measure, 'worsen'),
gone AS (UPDATE flags f SET status = 'resolved' WHERE f.status <> 'resolved' AND NOT EXISTS (SELECT 1 FROM found x WHERE f.rule = x.rule AND f.subject = x.subject)
	RETURNING f.id, f.rule, f.district_id, f.detail, f.measure, 'resolve')
SELECT * FROM opened UNION ALL SELECT * FROM worse UNION ALL SELECT * FROM gone;
INSERT INTO audit_log (actor, entity, entity_id, action, data) SELECT 0, 'flag', id, step, jsonb_build_object('rule', rule, 'measure', measure, 'detail', detail) FROM told;

WITH mailed (rule, role) AS (VALUES ('line_unlinked','district_preparer'), ('line_unlinked','authorized_official'), ('line_unlinked','pal'), ('below_minimum','authorized_official'), ('below_minimum','pal'), ('below_minimum','opd_manager'),
	('behind_pace','district_preparer'), ('behind_pace','authorized_official'), ('behind_pace','pal'), ('cell_over_tolerance','district_preparer'), ('cell_over_tolerance','authorized_official'), ('cell_over_tolerance','pal'),
	('cell_over_tolerance','fiscal_reviewer'), ('spent_before_approval','district_preparer'), ('spent_before_approval','authorized_official'), ('spent_before_approval','pal'), ('spent_before_approval','fiscal_reviewer'),
	('no_report','district_preparer'), ('no_report','authorized_official'), ('no_report','pal'), ('over_allocation','authorized_official'), ('over_allocation','pal'), ('over_allocation','fiscal_reviewer'), ('over_allocation','opd_manager'),
	('due_passed','district_preparer'), ('due_passed','authorized_official'), ('due_passed','pal')),
hears AS (
	SELECT m.rule, p.district_id, p.id FROM mailed m JOIN people p ON p.role = m.role AND p.role IN ('district_preparer','authorized_official')
	UNION ALL SELECT m.rule, d.id, d.liaison_id FROM mailed m JOIN districts d ON m.role = 'pal'
	UNION ALL SELECT m.rule, d.id, p.id FROM mailed m JOIN people p ON p.role = m.role AND p.role IN ('fiscal_reviewer','opd_manager') JOIN districts d ON true)
INSERT INTO notices (person_id, flag_id, title, detail, for_date)
SELECT h.id, t.id, t.rule || ' ' || t.step, t.detail, :'date' FROM told t JOIN hears h ON h.rule = t.rule AND h.district_id = t.district_id;

WITH mail AS (INSERT INTO mails (person_id, for_date, subject, body)
	SELECT person_id, :'date', count(*) || ' notices', string_agg(title || ': ' || detail, E'\n' ORDER BY id) FROM notices WHERE mail_id IS NULL GROUP BY person_id RETURNING id, person_id)
UPDATE notices n SET mail_id = mail.id FROM mail WHERE n.person_id = mail.person_id AND n.mail_id IS NULL;
SELECT count(*) AS flags, (SELECT count(*) FROM notices WHERE for_date = :'date') AS notices, (SELECT count(*) FROM mails WHERE for_date = :'date') AS mails FROM flags WHERE status <> 'resolved';
COMMIT;
