package workflow

import (
	"context"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/store"
)

// NewExpenditure is money spent on a line; a negative amount is a credit.
type NewExpenditure struct {
	LineItemID string `json:"line_item_id" validate:"required,max=64"`
	// CommitmentID is the contract that is paid; a restricted line needs one.
	CommitmentID string       `json:"commitment_id,omitempty" validate:"max=64"`
	ObjectCode   string       `json:"object_code" validate:"omitempty,len=4,numeric"` // the line's own when empty
	AmountCents  models.Cents `json:"amount_cents" validate:"ne=0,gte=-1000000000000,lte=1000000000000"`
	SpentOn      models.Date  `json:"spent_on" validate:"required,civil_date"`
	Vendor       string       `json:"vendor" validate:"max=200"`
	Invoice      string       `json:"invoice" validate:"max=100"`
	Memo         string       `json:"memo" validate:"max=1000"`
}

// PostedExpenditure is an expenditure with its line as it stood right after.
type PostedExpenditure struct {
	models.Expenditure
	Line LineStanding
}

// PostExpenditure posts money spent on a line in force, up to the line's limit. Errors:
// Invalid "expenditure.over_limit", "expenditure.below_zero", "expenditure.object_not_in_line",
// "expenditure.date_future", "expenditure.date_outside"; Conflict "line_item.not_in_force",
// "grant_year.not_open".
func (s *Service) PostExpenditure(ctx context.Context, who models.Actor, in NewExpenditure) (PostedExpenditure, error) {
	if err := s.check(in); err != nil {
		return PostedExpenditure{}, err
	}
	if err := allow(who, PostExpenditure, ""); err != nil {
		return PostedExpenditure{}, err
	}
	if in.SpentOn > s.Today() {
		return PostedExpenditure{}, dateFuture(in.SpentOn)
	}
	if who.IdempotencyKey != "" || in.CommitmentID != "" {
		return s.postOnce(ctx, who, in)
	}
	for range 3 {
		e, line, ok, err := s.db.PostExpenditure(ctx, s.posting(who, PostExpenditure, in))
		if err != nil {
			return PostedExpenditure{}, err
		}
		if ok {
			return PostedExpenditure{e, standing(line)}, nil
		}
		if err := s.explainPosting(s.db.Read(ctx), who, PostExpenditure, in); err != nil {
			return PostedExpenditure{}, err
		}
	} // the line changed between the attempt and the explanation
	return PostedExpenditure{}, store.Busy(nil)
}

// postOnce posts under an Idempotency-Key, or under a contract: a repeated request gets what the first one posted.
func (s *Service) postOnce(ctx context.Context, who models.Actor, in NewExpenditure) (out PostedExpenditure, err error) {
	err = s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := once(tx, who, "expenditure", in)
		if err != nil {
			return err
		}
		if !replay {
			p := s.posting(who, PostExpenditure, in)
			p.Expenditure.ID = id
			out, err = s.postIn(tx, who, PostExpenditure, in, p)
			return err
		}
		if out.Expenditure, err = store.Get[models.Expenditure](tx, id); err != nil {
			return err
		}
		line, err := store.Get[models.LineItem](tx, out.LineItemID)
		out.Line = standing(line)
		return err
	})
	return out, err
}

// postIn posts inside a change, or says exactly why not. The line is held from then on.
func (s *Service) postIn(tx *store.Tx, who models.Actor, a Action, in NewExpenditure, p store.Posting) (PostedExpenditure, error) {
	if in.CommitmentID != "" {
		p.Expenditure.CommitmentID = &in.CommitmentID
		if err := s.draw(tx, who, a, in, p.Expenditure.ReversesID != nil); err != nil {
			return PostedExpenditure{}, err
		}
	}
	for range 2 {
		e, line, ok, err := tx.Post(p)
		if ok || err != nil {
			return PostedExpenditure{e, standing(line)}, err
		}
		if err := s.explainPosting(tx, who, a, in); err != nil {
			return PostedExpenditure{}, err
		}
		p.GrantYears = s.spendableIn(in.SpentOn) // the explanation learned of the line's year
	}
	return PostedExpenditure{}, store.Busy(nil)
}

