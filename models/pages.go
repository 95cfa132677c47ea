package models

import (
	"slices"
	"strings"
)

// listed are the kinds whose documents are read in their list and have no page each.
var listed = []string{"allocation_release", "payee", "commitment", "prior_funding", "measure_result", "support_assignment"}

// PageOf is the page of a document, below the address of this Earmark; "" where a kind has
// none. Pages are named as the API names its resources.
func PageOf(kind, id string) string {
	switch {
	case kind == "" || id == "":
		return ""
	case kind == "allocation_run":
		return "/allocations?run_id=" + id
	case kind == "session", kind == "api_token":
		return "/account"
	case slices.Contains(listed, kind):
		return plural(kind)
	}
	return plural(kind) + "/" + id
}

// plural is the address of all documents of a kind.
func plural(kind string) string {
	if stem, y := strings.CutSuffix(kind, "y"); y {
		return "/" + stem + "ies"
	}
	return "/" + kind + "s"
}
