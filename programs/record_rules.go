package programs

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	celast "cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/interpreter"
	"earmark/models"
)

// recordRules are the conditions of one record kind, compiled, in the order of its lists.
type recordRules struct {
	checks  []recordCheck
	totals  []recordTotal
	figures []cel.Program
	parties []cel.Program // nil: no condition
}

type recordCheck struct {
	check
	reads []string // fields of the record that the condition looks at
}

type recordTotal struct{ where, value cel.Program }

// recordScope are the environments of one record kind's conditions.
type recordScope struct {
	checks  *cel.Env            // record, totals, params, agreement
	parties *cel.Env            // record, params; agreement where the kind belongs to one
	where   map[string]*cel.Env // by kind of the other record: other, record, params
	value   map[string]*cel.Env // other, params
}

func recordType(code string) string { return "record " + code }
func totalsType(code string) string { return "totals of " + code }

func newRecordScope(base *cel.Env, d *Definition, k *RecordKind) (recordScope, error) {
	object := func(name, kind string) cel.EnvOption { return cel.Variable(name, cel.ObjectType(kind)) }
	s := recordScope{where: map[string]*cel.Env{}, value: map[string]*cel.Env{}}
	var err error
	about := []cel.EnvOption{object("record", recordType(k.Code))}
	if k.LineField() != nil {
		about = append(about, object("line", typeRecordLine))
	}
	if k.fieldOf(FieldTarget, FieldTargets) != nil {
		about = append(about, cel.Variable("targets", cel.ListType(cel.ObjectType(typeRecordTarget))))
	}
	if s.parties, err = base.Extend(about...); err != nil {
		return s, err
	}
	if k.Agreement != nil {
		if s.parties, err = s.parties.Extend(object(typeAgreement, typeAgreement)); err != nil {
			return s, err
		}
	}
	if s.checks, err = s.parties.Extend(object("totals", totalsType(k.Code))); err != nil {
		return s, err
	}
	for _, t := range k.Totals {
		if _, known := d.Record(t.Of); !known || s.where[t.Of] != nil {
			continue
		}
		if s.where[t.Of], err = s.parties.Extend(object("other", recordType(t.Of))); err != nil {
			return s, err
		}
		if s.value[t.Of], err = base.Extend(object("other", recordType(t.Of))); err != nil {
			return s, err
		}
	}
	return s, nil
}

// recordTypes teaches CEL the record kinds: their fields, rows and totals.
func (r *records) recordTypes(d *Definition) {
	for i := range d.Records {
		k := &d.Records[i]
		r.objectType(recordType(k.Code), k.Fields)
		totals := record{}
		for _, t := range k.Totals {
			totals[t.Name] = &types.FieldType{Type: types.IntType, IsSet: func(any) bool { return true },
				GetFrom: func(target any) (any, error) { return types.Int(target.(*recordTotals).values[t.Name]), nil }}
		}
		r.byName[totalsType(k.Code)] = totals
	}
}

func (r *records) objectType(name string, fields []RecordField) {
	rec := record{}
	for _, f := range fields {
		if f.Type == "rows" {
			r.objectType(name+"."+f.Name, f.Fields)
		}
		rec[f.Name] = &types.FieldType{Type: recordCELType(name, f),
			IsSet:   func(target any) bool { return target.(*RecordData).values[f.Name] != nil },
			GetFrom: func(target any) (any, error) { return r.fieldValue(f, target.(*RecordData).values[f.Name]) }}
	}
	r.byName[name] = rec
}

// recordFieldTypes gives the CEL type of each type of field; decimals are whole hundredths.
var recordFieldTypes = map[string]*types.Type{
	"text": types.StringType, "date": types.StringType, "timestamp": types.StringType, "choice": types.StringType, "organization": types.StringType,
	"integer": types.IntType, "decimal": types.IntType, "cents": types.IntType, "boolean": types.BoolType,
	"list": types.NewListType(types.StringType), "organizations": types.NewListType(types.StringType), "rows": types.DynType,
	FieldLineItem: types.IntType, FieldTarget: types.StringType, FieldTargets: types.NewListType(types.StringType),
}

