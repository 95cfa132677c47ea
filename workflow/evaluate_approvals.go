package workflow

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/approval"
)

// EvaluateApprovals are the sections of a file about approvals, windows and commitments.
type EvaluateApprovals struct {
	Chains      []EvaluateChain  `json:"chains,omitempty"`
	Windows     []EvaluateWindow `json:"windows,omitempty"`
	Commitments []EvaluateLine   `json:"commitments,omitempty"`
}

// EvaluatedApprovals is what became of them.
type EvaluatedApprovals struct {
	Chains      []EvaluatedChain  `json:"chains,omitempty"`
	Windows     []EvaluatedWindow `json:"windows,omitempty"`
	Commitments []EvaluatedLine   `json:"commitments,omitempty"`
}

// EvaluateChain is something in a chain of approvals, and optionally who wants to decide.
type EvaluateChain struct {
	Chain       string             `json:"chain"` // approval (the default), commitments, records.KIND
	AmountCents models.Cents       `json:"amount_cents"`
	Submitter   string             `json:"submitter,omitempty"`
	Preparers   []string           `json:"preparers,omitempty"`
	Liaison     string             `json:"liaison,omitempty"`
	Approvals   []EvaluateDecision `json:"approvals,omitempty"`
	Actor       *EvaluateActor     `json:"actor,omitempty"`
}

// EvaluateDecision is what one person decided at one step.
type EvaluateDecision struct {
	Step     string `json:"step"`
	Person   string `json:"person"`
	Decision string `json:"decision,omitempty"` // approve (the default), return, deny
}

// EvaluateActor is a person with roles, and bodies of the same organization.
type EvaluateActor struct {
	Person string        `json:"person"`
	Roles  []models.Role `json:"roles,omitempty"`
	Bodies []string      `json:"bodies,omitempty"`
}

// EvaluatedChain is where it stands, and whether the actor may decide.
type EvaluatedChain struct {
	State       string   `json:"state"`
	Outstanding []string `json:"outstanding"`
	Turn        []string `json:"turn"`
	May         string   `json:"may,omitempty"` // step at which the actor may decide
	WhyNot      string   `json:"why_not,omitempty"`
	Code        string   `json:"code,omitempty"`
}

// EvaluateWindow asks whether a window is open on a day: one window by code, or those for something.
type EvaluateWindow struct {
	Code string      `json:"code,omitempty"`
	For  string      `json:"for,omitempty"`
	On   models.Date `json:"on"`
}

// EvaluatedWindow says so, and to which fiscal year the window belongs.
type EvaluatedWindow struct {
	Code           string      `json:"code,omitempty"`
	On             models.Date `json:"on"`
	Open           bool        `json:"open"`
	FiscalYear     int         `json:"fiscal_year,omitempty"` // whose money the window is about
	CalendarYearOf int         `json:"day_in_fiscal_year"`    // in which fiscal year the day itself lies
	Opens          models.Date `json:"opens,omitempty"`
	Closes         models.Date `json:"closes,omitempty"`
}

// EvaluateLine is a line in force with what is asked of it, one after the other.
type EvaluateLine struct {
	LineCents models.Cents    `json:"line_cents"`
	Asked     []EvaluateAsked `json:"asked"`
}

// EvaluateAsked is one commitment: who is to be paid how much, with which approvals, and
// whether a contract is asked for.
type EvaluateAsked struct {
	Payee       string             `json:"payee"`
	Kind        string             `json:"kind"`
	InPortfolio bool               `json:"in_portfolio"`
	AmountCents models.Cents       `json:"amount_cents"`
	Submitter   string             `json:"submitter,omitempty"`
	Approvals   []EvaluateDecision `json:"approvals,omitempty"`
	Contract    bool               `json:"contract,omitempty"`
}

// EvaluatedLine is what was accepted and what is left.
type EvaluatedLine struct {
	Asked          []EvaluatedAsked `json:"asked"`
	CommittedCents models.Cents     `json:"committed_cents"`
	PendingCents   models.Cents     `json:"pending_cents"`
	AvailableCents models.Cents     `json:"available_cents"`
}

