package programs

import (
	"regexp"
	"strings"

	"cel.dev/cel-go/cel"
)

var (
	unknownField = regexp.MustCompile(`^undefined field '([^']*)'`)
	unknownName  = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	wrongTypes   = regexp.MustCompile(`^found no matching overload for '([^']*)'`)
	owner        = regexp.MustCompile(`([a-zA-Z_]\w*)\s*\.?\s*$`)
)

// fromIssues says what CEL found in words that help whoever wrote the condition.
func fromIssues(env *cel.Env, text string, issues *cel.Issues) []mistake {
	var out []mistake
	for _, e := range issues.Errors() {
		says, _, _ := strings.Cut(e.Message, "\n")
		says = strings.TrimSpace(says)
		m := mistake{offset: offsetOf(text, e.Location.Line(), e.Location.Column())}
		switch {
		case strings.HasPrefix(says, "Syntax error") && strings.Contains(says, "'<EOF>' expecting"):
			m.fix = "The condition ends too early: something is missing at its end."
		case unknownField.MatchString(says):
			m.fix = suggest(unknownField.FindStringSubmatch(says)[1], fieldsBefore(env, text, m.offset))
		case unknownName.MatchString(says):
			m.fix = "Known are: " + strings.Join(variablesOf(env), ", ") + `. Facts are unit.NAME, parameters params.NAME; a text stands in quotes, "red".`
			says, _, _ = strings.Cut(says, " (did you mean")
		case wrongTypes.MatchString(says):
			m.fix = "Both sides must be of one type: numbers, decimals as decimal(\"35.33\"), texts and dates in quotes."
		}
		if strings.HasPrefix(says, "Syntax error") { // the list of all tokens that might follow helps nobody
			says, _, _ = strings.Cut(says, " expecting ")
		}
		m.says = strings.TrimSuffix(says, ".") + "."
		out = append(out, m)
	}
	return out
}

// fieldsBefore are the fields of the variable that stands before a character: the facts of
// `unit`, the parameters of `params`.
func fieldsBefore(env *cel.Env, text string, offset int) []string {
	found := owner.FindStringSubmatch(string([]rune(text)[:min(offset, len([]rune(text)))]))
	if found == nil {
		return nil
	}
	for _, v := range env.Variables() {
		if v.Name() == found[1] {
			names, _ := env.CELTypeProvider().FindStructFieldNames(v.Type().TypeName())
			return names
		}
	}
	return nil
}

// variablesOf are the names that a condition may begin with.
func variablesOf(env *cel.Env) []string {
	var names []string
	for _, v := range env.Variables() {
		if !strings.ContainsAny(v.Name(), ".@") && v.Type().Kind() == cel.ObjectType("x").Kind() {
			names = append(names, v.Name())
		}
	}
	return names
}
