package workflow

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"earmark/models"
	"earmark/store"
)

// ReportKind is a report that can be asked for. Its table says what it holds.
type ReportKind struct {
	Code       string
	Title      string
	Means      string
	Parameters []string // that it takes beside grant_year_id, by their JSON names in GetReport
	Formats    []string // json, csv, xlsx, html, pdf
	Columns    []models.ReportColumn
	Sections   []models.ReportTable // that follow the main table: names, titles and columns
	Office     bool                 // it is about the whole state: for the office only

	build func(*reportMaker) error
}

// ReportKinds is the catalogue, in the order in which it is listed.
var ReportKinds = []ReportKind{
	{Code: "utilization", Title: "Utilization by recipient", Parameters: filtered, Formats: tabular, Columns: utilizationColumns, build: (*reportMaker).utilization,
		Means: "What each recipient was allocated, had approved, was paid and spent as of a day, with its rate and the forecast of what stays unspent."},
	{Code: "uses", Title: "Utilization by recipient, use category and school", Parameters: filtered, Formats: tabular, Columns: useColumns, build: (*reportMaker).uses,
		Means: "What was approved and spent of each recipient's lines as of a day, by use category and school."},
	{Code: "line_items", Title: "Line-item register", Parameters: filtered, Formats: tabular, Columns: registerColumns, build: (*reportMaker).register,
		Means: "Every line that was ever in force, as its last approved version by a day has it, with what was spent on it."},
	{Code: "amendments", Title: "Amendment log", Parameters: undated, Formats: tabular, Columns: amendmentColumns, build: (*reportMaker).amendments,
		Means: "Every revision: who wrote, submitted and decided it, when, its total before and after, and what the amendment meter says of it."},
	{Code: "alerts", Title: "Alert log", Parameters: undated, Formats: tabular, Columns: alertColumns, build: (*reportMaker).alerts,
		Means: "Every compliance finding with its life so far, and the notices and mails that told of it."},
	{Code: "targets", Title: "Results by target", Parameters: filtered, Formats: tabular, Columns: targetColumns, build: (*reportMaker).targets,
		Means: "Every target of the signed agreements: what was asked for, what was reported, whether it is met, and by how much it is missed."},
	{Code: "progress", Title: "Progress of agreements", Parameters: []string{"organization_id", "cohort", "year"}, Formats: tabular, Columns: progressColumns, build: (*reportMaker).progress,
		Means: "How many schools (or districts) of agreements came how far by a year of facts: each row with the number it is counted over, what was published of it, and whether that agrees."},
	{Code: "legislature", Title: "Annual report to the legislature", Parameters: []string{"on", "year"}, Formats: []string{"json", "csv", "xlsx", "html", "pdf"}, Columns: categoryColumns, Office: true,
		Sections: []models.ReportTable{{Name: "districts", Title: "Utilization by recipient", Columns: publicColumns},
			{Name: "activities", Title: "Activities funded", Columns: activityColumns}, {Name: "effect", Title: "Effect on achievement", Columns: effectColumns},
			{Name: "progress", Title: "Progress of agreements", Columns: progressSummary}},
		build: (*reportMaker).legislature,
		Means: "The appropriation, the districts it went to, dollars by use category and district, the activities that were funded, and the effect on achievement: targets met, by type, with the number they are counted over, and how far the schools of agreements came where the program counts it."},
}

var (
	optional = []string{"organization_id", "cohort", "on", "year"} // every parameter that some report takes
	filtered = []string{"organization_id", "cohort", "on"}
	undated  = []string{"organization_id", "cohort"}
	tabular  = []string{"json", "csv", "xlsx", "html"}
)

// GetReport asks for a report of one grant year.
type GetReport struct {
	Code           string      `json:"-"`
	GrantYearID    string      `json:"grant_year_id"   validate:"required,max=64"`
	OrganizationID string      `json:"organization_id" validate:"max=64"`
	Cohort         string      `json:"cohort"          validate:"max=64"`
	On             models.Date `json:"on"              validate:"omitempty,civil_date"`        // as of which; today when empty
	Year           int         `json:"year"            validate:"omitempty,gte=1990,lte=2100"` // latest year of facts that progress looks at; that before the fiscal year when 0
}

// reportMaker is a report being made.
type reportMaker struct {
	rules
	s       *Service
	ctx     context.Context //nolint:containedctx // of the one request that the report is for
	reader  *store.Reader
	in      GetReport
	kind    ReportKind
	query   store.ReportQuery
	scope   store.Scope
	runPool models.Cents
	out     *models.Report
}

