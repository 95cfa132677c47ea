package auth

import (
	"context"
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"earmark/models"
	"earmark/store"
)

// SingleSignOnConfig names an OpenID Connect provider and what its claims mean here.
type SingleSignOnConfig struct {
	Issuer       string // https://login.example.gov/realm
	ClientID     string
	ClientSecret string
	Name         string // on the button: "Sign in with …"
	RedirectURL  string // our /single-sign-on/callback, as the provider knows it
	GroupsClaim  string // the claim that lists a person's groups
	// OrganizationClaim holds the code of the person's district, school or agency.
	OrganizationClaim string
	Now               func() time.Time
}

// SingleSignOn signs people in with an OpenID Connect provider: the code flow with PKCE,
// state and nonce. Discovery happens when it is first needed, so that a provider that is
// down does not keep Earmark from starting.
type SingleSignOn struct {
	cfg  SingleSignOnConfig
	mu   sync.Mutex
	opts *provider
}

type provider struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
}

// NewSingleSignOn is nil when no provider is configured.
func NewSingleSignOn(cfg SingleSignOnConfig) *SingleSignOn {
	if cfg.Issuer == "" || cfg.ClientID == "" {
		return nil
	}
	return &SingleSignOn{cfg: cfg}
}

// Name is what people call the provider.
func (s *SingleSignOn) Name() string { return s.cfg.Name }

// discoveryTime is how long a provider may take to tell about itself or to exchange a code.
const discoveryTime = 10 * time.Second

func (s *SingleSignOn) provider(ctx context.Context) (*provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opts != nil {
		return s.opts, nil
	}
	// The provider's keys are fetched again for years: not in the context of this request.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), &http.Client{Timeout: discoveryTime}), s.cfg.Issuer)
	if err != nil {
		return nil, &models.Error{Kind: models.Unavailable, Code: "single_sign_on.unreachable", Detail: "The sign-in service does not answer. Try again in a minute, or sign in with a password.", RetryAfter: 60, Err: err}
	}
	s.opts = &provider{
		oauth: oauth2.Config{ClientID: s.cfg.ClientID, ClientSecret: s.cfg.ClientSecret, Endpoint: found.Endpoint(), RedirectURL: s.cfg.RedirectURL,
			Scopes: []string{oidc.ScopeOpenID, "profile", "email"}},
		verifier: found.Verifier(&oidc.Config{ClientID: s.cfg.ClientID, Now: s.cfg.Now}),
	}
	return s.opts, nil
}

// Attempt is what the browser keeps between leaving for the provider and coming back. All
// three are random and good for one attempt.
type Attempt struct{ State, Nonce, Verifier string }

// Begin gives the provider's address to send the browser to.
func (s *SingleSignOn) Begin(ctx context.Context) (address string, attempt Attempt, err error) {
	p, err := s.provider(ctx)
	if err != nil {
		return "", Attempt{}, err
	}
	attempt = Attempt{State: oauth2.GenerateVerifier(), Nonce: oauth2.GenerateVerifier(), Verifier: oauth2.GenerateVerifier()}
	return p.oauth.AuthCodeURL(attempt.State, oidc.Nonce(attempt.Nonce), oauth2.S256ChallengeOption(attempt.Verifier)), attempt, nil
}

// Finish exchanges the code that the browser brought back, and says who the provider says
// it is. Every refusal is Unauthenticated.
func (s *SingleSignOn) Finish(ctx context.Context, attempt Attempt, state, code string) (models.Identity, error) {
	if attempt.State == "" || subtle.ConstantTimeCompare([]byte(attempt.State), []byte(state)) != 1 || code == "" {
		return models.Identity{}, notSignedOn("The sign-in was not begun in this browser, or took longer than ten minutes.", nil)
	}
	p, err := s.provider(ctx)
	if err != nil {
		return models.Identity{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, &http.Client{Timeout: discoveryTime}), discoveryTime)
	defer cancel()
	token, err := p.oauth.Exchange(ctx, code, oauth2.VerifierOption(attempt.Verifier))
	if err != nil {
		return models.Identity{}, notSignedOn("The sign-in service did not confirm the sign-in.", err)
	}
	raw, _ := token.Extra("id_token").(string)
	verified, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return models.Identity{}, notSignedOn("The sign-in service's answer could not be verified.", err)
	}
	if subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(attempt.Nonce)) != 1 {
		return models.Identity{}, notSignedOn("The sign-in service's answer belongs to another attempt.", nil)
	}
	var claims map[string]any
	if err := verified.Claims(&claims); err != nil {
		return models.Identity{}, notSignedOn("The sign-in service's answer could not be read.", err)
	}
	return s.identity(verified, claims), nil
}

func (s *SingleSignOn) identity(token *oidc.IDToken, claims map[string]any) models.Identity {
	text := func(name string) string { v, _ := claims[name].(string); return strings.TrimSpace(printable(v)) }
	id := models.Identity{Issuer: token.Issuer, Subject: token.Subject, Email: strings.ToLower(text("email")), Name: text("name"), Organization: text(s.cfg.OrganizationClaim)}
	switch v := claims["email_verified"].(type) {
	case bool:
		id.EmailVerified = v
	case string: // some providers send it as text
		id.EmailVerified = v == "true"
	}
	switch v := claims[s.cfg.GroupsClaim].(type) {
	case string:
		id.Groups = strings.Fields(strings.ReplaceAll(v, ",", " "))
	case []any:
		for _, g := range v {
			id.Groups = append(id.Groups, fmt.Sprint(g))
		}
	}
	slices.Sort(id.Groups)
	return id
}

func notSignedOn(detail string, cause error) error {
	return &models.Error{Kind: models.Unauthenticated, Code: "single_sign_on.refused", Detail: detail + " Begin again.", Err: cause}
}

// Open opens a session for somebody whom an identity provider vouched for. A disabled
// account is refused as with a password.
func (a *Authenticator) Open(ctx context.Context, userID string, in SignIn) (SignedIn, error) {
	user, err := store.Get[models.User](a.db.Read(ctx), userID)
	if err != nil {
		return SignedIn{}, notFound(err)
	}
	if user.Status != "active" {
		return SignedIn{}, notSignedOn("This account is disabled.", nil)
	}
	in.vouched = true
	return a.open(ctx, user, in)
}
