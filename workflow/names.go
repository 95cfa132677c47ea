package workflow

import (
	"context"

	"earmark/models"
	"earmark/store"
)

// Names say how organizations and people are called whom documents name by identifier.
type Names struct {
	Organizations map[string]models.Organization
	People        map[string]string
}

// District is an organization's name with its code; "" when it is not known.
func (n Names) District(id string) string {
	o, found := n.Organizations[id]
	if !found {
		return ""
	}
	return o.Name
}

// Liaison is the name of a district's liaison; "" for none.
func (n Names) Liaison(organizationID string) string {
	if o := n.Organizations[organizationID]; o.PALUserID != nil {
		return n.People[*o.PALUserID]
	}
	return ""
}

// NamesOf are the names of organizations that the actor may see, of their liaisons, and of
// people whom documents that the actor has read name: a name and nothing else of them.
func (s *Service) NamesOf(ctx context.Context, who models.Actor, organizations, people []string) (Names, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return Names{}, err
	}
	r := s.db.Read(ctx)
	out := Names{Organizations: map[string]models.Organization{}, People: map[string]string{}}
	found, err := store.OrganizationsOf(r, scope(who), distinct(organizations))
	if err != nil {
		return out, err
	}
	for _, o := range found {
		out.Organizations[o.ID] = o
		if o.PALUserID != nil {
			people = append(people, *o.PALUserID)
		}
	}
	out.People, err = store.NamesOfPeople(r, distinct(people))
	return out, err
}

// distinct are the values without the empty one, each once.
func distinct(values []string) []string {
	seen, out := map[string]bool{"": true}, []string{}
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	return out
}
