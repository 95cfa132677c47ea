\set li random(1, :nli)
\set amt random(1, 50)
BEGIN;
SELECT amount_cents - spent_cents AS room, status FROM line_items WHERE id = :li FOR UPDATE \gset
\if :room >= :amt
INSERT INTO expenditures (line_item_id, object_code, amount_cents, spent_on, vendor, invoice_no, memo, created_by) VALUES (:li, '3120', :amt, '2026-06-15', 'Vendor 12', 'INV-bench', 'bench', 7) RETURNING id \gset
UPDATE line_items SET spent_cents = spent_cents + :amt, version = version + 1, updated_at = now() WHERE id = :li;
INSERT INTO audit_log (actor, entity, entity_id, action, data) VALUES (7, 'expenditure', :id, 'create', jsonb_build_object('line_item_id', :li::bigint, 'amount_cents', :amt::bigint));
\endif
COMMIT;
