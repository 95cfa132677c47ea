package app

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/programs"
)

// programPages writes a page per program from its definition alone, and their list. The
// pages follow the struct of the definition, so that a new section needs nothing here.
func programPages() (map[string]string, error) {
	set, err := programs.Load(nil)
	if err != nil {
		return nil, err
	}
	pages := map[string]string{}
	list := generated + "# Programs\n\nEach page is made from the definition file. [program-definitions.md](../program-definitions.md) explains every key.\n\n" +
		"| program | title | kind | version | golden cases |\n| --- | --- | --- | --- | --- |\n"
	for _, d := range set.All() {
		files, err := programs.CaseFiles(programs.Embedded(), d.Code+".yaml")
		if err != nil {
			return nil, err
		}
		cases := 0
		for _, f := range files {
			cases += len(f.Cases)
		}
		pages["programs/"+d.Code+".md"] = programPage(d)
		list += fmt.Sprintf("| [%s](programs/%s.md) | %s | %s | %s | %d |\n", d.Code, d.Code, d.Title, words(d.Kind), d.Version, cases)
	}
	pages["programs.md"] = list
	return pages, nil
}

func programPage(d *programs.Definition) string {
	p := page{}
	fmt.Fprintf(&p, "%s# %s\n\n`%s`, version %s: %s of %s.\n", generated, d.Title, d.Code, d.Version, words(d.Kind), d.Administrator)
	if note := leadingComment(d.Source); note != "" {
		p.WriteString("\n" + note + "\n")
	}
	v := reflect.ValueOf(*d)
	var sections []int
	p.WriteString("\n")
	for i := range v.NumField() {
		key := keyOf(v.Type().Field(i))
		switch f := reflect.Indirect(v.Field(i)); {
		case key == "" || !f.IsValid() || f.IsZero() || slices.Contains([]string{"code", "version", "title", "kind", "administrator"}, key):
		case isScalar(f):
			fmt.Fprintf(&p, "- %s: %s\n", words(key), scalar(f))
		default:
			sections = append(sections, i)
		}
	}
	for _, i := range sections {
		key := keyOf(v.Type().Field(i))
		fmt.Fprintf(&p, "\n## %s\n\n", heading(key))
		switch x := v.Field(i).Interface().(type) {
		case []programs.Parameter:
			p.parameters(x)
		default:
			p.value(v.Field(i), 0)
		}
	}
	return strings.TrimRight(p.String(), "\n") + "\n"
}

// leadingComment is what the file says of itself at its top, after the first line.
func leadingComment(source string) string {
	var lines []string
	for _, line := range strings.Split(source, "\n") {
		if !strings.HasPrefix(line, "#") {
			break
		}
		lines = append(lines, strings.TrimSpace(strings.TrimPrefix(line, "#")))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// page is Markdown on the way.
type page struct{ strings.Builder }

func (p *page) parameters(list []programs.Parameter) {
	p.WriteString("| parameter | value | basis | means | source |\n| --- | --- | --- | --- | --- |\n")
	for _, x := range list {
		values := []string{}
		if x.Value != "" {
			values = append(values, parameterText(x.Type, x.Value))
		}
		for _, y := range x.ByYear {
			text := fmt.Sprintf("%d: %s", y.FiscalYear, parameterText(x.Type, y.Value))
			if y.Basis != "" {
				text += " (" + y.Basis + ")"
			}
			values = append(values, text)
		}
		fmt.Fprintf(p, "| %s | %s | %s | %s | %s |\n", x.Name, strings.Join(values, "<br>"), x.Basis, cell(x.Means), cell(x.Cite))
	}
}

// parameterText shows amounts and rates as people write them.
func parameterText(kind, text string) string {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return cell(text)
	}
	switch kind {
	case "cents":
		return models.Cents(n).String()
	case "basis_points":
		return models.BasisPoints(n).String()
	}
	return text
}

// value writes a list of plain rows as a table, everything else as nested bullets.
func (p *page) value(v reflect.Value, depth int) {
	v = reflect.Indirect(v)
	switch {
	case v.Kind() == reflect.Slice && depth == 0 && plainRows(v):
		p.table(v)
	case v.Kind() == reflect.Slice && depth == 0 && v.Len() > 0 && isNamed(reflect.Indirect(v.Index(0))):
		for i := range v.Len() {
			p.chapter(reflect.Indirect(v.Index(i)))
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			p.entry(reflect.Indirect(v.Index(i)), depth)
		}
	case v.Kind() == reflect.Struct:
		p.members(v, depth)
	case v.Kind() == reflect.Map:
		for _, k := range sortedMapKeys(v) {
			fmt.Fprintf(p, "%s- %s: %s\n", indent(depth), k, cell(scalar(v.MapIndex(k))))
		}
	default:
		p.WriteString(scalar(v) + "\n")
	}
}

func isNamed(v reflect.Value) bool {
	if v.Kind() != reflect.Struct {
		return false
	}
	name, _ := nameOf(v)
	return name != ""
}

func (p *page) entry(v reflect.Value, depth int) {
	if v.Kind() != reflect.Struct {
		p.WriteString(indent(depth) + "- " + scalar(v) + "\n")
		return
	}
	name, rest := nameOf(v)
	if name == "" && holdsRows(v) {
		short, said := shortMembers(v, nil)
		fmt.Fprintf(p, "%s- %s\n", indent(depth), strings.Join(short, ""))
		p.membersBut(v, depth+1, said)
		return
	}
	if name == "" {
		p.WriteString(indent(depth) + "- " + oneLine(v) + "\n")
		return
	}
	short, said := shortMembers(v, rest)
	fmt.Fprintf(p, "%s- %s\n", indent(depth), strings.Join(append([]string{name}, short...), " — "))
	p.membersBut(v, depth+1, append(rest, said...))
}

// chapter is an entry of a section that needs more than a row: a record kind, a measure.
func (p *page) chapter(v reflect.Value) {
	name, rest := nameOf(v)
	parts := strings.SplitN(name, ": ", 3)
	if len(parts) > 1 {
		fmt.Fprintf(p, "### %s (%s)\n\n", parts[1], strings.Trim(parts[0], "*"))
	} else {
		fmt.Fprintf(p, "### %s\n\n", strings.Trim(name, "*"))
	}
	if len(parts) > 2 {
		p.WriteString(parts[2] + "\n\n")
	}
	short, said := shortMembers(v, rest)
	if len(short) > 0 {
		p.WriteString(short[0] + "\n\n")
	}
	before := p.Len()
	p.membersBut(v, 0, append(rest, said...))
	if p.Len() > before {
		p.WriteString("\n")
	}
}

// holdsRows reports an entry with entries of its own.
func holdsRows(v reflect.Value) bool {
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Slice && f.Len() > 0 && !isScalar(f) {
			return true
		}
	}
	return false
}

