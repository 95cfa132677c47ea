package browser

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

const (
	topaz    = "preparer-010@demo.example" // Topaz River Public Schools: nobody else's
	gypsum   = "preparer-012@demo.example"
	pyrite   = "preparer-014@demo.example"
	liaison  = "liaison-1@demo.example"
	managing = "manager@demo.example"
	auditing = "auditor@demo.example"
)

var identifier = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// linked is the first address on a page that begins so and names a document.
func (p *page) linked(prefix string) string {
	p.v.t.Helper()
	for _, a := range p.all("main a") {
		if href := a.attr("href"); strings.HasPrefix(href, prefix) && identifier.MatchString(href) {
			return href
		}
	}
	p.v.t.Fatalf("%s has no link to %s…", p.path, prefix)
	return ""
}

func TestHomeSaysWhereTheMoneyStandsAndWhatIsNext(t *testing.T) {
	t.Parallel()
	p := as(t, topaz).get("/").ok()
	if p.title() != "Topaz River Public Schools (synthetic)" {
		t.Fatal(p.title())
	}
	for _, text := range []string{"What to do next", "Allocation", "Applied for", "Approved", "Paid", "Spent", "Remaining", "approved, not spent", "The minimum is 80 %", "Forecast:", "Open flags", "What happened lately", "days late"} {
		if !strings.Contains(p.main(), text) {
			t.Errorf("the home page does not say %q", text)
		}
	}
	if len(p.all("svg.money-chart")) == 0 || len(p.all("figure table")) < 2 {
		t.Error("the chart of spending or its table is missing")
	}
	for email, want := range map[string]string{liaison: "Waiting for review", managing: "Districts at risk", auditing: "Audit trail and its verification", "administrator@demo.example": "Last runs of jobs",
		"reviewer-1@demo.example": "Score", "council-1@demo.example": "What to do next"} {
		if home := as(t, email).get("/").ok(); !strings.Contains(home.main(), want) {
			t.Errorf("the home page of %s does not say %q: %.300s", email, want, home.main())
		}
	}
}

func TestOfficeSeesADistrictAsItSeesItselfAndOthersDoNot(t *testing.T) {
	t.Parallel()
	organization := as(t, topaz).get("/due_items").ok().linked("/due_items/")
	address := as(t, topaz).get(organization).ok().linked("/organizations/")
	if p := as(t, liaison).get(address).ok(); !strings.Contains(p.main(), "What waits") || !strings.Contains(p.main(), "Open flags") {
		t.Error("the office does not see the district's home")
	}
	as(t, gypsum).get(address).is(http.StatusNotFound)
	if p := as(t, "").get(address); p.title() != "Sign in" {
		t.Errorf("a stranger is shown %q", p.title())
	}
}

// A reply stays with the flag; an empty one is refused at its field; an answer to an old
// version shows both; a waiver needs a day to come; others see none of it.
func TestFlagIsAnsweredAndWaived(t *testing.T) {
	t.Parallel()
	v := as(t, topaz)
	address := v.get("/flags?status=open").ok().linked("/flags/")
	p := v.get(address).ok()
	stale := p.form("Send the reply").values.Get("version")
	empty := p.form("Send the reply").sendAnyway().is(http.StatusUnprocessableEntity)
	if empty.first("#problems").textOrNone() == "" {
		t.Error("an empty reply is refused without a word")
	}
	done := p.form("Send the reply").with("comment", "We <b>amend</b> the application by May 15.").send().ok()
	for _, text := range []string{"Your reply is kept with the flag.", "Acknowledged", "We <b>amend</b> the application by May 15.", "Jo Demo-Preparer 010"} {
		if !strings.Contains(done.main(), text) {
			t.Errorf("after the reply the page does not say %q", text)
		}
	}
	office := as(t, managing)
	late := office.post(address, url.Values{"event": {"waive"}, "comment": {"Agreed."}, "until": {"2027-01-31"}, "version": {stale}}).is(http.StatusPreconditionFailed)
	if !strings.Contains(late.body, "Agreed.") || !strings.Contains(late.main(), "Saved by somebody else meanwhile") {
		t.Error("an answer to an old version does not show both")
	}
	past := office.get(address).ok().form("Yes, waive it").with("comment", "Agreed.").with("until", "2020-01-31").send().is(http.StatusUnprocessableEntity)
	if !strings.Contains(past.main(), "A waiver ends after today.") || past.first("#f-until").attr("aria-invalid") != "true" {
		t.Error("a waiver into the past is not refused at its field")
	}
	waived := past.form("Yes, waive it").with("until", "2027-01-31").send().ok()
	if !strings.Contains(waived.main(), "Waived") || !strings.Contains(waived.main(), "Jan 31, 2027") {
		t.Errorf("not waived: %.300s", waived.main())
	}
	as(t, gypsum).get(address).is(http.StatusNotFound)
	if p := as(t, auditing).get(address).ok(); len(p.all("main form[method=post]")) != 0 {
		t.Error("the auditor is offered an answer")
	}
}

