package web

import (
	"net/http"
	"net/url"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesRevisions() []route {
	return []route{
		{"GET", "/revisions/:id", w.revisionPage},
		{"GET", "/revisions/:id/submit", w.submitPage},
		{"GET", "/revisions/:id/diff", w.diffPage},
		{"POST", "/revisions/:id/transitions", w.transitionRevision},
		{"POST", "/revisions/:id/copy_forward", w.copyForward},
		{"GET", "/revisions/:id/line_items/new", w.newLinePage},
		{"POST", "/revisions/:id/line_items", w.saveLine},
		{"POST", "/revisions/:id/line_items/preview", w.previewLine},
		{"GET", "/revisions/:id/line_items/:number", w.linePage},
		{"POST", "/revisions/:id/line_items/:number", w.saveLine},
		{"POST", "/revisions/:id/line_items/:number/remove", w.removeLine},
		{"GET", "/revisions/:id/line_items/:number/split", w.splitPage},
		{"POST", "/revisions/:id/line_items/:number/split", w.splitLine},
	}
}

func (w *Web) revisionPage(r *request) error {
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return w.showRevision(r, desk, nil)
}

// showRevision shows a revision with its lines; failed is a step that was refused.
func (w *Web) showRevision(r *request, desk workflow.RevisionDesk, failed *Form) error {
	b := newRevisionBody(r, desk)
	p := Page{Title: r.t("%s: %s", desk.Application.Reference, b.Title), Lead: desk.District.Name + " · " + desk.GrantYear.Title,
		Crumbs: r.revisionCrumbs(desk), Section: "/applications", Wide: true, Body: b, Scripts: []string{"editor.js"}}
	if failed != nil {
		p.Problems, p.Status = failed.Problems(), failed.Status()
	}
	return r.show("revision", p)
}

func (r *request) revisionCrumbs(desk workflow.RevisionDesk) []Link {
	return append(r.applicationCrumbs(), Link{Text: desk.Application.Reference, Href: "/applications/" + desk.Application.ID})
}

// submitBody is what submit.html shows: what is signed, by whom, and what the review looks at.
type submitBody struct {
	revisionBody
	Checks  []checkRow
	Ready   bool
	Signer  string
	Blocked string // why the reader cannot sign now
	Version int64
	Today   models.Date
}

type checkRow struct {
	Title, Note string
	Met         bool
	Stops       string
	Findings    []findingRow
}

// submitPage is the reviewers' checklist, filled in, and the signature.
func (w *Web) submitPage(r *request) error {
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return w.showSubmit(r, desk, nil)
}

func (w *Web) showSubmit(r *request, desk workflow.RevisionDesk, failed *Form) error {
	b := submitBody{revisionBody: newRevisionBody(r, desk), Signer: r.who.Name, Version: desk.Revision.Version, Today: r.s.Today()}
	for _, c := range desk.Checklist {
		b.Checks = append(b.Checks, r.checkRow(b.revisionBody, c))
	}
	switch {
	case b.Submit == nil && desk.MayEdit == nil:
		b.Blocked = r.t("An authorized official of the district signs and submits. Ask one of them: everything is kept.")
	case b.Submit == nil:
		b.Blocked = r.t("This revision is not waiting to be submitted.")
	case b.Submit.Blocked != "":
		b.Blocked = r.t("Mend what stops submitting first: it is marked in the checklist above.")
	default:
		b.Ready = true
	}
	p := Page{Title: r.t("Check and submit"), Lead: r.t("%s: %s", desk.Application.Reference, b.Title), Section: "/applications", Body: b,
		Crumbs: append(r.revisionCrumbs(desk), Link{Text: b.Title, Href: b.Base})}
	if failed != nil {
		p.Problems, p.Status = failed.Problems(), failed.Status()
	}
	return r.show("revision_submit", p)
}

// checkRow puts words to an item of the checklist.
func (r *request) checkRow(b revisionBody, c workflow.CheckItem) checkRow {
	row := checkRow{Met: c.Met, Stops: c.Stops}
	switch c.Code {
	case "open":
		row.Title = r.t("The program year is open")
	case "window":
		row.Title = r.t("The window for handing in is open")
	case "gate":
		row.Title = r.t("The conditions for receiving the money hold")
	case "reason":
		row.Title = r.t("The amendment says why, and changes something")
	case "lines":
		row.Title = r.t("Every line passes its checks")
	case "fits":
		row.Title = r.t("The total fits the allocation, and no line falls below what is spent")
	case "linked":
		row.Title = r.t("Every line serves a benchmark or an outcome")
	case "warnings":
		row.Title = r.t("No warnings")
	case "returned":
		row.Title = r.t("What the reviewer asked for")
		row.Note = plural(r.lang, c.Count, "1 line was marked by the reviewer. Look at it once more.", "%d lines were marked by the reviewer. Look at them once more.")
	case "meter":
		row.Title = r.t("How far the budget moves")
		row.Note = outcomeSays(r, b.Desk.Meter.Outcome)
	default:
		row.Title = r.t(words(c.Code))
	}
	for _, f := range c.Fields {
		row.Findings = append(row.Findings, newFinding(b.Base, b.Edit, f))
	}
	return row
}

// transitionRevision takes a step of a revision: submit, withdraw, or a reviewer's.
func (w *Web) transitionRevision(r *request) error {
	var in workflow.TransitionRevision
	f, ok := r.sent("/revisions/"+r.id()+"/transitions", &in)
	in.ID = r.id()
	if ok {
		rev, err := r.s.TransitionRevision(r.ctx(), r.who, in)
		if err == nil {
			switch rev.Status {
			case workflow.StatusSubmitted:
				return r.done("/revisions/"+rev.ID, "Submitted and signed. The content is locked; the reviewers are told.")
			case workflow.StatusWithdrawn:
				return r.done("/applications/"+rev.ApplicationID, "Taken back. What is in force stays as it is.")
			}
			return r.done("/revisions/"+rev.ID, "Done.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	if in.Event == "submit" {
		return w.showSubmit(r, desk, f)
	}
	return w.showRevision(r, desk, f)
}

// copyForward fills a draft with last year's lines.
func (w *Web) copyForward(r *request) error {
	var in workflow.CopyForward
	f, ok := r.sent("/revisions/"+r.id()+"/copy_forward", &in)
	in.RevisionID = r.id()
	if ok {
		rev, err := r.s.CopyForward(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/revisions/"+rev.ID, "Last year's lines are copied. Go through them: nothing of them is approved.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return w.showRevision(r, desk, f)
}

// removeLine takes a line out, after the page asked.
func (w *Web) removeLine(r *request) error {
	number, err := r.lineNumber()
	if err != nil {
		return err
	}
	f, _ := r.sent(lineAddress(r.id(), number)+"/remove", nil)
	rev, err := r.s.RemoveLineItem(r.ctx(), r.who, r.id(), number, f.Version)
	if err == nil {
		return r.done("/revisions/"+rev.ID+"#lines", "Line %d is taken out of this revision.", number)
	}
	if err := f.took(err); err != nil {
		return err
	}
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return w.showRevision(r, desk, f)
}

// diffBody is what revision_diff.html shows.
type diffBody struct {
	Diff       workflow.RevisionDiff
	Base       string
	FromTitle  string
	ToTitle    string
	Others     []Link
	Lines      []diffRow
	Same       int
	MovedCents models.Cents
	Counts     map[string]int
}

type diffRow struct {
	Number                      int
	Change, Description         string
	Before, After, Moved, Spent models.Cents
	Fields                      []fieldRow
}

type fieldRow struct{ Name, Before, After string }

// diffPage compares a revision with another of its application: that it is based on, or the
// one before it.
func (w *Web) diffPage(r *request) error {
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	app, err := r.s.Application(r.ctx(), r.who, desk.Application.ID)
	if err != nil {
		return err
	}
	from := r.Query("from")
	if from == "" && desk.Revision.BaseID != nil {
		from = *desk.Revision.BaseID
	}
	b := diffBody{Base: "/revisions/" + desk.Revision.ID, ToTitle: revisionTitle(r, desk.Revision), Counts: map[string]int{}}
	for _, rev := range app.Revisions {
		if rev.ID == desk.Revision.ID {
			continue
		}
		if from == "" {
			from = rev.ID
		}
		if rev.ID == from {
			b.FromTitle = revisionTitle(r, rev)
		}
		b.Others = append(b.Others, Link{Text: revisionTitle(r, rev), Href: b.Base + "/diff?from=" + url.QueryEscape(rev.ID), Current: rev.ID == from})
	}
	if from == "" {
		return models.Fail(models.NotFound, "revision.alone", "There is no other revision to compare this one with.")
	}
	if b.Diff, err = r.s.Diff(r.ctx(), r.who, from, desk.Revision.ID); err != nil {
		return err
	}
	names := newNames(desk.Choices)
	for _, l := range b.Diff.Lines {
		b.Counts[l.Change]++
		if l.Change == "same" {
			continue
		}
		b.Lines = append(b.Lines, newDiffRow(r, names, l))
	}
	b.MovedCents = b.Diff.AfterCents - b.Diff.BeforeCents
	return r.show("revision_diff", Page{Title: r.t("What changes"), Lead: r.t("%s: %s against %s", desk.Application.Reference, b.ToTitle, b.FromTitle), Section: "/applications", Wide: true,
		Crumbs: append(r.revisionCrumbs(desk), Link{Text: b.ToTitle, Href: b.Base}), Body: b, Status: http.StatusOK})
}
