package api_test

// meet plans a meeting about the agreement in force, with an action of the preparer, and
// gives the district a tier of support.
func (w *world) meet() {
	meeting := w.do("pal", "POST", "/meetings", m{"agreement_id": w.ids["agreement"], "meets_on": "2026-01-05", "starts_at": "09:30", "place": "District office", "agenda": []string{"Reading"}})
	w.ids["meeting"] = text(meeting, "id")
	path := "/meetings/" + w.ids["meeting"]
	w.change("official", "POST", path, "/agenda_items", m{"text": "Substitutes"})
	w.change("pal", "POST", path, "/actions", m{"text": "Send the attendance", "owner_id": w.users["preparer"], "due_on": "2026-01-04"})
	w.ids["support"] = text(w.do("pal", "POST", "/support_assignments", m{"agreement_id": w.ids["agreement"], "tier": 2, "focus_areas": []string{"leadership"}, "reason": "A new principal."}), "id")
}
