package web

import (
	"html/template"
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// agreementPlace is where pages of one agreement are: its district and the way back.
type agreementPlace struct {
	district models.Organization
	crumbs   []Link // to the agreement
}

func (w *Web) agreementPlace(r *request, a workflow.AgreementDetail) (agreementPlace, error) {
	o, err := r.s.Organization(r.ctx(), r.who, a.OrganizationID)
	return agreementPlace{o, []Link{{Text: r.t("Agreements"), Href: "/agreements"}, {Text: r.t("%s, cohort %s", o.Name, a.Cohort), Href: "/agreements/" + a.ID}}}, err
}

// agreementView is the body of an agreement's page.
type agreementView struct {
	workflow.AgreementDetail
	District  models.Organization
	Program   string
	Liaison   string
	TermLeft  string
	Past      bool
	Findings  []agreementFinding
	Missing   int
	Document  string // record that signs the agreement
	Kind      string // of that record
	KindTitle string
	Goals     []goalView
	Sight     workflow.AgreementSight
	Money     *Chart
	Standings int
	Counts    []statusCount
	Support   *workflow.SupportView
	Next      *workflow.NextMeeting
	Records   []agreementRecord
	Steps     []Confirm
	Blocked   []string
	Form      *Form // of a step that was refused
	Waivers   []waiverView
	May       agreementRights
	Draft     bool
	Signed    bool
	LeftOut   string // types that do not apply
}

// agreementRights say which forms are worth offering.
type agreementRights struct{ Targets, Plan, Retire, Waive, Report, Meet, Support, Decide, Record, Audit bool }

// agreementFinding is something that is missing or recommended, with the way to mend it.
type agreementFinding struct {
	Text, Fix, Cite, Href string
	Missing               bool
}

type agreementRecord struct {
	workflow.RecordRow
	Title string
}

type statusCount struct {
	Status string
	Count  int
}

type waiverView struct {
	models.GateWaiver
	Year, By string
}

// goalView is a goal with what measures and what serves it.
type goalView struct {
	models.Goal
	Targets    []targetView
	Strategies []strategyView
}

// targetView is a target with where it stands and the money that serves it.
type targetView struct {
	models.Target
	School   string
	Standing *workflow.TargetStanding
	Sight    *workflow.TargetSight
	Small    template.HTML
	Word     string // where it stands
	Tone     string
	Gap      string // ahead of or behind the line, or what it was missed by
	Locked   bool   // cannot be retired any more
}

type strategyView struct {
	models.Strategy
	Activities []activityView
}

type activityView struct {
	models.Activity
	Serves string
}

func (w *Web) agreement(r *request) error { return w.showAgreement(r, nil) }

// showAgreement shows an agreement as it is or as it stood on a day. f is a step that was
// refused.
func (w *Web) showAgreement(r *request, f *Form) error {
	on, about := models.Date(r.Query("on")), workflow.AsOf{}
	var a workflow.AgreementDetail
	var err error
	if on.IsZero() {
		a, err = r.s.Agreement(r.ctx(), r.who, r.id())
	} else {
		a, about, err = r.s.AgreementOn(r.ctx(), r.who, r.id(), on)
	}
	if err != nil {
		return err
	}
	v, err := w.agreementView(r, a, on)
	if err != nil {
		return err
	}
	v.Form = f
	p := Page{Title: r.t("Agreement of %s", v.District.Name), Section: "/agreements", Crumbs: []Link{{Text: r.t("Agreements"), Href: "/agreements"}},
		Lead: r.t("%s, cohort %s", v.Program, a.Cohort), AsOf: &AsOf{On: on, Path: "/agreements/" + a.ID, Rules: about.Rules}, Body: v, Wide: true, Problems: f.Problems()}
	if f != nil {
		p.Status = f.Status()
	}
	if !v.Past {
		p.Actions = v.actions(r)
	}
	return r.show("agreement", p)
}

func (v *agreementView) actions(r *request) (out []Link) {
	if v.Signed && v.May.Report {
		out = append(out, Link{Text: r.t("Report a result"), Href: "/target_results/new?agreement_id=" + v.ID, Primary: true})
	}
	if v.May.Targets && v.Status != workflow.StatusEnded {
		out = append(out, Link{Text: r.t("Change the agreement"), Href: "/agreements/" + v.ID + "/edit"})
	}
	if v.Signed {
		out = append(out, Link{Text: r.t("End of the term"), Href: "/agreements/" + v.ID + "/term_outlook"})
	}
	if v.May.Audit {
		out = append(out, Link{Text: r.t("Changes"), Href: "/agreements/" + v.ID + "/changes"})
	}
	return out
}

func (w *Web) agreementView(r *request, a workflow.AgreementDetail, on models.Date) (*agreementView, error) {
	place, err := w.agreementPlace(r, a)
	if err != nil {
		return nil, err
	}
	v := &agreementView{AgreementDetail: a, District: place.district, Program: a.ProgramCode, Past: !on.IsZero(), Draft: a.Status == workflow.StatusDraft, Signed: a.Status == workflow.StatusSigned,
		TermLeft: r.termLeft(a.Agreement)}
	may := func(action workflow.Action) bool { return !v.Past && r.s.May(r.who, action, a.OrganizationID) }
	v.May = agreementRights{Targets: may(workflow.ManageAgreements), Plan: may(workflow.EditPlan) && a.Status != workflow.StatusEnded, Retire: may(workflow.RetireTarget) && v.Signed,
		Waive: may(workflow.WaiveGateFinding) && a.Status != workflow.StatusEnded, Report: may(workflow.ReportTargetResult), Meet: may(workflow.WriteMeeting), Support: may(workflow.AssignSupport),
		Decide: may(workflow.DraftTermDecision), Record: may(workflow.WriteRecord), Audit: may(workflow.ReadAudit)}
	if def, ok := r.s.Programs().Program(a.ProgramCode); ok {
		v.Program = def.Title
		if k, settles := def.Settling("signed_on"); settles {
			v.Kind, v.KindTitle = k.Code, k.Title
		}
		if def.Targets.FixedOnceSigned {
			v.May.Targets = v.May.Targets && v.Draft
		}
	}
	var left []string
	for _, code := range workflow.NotApplicable(a.Agreement) {
		left = append(left, r.t(words(code)))
	}
	v.LeftOut = strings.Join(left, ", ")
	if err := w.fillAgreementView(r, v, on); err != nil {
		return nil, err
	}
	return v, nil
}

// fillAgreementView reads what hangs on the agreement: a fixed number of reads, however
// many targets it has.
func (w *Web) fillAgreementView(r *request, v *agreementView, on models.Date) error {
	standings, err := r.s.TargetStandings(r.ctx(), r.who, workflow.ListTargetStandings{AgreementID: v.ID, On: on})
	if err != nil {
		return err
	}
	if v.Sight, err = r.s.LineOfSight(r.ctx(), r.who, workflow.LineOfSightOf{AgreementID: v.ID, On: on}); err != nil {
		return err
	}
	schools, err := r.s.Organizations(r.ctx(), r.who, workflow.ListOrganizations{Kind: models.KindSchool, ParentID: v.OrganizationID})
	if err != nil {
		return err
	}
	v.Goals = r.goalViews(v.AgreementContent, standings, v.Sight, schools)
	v.Standings, v.Counts = len(standings), countStandings(standings)
	v.Money = r.sightChart(v.Sight)
	if v.Past {
		return nil
	}
	if v.Draft {
		if err := w.lacking(r, v); err != nil {
			return err
		}
	}
	for _, o := range v.Offers {
		v.offer(r, o)
	}
	return w.agreementSurroundings(r, v)
}

// agreementSurroundings are the documents beside the agreement.
func (w *Web) agreementSurroundings(r *request, v *agreementView) error {
	records, err := r.s.Records(r.ctx(), r.who, workflow.ListRecords{AgreementID: v.ID, Limit: 100})
	if err != nil {
		return err
	}
	def, known := r.s.Programs().Program(v.ProgramCode)
	for _, x := range records {
		title := x.RecordKind
		if known {
			if k, found := def.Record(x.RecordKind); found {
				title = k.Title
			}
		}
		v.Records = append(v.Records, agreementRecord{x, title})
	}
	support, err := r.s.SupportAssignments(r.ctx(), r.who, workflow.ListSupport{AgreementID: v.ID, Current: true})
	if err != nil {
		return err
	}
	if len(support) > 0 {
		v.Support = &support[0]
	}
	if v.Status != workflow.StatusEnded {
		next, err := r.s.NextMeeting(r.ctx(), r.who, v.ID)
		if err != nil {
			return err
		}
		v.Next = &next
	}
	ids := make([]string, len(v.AgreementDetail.Waivers))
	for i, x := range v.AgreementDetail.Waivers {
		ids[i] = x.GivenBy
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, []string{v.OrganizationID}, ids)
	if err != nil {
		return err
	}
	v.Liaison = names.Liaison(v.OrganizationID)
	if len(v.AgreementDetail.Waivers) == 0 {
		return nil
	}
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	for _, x := range v.AgreementDetail.Waivers {
		at := slices.IndexFunc(years, func(y models.GrantYear) bool { return y.ID == x.GrantYearID })
		made := waiverView{GateWaiver: x, By: names.People[x.GivenBy]}
		if at >= 0 {
			made.Year = years[at].Title
		}
		v.Waivers = append(v.Waivers, made)
	}
	return err
}

// offer makes a button of a step.
func (v *agreementView) offer(r *request, o workflow.Offer) {
	if o.Blocked != "" {
		v.Blocked = append(v.Blocked, o.Blocked)
		return
	}
	at := "/agreements/" + v.ID + "/transitions"
	switch o.Event {
	case "sign":
		v.Steps = append(v.Steps, newConfirm(r.t("Sign"), r.t("Was this agreement signed?"), r.t("Its goals and targets are fixed from then on. This cannot be undone."), r.t("Yes, it is signed"), at, "sign", v.Version).Asking(r.t("Comment"), false))
	case "end":
		v.Steps = append(v.Steps, newConfirm(r.t("End the agreement"), r.t("End this agreement?"), r.t("Nothing in it can be changed any more. This cannot be undone."), r.t("Yes, end it"), at, "end", v.Version).Asking(r.t("Reason"), o.Comment).Dangerous())
	default:
		v.Steps = append(v.Steps, newConfirm(r.t(words(o.Event)), r.t(o.Means), "", r.t(words(o.Event)), at, o.Event, v.Version).Asking(r.t("Comment"), o.Comment))
	}
}

// lacking lists what a draft still needs, with the way to mend it.
func (w *Web) lacking(r *request, v *agreementView) error {
	c, err := r.s.Completeness(r.ctx(), r.who, v.ID)
	if err != nil {
		return err
	}
	v.Document, v.Missing = c.RecordID, 0
	for _, f := range c.Findings {
		x := agreementFinding{Text: f.Detail, Fix: f.Fix, Cite: f.Cite, Missing: f.Severity == "error"}
		if x.Missing {
			v.Missing++
		}
		switch {
		case f.Document == "record" && c.RecordID != "":
			x.Href = "/records/" + c.RecordID + "#" + fieldID(fieldName(f.Pointer))
		case f.Document == "record" && v.May.Record:
			x.Href = "/records/new?kind=" + v.Kind + "&agreement_id=" + v.ID
		case f.Document == "record":
		case strings.HasPrefix(f.Pointer, "/targets/") && v.May.Targets:
			part := strings.Split(f.Pointer, "/")
			x.Href = "/agreements/" + v.ID + "/targets/new/edit?type=" + part[2]
			if len(part) > 3 {
				x.Href += "&kind=" + part[3]
			}
		case strings.HasPrefix(f.Pointer, "/goals") || strings.HasPrefix(f.Pointer, "/targets") || strings.HasPrefix(f.Pointer, "/strategies") || strings.HasPrefix(f.Pointer, "/activities"):
			x.Href = "#goals"
		case v.May.Targets:
			x.Href = "/agreements/" + v.ID + "/edit#" + fieldID(fieldName(f.Pointer))
		}
		v.Findings = append(v.Findings, x)
	}
	return nil
}

func countStandings(standings []workflow.TargetStanding) (out []statusCount) {
	for _, status := range []string{"met", "missed", "not_reported", "reported", "not_due"} {
		n := 0
		for _, s := range standings {
			if string(s.Status) == status {
				n++
			}
		}
		if n > 0 {
			out = append(out, statusCount{status, n})
		}
	}
	return out
}
