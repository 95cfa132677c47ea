package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"earmark/store"
)

// Config is every setting: each field is a flag, an environment variable and a row of
// docs/generated/settings.md.
type Config struct {
	Listen      string `help:"Address to serve on." env:"LISTEN" default:"127.0.0.1:8080"`
	DatabaseURL string `help:"postgres:// address, or the path of an SQLite file." env:"DATABASE_URL" default:"earmark.db" name:"database-url"`
	TimeZone    string `help:"Place whose calendar decides which business day it is." env:"TIME_ZONE" default:"America/Detroit"`
	ProgramsDir string `help:"Folder with more program definitions, laid out as programs/ in the source." env:"PROGRAMS_DIR" type:"path"`
	PublicURL   string `help:"Address that people use, for links in mails and for checking where forms come from." env:"PUBLIC_URL" default:"http://127.0.0.1:8080" name:"public-url"`

	CookieSecure bool `help:"Send cookies over TLS only. Follows PUBLIC_URL when not set." env:"COOKIE_SECURE"`

	FilesDir             string `help:"Folder of attachments' content; several processes share it." env:"FILES_DIR" default:"earmark-files" type:"path"`
	FilesURL             string `help:"S3-compatible storage for attachments instead of the folder: https://KEY:SECRET@host/bucket, with ?region=… where there are regions." env:"FILES_URL" name:"files-url"`
	FilesMaxBytes        int64  `help:"Most bytes of one attachment." env:"FILES_MAX_BYTES" default:"20971520"`
	FilesPerOrganization int64  `help:"Most bytes of all attachments of one organization; 0 is no limit." env:"FILES_PER_ORGANIZATION" default:"5368709120"`

	OIDCIssuer       string `help:"Address of an OpenID Connect provider for single sign-on, without /.well-known; empty for none." env:"OIDC_ISSUER" name:"oidc-issuer"`
	OIDCClientID     string `help:"Identifier of Earmark at the provider." env:"OIDC_CLIENT_ID" name:"oidc-client-id"`
	OIDCClientSecret string `help:"Secret of Earmark at the provider." env:"OIDC_CLIENT_SECRET" name:"oidc-client-secret"`
	OIDCName         string `help:"What people call the provider, on the button." env:"OIDC_NAME" default:"single sign-on" name:"oidc-name"`
	OIDCGroups       string `help:"Claim that lists a person's groups." env:"OIDC_GROUPS_CLAIM" default:"groups" name:"oidc-groups-claim"`
	OIDCOrganization string `help:"Claim with the code of a person's district, school or agency." env:"OIDC_ORGANIZATION_CLAIM" name:"oidc-organization-claim"`
	OIDCRoles        string `help:"Which roles groups give: group=role,group=role. When set, groups decide on roles at every sign-in." env:"OIDC_ROLES" name:"oidc-roles"`
	OIDCCreate       bool   `help:"Make an account at the first sign-in of somebody whose groups give a role." env:"OIDC_CREATE" name:"oidc-create"`

	Jobs     bool   `help:"Run the nightly jobs in this process." env:"JOBS" default:"true" negatable:""`
	MailDir  string `help:"Write mails as .eml files into this folder instead of sending them." env:"MAIL_DIR" type:"path"`
	MailFrom string `help:"Sender of mails." env:"MAIL_FROM" default:"earmark@localhost"`
	SMTPURL  string `help:"smtp://user:password@host:587 or smtps://…; nothing is mailed when this and MAIL_DIR are empty." env:"SMTP_URL" name:"smtp-url"`

	DelegationDays int `help:"How many days somebody may act with another person's role." env:"DELEGATION_DAYS" default:"90"`

	MetricsToken string `help:"Bearer token for /metrics; without it only this machine may read them." env:"METRICS_TOKEN"`
	LogLevel     string `help:"debug, info, warn or error." env:"LOG_LEVEL" default:"info" enum:"debug,info,warn,error"`

	Version string           `kong:"-"`
	Now     func() time.Time `kong:"-"` // the clock; time.Now when nil
	NewID   func() string    `kong:"-"` // identifiers; UUIDs of version 7 when nil
	Log     *slog.Logger     `kong:"-"` // JSON on standard error when nil

	Demo bool `kong:"-"` // the page to sign in offers everybody of the demonstration

	// HashPassword replaces argon2id while the demo is built: it has one password.
	HashPassword func(ctx context.Context, password string) (string, error) `kong:"-"`
}

// secrets are the settings that can also be read from a file named by NAME_FILE, so that
// they stand neither in the environment nor in the process list.
func (c *Config) secrets() map[string]*string {
	return map[string]*string{"DATABASE_URL": &c.DatabaseURL, "FILES_URL": &c.FilesURL, "OIDC_CLIENT_SECRET": &c.OIDCClientSecret, "SMTP_URL": &c.SMTPURL, "METRICS_TOKEN": &c.MetricsToken}
}

// SecretNames lists the settings that have a NAME_FILE.
func SecretNames() []string {
	return []string{"DATABASE_URL", "FILES_URL", "METRICS_TOKEN", "OIDC_CLIENT_SECRET", "SMTP_URL"}
}

// HasDatabase fails where the SQLite file is not there: opening would make an empty one,
// and a command that only reads has nothing to read in it.
func (c *Config) HasDatabase() error {
	if store.IsPostgres(c.DatabaseURL) {
		return nil
	}
	if _, err := os.Stat(c.DatabaseURL); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no database %s: set DATABASE_URL, or --database-url, to the database of the server", c.DatabaseURL)
	}
	return nil
}

// ReadSecrets takes each secret from its file when NAME_FILE is set.
func (c *Config) ReadSecrets(getenv func(string) string) error {
	for name, field := range c.secrets() {
		path := getenv(name + "_FILE")
		if path == "" {
			continue
		}
		if getenv(name) != "" {
			return fmt.Errorf("%s and %s_FILE are both set; keep one", name, name)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", name, err)
		}
		*field = strings.TrimSpace(string(text))
	}
	return nil
}

func (c *Config) logger() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.LogLevel)) // kong has checked it; empty is info
	return slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
}
