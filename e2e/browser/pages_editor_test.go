package browser

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var lineLink = regexp.MustCompile(`^/revisions/[^/]+/line_items/\d+$`)

// application opens this year's application of a district.
func (v *visitor) application() *page {
	v.t.Helper()
	list := v.get("/applications").ok()
	for _, a := range list.all("a[href]") {
		if strings.HasPrefix(a.text(), "MI21H-2026-") {
			return v.get(list.address(a.attr("href"))).ok()
		}
	}
	v.t.Fatalf("%s sees no application of 2026: %s", v.email, list.main())
	return nil
}

// amended starts an amendment of a district's application.
func (v *visitor) amended(reason string) *page {
	v.t.Helper()
	return v.application().form("Start an amendment").with("reason", reason).send().ok().says("The revision is started.")
}

// firstLine opens the first line of a revision.
func (p *page) firstLine() *page {
	p.v.t.Helper()
	for _, a := range p.all("a[href]") {
		if lineLink.MatchString(a.attr("href")) {
			return p.v.get(a.attr("href")).ok()
		}
	}
	p.v.t.Fatalf("%s has no line", p.path)
	return nil
}

func TestApplicationsAreTheDistrictsOwn(t *testing.T) {
	t.Parallel()
	own := as(t, "preparer-015@demo.example").application().says("In force", "Spent", "Remaining", "History")
	as(t, "auditor@demo.example").get(own.path).ok().hides("Start an amendment")
	as(t, "preparer-016@demo.example").get(own.path).is(http.StatusNotFound)
	if p := as(t, "").get(own.path); p.title() != "Sign in" {
		t.Errorf("a stranger sees %s", p.title())
	}
	as(t, "preparer-015@demo.example").get(own.path + "?on=2026-01-15").ok().says("As it stood at the end of")
	as(t, "auditor@demo.example").get("/applications/new").ok().says("you need the role")
	as(t, "preparer-016@demo.example").get("/applications/new").ok()
}

func TestWritingAnAmendment(t *testing.T) {
	t.Parallel()
	v := as(t, "preparer-015@demo.example")
	if p := v.application().form("Start an amendment").with("reason", " ").sendAnyway().is(http.StatusUnprocessableEntity); !strings.Contains(p.body, `id="f-reason-error"`) {
		t.Error("the missing reason is not said at its field")
	}
	rev := v.amended("A second site").says("Amendment meter", "Nothing moves: no action.", "Approved", "Proposed", "Remaining after")
	line := rev.firstLine()
	f := line.form("Save")
	amount, _, _ := strings.Cut(f.values.Get("costs.0.amount_cents"), ".")
	more := strings.ReplaceAll(amount, ",", "") + "00.00"
	refused := f.with("costs.0.amount_cents", more).send().is(http.StatusUnprocessableEntity).says("more than the allocation", "Give at most")
	if got := refused.form("Save").values.Get("costs.0.amount_cents"); got != more {
		t.Errorf("what was typed is gone: %q", got)
	}
	wrong := line.form("Save").with("costs.0.amount_cents", "a lot").send().is(http.StatusUnprocessableEntity)
	if wrong.first("#f-costs-0-amount_cents-error").Node == nil {
		t.Error("the amount that cannot be read is not said at its field")
	}
	saved := line.form("Save").with("costs.0.amount_cents", "1.00").send()
	if saved.status == http.StatusUnprocessableEntity { // money is spent on it: it cannot go down
		saved.says("is spent on this line")
		saved = line.form("Save").with("description", "The same, described better for the amendment").send()
	}
	saved.ok().says("is saved").follow("What changes").ok().says("changed")
	preview := v.post(strings.Split(rev.path, "?")[0]+"/line_items/preview", url.Values{"use_category": {"4"}, "cost_kind": {"supplies"}, "description": {"Books for the new site"}, "costs.0.object_code": {"5110"}, "costs.0.amount_cents": {"5"}, "number": {"0"}})
	preview.ok().says("$5.00", "Before submitting", "Amendment meter")
}

