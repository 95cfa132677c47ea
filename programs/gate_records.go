package programs

import (
	"fmt"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// PriorRecords makes known to a gate check, as `prior`, the records of a kind that lines of
// the grant year before needed. Only records in force count.
type PriorRecords struct {
	Kind   string       `yaml:"kind"` // a record kind with needed
	Counts []PriorCount `yaml:"counts"`
}

// PriorCount is a number of such records: prior.NAME in the check.
type PriorCount struct {
	Name  string `yaml:"name"`
	Where string `yaml:"where"` // CEL over `other` (the record) and params
	Means string `yaml:"means"`
}

// PriorView is `prior` of one gate check.
type PriorView struct {
	Known   bool  // the year before is over, asked for such records, and had lines in force
	Lines   int64 // in force at its end that needed a record
	Records int64 // of them, those with a record in force

	kind   string
	counts map[string]int64
}

// PriorOf counts the records in force that lines of the year before had.
func (d *Definition) PriorOf(check int, lines int64, found []*RecordData, params Params) (PriorView, error) {
	rule := d.Gate[check].Prior
	view := PriorView{Known: true, Lines: lines, Records: int64(len(found)), kind: d.Gate[check].Code, counts: map[string]int64{}}
	for i, c := range rule.Counts {
		for _, data := range found {
			counts, err := (&recordVars{record: data, other: data, params: &params}).holds(d.cel.prior[check][i])
			if err != nil {
				return view, fmt.Errorf("gate %s, %s: %w", d.Gate[check].Code, c.Name, err)
			}
			if counts {
				view.counts[c.Name]++
			}
		}
	}
	return view, nil
}

func priorType(code string) string { return "prior records of " + code }

// priorTypes teaches CEL what each gate check knows of the year before.
func (r *records) priorTypes(d *Definition) {
	for _, g := range d.Gate {
		if g.Prior == nil {
			continue
		}
		number := func(read func(*PriorView) int64) *types.FieldType {
			return &types.FieldType{Type: types.IntType, IsSet: func(any) bool { return true },
				GetFrom: func(target any) (any, error) { return types.Int(read(target.(*PriorView))), nil }}
		}
		rec := record{
			"known": {Type: types.BoolType, IsSet: func(any) bool { return true },
				GetFrom: func(target any) (any, error) { return types.Bool(target.(*PriorView).Known), nil }},
			"lines":   number(func(v *PriorView) int64 { return v.Lines }),
			"records": number(func(v *PriorView) int64 { return v.Records }),
		}
		for _, c := range g.Prior.Counts {
			rec[c.Name] = number(func(v *PriorView) int64 { return v.counts[c.Name] })
		}
		r.byName[priorType(g.Code)] = rec
	}
}

// gateScope is the environment of a gate check: gate, params and, when it looks at the year
// before, prior.
func (c *checker) gateScope(path string, g GateCheck) *cel.Env {
	if g.Prior == nil {
		return c.scope.gate
	}
	env, err := c.scope.gate.Extend(cel.Variable("prior", cel.ObjectType(priorType(g.Code))))
	if err != nil {
		c.at(path, "The conditions cannot be prepared: "+err.Error()+".", "")
		return c.scope.gate
	}
	return env
}

// priorRecords checks what a gate check asks of the year before, and compiles its counts.
func (c *checker) priorRecords(path string, g GateCheck) (counts []cel.Program) {
	if g.Prior == nil {
		return nil
	}
	path += ".prior"
	k, known := c.d.Record(g.Prior.Kind)
	if !known {
		c.recordKind(path+".kind", g.Prior.Kind)
		return nil
	}
	if k.Needed == nil {
		c.at(path+".kind", fmt.Sprintf("No line needs a %s.", k.Code), "Say with needed which lines do.")
	}
	env, err := c.scope.base.Extend(cel.Variable("other", cel.ObjectType(recordType(k.Code))))
	if err != nil {
		c.at(path, "The conditions cannot be prepared: "+err.Error()+".", "")
		return nil
	}
	seen := unique{"known": true, "lines": true, "records": true}
	for i, x := range g.Prior.Counts {
		at := fmt.Sprintf("%s.counts[%d]", path, i)
		c.named(at+".name", x.Name, seen)
		c.required(at+".means", x.Means)
		counts = append(counts, c.expression(at+".where", env, x.Where, cel.BoolType))
	}
	return counts
}
