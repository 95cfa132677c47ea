package workflow

import "earmark/store"

// Page asks for a part of a list: those in front may not import store.
type Page = store.Page

// MaxPage is the most rows that one page of the API or the pages may have.
const MaxPage = store.MaxPage

// AuditFinding is a break in the audit trail.
type AuditFinding = store.AuditFinding

// DocumentKinds are the names of all kinds of document.
func DocumentKinds() []string {
	var kinds []string
	for _, doc := range store.DocumentKinds() {
		kinds = append(kinds, doc.Kind())
	}
	return kinds
}
