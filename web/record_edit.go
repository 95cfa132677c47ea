package web

import (
	"net/url"
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// editRecord is the form of a record that may be written in.
func (w *Web) editRecord(r *request) error {
	v, err := r.s.Record(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	f := r.form("/records/"+v.ID+"/edit", v.Version, nil)
	f.Values = valuesOf(v)
	return w.askRecord(r, v, f)
}

// valuesOf is everything that the form of a record shows.
func valuesOf(v workflow.RecordView) url.Values {
	out := url.Values{}
	recordValues("fields.", v.Content.Kind.Fields, v.Content.Data, out)
	for code, m := range v.Content.Checklist {
		at := "checklist." + code + "."
		out.Set(at+"done", truth(m.Done))
		out.Set(at+"not_applicable", truth(m.NotApplicable))
		out.Set(at+"evidence", m.Evidence)
		out.Set(at+"attachment_id", m.AttachmentID)
		out.Set(at+"on", string(m.On))
	}
	for code, m := range v.Content.Exhibits {
		at := "exhibits." + code + "."
		out.Set(at+"not_applicable", truth(m.NotApplicable))
		out.Set(at+"file", m.File)
		out.Set(at+"attachment_id", m.AttachmentID)
		out[at+"elements"] = m.Elements
	}
	return out
}

func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

func (w *Web) askRecord(r *request, v workflow.RecordView, f *Form) error {
	b, err := w.recordBody(r, v)
	if err != nil {
		return err
	}
	b.Form, b.Writing = f, true
	var targets, files []Option
	if a := v.Content.Agreement; a != nil {
		for _, t := range a.Targets {
			targets = append(targets, Option{Value: t.Code, Text: t.Code + ": " + t.Measure})
		}
	} else if targets, err = r.targetChoices(v); err != nil {
		return err
	}
	for _, a := range b.Files {
		files = append(files, Option{Value: a.ID, Text: a.Name})
	}
	b.Inputs = r.recordForm(f, "fields.", v.Content.Kind.Fields, targets)
	for i := range b.Checklist {
		x := &b.Checklist[i]
		at := "checklist." + x.Code + "."
		x.Done, x.Apart = f.Check(at+"done", x.Says), f.Check(at+"not_applicable", r.t("Does not apply"))
		x.Evidence, x.On = f.Text(at+"evidence", r.t("Where it can be seen")).AtMost(2000), f.Date(at+"on", r.t("On"))
		x.At = f.Select(at+"attachment_id", r.t("File that shows it"), files)
		x.Done.Hint = x.Cite
	}
	for i := range b.Exhibits {
		x := &b.Exhibits[i]
		at := "exhibits." + x.Code + "."
		var elements []Option
		for _, e := range x.Exhibit.Elements {
			elements = append(elements, Option{Value: e.Code, Text: e.Title})
		}
		x.Elements, x.Out = f.Checks(at+"elements", r.t("What it has"), elements), f.Check(at+"not_applicable", r.t("Does not apply"))
		x.File, x.At = f.Text(at+"file", r.t("Name of the file")).AtMost(200), f.Select(at+"attachment_id", r.t("File of the document"), files)
	}
	p := b.page(r)
	p.Title = r.t("Fill in: %s", p.Title)
	p.Crumbs = recordCrumbs(r, v)
	p.Problems, p.Status, p.Body = f.Problems(), f.Status(), b
	return r.show("record_form", p)
}

// targetChoices are the targets of the organization's agreements, by code.
func (r *request) targetChoices(v workflow.RecordView) ([]Option, error) {
	standings, err := r.s.TargetStandings(r.ctx(), r.who, workflow.ListTargetStandings{OrganizationID: v.OrganizationID})
	var out []Option
	for _, s := range standings {
		out = offering(out, s.Target.Code, s.Target.Code+": "+s.Target.Measure)
	}
	return out, err
}

func (w *Web) updateRecord(r *request) error {
	v, err := r.s.Record(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	f, ok := r.sent("/records/"+v.ID+"/edit", nil)
	in := workflow.UpdateRecord{ID: v.ID, Version: f.Version}
	var wrong []models.FieldError
	in.Fields = readRecord("fields.", v.Content.Kind.Fields, f.Values, &wrong)
	in.Checklist, in.Exhibits = marksOf(v, f.Values), exhibitsOf(v, f.Values)
	if ok && len(wrong) > 0 {
		f.Failed, ok = &models.Error{Kind: models.Invalid, Code: "invalid_input", Detail: r.t("An input cannot be read."), Fields: wrong}, false
	}
	if ok && f.Values.Get("more") != "" { // further rows, nothing saved
		f.Values.Del("more")
		for name, n := range rowTables(v, f.Values) {
			f.Values.Set(name+"."+itoa(n+1)+".", "")
		}
		return w.askRecord(r, v, f)
	}
	if ok {
		if _, err := r.s.UpdateRecord(r.ctx(), r.who, in); err == nil {
			if f.Values.Get("stay") != "" {
				return r.done("/records/"+v.ID+"/edit", "Saved.")
			}
			return r.done("/records/"+v.ID, "Saved.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	if stale(f) {
		f.theirs(v.Version, valuesOf(v))
	}
	return w.askRecord(r, v, f)
}

// rowTables are the tables of rows of a record with how many rows a form has.
func rowTables(v workflow.RecordView, values url.Values) map[string]int {
	out := map[string]int{}
	for _, x := range v.Content.Kind.Fields {
		if x.Type == "rows" {
			out["fields."+x.Name] = rowsIn("fields."+x.Name, values)
		}
	}
	return out
}

// theirs notes what is saved now where it differs from what was typed.
func (f *Form) theirs(version int64, now url.Values) {
	f.Theirs, f.Version = map[string]string{}, version
	for name, typed := range f.Values {
		if current := strings.Join(now[name], ", "); strings.HasPrefix(name, "fields.") && current != strings.ReplaceAll(strings.Join(typed, ", "), "\r\n", "\n") {
			if current == "" {
				current = "–"
			}
			f.Theirs[name] = current
		}
	}
}

// marksOf are the marks of the checklist that the form changes; the others keep who made them.
func marksOf(v workflow.RecordView, values url.Values) map[string]workflow.RecordChecklist {
	out := map[string]workflow.RecordChecklist{}
	for _, x := range v.Content.Kind.Checklist {
		at, m := "checklist."+x.Code+".", v.Content.Checklist[x.Code]
		if !values.Has(at+"done") && !values.Has(at+"evidence") {
			continue
		}
		now := workflow.RecordChecklist{Done: ticked(values[at+"done"]), NotApplicable: ticked(values[at+"not_applicable"]), Evidence: strings.TrimSpace(values.Get(at + "evidence")),
			AttachmentID: values.Get(at + "attachment_id"), On: models.Date(values.Get(at + "on"))}
		if now.Done != m.Done || now.NotApplicable != m.NotApplicable || now.Evidence != m.Evidence || now.AttachmentID != m.AttachmentID || now.On != "" && now.On != m.On {
			out[x.Code] = now
		}
	}
	return out
}

func ticked(values []string) bool { return len(values) > 0 && values[len(values)-1] == "true" }

func exhibitsOf(v workflow.RecordView, values url.Values) map[string]workflow.RecordExhibit {
	out := map[string]workflow.RecordExhibit{}
	for _, x := range v.Content.Kind.Exhibits {
		at, m := "exhibits."+x.Code+".", v.Content.Exhibits[x.Code]
		if !values.Has(at+"file") && !values.Has(at+"elements") {
			continue
		}
		now := workflow.RecordExhibit{File: strings.TrimSpace(values.Get(at + "file")), AttachmentID: values.Get(at + "attachment_id"), NotApplicable: ticked(values[at+"not_applicable"]),
			Elements: slices.DeleteFunc(slices.Clone(values[at+"elements"]), func(s string) bool { return s == "" })}
		if now.File != m.File || now.AttachmentID != m.AttachmentID || now.NotApplicable != m.NotApplicable || !slices.Equal(now.Elements, m.Elements) {
			out[x.Code] = now
		}
	}
	return out
}
