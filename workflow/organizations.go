package workflow

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"earmark/models"
	"earmark/store"
)

// organizationKinds are the kinds from the top of the tree to the bottom.
var organizationKinds = []models.OrganizationKind{models.KindAgency, models.KindISD, models.KindDistrict, models.KindSchool}

// parentKinds says what an organization stands under.
var parentKinds = map[models.OrganizationKind]models.OrganizationKind{
	models.KindISD: models.KindAgency, models.KindDistrict: models.KindISD, models.KindSchool: models.KindDistrict,
}

var organizationCode = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$`)

// OrganizationFile is a CSV file of organizations: kind, code, name, parent_code and,
// when the file has the columns, subtype and county. Kind and code identify a row.
type OrganizationFile struct {
	Source   string `json:"source" validate:"required,max=300"`
	FileName string `json:"file_name" validate:"required,max=200"`
	DryRun   bool   `json:"dry_run"`
	Content  []byte `json:"-"`
}

// ImportOrganizations records the organizations of a file: all of them or, when any row is
// wrong, none. Organizations that the file does not name stay as they are.
func (s *Service) ImportOrganizations(ctx context.Context, who models.Actor, in OrganizationFile) (FactImportReport, error) {
	if err := s.admit(who, ImportFacts, in); err != nil {
		return FactImportReport{}, err
	}
	plan := &organizationPlan{source: in.Source, file: in.FileName}
	plan.sheet = readSheet(in.Content, sheetColumns{required: []string{"kind", "code", "name", "parent_code"}, optional: []string{"subtype", "county"}})
	return s.runImport(ctx, who, in.DryRun, models.FactImport{Content: "organizations", FileName: in.FileName, FileHash: hashOf(in.Content), Source: in.Source}, in, plan)
}

// organizationPlan is an import of organizations.
type organizationPlan struct {
	source, file string
	sheet        *sheet
	known        map[store.OrganizationKey]models.Organization
	listed       map[store.OrganizationKey]int // rows of the file
	add          []models.Organization         // parents before children
	before       []models.Organization         // of change, in the same order
	change       []models.Organization
	unchanged    int
}

func (p *organizationPlan) mistakes() *sheet    { return p.sheet }
func (p *organizationPlan) ruleVersion() string { return "" }

func (p *organizationPlan) report() FactImportReport {
	return FactImportReport{Content: "organizations", Rows: len(p.sheet.rows), New: len(p.add), Changed: len(p.change), Unchanged: p.unchanged}
}

func (p *organizationPlan) prepare(r store.Reading, newID func() string) error {
	p.add, p.change, p.before, p.unchanged = nil, nil, nil, 0
	all, err := store.All[models.Organization](r, nil)
	if err != nil {
		return err
	}
	p.known = make(map[store.OrganizationKey]models.Organization, len(all)+len(p.sheet.rows))
	for _, o := range all {
		p.known[store.OrganizationKey{Kind: o.OrgKind, Code: o.Code}] = o
	}
	p.listed = make(map[store.OrganizationKey]int, len(p.sheet.rows))
	rows := make([]models.Organization, len(p.sheet.rows))
	for i, row := range p.sheet.rows {
		rows[i] = p.read(row)
		key := store.OrganizationKey{Kind: rows[i].OrgKind, Code: rows[i].Code}
		if first, twice := p.listed[key]; twice && key.Code != "" {
			p.sheet.cell(row, "code", "csv.row_repeated", fmt.Sprintf("%s %s stands in row %d already.", key.Kind, key.Code, first), "Keep one of the rows.")
		}
		p.listed[key] = row.number
	}
	p.place(rows, newID)
	slices.SortStableFunc(p.add, func(a, b models.Organization) int {
		return slices.Index(organizationKinds, a.OrgKind) - slices.Index(organizationKinds, b.OrgKind)
	})
	return nil
}

// read checks the cells of one row by themselves.
func (p *organizationPlan) read(row sheetRow) models.Organization {
	o := models.Organization{OrgKind: models.OrganizationKind(row.get(p.sheet.at("kind"))), Code: row.get(p.sheet.at("code")), Name: row.get(p.sheet.at("name")),
		Subtype: row.get(p.sheet.at("subtype")), County: row.get(p.sheet.at("county"))}
	if !slices.Contains(organizationKinds, o.OrgKind) {
		p.sheet.cell(row, "kind", "organization.kind", fmt.Sprintf("%q is not a kind of organization.", o.OrgKind), "Give agency, isd, district or school.")
	}
	switch {
	case o.Code == "":
		p.sheet.cell(row, "code", "required", "the code is missing.", "Give the code under which the organization is known.")
	case !organizationCode.MatchString(o.Code):
		p.sheet.cell(row, "code", "organization.code", fmt.Sprintf("%q is not a code.", o.Code), "Give up to 32 letters, digits, dots, dashes or underscores.")
	}
	switch {
	case o.Name == "":
		p.sheet.cell(row, "name", "required", "the name is missing.", "Give the name.")
	case len([]rune(o.Name)) > 200:
		p.sheet.cell(row, "name", "max", "the name is longer than 200 characters.", "Shorten it.")
	}
	if len([]rune(o.County)) > 100 {
		p.sheet.cell(row, "county", "max", "the county is longer than 100 characters.", "Shorten it.")
	}
	switch {
	case o.Subtype != "" && o.OrgKind != models.KindDistrict:
		p.sheet.cell(row, "subtype", "organization.subtype", "only a district has a subtype.", "Leave the cell empty.")
	case o.Subtype != "" && !slices.Contains(models.Subtypes, o.Subtype):
		p.sheet.cell(row, "subtype", "organization.subtype", fmt.Sprintf("%q is not a subtype.", o.Subtype),
			"Give traditional, psa (a public school academy), charter or county_office (a county office of education).")
	}
	return o
}

// place finds the parents and compares every row with what is known.
func (p *organizationPlan) place(rows []models.Organization, newID func() string) {
	for i := range rows { // identifiers first: a parent may stand below its children
		key := store.OrganizationKey{Kind: rows[i].OrgKind, Code: rows[i].Code}
		if old, ok := p.known[key]; ok {
			rows[i].Root, rows[i].PALUserID = old.Root, old.PALUserID
			continue
		}
		rows[i].ID = newID()
		p.known[key] = rows[i]
	}
	subtype, county := p.sheet.at("subtype") >= 0, p.sheet.at("county") >= 0
	for i, row := range p.sheet.rows {
		o := rows[i]
		o.ParentID = p.parent(row, o.OrgKind)
		if o.Version == 0 {
			p.add = append(p.add, o)
			continue
		}
		old := p.known[store.OrganizationKey{Kind: o.OrgKind, Code: o.Code}]
		if !subtype {
			o.Subtype = old.Subtype
		}
		if !county {
			o.County = old.County
		}
		if o.Name == old.Name && o.Subtype == old.Subtype && o.County == old.County && sameText(o.ParentID, old.ParentID) {
			p.unchanged++
			continue
		}
		p.before, p.change = append(p.before, old), append(p.change, o)
	}
}

func (p *organizationPlan) parent(row sheetRow, kind models.OrganizationKind) *string {
	code := row.get(p.sheet.at("parent_code"))
	above, has := parentKinds[kind]
	if code == "" {
		if kind == models.KindSchool {
			p.sheet.cell(row, "parent_code", "required", "the district of the school is missing.", "Give the code of its district.")
		}
		return nil
	}
	if !has {
		p.sheet.cell(row, "parent_code", "organization.parent", fmt.Sprintf("nothing stands above this kind, %q.", kind), "Leave the cell empty.")
		return nil
	}
	up, ok := p.known[store.OrganizationKey{Kind: above, Code: code}]
	if !ok {
		p.sheet.cell(row, "parent_code", "organization.unknown", fmt.Sprintf("there is no %s with the code %q, neither stored nor in the file.", above, code), "Correct the code, or add its row.")
		return nil
	}
	return &up.ID
}

func (p *organizationPlan) write(tx *store.Tx, who models.Actor, doc *models.FactImport) error {
	if err := store.InsertAll(tx, p.add); err != nil {
		return err
	}
	if err := store.UpdateAll(tx, p.change, "name", "subtype", "county", "parent_id"); err != nil {
		return err
	}
	reason := fmt.Sprintf("Import %s: %s, %s", doc.ID, p.file, p.source)
	for i := range p.add {
		tx.Audit(&p.add[i], event(who, "import", reason, nil, &p.add[i]))
	}
	for i := range p.change {
		tx.Audit(&p.change[i], event(who, "import", reason, &p.before[i], &p.change[i]))
	}
	return nil
}

func sameText(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// ListOrganizations asks for organizations; everything given must hold.
type ListOrganizations struct {
	Kind     models.OrganizationKind `json:"kind" validate:"omitempty,oneof=agency isd district school"`
	ParentID string                  `json:"parent_id" validate:"max=64"`
	Subtype  string                  `json:"subtype" validate:"omitempty,oneof=traditional psa charter county_office"`
	Search   string                  `json:"search" validate:"max=100"` // beginning of the code or name
	After    string                  `json:"after" validate:"max=64"`
	Limit    int                     `json:"limit" validate:"gte=0,lte=100"` // 0: all, for exports
}

// Organizations lists organizations. A district sees itself and its schools.
func (s *Service) Organizations(ctx context.Context, who models.Actor, in ListOrganizations) ([]models.Organization, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	where := eq("kind", string(in.Kind), "parent_id", in.ParentID, "subtype", in.Subtype)
	return store.FindOrganizations(s.db.Read(ctx), scope(who), where, strings.TrimSpace(in.Search), store.Page{After: in.After, Limit: in.Limit})
}

// Organization is one organization that the actor may see.
func (s *Service) Organization(ctx context.Context, who models.Actor, id string) (models.Organization, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return models.Organization{}, err
	}
	o, err := store.Get[models.Organization](s.db.Read(ctx), id)
	if err != nil {
		return models.Organization{}, err
	}
	if seen := scope(who); !seen.Sees(o.ID) && (o.ParentID == nil || !seen.Sees(*o.ParentID)) {
		return models.Organization{}, notFound()
	}
	return o, nil
}

func notFound() error {
	return models.Fail(models.NotFound, "not_found", "There is no such document, or you may not see it.")
}
