package bundle

import (
	"encoding/json"
	"time"

	"earmark/models"
)

// EventsName is where the audit trail of every document stands.
const EventsName = "audit/events.jsonl"

// Event is an audit event as a line of JSON. Hash is the SHA-256 of the fields before it,
// the previous hash first, joined by the byte 0x1f; on_behalf_of and delegation_id are
// hashed only where somebody acted with another's role.
type Event struct {
	PreviousHash string `json:"previous_hash"`
	ID           string `json:"id"`
	At           string `json:"at"` // UTC, microseconds, as it is hashed
	ActorID      string `json:"actor_id"`
	ActorName    string `json:"actor_name"`
	Action       string `json:"action"`
	DocumentKind string `json:"document_kind"`
	DocumentID   string `json:"document_id"`
	Sequence     int64  `json:"sequence"`
	Reason       string `json:"reason"`
	Changes      string `json:"changes"` // JSON
	RequestID    string `json:"request_id"`
	RuleVersion  string `json:"rule_version"`
	OnBehalfOf   string `json:"on_behalf_of"`
	DelegationID string `json:"delegation_id"`
	Hash         string `json:"hash"`
}

// EventOf is a stored event as a line.
func EventOf(e models.AuditEvent) Event {
	return Event{e.PreviousHash, e.ID, e.At.UTC().Format(models.AuditTime), e.ActorID, e.ActorName, e.Action, e.DocumentKind, e.DocumentID, e.Sequence,
		e.Reason, e.Changes, e.RequestID, e.RuleVersion, e.OnBehalfOf, e.DelegationID, e.Hash}
}

func (e Event) hash() string {
	at, err := time.Parse(models.AuditTime, e.At)
	if err != nil {
		return ""
	}
	m := models.AuditEvent{ID: e.ID, At: at, ActorID: e.ActorID, ActorName: e.ActorName, Action: e.Action, DocumentKind: e.DocumentKind, DocumentID: e.DocumentID,
		Sequence: e.Sequence, Reason: e.Reason, Changes: e.Changes, RequestID: e.RequestID, RuleVersion: e.RuleVersion,
		OnBehalfOf: e.OnBehalfOf, DelegationID: e.DelegationID, PreviousHash: e.PreviousHash}
	return m.ComputeHash()
}

type document struct{ kind, id string }

// trail walks the chain of every document: complete from its first event to the version
// that its row has, and nothing else.
func (v *verifier) trail() {
	last := map[document]Event{}
	told := map[document]string{} // the state that the trail tells of
	for _, row := range lines(v.content[EventsName]) {
		var e Event
		if err := json.Unmarshal(row, &e); err != nil {
			v.found("%s is not lines of JSON.", EventsName)
			return
		}
		v.Events++
		d := document{e.DocumentKind, e.DocumentID}
		before := last[d]
		switch {
		case e.Sequence != before.Sequence+1:
			v.found("After event %d of %s %s comes event %d.", before.Sequence, e.DocumentKind, e.DocumentID, e.Sequence)
		case e.PreviousHash != before.Hash:
			v.found("Event %d of %s %s does not follow the one before it.", e.Sequence, e.DocumentKind, e.DocumentID)
		case e.hash() != e.Hash:
			v.found("Event %d of %s %s was changed after it was written.", e.Sequence, e.DocumentKind, e.DocumentID)
		}
		last[d] = e
		var changes map[string][]any
		if json.Unmarshal([]byte(e.Changes), &changes) == nil && len(changes["status"]) == 2 {
			told[d], _ = changes["status"][1].(string)
		}
	}
	for table, kind := range v.Manifest.Documents {
		for _, row := range v.rows[table] {
			d := document{kind, text(row, "id")}
			v.Documents++
			if got := last[d].Sequence; got != whole(row, "version") {
				v.found("%s %s is at version %d; its trail ends at %d.", kind, d.id, whole(row, "version"), got)
			}
			if state := told[d]; state != "" && state != text(row, "status") {
				v.found("%s %s is %s; its trail says %s.", kind, d.id, text(row, "status"), state)
			}
			delete(last, d)
		}
	}
	for d := range last {
		v.found("There is a trail of %s %s, which is not in the bundle.", d.kind, d.id)
	}
}

func lines(text []byte) (out [][]byte) {
	for len(text) > 0 {
		end := 0
		for end < len(text) && text[end] != '\n' {
			end++
		}
		if end > 0 {
			out = append(out, text[:end])
		}
		text = text[min(end+1, len(text)):]
	}
	return out
}
