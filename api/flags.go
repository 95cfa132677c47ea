package api

import (
	"encoding/json"

	"earmark/models"
)

type flagBody struct {
	ID             string       `json:"id"`
	GrantYearID    *string      `json:"grant_year_id"`
	OrganizationID string       `json:"organization_id"`
	ApplicationID  *string      `json:"application_id"`
	LineItemID     *string      `json:"line_item_id"`
	Rule           string       `json:"rule"`
	Severity       string       `json:"severity"`
	Status         string       `json:"status"`
	Measure        int64        `json:"measure"`
	Threshold      int64        `json:"threshold"`
	Detail         string       `json:"detail"`
	FirstSeen      models.Date  `json:"first_seen"`
	ChangedOn      models.Date  `json:"changed_on"`
	ResolvedOn     *models.Date `json:"resolved_on"`
	WaivedUntil    *models.Date `json:"waived_until"`
	Reply          *string      `json:"reply"`
	ReplyBy        *string      `json:"reply_by"`
	Version        int64        `json:"version"`
	Available      []offerBody  `json:"available_transitions"`
}

type flagDetailBody struct {
	flagBody
	Evidence json.RawMessage `json:"evidence"`
}

func flag(who models.Actor, f models.Flag) flagBody {
	return flagBody{f.ID, opt(f.GrantYearID), f.OrganizationID, opt(f.ApplicationID), opt(f.LineItemID), f.Rule, f.Severity, string(f.Status),
		f.Measure, f.Threshold, f.Detail, f.FirstSeen, f.ChangedOn, opt(f.ResolvedOn), opt(f.WaivedUntil), opt(f.Reply), f.ReplyBy, f.Version, offers(who, &f)}
}

func flagDetail(who models.Actor, f models.Flag) flagDetailBody {
	return flagDetailBody{flag(who, f), kept(f.Evidence)}
}
