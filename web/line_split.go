package web

import (
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

// splitBody is what line_split.html shows.
type splitBody struct {
	Base  string
	Line  lineRow
	Form  *Form
	Costs []splitRow
}

type splitRow struct {
	Object string
	Code   string
	Name   string // of the hidden field
	Has    models.Cents
	Moves  Field
}

// splitPage asks what moves to a new line.
func (w *Web) splitPage(r *request) error {
	number, err := r.lineNumber()
	if err != nil {
		return err
	}
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	line := lineOf(desk, number)
	if line == nil {
		return models.Fail(models.NotFound, "not_found", "This revision has no line %d.", number)
	}
	return w.askSplit(r, desk, *line, r.form(lineAddress(desk.Revision.ID, number)+"/split", desk.Revision.Version, workflow.SplitLineItem{Description: line.Version.Description}))
}

func (w *Web) askSplit(r *request, desk workflow.RevisionDesk, line workflow.Line, f *Form) error {
	if desk.MayEdit != nil {
		return desk.MayEdit
	}
	names := newNames(desk.Choices)
	b := splitBody{Base: "/revisions/" + desk.Revision.ID, Line: newLineRow("/revisions/"+desk.Revision.ID, names, line), Form: f}
	for i, c := range line.Costs {
		at := "costs." + strconv.Itoa(i)
		b.Costs = append(b.Costs, splitRow{names.object(c.ObjectCode), c.ObjectCode, at + ".object_code", c.AmountCents, f.Money(at+".amount_cents", r.t("Moves to the new line, object %s", c.ObjectCode))})
	}
	title := revisionTitle(r, desk.Revision)
	return r.show("line_split", Page{Title: r.t("Split line %d", line.Number), Lead: r.t("%s: %s", desk.Application.Reference, title), Section: "/applications",
		Crumbs: append(r.revisionCrumbs(desk), Link{Text: title, Href: b.Base}), Body: b, Problems: f.Problems(), Status: f.Status()})
}

// splitLine makes two lines of one.
func (w *Web) splitLine(r *request) error {
	number, err := r.lineNumber()
	if err != nil {
		return err
	}
	var in workflow.SplitLineItem
	f, ok := r.sent(lineAddress(r.id(), number)+"/split", &in)
	in.RevisionID, in.Number = r.id(), number
	if ok {
		saved, err := r.s.SplitLineItem(r.ctx(), r.who, in)
		if err == nil {
			return r.done(lineAddress(r.id(), saved.Line.Number), "Line %d is split. This is the new one: say what is different.", number)
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	desk, err := r.s.RevisionDesk(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	line := lineOf(desk, number)
	if line == nil {
		return models.Fail(models.NotFound, "not_found", "This revision has no line %d.", number)
	}
	f.Version = desk.Revision.Version // what there is to split is shown as it is now
	return w.askSplit(r, desk, *line, f)
}
