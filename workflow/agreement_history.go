package workflow

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"earmark/models"
	"earmark/store"
)

// AgreementChange is one change of an agreement, read from its audit trail.
type AgreementChange struct {
	At        time.Time
	ActorID   string
	ActorName string
	Action    string // add_activity, update_strategy, sign …
	Part      string // activities/3, targets/ITB-1; "" the agreement itself
	Reason    string
	Changes   []AgreementFieldChange
}

// AgreementFieldChange is what a field of an agreement said before and after.
type AgreementFieldChange struct {
	Field         string
	Before, After json.RawMessage
}

// AgreementHistory lists every change of an agreement and of what is in it, the oldest
// first: who, when, why, and what it said before. Errors: NotFound.
func (s *Service) AgreementHistory(ctx context.Context, who models.Actor, id string) ([]AgreementChange, error) {
	r := s.db.Read(ctx)
	a, err := store.Get[models.Agreement](r, id)
	if err != nil {
		return nil, err
	}
	if err := allow(who, ReadAudit, a.OrganizationID); err != nil {
		return nil, err
	}
	trail, err := store.AuditTrail(r, "agreement", id)
	out := make([]AgreementChange, len(trail))
	for i, e := range trail {
		out[i] = agreementChange(e)
	}
	return out, err
}

func agreementChange(e models.AuditEvent) AgreementChange {
	out := AgreementChange{At: e.At, ActorID: e.ActorID, ActorName: e.ActorName, Action: e.Action, Reason: e.Reason}
	var fields map[string][2]json.RawMessage
	if json.Unmarshal([]byte(e.Changes), &fields) != nil {
		return out
	}
	for _, name := range keys(fields) {
		field := name
		if at := strings.LastIndex(name, "/"); at >= 0 { // activities/3/title
			out.Part, field = name[:at], name[at+1:]
		}
		if slices.Contains([]string{"id", "agreement_id", "number"}, field) {
			continue
		}
		out.Changes = append(out.Changes, AgreementFieldChange{field, fields[name][0], fields[name][1]})
	}
	return out
}
