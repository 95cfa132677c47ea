package workflow

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/determine"
)

// FactFile is a CSV file of facts: code, kind (school when the file does not say), group
// (of facts that each group of an organization has), year, any facts that the program
// declares, source. An empty cell says nothing (a list is
// then empty); "-" takes back what was known.
type FactFile struct {
	ProgramCode string `json:"program_code" validate:"required,max=64"`
	Year        int    `json:"year" validate:"omitempty,gte=1990,lte=2100"` // for rows without one
	Source      string `json:"source" validate:"max=300"`                   // for rows without one
	FileName    string `json:"file_name" validate:"required,max=200"`
	DryRun      bool   `json:"dry_run"`
	Content     []byte `json:"-"`
}

// FactImportReport says what a file of organizations or facts did, or would do.
type FactImportReport struct {
	Import     *models.FactImport // nil after a dry run
	Content    string             // organizations, facts
	DryRun     bool
	Rows       int
	New        int
	Changed    int
	Unchanged  int
	ErrorCount int                 // may be more than are listed
	Errors     []models.FieldError // of a dry run; otherwise the command fails with them
	Message    string              // in words
}

// ImportFacts records the facts of a file: all of them or, when any row is wrong, none.
// The same file again changes nothing.
func (s *Service) ImportFacts(ctx context.Context, who models.Actor, in FactFile) (FactImportReport, error) {
	if err := s.admit(who, ImportFacts, in); err != nil {
		return FactImportReport{}, err
	}
	def, ok := s.programs.Program(in.ProgramCode)
	if !ok {
		return FactImportReport{}, models.Field("/program_code", "program.unknown", fmt.Sprintf("There is no program %q.", in.ProgramCode), "Give the code of a loaded program.")
	}
	plan := &factPlan{def: def, in: in}
	for _, f := range def.Facts {
		if f.YearsInARow == nil && !slices.Contains(plan.names, f.Name) {
			plan.names = append(plan.names, f.Name)
		}
	}
	plan.sheet = readSheet(in.Content, sheetColumns{required: []string{"code"}, optional: slices.Concat([]string{"kind", "group", "year", "source"}, plan.names)})
	return s.runImport(ctx, who, in.DryRun, models.FactImport{Content: "facts", FileName: in.FileName, FileHash: hashOf(in.Content), Source: in.Source}, in, plan)
}

// importPlan is what a file would do, worked out before anything is written.
type importPlan interface {
	prepare(r store.Reading, newID func() string) error // finds mistakes, counts
	report() FactImportReport
	mistakes() *sheet
	ruleVersion() string // of the definition that declares the columns
	write(tx *store.Tx, who models.Actor, doc *models.FactImport) error
}

// runImport is the course of both imports.
func (s *Service) runImport(ctx context.Context, who models.Actor, dry bool, doc models.FactImport, in any, plan importPlan) (FactImportReport, error) {
	if dry {
		n := 0
		err := plan.prepare(s.db.Read(ctx), func() string { n++; return "new-" + strconv.Itoa(n) })
		out := plan.report()
		out.DryRun, out.Errors, out.ErrorCount = true, plan.mistakes().wrong(), plan.mistakes().count
		out.Message = out.words()
		return out, err
	}
	if plan.mistakes().count > 0 && len(plan.mistakes().rows) == 0 {
		return plan.report(), plan.mistakes().err() // nothing that the database could add
	}
	var out FactImportReport
	err := s.change(ctx, func(tx *store.Tx) error {
		made := doc
		id, replay, err := once(tx, who, "fact_import", struct {
			In   any
			Hash string
		}{in, doc.FileHash})
		if err != nil {
			return err
		}
		if replay {
			made, err = store.Get[models.FactImport](tx, id)
			out = FactImportReport{Import: &made, Content: made.Content, Rows: made.RowCount, New: made.Added, Changed: made.Changed,
				Unchanged: made.RowCount - made.Added - made.Changed}
			return err
		}
		if err := plan.prepare(tx, tx.NewID); err != nil {
			return err
		}
		out = plan.report()
		if err := plan.mistakes().err(); err != nil {
			return err
		}
		made.ID, made.RowCount, made.Added, made.Changed, made.CreatedBy = id, out.Rows, out.New, out.Changed, who.UserID
		if err := tx.Insert(&made); err != nil {
			return err
		}
		e := event(who, "import", "", nil, &made)
		e.RuleVersion = plan.ruleVersion()
		tx.Audit(&made, e)
		out.Import = &made
		return plan.write(tx, who, &made)
	})
	if err != nil {
		out.Import = nil
	}
	out.Message = out.words()
	return out, err
}

