package workflow

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// ReviewView is a revision as its reviewer needs it: what changed, and everything to judge
// it by.
type ReviewView struct {
	RevisionView
	Queued    Queued                 // its clock and its risks
	Decides   *programs.ApprovalStep // at which the actor may decide now; nil when not
	WhyNot    string                 // why not
	Meter     MeterResult
	Touched   []ReviewLine // by number
	Unchanged int          // lines that stay as they are in force
}

// ReviewLine is a line that the revision adds, changes or removes.
type ReviewLine struct {
	Line
	Change   string        // added, changed, removed
	Fields   []FieldChange // what differs from the line in force; nil for an added one
	Findings []models.FieldError
	Targets  []models.Target
	Goals    []models.Goal // where it names no target of the goal
	School   string
	Flagged  bool   // somebody has still to settle a flag on it
	LowRisk  string // why it is of low risk; "" when it is not
	Moves    []MeterFinding
	Earlier  []EarlierDecision
}

// EarlierDecision is what was decided on a like line before: the same line in an earlier
// round or revision, or a line of the district with the same use category, function and
// object, in any year of the program.
type EarlierDecision struct {
	RevisionID     string
	RevisionNumber int
	Reference      string
	FiscalYear     int
	LineNumber     int
	Description    string
	AmountCents    models.Cents
	Decision       string // approved, returned, denied
	Reason         string
	DecidedBy      string // name; "" when it is not known
	DecidedOn      models.Date
	SameLine       bool
}

// maxEarlier is how many earlier decisions are told of one line.
const maxEarlier = 5

// Review reads a revision for who judges it, in a fixed number of queries.
func (s *Service) Review(ctx context.Context, who models.Actor, id string) (ReviewView, error) {
	d, v, err := s.revisionView(ctx, who, id)
	out := ReviewView{RevisionView: v}
	if err != nil {
		return out, err
	}
	facts, err := s.facts(ctx, who, d, v.Approvals, "asked for when it is returned")
	if err != nil {
		return out, err
	}
	out.Offers = offers(Revisions, d.revision.Status, who, d.revision.OrganizationID, facts)
	r := s.db.Read(ctx)
	out.Meter = d.meterOf(baseLines(d.lines))
	if out.Meter.Cells, err = s.withSpent(r, d, out.Meter.Cells); err != nil {
		return out, err
	}
	flags, err := store.Count[models.Flag](r, store.Eq{"application_id": d.application.ID, "status": []models.State{StatusOpen, StatusAcknowledged}})
	if err != nil {
		return out, err
	}
	out.Queued = s.queued(who, d, store.QueueRow{Revision: d.revision, Reference: d.application.Reference, OrganizationName: v.District.Name, OrganizationCode: v.District.Code,
		PALUserID: v.District.PALUserID, OpenFlags: int(flags)}, v.Approvals)
	if out.Queued.Mine {
		out.Decides = d.step // facts found it
	}
	if out.WhyNot = out.Queued.WhyNot; v.NextStep == nil {
		out.WhyNot = fmt.Sprintf("It is %s and waits for no review.", words(string(d.revision.Status)))
		out.Decides = nil
	}
	return out, s.reviewLines(r, d, &out)
}

// withSpent adds what was spent in each cell.
func (s *Service) withSpent(r *store.Reader, d *draft, cells []MeterCell) ([]MeterCell, error) {
	spent, err := spentOn(r, d, d.def.Amendment.Basis)
	for i := range cells {
		cells[i].SpentCents = spent[cells[i].Cell]
	}
	return cells, err
}

func (s *Service) reviewLines(r *store.Reader, d *draft, out *ReviewView) error {
	flagged, err := r.FlaggedLines([]string{d.application.ID})
	if err != nil {
		return err
	}
	goals := map[string]models.Goal{}
	if d.agreement != nil {
		all, err := store.All[models.Goal](r, store.Eq{"agreement_id": d.agreement.ID})
		if err != nil {
			return err
		}
		for _, g := range all {
			goals[g.ID] = g
		}
	}
	schools, err := store.All[models.Organization](r, store.Eq{"parent_id": d.application.OrganizationID, "kind": models.KindSchool})
	if err != nil {
		return err
	}
	names := map[string]string{out.District.ID: out.District.Name}
	for _, o := range schools {
		names[o.ID] = o.Name
	}
	earlier, err := s.earlierDecisions(r, d)
	if err != nil {
		return err
	}
	for _, l := range d.lines {
		if !l.Touched {
			out.Unchanged++
			continue
		}
		rl := ReviewLine{Line: l, Change: "added", Findings: d.findings(l), School: names[deref(l.Version.SchoolID)], Flagged: slices.Contains(flagged, l.LineItemID), Earlier: earlier.of(l)}
		switch {
		case l.Version.Action == "remove":
			rl.Change = "removed"
		case l.Base != nil:
			rl.Change, rl.Fields = "changed", changedFields(l.Base, &l)
		}
		rl.LowRisk, _ = d.lowRisk(l, out.Meter, rl.Flagged)
		for _, k := range l.Links {
			if t, ok := d.targets[k.TargetID]; ok {
				rl.Targets = append(rl.Targets, t)
			} else if g, ok := goals[k.GoalID]; ok {
				rl.Goals = append(rl.Goals, g)
			}
		}
		for _, f := range out.Meter.Changes {
			if f.Line == l.Number && f.Outcome == OutcomeReview {
				rl.Moves = append(rl.Moves, f)
			}
		}
		out.Touched = append(out.Touched, rl)
	}
	return nil
}

