package workflow

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
)

// EvaluateMoney are the sections of a file about applications, spending and payments.
type EvaluateMoney struct {
	Applications []EvaluateSubmission `json:"applications,omitempty"`
	Spending     []EvaluateSpending   `json:"spending,omitempty"`
	Payments     []EvaluatePayment    `json:"payments,omitempty"`
}

// EvaluatedMoney is what became of them, in the order of the input.
type EvaluatedMoney struct {
	Applications []EvaluatedFindings `json:"applications,omitempty"`
	Spending     []EvaluatedSpending `json:"spending,omitempty"`
	Payments     []EvaluatedPayment  `json:"payments,omitempty"`
}

// EvaluateSubmission is an application about to be handed in, as the gate and the required
// lines see it.
type EvaluateSubmission struct {
	PartnershipSchools int                             `json:"partnership_schools"`
	Agreement          *EvaluateAgreed                 `json:"agreement,omitempty"`
	FundedYears        int                             `json:"funded_years,omitempty"` // earlier years in the system
	PriorYear          *EvaluatePriorYear              `json:"prior_year,omitempty"`
	PriorRecords       map[string]EvaluatePriorRecords `json:"prior_records,omitempty"` // by kind
	SetAsides          map[string]models.Cents         `json:"set_asides,omitempty"`    // of its allocation, by step of the formula
	Lines              []programs.LineView             `json:"lines,omitempty"`
}

// EvaluateAgreed is the agreement of the applicant.
type EvaluateAgreed struct {
	Signed           bool        `json:"signed"`
	AssignedOn       models.Date `json:"assigned_on,omitempty"`
	NeedsApprovedOn  models.Date `json:"needs_approved_on,omitempty"`
	FundedYearsPrior int         `json:"funded_years_prior,omitempty"` // before the system
	Waivers          []string    `json:"waivers,omitempty"`            // findings of the gate that the office waives for this year
}

// EvaluatePriorYear is how the money of the year before was used.
type EvaluatePriorYear struct {
	AllocatedCents models.Cents `json:"allocated_cents"`
	SpentCents     models.Cents `json:"spent_cents"`
}

// EvaluatePriorRecords are records that lines of the year before needed.
type EvaluatePriorRecords struct {
	Lines  int            `json:"lines"`  // in force that needed one
	Fields []RecordFields `json:"fields"` // of each record in force
}

// EvaluateSpending is an amount to be posted on a line in force.
type EvaluateSpending struct {
	ApprovedCents models.Cents `json:"approved_cents"`
	SpentCents    models.Cents `json:"spent_cents,omitempty"` // before it
	AmountCents   models.Cents `json:"amount_cents"`
	SpentOn       models.Date  `json:"spent_on"`
	GrantCode     string       `json:"grant_code,omitempty"` // of a row of a ledger
}

// EvaluatedSpending is whether it may be, and within what.
type EvaluatedSpending struct {
	EvaluatedFindings
	LimitCents models.Cents `json:"limit_cents"` // of the line
	From       models.Date  `json:"from"`        // days in which the year's money may be spent
	Until      models.Date  `json:"until"`
}

// EvaluatePayment asks when an award approved on a day is paid.
type EvaluatePayment struct {
	ApprovedOn models.Date `json:"approved_on"`
}

// EvaluatedPayment has no day when the program has no payment calendar.
type EvaluatedPayment struct {
	ApprovedOn models.Date `json:"approved_on"`
	PaysOn     models.Date `json:"pays_on,omitempty"`
}

const (
	maxPriorLines         = 10_000                            // of one recipient
	maxPartnershipSchools = 10_000                            // of one recipient
	maxLineCents          = models.Cents(100_000_000_000_000) // 1,000,000,000,000.00
)

// money applies the gate, the required lines, what limits spending and the payment calendar.
func (e *evaluation) money() error {
	for i, a := range e.in.Applications {
		e.submission(fmt.Sprintf("/applications/%d", i), a)
	}
	for i, x := range e.in.Spending {
		e.spending(fmt.Sprintf("/spending/%d", i), x)
	}
	for i, p := range e.in.Payments {
		if !e.isDay(fmt.Sprintf("/payments/%d/approved_on", i), p.ApprovedOn) {
			continue
		}
		pays, _ := e.def.PaysOn(p.ApprovedOn)
		e.out.Payments = append(e.out.Payments, EvaluatedPayment{p.ApprovedOn, pays})
	}
	return invalid(e.wrong)
}

// rules are those of a grant year that begins and ends with the file's fiscal year.
func (e *evaluation) rules() rules {
	starts, ends := e.def.Year(e.in.FiscalYear)
	return rules{def: e.def, params: e.params, year: models.GrantYear{ProgramCode: e.def.Code, FiscalYear: e.in.FiscalYear,
		Title: fmt.Sprintf("%s FY%d", e.def.Title, e.in.FiscalYear), StartsOn: starts, EndsOn: ends}}
}

