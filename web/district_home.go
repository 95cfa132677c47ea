package web

import (
	"cmp"
	"net/url"
	"slices"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesHome() []route {
	return []route{
		{"GET", "/", w.home},
		{"GET", "/organizations/:id", w.organizationHome},
	}
}

// districtHome is the body of district_home.html: one organization, its money and what waits.
type districtHome struct {
	Organization models.Organization
	Liaison      string
	Switch       []Link // the reader's organizations, when there are several
	Years        []yearHome
	Todo         []todo
	Flags        []flagLine
	FlagsMore    int // beyond those shown
	History      []Event
	Office       bool
}

// yearHome is the money of one grant year: in force, and apart from it what is proposed.
type yearHome struct {
	Title    string
	Status   models.State
	Standing workflow.DistrictStanding
	Spending workflow.Spending
	Applied  bool
	Share    *Chart // of the whole, with the minimum
	Chart    *Chart // against time
	EvenOut  string
	Recent   string
	Behind   bool         // below the minimum of the last checkpoint
	Gap      models.Cents // proposed less in force
	Deadline string
}

// todo is something to do next.
type todo struct {
	Text, Href, Note string
	On               models.Date
	When             string
	Tone             string // bad: late; warn: soon
}

// flagLine is a flag with its reply box.
type flagLine struct {
	models.Flag
	Title    string
	Severity Cell
	Reply    *FlagForm
}

// showDistrict shows the home of an organization, to its people and to the office.
func (r *request) showDistrict(o models.Organization, office bool) error {
	body := districtHome{Organization: o, Office: office}
	page := Page{Title: o.Name, Section: "/"}
	if office {
		page.Section, page.Crumbs = "/organizations", []Link{{Text: r.t("Organizations"), Href: "/organizations"}}
	}
	names, err := r.s.NamesOf(r.ctx(), r.who, []string{o.ID}, nil)
	if err != nil {
		return err
	}
	body.Liaison = names.Liaison(o.ID)
	if body.Years, err = r.yearsOf(o.ID); err != nil {
		return err
	}
	if err := body.standing(r, o.ID); err != nil {
		return err
	}
	if err := body.dues(r, o.ID); err != nil {
		return err
	}
	for i := range body.Years {
		body.Todo = append(r.revisionTodo(body.Years[i], office), body.Todo...)
	}
	events, err := r.s.AuditEvents(r.ctx(), r.who, workflow.ListAuditEvents{OrganizationID: o.ID, Limit: 100})
	if err != nil && models.KindOf(err) != models.Forbidden {
		return err
	}
	body.History = r.recent(events, 10)
	if !office {
		if body.Switch, err = r.switches(o.ID); err != nil {
			return err
		}
	}
	page.Body = body
	return r.show("district_home", page)
}

// yearsOf is the money of an organization in the grant years that still move.
func (r *request) yearsOf(organizationID string) ([]yearHome, error) {
	years, err := r.moving()
	if err != nil {
		return nil, err
	}
	var out []yearHome
	for _, y := range years {
		rows, err := r.s.DistrictStandings(r.ctx(), r.who, workflow.ListDistrictStandings{GrantYearID: y.ID, OrganizationID: organizationID})
		if err != nil {
			return nil, err
		}
		for _, d := range rows {
			h, err := r.yearHome(y, d)
			if err != nil {
				return nil, err
			}
			out = append(out, h)
		}
	}
	return out, nil
}

// moving are the grant years that are open or closing, the latest first.
func (r *request) moving() ([]models.GrantYear, error) {
	years, err := r.s.GrantYears(r.ctx(), r.who, workflow.ListGrantYears{})
	years = slices.DeleteFunc(years, func(y models.GrantYear) bool {
		return y.PublishedRunID == nil || y.Status != workflow.StatusOpen && y.Status != workflow.StatusClosing
	})
	slices.SortStableFunc(years, func(a, b models.GrantYear) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), b.FiscalYear-a.FiscalYear)
	})
	return years, err
}

