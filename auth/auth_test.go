package auth

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

// clock stands where the test puts it.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// door is a database with one user, and an Authenticator before it.
type door struct {
	*clock
	t    *testing.T
	db   *store.DB
	auth *Authenticator
	user models.User
}

const password = "otter lantern quarry"

func newDoor(t *testing.T) *door {
	t.Helper()
	t.Parallel()
	d := &door{clock: &clock{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}, t: t}
	d.db = storetest.NewAt(t, d.now)
	d.auth = New(Config{DB: d.db})
	hash, err := d.auth.hasher.Hash(t.Context(), password)
	if err != nil {
		t.Fatal(err)
	}
	d.user = models.User{Email: "rowan@office.example", Name: "Rowan Testcase", PasswordHash: hash, Status: "active"}
	d.change(func(tx *store.Tx) error {
		if err := tx.Insert(&d.user); err != nil {
			return err
		}
		tx.Audit(&d.user, models.AuditEvent{ActorID: models.SystemUserID, Action: "create", Changes: "{}"})
		return tx.Create(&models.UserRole{UserID: d.user.ID, Role: models.RoleManager})
	})
	return d
}

func (d *door) change(fn func(tx *store.Tx) error) {
	d.t.Helper()
	if err := d.db.Change(d.t.Context(), fn); err != nil {
		d.t.Fatal(err)
	}
}

// set changes the user's row with an event.
func (d *door) set(change func(*models.User), columns ...string) {
	d.t.Helper()
	d.change(func(tx *store.Tx) error {
		u, err := store.Lock[models.User](tx, d.user.ID, 0)
		if err != nil {
			return err
		}
		change(&u)
		if err := tx.Update(&u, columns...); err != nil {
			return err
		}
		tx.Audit(&u, models.AuditEvent{ActorID: models.SystemUserID, Action: "update", Changes: "{}"})
		return nil
	})
}

func (d *door) try(email, pw string) (SignedIn, error) {
	return d.auth.SignIn(d.t.Context(), SignIn{Email: email, Password: pw, UserAgent: "Browser\x1f 1.0", Address: "192.0.2.7", RequestID: "req-1"})
}

func (d *door) signIn() SignedIn {
	d.t.Helper()
	s, err := d.try(" Rowan@Office.example ", password)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

func (d *door) wants(err error, kind models.Kind, code string) {
	d.t.Helper()
	if models.KindOf(err) != kind || models.CodeOf(err) != code {
		d.t.Fatalf("got %v, want %s %s", err, kind, code)
	}
}

func retryAfter(err error) int {
	var e *models.Error
	if !errors.As(err, &e) {
		return -1
	}
	return e.RetryAfter
}

func (d *door) actions() string {
	d.t.Helper()
	trail, err := store.AuditTrail(d.db.Read(d.t.Context()), "user", d.user.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	var names []string
	for _, e := range trail {
		names = append(names, e.Action)
	}
	if report, err := d.db.VerifyAudit(d.t.Context(), nil); err != nil || !report.Intact() {
		d.t.Fatal(report, err)
	}
	return strings.Join(names, " ")
}

func TestSignInGivesAnActorWithItsRoles(t *testing.T) {
	d := newDoor(t)
	s := d.signIn()
	if !strings.HasPrefix(s.Token, SessionPrefix) || s.Session.UserAgent != "Browser 1.0" {
		t.Fatalf("%+v", s)
	}
	who, err := d.auth.Actor(t.Context(), s.Token)
	if err != nil {
		t.Fatal(err)
	}
	if who.UserID != d.user.ID || who.Name != "Rowan Testcase" || who.SessionID != s.Session.ID || !who.Has(models.RoleManager) || len(who.Scopes) != 0 {
		t.Fatalf("%+v", who)
	}
	kept, err := store.Get[models.Session](d.db.Read(t.Context()), s.Session.ID)
	if err != nil || strings.Contains(kept.TokenHash, s.Token) || kept.TokenHash == "" {
		t.Fatal("the token itself is kept", err)
	}
	if got := d.actions(); got != "create sign_in" {
		t.Errorf("audited: %s", got)
	}
}

func TestEveryRefusalToSignInIsTheSame(t *testing.T) {
	d := newDoor(t)
	_, wrong := d.try(d.user.Email, "not the password")
	_, nobody := d.try("nobody@office.example", password)
	d.set(func(u *models.User) { u.Status = "disabled" }, "status")
	_, disabled := d.try(d.user.Email, password)
	d.set(func(u *models.User) { u.Status, u.PasswordHash = "active", "" }, "status", "password_hash")
	_, unset := d.try(d.user.Email, "")
	for _, err := range []error{wrong, nobody, disabled, unset} {
		d.wants(err, models.Unauthenticated, "sign_in.refused")
		if err.Error() != wrong.Error() {
			t.Errorf("%v is not %v", err, wrong)
		}
	}
	_, err := d.try("system@earmark.invalid", "")
	d.wants(err, models.Unauthenticated, "sign_in.refused")
}

func TestFiveWrongPasswordsLockTheAccount(t *testing.T) {
	d := newDoor(t)
	for range 4 {
		_, err := d.try(d.user.Email, "wrong")
		d.wants(err, models.Unauthenticated, "sign_in.refused")
	}
	d.signIn() // a success starts the count anew
	for range 5 {
		_, err := d.try(d.user.Email, "wrong")
		d.wants(err, models.Unauthenticated, "sign_in.refused")
	}
	_, err := d.try(d.user.Email, password)
	d.wants(err, models.RateLimited, "sign_in.locked")
	if got := retryAfter(err); got != 900 {
		t.Errorf("retry after %d s", got)
	}
	replica := New(Config{DB: d.db}) // the count is in the database
	_, err = replica.SignIn(t.Context(), SignIn{Email: d.user.Email, Password: password})
	d.wants(err, models.RateLimited, "sign_in.locked")
	d.move(15*time.Minute + time.Second)
	d.signIn()
	if got := d.actions(); got != "create sign_in lock_out sign_in" {
		t.Errorf("audited: %s", got)
	}
}

func TestAddressesWithoutAnAccountLockTheSame(t *testing.T) {
	d := newDoor(t)
	for range 5 {
		_, err := d.try("nobody@office.example", "wrong")
		d.wants(err, models.Unauthenticated, "sign_in.refused")
	}
	_, err := d.try("nobody@office.example", "wrong")
	d.wants(err, models.RateLimited, "sign_in.locked")
	d.move(15*time.Minute + time.Second)
	_, err = d.try("nobody@office.example", "wrong")
	d.wants(err, models.Unauthenticated, "sign_in.refused")
}

func TestWrongPasswordsAtOnceAreAllCounted(t *testing.T) {
	d := newDoor(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := d.try(d.user.Email, "wrong"); err == nil {
				t.Error("signed in")
			}
		})
	}
	wg.Wait()
	u, err := store.Get[models.User](d.db.Read(t.Context()), d.user.ID)
	if err != nil || u.LockedUntil == nil {
		t.Fatalf("not locked after eight: %+v %v", u, err)
	}
	if got := d.actions(); got != "create lock_out" {
		t.Errorf("audited: %s", got)
	}
}

