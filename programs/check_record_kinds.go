package programs

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"earmark/models"
)

// The words of record kinds.
var (
	recordWriters    = []string{ByRecipient, ByOffice}
	recordEffects    = []string{EffectiveSubmission, EffectiveLastSignature, EffectiveDecision}
	recordAmendments = []string{AmendNone, AmendWriter, AmendAllParties}
	recordLate       = []string{LateRefuse, LateMark}
	recordStops      = []string{StopsSave, StopsSubmit, StopsInForce}
	recordOnePer     = []string{"", "organization", "parent", typeAgreement}
	recordWithin     = []string{"grant_year", "organization", "children", "siblings", typeAgreement}
	signatureSides   = []string{ByRecipient, ByOffice, "other"}

	extensionForm = regexp.MustCompile(`^[a-z0-9]+$`)
)

func (c *checker) recordKinds() {
	c.d.cel.records = map[string]*recordRules{}
	seen, prefixes := unique{}, unique{}
	for i := range c.d.Records {
		k := &c.d.Records[i]
		path := fmt.Sprintf("records[%d]", i)
		c.form(path+".code", k.Code, nameForm, "Use lower case letters, digits and underscores, such as performance_agreement.")
		seen.check(c, path+".code", k.Code)
		c.form(path+".reference_prefix", k.ReferencePrefix, prefixForm, "Use capital letters and digits, such as MOU.")
		prefixes.check(c, path+".reference_prefix", k.ReferencePrefix)
		c.recordHead(path, k)
		c.recordAgreement(path, k)
		c.recordSummaries(path, k)
		c.recordFields(path+".fields", k.Fields, false)
		c.recordParts(path, k)
		c.recordDeadline(path+".deadline", k)
		c.recordAmend(path+".amend", k)
		c.recordConditions(path, k)
	}
}

func (c *checker) recordHead(path string, k *RecordKind) {
	c.required(path+".title", k.Title)
	c.oneOf(path+".of", string(k.Of), unitKinds)
	c.oneOf(path+".by", k.Writer(), recordWriters)
	c.recordReferences(path, k)
	c.oneOf(path+".effective", k.TakesForce(), recordEffects)
	if k.Parent != "" {
		c.recordKind(path+".parent", k.Parent)
	}
	if k.OnePer == "parent" && k.Parent == "" {
		c.at(path+".one_per", "The kind has no parent.", "Name the parent, or give one_per: organization.")
	}
	if k.Approval != nil {
		c.chain(path+".approval", *k.Approval, reviewerRoles, k.Of)
		if k.TakesForce() == EffectiveSubmission {
			c.at(path+".effective", "A record that is approved does not take force with its submission.", "Give effective: decision, or last_signature.")
		}
		if len(k.Approval.Steps) == 0 {
			c.at(path+".approval", "The chain has no steps.", "Leave approval out, or name the steps.")
		}
	}
	if k.TakesForce() == EffectiveLastSignature && len(k.Signatures) == 0 {
		c.at(path+".effective", "Nobody signs, so no signature can be the last.", "List the signatures, or give effective: submission or decision.")
	}
}

func (c *checker) recordKind(path, code string) {
	if _, known := c.d.Record(code); known {
		return
	}
	var codes []string
	for _, k := range c.d.Records {
		codes = append(codes, k.Code)
	}
	c.at(path, fmt.Sprintf("There is no record kind %q.", code), suggest(code, codes))
}

