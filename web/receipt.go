package web

import (
	"fmt"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// receiptPage is the body of allocation.html: the walk from facts to cents.
type receiptPage struct {
	workflow.AllocationDetail
	District models.Organization
	Year     models.GrantYear
	Walk     []walkStep
	Steps    []ruleStep
	Counted  int
	Units    []unitLine
	Source   string // of all facts, when there is only one
	Office   bool
	Checked  string // what working it out again found; "" when every figure follows
	Standing *workflow.AllocationStanding
}

// walkStep is one line of the walk: what, how it is worked out, what it comes to.
type walkStep struct {
	What, How, Amount string
	Total             bool
}

// ruleStep is a step of the formula as its receipt tells it.
type ruleStep struct {
	Code, Says, Rule, Basis, Cite, Result string
	Inputs                                []Figure
	Bands                                 []string
}

// unitLine is a unit with its facts in words.
type unitLine struct {
	workflow.ReceiptUnit
	Facts []unitFact
}

type unitFact struct{ Name, Value, Source string }

// allocation is the receipt of one amount.
func (w *Web) allocation(r *request) error {
	d, err := r.s.Allocation(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	body := receiptPage{AllocationDetail: d, Office: r.office(), Checked: workflow.Recompute(d)}
	if body.District, err = r.s.Organization(r.ctx(), r.who, d.OrganizationID); err != nil {
		return err
	}
	year, err := r.s.GrantYear(r.ctx(), r.who, d.GrantYearID)
	if err != nil {
		return err
	}
	body.Year = year.GrantYear
	standings, err := r.s.AllocationStandings(r.ctx(), r.who, workflow.ListAllocationStandings{GrantYearID: d.GrantYearID, OrganizationID: d.OrganizationID})
	if err != nil {
		return err
	}
	if len(standings) > 0 && (standings[0].ReleasedCents != 0 || standings[0].ReallocatedCents != 0) {
		body.Standing = &standings[0]
	}
	body.walk(r)
	kinds := map[string]string{}
	for _, p := range year.Rules.Parameters {
		kinds[p.Name] = p.Type
	}
	for _, s := range d.ReceiptLines.Steps {
		body.Steps = append(body.Steps, r.ruleStep(s, kinds))
	}
	body.units(r)
	return r.show("allocation", Page{Title: r.t("Allocation receipt: %s", d.AmountCents.String()), Section: "/allocations", Wide: true, Body: body,
		Lead:   fmt.Sprintf("%s (%s) · %s", body.District.Name, body.District.Code, body.Year.Title),
		Crumbs: []Link{{Text: r.t("Allocations"), Href: "/allocations"}}})
}

// walk writes the calculation with its numbers, in the order in which one works it out.
func (p *receiptPage) walk(r *request) {
	c := p.ReceiptLines
	add := func(what, how, amount string) {
		p.Walk = append(p.Walk, walkStep{What: what, How: how, Amount: amount})
	}
	add(r.t("The money of the program"), r.t("as appropriated"), c.PoolCents.String())
	if c.SetAsideCents != 0 {
		add(r.t("Less what is set aside"), r.t("for all recipients together; your part comes below"), c.SetAsideCents.String())
		add(r.t("Shared by weight"), c.PoolCents.String()+" − "+c.SetAsideCents.String(), c.SharedCents.String())
	}
	if c.Weighted != "" {
		add(r.t("Your weight"), r.t("the sum of the schools below"), c.Weighted)
		add(r.t("The weight of all recipients"), r.t("%d recipients", c.RecipientsCount), c.WeightedTotal)
	}
	if c.Limits != nil {
		p.limits(r, add)
	}
	if c.ExactCents != "" {
		how := r.t("exact, in cents")
		if c.Limits == nil && c.Weighted != "" {
			how = c.Weighted + " / " + c.WeightedTotal + " × " + c.SharedCents.String() + ", " + how
		}
		add(r.t("Your exact share"), how, c.ExactCents)
		add(r.t("Rounded down"), r.t("to whole cents, or dollars where the rule says so"), c.FloorCents.String())
		add(r.t("The largest remainders get what is left"), r.t("so that all shares add up to the money, to the cent"), c.RemainderCents.String())
	}
	add(r.t("Your share"), c.FloorCents.String()+" + "+c.RemainderCents.String(), c.ShareCents.String())
	parts := []string{c.ShareCents.String()}
	for _, s := range c.SetAsides {
		how := r.t("%s for %d recipients is %s cents each, rounded %s + %s", s.TotalCents.String(), s.Recipients, s.ExactCents, s.FloorCents.String(), s.RemainderCents.String())
		if s.Held {
			how = r.t("%s is held; nobody is allocated it", s.TotalCents.String())
		}
		add(r.t("From the set-aside %s", words(s.Code)), how, s.AmountCents.String())
		parts = append(parts, s.AmountCents.String())
	}
	p.Walk = append(p.Walk, walkStep{What: r.t("Your allocation"), How: strings.Join(parts, " + "), Amount: c.AmountCents.String(), Total: true})
}

// limits tells what rates, floors and caps do to the share.
func (p *receiptPage) limits(r *request, add func(what, how, amount string)) {
	l := p.ReceiptLines.Limits
	if l.LowerCents != nil {
		add(r.t("At least"), words(l.LowerBy), l.LowerCents.String())
	}
	if l.UpperCents != nil {
		add(r.t("At most"), words(l.UpperBy), l.UpperCents.String())
	}
	if l.FixedCents != 0 {
		add(r.t("Taken by recipients at a limit"), r.t("floor or cap fixes their shares"), l.FixedCents.String())
	}
	if l.FreeWeighted != "" {
		add(r.t("The weight of the others"), r.t("who share the rest"), l.FreeWeighted)
	}
	if l.PerWeight != "" {
		add(r.t("For each 1 of weight"), r.t("exact, in cents"), l.PerWeight)
	}
	if l.BoundBy != "" {
		add(r.t("Your share is fixed by"), words(l.BoundBy), "")
	}
}

// units tells what goes in. A source that all facts share is said once.
func (p *receiptPage) units(r *request) {
	sources := map[string]bool{}
	for _, u := range p.ReceiptLines.Units {
		p.Counted += boolInt(u.Eligible)
		line := unitLine{ReceiptUnit: u}
		for _, f := range u.Inputs {
			sources[f.Source] = true
			p.Source = f.Source
			line.Facts = append(line.Facts, unitFact{words(f.Name), strings.ReplaceAll(f.Text, "_", " "), f.Source})
		}
		p.Units = append(p.Units, line)
	}
	if len(sources) != 1 {
		p.Source = ""
	}
}
