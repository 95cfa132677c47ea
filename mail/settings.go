package mail

import (
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
)

// Settings makes a Config of what an operator sets: an SMTP address or a folder, and the
// sender. smtp://user:password@host:587 demands STARTTLS; smtps:// is encrypted from the
// first byte; ?tls=none is for a relay on the same machine, ?ca=FILE adds an authority,
// ?helo=NAME says who is calling.
func Settings(smtpURL, dir, from string) (Config, error) {
	cfg := Config{Folder: dir}
	address, err := mail.ParseAddress(from)
	if err != nil {
		return cfg, fmt.Errorf("the sender %q is not an e-mail address", from)
	}
	cfg.From, cfg.FromName = address.Address, address.Name
	if cfg.FromName == "" {
		cfg.FromName = "Earmark"
	}
	if smtpURL == "" {
		return cfg, nil
	}
	u, err := url.Parse(smtpURL)
	if err != nil || u.Hostname() == "" { // the error would repeat the password
		return cfg, fmt.Errorf("the SMTP address is not of the form smtp://user:password@host:587")
	}
	switch u.Scheme {
	case "smtp":
		cfg.TLS = TLSRequired
	case "smtps":
		cfg.TLS = TLSImplicit
	default:
		return cfg, fmt.Errorf("the SMTP address begins with %s:// instead of smtp:// or smtps://", u.Scheme)
	}
	cfg.Host = u.Hostname()
	if p := u.Port(); p != "" {
		if cfg.Port, err = strconv.Atoi(p); err != nil {
			return cfg, fmt.Errorf("the SMTP port %q is not a number", p)
		}
	}
	cfg.Username = u.User.Username()
	cfg.Password, _ = u.User.Password()
	q := u.Query()
	if q.Get("tls") != "" {
		cfg.TLS = q.Get("tls")
	}
	cfg.CAFile, cfg.HELO = q.Get("ca"), q.Get("helo")
	return cfg, nil
}
