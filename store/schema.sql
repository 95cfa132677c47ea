-- The schema after all migrations, as SQLite has it. Written by: go test ./store -run TestSchemaDump -update

CREATE TABLE activities (
  id TEXT PRIMARY KEY, agreement_id TEXT NOT NULL REFERENCES agreements (id), strategy_id TEXT NOT NULL REFERENCES strategies (id), number INTEGER NOT NULL,
  title TEXT NOT NULL, responsible TEXT NOT NULL, starts_on TEXT, ends_on TEXT,
  status TEXT NOT NULL CHECK (status IN ('planned','under_way','done','dropped')), funded BOOLEAN NOT NULL,
  UNIQUE (agreement_id, number)
);

CREATE INDEX activities_strategy ON activities (strategy_id);

CREATE TABLE activity_targets (
  activity_id TEXT NOT NULL REFERENCES activities (id) ON DELETE CASCADE, target_id TEXT NOT NULL REFERENCES targets (id),
  PRIMARY KEY (activity_id, target_id)
);

CREATE INDEX activity_targets_target ON activity_targets (target_id);

CREATE TABLE agreements (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id), program_code TEXT NOT NULL, cohort TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('draft','signed','ended')),
  assigned_on TEXT NOT NULL, needs_approved_on TEXT, term_start TEXT, term_end TEXT, signed_on TEXT,
  funded_years_prior INTEGER NOT NULL DEFAULT 0,
  not_applicable TEXT NOT NULL DEFAULT '[]',
  UNIQUE (organization_id, cohort)
);

CREATE TABLE allocation_releases (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  grant_year_id TEXT NOT NULL REFERENCES grant_years (id), organization_id TEXT NOT NULL REFERENCES organizations (id),
  status TEXT NOT NULL CHECK (status IN ('pooled','reallocated','withdrawn')), amount_cents BIGINT NOT NULL CHECK (amount_cents > 0),
  reason TEXT NOT NULL, released_on TEXT NOT NULL, released_by TEXT NOT NULL, run_id TEXT REFERENCES allocation_runs (id)
);

CREATE INDEX allocation_releases_year ON allocation_releases (grant_year_id, organization_id);

CREATE TABLE allocation_runs (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  grant_year_id TEXT NOT NULL REFERENCES grant_years (id), number INTEGER NOT NULL, label TEXT NOT NULL,
  run_kind TEXT NOT NULL DEFAULT 'formula' CHECK (run_kind IN ('formula','reallocation')), reallocation TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('draft','published','superseded')), facts_year INTEGER NOT NULL,
  pool_cents BIGINT NOT NULL CHECK (pool_cents >= 0), allocated_cents BIGINT NOT NULL CHECK (allocated_cents >= 0 AND allocated_cents <= pool_cents),
  recipient_count INTEGER NOT NULL, input_hash TEXT NOT NULL, parameters TEXT NOT NULL, determinations TEXT NOT NULL,
  created_by TEXT NOT NULL, published_at TIMESTAMP, published_by TEXT,
  UNIQUE (grant_year_id, number)
);

CREATE UNIQUE INDEX allocation_runs_published ON allocation_runs (grant_year_id) WHERE status = 'published' AND run_kind = 'formula';

CREATE TABLE allocations (
  id TEXT PRIMARY KEY, run_id TEXT NOT NULL REFERENCES allocation_runs (id), grant_year_id TEXT NOT NULL REFERENCES grant_years (id),
  organization_id TEXT NOT NULL REFERENCES organizations (id), amount_cents BIGINT NOT NULL CHECK (amount_cents >= 0),
  bound TEXT NOT NULL DEFAULT '', bound_by TEXT NOT NULL DEFAULT '',
  receipt TEXT NOT NULL, receipt_hash TEXT NOT NULL,
  UNIQUE (run_id, organization_id)
);

CREATE INDEX allocations_organization ON allocations (organization_id, grant_year_id);

CREATE TRIGGER allocations_no_delete BEFORE DELETE ON allocations BEGIN SELECT RAISE(ABORT, 'append-only: allocations'); END;

CREATE TRIGGER allocations_no_update BEFORE UPDATE ON allocations BEGIN SELECT RAISE(ABORT, 'append-only: allocations'); END;

CREATE TABLE api_tokens (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  user_id TEXT NOT NULL REFERENCES users (id), name TEXT NOT NULL, token_hash TEXT NOT NULL UNIQUE,
  scopes TEXT NOT NULL, expires_at TIMESTAMP NOT NULL, revoked_at TIMESTAMP
);

CREATE INDEX api_tokens_user ON api_tokens (user_id);

CREATE TABLE application_utilizations (
  application_id TEXT NOT NULL REFERENCES applications (id), as_of TEXT NOT NULL, grant_year_id TEXT NOT NULL, organization_id TEXT NOT NULL,
  allocation_cents BIGINT NOT NULL, approved_cents BIGINT NOT NULL, paid_cents BIGINT NOT NULL, spent_cents BIGINT NOT NULL,
  rate_bp BIGINT, forecast_cents BIGINT NOT NULL, forecast_low_cents BIGINT NOT NULL, forecast_high_cents BIGINT NOT NULL, deadline_on TEXT,
  line_count INTEGER NOT NULL, unlinked_count INTEGER NOT NULL,
  started_on TEXT, recent_cents BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (application_id, as_of)
);

CREATE INDEX application_utilizations_year ON application_utilizations (grant_year_id, as_of);

CREATE TABLE applications (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  grant_year_id TEXT NOT NULL REFERENCES grant_years (id), organization_id TEXT NOT NULL REFERENCES organizations (id),
  reference TEXT NOT NULL UNIQUE, status TEXT NOT NULL CHECK (status IN ('open','in_force')),
  allocation_id TEXT REFERENCES allocations (id), allocation_cents BIGINT NOT NULL CHECK (allocation_cents >= 0),
  in_force_revision_id TEXT, approved_cents BIGINT NOT NULL DEFAULT 0 CHECK (approved_cents >= 0), approved_on TEXT,
  window_exception TEXT,
  UNIQUE (grant_year_id, organization_id)
);

CREATE INDEX applications_organization ON applications (organization_id, id);

CREATE TABLE approvals (
  id TEXT PRIMARY KEY, revision_id TEXT NOT NULL REFERENCES revisions (id), round INTEGER NOT NULL, step TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('approve','return','deny')), user_id TEXT NOT NULL REFERENCES users (id), on_behalf_of TEXT NOT NULL DEFAULT '',
  comment TEXT NOT NULL, at TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX approvals_once ON approvals (revision_id, round, step, user_id);

