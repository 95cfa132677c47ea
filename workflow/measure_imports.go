package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// MeasureFile is a CSV file of results: measure, year, code and kind of the organization
// (none for a figure of the program; kind is district when the file does not say), value,
// numerator, denominator, not_collected, evidence, source, correction.
type MeasureFile struct {
	GrantYearID string `json:"grant_year_id" validate:"required,max=64"`
	Source      string `json:"source" validate:"max=300"` // for rows without one
	FileName    string `json:"file_name" validate:"required,max=200"`
	DryRun      bool   `json:"dry_run"`
	Content     []byte `json:"-"`
}

// ImportMeasures records the results of a file: all of them or, when any row is wrong,
// none. A row that says what is known changes nothing; one that says something else needs
// a correction: the reason why the result in force was wrong.
func (s *Service) ImportMeasures(ctx context.Context, who models.Actor, in MeasureFile) (FactImportReport, error) {
	if err := allow(who, ReportMeasure, ""); err != nil {
		if err := allow(who, ReportProgramMeasure, ""); err != nil {
			return FactImportReport{}, err
		}
	}
	if err := s.check(in); err != nil {
		return FactImportReport{}, err
	}
	ru, err := s.watchedRules(s.db.Read(ctx), in.GrantYearID)
	if err != nil {
		return FactImportReport{}, err
	}
	plan := &measurePlan{s: s, who: who, in: in, ru: ru}
	plan.sheet = readSheet(in.Content, sheetColumns{required: []string{"measure", "year"},
		optional: []string{"kind", "code", "value", "numerator", "denominator", "not_collected", "evidence", "source", "correction"}})
	return s.runImport(ctx, who, in.DryRun, models.FactImport{Content: "measures", FileName: in.FileName, FileHash: hashOf(in.Content), Source: in.Source}, in, plan)
}

// measurePlan is an import of results.
type measurePlan struct {
	s     *Service
	who   models.Actor
	in    MeasureFile
	ru    rules
	sheet *sheet

	rows    []models.MeasureResult
	summary FactImportReport
}

func (p *measurePlan) mistakes() *sheet         { return p.sheet }
func (p *measurePlan) ruleVersion() string      { return p.ru.version() }
func (p *measurePlan) report() FactImportReport { p.summary.Content = "measures"; return p.summary }

// prepare reads every row against what is in force, in three queries.
func (p *measurePlan) prepare(r store.Reading, newID func() string) error {
	p.summary, p.rows = FactImportReport{Rows: len(p.sheet.rows)}, nil
	ids, err := store.OrganizationIDs(r, organizationKinds)
	if err != nil {
		return err
	}
	inForce, err := store.MeasureResults(r, store.Scope{All: true}, store.Eq{"grant_year_id": p.ru.year.ID}, true, store.Page{})
	if err != nil {
		return err
	}
	known := make(map[resultAt]models.MeasureResult, len(inForce))
	for _, x := range inForce {
		known[resultAt{x.OrganizationID, x.Measure, x.Year}] = x
	}
	wholes, err := p.wholes(r)
	if err != nil {
		return err
	}
	seen := map[resultAt]int{}
	for _, row := range p.sheet.rows {
		before := p.sheet.count
		m, out := p.identify(row, ids)
		if p.sheet.count > before {
			continue
		}
		at := resultAt{out.OrganizationID, out.Measure, out.Year}
		if first, twice := seen[at]; twice {
			p.sheet.cell(row, "measure", "csv.row_repeated", fmt.Sprintf("this result stands in row %d already.", first), "Keep one of the rows.")
			continue
		}
		seen[at] = row.number
		p.read(row, m, out, known, wholes, newID)
	}
	return nil
}

// cell is a column of a row, "" when the file does not have it.
func (p *measurePlan) cell(row sheetRow, column string) string { return row.get(p.sheet.at(column)) }

// wholes are the facts that are denominators, for the years of the file.
func (p *measurePlan) wholes(r store.Reading) (map[store.FactKey]string, error) {
	var names []string
	for _, m := range p.ru.def.Measures {
		if m.Denominator != nil && m.Denominator.Fact != "" {
			names = append(names, m.Denominator.Fact)
		}
	}
	var years []int
	for _, row := range p.sheet.rows {
		if y, err := programs.ParseYear(p.cell(row, "year")); err == nil && !slices.Contains(years, y) {
			years = append(years, y)
		}
	}
	out := map[store.FactKey]string{}
	err := store.EachFact(r, years, names, func(k store.FactKey, value, _ string) { out[k] = value })
	return out, err
}

