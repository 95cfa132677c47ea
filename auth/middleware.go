package auth

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
)

// CookieName is the session's cookie.
const CookieName = "earmark_session"

// RequestIDHeader carries the request id both ways.
const RequestIDHeader = "X-Request-Id"

const actorKey = "earmark.actor"

// Gate stands before every handler and says who is asking.
//
// A cookie is sent by the browser whoever made the page, so app wraps the whole server in
// net/http's CrossOriginProtection; nothing here looks at where a request comes from.
//
// Handlers pass c.Request.Context() on, never c itself: gin uses its contexts again while
// the database still watches the old request's (the race detector shows it).
type Gate struct {
	Auth   *Authenticator
	Secure bool                      // cookies over HTTPS only
	Fail   func(*gin.Context, error) // writes an error as the caller's kind of answer
	// Basic names the paths to which programs that know nothing else, such as calendars, sign
	// in with HTTP Basic: e-mail address and API token. They only read.
	Basic []string
}

// Identify sets the actor of the request: that of the bearer token or else of the session
// cookie, or nobody. A bearer token that is no good ends the request with its error; a
// cookie that is no good is cleared, so that its owner can reach the page to sign in.
func (g Gate) Identify(c *gin.Context) {
	id := requestID(c.GetHeader(RequestIDHeader))
	c.Header(RequestIDHeader, id)
	who := models.Actor{RequestID: id}
	c.Set(actorKey, who) // Fail may want the request id

	secret, bearer := bearerToken(c.GetHeader("Authorization"))
	if !bearer {
		secret, _ = c.Cookie(CookieName)
	}
	email, token, basic := c.Request.BasicAuth()
	if basic = basic && g.takesBasic(c); basic {
		secret = token
	}
	if bearer || secret != "" {
		found, err := g.Auth.Actor(c.Request.Context(), secret)
		if basic && err == nil {
			err = g.Auth.owns(c.Request.Context(), found, email)
		}
		switch {
		case err == nil:
			who = found
			who.RequestID = id
		case bearer || models.KindOf(err) != models.Unauthenticated:
			g.Fail(c, err)
			c.Abort()
			return
		default:
			g.ClearCookie(c)
		}
	}
	who.IdempotencyKey = c.GetHeader("Idempotency-Key")
	if len(who.IdempotencyKey) > 100 || printable(who.IdempotencyKey) != who.IdempotencyKey {
		g.Fail(c, models.Fail(models.Malformed, "idempotency.key_malformed", "An Idempotency-Key has at most 100 characters, all of them printable."))
		c.Abort()
		return
	}
	c.Set(actorKey, who)
	c.Next()
}

func (g Gate) takesBasic(c *gin.Context) bool {
	return c.Request.Method == http.MethodGet && slices.Contains(g.Basic, c.Request.URL.Path)
}

// ActorOf is who is asking; an actor without UserID is nobody.
func ActorOf(c *gin.Context) models.Actor {
	who, _ := c.Get(actorKey)
	actor, _ := who.(models.Actor)
	return actor
}

// SetCookie gives the browser its session.
func (g Gate) SetCookie(c *gin.Context, s SignedIn) {
	g.cookie(c, s.Token, s.Session.ExpiresAt, int(models.SessionLifetime/time.Second))
}

// ClearCookie takes it away.
func (g Gate) ClearCookie(c *gin.Context) { g.cookie(c, "", time.Unix(1, 0), -1) }

func (g Gate) cookie(c *gin.Context, value string, expires time.Time, maxAge int) {
	http.SetCookie(c.Writer, &http.Cookie{Name: CookieName, Value: value, Path: "/", Expires: expires, MaxAge: maxAge,
		HttpOnly: true, Secure: g.Secure, SameSite: http.SameSiteLaxMode})
}

// bearerToken reads "Authorization: Bearer TOKEN". Another scheme is a bearer of nothing,
// which no token equals: it must not fall back to a cookie.
func bearerToken(header string) (string, bool) {
	if header == "" {
		return "", false
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", true
	}
	return strings.TrimSpace(token), true
}

// requestID takes a proxy's request id when it is harmless, or makes one.
func requestID(given string) string {
	if len(given) >= 8 && len(given) <= 64 && !strings.ContainsFunc(given, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' && r != '.'
	}) {
		return given
	}
	b := make([]byte, 16)
	_, _ = rand.Read(b) // cannot return an error; see crypto/rand
	return hex.EncodeToString(b)
}