CREATE TRIGGER approvals_no_delete BEFORE DELETE ON approvals BEGIN SELECT RAISE(ABORT, 'append-only: approvals'); END;

CREATE TRIGGER approvals_no_update BEFORE UPDATE ON approvals BEGIN SELECT RAISE(ABORT, 'append-only: approvals'); END;

CREATE TABLE attachments (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  organization_id TEXT NOT NULL, document_kind TEXT NOT NULL, document_id TEXT NOT NULL,
  name TEXT NOT NULL, title TEXT NOT NULL, media_type TEXT NOT NULL, size BIGINT NOT NULL CHECK (size > 0), sha256 TEXT NOT NULL,
  by_office BOOLEAN NOT NULL, created_by TEXT NOT NULL,
  withdrawn_on TEXT, withdrawn_by TEXT, withdrawal_reason TEXT NOT NULL DEFAULT '',
  CHECK ((withdrawn_on IS NULL) = (withdrawn_by IS NULL))
);

CREATE INDEX attachments_content ON attachments (sha256);

CREATE INDEX attachments_document ON attachments (document_kind, document_id, id);

CREATE UNIQUE INDEX attachments_once ON attachments (document_kind, document_id, sha256) WHERE withdrawn_on IS NULL;

CREATE INDEX attachments_organization ON attachments (organization_id, id);

CREATE TRIGGER attachments_no_delete BEFORE DELETE ON attachments BEGIN SELECT RAISE(ABORT, 'append-only: attachments'); END;

CREATE TRIGGER attachments_no_update BEFORE UPDATE ON attachments
  WHEN OLD.sha256 <> NEW.sha256 OR OLD.size <> NEW.size OR OLD.document_kind <> NEW.document_kind OR OLD.document_id <> NEW.document_id OR OLD.withdrawn_on IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'append-only: attachments'); END;

CREATE TABLE audit_events (
  id TEXT PRIMARY KEY, at TIMESTAMP NOT NULL, actor_id TEXT NOT NULL, actor_name TEXT NOT NULL, action TEXT NOT NULL,
  document_kind TEXT NOT NULL, document_id TEXT NOT NULL, sequence BIGINT NOT NULL, reason TEXT NOT NULL, changes TEXT NOT NULL,
  request_id TEXT NOT NULL, rule_version TEXT NOT NULL, on_behalf_of TEXT NOT NULL DEFAULT '', delegation_id TEXT NOT NULL DEFAULT '',
  previous_hash TEXT NOT NULL, hash TEXT NOT NULL,
  UNIQUE (document_kind, document_id, sequence)
);

CREATE INDEX audit_events_actor ON audit_events (actor_id, at);

CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events BEGIN SELECT RAISE(ABORT, 'append-only: audit_events'); END;

CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events BEGIN SELECT RAISE(ABORT, 'append-only: audit_events'); END;

CREATE TABLE budget_cells (
  form_id TEXT NOT NULL REFERENCES budget_forms (id), line TEXT NOT NULL, year INTEGER NOT NULL,
  amount_cents BIGINT CHECK (amount_cents >= 0), printed TEXT NOT NULL,
  PRIMARY KEY (form_id, line, year)
);

CREATE TABLE budget_forms (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  grant_year_id TEXT NOT NULL REFERENCES grant_years (id), organization_id TEXT NOT NULL REFERENCES organizations (id),
  form_kind TEXT NOT NULL CHECK (form_kind IN ('summary','project')), code TEXT NOT NULL, title TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('draft','submitted','removed')), items TEXT NOT NULL, indirect TEXT NOT NULL,
  entered_cents BIGINT NOT NULL CHECK (entered_cents >= 0), created_by TEXT NOT NULL, submitted_by TEXT, submitted_on TEXT
);

CREATE UNIQUE INDEX budget_forms_code ON budget_forms (organization_id, grant_year_id, code) WHERE status <> 'removed';

CREATE INDEX budget_forms_grant_year ON budget_forms (grant_year_id, id);

CREATE UNIQUE INDEX budget_forms_summary ON budget_forms (organization_id, grant_year_id) WHERE form_kind = 'summary' AND status <> 'removed';

CREATE TABLE commitment_approvals (
  id TEXT PRIMARY KEY, commitment_id TEXT NOT NULL REFERENCES commitments (id), round INTEGER NOT NULL, step TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('approve','return','deny')), user_id TEXT NOT NULL REFERENCES users (id), on_behalf_of TEXT NOT NULL DEFAULT '',
  comment TEXT NOT NULL, at TIMESTAMP NOT NULL
);

CREATE UNIQUE INDEX commitment_approvals_once ON commitment_approvals (commitment_id, round, step, user_id);

CREATE TRIGGER commitment_approvals_no_delete BEFORE DELETE ON commitment_approvals BEGIN SELECT RAISE(ABORT, 'append-only: commitment_approvals'); END;

CREATE TRIGGER commitment_approvals_no_update BEFORE UPDATE ON commitment_approvals BEGIN SELECT RAISE(ABORT, 'append-only: commitment_approvals'); END;

CREATE TABLE commitments (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  application_id TEXT NOT NULL REFERENCES applications (id), grant_year_id TEXT NOT NULL REFERENCES grant_years (id),
  organization_id TEXT NOT NULL REFERENCES organizations (id), line_item_id TEXT NOT NULL REFERENCES line_items (id),
  payee_id TEXT NOT NULL REFERENCES payees (id), reference TEXT NOT NULL UNIQUE, number INTEGER NOT NULL, description TEXT NOT NULL,
  amount_cents BIGINT NOT NULL CHECK (amount_cents > 0), spent_cents BIGINT NOT NULL DEFAULT 0 CHECK (spent_cents >= 0 AND spent_cents <= amount_cents),
  starts_on TEXT NOT NULL, ends_on TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('draft','submitted','approved','returned','denied','contracted','cancelled')),
  round INTEGER NOT NULL DEFAULT 0, outside_portfolio BOOLEAN NOT NULL, procurement TEXT NOT NULL DEFAULT '', contract_number TEXT NOT NULL DEFAULT '',
  contracted_on TEXT, approved_on TEXT, created_by TEXT NOT NULL, submitted_by TEXT,
  UNIQUE (application_id, number), CHECK (starts_on <= ends_on)
);

CREATE INDEX commitments_line ON commitments (line_item_id);

CREATE INDEX commitments_organization ON commitments (organization_id, id);

