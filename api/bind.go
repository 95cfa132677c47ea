package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

// The kinds of operation. A command's input struct says where its parts come from: what
// has a JSON name comes from the body (of a list: from the query), and of the rest, GoalID is
// the path's :goal_id, another …ID is its :id, Number is its :number, Version is If-Match
// and Content is an uploaded file.

// command is a change of the service; query a read of it.
type (
	command[In, D any] func(context.Context, models.Actor, In) (D, error)
	lookup[D any]      func(context.Context, models.Actor, string) (D, error)
	shape[D, B any]    func(models.Actor, D) B
)

// create answers 201 with the new document and where it is.
func create[In, D, B any, P interface {
	*D
	models.Document
}](path string, do command[In, D], body shape[D, B]) handler {
	return func(c *gin.Context) error {
		var in In
		if err := request(c, &in); err != nil {
			return err
		}
		d, err := do(c.Request.Context(), who(c), in)
		if err != nil {
			return err
		}
		root := P(&d).Base()
		c.Header("Location", base+path+"/"+root.ID)
		return document(c, http.StatusCreated, *root, body(who(c), d))
	}
}

// change answers 200 with the document as it is now.
func change[In, D, B any, P interface {
	*D
	models.Document
}](do command[In, D], body shape[D, B]) handler {
	return func(c *gin.Context) error {
		var in In
		if err := request(c, &in); err != nil {
			return err
		}
		d, err := do(c.Request.Context(), who(c), in)
		if err != nil {
			return err
		}
		return document(c, http.StatusOK, *P(&d).Base(), body(who(c), d))
	}
}

// get answers a document by :id.
func get[D, B any, P interface {
	*D
	models.Document
}](do lookup[D], body shape[D, B]) handler {
	return func(c *gin.Context) error {
		d, err := do(c.Request.Context(), who(c), c.Param("id"))
		if err != nil {
			return err
		}
		return document(c, http.StatusOK, *P(&d).Base(), body(who(c), d))
	}
}

// read answers what hangs on a document and has no version of its own.
func read[D, B any](do lookup[D], body shape[D, B]) handler {
	return func(c *gin.Context) error {
		d, err := do(c.Request.Context(), who(c), c.Param("id"))
		if err != nil {
			return err
		}
		return answer(c, http.StatusOK, body(who(c), d), nil)
	}
}

// list answers pages, or everything as CSV. In has After and Limit; key is what After names.
func list[In, D, B any](do command[In, []D], key func(D) string, body shape[D, B]) handler {
	return func(c *gin.Context) error {
		var in In
		q := queryOf(c)
		filters(q, &in)
		fields := reflect.ValueOf(&in).Elem()
		load := func(p workflow.Page) ([]D, error) {
			fields.FieldByName("After").SetString(p.After)
			fields.FieldByName("Limit").SetInt(int64(p.Limit))
			rows, err := do(c.Request.Context(), who(c), in)
			return rows, parameters(err)
		}
		return pages(c, q, load, key, func(d D) B { return body(who(c), d) })
	}
}

// byID is the key of most lists.
func byID[D any](d D) string { return reflect.ValueOf(d).FieldByName("ID").String() }

// filters fills what has a JSON name from the query.
func filters(q *query, in any) {
	v := reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" || name == "after" || name == "limit" {
			continue
		}
		switch f := v.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(q.text(name))
		case reflect.Int:
			f.SetInt(int64(q.number(name)))
		case reflect.Bool:
			f.SetBool(q.flag(name))
		}
	}
}

// parameters turns a refusal of a list's input into what it is for a client: a parameter
// that cannot be read.
func parameters(err error) error {
	if e, ok := err.(*models.Error); ok && e.Kind == models.Invalid { //nolint:errorlint // as the service returns it
		return &models.Error{Kind: models.Malformed, Code: "malformed_parameter", Detail: "A parameter breaks a rule.", Fields: e.Fields}
	}
	return err
}

// request fills a command's input. A creation from nothing but the path has no body.
func request(c *gin.Context, in any) error {
	v := reflect.ValueOf(in).Elem()
	hasBody, isFile := false, v.FieldByName("Content").IsValid()
	for i := range v.NumField() {
		f := v.Type().Field(i)
		hasBody = hasBody || f.Tag.Get("json") != "-"
	}
	switch {
	case isFile:
		q := queryOf(c)
		filters(q, in)
		if err := q.end(); err != nil {
			return err
		}
		content, err := file(c)
		if err != nil {
			return err
		}
		v.FieldByName("Content").SetBytes(content)
	case hasBody:
		if err := decode(c, in); err != nil {
			return err
		}
	}
	return address(c, v)
}

// address fills what says which document, and which version of it.
func address(c *gin.Context, v reflect.Value) error {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Tag.Get("json") != "-" {
			continue
		}
		switch {
		case field.Name == "Version":
			version, err := ifMatch(c)
			if err != nil {
				return err
			}
			v.Field(i).SetInt(version)
		case field.Name == "Number":
			n, err := number(c)
			if err != nil {
				return err
			}
			v.Field(i).SetInt(int64(n))
		case strings.HasSuffix(field.Name, "ID"):
			value, given := c.Params.Get(strings.ToLower(strings.TrimSuffix(field.Name, "ID")) + "_id")
			if !given {
				value = c.Param("id")
			}
			v.Field(i).SetString(value)
		}
	}
	return nil
}

// number reads :number; without one in the path it is 0.
func number(c *gin.Context) (int, error) {
	text, given := c.Params.Get("number")
	if !given {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || strconv.Itoa(n) != text {
		return 0, malformed("malformed_parameter", "%q is not the number of a line.", text)
	}
	return n, nil
}
