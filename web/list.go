package web

import (
	"cmp"
	"encoding/base64"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/reports"
	"earmark/workflow"
)

// Cell is one value of a list: a number in the unit of its column, or a text. It is sorted
// and exported by that, and shown as people write it.
type Cell struct {
	models.ReportCell
	Shown string // in the page; made from the value when empty
	Href  string
	Tag   string // tone of a tag around it: good, warn, bad, wait; "plain" for a tag without
	Note  string // small, under it
}

// Text is a cell of text.
func Text(s string) Cell { return Cell{ReportCell: models.TextCell(s)} }

// Day is a cell of a date.
func Day(d models.Date) Cell { return Cell{ReportCell: models.TextCell(d)} }

// Number is a cell of cents, basis points, hundredths or a count, as its column says.
func Number[T ~int | ~int32 | ~int64](v T) Cell { return Cell{ReportCell: models.NumberCell(v)} }

// Tagged is a state in its words and color.
func (r *request) Tagged(state string) Cell {
	c := Cell{ReportCell: models.TextCell(state), Shown: r.t(words(state)), Tag: tone(state)}
	if c.Tag == "" {
		c.Tag = "plain"
	}
	return c
}

// To makes the cell a link.
func (c Cell) To(href string) Cell { c.Href = href; return c }

// Noted adds small print.
func (c Cell) Noted(note string) Cell { c.Note = note; return c }

// Column is a column of a list of D.
type Column[D any] struct {
	Key   string // its name in the address (?sort=key or ?sort=-key) and in files
	Label string
	Unit  models.Unit // text when empty
	Fixed bool        // cannot be sorted by
	Cell  func(D) Cell
}

// Listing describes a list page. Filters are fields of the input; what has a JSON name is a
// parameter of the address, as in the API. Lists that fit in memory (some thousand rows)
// are searched and sorted here; long ones set Long, are given by the database page by page
// and searched by what their input offers.
type Listing[D any] struct {
	Path    string
	Name    string // of files: "flags"
	Columns []Column[D]
	Load    func(workflow.Page) ([]D, error)
	Key     func(D) string // what a page of a long list is continued after
	Long    bool
	Filters []Field
	Sort    string // the order at first: a column's key, with - for descending
	Empty   string // what an empty list means, and what to do next
	Action  *Link  // beside it
	Caption string
}

// ListView is what the template of a list sees.
type ListView struct {
	Path    string
	Caption string
	Filters []Field
	Query   string
	Search  bool
	Heads   []Head
	Rows    [][]Cell
	Count   string
	First   string
	Next    string
	CSV     string
	XLSX    string
	Empty   string
	Action  *Link
	Fresh   bool // nothing is filtered
	Keep    []Link
}

// Head is the head of a column.
type Head struct {
	Label   string
	Href    string // sorts by it
	Order   string // ascending or descending, when it is sorted by it
	Numeric bool
}

// rowsOnPage is how many rows a page of a list shows.
const rowsOnPage = 50

// filters fills a list's input from the address and gives the form that shows it.
func (r *request) filters(in any) (*Form, error) {
	f := &Form{Action: r.Request.URL.Path, Values: r.Request.URL.Query()}
	var wrong []models.FieldError
	fill("", reflectOf(in), f.Values, &wrong)
	if len(wrong) > 0 {
		return f, &models.Error{Kind: models.Malformed, Code: "malformed_parameter", Detail: "A filter in the address cannot be read.", Fields: wrong}
	}
	return f, nil
}

