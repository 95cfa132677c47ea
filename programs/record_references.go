package programs

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"earmark/models"
)

// Types of fields that refer to documents of the money and of the agreement.
const (
	FieldLineItem = "line_item" // number of a line in force of the same organization and grant year
	FieldTarget   = "target"    // code of a target of the organization's agreement
	FieldTargets  = "targets"   // several of them
)

// RecordLine is the line item that a record is about: `line` in the conditions of its kind,
// each field under its JSON name.
type RecordLine struct {
	ID              string       `json:"id,omitempty"`
	Number          int64        `json:"number"`
	Status          string       `json:"status,omitempty"` // in_force, removed
	Description     string       `json:"description"`
	UseCategory     string       `json:"use_category,omitempty"`
	FunctionCode    string       `json:"function_code,omitempty"`
	ApprovedCents   models.Cents `json:"approved_cents"`
	SpentCents      models.Cents `json:"spent_cents"`
	Metric          string       `json:"metric,omitempty"`
	DataSource      string       `json:"data_source,omitempty"`
	ImpactStatement string       `json:"impact_statement,omitempty"`
	PlanStrategy    string       `json:"plan_strategy,omitempty"`
	PlanActivity    string       `json:"plan_activity,omitempty"`
	TargetCount     int64        `json:"target_count"` // live ITBs and ETOs that it serves

	TargetCodes []string `json:"target_codes,omitempty"` // not in conditions
}

// RecordTarget is a target that a record names: one of `targets` in the conditions of its
// kind. Decimals are whole hundredths there.
type RecordTarget struct {
	ID        string            `json:"id,omitempty"`
	Code      string            `json:"code"`
	Kind      models.TargetKind `json:"kind"`
	Type      string            `json:"type"`
	Measure   string            `json:"measure"`
	Source    string            `json:"source"`
	Baseline  models.Hundredths `json:"baseline"`
	GoalValue models.Hundredths `json:"goal_value"`
	Unit      string            `json:"unit"`
	DueOn     models.Date       `json:"due_on,omitempty"`
	RetiredOn models.Date       `json:"retired_on,omitempty"`
}

const (
	typeRecordLine   = "line of a record"
	typeRecordTarget = "target of a record"
)

// Prefills are what a field can be filled from when a record begins, by type of field.
// A target is the first, by code, that the record names or its line serves.
var recordPrefills = map[string][]string{
	"text":      {"line.description", "line.metric", "line.data_source", "line.impact_statement", "line.plan_strategy", "line.plan_activity", "target.measure", "target.source", "target.unit"},
	"cents":     {"line.approved_cents", "line.spent_cents"},
	"decimal":   {"target.baseline", "target.goal_value"},
	"date":      {"target.due_on"},
	FieldTarget: {"target.code"}, FieldTargets: {"line.targets"},
}

// Refer gives a record what its fields refer to, for its conditions.
func (d *RecordData) Refer(line *RecordLine, targets []RecordTarget) {
	d.line, d.targets = line, targets
}

// Line is the line item that the record is about; nil while none is given.
func (d *RecordData) Line() *RecordLine { return d.line }

// Targets are the targets that the record names.
func (d *RecordData) Targets() []RecordTarget { return d.targets }

// LinePlace is the number of a line in the fields of a record, CodePlace a target's code.
type (
	LinePlace struct {
		Pointer string
		Number  int64
	}
	CodePlace struct{ Pointer, Code string }
)

// References lists the lines and targets that the fields name, the record's own first.
func (d *RecordData) References() (lines []LinePlace, targets []CodePlace) {
	d.references("/fields", &lines, &targets)
	return lines, targets
}