func TestOneNetworkTriesSlowly(t *testing.T) {
	d := newDoor(t)
	for range addressBurst {
		d.auth.limits.wait(network("192.0.2.7"), d.now())
	}
	_, err := d.try(d.user.Email, password)
	d.wants(err, models.RateLimited, "sign_in.too_many")
	if got := retryAfter(err); got != 3 {
		t.Errorf("retry after %d s", got)
	}
	d.move(addressEvery)
	d.signIn()
	if network("2001:db8:1:2:3::4") != network("2001:db8:1:2:9::9") || network("2001:db8:1:2::1") == network("2001:db8:1:3::1") {
		t.Error("an IPv6 network is 64 bits")
	}
}

func TestOneNetworkReadsTheOpenReportsSlowly(t *testing.T) {
	d := newDoor(t)
	for range publicBurst {
		if err := d.auth.PublicRead("192.0.2.7"); err != nil {
			t.Fatal(err)
		}
	}
	err := d.auth.PublicRead("192.0.2.7")
	d.wants(err, models.RateLimited, "public.too_many")
	if err := d.auth.PublicRead("192.0.2.8"); err != nil {
		t.Error(err)
	}
	d.move(publicEvery)
	if err := d.auth.PublicRead("192.0.2.7"); err != nil {
		t.Error(err)
	}
}

func TestSessionsEnd(t *testing.T) {
	d := newDoor(t)
	ends := func(name string, do func(d *door, s SignedIn)) {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t)
			s := d.signIn()
			if _, err := d.auth.Actor(t.Context(), s.Token); err != nil {
				t.Fatal(err)
			}
			do(d, s)
			_, err := d.auth.Actor(t.Context(), s.Token)
			d.wants(err, models.Unauthenticated, "session.ended")
		})
	}
	ends("unused for twelve hours", func(d *door, _ SignedIn) { d.move(models.SessionIdle) })
	ends("after seven days of use", func(d *door, s SignedIn) {
		for range 7 * 4 {
			if _, err := d.auth.Actor(t.Context(), s.Token); err != nil {
				t.Fatal(err)
			}
			d.move(6 * time.Hour)
		}
	})
	ends("by signing out", func(d *door, s SignedIn) {
		who, _ := d.auth.Actor(t.Context(), s.Token)
		for range 2 { // twice is once
			if err := d.auth.SignOut(t.Context(), who); err != nil {
				t.Fatal(err)
			}
		}
		if got := d.actions(); got != "create sign_in sign_out" {
			t.Errorf("audited: %s", got)
		}
	})
	ends("with the account, on another replica after two seconds", func(d *door, _ SignedIn) {
		d.set(func(u *models.User) { u.Status = "disabled" }, "status")
		d.move(cacheFor)
	})
	if err := d.auth.SignOut(t.Context(), models.Actor{UserID: d.user.ID}); err != nil {
		t.Error(err)
	}
}