func (e *evaluation) isDay(at string, day models.Date) bool {
	if !day.Valid() {
		e.broken(at, "civil_date", "Write YYYY-MM-DD.", "%q is not a date that exists.", day)
		return false
	}
	return true
}

func (e *evaluation) submission(at string, a EvaluateSubmission) {
	if a.PartnershipSchools < 0 || a.PartnershipSchools > maxPartnershipSchools {
		e.broken(at+"/partnership_schools", "unknown", "Give how many schools of the recipient the allocation counts.", "%d is not a number of schools.", a.PartnershipSchools)
		return
	}
	d := draft{rules: e.rules()}
	d.partnership, d.setAsides = map[string]bool{}, a.SetAsides
	for i := range a.PartnershipSchools {
		d.partnership[fmt.Sprint(i)] = true
	}
	if g := a.Agreement; g != nil {
		d.agreement = &models.Agreement{AssignedOn: g.AssignedOn, NeedsApprovedOn: g.NeedsApprovedOn, FundedYearsPrior: g.FundedYearsPrior, Status: StatusDraft}
		for j, code := range g.Waivers {
			if wrong := waivable(e.def, code); wrong != nil {
				e.broken(fmt.Sprintf("%s/agreement/waivers/%d", at, j), wrong.Code, wrong.Fix, "%s", wrong.Detail)
			}
			d.waivers = append(d.waivers, models.GateWaiver{Finding: code})
		}
		if g.Signed {
			d.agreement.Status = StatusSigned
		}
		if !g.NeedsApprovedOn.IsZero() && (!e.isDay(at+"/agreement/needs_approved_on", g.NeedsApprovedOn) || !e.isDay(at+"/agreement/assigned_on", g.AssignedOn)) {
			return
		}
	}
	for code := range a.SetAsides {
		if !slices.ContainsFunc(e.def.RequiredLines, func(r programs.RequiredLine) bool { return r.SetAside == code }) {
			e.broken(at+"/set_asides/"+pointerToken(code), "unknown", "Name a set-aside that a required line asks for.", "No required line is about %q.", code)
		}
	}
	h := history{funded: a.FundedYears}
	if a.PriorYear != nil {
		h.prior = &priorUse{a.PriorYear.AllocatedCents, a.PriorYear.SpentCents}
	}
	if !e.priorRecords(at, a.PriorRecords, &h) {
		return
	}
	found, err := d.gate(h)
	list := append(append(fieldsIn(err), append(found.shut, found.waived...)...), lackingLines(e.def, e.params, a.SetAsides, a.Lines)...)
	e.out.Applications = append(e.out.Applications, judged(list))
}

// priorRecords takes the records of the year before into what the gate looks at.
func (e *evaluation) priorRecords(at string, given map[string]EvaluatePriorRecords, h *history) bool {
	h.records = map[string]priorRecords{}
	good := true
	for _, code := range keys(given) {
		x, here := given[code], at+"/prior_records/"+pointerToken(code)
		k, known := e.def.Record(code)
		if !known || k.Needed == nil {
			e.broken(here, "record.unknown_kind", "Name a kind that lines need.", "No line needs a record of the kind %q.", code)
			good = false
			continue
		}
		if x.Lines < len(x.Fields) || x.Lines > maxPriorLines {
			e.broken(here+"/lines", "unknown", "Give how many lines in force needed one, at least as many as there are records.", "%d lines cannot have %d records.", x.Lines, len(x.Fields))
			good = false
			continue
		}
		for j, fields := range x.Fields {
			_, wrong := k.Read(fields)
			for _, w := range wrong {
				w.Pointer = fmt.Sprintf("%s/fields/%d%s", here, j, strings.TrimPrefix(w.Pointer, "/fields"))
				e.wrong, good = append(e.wrong, w), false
			}
		}
		h.records[code] = priorRecords{lines: int64(x.Lines), fields: x.Fields}
	}
	return good
}

func (e *evaluation) spending(at string, x EvaluateSpending) {
	if !e.isDay(at+"/spent_on", x.SpentOn) {
		return
	}
	if x.ApprovedCents < 0 || x.ApprovedCents > maxLineCents {
		e.broken(at+"/approved_cents", "amount", "Give cents, at least 0.", "%s cannot be approved for a line.", x.ApprovedCents)
		return
	}
	ru := e.rules()
	days, limit := spendSpan(ru), lineLimit(e.def.Expenditures, x.ApprovedCents)
	list := fieldsIn(dateOutside(ru, days, x.SpentOn))
	list = append(list, fieldsIn(checkLimit(ru, models.LineItem{Number: 1, AmountCents: x.ApprovedCents, SpentCents: x.SpentCents, LimitCents: limit}, x.AmountCents))...)
	if detail := wrongGrant(e.def, x.GrantCode); detail != "" {
		list = append(list, models.FieldError{Pointer: "/grant_code", Code: ReasonWrongGrant, Detail: detail, Fix: "Import the row into the program that it is of."})
	}
	e.out.Spending = append(e.out.Spending, EvaluatedSpending{judged(list), limit, days.from, days.until})
}
