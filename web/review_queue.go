package web

import (
	"net/url"
	"strconv"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesReview() []route {
	return []route{
		{"GET", "/review_queue", w.reviewQueue},
		{"GET", "/low_risk_line_items", w.lowRisk},
		{"POST", "/low_risk_line_items", w.confirmLowRisk},
		{"POST", "/low_risk_approvals", w.approveLowRisk},
		{"GET", "/revisions/:id/review", w.review},
		{"POST", "/revisions/:id/review", w.decide},
		{"POST", "/revisions/:id/review/step", w.decideRevision},
		{"GET", "/revisions/:id/award_notice", w.awardNotice},
		{"GET", "/return_reasons", w.returnReasons},
		{"GET", "/return_reasons/new", w.newReturnReason},
		{"POST", "/return_reasons/new", w.newReturnReason},
		{"GET", "/return_reasons/:id", w.returnReason},
		{"POST", "/return_reasons/:id", w.returnReason},
	}
}

// queuePage is the body of review_queue.html.
type queuePage struct {
	List    *ListView
	Tabs    []Link
	LowRisk int // lines that may be approved together
}

// reviewQueue is what waits for review: the riskiest and then the oldest first.
func (w *Web) reviewQueue(r *request) error {
	var in workflow.ListReviewQueue
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	in.Limit = 0
	rows, err := r.s.ReviewQueue(r.ctx(), r.who, in)
	if err != nil {
		return err
	}
	low, err := r.s.LowRiskLines(r.ctx(), r.who, workflow.ListLowRiskLines{})
	if err != nil {
		return err
	}
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	if err != nil {
		return err
	}
	l := Listing[workflow.Queued]{Path: "/review_queue", Name: "review-queue", Caption: r.t("What waits for review"), Columns: r.queueColumns(),
		Empty: r.t("Nothing waits for review. When a district submits an application or an amendment it appears here, and you get a notice."),
		Load:  func(workflow.Page) ([]workflow.Queued, error) { return rows, nil },
		Filters: []Field{
			f.Select("risk", r.t("Risk"), r.options(workflow.RiskHigh, workflow.RiskMedium, workflow.RiskLow)),
			f.Select("grant_year_id", r.t("Grant year"), yearOptions(years)),
		}}
	v, err := listed(r, l)
	if v == nil || err != nil {
		return err
	}
	if in.Mine != "" {
		v.Keep = append(v.Keep, Link{Text: "mine", Href: in.Mine})
	}
	body := queuePage{List: v, LowRisk: len(low), Tabs: []Link{
		{Text: r.t("Everything"), Href: "/review_queue", Current: in.Mine == ""},
		{Text: r.t("My turn"), Href: "/review_queue?mine=true", Current: in.Mine == "true"},
		{Text: r.t("Somebody else's turn"), Href: "/review_queue?mine=false", Current: in.Mine == "false"}}}
	return r.show("review_queue", Page{Title: r.t("Review queue"), Section: "/review_queue", Wide: true, Body: body,
		Lead: r.t("The riskiest first, then the longest waiting. Risk orders the work; it decides nothing.")})
}

// revisionTitle names a revision as people do: the application, or its amendment.
func (r *request) revisionTitle(reference string, rev models.Revision) string {
	if rev.BaseID == nil {
		return reference
	}
	return r.t("%s, amendment %d", reference, rev.Number)
}

func (r *request) queueColumns() []Column[workflow.Queued] {
	return []Column[workflow.Queued]{
		{Key: "risk", Label: r.t("Risk"), Unit: models.UnitInteger, Cell: func(q workflow.Queued) Cell { return r.riskCell(q) }},
		{Key: "revision", Label: r.t("For review"), Cell: func(q workflow.Queued) Cell {
			return Text(r.revisionTitle(q.Reference, q.Revision)).To("/revisions/" + q.Revision.ID + "/review").Noted(q.OrganizationName)
		}},
		{Key: "why", Label: r.t("What to look at"), Fixed: true, Cell: func(q workflow.Queued) Cell {
			var says []string
			for _, x := range q.Risks {
				says = append(says, r.t(x.Says))
			}
			return Text(strings.Join(says, " "))
		}},
		{Key: "waiting", Label: r.t("Waiting"), Unit: models.UnitInteger, Cell: func(q workflow.Queued) Cell { return r.clock(q) }},
		{Key: "lines", Label: r.t("Lines to decide"), Unit: models.UnitInteger, Cell: func(q workflow.Queued) Cell { return Number(q.Changed) }},
		{Key: "before", Label: r.t("In force"), Unit: models.UnitCents, Cell: func(q workflow.Queued) Cell {
			if q.Revision.BaseID == nil {
				return Cell{Shown: r.t("none")}
			}
			return Number(q.BeforeCents)
		}},
		{Key: "proposed", Label: r.t("Proposed"), Unit: models.UnitCents, Cell: func(q workflow.Queued) Cell { return Number(q.Revision.TotalCents) }},
		{Key: "step", Label: r.t("Waits for"), Cell: func(q workflow.Queued) Cell {
			if q.Step == nil {
				return Cell{}
			}
			c := Text(q.Step.Title)
			if q.Mine {
				return c.Noted(r.t("Your turn"))
			}
			return c
		}},
	}
}

// riskCell is the level in its word and color.
func (r *request) riskCell(q workflow.Queued) Cell {
	c := Number(q.Points)
	c.Shown = r.riskWord(q.Level)
	c.Tag = map[string]string{workflow.RiskHigh: "bad", workflow.RiskMedium: "warn", workflow.RiskLow: "good"}[q.Level]
	return c
}

func (r *request) riskWord(level string) string {
	switch level {
	case workflow.RiskHigh:
		return r.t("High")
	case workflow.RiskMedium:
		return r.t("Medium")
	}
	return r.t("Low")
}

// clock is how long a revision waits, against the days that the program gives.
func (r *request) clock(q workflow.Queued) Cell {
	c := Number(q.WaitingDays)
	c.Shown = plural(r.lang, q.WaitingDays, "1 day", "%d days")
	switch {
	case q.DueOn == "":
	case q.DaysLeft < 0:
		c.Tag = "bad"
		c = c.Noted(plural(r.lang, -q.DaysLeft, "1 day over the time for review", "%d days over the time for review"))
	default:
		c = c.Noted(r.t("to decide by %s", day(r.lang, q.DueOn)))
	}
	return c
}

// lowRiskPage is the body of low_risk.html: the list to choose from and, once chosen, what
// is to be confirmed.
type lowRiskPage struct {
	Form      *Form
	Groups    []lowRiskGroup
	Confirm   bool
	Lines     int
	Cents     models.Cents
	Revisions int
}

// lowRiskGroup are the lines of one revision.
type lowRiskGroup struct {
	ID       string
	Title    string
	District string
	Version  int64
	Lines    []lowRiskRow
}

type lowRiskRow struct {
	workflow.LowRiskLine
	Why    string
	Chosen bool
}

// lowRisk offers the lines that may be approved together.
func (w *Web) lowRisk(r *request) error {
	return w.showLowRisk(r, r.form("/low_risk_line_items", 0, nil), nil, false)
}

// lowRiskLines are all of them, page by page.
func (r *request) lowRiskLines() ([]workflow.LowRiskLine, error) {
	var all []workflow.LowRiskLine
	for after := ""; ; {
		rows, err := r.s.LowRiskLines(r.ctx(), r.who, workflow.ListLowRiskLines{After: after, Limit: workflow.MaxPage})
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
		if len(rows) < workflow.MaxPage {
			return all, nil
		}
		after = rows[len(rows)-1].Key()
	}
}

// showLowRisk shows the list, or with confirm only what was chosen. What is shown comes from
// the service, whatever the form said.
func (w *Web) showLowRisk(r *request, f *Form, chosen []string, confirm bool) error {
	rows, err := r.lowRiskLines()
	if err != nil {
		return err
	}
	body := lowRiskPage{Form: f, Confirm: confirm}
	for _, l := range rows {
		row := lowRiskRow{LowRiskLine: l, Why: r.lowRiskWords(l.Why, l.Rule), Chosen: contains(chosen, l.Revision.ID+"/"+strconv.Itoa(l.Number))}
		if confirm && !row.Chosen {
			continue
		}
		if n := len(body.Groups); n == 0 || body.Groups[n-1].ID != l.Revision.ID {
			body.Groups = append(body.Groups, lowRiskGroup{ID: l.Revision.ID, Title: r.revisionTitle(l.Reference, l.Revision), District: l.OrganizationName, Version: l.Revision.Version})
		}
		g := &body.Groups[len(body.Groups)-1]
		g.Lines = append(g.Lines, row)
		body.Lines++
		body.Cents += l.AmountCents
	}
	body.Revisions = len(body.Groups)
	page := Page{Title: r.t("Lines of low risk"), Section: "/review_queue", Crumbs: []Link{{Text: r.t("Review queue"), Href: "/review_queue"}}, Body: body, Problems: f.Problems(), Status: f.Status(),
		Lead: r.t("Pending lines that pass every check, serve a target, have no open flag, and were approved before as they are or move within the tolerance of the amendment rule.")}
	if confirm {
		page.Title = r.t("Approve these lines?")
		page.Crumbs = append(page.Crumbs, Link{Text: r.t("Lines of low risk"), Href: "/low_risk_line_items"})
		page.Lead = r.t("You approve these lines only. Each application or amendment still waits for your decision as a whole, where you can take an answer back.")
	}
	return r.show("low_risk", page)
}

func (r *request) lowRiskWords(code, rule string) string {
	switch code {
	case workflow.LowRiskUnchanged:
		return r.t("Approved in an earlier round, and not changed since.")
	case workflow.LowRiskSmall:
		return r.t("Moves within the tolerance (%s).", rule)
	}
	return ""
}

// confirmLowRisk lists what was chosen and asks.
func (w *Web) confirmLowRisk(r *request) error {
	f, ok := r.sent("/low_risk_approvals", nil)
	chosen := f.Values["line"]
	if !ok || len(chosen) == 0 {
		f.Action = "/low_risk_line_items"
		if ok {
			f.Failed = models.Field("/line", "required", r.t("No line is chosen."), r.t("Tick the lines that you want to approve."))
		}
		return w.showLowRisk(r, f, nil, false)
	}
	return w.showLowRisk(r, f, chosen, true)
}

// approveLowRisk approves what the confirmation listed: the versions that it showed, or
// nothing.
func (w *Web) approveLowRisk(r *request) error {
	f, ok := r.sent("/low_risk_approvals", nil)
	in := lowRiskInput(f.Values)
	if ok {
		revisions, err := r.s.ApproveLowRiskLines(r.ctx(), r.who, in)
		if err == nil {
			lines := 0
			for _, c := range in.Revisions {
				lines += len(c.LineItems)
			}
			return r.done("/review_queue?mine=true", "Approved: %d lines in %d applications and amendments.", lines, len(revisions))
		}
		if err := f.took(err); err != nil {
			return err
		}
	}
	f.Action = "/low_risk_line_items"
	return w.showLowRisk(r, f, f.Values["line"], false)
}

// lowRiskInput reads line=revision/number and version.REVISION=7.
func lowRiskInput(values url.Values) workflow.ApproveLowRiskLines {
	var in workflow.ApproveLowRiskLines
	at := map[string]int{}
	for _, line := range values["line"] {
		id, number, _ := strings.Cut(line, "/")
		n, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		if _, known := at[id]; !known {
			version, _ := strconv.ParseInt(values.Get("version."+id), 10, 64)
			at[id] = len(in.Revisions)
			in.Revisions = append(in.Revisions, workflow.LowRiskChoice{RevisionID: id, Version: version})
		}
		c := &in.Revisions[at[id]]
		c.LineItems = append(c.LineItems, n)
	}
	return in
}
