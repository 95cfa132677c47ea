-- The same districts, lines and expenditures as ../seed.sql, in the lean schema. psql -v li=200000 -v per=10 -v programs=8
\set ON_ERROR_STOP on
SET synchronous_commit = off;
SET session_replication_role = replica;
SET maintenance_work_mem = '512MB';
SET work_mem = '128MB';
BEGIN;
INSERT INTO programs SELECT p, 'Program ' || p FROM generate_series(1, :programs) p;
INSERT INTO districts SELECT d, 'Example District ' || d, 1801 + d % 20 FROM generate_series(1, 900) d;
INSERT INTO people SELECT d, 'Person ' || d, 'district_preparer', d FROM generate_series(1, 900) d
UNION ALL SELECT 900 + d, 'Person ' || 900 + d, 'authorized_official', d FROM generate_series(1, 900) d
UNION ALL SELECT 1800 + n, 'Person ' || 1800 + n, 'pal', NULL FROM generate_series(1, 20) n
UNION ALL SELECT 1820 + n, 'Person ' || 1820 + n, 'fiscal_reviewer', NULL FROM generate_series(1, 5) n
UNION ALL SELECT 1825 + n, 'Person ' || 1825 + n, 'opd_manager', NULL FROM generate_series(1, 3) n;
INSERT INTO benchmarks SELECT (p - 1) * 900 + d, p, d, 'ITB-' || p FROM generate_series(1, :programs) p, generate_series(1, 900) d;
INSERT INTO line_items (id, application_id, program_id, district_id, number, function_code, object_code, description, status, approved_on, amount_cents)
SELECT i, ((i / 7) % :programs) * 900 + 1 + i % 900, 1 + (i / 7) % :programs, 1 + i % 900, row_number() OVER (PARTITION BY (i / 7) % :programs, i % 900 ORDER BY i),
	(ARRAY['111','221','226','241','261'])[1 + i % 5], (1000 + (i % 60) * 100)::text, 'Line item ' || i || ' salaries and supplies for intervention', 'in_force',
	CASE WHEN i % 60 = 3 THEN date '2025-12-01' ELSE date '2025-10-01' END, 300000 + (i::bigint * 104729) % 600000
FROM generate_series(1, :li) i ORDER BY i;
ANALYZE line_items;
INSERT INTO applications SELECT application_id, program_id, district_id, a, a, date '2025-11-20'
FROM (SELECT application_id, program_id, district_id, sum(amount_cents)::bigint * CASE WHEN application_id % 200 = 0 THEN 90 ELSE 105 END / 100 AS a FROM line_items GROUP BY 1, 2, 3) t;
INSERT INTO line_costs SELECT id, object_code, CASE WHEN id % 50 = 7 THEN amount_cents - amount_cents * 3 / 10 ELSE amount_cents END FROM line_items
UNION ALL SELECT id, '7910', amount_cents * 3 / 10 FROM line_items WHERE id % 50 = 7;
INSERT INTO line_item_benchmarks SELECT id, application_id FROM line_items WHERE id % 7 > 0;
INSERT INTO expenditures (line_item_id, object_code, amount_cents, spent_on, vendor, invoice_no, created_by)
SELECT l.id, CASE WHEN l.id % 50 = 7 THEN '7910' ELSE l.object_code END,
	GREATEST(l.amount_cents * CASE WHEN l.id % 97 = 0 THEN 10 ELSE 2 + l.district_id % 8 END / 100 * (90 + g % 21) / 100, 1),
	date '2025-10-05' + (g::bigint * CASE WHEN l.district_id % 20 = 3 THEN 100 ELSE 265 END / (:li::bigint * :per))::int, 'Vendor ' || g % 5000, 'INV-' || g, l.district_id
FROM generate_series(1, :li * :per) g JOIN line_items l ON l.id = 1 + (g::bigint * 7919) % :li ORDER BY g;
INSERT INTO due_items SELECT d, d, 'Final agreement', date '2025-08-30', CASE WHEN d % 30 > 0 THEN date '2025-08-01' END FROM generate_series(1, 900) d;
UPDATE line_items l SET spent_cents = s FROM (SELECT line_item_id, sum(amount_cents)::bigint AS s FROM expenditures GROUP BY 1) e WHERE e.line_item_id = l.id;
SELECT setval(pg_get_serial_sequence('line_items', 'id'), :li);
CREATE INDEX line_items_district ON line_items (district_id, id);
CREATE INDEX expenditures_line ON expenditures (line_item_id, id);
CREATE INDEX line_item_benchmarks_benchmark ON line_item_benchmarks (benchmark_id);
COMMIT;
VACUUM FULL line_items;
VACUUM ANALYZE;
CHECKPOINT;
