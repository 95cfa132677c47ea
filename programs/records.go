package programs

import (
	"cmp"
	"fmt"
	"reflect"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"earmark/models"
	"earmark/workflow/determine"
	"earmark/workflow/formula"
)

// records teaches CEL the typed things that conditions speak of: line, gate, cost, and,
// per definition, unit (its declared facts) and params (its parameters). A mistyped field
// is a compile error, never a missing map key at night.
type records struct {
	*types.Registry
	byName map[string]record
}

// record is one type: its fields and how to read them from a Go value.
type record map[string]*types.FieldType

// The names of the types, as error messages show them.
const (
	typeUnit      = "unit"
	typeRecipient = "recipient"
	typeParams    = "params"
	typeLine      = "line"
	typeGate      = "gate"
	typeCost      = "cost"
	typeAgreement = "agreement"
	typeGoal      = "goal"
	typeTarget    = "target"
)

func newRecords(d *Definition) (*records, error) {
	base, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	r := &records{Registry: base, byName: map[string]record{}}
	r.byName[typeCost] = r.structFields(reflect.TypeFor[CostView]())
	r.byName[typeLine] = r.structFields(reflect.TypeFor[LineView]())
	r.byName[typeGate] = r.structFields(reflect.TypeFor[GateView]())
	r.byName[typeAgreement] = r.structFields(reflect.TypeFor[AgreementView]())
	r.byName[typeGoal] = r.structFields(reflect.TypeFor[GoalView]())
	r.byName[typeTarget] = r.structFields(reflect.TypeFor[TargetView]())
	for _, kind := range unitKinds {
		r.byName[d.unitType(models.OrganizationKind(kind))] = r.factFields(d, models.OrganizationKind(kind))
	}
	r.byName[typeRecipient] = r.factFields(d, d.RecipientKind())
	r.byName[typeParams] = paramFields(d)
	r.referenceTypes()
	r.priorTypes(d)
	r.recordTypes(d)
	r.subjectFields(d)
	return r, nil
}

// FindStructType, FindStructFieldNames and FindStructFieldType answer CEL's type checker.
func (r *records) FindStructType(name string) (*types.Type, bool) {
	if _, ok := r.byName[name]; ok {
		return types.NewTypeTypeWithParam(types.NewObjectType(name)), true
	}
	return r.Registry.FindStructType(name)
}

// FindStructFieldNames lists the fields of a record.
func (r *records) FindStructFieldNames(name string) ([]string, bool) {
	if rec, ok := r.byName[name]; ok {
		return sortedKeys(rec), true
	}
	return r.Registry.FindStructFieldNames(name)
}

// FindStructFieldType finds one field of a record.
func (r *records) FindStructFieldType(name, field string) (*types.FieldType, bool) {
	if rec, ok := r.byName[name]; ok {
		f, ok := rec[field]
		return f, ok
	}
	return r.Registry.FindStructFieldType(name, field)
}

// NativeToValue wraps our Go values; everything else is CEL's own.
func (r *records) NativeToValue(v any) ref.Val {
	switch x := v.(type) {
	case *formula.Recipient:
		return object{types.NewObjectType(typeRecipient), v}
	case *RecordData:
		return object{types.NewObjectType(x.cel), v}
	case *recordTotals:
		return object{types.NewObjectType(totalsType(x.kind)), v}
	case *formula.Unit, *determine.Subject:
		return object{types.NewObjectType(typeUnit), v}
	case *Params:
		return object{types.NewObjectType(typeParams), v}
	case *LineView:
		return object{types.NewObjectType(typeLine), v}
	case *GateView:
		return object{types.NewObjectType(typeGate), v}
	case *PriorView:
		return object{types.NewObjectType(priorType(x.kind)), v}
	case *RecordLine:
		return object{types.NewObjectType(typeRecordLine), v}
	case []RecordTarget:
		return types.NewDynamicList(r, x)
	case RecordTarget:
		return object{types.NewObjectType(typeRecordTarget), v}
	case CostView:
		return object{types.NewObjectType(typeCost), v}
	case *AgreementView:
		return object{types.NewObjectType(typeAgreement), v}
	case *GoalView:
		return object{types.NewObjectType(typeGoal), v}
	case TargetView:
		return object{types.NewObjectType(typeTarget), v}
	}
	return r.Registry.NativeToValue(v)
}

// structFields reads a view by its JSON names.
func (r *records) structFields(t reflect.Type) record {
	rec := record{}
	for i := range t.NumField() {
		f := t.Field(i)
		rec[f.Tag.Get("json")] = &types.FieldType{Type: celType(f.Type), IsSet: func(any) bool { return true },
			GetFrom: func(target any) (any, error) {
				v := reflect.Indirect(reflect.ValueOf(target)).Field(i)
				switch v.Kind() {
				case reflect.Int64:
					return types.Int(v.Int()), nil
				case reflect.Bool:
					return types.Bool(v.Bool()), nil
				case reflect.String:
					return types.String(v.String()), nil
				}
				return types.NewDynamicList(r, v.Interface()), nil
			}}
	}
	return rec
}

