package web

// pagesWorkbench are the pages with which the office works out, explains and publishes
// allocations and determinations, and those of programs and reports.
func (w *Web) pagesWorkbench() []route {
	return join(w.pagesAllocationRuns(), w.pagesFacts(), w.pagesImports(), w.pagesOrganizations(), w.pagesGrantYears(), w.pagesScenarios(), w.pagesReports(), w.pagesPrograms(), w.pagesDeterminations())
}
