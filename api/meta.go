package api

import (
	"bytes"
	"html/template"
	"net/http"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type statusBody struct {
	Status  string `json:"status"`
	Version string `json:"version"`
}

// healthz says that the process runs; readyz, that it can serve.
func (a *API) healthz(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	return answer(c, http.StatusOK, statusBody{"ok", a.version}, nil)
}

func (a *API) readyz(c *gin.Context) error {
	c.Header("Cache-Control", "no-store")
	if err := a.s.Ready(c.Request.Context()); err != nil {
		return &models.Error{Kind: models.Unavailable, Code: "not_ready", Detail: "The database or the storage of files does not answer.", RetryAfter: 5, Err: err}
	}
	return answer(c, http.StatusOK, statusBody{"ok", a.version}, nil)
}

func (a *API) metrics(c *gin.Context) error {
	if h := a.scraper(c.Request); h != nil {
		h.ServeHTTP(c.Writer, c.Request)
		return nil
	}
	return noRoute(c)
}

func (a *API) contract(c *gin.Context) error {
	c.Data(http.StatusOK, "application/yaml; charset=utf-8", a.text)
	return nil
}

func (a *API) reference(c *gin.Context) error {
	c.Header("Content-Security-Policy", pagePolicy(pageStyleHash))
	c.Data(http.StatusOK, "text/html; charset=utf-8", a.page)
	return nil
}

var problemTemplate = template.Must(template.New("problem").Parse(pageTop + `
<main id="main"><h1>{{.Title}}</h1>
<p>Problem type <code>/problems/{{.Kind}}</code>, HTTP status {{.Status}}.</p>
<h2>What it means</h2><p>{{.Means}}</p>
<h2>What to do</h2><p>{{.Do}}</p>
<p><a href="/docs">All operations of the API</a></p></main></body></html>
`))

// problemPage is what the type of a problem points at.
func (a *API) problemPage(c *gin.Context) error {
	p := problemOf(models.Kind(c.Param("kind")))
	if string(p.Kind) != c.Param("kind") {
		return noRoute(c)
	}
	var page bytes.Buffer
	if err := problemTemplate.Execute(&page, p); err != nil {
		return err
	}
	c.Header("Content-Security-Policy", pagePolicy(pageStyleHash))
	c.Data(http.StatusOK, "text/html; charset=utf-8", page.Bytes())
	return nil
}

type permissionBody struct {
	Action string   `json:"action"`
	Means  string   `json:"means"`
	Roles  []string `json:"roles"`
}

// permissions is the table of who may do what, as the commands use it.
func (a *API) permissions(c *gin.Context) error {
	return all(c, queryOf(c), workflow.Permissions, nil, func(p workflow.Permission) permissionBody {
		return permissionBody{string(p.Action), p.Means, words(p.Roles)}
	})
}

func words[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, v := range in {
		out[i] = string(v)
	}
	return out
}

type stateTableBody struct {
	Document string      `json:"document"`
	States   []stateBody `json:"states"`
	Steps    []stepBody  `json:"steps"`
}

type stateBody struct {
	Name  string `json:"name"`
	Means string `json:"means"`
	Final bool   `json:"final"`
}

type stepBody struct {
	Event           string   `json:"event"`
	From            []string `json:"from"`
	To              string   `json:"to"`
	Roles           []string `json:"roles"`
	Rules           []string `json:"rules"`
	CommentRequired bool     `json:"comment_required"`
	Means           string   `json:"means"`
}

// stateTables is the life of every kind of document, as the commands use it.
func (a *API) stateTables(c *gin.Context) error {
	return all(c, queryOf(c), workflow.StateTables(), nil, func(t workflow.StateTable) stateTableBody {
		d := t.Describe()
		body := stateTableBody{Document: d.Document, States: []stateBody{}, Steps: []stepBody{}}
		for _, s := range d.States {
			body.States = append(body.States, stateBody{s.Name, s.Means, s.Final})
		}
		for _, s := range d.Steps {
			body.Steps = append(body.Steps, stepBody{s.Event, words(s.From), s.To, s.Roles, words(s.Rules), s.Comment, s.Means})
		}
		return body
	})
}