func TestFlagsAreFilteredAndReadAsTheyStood(t *testing.T) {
	t.Parallel()
	v := as(t, liaison)
	all, one := v.get("/flags?status=standing").ok(), v.get("/flags?status=standing&rule=below_minimum").ok()
	if n := len(one.all(".list tbody tr")); n == 0 || n >= len(all.all(".list tbody tr")) || !strings.Contains(one.first(".rule-box").textOrNone(), "Source:") {
		t.Errorf("%d flags of one rule, or its words are missing", n)
	}
	if p := v.get("/flags?on=2024-01-01").ok(); len(p.all(".list tbody tr")) != 0 || len(p.all(".as-of-past")) != 1 {
		t.Error("flags stand on a day before the first night")
	}
	v.get("/flags?status=nonsense").is(http.StatusUnprocessableEntity)
}

func TestDueItemIsMarkedAsDone(t *testing.T) {
	t.Parallel()
	v := as(t, topaz)
	address := v.get("/due_items?status=overdue").ok().linked("/due_items/")
	p := v.get(address).ok()
	version := p.form("Mark as done").values.Get("version")
	future := p.form("Mark as done").with("done_on", "2031-01-01").send().is(http.StatusUnprocessableEntity)
	if future.first("#f-done_on").attr("aria-invalid") != "true" || future.first("#f-done_on").attr("value") != "2031-01-01" {
		t.Error("a day to come is not refused at its field with what was typed")
	}
	as(t, gypsum).post(address+"/completion", url.Values{"version": {version}}).is(http.StatusNotFound)
	done := p.form("Mark as done").with("comment", "Sent by mail.").send().ok()
	if !strings.Contains(done.main(), "Kept as done.") || !strings.Contains(done.main(), "Sent by mail.") || len(done.all("textarea")) != 0 {
		t.Errorf("not done: %.300s", done.main())
	}
	v.post(address+"/completion", url.Values{"version": {version}, "comment": {"Again."}}).is(http.StatusPreconditionFailed)
	v.post(address+"/completion", url.Values{"comment": {"Again."}}).is(http.StatusConflict)
}

func TestNoticesSayWhyAndAreRead(t *testing.T) {
	t.Parallel()
	v := as(t, pyrite)
	p := v.get("/notices?unread=true").ok()
	before := len(p.all(".notices .unread"))
	if before == 0 || !strings.Contains(p.main(), "You are district preparer of this district.") {
		t.Fatalf("%d unread notices, or no reason", before)
	}
	form := p.form("/notices/read")
	if all := form.send().ok(); !strings.Contains(all.main(), "You have read everything.") {
		t.Errorf("still unread: %.200s", all.main())
	}
}

func TestBoardsAndTheWayDownToTheLines(t *testing.T) {
	t.Parallel()
	v := as(t, liaison)
	p := v.get("/utilizations").ok()
	if len(p.all(".list tbody tr")) < 10 || len(p.all("#distribution svg.chart")) != 1 || !strings.Contains(p.main(), "below the minimum of") {
		t.Error("the board of utilization misses districts, chart or minimum")
	}
	file := v.get("/utilizations?show=below&format=csv").ok()
	shown := v.get("/utilizations?show=below").ok()
	if rows := strings.Count(strings.TrimSpace(file.body), "\n"); rows != len(shown.all(".list tbody tr")) {
		t.Errorf("the file has %d rows, the page %d", rows, len(shown.all(".list tbody tr")))
	}
	lines := v.get(p.linked("/applications/")).ok()
	if len(lines.all(".list tbody tr")) == 0 && !strings.Contains(lines.main(), "No line is approved yet") {
		t.Error("the way down ends without lines")
	}
	if risk := v.get("/lapse_forecast").ok(); !strings.Contains(risk.main(), "Forecast to stay unspent") || len(risk.all("#risk svg.chart")) != 1 || !strings.Contains(risk.main(), "not applied for") {
		t.Error("the forecast misses its sum, chart or who has not applied")
	}
	if own := as(t, gypsum).get("/utilizations").ok(); len(own.all(".list tbody tr")) != 1 {
		t.Errorf("a district sees %d rows", len(own.all(".list tbody tr")))
	}
}

func TestReceiptWalksToTheCent(t *testing.T) {
	t.Parallel()
	v := as(t, gypsum)
	address := v.get("/allocations").ok().linked("/allocations/")
	p := v.get(address).ok()
	for _, text := range []string{"The walk, to the cent", "Your exact share", "The largest remainders get what is left", "The rules, step by step", "every figure follows", "earmark receipt verify"} {
		if !strings.Contains(p.main(), text) {
			t.Errorf("the receipt does not say %q", text)
		}
	}
	amount := strings.TrimPrefix(p.title(), "Allocation receipt: ")
	if total := p.first(".walk .total .num").textOrNone(); total != amount {
		t.Errorf("the walk ends at %s, the title says %s", total, amount)
	}
	as(t, pyrite).get(address).is(http.StatusNotFound)
	if then := v.get("/allocations?on=2024-01-01").ok(); len(then.all(".list tbody tr")) != 0 {
		t.Error("something was allocated before the first run")
	}
}
