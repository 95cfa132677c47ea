package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesAudit() []route {
	return []route{
		{"GET", "/audit_events", w.auditEvents},
		{"GET", "/audit_verification", w.verification},
		{"POST", "/audit_verification", w.beginVerification},
	}
}

// auditEvents are who did what, when and why, newest first.
func (w *Web) auditEvents(r *request) error {
	var in workflow.ListAuditEvents
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	for _, g := range r.who.Roles { // a district reads its own trail, or one document's
		if g.Role.DistrictRole() && in.OrganizationID == "" && in.DocumentID == "" {
			in.OrganizationID = g.OrganizationID
		}
	}
	v, err := listed(r, Listing[models.AuditEvent]{Path: "/audit_events", Name: "audit_events", Long: true, Caption: r.t("Audit trail"), Empty: r.t("Nothing has happened yet."),
		Key: func(e models.AuditEvent) string { return e.ID },
		Load: func(p workflow.Page) ([]models.AuditEvent, error) {
			in.After, in.Limit = p.After, p.Limit
			found, err := r.s.AuditEvents(r.ctx(), r.who, in)
			if models.KindOf(err) == models.Invalid {
				return nil, models.Fail(models.Forbidden, "audit.document_missing", "You read what happened to single documents, on their pages.")
			}
			return found, err
		},
		Filters: []Field{f.Text("actor", r.t("Who (beginning of the name)")), f.Text("action", r.t("Action, such as approve")), f.Select("document_kind", r.t("Kind of document"), r.auditKinds()),
			f.Date("from", r.t("From the day")), f.Date("to", r.t("To the day"))},
		Columns: []Column[models.AuditEvent]{
			{Key: "at", Label: r.t("When"), Cell: func(e models.AuditEvent) Cell { return Text(moment(e.At)) }},
			{Key: "actor", Label: r.t("Who"), Cell: func(e models.AuditEvent) Cell { return Text(e.ActorName).Noted(r.onBehalf(e)) }},
			{Key: "action", Label: r.t("Did what"), Cell: func(e models.AuditEvent) Cell {
				c := Text(e.Action)
				c.Shown = r.t(words(e.Action))
				return c
			}},
			{Key: "document", Label: r.t("To what"), Cell: func(e models.AuditEvent) Cell {
				c := Text(e.DocumentKind + " " + e.DocumentID).To(r.pageOf(e.DocumentKind, e.DocumentID))
				c.Shown = r.t(words(e.DocumentKind))
				return c.Noted(r.t("version %d", e.Sequence))
			}},
			{Key: "reason", Label: r.t("Why"), Cell: func(e models.AuditEvent) Cell { return Text(e.Reason) }},
			{Key: "changes", Label: r.t("What changed"), Cell: func(e models.AuditEvent) Cell {
				c := Text(e.Changes)
				c.Shown = changedWords(e.Changes)
				return c
			}},
			{Key: "rule_version", Label: r.t("Rule"), Cell: func(e models.AuditEvent) Cell { return Text(e.RuleVersion) }},
		}})
	if v == nil || err != nil {
		return err
	}
	for name, value := range map[string]string{"document_id": in.DocumentID, "actor_id": in.ActorID} {
		if value != "" {
			v.Keep = append(v.Keep, Link{Text: name, Href: value})
		}
	}
	page := Page{Title: r.t("Audit trail"), Section: "/audit_events", Wide: true, Body: listPage{v},
		Lead: r.t("Who did what to which version of which document, when, why, and under which rule. Nobody can change or remove an event without it showing.")}
	if r.s.MayVerifyAudit(r.who) == nil {
		page.Actions = []Link{{Text: r.t("Verify the trail"), Href: "/audit_verification"}}
	}
	return r.show("list", page)
}

func (r *request) onBehalf(e models.AuditEvent) string {
	if e.OnBehalfOf == "" {
		return ""
	}
	return r.t("with a delegated role")
}

