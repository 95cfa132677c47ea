package auth

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Many people of a district or a school share one network address. It may try to sign in
// twenty times at once and then every three seconds, and read a hundred public reports at
// once and then one every second.
const (
	addressBurst = 20
	addressEvery = 3 * time.Second
	publicBurst  = 100
	publicEvery  = time.Second
	limitsSize   = 10_000
)

// limits slows down one address. It counts in this process only; the lock-out of an
// account counts in the database.
type limits struct {
	mu    sync.Mutex
	by    map[string]*rate.Limiter
	burst int
	every time.Duration
}

// PublicRead answers RateLimited when the network of an address has read too much of what
// is open to the public.
func (a *Authenticator) PublicRead(address string) error {
	if wait := a.public.wait(network(address), a.db.Now()); wait > 0 {
		return limited("public.too_many", "Too many requests from your network.", wait)
	}
	return nil
}

// network is what one customer of a provider has: an IPv4 address, or an IPv6 network of 64 bits.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil || a.Unmap().Is4() {
		return address
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}

// wait is how long an address must wait before its next attempt; 0 lets it try now.
func (l *limits) wait(address string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.by == nil || len(l.by) >= limitsSize {
		l.by = make(map[string]*rate.Limiter)
	}
	lim := l.by[address]
	if lim == nil {
		lim = rate.NewLimiter(rate.Every(l.every), l.burst)
		l.by[address] = lim
	}
	r := lim.ReserveN(now, 1)
	if d := r.DelayFrom(now); d > 0 {
		r.CancelAt(now)
		return d
	}
	return 0
}

// strangers locks e-mail addresses that no account has just as accounts are locked, so
// that the answers do not tell which addresses have one.
type strangers struct {
	mu sync.Mutex
	by map[string]stranger
}

type stranger struct {
	failed int
	until  time.Time
}

// locked is how long the address stays locked.
func (s *strangers) locked(email string, now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.by[email].until.Sub(now)
}

func (s *strangers) fail(email string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil || len(s.by) >= limitsSize {
		s.by = make(map[string]stranger)
	}
	who := s.by[email]
	if who.failed++; who.failed >= lockAfter {
		who = stranger{until: now.Add(lockFor)}
	}
	s.by[email] = who
}