func (r FactImportReport) words() string {
	switch {
	case r.ErrorCount > 0:
		return fmt.Sprintf("%d mistakes; nothing would be imported.", r.ErrorCount)
	case r.New+r.Changed == 0:
		return fmt.Sprintf("All %d rows were known already: nothing changed.", r.Rows)
	case r.DryRun:
		return fmt.Sprintf("%d rows: %d would be new, %d would change, %d are known already.", r.Rows, r.New, r.Changed, r.Unchanged)
	}
	return fmt.Sprintf("%d rows: %d new, %d changed, %d were known already.", r.Rows, r.New, r.Changed, r.Unchanged)
}

// factPlan is an import of facts.
type factPlan struct {
	def   *programs.Definition
	in    FactFile
	names []string // of the declared facts
	sheet *sheet

	rows    []factRow
	index   map[factRowKey]int
	save    []models.Fact
	remove  []store.FactKey
	summary FactImportReport
}

type factRow struct {
	organizationID string
	year           int
	group          string
	source         string
	cells          []factCell // one per fact column
}

type factRowKey struct {
	organizationID string
	year           int
	group          string
}

type factCell struct {
	state byte // what the file says
	known byte // what the database says
	text  string
}

// What a cell of the file and the database say of a fact.
const (
	cellSilent byte = iota
	cellValue
	cellTakenBack
	knownSame
	knownOther
)

func (p *factPlan) mistakes() *sheet         { return p.sheet }
func (p *factPlan) ruleVersion() string      { return rules{def: p.def}.version() }
func (p *factPlan) report() FactImportReport { p.summary.Content = "facts"; return p.summary }

// factColumn is a column of the file that holds a fact.
type factColumn struct {
	name string
	at   int
}

func (p *factPlan) prepare(r store.Reading, _ func() string) error {
	p.summary = FactImportReport{Rows: len(p.sheet.rows)}
	p.rows, p.save, p.remove, p.index = nil, nil, nil, map[factRowKey]int{}
	columns := p.columns()
	if len(columns) == 0 && len(p.sheet.columns) > 0 && p.sheet.count == 0 {
		p.sheet.fault("/columns", "csv.no_facts", "The file has no column with a fact.", "Add a column named after a fact that the program declares.")
	}
	ids, err := store.OrganizationIDs(r, []models.OrganizationKind{models.KindAgency, models.KindISD, models.KindDistrict, models.KindSchool})
	if err != nil {
		return err
	}
	numbers := map[factRowKey]int{}
	years := map[int]bool{}
	for _, row := range p.sheet.rows {
		before := p.sheet.count
		f, kind := p.identify(row, ids)
		if p.sheet.count == before {
			key := factRowKey{f.organizationID, f.year, f.group}
			if first, twice := numbers[key]; twice {
				p.sheet.cell(row, "code", "csv.row_repeated", fmt.Sprintf("%s of %d stands in row %d already.", row.get(p.sheet.at("code")), f.year, first), "Keep one of the rows.")
			}
			numbers[key] = row.number
			p.index[key] = len(p.rows)
			years[f.year] = true
		}
		f.cells = p.read(row, kind, f.group, columns)
		p.rows = append(p.rows, f)
	}
	if p.sheet.count > 0 {
		return nil
	}
	return p.compare(r, columns, years)
}

func (p *factPlan) columns() []factColumn {
	var columns []factColumn
	for at, name := range p.sheet.columns {
		if slices.Contains(p.names, name) {
			columns = append(columns, factColumn{name, at})
		}
	}
	return columns
}