// posting is what the store needs. The event tells only what the input says, so that it
// can be sealed before the line is read.
func (s *Service) posting(who models.Actor, a Action, in NewExpenditure) store.Posting {
	return store.Posting{
		Expenditure: models.Expenditure{LineItemID: in.LineItemID, ObjectCode: in.ObjectCode, AmountCents: in.AmountCents, SpentOn: in.SpentOn,
			PostedOn: s.Today(), Vendor: in.Vendor, Invoice: in.Invoice, Memo: in.Memo, CreatedBy: who.UserID},
		Scope:      reach(who, a),
		GrantYears: s.spendableIn(in.SpentOn),
		Event:      event(who, "post", "", nil, in),
	}
}

// reach is where the actor may take an action: allow for many organizations at once.
func reach(who models.Actor, a Action) store.Scope {
	var sc store.Scope
	for _, g := range who.Roles {
		switch {
		case !slices.Contains(rolesFor(a), g.Role):
		case g.Role.DistrictRole():
			sc.Organizations = append(sc.Organizations, g.OrganizationID)
		default:
			sc.All = true
		}
	}
	return sc
}

// span is the days in which a grant year's money may be spent, both ends included.
type span struct{ from, until models.Date }

// spendableIn lists the grant years, of those this process has met, whose money may be
// spent on a day. What it does not know yet, explainPosting teaches it.
func (s *Service) spendableIn(on models.Date) []string {
	var ids []string
	s.spendable.Range(func(id, v any) bool {
		if w, ok := v.(span); ok && on.Within(w.from, w.until) {
			ids = append(ids, id.(string))
		}
		return true
	})
	return ids
}

// spanOf is from the first day of the grant year to the definition's deadline.
func (s *Service) spanOf(r rules) span {
	w := spendSpan(r)
	s.spendable.Store(r.year.ID, w)
	return w
}

func spendSpan(r rules) span {
	w := span{r.year.StartsOn, r.def.SpendBy(r.year.FiscalYear)}
	if w.until.IsZero() {
		w.until = r.year.EndsOn
	}
	return w
}

// explainPosting says why a posting found no line to go on; nil when it would now.
func (s *Service) explainPosting(r store.Reading, who models.Actor, a Action, in NewExpenditure) error {
	line, err := store.Get[models.LineItem](r, in.LineItemID)
	if err != nil {
		return err
	}
	if err := allow(who, a, line.OrganizationID); err != nil {
		return err
	}
	ru, err := s.watchedRules(r, line.GrantYearID)
	if err != nil {
		return err
	}
	if line.Status != StatusInForce {
		return models.Fail(models.Conflict, "line_item.not_in_force", "Line %d is %s. Money can be posted only on lines of the approved revision in force.", line.Number, words(string(line.Status)))
	}
	if line.Restricted && in.CommitmentID == "" {
		return breaks("/commitment_id", "expenditure.commitment_missing",
			fmt.Sprintf("Line %d is restricted: its money is spent under a signed contract only (%s).", line.Number, ru.def.Commitments.Cite),
			"Name the contracted commitment that this pays; for any other expense use other funds.")
	}
	if err := s.checkSpentOn(ru, in.SpentOn); err != nil {
		return err
	}
	if in.ObjectCode != "" && in.ObjectCode != line.ObjectCode {
		n, err := store.Count[models.LineCost](r, store.Eq{"line_version_id": line.VersionID, "object_code": in.ObjectCode})
		if err != nil {
			return err
		}
		if n == 0 {
			return breaks("/object_code", "expenditure.object_not_in_line",
				fmt.Sprintf("Line %d has no cost under object %s, so nothing is approved for it (%s).", line.Number, in.ObjectCode, ru.def.Amendment.Cite),
				fmt.Sprintf("Use an object of the line, such as %s, or amend the application first.", line.ObjectCode))
		}
	}
	return checkLimit(ru, line, in.AmountCents)
}

