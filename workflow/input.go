package workflow

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"

	"earmark/models"
)

// check validates an input struct by its tags and returns Invalid with every broken field.
func (s *Service) check(in any) error {
	fields := plain("", reflect.ValueOf(in))
	err := s.validate.Struct(in)
	var broken validator.ValidationErrors
	if err != nil && !errors.As(err, &broken) {
		return err
	}
	for _, b := range broken {
		detail, fix := explain(b)
		fields = append(fields, models.FieldError{Pointer: pointer(b.Namespace()), Code: b.Tag(), Detail: detail, Fix: fix, Severity: "error"})
	}
	return invalid(fields)
}

// invalid makes an Invalid error of fields, or nil when none is an error.
func invalid(fields []models.FieldError) error {
	n := 0
	for i := range fields {
		if fields[i].Severity != "warning" {
			fields[i].Severity = "error"
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return &models.Error{Kind: models.Invalid, Code: "invalid_input", Fields: fields,
		Detail: fmt.Sprintf("%d of the inputs break a rule. Nothing was changed.", n)}
}

// plain finds text that no field may hold: invalid UTF-8 and control characters.
func plain(at string, v reflect.Value) []models.FieldError {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plain(at, v.Elem())
	case reflect.Slice:
		var fields []models.FieldError
		for i := range v.Len() {
			fields = append(fields, plain(fmt.Sprintf("%s/%d", at, i), v.Index(i))...)
		}
		return fields
	case reflect.Struct:
		var fields []models.FieldError
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || name == "-" {
				continue
			}
			if f.Anonymous && name == "" {
				fields = append(fields, plain(at, v.Field(i))...)
				continue
			}
			fields = append(fields, plain(at+"/"+name, v.Field(i))...)
		}
		return fields
	case reflect.String:
		if !plainText(v.String()) {
			return []models.FieldError{{Pointer: at, Code: "text", Detail: "The text contains characters that cannot be stored.", Fix: "Remove control characters; keep letters, digits, punctuation and line breaks."}}
		}
	}
	return nil
}

func plainText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 0x20 && r != '\n' && r != '\r' && r != '\t') || r == 0x7f
	})
}

// pointer turns "SaveLine.costs[1].amount_cents" into "/costs/1/amount_cents".
func pointer(namespace string) string {
	_, path, _ := strings.Cut(namespace, ".")
	path = strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(path)
	parts := slices.DeleteFunc(strings.Split(path, "/"), func(part string) bool { // an embedded struct is no member of the body
		return part != "" && unicode.IsUpper(rune(part[0]))
	})
	return "/" + strings.Join(parts, "/")
}

// explain says in words what a tag demands.
func explain(b validator.FieldError) (detail, fix string) {
	name := "field " + b.Field() // as clients and forms name it
	switch b.Tag() {
	case "required", "required_if", "required_with", "required_without":
		return fmt.Sprintf("The %s is missing.", name), "Give " + b.Field() + "."
	case "max":
		if b.Kind() == reflect.String {
			return fmt.Sprintf("The %s is longer than %s characters.", name, b.Param()), "Shorten it."
		}
		return fmt.Sprintf("The %s is more than %s.", name, b.Param()), fmt.Sprintf("Give at most %s.", b.Param())
	case "min":
		if b.Kind() == reflect.String {
			return fmt.Sprintf("The %s is shorter than %s characters.", name, b.Param()), fmt.Sprintf("Give at least %s characters.", b.Param())
		}
		return fmt.Sprintf("The %s is less than %s.", name, b.Param()), fmt.Sprintf("Give at least %s.", b.Param())
	case "gt":
		return fmt.Sprintf("The %s must be more than %s.", name, b.Param()), fmt.Sprintf("Give more than %s.", b.Param())
	case "gte":
		return fmt.Sprintf("The %s must be at least %s.", name, b.Param()), fmt.Sprintf("Give %s or more.", b.Param())
	case "lte":
		return fmt.Sprintf("The %s must be at most %s.", name, b.Param()), fmt.Sprintf("Give %s or less.", b.Param())
	case "ne":
		return fmt.Sprintf("The %s must not be %s.", name, b.Param()), "Give another value."
	case "oneof":
		return fmt.Sprintf("The %s is not one of the possible values.", name), "Give one of: " + strings.ReplaceAll(b.Param(), " ", ", ") + "."
	case "civil_date":
		return fmt.Sprintf("The %s is not a date that exists.", name), "Give a date as YYYY-MM-DD."
	case "email":
		return "This is not an e-mail address.", "Give an address such as name@district.example."
	case "len", "numeric":
		return fmt.Sprintf("The %s does not have the required form.", name), fmt.Sprintf("Give %s digits.", b.Param())
	}
	return fmt.Sprintf("The %s breaks the rule %s.", name, b.Tag()), "Correct it."
}