// EvaluatedAsked is what became of one commitment.
type EvaluatedAsked struct {
	Payee       string   `json:"payee"`
	Accepted    bool     `json:"accepted"`
	Codes       []string `json:"codes,omitempty"` // of what is wrong, warnings too
	Says        []string `json:"says,omitempty"`
	State       string   `json:"state,omitempty"`
	Outstanding []string `json:"outstanding,omitempty"`
	Contract    string   `json:"contract,omitempty"` // signed, or the code of the refusal
}

func (e *evaluation) approvals() error {
	for i, c := range e.in.Chains {
		chain, ok := e.chainNamed(c.Chain)
		if !ok {
			e.broken(fmt.Sprintf("/chains/%d/chain", i), "unknown", "Use approval, commitments or records.KIND, and a program that has it.", "The program has no chain %q.", c.Chain)
			continue
		}
		e.out.Chains = append(e.out.Chains, evaluateChain(chain, c))
	}
	for i, w := range e.in.Windows {
		if !w.On.Valid() {
			e.broken(fmt.Sprintf("/windows/%d/on", i), "civil_date", "Write YYYY-MM-DD.", "%q is not a date that exists.", w.On)
			continue
		}
		e.window(fmt.Sprintf("/windows/%d", i), w)
	}
	if e.def.Commitments == nil && len(e.in.EvaluateApprovals.Commitments) > 0 {
		e.broken("/commitments", "unknown", "Leave them out.", "The program has no commitments.")
		return invalid(e.wrong)
	}
	for i, l := range e.in.EvaluateApprovals.Commitments {
		if !e.lineAmounts(fmt.Sprintf("/commitments/%d", i), l) {
			continue
		}
		e.out.Commitments = append(e.out.Commitments, e.committed(l))
	}
	return invalid(e.wrong)
}

func (e *evaluation) chainNamed(name string) (approval.Chain, bool) {
	switch {
	case name == "" || name == "approval":
		return e.def.Approval, len(e.def.Approval.Steps) > 0
	case name == "commitments" && e.def.Commitments != nil:
		return e.def.Commitments.Approval, true
	}
	if kind, ok := e.def.Record(strings.TrimPrefix(name, "records.")); ok && strings.HasPrefix(name, "records.") && kind.Approval != nil {
		return *kind.Approval, true
	}
	return approval.Chain{}, false
}

const evaluatedOrganization = "-" // whatever the file speaks of belongs to one organization

func evaluateChain(chain approval.Chain, c EvaluateChain) EvaluatedChain {
	item := approval.Item{Document: "item", OrganizationID: evaluatedOrganization, AmountCents: c.AmountCents, SubmittedBy: c.Submitter, PreparedBy: c.Preparers, Liaison: c.Liaison}
	done := decided(c.Approvals)
	standing := chain.Standing(item, done)
	out := EvaluatedChain{State: standing.State, Outstanding: stepCodes(standing.Outstanding()), Turn: stepCodes(standing.Turn())}
	if c.Actor == nil {
		return out
	}
	who := models.Actor{UserID: c.Actor.Person}
	for _, r := range c.Actor.Roles {
		g := models.Grant{Role: r}
		if r.DistrictRole() {
			g.OrganizationID = evaluatedOrganization
		}
		who.Roles = append(who.Roles, g)
	}
	for _, b := range c.Actor.Bodies {
		who.Roles = append(who.Roles, models.Grant{Role: models.RoleBodyMember, OrganizationID: evaluatedOrganization, Body: b})
	}
	step, err := chain.May(item, done, who)
	if err != nil {
		out.WhyNot, out.Code = err.Error(), models.CodeOf(err)
		return out
	}
	out.May = step.Code
	return out
}

func decided(in []EvaluateDecision) []approval.Decision {
	out := make([]approval.Decision, len(in))
	for i, d := range in {
		out[i] = approval.Decision{Step: d.Step, Person: d.Person, Event: d.Decision}
		if d.Decision == "" {
			out[i].Event = approval.Approve
		}
	}
	return out
}

