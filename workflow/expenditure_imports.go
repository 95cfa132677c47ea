package workflow

import (
	"context"
	"errors"
	"fmt"

	"earmark/models"
	"earmark/store"
)

// ImportExpenditures is a ledger file of one application.
type ImportExpenditures struct {
	ApplicationID string      `json:"application_id" validate:"required,max=64"`
	Format        string      `json:"format" validate:"required,oneof=csv fid"`
	FileName      string      `json:"file_name" validate:"required,max=200"`
	SpentOn       models.Date `json:"spent_on" validate:"required_if=Format fid,omitempty,civil_date"` // of rows without a date: all of a FID file
	Columns       string      `json:"columns" validate:"max=4000"`                                     // what the columns of a CSV file are, in its order; "" as they are headed or were said before
	DryRun        bool        `json:"dry_run"`                                                         // answer what would happen, and change nothing
	Content       []byte      `json:"-"`
}

// ImportReport is what became of a file.
type ImportReport struct {
	Import     models.ExpenditureImport
	Repeated   bool // this very file was imported before: Import is the earlier one, nothing was posted
	DryRun     bool
	Reasons    []store.ReasonCount      // exceptions by reason
	Exceptions []models.ImportException // the first hundred of them, in file order
}

// The reasons for which a row goes to the exception queue.
const (
	ReasonNoLine     = "no_line"     // no line in force has these codes
	ReasonAmbiguous  = "ambiguous"   // several have
	ReasonWrongGrant = "wrong_grant" // the grant code is another program's
	ReasonOverLimit  = "over_limit"  // the line's limit would be passed
	ReasonBelowZero  = "below_zero"  // the credit is more than what is spent on the line
)

// ImportReasons lists them, for reports and the API's enum.
var ImportReasons = []string{ReasonNoLine, ReasonAmbiguous, ReasonWrongGrant, ReasonOverLimit, ReasonBelowZero}

// errDryRun ends a change that was only tried.
var errDryRun = errors.New("dry run")

// ImportExpenditures posts a ledger file in one change: every row that matches one line in
// force and fits its limit is posted, in file order; the others go to the exception queue;
// rows that an earlier file brought are passed over. A file with a row that cannot be read
// is refused as a whole. Errors: Invalid "import.invalid_file"; Conflict
// "grant_year.not_open", "application.not_in_force".
func (s *Service) ImportExpenditures(ctx context.Context, who models.Actor, in ImportExpenditures) (ImportReport, error) {
	var rep ImportReport
	if err := s.check(in); err != nil {
		return rep, err
	}
	r := s.db.Read(ctx)
	app, err := store.Get[models.Application](r, in.ApplicationID)
	if err != nil {
		return rep, err
	}
	if err := allow(who, PostExpenditure, app.OrganizationID); err != nil {
		return rep, err
	}
	ru, err := s.takesSpending(r, app)
	if err != nil {
		return rep, err
	}
	columns, err := s.mapped(r, app.OrganizationID, in)
	if err != nil {
		return rep, err
	}
	mapping, err := mappingText(columns)
	if err != nil {
		return rep, err
	}
	rows, err := s.readLedger(ru, in, columns)
	if err != nil {
		return rep, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		rep, err = s.importRows(tx, who, in, mapping, rows)
		if err == nil && in.DryRun {
			return errDryRun
		}
		return err
	})
	if errors.Is(err, errDryRun) {
		rep.DryRun, err = true, nil
		if !rep.Repeated { // the earlier import is there and can be opened
			rep.Import.ID = ""
		}
	}
	return rep, err
}