// decisionsBefore are earlier decisions, by what makes lines alike.
type decisionsBefore struct {
	byLine map[int][]EarlierDecision    // of this application
	byKind map[string][]EarlierDecision // by use category, function and object
}

func kindOfLine(category, function, object string) string {
	return category + "|" + function + "|" + object
}

// of are the earlier decisions on lines like this one: its own first, then the latest.
func (b decisionsBefore) of(l Line) []EarlierDecision {
	out := slices.Clone(b.byLine[l.Number])
	for i := range out {
		out[i].SameLine = true
	}
	object, most := "", models.Cents(-1)
	for _, c := range l.Costs {
		if c.AmountCents > most {
			object, most = c.ObjectCode, c.AmountCents
		}
	}
	for _, e := range b.byKind[kindOfLine(l.Version.UseCategory, l.Version.FunctionCode, object)] {
		if !slices.ContainsFunc(out, func(o EarlierDecision) bool {
			return o.RevisionID == e.RevisionID && o.LineNumber == e.LineNumber && o.Decision == e.Decision
		}) {
			out = append(out, e)
		}
	}
	return out[:min(len(out), maxEarlier)]
}

// earlierDecisions reads what was decided on lines of the district before: how revisions
// that are over left each line, and from the audit trail what was returned or denied on the
// way. Two queries, and one for names.
func (s *Service) earlierDecisions(r *store.Reader, d *draft) (decisionsBefore, error) {
	out := decisionsBefore{map[int][]EarlierDecision{}, map[string][]EarlierDecision{}}
	rows, err := r.DecidedLines(d.revision.OrganizationID, d.def.Code, d.revision.ID)
	if err != nil {
		return out, err
	}
	answers, err := r.LineAnswers(d.revision.OrganizationID, d.def.Code)
	if err != nil {
		return out, err
	}
	known := map[string]store.DecidedLine{} // by revision and number
	at := func(revision string, number int) string { return revision + "/" + strconv.Itoa(number) }
	for _, row := range rows {
		known[at(row.RevisionID, row.LineNumber)] = row
	}
	for _, l := range d.lines { // those of this revision in earlier rounds
		if l.Touched {
			known[at(d.revision.ID, l.Number)] = store.DecidedLine{RevisionID: d.revision.ID, RevisionNumber: d.revision.Number, ApplicationID: d.application.ID,
				Reference: d.application.Reference, FiscalYear: d.year.FiscalYear, LineNumber: l.Number, Description: l.Version.Description, AmountCents: l.Version.AmountCents}
		}
	}
	add := func(row store.DecidedLine, e EarlierDecision) {
		e.RevisionID, e.RevisionNumber, e.Reference, e.FiscalYear, e.LineNumber, e.Description, e.AmountCents = row.RevisionID, row.RevisionNumber, row.Reference, row.FiscalYear, row.LineNumber, row.Description, row.AmountCents
		if row.ApplicationID == d.application.ID {
			out.byLine[row.LineNumber] = append(out.byLine[row.LineNumber], e)
			return
		}
		kind := kindOfLine(row.UseCategory, row.FunctionCode, row.ObjectCode)
		out.byKind[kind] = append(out.byKind[kind], e)
	}
	thisRound := true
	for i := len(answers) - 1; i >= 0; i-- { // the latest first
		e := answers[i]
		on := models.DateOf(e.At, s.zone)
		if e.DocumentID == d.revision.ID && e.Action == "submit" {
			thisRound = false
		}
		if e.Action == "submit" || thisRound && e.DocumentID == d.revision.ID {
			continue
		}
		said, err := answersIn(e)
		if err != nil {
			return out, err
		}
		for _, a := range said {
			row, ok := known[at(e.DocumentID, a.Number)]
			if ok && (a.Decision == "returned" || a.Decision == "denied") {
				add(row, EarlierDecision{Decision: a.Decision, Reason: a.Reason, DecidedBy: e.ActorName, DecidedOn: on})
			}
		}
	}
	for _, row := range rows {
		if row.Decision != "approved" { // denials are told above, with who and when
			continue
		}
		e := EarlierDecision{Decision: row.Decision, Reason: row.Reason}
		if row.DecidedAt != nil {
			e.DecidedOn = models.DateOf(*row.DecidedAt, s.zone)
		}
		add(row, e)
	}
	return out, nil
}

// answersIn are the decisions that an event tells, by number.
func answersIn(e models.AuditEvent) ([]LineAnswer, error) {
	var changes map[string][2]any
	if err := json.Unmarshal([]byte(e.Changes), &changes); err != nil {
		return nil, fmt.Errorf("changes of event %s: %w", e.ID, err)
	}
	var out []LineAnswer
	for name, pair := range changes {
		rest, ok := strings.CutPrefix(name, "line_items/")
		number, field, _ := strings.Cut(rest, "/")
		if !ok || field != "decision" {
			continue
		}
		n, err := strconv.Atoi(number)
		decision, _ := pair[1].(string)
		if err != nil {
			continue
		}
		a := LineAnswer{Number: n, Decision: decision, Reason: e.Reason}
		if reason, ok := changes["line_items/"+number+"/decision_reason"][1].(string); ok {
			a.Reason = reason
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b LineAnswer) int { return a.Number - b.Number })
	return out, nil
}
