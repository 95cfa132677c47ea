package workflow

import (
	"earmark/models"
	"earmark/workflow/machine"
)

// Statuses of a year-end report that nothing else has.
const StatusAccepted models.State = "accepted"

// yearEndFacts is what the steps of a year-end report look at; every error was computed before.
type yearEndFacts struct {
	open     error // the grant year takes reports
	over     error // the days it covers
	separate error // whoever certifies or reviews did not write it
	complete error // what is asked is there and agrees with the ledger
}

func yearEndRule(name string, check func(yearEndFacts) error) machine.Rule[yearEndFacts] {
	return machine.Rule[yearEndFacts]{Name: name, Check: check}
}

var (
	yearEndOpen     = yearEndRule("the grant year is open or closing", func(f yearEndFacts) error { return f.open })
	yearEndSeparate = yearEndRule("whoever certifies or reviews had no part in it before", func(f yearEndFacts) error { return f.separate })
)

// YearEndReports is the life of a report about a finished grant year.
var YearEndReports = machine.Table[yearEndFacts]{
	Document: "year_end_report",
	States: []machine.State{
		{Name: "draft", Means: "Being prepared by the district."},
		{Name: "submitted", Means: "Certified by the authorized official; its figures are frozen."},
		{Name: "returned", Means: "To be mended and certified again; what it settles is due again."},
		{Name: "accepted", Means: "Reviewed by the office and accepted."},
	},
	Transitions: []machine.Transition[yearEndFacts]{
		{On: "create", To: "draft", Roles: district, Means: "Start the report."},
		{On: "submit", From: from(StatusDraft, StatusReturned), To: "submitted", Roles: official, Rules: []machine.Rule[yearEndFacts]{
			yearEndOpen,
			yearEndRule("the days it covers are over", func(f yearEndFacts) error { return f.over }),
			yearEndSeparate,
			yearEndRule("it is complete and agrees with the ledger", func(f yearEndFacts) error { return f.complete }),
		}, Notify: "fiscal reviewers", Means: "Certify it and freeze its figures."},
		{On: "accept", From: from(StatusSubmitted), To: "accepted", Roles: rolesOf(ReviewYearEnd), Rules: []machine.Rule[yearEndFacts]{yearEndOpen, yearEndSeparate},
			Notify: "authorized officials, preparers", Means: "Find it in order."},
		{On: "return", From: from(StatusSubmitted, StatusAccepted), To: "returned", Roles: rolesOf(ReviewYearEnd), Rules: []machine.Rule[yearEndFacts]{yearEndOpen, yearEndSeparate}, Comment: true,
			Notify: "authorized officials, preparers", Means: "Ask for another one, with the reason."},
	},
}
