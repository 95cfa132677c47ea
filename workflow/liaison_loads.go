package workflow

import (
	"cmp"
	"context"
	"slices"

	"earmark/models"
	"earmark/store"
)

// LiaisonLoads are what the liaisons have in hand, and the districts that have none.
type LiaisonLoads struct {
	Liaisons        []store.LiaisonLoad
	Without         []store.WithoutLiaison
	SuggestedUserID string // the liaison with the smallest load; "" when there is none
}

// LiaisonLoads counts for every liaison the districts, agreements and open work of today.
// A new district goes best to the one suggested: fewest districts, then least open work.
func (s *Service) LiaisonLoads(ctx context.Context, who models.Actor) (out LiaisonLoads, err error) {
	if err = allow(who, ReadLoads, ""); err != nil {
		return out, err
	}
	r := s.db.Read(ctx)
	if out.Liaisons, err = store.LiaisonLoads(r, s.Today()); err != nil {
		return out, err
	}
	if out.Without, err = store.DistrictsWithoutLiaison(r); err != nil || len(out.Liaisons) == 0 {
		return out, err
	}
	least := slices.MinFunc(out.Liaisons, func(a, b store.LiaisonLoad) int {
		return cmp.Or(cmp.Compare(a.Districts, b.Districts), cmp.Compare(a.OpenActions+a.OverdueDueItems, b.OpenActions+b.OverdueDueItems),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.UserID, b.UserID))
	})
	out.SuggestedUserID = least.UserID
	return out, nil
}
