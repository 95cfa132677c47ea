package web

import (
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow"
)

// recordBody is the page of a record, to read, to print and to write in.
type recordBody struct {
	workflow.RecordView
	Year      models.GrantYear
	Due       string
	Findings  []recordFinding
	Stops     int // findings that stop the next step
	Fields    []shownField
	Inputs    []recordField
	Checklist []checklistItem
	Exhibits  []exhibitItem
	Files     []models.Attachment
	Parties   []partyView
	Decisions []decisionView
	Figures   []shownFigure
	Steps     []Confirm
	Blocked   []string
	Form      *Form
	Writing   bool
	MayWrite  bool

	Attachments *AttachmentsView
}

type recordFinding struct {
	Text, Fix, Cite, Href, Pass string
	Stops                       bool
}

// shownField is a field as it is read: text, lines, or rows.
type shownField struct {
	ID, Label, Means, Text string
	Lines, Heads           []string
	Rows                   [][]string
}

type shownFigure struct{ Means, Text string }

type checklistItem struct {
	programs.ChecklistItem
	Mark                          models.ChecklistMark
	By                            string
	Done, Apart, Evidence, On, At Field
}

type exhibitItem struct {
	programs.Exhibit
	Mark                    models.ExhibitMark
	Has                     map[string]bool
	File, At, Elements, Out Field
}

type partyView struct {
	programs.SignatureParty
	Signature *models.RecordSignature
	Needed    bool
	Sign      string // address of the form
}

type decisionView struct {
	models.RecordDecision
	By string
}

func (w *Web) record(r *request) error { return w.showRecord(r, nil) }

