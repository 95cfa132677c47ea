package e2e

import (
	"errors"
	"io"
	"net"
	"net/mail"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"earmark/app"
)

// mailServer is an SMTP server inside the test: what it took is what was sent.
type mailServer struct {
	address string
	mu      sync.Mutex
	taken   []letter
	refuse  int // so many deliveries are put off before one is taken
}

// letter is one delivery.
type letter struct {
	from, to  string
	messageID string
	subject   string
	text      string
}

// withMailServer starts one and points the settings at it.
func withMailServer(t *testing.T) func(*app.Config) {
	t.Helper()
	m := &mailServer{}
	return func(c *app.Config) { m.address = m.listen(t); c.SMTPURL = m.address; servers.Store(c.SMTPURL, m) }
}

// servers are the mail servers by address.
var servers sync.Map

// listen serves on a free port until the test ends.
func (m *mailServer) listen(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(m)
	server.Domain = "mail.example.test"
	server.AllowInsecureAuth = true
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return "smtp://" + listener.Addr().String() + "?tls=none"
}

// letters are what was taken so far, for one person.
func (m *mailServer) letters(to string) []letter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(m.taken), func(l letter) bool { return to != "" && l.to != to })
}

// NewSession is how go-smtp begins a connection.
func (m *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) { return &delivery{server: m}, nil }

// delivery is one connection.
type delivery struct {
	server *mailServer
	letter letter
}

func (d *delivery) Mail(from string, _ *smtp.MailOptions) error { d.letter.from = from; return nil }
func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error   { d.letter.to = to; return nil }
func (d *delivery) Reset()                                      { d.letter = letter{} }
func (d *delivery) Logout() error                               { return nil }

func (d *delivery) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	message, err := mail.ReadMessage(strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	d.letter.messageID, d.letter.subject, d.letter.text = message.Header.Get("Message-Id"), message.Header.Get("Subject"), string(text)
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	if d.server.refuse > 0 {
		d.server.refuse--
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again later"}
	}
	if slices.ContainsFunc(d.server.taken, func(l letter) bool { return l.messageID == d.letter.messageID }) {
		return errors.New("the same message twice")
	}
	d.server.taken = append(d.server.taken, d.letter)
	return nil
}
