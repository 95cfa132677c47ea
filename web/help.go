package web

import "earmark/models"

// helpPage is the body of help.html.
type helpPage struct {
	Jobs  []roleJob
	Words []term
	Keys  []term
	Demo  bool
}

// roleJob is the main job of a role, with the way to it.
type roleJob struct {
	Title, Text string
	Links       []Link
	Mine        bool
}

type term struct{ Word, Means string }

// help is short: what each role comes for, keys, words, and where more stands.
func (w *Web) help(r *request) error {
	body := helpPage{Demo: len(w.cfg.Demo) > 0, Words: r.terms(), Keys: []term{
		{r.t("Tab"), r.t("to the next link, button or field; with Shift back")},
		{r.t("Enter or Space"), r.t("open a link, press a button, open what is folded")},
		{r.t("Enter on “Skip to main content”"), r.t("past the navigation: it is the first stop of every page")},
		{r.t("Arrow keys"), r.t("through the choices of a list, or sideways in a wide table")},
	}}
	for _, j := range r.roleJobs() {
		j.job.Mine = r.who.Has(j.roles...)
		body.Jobs = append(body.Jobs, j.job)
	}
	return r.show("help", Page{Title: r.t("Help"), Section: "/help", Lead: r.t("What each role does here, and the words of this work."), Body: body})
}

type jobOfRoles struct {
	roles []models.Role
	job   roleJob
}

func (r *request) roleJobs() []jobOfRoles {
	return []jobOfRoles{
		{[]models.Role{models.RolePreparer}, roleJob{Title: r.t("District preparer"), Text: r.t("Write the line items of your allocation, tie each to a target of the agreement, and report spending every month. What you type is checked as you type it; nothing reaches the office before the authorized official submits."),
			Links: []Link{{Text: r.t("Applications"), Href: "/applications"}, {Text: r.t("Expenditures"), Href: "/expenditures"}, {Text: r.t("Due dates"), Href: "/due_items"}}}},
		{[]models.Role{models.RoleAuthorizedOfficial}, roleJob{Title: r.t("Authorized official"), Text: r.t("Look at what is being signed, then submit the application, its amendments and the year-end report."),
			Links: []Link{{Text: r.t("Applications"), Href: "/applications"}, {Text: r.t("Year-end reports"), Href: "/year_end_reports"}}}},
		{[]models.Role{models.RolePAL}, roleJob{Title: r.t("Liaison (PAL)"), Text: r.t("Review what your districts submit: approve, or return a line with the reason and the fix. Meet, agree on actions, and help before a date passes."),
			Links: []Link{{Text: r.t("Review"), Href: "/review_queue"}, {Text: r.t("Flags"), Href: "/flags?status=standing"}, {Text: r.t("Meetings"), Href: "/meetings"}}}},
		{[]models.Role{models.RoleFiscalReviewer, models.RoleManager}, roleJob{Title: r.t("Fiscal reviewer and manager"), Text: r.t("Decide finally, never on own work. Clear the queue by risk and age, answer requests to unlock, waive a flag with a reason and a day."),
			Links: []Link{{Text: r.t("Review"), Href: "/review_queue"}, {Text: r.t("Utilization"), Href: "/utilizations"}, {Text: r.t("Unlock requests"), Href: "/unlock_requests"}}}},
		{[]models.Role{models.RoleAnalyst}, roleJob{Title: r.t("OPD analyst"), Text: r.t("Import facts with their sources, try the formula in scenarios, see winners and losers, and prepare the run that a manager publishes."),
			Links: []Link{{Text: r.t("Allocation runs"), Href: "/allocation_runs"}, {Text: r.t("Scenarios"), Href: "/scenarios"}}}},
		{[]models.Role{models.RoleARE}, roleJob{Title: r.t("ARE analyst"), Text: r.t("Put dollars next to results: benchmarks, outcomes and effectiveness worksheets."),
			Links: []Link{{Text: r.t("Agreements"), Href: "/agreements"}, {Text: r.t("Results of targets"), Href: "/target_results"}}}},
		{[]models.Role{models.RoleAuditor}, roleJob{Title: r.t("Auditor"), Text: r.t("Read everything and change nothing. Follow a document through its trail, verify that nobody rewrote it, and take a bundle along that proves itself."),
			Links: []Link{{Text: r.t("Audit trail"), Href: "/audit_events"}, {Text: r.t("Verify the trail"), Href: "/audit_verification"}}}},
		{[]models.Role{models.RoleAdministrator}, roleJob{Title: r.t("Administrator"), Text: r.t("Invite people, give and take roles, hand over the work of somebody who leaves, and watch the jobs. You approve nothing."),
			Links: []Link{{Text: r.t("People"), Href: "/users"}, {Text: r.t("Jobs"), Href: "/jobs"}, {Text: r.t("Mails"), Href: "/mails"}}}},
	}
}