func (w *Web) showRecord(r *request, f *Form) error {
	v, err := r.s.Record(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	b, err := w.recordBody(r, v)
	if err != nil {
		return err
	}
	b.offers(r)
	if b.Attachments, err = r.attachments("record", v.ID, "/records/"+v.ID); err != nil {
		return err
	}
	p := b.page(r)
	p.Problems, p.Body = f.Problems(), b
	if f != nil {
		p.Status = f.Status()
	}
	writable := b.MayWrite && open(v.Record)
	if writable {
		p.Actions = append(p.Actions, Link{Text: r.t("Fill in"), Href: "/records/" + v.ID + "/edit", Primary: true})
	}
	if b.MayWrite && v.Status == workflow.StatusInForce && v.Content.Kind.AmendedBy() != programs.AmendNone {
		p.Actions = append(p.Actions, Link{Text: r.t("Amend"), Href: "/records/" + v.ID + "/amendments/new"})
	}
	if v.Status == workflow.StatusSubmitted && r.s.May(r.who, workflow.RequestUnlock, v.OrganizationID) {
		p.Actions = append(p.Actions, Link{Text: r.t("Ask the office to open it"), Href: "/unlock_requests/new?document_kind=record&document_id=" + v.ID})
	}
	return r.show("record", p)
}

func (b *recordBody) page(r *request) Page {
	return Page{Title: b.RecordKindTitle + " " + b.Reference, Lead: r.t("%s · %s", b.Organization.Name, b.Year.Title), Section: "/records", Crumbs: []Link{{Text: r.t("Documents"), Href: "/records"}}}
}

func (w *Web) recordBody(r *request, v workflow.RecordView) (*recordBody, error) {
	b := &recordBody{RecordView: v, MayWrite: r.s.May(r.who, workflow.WriteRecord, v.OrganizationID)}
	var err error
	if b.Year, err = r.yearOf(v.GrantYearID); err != nil {
		return nil, err
	}
	if v.DueOn != "" && open(v.Record) {
		b.Due = r.late(v.DueOn)
	}
	b.findings(r)
	b.Fields = r.shownFields("fields.", v.Content.Kind.Fields, v.Content.Data)
	for _, x := range v.Content.Kind.Figures {
		if n, known := v.Standing.Figures[x.Name]; known {
			b.Figures = append(b.Figures, shownFigure{x.Means, countOrMoney(x.Name, n)})
		}
	}
	for _, x := range v.Content.Kind.Totals {
		if n, known := v.Content.Totals[x.Name]; known {
			b.Figures = append(b.Figures, shownFigure{x.Means, countOrMoney(x.Name, n)})
		}
	}
	var people []string
	for _, m := range v.Content.Checklist {
		people = append(people, m.By)
	}
	for _, d := range v.Decisions {
		people = append(people, d.UserID)
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, nil, people)
	if err != nil {
		return nil, err
	}
	for _, x := range v.Content.Kind.Checklist {
		m := v.Content.Checklist[x.Code]
		b.Checklist = append(b.Checklist, checklistItem{ChecklistItem: x, Mark: m, By: names.People[m.By]})
	}
	for _, x := range v.Content.Kind.Exhibits {
		e := exhibitItem{Exhibit: x, Mark: v.Content.Exhibits[x.Code], Has: map[string]bool{}}
		for _, code := range e.Mark.Elements {
			e.Has[code] = true
		}
		b.Exhibits = append(b.Exhibits, e)
	}
	for _, d := range v.Decisions {
		b.Decisions = append(b.Decisions, decisionView{d, names.People[d.UserID]})
	}
	if b.Files, err = r.s.Attachments(r.ctx(), r.who, workflow.ListAttachments{DocumentKind: "record", DocumentID: v.ID, Limit: workflow.MaxPage}); err != nil {
		return nil, err
	}
	b.Files = slices.DeleteFunc(b.Files, func(a models.Attachment) bool { return !a.WithdrawnOn.IsZero() })
	b.parties()
	return b, nil
}

// yearOf is the grant year of a document that the reader sees.
func (r *request) yearOf(id string) (models.GrantYear, error) {
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	for _, y := range years {
		if y.ID == id {
			return y, err
		}
	}
	return models.GrantYear{}, err
}

func countOrMoney(name string, n int64) string {
	if strings.HasSuffix(name, "_cents") {
		return models.Cents(n).String()
	}
	return strconv.FormatInt(n, 10)
}

// findings are what is missing or wrong, with the way to its field.
func (b *recordBody) findings(r *request) {
	if slices.Contains([]models.State{workflow.StatusSuperseded, workflow.StatusEnded, workflow.StatusWithdrawn, workflow.StatusRefused, workflow.StatusInForce}, b.Status) {
		return
	}
	for _, f := range b.Standing.Findings {
		x := recordFinding{Text: f.Detail, Fix: f.Fix, Cite: f.Cite, Stops: f.Severity == "error"}
		switch {
		case strings.HasPrefix(f.Pointer, "/signatures"):
			if open(b.Record) {
				continue // they come after the submission
			}
			x.Href = "/records/" + b.ID + "#signatures"
		case strings.HasPrefix(f.Pointer, "/agreement") && b.AgreementID != nil:
			x.Href = "/agreements/" + *b.AgreementID + "#missing"
		case open(b.Record) && f.Pointer != "/submitted_at":
			x.Href = "/records/" + b.ID + "/edit#" + fieldID(fieldName(f.Pointer))
		}
		if f.Overridable && x.Stops && r.s.May(r.who, workflow.OverrideRecord, b.OrganizationID) {
			x.Pass = "/records/" + b.ID + "/overrides/" + strings.TrimPrefix(f.Code, "record.")
		}
		if x.Stops {
			b.Stops++
		}
		b.Findings = append(b.Findings, x)
	}
}

// parties are who signs, in order, with what they signed.
func (b *recordBody) parties() {
	signing := slices.ContainsFunc(b.Offers, func(o workflow.Offer) bool { return o.Event == "sign" && o.Blocked == "" })
	first := true
	for _, p := range b.Content.Kind.Signatures {
		v := partyView{SignatureParty: p, Needed: slices.Contains(b.Standing.Unsigned, p.Party)}
		for i := range b.Content.Signatures {
			if b.Content.Signatures[i].Party == p.Party {
				v.Signature = &b.Content.Signatures[i]
			}
		}
		if v.Needed && signing && (first || !b.Content.Kind.InOrder) {
			v.Sign, first = "/records/"+b.ID+"/signatures/"+p.Party, false
		}
		b.Parties = append(b.Parties, v)
	}
}

// offers are the steps that the reader has now.
func (b *recordBody) offers(r *request) {
	at := "/records/" + b.ID + "/transitions"
	for _, o := range b.Offers {
		title := r.t(words(o.Event))
		switch {
		case o.Event == "sign":
			continue
		case o.Blocked != "" && o.Event == "submit":
			b.Blocked = append(b.Blocked, o.Blocked)
			continue
		case o.Blocked != "":
			continue
		}
		c := newConfirm(title, r.t("%s %s?", title, b.Reference), r.t(o.Means), r.t("Yes"), at, o.Event, b.Version).Asking(r.t("Comment"), o.Comment)
		if o.Event == "refuse" || o.Event == "end" || o.Event == "withdraw" {
			c = c.Dangerous()
		}
		b.Steps = append(b.Steps, c)
	}
}

// shownFields are the fields as they are read.
func (r *request) shownFields(prefix string, fields []programs.RecordField, data *programs.RecordData) []shownField {
	out := make([]shownField, len(fields))
	for i := range fields {
		x := &fields[i]
		v := shownField{ID: fieldID(prefix + x.Name), Label: r.t(words(x.Name)), Means: x.Means}
		switch value := data.Value(x.Name).(type) {
		case []*programs.RecordData:
			for _, c := range x.Fields {
				v.Heads = append(v.Heads, r.t(words(c.Name)))
			}
			for _, row := range value {
				var cells []string
				for j := range x.Fields {
					cells = append(cells, strings.Join(r.shownValue(&x.Fields[j], row.Value(x.Fields[j].Name)), ", "))
				}
				v.Rows = append(v.Rows, cells)
			}
		default:
			v.Lines = r.shownValue(x, value)
		}
		out[i] = v
	}
	return out
}

func (r *request) shownValue(x *programs.RecordField, value any) []string {
	switch v := value.(type) {
	case string:
		switch x.Type {
		case "date":
			return []string{day(r.lang, models.Date(v))}
		case "choice":
			return []string{r.t(words(v))}
		}
		return strings.Split(v, "\n")
	case bool:
		if v {
			return []string{r.t("Yes")}
		}
		return []string{r.t("No")}
	case int64:
		switch x.Type {
		case "cents":
			return []string{models.Cents(v).String()}
		case "decimal":
			return []string{plainNumber(models.Hundredths(v))}
		}
		return []string{strconv.FormatInt(v, 10)}
	case []string:
		if len(x.OneOf) == 0 {
			return v
		}
		var out []string
		for _, code := range v {
			out = append(out, r.t(words(code)))
		}
		return out
	}
	return nil
}

func (w *Web) stepRecord(r *request) error {
	in := workflow.TransitionRecord{ID: r.id()}
	f, ok := r.sent(r.Request.URL.Path, &in)
	if ok {
		if _, err := r.s.TransitionRecord(r.ctx(), r.who, in); err == nil {
			return r.done("/records/"+in.ID, "Done.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showRecord(r, f)
}
