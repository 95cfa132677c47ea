package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/schema"

	"earmark/models"
)

// BundleScope says which district and year a bundle is of, and for whom.
type BundleScope struct {
	OrganizationID, GrantYearID, ProgramCode string
	From, Until                              models.Date // of mails
	FiscalYear                               int
	Office                                   bool // with what only the office reads
}

// BundleTable is what a bundle has of one table: a JSON object for each row, in order.
type BundleTable struct {
	Name string
	Kind string // of the documents in it that have a trail; "" for other rows
	Rows []json.RawMessage
	IDs  []string // of documents
}

type bundleTable struct {
	model  any
	where  string
	office bool
	omit   []string
}

const (
	agreementsOf   = "agreement_id IN (SELECT id FROM agreements WHERE organization_id = @org AND program_code = @program)"
	applicationsOf = "application_id IN (SELECT id FROM applications WHERE organization_id = @org AND grant_year_id = @year)"
	linesOf        = "line_item_id IN (SELECT id FROM line_items WHERE organization_id = @org AND grant_year_id = @year)"
	versionsOf     = "line_version_id IN (SELECT id FROM line_versions WHERE " + linesOf + ")"
	recordsOf      = "record_id IN (SELECT r.id FROM records r WHERE r.organization_id = @org AND r.grant_year_id = @year)"
	here           = "organization_id IN (SELECT id FROM organizations WHERE id = @org OR parent_id = @org)"
)

// bundleRows are the tables that are not found by bundleDocuments: children, figures, and
// documents of the office that decide about a district.
var bundleRows = []bundleTable{
	{model: &models.Organization{}, where: "id = @org OR parent_id = @org"},
	{model: &models.GrantYear{}, where: "id = @year", office: true},
	{model: &models.AllocationRun{}, where: "grant_year_id = @year AND status IN ('published','superseded')", office: true},
	{model: &models.Allocation{}, where: here + " AND run_id IN (SELECT id FROM allocation_runs WHERE grant_year_id = @year AND status IN ('published','superseded'))"},
	{model: &models.Fact{}, where: here + " AND year <= @fiscal"},
	{model: &models.DeterminationResult{}, where: here + " AND run_id IN (SELECT id FROM determination_runs WHERE program_code = @program AND status IN ('published','superseded'))"},
	{model: &models.Goal{}, where: agreementsOf}, {model: &models.Target{}, where: agreementsOf}, {model: &models.Strategy{}, where: agreementsOf}, {model: &models.Activity{}, where: agreementsOf}, {model: &models.GateWaiver{}, where: agreementsOf},
	{model: &models.MeetingAction{}, where: "organization_id = @org AND " + agreementsOf},
	{model: &models.Approval{}, where: "revision_id IN (SELECT id FROM revisions WHERE organization_id = @org AND grant_year_id = @year)"},
	{model: &models.LineItem{}, where: "organization_id = @org AND grant_year_id = @year"},
	{model: &models.LineVersion{}, where: linesOf}, {model: &models.LineCost{}, where: versionsOf}, {model: &models.LineLink{}, where: versionsOf},
	{model: &models.LineUtilization{}, where: linesOf}, {model: &models.ApplicationUtilization{}, where: applicationsOf},
	{model: &models.BudgetCell{}, where: "form_id IN (SELECT id FROM budget_forms WHERE organization_id = @org AND grant_year_id = @year)"},
	{model: &models.RecordSignature{}, where: recordsOf}, {model: &models.RecordDecision{}, where: recordsOf},
	{model: &models.CommitmentApproval{}, where: "commitment_id IN (SELECT id FROM commitments WHERE organization_id = @org AND grant_year_id = @year)"},
	{model: &models.PriorFundingRow{}, where: "organization_id = @org AND prior_funding_id IN (SELECT id FROM prior_fundings WHERE program_code = @program)"},
	{model: &models.Scoresheet{}, where: "applicant_id = @org AND grant_year_id = @year AND status <> 'draft'", office: true},
	{model: &models.Mail{}, where: `kind = 'digest' AND for_date >= @from AND for_date <= @until AND user_id IN (SELECT user_id FROM user_roles WHERE organization_id = @org)
		AND id IN (SELECT mail_id FROM notices WHERE organization_id = @org) AND id NOT IN (SELECT mail_id FROM notices WHERE mail_id IS NOT NULL AND organization_id NOT IN (@org, ''))`,
		omit: []string{"locked_by", "locked_until", "last_error", "attempts", "next_attempt_at"}},
}

// OutsideBundles are the tables about organizations and years that no bundle has, and why.
var OutsideBundles = map[string]string{
	"determination_runs":   "a run is about a whole state; its results are in",
	"scenarios":            "trials that gave nobody money",
	"program_utilizations": "sums over all districts",
	"user_roles":           "who may do what today; who did what is in the trail",
	"notices":              "a person's inbox; what was mailed is in mails",
	"scenario_amounts":     "trials that gave nobody money",
}

// bundleTables puts the list together: every kind of document that belongs to an
// organization is in it by itself, by year where it has one.
func bundleTables(g *gorm.DB) ([]bundleTable, error) {
	out := slices.Clone(bundleRows)
	for _, doc := range documentKinds {
		stmt := &gorm.Statement{DB: g}
		if err := stmt.Parse(doc); err != nil {
			return nil, fmt.Errorf("table of %T: %w", doc, err)
		}
		has := func(field string) bool { return stmt.Schema.LookUpField(field) != nil }
		if !has("OrganizationID") || doc.Kind() == "attachment" {
			continue
		}
		where := "organization_id = @org"
		switch {
		case has("GrantYearID") && has("AgreementID"):
			where += " AND (grant_year_id = @year OR " + agreementsOf + ")"
		case has("GrantYearID"):
			where += " AND grant_year_id = @year"
		case has("ApplicationID"):
			where += " AND " + applicationsOf
		case has("AgreementID"):
			where += " AND " + agreementsOf
		case has("ProgramCode"):
			where += " AND program_code = @program"
		}
		if doc.Kind() == (&models.TermDecision{}).Kind() { // what the office has not decided is its own
			where += " AND (@office OR status IN @made)"
		}
		out = append(out, bundleTable{model: doc, where: where})
	}
	return out, nil
}

