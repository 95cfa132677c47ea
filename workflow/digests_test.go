package workflow

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"earmark/models"
	"earmark/store"
)

// kept renders nothing but keeps what it was given.
type kept struct{ digests []models.Digest }

func (k *kept) options() DigestOptions {
	return DigestOptions{Host: "earmark.example", Render: func(d models.Digest) (string, string, string, error) {
		k.digests = append(k.digests, d)
		return "s", "t", "h", nil
	}}
}

func TestDigestTellsTheWorstFirst(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	gy := n.year(2026)
	fiscal := n.person("Finn Fiscal", models.RoleFiscalReviewer, "")
	pal := n.person("Pat Liaison", models.RolePAL, "")
	calm := n.approved(gy, n.district("Alder Bay"), 1_000_000_00, "2025-12-01", 10_000_00)
	calm.link(0)
	n.assign(calm.org, pal)
	wild := n.approved(gy, n.district("Zinc Hill"), 1_000_000_00, "2025-12-01", 10_000_00)
	wild.link(0)
	n.assign(wild.org, pal)
	wild.spend(0, 12_000_00, "2026-02-01", "2026-02-01")
	gone := n.person("Gil Gone", models.RolePreparer, wild.org.ID)
	n.night("2026-03-01")
	n.disable(gone)

	var k kept
	sum, err := n.s.ComposeDigests(context.Background(), models.System("digest"), "2026-03-01", k.options())
	noError(t, err)
	equal(t, sum.Mails, 2)
	byName := map[string]models.Digest{}
	for _, d := range k.digests {
		byName[d.Name] = d
	}
	equal(t, len(byName[fiscal.Name].Districts), 1)
	var got []string
	for _, d := range byName[pal.Name].Districts {
		for _, i := range d.Items {
			got = append(got, d.Name+": "+i.Heading+" "+i.Severity+" "+i.Title)
		}
	}
	equal(t, got, []string{"Zinc Hill: New violation Spending above the approved amount and tolerance", "Zinc Hill: New warning Line serves no target",
		"Alder Bay: New warning Line serves no target"})
	for _, m := range all[models.Mail](n, nil) {
		equal(t, m.MessageID, "<digest.2026-03-01."+m.UserID+"@earmark.example>")
	}

	// Again: nothing. What comes later on the same date waits for the next one.
	n.change(func(tx *store.Tx) error {
		return notify(tx, "test", &wild.org, wild.org.ID, "Later", "Later", "2026-03-01", models.RolePAL)
	})
	sum, err = n.s.ComposeDigests(context.Background(), models.System("digest"), "2026-03-01", k.options())
	noError(t, err)
	equal(t, sum, DigestSummary{Date: "2026-03-01"})
	sum, err = n.s.ComposeDigests(context.Background(), models.System("digest"), "2026-03-02", k.options())
	noError(t, err)
	equal(t, sum, DigestSummary{Date: "2026-03-02", Mails: 1, Notices: 1})

	mails, err := n.s.Mails(context.Background(), n.actor(n.person("Al Auditor", models.RoleAuditor, "")), ListMails{UserID: pal.ID, Status: "queued", ForDate: "2026-03-02", Limit: 10})
	noError(t, err)
	equal(t, len(mails), 1)
	_, err = n.s.Mail(context.Background(), n.actor(pal), mails[0].ID)
	noError(t, err)
	_, err = n.s.Mail(context.Background(), n.actor(gone), mails[0].ID)
	equal(t, models.CodeOf(err), "permission.role")
	_, err = n.s.JobRuns(context.Background(), n.actor(pal), ListJobRuns{})
	equal(t, models.CodeOf(err), "permission.role")
}

func TestDigestIsBoundedAndAllOrNothing(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	o := n.district("Alder Bay")
	n.person("Pia Preparer", models.RolePreparer, o.ID)
	n.change(func(tx *store.Tx) error {
		for i := range digestItems + 7 {
			if err := notify(tx, "test", &o, o.ID, fmt.Sprintf("News %03d", i), "x", "2026-03-01", models.RolePreparer); err != nil {
				return err
			}
		}
		return nil
	})
	_, err := n.s.ComposeDigests(context.Background(), models.System("digest"), "2026-03-01", DigestOptions{Host: "h", Render: func(models.Digest) (string, string, string, error) {
		return "", "", "", errors.New("a broken template")
	}})
	equal(t, err != nil && strings.Contains(err.Error(), "a broken template"), true)
	equal(t, len(all[models.Mail](n, nil)), 0)
	var k kept
	sum, err := n.s.ComposeDigests(context.Background(), models.System("digest"), "2026-03-01", k.options())
	noError(t, err)
	equal(t, sum, DigestSummary{Date: "2026-03-01", Mails: 1, Notices: digestItems + 7})
	equal(t, []int{k.digests[0].Count, k.digests[0].Left, len(k.digests[0].Districts[0].Items)}, []int{digestItems + 7, 7, digestItems})
}
