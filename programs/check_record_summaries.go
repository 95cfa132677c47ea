package programs

import (
	"fmt"
	"strings"
)

// agreementSummaries are the texts about an agreement that a record can begin with.
var agreementSummaries = []string{"agreement.targets", "agreement.money", "agreement.decision"}

// recordSummaries: texts about an agreement stand in records that belong to one.
func (c *checker) recordSummaries(at string, k *RecordKind) {
	for i, f := range k.Fields {
		if f.Type != "text" || !f.Summary() {
			continue
		}
		path := fmt.Sprintf("%s.fields[%d].prefill", at, i)
		kind, records := strings.CutPrefix(f.Prefill, "records.")
		_, known := c.d.Record(kind)
		switch {
		case k.Agreement == nil:
			c.at(path, "The text is about an agreement, and this record belongs to none.", "Give the record kind agreement: {}.")
		case records && !known:
			c.at(path, fmt.Sprintf("There is no record kind %q.", kind), suggest(kind, c.recordCodes()))
		case !records:
			c.oneOf(path, f.Prefill, agreementSummaries)
		}
	}
}

func (c *checker) recordCodes() []string {
	codes := make([]string, len(c.d.Records))
	for i, k := range c.d.Records {
		codes[i] = k.Code
	}
	return codes
}
