package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// reviewPage is the body of review.html.
type reviewPage struct {
	View        workflow.ReviewView
	Title       string
	Step        string // whose turn it is, in words
	Submitter   string
	Risk        Cell
	Clock       Cell
	Lines       []reviewLine
	Decided     int
	Reasons     []Option // that can be picked
	Decides     bool
	WhyNot      string
	Form        *Form
	Steps       []Confirm
	Blocked     []string // why a step cannot be taken now
	Approvals   []answered
	Attachments *AttachmentsView
	Says        []string // what raises the risk
}

// answered is one answer of the chain, in words.
type answered struct{ Step, Decision, Who, Comment, At string }

// reviewLine is a line with its inputs.
type reviewLine struct {
	workflow.ReviewLine
	Before    models.Cents
	Remaining models.Cents // proposed and not spent
	Changes   []change
	Facts     []Figure
	Answers   Field
	Reason    Field
	Pick      Field
	LowRisk   string
	At        string // decisions.N
	Says      []says
	Past      []past
}

// change is one value that differs from the line in force.
type change struct{ Name, Before, After string }

// says is a finding, with how grave it is.
type says struct{ Tone, Text, Fix string }

// past is an earlier decision in words.
type past struct {
	workflow.EarlierDecision
	Title, Href, Who string
}

// review shows a revision to who judges it.
func (w *Web) review(r *request) error { return w.showReview(r, nil, nil, 0) }

