package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"earmark/models"
	"earmark/workflow"
)

// pagesOffice are the pages with which the office keeps the server running.
func (w *Web) pagesOffice() []route {
	return []route{
		{"GET", "/jobs", w.jobs},
		{"POST", "/jobs/:name", w.runJob},
		{"GET", "/job_runs/:id", w.jobRun},
		{"GET", "/mails", w.mails},
		{"GET", "/mails/:id", w.mail},
		{"GET", "/mails/:id/html", w.mailBody},
		{"GET", "/settings", w.settings},
	}
}

// jobsPage is the body of jobs.html.
type jobsPage struct {
	Table []jobRow
	Runs  *ListView
	Form  *Form
	Date  models.Date
	May   bool
	Live  bool // something is running: the page asks again by itself
}

type jobRow struct {
	Job
	Last *models.JobRun
	Took string
}

// jobs are the table of what happens without a click, and what happened.
func (w *Web) jobs(r *request) error { return w.showJobs(r, nil) }

func (w *Web) showJobs(r *request, form *Form) error {
	if err := r.s.MayReadJobs(r.who); err != nil {
		return err
	}
	var in workflow.ListJobRuns
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	last, err := r.s.JobRuns(r.ctx(), r.who, workflow.ListJobRuns{Limit: workflow.MaxPage})
	if err != nil {
		return err
	}
	body := jobsPage{Form: form, Date: r.s.Today().AddDays(-1), May: r.s.MayRunJobs(r.who) == nil}
	for _, j := range w.cfg.Jobs.Table {
		row := jobRow{Job: j}
		if at := slices.IndexFunc(last, func(run models.JobRun) bool { return run.Job == j.Name }); at >= 0 {
			row.Last, row.Took = &last[at], took(last[at])
		}
		body.Table = append(body.Table, row)
	}
	body.Live = slices.ContainsFunc(last, func(run models.JobRun) bool { return run.Status == "running" })
	if form == nil {
		body.Form = r.form("/jobs", 0, nil)
		body.Form.Values.Set("date", string(body.Date))
	}
	if body.Runs, err = w.runsListed(r, f, in); body.Runs == nil || err != nil {
		return err
	}
	page := Page{Title: r.t("Jobs"), Section: "/jobs", Wide: true, Body: body, Problems: form.Problems(), Lead: r.t("What happens without a click: every night, and every minute. A night that was missed is made up for by itself.")}
	if form != nil {
		page.Status = form.Status()
	}
	if r.partial() {
		return r.part("jobs", "job-table", body)
	}
	return r.show("jobs", page)
}

func (w *Web) runsListed(r *request, f *Form, in workflow.ListJobRuns) (*ListView, error) {
	var names []Option
	for _, j := range w.cfg.Jobs.Table {
		names = append(names, Option{Value: j.Name, Text: j.Name})
	}
	return listed(r, Listing[models.JobRun]{Path: "/jobs", Name: "job_runs", Long: true, Caption: r.t("Runs"), Empty: r.t("No job has run yet."),
		Key: func(run models.JobRun) string { return run.ID },
		Load: func(p workflow.Page) ([]models.JobRun, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.JobRuns(r.ctx(), r.who, in)
		},
		Filters: []Field{f.Select("job", r.t("Job"), names), f.Select("status", r.t("State"), r.options("running", "done", "failed"))},
		Columns: []Column[models.JobRun]{
			{Key: "job", Label: r.t("Job"), Cell: func(run models.JobRun) Cell { return Text(run.Job).To("/job_runs/" + run.ID) }},
			{Key: "for_date", Label: r.t("For the day"), Unit: models.UnitDate, Cell: func(run models.JobRun) Cell { return Day(run.ForDate) }},
			{Key: "status", Label: r.t("State"), Cell: func(run models.JobRun) Cell { return r.Tagged(string(run.Status)) }},
			{Key: "started_at", Label: r.t("Began"), Cell: func(run models.JobRun) Cell { return Text(moment(run.StartedAt)) }},
			{Key: "took", Label: r.t("Took"), Cell: func(run models.JobRun) Cell { return Text(took(run)) }},
			{Key: "attempt", Label: r.t("Attempt"), Unit: models.UnitInteger, Cell: func(run models.JobRun) Cell { return Number(run.Attempt) }},
			{Key: "last_error", Label: r.t("What went wrong"), Cell: func(run models.JobRun) Cell { return Text(run.LastError) }},
		}})
}

func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 MST") }

func took(run models.JobRun) string {
	if run.FinishedAt == nil {
		return ""
	}
	return run.FinishedAt.Sub(run.StartedAt).Round(100 * time.Millisecond).String()
}

// patience is how long a browser waits for a job that it began. A longer one goes on.
const patience = 3 * time.Second