func (r *request) yearHome(y models.GrantYear, d workflow.DistrictStanding) (yearHome, error) {
	h := yearHome{Title: y.Title, Status: y.Status, Standing: d, Applied: d.ApplicationID != "", Deadline: r.fromToday(d.Night.DeadlineOn), Gap: d.OpenCents - d.ApprovedCents}
	if !h.Applied {
		return h, nil
	}
	sp, err := r.s.SpendingOverTime(r.ctx(), r.who, d.ApplicationID)
	if err != nil {
		return h, err
	}
	h.Spending = sp
	h.Behind = d.MinimumBP != nil && sp.RateBP != nil && *sp.RateBP < *d.MinimumBP
	if d.Night.DeadlineOn > r.s.Today() {
		if !d.EvenOutOn.IsZero() {
			h.EvenOut = day(r.lang, d.EvenOutOn)
		}
		if !d.RecentOutOn.IsZero() {
			h.Recent = day(r.lang, d.RecentOutOn)
		}
	}
	h.Share = r.shareChart(h)
	h.Chart = r.spendingChart(sp, d.Night.ForecastLowCents, d.Night.ForecastHighCents)
	return h, nil
}

// shareChart is one bar: spent of the whole, with the minimum at the deadline.
func (r *request) shareChart(h yearHome) *Chart {
	d, sp := h.Standing, h.Spending
	if sp.WholeCents <= 0 {
		return nil
	}
	c := &Chart{ID: "share-" + d.ApplicationID, Title: r.t("Utilization"), Numeric: 1, Heads: []string{r.t("What"), r.t("Amount"), r.t("Share")}}
	rate, mark := "", models.Cents(0)
	if sp.RateBP != nil {
		rate = percent(int64(*sp.RateBP))
	}
	c.Rows = [][]string{{r.t("Spent"), sp.SpentCents.String(), rate}, {r.t("Of"), sp.WholeCents.String(), percent(10_000)}}
	if d.DeadlineMinBP != nil {
		if least, err := sp.WholeCents.MulRatio(int64(*d.DeadlineMinBP), 10_000, models.RoundDown); err == nil {
			mark = least
			c.Means = r.t("The dashed line is the minimum of %s.", percent(int64(*d.DeadlineMinBP)))
			c.Rows = append(c.Rows, []string{r.t("Minimum"), least.String(), percent(int64(*d.DeadlineMinBP))})
		}
	}
	c.SVG = shareBar(c.Title, sp.SpentCents, mark, sp.WholeCents, h.Behind)
	return c
}

// flagsShown is how many flags a home page shows.
const flagsShown = 8

// standing puts the flags that hold and nobody waived, the worst and oldest first.
func (h *districtHome) standing(r *request, organizationID string) error {
	found, err := r.s.Flags(r.ctx(), r.who, workflow.ListFlags{OrganizationID: organizationID, Status: workflow.FlagsStanding})
	if err != nil {
		return err
	}
	found = slices.DeleteFunc(found, func(d models.Flag) bool { return d.Status == workflow.StatusWaived })
	slices.SortStableFunc(found, func(a, b models.Flag) int {
		return cmp.Or(cmp.Compare(b.Status, a.Status), cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.FirstSeen, b.FirstSeen))
	})
	h.FlagsMore = max(len(found)-flagsShown, 0)
	for _, d := range found[:min(len(found), flagsShown)] {
		line := flagLine{Flag: d, Title: titleOf(d), Severity: r.severity(d.Severity)}
		for _, o := range workflow.Offers(r.who, &d) {
			if o.Event == "acknowledge" {
				f := r.form("/flags/"+d.ID, d.Version, nil)
				line.Reply = &FlagForm{Form: f, Comment: f.Area("comment", r.t("Your reply")).Needed().Lines(3).Hinted(r.t("What happened, what you do about it, and by when."))}
				line.Reply.Comment.ID = "reply-" + d.ID
			}
		}
		h.Flags = append(h.Flags, line)
	}
	return nil
}

