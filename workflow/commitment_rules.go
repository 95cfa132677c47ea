package workflow

import (
	"fmt"
	"slices"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/workflow/approval"
)

// Terms are what the rules of a commitment look at: the payee, the amount, and the line
// it is taken from.
type Terms struct {
	PayeeName   string
	PayeeKind   string
	InPortfolio bool
	AmountCents models.Cents
	Line        LineBalance // without this commitment
}

// LineBalance is what is left of a line in force beside its commitments.
type LineBalance struct {
	LineItemID     string
	Number         int
	AmountCents    models.Cents // approved
	CommittedCents models.Cents // approved by everybody, contracted or not
	PendingCents   models.Cents // drafts, submitted and returned ones
	SpentCents     models.Cents
	DirectCents    models.Cents // of it, without a contract: on a line that is not restricted
	AvailableCents models.Cents // approved, not committed, and not spent without a contract
	RoomCents      models.Cents // available and not asked for by anybody: a new commitment must fit in it
}

func (b LineBalance) settled() LineBalance {
	b.AvailableCents = b.AmountCents - b.CommittedCents - max(b.DirectCents, 0)
	b.RoomCents = b.AvailableCents - b.PendingCents
	return b
}

// CheckTerms applies a program's rules to the terms of a commitment: errors, and warnings
// that do not stop it.
func CheckTerms(def *programs.Definition, t Terms) []models.FieldError {
	var fields []models.FieldError
	k := def.Commitments
	if !slices.Contains(k.PayeeKinds, t.PayeeKind) {
		kinds := make([]string, len(k.PayeeKinds))
		for i, kind := range k.PayeeKinds {
			kinds[i] = words(kind)
		}
		fields = append(fields, models.FieldError{Pointer: "/payee_id", Code: "commitment.payee_kind", Severity: "error",
			Detail: fmt.Sprintf("%s is a payee of the kind %s, and this money can be used for a %s only (%s).", t.PayeeName, words(t.PayeeKind), strings.Join(kinds, " or "), k.Cite),
			Fix:    "Choose a payee of an allowed kind, or pay this from other funds."})
	} else if p := k.Portfolio; p != nil && !t.InPortfolio {
		f := models.FieldError{Pointer: "/payee_id", Code: "commitment.outside_portfolio", Severity: "warning",
			Detail: fmt.Sprintf("%s is not in the %s. %s", t.PayeeName, p.Title, p.Says), Fix: "Choose a payee of the portfolio, or go on and say why in the description."}
		if p.Outside == "refused" {
			f.Severity, f.Fix = "error", "Choose a payee of the portfolio."
		}
		fields = append(fields, f)
	}
	if over := t.AmountCents - t.Line.RoomCents; over > 0 {
		fields = append(fields, models.FieldError{Pointer: "/amount_cents", Code: "commitment.over_line", Severity: "error",
			Detail: fmt.Sprintf("%s is %s more than what is left of line %d: of %s, %s is committed, %s is spent without a contract, and %s is asked for by other commitments.",
				t.AmountCents, over, t.Line.Number, t.Line.AmountCents, t.Line.CommittedCents, max(t.Line.DirectCents, 0), t.Line.PendingCents),
			Fix: fmt.Sprintf("Give at most %s, or cancel another commitment.", max(t.Line.RoomCents, 0))})
	}
	return fields
}

// notApproved says which approvals a contract still waits for; nil when it has all.
func notApproved(standing approval.Standing) error {
	if standing.State == approval.Approved {
		return nil
	}
	var missing []string
	for _, s := range standing.Outstanding() {
		missing = append(missing, fmt.Sprintf("%s (%s)", s.Title, s.By()))
	}
	if len(missing) == 0 {
		return models.Fail(models.Conflict, "commitment.not_approved", "The commitment is %s; a contract needs every approval.", standing.State)
	}
	return models.Fail(models.Conflict, "commitment.not_approved", "A contract needs every approval first. Outstanding: %s.", strings.Join(missing, "; "))
}
