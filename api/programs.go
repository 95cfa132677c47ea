package api

import (
	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type programBody struct {
	Code     string `json:"code"`
	Title    string `json:"title"`
	Kind     string `json:"kind"`
	Version  string `json:"version"`
	Citation string `json:"citation"`
}

type programDetailBody struct {
	programBody
	Administrator string            `json:"administrator"`
	TimeZone      string            `json:"time_zone"`
	UseCategories []useCategoryBody `json:"use_categories"`
	Definition    string            `json:"definition"`
	Hash          string            `json:"definition_hash"`
}

type useCategoryBody struct {
	Code     string `json:"code"`
	Title    string `json:"title"`
	Help     string `json:"help"`
	Citation string `json:"citation"`
}

func (a *API) programs(c *gin.Context) error {
	var bodies []programBody
	for _, p := range a.s.Programs().All() {
		bodies = append(bodies, programBody{p.Code, p.Title, p.Kind, p.Version, p.Authority.Citation})
	}
	return all(c, queryOf(c), bodies, nil, same)
}

func (a *API) program(c *gin.Context) error {
	p, ok := a.s.Programs().Program(c.Param("code"))
	if !ok {
		return models.Fail(models.NotFound, "not_found", "There is no program %q here.", c.Param("code"))
	}
	body := programDetailBody{
		programBody:   programBody{p.Code, p.Title, p.Kind, p.Version, p.Authority.Citation},
		Administrator: p.Administrator, TimeZone: p.TimeZone, UseCategories: []useCategoryBody{}, Definition: p.Source, Hash: p.Hash,
	}
	for _, u := range p.UseCategories {
		body.UseCategories = append(body.UseCategories, useCategoryBody{u.Code, u.Title, u.Help, u.Cite})
	}
	return answer(c, 200, body, nil)
}

// evaluate applies a program to facts that the caller sends; nothing is stored.
func (a *API) evaluate(c *gin.Context) error {
	var in workflow.EvaluateInput
	if err := decode(c, &in); err != nil {
		return err
	}
	out, err := a.s.EvaluateProgram(c.Request.Context(), who(c), c.Param("code"), in)
	if err != nil {
		return err
	}
	return answer(c, 200, out, nil)
}

// same is for rows that are bodies already.
func same[B any](b B) B { return b }