// listed is the view of a list as the address asks for it. When the address asks for a file
// (format=csv or xlsx) it answers that itself, with every row of the filter, and gives nil.
func listed[D any](r *request, l Listing[D]) (*ListView, error) {
	values := r.Request.URL.Query()
	search, order := strings.TrimSpace(values.Get("q")), values.Get("sort")
	if order == "" {
		order = l.Sort
	}
	format := values.Get("format")
	if l.Long {
		return longList(r, l, values, format)
	}
	rows, err := l.Load(workflow.Page{})
	if err != nil {
		return nil, err
	}
	cells := make([][]Cell, 0, len(rows))
	for _, d := range rows {
		if row := rowOf(r, l.Columns, d); search == "" || matches(row, search) {
			cells = append(cells, row)
		}
	}
	sortCells(l.Columns, cells, order)
	if format != "" {
		return nil, download(r, l, format, slices.Values(cells))
	}
	page, _ := strconv.Atoi(values.Get("page"))
	page = max(page, 1)
	from := min((page-1)*rowsOnPage, len(cells))
	to := min(from+rowsOnPage, len(cells))
	v := viewOf(r, l, values, order)
	v.Search, v.Query = true, search
	v.Rows = cells[from:to]
	v.Count = r.t("%d to %d of %d", min(from+1, len(cells)), to, len(cells))
	if page > 1 {
		v.First = with(l.Path, values, "page", strconv.Itoa(page-1))
	}
	if to < len(cells) {
		v.Next = with(l.Path, values, "page", strconv.Itoa(page+1))
	}
	return v, nil
}

// longList shows one page that the database cut out.
func longList[D any](r *request, l Listing[D], values url.Values, format string) (*ListView, error) {
	if format != "" {
		return nil, longDownload(r, l, format)
	}
	after, err := base64.RawURLEncoding.DecodeString(values.Get("cursor"))
	if err != nil {
		return nil, models.Fail(models.Malformed, "malformed_parameter", "This page of the list cannot be found. Start from its beginning.")
	}
	rows, err := l.Load(workflow.Page{After: string(after), Limit: rowsOnPage + 1})
	if err != nil {
		return nil, err
	}
	v := viewOf(r, l, values, "")
	if len(rows) > rowsOnPage {
		rows = rows[:rowsOnPage]
		v.Next = with(l.Path, values, "cursor", base64.RawURLEncoding.EncodeToString([]byte(l.Key(rows[rowsOnPage-1]))))
	}
	if len(after) > 0 {
		v.First = with(l.Path, values, "cursor", "")
	}
	for _, d := range rows {
		v.Rows = append(v.Rows, rowOf(r, l.Columns, d))
	}
	v.Count = plural(r.lang, len(rows), "1 row on this page", "%d rows on this page")
	return v, nil
}

func viewOf[D any](r *request, l Listing[D], values url.Values, order string) *ListView {
	v := &ListView{Path: l.Path, Caption: l.Caption, Filters: l.Filters, Empty: l.Empty, Action: l.Action,
		CSV: with(l.Path, values, "format", "csv"), XLSX: with(l.Path, values, "format", "xlsx"), Fresh: true}
	for name, given := range values {
		if name != "sort" && name != "page" && name != "cursor" && strings.Join(given, "") != "" {
			v.Fresh = false
		}
	}
	if s := values.Get("sort"); s != "" {
		v.Keep = append(v.Keep, Link{Text: "sort", Href: s})
	}
	for _, c := range l.Columns {
		h := Head{Label: c.Label, Numeric: c.Unit.Numeric()}
		if !c.Fixed && !l.Long {
			h.Href = with(l.Path, values, "sort", c.Key)
			switch order {
			case c.Key:
				h.Order, h.Href = "ascending", with(l.Path, values, "sort", "-"+c.Key)
			case "-" + c.Key:
				h.Order = "descending"
			}
		}
		v.Heads = append(v.Heads, h)
	}
	return v
}

// with is the address of the list with one parameter changed; the page starts over.
func with(path string, values url.Values, name, value string) string {
	changed := url.Values{}
	for k, v := range values {
		if k != "page" && k != "cursor" && k != "format" && strings.Join(v, "") != "" {
			changed[k] = v
		}
	}
	changed.Del(name)
	if value != "" {
		changed.Set(name, value)
	}
	if len(changed) == 0 {
		return path
	}
	return path + "?" + changed.Encode()
}

// rowOf is a row with everything that the page shows.
func rowOf[D any](r *request, columns []Column[D], d D) []Cell {
	row := make([]Cell, len(columns))
	for i, c := range columns {
		row[i] = c.Cell(d)
		if row[i].Shown == "" && row[i].Known {
			row[i].Shown = shown(r.lang, c.Unit, row[i].ReportCell)
		}
	}
	return row
}

