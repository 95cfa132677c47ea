package api

import (
	"earmark/models"
	"earmark/workflow"
)

type grantYearBody struct {
	ID                string      `json:"id"`
	ProgramCode       string      `json:"program_code"`
	FiscalYear        int         `json:"fiscal_year"`
	Title             string      `json:"title"`
	Status            string      `json:"status"`
	DefinitionVersion string      `json:"definition_version"`
	DefinitionHash    string      `json:"definition_hash"`
	PublishedRunID    *string     `json:"published_run_id"`
	StartsOn          models.Date `json:"starts_on"`
	EndsOn            models.Date `json:"ends_on"`
	Version           int64       `json:"version"`
	Available         []offerBody `json:"available_transitions"`
}

type grantYearDetailBody struct {
	grantYearBody
	Parameters []parameterBody `json:"parameters"`
}

type parameterBody struct {
	Name       string `json:"name"`
	Type       string `json:"type"`
	Value      string `json:"value"`
	Basis      string `json:"basis"`
	Means      string `json:"means"`
	Citation   string `json:"citation"`
	Overridden bool   `json:"overridden"`
}

func grantYear(who models.Actor, g models.GrantYear) grantYearBody {
	return grantYearBody{g.ID, g.ProgramCode, g.FiscalYear, g.Title, string(g.Status), g.DefinitionVersion, g.DefinitionHash,
		g.PublishedRunID, g.StartsOn, g.EndsOn, g.Version, offers(who, &g)}
}

func grantYearDetail(who models.Actor, g workflow.GrantYearDetail) grantYearDetailBody {
	body := grantYearDetailBody{grantYear(who, g.GrantYear), []parameterBody{}}
	for _, p := range g.Rules.Parameters {
		body.Parameters = append(body.Parameters, parameterBody{p.Name, p.Type, p.Text, p.Basis, p.Means, p.Cite, p.Overridden})
	}
	return body
}
