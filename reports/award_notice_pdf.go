package reports

import (
	"io"
	"strings"
	"time"

	"earmark/models"
)

// AwardNoticePDF writes the award notice as a PDF. The same notice gives the same bytes:
// it is dated by its approval.
func AwardNoticePDF(w io.Writer, n models.AwardNotice) error {
	at, err := time.Parse(time.DateOnly, string(n.ApprovedOn))
	if err != nil {
		return err
	}
	title, ref := "Award notice", n.Reference
	if n.Amendment != 0 {
		title += ": amendment " + itoa(n.Amendment)
		ref += ", amendment " + itoa(n.Amendment)
	}
	d := newDocument("P", title+" "+n.Reference+": "+n.District, at, "Decided under "+n.RuleVersion+". Fixed at the moment of approval; a later amendment has a notice of its own.")
	if strings.Contains(n.District, "synthetic") {
		d.synthetic("The district and every amount in this notice are synthetic.")
	}
	d.paragraph(n.Administrator, normal)
	d.heading(title, 17)
	d.paragraph(n.District+" is awarded "+n.TotalCents.String()+" for "+n.GrantYear+".", 12)
	payment := ""
	if n.PaymentOn != "" {
		payment = n.PaymentCents.String() + ", expected on " + string(n.PaymentOn)
	}
	d.pairs([][2]string{{"Reference", ref}, {"District code", n.DistrictCode}, {"Program", n.Program}, {"Authority", n.Citation}, {"Approved on", string(n.ApprovedOn)},
		{"Grant year", string(n.StartsOn) + " to " + string(n.EndsOn)}, {"Spend by", string(n.SpendBy)}, {"Allocation", n.AllocationCents.String()}, {"Payment", payment}})
	d.heading("Approved line items", 12.5)
	lines := d.table([]pdfColumn{{"Line", 11, true}, {"Use", 42, false}, {"Function", 17, false}, {"Description", d.width - 121, false}, {"Benchmarks and outcomes", 25, false}, {"Amount", 26, true}})
	for _, l := range n.Lines {
		says := l.Description
		if l.Decision == "denied" {
			says += " (not approved: " + l.Reason + ")"
		}
		lines.row([]string{itoa(l.Number), l.UseCategory, l.FunctionCode, says, strings.Join(l.Targets, ", "), l.AmountCents.String()}, false)
	}
	lines.row([]string{"", "Total awarded", "", "", "", n.TotalCents.String()}, true)
	d.heading("What to keep in mind", 12.5)
	for _, text := range []string{
		"A budget cell (function by object) may be spent above its approved amount by at most " + n.Tolerance + ". Beyond that, and for new cells, positions, schools and capital items, an approved amendment is needed before spending.",
		"Spending dated before the approval of its line is not covered by this award.",
		"Benchmarks and outcomes of the partnership agreement cannot be changed by an amendment."} {
		d.paragraph("•  "+text, normal)
	}
	d.heading("Reviews", 12.5)
	reviews := d.table([]pdfColumn{{"Review", 70, false}, {"By", d.width - 100, false}, {"On", 30, false}})
	for _, r := range n.Reviews {
		reviews.row([]string{r.Step, r.Name, string(r.On)}, false)
	}
	return d.end(w)
}