// readLedger reads the file and holds its dates to the grant year.
func (s *Service) readLedger(ru rules, in ImportExpenditures, columns []LedgerColumn) (rows []ledgerRow, err error) {
	if in.Format == "fid" {
		rows, err = readLedgerFID(in.Content, in.SpentOn)
	} else {
		rows, err = readLedgerCSV(in.Content, in.SpentOn, columns)
	}
	if err != nil {
		return nil, err
	}
	checked := map[models.Date]error{}
	found := &sheet{}
	for _, row := range rows {
		err, known := checked[row.spentOn]
		if !known {
			err = s.checkSpentOn(ru, row.spentOn)
			checked[row.spentOn] = err
		}
		var e *models.Error
		if errors.As(err, &e) {
			found.cell(sheetRow{number: row.number}, "spent_on", e.Code, e.Detail, e.Fields[0].Fix)
		}
	}
	return rows, found.err()
}

// importRows does the work of ImportExpenditures inside its change.
func (s *Service) importRows(tx *store.Tx, who models.Actor, in ImportExpenditures, mapping string, rows []ledgerRow) (ImportReport, error) {
	var rep ImportReport
	app, err := store.Lock[models.Application](tx, in.ApplicationID, 0) // one file of an application at a time
	if err != nil {
		return rep, err
	}
	hash := hashOf(in.Content)
	earlier, err := store.One[models.ExpenditureImport](tx, store.Eq{"application_id": app.ID, "file_hash": hash})
	if err == nil {
		return s.repeatedImport(tx, earlier)
	}
	if models.KindOf(err) != models.NotFound {
		return rep, err
	}
	id, replay, err := once(tx, who, "expenditure_import", struct {
		In   ImportExpenditures
		Hash string
	}{in, hash})
	if err != nil {
		return rep, err
	}
	if replay { // the key of an import that is gone cannot be: imports are kept
		return rep, fmt.Errorf("import %s is missing", id)
	}
	ru, err := s.takesSpending(tx, app)
	if err != nil {
		return rep, err
	}
	m := &matching{rules: ru, who: who, today: s.Today(), newID: tx.NewID,
		doc: models.ExpenditureImport{Root: models.Root{ID: id}, OrganizationID: app.OrganizationID, GrantYearID: app.GrantYearID, ApplicationID: app.ID,
			Format: in.Format, FileName: in.FileName, FileHash: hash, RowCount: len(rows), Mapping: mapping, CreatedBy: who.UserID}}
	if m.lines, err = tx.LockLinesInForce(app.ID); err != nil {
		return rep, err
	}
	if m.known, err = tx.KnownRowKeys(app.ID); err != nil {
		return rep, err
	}
	m.run(rows)
	if err := m.write(tx); err != nil {
		return rep, err
	}
	return m.report(), nil
}

// repeatedImport answers a file that was imported before: nothing happens.
func (s *Service) repeatedImport(tx *store.Tx, earlier models.ExpenditureImport) (ImportReport, error) {
	rep := ImportReport{Import: earlier, Repeated: true}
	var err error
	if rep.Reasons, err = tx.ImportReasons(earlier.ID); err != nil {
		return rep, err
	}
	rep.Exceptions, err = store.List[models.ImportException](tx, store.Scope{All: true}, store.Eq{"import_id": earlier.ID}, store.Page{Limit: store.MaxPage})
	return rep, err
}

// ListExpenditureImports asks for ledger files, in the order they came.
type ListExpenditureImports struct {
	OrganizationID string `json:"organization_id" validate:"max=64"`
	ApplicationID  string `json:"application_id" validate:"max=64"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// ExpenditureImports lists ledger files.
func (s *Service) ExpenditureImports(ctx context.Context, who models.Actor, in ListExpenditureImports) ([]models.ExpenditureImport, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.List[models.ExpenditureImport](s.db.Read(ctx), narrow(scope(who), in.OrganizationID),
		eq("application_id", in.ApplicationID), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// ExpenditureImport is one ledger file.
func (s *Service) ExpenditureImport(ctx context.Context, who models.Actor, id string) (models.ExpenditureImport, error) {
	p, err := store.Get[models.ExpenditureImport](s.db.Read(ctx), id)
	if err != nil {
		return p, err
	}
	return p, allow(who, ReadDocuments, p.OrganizationID)
}
