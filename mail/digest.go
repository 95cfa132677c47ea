package mail

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	texttemplate "text/template"

	"earmark/models"
)

//go:embed templates/*
var templates embed.FS

var (
	textDigest = texttemplate.Must(texttemplate.New("digest.txt").Funcs(texttemplate.FuncMap(words)).ParseFS(templates, "templates/digest.txt"))
	htmlDigest = htmltemplate.Must(htmltemplate.New("digest.html").Funcs(htmltemplate.FuncMap(words)).ParseFS(templates, "templates/digest.html"))
)

var words = map[string]any{"notices": func(n int) string { return count(n, "notice") }}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// RenderDigest writes the nightly mail of one person: the same content as plain text and
// as HTML, with the numbers and the rules inside, so that it can be read without a link.
func RenderDigest(d models.Digest) (subject, text, html string, err error) {
	var t, h strings.Builder
	if err := textDigest.Execute(&t, d); err != nil {
		return "", "", "", fmt.Errorf("digest as text: %w", err)
	}
	if err := htmlDigest.Execute(&h, d); err != nil {
		return "", "", "", fmt.Errorf("digest as HTML: %w", err)
	}
	return Subject(d), t.String(), h.String(), nil
}

// Subject names the worst thing first: people sort their mail by it.
func Subject(d models.Digest) string {
	violations, warnings := 0, 0
	for _, district := range d.Districts {
		for _, i := range district.Items {
			switch {
			case i.Event == "flag.resolved" || i.Event == "flag.waived":
			case i.Severity == "violation":
				violations++
			case i.Severity == "warning":
				warnings++
			}
		}
	}
	var parts []string
	if violations > 0 {
		parts = append(parts, count(violations, "violation"))
	}
	if warnings > 0 {
		parts = append(parts, count(warnings, "warning"))
	}
	if other := d.Count - d.Left - violations - warnings; other > 0 || len(parts) == 0 {
		parts = append(parts, count(other, "notice"))
	}
	return fmt.Sprintf("Earmark, %s: %s", d.Date, strings.Join(parts, ", "))
}
