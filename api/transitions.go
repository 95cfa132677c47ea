package api

import (
	"earmark/models"
	"earmark/workflow"
)

// offerBody is a step that the actor has now: a button, and why it is blocked.
type offerBody struct {
	Event           string  `json:"event"`
	To              string  `json:"to"`
	Means           string  `json:"means"`
	CommentRequired bool    `json:"comment_required"`
	Blocked         *string `json:"blocked"`
}

// offers are the steps of a document whose steps depend on its state alone.
func offers(who models.Actor, doc models.Document) []offerBody {
	return offered(workflow.Offers(who, doc))
}

func offered(list []workflow.Offer) []offerBody {
	out := []offerBody{}
	for _, o := range list {
		out = append(out, offerBody{o.Event, o.To, o.Means, o.Comment, opt(o.Blocked)})
	}
	return out
}
