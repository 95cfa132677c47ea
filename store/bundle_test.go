package store_test

import (
	"slices"
	"testing"

	"earmark/store"
	"earmark/store/storetest"
)

// What is about a district or a year is in the auditor bundle, or stands among what is not, with the reason.
func TestBundlesHaveEveryTable(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	inside, err := db.BundleTableNames()
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for table, columns := range columns(t, db) {
		about := slices.ContainsFunc(columns, func(c string) bool {
			return slices.Contains([]string{"organization_id", "grant_year_id", "agreement_id", "application_id", "revision_id", "record_id", "line_item_id", "line_version_id", "form_id", "commitment_id", "meeting_id"}, c)
		})
		switch in, why := slices.Contains(inside, table), store.OutsideBundles[table]; {
		case !about:
		case in == (why != ""):
			t.Errorf("table %s: in the bundle %v, left out because %q; add it to bundleRows in bundle.go or to OutsideBundles", table, in, why)
		default:
			asked++
		}
	}
	if asked < 30 {
		t.Errorf("only %d tables were looked at", asked)
	}
	seen := map[string]bool{}
	for _, name := range inside {
		if seen[name] {
			t.Errorf("table %s is in the bundle twice", name)
		}
		seen[name] = true
	}
}