// terms are the words that a newcomer asks for, as the glossary explains them.
func (r *request) terms() []term {
	return []term{
		{r.t("Allocation"), r.t("one district's amount in a grant year, with a receipt from inputs to the last cent")},
		{r.t("Application"), r.t("what a district does with its allocation, line by line")},
		{r.t("Amendment"), r.t("a later revision of an approved application. The approved one stays in force until the next is approved")},
		{r.t("In force"), r.t("the latest approved revision: what may be spent")},
		{r.t("Line item"), r.t("one budget line, with the same number through all revisions")},
		{r.t("Use category"), r.t("one of the allowable uses of the grant")},
		{r.t("Function and object"), r.t("codes of the Michigan Public School Accounting Manual; together they are a cell, the unit of the 10 % rule")},
		{r.t("Partnership agreement"), r.t("goals and targets of a district for 36 months, fixed once it is signed")},
		{r.t("ITB and ETO"), r.t("the 18-month interim target benchmark and the 36-month end target outcome")},
		{r.t("Amendment meter"), r.t("how far a change moves each cell, and what that asks for: nothing, a notice, or a full review")},
		{r.t("Return"), r.t("ask for modifications; in NexSys: Modifications Required")},
		{r.t("Utilization"), r.t("spent over allocated, watched against the minimum and against time")},
		{r.t("Flag"), r.t("a finding of the night. It closes itself when the night no longer finds it")},
		{r.t("Waiver"), r.t("a flag accepted until a day, with a reason")},
		{r.t("Reversal"), r.t("how a posted expenditure is corrected: it is never edited")},
		{r.t("Lapse forecast"), r.t("dollars that would be left unspent at the deadline if spending goes on as it does")},
		{r.t("Release"), r.t("allocated money that a district gives up, so that others can use it")},
		{r.t("Delegation"), r.t("another person acts with a role for some days; both names stand in the trail")},
	}
}

// tourPage is the body of tour.html.
type tourPage struct {
	Stops    []tourStop
	SignedIn bool
}

// tourStop is one stop: what to look at, as whom, and the way there.
type tourStop struct {
	Title, Text string
	As          DemoAccount
	Href        string
	Link        string
}

// tour leads through the demonstration in five stops. Elsewhere there is none.
func (w *Web) tour(r *request) error {
	if len(w.cfg.Demo) == 0 {
		return models.Fail(models.NotFound, "no_such_address", "There is nothing at this address.")
	}
	as := func(role models.Role) DemoAccount {
		for _, a := range w.cfg.Demo {
			if a.Role == role.Title() {
				return a
			}
		}
		return DemoAccount{}
	}
	body := tourPage{SignedIn: r.who.UserID != "", Stops: []tourStop{
		{Title: r.t("A district's year at a glance"), Text: r.t("What is allocated, approved, spent and left, with money in force and proposed money apart, and what to do next."), As: as(models.RolePreparer), Href: "/", Link: r.t("Home of the district")},
		{Title: r.t("An application, line by line"), Text: r.t("Each line names its use, its function and object, and the target it serves. Change an amount and see the meter tell what the change asks for."), As: as(models.RolePreparer), Href: "/applications", Link: r.t("Applications")},
		{Title: r.t("A review that shows only what changed"), Text: r.t("The queue by risk and age; a page per application with the earlier decisions; approve, or return with a reason from the list."), As: as(models.RolePAL), Href: "/review_queue", Link: r.t("Review queue")},
		{Title: r.t("What the night found"), Text: r.t("Flags with their rule and evidence, utilization of every district, and the dollars that would lapse."), As: as(models.RoleManager), Href: "/flags?status=standing", Link: r.t("Flags")},
		{Title: r.t("Proof"), Text: r.t("Every step with who, when and why. Verify the whole trail, and try to find a gap."), As: as(models.RoleAuditor), Href: "/audit_events", Link: r.t("Audit trail")},
	}}
	return r.show("tour", Page{Title: r.t("A short tour of the demonstration"), Section: "/tour", Lead: r.t("Five stops, five minutes. People and figures are invented; change what you like."), Body: body})
}
