package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"io"
	"log"
	"math/big"
	"net"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"earmark/models"
)

var update = flag.Bool("update", false, "write the golden files")

func TestDigestIsAsAgreed(t *testing.T) {
	t.Parallel()
	subject, text, html, err := RenderDigest(models.Digest{Name: "Pat Liaison", Date: "2026-03-01", Link: "https://earmark.example", Count: 5, Left: 1, Districts: []models.DigestDistrict{
		{Name: "Alder Bay Schools", Items: []models.DigestItem{
			{Event: "flag.opened", Heading: "New", Severity: "violation", Title: "Spending above the approved amount and tolerance",
				Detail: "Function 222, object 3120: $11,000.01 spent against $10,000.00 approved, $1,000.01 above the approved amount and $0.01 above the tolerance of $1,000.00.",
				Why:    "You are the liaison of this district. The rule cell_over_tolerance of mi-21h tells this role (MCL 388.1621h).", Page: "/flags/0198"},
			{Event: "flag.resolved", Heading: "Resolved", Severity: "warning", Title: "Line serves no target: resolved",
				Detail: "Line 4 ($100.00) is not linked to any benchmark or outcome.", Why: "You are the liaison of this district. The rule line_unlinked of mi-21h tells this role (MCL 388.1621h)."},
		}},
		{Name: "Birch & Point <Academy>", Items: []models.DigestItem{
			{Event: "flag.worsened", Heading: "Worse", Severity: "warning", Title: "No expenditure reported: worse", Detail: "No expenditure was posted.", Why: "You are the liaison of this district."}}},
		{Items: []models.DigestItem{{Event: "run.published", Heading: "News", Title: "Allocations published", Detail: "Run 3 is published.", Why: "You are opd manager."}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "digest.txt", "Subject: "+subject+"\n\n"+text)
	golden(t, "digest.html", html)
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got; write it with -update)\n%s", name, d)
	}
}

// server is a real SMTP server with STARTTLS and sign-in, that answers as told.
type server struct {
	mu      sync.Mutex
	answers []error // of DATA, in order; then OK
	refuse  error   // of RCPT
	got     []string
	config  Config
}

func (s *server) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{s: s}, nil }

type session struct {
	s      *server
	signed bool
}

func (*session) Reset()                   {}
func (*session) Logout() error            { return nil }
func (*session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (x *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "earmark" || password != "secret" {
			return &smtp.SMTPError{Code: 535, Message: "wrong password"}
		}
		x.signed = true
		return nil
	}), nil
}