// runJob begins a job for a day. It goes on when the browser leaves; its run tells of it.
func (w *Web) runJob(r *request) error {
	if err := r.s.MayRunJobs(r.who); err != nil {
		return err
	}
	f, ok := r.sent("/jobs", nil)
	date := models.Date(f.Values.Get("date"))
	if !date.Valid() {
		f.Failed, ok = &models.Error{Kind: models.Invalid, Code: "invalid_input", Detail: "The date is not a date that exists.", Fields: []models.FieldError{{Pointer: "/date", Code: "civil_date", Detail: r.t("This is not a day."), Fix: r.t("Choose the day that the job is for.")}}}, false
	}
	if !ok {
		return w.showJobs(r, f)
	}
	ended := make(chan error, 1)
	ctx, force := context.WithoutCancel(r.ctx()), f.Values.Get("force") == "true"
	name := r.Param("name")
	go func() {
		_, err := w.cfg.Jobs.Run(ctx, name, date, force)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil {
			return r.done("/jobs", "The job is done.")
		}
		if err := f.took(err); err != nil {
			return err
		}
		return w.showJobs(r, f)
	case <-time.After(patience):
		return r.done("/jobs", "The job is running. This page shows when it is done.")
	}
}

// jobRunPage is the body of job_run.html.
type jobRunPage struct {
	models.JobRun
	Took    string
	Numbers []Fact
}

// Fact is a name with its value.
type Fact struct{ Name, Value string }

func (w *Web) jobRun(r *request) error {
	run, err := r.s.JobRun(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	body := jobRunPage{JobRun: run, Took: took(run)}
	var counts map[string]json.RawMessage
	if json.Unmarshal([]byte(run.Summary), &counts) == nil {
		for name, value := range counts {
			body.Numbers = append(body.Numbers, Fact{r.t(words(name)), string(value)})
		}
		slices.SortFunc(body.Numbers, func(a, b Fact) int { return compareText(a.Name, b.Name) })
	}
	return r.show("job_run", Page{Title: r.t("%s for %s", run.Job, day(r.lang, run.ForDate)), Section: "/jobs", Crumbs: []Link{{Text: r.t("Jobs"), Href: "/jobs"}}, Body: body})
}

// settings are those in force, without secrets.
func (w *Web) settings(r *request) error {
	if err := r.s.MayReadSettings(r.who); err != nil {
		return err
	}
	return r.show("settings", Page{Title: r.t("Settings"), Section: "/settings", Body: w.cfg.Settings,
		Lead: r.t("As they are in force. They are set where the server is started and take effect at its next start; of a secret this page says only whether it is set.")})
}

// mails is the outbox: every mail that was written to anybody, and what became of it.
func (w *Web) mails(r *request) error {
	var in workflow.ListMails
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	v, err := listed(r, Listing[models.Mail]{Path: "/mails", Name: "mails", Long: true, Caption: r.t("Mails"), Empty: r.t("No mail has been written yet. Each night writes one to everybody who has something new."),
		Key: func(m models.Mail) string { return m.ID },
		Load: func(p workflow.Page) ([]models.Mail, error) {
			in.After, in.Limit = p.After, p.Limit
			return r.s.Mails(r.ctx(), r.who, in)
		},
		Filters: []Field{f.Text("to", r.t("To, or subject")), f.Select("status", r.t("State"), r.options("queued", "sending", "sent", "failed")), f.Date("for_date", r.t("For the day"))},
		Columns: []Column[models.Mail]{
			{Key: "subject", Label: r.t("Subject"), Cell: func(m models.Mail) Cell { return Text(m.Subject).To("/mails/" + m.ID) }},
			{Key: "to_address", Label: r.t("To"), Cell: func(m models.Mail) Cell { return Text(m.ToAddress) }},
			{Key: "for_date", Label: r.t("For the day"), Unit: models.UnitDate, Cell: func(m models.Mail) Cell { return Day(m.ForDate) }},
			{Key: "status", Label: r.t("State"), Cell: func(m models.Mail) Cell { return r.Tagged(string(m.Status)).Noted(m.LastError) }},
			{Key: "attempts", Label: r.t("Attempts"), Unit: models.UnitInteger, Cell: func(m models.Mail) Cell { return Number(m.Attempts) }},
			{Key: "created_at", Label: r.t("Written"), Cell: func(m models.Mail) Cell { return Text(moment(m.CreatedAt)) }},
		}})
	if v == nil || err != nil {
		return err
	}
	if in.UserID != "" {
		v.Keep = append(v.Keep, Link{Text: "user_id", Href: in.UserID})
	}
	return r.show("list", Page{Title: r.t("Mails"), Section: "/mails", Wide: true, Body: listPage{v}, Lead: r.t("Every mail that Earmark wrote, to whom, and what became of it.")})
}

// mail is one mail as it was sent. Its HTML is shown in a frame that can do nothing.
func (w *Web) mail(r *request) error {
	m, err := r.s.Mail(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	r.Header("Content-Security-Policy", policy+"; frame-src 'self'")
	page := Page{Title: m.Subject, Section: "/mails", Body: m}
	if r.who.Has(adminRoles...) {
		page.Crumbs = []Link{{Text: r.t("Mails"), Href: "/mails"}}
	}
	return r.show("mail", page)
}

// mailPolicy lets a mail show its own styles and nothing else: no script, no picture, no
// form, no link that leaves the frame.
const mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox"

func (w *Web) mailBody(r *request) error {
	m, err := r.s.Mail(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	r.Header("Content-Security-Policy", mailPolicy)
	r.Header("X-Frame-Options", "SAMEORIGIN")
	r.Data(http.StatusOK, "text/html; charset=utf-8", []byte(m.HTMLBody))
	return nil
}
