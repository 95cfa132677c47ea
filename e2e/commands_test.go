package e2e

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"earmark/app"
	"earmark/models"
	"earmark/store/storetest"
)

// evaluated is the part of the command's output that the test reads.
type evaluated struct {
	Run struct {
		PoolCents      models.Cents `json:"pool_cents"`
		AllocatedCents models.Cents `json:"allocated_cents"`
		Allocations    []struct {
			Code        string       `json:"code"`
			AmountCents models.Cents `json:"amount_cents"`
		} `json:"allocations"`
	} `json:"run"`
}

// The golden figures without a server: facts on standard input, receipts on standard output.
func TestEvaluateWithoutADatabase(t *testing.T) {
	t.Parallel()
	facts := `{"fiscal_year": 2026, "parameters": {"appropriation": 600000000, "analytics_set_aside": 0}, "organizations": [
		{"kind": "district", "code": "61010"}, {"kind": "district", "code": "61020"}, {"kind": "district", "code": "61030"},
		{"kind": "school", "code": "00101", "parent": "61010", "facts": {"identification": "CSI", "reasons": ["bottom_5"], "index": 18.40, "pupils": 581}},
		{"kind": "school", "code": "00102", "parent": "61010", "facts": {"identification": "CSI", "reasons": ["bottom_5"], "index": 24.10, "pupils": 374}},
		{"kind": "school", "code": "00201", "parent": "61020", "facts": {"identification": "CSI", "reasons": ["bottom_5"], "index": 30.05, "pupils": 620}},
		{"kind": "school", "code": "00301", "parent": "61030", "facts": {"identification": "CSI", "reasons": ["bottom_5"], "index": 33.00, "pupils": 2605}}]}`
	evaluate := func(facts string) (string, string, error) {
		cmd := exec.Command(binary(t), "evaluate", "mi-21h", "-")
		cmd.Stdin = strings.NewReader(facts)
		out, err := cmd.Output()
		said := ""
		if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // as exec documents it
			said = string(exit.Stderr)
		}
		return string(out), said, err
	}
	first, said, err := evaluate(facts)
	if err != nil {
		t.Fatalf("%v %s", err, said)
	}
	second, _, _ := evaluate(facts)
	same(t, "the same facts again", second, first)
	var got evaluated
	if err := json.Unmarshal([]byte(first), &got); err != nil {
		t.Fatal(err)
	}
	amounts := map[string]models.Cents{}
	for _, a := range got.Run.Allocations {
		amounts[a.Code] = a.AmountCents
	}
	same(t, "amounts", amounts, map[string]models.Cents{"61010": golden["00101"] + golden["00102"], "61020": golden["00201"], "61030": golden["00301"]})
	same(t, "sum", got.Run.AllocatedCents, got.Run.PoolCents)

	_, said, err = evaluate(strings.Replace(facts, `"pupils": 374`, `"pupil": 374`, 1))
	if err == nil || !strings.Contains(said, "pupil") {
		t.Errorf("a misspelt fact: %v %s", err, said)
	}
}

// An empty database is migrated once; a server of PostgreSQL does not start before that.
func TestMigrateAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	settings := []string{"DATABASE_URL=" + storetest.EmptyURL(t), "LISTEN=127.0.0.1:0", "JOBS=false"}
	if strings.Contains(settings[0], "postgres") {
		early := starts(t, settings, "serve")
		if early.wait() == nil || !strings.Contains(early.errs.String(), "migrate") {
			t.Errorf("the server started on an empty database: %s", early.errs)
		}
	}
	if said := starts(t, settings, "migrate").must(t); strings.Contains(said, " 0 migrations") {
		t.Errorf("the first time: %s", said)
	}
	if said := starts(t, settings, "migrate").must(t); !strings.Contains(said, " 0 migrations") {
		t.Errorf("the second time: %s", said)
	}
	address := starts(t, settings, "serve").address(t)
	starts(t, []string{"LISTEN=" + strings.TrimPrefix(address, "http://")}, "healthcheck").must(t)
}

// Two builds of the demo print the same bytes.
func TestDemoIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	binary(t)
	first, second := starts(t, nil, "demo", "--check"), starts(t, nil, "demo", "--check")
	a, b := first.must(t), second.must(t)
	same(t, "the demo", b, a)
	var counts map[string]any
	if err := json.Unmarshal([]byte(a), &counts); err != nil || len(counts) < 5 {
		t.Errorf("%v in %s", err, a)
	}
}

// The command finds what was done behind the program's back, and says so by its exit code.
func TestAuditVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	var address string
	o := givenOffice(t, in2026, func(c *app.Config) { address = c.DatabaseURL })
	_, revision := o.apply(o.year, o.district)
	o.line(revision, o.itb, 100000)
	settings := []string{"DATABASE_URL=" + address}
	if said := starts(t, settings, "audit-verify").must(t); !strings.Contains(said, "0 changed, 0 removed, 0 inserted") {
		t.Errorf("a clean trail: %s", said)
	}
	s := &story{world: o.world}
	s.tamper("UPDATE audit_events SET actor_name = 'Nobody' WHERE document_id = '%s' AND sequence = 2", revision)
	p := starts(t, settings, "audit-verify")
	if err := p.wait(); err == nil || p.cmd.ProcessState.ExitCode() != 1 || !strings.Contains(p.out.String()+p.errs.String(), revision) {
		t.Errorf("tampering: %v %s %s", err, p.out.String(), p.errs)
	}
}
