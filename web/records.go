package web

import (
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow"
)

func (w *Web) pagesRecords() []route {
	return []route{
		{"GET", "/records", w.records},
		{"GET", "/records/new", w.newRecord},
		{"POST", "/records", w.createRecord},
		{"GET", "/records/:id", w.record},
		{"GET", "/records/:id/edit", w.editRecord},
		{"POST", "/records/:id/edit", w.updateRecord},
		{"POST", "/records/:id/transitions", w.stepRecord},
		{"GET", "/records/:id/signatures/:party", w.signatureForm},
		{"POST", "/records/:id/signatures/:party", w.signRecord},
		{"GET", "/records/:id/overrides/:check", w.overrideForm},
		{"POST", "/records/:id/overrides/:check", w.overrideRecord},
		{"GET", "/records/:id/amendments/new", w.amendmentForm},
		{"POST", "/records/:id/amendments", w.amendRecord},
	}
}

// recordKinds are the kinds of documents that all programs declare.
func (r *request) recordKinds() []Option {
	var out []Option
	for _, d := range r.s.Programs().All() {
		for _, k := range d.Records {
			out = offering(out, k.Code, k.Title)
		}
	}
	return out
}

// records lists documents of every kind.
func (w *Web) records(r *request) error {
	var in workflow.ListRecords
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	kinds := r.recordKinds()
	years, districts, err := r.yearsAndDistricts("")
	if err != nil {
		return err
	}
	places, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{})
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, o := range places {
		names[o.ID] = o.Name
	}
	type row = workflow.RecordRow
	l := Listing[row]{Path: "/records", Name: "records", Caption: r.t("Documents"), Long: true, Key: func(x row) string { return x.ID },
		Load: func(p workflow.Page) ([]row, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.Records(r.ctx(), r.who, in)
		},
		Columns: []Column[row]{
			{Key: "reference", Label: r.t("Document"), Cell: func(x row) Cell { return Text(x.Reference).To("/records/" + x.ID).Noted(textOf(kinds, x.RecordKind)) }},
			{Key: "organization", Label: r.t("Organization"), Cell: func(x row) Cell { return Text(names[x.OrganizationID]) }},
			{Key: "year", Label: r.t("Grant year"), Cell: func(x row) Cell { return Text(textOf(years, x.GrantYearID)) }},
			{Key: "revision", Label: r.t("Version"), Unit: models.UnitInteger, Cell: func(x row) Cell { return Number(x.Revision + 1) }},
			{Key: "status", Label: r.t("Status"), Cell: func(x row) Cell { return r.Tagged(string(x.Status)) }},
			{Key: "due_on", Label: r.t("Due"), Unit: models.UnitDate, Cell: func(x row) Cell {
				if x.DueOn.IsZero() || !open(x.Record) {
					return Day(x.DueOn)
				}
				return Day(x.DueOn).Noted(r.late(x.DueOn))
			}},
			{Key: "effective_on", Label: r.t("In force from"), Unit: models.UnitDate, Cell: func(x row) Cell { return Day(x.EffectiveOn) }}},
		Filters: []Field{f.Select("kind", r.t("Kind"), kinds), f.Select("grant_year_id", r.t("Grant year"), years), f.Select("organization_id", r.t("District"), districts),
			f.Select("status", r.t("Status"), r.states("draft", "submitted", "returned", "refused", "withdrawn", "in_force", "superseded", "ended"))},
		Empty: r.t("There is no document yet.")}
	p := Page{Title: r.t("Documents"), Section: "/records", Lead: r.t("Forms, letters, reviews and worksheets that a program asks for."), Wide: true}
	if r.s.May(r.who, workflow.WriteRecord, "") {
		l.Action = &Link{Text: r.t("Begin a document"), Href: "/records/new"}
		p.Actions = []Link{{Text: r.t("Begin a document"), Href: "/records/new", Primary: true}}
	}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	v.keeping(f, "agreement_id", "parent_id", "root_id", "subject_id")
	p.Body = v
	return r.show("listing", p)
}

// open reports that a record is still being written.
func open(x models.Record) bool {
	return x.Status == workflow.StatusDraft || x.Status == workflow.StatusReturned
}

