package workflow

import (
	"encoding/json"
	"fmt"
	"maps"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
	"earmark/workflow/formula"
)

// rehearsed is everything of a grant year that its rules look at, loaded once.
type rehearsed struct {
	applications  []models.Application // by id
	revisions     map[string][]models.Revision
	versions      map[string][]store.LineVersionRow // by application
	costs         map[string][]models.LineCost
	links         map[string][]models.LineLink
	approvals     map[string][]models.Approval // by revision
	organizations map[string]models.Organization
	schools       map[string][]models.Organization // by recipient
	agreements    map[string]*models.Agreement     // by recipient
	waivers       map[string][]models.GateWaiver   // of the year, by agreement
	targets       map[string][]models.Target       // by agreement
	receipts      map[string]formula.Receipt       // by application
	funded        map[string]int                   // earlier years, by recipient
	prior         map[string]priorUse
	records       map[string]map[string]priorRecords // by recipient
}

// grouped is rows by a key.
func grouped[T any](rows []T, err error, key func(T) string) (map[string][]T, error) {
	out := map[string][]T{}
	for _, row := range rows {
		out[key(row)] = append(out[key(row)], row)
	}
	return out, err
}

// loadRehearsed reads a grant year in a fixed number of queries.
func (s *Service) loadRehearsed(reader *store.Reader, year models.GrantYear) (*rehearsed, error) {
	w := &rehearsed{}
	for _, read := range []func(*store.Reader, models.GrantYear) error{w.documents, w.lines, w.places, w.agreed, w.paid} {
		if err := read(reader, year); err != nil {
			return nil, err
		}
	}
	return w, w.earlier(reader, s, year)
}

func (w *rehearsed) documents(r *store.Reader, year models.GrantYear) (err error) {
	if w.applications, err = store.All[models.Application](r, store.Eq{"grant_year_id": year.ID}, "id"); err != nil {
		return err
	}
	rows, err := r.RehearsedRevisions(year.ID)
	if w.revisions, err = grouped(rows, err, func(v models.Revision) string { return v.ApplicationID }); err != nil {
		return err
	}
	answers, err := r.YearApprovals(year.ID)
	w.approvals, err = grouped(answers, err, func(a models.Approval) string { return a.RevisionID })
	return err
}

func (w *rehearsed) lines(r *store.Reader, year models.GrantYear) error {
	rows, err := r.YearLineVersions(year.ID)
	if err != nil {
		return err
	}
	w.versions = map[string][]store.LineVersionRow{}
	for _, row := range rows {
		w.versions[row.ApplicationID] = append(w.versions[row.ApplicationID], row.LineVersionRow)
	}
	costs, err := r.YearLineCosts(year.ID)
	if w.costs, err = grouped(costs, err, func(c models.LineCost) string { return c.LineVersionID }); err != nil {
		return err
	}
	links, err := r.YearLineLinks(year.ID)
	w.links, err = grouped(links, err, func(k models.LineLink) string { return k.LineVersionID })
	return err
}

func (w *rehearsed) places(r *store.Reader, year models.GrantYear) error {
	rows, err := r.YearOrganizations(year.ID)
	w.organizations, w.schools = map[string]models.Organization{}, map[string][]models.Organization{}
	for _, o := range rows {
		w.organizations[o.ID] = o
		if o.OrgKind == models.KindSchool && o.ParentID != nil {
			w.schools[*o.ParentID] = append(w.schools[*o.ParentID], o)
		}
	}
	return err
}

func (w *rehearsed) agreed(r *store.Reader, year models.GrantYear) error {
	rows, err := r.YearAgreements(year.ID)
	by, err := grouped(rows, err, func(a models.Agreement) string { return a.OrganizationID })
	if err != nil {
		return err
	}
	w.agreements = map[string]*models.Agreement{}
	for id, all := range by {
		w.agreements[id] = latestOf(all)
	}
	waivers, err := store.All[models.GateWaiver](r, store.Eq{"grant_year_id": year.ID}, "id")
	if w.waivers, err = grouped(waivers, err, func(x models.GateWaiver) string { return x.AgreementID }); err != nil {
		return err
	}
	targets, err := r.YearTargets(year.ID)
	w.targets, err = grouped(targets, err, func(t models.Target) string { return t.AgreementID })
	return err
}

func (w *rehearsed) paid(r *store.Reader, year models.GrantYear) error {
	w.receipts = map[string]formula.Receipt{}
	return r.YearReceipts(year.ID, func(id, text string) error {
		var receipt formula.Receipt
		if err := json.Unmarshal([]byte(text), &receipt); err != nil {
			return fmt.Errorf("receipt of application %s: %w", id, err)
		}
		w.receipts[id] = receipt
		return nil
	})
}

