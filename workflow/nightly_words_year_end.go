package workflow

import (
	"fmt"

	"earmark/models"
	"earmark/store"
)

func reportDiffersWords(f store.NightFinding) (string, map[string]any) {
	reported, now := models.Cents(f.A), models.Cents(f.B)
	return fmt.Sprintf("The report certified on %s says that %s was spent through %s; the ledger now says %s, a difference of %s.", f.T2, reported, f.T1, now, now-reported),
		map[string]any{"reported_cents": f.A, "ledger_cents": f.B, "through": f.T1, "submitted_on": f.T2}
}
