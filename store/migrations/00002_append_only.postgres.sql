-- +goose Up
-- The audit trail, expenditures, receipts and approvals are history: no statement may rewrite them.
-- +goose StatementBegin
CREATE FUNCTION earmark_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append-only: %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_events_fixed BEFORE UPDATE OR DELETE ON audit_events FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER audit_events_kept BEFORE TRUNCATE ON audit_events FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER expenditures_fixed BEFORE UPDATE OR DELETE ON expenditures FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER expenditures_kept BEFORE TRUNCATE ON expenditures FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER determination_results_fixed BEFORE UPDATE OR DELETE ON determination_results FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER determination_results_kept BEFORE TRUNCATE ON determination_results FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER allocations_fixed BEFORE UPDATE OR DELETE ON allocations FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER allocations_kept BEFORE TRUNCATE ON allocations FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER measure_results_fixed BEFORE UPDATE OR DELETE ON measure_results FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER measure_results_kept BEFORE TRUNCATE ON measure_results FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER target_results_fixed BEFORE UPDATE OR DELETE ON target_results FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER target_results_kept BEFORE TRUNCATE ON target_results FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER approvals_fixed BEFORE UPDATE OR DELETE ON approvals FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER approvals_kept BEFORE TRUNCATE ON approvals FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER record_signatures_fixed BEFORE UPDATE OR DELETE ON record_signatures FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER record_signatures_kept BEFORE TRUNCATE ON record_signatures FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER record_decisions_fixed BEFORE UPDATE OR DELETE ON record_decisions FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER record_decisions_kept BEFORE TRUNCATE ON record_decisions FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER revisions_fixed BEFORE UPDATE ON revisions FOR EACH ROW WHEN (OLD.status IN ('approved','denied','withdrawn')) EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER commitment_approvals_fixed BEFORE UPDATE OR DELETE ON commitment_approvals FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER commitment_approvals_kept BEFORE TRUNCATE ON commitment_approvals FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER prior_funding_rows_fixed BEFORE UPDATE OR DELETE ON prior_funding_rows FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER prior_funding_rows_kept BEFORE TRUNCATE ON prior_funding_rows FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER attachments_fixed BEFORE UPDATE ON attachments FOR EACH ROW
  WHEN (OLD.sha256 <> NEW.sha256 OR OLD.size <> NEW.size OR OLD.document_kind <> NEW.document_kind OR OLD.document_id <> NEW.document_id OR OLD.withdrawn_on IS NOT NULL) EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER attachments_kept BEFORE DELETE ON attachments FOR EACH ROW EXECUTE FUNCTION earmark_append_only();
CREATE TRIGGER attachments_whole BEFORE TRUNCATE ON attachments FOR EACH STATEMENT EXECUTE FUNCTION earmark_append_only();