CREATE INDEX commitments_payee ON commitments (payee_id);

CREATE INDEX commitments_year ON commitments (grant_year_id, status);

CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL);

CREATE TABLE delegations (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  from_user_id TEXT NOT NULL REFERENCES users (id), to_user_id TEXT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL, organization_id TEXT NOT NULL DEFAULT '', body TEXT NOT NULL DEFAULT '',
  from_on TEXT NOT NULL, to_on TEXT NOT NULL, reason TEXT NOT NULL, standing BOOLEAN NOT NULL,
  active_from_on TEXT, active_to_on TEXT, activation_reason TEXT NOT NULL DEFAULT '', activated_by TEXT REFERENCES users (id),
  starts_at TIMESTAMP, ends_at TIMESTAMP, revoked_on TEXT, revoked_by TEXT REFERENCES users (id), created_by TEXT NOT NULL,
  CHECK (from_on <= to_on), CHECK (from_user_id <> to_user_id), CHECK (role NOT IN ('administrator','reviewer','auditor','system'))
);

CREATE INDEX delegations_from ON delegations (from_user_id, ends_at);

CREATE INDEX delegations_organization ON delegations (organization_id, id);

CREATE INDEX delegations_to ON delegations (to_user_id, ends_at);

CREATE TABLE determination_results (
  id TEXT PRIMARY KEY, run_id TEXT NOT NULL REFERENCES determination_runs (id),
  organization_id TEXT NOT NULL REFERENCES organizations (id), county TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, subtype TEXT NOT NULL,
  level INTEGER NOT NULL CHECK (level >= 0), level_title TEXT NOT NULL, provider TEXT NOT NULL, note TEXT NOT NULL,
  report TEXT NOT NULL, detail TEXT NOT NULL,
  UNIQUE (run_id, organization_id)
);

CREATE INDEX determination_results_organization ON determination_results (organization_id, run_id);

CREATE INDEX determination_results_public ON determination_results (run_id, county, name);

CREATE TRIGGER determination_results_no_delete BEFORE DELETE ON determination_results BEGIN SELECT RAISE(ABORT, 'append-only: determination_results'); END;

CREATE TRIGGER determination_results_no_update BEFORE UPDATE ON determination_results BEGIN SELECT RAISE(ABORT, 'append-only: determination_results'); END;

CREATE TABLE determination_runs (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  grant_year_id TEXT NOT NULL REFERENCES grant_years (id), program_code TEXT NOT NULL, facts_year INTEGER NOT NULL,
  number INTEGER NOT NULL, label TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('draft','preview','published','superseded')),
  result_count INTEGER NOT NULL, level_counts TEXT NOT NULL, input_hash TEXT NOT NULL, parameters TEXT NOT NULL, rules_version TEXT NOT NULL,
  created_by TEXT NOT NULL, previewed_at TIMESTAMP, published_at TIMESTAMP, published_by TEXT,
  UNIQUE (grant_year_id, number)
);

CREATE UNIQUE INDEX determination_runs_published ON determination_runs (program_code, facts_year) WHERE status = 'published';

CREATE TABLE drawdowns (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  application_id TEXT NOT NULL REFERENCES applications (id), grant_year_id TEXT NOT NULL, organization_id TEXT NOT NULL,
  project_year INTEGER NOT NULL CHECK (project_year > 0), status TEXT NOT NULL CHECK (status IN ('scheduled','requested','held','released')),
  scheduled_cents BIGINT NOT NULL CHECK (scheduled_cents >= 0), requested_cents BIGINT NOT NULL DEFAULT 0 CHECK (requested_cents >= 0),
  released_cents BIGINT NOT NULL DEFAULT 0 CHECK (released_cents >= 0), reasons TEXT NOT NULL, office_hold TEXT NOT NULL DEFAULT '',
  requested_on TEXT, requested_by TEXT, released_on TEXT, released_by TEXT, payment_id TEXT REFERENCES payments (id),
  UNIQUE (application_id, project_year)
);

CREATE INDEX drawdowns_organization ON drawdowns (organization_id, id);

CREATE INDEX drawdowns_year ON drawdowns (grant_year_id, id);

CREATE TABLE due_items (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id), grant_year_id TEXT NOT NULL, agreement_id TEXT NOT NULL,
  code TEXT NOT NULL, period TEXT NOT NULL DEFAULT '', title TEXT NOT NULL, citation TEXT NOT NULL,
  counts_from TEXT, due_on TEXT NOT NULL, done_on TEXT, done_by TEXT, comment TEXT NOT NULL DEFAULT '',
  UNIQUE (organization_id, grant_year_id, agreement_id, code, period)
);

CREATE INDEX due_items_due ON due_items (due_on);

CREATE TABLE expenditure_imports (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id), grant_year_id TEXT NOT NULL REFERENCES grant_years (id),
  application_id TEXT NOT NULL REFERENCES applications (id), format TEXT NOT NULL CHECK (format IN ('csv','fid')),
  file_name TEXT NOT NULL, file_hash TEXT NOT NULL, row_count INTEGER NOT NULL, posted_count INTEGER NOT NULL, repeated_count INTEGER NOT NULL,
  exception_count INTEGER NOT NULL, posted_cents BIGINT NOT NULL, created_by TEXT NOT NULL,
  mapping TEXT NOT NULL DEFAULT '', -- JSON: what the columns of the file were said to be; the organization's last one is remembered
  UNIQUE (application_id, file_hash)
);

CREATE TABLE expenditures (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL DEFAULT 1, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  line_item_id TEXT NOT NULL REFERENCES line_items (id), application_id TEXT NOT NULL, grant_year_id TEXT NOT NULL, organization_id TEXT NOT NULL,
  function_code TEXT NOT NULL, object_code TEXT NOT NULL, amount_cents BIGINT NOT NULL CHECK (amount_cents <> 0),
  spent_on TEXT NOT NULL, posted_on TEXT NOT NULL, vendor TEXT NOT NULL, invoice TEXT NOT NULL, memo TEXT NOT NULL,
  reverses_id TEXT REFERENCES expenditures (id), commitment_id TEXT REFERENCES commitments (id), import_id TEXT REFERENCES expenditure_imports (id), row_key TEXT, created_by TEXT NOT NULL
);

CREATE INDEX expenditures_application ON expenditures (application_id, id);

CREATE INDEX expenditures_line ON expenditures (line_item_id, id);

CREATE UNIQUE INDEX expenditures_reversal ON expenditures (reverses_id) WHERE reverses_id IS NOT NULL;

