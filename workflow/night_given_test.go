package workflow

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earmark/models"
	"earmark/store"
	"earmark/store/storetest"
)

// night is a small world for the tests of nightly work: a database, a service and a clock
// that stands where the test puts it.
type night struct {
	t  testing.TB
	s  *Service
	db *store.DB

	mu     sync.Mutex
	clock  time.Time
	number int
}

func newNight(t testing.TB) *night {
	t.Helper()
	n := &night{t: t, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
	n.db = storetest.NewAt(t, n.now)
	zone, err := time.LoadLocation("America/Detroit")
	if err != nil {
		t.Fatal(err)
	}
	n.s = New(Config{DB: n.db, Now: n.now, TimeZone: zone})
	return n
}

func (n *night) now() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.clock
}

func (n *night) setClock(at time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.clock = at
}

func (n *night) change(fn func(*store.Tx) error) {
	n.t.Helper()
	if err := n.db.Change(context.Background(), fn); err != nil {
		n.t.Fatal(err)
	}
}

// add inserts a document with its audit event.
func (n *night) add(doc models.Document) {
	n.t.Helper()
	n.change(func(tx *store.Tx) error {
		if err := tx.Insert(doc); err != nil {
			return err
		}
		tx.Audit(doc, event(models.System("test"), "create", "", nil, nil))
		return nil
	})
}

func (n *night) update(doc models.Document, columns ...string) {
	n.t.Helper()
	n.change(func(tx *store.Tx) error {
		if err := tx.Update(doc, columns...); err != nil {
			return err
		}
		tx.Audit(doc, event(models.System("test"), "change", "", nil, nil))
		return nil
	})
}

func (n *night) next() int {
	n.number++
	return n.number
}

func (n *night) district(name string) models.Organization {
	n.t.Helper()
	o := models.Organization{OrgKind: models.KindDistrict, Code: fmt.Sprintf("%05d", 10000+n.next()), Name: name, Subtype: "traditional"}
	n.add(&o)
	return o
}

func (n *night) person(name string, role models.Role, organizationID string) models.User {
	n.t.Helper()
	u := models.User{Email: fmt.Sprintf("person%d@example.test", n.next()), Name: name, Status: StatusActive}
	n.add(&u)
	n.grant(u, role, organizationID)
	return u
}

func (n *night) grant(u models.User, role models.Role, organizationID string) {
	n.t.Helper()
	n.change(func(tx *store.Tx) error {
		return tx.Create(&models.UserRole{UserID: u.ID, Role: role, OrganizationID: organizationID})
	})
}

func (n *night) assign(o models.Organization, u models.User) {
	n.t.Helper()
	o.PALUserID = &u.ID
	n.update(&o, "pal_user_id")
}

func (n *night) disable(u models.User) {
	n.t.Helper()
	u.Status = StatusDisabled
	n.update(&u, "status")
}

// actor is the person as auth would make it.
func (n *night) actor(u models.User) models.Actor {
	n.t.Helper()
	a := models.Actor{UserID: u.ID, Name: u.Name}
	for _, r := range all[models.UserRole](n, store.Eq{"user_id": u.ID}) {
		a.Roles = append(a.Roles, models.Grant{Role: r.Role, OrganizationID: r.OrganizationID})
	}
	return a
}

func all[T any](n *night, where store.Eq, order ...string) []T {
	n.t.Helper()
	rows, err := store.All[T](n.db.Read(context.Background()), where, order...)
	if err != nil {
		n.t.Fatal(err)
	}
	return rows
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal(t testing.TB, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}
