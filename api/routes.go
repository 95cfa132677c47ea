package api

import (
	"net/http"

	"earmark/workflow"
)

const base = "/api/v1"

// route is one operation of the contract.
type route struct {
	method, path string
	do           handler
}

// open lists the operations that need nobody to be signed in.
func (a *API) open() []route {
	return []route{
		{"GET", "/healthz", a.healthz},
		{"GET", "/readyz", a.readyz},
		{"GET", "/metrics", a.metrics},
		{"GET", "/openapi.yaml", a.contract},
		{"GET", "/docs", a.reference},
		{"GET", "/problems/:kind", a.problemPage},
		{"POST", base + "/sessions", a.signIn},
		{"GET", base + "/public/programs/:code/determinations", a.publicDeterminations},
		{"GET", base + "/public/programs/:code/transparency", a.publicReport},
	}
}

// signedIn lists the operations under /api/v1 that need somebody; each command decides
// itself what this somebody may do.
func (a *API) signedIn() []route {
	s := a.s
	return []route{
		{"GET", "/permissions", a.permissions},
		{"GET", "/state_tables", a.stateTables},
		{"GET", "/me", a.me},
		{"GET", "/sessions", a.sessions},
		{"DELETE", "/sessions/current", a.signOut},
		{"DELETE", "/sessions/:id", a.revokeSession},
		{"GET", "/tokens", a.tokens},
		{"POST", "/tokens", create("/tokens", s.CreateAPIToken, newToken)},
		{"POST", "/tokens/:id/revocation", change(s.RevokeAPIToken, token)},
		{"GET", "/users", list(s.Users, byID, user)},
		{"POST", "/users", create("/users", s.CreateUser, user)},
		{"GET", "/users/:id", get(s.User, user)},
		{"PUT", "/users/:id", change(s.UpdateUser, user)},
		{"PUT", "/users/:id/roles", change(s.SetRoles, user)},
		{"PUT", "/users/:id/password", a.setPassword},
		{"DELETE", "/users/:id/sessions", a.revokeSessions},
		{"POST", "/users/:id/transitions", change(s.TransitionUser, user)},

		{"GET", "/unlock_requests", list(s.UnlockRequests, byID, unlockRequest)},
		{"POST", "/unlock_requests", create("/unlock_requests", s.CreateUnlockRequest, unlockRequest)},
		{"GET", "/unlock_requests/:id", get(s.UnlockRequest, unlockRequest)},
		{"POST", "/unlock_requests/:id/transitions", change(s.TransitionUnlockRequest, unlockRequest)},
		{"GET", "/delegations", list(s.Delegations, byID, delegation)},
		{"POST", "/delegations", create("/delegations", s.CreateDelegation, delegation)},
		{"GET", "/delegations/:id", get(s.Delegation, delegation)},
		{"POST", "/delegations/:id/transitions", change(s.TransitionDelegation, delegation)},

		{"GET", "/organizations", list(s.Organizations, byID, organization)},
		{"GET", "/organizations/:id", get(s.Organization, organization)},
		{"PUT", "/organizations/:id/pal", change(s.AssignPAL, organization)},
		{"POST", "/organization_imports", importFile(s.ImportOrganizations)},
		{"GET", "/facts", a.facts},
		{"GET", "/fact_imports", list(s.FactImports, byID, factImport)},
		{"POST", "/fact_imports", importFile(s.ImportFacts)},
		{"GET", "/fact_imports/:id", get(s.FactImport, factImport)},
		{"GET", "/determinations", a.determinations},
		{"GET", "/determination_runs", list(s.DeterminationRuns, byID, determinationRun)},
		{"POST", "/determination_runs", create("/determination_runs", s.RunDeterminations, determinationRun)},
		{"GET", "/determination_runs/:id", get(s.DeterminationRun, determinationRun)},
		{"POST", "/determination_runs/:id/transitions", change(s.TransitionDeterminationRun, determinationRun)},
		{"GET", "/determination_results", list(s.DeterminationResults, byID, determinationResult)},
		{"GET", "/determination_results/:id", read(s.DeterminationResult, determinationDetail)},

		{"GET", "/programs", a.programs},
		{"GET", "/programs/:code", a.program},
		{"POST", "/programs/:code/evaluation", a.evaluate},
		{"GET", "/grant_years", list(s.GrantYears, byID, grantYear)},
		{"POST", "/grant_years", create("/grant_years", s.CreateGrantYear, grantYear)},
		{"GET", "/grant_years/:id", get(s.GrantYear, grantYearDetail)},
		{"PUT", "/grant_years/:id/parameters", change(s.UpdateGrantYear, grantYear)},
		{"POST", "/grant_years/:id/transitions", change(s.TransitionGrantYear, grantYear)},
		{"GET", "/grant_years/:id/utilizations", a.programUtilizations},
		{"POST", "/grant_years/:id/rehearsal", a.rehearse},
		{"GET", "/allocation_runs", list(s.AllocationRuns, byID, allocationRun)},
		{"POST", "/allocation_runs", create("/allocation_runs", s.RunAllocation, allocationRun)},
		{"GET", "/allocation_runs/:id", get(s.AllocationRun, allocationRunDetail)},
		{"POST", "/allocation_runs/:id/transitions", change(s.TransitionAllocationRun, allocationRun)},
		{"GET", "/allocation_runs/:id/comparison", a.compareRuns},
		{"GET", "/scenarios", list(s.Scenarios, byID, scenario)},
		{"POST", "/scenarios", create("/scenarios", s.CreateScenario, scenarioDetail)},
		{"GET", "/scenarios/:id", get(s.Scenario, scenarioDetail)},
		{"PUT", "/scenarios/:id", change(s.UpdateScenario, scenarioDetail)},
		{"POST", "/scenarios/:id/transitions", change(s.TransitionScenario, scenario)},
		{"GET", "/allocation_comparison", a.compareAllocations},
		{"GET", "/allocation_comparison/totals", a.comparisonTotals},
		{"GET", "/allocations", list(s.Allocations, byID, allocation)},
		{"GET", "/allocations/:id", read(s.Allocation, allocationDetail)},

		{"GET", "/agreements", list(s.Agreements, byID, agreement)},
		{"POST", "/agreements", create("/agreements", s.CreateAgreement, agreementDetail)},
		{"GET", "/agreement_assignments", list(s.AgreementAssignments, workflow.DistrictAssignment.Key, districtAssignment)},
		{"POST", "/agreement_assignments", a.assignAgreements},
		{"GET", "/liaison_loads", a.liaisonLoads},
		{"GET", "/agreements/:id", get(s.Agreement, agreementDetail)},
		{"PATCH", "/agreements/:id", change(s.UpdateAgreement, agreementDetail)},
		{"POST", "/agreements/:id/transitions", change(s.TransitionAgreement, agreementDetail)},
		{"PUT", "/agreements/:id/gate_override", change(s.OverrideGate, agreementDetail)},
		{"POST", "/agreements/:id/goals", change(s.AddGoal, agreementDetail)},
		{"PUT", "/agreements/:id/goals/:goal_id", change(s.UpdateGoal, agreementDetail)},
		{"DELETE", "/agreements/:id/goals/:goal_id", change(s.RemoveGoal, agreementDetail)},
		{"POST", "/agreements/:id/targets", change(s.AddTarget, agreementDetail)},
		{"PUT", "/agreements/:id/targets/:target_id", change(s.UpdateTarget, agreementDetail)},
		{"DELETE", "/agreements/:id/targets/:target_id", change(s.RemoveTarget, agreementDetail)},
		{"POST", "/agreements/:id/targets/:target_id/retirement", change(s.RetireTarget, agreementDetail)},
		{"GET", "/target_results", list(s.TargetResults, byID, targetResult)},
		{"POST", "/target_results", create("/target_results", s.ReportTargetResult, targetResult)},
		{"GET", "/target_results/:id", get(s.TargetResult, targetResult)},
		{"POST", "/target_results/:id/correction", create("/target_results", s.CorrectTargetResult, targetResult)},
		{"GET", "/target_standings", list(s.TargetStandings, workflow.TargetStanding.Key, targetStanding)},
		{"GET", "/agreements/:id/term_outlook", read(s.TermOutlook, termOutlook)},
		{"GET", "/term_decisions", list(s.TermDecisions, byID, termDecision)},
		{"POST", "/term_decisions", create("/term_decisions", s.DraftTermDecision, termDecision)},
		{"GET", "/term_decisions/:id", get(s.TermDecision, termDecision)},
		{"POST", "/term_decisions/:id/transitions", change(s.TransitionTermDecision, termDecision)},
		{"GET", "/scoresheets", list(s.Scoresheets, byID, scoresheet)},
		{"POST", "/scoresheets", create("/scoresheets", s.CreateScoresheet, scoresheet)},
		{"GET", "/scoresheets/:id", get(s.Scoresheet, scoresheet)},
		{"PUT", "/scoresheets/:id", change(s.SaveScoresheet, scoresheet)},
		{"POST", "/scoresheets/:id/transitions", change(s.TransitionScoresheet, scoresheet)},
		{"GET", "/panel_results", list(s.PanelResults, panelResultKey, panelResult)},

		{"GET", "/records", list(s.Records, byID, record)},
		{"POST", "/records", create("/records", s.CreateRecord, recordDetail)},
		{"GET", "/records/:id", get(s.Record, recordDetail)},
		{"PATCH", "/records/:id", change(s.UpdateRecord, recordDetail)},
		{"POST", "/records/:id/transitions", change(s.TransitionRecord, recordDetail)},
		{"POST", "/records/:id/overrides", change(s.OverrideRecord, recordDetail)},
		{"POST", "/records/:id/amendments", create("/records", s.AmendRecord, recordDetail)},
		{"GET", "/grant_years/:id/record_sheet", a.recordSheet},
		{"GET", "/due_items", list(s.DueItems, byID, dueItem)},
		{"GET", "/due_items/:id", get(s.DueItem, dueItem)},
		{"POST", "/due_items/:id/completion", change(a.completeDueItem, dueItem)},

		{"GET", "/applications", list(a.applications, byID, application)},
		{"POST", "/applications", create("/applications", s.CreateApplication, application)},
		{"GET", "/applications/:id", get(a.application, applicationDetail)},
		{"PUT", "/applications/:id/window_exception", change(s.OpenException, application)},
		{"GET", "/applications/:id/utilization", a.applicationUtilization},
		{"GET", "/applications/:id/line_utilizations", a.lineUtilizations},
		{"GET", "/applications/:id/reconciliation", a.reconciliation},
		{"POST", "/applications/:id/returns", create("/payments", s.RecordReturn, payment)},
		{"GET", "/reconciliations", list(s.Reconciliations, workflow.Reconciliation.Key, reconciliation)},
		{"GET", "/revisions", list(a.revisions, byID, revision)},
		{"POST", "/revisions", create("/revisions", s.CreateAmendment, revision)},
		{"GET", "/review_queue", a.reviewQueue},
		{"GET", "/revisions/:id", get(a.revision, revisionDetail)},
		{"POST", "/revisions/:id/transitions", change(s.TransitionRevision, revision)},
		{"POST", "/revisions/:id/copy_forward", change(s.CopyForward, revision)},
		{"GET", "/revisions/:id/validation", read(s.Validate, findings)},
		{"GET", "/revisions/:id/meter", read(s.RevisionMeter, meter)},
		{"GET", "/revisions/:id/diff", a.diff},
		{"GET", "/revisions/:id/award_notice", a.awardNotice},
		{"GET", "/revisions/:id/line_items", a.revisionLines},
		{"POST", "/revisions/:id/line_items", saveLine(http.StatusCreated, s.SaveLineItem)},
		{"GET", "/revisions/:id/line_items/:number", a.revisionLine},
		{"PUT", "/revisions/:id/line_items/:number", saveLine(http.StatusOK, s.SaveLineItem)},
		{"DELETE", "/revisions/:id/line_items/:number", a.removeLine},
		{"PUT", "/revisions/:id/line_items/:number/decision", saveLine(http.StatusOK, s.DecideLineItem)},
		{"GET", "/line_items", list(s.LineItems, byID, standing)},

		{"GET", "/budget_forms", list(s.BudgetForms, byID, budgetForm)},
		{"POST", "/budget_forms", create("/budget_forms", s.CreateBudgetForm, budgetFormDetail)},
		{"GET", "/budget_forms/:id", get(s.BudgetForm, budgetFormDetail)},
		{"PUT", "/budget_forms/:id", change(s.SaveBudgetForm, budgetFormDetail)},
		{"POST", "/budget_forms/:id/transitions", change(s.TransitionBudgetForm, budgetFormDetail)},
		{"GET", "/budget_forms/:id/validation", read(s.ValidateBudgetForm, budgetResult)},
		{"GET", "/budget_forms/:id/cells", a.budgetCells},
		{"POST", "/table_checks", a.checkTables},

		{"GET", "/payments", list(s.Payments, byID, payment)},
		{"GET", "/payments/:id", get(s.Payment, payment)},
		{"POST", "/payments/:id/transitions", change(s.TransitionPayment, payment)},
		{"GET", "/drawdowns", list(s.Drawdowns, byID, drawdown)},
		{"GET", "/drawdowns/:id", get(s.Drawdown, drawdown)},
		{"POST", "/drawdowns/:id/transitions", change(s.TransitionDrawdown, drawdown)},
		{"GET", "/measure_results", list(s.MeasureResults, byID, measureResult)},
		{"POST", "/measure_results", create("/measure_results", s.ReportMeasure, measureResult)},
		{"GET", "/measure_results/:id", get(s.MeasureResult, measureResult)},
		{"POST", "/measure_results/:id/correction", create("/measure_results", s.CorrectMeasureResult, measureResult)},
		{"POST", "/measure_result_imports", importFile(s.ImportMeasures)},
		{"GET", "/measure_standings", list(s.MeasureStandings, workflow.MeasureRow.Key, measureStanding)},
		{"GET", "/payees", list(s.Payees, byID, payee)},
		{"POST", "/payees", create("/payees", s.CreatePayee, payee)},
		{"GET", "/payees/:id", get(s.Payee, payee)},
		{"PUT", "/payees/:id", change(s.UpdatePayee, payee)},
		{"GET", "/commitments", list(s.Commitments, byID, commitment)},
		{"POST", "/commitments", create("/commitments", s.CreateCommitment, commitmentDetail)},
		{"GET", "/commitments/:id", get(s.Commitment, commitmentDetail)},
		{"PUT", "/commitments/:id", change(s.UpdateCommitment, commitmentDetail)},
		{"POST", "/commitments/:id/transitions", change(s.TransitionCommitment, commitmentDetail)},
		{"GET", "/line_items/:id/balance", read(s.LineBalance, lineBalance)},
		{"GET", "/prior_fundings", list(s.PriorFundings, byID, priorFunding)},
		{"POST", "/prior_fundings", create("/prior_fundings", s.CreatePriorFunding, priorFunding)},
		{"GET", "/prior_fundings/:id", get(s.PriorFunding, priorFunding)},
		{"GET", "/partner_impacts", a.partnerImpacts},
		{"GET", "/expenditures", list(s.Expenditures, byID, expenditure)},
		{"POST", "/expenditures", create("/expenditures", s.PostExpenditure, posted)},
		{"GET", "/expenditures/:id", get(s.Expenditure, expenditure)},
		{"POST", "/expenditures/:id/reversal", create("/expenditures", s.ReverseExpenditure, posted)},
		{"GET", "/expenditure_imports", list(s.ExpenditureImports, byID, expenditureImport)},
		{"POST", "/expenditure_imports", a.importExpenditures},
		{"GET", "/expenditure_imports/:id", get(s.ExpenditureImport, expenditureImport)},
		{"GET", "/import_exceptions", list(s.ImportExceptions, byID, importException)},
		{"GET", "/import_exceptions/:id", get(s.ImportException, importException)},
		{"POST", "/import_exceptions/:id/transitions", change(s.TransitionImportException, importException)},
		{"GET", "/period_reports", list(s.PeriodReports, byID, periodReport)},
		{"POST", "/period_reports", create("/period_reports", s.ReportPeriod, periodReport)},
		{"GET", "/period_reports/:id", get(s.PeriodReport, periodReport)},

		{"GET", "/reports", a.reportKinds},
		{"GET", "/reports/:code", a.report},
		{"GET", "/utilizations", list(s.ApplicationUtilizations, byApplication, utilization)},
		{"GET", "/flags", list(s.Flags, byID, flag)},
		{"GET", "/flags/:id", get(s.Flag, flagDetail)},
		{"POST", "/flags/:id/transitions", change(s.TransitionFlag, flag)},
		{"GET", "/notices", list(s.Notices, byID, notice)},
		{"POST", "/notices/read", a.markNotices},
		{"GET", "/jobs", a.jobTable},
		{"POST", "/jobs/:name/runs", a.runJob},
		{"GET", "/job_runs", list(s.JobRuns, byID, jobRun)},
		{"GET", "/mails", list(s.Mails, byID, mail)},
		{"GET", "/mails/:id", read(s.Mail, mailDetail)},
		{"GET", "/audit_events", list(s.AuditEvents, byID, auditEvent)},
		{"GET", "/audit_verification", a.verifyAudit},
	}
}

func (a *API) mount() {
	a.engine.Use(a.recover, a.stamp)
	for _, r := range a.open() {
		a.engine.Handle(r.method, r.path, a.adapt(r.do))
	}
	for _, r := range a.signedIn() {
		a.engine.Handle(r.method, base+r.path, a.gate.Identify, a.signedInOnly, a.addressed, a.adapt(r.do))
	}
	a.engine.NoRoute(a.adapt(noRoute))
	a.engine.NoMethod(a.adapt(noMethod))
}