CREATE UNIQUE INDEX expenditures_row ON expenditures (application_id, row_key) WHERE row_key IS NOT NULL;

CREATE TRIGGER expenditures_no_delete BEFORE DELETE ON expenditures BEGIN SELECT RAISE(ABORT, 'append-only: expenditures'); END;

CREATE TRIGGER expenditures_no_update BEFORE UPDATE ON expenditures BEGIN SELECT RAISE(ABORT, 'append-only: expenditures'); END;

CREATE TABLE fact_imports (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  content TEXT NOT NULL CHECK (content IN ('organizations','facts','measures','target_results')), file_name TEXT NOT NULL, file_hash TEXT NOT NULL,
  source TEXT NOT NULL, row_count INTEGER NOT NULL, added INTEGER NOT NULL, changed INTEGER NOT NULL, created_by TEXT NOT NULL
);

CREATE TABLE facts (
  organization_id TEXT NOT NULL REFERENCES organizations (id), year INTEGER NOT NULL, group_code TEXT NOT NULL DEFAULT '', name TEXT NOT NULL,
  value TEXT NOT NULL, source TEXT NOT NULL, import_id TEXT NOT NULL REFERENCES fact_imports (id),
  PRIMARY KEY (organization_id, year, group_code, name)
);

CREATE INDEX facts_year ON facts (year, organization_id);

CREATE TABLE flags (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  grant_year_id TEXT NOT NULL, organization_id TEXT NOT NULL, application_id TEXT NOT NULL, line_item_id TEXT NOT NULL,
  rule TEXT NOT NULL, subject TEXT NOT NULL, severity TEXT NOT NULL CHECK (severity IN ('warning','violation')),
  status TEXT NOT NULL CHECK (status IN ('open','acknowledged','waived','resolved')),
  measure BIGINT NOT NULL, threshold BIGINT NOT NULL, detail TEXT NOT NULL, evidence TEXT NOT NULL,
  first_seen TEXT NOT NULL, changed_on TEXT NOT NULL, resolved_on TEXT, waived_until TEXT, reply TEXT NOT NULL DEFAULT '', reply_by TEXT
);

CREATE INDEX flags_application ON flags (application_id, id);

CREATE UNIQUE INDEX flags_live ON flags (grant_year_id, rule, subject) WHERE status <> 'resolved';

CREATE INDEX flags_organization ON flags (organization_id, id);

CREATE TABLE gate_waivers (
  id TEXT PRIMARY KEY, agreement_id TEXT NOT NULL REFERENCES agreements (id), grant_year_id TEXT NOT NULL REFERENCES grant_years (id),
  finding TEXT NOT NULL, reason TEXT NOT NULL, given_by TEXT NOT NULL REFERENCES users (id), given_on TEXT NOT NULL,
  UNIQUE (agreement_id, grant_year_id, finding)
);

CREATE TABLE goals (
  id TEXT PRIMARY KEY, agreement_id TEXT NOT NULL REFERENCES agreements (id), number INTEGER NOT NULL,
  title TEXT NOT NULL, area TEXT NOT NULL, reference TEXT NOT NULL DEFAULT '',
  UNIQUE (agreement_id, number)
);

CREATE TABLE grant_years (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  program_code TEXT NOT NULL, fiscal_year INTEGER NOT NULL, title TEXT NOT NULL,
  definition TEXT NOT NULL, definition_hash TEXT NOT NULL, definition_version TEXT NOT NULL,
  parameters TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('planned','open','closing','closed')),
  published_run_id TEXT, starts_on TEXT NOT NULL, ends_on TEXT NOT NULL,
  UNIQUE (program_code, fiscal_year)
);

CREATE TABLE idempotency_keys (
  actor_id TEXT NOT NULL, key TEXT NOT NULL, input_hash TEXT NOT NULL, document_kind TEXT NOT NULL, document_id TEXT NOT NULL, created_at TIMESTAMP NOT NULL,
  PRIMARY KEY (actor_id, key)
);

CREATE TABLE import_exceptions (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  import_id TEXT NOT NULL REFERENCES expenditure_imports (id), organization_id TEXT NOT NULL, application_id TEXT NOT NULL,
  row_number INTEGER NOT NULL, row_key TEXT NOT NULL, function_code TEXT NOT NULL, object_code TEXT NOT NULL, school_code TEXT NOT NULL,
  amount_cents BIGINT NOT NULL, spent_on TEXT, vendor TEXT NOT NULL, invoice TEXT NOT NULL, memo TEXT NOT NULL,
  reason TEXT NOT NULL, detail TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('open','matched','dismissed')),
  expenditure_id TEXT REFERENCES expenditures (id), comment TEXT NOT NULL DEFAULT '',
  UNIQUE (application_id, row_key)
);

CREATE INDEX import_exceptions_import ON import_exceptions (import_id);

CREATE INDEX import_exceptions_organization ON import_exceptions (organization_id, id);

CREATE TABLE job_runs (
  id TEXT PRIMARY KEY, job TEXT NOT NULL, for_date TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('running','done','failed')),
  attempt INTEGER NOT NULL, locked_by TEXT NOT NULL, locked_until TIMESTAMP NOT NULL, started_at TIMESTAMP NOT NULL, finished_at TIMESTAMP,
  summary TEXT NOT NULL DEFAULT '', last_error TEXT NOT NULL DEFAULT '',
  UNIQUE (job, for_date)
);

CREATE TABLE line_costs (
  line_version_id TEXT NOT NULL REFERENCES line_versions (id) ON DELETE CASCADE, object_code TEXT NOT NULL,
  amount_cents BIGINT NOT NULL CHECK (amount_cents >= 0),
  PRIMARY KEY (line_version_id, object_code)
);

CREATE TABLE line_items (
  id TEXT PRIMARY KEY, application_id TEXT NOT NULL REFERENCES applications (id), grant_year_id TEXT NOT NULL, organization_id TEXT NOT NULL,
  number INTEGER NOT NULL, status TEXT NOT NULL CHECK (status IN ('proposed','in_force','removed','dropped')), version_id TEXT NOT NULL,
  use_category TEXT NOT NULL, function_code TEXT NOT NULL, object_code TEXT NOT NULL, school_id TEXT REFERENCES organizations (id),
  description TEXT NOT NULL, amount_cents BIGINT NOT NULL CHECK (amount_cents >= 0), spent_cents BIGINT NOT NULL DEFAULT 0,
  limit_cents BIGINT NOT NULL CHECK (limit_cents >= amount_cents), approved_on TEXT,
  link_status TEXT NOT NULL CHECK (link_status IN ('target','goal_only','none')), restricted BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  UNIQUE (application_id, number)
);