// checkSpentOn holds a date to the grant year: not in the future, not before the year
// began, not after the money lapsed.
func (s *Service) checkSpentOn(ru rules, on models.Date) error {
	if on > s.Today() {
		return dateFuture(on)
	}
	return dateOutside(ru, s.spanOf(ru), on)
}

func dateOutside(ru rules, w span, on models.Date) error {
	if !on.Within(w.from, w.until) {
		return breaks("/spent_on", "expenditure.date_outside",
			fmt.Sprintf("%s is outside the days in which money of %s may be spent: %s to %s (%s).", on, ru.year.Title, w.from, w.until, ru.def.Utilization.Cite),
			"Give the date of the transaction; spending of another year belongs to that year's grant.")
	}
	return nil
}

func dateFuture(on models.Date) error {
	return breaks("/spent_on", "expenditure.date_future", fmt.Sprintf("%s is in the future.", on), "Post spending once it has happened.")
}

// checkLimit says by how much an amount would take a line over its limit or below zero.
// The limit is the approved amount plus the program's tolerance: above it MDE asks for an
// approved amendment first.
func checkLimit(ru rules, line models.LineItem, amount models.Cents) error {
	after, err := line.SpentCents.Add(amount)
	if err != nil {
		return breaks("/amount_cents", "expenditure.over_limit", "The amount is too large.", "Give the amount in cents.")
	}
	if after < 0 {
		return breaks("/amount_cents", "expenditure.below_zero",
			fmt.Sprintf("Only %s is spent on line %d; a credit of %s would take it below zero.", line.SpentCents, line.Number, -amount),
			fmt.Sprintf("Credit at most %s, or post the spending it belongs to first.", line.SpentCents))
	}
	if after > line.LimitCents {
		return breaks("/amount_cents", "expenditure.over_limit", overLimit(ru, line, amount),
			fmt.Sprintf("Post at most %s on this line, or amend it first.", line.LimitCents-line.SpentCents))
	}
	return nil
}

// overLimit is the sentence with the numbers and the rule.
func overLimit(ru rules, line models.LineItem, amount models.Cents) string {
	share := ""
	if rate, ok := models.Rate(line.LimitCents, line.AmountCents); ok {
		share = fmt.Sprintf(" (%s of the approved amount)", rate)
	}
	return fmt.Sprintf("Line %d is approved at %s, %s is spent, and %s more would make %s: more than its limit of %s%s. %s.",
		line.Number, line.AmountCents, line.SpentCents, amount, line.SpentCents+amount, line.LimitCents, share, ru.def.Expenditures.Cite)
}

// breaks is an Invalid error about one input, under the rule's own code.
func breaks(pointer, code, detail, fix string) error {
	e := models.Field(pointer, code, detail, fix)
	e.Code, e.Detail = code, detail
	return e
}

// ReverseExpenditure names the entry to take back, with the reason.
type ReverseExpenditure struct {
	ID      string `json:"-"`
	Comment string `json:"comment" validate:"required,max=1000"`
}

// ReverseExpenditure posts the opposite of an entry, under the same date: the ledger is
// never edited. Errors: Conflict "expenditure.already_reversed", "expenditure.is_reversal",
// and those of PostExpenditure.
func (s *Service) ReverseExpenditure(ctx context.Context, who models.Actor, in ReverseExpenditure) (out PostedExpenditure, err error) {
	if err := s.check(in); err != nil {
		return out, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		old, err := store.Lock[models.Expenditure](tx, in.ID, 0)
		if err != nil {
			return err
		}
		if err := allow(who, PostExpenditure, old.OrganizationID); err != nil {
			return err
		}
		key := struct{ ReversesID, Comment string }{in.ID, in.Comment}
		id, replay, err := once(tx, who, "expenditure", key)
		if err != nil {
			return err
		}
		if replay {
			if out.Expenditure, err = store.Get[models.Expenditure](tx, id); err != nil {
				return err
			}
			line, err := store.Get[models.LineItem](tx, out.LineItemID)
			out.Line = standing(line)
			return err
		}
		if err := reversible(tx, old); err != nil {
			return err
		}
		opposite := NewExpenditure{LineItemID: old.LineItemID, AmountCents: -old.AmountCents, SpentOn: old.SpentOn,
			Vendor: old.Vendor, Invoice: old.Invoice, Memo: in.Comment}
		if old.CommitmentID != nil {
			opposite.CommitmentID = *old.CommitmentID
		}
		p := s.posting(who, PostExpenditure, opposite)
		p.Expenditure.ID, p.Expenditure.ReversesID = id, &old.ID
		p.Event = event(who, "reverse", in.Comment, nil, p.Expenditure)
		p.Settled = func(e *models.Expenditure) { e.FunctionCode, e.ObjectCode = old.FunctionCode, old.ObjectCode }
		out, err = s.postIn(tx, who, PostExpenditure, opposite, p)
		return err
	})
	return out, err
}

