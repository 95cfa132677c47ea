\set d random(1, 900)
\set after random(0, :nli / 2)
SELECT id, application_id, program_id, district_id, number, function_code, object_code, description, status, approved_on, amount_cents, spent_cents, version, created_at, updated_at, CASE WHEN amount_cents > 0 THEN spent_cents * 10000 / amount_cents ELSE 0 END AS util_bp FROM line_items WHERE district_id = :d AND id > :after ORDER BY id LIMIT 50;