CREATE INDEX line_items_grant_year ON line_items (grant_year_id, id);

CREATE INDEX line_items_organization ON line_items (organization_id, id);

CREATE TABLE line_links (
  line_version_id TEXT NOT NULL REFERENCES line_versions (id) ON DELETE CASCADE, goal_id TEXT NOT NULL REFERENCES goals (id),
  target_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (line_version_id, goal_id, target_id)
);

CREATE INDEX line_links_target ON line_links (target_id);

CREATE TABLE line_utilizations (
  line_item_id TEXT NOT NULL, as_of TEXT NOT NULL,
  amount_cents BIGINT NOT NULL, spent_cents BIGINT NOT NULL,
  PRIMARY KEY (line_item_id, as_of)
);

CREATE TABLE line_versions (
  id TEXT PRIMARY KEY, line_item_id TEXT NOT NULL REFERENCES line_items (id), revision_id TEXT NOT NULL REFERENCES revisions (id),
  action TEXT NOT NULL CHECK (action IN ('add','change','remove')),
  use_category TEXT NOT NULL, function_code TEXT NOT NULL, school_id TEXT REFERENCES organizations (id),
  cost_kind TEXT NOT NULL, description TEXT NOT NULL, amount_cents BIGINT NOT NULL CHECK (amount_cents >= 0),
  fte BIGINT NOT NULL, staff_count INTEGER NOT NULL, hours BIGINT NOT NULL, rate_cents BIGINT NOT NULL,
  quantity BIGINT NOT NULL, unit_cost_cents BIGINT NOT NULL, topic TEXT NOT NULL, days BIGINT NOT NULL, grades TEXT NOT NULL,
  metric TEXT NOT NULL, data_source TEXT NOT NULL, impact_statement TEXT NOT NULL, resources_statement TEXT NOT NULL,
  prior_funding TEXT NOT NULL, plan_strategy TEXT NOT NULL, plan_activity TEXT NOT NULL, starts_on TEXT, ends_on TEXT,
  prior_approval BOOLEAN NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('pending','approved','returned','denied')), decision_reason TEXT NOT NULL DEFAULT '',
  decision_step TEXT NOT NULL DEFAULT '', decided_by TEXT,
  UNIQUE (line_item_id, revision_id)
);

CREATE INDEX line_versions_revision ON line_versions (revision_id);

CREATE TABLE mails (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), to_address TEXT NOT NULL, kind TEXT NOT NULL, for_date TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE, subject TEXT NOT NULL, text_body TEXT NOT NULL, html_body TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued','sending','sent','failed')), attempts INTEGER NOT NULL DEFAULT 0,
  next_attempt_at TIMESTAMP NOT NULL, locked_by TEXT NOT NULL DEFAULT '', locked_until TIMESTAMP, last_error TEXT NOT NULL DEFAULT '',
  sent_at TIMESTAMP, created_at TIMESTAMP NOT NULL,
  UNIQUE (user_id, kind, for_date)
);

CREATE INDEX mails_due ON mails (status, next_attempt_at);

CREATE TABLE measure_results (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  grant_year_id TEXT NOT NULL REFERENCES grant_years (id), organization_id TEXT NOT NULL, measure TEXT NOT NULL, year INTEGER NOT NULL,
  value BIGINT NOT NULL, numerator BIGINT, denominator BIGINT CHECK (denominator > 0), not_collected TEXT NOT NULL,
  evidence TEXT NOT NULL, source TEXT NOT NULL, reported_on TEXT NOT NULL, reported_by TEXT NOT NULL,
  supersedes_id TEXT REFERENCES measure_results (id), correction TEXT NOT NULL, import_id TEXT REFERENCES fact_imports (id)
);

CREATE UNIQUE INDEX measure_results_first ON measure_results (grant_year_id, organization_id, measure, year) WHERE supersedes_id IS NULL;

CREATE UNIQUE INDEX measure_results_next ON measure_results (supersedes_id) WHERE supersedes_id IS NOT NULL;

CREATE INDEX measure_results_year ON measure_results (grant_year_id, organization_id, measure, year);

CREATE TRIGGER measure_results_no_delete BEFORE DELETE ON measure_results BEGIN SELECT RAISE(ABORT, 'append-only: measure_results'); END;

CREATE TRIGGER measure_results_no_update BEFORE UPDATE ON measure_results BEGIN SELECT RAISE(ABORT, 'append-only: measure_results'); END;

CREATE TABLE meeting_actions (
  id TEXT PRIMARY KEY, meeting_id TEXT NOT NULL REFERENCES meetings (id), agreement_id TEXT NOT NULL, organization_id TEXT NOT NULL,
  number INTEGER NOT NULL, text TEXT NOT NULL, owner_id TEXT NOT NULL REFERENCES users (id), due_on TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open','done','dropped')), done_on TEXT, comment TEXT NOT NULL,
  UNIQUE (meeting_id, number)
);

CREATE INDEX meeting_actions_agreement ON meeting_actions (agreement_id, id);

CREATE INDEX meeting_actions_due ON meeting_actions (due_on) WHERE status = 'open';

CREATE INDEX meeting_actions_organization ON meeting_actions (organization_id, id);

CREATE INDEX meeting_actions_owner ON meeting_actions (owner_id, id);

CREATE TABLE meetings (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  agreement_id TEXT NOT NULL REFERENCES agreements (id), organization_id TEXT NOT NULL REFERENCES organizations (id),
  status TEXT NOT NULL CHECK (status IN ('planned','held','cancelled')), meets_on TEXT NOT NULL, starts_at TEXT NOT NULL, ends_at TEXT NOT NULL,
  place TEXT NOT NULL, attendees TEXT NOT NULL, agenda TEXT NOT NULL, notes TEXT NOT NULL, action_count INTEGER NOT NULL, created_by TEXT NOT NULL
);

CREATE INDEX meetings_agreement ON meetings (agreement_id, meets_on);

CREATE INDEX meetings_organization ON meetings (organization_id, id);

CREATE TABLE notices (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL, event TEXT NOT NULL, subject_kind TEXT NOT NULL, subject_id TEXT NOT NULL,
  organization_id TEXT NOT NULL, title TEXT NOT NULL, detail TEXT NOT NULL, why TEXT NOT NULL, for_date TEXT NOT NULL,
  mail_id TEXT, read_at TIMESTAMP, created_at TIMESTAMP NOT NULL
);