// newRecord asks what is begun, of whom and for which year; what the address names is known.
func (w *Web) newRecord(r *request) error {
	in := workflow.CreateRecord{RecordKind: r.Query("kind"), GrantYearID: r.Query("grant_year_id"), OrganizationID: r.Query("organization_id"), ParentID: r.Query("parent_id"), AgreementID: r.Query("agreement_id")}
	if in.AgreementID != "" {
		a, err := r.s.Agreement(r.ctx(), r.who, in.AgreementID)
		if err != nil {
			return err
		}
		in.OrganizationID = a.OrganizationID
		if in.GrantYearID == "" {
			if in.GrantYearID, err = r.currentYear(a.ProgramCode); err != nil {
				return err
			}
		}
	}
	if in.OrganizationID == "" {
		if own := r.who.Districts(); len(own) == 1 {
			in.OrganizationID = own[0]
		}
	}
	f := r.form("/records", 0, in)
	f.Values.Set("line", r.Query("line"))
	return w.askNewRecord(r, f)
}

func (w *Web) askNewRecord(r *request, f *Form) error {
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	if err != nil {
		return err
	}
	var of, kinds []Option
	chosen := f.Values.Get("kind")
	for _, d := range r.s.Programs().All() {
		for _, k := range d.Records {
			if slices.ContainsFunc(years, func(y models.GrantYear) bool {
				return y.ProgramCode == d.Code && (f.Values.Get("grant_year_id") == "" || y.ID == f.Values.Get("grant_year_id"))
			}) || k.Code == chosen {
				kinds = offering(kinds, k.Code, k.Title)
			}
		}
	}
	var kind *programs.RecordKind
	for i := len(years) - 1; i >= 0; i-- {
		y := years[i]
		d, ok := r.s.Programs().Program(y.ProgramCode)
		if !ok || len(d.Records) == 0 {
			continue
		}
		of = append(of, Option{Value: y.ID, Text: y.Title})
		if y.ID == f.Values.Get("grant_year_id") || f.Values.Get("grant_year_id") == "" {
			if k, found := d.Record(chosen); found {
				kind = k
			}
		}
	}
	places, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{})
	if err != nil {
		return err
	}
	var organizations []Option
	for _, o := range places {
		if (kind == nil && o.OrgKind == models.KindDistrict) || kind != nil && o.OrgKind == kind.Of {
			organizations = offering(organizations, o.ID, o.Name+" ("+o.Code+")")
		}
	}
	fields := []Field{f.Combo("kind", r.t("Kind of document"), kinds).Needed(), f.Select("grant_year_id", r.t("Grant year"), of).Needed(), f.Combo("organization_id", r.t("Whose document"), organizations).Needed()}
	intro := []string{}
	if kind != nil {
		intro = append(intro, kind.Means)
		if kind.Parent != "" {
			fields = append(fields, f.Text("parent_id", r.t("Belongs to")).Hinted(r.t("Begin it from the page of the document that it belongs to.")).Needed())
		}
		if _, ok := r.lineField(kind); ok {
			fields = append(fields, f.Number("line", r.t("Number of the line")).Hinted(r.t("Of the line in force that it is about.")))
		}
	}
	title := r.t("Begin a document")
	if kind != nil {
		title = r.t("Begin: %s", kind.Title)
	}
	return r.ask(Page{Title: title, Section: "/records", Crumbs: []Link{{Text: r.t("Documents"), Href: "/records"}}}, fieldsBody{Form: f, Intro: intro, Button: r.t("Begin"), Cancel: "/records", Fields: fields,
		Hidden: []Link{{Text: "agreement_id", Href: f.Values.Get("agreement_id")}}})
}

// lineField is the field of a kind that names a line item.
func (r *request) lineField(k *programs.RecordKind) (string, bool) {
	for _, x := range k.Fields {
		if x.Type == programs.FieldLineItem {
			return x.Name, true
		}
	}
	return "", false
}

