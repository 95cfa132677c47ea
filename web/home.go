package web

// home is the first page: what waits for this person.
func (w *Web) home(r *request) error {
	return r.show("home", Page{Title: r.t("Home"), Section: "/"})
}
