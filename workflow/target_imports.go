package workflow

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// TargetFile is a CSV file of results of targets: code of the district, cohort of the
// agreement (needed only where a district has signed several), target, measured_on,
// school_year, window, value, numerator, denominator, evidence, source, correction.
type TargetFile struct {
	Cohort   string `json:"cohort" validate:"max=64"`  // for rows without one
	Source   string `json:"source" validate:"max=300"` // for rows without one
	FileName string `json:"file_name" validate:"required,max=200"`
	DryRun   bool   `json:"dry_run"`
	Content  []byte `json:"-"`
}

// ImportTargetResults records the results of a file: all of them or, when any row is wrong,
// none. A row that says what is known changes nothing; one that says something else of the
// same target and day needs a correction: why the result in force was wrong.
func (s *Service) ImportTargetResults(ctx context.Context, who models.Actor, in TargetFile) (FactImportReport, error) {
	if err := s.admit(who, ReportTargetResult, in); err != nil {
		return FactImportReport{}, err
	}
	plan := &targetPlan{s: s, who: who, in: in}
	plan.sheet = readSheet(in.Content, sheetColumns{required: []string{"code", "target", "measured_on"},
		optional: []string{"cohort", "school_year", "window", "value", "numerator", "denominator", "evidence", "source", "correction"}})
	return s.runImport(ctx, who, in.DryRun, models.FactImport{Content: "target_results", FileName: in.FileName, FileHash: hashOf(in.Content), Source: in.Source}, in, plan)
}

// targetPlan is an import of results of targets.
type targetPlan struct {
	s     *Service
	who   models.Actor
	in    TargetFile
	sheet *sheet

	agreements map[string][]models.Agreement // signed ones of an organization
	targets    map[targetName]models.Target
	known      map[resultDay]models.TargetResult // in force
	places     map[string]targetPlace            // by agreement
	rows       []models.TargetResult
	summary    FactImportReport
}

type targetName struct{ agreementID, code string }

type resultDay struct {
	targetID string
	on       models.Date
}

func (p *targetPlan) mistakes() *sheet    { return p.sheet }
func (p *targetPlan) ruleVersion() string { return "" } // a file may hold results of several programs
func (p *targetPlan) report() FactImportReport {
	p.summary.Content = "target_results"
	return p.summary
}

// prepare reads every row against what is in force: four queries, whatever the file's size.
// Inside a change the agreements of the file are held, as a single report holds one.
func (p *targetPlan) prepare(r store.Reading, newID func() string) error {
	p.summary, p.rows = FactImportReport{Rows: len(p.sheet.rows)}, nil
	ids, err := store.OrganizationIDs(r, []models.OrganizationKind{models.KindDistrict})
	if err != nil {
		return err
	}
	if err := p.load(r, ids); err != nil {
		return err
	}
	seen := map[resultDay]int{}
	for _, row := range p.sheet.rows {
		before := p.sheet.count
		place, out := p.identify(row, ids)
		if p.sheet.count > before {
			continue
		}
		at := resultDay{out.TargetID, out.MeasuredOn}
		if first, twice := seen[at]; twice {
			p.sheet.cell(row, "measured_on", "csv.row_repeated", fmt.Sprintf("this target and day stand in row %d already.", first), "Keep one of the rows.")
			continue
		}
		seen[at] = row.number
		p.read(row, place, out, newID)
	}
	return nil
}

// load finds the signed agreements of the districts in the file, with their targets and
// results in force.
func (p *targetPlan) load(r store.Reading, ids map[store.OrganizationKey]string) error {
	p.agreements, p.targets, p.known, p.places = map[string][]models.Agreement{}, map[targetName]models.Target{}, map[resultDay]models.TargetResult{}, map[string]targetPlace{}
	var districts []string
	for _, row := range p.sheet.rows {
		if id, ok := ids[store.OrganizationKey{Kind: models.KindDistrict, Code: p.cell(row, "code")}]; ok && !slices.Contains(districts, id) {
			districts = append(districts, id)
		}
	}
	if len(districts) == 0 {
		return nil
	}
	signed, err := store.SignedAgreements(r, districts)
	if err != nil {
		return err
	}
	var of []string
	for _, a := range signed {
		of = append(of, a.ID)
		p.agreements[a.OrganizationID] = append(p.agreements[a.OrganizationID], a)
		def, err := p.s.agreementProgram(a.ProgramCode)
		if err != nil {
			return err
		}
		p.places[a.ID] = targetPlace{today: p.s.Today(), def: def, a: a}
	}
	if len(of) == 0 {
		return nil
	}
	targets, err := store.All[models.Target](r, store.Eq{"agreement_id": of})
	if err != nil {
		return err
	}
	for _, t := range targets {
		p.targets[targetName{t.AgreementID, t.Code}] = t
	}
	results, err := store.TargetResults(r, store.Scope{All: true}, store.Eq{"agreement_id": of}, true, store.Page{})
	for _, x := range results {
		p.known[resultDay{x.TargetID, x.MeasuredOn}] = x
	}
	return err
}

