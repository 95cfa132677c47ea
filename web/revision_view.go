package web

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// revisionBody is what revision.html shows.
type revisionBody struct {
	Desk      workflow.RevisionDesk
	Base      string // address of the revision
	Edit      bool
	Fixing    bool   // it is still to be submitted
	Locked    string // why lines cannot be changed, for who could otherwise
	Unlock    string // where to ask for it to be opened
	Window    string // where to ask for an exception from a closed window
	Amendment bool
	Uses      []useLines
	Totals    totalsView
	Problems  []findingRow // errors
	Warnings  []findingRow
	Waived    []findingRow
	Meter     *meterView
	Steps     []stepView
	Submit    *stepView
	Withdraw  *stepView
	Copy      *Form
	CopyFrom  string

	CopyAmounts Field

	Title   string
	Notice  bool
	InForce bool
	Answers []answerRow
}

// totalsView is the bar of totals: the same numbers that the server holds a save to.
type totalsView struct {
	Revision                      string
	Allocation, Total, Left, Over models.Cents
	Approved, Spent               models.Cents
	Lines, Errors, Warnings       int
	Amendment, Live               bool
	Outcome                       string
}

// useLines are the lines of one use category.
type useLines struct {
	Code, Title, Help, Cite string
	Lines                   []lineRow
	Total, Approved, Spent  models.Cents
	Count                   int
}

// lineRow is a line in the table of a revision.
type lineRow struct {
	Number                        int
	Href                          string
	Description                   string
	School, Function              string
	Objects                       []string
	Targets                       []string
	Amount, Approved, Spent, Left models.Cents
	HasBase, Removed, Linked      bool
	State                         string // new, changed, removed; "" as in force
	Decision, Reason              string
	Errors, Warnings              int
}

// findingRow is a problem with the way to its field.
type findingRow struct {
	Line           int
	Text, Fix      string
	Href, Severity string
}

type stepView struct {
	Event, Label, Means, Blocked string
	Comment                      bool
}

type answerRow struct {
	Step, Who, Decision, Comment string
	On                           models.Date
	Round                        int
}

// newRevisionBody arranges what was read.
func newRevisionBody(r *request, desk workflow.RevisionDesk) revisionBody {
	b := revisionBody{Desk: desk, Base: "/revisions/" + desk.Revision.ID, Edit: desk.MayEdit == nil, Amendment: desk.Revision.BaseID != nil, Title: revisionTitle(r, desk.Revision)}
	if models.KindOf(desk.MayEdit) == models.Conflict {
		b.Locked = detailOf(desk.MayEdit)
		if s := desk.Revision.Status; (s == workflow.StatusSubmitted || s == workflow.StatusInReview) && r.s.May(r.who, workflow.RequestUnlock, desk.Application.OrganizationID) {
			b.Unlock = "/unlock_requests/new?document_kind=revision&document_id=" + desk.Revision.ID
		}
	}
	for _, c := range desk.Checklist {
		if c.Code == "window" && !c.Met && b.Edit && r.s.May(r.who, workflow.RequestUnlock, desk.Application.OrganizationID) {
			b.Window = "/unlock_requests/new?document_kind=application&document_id=" + desk.Application.ID
		}
	}
	b.Fixing = desk.Revision.Status == workflow.StatusDraft || desk.Revision.Status == workflow.StatusReturned
	if !workflow.Revisions.Final(string(desk.Revision.Status)) {
		b.findings(desk)
	}
	b.lines(r, desk)
	b.Totals = totalsView{Revision: desk.Revision.ID, Allocation: desk.Application.AllocationCents, Total: desk.Revision.TotalCents, Lines: desk.Revision.LineCount, Approved: desk.Application.ApprovedCents,
		Errors: len(b.Problems), Warnings: len(b.Warnings), Amendment: b.Amendment}
	b.Totals.reckon()
	for _, l := range desk.Lines {
		b.Totals.Spent += l.SpentCents
	}
	if b.Amendment {
		b.Meter = newMeterView(r, desk.Definition.Amendment.Basis, desk.Choices, desk.Lines, desk.Meter)
		b.Totals.Outcome = desk.Meter.Outcome
	}
	for _, o := range desk.Offers {
		step := stepView{o.Event, r.t(words(o.Event)), r.t(o.Means), o.Blocked, o.Comment}
		switch o.Event {
		case "submit":
			b.Submit = &step
		case "withdraw":
			b.Withdraw = &step
		default:
			b.Steps = append(b.Steps, step)
		}
	}
	if desk.CopyFrom != "" {
		b.CopyFrom, b.Copy = desk.CopyFrom, r.form(b.Base+"/copy_forward", desk.Revision.Version, workflow.CopyForward{Amounts: "keep"})
		b.CopyAmounts = b.Copy.Radios("amounts", r.t("Amounts"), []Option{{Value: "keep", Text: r.t("Last year's amounts"), Hint: r.t("Refused when they do not fit this year's allocation.")},
			{Value: "zero", Text: r.t("Leave the amounts open")}}).Needed()
	}
	b.InForce = desk.Application.InForceRevisionID != nil && *desk.Application.InForceRevisionID == desk.Revision.ID
	b.Notice = desk.Revision.Status == workflow.StatusApproved
	for _, a := range desk.Approvals {
		name := desk.People[a.UserID]
		if by := desk.People[a.OnBehalfOf]; by != "" {
			name = r.t("%s for %s", name, by)
		}
		b.Answers = append(b.Answers, answerRow{stepTitle(desk, a.Step), name, a.Decision, a.Comment, models.Date(a.At.UTC().Format("2006-01-02")), a.Round})
	}
	return b
}

