package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/measure"
)

// The columns of the public file name organizations and nothing that anybody typed.
var (
	publicColumns = []models.ReportColumn{colDistrictCode, colDistrictName,
		colText("subtype", "Kind", "Traditional district, PSA, charter school or county office."),
		colCents("allocation_cents", "Allocated", "By the published run of the formula."), colApproved,
		colCents("paid_cents", "Paid", "By the office."), colSpent,
		colRate("rate_bp", "Rate", "spent_cents", "allocation_cents", "spent over allocated; empty while there is nothing to divide by.")}
	publicUses    = []models.ReportColumn{colDistrictCode, colDistrictName, colUseCode, colUseTitle, colApproved, colSpent, colSpentRate}
	publicEffects = append(append([]models.ReportColumn{colDistrictCode, colDistrictName,
		colText("kind", "Kind", "ITB (18 months) or ETO (36 months).")}, effectCounts...),
		colCount("withheld_count", "Withheld", "Judged, and the outcome is not told: too few pupils are behind it."))
)

// smallest is the least number of pupils that a result is told of to the public, unless the
// program has the parameter public_minimum.
const smallest = 10

func publicKind() ReportKind {
	kind := PublicReportKind
	kind.build = (*reportMaker).transparency
	return kind
}

// PublicReportKind is the public file, which is asked for by program.
var PublicReportKind = ReportKind{Code: "transparency", Title: "Where the money goes", Parameters: []string{"fiscal_year"}, Formats: tabular, Columns: publicColumns,
	Means:    "What each recipient was allocated, had approved, was paid and spent, what it is for, and which targets it reached. Needs nobody to be signed in.",
	Sections: []models.ReportTable{{Name: "uses", Title: "What it is for", Columns: publicUses}, {Name: "results", Title: "Targets reached", Columns: publicEffects}}}

// PublicReport is what anybody may read of the money of a program: of the latest fiscal
// year with published allocations, or of the one asked for (0: latest). It names recipients
// and no people, no payees and no text that somebody typed. NotFound when nothing is
// published.
func (s *Service) PublicReport(ctx context.Context, program string, fiscalYear int) (models.Report, error) {
	where := store.Eq{"program_code": program}
	if fiscalYear != 0 {
		where["fiscal_year"] = fiscalYear
	}
	years, err := store.All[models.GrantYear](s.db.Read(ctx), where, "fiscal_year")
	if err != nil {
		return models.Report{}, err
	}
	years = slices.DeleteFunc(years, func(y models.GrantYear) bool { return y.PublishedRunID == nil })
	if len(years) == 0 {
		return models.Report{}, models.Fail(models.NotFound, "not_found", "Nothing is published of this program and year.")
	}
	return s.report(ctx, store.Scope{All: true}, publicKind(), GetReport{GrantYearID: years[len(years)-1].ID})
}

func (p *reportMaker) transparency() error {
	if err := p.measured(); err != nil {
		return err
	}
	least := int64(smallest)
	if v, ok := p.params.Int("public_minimum"); ok {
		least = v
	}
	p.out.Parameters = nil
	p.say("program_code", "Program", p.year.ProgramCode)
	p.say("fiscal_year", "Fiscal year", fmt.Sprint(p.year.FiscalYear))
	p.say("public_minimum", "Smallest number told", fmt.Sprint(least))
	p.out.Columns = rateOver(publicColumns, p.query.RateOf)
	p.out.Rows = p.publicDistricts()
	uses := models.ReportTable{Name: "uses", Title: "What it is for", Columns: publicUses}
	uses.Rows = p.entitled(p.reader.ReportDistrictCategories(publicUses, p.query), publicUses)
	results, err := p.publicResults(least)
	p.out.Sections = []models.ReportTable{uses, results}
	return err
}

// publicDistricts are the rows of the utilization report in the public columns.
func (p *reportMaker) publicDistricts() models.ReportRows {
	from := make([]int, len(publicColumns))
	for i, c := range publicColumns {
		from[i] = slices.IndexFunc(utilizationColumns, func(u models.ReportColumn) bool { return u.Name == c.Name })
	}
	rows := p.reader.ReportUtilization(utilizationColumns, p.query)
	return func(yield func([]models.ReportCell, error) bool) {
		out := make([]models.ReportCell, len(from))
		for row, err := range rows {
			if err == nil {
				for i, j := range from {
					out[i] = row[j]
				}
			}
			if !yield(out, err) {
				return
			}
		}
	}
}

// publicResults counts targets by district and kind. A result that was counted over fewer
// pupils than the least number is withheld: whether its target is met is not told.
func (p *reportMaker) publicResults(least int64) (models.ReportTable, error) {
	t := models.ReportTable{Name: "results", Title: "Targets reached", Columns: publicEffects,
		Notes: []string{fmt.Sprintf("Whether a target is met is withheld where its result was counted over fewer than %d pupils.", least)}}
	rows, err := p.standings()
	if err != nil {
		return t, err
	}
	few, err := p.reader.FewBehind(p.year.ProgramCode, models.Hundredths(100*least))
	if err != nil {
		return t, err
	}
	places, err := p.places()
	if err != nil {
		return t, err
	}
	withheld := map[string]int{}
	for i, r := range rows {
		if slices.Contains(few, r.ResultID) && (r.Status == measure.Met || r.Status == measure.Missed) {
			rows[i].Status = ""
			withheld[r.OrganizationID+string(r.Target.TargetKind)]++
		}
	}
	by := effectsBy(rows, func(t TargetStanding) []string {
		return []string{places[t.OrganizationID].Code, t.OrganizationID, string(t.Target.TargetKind)}
	})
	t.Rows = rowsOf(by, func(e *effect) []models.ReportCell {
		o := places[e.key[1]]
		cells := append([]models.ReportCell{models.TextCell(o.Code), models.TextCell(o.Name), models.TextCell(e.key[2])}, e.cells()...)
		return append(cells, models.NumberCell(withheld[e.key[1]+e.key[2]]))
	})
	return t, nil
}