func reversible(tx *store.Tx, old models.Expenditure) error {
	if old.ReversesID != nil {
		return models.Fail(models.Conflict, "expenditure.is_reversal", "This entry is itself a reversal. Post the spending again instead of reversing it.")
	}
	n, err := store.Count[models.Expenditure](tx, store.Eq{"reverses_id": old.ID})
	if err == nil && n > 0 {
		err = models.Fail(models.Conflict, "expenditure.already_reversed", "This entry of %s is reversed already.", old.AmountCents)
	}
	return err
}

// ListExpenditures asks for entries of the ledger, in the order they were posted.
type ListExpenditures struct {
	LineItemID     string `json:"line_item_id" validate:"max=64"`
	ApplicationID  string `json:"application_id" validate:"max=64"`
	OrganizationID string `json:"organization_id" validate:"max=64"`
	GrantYearID    string `json:"grant_year_id" validate:"max=64"`
	ImportID       string `json:"import_id" validate:"max=64"`
	// Search is a part of the vendor, the invoice or the memo.
	Search     string      `json:"search" validate:"max=200"`
	SpentFrom  models.Date `json:"spent_from" validate:"omitempty,civil_date"`
	SpentUntil models.Date `json:"spent_until" validate:"omitempty,civil_date"`
	After      string      `json:"after" validate:"max=64"`
	Limit      int         `json:"limit" validate:"gte=0,lte=100"`
}

// Expenditures lists the ledger of a line, an application or a district.
func (s *Service) Expenditures(ctx context.Context, who models.Actor, in ListExpenditures) ([]models.Expenditure, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	seen, where := narrow(scope(who), in.OrganizationID), eq("line_item_id", in.LineItemID, "application_id", in.ApplicationID,
		"grant_year_id", in.GrantYearID, "import_id", in.ImportID)
	return store.Expenditures(s.db.Read(ctx), seen, where, store.ExpenditureSearch{Text: in.Search, From: in.SpentFrom, Until: in.SpentUntil}, store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// Expenditure is one entry of the ledger.
func (s *Service) Expenditure(ctx context.Context, who models.Actor, id string) (models.Expenditure, error) {
	e, err := store.Get[models.Expenditure](s.db.Read(ctx), id)
	if err != nil {
		return e, err
	}
	return e, allow(who, ReadDocuments, e.OrganizationID)
}

// ReversalOf is the entry that took one back, "" when none did.
func (s *Service) ReversalOf(ctx context.Context, who models.Actor, e models.Expenditure) (string, error) {
	if err := allow(who, ReadDocuments, e.OrganizationID); err != nil {
		return "", err
	}
	reversal, err := store.One[models.Expenditure](s.db.Read(ctx), store.Eq{"reverses_id": e.ID})
	if models.KindOf(err) == models.NotFound {
		return "", nil
	}
	return reversal.ID, err
}

// narrow keeps a scope to one organization; one that is not in it leaves nothing to see.
func narrow(sc store.Scope, organizationID string) store.Scope {
	switch {
	case organizationID == "":
		return sc
	case sc.Sees(organizationID):
		return store.Scope{Organizations: []string{organizationID}}
	}
	return store.Scope{}
}

func pageSize(limit int) int {
	if limit == 0 {
		return 50
	}
	return limit
}