func TestTwoPeopleOnOneLine(t *testing.T) {
	t.Parallel()
	first, second := as(t, "preparer-017@demo.example"), as(t, "official-017a@demo.example")
	rev := first.amended("Two write at once")
	mine, theirs := rev.firstLine(), second.get(rev.firstLine().path).ok()
	theirs.form("Save").with("description", "What the official wrote about this line").send().ok().says("is saved")
	both := mine.form("Save").with("description", "What the preparer wrote about this line").send().is(http.StatusPreconditionFailed)
	both.says("Somebody else saved this line", "What the preparer wrote about this line", "What the official wrote about this line")
	both.form("Save").send().ok().says("is saved", "What the preparer wrote about this line")

	// Another line of the same revision is nobody's conflict.
	other := second.get(rev.path).ok()
	var lines []string
	for _, a := range other.all("a[href]") {
		if lineLink.MatchString(a.attr("href")) && (len(lines) == 0 || lines[len(lines)-1] != a.attr("href")) {
			lines = append(lines, a.attr("href"))
		}
	}
	old := first.get(lines[len(lines)-1]).ok()
	second.get(lines[0]).ok().form("Save").with("description", "Once more the official, another line").send().ok()
	old.form("Save").with("description", "The preparer on a line of one's own").send().ok().says("is saved")
}

func TestLinesAreCopiedSplitAndTakenOut(t *testing.T) {
	t.Parallel()
	v := as(t, "preparer-018@demo.example")
	rev := v.amended("Two sites")
	address := strings.Split(rev.path, "?")[0]
	copied := rev.follow("Copy line 1").ok()
	copied.form("Save").with("costs.0.amount_cents", "").send().ok().says("(copy)", "is saved")
	page := v.get(address).ok()
	split := page.follow("Split line 1").ok()
	split.form("Split the line").with("costs.0.amount_cents", "999,999,999.00").send().is(http.StatusUnprocessableEntity).says("Move at most")
	for _, a := range v.get(address).ok().all("a[href]") {
		if lineLink.MatchString(a.attr("href")) {
			line := v.get(a.attr("href")).ok()
			if strings.Contains(line.main(), "(copy)") {
				line.form("Yes, take it out").send().ok().says("is taken out").hides("(copy)")
				break
			}
		}
	}
	as(t, "preparer-018@demo.example").get(address+"/submit").ok().says("What the reviewers will look at", "An authorized official of the district signs and submits")
	official := as(t, "official-018a@demo.example")
	official.get(address+"/submit").ok().says("Stops submitting", "What is signed")
	official.post(address+"/transitions", url.Values{"event": {"submit"}, "version": {"9999"}}).is(http.StatusPreconditionFailed)
	official.get(address).ok().form("Yes, withdraw").with("comment", "Not needed").send().ok().says("Taken back.")
}

func TestTypingIsSavedAndKept(t *testing.T) {
	t.Parallel()
	rev := as(t, "preparer-019@demo.example").amended("Typed in a browser")
	w := tab(t, "preparer-019@demo.example", 1280)
	w.open(rev.firstLine().path)
	w.axe()
	w.writes("#f-description", "Typed and not yet saved by anybody")
	w.until("the line is saved as it is typed", `document.getElementById("save-state").textContent.includes("·")`)
	w.open(strings.Split(rev.path, "?")[0])
	w.says("Typed and not yet saved by anybody")
	w.open(strings.Split(rev.path, "?")[0] + "/line_items/new")
	w.writes("#f-description", "A line that was never saved")
	w.until("the preview answers", `document.getElementById("live").textContent.includes("Before submitting") || document.getElementById("live").textContent.includes("Cannot be saved")`)
	w.open(strings.Split(rev.path, "?")[0] + "/line_items/new")
	w.says("Text that was not saved")
	w.press("Put it back")
	w.until("the text is back", `document.getElementById("f-description").value === "A line that was never saved"`)
	w.axe()
}
