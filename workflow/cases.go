package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
)

// RunCase applies a case of evaluate to a definition and says what is not as expected,
// one sentence each; nothing when the case passes.
func RunCase(def *programs.Definition, c programs.Case) []string {
	text, err := json.Marshal(c.Input)
	if err != nil {
		return []string{"the input cannot be written as JSON: " + err.Error()}
	}
	var out EvaluateOutput
	in, err := DecodeEvaluateInput(bytes.NewReader(text))
	if err == nil {
		out, err = Evaluate(def, in)
	}
	if wrong := refusedAs(c.Refused, err); wrong != nil || err != nil {
		return wrong
	}
	got, err := json.Marshal(out)
	if err != nil {
		return []string{err.Error()}
	}
	return Unlike(c.Expect, got)
}

// refusedAs compares an error with the codes that a case expects of it.
func refusedAs(codes []string, err error) []string {
	if len(codes) == 0 && err == nil {
		return nil
	}
	var e *models.Error
	switch {
	case err == nil:
		return []string{"it is accepted, and should be refused with " + strings.Join(codes, ", ")}
	case len(codes) == 0 || !errors.As(err, &e):
		return []string{"it is refused: " + explained(err)}
	}
	known := []string{e.Code}
	for _, f := range e.Fields {
		known = append(known, f.Code, f.Pointer)
	}
	var wrong []string
	for _, code := range codes {
		if !slices.Contains(known, code) {
			wrong = append(wrong, fmt.Sprintf("it is refused without %s: %s", code, explained(err)))
		}
	}
	return wrong
}

func explained(err error) string {
	text := err.Error()
	var e *models.Error
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			text += fmt.Sprintf(" [%s %s: %s]", f.Pointer, f.Code, f.Detail)
		}
	}
	return text
}

// Unlike compares JSON with what is expected of it: objects may hold more, lists are
// compared whole, numbers by their digits, null is the same as absent.
func Unlike(expect map[string]any, got []byte) []string {
	text, err := json.Marshal(expect)
	if err != nil {
		return []string{err.Error()}
	}
	var want, have any
	for _, x := range []struct {
		text []byte
		into *any
	}{{text, &want}, {got, &have}} {
		d := json.NewDecoder(bytes.NewReader(x.text))
		d.UseNumber()
		if err := d.Decode(x.into); err != nil {
			return []string{err.Error()}
		}
	}
	return unlike("", want, have)
}

func unlike(at string, want, have any) []string {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			return []string{fmt.Sprintf("%s is %s, and should be an object", at, shortened(jsonText(have)))}
		}
		var wrong []string
		for _, key := range slices.Sorted(maps.Keys(w)) {
			wrong = append(wrong, unlike(at+"/"+key, w[key], h[key])...)
		}
		return wrong
	case []any:
		h, _ := have.([]any)
		if len(h) != len(w) {
			return []string{fmt.Sprintf("%s has %d entries and should have %d: %s", at, len(h), len(w), shortened(jsonText(have)))}
		}
		var wrong []string
		for i := range w {
			wrong = append(wrong, unlike(fmt.Sprintf("%s/%d", at, i), w[i], h[i])...)
		}
		return wrong
	}
	if !reflect.DeepEqual(want, have) {
		return []string{fmt.Sprintf("%s is %s, and should be %s", at, jsonText(have), jsonText(want))}
	}
	return nil
}

// shortened keeps a message readable: the whole is in the output of evaluate.
func shortened(text string) string {
	const longest = 300
	if r := []rune(text); len(r) > longest {
		return string(r[:longest]) + " …"
	}
	return text
}