func (c *checker) recordFields(path string, fields []RecordField, column bool) {
	seen := unique{}
	for i := range fields {
		f := &fields[i]
		at := fmt.Sprintf("%s[%d]", path, i)
		c.named(at+".name", f.Name, seen)
		c.required(at+".means", f.Means)
		if !c.oneOf(at+".type", f.Type, sortedKeys(recordFieldTypes)) {
			continue
		}
		choice, rows := f.Type == "choice", f.Type == "rows"
		organization := f.Type == "organization" || f.Type == "organizations"
		switch {
		case rows && column:
			c.at(at+".type", "Rows cannot hold rows.", "Use a record kind of its own with this one as parent.")
		case rows && len(f.Fields) == 0:
			c.at(at+".fields", "The rows have no columns.", "List them as fields.")
		case !rows && len(f.Fields) > 0:
			c.at(at+".fields", "Only rows have columns.", "Give type: rows.")
		case rows:
			c.recordFields(at+".fields", f.Fields, true)
		}
		if choice && len(f.OneOf) == 0 {
			c.at(at+".one_of", "Nothing can be chosen.", "List the values.")
		}
		if !choice && f.Type != "list" && len(f.OneOf) > 0 {
			c.at(at+".one_of", "Only a choice or a list can be one of some words.", "")
		}
		if organization {
			c.oneOf(at+".of", string(f.Of), unitKinds)
		} else if f.Of != "" {
			c.at(at+".of", "Only organizations are of a kind.", "")
		}
		if f.OtherNeeds != "" {
			if g, known := fieldNamed(fields, f.OtherNeeds); !choice || !known || g.Type != "text" {
				c.at(at+".other_needs", fmt.Sprintf("%q is not a text field beside this choice.", f.OtherNeeds), "")
			}
		}
		if f.MaxLength < 0 || f.MaxLength > 0 && f.Type != "text" && !choice {
			c.at(at+".max_length", "Only a text has a length.", "")
		}
		c.fieldLimits(at, f)
		c.fieldPrefill(at, f, column)
	}
}

// fieldLimits: a limit must be of the field's type and leave something possible.
func (c *checker) fieldLimits(at string, f *RecordField) {
	for key, text := range map[string]string{"min": f.Min, "max": f.Max} {
		if text == "" {
			continue
		}
		switch f.Type {
		case "date":
			c.date(at+"."+key, text)
		case "integer", "cents", "decimal", "list", "organizations", FieldTargets, "rows":
			if _, ok := f.limit(text); !ok {
				c.at(at+"."+key, fmt.Sprintf("%q is not a number of this field.", text), "")
			}
		default:
			c.at(at+"."+key, fmt.Sprintf("%q limits nothing here.", text), "Only numbers, dates and lists have limits.")
		}
	}
	low, least := f.limit(f.Min)
	high, most := f.limit(f.Max)
	if f.Type == "date" && f.Min != "" && f.Max != "" && f.Min > f.Max || f.Type != "date" && least && most && low > high {
		c.at(at+".max", fmt.Sprintf("%s is less than the least value %s.", f.Max, f.Min), "")
	}
}

// recordParts checks checklist, exhibits, attachments and signatures.
func (c *checker) recordParts(path string, k *RecordKind) {
	seen := unique{}
	for i, x := range k.Checklist {
		at := fmt.Sprintf("%s.checklist[%d]", path, i)
		c.named(at+".code", x.Code, seen)
		c.required(at+".says", x.Says)
	}
	seen = unique{}
	for i, x := range k.Exhibits {
		at := fmt.Sprintf("%s.exhibits[%d]", path, i)
		c.named(at+".code", x.Code, seen)
		c.required(at+".title", x.Title)
		elements := unique{}
		for j, e := range x.Elements {
			here := fmt.Sprintf("%s.elements[%d]", at, j)
			c.named(here+".code", e.Code, elements)
			c.required(here+".title", e.Title)
		}
	}
	if k.Attachments != nil {
		for i, x := range k.Attachments.Extensions {
			c.form(fmt.Sprintf("%s.attachments.extensions[%d]", path, i), x, extensionForm, "Write it in lower case without the dot, such as docx.")
		}
	}
	seen = unique{}
	for i, x := range k.Signatures {
		at := fmt.Sprintf("%s.signatures[%d]", path, i)
		c.named(at+".party", x.Party, seen)
		c.required(at+".title", x.Title)
		c.oneOf(at+".side", x.Side, signatureSides)
		if x.When != "" && !x.IfApplicable {
			c.at(at+".when", "A party that always signs has no condition.", "Give if_applicable: true.")
		}
	}
}

