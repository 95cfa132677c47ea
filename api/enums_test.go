package api_test

import (
	"slices"
	"testing"

	"earmark/api"
	"earmark/models"
	"earmark/workflow"
)

func enumOf(t *testing.T, schema, property string) []string {
	t.Helper()
	s := contract.Doc.Components.Schemas[schema].Value
	if property != "" {
		s = s.Properties[property].Value
	}
	var words []string
	for _, v := range s.Enum {
		if w, ok := v.(string); ok {
			words = append(words, w)
		}
	}
	return words
}

func sameWords(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("%s: the contract says %v, the table %v", what, got, want)
	}
}

func TestEnumsAreThoseOfTheTables(t *testing.T) {
	t.Parallel()
	states := map[string][2]string{ // document: where the contract names its states
		"drawdown": {"Drawdown", "status"}, "year_end_report": {"YearEndReport", "status"}, "allocation_release": {"AllocationRelease", "status"},
		"grant_year": {"GrantYear", "status"}, "allocation_run": {"AllocationRun", "status"}, "scenario": {"Scenario", "status"}, "determination_run": {"DeterminationRun", "status"}, "agreement": {"Agreement", "status"},
		"application": {"ApplicationStatus", ""}, "revision": {"RevisionStatus", ""}, "payment": {"Payment", "status"}, "budget_form": {"BudgetForm", "status"},
		"import_exception": {"ImportException", "status"}, "flag": {"Flag", "status"}, "user": {"User", "status"}, "record": {"Record", "status"}, "scoresheet": {"Scoresheet", "status"},
		"term_decision": {"TermDecision", "status"},
	}
	steps := map[string]string{ // document: the body of its transitions
		"drawdown": "DrawdownTransition", "year_end_report": "YearEndTransition", "allocation_release": "ReleaseTransition",
		"grant_year": "GrantYearTransition", "allocation_run": "AllocationRunTransition", "scenario": "ScenarioTransition", "determination_run": "DeterminationRunTransition", "agreement": "AgreementTransition",
		"revision": "RevisionTransition", "payment": "PaymentTransition", "budget_form": "BudgetFormTransition", "import_exception": "ExceptionTransition", "flag": "FlagTransition", "user": "UserTransition", "record": "RecordTransition", "scoresheet": "ScoresheetTransition",
		"term_decision": "TermDecisionTransition",
	}
	states["unlock_request"], steps["unlock_request"] = [2]string{"UnlockRequestStatus", ""}, "TransitionUnlockRequest"
	states["delegation"], steps["delegation"] = [2]string{"DelegationStatus", ""}, "TransitionDelegation"
	states["meeting"], steps["meeting"] = [2]string{"MeetingStatus", ""}, "MeetingTransition"
	states["commitment"], steps["commitment"] = [2]string{"CommitmentStatus", ""}, "CommitmentTransition"
	for _, table := range workflow.StateTables() {
		d := table.Describe()
		place, known := states[d.Document]
		if !known {
			t.Errorf("the states of %s are not compared", d.Document)
			continue
		}
		sameWords(t, "states of "+d.Document, enumOf(t, place[0], place[1]), table.Names())
		if steps[d.Document] != "" {
			sameWords(t, "steps of "+d.Document, enumOf(t, steps[d.Document], "event"), byHand(table))
		}
	}
	var all, grantable []string
	for _, r := range models.Roles {
		grantable = append(grantable, string(r))
	}
	all = append(slices.Clone(grantable), string(models.RoleSystem))
	sameWords(t, "roles", enumOf(t, "Role", ""), all)
	sameWords(t, "roles that can be given", enumOf(t, "GrantableRole", ""), grantable)
	sameWords(t, "outcomes of the meter", enumOf(t, "Outcome", ""), []string{workflow.OutcomeNone, workflow.OutcomeNotify, workflow.OutcomeReview})
}

// byHand are the events that a person sends: not those of the night, and not those that
// follow from another document's step.
func byHand(table workflow.StateTable) []string {
	var events []string
	for _, s := range table.Describe().Steps {
		night := slices.Equal(s.Roles, []string{string(models.RoleSystem)})
		if len(s.From) > 0 && !night && s.Event != "supersede" && s.Event != "reallocate" && !slices.Contains(events, s.Event) {
			events = append(events, s.Event)
		}
	}
	return events
}

func TestEveryKindOfFailureHasAPage(t *testing.T) {
	t.Parallel()
	for _, k := range models.Kinds {
		found := slices.ContainsFunc(api.Problems, func(p api.Problem) bool {
			return p.Kind == k && p.Status >= 400 && p.Title != "" && p.Means != "" && p.Do != ""
		})
		if !found {
			t.Errorf("the kind %s has no row of problems", k)
		}
	}
	for name, r := range contract.Doc.Components.Responses {
		media := r.Value.Content["application/problem+json"]
		if media == nil {
			t.Errorf("%s is not a problem", name)
			continue
		}
		example, _ := media.Example.(map[string]any)
		found := slices.ContainsFunc(api.Problems, func(p api.Problem) bool {
			return example["type"] == "/problems/"+string(p.Kind) && example["title"] == p.Title
		})
		if !found {
			t.Errorf("the example of %s has the type %v and title %v of no row", name, example["type"], example["title"])
		}
	}
	if p := contract.Doc.Components.Parameters["Limit"].Value.Schema.Value; *p.Max != workflow.MaxPage {
		t.Errorf("the contract allows %v rows a page, the program %d", *p.Max, workflow.MaxPage)
	}
}