// identify finds the organization, the year and the source of a row.
func (p *factPlan) identify(row sheetRow, ids map[store.OrganizationKey]string) (factRow, models.OrganizationKind) {
	out := factRow{year: p.in.Year, source: row.get(p.sheet.at("source")), group: row.get(p.sheet.at("group"))}
	if out.group != "" {
		if wrong := knownGroup(p.def, out.group); wrong != nil {
			p.sheet.cell(row, "group", "group.unknown", wrong.Detail, wrong.Fix)
		}
	}
	kind := models.OrganizationKind(row.get(p.sheet.at("kind")))
	if kind == "" {
		kind = models.KindSchool
	}
	code := row.get(p.sheet.at("code"))
	id, ok := ids[store.OrganizationKey{Kind: kind, Code: code}]
	switch {
	case !slices.Contains(organizationKinds, kind):
		p.sheet.cell(row, "kind", "organization.kind", fmt.Sprintf("%q is not a kind of organization.", kind), "Give agency, isd, district or school.")
	case code == "":
		p.sheet.cell(row, "code", "required", "the code is missing.", "Give the code of the "+string(kind)+".")
	case !ok:
		p.sheet.cell(row, "code", "organization.unknown", fmt.Sprintf("there is no %s with the code %q.", kind, code), "Correct the code, or import the organization first.")
	}
	out.organizationID = id
	if text := row.get(p.sheet.at("year")); text != "" {
		year, err := strconv.Atoi(text)
		if err != nil || year < 1990 || year > 2100 {
			p.sheet.cell(row, "year", "year", fmt.Sprintf("%q is not a year.", text), "Give a year between 1990 and 2100.")
		}
		out.year = year
	} else if out.year == 0 {
		p.sheet.cell(row, "year", "required", "the year is missing.", "Give the year in the row, or for the whole file.")
	}
	if out.source == "" {
		out.source = p.in.Source
	}
	switch {
	case out.source == "":
		p.sheet.cell(row, "source", "required", "the source is missing.", "Say in the row, or for the whole file, where the facts come from.")
	case len(out.source) > 300:
		p.sheet.cell(row, "source", "max", "the source is longer than 300 characters.", "Shorten it.")
	}
	return out, kind
}

// read turns the cells of a row into facts of the declared types.
func (p *factPlan) read(row sheetRow, kind models.OrganizationKind, group string, columns []factColumn) []factCell {
	cells := make([]factCell, len(columns))
	per, whose := "", "a "+string(kind)
	readFact := p.def.ReadFact
	if group != "" {
		per, whose, readFact = determine.PerGroup, "a group of a "+string(kind), p.def.ReadGroupFact
	}
	for i, c := range columns {
		text := row.cells[c.at]
		if text == "-" {
			cells[i].state = cellTakenBack
			continue
		}
		declared := p.def.FactOf(kind, per, c.name)
		if text == "" && (declared == nil || declared.Type != "list") {
			continue
		}
		if declared == nil {
			p.sheet.cell(row, c.name, "fact.kind", fmt.Sprintf("%s is not a fact of %s.", c.name, whose), "Leave the cell empty, or correct the group.")
			continue
		}
		fact, err := readFact(kind, c.name, text, "")
		if err == nil && len(fact.Text) > 500 {
			err = fmt.Errorf("%s is longer than 500 characters", c.name)
		}
		if err != nil {
			p.sheet.cell(row, c.name, "fact."+declared.Type, err.Error()+".", factForm(*declared))
			continue
		}
		cells[i] = factCell{state: cellValue, text: fact.Text}
	}
	return cells
}

// compare looks up what is known of the facts in the file, in one query.
func (p *factPlan) compare(r store.Reading, columns []factColumn, years map[int]bool) error {
	at := map[string]int{}
	names := make([]string, len(columns))
	for i, c := range columns {
		at[c.name], names[i] = i, c.name
	}
	list := make([]int, 0, len(years))
	for y := range years {
		list = append(list, y)
	}
	err := store.EachFact(r, list, names, func(k store.FactKey, value, source string) {
		i, ok := p.index[factRowKey{k.OrganizationID, k.Year, k.GroupCode}]
		if !ok {
			return
		}
		cell := &p.rows[i].cells[at[k.Name]]
		cell.known = knownOther
		if value == cell.text && source == p.rows[i].source {
			cell.known = knownSame
		}
	})
	if err != nil {
		return err
	}
	for _, row := range p.rows {
		p.settle(row, columns)
	}
	return nil
}

