package web

import (
	"embed"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/goccy/go-yaml"
	"golang.org/x/text/language"
)

//go:embed words
var wordFiles embed.FS

// Languages are those that pages speak. English texts stand where they are used and are the
// keys; words/en.txt lists all of them, words/es.yaml gives the Spanish. A test keeps both
// complete.
var Languages = []string{"en", "es"}

var languageNames = map[string]string{"en": "English", "es": "Español"}

var translations = loadWords()

// loadWords reads the translations. A broken file stops the program when it starts.
func loadWords() map[string]map[string]string {
	found := map[string]map[string]string{}
	for _, lang := range Languages[1:] {
		text, err := wordFiles.ReadFile("words/" + lang + ".yaml")
		if err != nil {
			panic(err)
		}
		words := map[string]string{}
		if err := yaml.Unmarshal(text, &words); err != nil {
			panic(fmt.Errorf("words/%s.yaml: %w", lang, err))
		}
		found[lang] = words
	}
	return found
}

// say is a text in a language, with its arguments put in as fmt does. What is not
// translated stays English.
func say(lang, text string, args ...any) string {
	if translated, found := translations[lang][text]; found {
		text = translated
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

const languageCookie = "earmark_language"

// languageOf is the one that the reader chose, or else the browser's first that pages speak.
func languageOf(c *gin.Context) string {
	if chosen, err := c.Cookie(languageCookie); err == nil && slices.Contains(Languages, chosen) {
		return chosen
	}
	tags, _, err := language.ParseAcceptLanguage(c.GetHeader("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return Languages[0]
	}
	var known []language.Tag
	for _, lang := range Languages {
		known = append(known, language.MustParse(lang))
	}
	_, at, _ := language.NewMatcher(known).Match(tags...)
	return Languages[at]
}

// languages are the links with which a reader changes the language of all pages.
func (r *request) languages() []Link {
	var links []Link
	for _, lang := range Languages {
		links = append(links, Link{Text: languageNames[lang], Href: lang, Current: lang == r.lang})
	}
	return links
}

// chooseLanguage remembers the language in this browser.
func (w *Web) chooseLanguage(r *request) error {
	lang := r.PostForm("language")
	if !slices.Contains(Languages, lang) {
		lang = Languages[0]
	}
	http.SetCookie(r.Writer, &http.Cookie{Name: languageCookie, Value: lang, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: w.cfg.Secure, SameSite: http.SameSiteLaxMode})
	r.Redirect(http.StatusSeeOther, local(r.PostForm("back")))
	return nil
}

// local is an address of this server, or the first page for anything else.
func local(address string) string {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") || strings.ContainsAny(address, "\\\r\n") {
		return "/"
	}
	return address
}
