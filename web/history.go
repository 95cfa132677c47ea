package web

import (
	"slices"
	"time"

	"earmark/models"
	"earmark/workflow"
)

// Event is one line of a history: who did what, when and why.
type Event struct {
	At    time.Time
	Who   string
	What  string
	Of    string // the document, in a history of several
	Href  string
	Why   string
	Times int // how often, one after another, on the same day
}

// history is the trail of one document, newest first. Who may not read it sees none.
func (r *request) history(kind, id string) ([]Event, error) {
	trail, err := r.s.AuditTrail(r.ctx(), r.who, kind, id)
	if kind := models.KindOf(err); kind == models.Forbidden || kind == models.NotFound { // the page may be read, its history not
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	slices.Reverse(trail)
	out := make([]Event, len(trail))
	for i, e := range trail {
		out[i] = r.eventOf(e)
		out[i].Of, out[i].Href = "", "" // the page is about it
	}
	return out, nil
}

func (r *request) eventOf(e models.AuditEvent) Event {
	return Event{At: e.At, Who: e.ActorName, What: r.t(words(e.Action)), Of: r.t(words(e.DocumentKind)), Href: r.pageOf(e.DocumentKind, e.DocumentID), Why: e.Reason, Times: 1}
}

// gathered joins events of the same person and kind on one day; those of several documents
// link to none.
func gathered(events []Event) []Event {
	var out []Event
	for _, e := range events {
		at := slices.IndexFunc(out, func(o Event) bool {
			return o.Who == e.Who && o.What == e.What && o.Of == e.Of && o.At.Format("2006-01-02") == e.At.Format("2006-01-02")
		})
		if at < 0 {
			out = append(out, e)
			continue
		}
		out[at].Times++
		if out[at].Href != e.Href {
			out[at].Href, out[at].Why = "", ""
		}
	}
	return out
}

// pageOf is the page of a document, unless it is one of the pages of people, which not
// everybody reads.
func (r *request) pageOf(kind, id string) string {
	if kind == "user" && id != r.who.UserID && !r.s.May(r.who, workflow.ReadPeople, "") {
		return ""
	}
	return models.PageOf(kind, id)
}