CREATE INDEX notices_unsent ON notices (user_id, for_date) WHERE mail_id IS NULL;

CREATE INDEX notices_user ON notices (user_id, id);

CREATE TABLE organizations (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('agency','isd','district','school')),
  code TEXT NOT NULL, name TEXT NOT NULL, subtype TEXT NOT NULL DEFAULT '' CHECK (subtype IN ('','traditional','psa','charter','county_office')),
  parent_id TEXT REFERENCES organizations (id), county TEXT NOT NULL DEFAULT '',
  pal_user_id TEXT REFERENCES users (id),
  UNIQUE (kind, code)
);

CREATE INDEX organizations_pal ON organizations (pal_user_id);

CREATE INDEX organizations_parent ON organizations (parent_id);

CREATE TABLE payees (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  code TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('partner_organization','vendor','employee','public_agency','other')),
  in_portfolio BOOLEAN NOT NULL, note TEXT NOT NULL DEFAULT ''
);

CREATE TABLE payments (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  application_id TEXT NOT NULL REFERENCES applications (id), organization_id TEXT NOT NULL,
  payment_kind TEXT NOT NULL DEFAULT 'award' CHECK (payment_kind IN ('award','return')),
  status TEXT NOT NULL CHECK (status IN ('expected','paid','cancelled')), amount_cents BIGINT NOT NULL,
  expected_on TEXT NOT NULL, paid_cents BIGINT NOT NULL DEFAULT 0, paid_on TEXT, reference TEXT NOT NULL DEFAULT '',
  -- A return is negative, so that every sum of payments is what the recipient still has.
  CHECK ((payment_kind = 'award' AND amount_cents > 0 AND paid_cents >= 0) OR (payment_kind = 'return' AND amount_cents < 0 AND paid_cents = amount_cents))
);

CREATE INDEX payments_application ON payments (application_id);

CREATE TABLE period_reports (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  application_id TEXT NOT NULL REFERENCES applications (id), organization_id TEXT NOT NULL, period_start TEXT NOT NULL, period_end TEXT NOT NULL,
  nothing_spent BOOLEAN NOT NULL, spent_cents BIGINT NOT NULL, comment TEXT NOT NULL, reported_by TEXT NOT NULL, reported_on TEXT NOT NULL,
  UNIQUE (application_id, period_end), CHECK (period_start <= period_end)
);

CREATE TABLE prior_funding_rows (
  prior_funding_id TEXT NOT NULL REFERENCES prior_fundings (id), organization_id TEXT NOT NULL REFERENCES organizations (id),
  payee_id TEXT NOT NULL REFERENCES payees (id), amount_cents BIGINT NOT NULL CHECK (amount_cents > 0),
  PRIMARY KEY (prior_funding_id, organization_id, payee_id)
);

CREATE TRIGGER prior_funding_rows_no_delete BEFORE DELETE ON prior_funding_rows BEGIN SELECT RAISE(ABORT, 'append-only: prior_funding_rows'); END;

CREATE TRIGGER prior_funding_rows_no_update BEFORE UPDATE ON prior_funding_rows BEGIN SELECT RAISE(ABORT, 'append-only: prior_funding_rows'); END;

CREATE TABLE prior_fundings (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  program_code TEXT NOT NULL, fiscal_year INTEGER NOT NULL, source TEXT NOT NULL, row_count INTEGER NOT NULL, total_cents BIGINT NOT NULL, created_by TEXT NOT NULL
);

CREATE INDEX prior_fundings_year ON prior_fundings (program_code, fiscal_year, id);

CREATE TABLE program_utilizations (
  grant_year_id TEXT NOT NULL REFERENCES grant_years (id), as_of TEXT NOT NULL,
  allocation_cents BIGINT NOT NULL, approved_cents BIGINT NOT NULL, paid_cents BIGINT NOT NULL, spent_cents BIGINT NOT NULL,
  rate_bp BIGINT, forecast_cents BIGINT NOT NULL, application_count INTEGER NOT NULL, line_count INTEGER NOT NULL, unlinked_count INTEGER NOT NULL,
  PRIMARY KEY (grant_year_id, as_of)
);

CREATE TABLE record_decisions (
  id TEXT PRIMARY KEY, record_id TEXT NOT NULL REFERENCES records (id), submission INTEGER NOT NULL, step TEXT NOT NULL,
  decision TEXT NOT NULL CHECK (decision IN ('approve','return','deny')), user_id TEXT NOT NULL REFERENCES users (id), on_behalf_of TEXT NOT NULL DEFAULT '',
  comment TEXT NOT NULL, at TIMESTAMP NOT NULL,
  UNIQUE (record_id, submission, step, user_id)
);

CREATE TRIGGER record_decisions_no_delete BEFORE DELETE ON record_decisions BEGIN SELECT RAISE(ABORT, 'append-only: record_decisions'); END;

CREATE TRIGGER record_decisions_no_update BEFORE UPDATE ON record_decisions BEGIN SELECT RAISE(ABORT, 'append-only: record_decisions'); END;

CREATE TABLE record_signatures (
  id TEXT PRIMARY KEY, record_id TEXT NOT NULL REFERENCES records (id), submission INTEGER NOT NULL, party TEXT NOT NULL,
  signer_name TEXT NOT NULL, signed_on TEXT NOT NULL, recorded_by TEXT NOT NULL REFERENCES users (id), on_behalf_of TEXT NOT NULL DEFAULT '', created_at TIMESTAMP NOT NULL,
  UNIQUE (record_id, submission, party)
);

CREATE TRIGGER record_signatures_no_delete BEFORE DELETE ON record_signatures BEGIN SELECT RAISE(ABORT, 'append-only: record_signatures'); END;

CREATE TRIGGER record_signatures_no_update BEFORE UPDATE ON record_signatures BEGIN SELECT RAISE(ABORT, 'append-only: record_signatures'); END;

