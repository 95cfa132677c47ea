package web

import (
	"encoding/json"
	"slices"
	"strings"

	"earmark/workflow"
)

type changesBody struct{ Changes []changeView }

type changeView struct {
	workflow.AgreementChange
	Title  string
	Fields []changedField
}

type changedField struct{ Name, Before, After string }

// agreementChanges tells who changed what in an agreement, the latest first.
func (w *Web) agreementChanges(r *request) error {
	a, err := r.s.Agreement(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	place, err := w.agreementPlace(r, a)
	if err != nil {
		return err
	}
	changes, err := r.s.AgreementHistory(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	var b changesBody
	for _, c := range changes {
		v := changeView{AgreementChange: c, Title: r.t(words(c.Action))}
		for _, f := range c.Changes {
			if strings.HasSuffix(f.Field, "_id") || f.Field == "target_ids" {
				continue // identifiers say nothing to people
			}
			v.Fields = append(v.Fields, changedField{r.t(words(f.Field)), plainJSON(f.Before), plainJSON(f.After)})
		}
		b.Changes = append(b.Changes, v)
	}
	slices.Reverse(b.Changes)
	return r.show("agreement_changes", Page{Title: r.t("Changes of the agreement"), Section: "/agreements", Crumbs: place.crumbs, Body: b,
		Lead: r.t("Every change with who made it, when, why, and what it said before.")})
}

// plainJSON writes a value of the audit trail as text.
func plainJSON(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	if s := string(raw); s != "null" && s != "[]" {
		return s
	}
	return ""
}
