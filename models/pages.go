package models

import "strings"

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
	case strings.HasSuffix(kind, "y"):
		return "/" + strings.TrimSuffix(kind, "y") + "ies/" + id
	}
	return "/" + kind + "s/" + id
}
