package api

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// The style of the two pages that the API has. Its hash stands in the content security
// policy, so nothing else on the page can run or load.
const pageStyle = `body{font:1rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#1b1b1b;background:#fff}
a{color:#005ea2}a:focus,summary:focus{outline:3px solid #2491ff}code,pre{font-family:ui-monospace,monospace;font-size:.9rem}
pre{background:#f0f0f0;padding:.75rem;overflow-x:auto}h2{border-top:2px solid #005ea2;padding-top:1rem;margin-top:2.5rem}
h3{margin-top:2rem}table{border-collapse:collapse;width:100%}td p{margin:0}th,td{text-align:left;vertical-align:top;border:1px solid #a9aeb1;padding:.3rem .5rem}
.skip{position:absolute;left:-99rem}.skip:focus{position:static}`

const pageTop = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{.Title}} | Earmark</title><style>` + pageStyle + `</style></head><body>
<a class="skip" href="#main">Skip to the content</a>
`

var pageStyleHash = func() string {
	sum := sha256.Sum256([]byte(pageStyle))
	return base64.StdEncoding.EncodeToString(sum[:])
}()

func pagePolicy(styleHash string) string {
	return "default-src 'none'; style-src 'sha256-" + styleHash + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// contractDoc is what the reference page shows of openapi.yaml.
type contractDoc struct {
	Info struct {
		Title       string `yaml:"title"`
		Version     string `yaml:"version"`
		Description string `yaml:"description"`
	} `yaml:"info"`
	Tags []struct {
		Name        string `yaml:"name"`
		Description string `yaml:"description"`
	} `yaml:"tags"`
	Paths      map[string]map[string]operation `yaml:"paths"`
	Components struct {
		Parameters map[string]parameter `yaml:"parameters"`
		Responses  map[string]response  `yaml:"responses"`
		Schemas    yaml.MapSlice        `yaml:"schemas"`
	} `yaml:"components"`
}

type operation struct {
	OperationID string      `yaml:"operationId"`
	Summary     string      `yaml:"summary"`
	Description string      `yaml:"description"`
	Tags        []string    `yaml:"tags"`
	Parameters  []parameter `yaml:"parameters"`
	RequestBody struct {
		Content map[string]media `yaml:"content"`
	} `yaml:"requestBody"`
	Responses map[string]response `yaml:"responses"`

	Method, Path string              `yaml:"-"`
	Answers      []response          `yaml:"-"`
	Bodies       []map[string]string `yaml:"-"`
}

type media struct {
	Schema struct {
		Ref string `yaml:"$ref"`
	} `yaml:"schema"`
	Example  any `yaml:"example"`
	Examples map[string]struct {
		Value any `yaml:"value"`
	} `yaml:"examples"`
}

// example is an example of the content as people would send or get it; "" for none.
func (m media) example() string {
	value := m.Example
	for _, name := range slices.Sorted(maps.Keys(m.Examples)) {
		if value == nil {
			value = m.Examples[name].Value
		}
	}
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := yaml.MarshalWithOptions(value, yaml.JSON())
	if err != nil {
		return ""
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, text, "", "  ") != nil {
		return string(text)
	}
	return pretty.String()
}

// prose sets paragraphs and `code` in text of the contract.
func prose(text string) template.HTML {
	var b strings.Builder
	for para := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		b.WriteString("<p>")
		for i, part := range strings.Split(para, "`") {
			if i%2 == 1 {
				b.WriteString("<code>" + template.HTMLEscapeString(part) + "</code>")
				continue
			}
			b.WriteString(template.HTMLEscapeString(part))
		}
		b.WriteString("</p>")
	}
	return template.HTML(b.String()) //nolint:gosec // every part of it was escaped above
}

type parameter struct {
	Ref         string `yaml:"$ref"`
	Name        string `yaml:"name"`
	In          string `yaml:"in"`
	Required    bool   `yaml:"required"`
	Description string `yaml:"description"`
}

type response struct {
	Ref         string           `yaml:"$ref"`
	Description string           `yaml:"description"`
	Content     map[string]media `yaml:"content"`

	Status  string `yaml:"-"`
	Schema  string `yaml:"-"`
	Example string `yaml:"-"`
}

type referenceGroup struct {
	Name, Means string
	Operations  []operation
}

type referenceSchema struct{ Name, Text string }

// referencePage renders the contract as one page that needs no script and nothing from
// elsewhere.
func referencePage(contract []byte) ([]byte, error) {
	var doc contractDoc
	if err := yaml.UnmarshalWithOptions(contract, &doc, yaml.UseOrderedMap()); err != nil {
		return nil, err
	}
	var page bytes.Buffer
	err := referenceTemplate.Execute(&page, map[string]any{
		"Title": doc.Info.Title, "Version": doc.Info.Version, "Means": doc.Info.Description,
		"Groups": doc.groups(), "Schemas": doc.schemas(),
	})
	return page.Bytes(), err
}

