package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"earmark/models"
)

// Posting is one amount to be put on a line in force, with the event that tells of it.
type Posting struct {
	Expenditure models.Expenditure // identifier (or "") and what the caller knows; the line gives the rest
	Scope       Scope              // whose lines may be posted on
	GrantYears  []string           // those in which the money may be spent on that date; they must also be open
	Event       models.AuditEvent  // actor, action, reason and changes: nothing that depends on the line

	// Settled may correct what the line said, of a posting inside a change: a reversal
	// keeps the codes of the entry it takes back.
	Settled func(*models.Expenditure)
}

// postable is what must hold of a line for a posting; one condition for both ways to post,
// evaluated under the line's row lock. The numbers are the running total's: no sum is read.
func (p Posting) postable() string {
	cond := []string{
		"l.id = @line", "l.status = 'in_force'",
		"l.spent_cents + @amount BETWEEN 0 AND l.limit_cents",
		"l.grant_year_id IN @years",
		"EXISTS (SELECT 1 FROM grant_years g WHERE g.id = l.grant_year_id AND g.status IN ('open','closing'))",
	}
	if !p.Scope.All {
		cond = append(cond, "l.organization_id IN @organizations")
	}
	if p.Expenditure.CommitmentID == nil && p.Expenditure.ReversesID == nil { // with one, the caller holds the commitment and has checked it
		cond = append(cond, "NOT l.restricted")
	}
	if p.Expenditure.ObjectCode != "" {
		cond = append(cond, "(l.object_code = @object OR EXISTS (SELECT 1 FROM line_costs c WHERE c.line_version_id = l.version_id AND c.object_code = @object))")
	}
	return strings.Join(cond, " AND ")
}

func (p Posting) update() string {
	return "UPDATE line_items AS l SET spent_cents = l.spent_cents + @amount, updated_at = @now WHERE " + p.postable() +
		" RETURNING " + lineColumns + ", (SELECT g.program_code || '@' || g.definition_version FROM grant_years g WHERE g.id = grant_year_id) AS rule_version"
}

// scanPosted reads a line as update returns it, and the version of its year's rules.
func scanPosted(row scanner) (l models.LineItem, rule string, err error) {
	err = row.Scan(append(lineFields(&l), &rule)...)
	return l, rule, err
}

// void reports a posting that no line can satisfy.
func (p Posting) void() bool {
	return len(p.GrantYears) == 0 || (!p.Scope.All && len(p.Scope.Organizations) == 0)
}

func (p Posting) args() map[string]any {
	e := p.Expenditure
	return map[string]any{
		"line": e.LineItemID, "amount": int64(e.AmountCents), "years": p.GrantYears, "organizations": p.Scope.Organizations, "object": e.ObjectCode,
		"now": e.CreatedAt, "id": e.ID, "spent_on": string(e.SpentOn), "posted_on": string(e.PostedOn), "vendor": e.Vendor, "invoice": e.Invoice,
		"memo": e.Memo, "created_by": e.CreatedBy,
		"event": p.Event.ID, "actor": p.Event.ActorID, "name": p.Event.ActorName, "action": p.Event.Action, "reason": p.Event.Reason,
		"changes": p.Event.Changes, "request": p.Event.RequestID, "head": p.head(), "tail": models.AuditSeparator + p.Event.RequestID + models.AuditSeparator,
		"behalf": p.Event.OnBehalfOf, "delegation": p.Event.DelegationID, "behalf_told": p.Event.BehalfText(),
	}
}

// head is what is hashed of the event before its changes.
func (p Posting) head() string {
	e := p.Event
	e.Changes = ""
	return strings.TrimSuffix(e.HashedText(), models.AuditSeparator+e.RequestID+models.AuditSeparator)
}

// postedChanges are the changes of the event, completed by what the line says.
const postedChanges = `left(CAST(@changes AS TEXT), -1) || ',"application_id":[null,"' || application_id || '"],"grant_year_id":[null,"' || grant_year_id ||
	'"],"posted_on":[null,"' || CAST(@posted_on AS TEXT) || '"],"created_by":[null,"' || CAST(@created_by AS TEXT) || '"],"organization_id":[null,"' || organization_id || '"],"function_code":[null,"' || function_code || '"]' ||
	CASE WHEN CAST(@object AS TEXT) = '' THEN ',"object_code":[null,"' || object_code || '"]' ELSE '' END || '}'`

// settle takes over what the line says.
func (p *Posting) settle(line models.LineItem) {
	e := &p.Expenditure
	e.Version = 1
	e.ApplicationID, e.GrantYearID, e.OrganizationID, e.FunctionCode = line.ApplicationID, line.GrantYearID, line.OrganizationID, line.FunctionCode
	if e.ObjectCode == "" {
		e.ObjectCode = line.ObjectCode
	}
	if p.Settled != nil {
		p.Settled(e)
	}
}