func stepTitle(desk workflow.RevisionDesk, code string) string {
	for _, s := range desk.Definition.Approval.Steps {
		if s.Code == code {
			return s.Title
		}
	}
	return words(code)
}

// reckon says what is left of the allocation, or by how much it is passed.
func (t *totalsView) reckon() {
	t.Left, t.Over = max(t.Allocation-t.Total, 0), max(t.Total-t.Allocation, 0)
}

func (b *revisionBody) findings(desk workflow.RevisionDesk) {
	for _, f := range desk.Findings.Fields {
		row := newFinding(b.Base, b.Edit, f)
		switch f.Severity {
		case "warning":
			b.Warnings = append(b.Warnings, row)
		case "waived":
			b.Waived = append(b.Waived, row)
		default:
			b.Problems = append(b.Problems, row)
		}
	}
}

// newFinding leads to the field where the problem is mended: of a line, in its form.
func newFinding(base string, edit bool, f models.FieldError) findingRow {
	row := findingRow{Text: f.Detail, Fix: f.Fix, Severity: f.Severity}
	parts := strings.Split(strings.TrimPrefix(f.Pointer, "/"), "/")
	if len(parts) < 2 || parts[0] != "line_items" {
		if f.Pointer == "/line_items" {
			row.Href = base + "#lines"
		}
		return row
	}
	row.Line, _ = strconv.Atoi(parts[1])
	row.Href = base + "#line-" + parts[1]
	if edit && len(parts) > 2 {
		row.Href = base + "/line_items/" + parts[1] + "#" + lineFieldID(parts[2:])
	} else if edit {
		row.Href = base + "/line_items/" + parts[1]
	}
	return row
}

// lineFieldID is where the form of a line has a field; a problem of all costs is shown at
// the table of costs.
func lineFieldID(path []string) string {
	if len(path) == 1 && (path[0] == "costs" || path[0] == "links") {
		return "f-" + path[0]
	}
	if path[0] == "links" {
		return "f-links"
	}
	return fieldID(strings.Join(path, "."))
}

