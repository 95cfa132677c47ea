package reports

import (
	"bytes"
	"strings"
	"testing"

	"earmark/models"
)

func TestAwardNoticeEscapesAndAddsUp(t *testing.T) {
	t.Parallel()
	n := models.AwardNotice{Program: "Section 21(h)", Citation: "MCL 388.1621h", Reference: "MI21H-2026-0001", District: "Alder <Falls> (synthetic)",
		ApprovedOn: "2026-01-05", TotalCents: 123450, AllocationCents: 200000, Tolerance: "10.00% of the approved amount", PaymentOn: "2026-01-20", PaymentCents: 123450,
		Lines: []models.AwardLine{
			{Number: 1, UseCategory: "4. Literacy", FunctionCode: "221", Description: "Coach & <b>books</b>", AmountCents: 123450, Decision: "approved", Targets: []string{"ITB-1", "ETO-1"}},
			{Number: 2, UseCategory: "8. Other", FunctionCode: "111", Description: "Bus", Decision: "denied", Reason: "Not allowable."},
		},
		Reviews: []models.AwardReview{{Step: "Program review", Name: "Lee Liaison", On: "2026-01-05"}}}
	var b bytes.Buffer
	if err := AwardNotice(&b, n); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Alder &lt;Falls&gt;", "$1,234.50", "ITB-1, ETO-1", "Not approved: Not allowable.", "every amount in this notice are synthetic", "expected on 2026-01-20"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the notice does not say %q", want)
		}
	}
	if strings.Contains(b.String(), "<b>books</b>") {
		t.Error("the description is not escaped")
	}
	if !strings.Contains(AwardNoticeCSP(), "'sha256-") {
		t.Errorf("policy %s", AwardNoticeCSP())
	}
}
