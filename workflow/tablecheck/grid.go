package tablecheck

import (
	"fmt"
	"strings"

	"earmark/models"
)

// grid is a table made ready to compute with.
type grid struct {
	*Table
	lines, columns inOrder
	cells          []Number // by line, then column
	at             []string // of columns
	parents        map[int]int
	better         map[int]cellValue // computed results of lines whose printed cell failed, by cell
}

func (g *grid) cell(line, column int) *Number { return &g.cells[line*len(g.columns.list)+column] }

// book is all tables and what is wrong with the form of the file.
type book struct {
	file   *File
	grids  []*grid
	byCode map[string]*grid
	wrong  []models.FieldError
	cells  int
	work   int // cells that the checks look at
}

func (b *book) broken(pointer, code, fix, detail string, args ...any) {
	if len(b.wrong) < 100 {
		b.wrong = append(b.wrong, models.FieldError{Pointer: pointer, Code: code, Detail: fmt.Sprintf(detail, args...), Fix: fix, Severity: "error"})
	}
}

func (b *book) tables() {
	if len(b.file.Tables) > maxTables || len(b.file.Checks) > maxChecks {
		b.broken("/tables", "too_many", "Split the file.", "A file has at most %d tables and %d checks.", maxTables, maxChecks)
		return
	}
	b.byCode = map[string]*grid{}
	for i := range b.file.Tables {
		t, at := &b.file.Tables[i], fmt.Sprintf("/tables/%d", i)
		if t.Code == "" || b.byCode[t.Code] != nil {
			b.broken(at+"/code", "duplicate", "Give each table a code of its own.", "The code %q is empty or there twice.", t.Code)
			continue
		}
		g := b.grid(at, t)
		b.byCode[t.Code] = g
		b.grids = append(b.grids, g)
	}
}

func (b *book) grid(at string, t *Table) *grid {
	g := &grid{Table: t, parents: map[int]int{}, better: map[int]cellValue{}}
	lines, columns := t.Lines, t.Columns
	if t.Like != "" {
		other := b.byCode[t.Like]
		if other == nil {
			b.broken(at+"/like", "unknown", "Give the code of a table above.", "There is no table %q above.", t.Like)
			return g
		}
		if len(columns) == 0 {
			columns = other.Columns
		}
		if len(lines) == 0 {
			lines = other.lines.list
		}
		t.Columns = columns
	}
	if len(lines) == 0 {
		for _, r := range t.Rows {
			lines = append(lines, r.Code)
		}
	}
	codes := make([]string, len(columns))
	for i, c := range columns {
		codes[i] = c.Code
		g.at = append(g.at, string(c.At))
	}
	g.lines, g.columns = ordered(lines), ordered(codes)
	b.unique(at+"/lines", lines)
	b.unique(at+"/columns", codes)
	if b.cells += len(lines) * len(columns); b.cells > maxCells {
		b.broken(at, "too_many", "Split the file.", "The tables have more than %d cells.", maxCells)
		return g
	}
	g.cells = make([]Number, len(lines)*len(columns))
	b.rows(at, g)
	return g
}

func (b *book) unique(at string, list []string) {
	seen := make(map[string]bool, len(list))
	for i, n := range list {
		if seen[n] || strings.TrimSpace(n) == "" {
			b.broken(fmt.Sprintf("%s/%d", at, i), "duplicate", "Name each row and column differently.", "The name %q is empty or there twice.", n)
		}
		seen[n] = true
	}
}

func (b *book) rows(at string, g *grid) {
	seen := make(map[string]bool, len(g.Rows))
	for i := range g.Rows {
		r := &g.Rows[i]
		line, known := g.lines.find(r.Code)
		place := fmt.Sprintf("%s/rows/%d", at, i)
		if !known {
			b.broken(place+"/code", "unknown_line", "Remove the row, or add its code to the lines of the form.", "The form of table %s has no line %q.", g.Code, r.Code)
			continue
		}
		if seen[r.Code] {
			b.broken(place+"/code", "duplicate", "Give each row a code of its own.", "The row %q is there twice.", r.Code)
		}
		seen[r.Code] = true
		if len(r.Cells) > len(g.columns.list) {
			b.broken(place+"/cells", "too_many", "Give one cell for each column.", "Row %s has %d cells for %d columns.", r.Code, len(r.Cells), len(g.columns.list))
			continue
		}
		for c, text := range r.Cells {
			*g.cell(line, c) = ParseNumber(string(text))
		}
		if r.Parent != "" {
			parent, known := g.lines.find(r.Parent)
			if !known || parent == line {
				b.broken(place+"/parent", "unknown", "Give the code of another row of this table.", "There is no row %q above %q.", r.Parent, r.Code)
				continue
			}
			g.parents[line] = parent
		}
	}
}

// spend counts what a check looks at, so that a small file cannot ask for endless work.
func (b *book) spend(at string, cells int) {
	if b.work += cells; b.work > maxWork && b.work-cells <= maxWork {
		b.broken(at, "too_much", "Make fewer checks of large tables at once.", "The checks look at more than %d cells.", maxWork)
	}
}

// choose resolves names and spans such as 1..8; none means all.
func (b *book) choose(at string, list []string, in inOrder) []int {
	var out []int
	if len(list) == 0 {
		for i := range in.list {
			out = append(out, i)
		}
	}
	for i, name := range list {
		if n, ok := in.find(name); ok {
			out = append(out, n)
			continue
		}
		first, last, span := strings.Cut(name, "..")
		if many, ok := in.span(first, last); span && ok {
			out = append(out, many...)
			continue
		}
		b.broken(fmt.Sprintf("%s/%d", at, i), "unknown", "Known: "+some(in.list)+".", "There is no %q.", name)
	}
	return out
}

// one resolves a single name.
func (b *book) one(at, name string, in inOrder) int {
	n, ok := in.find(name)
	if !ok {
		b.broken(at, "unknown", "Known: "+some(in.list)+".", "There is no %q.", name)
	}
	return n
}

func some(list []string) string {
	if len(list) > 12 {
		return strings.Join(list[:12], ", ") + " …"
	}
	return strings.Join(list, ", ")
}