// BundleTableNames lists the tables that bundles have rows of.
func (db *DB) BundleTableNames() ([]string, error) {
	tables, err := bundleTables(db.gorm)
	names := []string{"attachments"}
	for _, t := range tables {
		name, err := tableOf(db.gorm, t.model)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, err
}

// Bundle reads everything of a district and year, in the order of the tables' names.
func Bundle(r Reading, s BundleScope) ([]BundleTable, error) {
	g := r.reader().g
	tables, err := bundleTables(g)
	if err != nil {
		return nil, err
	}
	var out []BundleTable
	documents := map[string]bool{}
	for _, t := range tables {
		if t.office && !s.Office {
			continue
		}
		b, err := bundleOf(g, t, s, nil)
		if err != nil {
			return nil, err
		}
		for _, id := range b.IDs {
			documents[b.Kind+" "+id] = true
		}
		out = append(out, b)
	}
	files, err := bundleOf(g, bundleTable{model: &models.Attachment{}, where: "organization_id = @org"}, s, documents)
	out = append(out, files)
	slices.SortFunc(out, func(a, b BundleTable) int { return strings.Compare(a.Name, b.Name) })
	return out, err
}

// bundleOf reads one table. of holds attachments to the documents that are in the bundle.
func bundleOf(g *gorm.DB, t bundleTable, s BundleScope, of map[string]bool) (out BundleTable, err error) {
	stmt := &gorm.Statement{DB: g}
	if err := stmt.Parse(t.model); err != nil {
		return out, err
	}
	out.Name = stmt.Table
	doc, isDocument := t.model.(models.Document)
	if isDocument {
		out.Kind = doc.Kind()
	}
	rows := reflect.New(reflect.SliceOf(stmt.Schema.ModelType))
	err = g.Where(t.where, sql.Named("org", s.OrganizationID), sql.Named("year", s.GrantYearID), sql.Named("program", s.ProgramCode), sql.Named("fiscal", s.FiscalYear),
		sql.Named("from", s.From), sql.Named("until", s.Until), sql.Named("office", s.Office), sql.Named("made", madeDecisions)).Find(rows.Interface()).Error
	if err != nil {
		return out, fmt.Errorf("bundle %s: %w", out.Name, translate(err))
	}
	fields := slices.Clone(stmt.Schema.Fields)
	fields = slices.DeleteFunc(fields, func(f *schema.Field) bool { return f.DBName == "" || slices.Contains(t.omit, f.DBName) })
	slices.SortFunc(fields, func(a, b *schema.Field) int { // the identifier first: rows are ordered by it
		if (a.DBName == "id") != (b.DBName == "id") {
			return map[bool]int{true: -1, false: 1}[a.DBName == "id"]
		}
		return strings.Compare(a.DBName, b.DBName)
	})
	for i := range rows.Elem().Len() {
		row := rows.Elem().Index(i)
		if of != nil {
			a := row.Interface().(models.Attachment)
			if !of[a.DocumentKind+" "+a.DocumentID] {
				continue
			}
		}
		line, err := bundleRow(fields, row)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, line)
		if isDocument {
			out.IDs = append(out.IDs, row.Addr().Interface().(models.Document).Base().ID)
		}
	}
	slices.SortFunc(out.Rows, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
	return out, nil
}

func bundleRow(fields []*schema.Field, row reflect.Value) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	for i, f := range fields {
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0])
		value, _ := f.ValueOf(context.Background(), row) //nolint:forbidigo // reads a field of memory
		if at, ok := value.(time.Time); ok {
			value = at.UTC()
		} else if at, ok := value.(*time.Time); ok && at != nil {
			value = at.UTC()
		}
		b.WriteString(`"` + f.DBName + `":`)
		if err := e.Encode(value); err != nil {
			return nil, err
		}
		b.Truncate(b.Len() - 1) // the line end that an encoder adds
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// BundleEvents are the audit events of every document of the tables, chain by chain.
func BundleEvents(r Reading, tables []BundleTable) (out []models.AuditEvent, err error) {
	for _, t := range tables {
		for part := range slices.Chunk(slices.Sorted(slices.Values(t.IDs)), 400) {
			var events []models.AuditEvent
			err := r.reader().g.Where("document_kind = ? AND document_id IN ?", t.Kind, part).Order("document_id").Order("sequence").Find(&events).Error
			if err != nil {
				return nil, translate(err)
			}
			out = append(out, events...)
		}
	}
	return out, nil
}

// Snapshot reads everything as of one instant, without holding up writers.
func (db *DB) Snapshot(ctx context.Context, fn func(*Reader) error) error {
	return translate(db.gorm.WithContext(ctx).Connection(func(one *gorm.DB) error {
		g := one.Session(&gorm.Session{NewDB: true, Context: ctx}) // else conditions of one query stay for the next
		// Begun by hand: database/sql would take SQLite's write lock, and writers should not wait.
		begin := "BEGIN DEFERRED"
		if db.dialect == "postgres" {
			begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
		}
		if err := g.Exec(begin).Error; err != nil {
			return err
		}
		defer func() { _ = g.WithContext(context.WithoutCancel(ctx)).Exec("ROLLBACK").Error }()
		return fn(&Reader{g: g, dialect: db.dialect})
	}))
}