func celType(t reflect.Type) *types.Type {
	switch t.Kind() {
	case reflect.Int64:
		return types.IntType
	case reflect.Bool:
		return types.BoolType
	case reflect.Slice:
		switch t.Elem() {
		case reflect.TypeFor[string]():
			return types.NewListType(types.StringType)
		case reflect.TypeFor[TargetView]():
			return types.NewListType(types.NewObjectType(typeTarget))
		}
		return types.NewListType(types.NewObjectType(typeCost))
	}
	return types.StringType
}

// factTypes gives the CEL type of each type of fact; decimals are whole hundredths.
var factTypes = map[string]*types.Type{
	"integer": types.IntType, "decimal": types.IntType, "cents": types.IntType, "boolean": types.BoolType,
	"text": types.StringType, "list": types.NewListType(types.StringType),
}

// factual is a unit, a recipient or the subject of a determination: something of which
// facts are known.
type factual interface {
	Fact(name string) *formula.Fact
}

// factFields makes a record of the facts that the definition declares of a kind, in one
// year and as a whole.
func (r *records) factFields(d *Definition, kind models.OrganizationKind) record {
	return r.fieldsOf(d, func(f *Fact) bool { return f.Of == kind && f.Per == "" && f.YearsInARow == nil })
}

func (r *records) fieldsOf(d *Definition, of func(*Fact) bool) record {
	rec := record{}
	for i := range d.Facts {
		f := &d.Facts[i]
		if factTypes[f.Type] == nil || !of(f) {
			continue
		}
		missing := &unknownFact{f.Name}
		rec[f.Name] = &types.FieldType{Type: factTypes[f.Type],
			IsSet: func(target any) bool { return target.(factual).Fact(f.Name) != nil },
			GetFrom: func(target any) (any, error) {
				x := target.(factual).Fact(f.Name)
				if x == nil {
					return nil, missing
				}
				switch f.Type {
				case "integer", "decimal", "cents":
					return types.Int(x.Number), nil
				case "boolean":
					return types.Bool(x.Number == 1), nil
				case "list":
					return types.NewStringList(r, x.List), nil
				}
				return types.String(x.Text), nil
			}}
	}
	return rec
}

// unknownFact is a fact that a condition needs and nobody has given.
type unknownFact struct{ name string }

func (u *unknownFact) Error() string { return fmt.Sprintf("the fact %s is not known", u.name) }

// subjectType names the type of `unit` in a determination over a kind of organization.
// With history, it has the facts that are worked out from the years before.
func subjectType(of models.OrganizationKind, per string, history bool) string {
	name := "facts_of_" + string(of)
	if per != "" {
		name += "_" + per
	}
	if !history {
		name += "_in_one_year"
	}
	return name
}

// subjectFields adds the types of `unit` in determinations.
func (r *records) subjectFields(d *Definition) {
	for _, of := range unitKinds {
		for _, per := range []string{"", determine.PerGroup} {
			for _, history := range []bool{false, true} {
				r.byName[subjectType(models.OrganizationKind(of), per, history)] = r.fieldsOf(d, func(f *Fact) bool {
					return string(f.Of) == of && (f.Per == "" || f.Per == per) && (history || f.YearsInARow == nil)
				})
			}
		}
	}
}

// UnitKind is the kind of organization that conditions over `unit` speak of.
func (d *Definition) UnitKind() models.OrganizationKind {
	return cmp.Or(d.Formula.Unit, models.KindSchool)
}

// RecipientKind is the kind of organization that is given money, or support. It may be the
// kind of the units: each is then its own only unit.
func (d *Definition) RecipientKind() models.OrganizationKind {
	return cmp.Or(d.Formula.Recipient, models.KindDistrict)
}

// unitType is the type of `unit` in conditions over organizations of a kind.
func (d *Definition) unitType(kind models.OrganizationKind) string {
	if kind == d.UnitKind() {
		return typeUnit
	}
	return typeUnit + " of kind " + string(kind)
}

func paramFields(d *Definition) record {
	rec := record{}
	for _, p := range d.Parameters {
		t := types.IntType
		switch p.Type {
		case "boolean":
			t = types.BoolType
		case "date", "text":
			t = types.StringType
		}
		rec[p.Name] = &types.FieldType{Type: t,
			IsSet: func(target any) bool { _, ok := target.(*Params).byName[p.Name]; return ok },
			GetFrom: func(target any) (any, error) {
				x, ok := target.(*Params).byName[p.Name]
				switch {
				case !ok:
					return nil, fmt.Errorf("the parameter %s has no value in %d", p.Name, target.(*Params).FiscalYear)
				case t == types.BoolType:
					return types.Bool(x.number == 1), nil
				case t == types.StringType:
					return types.String(x.Text), nil
				}
				return types.Int(x.number), nil
			}}
	}
	return rec
}

// object is a Go value inside CEL. Only its fields are of use to a condition.
type object struct {
	kind  *types.Type
	value any
}

func (o object) ConvertToNative(t reflect.Type) (any, error) {
	if reflect.TypeOf(o.value).AssignableTo(t) {
		return o.value, nil
	}
	return nil, fmt.Errorf("a %s is not a %s", o.kind, t)
}

func (o object) ConvertToType(t ref.Type) ref.Val {
	return types.NewErr("a %s is not a %s", o.kind, t.TypeName())
}
func (o object) Equal(other ref.Val) ref.Val {
	return types.Bool(reflect.DeepEqual(o.value, other.Value()))
}
func (o object) Type() ref.Type { return o.kind }
func (o object) Value() any     { return o.value }