// auditKinds are the kinds of documents that people look for.
func (r *request) auditKinds() []Option {
	var out []Option
	for _, kind := range workflow.DocumentKinds() {
		out = append(out, Option{Value: kind, Text: r.t(words(kind))})
	}
	slices.SortFunc(out, func(a, b Option) int { return compareText(a.Text, b.Text) })
	return out
}

// changesShown is how many changed fields a row tells; the file has all of them.
const changesShown = 4

// changedWords are the changes of an event as "field: before → after".
func changedWords(changes string) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal([]byte(changes), &fields) != nil {
		return ""
	}
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	var parts []string
	for i, name := range names {
		if i == changesShown {
			parts = append(parts, "…")
			break
		}
		var pair [2]any
		text := words(name) + ": "
		if json.Unmarshal(fields[name], &pair) != nil {
			parts = append(parts, text+shorten(string(fields[name]), 60))
			continue
		}
		if pair[0] != nil {
			text += shorten(plain(pair[0]), 60) + " → "
		}
		parts = append(parts, text+shorten(plain(pair[1]), 60))
	}
	return strings.Join(parts, "; ")
}

// plain is a JSON value as people read it.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return "–"
	case string:
		return v
	}
	text, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(text)
}

// walk is one verification of the audit trail, going on or over. One at a time is enough:
// it reads everything.
type walk struct {
	mu       sync.Mutex
	running  bool
	by       string
	began    time.Time
	ended    time.Time
	events   int64
	report   workflow.AuditReport
	findings []workflow.AuditFinding
	err      error
}

// walkState is what a page shows of a walk.
type walkState struct {
	Running, Done, Failed bool
	By                    string
	Began, Ended          time.Time
	Events                int64
	Report                workflow.AuditReport
	Intact                bool
	Findings              []workflow.AuditFinding
}

func (k *walk) state() walkState {
	k.mu.Lock()
	defer k.mu.Unlock()
	return walkState{k.running, !k.running && !k.ended.IsZero() && k.err == nil, k.err != nil && !k.running, k.by, k.began, k.ended, k.events, k.report, k.report.Intact(), slices.Clone(k.findings)}
}

// begin marks a walk as going on; false when one does already.
func (k *walk) begin(by string, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.running {
		return false
	}
	k.running, k.by, k.began, k.ended, k.events, k.report, k.findings, k.err = true, by, now, time.Time{}, 0, workflow.AuditReport{}, nil, nil
	return true
}

func (k *walk) at(events int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.events = events
}

// findingsShown are told in the page; the counts are complete.
const findingsShown = 100

func (k *walk) found(f workflow.AuditFinding) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.findings) < findingsShown {
		k.findings = append(k.findings, f)
	}
}

func (k *walk) end(report workflow.AuditReport, err error, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.running, k.report, k.events, k.err, k.ended = false, report, report.Events, err, now
}

// verification shows the walk that goes on, or what the last one on this server found.
func (w *Web) verification(r *request) error {
	if err := r.s.MayVerifyAudit(r.who); err != nil {
		return err
	}
	state := w.walk.state()
	if r.partial() {
		return r.part("audit_verification", "walk", state)
	}
	return r.show("audit_verification", Page{Title: r.t("Verify the audit trail"), Section: "/audit_events", Crumbs: []Link{{Text: r.t("Audit trail"), Href: "/audit_events"}}, Body: state,
		Lead: r.t("Every event carries a hash of itself and of the one before. This walks all of them and compares their ends with the documents: what was changed, removed or inserted behind Earmark's back shows.")})
}

func (w *Web) beginVerification(r *request) error {
	if err := r.s.MayVerifyAudit(r.who); err != nil {
		return err
	}
	if w.walk.begin(r.who.Name, r.s.Now()) {
		who, ctx := r.who, context.WithoutCancel(r.ctx())
		go func() {
			report, err := w.s.WatchAudit(ctx, who, w.walk.found, w.walk.at)
			if err != nil {
				w.log.Error("verification of the audit trail failed", "error", err.Error())
			}
			w.walk.end(report, err, w.s.Now())
		}()
	}
	r.Redirect(http.StatusSeeOther, "/audit_verification")
	return nil
}
