package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/auth"
	"earmark/models"
)

// signIn is somebody's name and password.
type signIn struct {
	Email    string `json:"email"`
	Password string `json:"password"`
}

type signedInBody struct {
	Token   string      `json:"token"`
	Name    string      `json:"name"`
	Session sessionBody `json:"session"`
}

type sessionBody struct {
	ID         string     `json:"id"`
	UserID     string     `json:"user_id"`
	CreatedAt  time.Time  `json:"created_at"`
	LastSeenAt time.Time  `json:"last_seen_at"`
	ExpiresAt  time.Time  `json:"expires_at"`
	RevokedAt  *time.Time `json:"revoked_at"`
	UserAgent  string     `json:"user_agent"`
	Current    bool       `json:"current"`
}

func session(who models.Actor, s models.Session) sessionBody {
	return sessionBody{s.ID, s.UserID, s.CreatedAt, s.LastSeenAt, s.ExpiresAt, s.RevokedAt, s.UserAgent, s.ID == who.SessionID}
}

// signIn opens a session: its token comes in the body, for programs, and as a cookie.
func (a *API) signIn(c *gin.Context) error {
	var in signIn
	if err := decode(c, &in); err != nil {
		return err
	}
	s, err := a.gate.Auth.SignIn(c.Request.Context(), auth.SignIn{Email: in.Email, Password: in.Password,
		UserAgent: c.Request.UserAgent(), Address: c.ClientIP(), RequestID: requestID(c.Request)})
	if err != nil {
		return err
	}
	a.gate.SetCookie(c, s)
	c.Header("Cache-Control", "no-store")
	return answer(c, http.StatusCreated, signedInBody{s.Token, s.Name, session(models.Actor{SessionID: s.Session.ID}, s.Session)}, nil)
}

// signOut ends the session that the caller came with.
func (a *API) signOut(c *gin.Context) error {
	if err := a.gate.Auth.SignOut(c.Request.Context(), who(c)); err != nil {
		return err
	}
	a.gate.ClearCookie(c)
	return done(c, nil)
}

func (a *API) sessions(c *gin.Context) error {
	q, id, err := ofUser(c)
	if err != nil {
		return err
	}
	rows, err := a.s.Sessions(c.Request.Context(), who(c), id)
	return all(c, q, rows, err, func(s models.Session) sessionBody { return session(who(c), s) })
}

func (a *API) revokeSession(c *gin.Context) error {
	return done(c, a.s.RevokeSession(c.Request.Context(), who(c), c.Param("id")))
}

type endedBody struct {
	Ended int64 `json:"ended"`
}

// revokeSessions signs a user out everywhere; oneself everywhere else.
func (a *API) revokeSessions(c *gin.Context) error {
	n, err := a.s.RevokeAllSessions(c.Request.Context(), who(c), c.Param("id"))
	return answer(c, http.StatusOK, endedBody{n}, err)
}
