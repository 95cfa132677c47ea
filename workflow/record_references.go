package workflow

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// RecordLine and RecordTarget are what records refer to: those in front may not import programs.
type (
	RecordLine   = programs.RecordLine
	RecordTarget = programs.RecordTarget
)

// refer looks up the lines and targets that the fields of a record name, gives them to its
// conditions, and says what there is not. A line that was removed since stays known.
func (f *recordFile) refer(r store.Reading, data *programs.RecordData) (missing []models.FieldError, err error) {
	if !refers(f.content.Kind) {
		return nil, nil
	}
	places, codes := data.References()
	lines, err := f.linesNamed(r, places)
	if err != nil {
		return nil, err
	}
	targets, err := f.targetsNamed(r, codes, lines)
	if err != nil {
		return nil, err
	}
	missing = append(unknownLines(places, lines), unknownTargets(codes, targets)...)
	data.Refer(f.ownLine(data, lines), namedTargets(codes, targets))
	f.record.SubjectID = subjectOf(f.content.Kind, data, lines, targets)
	return missing, nil
}

// refers reports whether a kind has fields that name lines or targets, also in its rows.
func refers(k *programs.RecordKind) bool {
	var any func(fields []programs.RecordField) bool
	any = func(fields []programs.RecordField) bool {
		return slices.ContainsFunc(fields, func(f programs.RecordField) bool {
			return f.Type == programs.FieldLineItem || f.Type == programs.FieldTarget || f.Type == programs.FieldTargets || any(f.Fields)
		})
	}
	return any(k.Fields)
}