func TestTheActorIsRememberedForTwoSeconds(t *testing.T) {
	d := newDoor(t)
	s := d.signIn()
	roles := func() int {
		t.Helper()
		who, err := d.auth.Actor(t.Context(), s.Token)
		if err != nil {
			t.Fatal(err)
		}
		return len(who.Roles)
	}
	take := func() {
		d.change(func(tx *store.Tx) error { return tx.Remove(&models.UserRole{}, store.Eq{"user_id": d.user.ID}) })
	}
	give := func() {
		d.change(func(tx *store.Tx) error {
			return tx.Create(&models.UserRole{UserID: d.user.ID, Role: models.RoleManager})
		})
	}
	if roles() != 1 {
		t.Fatal("no role")
	}
	take()
	if roles() != 1 {
		t.Error("asked the database within two seconds")
	}
	d.move(cacheFor)
	if roles() != 0 {
		t.Error("still remembered after two seconds")
	}
	give()
	d.auth.Forget(d.user.ID)
	if roles() != 1 {
		t.Error("remembered what was to be forgotten")
	}
	// What was read before a Forget is not kept after it.
	_, epoch, _ := d.auth.cache.get("other", d.now())
	d.auth.Forget("anybody")
	d.auth.cache.put("other", models.Actor{UserID: "x"}, epoch, d.now().Add(time.Second))
	if _, _, ok := d.auth.cache.get("other", d.now()); ok {
		t.Error("kept an actor read before Forget")
	}
}

func TestLastUseIsNotedOnceAMinute(t *testing.T) {
	d := newDoor(t)
	s := d.signIn()
	seen := func() time.Time {
		t.Helper()
		if _, err := d.auth.Actor(t.Context(), s.Token); err != nil {
			t.Fatal(err)
		}
		kept, err := store.Get[models.Session](d.db.Read(t.Context()), s.Session.ID)
		if err != nil {
			t.Fatal(err)
		}
		return kept.LastSeenAt.UTC()
	}
	start := d.now()
	d.move(30 * time.Second)
	if !seen().Equal(start) {
		t.Error("noted within the minute")
	}
	d.move(31 * time.Second)
	if at := seen(); !at.Equal(d.now()) {
		t.Errorf("not noted after a minute: %v", at)
	}
}

// token gives the user an API token.
func (d *door) token(scopes string, days int) (string, models.APIToken) {
	d.t.Helper()
	secret, hash := NewToken()
	row := models.APIToken{UserID: d.user.ID, Name: "nightly export", TokenHash: hash, Scopes: scopes, ExpiresAt: d.now().AddDate(0, 0, days)}
	d.change(func(tx *store.Tx) error {
		if err := tx.Insert(&row); err != nil {
			return err
		}
		tx.Audit(&row, models.AuditEvent{ActorID: d.user.ID, Action: "create", Changes: "{}"})
		return nil
	})
	return secret, row
}

func TestAPITokens(t *testing.T) {
	d := newDoor(t)
	secret, row := d.token("read", 30)
	if !strings.HasPrefix(secret, TokenPrefix) || len(secret) != 47 {
		t.Fatalf("token %q", secret)
	}
	who, err := d.auth.Actor(t.Context(), secret)
	if err != nil || who.TokenID != row.ID || len(who.Scopes) != 1 || who.Scopes[0] != "read" || !who.Has(models.RoleManager) || who.SessionID != "" {
		t.Fatalf("%+v %v", who, err)
	}
	for _, s := range []string{"", "emk_", "emk_short", secret[:46] + "!", "xyz_" + secret[4:], strings.Repeat("a", 10_000)} {
		_, err := d.auth.Actor(t.Context(), s)
		d.wants(err, models.Unauthenticated, "token.unknown")
	}
	d.move(30 * 24 * time.Hour)
	_, err = d.auth.Actor(t.Context(), secret)
	d.wants(err, models.Unauthenticated, "token.ended")
	secret, row = d.token("read write", 30)
	d.change(func(tx *store.Tx) error {
		row.RevokedAt = &tx.Now
		if err := tx.Update(&row, "revoked_at"); err != nil {
			return err
		}
		tx.Audit(&row, models.AuditEvent{ActorID: d.user.ID, Action: "revoke", Changes: "{}"})
		return nil
	})
	_, err = d.auth.Actor(t.Context(), secret)
	d.wants(err, models.Unauthenticated, "token.ended")
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	h := NewHasher(1)
	kept, err := h.Hash(t.Context(), password)
	if err != nil || !strings.HasPrefix(kept, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatal(kept, err)
	}
	again, _ := h.Hash(t.Context(), password)
	if again == kept {
		t.Error("no salt")
	}
	for pw, want := range map[string]bool{password: true, password + " ": false, "": false, strings.Repeat("x", 200): false} {
		if ok, err := h.Check(t.Context(), kept, pw); err != nil || ok != want {
			t.Errorf("%q: %v %v", pw, ok, err)
		}
	}
	if ok, err := h.Check(t.Context(), "", password); ok || err != nil {
		t.Error("nobody's password was right", err)
	}
	for _, broken := range []string{"plain", "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAA$AAAA", "$argon2id$v=16$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$argon2id$v=19$m=x$AAAA$AAAA", "$argon2id$v=19$m=19456,t=2,p=1$!$AAAA",
		"$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$!", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA"} {
		if ok, err := h.Check(t.Context(), broken, password); ok || err == nil {
			t.Errorf("%s: %v %v", broken, ok, err)
		}
	}
	h.slots <- struct{}{} // busy
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := h.Hash(ctx, password); models.CodeOf(err) != "sign_in.busy" || models.KindOf(err) != models.Unavailable {
		t.Error(err)
	}
}