// lines groups the lines by use category, in the definition's order.
func (b *revisionBody) lines(r *request, desk workflow.RevisionDesk) {
	names := newNames(desk.Choices)
	counts := map[int][2]int{}
	for _, f := range append(slices.Clone(b.Problems), b.Warnings...) {
		c := counts[f.Line]
		if f.Severity == "warning" {
			c[1]++
		} else {
			c[0]++
		}
		counts[f.Line] = c
	}
	at := map[string]int{}
	for _, c := range desk.Definition.UseCategories {
		at[c.Code] = len(b.Uses)
		b.Uses = append(b.Uses, useLines{Code: c.Code, Title: c.Title, Help: c.Help, Cite: c.Cite})
	}
	for _, l := range desk.Lines {
		i, known := at[l.Version.UseCategory]
		if !known {
			i = len(b.Uses)
			at[l.Version.UseCategory] = i
			title := l.Version.UseCategory
			if title == "" {
				title = r.t("No use chosen yet")
			}
			b.Uses = append(b.Uses, useLines{Code: l.Version.UseCategory, Title: title})
		}
		row := newLineRow(b.Base, names, l)
		row.Errors, row.Warnings = counts[l.Number][0], counts[l.Number][1]
		u := &b.Uses[i]
		u.Lines = append(u.Lines, row)
		u.Approved, u.Spent = u.Approved+row.Approved, u.Spent+row.Spent
		if l.Version.Decision == "denied" {
			if l.Base != nil {
				u.Total += l.Base.Version.AmountCents
				u.Count++
			}
			continue
		}
		if !row.Removed {
			u.Total += row.Amount
			u.Count++
		}
	}
	b.Uses = slices.DeleteFunc(b.Uses, func(u useLines) bool { return len(u.Lines) == 0 })
	for i := range b.Uses {
		slices.SortFunc(b.Uses[i].Lines, func(x, y lineRow) int { return cmp.Compare(x.Number, y.Number) })
	}
}

func newLineRow(base string, names lineNames, l workflow.Line) lineRow {
	v := l.Version
	row := lineRow{Number: l.Number, Href: base + "/line_items/" + strconv.Itoa(l.Number), Description: v.Description, School: names.schools[deref(v.SchoolID)],
		Function: names.function(v.FunctionCode), Amount: v.AmountCents, Spent: l.SpentCents, Removed: v.Action == "remove", Decision: v.Decision, Reason: v.DecisionReason}
	for _, c := range l.Costs {
		row.Objects = append(row.Objects, c.ObjectCode)
	}
	for _, k := range l.Links {
		if t, known := names.targets[k.TargetID]; known {
			row.Targets = append(row.Targets, t.Code)
			row.Linked = true
		}
	}
	switch {
	case row.Removed:
		row.State = "removed"
	case l.Touched && l.Base == nil:
		row.State = "new"
	case l.Touched:
		row.State = "changed"
	}
	approved := l.Base
	if !l.Touched {
		approved = &l
	}
	if approved != nil {
		row.HasBase, row.Approved = true, approved.Version.AmountCents
	}
	row.Left = row.Amount - row.Spent
	return row
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// lineNames are the words for what lines refer to by code or identifier.
type lineNames struct {
	functions, objects, schools map[string]string
	targets                     map[string]models.Target
	goals                       map[string]models.Goal
}

func newNames(c workflow.LineChoices) lineNames {
	n := lineNames{map[string]string{}, map[string]string{}, map[string]string{}, map[string]models.Target{}, map[string]models.Goal{}}
	for _, f := range c.Functions {
		n.functions[f.Code] = f.Name
	}
	for _, o := range c.Objects {
		n.objects[o.Code] = o.Name
	}
	for _, s := range c.Schools {
		n.schools[s.ID] = s.Name
	}
	for _, t := range c.Targets {
		n.targets[t.ID] = t
	}
	for _, g := range c.Goals {
		n.goals[g.ID] = g
	}
	return n
}

func (n lineNames) function(code string) string {
	return strings.TrimSpace(code + " " + n.functions[code])
}

func (n lineNames) object(code string) string {
	return strings.TrimSpace(code + " " + n.objects[code])
}