// linesNamed are the lines of the record's organization and grant year, by number.
func (f *recordFile) linesNamed(r store.Reading, places []programs.LinePlace) (map[int64]*programs.RecordLine, error) {
	out := map[int64]*programs.RecordLine{}
	if len(places) == 0 {
		return out, nil
	}
	numbers := make([]int64, len(places))
	for i, p := range places {
		numbers[i] = p.Number
	}
	found, err := store.All[models.LineItem](r, store.Eq{"grant_year_id": f.record.GrantYearID, "organization_id": f.record.OrganizationID,
		"number": numbers, "status": []models.State{StatusInForce, StatusRemoved}})
	if err != nil {
		return nil, err
	}
	for _, l := range found {
		if out[int64(l.Number)], err = recordLine(r, l); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// recordLine is a line as a record's conditions see it.
func recordLine(r store.Reading, l models.LineItem) (*programs.RecordLine, error) {
	v, err := store.Get[models.LineVersion](r, l.VersionID)
	if err != nil {
		return nil, err
	}
	line := &programs.RecordLine{ID: l.ID, Number: int64(l.Number), Status: string(l.Status), Description: l.Description, UseCategory: l.UseCategory,
		FunctionCode: l.FunctionCode, ApprovedCents: l.AmountCents, SpentCents: l.SpentCents, Metric: v.Metric, DataSource: v.DataSource,
		ImpactStatement: v.ImpactStatement, PlanStrategy: v.PlanStrategy, PlanActivity: v.PlanActivity}
	served, err := store.TargetsServed(r, l.VersionID)
	for _, t := range served {
		if t.RetiredOn.IsZero() {
			line.TargetCount++
			line.TargetCodes = append(line.TargetCodes, t.Code)
		}
	}
	return line, err
}

// targetsNamed are the targets of the organization's agreement that the record names, and
// those that its lines serve, by code.
func (f *recordFile) targetsNamed(r store.Reading, places []programs.CodePlace, lines map[int64]*programs.RecordLine) (map[string]programs.RecordTarget, error) {
	out := map[string]programs.RecordTarget{}
	var codes []string
	for _, p := range places {
		codes = append(codes, p.Code)
	}
	for _, l := range lines {
		codes = append(codes, l.TargetCodes...)
	}
	if len(codes) == 0 {
		return out, nil
	}
	agreement, err := latestAgreement(r, f.record.OrganizationID)
	if err != nil || agreement == nil {
		return out, err
	}
	found, err := store.All[models.Target](r, store.Eq{"agreement_id": agreement.ID, "code": codes})
	for _, t := range found {
		out[t.Code] = recordTarget(t)
	}
	return out, err
}

func recordTarget(t models.Target) programs.RecordTarget {
	return programs.RecordTarget{ID: t.ID, Code: t.Code, Kind: t.TargetKind, Type: t.TargetType, Measure: t.Measure, Source: t.Source,
		Baseline: t.Baseline, GoalValue: t.Goal, Unit: t.Unit, DueOn: t.DueOn, RetiredOn: t.RetiredOn}
}

func unknownLines(places []programs.LinePlace, lines map[int64]*programs.RecordLine) (wrong []models.FieldError) {
	for _, p := range places {
		if l := lines[p.Number]; l == nil || l.Status != string(StatusInForce) {
			wrong = append(wrong, models.FieldError{Pointer: p.Pointer, Code: "record.no_line", Severity: "error",
				Detail: fmt.Sprintf("The organization has no line %d in force in this grant year.", p.Number), Fix: "Give the number of a line in force."})
		}
	}
	return wrong
}

func unknownTargets(places []programs.CodePlace, targets map[string]programs.RecordTarget) (wrong []models.FieldError) {
	for _, p := range places {
		if _, known := targets[p.Code]; !known {
			wrong = append(wrong, models.FieldError{Pointer: p.Pointer, Code: "record.no_target", Severity: "error",
				Detail: fmt.Sprintf("The agreement of the organization has no target %q.", p.Code), Fix: "Give the code of one, such as ITB-1."})
		}
	}
	return wrong
}

// ownLine is the line that the record as a whole is about.
func (f *recordFile) ownLine(data *programs.RecordData, lines map[int64]*programs.RecordLine) *programs.RecordLine {
	field := f.content.Kind.LineField()
	if field == nil {
		return nil
	}
	number, given := data.Value(field.Name).(int64)
	if !given {
		return nil
	}
	return lines[number]
}

// namedTargets are the targets in the order in which the fields name them, each once.
func namedTargets(places []programs.CodePlace, targets map[string]programs.RecordTarget) (out []programs.RecordTarget) {
	for _, p := range places {
		if t, known := targets[p.Code]; known && !slices.ContainsFunc(out, func(x programs.RecordTarget) bool { return x.Code == t.Code }) {
			out = append(out, t)
		}
	}
	return out
}

// subjectOf is the document that there is one record for; "" while it is not named.
func subjectOf(k *programs.RecordKind, data *programs.RecordData, lines map[int64]*programs.RecordLine, targets map[string]programs.RecordTarget) string {
	field := k.Subject()
	if field == nil {
		return ""
	}
	switch v := data.Value(field.Name).(type) {
	case int64:
		if l := lines[v]; l != nil {
			return l.ID
		}
	case string:
		return targets[v].ID
	}
	return ""
}

// prefill adds to the fields of a new record what the kind fills from its line and from the
// first target, by code, that it names or that its line serves.
func (f *recordFile) prefill(r store.Reading, raw RecordFields) (RecordFields, error) {
	k := f.content.Kind
	if !slices.ContainsFunc(k.Fields, func(x programs.RecordField) bool { return x.Prefill != "" && !x.Summary() }) {
		return raw, nil
	}
	data, _ := k.Read(raw) // what is wrong with it is said when the fields are set
	places, codes := data.References()
	lines, err := f.linesNamed(r, places)
	if err != nil {
		return nil, err
	}
	targets, err := f.targetsNamed(r, codes, lines)
	if err != nil {
		return nil, err
	}
	line := f.ownLine(data, lines)
	var served []string
	for _, p := range codes {
		served = append(served, p.Code)
	}
	if len(served) == 0 && line != nil {
		served = slices.Sorted(slices.Values(line.TargetCodes))
	}
	var first *programs.RecordTarget
	for _, code := range served {
		if t, known := targets[code]; known {
			first = &t
			break
		}
	}
	return k.Prefilled(raw, line, first), nil
}

// aloneFor refuses a second living record for the same line or target.
func (f *recordFile) aloneFor(tx *store.Tx) error {
	k := f.content.Kind
	field := k.Subject()
	if field == nil || f.record.SubjectID == "" {
		return nil
	}
	found, err := store.All[models.Record](tx, store.Eq{"subject_id": f.record.SubjectID, "kind": k.Code, "grant_year_id": f.record.GrantYearID, "status": liveRecords})
	if err != nil {
		return err
	}
	for _, x := range found {
		if x.RootID != f.record.RootID {
			return models.Fail(models.Conflict, "record.exists", "There is a %s of this %s already (%s). Amend it, or withdraw it before you start another.", k.Title, strings.ReplaceAll(field.Type, "_", " "), x.Reference)
		}
	}
	return nil
}
