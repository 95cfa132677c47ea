package workflow

import (
	"encoding/json"
	"fmt"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/formula"
)

// draft is a revision open for writing, with everything its lines are checked against.
type draft struct {
	rules
	application models.Application
	revision    models.Revision
	lines       []Line
	original    []Line                 // as loaded, for the audit trail
	step        *programs.ApprovalStep // at which the actor may decide; factsIn finds it
	by          models.Grant           // the role that decides at it
	surroundings
}

// surroundings are the facts around a revision that its lines refer to.
type surroundings struct {
	schools     map[string]bool         // of the district, by identifier
	partnership map[string]bool         // of those, the ones the allocation counts
	setAsides   map[string]models.Cents // of the allocation, by the formula's step
	goals       map[string]bool         // of the district's agreement
	targets     map[string]models.Target
	retired     map[string]bool // targets, as of today
	agreement   *models.Agreement
	waivers     []models.GateWaiver            // of the agreement, for this grant year
	committed   map[string]store.LineCommitted // by line item, in a program with commitments
}

// draft locks a revision for writing by its district.
func (s *Service) draft(tx *store.Tx, who models.Actor, revisionID string, version int64) (*draft, error) {
	d, err := s.lockRevision(tx, who, revisionID, version)
	if err != nil {
		return nil, err
	}
	if err := allow(who, EditApplication, d.revision.OrganizationID); err != nil {
		return nil, err
	}
	if err := d.open(); err != nil {
		return nil, err
	}
	if d.revision.Status != StatusDraft && d.revision.Status != StatusReturned {
		return nil, models.Fail(models.Conflict, "revision.locked", "This revision is %s and cannot be changed. %s", words(string(d.revision.Status)), unlockHint(d.revision.Status))
	}
	return d, nil
}

func unlockHint(status models.State) string {
	switch status {
	case StatusSubmitted, StatusInReview:
		return "Ask the reviewer to return it, or withdraw it."
	case StatusApproved:
		return "Start an amendment."
	}
	return "Start a new revision."
}

// lockRevision locks application, revision and lines (always in that order), and loads the rest.
func (s *Service) lockRevision(tx *store.Tx, who models.Actor, id string, version int64) (*draft, error) {
	rev, err := store.Get[models.Revision](tx, id)
	if err != nil {
		return nil, err
	}
	if err := allow(who, ReadDocuments, rev.OrganizationID); err != nil {
		return nil, err
	}
	d := &draft{}
	if d.application, err = store.Lock[models.Application](tx, rev.ApplicationID, 0); err != nil {
		return nil, err
	}
	if d.revision, err = store.Lock[models.Revision](tx, id, version); err != nil {
		return nil, err
	}
	if err := tx.LockLines(rev.ApplicationID); err != nil {
		return nil, err
	}
	if err := s.fill(tx, d); err != nil {
		return nil, err
	}
	return d, nil
}

// fill loads rules, lines and surroundings of d.revision.
func (s *Service) fill(r store.Reading, d *draft) (err error) {
	if d.rules, err = s.rules(r, d.revision.GrantYearID); err != nil {
		return err
	}
	if d.lines, err = linesOf(r, d.revision); err != nil {
		return err
	}
	d.original = slices.Clone(d.lines)
	if d.surroundings, err = s.surroundingsOf(r, d.application); err != nil || d.def.Commitments == nil {
		return err
	}
	d.committed, err = readerOf(r).Committed(d.application.ID, "")
	return err
}

func (s *Service) surroundingsOf(r store.Reading, app models.Application) (surroundings, error) {
	schools, err := store.All[models.Organization](r, store.Eq{"parent_id": app.OrganizationID, "kind": models.KindSchool})
	if err != nil {
		return surroundings{}, err
	}
	receipt, err := receiptOf(r, app)
	if err != nil {
		return surroundings{}, err
	}
	own, err := store.Get[models.Organization](r, app.OrganizationID)
	if err != nil {
		return surroundings{}, err
	}
	agreement, err := latestAgreement(r, app.OrganizationID)
	if err != nil || agreement == nil {
		return around(own, schools, receipt, nil, nil, s.Today()), err
	}
	targets, err := store.All[models.Target](r, store.Eq{"agreement_id": agreement.ID})
	if err != nil {
		return surroundings{}, err
	}
	sur := around(own, schools, receipt, agreement, targets, s.Today())
	if sur.waivers, err = store.All[models.GateWaiver](r, store.Eq{"agreement_id": agreement.ID, "grant_year_id": app.GrantYearID}, "finding"); err != nil {
		return sur, err
	}
	goals, err := store.All[models.Goal](r, store.Eq{"agreement_id": agreement.ID})
	for _, g := range goals {
		sur.goals[g.ID] = true
	}
	return sur, err
}