// identify finds measure, year and organization of a row.
func (p *measurePlan) identify(row sheetRow, ids map[store.OrganizationKey]string) (*programs.Measure, models.MeasureResult) {
	out := models.MeasureResult{GrantYearID: p.ru.year.ID, Evidence: p.cell(row, "evidence"), Source: p.cell(row, "source"), Correction: p.cell(row, "correction")}
	if out.Source == "" {
		out.Source = p.in.Source
	}
	m := p.ru.def.Measure(p.cell(row, "measure"))
	year, err := programs.ParseYear(p.cell(row, "year"))
	code := p.cell(row, "code")
	switch {
	case m == nil:
		p.sheet.cell(row, "measure", "measure.unknown", fmt.Sprintf("there is no measure %q.", p.cell(row, "measure")), "Give the code of a measure of the program.")
		return nil, out
	case err != nil:
		p.sheet.cell(row, "year", "measure.year", err.Error()+".", "Write a school year such as 2010-11, or the year it ends in.")
	case out.Source == "" || len(out.Source) > 300 || len(out.Evidence) > 4000 || len(out.Correction) > 2000:
		p.sheet.cell(row, "source", "required", "the source is missing, or a text is too long.", "Say in the row, or for the whole file, where the result comes from.")
	case m.ByOffice() != (code == ""):
		p.sheet.cell(row, "code", "measure.of_program", m.Title+" is reported by "+map[bool]string{true: "the office, for the program.", false: "each recipient."}[m.ByOffice()], "Leave the code out, or give it.")
	case code == "":
		if allow(p.who, ReportProgramMeasure, "") != nil {
			p.sheet.cell(row, "measure", "permission.role", "the office reports this one.", "Leave the row out.")
		}
	default:
		out.OrganizationID = p.organization(row, code, ids)
	}
	if starts, _ := p.ru.def.Year(year); err == nil && starts > p.s.Today() {
		p.sheet.cell(row, "year", "measure.year_future", fmt.Sprintf("%s begins on %s.", m.YearLabel(year), starts), "Report a year once it has begun.")
	}
	out.Measure, out.Year = m.Code, year
	return m, out
}

func (p *measurePlan) organization(row sheetRow, code string, ids map[store.OrganizationKey]string) string {
	kind := models.OrganizationKind(p.cell(row, "kind"))
	if kind == "" {
		kind = models.KindDistrict
	}
	id, ok := ids[store.OrganizationKey{Kind: kind, Code: code}]
	if !ok || allow(p.who, ReportMeasure, id) != nil {
		p.sheet.cell(row, "code", "organization.unknown", fmt.Sprintf("there is no %s with the code %q that you report for.", kind, code), "Correct the code.")
	}
	return id
}

// read understands the numbers of a row and compares them with the result in force.
func (p *measurePlan) read(row sheetRow, m *programs.Measure, out models.MeasureResult, known map[resultAt]models.MeasureResult, wholes map[store.FactKey]string, newID func() string) {
	r, wrong := readMeasure(quantityOf(m), MeasureReading{p.cell(row, "value"), p.cell(row, "numerator"), p.cell(row, "denominator"), p.cell(row, "not_collected")}, p.whole(m, out, wholes), "")
	for _, x := range append(wrong, contradictions(r, "")...) {
		p.sheet.cell(row, x.Pointer[1:], x.Code, x.Detail, x.Fix)
	}
	fillResult(&out, r)
	old, exists := known[resultAt{out.OrganizationID, out.Measure, out.Year}]
	switch {
	case exists && sameResult(old, out):
		p.summary.Unchanged++
		return
	case exists && out.Correction == "":
		p.sheet.cell(row, "correction", "measure_result.exists", fmt.Sprintf("%s of %s is reported already, and otherwise.", m.Title, m.YearLabel(out.Year)), "Say why the result in force is wrong, or leave the row out.")
		return
	case exists:
		out.SupersedesID = &old.ID
		p.summary.Changed++
	default:
		out.Correction = ""
		p.summary.New++
	}
	out.ID, out.ReportedOn, out.ReportedBy = newID(), p.s.Today(), p.who.UserID
	p.rows = append(p.rows, out)
}

func (p *measurePlan) whole(m *programs.Measure, out models.MeasureResult, wholes map[store.FactKey]string) *models.Hundredths {
	if m.Denominator == nil {
		return nil
	}
	text := m.Denominator.Number
	if m.Denominator.Fact != "" {
		text = wholes[store.FactKey{OrganizationID: out.OrganizationID, Year: out.Year, Name: m.Denominator.Fact}]
	}
	h, err := models.ParseHundredths(text)
	if err != nil {
		return nil
	}
	return &h
}

// sameResult reports whether two results say the same.
func sameResult(a, b models.MeasureResult) bool {
	same := func(x, y *models.Hundredths) bool { return x == y || x != nil && y != nil && *x == *y }
	return a.Value == b.Value && same(a.Numerator, b.Numerator) && same(a.Denominator, b.Denominator) &&
		a.NotCollected == b.NotCollected && a.Evidence == b.Evidence && a.Source == b.Source
}

func (p *measurePlan) write(tx *store.Tx, who models.Actor, doc *models.FactImport) error {
	for i := range p.rows {
		p.rows[i].ImportID = &doc.ID
	}
	if err := store.InsertAll(tx, p.rows); err != nil {
		return err
	}
	for i := range p.rows {
		row := &p.rows[i]
		action := "report"
		if row.SupersedesID != nil {
			action = "correct"
		}
		tx.Audit(row, ruled(event(who, action, row.Correction, nil, row), p.ru))
	}
	return nil
}
