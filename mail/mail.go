package mail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"earmark/models"
)

// Config is where mail goes and from whom it comes.
type Config struct {
	From     string // address of the sender: earmark@state.example
	FromName string
	Folder   string // write .eml files here instead of sending
	Host     string // of the SMTP server
	Port     int
	Username string // "" without sign-in
	Password string
	// TLS is "required" (STARTTLS or nothing is sent), "implicit" (from the first byte on)
	// or "none" (for a relay on the same machine).
	TLS     string
	CAFile  string // extra certificate authority of the server, PEM
	HELO    string // name of this machine
	Timeout time.Duration
}

// Sender takes one mail out of the house. The error is a *Failure when the other side
// answered or could not be reached.
type Sender interface {
	Send(ctx context.Context, m models.Mail) error
}

// Failure tells whether trying again can help: yes for 4xx answers and network trouble, no
// for 5xx answers and addresses that cannot exist.
type Failure struct {
	Temporary bool
	Err       error
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// Temporary reports whether a mail that failed so should be tried again. What is not
// known to be permanent is.
func Temporary(err error) bool {
	var f *Failure
	return !errors.As(err, &f) || f.Temporary
}

// New makes the sender that the settings ask for.
func New(cfg Config) (Sender, error) {
	switch {
	case cfg.From == "":
		return nil, errors.New("mail: the address of the sender is missing")
	case cfg.Folder != "" && cfg.Host != "":
		return nil, errors.New("mail: set an SMTP server or a folder, not both")
	case cfg.Folder != "":
		if err := os.MkdirAll(cfg.Folder, 0o750); err != nil {
			return nil, fmt.Errorf("mail: %w", err)
		}
		return folder{cfg}, nil
	case cfg.Host != "":
		return newSMTP(cfg)
	}
	return nil, errors.New("mail: set an SMTP server or a folder")
}

// message builds the same bytes at every attempt but for the boundary: Date is when the
// mail was composed, the Message-ID was stored with it.
func message(cfg Config, m models.Mail) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	if err := msg.FromFormat(cfg.FromName, cfg.From); err != nil {
		return nil, fmt.Errorf("sender %q: %w", cfg.From, err)
	}
	if err := msg.To(m.ToAddress); err != nil {
		return nil, &Failure{Err: fmt.Errorf("recipient %q: %w", m.ToAddress, err)}
	}
	msg.SetMessageIDWithValue(strings.Trim(m.MessageID, "<>"))
	msg.SetDateWithValue(m.CreatedAt)
	msg.Subject(m.Subject)
	// An automatic mail must not be answered by another machine (RFC 3834).
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetBodyString(gomail.TypeTextPlain, m.TextBody)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTMLBody)
	return msg, nil
}

// folder writes .eml files, for trying out and for machines without a mail server.
type folder struct{ cfg Config }

// Send writes the mail under its Message-ID: sending again replaces the file.
func (f folder) Send(_ context.Context, m models.Mail) error {
	msg, err := message(f.cfg, m)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(f.cfg.Folder, ".mail-*")
	if err != nil {
		return &Failure{Temporary: true, Err: err}
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	_, err = msg.WriteTo(temp)
	if err := errors.Join(err, temp.Close()); err != nil {
		return &Failure{Temporary: true, Err: err}
	}
	if err := os.Rename(temp.Name(), filepath.Join(f.cfg.Folder, fileName(m))); err != nil {
		return &Failure{Temporary: true, Err: err}
	}
	return nil
}

func fileName(m models.Mail) string {
	keep := func(r rune) rune {
		if r == '.' || r == '-' || r == '@' || (r >= '0' && r <= '9') || (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z') {
			return r
		}
		return -1
	}
	return strings.TrimLeft(strings.Map(keep, m.MessageID), ".") + ".eml"
}