// around puts together what lines refer to: the schools of the recipient, what its receipt
// says of them, and the targets of its agreement (nil when it has none).
func around(own models.Organization, schools []models.Organization, receipt formula.Receipt, agreement *models.Agreement, targets []models.Target, today models.Date) surroundings {
	sur := surroundings{schools: map[string]bool{}, partnership: map[string]bool{}, setAsides: map[string]models.Cents{}, goals: map[string]bool{},
		targets: map[string]models.Target{}, retired: map[string]bool{}, agreement: agreement}
	if own.OrgKind == models.KindSchool { // a school that receives the money itself
		schools = append(slices.Clone(schools), own)
	}
	counted := map[string]bool{}
	for _, u := range receipt.Units {
		counted[u.Code] = u.Eligible
	}
	for _, o := range schools {
		sur.schools[o.ID] = true
		if counted[o.Code] {
			sur.partnership[o.ID] = true
		}
	}
	for _, a := range receipt.SetAsides {
		sur.setAsides[a.Code] = a.AmountCents
	}
	for _, t := range targets {
		sur.targets[t.ID] = t
		sur.retired[t.ID] = !t.RetiredOn.IsZero() && t.RetiredOn <= today
	}
	return sur
}

// latestAgreement is the district's signed agreement, or the draft while none is signed.
func latestAgreement(r store.Reading, organizationID string) (*models.Agreement, error) {
	all, err := store.All[models.Agreement](r, store.Eq{"organization_id": organizationID}, "assigned_on", "id")
	if err != nil {
		return nil, err
	}
	return latestOf(all), nil
}

// latestOf chooses among the agreements of one organization, by assignment.
func latestOf(all []models.Agreement) *models.Agreement {
	var found *models.Agreement
	for i := range all {
		if all[i].Status == StatusSigned || (found == nil && all[i].Status == StatusDraft) {
			found = &all[i]
		}
	}
	return found
}

// receiptOf is the receipt of the application's allocation: it says which schools count
// as partnership schools and what was set aside.
func receiptOf(r store.Reading, app models.Application) (formula.Receipt, error) {
	var receipt formula.Receipt
	if app.AllocationID == nil {
		return receipt, nil
	}
	alloc, err := store.Get[models.Allocation](r, *app.AllocationID)
	if err != nil {
		return receipt, err
	}
	if err := json.Unmarshal([]byte(alloc.Receipt), &receipt); err != nil {
		return receipt, fmt.Errorf("receipt of allocation %s: %w", alloc.ID, err)
	}
	return receipt, nil
}

func (d *draft) line(number int) *Line {
	for i := range d.lines {
		if d.lines[i].Number == number {
			return &d.lines[i]
		}
	}
	return nil
}

func (d *draft) before(number int) *Line {
	for i := range d.original {
		if d.original[i].Number == number {
			return &d.original[i]
		}
	}
	return nil
}

// keep writes a line's version and, while it is only proposed, its mirror in line_items.
func (d *draft) keep(tx *store.Tx, line *Line) error {
	if line.Base != nil && len(changedFields(line.Base, line)) == 0 {
		return d.untouch(tx, line) // as in force again: nothing to review
	}
	fresh := line.Version.ID == ""
	if fresh {
		line.Version.ID = tx.NewID()
	}
	if line.LineItemID == "" {
		n, err := tx.Counter("line_item/" + d.application.ID)
		if err != nil {
			return err
		}
		line.Number, line.LineItemID = int(n), tx.NewID()
		item := d.mirror(*line)
		item.CreatedAt, item.UpdatedAt = tx.Now, tx.Now
		if err := tx.Create(&item); err != nil {
			return err
		}
	} else if line.Base == nil {
		item := d.mirror(*line)
		item.UpdatedAt = tx.Now
		if err := tx.Set(&item, store.Eq{"id": item.ID}, "version_id", "use_category", "function_code", "object_code", "school_id", "description", "link_status", "updated_at"); err != nil {
			return err
		}
	}
	line.Version.LineItemID = line.LineItemID
	if !fresh {
		if err := d.forget(tx, line.Version.ID); err != nil {
			return err
		}
	}
	if err := tx.Create(&line.Version); err != nil {
		return err
	}
	for i := range line.Costs {
		line.Costs[i].LineVersionID = line.Version.ID
	}
	for i := range line.Links {
		line.Links[i].LineVersionID = line.Version.ID
	}
	if err := tx.Create(&line.Costs); err != nil {
		return err
	}
	if len(line.Links) > 0 {
		if err := tx.Create(&line.Links); err != nil {
			return err
		}
	}
	d.put(*line)
	return nil
}