func recordCELType(name string, f RecordField) *types.Type {
	if f.Type == "rows" {
		return types.NewListType(types.NewObjectType(name + "." + f.Name))
	}
	if t := recordFieldTypes[f.Type]; t != nil {
		return t
	}
	return types.StringType
}

// fieldValue reads a field: what was not given is empty, but a number that was not given
// is not 0.
func (r *records) fieldValue(f RecordField, v any) (any, error) {
	switch x := v.(type) {
	case string:
		return types.String(x), nil
	case int64:
		return types.Int(x), nil
	case bool:
		return types.Bool(x), nil
	case []string:
		return types.NewStringList(r, x), nil
	case []*RecordData:
		return types.NewDynamicList(r, x), nil
	}
	switch f.Type {
	case "integer", "decimal", "cents", FieldLineItem:
		return nil, fmt.Errorf("%s is not given", f.Name)
	case "boolean":
		return types.False, nil
	case "list", "organizations", FieldTargets:
		return types.NewStringList(r, nil), nil
	case "rows":
		return types.NewDynamicList(r, []*RecordData{}), nil
	}
	return types.String(""), nil
}

// sum adds whole numbers: CEL itself has no sum.
func sum(v ref.Val) ref.Val {
	out := models.Cents(0)
	for it := v.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		n, ok := it.Next().(types.Int)
		if !ok {
			return types.NewErr("sum adds whole numbers only")
		}
		var err error
		if out, err = out.Add(models.Cents(n)); err != nil {
			return types.NewErr("%s", err)
		}
	}
	return types.Int(out)
}

// recordTotals are the totals of one record, by name.
type recordTotals struct {
	kind   string
	values map[string]int64
}

// recordVars are the variables of one evaluation.
type recordVars struct {
	record, other *RecordData
	totals        *recordTotals
	agreement     *AgreementView
	params        *Params
}

// ResolveName and Parent make recordVars an activation without a map.
func (v *recordVars) ResolveName(name string) (any, bool) {
	switch name {
	case "record":
		return v.record, true
	case "other":
		return v.other, true
	case "totals":
		return v.totals, true
	case typeAgreement:
		return v.agreement, true
	case "params":
		return v.params, true
	case "line":
		return v.record.line, true
	case "targets":
		return v.record.targets, true
	}
	return nil, false
}

// Parent is none.
func (v *recordVars) Parent() interpreter.Activation { return nil }

func (v *recordVars) holds(p cel.Program) (bool, error) {
	out, _, err := p.Eval(v)
	if err != nil {
		return false, err
	}
	return bool(out.(types.Bool)), nil
}

// readsOf lists the fields of `record` that an expression looks at; "line_item" stands for
// the field that names the `line`.
func readsOf(env *cel.Env, expressions ...string) (fields []string) {
	for _, text := range expressions {
		tree, issues := env.Parse(text)
		if text == "" || issues.Err() != nil {
			continue
		}
		celast.PreOrderVisit(tree.NativeRep().Expr(), celast.NewExprVisitor(func(e celast.Expr) {
			if e.Kind() != celast.SelectKind || e.AsSelect().IsTestOnly() {
				return
			}
			of := e.AsSelect().Operand()
			if of.Kind() != celast.IdentKind {
				return
			}
			switch strings.TrimPrefix(of.AsIdent(), ".") {
			case "record":
				fields = append(fields, e.AsSelect().FieldName())
			case "line":
				fields = append(fields, FieldLineItem)
			}
		}))
	}
	return fields
}

