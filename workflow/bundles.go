package workflow

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/bundle"
)

// BundleOf asks for the auditor bundle of an organization in a grant year.
type BundleOf struct {
	OrganizationID string `json:"-" validate:"required,max=64"`
	GrantYearID    string `json:"grant_year_id" validate:"required,max=64"`
	// Earmark is the version that writes; Award renders an award notice.
	Earmark string                                    `json:"-" validate:"-"`
	Award   func(io.Writer, models.AwardNotice) error `json:"-" validate:"-"`
}

// WriteBundle writes everything that is known of a district in a grant year, as of one
// instant: see docs/auditor-bundle.md. The same state gives the same bytes. Errors:
// NotFound; Damaged "attachment.content_changed" when a file of it is lost.
func (s *Service) WriteBundle(ctx context.Context, who models.Actor, in BundleOf, w io.Writer) error {
	if err := allow(who, ReadBundle, in.OrganizationID); err != nil {
		return err
	}
	if err := s.check(in); err != nil {
		return err
	}
	b := &bundleWriter{s: s, ctx: ctx, who: who, in: in, members: map[string][]byte{}}
	if err := s.db.Snapshot(ctx, b.read); err != nil {
		return err
	}
	return b.write(w)
}

type bundleWriter struct {
	s   *Service
	ctx context.Context //nolint:containedctx // lives as long as one call
	who models.Actor
	in  BundleOf
	rules
	organization models.Organization
	tables       []store.BundleTable
	members      map[string][]byte // all but the attachments' contents
	attachments  []models.Attachment
	manifest     bundle.Manifest
}

// read takes the state in one transaction.
func (b *bundleWriter) read(r *store.Reader) (err error) {
	if b.organization, err = store.Get[models.Organization](r, b.in.OrganizationID); err != nil {
		return err
	}
	if b.rules, err = b.s.rules(r, b.in.GrantYearID); err != nil {
		return missingAs(err, "/grant_year_id", "There is no such grant year.", "Give the id of a grant year.")
	}
	office := scope(b.who).All
	gy := b.year
	b.tables, err = store.Bundle(r, store.BundleScope{OrganizationID: b.organization.ID, GrantYearID: gy.ID, ProgramCode: gy.ProgramCode, FiscalYear: gy.FiscalYear,
		From: gy.StartsOn.AddDays(-365), Until: gy.EndsOn.AddDays(2 * 365), Office: office})
	if err != nil {
		return err
	}
	b.manifest = bundle.Manifest{Program: gy.ProgramCode, Rules: b.version(), GrantYear: gy.Title, FiscalYear: gy.FiscalYear, Organization: b.organization.Name, Code: b.organization.Code,
		Audience: map[bool]string{true: "office", false: "district"}[office], Earmark: b.in.Earmark, Definition: gy.DefinitionHash, Documents: map[string]string{}}
	for i, t := range b.tables {
		if t.Kind == "organization" && !office { // the schools' and the district's own rows are the office's to follow
			b.tables[i].Kind, b.tables[i].IDs = "", nil
		}
		if b.tables[i].Kind != "" {
			b.manifest.Documents[t.Name] = t.Kind
		}
		b.members["data/"+t.Name+".jsonl"] = jsonLines(t.Rows)
	}
	for _, read := range []func(*store.Reader) error{b.events, b.files, b.program, b.awards, b.receipts} {
		if err := read(r); err != nil {
			return err
		}
	}
	return b.expenditures()
}

func jsonLines[T ~[]byte](rows []T) []byte {
	var out bytes.Buffer
	for _, row := range rows {
		out.Write(row)
		out.WriteByte('\n')
	}
	return out.Bytes()
}