// mirror is the line_items row of a line that is not in force yet: nothing is approved.
func (d *draft) mirror(l Line) models.LineItem {
	item := models.LineItem{ID: l.LineItemID, ApplicationID: d.application.ID, GrantYearID: d.year.ID, OrganizationID: d.application.OrganizationID,
		Number: l.Number, Status: StatusProposed, VersionID: l.Version.ID, UseCategory: l.Version.UseCategory, FunctionCode: l.Version.FunctionCode,
		SchoolID: l.Version.SchoolID, Description: l.Version.Description, LinkStatus: "none"}
	var most models.Cents = -1
	for _, c := range l.Costs {
		if c.AmountCents > most {
			most, item.ObjectCode = c.AmountCents, c.ObjectCode
		}
	}
	for _, k := range l.Links {
		if k.TargetID != "" {
			item.LinkStatus = "target"
		} else if item.LinkStatus == "none" {
			item.LinkStatus = "goal_only"
		}
	}
	return item
}

// forget deletes a version of this open revision with its costs and links.
func (d *draft) forget(tx *store.Tx, versionID string) error {
	for _, child := range []any{&models.LineCost{}, &models.LineLink{}} {
		if err := tx.Remove(child, store.Eq{"line_version_id": versionID}); err != nil {
			return err
		}
	}
	return tx.Remove(&models.LineVersion{}, store.Eq{"id": versionID, "revision_id": d.revision.ID})
}

// untouch makes the line again what the base revision has.
func (d *draft) untouch(tx *store.Tx, line *Line) error {
	if line.Version.ID != "" {
		if err := d.forget(tx, line.Version.ID); err != nil {
			return err
		}
	}
	base := *line.Base
	base.Touched = false
	*line = base
	d.put(base)
	return nil
}

// drop takes a line out: a proposed one disappears, one in force gets a removal.
func (d *draft) drop(tx *store.Tx, number int) error {
	line := *d.line(number)
	if line.Touched && line.Base == nil {
		if err := d.forget(tx, line.Version.ID); err != nil {
			return err
		}
		d.lines = slices.DeleteFunc(d.lines, func(l Line) bool { return l.Number == number })
		return tx.Remove(&models.LineItem{}, store.Eq{"id": line.LineItemID, "status": StatusProposed})
	}
	removal := line
	if !line.Touched {
		base := line
		removal.Base, removal.Touched, removal.Version.ID = &base, true, ""
	}
	removal.Version = removal.Base.Version
	removal.Version.ID, removal.Version.RevisionID = line.Version.ID, d.revision.ID
	if !line.Touched {
		removal.Version.ID = ""
	}
	removal.Version.Action, removal.Version.AmountCents, removal.Version.Decision = "remove", 0, "pending"
	removal.Version.DecisionReason, removal.Version.DecisionStep, removal.Version.DecidedBy = "", "", nil
	removal.Costs, removal.Links = []models.LineCost{{ObjectCode: line.Costs[0].ObjectCode}}, nil
	return d.keep(tx, &removal)
}

func (d *draft) put(line Line) {
	for i := range d.lines {
		if d.lines[i].Number == line.Number {
			d.lines[i] = line
			return
		}
	}
	d.lines = append(d.lines, line)
}

// update brings the revision's totals up to date and records why.
func (d *draft) update(tx *store.Tx, who models.Actor, e models.AuditEvent) error {
	total, count, err := totalOf(d.lines)
	if err != nil {
		return err
	}
	d.revision.TotalCents, d.revision.LineCount = total, count
	if err := tx.Update(&d.revision, "total_cents", "line_count"); err != nil {
		return err
	}
	tx.Audit(&d.revision, ruled(e, d.rules))
	return nil
}
