package workflow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"earmark/models"
	"earmark/store"
)

// own answers nil when the actor may manage that account: its own, or as administrator any.
func own(who models.Actor, userID string) error {
	if userID == who.UserID && who.UserID != models.SystemUserID {
		return allow(who, ManageOwnAccount, "")
	}
	return allow(who, ManagePeople, "")
}

// SetPassword is a new password. A person gives the old one, an administrator does not.
type SetPassword struct {
	UserID      string `json:"-"`
	OldPassword string `json:"old_password" validate:"max=200"`
	NewPassword string `json:"new_password" validate:"required,min=12,max=200"`
	Version     int64  `json:"-"`
}

// SetPassword changes the actor's own password, or resets another person's. It ends every
// other session of that person and a lock-out.
func (s *Service) SetPassword(ctx context.Context, who models.Actor, in SetPassword) error {
	if err := own(who, in.UserID); err != nil {
		return err
	}
	if who.TokenID != "" {
		return noToken("change a password")
	}
	if err := s.check(in); err != nil {
		return err
	}
	u, err := store.Get[models.User](s.db.Read(ctx), in.UserID)
	if err != nil {
		return err
	}
	mine := in.UserID == who.UserID
	if mine {
		if err := s.oldPassword(ctx, who, in.OldPassword); err != nil {
			return err
		}
	}
	hash, err := s.newPassword(ctx, "/new_password", in.NewPassword, u.Email)
	if err != nil {
		return err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		p, err := lockPerson(tx, in.UserID, in.Version)
		if err != nil {
			return err
		}
		if mine && p.PasswordHash != u.PasswordHash { // another change came between check and lock
			return models.Fail(models.Stale, "stale", "Your password was changed meanwhile. Sign in again.")
		}
		p.PasswordHash, p.FailedCount, p.LockedUntil = hash, 0, nil
		if err := tx.Update(&p.User, "password_hash", "failed_count", "locked_until"); err != nil {
			return err
		}
		ended, err := tx.EndSessions(p.ID, nil, who.SessionID)
		if err != nil {
			return err
		}
		tx.Audit(&p.User, event(who, "set_password", "", nil, map[string]any{"sessions_ended": ended}))
		return nil
	})
	if err == nil {
		s.cred.Changed(in.UserID)
	}
	return err
}

// oldPassword checks the actor's own password; wrong ones count as when signing in.
func (s *Service) oldPassword(ctx context.Context, who models.Actor, password string) error {
	if s.cred.CheckPassword == nil {
		return fmt.Errorf("workflow.Config.Credentials has no CheckPassword")
	}
	err := s.cred.CheckPassword(ctx, who.UserID, password, who.RequestID)
	if models.KindOf(err) == models.Unauthenticated {
		return models.Field("/old_password", "password.wrong", "This is not your password.", "Give the password you signed in with.")
	}
	return err
}

// newPassword checks and hashes a password. The length was checked: NIST SP 800-63B asks
// for length and against rules of composition.
func (s *Service) newPassword(ctx context.Context, pointer, password, email string) (string, error) {
	name, _, _ := strings.Cut(email, "@")
	if lower := strings.ToLower(password); lower == email || strings.Count(password, password[:1]) == len(password) || (len(name) >= 4 && strings.HasPrefix(lower, name)) {
		return "", models.Field(pointer, "password.guessable", "The password is the e-mail address or one repeated character.", "Choose several words that do not belong together.")
	}
	if s.cred.HashPassword == nil {
		return "", fmt.Errorf("workflow.Config.Credentials has no HashPassword")
	}
	return s.cred.HashPassword(ctx, password)
}

// noToken: who has found a token must not be able to make it last.
func noToken(what string) error {
	return models.Fail(models.Forbidden, "token.not_with_token", "You cannot %s with an API token. Sign in.", what)
}

// CreateAPIToken is a token that acts as its owner, within scopes, for some days.
type CreateAPIToken struct {
	Name          string   `json:"name" validate:"required,max=100"`
	Scopes        []string `json:"scopes" validate:"required,min=1,unique,dive,oneof=read write"`
	ExpiresInDays int      `json:"expires_in_days" validate:"min=1,max=366"`
}

// NewAPIToken is the only place where a token is told.
type NewAPIToken struct {
	models.APIToken
	Token string
}

// CreateAPIToken makes a token of the actor's own. It is told once; only its hash is kept.
func (s *Service) CreateAPIToken(ctx context.Context, who models.Actor, in CreateAPIToken) (NewAPIToken, error) {
	if err := allow(who, ManageOwnAccount, ""); err != nil {
		return NewAPIToken{}, err
	}
	if who.TokenID != "" {
		return NewAPIToken{}, noToken("make an API token")
	}
	if err := s.check(in); err != nil {
		return NewAPIToken{}, err
	}
	if s.cred.NewToken == nil {
		return NewAPIToken{}, fmt.Errorf("workflow.Config.Credentials has no NewToken")
	}
	in.Scopes = slices.Sorted(slices.Values(in.Scopes))
	var out NewAPIToken
	err := s.change(ctx, func(tx *store.Tx) error {
		id, replay, err := once(tx, who, "api_token", in)
		if err != nil {
			return err
		}
		if replay {
			return models.Fail(models.Conflict, "token.shown_once", "This request made a token before, and a token is shown once. Revoke it and make another.")
		}
		secret, hash := s.cred.NewToken()
		t := models.APIToken{Root: models.Root{ID: id}, UserID: who.UserID, Name: in.Name, TokenHash: hash,
			Scopes: strings.Join(in.Scopes, " "), ExpiresAt: tx.Now.Add(time.Duration(in.ExpiresInDays) * 24 * time.Hour)}
		if err := tx.Insert(&t); err != nil {
			return err
		}
		tx.Audit(&t, event(who, "create", "", nil, t))
		t.TokenHash = ""
		out = NewAPIToken{t, secret}
		return nil
	})
	return out, err
}

