package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

// Headers of an answer about an earlier day: which day, and which rules were in force.
const (
	asOfHeader  = "Earmark-As-Of"
	rulesHeader = "Earmark-Rule-Version"
)

func says(c *gin.Context, about workflow.AsOf) {
	c.Header(asOfHeader, string(about.On))
	if about.Rules != "" {
		c.Header(rulesHeader, about.Rules)
	}
}

// onDay answers a document as it is, or with ?on= as it stood at the end of that day.
func onDay(now handler, then func(*gin.Context, models.Date) error) handler {
	return func(c *gin.Context) error {
		q := queryOf(c)
		on := q.date("on")
		if err := q.end(); err != nil {
			return err
		}
		if on == "" {
			return now(c)
		}
		return parameters(then(c, on))
	}
}

// saysDay names the day that a list is about.
func saysDay(do handler) handler {
	return func(c *gin.Context) error {
		if on := models.Date(c.Query("on")); on.Valid() {
			c.Header(asOfHeader, string(on))
		}
		return do(c)
	}
}

func (a *API) agreementOn(c *gin.Context, on models.Date) error {
	d, about, err := a.s.AgreementOn(c.Request.Context(), who(c), c.Param("id"), on)
	if err != nil {
		return err
	}
	says(c, about)
	return document(c, http.StatusOK, d.Root, agreementDetail(models.Actor{}, d)) // nobody takes a step in the past
}

func (a *API) applicationOn(c *gin.Context, on models.Date) error {
	v, about, err := a.s.ApplicationOn(c.Request.Context(), who(c), c.Param("id"), on)
	if err != nil {
		return err
	}
	says(c, about)
	return document(c, http.StatusOK, v.Application.Root, applicationDetail(models.Actor{}, applicationView{v.Application, v}))
}

type linesOnBody struct {
	AsOf           models.Date    `json:"as_of"`
	RuleVersion    string         `json:"rule_version"`
	RevisionID     *string        `json:"revision_id"`
	InForce        []lineBody     `json:"in_force"`
	OpenRevisionID *string        `json:"open_revision_id"`
	OpenStatus     *string        `json:"open_status"`
	Proposed       []proposedBody `json:"proposed"`
}

type proposedBody struct {
	Number int                        `json:"number"`
	Fields map[string]json.RawMessage `json:"fields"`
}

// applicationLinesOn answers an application's lines today, or as they stood at the end of a day.
func (a *API) applicationLinesOn(c *gin.Context) error {
	q := queryOf(c)
	on := q.date("on")
	if err := q.end(); err != nil {
		return err
	}
	if on == "" {
		on = a.s.Today()
	}
	l, err := a.s.ApplicationLinesOn(c.Request.Context(), who(c), c.Param("id"), on)
	if err != nil {
		return parameters(err)
	}
	says(c, l.AsOf)
	body := linesOnBody{l.On, l.Rules, opt(l.RevisionID), []lineBody{}, opt(l.OpenID), opt(string(l.OpenStatus)), []proposedBody{}}
	for _, x := range l.InForce {
		body.InForce = append(body.InForce, line(x))
	}
	for _, x := range l.Proposed {
		body.Proposed = append(body.Proposed, proposedBody{x.Number, x.Fields})
	}
	return answer(c, http.StatusOK, body, nil)
}