// CheckRecord applies every check of a record and returns everything that is wrong, errors
// and warnings; Stops tells with each from when on it stops a step. A check that looks at
// a required field that is missing waits for it.
func (d *Definition) CheckRecord(k *RecordKind, data *RecordData, totals map[string]int64, agreement *AgreementView, params Params) []RecordFinding {
	var out []RecordFinding
	rules := d.cel.records[k.Code]
	v := &recordVars{record: data, totals: &recordTotals{k.Code, totals}, agreement: agreement.orNone(), params: &params}
	for i, c := range k.Checks {
		if slices.ContainsFunc(rules.checks[i].reads, func(name string) bool { return k.waits(name, data) }) {
			continue
		}
		ok, err := rules.checks[i].passes(v)
		if ok {
			continue
		}
		at := ""
		if c.Field != "" {
			at = "/fields/" + c.Field
		}
		out = append(out, RecordFinding{models.FieldError{Pointer: at, Code: "record." + c.Code, Detail: says(c.Says, err), Fix: c.Fix, Severity: c.Severity}, c.Cite, c.Stops(), c.Overridable})
	}
	return out
}

// waits reports whether what a check looks at is required and missing.
func (k *RecordKind) waits(name string, data *RecordData) bool {
	f, known := k.Field(name)
	if name == FieldLineItem && !known {
		f = k.LineField()
	}
	return f != nil && f.Required && data.values[f.Name] == nil
}

// RecordFinding is something wrong with a record.
type RecordFinding struct {
	models.FieldError
	Cite        string
	Stops       string // save, submit, in_force: from when on an error stops a step
	Overridable bool
}

func (c recordCheck) passes(v *recordVars) (bool, error) {
	if c.when != nil {
		applies, err := v.holds(c.when)
		if err != nil || !applies {
			return err == nil, err
		}
	}
	return v.holds(c.require)
}

// TotalOf adds up what the total of a kind makes of other records.
func (d *Definition) TotalOf(k *RecordKind, total int, data *RecordData, others []*RecordData, agreement *AgreementView, params Params) (int64, error) {
	p := d.cel.records[k.Code].totals[total]
	out := models.Cents(0)
	for _, other := range others {
		v := &recordVars{record: data, other: other, agreement: agreement.orNone(), params: &params}
		if p.where != nil {
			if counts, err := v.holds(p.where); err != nil || !counts {
				if err != nil {
					return 0, fmt.Errorf("total %s: %w", k.Totals[total].Name, err)
				}
				continue
			}
		}
		n := int64(1)
		if p.value != nil {
			value, _, err := p.value.Eval(v)
			if err != nil {
				return 0, fmt.Errorf("total %s: %w", k.Totals[total].Name, err)
			}
			n = int64(value.(types.Int))
		}
		var err error
		if out, err = out.Add(models.Cents(n)); err != nil {
			return 0, fmt.Errorf("total %s: %w", k.Totals[total].Name, err)
		}
	}
	return int64(out), nil
}

// RecordFigures works out the figures of a record. One that looks at a number which is not
// given is left out.
func (d *Definition) RecordFigures(k *RecordKind, data *RecordData, totals map[string]int64, agreement *AgreementView, params Params) map[string]int64 {
	out := make(map[string]int64, len(k.Figures))
	v := &recordVars{record: data, totals: &recordTotals{k.Code, totals}, agreement: agreement.orNone(), params: &params}
	for i, p := range d.cel.records[k.Code].figures {
		if value, _, err := p.Eval(v); err == nil {
			out[k.Figures[i].Name] = int64(value.(types.Int))
		}
	}
	return out
}

// PartyApplies reports whether a party's signature is needed by the record's own fields.
func (d *Definition) PartyApplies(k *RecordKind, party int, data *RecordData, agreement *AgreementView, params Params) bool {
	p := d.cel.records[k.Code].parties[party]
	if p == nil {
		return !k.Signatures[party].IfApplicable
	}
	applies, err := (&recordVars{record: data, agreement: agreement.orNone(), params: &params}).holds(p)
	return applies || err != nil // a condition that cannot be evaluated asks for the signature
}
