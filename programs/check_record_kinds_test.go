package programs

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

func zoneText(t *testing.T) string {
	t.Helper()
	text, err := files.ReadFile("partnership-zone.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Each row changes the Partnership Zone definition in one place. The mark ¦ stands where
// the message must point.
func TestAMistakeInARecordKindHasItsPlace(t *testing.T) {
	t.Parallel()
	text := zoneText(t)
	for _, x := range []struct{ name, old, new, says string }{
		{"a field that is not there", "where: other.cohort == record.cohort", "where: other.cohort == record¦.cohrt", "undefined field 'cohrt'"},
		{"a column that is not there", "sum(record.sources.map(s, s.amount_cents))", "sum(record.sources.map(s, s¦.amount))", "undefined field 'amount'"},
		{"a total that is not there", "totals.clusters > 0", "totals¦.cluster > 0", "undefined field 'cluster'"},
		{"a text where a number is", "require: totals.clusters > 0", `require: totals.clusters ¦> "0"`, "no matching overload"},
		{"an unknown type", "type: organizations, of: district, required: true, min", "type: ¦organisations, of: district, required: true, min", "Did you mean organizations?"},
		{"an unknown kind of parent", "    parent: cluster\n    reference_prefix: PLAN", "    parent: ¦clusters\n    reference_prefix: PLAN", `There is no record kind "clusters". Did you mean cluster?`},
		{"not its child", "{name: clusters, of: cluster, within: children", "{name: clusters, of: zone, within: ¦children", "The parent of zone is not zone."},
		{"nothing to choose", "one_of: [national, in_state], means", "means", "Nothing can be chosen."},
		{"no moment", `at: "2009-09-11"`, `at: ¦"September 11"`, "is not a moment"},
		{"two rules for a deadline", `at: "2009-09-11"`, "at: \"2009-09-11\"\n      after: opens_on", "Exactly one rule says when the record is due."},
		{"nobody signs", "    effective: submission\n    amend: {by: writer}", "    effective: ¦last_signature\n    amend: {by: writer}", "Nobody signs"},
		{"an override of a save", "        field: schools\n        overridable: true", "        field: schools\n        at: save\n        overridable: ¦true", "Only an error that stops a submission can be overridden"},
		{"nothing to amend only", "amend: {by: none}", "amend: {by: none, until: \"2010-01-01\"}", "A record that is never amended has no rule for it."},
		{"a party with a condition", "title: State commissioner or superintendent, side: recipient", "title: State commissioner or superintendent, side: recipient, when: ¦'true'", "A party that always signs has no condition."},
		{"rows in rows", "{name: donor, type: text, required: true, max_length: 200, means: Who pledges.}", "{name: donor, type: ¦rows, required: true, means: Who pledges., fields: [{name: x, type: text, means: X.}]}", "Rows cannot hold rows."},
		{"the least above the most", `{name: cohort, type: integer, required: true, min: "1", max: "9"`, `{name: cohort, type: integer, required: true, min: "1", max: ¦"0"`, "0 is less than the least value 1."},
		{"one code twice", "  - code: zone\n", "  - code: ¦state_commitments\n", `"state_commitments" stands here twice.`},
	} {
		if !strings.Contains(text, x.old) {
			t.Errorf("%s: the definition has no %q", x.name, x.old)
			continue
		}
		changed := strings.Replace(text, x.old, x.new, 1)
		line, column := 0, 0
		if i := strings.Index(changed, "¦"); i >= 0 {
			line, column = strings.Count(changed[:i], "\n")+1, len([]rune(changed[strings.LastIndex(changed[:i], "\n")+1:i]))+1
			changed = strings.Replace(changed, "¦", "", 1)
		}
		_, err := Parse("x.yaml", []byte(changed))
		problems, _ := ProblemsOf(err)
		found := false
		for _, p := range problems {
			found = found || strings.Contains(p.String(), x.says) && (line == 0 || p.Line == line && p.Column == column)
		}
		if !found {
			t.Errorf("%s, at %d:%d: %v, want %q", x.name, line, column, err, x.says)
		}
	}
}

// What cannot be read as its type is reported with its place, all at once; what can be is
// the same after it was written.
func TestRecordDataIsTypedAndCanonical(t *testing.T) {
	t.Parallel()
	d, err := Parse("partnership-zone.yaml", []byte(zoneText(t)))
	if err != nil {
		t.Fatal(err)
	}
	k, _ := d.Record("performance_agreement")
	read := func(text string) (*RecordData, []string) {
		raw := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(text), &raw); err != nil {
			t.Fatal(err)
		}
		data, wrong := k.Read(raw)
		var places []string
		for _, w := range wrong {
			places = append(places, w.Pointer+" "+w.Code)
		}
		return data, places
	}
	data, wrong := read(`{"targets": [{"measure": "Reading", "baseline": 24.5, "goal": "40", "due_on": "2013-06-30"}], "lead_partner": " ", "authority_staffing": false}`)
	if got := data.JSON(); wrong != nil || got != `{"authority_staffing":false,"targets":[{"baseline":"24.50","due_on":"2013-06-30","goal":"40.00","measure":"Reading"}]}` {
		t.Errorf("%v %s", wrong, got)
	}
	if again, err := k.ReadText(data.JSON()); err != nil || again.JSON() != data.JSON() || len(again.Changed(data)) != 0 {
		t.Errorf("written and read: %v", err)
	}
	_, wrong = read(`{"targets": [{"measure": 7, "baseline": "1.234", "goal": 1, "due_on": "2013-02-30"}, {}], "lead_partner": "a\u0000b", "authority_staffing": "yes", "authority": true}`)
	want := "/fields/authority_staffing record.boolean,/fields/lead_partner text,/fields/targets/0/baseline record.number,/fields/targets/0/due_on record.date," +
		"/fields/targets/0/measure record.text,/fields/authority record.unknown_field"
	for _, place := range strings.Split(want, ",") {
		if !strings.Contains(strings.Join(wrong, ","), place) {
			t.Errorf("%s is missing in %v", place, wrong)
		}
	}
	if n := strings.Count(strings.Join(wrong, ","), "/fields/targets/1/"); n != 4 {
		t.Errorf("an empty row lacks 4 columns, not %d: %v", n, wrong)
	}
}

// A list with a hundred thousand entries is one mistake, found at once: not a comparison of
// each with all others, and not a finding for each.
func TestALongListIsOneMistake(t *testing.T) {
	t.Parallel()
	s, err := Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	zone, ok := s.Program("partnership-zone")
	if !ok {
		t.Fatal("there is no such program")
	}
	words := make([]string, 100_000)
	for i := range words {
		words[i] = strconv.Itoa(100_000 + i)
	}
	list, err := json.Marshal(words)
	if err != nil {
		t.Fatal(err)
	}
	rows := "[" + strings.TrimSuffix(strings.Repeat("{},", 300_000), ",") + "]"
	tried := 0
	for i := range zone.Records {
		k := &zone.Records[i]
		for _, f := range k.Fields {
			text := string(list)
			switch f.Type {
			case "rows":
				text = rows
			case "list", "organizations":
			default:
				continue
			}
			tried++
			_, wrong := k.Read(map[string]json.RawMessage{f.Name: json.RawMessage(text)})
			if len(wrong) != 1 || wrong[0].Code != "max" {
				t.Errorf("%s: %d mistakes", f.Name, len(wrong))
			}
		}
	}
	if tried < 5 {
		t.Errorf("%d lists were tried", tried)
	}
}