CREATE TABLE records (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  grant_year_id TEXT NOT NULL REFERENCES grant_years (id), organization_id TEXT NOT NULL REFERENCES organizations (id),
  kind TEXT NOT NULL, reference TEXT NOT NULL, revision INTEGER NOT NULL, root_id TEXT NOT NULL, amends_id TEXT REFERENCES records (id), parent_id TEXT REFERENCES records (id),
  agreement_id TEXT REFERENCES agreements (id),
  subject_id TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('draft','submitted','returned','refused','withdrawn','in_force','superseded','ended')),
  data TEXT NOT NULL, checklist TEXT NOT NULL, exhibits TEXT NOT NULL, attachments TEXT NOT NULL, overrides TEXT NOT NULL, reason TEXT NOT NULL,
  due_at TIMESTAMP, due_on TEXT, submissions INTEGER NOT NULL, submitted_at TIMESTAMP, submitted_by TEXT, late BOOLEAN NOT NULL,
  effective_on TEXT, ended_on TEXT,
  UNIQUE (reference, revision)
);

CREATE INDEX records_agreement ON records (agreement_id);

CREATE INDEX records_due ON records (due_on) WHERE status IN ('draft','returned');

CREATE UNIQUE INDEX records_in_force ON records (root_id) WHERE status = 'in_force';

CREATE INDEX records_kind ON records (grant_year_id, kind, id);

CREATE UNIQUE INDEX records_open ON records (root_id) WHERE status IN ('draft','submitted','returned');

CREATE INDEX records_organization ON records (organization_id, id);

CREATE INDEX records_parent ON records (parent_id);

CREATE INDEX records_subject ON records (subject_id, kind) WHERE subject_id <> '';

CREATE TABLE return_reasons (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  program_code TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, in_use BOOLEAN NOT NULL,
  UNIQUE (program_code, title)
);

CREATE TABLE revisions (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  application_id TEXT NOT NULL REFERENCES applications (id), grant_year_id TEXT NOT NULL, organization_id TEXT NOT NULL,
  number INTEGER NOT NULL, base_id TEXT REFERENCES revisions (id),
  status TEXT NOT NULL CHECK (status IN ('draft','submitted','in_review','returned','approved','denied','withdrawn')),
  reason TEXT NOT NULL, round INTEGER NOT NULL DEFAULT 0, total_cents BIGINT NOT NULL CHECK (total_cents >= 0), line_count INTEGER NOT NULL,
  created_by TEXT NOT NULL, submitted_by TEXT, submitted_at TIMESTAMP, decided_at TIMESTAMP, decided_on TEXT,
  decision TEXT NOT NULL DEFAULT '', award_notice TEXT NOT NULL DEFAULT '',
  UNIQUE (application_id, number)
);

CREATE UNIQUE INDEX revisions_open ON revisions (application_id) WHERE status IN ('draft','submitted','in_review','returned');

CREATE INDEX revisions_organization ON revisions (organization_id, id);

CREATE INDEX revisions_queue ON revisions (status, submitted_at);

CREATE TRIGGER revisions_fixed BEFORE UPDATE ON revisions WHEN OLD.status IN ('approved','denied','withdrawn') BEGIN SELECT RAISE(ABORT, 'append-only: a decided revision'); END;

CREATE TABLE scenario_amounts (
  scenario_id TEXT NOT NULL REFERENCES scenarios (id) ON DELETE CASCADE, organization_id TEXT NOT NULL REFERENCES organizations (id),
  amount_cents BIGINT NOT NULL CHECK (amount_cents >= 0), bound TEXT NOT NULL, bound_by TEXT NOT NULL,
  PRIMARY KEY (scenario_id, organization_id)
);

CREATE TABLE scenarios (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  grant_year_id TEXT NOT NULL REFERENCES grant_years (id), base_run_id TEXT REFERENCES allocation_runs (id), number INTEGER NOT NULL,
  label TEXT NOT NULL, note TEXT NOT NULL, status TEXT NOT NULL CHECK (status IN ('draft','adopted','discarded')), facts_year INTEGER NOT NULL,
  base_parameters TEXT NOT NULL, parameters TEXT NOT NULL, facts TEXT NOT NULL, fact_count INTEGER NOT NULL CHECK (fact_count >= 0),
  base_current BOOLEAN NOT NULL, pool_cents BIGINT NOT NULL CHECK (pool_cents >= 0),
  allocated_cents BIGINT NOT NULL CHECK (allocated_cents >= 0 AND allocated_cents <= pool_cents), recipient_count INTEGER NOT NULL,
  input_hash TEXT NOT NULL, computed_at TIMESTAMP NOT NULL, run_id TEXT REFERENCES allocation_runs (id), created_by TEXT NOT NULL,
  UNIQUE (grant_year_id, number)
);

CREATE TABLE scoresheets (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  grant_year_id TEXT NOT NULL REFERENCES grant_years (id), applicant_id TEXT NOT NULL REFERENCES organizations (id), reviewer_id TEXT NOT NULL REFERENCES users (id),
  status TEXT NOT NULL CHECK (status IN ('draft','submitted','recused')), no_conflict BOOLEAN NOT NULL, scores TEXT NOT NULL, votes TEXT NOT NULL, submitted_at TIMESTAMP,
  UNIQUE (grant_year_id, applicant_id, reviewer_id)
);

CREATE INDEX scoresheets_reviewer ON scoresheets (reviewer_id, id);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES users (id), token_hash TEXT NOT NULL UNIQUE,
  created_at TIMESTAMP NOT NULL, last_seen_at TIMESTAMP NOT NULL, expires_at TIMESTAMP NOT NULL,
  revoked_at TIMESTAMP, user_agent TEXT NOT NULL DEFAULT ''
);

CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE strategies (
  id TEXT PRIMARY KEY, agreement_id TEXT NOT NULL REFERENCES agreements (id), goal_id TEXT NOT NULL REFERENCES goals (id), number INTEGER NOT NULL,
  title TEXT NOT NULL, reference TEXT NOT NULL, dropped BOOLEAN NOT NULL,
  UNIQUE (agreement_id, number)
);

CREATE INDEX strategies_goal ON strategies (goal_id);

CREATE TABLE support_assignments (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  agreement_id TEXT NOT NULL REFERENCES agreements (id), organization_id TEXT NOT NULL REFERENCES organizations (id),
  tier INTEGER NOT NULL, focus_areas TEXT NOT NULL, reason TEXT NOT NULL, from_on TEXT NOT NULL, assigned_by TEXT NOT NULL,
  UNIQUE (agreement_id, from_on)
);

CREATE INDEX support_assignments_organization ON support_assignments (organization_id, id);