// Report makes a report. Rows are read while they are walked. A district sees its own rows;
// what is about the whole state is the office's. Errors: NotFound for a report, a grant year
// or an organization that is not there or may not be seen; Invalid for a parameter that the
// report does not take.
func (s *Service) Report(ctx context.Context, who models.Actor, in GetReport) (models.Report, error) {
	if err := allow(who, ReadDocuments, in.OrganizationID); err != nil {
		return models.Report{}, err
	}
	kind, err := reportKind(in)
	if err != nil {
		return models.Report{}, err
	}
	if kind.Office {
		if err := allow(who, ReadStateReports, ""); err != nil {
			return models.Report{}, err
		}
	}
	if err := s.check(in); err != nil {
		return models.Report{}, err
	}
	return s.report(ctx, narrow(scope(who), in.OrganizationID), kind, in)
}

func reportKind(in GetReport) (ReportKind, error) {
	i := slices.IndexFunc(ReportKinds, func(k ReportKind) bool { return k.Code == in.Code })
	if i < 0 {
		return ReportKind{}, notFound()
	}
	given := map[string]string{"organization_id": in.OrganizationID, "cohort": in.Cohort, "on": string(in.On)}
	if in.Year != 0 {
		given["year"] = strconv.Itoa(in.Year)
	}
	var wrong []models.FieldError
	for _, name := range optional {
		if given[name] != "" && !slices.Contains(ReportKinds[i].Parameters, name) {
			wrong = append(wrong, models.FieldError{Pointer: "/" + name, Code: "report.parameter", Detail: fmt.Sprintf("The report %s does not take %s.", in.Code, name), Fix: "Leave it out."})
		}
	}
	return ReportKinds[i], invalid(wrong)
}

func (s *Service) report(ctx context.Context, sc store.Scope, kind ReportKind, in GetReport) (models.Report, error) {
	p := &reportMaker{s: s, ctx: ctx, reader: s.db.Read(ctx), in: in, kind: kind, scope: sc, out: &models.Report{Code: kind.Code, Title: kind.Title, MadeAt: s.now()}}
	var err error
	if p.rules, err = s.rules(p.reader, in.GrantYearID); err != nil {
		return models.Report{}, err
	}
	if err := p.money(); err != nil {
		return models.Report{}, err
	}
	if err := p.begin(); err != nil {
		return models.Report{}, err
	}
	if err := kind.build(p); err != nil {
		return models.Report{}, err
	}
	if p.out.Text == nil && p.out.AsOf == "" {
		p.out.Text = []string{kind.Means}
	}
	return *p.out, nil
}

// begin fills what every report says of itself.
func (p *reportMaker) begin() (err error) {
	on := p.s.asOf(p.in.On)
	p.out.Subtitle = p.year.Title
	p.out.ProgramCode, p.out.ProgramTitle, p.out.Citation, p.out.RuleVersion = p.year.ProgramCode, p.def.Title, p.def.Authority.Citation, p.version()
	p.out.ReportTable = models.ReportTable{Name: p.kind.Code, Title: p.kind.Title, Text: []string{p.kind.Means}, Columns: p.kind.Columns}
	if p.out.Synthetic, err = p.reader.Synthetic(); err != nil {
		return err
	}
	p.say("grant_year_id", "Grant year", fmt.Sprintf("%s %d", p.year.ProgramCode, p.year.FiscalYear))
	if p.in.OrganizationID != "" {
		o, err := store.Get[models.Organization](p.reader, p.in.OrganizationID)
		if err != nil {
			return err
		}
		p.say("organization_id", "Organization", o.Name)
	}
	if p.in.Cohort != "" {
		p.say("cohort", "Cohort", p.in.Cohort)
	}
	p.query = store.ReportQuery{Scope: p.scope, GrantYearID: p.year.ID, ProgramCode: p.year.ProgramCode, Cohort: p.in.Cohort, On: on}
	switch p.def.Utilization.Rate {
	case "spent_over_paid":
		p.query.RateOf = "paid"
	case "spent_over_approved":
		p.query.RateOf = "approved"
	default:
		p.query.RateOf = "allocation"
	}
	return p.published(on)
}