func (c *checker) recordDeadline(path string, k *RecordKind) {
	d := k.Deadline
	if d == nil {
		return
	}
	c.oneOf(path+".late", d.Late, recordLate)
	for i, n := range d.Remind {
		if n < 0 {
			c.at(fmt.Sprintf("%s.remind[%d]", path, i), "A notice goes out before the day: give a positive number of days.", "")
		}
	}
	c.oneOf(path+".basis", d.Basis, bases)
	if (d.At == "") == (d.After == "") {
		c.at(path, "Exactly one rule says when the record is due.", "Give at, or after and days.")
		return
	}
	if d.At != "" {
		if _, err := d.moment(); err != nil {
			c.at(path+".at", fmt.Sprintf("%q is not a moment.", d.At), "Write YYYY-MM-DD HH:MM:SS, or YYYY-MM-DD for the end of a day.")
		}
		if d.Days != 0 {
			c.at(path+".days", "Days count from a day.", "Give after, or leave days out.")
		}
		if d.Months != 0 {
			c.at(path+".months", "Months count from a day.", "Give after, or leave months out.")
		}
		return
	}
	if d.Months < 0 {
		c.at(path+".months", "A number of months cannot be negative.", "")
	}
	if d.Days < 0 {
		c.at(path+".days", "A number of days cannot be negative.", "")
	}
	if d.DaysParameter != "" {
		c.parameter(path+".days_parameter", d.DaysParameter, "integer")
		if d.Days != 0 {
			c.at(path+".days", "Two keys say how many days.", "Give days or days_parameter.")
		}
	}
	var known []string
	for _, f := range k.Fields {
		if f.Type == "date" {
			known = append(known, f.Name)
		}
	}
	for _, p := range c.d.Parameters {
		if p.Type == "date" {
			known = append(known, p.Name)
		}
	}
	if k.Agreement != nil {
		for _, day := range agreementDays {
			known = append(known, typeAgreement+"."+day)
		}
	}
	if !slices.Contains(known, d.After) {
		c.at(path+".after", fmt.Sprintf("There is no date field, day of the agreement or date parameter %q.", d.After), suggest(d.After, known))
	}
}

func (c *checker) recordAmend(path string, k *RecordKind) {
	c.oneOf(path+".by", k.AmendedBy(), recordAmendments)
	if k.AmendedBy() == AmendAllParties && len(k.Signatures) == 0 {
		c.at(path+".by", "Nobody signs this record.", "List the signatures, or give by: writer.")
	}
	if k.Amend.Until != "" {
		c.date(path+".until", k.Amend.Until)
	}
	if k.AmendedBy() == AmendNone && (k.Amend.Until != "" || len(k.Amend.Only) > 0) {
		c.at(path+".by", "A record that is never amended has no rule for it.", "Give by: writer or by: all_parties.")
	}
	var parts []string
	for _, f := range k.Fields {
		parts = append(parts, f.Name)
	}
	for _, x := range k.Exhibits {
		parts = append(parts, x.Code)
	}
	for i, name := range k.Amend.Only {
		c.oneOf(fmt.Sprintf("%s.only[%d]", path, i), name, parts)
	}
}

