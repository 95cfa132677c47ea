package e2e

import (
	"flag"
	"fmt"
	"io"
	"mime/quotedprintable"
	"os"
	"regexp"
	"slices"
	"strings"
)

var updateMails = flag.Bool("update-mails", false, "write testdata/mails_of_36_months.txt")

const termMails = "testdata/mails_of_36_months.txt"

var digestID = regexp.MustCompile(`^<digest\.(\d{4}-\d{2}-\d{2})\.`)

// mails lists every mail of three years: the list is kept beside the test, so that people
// can read it and see when a change makes Earmark say more, less or something else.
func (s *term) mails() {
	s.until("2029-07-01")
	letters := s.mail.letters("")
	type key struct{ to, on string }
	seen, lines := map[key]bool{}, make([]string, 0, len(letters))
	for _, l := range letters {
		m := digestID.FindStringSubmatch(l.messageID)
		if m == nil {
			s.t.Errorf("a mail that is no digest: %s %s", l.messageID, l.subject)
			continue
		}
		if k := (key{l.to, m[1]}); seen[k] {
			s.t.Errorf("%s got two mails for %s", l.to, m[1])
		} else {
			seen[k] = true
		}
		if !strings.Contains(l.text, "Why you: ") {
			s.t.Errorf("a mail that does not say why: %s %s\n%s", m[1], l.to, l.text)
		}
		name, _, _ := strings.Cut(strings.Trim(l.to, "<>"), "@")
		lines = append(lines, fmt.Sprintf("%s %-14s %s\n%s", m[1], name, l.subject, gist(l.text)))
	}
	slices.Sort(lines)
	s.same("mails in the queue", len(s.as("auditor").list("/mails?limit=100&status=queued")), 0)
	got := strings.Join(lines, "")
	if *updateMails {
		if err := os.WriteFile(termMails, []byte(got), 0o600); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(termMails)
	if err != nil {
		s.t.Fatal(err)
	}
	s.same("mails of 36 months", strings.Split(got, "\n"), strings.Split(string(want), "\n"))
}

// gist is what a mail tells: the line of each item.
func gist(text string) string {
	plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(text)))
	if err != nil {
		return "    (cannot be read: " + err.Error() + ")\n"
	}
	var out []string
	for line := range strings.Lines(string(plain)) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "* ") {
			out = append(out, "    "+line+"\n")
		}
	}
	return strings.Join(out, "")
}

// proves: nothing was changed behind the program's back in three years.
func (s *term) proves() {
	report := s.as("auditor").get("/audit_verification")
	s.same("the trail", []any{report["intact"], report.number("changed"), report.number("removed"), report.number("inserted")}, []any{true, int64(0), int64(0), int64(0)})
	for _, d := range []*recipient{s.alder, s.birch} {
		for _, what := range []string{"/agreements/" + d.agreement, "/applications/" + d.application} {
			kind, id, _ := strings.Cut(strings.TrimPrefix(what, "/"), "/")
			events := s.as(d.preparer).list("/audit_events?limit=100&document_kind=" + strings.TrimSuffix(kind, "s") + "&document_id=" + id)
			if len(events) < 3 {
				s.t.Errorf("%s has %d events", what, len(events))
			}
		}
	}
}