// settle decides what a row changes.
func (p *factPlan) settle(row factRow, columns []factColumn) {
	known, writes := false, false
	for i, cell := range row.cells {
		known = known || cell.known != 0
		switch {
		case cell.state == cellValue && cell.known != knownSame:
			p.save = append(p.save, models.Fact{OrganizationID: row.organizationID, Year: row.year, GroupCode: row.group, Name: columns[i].name, Value: cell.text, Source: row.source})
			writes = true
		case cell.state == cellTakenBack && cell.known != 0:
			p.remove = append(p.remove, store.FactKey{OrganizationID: row.organizationID, Year: row.year, GroupCode: row.group, Name: columns[i].name})
			writes = true
		}
	}
	switch {
	case !writes:
		p.summary.Unchanged++
	case known:
		p.summary.Changed++
	default:
		p.summary.New++
	}
}

func (p *factPlan) write(tx *store.Tx, _ models.Actor, doc *models.FactImport) error {
	for i := range p.save {
		p.save[i].ImportID = doc.ID
	}
	if err := tx.RemoveFacts(p.remove); err != nil {
		return err
	}
	return tx.SaveFacts(p.save)
}

// factForm says how a fact is written.
func factForm(f programs.Fact) string {
	form := map[string]string{"integer": "a whole number", "cents": "a whole number of cents", "decimal": "a number with at most two decimals", "boolean": "true or false",
		"list": "values separated by semicolons", "text": "text"}[f.Type]
	fix := "Give " + form
	switch {
	case len(f.OneOf) > 0:
		fix += fmt.Sprintf(" of %v", f.OneOf)
	case f.Min != "" && f.Max != "":
		fix += fmt.Sprintf(" from %s to %s", f.Min, f.Max)
	case f.Min != "":
		fix += " of at least " + f.Min
	case f.Max != "":
		fix += " of at most " + f.Max
	}
	return fix + "."
}

// ListFacts asks for the facts of an organization, of a year, or of both.
type ListFacts struct {
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	Year           int         `json:"year" validate:"omitempty,gte=1990,lte=2100"`
	Name           string      `json:"name" validate:"max=64"`
	After          models.Fact `json:"-"`                              // the last fact of the page before
	Limit          int         `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// Facts lists facts by organization, year and name. A district sees its own and those of
// its schools.
func (s *Service) Facts(ctx context.Context, who models.Actor, in ListFacts) ([]models.Fact, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("organization_id", in.OrganizationID, "name", in.Name)
	if in.Year != 0 {
		where["year"] = in.Year
	}
	after := store.FactKey{OrganizationID: in.After.OrganizationID, Year: in.After.Year, GroupCode: in.After.GroupCode, Name: in.After.Name}
	return store.Facts(s.db.Read(ctx), scope(who), where, after, in.Limit)
}

// ListFactImports asks for a page of accepted files.
type ListFactImports struct {
	After string `json:"after" validate:"max=64"`
	Limit int    `json:"limit" validate:"gte=0,lte=100"`
}

// FactImports lists the accepted files, for those who work in the office.
func (s *Service) FactImports(ctx context.Context, who models.Actor, in ListFactImports) ([]models.FactImport, error) {
	if err := s.admit(who, ReadAllocationRuns, in); err != nil {
		return nil, err
	}
	return store.List[models.FactImport](s.db.Read(ctx), store.Scope{All: true}, nil, store.Page{After: in.After, Limit: in.Limit})
}

// FactImport is one accepted file.
func (s *Service) FactImport(ctx context.Context, who models.Actor, id string) (models.FactImport, error) {
	if err := allow(who, ReadAllocationRuns, ""); err != nil {
		return models.FactImport{}, err
	}
	return store.Get[models.FactImport](s.db.Read(ctx), id)
}