// showReview shows the page, with the answers that were sent and what is wrong with them.
func (w *Web) showReview(r *request, sent *Form, failed []Problem, status int) error {
	v, err := r.s.Review(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	body, err := r.reviewBody(v, sent)
	if err != nil {
		return err
	}
	if body.Attachments, err = r.attachments("revision", v.Revision.ID, "/revisions/"+v.Revision.ID+"/review"); err != nil {
		return err
	}
	page := Page{Title: body.Title, Lead: r.t("%s, %s", v.District.Name, v.GrantYear.Title), Section: "/review_queue", Scripts: []string{"review.js"}, Body: body,
		Crumbs: []Link{{Text: r.t("Review queue"), Href: "/review_queue"}}, Problems: failed, Status: status,
		Actions: []Link{{Text: r.t("The whole application"), Href: "/applications/" + v.Application.ID}, {Text: r.t("Amendment meter and comparison"), Href: "/revisions/" + v.Revision.ID}}}
	if sent != nil {
		page.Problems, page.Status = append(sent.Problems(), failed...), sent.Status()
	}
	return r.show("review", page)
}

func (r *request) reviewBody(v workflow.ReviewView, sent *Form) (reviewPage, error) {
	people := []string{deref(v.Revision.SubmittedBy)}
	for _, a := range v.Approvals {
		people = append(people, a.UserID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, people)
	if err != nil {
		return reviewPage{}, err
	}
	action := "/revisions/" + v.Revision.ID + "/review"
	body := reviewPage{View: v, Title: r.t("Review of %s", r.revisionTitle(v.Application.Reference, v.Revision)), Risk: r.riskCell(v.Queued), Clock: r.clock(v.Queued),
		Decides: v.Decides != nil, WhyNot: v.WhyNot, Form: sent, Submitter: names.People[deref(v.Revision.SubmittedBy)]}
	if v.NextStep != nil {
		body.Step = v.NextStep.Title
	}
	for _, x := range v.Queued.Risks {
		body.Says = append(body.Says, r.t(x.Says))
	}
	if sent == nil {
		body.Form = r.form(action, v.Revision.Version, answersOf(v))
	} else if sent.Failed != nil && sent.Failed.Kind == models.Stale {
		sent.against(v.Revision.Version, answersOf(v))
	}
	if body.Decides {
		if body.Reasons, err = r.pickable(v.GrantYear.ProgramCode); err != nil {
			return body, err
		}
	}
	for i, l := range v.Touched {
		body.Lines = append(body.Lines, r.reviewLine(v, l, i, body))
		if l.Version.Decision != "pending" {
			body.Decided++
		}
	}
	for _, a := range v.Approvals {
		body.Approvals = append(body.Approvals, answered{stepOf(v, a.Step), r.t(words(a.Decision)), names.People[a.UserID], a.Comment, a.At.UTC().Format("2006-01-02")})
	}
	body.steps(r, v)
	return body, nil
}

func stepOf(v workflow.ReviewView, code string) string {
	if v.NextStep != nil && v.NextStep.Code == code {
		return v.NextStep.Title
	}
	return words(code)
}

// answersOf are the answers on the lines as they are saved.
func answersOf(v workflow.ReviewView) workflow.DecideLineItems {
	var in workflow.DecideLineItems
	for _, l := range v.Touched {
		a := workflow.LineAnswer{Number: l.Number, Decision: l.Version.Decision, Reason: l.Version.DecisionReason}
		if a.Decision == "pending" { // the reason of an earlier round is told beside it
			a.Reason = ""
		}
		in.Decisions = append(in.Decisions, a)
	}
	return in
}

// pickable are the reasons for this program and for every program.
func (r *request) pickable(program string) ([]Option, error) {
	rows, err := r.allReasons(workflow.ListReturnReasons{InUse: "true"})
	if models.KindOf(err) == models.Forbidden { // members of bodies write their own
		return nil, nil
	}
	var out []Option
	for _, x := range rows {
		if x.ProgramCode == "" || x.ProgramCode == program {
			out = append(out, Option{Value: x.Text, Text: x.Title})
		}
	}
	slices.SortFunc(out, func(a, b Option) int { return strings.Compare(a.Text, b.Text) })
	return out, err
}

func (r *request) reviewLine(v workflow.ReviewView, l workflow.ReviewLine, i int, body reviewPage) reviewLine {
	at := "decisions." + strconv.Itoa(i) + "."
	f := body.Form
	out := reviewLine{ReviewLine: l, At: at, Remaining: l.Version.AmountCents - l.SpentCents, LowRisk: r.lowRiskWords(l.LowRisk, v.Meter.Rule),
		Answers: f.Radios(at+"decision", r.t("Your answer on line %d", l.Number), []Option{
			{Value: "pending", Text: r.t("None yet")}, {Value: "approved", Text: r.t("Approve")}, {Value: "returned", Text: r.t("Return")}, {Value: "denied", Text: r.t("Deny")}}).Needed(),
		Reason: f.Area(at+"reason", r.t("Reason, which the district reads")).AtMost(2000).Lines(3),
		Pick:   f.Select(strings.Replace(at, "decisions.", "pick.", 1)+"reason", r.t("Pick a reason"), body.Reasons)}
	if l.Base != nil {
		out.Before = l.Base.Version.AmountCents
	}
	for _, c := range l.Fields {
		out.Changes = append(out.Changes, change{r.fieldName(c.Field), r.fieldValue(v, c.Field, c.Before), r.fieldValue(v, c.Field, c.After)})
	}
	out.Facts = r.lineFacts(v, l)
	for _, f := range l.Findings {
		tone := "bad"
		if f.Severity == "warning" {
			tone = "warn"
		}
		out.Says = append(out.Says, says{tone, f.Detail, f.Fix})
	}
	if l.Version.Decision == "pending" && l.Version.DecisionReason != "" {
		out.Says = append(out.Says, says{"warn", r.t("Asked for in the round before: %s", l.Version.DecisionReason), ""})
	}
	for _, m := range l.Moves {
		if v.Revision.BaseID == nil { // every line of a first application is new
			break
		}
		out.Says = append(out.Says, says{"warn", m.Says, m.Cite})
	}
	if l.Flagged {
		out.Says = append(out.Says, says{"warn", r.t("A flag on this line is open."), ""})
	}
	for _, e := range l.Earlier {
		out.Past = append(out.Past, r.earlier(e))
	}
	return out
}

func (r *request) earlier(e workflow.EarlierDecision) past {
	p := past{EarlierDecision: e, Href: "/revisions/" + e.RevisionID + "/review", Who: e.DecidedBy}
	if e.SameLine {
		p.Title = r.t("This line, revision %d", e.RevisionNumber)
	} else {
		p.Title = r.t("Line %d of %s, %d", e.LineNumber, e.Reference, e.FiscalYear)
	}
	return p
}

// steps are what can be done with the whole, and why what cannot be done now cannot.
func (p *reviewPage) steps(r *request, v workflow.ReviewView) {
	action := "/revisions/" + v.Revision.ID + "/review/step"
	district := v.District.Name
	for _, o := range v.Offers {
		if o.Blocked != "" && p.Decides && o.Event != "withdraw" {
			p.Blocked = append(p.Blocked, r.t(words(o.Event))+": "+trimCode(o.Blocked))
		}
		if o.Blocked != "" {
			continue
		}
		switch {
		case o.Event == "approve" && o.To == string(workflow.StatusApproved):
			p.Steps = append(p.Steps, newConfirm(r.t("Approve and put in force"), r.t("Approve this and put it in force?"),
				r.t("%s in %d lines take force, the award notice is made, and %s is told. Lines that you have not answered are approved. This cannot be undone.", v.Revision.TotalCents, v.Revision.LineCount, district),
				r.t("Yes, put it in force"), action, o.Event, v.Revision.Version).Asking(r.t("Comment"), false))
		case o.Event == "approve":
			p.Steps = append(p.Steps, newConfirm(r.t("Approve this step"), r.t("Approve this step?"), r.t("It goes on to the next review. Nothing is in force yet, and you cannot take this approval back."),
				r.t("Yes, approve this step"), action, o.Event, v.Revision.Version).Asking(r.t("Comment"), false))
		case o.Event == "return":
			p.Steps = append(p.Steps, newConfirm(r.t("Return to the district"), r.t("Return this to the district?"), r.t("%s is told, with the reasons of the lines and your comment, mends it and submits it again.", district),
				r.t("Yes, return it"), action, o.Event, v.Revision.Version).Asking(r.t("What to mend, where no line says it"), !p.returns(v)))
		case o.Event == "deny":
			p.Steps = append(p.Steps, newConfirm(r.t("Deny as a whole"), r.t("Deny this as a whole?"), r.t("Nothing of it is funded; what is in force stays so. %s is told your reason. This cannot be undone.", district),
				r.t("Yes, deny it"), action, o.Event, v.Revision.Version).Asking(r.t("Reason"), true).Dangerous())
		}
	}
}

// returns reports whether a line says what to mend.
func (p *reviewPage) returns(v workflow.ReviewView) bool {
	return slices.ContainsFunc(v.Touched, func(l workflow.ReviewLine) bool { return l.Version.Decision == "returned" })
}

// trimCode leaves the sentences of a refusal without codes and pointers.
func trimCode(text string) string {
	parts := strings.Split(text, "; /")
	if len(parts) > 1 { // the first says only that there are some
		parts = parts[1:]
	}
	for i := range parts {
		if head, rest, found := strings.Cut(parts[i], ": "); found && !strings.Contains(head, " ") {
			parts[i] = rest
		}
	}
	return strings.Join(parts, " ")
}

// decide saves the answers on lines; with event approve_rest it answers the rest as well.
func (w *Web) decide(r *request) error {
	var in workflow.DecideLineItems
	f, ok := r.sent("/revisions/"+r.id()+"/review", &in)
	in.RevisionID = r.id()
	if ok {
		for i := range in.Decisions {
			a := &in.Decisions[i]
			at := fmt.Sprintf("%d.reason", i)
			a.Reason = picked(f.Values.Get("pick."+at), a.Reason)
			f.Values.Set("decisions."+at, a.Reason)
			f.Values.Del("pick." + at)
			if a.Decision == "pending" && f.Values.Get("event") == "approve_rest" {
				a.Decision = "approved"
				f.Values.Set(fmt.Sprintf("decisions.%d.decision", i), a.Decision)
			}
		}
		if _, err := r.s.DecideLineItems(r.ctx(), r.who, in); err == nil {
			return r.done("/revisions/"+r.id()+"/review", "Your answers are saved.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showReview(r, f, nil, 0)
}

// picked joins a reason of the list with what was typed beside it.
func picked(pick, typed string) string {
	switch {
	case pick == "" || strings.Contains(typed, pick):
		return typed
	case typed == "":
		return pick
	}
	return pick + " " + typed
}

// decideRevision approves, returns or denies the whole.
func (w *Web) decideRevision(r *request) error {
	var in workflow.TransitionRevision
	f, ok := r.sent("/revisions/"+r.id()+"/review", &in)
	in.ID = r.id()
	if ok {
		rev, err := r.s.TransitionRevision(r.ctx(), r.who, in)
		switch {
		case err != nil:
			if err := f.took(err); err != nil {
				return err
			}
		case rev.Status == workflow.StatusApproved:
			return r.done("/revisions/"+rev.ID+"/award_notice", "Approved and in force. This is the award notice; the district is told.")
		case rev.Status == workflow.StatusReturned:
			return r.done("/review_queue?mine=true", "Returned to the district.")
		case rev.Status == workflow.StatusDenied:
			return r.done("/review_queue?mine=true", "Denied. The district is told.")
		default:
			return r.done("/review_queue?mine=true", "Approved. It waits for the next review.")
		}
	}
	failed := f.Problems()
	for i := range failed { // what was refused is about the whole
		failed[i].Href = "#decision"
	}
	return w.showReview(r, nil, failed, f.Status())
}
