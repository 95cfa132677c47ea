package api_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"earmark/models"
	"earmark/workflow"
)

// component is a part of an iCalendar file, read by the rules of RFC 5545 and not by the
// library that writes it.
type component struct {
	name  string
	lines map[string]string // by property, parameters included in the key
}

// readCalendar unfolds and takes apart, and holds the file to its form: CRLF, lines of 75
// octets at most, what begins ends.
func readCalendar(t *testing.T, text string) (events []component) {
	t.Helper()
	if !strings.HasSuffix(text, "END:VCALENDAR\r\n") || strings.Contains(strings.ReplaceAll(text, "\r\n", ""), "\n") {
		t.Fatal("not lines that end with CRLF")
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > 75 {
			t.Errorf("%d octets: %s", len(line), line)
		}
	}
	var open []string
	var now component
	for _, line := range strings.Split(strings.TrimSuffix(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n ", ""), "\r\n\t", ""), "\r\n"), "\r\n") {
		name, value, found := strings.Cut(line, ":")
		if !found {
			t.Fatalf("no property: %q", line)
		}
		switch name {
		case "BEGIN":
			open, now = append(open, value), component{value, map[string]string{}}
		case "END":
			if len(open) == 0 || open[len(open)-1] != value {
				t.Fatalf("END:%s without BEGIN", value)
			}
			if open = open[:len(open)-1]; value == "VEVENT" {
				events = append(events, now)
			}
		default:
			now.lines[name] = strings.NewReplacer("\\n", "\n", "\\,", ",", "\\;", ";", "\\\\", "\\").Replace(value)
		}
	}
	if len(open) != 0 {
		t.Fatalf("still open: %v", open)
	}
	return events
}

func TestTheCalendarOfAPerson(t *testing.T) {
	t.Parallel()
	w := givenWorld(t)
	read := func(as string) (string, *http.Response) {
		t.Helper()
		res, body := w.send(call{method: "GET", path: "/api/v1/me/calendar.ics", as: w.tokens[as]})
		if res.StatusCode != 200 || !strings.HasPrefix(res.Header.Get("Content-Type"), "text/calendar") {
			t.Fatalf("%s: %d %s", as, res.StatusCode, body)
		}
		return body, res
	}
	text, res := read("preparer")
	again, _ := read("preparer")
	if text != again {
		t.Error("not the same bytes")
	}
	var meeting, action, due component
	seen := map[string]bool{}
	for _, e := range readCalendar(t, text) {
		uid := e.lines["UID"]
		if seen[uid] || e.lines["DTSTAMP"] == "" || e.lines["SUMMARY"] == "" || !strings.HasSuffix(uid, "@earmark") {
			t.Errorf("%+v", e)
		}
		seen[uid] = true
		switch {
		case uid == "meeting-"+w.ids["meeting"]+"@earmark":
			meeting = e
		case strings.HasPrefix(uid, "action-"):
			action = e
		case strings.HasPrefix(uid, "due_item-"):
			due = e
		}
	}
	// 09:30 in Detroit in winter is 14:30 UTC.
	for _, x := range []struct{ what, got, want string }{
		{"begin", meeting.lines["DTSTART"], "20260105T143000Z"}, {"end", meeting.lines["DTEND"], "20260105T153000Z"}, {"status", meeting.lines["STATUS"], "TENTATIVE"},
		{"agenda", meeting.lines["DESCRIPTION"], "- Reading\n- Substitutes"}, {"sequence", meeting.lines["SEQUENCE"], "2"}, {"place", meeting.lines["LOCATION"], "District office"},
		{"action", action.lines["SUMMARY"], "Action: Send the attendance (Alder Falls (synthetic))"}, {"its day", action.lines["DTSTART;VALUE=DATE"], "20260104"},
		{"the day after", action.lines["DTEND;VALUE=DATE"], "20260105"},
	} {
		if x.got != x.want {
			t.Errorf("%s is %q and should be %q", x.what, x.got, x.want)
		}
	}
	if due.lines["DTSTART;VALUE=DATE"] == "" || strings.Contains(text, "VALARM") {
		t.Errorf("%+v", due)
	}

	// The same again, and after a change.
	c := call{method: "GET", path: "/api/v1/me/calendar.ics", as: w.tokens["preparer"], header: map[string]string{"If-None-Match": "W/" + res.Header.Get("ETag")}}
	w.want(http.StatusNotModified, "the same calendar", c)
	w.change("pal", "POST", "/meetings/"+w.ids["meeting"], "/transitions", m{"event": "cancel", "comment": "Snow."})
	w.want(http.StatusOK, "a changed calendar", c)
	text, _ = read("preparer")
	if !strings.Contains(text, "STATUS:CANCELLED") {
		t.Error("the cancelled meeting stays, as cancelled")
	}

	// Who sees what: the other district has its own, the liaison its districts', the manager all.
	for as, want := range map[string][2]bool{"stranger": {false, true}, "pal": {true, false}, "manager": {true, true}} {
		text, _ := read(as)
		if got := [2]bool{strings.Contains(text, "Alder Falls"), strings.Contains(text, "Birch Bay")}; got != want {
			t.Errorf("%s: %v, and should be %v", as, got, want)
		}
	}
}

func TestCalendarProgramsSignInWithBasic(t *testing.T) {
	t.Parallel()
	w := givenApplication(t)
	basic := func(email, secret string) map[string]string {
		return map[string]string{"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte(email+":"+secret))}
	}
	const path = "/api/v1/me/calendar.ics"
	scoped := func(scope string) string {
		who := models.Actor{UserID: w.users["preparer"], Roles: []models.Grant{{Role: models.RolePreparer, OrganizationID: w.ids["district"]}}}
		tok, err := w.app.Service.CreateAPIToken(t.Context(), who, workflow.CreateAPIToken{Name: scope, Scopes: []string{scope}, ExpiresInDays: 30})
		if err != nil {
			t.Fatal(err)
		}
		return tok.Token
	}
	reads := scoped("read")
	w.want(http.StatusOK, "e-mail address and token", call{method: "GET", path: path, header: basic("Preparer@example.test", reads)})
	w.want(http.StatusUnauthorized, "another's address", call{method: "GET", path: path, header: basic("official@example.test", reads)})
	w.want(http.StatusUnauthorized, "no token", call{method: "GET", path: path, header: basic("preparer@example.test", password)})
	w.want(http.StatusUnauthorized, "another address", call{method: "GET", path: "/api/v1/me", header: basic("preparer@example.test", reads)})
	w.signIn("preparer")
	w.want(http.StatusUnauthorized, "a session is no password", call{method: "GET", path: path, header: basic("preparer@example.test", w.tokens["preparer"])})
	w.want(http.StatusForbidden, "a token that may only write", call{method: "GET", path: path, header: basic("preparer@example.test", scoped("write"))})
	w.want(http.StatusBadRequest, "a token in the address", call{method: "GET", path: path + "?token=" + reads, header: basic("preparer@example.test", reads)})
	res, _ := w.send(call{method: "GET", path: path})
	if got := res.Header.Get("WWW-Authenticate"); res.StatusCode != 401 || !strings.HasPrefix(got, "Basic ") {
		t.Errorf("a program is asked with %d %q", res.StatusCode, got)
	}
	res, _ = w.send(call{method: "GET", path: "/api/v1/me"})
	if got := res.Header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Bearer ") {
		t.Errorf("elsewhere with %q", got)
	}
}