func stepCodes(steps []*approval.Step) []string {
	codes := make([]string, len(steps))
	for i, s := range steps {
		codes[i] = s.Code
	}
	return codes
}

// window finds the window that is meant: by code, or for something, the open one first.
func (e *evaluation) window(at string, w EvaluateWindow) {
	found := slices.ContainsFunc(e.def.Windows, func(x programs.Window) bool { return w.Code == x.Code || w.Code == "" && w.For == x.For })
	if !found {
		e.broken(at, "unknown", "Give the code of a window of the program, or for.", "The program has no window %q for %q.", w.Code, w.For)
		return
	}
	out := EvaluatedWindow{Code: w.Code, On: w.On, CalendarYearOf: e.def.FiscalYearOf(w.On)}
	for _, x := range e.def.Windows {
		year := x.FiscalYear
		if year == 0 {
			year = e.in.FiscalYear
		}
		for _, span := range e.def.Spans(x.For, year) {
			if span.Code != x.Code || w.Code != "" && w.Code != x.Code || w.Code == "" && w.For != x.For {
				continue
			}
			if open := w.On.Within(span.From, span.To); open || w.Code != "" {
				out.Code, out.Open, out.FiscalYear, out.Opens, out.Closes = x.Code, open, year, span.From, span.To
			}
		}
	}
	e.out.Windows = append(e.out.Windows, out)
}

// lineAmounts holds amounts to what a stored commitment may have: a negative one would
// make room for others.
func (e *evaluation) lineAmounts(at string, l EvaluateLine) bool {
	before := len(e.wrong)
	bad := func(at string, amount models.Cents) {
		e.broken(at, "commitment.amount", "Give cents, more than 0 of a commitment, and at most 100000000000000.", "%s cannot be used.", amount)
	}
	if l.LineCents < 0 || l.LineCents > maxBudgetCents {
		bad(at+"/line_cents", l.LineCents)
	}
	for i, a := range l.Asked {
		if a.AmountCents <= 0 || a.AmountCents > maxBudgetCents {
			bad(fmt.Sprintf("%s/asked/%d/amount_cents", at, i), a.AmountCents)
		}
	}
	return len(e.wrong) == before
}

// committed takes what is asked of a line in the order of the file: what is refused takes nothing.
func (e *evaluation) committed(l EvaluateLine) EvaluatedLine {
	out := EvaluatedLine{}
	for _, a := range l.Asked {
		balance := LineBalance{Number: 1, AmountCents: l.LineCents, CommittedCents: out.CommittedCents, PendingCents: out.PendingCents}.settled()
		got := EvaluatedAsked{Payee: a.Payee}
		fields := CheckTerms(e.def, Terms{PayeeName: a.Payee, PayeeKind: a.Kind, InPortfolio: a.InPortfolio, AmountCents: a.AmountCents, Line: balance})
		for _, f := range fields {
			got.Codes, got.Says = append(got.Codes, f.Code), append(got.Says, f.Detail)
		}
		if got.Accepted = invalid(fields) == nil; got.Accepted {
			item := approval.Item{Document: "commitment", OrganizationID: evaluatedOrganization, AmountCents: a.AmountCents, SubmittedBy: a.Submitter}
			standing := e.def.Commitments.Approval.Standing(item, decided(a.Approvals))
			got.State, got.Outstanding = standing.State, stepCodes(standing.Outstanding())
			switch standing.State {
			case approval.Approved:
				out.CommittedCents += a.AmountCents
			case approval.Pending, approval.Returned:
				out.PendingCents += a.AmountCents
			}
			if a.Contract {
				got.Contract = "signed"
				if err := notApproved(standing); err != nil {
					got.Contract = models.CodeOf(err)
				}
			}
		}
		out.Asked = append(out.Asked, got)
	}
	out.AvailableCents = l.LineCents - out.CommittedCents
	return out
}
