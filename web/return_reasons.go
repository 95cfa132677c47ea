package web

import (
	"earmark/models"
	"earmark/workflow"
)

// returnReasons is the list of reasons that reviewers pick.
func (w *Web) returnReasons(r *request) error {
	var in workflow.ListReturnReasons
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	rows, err := r.allReasons(in)
	if err != nil {
		return err
	}
	l := Listing[models.ReturnReason]{Path: "/return_reasons", Name: "return-reasons", Sort: "title", Caption: r.t("Reasons for returns"),
		Empty: r.t("No reason is kept yet. Write one that you give again and again, and every reviewer can pick it."),
		Load:  func(workflow.Page) ([]models.ReturnReason, error) { return rows, nil },
		Filters: []Field{f.Select("in_use", r.t("In use"), []Option{{Value: "true", Text: r.t("Offered to reviewers")}, {Value: "false", Text: r.t("Not offered")}}),
			f.Select("program_code", r.t("Program"), r.programOptions())},
		Columns: []Column[models.ReturnReason]{
			{Key: "title", Label: r.t("Title"), Cell: func(d models.ReturnReason) Cell { return Text(d.Title).To("/return_reasons/" + d.ID) }},
			{Key: "text", Label: r.t("What the district reads"), Cell: func(d models.ReturnReason) Cell { return Text(d.Text) }},
			{Key: "program", Label: r.t("Program"), Cell: func(d models.ReturnReason) Cell {
				if d.ProgramCode == "" {
					return Text(r.t("Every program"))
				}
				return Text(d.ProgramCode)
			}},
			{Key: "in_use", Label: r.t("In use"), Cell: func(d models.ReturnReason) Cell {
				if d.InUse {
					return Text(r.t("Offered to reviewers"))
				}
				return Text(r.t("Not offered"))
			}},
		}}
	page := Page{Title: r.t("Reasons for returns"), Section: "/return_reasons", Lead: r.t("Reviewers pick one of these when they return or deny a line, and add what is special.")}
	if r.s.May(r.who, workflow.ManageReturnReasons, "") {
		page.Actions = []Link{{Text: r.t("Write a reason"), Href: "/return_reasons/new", Primary: true}}
		l.Action = &page.Actions[0]
	}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	page.Body = v
	return r.show("listing", page)
}

// allReasons are all reasons that the input asks for.
func (r *request) allReasons(in workflow.ListReturnReasons) ([]models.ReturnReason, error) {
	var all []models.ReturnReason
	for in.After, in.Limit = "", workflow.MaxPage; ; {
		rows, err := r.s.ReturnReasons(r.ctx(), r.who, in)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
		if len(rows) < workflow.MaxPage {
			return all, nil
		}
		in.After = rows[len(rows)-1].ID
	}
}

func (r *request) programOptions() []Option {
	var out []Option
	for _, d := range r.s.Programs().All() {
		out = append(out, Option{Value: d.Code, Text: d.Title})
	}
	return out
}

// newReturnReason shows and takes the form of a new reason.
func (w *Web) newReturnReason(r *request) error {
	const action = "/return_reasons/new"
	if r.Request.Method == "GET" {
		return r.askReason(r.form(action, 0, nil), r.t("Write a reason"), false)
	}
	var in workflow.NewReturnReason
	f, ok := r.sent(action, &in)
	if ok {
		if _, err := r.s.CreateReturnReason(r.ctx(), r.who, in); err == nil {
			return r.done("/return_reasons", "Reviewers can pick this reason now.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return r.askReason(f, r.t("Write a reason"), false)
}

// returnReason shows and takes the form of a reason that is there.
func (w *Web) returnReason(r *request) error {
	d, err := r.s.ReturnReason(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	saved := workflow.UpdateReturnReason{ProgramCode: d.ProgramCode, Title: d.Title, Text: d.Text, InUse: d.InUse}
	action := "/return_reasons/" + d.ID
	if r.Request.Method == "GET" {
		return r.askReason(r.form(action, d.Version, saved), d.Title, true)
	}
	var in workflow.UpdateReturnReason
	f, ok := r.sent(action, &in)
	in.ID = d.ID
	if ok {
		if _, err := r.s.UpdateReturnReason(r.ctx(), r.who, in); err == nil {
			return r.done("/return_reasons", "Saved.")
		} else if err := f.took(err); err != nil {
			return err
		}
		if f.Failed.Kind == models.Stale {
			f.against(d.Version, saved)
		}
	}
	return r.askReason(f, d.Title, true)
}

func (r *request) askReason(f *Form, title string, kept bool) error {
	fields := []Field{
		f.Text("title", r.t("Title")).Needed().AtMost(80).Sized("xl").Hinted(r.t("What reviewers find it by.")),
		f.Area("text", r.t("What the district reads")).Needed().AtMost(2000).Hinted(r.t("Say what to mend, and how. The reviewer can add to it.")),
		f.Select("program_code", r.t("Program"), r.programOptions()).Hinted(r.t("Choose none to offer it to the reviewers of every program.")),
	}
	if kept {
		fields = append(fields, f.Check("in_use", r.t("Offered to reviewers")))
	}
	return r.ask(Page{Title: title, Section: "/return_reasons", Crumbs: []Link{{Text: r.t("Reasons for returns"), Href: "/return_reasons"}}},
		fieldsBody{Form: f, Fields: fields, Button: r.t("Save"), Cancel: "/return_reasons"})
}