func (d *contractDoc) groups() []referenceGroup {
	byTag := map[string][]operation{}
	for path, methods := range d.Paths {
		for method, op := range methods {
			op.Method, op.Path = strings.ToUpper(method), path
			for i, p := range op.Parameters {
				if p.Ref != "" {
					op.Parameters[i] = d.Components.Parameters[last(p.Ref)]
				}
			}
			for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
				op.Answers = append(op.Answers, d.response(status, op.Responses[status]))
			}
			for _, kind := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
				op.Bodies = append(op.Bodies, map[string]string{"Type": kind, "Schema": last(op.RequestBody.Content[kind].Schema.Ref), "Example": op.RequestBody.Content[kind].example()})
			}
			byTag[op.Tags[0]] = append(byTag[op.Tags[0]], op)
		}
	}
	var groups []referenceGroup
	for _, tag := range d.Tags {
		ops := byTag[tag.Name]
		slices.SortFunc(ops, func(a, b operation) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
		})
		groups = append(groups, referenceGroup{tag.Name, tag.Description, ops})
	}
	return groups
}

func (d *contractDoc) response(status string, r response) response {
	if r.Ref != "" {
		r = d.Components.Responses[last(r.Ref)]
	}
	r.Status = status
	for _, m := range r.Content {
		r.Schema = cmp.Or(r.Schema, last(m.Schema.Ref))
		r.Example = cmp.Or(r.Example, m.example())
	}
	return r
}

func (d *contractDoc) schemas() []referenceSchema {
	var out []referenceSchema
	for _, item := range d.Components.Schemas {
		text, err := yaml.Marshal(item.Value)
		if err != nil {
			continue
		}
		out = append(out, referenceSchema{fmt.Sprint(item.Key), string(text)})
	}
	return out
}

func last(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

var referenceTemplate = template.Must(template.New("reference").Funcs(template.FuncMap{"prose": prose}).Parse(pageTop + `
<main id="main"><h1>{{.Title}}</h1>
<p>Version {{.Version}}. The machine-readable form is <a href="/openapi.yaml">openapi.yaml</a>.</p>
{{prose .Means}}
<nav aria-label="Operations"><ul>{{range .Groups}}<li><a href="#{{.Name}}">{{.Name}}</a>: {{.Means}}</li>{{end}}<li><a href="#schemas">schemas</a>: the bodies</li></ul></nav>
{{range .Groups}}<section aria-labelledby="{{.Name}}"><h2 id="{{.Name}}">{{.Name}}</h2>{{prose .Means}}
<ul>{{range .Operations}}<li><a href="#{{.OperationID}}">{{.Summary}}</a></li>{{end}}</ul>
{{range .Operations}}<h3 id="{{.OperationID}}"><code>{{.Method}} {{.Path}}</code></h3>
{{prose .Summary}}{{with .Description}}{{prose .}}{{end}}
{{if .Parameters}}<table><caption>Parameters of {{.OperationID}}</caption><thead><tr><th scope="col">name</th><th scope="col">in</th><th scope="col">meaning</th></tr></thead><tbody>
{{range .Parameters}}<tr><th scope="row"><code>{{.Name}}</code>{{if .Required}} (required){{end}}</th><td>{{.In}}</td><td>{{prose .Description}}</td></tr>{{end}}</tbody></table>{{end}}
{{range .Bodies}}<p>Body: {{.Type}}{{if .Schema}}, <a href="#schema-{{.Schema}}">{{.Schema}}</a>{{end}}</p>{{with .Example}}<pre tabindex="0">{{.}}</pre>{{end}}{{end}}
<table><caption>Answers of {{.OperationID}}</caption><thead><tr><th scope="col">status</th><th scope="col">meaning</th><th scope="col">body</th></tr></thead><tbody>
{{range .Answers}}<tr><th scope="row">{{.Status}}</th><td>{{prose .Description}}</td><td>{{with .Schema}}<a href="#schema-{{.}}">{{.}}</a>{{end}}</td></tr>{{end}}</tbody></table>
{{range .Answers}}{{with .Example}}<details><summary>Example of an answer</summary><pre tabindex="0">{{.}}</pre></details>{{end}}{{end}}
{{end}}</section>{{end}}
<section aria-labelledby="schemas"><h2 id="schemas">schemas</h2>
{{range .Schemas}}<h3 id="schema-{{.Name}}">{{.Name}}</h3><pre tabindex="0">{{.Text}}</pre>{{end}}</section>
</main></body></html>
`))
