package workflow

import (
	"slices"

	"earmark/models"
	"earmark/workflow/machine"
)

// recordFacts is what the rules of a record look at; every error was computed before.
type recordFacts struct {
	open     error // the grant year is
	writer   error // the actor is on the side that writes this kind
	complete error // fields, checks, checklist, exhibits and deadline
	signer   error // the party signs this record, now, by this actor
	reviewer error // whose turn it is in the chain of approvals
	force    error // what holds only when it takes force, such as a cap
	last     bool  // nothing else is waited for after this step
}

func recordRule(name string, check func(recordFacts) error) machine.Rule[recordFacts] {
	return machine.Rule[recordFacts]{Name: name, Check: check}
}

var (
	recordWriters    = append(slices.Clone(district), roleNames(recordOffice...)...)
	recordSubmitters = append(slices.Clone(official), roleNames(recordOffice...)...)
	recordDeciders   = roleNames(models.RoleBodyMember, models.RoleAuthorizedOfficial, models.RolePAL, models.RoleFiscalReviewer, models.RoleManager, models.RoleAnalyst, models.RoleARE)

	ruleRecordOpen     = recordRule("the grant year is open", func(f recordFacts) error { return f.open })
	ruleRecordWriter   = recordRule("the actor is on the side that writes this kind of record", func(f recordFacts) error { return f.writer })
	ruleRecordComplete = recordRule("nothing is missing, every check holds, and it is not too late", func(f recordFacts) error { return f.complete })
	ruleRecordSigner   = recordRule("the party signs now, and the actor may record it", func(f recordFacts) error { return f.signer })
	ruleRecordTurn     = recordRule("it is this person's turn in the chain of approvals", func(f recordFacts) error { return f.reviewer })
	ruleRecordForce    = recordRule("what must hold to take force does", func(f recordFacts) error { return f.force })

	recordWaits = recordRule("signatures or approvals are still to come", func(f recordFacts) error {
		if f.last {
			return errNotChosen
		}
		return nil
	})
	recordLast = recordRule("nothing else is to come", func(f recordFacts) error {
		if !f.last {
			return errNotChosen
		}
		return nil
	})
)

// Records is the life of every kind of record.
var Records = machine.Table[recordFacts]{
	Document: "record",
	States: []machine.State{
		{Name: "draft", Means: "Being written."},
		{Name: "submitted", Means: "Locked; waiting for signatures, approvals, or both."},
		{Name: "returned", Means: "To be mended and submitted again; signatures so far count no more."},
		{Name: "refused", Means: "Not accepted.", Final: true},
		{Name: "withdrawn", Means: "Taken back before it took force.", Final: true},
		{Name: "in_force", Means: "Holds, from its effective day."},
		{Name: "superseded", Means: "An amendment took its place; stays readable.", Final: true},
		{Name: "ended", Means: "Over.", Final: true},
	},
	Transitions: []machine.Transition[recordFacts]{
		{On: "create", To: "draft", Roles: recordWriters, Means: "Start a record, or an amendment of one in force."},
		{On: "submit", From: from(StatusDraft, StatusReturned), To: "submitted", Roles: recordSubmitters, When: &recordWaits,
			Rules:  []machine.Rule[recordFacts]{ruleRecordOpen, ruleRecordWriter, ruleRecordComplete},
			Notify: "who approves first, authorized officials", Means: "Hand in; the content is locked."},
		{On: "submit", From: from(StatusDraft, StatusReturned), To: "in_force", Roles: recordSubmitters, When: &recordLast,
			Rules:  []machine.Rule[recordFacts]{ruleRecordOpen, ruleRecordWriter, ruleRecordComplete, ruleRecordForce},
			Notify: "authorized officials, preparers", Means: "Hand in a kind that needs neither signature nor approval."},
		{On: "sign", From: from(StatusSubmitted), To: "submitted", Roles: recordSubmitters, When: &recordWaits,
			Rules: []machine.Rule[recordFacts]{ruleRecordSigner}, Means: "Record the signature of a party."},
		{On: "sign", From: from(StatusSubmitted), To: "in_force", Roles: recordSubmitters, When: &recordLast,
			Rules:  []machine.Rule[recordFacts]{ruleRecordSigner, ruleRecordForce},
			Notify: "authorized officials, preparers", Means: "Record the last signature; an earlier version is superseded."},
		{On: "approve", From: from(StatusSubmitted), To: "submitted", Roles: recordDeciders, When: &recordWaits,
			Rules: []machine.Rule[recordFacts]{ruleRecordTurn}, Notify: "who approves next", Means: "Approve this step."},
		{On: "approve", From: from(StatusSubmitted), To: "in_force", Roles: recordDeciders, When: &recordLast,
			Rules:  []machine.Rule[recordFacts]{ruleRecordTurn, ruleRecordForce},
			Notify: "authorized officials, preparers", Means: "Approve finally; an earlier version is superseded."},
		{On: "return", From: from(StatusSubmitted), To: "returned", Roles: roleNames(recordOffice...), Comment: true,
			Notify: "authorized officials, preparers", Means: "Ask for changes."},
		{On: "refuse", From: from(StatusSubmitted), To: "refused", Roles: roleNames(models.RoleFiscalReviewer, models.RoleManager, models.RoleARE), Comment: true,
			Notify: "authorized officials, preparers", Means: "Do not accept the record."},
		{On: "withdraw", From: from(StatusDraft, StatusSubmitted, StatusReturned), To: "withdrawn", Roles: recordSubmitters, Comment: true,
			Rules: []machine.Rule[recordFacts]{ruleRecordWriter}, Means: "Take the record back."},
		{On: "end", From: from(StatusInForce), To: "ended", Roles: roleNames(models.RoleManager, models.RoleARE), Comment: true,
			Notify: "authorized officials, preparers", Means: "End the record: the case is closed, the term is over."},
		{On: "supersede", From: from(StatusInForce), To: "superseded", Roles: append(slices.Clone(recordSubmitters), recordDeciders...), Means: "Happens when an amendment takes force."},
	},
}
