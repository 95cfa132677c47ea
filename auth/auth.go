package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"
	"unicode"

	"earmark/models"
	"earmark/store"
)

const (
	lockAfter  = 5 // wrong passwords in a row
	lockFor    = 15 * time.Minute
	touchEvery = time.Minute         // how exact the last use of a session is known
	keepEnded  = 30 * 24 * time.Hour // rows of sessions that ended; the audit trail keeps the fact
)

// Config is what an Authenticator needs.
type Config struct {
	DB     *store.DB
	Hasher *Hasher
	Log    *slog.Logger
}

// Authenticator turns passwords into sessions, and sessions and API tokens into actors.
// Safe for concurrent use; several may share one database.
type Authenticator struct {
	db        *store.DB
	hasher    *Hasher
	log       *slog.Logger
	cache     cache
	limits    limits // of attempts to sign in
	public    limits // of what is open to the public
	strangers strangers
}

// New makes an Authenticator.
func New(cfg Config) *Authenticator {
	a := &Authenticator{db: cfg.DB, hasher: cfg.Hasher, log: cfg.Log,
		limits: limits{burst: addressBurst, every: addressEvery}, public: limits{burst: publicBurst, every: publicEvery}}
	if a.hasher == nil {
		a.hasher = NewHasher(4)
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	return a
}

// SignIn is an attempt to sign in.
type SignIn struct {
	Email     string
	Password  string
	UserAgent string
	Address   string // of the network
	RequestID string

	vouched bool // by an identity provider: passwords that strangers tried do not count
}

// SignedIn is a new session. The token is known to its bearer only.
type SignedIn struct {
	Token   string
	Session models.Session
	Name    string
}

// SignIn checks a password and opens a session. Every refusal is the same Unauthenticated
// error, whatever was wrong; after five wrong passwords in a row the answer is RateLimited
// for fifteen minutes, for addresses without an account as well.
func (a *Authenticator) SignIn(ctx context.Context, in SignIn) (SignedIn, error) {
	now := a.db.Now()
	if wait := a.limits.wait(network(in.Address), now); wait > 0 {
		return SignedIn{}, limited("sign_in.too_many", "Too many attempts to sign in from your network.", wait)
	}
	email := strings.ToLower(strings.TrimSpace(printable(in.Email)))
	user, err := store.One[models.User](a.db.Read(ctx), store.Eq{"email": email})
	if models.KindOf(err) == models.NotFound || (err == nil && !canSignIn(user)) {
		return SignedIn{}, a.stranger(ctx, email, in.Password, now)
	}
	if err != nil {
		return SignedIn{}, err
	}
	if err := a.checkPassword(ctx, &user, in.Password, in.RequestID, "Signing in from "+printable(in.Address)); err != nil {
		return SignedIn{}, err
	}
	return a.open(ctx, user, in)
}

func canSignIn(u models.User) bool { return u.Status == "active" && u.PasswordHash != "" }

// stranger does for nobody what is done for somebody.
func (a *Authenticator) stranger(ctx context.Context, email, password string, now time.Time) error {
	if wait := a.strangers.locked(email, now); wait > 0 {
		return lockedOut(wait)
	}
	if _, err := a.hasher.Check(ctx, "", password); err != nil {
		return err
	}
	a.strangers.fail(email, now)
	// Counting a failure of somebody costs a commit; without one here the clock would tell.
	err := a.db.Change(ctx, func(tx *store.Tx) error {
		u, err := store.Lock[models.User](tx, models.SystemUserID, 0)
		if err != nil {
			return err
		}
		return tx.Set(&u, store.Eq{"id": u.ID}, "failed_count")
	})
	if err != nil {
		return err
	}
	return refused()
}

// CheckPassword says whether it is the user's password, counting failures as signing in
// does. For commands that ask for the password again.
func (a *Authenticator) CheckPassword(ctx context.Context, userID, password, requestID string) error {
	user, err := store.Get[models.User](a.db.Read(ctx), userID)
	if err != nil {
		return err
	}
	return a.checkPassword(ctx, &user, password, requestID, "Changing the password")
}

// checkPassword hashes outside of any transaction: it takes long, and SQLite has one writer.
func (a *Authenticator) checkPassword(ctx context.Context, user *models.User, password, requestID, doing string) error {
	if wait := lockedFor(*user, a.db.Now()); wait > 0 {
		return lockedOut(wait)
	}
	right, err := a.hasher.Check(ctx, user.PasswordHash, password)
	if err != nil || right {
		return err
	}
	var answer error
	err = a.db.Change(ctx, func(tx *store.Tx) error {
		answer = refused()
		u, err := store.Lock[models.User](tx, user.ID, 0)
		if err != nil {
			return err
		}
		if wait := lockedFor(u, tx.Now); wait > 0 {
			answer = lockedOut(wait)
			return nil
		}
		if u.FailedCount++; u.FailedCount < lockAfter {
			return tx.Set(&u, store.Eq{"id": u.ID}, "failed_count") // housekeeping: nothing anybody relies on
		}
		until := tx.Now.Add(lockFor)
		u.FailedCount, u.LockedUntil = 0, &until
		if err := tx.Update(&u, "failed_count", "locked_until"); err != nil {
			return err
		}
		tx.Audit(&u, models.AuditEvent{ActorID: models.SystemUserID, ActorName: "Earmark", Action: "lock_out", RequestID: requestID,
			Reason:  fmt.Sprintf("%s: %d wrong passwords in a row.", doing, lockAfter),
			Changes: changes("locked_until", until.Format(models.AuditTime))})
		return nil
	})
	if err != nil {
		return err
	}
	return answer
}

func lockedFor(u models.User, now time.Time) time.Duration {
	if u.LockedUntil == nil {
		return 0
	}
	return u.LockedUntil.Sub(now)
}

// open writes the session of somebody whose password was right a moment ago, or whom an
// identity provider vouched for.
func (a *Authenticator) open(ctx context.Context, user models.User, in SignIn) (SignedIn, error) {
	var out SignedIn
	err := a.db.Change(ctx, func(tx *store.Tx) error {
		u, err := store.Lock[models.User](tx, user.ID, 0)
		if err != nil {
			return err
		}
		if wait := lockedFor(u, tx.Now); wait > 0 && !in.vouched {
			return lockedOut(wait) // another replica saw the fifth failure meanwhile
		}
		if u.Status != "active" || u.PasswordHash != user.PasswordHash {
			return refused()
		}
		u.FailedCount, u.LockedUntil = 0, nil
		if err := tx.Update(&u, "failed_count", "locked_until"); err != nil {
			return err
		}
		token, hash := newSecret(SessionPrefix)
		s := models.Session{ID: tx.NewID(), UserID: u.ID, TokenHash: hash, CreatedAt: tx.Now, LastSeenAt: tx.Now,
			ExpiresAt: tx.Now.Add(models.SessionLifetime), UserAgent: printable(in.UserAgent)}
		if err := tx.Create(&s); err != nil {
			return err
		}
		if err := tx.ForgetSessions(u.ID, tx.Now.Add(-keepEnded)); err != nil {
			return err
		}
		tx.Audit(&u, models.AuditEvent{ActorID: u.ID, ActorName: u.Name, Action: "sign_in", RequestID: in.RequestID, Changes: changes("session_id", s.ID)})
		out = SignedIn{Token: token, Session: s, Name: u.Name}
		return nil
	})
	return out, err
}

// SignOut ends the session that the actor came with. A second time it does nothing.
func (a *Authenticator) SignOut(ctx context.Context, who models.Actor) error {
	if who.SessionID == "" {
		return nil
	}
	defer a.Forget(who.UserID)
	return a.db.Change(ctx, func(tx *store.Tx) error {
		u, err := store.Lock[models.User](tx, who.UserID, 0)
		if err != nil {
			return err
		}
		n, err := tx.EndSessions(u.ID, []string{who.SessionID}, "")
		if err != nil || n == 0 {
			return err
		}
		if err := tx.Update(&u); err != nil {
			return err
		}
		tx.Audit(&u, models.AuditEvent{ActorID: u.ID, ActorName: u.Name, Action: "sign_out", RequestID: who.RequestID, Changes: changes("session_id", who.SessionID)})
		return nil
	})
}

// Actor says who bears a session or API token. The roles are those of at most two seconds ago.
func (a *Authenticator) Actor(ctx context.Context, secret string) (models.Actor, error) {
	if !wellFormed(secret) {
		return models.Actor{}, unknown()
	}
	now, hash := a.db.Now(), hashOf(secret)
	who, epoch, ok := a.cache.get(hash, now)
	if ok {
		return who.Anew(), nil
	}
	who, until, err := a.identify(ctx, secret, hash, now)
	if err != nil {
		return models.Actor{}, err
	}
	if limit := now.Add(cacheFor); until.After(limit) {
		until = limit
	}
	a.cache.put(hash, who, epoch, until)
	return who.Anew(), nil
}

// identify asks the database, and says until when the answer can hold.
func (a *Authenticator) identify(ctx context.Context, secret, hash string, now time.Time) (models.Actor, time.Time, error) {
	if strings.HasPrefix(secret, TokenPrefix) {
		id, err := a.db.Read(ctx).TokenIdentity(hash, now)
		if err != nil {
			return models.Actor{}, now, notFound(err)
		}
		if id.RevokedAt != nil || !now.Before(id.ExpiresAt) || id.Status != "active" {
			return models.Actor{}, now, models.Fail(models.Unauthenticated, "token.ended", "This API token was revoked, or its time is over.")
		}
		return models.Actor{UserID: id.UserID, Name: id.Name, Roles: id.Roles, TokenID: id.ID, Scopes: strings.Fields(id.Scopes)}, sooner(id.ExpiresAt, id.Until), nil
	}
	id, err := a.db.Read(ctx).SessionIdentity(hash, now)
	if err != nil {
		return models.Actor{}, now, notFound(err)
	}
	ends := id.LastSeenAt.Add(models.SessionIdle)
	if id.ExpiresAt.Before(ends) {
		ends = id.ExpiresAt
	}
	if id.RevokedAt != nil || !now.Before(ends) || id.Status != "active" {
		return models.Actor{}, now, models.Fail(models.Unauthenticated, "session.ended", "Your session has ended. Sign in again.")
	}
	if before := now.Add(-touchEvery); id.LastSeenAt.Before(before) {
		if err := a.db.TouchSession(ctx, id.ID, before); err != nil {
			a.log.WarnContext(ctx, "the use of a session was not noted", "error", err)
		}
	}
	return models.Actor{UserID: id.UserID, Name: id.Name, Roles: id.Roles, SessionID: id.ID}, sooner(ends, id.Until), nil
}

// sooner is the end of what is known of somebody: also that of the first delegated role.
func sooner(ends, delegated time.Time) time.Time {
	if !delegated.IsZero() && delegated.Before(ends) {
		return delegated
	}
	return ends
}

// Forget makes this process read a user's roles, sessions and tokens anew.
func (a *Authenticator) Forget(userID string) { a.cache.forget(userID) }

func refused() error {
	return models.Fail(models.Unauthenticated, "sign_in.refused", "The e-mail address and the password do not belong together, or the account is disabled.")
}

func unknown() error {
	return models.Fail(models.Unauthenticated, "token.unknown", "This is not a session or API token of this server.")
}

func notFound(err error) error {
	if models.KindOf(err) == models.NotFound {
		return unknown()
	}
	return err
}

func lockedOut(wait time.Duration) error {
	return limited("sign_in.locked", fmt.Sprintf("Too many wrong passwords: the account is locked for %d minutes.", minutes(wait)), wait)
}

func limited(code, detail string, wait time.Duration) error {
	e := models.Fail(models.RateLimited, code, "%s", detail)
	e.RetryAfter = int(math.Ceil(wait.Seconds()))
	return e
}

func minutes(d time.Duration) int { return int(math.Ceil(d.Minutes())) }

// changes is an audit event's account of one new value.
func changes(field, value string) string {
	text, err := json.Marshal(map[string][2]any{field: {nil, value}})
	if err != nil {
		return "{}"
	}
	return string(text)
}

// printable keeps what a browser says of itself short and harmless.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 200 {
		s = string(r[:200])
	}
	return s
}
