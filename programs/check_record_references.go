package programs

import (
	"fmt"
	"slices"
)

// recordReferences checks what a kind is one per, and who must hand one in.
func (c *checker) recordReferences(path string, k *RecordKind) {
	allowed := slices.Clone(recordOnePer)
	for _, f := range k.Fields {
		if slices.Contains(subjectTypes, f.Type) {
			allowed = append(allowed, f.Name)
		}
	}
	c.oneOf(path+".one_per", k.OnePer, allowed)
	if f := k.Subject(); f != nil && !f.Required {
		c.at(path+".one_per", fmt.Sprintf("The field %s can be left out, so that nothing tells the records apart.", f.Name), "Give it required: true.")
	}
	n := k.Needed
	if n == nil {
		return
	}
	path += ".needed"
	if f, known := k.Field(n.For); !known || f.Type != FieldLineItem || k.OnePer != n.For {
		c.at(path+".for", fmt.Sprintf("%q is not the field of type line_item that the kind is one per.", n.For), "Name the field that one_per names.")
	}
	if n.LeastParameter != "" {
		c.parameter(path+".least_parameter", n.LeastParameter, "cents")
	}
	c.oneOf(path+".basis", n.Basis, bases)
	if k.Deadline == nil {
		c.at(path, "What is needed is due on a day.", "Give the kind a deadline.")
	} else if _, own := k.Field(k.Deadline.After); own || slices.Contains(agreementDays, k.Deadline.After) {
		c.at(path, "What is needed is due on a day that is the same for all.", "Give the deadline at, or after with a date parameter.")
	}
	if k.Writer() != ByRecipient {
		c.at(path, "The office does not owe records.", "Leave needed out, or give by: recipient.")
	}
}

// fieldPrefill: a field can be filled from what has its own type.
func (c *checker) fieldPrefill(at string, f *RecordField, column bool) {
	if f.Prefill == "" {
		return
	}
	if column {
		c.at(at+".prefill", "A column of rows is not filled in.", "Leave it out.")
		return
	}
	if f.Type == "text" && f.Summary() {
		return // recordSummaries
	}
	c.oneOf(at+".prefill", f.Prefill, recordPrefills[f.Type])
}