// APITokens lists a user's tokens: everybody their own, an administrator anybody's.
func (s *Service) APITokens(ctx context.Context, who models.Actor, userID string) ([]models.APIToken, error) {
	if err := readOwn(who, userID); err != nil {
		return nil, err
	}
	rows, err := store.All[models.APIToken](s.db.Read(ctx), store.Eq{"user_id": userID}, "id")
	for i := range rows {
		rows[i].TokenHash = ""
	}
	return rows, err
}

// readOwn lets people read what hangs on their account, and those who read people any.
func readOwn(who models.Actor, userID string) error {
	if who.UserID != "" && userID == who.UserID {
		return allow(who, ReadDocuments, "")
	}
	return allow(who, ReadPeople, "")
}

// RevokeAPIToken names a token to end.
type RevokeAPIToken struct {
	ID      string `json:"-"`
	Comment string `json:"comment" validate:"max=2000"`
	Version int64  `json:"-"`
}

// RevokeAPIToken ends a token at once: the own one, or as administrator any.
func (s *Service) RevokeAPIToken(ctx context.Context, who models.Actor, in RevokeAPIToken) (models.APIToken, error) {
	if err := s.check(in); err != nil {
		return models.APIToken{}, err
	}
	var t models.APIToken
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if t, err = store.Lock[models.APIToken](tx, in.ID, 0); err != nil {
			return err
		}
		if err := hidden(who, t.UserID); err != nil {
			return err
		}
		if in.Version != 0 && in.Version != t.Version { // after the question whether it may be seen
			_, err = store.Lock[models.APIToken](tx, in.ID, in.Version)
			return err
		}
		if t.RevokedAt != nil {
			return models.Fail(models.Conflict, "token.revoked", "This API token was revoked before.")
		}
		return endToken(tx, who, &t, in.Comment)
	})
	if err == nil {
		s.cred.Changed(t.UserID)
	}
	t.TokenHash = ""
	return t, err
}

// hidden is own, for what nobody else may know of.
func hidden(who models.Actor, userID string) error {
	err := own(who, userID)
	if models.KindOf(err) == models.Forbidden && userID != who.UserID && !who.Has(models.RoleAdministrator) {
		return notFound()
	}
	return err
}

func endToken(tx *store.Tx, who models.Actor, t *models.APIToken, reason string) error {
	before := *t
	t.RevokedAt = &tx.Now
	if err := tx.Update(t, "revoked_at"); err != nil {
		return err
	}
	tx.Audit(t, event(who, "revoke", reason, before, *t))
	return nil
}

// revokeTokens ends all of a user's tokens.
func revokeTokens(tx *store.Tx, who models.Actor, userID, reason string) error {
	live, err := store.LockAll[models.APIToken](tx, store.Eq{"user_id": userID, "revoked_at": nil})
	if err != nil {
		return err
	}
	for i := range live {
		if err := endToken(tx, who, &live[i], reason); err != nil {
			return err
		}
	}
	return nil
}

// Sessions lists where a user is signed in: everybody their own, an administrator anybody's.
func (s *Service) Sessions(ctx context.Context, who models.Actor, userID string) ([]models.Session, error) {
	if err := readOwn(who, userID); err != nil {
		return nil, err
	}
	now := s.db.Now()
	rows, err := store.LiveSessions(s.db.Read(ctx), userID, now, now.Add(-models.SessionIdle))
	for i := range rows {
		rows[i].TokenHash = ""
	}
	return rows, err
}

// RevokeSession ends one session: the own one, or as administrator any.
func (s *Service) RevokeSession(ctx context.Context, who models.Actor, id string) error {
	session, err := store.Get[models.Session](s.db.Read(ctx), id)
	if err != nil {
		return err
	}
	if err := hidden(who, session.UserID); err != nil {
		return err
	}
	n, err := s.endSessions(ctx, who, session.UserID, "revoke_session", []string{id}, "")
	if err == nil && n == 0 {
		return models.Fail(models.Conflict, "session.over", "This session is over already.")
	}
	return err
}

// RevokeAllSessions signs a user out everywhere: oneself everywhere else, as administrator
// anybody. It returns how many sessions it ended.
func (s *Service) RevokeAllSessions(ctx context.Context, who models.Actor, userID string) (int64, error) {
	if err := own(who, userID); err != nil {
		return 0, err
	}
	return s.endSessions(ctx, who, userID, "revoke_sessions", nil, who.SessionID)
}

func (s *Service) endSessions(ctx context.Context, who models.Actor, userID, action string, ids []string, but string) (n int64, err error) {
	err = s.change(ctx, func(tx *store.Tx) error {
		p, err := lockPerson(tx, userID, 0)
		if err != nil {
			return err
		}
		if n, err = tx.EndSessions(userID, ids, but); err != nil || n == 0 {
			return err
		}
		if err := tx.Update(&p.User); err != nil {
			return err
		}
		changes := map[string]any{"sessions_ended": n}
		if len(ids) == 1 {
			changes = map[string]any{"session_id": ids[0]}
		}
		tx.Audit(&p.User, event(who, action, "", nil, changes))
		return nil
	})
	if err == nil {
		s.cred.Changed(userID)
	}
	return n, err
}
