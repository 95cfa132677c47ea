package workflow

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"earmark/models"
)

// documentTables names the SQL table of each state table.
var documentTables = map[string]string{
	"GrantYears": "grant_years", "AllocationRuns": "allocation_runs", "DeterminationRuns": "determination_runs", "Scenarios": "scenarios", "Agreements": "agreements", "TermDecisions": "term_decisions", "Applications": "applications",
	"YearEndReports": "year_end_reports", "AllocationReleases": "allocation_releases",
	"Revisions": "revisions", "Payments": "payments", "Commitments": "commitments", "ImportExceptions": "import_exceptions",
	"BudgetForms": "budget_forms", "Drawdowns": "drawdowns", "Records": "records", "Scoresheets": "scoresheets", "Flags": "flags", "Users": "users", "UnlockRequests": "unlock_requests", "Meetings": "meetings",
}

func TestStateTablesCanWork(t *testing.T) {
	t.Parallel()
	for _, table := range StateTables() {
		if err := table.Validate(); err != nil {
			t.Error(err)
		}
		if len(table.Events()) == 0 || !strings.Contains(table.Markdown(), "stateDiagram") {
			t.Errorf("nothing to show: %v", table.Names())
		}
	}
}

// The words of a state stand in its table and in the SQL check of the same document.
func TestStatesAreThoseOfTheDatabase(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../store/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	inSQL := map[string][]string{}
	status := regexp.MustCompile(`status TEXT NOT NULL[^,]*CHECK \(status IN \(([^)]*)\)\)`)
	for _, statement := range strings.Split(string(text), ";\n") {
		_, rest, found := strings.Cut(statement, "CREATE TABLE ")
		if !found {
			continue
		}
		name, _, _ := strings.Cut(rest, " ")
		if m := status.FindStringSubmatch(rest); m != nil {
			inSQL[name] = strings.Split(strings.ReplaceAll(m[1], "'", ""), ",")
		}
	}
	names := map[string][]string{
		"GrantYears": GrantYears.Names(), "AllocationRuns": AllocationRuns.Names(), "DeterminationRuns": DeterminationRuns.Names(), "Agreements": Agreements.Names(), "TermDecisions": TermDecisions.Names(), "Applications": Applications.Names(),
		"Revisions": Revisions.Names(), "Payments": Payments.Names(), "Commitments": Commitments.Names(), "Scenarios": Scenarios.Names(),
		"BudgetForms": BudgetForms.Names(), "Drawdowns": Drawdowns.Names(), "Records": Records.Names(), "Scoresheets": Scoresheets.Names(), "ImportExceptions": ImportExceptions.Names(), "Flags": Flags.Names(), "Users": Users.Names(), "UnlockRequests": UnlockRequests.Names(),
		"Meetings": Meetings.Names(), "YearEndReports": YearEndReports.Names(), "AllocationReleases": AllocationReleases.Names(),
	}
	if len(names)+1 != len(StateTables()) { // a delegation's state is worked out from its days
		t.Errorf("%d state tables, %d compared", len(StateTables()), len(names))
	}
	for table, words := range names {
		sql := documentTables[table]
		if !slices.Equal(inSQL[sql], words) {
			t.Errorf("%s: the table says %v, the database %v", sql, words, inSQL[sql])
		}
		delete(inSQL, sql)
	}
	for _, rest := range []string{"line_items", "activities", "meeting_actions", "mails", "job_runs"} { // follow their document or job; no table of their own
		delete(inSQL, rest)
	}
	if len(inSQL) > 0 {
		t.Errorf("the database has states without a table: %v", inSQL)
	}
}

// Every step's roles exist, and nobody who reads only, nor an administrator outside of
// people and years, has a step.
func TestStepsAreTakenByTheRightRoles(t *testing.T) {
	t.Parallel()
	for _, table := range StateTables() {
		for line := range strings.SplitSeq(table.Markdown(), "\n") {
			if !strings.HasPrefix(line, "| **") {
				continue
			}
			cells := strings.Split(line, " | ")
			for _, role := range strings.Split(cells[3], ", ") {
				if role != string(models.RoleSystem) && !slices.Contains(models.Roles, models.Role(role)) {
					t.Errorf("unknown role %q in %s", role, line)
				}
				if role == string(models.RoleAuditor) {
					t.Errorf("an auditor changes nothing: %s", line)
				}
				if role == string(models.RoleAdministrator) && !slices.Equal(table.Names(), Users.Names()) && !slices.Equal(table.Names(), Delegations.Names()) {
					t.Errorf("an administrator decides on no grant: %s", line)
				}
			}
		}
	}
}
