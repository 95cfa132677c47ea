-- +goose Up
-- The audit trail, expenditures, receipts and approvals are history: no statement may rewrite them.
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events BEGIN SELECT RAISE(ABORT, 'append-only: audit_events'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events BEGIN SELECT RAISE(ABORT, 'append-only: audit_events'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER expenditures_no_update BEFORE UPDATE ON expenditures BEGIN SELECT RAISE(ABORT, 'append-only: expenditures'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER expenditures_no_delete BEFORE DELETE ON expenditures BEGIN SELECT RAISE(ABORT, 'append-only: expenditures'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER determination_results_no_update BEFORE UPDATE ON determination_results BEGIN SELECT RAISE(ABORT, 'append-only: determination_results'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER determination_results_no_delete BEFORE DELETE ON determination_results BEGIN SELECT RAISE(ABORT, 'append-only: determination_results'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER allocations_no_update BEFORE UPDATE ON allocations BEGIN SELECT RAISE(ABORT, 'append-only: allocations'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER allocations_no_delete BEFORE DELETE ON allocations BEGIN SELECT RAISE(ABORT, 'append-only: allocations'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER measure_results_no_update BEFORE UPDATE ON measure_results BEGIN SELECT RAISE(ABORT, 'append-only: measure_results'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER measure_results_no_delete BEFORE DELETE ON measure_results BEGIN SELECT RAISE(ABORT, 'append-only: measure_results'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER target_results_no_update BEFORE UPDATE ON target_results BEGIN SELECT RAISE(ABORT, 'append-only: target_results'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER target_results_no_delete BEFORE DELETE ON target_results BEGIN SELECT RAISE(ABORT, 'append-only: target_results'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approvals_no_update BEFORE UPDATE ON approvals BEGIN SELECT RAISE(ABORT, 'append-only: approvals'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER approvals_no_delete BEFORE DELETE ON approvals BEGIN SELECT RAISE(ABORT, 'append-only: approvals'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER record_signatures_no_update BEFORE UPDATE ON record_signatures BEGIN SELECT RAISE(ABORT, 'append-only: record_signatures'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER record_signatures_no_delete BEFORE DELETE ON record_signatures BEGIN SELECT RAISE(ABORT, 'append-only: record_signatures'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER record_decisions_no_update BEFORE UPDATE ON record_decisions BEGIN SELECT RAISE(ABORT, 'append-only: record_decisions'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER record_decisions_no_delete BEFORE DELETE ON record_decisions BEGIN SELECT RAISE(ABORT, 'append-only: record_decisions'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER revisions_fixed BEFORE UPDATE ON revisions WHEN OLD.status IN ('approved','denied','withdrawn') BEGIN SELECT RAISE(ABORT, 'append-only: a decided revision'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER commitment_approvals_no_update BEFORE UPDATE ON commitment_approvals BEGIN SELECT RAISE(ABORT, 'append-only: commitment_approvals'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER commitment_approvals_no_delete BEFORE DELETE ON commitment_approvals BEGIN SELECT RAISE(ABORT, 'append-only: commitment_approvals'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER prior_funding_rows_no_update BEFORE UPDATE ON prior_funding_rows BEGIN SELECT RAISE(ABORT, 'append-only: prior_funding_rows'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER prior_funding_rows_no_delete BEFORE DELETE ON prior_funding_rows BEGIN SELECT RAISE(ABORT, 'append-only: prior_funding_rows'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attachments_no_update BEFORE UPDATE ON attachments
  WHEN OLD.sha256 <> NEW.sha256 OR OLD.size <> NEW.size OR OLD.document_kind <> NEW.document_kind OR OLD.document_id <> NEW.document_id OR OLD.withdrawn_on IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'append-only: attachments'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER attachments_no_delete BEFORE DELETE ON attachments BEGIN SELECT RAISE(ABORT, 'append-only: attachments'); END;
-- +goose StatementEnd