// PostExpenditure posts in a transaction of its own, with exactly one audit event, and
// returns the expenditure and the line after it. ok is false, and nothing was written,
// when the line is not there, not in scope, not in force, its year not open, or the amount
// would take it over its limit or below zero: the caller reads the line to tell which.
// On PostgreSQL it is one statement, one round trip: this is the busiest command. The
// event is a document's first, so its hash follows no other: all of the text under it but
// what the line says and the version of the rules is known beforehand.
func (db *DB) PostExpenditure(ctx context.Context, p Posting) (e models.Expenditure, line models.LineItem, ok bool, err error) {
	if p.void() {
		return e, line, false, nil
	}
	if db.dialect != "postgres" {
		err = db.Change(ctx, func(tx *Tx) error {
			e, line, ok, err = tx.Post(p)
			return err
		})
		return e, line, ok, err
	}
	now := db.Now()
	p.Expenditure.ID, p.Expenditure.CreatedAt, p.Expenditure.UpdatedAt = db.newID(), now, now
	p.Event.ID, p.Event.At, p.Event.Sequence = db.newID(), now, 1
	p.Event.DocumentKind, p.Event.DocumentID = p.Expenditure.Kind(), p.Expenditure.ID
	if err := plainEvent(&p.Event); err != nil {
		return e, line, false, err
	}
	for attempt := 0; ; attempt++ {
		line, _, err = scanPosted(db.gorm.WithContext(ctx).Raw(`WITH line AS (`+p.update()+`), entry AS (
			INSERT INTO expenditures (id, version, created_at, updated_at, line_item_id, application_id, grant_year_id, organization_id,
				function_code, object_code, amount_cents, spent_on, posted_on, vendor, invoice, memo, created_by)
			SELECT @id, 1, @now, @now, id, application_id, grant_year_id, organization_id,
				function_code, COALESCE(NULLIF(@object, ''), object_code), @amount, @spent_on, @posted_on, @vendor, @invoice, @memo, @created_by FROM line
		), told AS (
			INSERT INTO audit_events (id, at, actor_id, actor_name, action, document_kind, document_id, sequence, reason, changes, request_id, rule_version, on_behalf_of, delegation_id, previous_hash, hash)
			SELECT @event, @now, @actor, @name, @action, 'expenditure', @id, 1, @reason, c.changes, @request, rule_version, @behalf, @delegation, '',
				encode(sha256(convert_to(@head || c.changes || @tail || rule_version || @behalf_told, 'UTF8')), 'hex')
			FROM line, LATERAL (SELECT `+postedChanges+` AS changes) c
		) SELECT `+lineColumns+`, rule_version FROM line`, p.args()).Row())
		if attempt == 3 || !retryable(err) {
			break
		}
	}
	if errors.Is(err, sql.ErrNoRows) {
		return e, line, false, nil
	}
	if err != nil {
		return e, line, false, translate(err)
	}
	p.settle(line)
	return p.Expenditure, line, true, nil
}

// Post is PostExpenditure as a part of a larger change: a reversal, a matched row, a
// posting under an Idempotency-Key.
func (tx *Tx) Post(p Posting) (e models.Expenditure, line models.LineItem, ok bool, err error) {
	if p.void() {
		return e, line, false, nil
	}
	p.Expenditure.CreatedAt = tx.Now
	line, p.Event.RuleVersion, err = scanPosted(tx.g.Raw(p.update(), p.args()).Row())
	if errors.Is(err, sql.ErrNoRows) {
		return e, line, false, nil
	}
	if err != nil {
		return e, line, false, translate(err)
	}
	p.settle(line)
	if err := tx.Insert(&p.Expenditure); err != nil {
		return e, line, false, err
	}
	tx.Audit(&p.Expenditure, p.Event)
	return p.Expenditure, line, true, nil
}

// ExpenditureSearch narrows a list of expenditures; empty fields do not.
type ExpenditureSearch struct {
	Text        string // in vendor, invoice or memo
	From, Until models.Date
}

// Expenditures lists what the scope may see. A list without a line or an application is
// one over the applications in scope, which the index serves.
func Expenditures(r Reading, scope Scope, where Eq, search ExpenditureSearch, page Page) ([]models.Expenditure, error) {
	g := paged(where.apply(r.reader().g), page)
	if search.Text != "" {
		like := "%" + strings.NewReplacer(`!`, `!!`, `%`, `!%`, `_`, `!_`).Replace(strings.ToLower(search.Text)) + "%"
		g = g.Where("(LOWER(vendor) LIKE ? ESCAPE '!' OR LOWER(invoice) LIKE ? ESCAPE '!' OR LOWER(memo) LIKE ? ESCAPE '!')", like, like, like)
	}
	if search.From != "" {
		g = g.Where("spent_on >= ?", string(search.From))
	}
	if search.Until != "" {
		g = g.Where("spent_on <= ?", string(search.Until))
	}
	if !scope.All {
		if len(scope.Organizations) == 0 {
			return nil, nil
		}
		g = g.Where("organization_id IN ?", scope.Organizations)
		if where["application_id"] == nil && where["line_item_id"] == nil {
			g = g.Where("application_id IN (SELECT a.id FROM applications a WHERE a.organization_id IN ?)", scope.Organizations)
		}
	}
	var rows []models.Expenditure
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// PeriodSpending is an application's ledger between two dates, both included.
type PeriodSpending struct {
	Cents models.Cents
	Count int64 // entries that stand: neither reversals nor reversed
}

// SpentBetween sums the ledger of an application by the dates of its transactions.
func (r *Reader) SpentBetween(applicationID string, from, to models.Date) (PeriodSpending, error) {
	var p PeriodSpending
	row := r.g.Raw(`SELECT COALESCE(SUM(e.amount_cents), 0),
			COALESCE(SUM(CASE WHEN e.reverses_id IS NULL AND NOT EXISTS (SELECT 1 FROM expenditures r WHERE r.reverses_id = e.id) THEN 1 ELSE 0 END), 0)
		FROM expenditures e WHERE e.application_id = ? AND e.spent_on BETWEEN ? AND ?`, applicationID, string(from), string(to)).Row()
	if err := row.Scan(&p.Cents, &p.Count); err != nil {
		return p, translate(fmt.Errorf("sum the ledger: %w", err))
	}
	return p, nil
}