// events are the chains of every document in the bundle; the last of them dates it.
func (b *bundleWriter) events(r *store.Reader) error {
	events, err := store.BundleEvents(r, b.tables)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	for _, e := range events {
		line := bundle.EventOf(e)
		b.manifest.StateAt = max(b.manifest.StateAt, line.At)
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	b.members[bundle.EventsName] = out.Bytes()
	return nil
}

func (b *bundleWriter) files(r *store.Reader) (err error) {
	for _, t := range b.tables {
		if t.Name == "attachments" && len(t.IDs) > 0 {
			b.attachments, err = store.All[models.Attachment](r, store.Eq{"id": t.IDs}, "id")
		}
	}
	return err
}

// program is the text of the rules in force and the values they were given.
func (b *bundleWriter) program(*store.Reader) error {
	b.members["program/definition.yaml"] = []byte(b.year.Definition)
	values := map[string]string{}
	for _, p := range b.params.All() {
		values[p.Name] = p.Text
	}
	text, err := json.MarshalIndent(values, "", " ")
	b.members["program/parameters.json"] = append(text, '\n')
	return err
}

// awards are the notices of every revision that took force, and what each amendment changed.
func (b *bundleWriter) awards(r *store.Reader) error {
	revisions, err := store.All[models.Revision](r, store.Eq{"organization_id": b.organization.ID, "grant_year_id": b.year.ID}, "number")
	if err != nil {
		return err
	}
	for _, rev := range revisions {
		app, err := store.Get[models.Application](r, rev.ApplicationID)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s-%02d", app.Reference, rev.Number)
		if rev.AwardNotice != "" && b.in.Award != nil {
			var n models.AwardNotice
			var page bytes.Buffer
			if err := json.Unmarshal([]byte(rev.AwardNotice), &n); err != nil {
				return fmt.Errorf("award notice of revision %s: %w", rev.ID, err)
			}
			if err := b.in.Award(&page, n); err != nil {
				return err
			}
			b.members["award-notices/"+name+".html"] = page.Bytes()
		}
		if rev.BaseID != nil {
			if err := b.diff(name, rev); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bundleWriter) diff(name string, rev models.Revision) error {
	d, err := b.s.Diff(b.ctx, b.who, *rev.BaseID, rev.ID)
	if err != nil {
		return err
	}
	type field struct {
		Field  string `json:"field"`
		Before any    `json:"before"`
		After  any    `json:"after"`
	}
	type line struct {
		Number      int          `json:"number"`
		Change      string       `json:"change"`
		BeforeCents models.Cents `json:"before_cents"`
		AfterCents  models.Cents `json:"after_cents"`
		Fields      []field      `json:"fields"`
	}
	out := struct {
		Reason      string       `json:"reason"`
		BeforeCents models.Cents `json:"before_cents"`
		AfterCents  models.Cents `json:"after_cents"`
		LineItems   []line       `json:"line_items"`
	}{rev.Reason, d.BeforeCents, d.AfterCents, []line{}}
	for _, l := range d.Lines {
		row := line{l.Number, l.Change, l.BeforeCents, l.AfterCents, []field{}}
		for _, f := range l.Fields {
			row.Fields = append(row.Fields, field(f))
		}
		out.LineItems = append(out.LineItems, row)
	}
	text, err := json.MarshalIndent(out, "", " ")
	b.members["diffs/"+name+".json"] = append(text, '\n')
	return err
}

func (b *bundleWriter) receipts(*store.Reader) error {
	for _, t := range b.tables {
		if t.Name != "allocations" {
			continue
		}
		for _, row := range t.Rows {
			var a struct{ ID, Receipt string }
			if err := json.Unmarshal(row, &a); err != nil {
				return err
			}
			b.members["receipts/"+a.ID+".json"] = []byte(a.Receipt)
		}
	}
	return nil
}

// expenditures are also a list for a spreadsheet.
func (b *bundleWriter) expenditures() error {
	var out bytes.Buffer
	sheet := csv.NewWriter(&out)
	columns := []string{"id", "line_item_id", "spent_on", "posted_on", "function_code", "object_code", "amount_cents", "vendor", "invoice", "memo", "reverses_id"}
	_ = sheet.Write(columns)
	for _, t := range b.tables {
		if t.Name != "expenditures" {
			continue
		}
		for _, text := range t.Rows {
			var values map[string]any
			d := json.NewDecoder(bytes.NewReader(text))
			d.UseNumber()
			if err := d.Decode(&values); err != nil {
				return err
			}
			row := make([]string, len(columns))
			for i, c := range columns {
				if v := values[c]; v != nil {
					row[i] = harmlessCell(c, fmt.Sprint(v))
				}
			}
			_ = sheet.Write(row)
		}
	}
	sheet.Flush()
	b.members["expenditures.csv"] = out.Bytes()
	return sheet.Error()
}

// harmlessCell keeps a spreadsheet from running text as a formula.
func harmlessCell(column, text string) string {
	if column != "amount_cents" && text != "" && strings.ContainsAny(text[:1], "=+-@\t\r") {
		return "'" + text
	}
	return text
}

// write puts the members in order, one attachment in memory at a time.
func (b *bundleWriter) write(out io.Writer) error {
	b.members["README.txt"] = []byte(b.readme())
	byName := map[string]models.Attachment{}
	names := make([]string, 0, len(b.members)+len(b.attachments))
	for name := range b.members {
		names = append(names, name)
	}
	for _, a := range b.attachments {
		name := bundle.AttachmentName(a.ID, a.Name)
		byName[name] = a
		names = append(names, name)
	}
	slices.Sort(names)
	w := bundle.NewWriter(out)
	for _, name := range names {
		content, there := b.members[name]
		if !there {
			f, err := b.s.contentOf(b.ctx, byName[name])
			if err != nil {
				return err
			}
			content, err = io.ReadAll(f)
			_ = f.Close()
			if err != nil {
				return err
			}
		}
		if err := w.Add(name, content); err != nil {
			return err
		}
	}
	return w.Close(b.manifest)
}

func (b *bundleWriter) readme() string {
	return "Auditor bundle: " + b.organization.Name + " (" + b.organization.Code + "), " + b.year.Title + "\n" +
		"State of " + b.manifest.StateAt + ", the last change that the bundle tells of. Rules: " + b.manifest.Rules + ". Fiscal year " + strconv.Itoa(b.year.FiscalYear) + ".\n\n" + `README.txt            this text
attachments/ID/NAME   evidence files, as they were handed in
audit/events.jsonl    who did what, when and why: every change of every document, in chains of hashes
award-notices/        what the office told the district
data/TABLE.jsonl      every row, every version: one JSON object a line; amounts are cents
diffs/                what each amendment changed
expenditures.csv      spending, for a spreadsheet
program/              the rules in force when the grant year was opened, and the values of their parameters
receipts/             how each allocation came about
manifest.json         every file with its size and SHA-256
SHA256SUMS            the same for sha256sum

Check it without Earmark:   unzip BUNDLE.zip -d bundle && cd bundle && sha256sum -c --strict SHA256SUMS
Check everything:           earmark bundle verify BUNDLE.zip
`
}
