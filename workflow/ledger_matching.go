package workflow

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// matching puts the rows of one ledger file on the lines in force of one application,
// which are locked: it decides everything in memory, in file order, then writes at once.
type matching struct {
	rules rules
	who   models.Actor
	today models.Date
	newID func() string
	doc   models.ExpenditureImport
	lines []store.LineInForce
	known map[string]bool // keys of rows that earlier files brought

	byNumber   map[int]*store.LineInForce
	byCodes    map[models.Cell][]*store.LineInForce
	spent      map[string]models.Cents // what this file adds, by line
	posted     []models.Expenditure
	postedRows []int // row numbers of posted
	exceptions []models.ImportException
}

func (m *matching) run(rows []ledgerRow) {
	m.byNumber, m.byCodes, m.spent = map[int]*store.LineInForce{}, map[models.Cell][]*store.LineInForce{}, map[string]models.Cents{}
	for i := range m.lines {
		l := &m.lines[i]
		m.byNumber[l.Number] = l
		for _, object := range l.ObjectCodes {
			cell := models.Cell{FunctionCode: l.FunctionCode, ObjectCode: object}
			m.byCodes[cell] = append(m.byCodes[cell], l)
		}
	}
	m.posted, m.postedRows = make([]models.Expenditure, 0, len(rows)), make([]int, 0, len(rows))
	for _, row := range rows {
		if m.known[row.key] {
			m.doc.RepeatedCount++
			continue
		}
		line, reason, detail := m.match(row)
		if line == nil {
			m.except(row, reason, detail)
			continue
		}
		m.post(row, line)
	}
	m.doc.PostedCount, m.doc.ExceptionCount = len(m.posted), len(m.exceptions)
}

// match finds the one line of a row, with room for it, or says why there is none.
func (m *matching) match(row ledgerRow) (line *store.LineInForce, reason, detail string) {
	if detail := wrongGrant(m.rules.def, row.grant); detail != "" {
		return nil, ReasonWrongGrant, detail
	}
	found := m.candidates(row)
	switch len(found) {
	case 0:
		return nil, ReasonNoLine, "No line in force has " + row.codes() + "."
	case 1:
	default:
		numbers := make([]string, len(found))
		for i, l := range found {
			numbers[i] = strconv.Itoa(l.Number)
		}
		return nil, ReasonAmbiguous, fmt.Sprintf("Lines %s all have %s.", strings.Join(numbers, ", "), row.codes())
	}
	if found[0].Restricted {
		return nil, ReasonNoLine, fmt.Sprintf("Line %d is restricted: match the row with the contract that it pays.", found[0].Number)
	}
	now := found[0].LineItem
	now.SpentCents += m.spent[now.ID]
	switch after := now.SpentCents + row.amount; {
	case after > now.LimitCents:
		return nil, ReasonOverLimit, overLimit(m.rules, now, row.amount)
	case after < 0:
		return nil, ReasonBelowZero, fmt.Sprintf("Only %s is spent on line %d; the credit of %s is more.", now.SpentCents, now.Number, -row.amount)
	}
	return found[0], "", ""
}

// wrongGrant says that a grant code of a ledger is another program's; "" when it is not.
func wrongGrant(def *programs.Definition, code string) string {
	codes := def.Expenditures.GrantCodes
	if code == "" || len(codes) == 0 || slices.Contains(codes, code) {
		return ""
	}
	return fmt.Sprintf("Grant code %s is not of this program (%s).", code, strings.Join(codes, ", "))
}

// candidates are the lines a row can mean. A row that names a line still has to agree with
// it in the codes it gives. A row of a school means the lines of that school, or else those
// of the whole district; a row without one the other way round.
func (m *matching) candidates(row ledgerRow) []*store.LineInForce {
	if row.line > 0 {
		l := m.byNumber[row.line]
		if l == nil || (row.function != "" && row.function != l.FunctionCode) || (row.object != "" && !slices.Contains(l.ObjectCodes, row.object)) {
			return nil
		}
		return []*store.LineInForce{l}
	}
	all := m.byCodes[models.Cell{FunctionCode: row.function, ObjectCode: row.object}]
	exact, wide := []*store.LineInForce{}, []*store.LineInForce{}
	for _, l := range all {
		switch l.SchoolCode {
		case row.school:
			exact = append(exact, l)
		case "":
			wide = append(wide, l)
		}
	}
	switch {
	case len(exact) > 0:
		return exact
	case row.school == "":
		return all
	}
	return wide
}

// codes says what a row is matched by.
func (r ledgerRow) codes() string {
	var parts []string
	if r.line > 0 {
		parts = append(parts, fmt.Sprintf("number %d", r.line))
	}
	if r.function != "" {
		parts = append(parts, "function "+r.function)
	}
	if r.object != "" {
		parts = append(parts, "object "+r.object)
	}
	if r.school != "" {
		parts = append(parts, "school "+r.school)
	}
	return strings.Join(parts, ", ")
}