// recordConditions compiles the checks, totals and conditions of signatures.
func (c *checker) recordConditions(path string, k *RecordKind) {
	rules := &recordRules{}
	c.d.cel.records[k.Code] = rules
	s, err := newRecordScope(c.scope.base, c.d, k)
	if err != nil {
		c.at(path, "The conditions cannot be prepared: "+err.Error()+".", "")
		return
	}
	seen := unique{}
	for i, t := range k.Totals {
		at := fmt.Sprintf("%s.totals[%d]", path, i)
		c.named(at+".name", t.Name, seen)
		c.required(at+".means", t.Means)
		c.recordKind(at+".of", t.Of)
		c.totalWithin(at, k, t)
		var p recordTotal
		if env := s.where[t.Of]; env != nil && t.Where != "" {
			p.where = c.expression(at+".where", env, t.Where, cel.BoolType)
		}
		if env := s.value[t.Of]; env != nil && t.Value != "" {
			p.value = c.expression(at+".value", env, t.Value, cel.IntType)
		}
		rules.totals = append(rules.totals, p)
	}
	seen = unique{}
	for i, x := range k.Figures {
		at := fmt.Sprintf("%s.figures[%d]", path, i)
		c.named(at+".name", x.Name, seen)
		c.required(at+".means", x.Means)
		rules.figures = append(rules.figures, c.expression(at+".value", s.checks, x.Value, cel.IntType))
	}
	seen = unique{}
	for i, x := range k.Checks {
		at := fmt.Sprintf("%s.checks[%d]", path, i)
		c.named(at+".code", x.Code, seen)
		c.oneOf(at+".severity", x.Severity, severities)
		c.oneOf(at+".at", x.Stops(), recordStops)
		c.required(at+".says", x.Says)
		if x.Overridable && (x.Stops() == StopsSave || x.Severity == "warning") {
			c.at(at+".overridable", "Only an error that stops a submission can be overridden: there must be a record to override.", "Give at: submit and severity: error, or leave overridable out.")
		}
		if x.Field != "" {
			c.oneOf(at+".field", x.Field, fieldNames(k.Fields))
		}
		var r recordCheck
		if x.When != "" {
			r.when = c.expression(at+".when", s.checks, x.When, cel.BoolType)
		}
		r.require = c.expression(at+".require", s.checks, x.Require, cel.BoolType)
		r.reads = readsOf(s.checks, x.When, x.Require)
		rules.checks = append(rules.checks, r)
	}
	for i, x := range k.Signatures {
		var p cel.Program
		if x.When != "" {
			p = c.expression(fmt.Sprintf("%s.signatures[%d].when", path, i), s.parties, x.When, cel.BoolType)
		}
		rules.parties = append(rules.parties, p)
	}
}

func (c *checker) totalWithin(at string, k *RecordKind, t RecordTotal) {
	if !c.oneOf(at+".within", t.Within, recordWithin) {
		return
	}
	other, known := c.d.Record(t.Of)
	switch {
	case !known:
	case t.Within == "children" && other.Parent != k.Code:
		c.at(at+".within", fmt.Sprintf("The parent of %s is not %s.", t.Of, k.Code), "")
	case t.Within == "siblings" && (k.Parent == "" || other.Parent != k.Parent):
		c.at(at+".within", fmt.Sprintf("%s and %s do not have the same parent.", t.Of, k.Code), "")
	case t.Within == "organization" && other.Of != k.Of:
		c.at(at+".within", fmt.Sprintf("%s belongs to another kind of organization.", t.Of), "")
	case t.Within == typeAgreement && (k.Agreement == nil || other.Agreement == nil):
		c.at(at+".within", fmt.Sprintf("%s and %s do not both belong to an agreement.", t.Of, k.Code), "Give agreement: {} to both.")
	}
}

func fieldNames(fields []RecordField) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// moment is the explicit deadline without its time zone.
func (d *RecordDeadline) moment() (time.Time, error) {
	if len(d.At) == len("2006-01-02") {
		return time.Parse(momentForm, d.At+" 23:59:59")
	}
	return time.Parse(momentForm, d.At)
}

// Due is the last second in which a record is in time, and its day; zero and "" while it
// is not known. zone is the program's.
func (d *RecordDeadline) Due(data *RecordData, agreement *AgreementView, params Params, zone *time.Location) (at time.Time, on models.Date) {
	if d == nil {
		return time.Time{}, ""
	}
	var clock time.Time
	if d.At != "" {
		var err error
		if clock, err = d.moment(); err != nil {
			return time.Time{}, ""
		}
	} else {
		from := models.Date(data.Text(d.After))
		if day, ok := strings.CutPrefix(d.After, typeAgreement+"."); ok {
			from = agreement.Day(day)
		}
		if from == "" {
			from, _ = params.Date(d.After)
		}
		if from == "" {
			return time.Time{}, ""
		}
		days := int64(d.Days)
		if n, ok := params.Int(d.DaysParameter); ok {
			days = n
		}
		var err error
		if clock, err = time.Parse(momentForm, string(from.AddMonths(d.Months).AddDays(int(days)))+" 23:59:59"); err != nil {
			return time.Time{}, ""
		}
	}
	at = time.Date(clock.Year(), clock.Month(), clock.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, zone)
	return at, models.DateOf(at, zone)
}

// Zone is the program's time zone.
func (d *Definition) Zone() *time.Location {
	zone, err := time.LoadLocation(d.TimeZone)
	if err != nil { // the loader refused it
		return time.UTC
	}
	return zone
}
