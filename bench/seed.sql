-- Fills Earmark's own schema on PostgreSQL, as bulk statements: one fiscal year of :programs programs, 900 districts,
-- :li lines in force and :li * :per expenditures. limit/seed.sql makes the same numbers in the lean schema.
-- Called with psql -v li=… -v per=… and the definition of mi-21h as :definition.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET synchronous_commit = off;
SET session_replication_role = replica; -- the rows are consistent by construction: no foreign key is checked 10 million times
SET maintenance_work_mem = '512MB';
SET work_mem = '128MB';
BEGIN;

-- An identifier in the form of a UUID version 7: ordered by kind, then by number.
CREATE FUNCTION pg_temp.uid(kind int, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT '0190' || to_hex(kind) || substr(lpad(to_hex(n), 7, '0'), 1, 3) || '-' || substr(lpad(to_hex(n), 7, '0'), 4) || '-7000-8000-000000000000' $$;

\set at 'timestamp \'2025-09-15 12:00:00\''
\set system '\'00000000-0000-7000-8000-000000000001\''

-- Per district a preparer (d) and an authorized official (900 + d); then 20 liaisons and the office.
INSERT INTO users (id, version, created_at, updated_at, email, name, status)
SELECT pg_temp.uid(1, n), 1, :at, :at, 'person' || n || '@example.test', 'Person ' || n || ' Example', 'active' FROM generate_series(1, 1840) n;
INSERT INTO organizations (id, version, created_at, updated_at, kind, code, name, subtype, pal_user_id)
SELECT pg_temp.uid(2, d), 1, :at, :at, 'district', lpad(d::text, 5, '0'), 'Example District ' || d, 'traditional', pg_temp.uid(1, 1801 + d % 20) FROM generate_series(1, 900) d;
INSERT INTO user_roles (user_id, role, organization_id)
SELECT pg_temp.uid(1, d), 'district_preparer', pg_temp.uid(2, d) FROM generate_series(1, 900) d
UNION ALL SELECT pg_temp.uid(1, 900 + d), 'authorized_official', pg_temp.uid(2, d) FROM generate_series(1, 900) d
UNION ALL SELECT pg_temp.uid(1, 1800 + n), 'pal', '' FROM generate_series(1, 20) n
UNION ALL SELECT pg_temp.uid(1, 1820 + n), 'fiscal_reviewer', '' FROM generate_series(1, 5) n
UNION ALL SELECT pg_temp.uid(1, 1825 + n), 'opd_manager', '' FROM generate_series(1, 3) n
UNION ALL SELECT pg_temp.uid(1, 1829), 'administrator', ''
UNION ALL SELECT pg_temp.uid(1, 1830), 'auditor', '';

-- No results of targets are seeded, so none is expected: the limit's night does not look for them.
INSERT INTO grant_years (id, version, created_at, updated_at, program_code, fiscal_year, title, definition, definition_hash, definition_version,
	parameters, status, published_run_id, starts_on, ends_on)
SELECT pg_temp.uid(3, p), 1, :at, :at, 'mi-21h-' || p, 2026, 'Program ' || p || ' 2026', t.text, encode(sha256(convert_to(t.text, 'UTF8')), 'hex'), '2026.1',
	'{"result_expected_at": "1000000"}', 'open', pg_temp.uid(4, p), '2025-10-01', '2026-09-30'
FROM generate_series(1, :programs) p, LATERAL (SELECT replace(:'definition', E'\ncode: mi-21h\n', E'\ncode: mi-21h-' || p || E'\n') AS text) t;

INSERT INTO agreements (id, version, created_at, updated_at, organization_id, program_code, cohort, status, assigned_on, needs_approved_on, term_start, term_end, signed_on)
SELECT pg_temp.uid(5, d), 1, :at, :at, pg_temp.uid(2, d), 'mi-21h-1', '5', 'signed', '2025-05-01', '2025-07-01', '2025-09-01', '2028-08-31', '2025-09-01' FROM generate_series(1, 900) d;
INSERT INTO goals (id, agreement_id, number, title, area)
SELECT pg_temp.uid(6, d), pg_temp.uid(5, d), 1, 'Reading and mathematics', 'Student Achievement' FROM generate_series(1, 900) d;
INSERT INTO targets (id, agreement_id, goal_id, code, kind, type, measure, source, baseline, goal_value, unit, due_on)
SELECT pg_temp.uid(7, (p - 1) * 900 + d), pg_temp.uid(5, d), pg_temp.uid(6, d), 'ITB-' || p, 'ITB', 'local_academic', 'Growth', 'Example test', 2000, 3000, 'percent', '2027-03-01'
FROM generate_series(1, :programs) p, generate_series(1, 900) d;

-- The lines: district and program as in the lean schema, so that a page reads rows that lie just as far apart.
CREATE TEMP TABLE lines AS
SELECT i, 1 + i % 900 AS d, 1 + (i / 7) % :programs AS p, ((i / 7) % :programs) * 900 + 1 + i % 900 AS a, 300000 + (i::bigint * 104729) % 600000 AS amount,
	CASE WHEN i % 97 = 0 THEN 10 ELSE 2 + (1 + i % 900) % 8 END AS pct, row_number() OVER (PARTITION BY (i / 7) % :programs, i % 900 ORDER BY i) AS number,
	(ARRAY['111','221','226','241','261'])[1 + i % 5] AS function, (1000 + (i % 60) * 100)::text AS object,
	CASE WHEN i % 60 = 3 THEN '2025-12-01' ELSE '2025-10-01' END AS approved_on, i % 50 = 7 AS two
FROM generate_series(1, :li) i;
ANALYZE lines;
CREATE TEMP TABLE entries AS
SELECT g, l.i, l.d, l.p, l.a, l.function, CASE WHEN l.two THEN '7910' ELSE l.object END AS object,
	GREATEST(l.amount * l.pct / 100 * (90 + g % 21) / 100, 1) AS amount,
	to_char(date '2025-10-05' + (g::bigint * CASE WHEN l.d % 20 = 3 THEN 100 ELSE 265 END / (:li::bigint * :per))::int, 'YYYY-MM-DD') AS spent_on
FROM generate_series(1, :li * :per) g JOIN lines l ON l.i = 1 + (g::bigint * 7919) % :li;
CREATE TEMP TABLE spent AS SELECT i, sum(amount)::bigint AS cents FROM entries GROUP BY i;
CREATE TEMP TABLE apps AS
SELECT a, d, p, sum(amount)::bigint AS approved, count(*) AS lines, sum(amount)::bigint * CASE WHEN a % 200 = 0 THEN 90 ELSE 105 END / 100 AS allocation FROM lines GROUP BY a, d, p;

INSERT INTO allocation_runs (id, version, created_at, updated_at, grant_year_id, number, label, status, facts_year, pool_cents, allocated_cents, recipient_count,
	input_hash, parameters, determinations, created_by, published_at, published_by)
SELECT pg_temp.uid(4, p), 1, :at, :at, pg_temp.uid(3, p), 1, 'First run', 'published', 2025, sum(allocation), sum(allocation), count(*), '', '{}', '[]', :system, :at, :system FROM apps GROUP BY p;
INSERT INTO allocations (id, run_id, grant_year_id, organization_id, amount_cents, receipt, receipt_hash)
SELECT pg_temp.uid(8, a), pg_temp.uid(4, p), pg_temp.uid(3, p), pg_temp.uid(2, d), allocation, '{}', encode(sha256('{}'), 'hex') FROM apps;
INSERT INTO applications (id, version, created_at, updated_at, grant_year_id, organization_id, reference, status, allocation_id, allocation_cents, in_force_revision_id, approved_cents, approved_on)
SELECT pg_temp.uid(9, a), 1, :at, :at, pg_temp.uid(3, p), pg_temp.uid(2, d), 'MI21H' || p || '-2026-' || lpad(a::text, 4, '0'), 'in_force', pg_temp.uid(8, a), allocation, pg_temp.uid(10, a), approved, '2025-10-01' FROM apps ORDER BY a;
INSERT INTO revisions (id, version, created_at, updated_at, application_id, grant_year_id, organization_id, number, status, reason, round, total_cents, line_count, created_by, decided_at, decided_on, decision)
SELECT pg_temp.uid(10, a), 1, :at, :at, pg_temp.uid(9, a), pg_temp.uid(3, p), pg_temp.uid(2, d), 0, 'approved', '', 1, approved, lines, pg_temp.uid(1, d), :at, '2025-10-01', 'Approved.' FROM apps ORDER BY a;
INSERT INTO payments (id, version, created_at, updated_at, application_id, organization_id, status, amount_cents, expected_on, paid_cents, paid_on)
SELECT pg_temp.uid(11, a), 1, :at, :at, pg_temp.uid(9, a), pg_temp.uid(2, d), 'paid', allocation, '2025-11-20', allocation, '2025-11-20' FROM apps ORDER BY a;
-- The final agreement of one district in thirty is still out; the year's reports are not due yet.
INSERT INTO due_items (id, version, created_at, updated_at, organization_id, grant_year_id, agreement_id, code, title, citation, due_on, done_on)
SELECT pg_temp.uid(0, (k - 1) * 900 + d), 1, :at, :at, pg_temp.uid(2, d), '', pg_temp.uid(5, d), (ARRAY['needs_assessment','agreement_draft','agreement_final'])[k],
	(ARRAY['Needs assessment','Draft agreement','Final agreement'])[k], 'MCL 388.1621h', '2025-08-30', CASE WHEN k < 3 OR d % 30 > 0 THEN '2025-08-01' END FROM generate_series(1, 900) d, generate_series(1, 3) k
UNION ALL
SELECT pg_temp.uid(0, 2700 + a), 1, :at, :at, pg_temp.uid(2, d), pg_temp.uid(3, p), '', 'year_end_report', 'Year-end expenditure report', 'MCL 388.1618a', '2026-11-29', NULL FROM apps;

INSERT INTO line_items (id, application_id, grant_year_id, organization_id, number, status, version_id, use_category, function_code, object_code, description,
	amount_cents, spent_cents, limit_cents, approved_on, link_status, created_at, updated_at)
SELECT pg_temp.uid(12, i), pg_temp.uid(9, a), pg_temp.uid(3, p), pg_temp.uid(2, d), number, 'in_force', pg_temp.uid(13, i), (1 + i % 8)::text, function, object,
	'Line item ' || i || ' salaries and supplies for intervention', amount, cents, amount * 110 / 100, approved_on, CASE WHEN i % 7 = 0 THEN 'none' ELSE 'target' END, :at, :at
FROM lines JOIN spent USING (i) ORDER BY i;
INSERT INTO line_versions (id, line_item_id, revision_id, action, use_category, function_code, cost_kind, description, amount_cents, fte, staff_count, hours, rate_cents, quantity, unit_cost_cents,
	topic, days, grades, metric, data_source, impact_statement, resources_statement, prior_funding, plan_strategy, plan_activity, prior_approval, decision)
SELECT pg_temp.uid(13, i), pg_temp.uid(12, i), pg_temp.uid(10, a), 'add', (1 + i % 8)::text, function, 'purchased_services', 'Line item ' || i || ' salaries and supplies for intervention',
	amount, 0, 0, 0, 0, 0, 0, '', 0, '', 'Growth in reading', 'Example test', '', '', 'none', '', '', false, 'approved' FROM lines ORDER BY i;
INSERT INTO line_costs (line_version_id, object_code, amount_cents)
SELECT pg_temp.uid(13, i), object, CASE WHEN two THEN amount - amount * 3 / 10 ELSE amount END FROM lines
UNION ALL SELECT pg_temp.uid(13, i), '7910', amount * 3 / 10 FROM lines WHERE two;
INSERT INTO line_links (line_version_id, goal_id, target_id) SELECT pg_temp.uid(13, i), pg_temp.uid(6, d), pg_temp.uid(7, a) FROM lines WHERE i % 7 > 0;

-- Two million rows go in without their secondary indexes, which are made again from their own definitions.
CREATE TEMP TABLE kept AS SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ('expenditures','audit_events')
	AND indexname NOT IN (SELECT conname FROM pg_constraint);
SELECT 'DROP INDEX ' || indexname FROM kept \gexec
INSERT INTO expenditures (id, version, created_at, updated_at, line_item_id, application_id, grant_year_id, organization_id, function_code, object_code, amount_cents,
	spent_on, posted_on, vendor, invoice, memo, created_by)
SELECT pg_temp.uid(14, g), 1, :at, :at, pg_temp.uid(12, i), pg_temp.uid(9, a), pg_temp.uid(3, p), pg_temp.uid(2, d), function, object, amount,
	spent_on, spent_on, 'Vendor ' || g % 5000, 'INV-' || g, '', pg_temp.uid(1, d) FROM entries ORDER BY g;

-- Every document has the one event of its first version, with the hash that the program would have made (models/audit.go).
CREATE FUNCTION pg_temp.told(kind text, number bigint, id text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT encode(sha256(convert_to(concat_ws(E'\x1f', '', pg_temp.uid(15, number), '2025-09-15T12:00:00.000000Z', '00000000-0000-7000-8000-000000000001', 'Earmark',
	'create', kind, id, '1', '', '{}', 'seed', ''), 'UTF8')), 'hex') $$;
CREATE TEMP SEQUENCE told;
SELECT format($f$INSERT INTO audit_events (id, at, actor_id, actor_name, action, document_kind, document_id, sequence, reason, changes, request_id, rule_version, previous_hash, hash)
	SELECT pg_temp.uid(15, n), '2025-09-15 12:00:00', '00000000-0000-7000-8000-000000000001', 'Earmark', 'create', %1$L, id, 1, '', '{}', 'seed', '', '', pg_temp.told(%1$L, n, id)
	FROM (SELECT id, nextval('told') AS n FROM %2$I WHERE id <> '00000000-0000-7000-8000-000000000001' ORDER BY id) d$f$, left(table_name, -1), table_name)
FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'version' ORDER BY table_name = 'expenditures', table_name \gexec
SELECT indexdef FROM kept \gexec
COMMIT;
VACUUM ANALYZE;
CHECKPOINT;
