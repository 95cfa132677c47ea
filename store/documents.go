package store

import (
	"fmt"

	"gorm.io/gorm"

	"earmark/models"
)

// documentKinds are all kinds of document. VerifyAudit compares each with its trail, and a test
// holds every model to the columns of its table.
var documentKinds = []models.Document{
	&models.Organization{}, &models.FactImport{}, &models.User{}, &models.APIToken{}, &models.Delegation{}, &models.UnlockRequest{},
	&models.GrantYear{}, &models.AllocationRun{}, &models.Scenario{}, &models.DeterminationRun{}, &models.Agreement{}, &models.Application{}, &models.Revision{},
	&models.BudgetForm{}, &models.Payment{}, &models.Expenditure{}, &models.ExpenditureImport{}, &models.ImportException{}, &models.PeriodReport{},
	&models.DueItem{}, &models.Meeting{}, &models.SupportAssignment{}, &models.Flag{}, &models.Record{}, &models.TermDecision{},
	&models.MeasureResult{}, &models.TargetResult{}, &models.Drawdown{}, &models.Scoresheet{},
	&models.YearEndReport{}, &models.AllocationRelease{},
	&models.Payee{}, &models.Commitment{}, &models.PriorFunding{},
	&models.Attachment{}, &models.ReturnReason{},
}

// tableOf is the table of a model.
func tableOf(g *gorm.DB, model any) (string, error) {
	stmt := &gorm.Statement{DB: g}
	if err := stmt.Parse(model); err != nil {
		return "", fmt.Errorf("table of %T: %w", model, err)
	}
	return stmt.Table, nil
}

// OrganizationOf is the organization that a document belongs to: a district for its
// schools, "" for a document of the office. An unknown kind or document is NotFound.
func OrganizationOf(r Reading, kind, id string) (string, error) {
	g := r.reader().g
	for _, doc := range documentKinds {
		if doc.Kind() != kind {
			continue
		}
		stmt := &gorm.Statement{DB: g}
		if err := stmt.Parse(doc); err != nil {
			return "", fmt.Errorf("table of %s: %w", kind, err)
		}
		column := "''"
		switch {
		case kind == "organization":
			column = "CASE WHEN kind = 'school' THEN COALESCE(parent_id, id) ELSE id END"
		case stmt.Schema.LookUpField("OrganizationID") != nil:
			column = "organization_id"
		}
		var organization string
		err := g.Raw("SELECT "+column+" FROM "+stmt.Table+" WHERE id = ?", id).Row().Scan(&organization)
		return organization, translate(err)
	}
	return "", translate(gorm.ErrRecordNotFound)
}