CREATE TABLE target_results (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  agreement_id TEXT NOT NULL REFERENCES agreements (id), organization_id TEXT NOT NULL REFERENCES organizations (id),
  target_id TEXT NOT NULL REFERENCES targets (id), school_year INTEGER NOT NULL, window_code TEXT NOT NULL, measured_on TEXT NOT NULL,
  value BIGINT NOT NULL, numerator BIGINT, denominator BIGINT CHECK (denominator > 0), evidence TEXT NOT NULL, source TEXT NOT NULL,
  reported_on TEXT NOT NULL, reported_by TEXT NOT NULL, days_late INTEGER NOT NULL CHECK (days_late >= 0), outside BOOLEAN NOT NULL,
  supersedes_id TEXT REFERENCES target_results (id), correction TEXT NOT NULL, import_id TEXT REFERENCES fact_imports (id)
);

CREATE INDEX target_results_agreement ON target_results (agreement_id, id);

CREATE UNIQUE INDEX target_results_next ON target_results (supersedes_id) WHERE supersedes_id IS NOT NULL;

CREATE INDEX target_results_organization ON target_results (organization_id, id);

CREATE INDEX target_results_target ON target_results (target_id, measured_on);

CREATE TRIGGER target_results_no_delete BEFORE DELETE ON target_results BEGIN SELECT RAISE(ABORT, 'append-only: target_results'); END;

CREATE TRIGGER target_results_no_update BEFORE UPDATE ON target_results BEGIN SELECT RAISE(ABORT, 'append-only: target_results'); END;

CREATE TABLE targets (
  id TEXT PRIMARY KEY, agreement_id TEXT NOT NULL REFERENCES agreements (id), goal_id TEXT NOT NULL REFERENCES goals (id),
  code TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('ITB','ETO')), type TEXT NOT NULL,
  measure TEXT NOT NULL, source TEXT NOT NULL, baseline BIGINT NOT NULL, goal_value BIGINT NOT NULL, unit TEXT NOT NULL,
  school_id TEXT REFERENCES organizations (id), due_on TEXT NOT NULL, retired_on TEXT,
  direction TEXT NOT NULL DEFAULT 'up' CHECK (direction IN ('up','down')), baseline_on TEXT,
  UNIQUE (agreement_id, code)
);

CREATE INDEX targets_goal ON targets (goal_id);

CREATE TABLE term_decisions (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  agreement_id TEXT NOT NULL REFERENCES agreements (id), organization_id TEXT NOT NULL REFERENCES organizations (id), number INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('draft','decided','superseded','discarded')),
  exits BOOLEAN NOT NULL, school_count INTEGER NOT NULL, exit_count INTEGER NOT NULL CHECK (exit_count <= school_count),
  met INTEGER NOT NULL, total INTEGER NOT NULL CHECK (met <= total), required BOOLEAN NOT NULL, reidentified BOOLEAN NOT NULL, must_impose BOOLEAN NOT NULL,
  reconstitution TEXT NOT NULL CHECK (reconstitution IN ('','must_include','may_include')), latest_school_year INTEGER NOT NULL,
  schools TEXT NOT NULL, outcomes TEXT NOT NULL, rule TEXT NOT NULL, rules_version TEXT NOT NULL,
  missing_as_not_met BOOLEAN NOT NULL, reason TEXT NOT NULL, drafted_by TEXT NOT NULL, decided_by TEXT, decided_on TEXT, decided_at TIMESTAMP,
  UNIQUE (agreement_id, number)
);

CREATE UNIQUE INDEX term_decisions_held ON term_decisions (agreement_id) WHERE status = 'decided';

CREATE UNIQUE INDEX term_decisions_open ON term_decisions (agreement_id) WHERE status = 'draft';

CREATE INDEX term_decisions_organization ON term_decisions (organization_id, id);

CREATE TABLE unlock_requests (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  organization_id TEXT NOT NULL REFERENCES organizations (id), document_kind TEXT NOT NULL CHECK (document_kind IN ('application','revision','record')),
  document_id TEXT NOT NULL, reference TEXT NOT NULL, reason TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open','granted','denied','withdrawn')),
  requested_by TEXT NOT NULL REFERENCES users (id), requested_on TEXT NOT NULL,
  decided_by TEXT REFERENCES users (id), decided_on TEXT, decision TEXT NOT NULL DEFAULT '', until_on TEXT
);

CREATE UNIQUE INDEX unlock_requests_open ON unlock_requests (document_kind, document_id) WHERE status = 'open';

CREATE INDEX unlock_requests_organization ON unlock_requests (organization_id, id);

CREATE TABLE user_roles (
  user_id TEXT NOT NULL REFERENCES users (id), role TEXT NOT NULL,
  organization_id TEXT NOT NULL DEFAULT '', body TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (user_id, role, organization_id, body)
);

CREATE INDEX user_roles_organization ON user_roles (organization_id, role);

CREATE TABLE users (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password_hash TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('active','disabled')),
  failed_count INTEGER NOT NULL DEFAULT 0, locked_until TIMESTAMP,
  identity TEXT UNIQUE,
  notify_flags TEXT NOT NULL DEFAULT '' CHECK (notify_flags IN ('','daily','weekly','urgent')),
  notify_dates TEXT NOT NULL DEFAULT '' CHECK (notify_dates IN ('','daily','urgent')),
  notify_news TEXT NOT NULL DEFAULT '' CHECK (notify_news IN ('','daily','weekly','urgent','never'))
);

CREATE TABLE year_end_reports (
  id TEXT PRIMARY KEY, version BIGINT NOT NULL, created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL,
  application_id TEXT NOT NULL REFERENCES applications (id), grant_year_id TEXT NOT NULL, organization_id TEXT NOT NULL, report TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('draft','submitted','returned','accepted')), through TEXT NOT NULL, due_on TEXT,
  ledger_cents BIGINT, expected_cents BIGINT CHECK (expected_cents >= 0), plan TEXT NOT NULL, note TEXT NOT NULL, prepared_by TEXT NOT NULL,
  submitted_by TEXT, submitted_on TEXT, first_submitted_on TEXT, days_late INTEGER NOT NULL DEFAULT 0 CHECK (days_late >= 0),
  spent_cents BIGINT NOT NULL DEFAULT 0, unspent_cents BIGINT NOT NULL DEFAULT 0 CHECK (unspent_cents >= 0),
  snapshot TEXT NOT NULL DEFAULT '', snapshot_hash TEXT NOT NULL DEFAULT '', decided_by TEXT, decided_on TEXT, decision TEXT NOT NULL DEFAULT '',
  UNIQUE (application_id, report)
);

CREATE INDEX year_end_reports_organization ON year_end_reports (organization_id, id);

CREATE INDEX year_end_reports_year ON year_end_reports (grant_year_id, id);