func (x *session) Mail(string, *smtp.MailOptions) error {
	if !x.signed {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (x *session) Rcpt(string, *smtp.RcptOptions) error { return x.s.refuse }
func (x *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	if len(x.s.answers) > 0 {
		err = x.s.answers[0]
		x.s.answers = x.s.answers[1:]
		return err
	}
	x.s.got = append(x.s.got, string(b))
	return nil
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{}
	pair, ca := certificate(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(s)
	srv.Domain, srv.TLSConfig = "localhost", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	srv.ErrorLog = log.New(io.Discard, "", 0)
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	s.config = Config{From: "earmark@state.example", FromName: "Earmark", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port,
		Username: "earmark", Password: "secret", CAFile: ca, HELO: "earmark.example", Timeout: 5 * time.Second}
	return s
}

func certificate(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, path
}

var letter = models.Mail{ToAddress: "pat@district.example", MessageID: "<digest.2026-03-01.u1@earmark.example>", Subject: "Earmark, 2026-03-01: 1 violation",
	TextBody: "Häger,\n\n$1,000.01 above.\n", HTMLBody: "<p>Häger</p>", CreatedAt: time.Date(2026, 3, 2, 9, 20, 0, 0, time.UTC)}

func TestSMTPDeliversOverTLS(t *testing.T) {
	t.Parallel()
	srv := newServer(t)
	sender, err := New(srv.config)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second attempt carries the same Message-ID and date
		if err := sender.Send(context.Background(), letter); err != nil {
			t.Fatal(err)
		}
	}
	for _, raw := range srv.got {
		msg, err := netmail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, h := range []string{"Message-Id", "To", "Subject", "Auto-Submitted"} {
			got[h] = msg.Header.Get(h)
		}
		want := map[string]string{"Message-Id": letter.MessageID, "To": "<pat@district.example>", "Subject": letter.Subject, "Auto-Submitted": "auto-generated"}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		if at, err := msg.Header.Date(); err != nil || !at.Equal(letter.CreatedAt) {
			t.Errorf("date %v %v", at, err)
		}
		if !strings.HasPrefix(msg.Header.Get("Content-Type"), "multipart/alternative") {
			t.Errorf("content type %s", msg.Header.Get("Content-Type"))
		}
	}
	if len(srv.got) != 2 {
		t.Fatalf("%d mails", len(srv.got))
	}
}

func TestSMTPTellsTemporaryFromPermanent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name      string
		with      func(*server)
		temporary bool
	}{
		{"451 after the text", func(s *server) { s.answers = []error{&smtp.SMTPError{Code: 451, Message: "try later"}} }, true},
		{"550 after the text", func(s *server) { s.answers = []error{&smtp.SMTPError{Code: 550, Message: "no"}} }, false},
		{"550 for the recipient", func(s *server) { s.refuse = &smtp.SMTPError{Code: 550, Message: "no such user"} }, false},
		{"452 for the recipient", func(s *server) { s.refuse = &smtp.SMTPError{Code: 452, Message: "mailbox full"} }, true},
		{"a wrong password", func(s *server) { s.config.Password = "wrong" }, true},
		{"nobody listens", func(s *server) { s.config.Port = 1 }, true},
		{"an unknown authority", func(s *server) { s.config.CAFile = "" }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t)
			c.with(srv)
			sender, err := New(srv.config)
			if err != nil {
				t.Fatal(err)
			}
			err = sender.Send(context.Background(), letter)
			if err == nil || Temporary(err) != c.temporary {
				t.Errorf("temporary %v: %v", Temporary(err), err)
			}
			if c.name == "451 after the text" {
				if err := sender.Send(context.Background(), letter); err != nil {
					t.Errorf("the second attempt: %v", err)
				}
			}
		})
	}
	bad := letter
	bad.ToAddress = "not an address"
	sender, err := New(Config{From: "earmark@state.example", Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.Send(context.Background(), bad); err == nil || Temporary(err) {
		t.Errorf("an impossible address: %v", err)
	}
}

func TestFolderHoldsOneFilePerMail(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mails")
	sender, err := New(Config{From: "earmark@state.example", Folder: dir})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := sender.Send(context.Background(), letter); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "digest.2026-03-01.u1@earmark.example.eml" {
		t.Fatalf("%v %v", files, err)
	}
	b, err := os.ReadFile(filepath.Join(dir, files[0].Name()))
	if err != nil || !bytes.Contains(b, []byte("Message-ID: "+letter.MessageID)) {
		t.Errorf("%v\n%s", err, b)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	cfg, err := Settings("smtp://me:p%40ss@mail.example:2525?helo=earmark.example", "", "Grants <grants@state.example>")
	if err != nil {
		t.Fatal(err)
	}
	want := Config{From: "grants@state.example", FromName: "Grants", Host: "mail.example", Port: 2525, Username: "me", Password: "p@ss", TLS: TLSRequired, HELO: "earmark.example"}
	if d := cmp.Diff(want, cfg); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"http://mail.example", "smtp://:25", "mail.example:25", "smtp://u:secret@ho st"} {
		if _, err := Settings(bad, "", "grants@state.example"); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := Settings("", "", "nobody"); err == nil {
		t.Error("a sender without an address")
	}
	for _, bad := range []Config{{}, {From: "a@b.example"}, {From: "a@b.example", Folder: "x", Host: "y"}, {From: "a@b.example", Host: "y", TLS: "maybe"},
		{From: "a@b.example", Host: "y", TLS: TLSNone, Username: "u"}, {From: "a@b.example", Host: "y", CAFile: "/nowhere/ca.pem"}} {
		if _, err := New(bad); err == nil {
			t.Errorf("%+v", bad)
		}
	}
	if !Temporary(errors.New("unknown")) {
		t.Error("what is not known to be permanent is tried again")
	}
}
