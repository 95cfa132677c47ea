package web

import (
	"encoding/json"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

// pagesPublic need nobody to be signed in.
func (w *Web) pagesPublic() []route {
	return []route{
		{"GET", "/public", w.publicPrograms},
		{"GET", "/public/:code", w.publicProgram},
	}
}

// toPublic limits what a network may read, as in the API, and lets what a stranger sees be
// kept. What somebody sees who is signed in shows a name, so it is not.
func (r *request) toPublic() error {
	if err := r.w.cfg.Auth.PublicRead(r.ClientIP()); err != nil {
		return err
	}
	if r.who.UserID == "" {
		r.Header("Cache-Control", "public, max-age=300")
	}
	r.Header("Vary", "Cookie, Accept-Language")
	return nil
}

func (w *Web) publicPrograms(r *request) error {
	if err := r.toPublic(); err != nil {
		return err
	}
	rows, err := r.s.PublicPrograms(r.ctx())
	if err != nil {
		return err
	}
	return r.show("public_programs", Page{Title: r.t("Where the money goes"), Body: rows,
		Lead: r.t("Published allocations, spending and results of every program, by district. No sign-in is needed, and nobody's personal data is shown.")})
}

// publicPage is the body of public_program.html.
type publicPage struct {
	Program    workflow.PublicProgram
	Years      []Link
	Report     *models.Report
	Tables     []tableView
	Files      []publicFiles
	Chart      *Chart
	Determined *workflow.PublicDeterminations
	Rows       []publicRow
	CountyYear int
}

// publicFiles are the files of one table.
type publicFiles struct{ Title, CSV, XLSX string }

// publicRow is an organization with what was determined of it, and why.
type publicRow struct {
	models.DeterminationResult
	Because, Groups, Years string
}

// publicProgram shows what is published of a program in a year.
func (w *Web) publicProgram(r *request) error {
	if err := r.toPublic(); err != nil {
		return err
	}
	var in struct {
		FiscalYear int    `json:"fiscal_year"`
		County     string `json:"county"`
	}
	if _, err := r.filters(&in); err != nil {
		return err
	}
	programs, err := r.s.PublicPrograms(r.ctx())
	if err != nil {
		return err
	}
	body := publicPage{}
	for _, p := range programs {
		if p.Code == r.Param("code") {
			body.Program = p
		}
	}
	if body.Program.Code == "" {
		return models.Fail(models.NotFound, "not_found", "Nothing is published of this program.")
	}
	page := Page{Title: body.Program.Title, Crumbs: []Link{{Text: r.t("Where the money goes"), Href: "/public"}}, Wide: true}
	if err := r.publicMoney(&body, in.FiscalYear); err != nil {
		return err
	}
	if err := r.publicDetermined(&body, in.County); err != nil {
		return err
	}
	page.Lead, page.Body = r.t("Published under %s.", body.Program.Citation), body
	return r.show("public_program", page)
}

// publicMoney is what recipients were allocated, had approved, were paid and spent.
func (r *request) publicMoney(body *publicPage, year int) error {
	if len(body.Program.FiscalYears) == 0 {
		return nil
	}
	if year == 0 {
		year = body.Program.FiscalYears[0]
	}
	for _, y := range body.Program.FiscalYears {
		body.Years = append(body.Years, Link{Text: strconv.Itoa(y), Href: "/public/" + body.Program.Code + "?fiscal_year=" + strconv.Itoa(y), Current: y == year})
	}
	report, err := r.s.PublicReport(r.ctx(), body.Program.Code, year)
	if err != nil {
		return err
	}
	body.Report = &report
	if body.Tables, err = r.tables(report); err != nil {
		return err
	}
	for _, t := range report.Tables() {
		at := "/api/v1/public/programs/" + body.Program.Code + "/transparency?fiscal_year=" + strconv.Itoa(year) + "&table=" + t.Name + "&format="
		body.Files = append(body.Files, publicFiles{t.Title, at + "csv", at + "xlsx"})
	}
	body.Chart, err = r.publicChart(report)
	return err
}

// publicChart draws what the largest recipients were allocated and spent.
func (r *request) publicChart(report models.Report) (*Chart, error) {
	at := map[string]int{}
	for i, c := range report.Columns {
		at[c.Name] = i
	}
	var rows []Bar
	var table [][]string
	for row, err := range report.Rows {
		if err != nil {
			return nil, err
		}
		name, allocated, spent := row[at["district_name"]].Text, row[at["allocation_cents"]].Number, row[at["spent_cents"]].Number
		if allocated <= 0 {
			continue
		}
		rows = append(rows, Bar{Label: name, Shown: models.Cents(allocated).String(), Segments: []Segment{
			{Value: min(spent, allocated), Class: "fill-1", Text: models.Cents(spent).String()}, {Value: max(allocated-spent, 0), Class: "fill-rest", Text: models.Cents(allocated - spent).String()}}})
		table = append(table, []string{name, models.Cents(allocated).String(), models.Cents(spent).String()})
	}
	if len(rows) == 0 {
		return nil, nil
	}
	rows, table = largest(rows, table, 15)
	title := r.t("Allocated and spent by the largest recipients")
	return &Chart{ID: "chart-public", Title: title, SVG: bars(title, rows, 0), Heads: []string{r.t("Recipient"), r.t("Allocated"), r.t("Spent")}, Rows: table, Numeric: 1,
		Legend: []Key{{"fill-1", r.t("Spent")}, {"fill-rest", r.t("Not spent yet")}}}, nil
}

// publicDetermined is what was determined of organizations, by county.
func (r *request) publicDetermined(body *publicPage, county string) error {
	if len(body.Program.Determinations) == 0 {
		return nil
	}
	found, err := r.s.PublicDeterminations(r.ctx(), body.Program.Code, 0, county)
	if err != nil {
		return err
	}
	body.Determined = &found
	for _, d := range found.Rows {
		var report workflow.DeterminationReport
		if err := json.Unmarshal([]byte(d.Report), &report); err != nil {
			return err
		}
		body.Rows = append(body.Rows, publicRow{d, report.Because, report.Words(), report.YearWords()})
	}
	return nil
}