// published finds the allocation run that counted on a day.
func (p *reportMaker) published(on models.Date) error {
	runs, err := store.All[models.AllocationRun](p.reader, store.Eq{"grant_year_id": p.year.ID, "status": []models.State{StatusPublished, StatusSuperseded}}, "number")
	for _, run := range runs {
		if run.PublishedAt != nil && models.DateOf(*run.PublishedAt, p.s.zone) <= on {
			p.query.RunID, p.runPool = run.ID, run.PoolCents
		}
	}
	return err
}

func (p *reportMaker) say(name, title, value string) {
	p.out.Parameters = append(p.out.Parameters, models.ReportValue{Name: name, Title: title, Value: value})
}

// measured makes the report one of a night: the last one up to the day asked for.
func (p *reportMaker) measured() error {
	night, err := p.reader.ReportAsOf(p.year.ID, p.query.On)
	if err != nil {
		return err
	}
	if p.out.AsOf = night; night == "" {
		p.out.Notes = append(p.out.Notes, "No night has measured this grant year by "+string(p.query.On)+".")
		return nil
	}
	p.query.On = night
	p.out.Notes = append(p.out.Notes, "As the night of "+string(night)+" measured it: spending posted, and revisions approved, up to that day.")
	return nil
}

// entitled puts the titles of use categories in a column that holds their codes.
func (p *reportMaker) entitled(rows models.ReportRows, columns []models.ReportColumn) models.ReportRows {
	titles := map[string]string{}
	for _, c := range p.def.UseCategories {
		titles[c.Code] = c.Title
	}
	return worded(rows, columns, "use_title", titles)
}

// worded replaces codes in a column by words; a code without words stays.
func worded(rows models.ReportRows, columns []models.ReportColumn, name string, words map[string]string) models.ReportRows {
	at := slices.IndexFunc(columns, func(c models.ReportColumn) bool { return c.Name == name })
	return func(yield func([]models.ReportCell, error) bool) {
		for row, err := range rows {
			if err == nil && words[row[at].Text] != "" {
				row[at] = models.TextCell(words[row[at].Text])
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// rowsOf gives what is in memory, row by row.
func rowsOf[T any](items []T, cells func(T) []models.ReportCell) models.ReportRows {
	return func(yield func([]models.ReportCell, error) bool) {
		for _, item := range items {
			if !yield(cells(item), nil) {
				return
			}
		}
	}
}

func (p *reportMaker) utilization() error {
	if err := p.measured(); err != nil {
		return err
	}
	p.out.Columns = rateOver(p.out.Columns, p.query.RateOf)
	p.out.Rows = p.reader.ReportUtilization(p.out.Columns, p.query)
	p.out.Notes = append(p.out.Notes, "Rate: "+rateWords[p.query.RateOf]+". "+cited(p.def.Utilization.Cite))
	return p.minimum()
}

// minimum says which minimum the rate is held to.
func (p *reportMaker) minimum() error {
	if v, ok := p.params.Get(p.def.Utilization.MinimumParameter); ok {
		rate, _ := p.params.BasisPoints(v.Name)
		p.say(v.Name, "Minimum utilization", models.Hundredths(rate).String()+" % ("+v.Basis+")")
	}
	return nil
}

var rateWords = map[string]string{"allocation": "spent over allocated", "paid": "spent over paid", "approved": "spent over approved"}

func cited(cite string) string {
	if cite == "" {
		return ""
	}
	return "Source: " + cite + "."
}

// rateOver says which column the rate is over.
func rateOver(columns []models.ReportColumn, of string) []models.ReportColumn {
	columns = slices.Clone(columns)
	for i, c := range columns {
		if c.Total == models.TotalRate {
			columns[i].Whole = of + "_cents"
			columns[i].Means = rateWords[of] + "; empty while there is nothing to divide by."
		}
	}
	return columns
}

func (p *reportMaker) uses() error {
	if err := p.measured(); err != nil {
		return err
	}
	p.out.Rows = p.entitled(p.reader.ReportUses(p.out.Columns, p.query), p.out.Columns)
	return nil
}

func (p *reportMaker) register() error {
	if err := p.measured(); err != nil {
		return err
	}
	p.out.Rows = p.entitled(p.reader.ReportLineItems(p.out.Columns, p.query), p.out.Columns)
	return nil
}

func (p *reportMaker) alerts() error {
	titles := map[string]string{}
	for _, c := range p.def.Compliance {
		titles[c.Code] = c.Title
	}
	p.out.Rows = worded(p.reader.ReportAlerts(p.out.Columns, p.query), p.out.Columns, "rule_title", titles)
	p.out.AsOf = p.query.On
	return nil
}
