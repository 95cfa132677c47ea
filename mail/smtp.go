package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/textproto"
	"os"
	"time"

	gomail "github.com/wneessen/go-mail"

	"earmark/models"
)

// smtpSender opens a connection per mail: nights are short and servers drop idle ones.
type smtpSender struct {
	cfg     Config
	options []gomail.Option
}

// The ways to protect the connection.
const (
	TLSRequired = "required"
	TLSImplicit = "implicit"
	TLSNone     = "none"
)

func newSMTP(cfg Config) (Sender, error) {
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	o := []gomail.Option{gomail.WithTimeout(cfg.Timeout), gomail.WithoutNoop()}
	port := cfg.Port
	switch cfg.TLS {
	case TLSRequired, "":
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory))
		if port == 0 {
			port = 587
		}
	case TLSImplicit:
		o = append(o, gomail.WithSSL())
		if port == 0 {
			port = 465
		}
	case TLSNone:
		if cfg.Username != "" {
			return nil, errors.New("mail: a password is sent over an encrypted connection only; set TLS to required or implicit")
		}
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
		if port == 0 {
			port = 25
		}
	default:
		return nil, fmt.Errorf("mail: TLS %q is not one of required, implicit, none", cfg.TLS)
	}
	o = append(o, gomail.WithPort(port))
	if cfg.HELO != "" {
		o = append(o, gomail.WithHELO(cfg.HELO))
	}
	if cfg.Username != "" {
		o = append(o, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(cfg.Username), gomail.WithPassword(cfg.Password))
	}
	conf, err := tlsConfig(cfg)
	if err != nil {
		return nil, err
	}
	o = append(o, gomail.WithTLSConfig(conf))
	if _, err := gomail.NewClient(cfg.Host, o...); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return &smtpSender{cfg, o}, nil
}

func tlsConfig(cfg Config) (*tls.Config, error) {
	conf := &tls.Config{ServerName: cfg.Host, MinVersion: tls.VersionTLS12}
	if cfg.CAFile == "" {
		return conf, nil
	}
	pem, err := os.ReadFile(cfg.CAFile)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if conf.RootCAs, err = x509.SystemCertPool(); err != nil {
		conf.RootCAs = x509.NewCertPool()
	}
	if !conf.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("mail: %s holds no certificate", cfg.CAFile)
	}
	return conf, nil
}

// Send delivers one mail to the server.
func (s *smtpSender) Send(ctx context.Context, m models.Mail) error {
	msg, err := message(s.cfg, m)
	if err != nil {
		return err
	}
	client, err := gomail.NewClient(s.cfg.Host, s.options...)
	if err != nil {
		return err
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return &Failure{Temporary: temporary(err), Err: err}
	}
	return nil
}

// temporary reads the server's answer: 5xx is final. A refused sign-in (5xx too) is not
// the mail's fault: somebody will correct the setting, so it is worth another try.
func temporary(err error) bool {
	var sent *gomail.SendError
	if errors.As(err, &sent) && sent.ErrorCode() != 0 {
		return sent.ErrorCode() < 500
	}
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 {
		return answer.Code == 535 || answer.Code == 530 || answer.Code == 534
	}
	return true
}