func (w *rehearsed) earlier(r *store.Reader, s *Service, year models.GrantYear) error {
	w.funded, w.prior = map[string]int{}, map[string]priorUse{}
	counts, err := r.YearsFundedBefore(year.ProgramCode, year.FiscalYear)
	if err != nil {
		return err
	}
	for _, c := range counts {
		w.funded[c.OrganizationID] = c.Count
	}
	prior, err := s.yearBefore(r, year)
	if err != nil || prior == nil {
		return err
	}
	if w.records, err = s.recordsOf(r, *prior, ""); err != nil {
		return err
	}
	use, err := r.YearUse(prior.ID)
	for _, u := range use {
		w.prior[u.OrganizationID] = priorUse{u.AllocationCents, u.SpentCents}
	}
	return err
}

// draft is a revision under some rules, as an editor or reviewer would load it. receipt and
// cents are those of its allocation under these rules.
func (w *rehearsed) draft(ru rules, app models.Application, rev models.Revision, lines []Line, receipt formula.Receipt, cents models.Cents, today models.Date) *draft {
	d := &draft{rules: ru, application: app, revision: rev, lines: lines}
	d.application.AllocationCents = cents
	agreement := w.agreements[app.OrganizationID]
	var targets []models.Target
	if agreement != nil {
		targets = w.targets[agreement.ID]
	}
	d.surroundings = around(w.organizations[app.OrganizationID], w.schools[app.OrganizationID], receipt, agreement, targets, today)
	if agreement != nil {
		d.waivers = w.waivers[agreement.ID]
	}
	return d
}

// linesAt are the lines of one revision.
func (w *rehearsed) linesAt(rev models.Revision) []Line {
	var rows []store.LineVersionRow
	for _, row := range w.versions[rev.ApplicationID] {
		if row.Version.RevisionID == rev.ID || row.RevisionNumber < rev.Number {
			rows = append(rows, row)
		}
	}
	return assembleLines(rev, rows, w.costs, w.links)
}

// base is the revision that another one would replace, when it is known here.
func (w *rehearsed) base(rev models.Revision) (models.Revision, bool) {
	for _, other := range w.revisions[rev.ApplicationID] {
		if rev.BaseID != nil && other.ID == *rev.BaseID {
			return other, true
		}
	}
	return models.Revision{}, false
}

func (w *rehearsed) history(organizationID string) history {
	h := history{funded: w.funded[organizationID], records: w.records[organizationID]}
	if use, ok := w.prior[organizationID]; ok {
		h.prior = &use
	}
	return h
}

// shares are what a formula gives, by the recipient's organization.
type shares struct {
	byOrganization map[string]formula.Allocation
	bounds         map[string][2]string
	problem        error // why there are none
}

// share applies a definition's formula to the facts of a year.
func share(reader store.Reading, ru rules, factsYear int) (shares, error) {
	out := shares{byOrganization: map[string]formula.Allocation{}, bounds: map[string][2]string{}}
	if len(ru.def.Formula.Steps) == 0 || factsYear == 0 {
		return out, nil
	}
	known, err := recipients(reader, ru.def, factsYear, "")
	if err != nil {
		return out, err
	}
	made, err := try(ru, known, factsYear)
	if models.KindOf(err) == models.Invalid {
		out.problem = err
		return out, nil
	}
	for i, a := range made.result.Allocations {
		id := made.ids[a.Code]
		out.byOrganization[id] = a
		bound, by := boundOf(made.result.Determinations[i], a)
		out.bounds[id] = [2]string{bound, by}
	}
	return out, err
}

// codes are the recipients of two formulas together.
func codes(a, b shares) map[string]bool {
	out := map[string]bool{}
	for id := range maps.Keys(a.byOrganization) {
		out[id] = true
	}
	for id := range maps.Keys(b.byOrganization) {
		out[id] = true
	}
	return out
}

// changedRules are the grant year's rules with another definition in the place of its own.
func changedRules(now rules, def *programs.Definition) (rules, error) {
	overridden := map[string]string{}
	if err := json.Unmarshal([]byte(now.year.Parameters), &overridden); err != nil {
		return rules{}, fmt.Errorf("parameters of grant year %s: %w", now.year.ID, err)
	}
	params, err := def.Params(now.year.FiscalYear, overridden)
	return rules{year: now.year, def: def, params: params}, err
}