// allShort reports a struct that shortMembers tells in full.
func allShort(v reflect.Value) bool {
	_, said := shortMembers(v, nil)
	used := 0
	for i := range v.NumField() {
		if f := reflect.Indirect(v.Field(i)); keyOf(v.Type().Field(i)) != "" && f.IsValid() && !f.IsZero() {
			used++
		}
	}
	return len(said) == used
}

// shortMembers are the plain members of an entry that fit into one line together.
func shortMembers(v reflect.Value, but []string) (line, said []string) {
	const fits = 100
	if v.Kind() != reflect.Struct {
		return nil, nil
	}
	var parts []string
	for i := range v.NumField() {
		key, f := keyOf(v.Type().Field(i)), reflect.Indirect(v.Field(i))
		if key == "" || !f.IsValid() || f.IsZero() || slices.Contains(but, key) || !isScalar(f) {
			continue
		}
		if text := scalar(f); len(text) <= fits {
			parts, said = append(parts, words(key)+": "+text), append(said, key)
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return []string{strings.Join(parts, "; ")}, said
}

func (p *page) members(v reflect.Value, depth int) { p.membersBut(v, depth, nil) }

func (p *page) membersBut(v reflect.Value, depth int, but []string) {
	for i := range v.NumField() {
		key, f := keyOf(v.Type().Field(i)), reflect.Indirect(v.Field(i))
		if key == "" || !f.IsValid() || f.IsZero() || slices.Contains(but, key) {
			continue
		}
		if isScalar(f) {
			fmt.Fprintf(p, "%s- %s: %s\n", indent(depth), words(key), scalar(f))
			continue
		}
		if short, _ := shortMembers(f, nil); isFlat(f) && len(short) > 0 && allShort(f) {
			fmt.Fprintf(p, "%s- %s: %s\n", indent(depth), words(key), short[0])
			continue
		}
		fmt.Fprintf(p, "%s- %s:\n", indent(depth), words(key))
		p.value(f, depth+1)
	}
}

// nameOf is how an entry of a list is called, and the keys that this already says.
func nameOf(v reflect.Value) (string, []string) {
	said := []string{}
	get := func(key string) string {
		for i := range v.NumField() {
			if keyOf(v.Type().Field(i)) == key && v.Field(i).Kind() == reflect.String && v.Field(i).String() != "" {
				said = append(said, key)
				return v.Field(i).String()
			}
		}
		return ""
	}
	var parts []string
	for _, keys := range [][]string{{"code", "name", "party", "line"}, {"title"}, {"says", "means"}} {
		for _, key := range keys {
			if text := get(key); text != "" {
				parts = append(parts, strings.TrimSpace(text))
				break
			}
		}
	}
	if len(parts) == 0 {
		return "", said
	}
	parts[0] = "**" + parts[0] + "**"
	return strings.Join(parts, ": "), said
}

// oneLine is an entry without a name: from 20, below 30, weight 1.25.
func oneLine(v reflect.Value) string {
	var parts []string
	for i := range v.NumField() {
		key, f := keyOf(v.Type().Field(i)), reflect.Indirect(v.Field(i))
		switch {
		case key == "" || !f.IsValid() || f.IsZero():
		case isScalar(f):
			parts = append(parts, words(key)+" "+scalar(f))
		case f.Kind() == reflect.Struct:
			parts = append(parts, words(key)+" ("+oneLine(f)+")")
		default:
			for j := range f.Len() {
				parts = append(parts, words(key)+" ("+oneLine(reflect.Indirect(f.Index(j)))+")")
			}
		}
	}
	return strings.Join(parts, ", ")
}

// plainRows reports a list of structs that hold nothing but text, numbers and lists of them.
func plainRows(v reflect.Value) bool {
	if v.Len() == 0 || reflect.Indirect(v.Index(0)).Kind() != reflect.Struct {
		return false
	}
	t := reflect.Indirect(v.Index(0)).Type()
	for i := range t.NumField() {
		for j := range v.Len() {
			f := reflect.Indirect(reflect.Indirect(v.Index(j)).Field(i))
			if keyOf(t.Field(i)) != "" && f.IsValid() && !f.IsZero() && !isScalar(f) && !isFlat(f) {
				return false
			}
		}
	}
	return true
}

// isFlat reports a struct of plain values: it fits into a cell.
func isFlat(v reflect.Value) bool {
	if v.Kind() != reflect.Struct {
		return false
	}
	for i := range v.NumField() {
		if f := reflect.Indirect(v.Field(i)); keyOf(v.Type().Field(i)) != "" && f.IsValid() && !f.IsZero() && !isScalar(f) {
			return false
		}
	}
	return true
}

func (p *page) table(v reflect.Value) {
	t := reflect.Indirect(v.Index(0)).Type()
	var columns []int
	head, rule := "|", "|"
	for i := range t.NumField() {
		used := false
		for j := range v.Len() {
			f := reflect.Indirect(reflect.Indirect(v.Index(j)).Field(i))
			used = used || f.IsValid() && !f.IsZero()
		}
		if key := keyOf(t.Field(i)); key != "" && used {
			columns = append(columns, i)
			head, rule = head+" "+words(key)+" |", rule+" --- |"
		}
	}
	p.WriteString(head + "\n" + rule + "\n")
	for j := range v.Len() {
		p.WriteString("|")
		for _, i := range columns {
			text := ""
			if f := reflect.Indirect(reflect.Indirect(v.Index(j)).Field(i)); f.IsValid() && !f.IsZero() {
				text = cell(inCell(f))
			}
			p.WriteString(" " + text + " |")
		}
		p.WriteString("\n")
	}
}

func inCell(v reflect.Value) string {
	if isScalar(v) {
		return scalar(v)
	}
	return oneLine(v)
}

func isScalar(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Struct, reflect.Map:
		_, speaks := v.Interface().(fmt.Stringer)
		return speaks
	case reflect.Slice:
		return v.Len() == 0 || isScalar(reflect.Indirect(v.Index(0)))
	}
	return true
}

func scalar(v reflect.Value) string {
	v = reflect.Indirect(v)
	if v.Kind() == reflect.Slice {
		if v.Len() == 0 {
			return "none"
		}
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = scalar(v.Index(i))
		}
		return strings.Join(parts, ", ")
	}
	text := strings.Join(strings.Fields(fmt.Sprint(v.Interface())), " ")
	switch {
	case strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://"):
		return "<" + text + ">"
	case code.MatchString(text) || !strings.Contains(text, " ") && strings.ContainsAny(text, "&<>=|*_[]"):
		return "`" + text + "`"
	}
	return escape.Replace(text)
}

var (
	code   = regexp.MustCompile(`==|!=|&&|\|\||[<>]|\b(unit|params|record|line|gate|other|totals|recipient)\.[a-z]|\bhas\(`)
	escape = strings.NewReplacer("*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`)
)

func keyOf(f reflect.StructField) string {
	key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	if key == "-" || !f.IsExported() {
		return ""
	}
	return key
}

func sortedMapKeys(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return keys
}

func indent(depth int) string { return strings.Repeat("  ", depth) }

func words(key string) string { return strings.ReplaceAll(key, "_", " ") }

func heading(key string) string {
	w := words(key)
	return strings.ToUpper(w[:1]) + w[1:]
}

func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}