func (w *Web) createRecord(r *request) error {
	var in workflow.CreateRecord
	f, ok := r.sent("/records", &in)
	if line := f.Values.Get("line"); line != "" {
		if y, err := r.s.GrantYear(r.ctx(), r.who, in.GrantYearID); err == nil {
			if d, known := r.s.Programs().Program(y.ProgramCode); known {
				if k, found := d.Record(in.RecordKind); found {
					if name, has := r.lineField(k); has {
						in.Fields = workflow.RecordFields{name: quoted(line)}
					}
				}
			}
		}
	}
	if ok {
		made, err := r.s.CreateRecord(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/records/"+made.ID+"/edit", "It is begun. What is known is filled in already.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askNewRecord(r, f)
}

func (w *Web) signatureForm(r *request) error {
	v, err := r.s.Record(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return w.askSignature(r, v, r.form(r.Request.URL.Path, v.Version, workflow.TransitionRecord{SignedOn: r.s.Today()}))
}

func (w *Web) askSignature(r *request, v workflow.RecordView, f *Form) error {
	party, ok := partyOf(v, r.Param("party"))
	if !ok {
		return notThere()
	}
	return r.ask(Page{Title: r.t("Signature: %s", party.Title), Section: "/records", Crumbs: recordCrumbs(r, v)}, fieldsBody{Form: f, Button: r.t("Record the signature"), Cancel: "/records/" + v.ID,
		Intro:  []string{r.t("Record who signed and when. A signature is never changed afterwards; the last one puts the document in force.")},
		Fields: []Field{f.Text("signer_name", r.t("Who signed")).Needed().AtMost(200), f.Date("signed_on", r.t("Signed on")).Needed(), f.Area("comment", r.t("Comment")).AtMost(2000).Lines(2)}})
}

func partyOf(v workflow.RecordView, code string) (programs.SignatureParty, bool) {
	for _, p := range v.Content.Kind.Signatures {
		if p.Party == code {
			return p, true
		}
	}
	return programs.SignatureParty{}, false
}

func recordCrumbs(r *request, v workflow.RecordView) []Link {
	return []Link{{Text: r.t("Documents"), Href: "/records"}, {Text: v.RecordKindTitle + " " + v.Reference, Href: "/records/" + v.ID}}
}

func (w *Web) signRecord(r *request) error {
	in := workflow.TransitionRecord{ID: r.id(), Event: "sign", Party: r.Param("party")}
	f, ok := r.sent(r.Request.URL.Path, &in)
	in.Event, in.Party = "sign", r.Param("party")
	if ok {
		if _, err := r.s.TransitionRecord(r.ctx(), r.who, in); err == nil {
			return r.done("/records/"+in.ID+"#signatures", "The signature is recorded.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	v, err := r.s.Record(r.ctx(), r.who, in.ID)
	if err != nil {
		return err
	}
	if stale(f) {
		f.Version = v.Version
	}
	return w.askSignature(r, v, f)
}

func (w *Web) overrideForm(r *request) error {
	v, err := r.s.Record(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return w.askOverride(r, v, r.form(r.Request.URL.Path, v.Version, workflow.RecordOverride{}))
}

func (w *Web) askOverride(r *request, v workflow.RecordView, f *Form) error {
	says := r.Param("check")
	for _, c := range v.Content.Kind.Checks {
		if c.Code == r.Param("check") {
			says = c.Says
		}
	}
	return r.ask(Page{Title: r.t("Let a check pass"), Section: "/records", Crumbs: recordCrumbs(r, v), Lead: says},
		fieldsBody{Form: f, Button: r.t("Let it pass"), Cancel: "/records/" + v.ID, Fields: []Field{f.Area("reason", r.t("Reason")).Needed().AtMost(2000)}})
}

func (w *Web) overrideRecord(r *request) error {
	in := workflow.RecordOverride{ID: r.id()}
	f, ok := r.sent(r.Request.URL.Path, &in)
	in.Check = r.Param("check")
	if ok {
		if _, err := r.s.OverrideRecord(r.ctx(), r.who, in); err == nil {
			return r.done("/records/"+in.ID, "The check may pass, with the reason.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	v, err := r.s.Record(r.ctx(), r.who, in.ID)
	if err != nil {
		return err
	}
	if stale(f) {
		f.Version = v.Version
	}
	return w.askOverride(r, v, f)
}

func (w *Web) amendmentForm(r *request) error {
	v, err := r.s.Record(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return w.askAmendment(r, v, r.form("/records/"+v.ID+"/amendments", 0, workflow.AmendRecord{}))
}

func (w *Web) askAmendment(r *request, v workflow.RecordView, f *Form) error {
	return r.ask(Page{Title: r.t("Amend %s", v.Reference), Section: "/records", Crumbs: recordCrumbs(r, v)}, fieldsBody{Form: f, Button: r.t("Begin the amendment"), Cancel: "/records/" + v.ID,
		Intro: []string{r.t("The version in force stays until the amendment takes its place.")}, Fields: []Field{f.Area("reason", r.t("What changes, and why")).Needed().AtMost(2000)}})
}

func (w *Web) amendRecord(r *request) error {
	in := workflow.AmendRecord{ID: r.id()}
	f, ok := r.sent("/records/"+in.ID+"/amendments", &in)
	if ok {
		made, err := r.s.AmendRecord(r.ctx(), r.who, in)
		if err == nil {
			return r.done("/records/"+made.ID+"/edit", "The amendment is begun.")
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	v, err := r.s.Record(r.ctx(), r.who, in.ID)
	if err != nil {
		return err
	}
	return w.askAmendment(r, v, f)
}