// cell is a column of a row, "" when the file does not have it.
func (p *targetPlan) cell(row sheetRow, column string) string { return row.get(p.sheet.at(column)) }

// identify finds district, agreement, target and day of a row.
func (p *targetPlan) identify(row sheetRow, ids map[store.OrganizationKey]string) (targetPlace, models.TargetResult) {
	var place targetPlace
	code, cohort := p.cell(row, "code"), cmp.Or(p.cell(row, "cohort"), p.in.Cohort)
	id, ok := ids[store.OrganizationKey{Kind: models.KindDistrict, Code: code}]
	if !ok || allow(p.who, ReportTargetResult, id) != nil {
		p.sheet.cell(row, "code", "organization.unknown", fmt.Sprintf("there is no district with the code %q that you report for.", code), "Correct the code.")
		return place, models.TargetResult{}
	}
	signed := slices.DeleteFunc(slices.Clone(p.agreements[id]), func(a models.Agreement) bool { return cohort != "" && a.Cohort != cohort })
	if len(signed) != 1 {
		p.sheet.cell(row, "cohort", "target_result.agreement", fmt.Sprintf("the district %s has %d signed agreements that this could be about.", code, len(signed)), "Give the cohort of its signed agreement.")
		return place, models.TargetResult{}
	}
	place = p.places[signed[0].ID]
	if place.t, ok = p.targets[targetName{signed[0].ID, p.cell(row, "target")}]; !ok {
		p.sheet.cell(row, "target", "target_result.target", fmt.Sprintf("the agreement of %s has no target %q.", code, p.cell(row, "target")), "Give the code of one of its targets, such as ITB-1.")
	}
	day, err := models.ParseDate(p.cell(row, "measured_on"))
	if err != nil {
		p.sheet.cell(row, "measured_on", "civil_date", err.Error()+".", "Give the day as YYYY-MM-DD.")
	}
	return place, place.row("", day)
}

// read understands the numbers of a row and compares them with the result in force.
func (p *targetPlan) read(row sheetRow, place targetPlace, out models.TargetResult, newID func() string) {
	old, exists := p.known[resultDay{out.TargetID, out.MeasuredOn}]
	if exists {
		place.replaces = &old
	}
	in := TargetReading{SchoolYear: p.cell(row, "school_year"), Window: p.cell(row, "window"), Value: p.cell(row, "value"), Numerator: p.cell(row, "numerator"),
		Denominator: p.cell(row, "denominator"), Evidence: p.cell(row, "evidence"), Source: cmp.Or(p.cell(row, "source"), p.in.Source)}
	out.ReportedOn, out.ReportedBy = p.s.Today(), p.who.UserID
	for _, x := range place.read(&out, in) {
		p.sheet.cell(row, x.Pointer[1:], x.Code, x.Detail, x.Fix)
	}
	correction := p.cell(row, "correction")
	if in.Source == "" || len(in.Source) > 300 || len(in.Evidence) > 4000 || len(correction) > 2000 {
		p.sheet.cell(row, "source", "required", "the source is missing, or a text is too long.", "Say in the row, or for the whole file, where the result comes from.")
	}
	switch {
	case exists && sameTargetResult(old, out):
		p.summary.Unchanged++
		return
	case exists && correction == "":
		p.sheet.cell(row, "correction", "target_result.exists", fmt.Sprintf("%s of %s is reported already, and otherwise.", place.t.Code, out.MeasuredOn), "Say why the result in force is wrong, or leave the row out.")
		return
	case exists:
		out.SupersedesID, out.Correction = &old.ID, correction
		p.summary.Changed++
	default:
		p.summary.New++
	}
	out.ID = newID()
	p.rows = append(p.rows, out)
}

// sameTargetResult reports whether two results say the same.
func sameTargetResult(a, b models.TargetResult) bool {
	same := func(x, y *models.Hundredths) bool { return x == y || x != nil && y != nil && *x == *y }
	return a.Value == b.Value && same(a.Numerator, b.Numerator) && same(a.Denominator, b.Denominator) &&
		a.SchoolYear == b.SchoolYear && a.Window == b.Window && a.Evidence == b.Evidence && a.Source == b.Source
}

func (p *targetPlan) write(tx *store.Tx, who models.Actor, doc *models.FactImport) error {
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
		tx.Audit(row, p.places[row.AgreementID].event(who, action, row))
	}
	return nil
}
