package workflow

import (
	"context"

	"earmark/models"
	"earmark/store"
)

// ImportExpenditures is a ledger file of one application.
type ImportExpenditures struct {
	ApplicationID string      `json:"application_id" validate:"required,max=64"`
	Format        string      `json:"format" validate:"required,oneof=csv fid"`
	FileName      string      `json:"file_name" validate:"required,max=200"`
	SpentOn       models.Date `json:"spent_on" validate:"required_if=Format fid,omitempty,civil_date"` // of rows without a date: all of a FID file
	DryRun        bool        `json:"dry_run"`                                                         // answer what would happen, and change nothing
	Content       []byte      `json:"-"`
}

// ImportReport is what became of a file.
type ImportReport struct {
	Import       models.ExpenditureImport
	Repeated     bool // this very file was imported before: Import is the earlier one, nothing was posted
	DryRun       bool
	Reasons      []ReasonCount            // exceptions by reason, in the order of the reasons below
	Exceptions   []models.ImportException // the first of them, in file order
	RepeatedRows int                      // rows that an earlier file had brought already
}

// ReasonCount counts the rows that were not posted for one reason.
type ReasonCount struct {
	Reason string
	Rows   int
	Cents  models.Cents
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

// ListExpenditureImports asks for ledger files, in the order they came.
type ListExpenditureImports struct {
	OrganizationID string `json:"organization_id" validate:"max=64"`
	ApplicationID  string `json:"application_id" validate:"max=64"`
	After          string `json:"after" validate:"max=64"`
	Limit          int    `json:"limit" validate:"gte=0,lte=100"`
}

// ExpenditureImports lists ledger files.
func (s *Service) ExpenditureImports(ctx context.Context, who models.Actor, in ListExpenditureImports) ([]models.ExpenditureImport, error) {
	if err := s.reading(who, in); err != nil {
		return nil, err
	}
	return store.List[models.ExpenditureImport](s.db.Read(ctx), narrow(scope(who), in.OrganizationID),
		given("application_id", in.ApplicationID), store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// ExpenditureImport is one ledger file.
func (s *Service) ExpenditureImport(ctx context.Context, who models.Actor, id string) (models.ExpenditureImport, error) {
	p, err := store.Get[models.ExpenditureImport](s.db.Read(ctx), id)
	if err != nil {
		return p, err
	}
	return p, allow(who, ReadDocuments, p.OrganizationID)
}

// ImportExpenditures is being written.
func (s *Service) ImportExpenditures(ctx context.Context, who models.Actor, in ImportExpenditures) (ImportReport, error) {
	return ImportReport{}, models.Fail(models.Unavailable, "expenditure_import.not_yet", "Not yet.")
}
