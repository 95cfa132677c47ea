package workflow

import (
	"cmp"
	"context"
	"slices"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// RevisionDesk is everything that writing and reading a revision needs, read together: the
// revision with its lines, the rules it is held to, what lines can refer to, what is wrong
// with it, how far it moves the budget, and the checklist of its reviewers.
type RevisionDesk struct {
	RevisionView
	Definition *programs.Definition // as the grant year keeps it
	Choices    LineChoices
	Findings   Findings
	Meter      MeterResult
	Checklist  []CheckItem
	MayEdit    error             // nil when the actor may change lines now; otherwise why not
	CopyFrom   string            // title of the year before that lines can be copied from; "" for none
	People     map[string]string // names of those who wrote, signed or decided, by identifier
}

// Editable reports whether the actor may change lines now.
func (d RevisionDesk) Editable() bool { return d.MayEdit == nil }

// LineChoices are what a line of a revision can refer to.
type LineChoices struct {
	Functions []programs.ChartCode // of the chart of accounts, as they hold in the year
	Objects   []programs.ChartCode
	Schools   []SchoolChoice
	Goals     []models.Goal   // by number
	Targets   []models.Target // by goal and code; retired ones too, which are not to be chosen
	Retired   map[string]bool // by target
}

// SchoolChoice is a school of the district. The money is for partnership schools.
type SchoolChoice struct {
	ID, Code, Name string
	Partnership    bool
}

// RevisionDesk reads a revision with everything around it.
func (s *Service) RevisionDesk(ctx context.Context, who models.Actor, id string) (RevisionDesk, error) {
	d, view, err := s.revisionView(ctx, who, id)
	desk := RevisionDesk{RevisionView: view, Definition: d.def}
	if err != nil {
		return desk, err
	}
	facts, err := s.facts(ctx, who, d, view.Approvals, "")
	if err != nil {
		return desk, err
	}
	desk.Offers = offers(Revisions, d.revision.Status, who, d.revision.OrganizationID, facts)
	desk.Findings = findingsOf(d, facts)
	r := s.db.Read(ctx)
	if desk.Meter, err = meterOf(r, d); err != nil {
		return desk, err
	}
	desk.Checklist = checklistOf(d, facts, desk.Meter)
	desk.MayEdit = mayEdit(who, d)
	if desk.Choices, err = s.choicesOf(r, d); err != nil {
		return desk, err
	}
	if desk.MayEdit == nil {
		if desk.CopyFrom, err = copyable(r, d); err != nil {
			return desk, err
		}
	}
	desk.People, err = namesOf(r, d.revision, view.Approvals)
	return desk, err
}

// mayEdit says why the actor may not change lines of a revision now.
func mayEdit(who models.Actor, d *draft) error {
	if err := allow(who, EditApplication, d.revision.OrganizationID); err != nil {
		return err
	}
	if err := d.rules.open(); err != nil {
		return err
	}
	if d.revision.Status != StatusDraft && d.revision.Status != StatusReturned {
		return models.Fail(models.Conflict, "revision.locked", "This revision is %s and cannot be changed. %s", words(string(d.revision.Status)), unlockHint(d.revision.Status))
	}
	return nil
}

func (s *Service) choicesOf(r store.Reading, d *draft) (LineChoices, error) {
	c := LineChoices{Retired: d.retired}
	if chart := d.def.ChartOfAccounts(); chart != nil {
		c.Functions, c.Objects = chart.InYear(d.year.FiscalYear)
	}
	schools, err := store.All[models.Organization](r, store.Eq{"parent_id": d.application.OrganizationID, "kind": models.KindSchool}, "name")
	if err != nil {
		return c, err
	}
	for _, o := range schools {
		c.Schools = append(c.Schools, SchoolChoice{o.ID, o.Code, o.Name, d.partnership[o.ID]})
	}
	if d.agreement == nil {
		return c, nil
	}
	if c.Goals, err = store.All[models.Goal](r, store.Eq{"agreement_id": d.agreement.ID}, "number"); err != nil {
		return c, err
	}
	for _, t := range d.targets {
		c.Targets = append(c.Targets, t)
	}
	slices.SortFunc(c.Targets, func(a, b models.Target) int {
		return cmp.Or(cmp.Compare(a.GoalID, b.GoalID), cmp.Compare(a.DueOn, b.DueOn), cmp.Compare(a.Code, b.Code))
	})
	return c, nil
}

// copyable is the year before whose lines could be copied into a draft that holds none yet
// of an application that has nothing in force.
func copyable(r store.Reading, d *draft) (string, error) {
	if d.revision.BaseID != nil {
		return "", nil
	}
	prior, err := store.One[models.GrantYear](r, store.Eq{"program_code": d.def.Code, "fiscal_year": d.year.FiscalYear - 1})
	if models.KindOf(err) == models.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	app, err := store.One[models.Application](r, store.Eq{"grant_year_id": prior.ID, "organization_id": d.application.OrganizationID})
	if models.KindOf(err) == models.NotFound || (err == nil && app.InForceRevisionID == nil) {
		return "", nil
	}
	return prior.Title, err
}

// namesOf are the names of the people of a revision: what they did in it is no secret to
// who may read it.
func namesOf(r store.Reading, rev models.Revision, approvals []models.Approval) (map[string]string, error) {
	ids := []string{rev.CreatedBy}
	if rev.SubmittedBy != nil {
		ids = append(ids, *rev.SubmittedBy)
	}
	for _, a := range approvals {
		ids = append(ids, a.UserID)
		if a.OnBehalfOf != "" {
			ids = append(ids, a.OnBehalfOf)
		}
	}
	users, err := store.All[models.User](r, store.Eq{"id": ids})
	names := map[string]string{}
	for _, u := range users {
		names[u.ID] = u.Name
	}
	return names, err
}
