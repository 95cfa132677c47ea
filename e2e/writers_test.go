package e2e

import (
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"earmark/models"
)

const writers = 32

// together runs the same thing as many people at once.
func together(n int, do func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Add(1)
		go func() { defer all.Done(); <-start; do(i) }()
	}
	close(start)
	all.Wait()
}

// Thirty-two people add a line of 20,000.00 each to one application of 400,000.00: twenty
// fit, to the cent, and every one that was accepted is there.
func TestManyWritersOnOneAllocation(t *testing.T) {
	t.Parallel()
	o := givenOffice(t, in2026)
	application, revision := o.apply(o.year, o.district)
	path := "/revisions/" + revision
	o.as("preparer").signedIn()
	var accepted, refused, stale atomic.Int64
	together(writers, func(int) {
		for {
			tag := o.as("preparer").send("GET", path, nil).header.Get("ETag")
			answer := o.as("preparer").send("POST", path+"/line_items", services(o.school, o.itb, 2000000), "If-Match", tag)
			switch answer.status {
			case http.StatusCreated:
				accepted.Add(1)
				return
			case http.StatusUnprocessableEntity:
				refused.Add(1)
				return
			case http.StatusPreconditionFailed:
				stale.Add(1)
			default:
				t.Errorf("%s: %d %s", answer.asked, answer.status, answer.text)
				return
			}
		}
	})
	same(t, "accepted and refused", []int64{accepted.Load(), refused.Load()}, []int64{20, 12})
	now := o.as("preparer").get(path)
	same(t, "lines, total", []any{len(now.docs("line_items")), now.cents("total_cents")}, []any{20, models.Cents(40000000)})
	numbers := map[int64]bool{}
	for _, l := range now.docs("line_items") {
		numbers[l.number("number")] = true
	}
	same(t, "numbers", len(numbers), 20)
	events := o.as("auditor").list("/audit_events?limit=100&document_kind=revision&document_id=" + revision)
	same(t, "audit rows and commits", []int64{int64(len(events)), now.number("version")}, []int64{21, 21})
	same(t, "intact", o.as("auditor").get("/audit_verification")["intact"], true)
	t.Logf("%d changes were turned away as stale on the way; application %s", stale.Load(), application)
}

// Thirty-two people post 500.00 five times each on one line of 10,000.00: with the 10 %
// tolerance twenty-two fit.
func TestManyWritersOnOneLineItem(t *testing.T) {
	t.Parallel()
	o := givenOffice(t, in2026)
	application, lines := o.inForce(1000000)
	o.as("preparer").signedIn()
	var accepted, refused atomic.Int64
	together(writers, func(i int) {
		for n := range 5 {
			answer := o.as("preparer").send("POST", "/expenditures", body{"line_item_id": lines[0], "amount_cents": 50000, "spent_on": "2026-01-05",
				"invoice": strconv.Itoa(i*5 + n)})
			switch answer.status {
			case http.StatusCreated:
				accepted.Add(1)
			case http.StatusUnprocessableEntity:
				refused.Add(1)
			default:
				t.Errorf("%s: %d %s", answer.asked, answer.status, answer.text)
			}
		}
	})
	same(t, "accepted and refused", []int64{accepted.Load(), refused.Load()}, []int64{22, writers*5 - 22})
	posted := o.as("auditor").list("/expenditures?limit=100&application_id=" + application)
	line := o.as("auditor").list("/line_items?application_id=" + application)[0]
	same(t, "entries, spent, limit", []any{len(posted), line.cents("spent_cents"), line.cents("limit_cents")}, []any{22, models.Cents(1100000), models.Cents(1100000)})
	events := o.as("auditor").list("/audit_events?limit=100&document_kind=expenditure")
	same(t, "audit rows", len(events), 22)
	same(t, "intact", o.as("auditor").get("/audit_verification")["intact"], true)
}
