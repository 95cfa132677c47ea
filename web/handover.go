package web

import (
	"slices"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

// otherReceiver asks who takes one kind of work instead.
type otherReceiver struct {
	Name, Work string // of the hidden field with the kind
	Field      Field
}

// handoverPage is the body of handover.html.
type handoverPage struct {
	Form    *Form
	Person  workflow.Person
	Work    []workRow
	People  []Option
	Others  []otherReceiver
	Checked bool // the plan was looked at; now it can be carried out
	Ready   bool // everything can move
}

func (w *Web) handoverPage(r *request) error {
	if err := r.s.MayManagePeople(r.who); err != nil {
		return err
	}
	p, err := r.s.User(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	f := r.form("/users/"+p.ID+"/handover", p.Version, workflow.Handover{Disable: true})
	work, err := r.workOf(p.ID)
	if err != nil {
		return err
	}
	return r.askHandover(f, handoverPage{Person: p, Work: work})
}

// kindsThatMove are the kinds of work that another person can be named for.
var kindsThatMove = []string{"liaison", "action", "seat", "scoresheet"}

func (r *request) askHandover(f *Form, body handoverPage) error {
	people, err := r.s.Users(r.ctx(), r.who, workflow.ListUsers{Status: workflow.StatusActive})
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.ID != body.Person.ID {
			body.People = append(body.People, Option{Value: p.ID, Text: p.Name, Hint: r.rolesInWords(p.Roles)})
		}
	}
	slices.SortFunc(body.People, func(a, b Option) int { return compareText(a.Text, b.Text) })
	for i := range body.People {
		body.People[i].Text += " · " + body.People[i].Hint
	}
	for n, kind := range kindsThatMove {
		if !slices.ContainsFunc(body.Work, func(x workRow) bool { return x.Work == kind }) {
			continue
		}
		prefix := "to." + strconv.Itoa(n) + "."
		body.Others = append(body.Others, otherReceiver{prefix + "work", kind, f.Combo(prefix+"user_id", r.t("%s: somebody else than above", r.t(words(kind))), body.People)})
	}
	body.Form = f
	return r.show("handover", Page{Title: r.t("Hand over the work of %s", body.Person.Name), Section: "/users", Problems: f.Problems(), Status: f.Status(), Body: body,
		Crumbs: []Link{{Text: r.t("People"), Href: "/users"}, {Text: body.Person.Name, Href: "/users/" + body.Person.ID}},
		Lead:   r.t("Everything that hangs on the person moves in one step, or nothing does. Look at the plan first.")})
}

// handover shows the plan first and moves everything when it is asked to.
func (w *Web) handover(r *request) error {
	var in workflow.Handover
	f, ok := r.sent("/users/"+r.id()+"/handover", &in)
	in.ID, in.DryRun = r.id(), f.Values.Get("do") != "move"
	in.To = slices.DeleteFunc(in.To, func(t workflow.HandoverTo) bool { return t.UserID == "" })
	p, err := r.s.User(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	body := handoverPage{Person: p}
	if ok {
		out, err := r.s.Handover(r.ctx(), r.who, in)
		if err == nil && !in.DryRun {
			return r.done("/users/"+r.id(), "The work is handed over. Those who took it are told.")
		}
		if err == nil {
			if body.Work, err = r.workRows(out.Items); err != nil {
				return err
			}
			body.Checked, body.Ready = true, !slices.ContainsFunc(out.Items, func(x workflow.WorkItem) bool { return x.Refused != "" })
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	if f.Failed != nil && f.Failed.Kind == models.Stale {
		f.Version = p.Version
	}
	if body.Work == nil {
		if body.Work, err = r.workOf(r.id()); err != nil {
			return err
		}
	}
	return r.askHandover(f, body)
}