// A home page shows so many due items that are late, the latest first, so many that come
// next, and looks so many days ahead.
const lateShown, nextShown, duesAhead = 3, 4, 120

func (h *districtHome) dues(r *request, organizationID string) error {
	items, err := r.s.DueItems(r.ctx(), r.who, workflow.ListDueItems{OrganizationID: organizationID})
	if err != nil {
		return err
	}
	h.Todo = append(h.Todo, r.dueTodo(items, nil)...)
	return nil
}

// dueTodo are due items as things to do: what is late, and what comes next.
func (r *request) dueTodo(items []workflow.DueItemDetail, names *workflow.Names) []todo {
	var late, next []workflow.DueItemDetail
	for _, d := range items {
		switch {
		case !d.DoneOn.IsZero() || d.Days > duesAhead:
		case d.Days < 0:
			late = append(late, d)
		default:
			next = append(next, d)
		}
	}
	slices.SortStableFunc(late, func(a, b workflow.DueItemDetail) int { return cmp.Compare(b.DueOn, a.DueOn) })
	slices.SortStableFunc(next, func(a, b workflow.DueItemDetail) int { return cmp.Compare(a.DueOn, b.DueOn) })
	items = slices.Concat(late[:min(len(late), lateShown)], next[:min(len(next), nextShown)])
	var out []todo
	for _, d := range items {
		next := todo{Text: d.Title, Href: "/due_items/" + d.ID, Note: d.Citation, On: d.DueOn, When: r.late(d.DueOn)}
		if names != nil {
			next.Note = names.District(d.OrganizationID)
		}
		switch {
		case d.Days < 0:
			next.Tone = "bad"
		case d.Days <= 14:
			next.Tone = "warn"
		}
		out = append(out, next)
	}
	return out
}

// revisionTodo is what the application of a year asks for next.
func (r *request) revisionTodo(h yearHome, office bool) []todo {
	d := h.Standing
	what := r.t("the application")
	if d.OpenNumber > 0 {
		what = r.t("amendment %d", d.OpenNumber)
	}
	href := "/revisions/" + d.OpenRevisionID
	switch {
	case !h.Applied && d.AllocationCents > 0 && h.Status == workflow.StatusOpen && !office:
		return []todo{{Text: r.t("Apply for %s", h.Title), Href: "/applications/new?" + url.Values{"grant_year_id": {d.GrantYearID}, "organization_id": {d.OrganizationID}}.Encode(),
			Note: r.t("%s is allocated to you; nothing is applied for yet.", d.AllocationCents.String())}}
	case d.OpenStatus == workflow.StatusReturned && !office:
		return []todo{{Text: r.t("Mend %s and hand it in again", what), Href: href, Note: h.Title, When: r.t("returned by the office"), Tone: "warn"}}
	case d.OpenStatus == workflow.StatusDraft && !office:
		return []todo{{Text: r.t("Finish %s", what), Href: href, Note: h.Title, When: r.t("draft, not handed in")}}
	case d.OpenStatus == workflow.StatusSubmitted || d.OpenStatus == workflow.StatusInReview:
		next := todo{Text: r.t("With the office: %s", what), Href: href, Note: h.Title, When: r.t("in review")}
		if office {
			next.Text, next.Href = r.t("Review %s", what), href+"/review"
		}
		if d.OpenSince != nil {
			next.On = models.DateOf(*d.OpenSince, d.OpenSince.Location())
		}
		return []todo{next}
	}
	return nil
}

// recent are the latest events, those of one kind on one day joined.
func (r *request) recent(events []models.AuditEvent, most int) []Event {
	all := make([]Event, len(events))
	for i, e := range events {
		all[i] = r.eventOf(e)
	}
	all = gathered(all)
	return all[:min(len(all), most)]
}