func (d *door) server(secure bool) (http.Handler, *models.Actor) {
	gin.SetMode(gin.TestMode)
	var seen models.Actor
	g := Gate{Auth: d.auth, Secure: secure, Fail: func(c *gin.Context, err error) { c.String(http.StatusTeapot, models.CodeOf(err)) }}
	e := gin.New()
	e.Use(g.Identify)
	e.GET("/", func(c *gin.Context) { seen = ActorOf(c) })
	e.POST("/in", func(c *gin.Context) {
		s, err := d.auth.SignIn(c.Request.Context(), SignIn{Email: d.user.Email, Password: password})
		if err != nil {
			d.t.Error(err)
		}
		g.SetCookie(c, s)
	})
	return e, &seen
}

func TestGate(t *testing.T) {
	d := newDoor(t)
	h, seen := d.server(true)
	secret, row := d.token("read", 30)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/in", nil))
	cookie := w.Result().Cookies()[0]
	if cookie.Name != CookieName || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" {
		t.Fatalf("%+v", cookie)
	}
	get := func(headers ...string) *httptest.ResponseRecorder {
		*seen = models.Actor{}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	session := CookieName + "=" + cookie.Value

	w = get()
	if seen.UserID != "" || len(seen.RequestID) != 32 || w.Header().Get(RequestIDHeader) != seen.RequestID {
		t.Errorf("nobody: %+v", *seen)
	}
	get("Cookie", session, RequestIDHeader, "proxy-123.a_B", "Idempotency-Key", "key 1")
	if seen.UserID != d.user.ID || seen.SessionID == "" || seen.RequestID != "proxy-123.a_B" || seen.IdempotencyKey != "key 1" {
		t.Errorf("cookie: %+v", *seen)
	}
	get("Authorization", "bearer "+secret, "Cookie", session)
	if seen.TokenID != row.ID || seen.SessionID != "" {
		t.Errorf("the token counts, not the cookie: %+v", *seen)
	}
	get("Authorization", "Bearer "+cookie.Value)
	if seen.SessionID == "" {
		t.Errorf("a session as bearer: %+v", *seen)
	}
	for _, bad := range []string{"Bearer emk_wrong", "Bearer", "Basic cm93YW46eA=="} {
		if w := get("Authorization", bad, "Cookie", session); w.Code != http.StatusTeapot || w.Body.String() != "token.unknown" || seen.UserID != "" {
			t.Errorf("%s: %d %s %+v", bad, w.Code, w.Body, *seen)
		}
	}
	if get(RequestIDHeader, "evil\r\nid"); len(seen.RequestID) != 32 {
		t.Errorf("request id %q", seen.RequestID)
	}
	for _, bad := range []string{strings.Repeat("k", 101), "a\x01b"} {
		if w := get("Idempotency-Key", bad); w.Body.String() != "idempotency.key_malformed" {
			t.Errorf("%q: %s", bad, w.Body)
		}
	}
	d.move(models.SessionIdle)
	w = get("Cookie", session)
	if w.Code != http.StatusOK || seen.UserID != "" || len(w.Result().Cookies()) != 1 || w.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("a session that ended: %d %+v %v", w.Code, *seen, w.Result().Cookies())
	}
	_ = d.db.Close()
	if w := get("Cookie", session); w.Code != http.StatusTeapot {
		t.Errorf("an outage must not look like nobody: %d", w.Code)
	}
}
