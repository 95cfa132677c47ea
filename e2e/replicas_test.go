package e2e

import (
	"sync"
	"time"

	"earmark/app"
	"earmark/models"
)

// replicas are several Earmarks over one database, each with its own runner, as behind a
// load balancer.
type replicas struct {
	w     *world
	apps  []*app.App
	night models.Date // the last one that is over
}

// replicate opens one more Earmark over the world's database.
func (w *world) replicate(address string) *replicas {
	w.t.Helper()
	cfg := app.Config{DatabaseURL: address, TimeZone: "America/Detroit", PublicURL: "http://earmark.example", MailFrom: "earmark@example.test",
		SMTPURL: w.mail.address, Now: w.clock.now, Log: w.log, Version: "e2e"}
	second, err := app.Open(w.t.Context(), cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = second.Close() })
	return &replicas{w: w, apps: []*app.App{w.app, second}, night: models.DateOf(w.clock.now(), time.UTC).AddDays(-1)}
}

// until lets every night before a day happen, on all replicas at once, and sends the mails;
// then it is noon of that day.
func (r *replicas) until(day models.Date) {
	r.w.t.Helper()
	for r.night < day.AddDays(-1) {
		r.night = r.night.AddDays(1)
		at, err := time.Parse(time.RFC3339, string(r.night.AddDays(1))+"T11:05:00Z") // after every dated job's hour
		if err != nil {
			r.w.t.Fatal(err)
		}
		r.w.clock.set(at)
		var all sync.WaitGroup
		for _, a := range r.apps {
			all.Go(func() {
				if err := a.Jobs.CatchUp(r.w.t.Context()); err != nil {
					r.w.t.Error(err)
				}
				if _, err := a.Jobs.Run(r.w.t.Context(), "mail", r.night, false); err != nil {
					r.w.t.Error(err)
				}
			})
		}
		all.Wait()
	}
	r.w.today(day)
}
