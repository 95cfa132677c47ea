package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/workflow"
)

type userBody struct {
	ID          string      `json:"id"`
	Email       string      `json:"email"`
	Name        string      `json:"name"`
	Status      string      `json:"status"`
	LockedUntil *time.Time  `json:"locked_until"`
	Roles       []grantBody `json:"roles"`

	Notifications notificationsBody `json:"notifications"`

	Version   int64       `json:"version"`
	Available []offerBody `json:"available_transitions"`
}

// notificationsBody is how often a mail tells what.
type notificationsBody struct {
	Flags string `json:"flags"`
	Dates string `json:"dates"`
	News  string `json:"news"`
}

type grantBody struct {
	Role           string  `json:"role"`
	OrganizationID *string `json:"organization_id"`
	Body           *string `json:"body"`
}

func user(who models.Actor, p workflow.Person) userBody {
	body := userBody{p.ID, p.Email, p.Name, string(p.Status), p.LockedUntil, []grantBody{}, notificationsOf(p.User), p.Version, offers(who, &p.User)}
	for _, g := range p.Roles {
		body.Roles = append(body.Roles, grantBody{string(g.Role), opt(g.OrganizationID), opt(g.Body)})
	}
	return body
}

func notificationsOf(u models.User) notificationsBody {
	n := workflow.NotificationsOf(u)
	return notificationsBody{n.Flags, n.Dates, n.News}
}

type meBody struct {
	userBody
	Scopes  []string `json:"scopes"`
	Unread  int64    `json:"unread_notices"`
	Session *string  `json:"session_id"`
}

// me is who the caller is, and what the token allows.
func (a *API) me(c *gin.Context) error {
	p, err := a.s.Me(c.Request.Context(), who(c))
	if err != nil {
		return err
	}
	unread, err := a.s.UnreadCount(c.Request.Context(), who(c))
	if err != nil {
		return err
	}
	scopes := who(c).Scopes
	if len(scopes) == 0 {
		scopes = []string{"read", "write"}
	}
	c.Header("ETag", etag(p.Version)) // for changing the password; the rest of the answer has no version
	return answer(c, http.StatusOK, meBody{user(who(c), p), scopes, unread, opt(who(c).SessionID)}, nil)
}

// setPassword changes the own password, or as administrator anybody's.
func (a *API) setPassword(c *gin.Context) error {
	var in workflow.SetPassword
	if err := request(c, &in); err != nil {
		return err
	}
	return done(c, a.s.SetPassword(c.Request.Context(), who(c), in))
}

type tokenBody struct {
	ID        string     `json:"id"`
	UserID    string     `json:"user_id"`
	Name      string     `json:"name"`
	Scopes    string     `json:"scopes"`
	ExpiresAt time.Time  `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	CreatedAt time.Time  `json:"created_at"`
	Version   int64      `json:"version"`
}

func token(_ models.Actor, t models.APIToken) tokenBody {
	return tokenBody{t.ID, t.UserID, t.Name, t.Scopes, t.ExpiresAt, t.RevokedAt, t.CreatedAt, t.Version}
}

type newTokenBody struct {
	tokenBody
	Token string `json:"token"`
}

func newToken(who models.Actor, t workflow.NewAPIToken) newTokenBody {
	return newTokenBody{token(who, t.APIToken), t.Token}
}

// ofUser is whose sessions or tokens are meant: ?user_id=, or the caller's own.
func ofUser(c *gin.Context) (*query, string, error) {
	q := queryOf(c)
	id := q.text("user_id")
	if id == "" {
		id = who(c).UserID
	}
	return q, id, q.end()
}

func (a *API) tokens(c *gin.Context) error {
	q, id, err := ofUser(c)
	if err != nil {
		return err
	}
	rows, err := a.s.APITokens(c.Request.Context(), who(c), id)
	return all(c, q, rows, err, func(t models.APIToken) tokenBody { return token(who(c), t) })
}