func (d *RecordData) references(at string, lines *[]LinePlace, targets *[]CodePlace) {
	for _, f := range d.fields {
		here := at + "/" + f.Name
		switch v := d.values[f.Name].(type) {
		case int64:
			if f.Type == FieldLineItem {
				*lines = append(*lines, LinePlace{here, v})
			}
		case string:
			if f.Type == FieldTarget {
				*targets = append(*targets, CodePlace{here, v})
			}
		case []string:
			for i, code := range v {
				if f.Type == FieldTargets {
					*targets = append(*targets, CodePlace{fmt.Sprintf("%s/%d", here, i), code})
				}
			}
		}
	}
	for _, f := range d.fields { // rows after what the record itself names
		if rows, ok := d.values[f.Name].([]*RecordData); ok {
			for i, row := range rows {
				row.references(fmt.Sprintf("%s/%s/%d", at, f.Name, i), lines, targets)
			}
		}
	}
}

// Subject is the field that says which document there is one record for; nil when the kind
// is not one per field.
func (k *RecordKind) Subject() *RecordField {
	f, ok := k.Field(k.OnePer)
	if !ok || !slices.Contains(subjectTypes, f.Type) {
		return nil
	}
	return f
}

var subjectTypes = []string{FieldLineItem, FieldTarget}

// LineField is the field that names the line a record is about; nil when there is none.
func (k *RecordKind) LineField() *RecordField { return k.fieldOf(FieldLineItem) }

func (k *RecordKind) fieldOf(kinds ...string) *RecordField {
	i := slices.IndexFunc(k.Fields, func(f RecordField) bool { return slices.Contains(kinds, f.Type) })
	if i < 0 {
		return nil
	}
	return &k.Fields[i]
}

// Prefilled adds to the given values of a new record what its fields are filled from.
func (k *RecordKind) Prefilled(raw map[string]json.RawMessage, line *RecordLine, first *RecordTarget) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(raw)+len(k.Fields))
	for name, text := range raw {
		out[name] = text
	}
	for _, f := range k.Fields {
		if _, given := out[f.Name]; given || f.Prefill == "" || f.Summary() {
			continue
		}
		if v := prefill(f.Prefill, line, first); v != nil && !reflect.ValueOf(v).IsZero() {
			if text, err := json.Marshal(v); err == nil {
				out[f.Name] = text
			}
		}
	}
	return out
}

func prefill(from string, line *RecordLine, first *RecordTarget) any {
	of, name, _ := strings.Cut(from, ".")
	switch {
	case of == "line" && line == nil, of == "target" && first == nil:
		return nil
	case from == "line.targets":
		return line.TargetCodes
	case of == "line":
		return byJSONName(reflect.ValueOf(*line), name)
	case from == "target.baseline": // a baseline of 0 is one
		return first.Baseline.String()
	case from == "target.goal_value":
		return first.GoalValue.String()
	}
	return byJSONName(reflect.ValueOf(*first), name)
}

func byJSONName(v reflect.Value, name string) any {
	for i := range v.NumField() {
		if tag, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ","); tag == name {
			return v.Field(i).Interface()
		}
	}
	return nil
}

// referenceTypes teaches CEL the lines and targets that records refer to. A line that is
// not given is not one with nothing spent.
func (r *records) referenceTypes() {
	rec := record{}
	for name, f := range r.viewFields(reflect.TypeFor[RecordLine]()) {
		read := f.GetFrom
		rec[name] = &types.FieldType{Type: f.Type, IsSet: func(target any) bool { return target.(*RecordLine) != nil },
			GetFrom: func(target any) (any, error) {
				if target.(*RecordLine) == nil {
					return nil, errors.New("the line is not given")
				}
				return read(target)
			}}
	}
	r.byName[typeRecordLine] = rec
	r.byName[typeRecordTarget] = r.viewFields(reflect.TypeFor[RecordTarget]())
}

// viewFields are the plain fields of a view: numbers, texts, booleans.
func (r *records) viewFields(t reflect.Type) record {
	rec := record{}
	for name, f := range r.structFields(t) {
		name, _, _ = strings.Cut(name, ",")
		if f.Type.Kind() != types.ListKind {
			rec[name] = f
		}
	}
	return rec
}