// shown is a value as people write it.
func shown(lang string, unit models.Unit, c models.ReportCell) string {
	switch unit {
	case models.UnitCents:
		return models.Cents(c.Number).String()
	case models.UnitBasisPoints:
		return percent(c.Number)
	case models.UnitHundredths:
		return strings.TrimSuffix(models.Hundredths(c.Number).String(), ".00")
	case models.UnitInteger:
		return strconv.FormatInt(c.Number, 10)
	case models.UnitDate:
		return day(lang, models.Date(c.Text))
	}
	return c.Text
}

func matches(row []Cell, search string) bool {
	for _, word := range strings.Fields(strings.ToLower(search)) {
		if !slices.ContainsFunc(row, func(c Cell) bool { return strings.Contains(strings.ToLower(c.Shown+" "+c.Note), word) }) {
			return false
		}
	}
	return true
}

func sortCells[D any](columns []Column[D], rows [][]Cell, order string) {
	key, descending := strings.CutPrefix(order, "-")
	at := slices.IndexFunc(columns, func(c Column[D]) bool { return c.Key == key && !c.Fixed })
	if at < 0 {
		return
	}
	slices.SortStableFunc(rows, func(a, b []Cell) int {
		x, y := a[at], b[at]
		if x.Known != y.Known { // what is not known comes last either way
			if x.Known {
				return -1
			}
			return 1
		}
		c := cmp.Or(cmp.Compare(x.Number, y.Number), cmp.Compare(strings.ToLower(x.Text), strings.ToLower(y.Text)))
		if descending {
			return -c
		}
		return c
	})
}

// download writes a list as a file: the columns that the page shows, every row of the filter.
func download[D any](r *request, l Listing[D], format string, rows iter.Seq[[]Cell]) error {
	report := models.Report{Code: l.Name, Title: l.Caption, MadeAt: r.s.Now(), MadeWith: r.w.cfg.Version}
	report.Name, report.ReportTable.Title = l.Name, l.Caption
	for _, c := range l.Columns {
		unit := c.Unit
		if unit == "" {
			unit = models.UnitText
		}
		report.Columns = append(report.Columns, models.ReportColumn{Name: c.Key, Title: c.Label, Unit: unit, Total: models.TotalNone})
	}
	for name, given := range r.Request.URL.Query() {
		if text := strings.Join(given, ", "); text != "" && name != "format" && name != "page" {
			report.Parameters = append(report.Parameters, models.ReportValue{Name: name, Title: name, Value: text})
		}
	}
	slices.SortFunc(report.Parameters, func(a, b models.ReportValue) int { return cmp.Compare(a.Name, b.Name) })
	report.Rows = func(yield func([]models.ReportCell, error) bool) {
		cells := make([]models.ReportCell, len(l.Columns))
		for row := range rows {
			for i, c := range row {
				cells[i] = c.ReportCell
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
	write, kind := reports.WriteCSV, "text/csv; charset=utf-8; header=present"
	switch format {
	case "csv":
	case "xlsx":
		write, kind = reports.WriteXLSX, reports.XLSXType
	default:
		return models.Fail(models.Malformed, "malformed_parameter", "A list comes as csv or xlsx.")
	}
	r.Header("Content-Type", kind)
	r.Header("Content-Disposition", `attachment; filename="`+l.Name+"-"+string(r.s.Today())+"."+format+`"`)
	r.Status(http.StatusOK)
	if err := write(r.Writer, report); err != nil {
		r.w.log.Error("an export broke off", "path", r.Request.URL.Path, "error", err.Error())
		panic(http.ErrAbortHandler) // a cut file must not pass for a whole one
	}
	return nil
}

// longDownload writes a long list page by page. Its first page is read before anything is
// sent, so that a refusal is still a page.
func longDownload[D any](r *request, l Listing[D], format string) error {
	rows, err := l.Load(workflow.Page{Limit: workflow.MaxPage})
	if err != nil {
		return err
	}
	return download(r, l, format, func(yield func([]Cell) bool) {
		for len(rows) > 0 {
			for _, d := range rows {
				if !yield(rowOf(r, l.Columns, d)) {
					return
				}
			}
			if len(rows) < workflow.MaxPage {
				return
			}
			if rows, err = l.Load(workflow.Page{After: l.Key(rows[len(rows)-1]), Limit: workflow.MaxPage}); err != nil {
				r.w.log.Error("an export broke off", "path", r.Request.URL.Path, "error", err.Error())
				panic(http.ErrAbortHandler)
			}
		}
	})
}