func (m *matching) post(row ledgerRow, l *store.LineInForce) {
	object := row.object
	if object == "" {
		object = l.ObjectCode
	}
	m.spent[l.ID] += row.amount
	m.doc.PostedCents += row.amount
	m.postedRows = append(m.postedRows, row.number)
	m.posted = append(m.posted, models.Expenditure{Root: models.Root{ID: m.newID()}, LineItemID: l.ID, ApplicationID: l.ApplicationID, GrantYearID: l.GrantYearID,
		OrganizationID: l.OrganizationID, FunctionCode: l.FunctionCode, ObjectCode: object, AmountCents: row.amount, SpentOn: row.spentOn, PostedOn: m.today,
		Vendor: row.vendor, Invoice: row.invoice, Memo: row.memo, ImportID: &m.doc.ID, RowKey: &row.key, CreatedBy: m.who.UserID})
}

func (m *matching) except(row ledgerRow, reason, detail string) {
	m.exceptions = append(m.exceptions, models.ImportException{Root: models.Root{ID: m.newID()}, ImportID: m.doc.ID, OrganizationID: m.doc.OrganizationID,
		ApplicationID: m.doc.ApplicationID, RowNumber: row.number, RowKey: row.key, FunctionCode: row.function, ObjectCode: row.object, SchoolCode: row.school,
		AmountCents: row.amount, SpentOn: row.spentOn, Vendor: row.vendor, Invoice: row.invoice, Memo: row.memo, Reason: reason, Detail: detail, Status: StatusOpen})
}

func (m *matching) report() ImportReport {
	rep := ImportReport{Import: m.doc, Exceptions: m.exceptions[:min(len(m.exceptions), store.MaxPage)]}
	for _, reason := range slices.Sorted(slices.Values(ImportReasons)) {
		c := store.ReasonCount{Reason: reason}
		for i := range m.exceptions {
			if m.exceptions[i].Reason == reason {
				c.Rows++
				c.Cents += m.exceptions[i].AmountCents
			}
		}
		if c.Rows > 0 {
			rep.Reasons = append(rep.Reasons, c)
		}
	}
	return rep
}

// write stores the import, its entries and exceptions, and moves the lines' totals.
func (m *matching) write(tx *store.Tx) error {
	if err := tx.Insert(&m.doc); err != nil {
		return err
	}
	tx.Audit(&m.doc, ruled(event(m.who, "import", "", nil, m.doc), m.rules))
	if err := tx.InsertExpenditures(m.posted); err != nil {
		return err
	}
	for i := range m.posted {
		e := ruled(onBehalf(m.who, models.AuditEvent{ActorID: m.who.UserID, ActorName: m.who.Name, Action: "import", RequestID: m.who.RequestID,
			Changes: entryChanges(&m.posted[i], m.postedRows[i])}), m.rules)
		tx.Audit(&m.posted[i], e)
	}
	if err := store.InsertAll(tx, m.exceptions); err != nil {
		return err
	}
	for i := range m.exceptions {
		tx.Audit(&m.exceptions[i], ruled(event(m.who, "import", "", nil, m.exceptions[i]), m.rules))
	}
	return tx.AddSpent(m.spent)
}

// entryChanges is what diff would say of a new entry, without reflection: a file may have
// a hundred thousand.
func entryChanges(e *models.Expenditure, row int) string {
	b := make([]byte, 0, 512)
	add := func(name, text string) {
		if text == "" {
			return
		}
		quoted, err := json.Marshal(text)
		if err != nil {
			quoted = []byte(`"?"`)
		}
		b = append(append(append(b, `,"`+name+`":[null,`...), quoted...), ']')
	}
	number := func(name string, n int64) {
		b = append(strconv.AppendInt(append(b, `,"`+name+`":[null,`...), n, 10), ']')
	}
	number("amount_cents", int64(e.AmountCents))
	add("application_id", e.ApplicationID)
	add("created_by", e.CreatedBy)
	add("function_code", e.FunctionCode)
	add("grant_year_id", e.GrantYearID)
	add("import_id", *e.ImportID)
	add("invoice", e.Invoice)
	add("line_item_id", e.LineItemID)
	add("memo", e.Memo)
	add("object_code", e.ObjectCode)
	add("organization_id", e.OrganizationID)
	add("posted_on", string(e.PostedOn))
	add("row_key", *e.RowKey)
	number("row_number", int64(row))
	add("spent_on", string(e.SpentOn))
	add("vendor", e.Vendor)
	b[0] = '{'
	return string(append(b, '}'))
}
