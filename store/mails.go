package store

import (
	"context"
	"strings"
	"time"

	"earmark/models"
)

// DigestNotice is a notice that no mail told yet, with what the digest says beside it.
type DigestNotice struct {
	NoticeID       string
	UserID         string
	UserName       string
	Email          string
	OrganizationID string
	District       string // "" for the office's own
	Severity       string // of the flag, or ""
	Event          string
	Title          string
	Detail         string
	Why            string
	SubjectKind    string
	SubjectID      string
}

// DigestKind is the kind of the nightly mail.
const DigestKind = "digest"

// weeklyOn is the day of the weekly mail: that of a Sunday is read on Monday morning.
const weeklyOn = time.Sunday

// howOften is what the reader u of a notice chose for its topic. Of the own access (roles,
// delegations, hand-overs, unlocking) everybody is told each day.
const howOften = `(CASE WHEN notices.event LIKE 'flag.%' THEN u.notify_flags
	WHEN notices.event LIKE 'due.%' OR notices.event LIKE 'action.%' THEN u.notify_dates
	WHEN notices.event LIKE 'delegation.%' OR notices.event LIKE 'user.%' OR notices.event LIKE 'unlock.%' THEN ''
	ELSE u.notify_news END)`

// urgentNotice is true of what somebody must act on: a violation that is new or worse, what
// is overdue, what came back, and what waits for the reader's decision.
const urgentNotice = `((notices.event IN ('flag.opened','flag.worsened','flag.reopened') AND EXISTS (SELECT 1 FROM flags vf WHERE vf.id = notices.subject_id AND vf.severity = 'violation'))
	OR notices.event LIKE '%.overdue' OR notices.event LIKE '%.return' OR notices.event LIKE '%.returned' OR notices.event LIKE '%.deny' OR notices.event LIKE '%.denied'
	OR notices.event LIKE '%.submit' OR notices.event LIKE '%.submitted' OR notices.event LIKE '%.waiting')`

// forTable is a condition on notices under another name.
func forTable(alias, condition string) string {
	return strings.ReplaceAll(condition, "notices.", alias+".")
}

// UnsentNotices claims, for this transaction, the notices up to a date that no mail told
// yet, of active people who have no digest of that date; by person.
func (tx *Tx) UnsentNotices(date models.Date) ([]DigestNotice, error) {
	if tx.dialect == "postgres" { // a second composer waits, then finds nothing left
		for _, sql := range []string{"LOCK TABLE mails IN SHARE ROW EXCLUSIVE MODE", "SET LOCAL work_mem = '128MB'", "SET LOCAL jit = off"} { // a first night has 100,000 notices to sort
			if err := tx.g.Exec(sql).Error; err != nil {
				return nil, translate(err)
			}
		}
	}
	if err := tx.g.Exec("DROP TABLE IF EXISTS digest_notices").Error; err != nil {
		return nil, translate(err)
	}
	// What its reader wants no mail about stands in Earmark only: no later mail tells it.
	if err := tx.g.Exec(`UPDATE notices SET mail_id = '' FROM users u WHERE u.id = notices.user_id AND notices.mail_id IS NULL AND notices.for_date <= ?
		AND `+howOften+` IN ('urgent','never') AND NOT `+urgentNotice, date).Error; err != nil {
		return nil, translate(err)
	}
	err := tx.g.Exec(`CREATE TEMP TABLE digest_notices AS SELECT n.id AS notice_id, n.user_id FROM notices n
		JOIN users u ON u.id = n.user_id AND u.status = 'active'
		WHERE n.mail_id IS NULL AND n.for_date <= ?
			AND (`+forTable("n", howOften)+` <> 'weekly' OR ? OR `+forTable("n", urgentNotice)+`)
			AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.user_id = n.user_id AND m.kind = ? AND m.for_date = ?)`,
		date, date.Weekday() == weeklyOn, DigestKind, date).Error
	if err != nil {
		return nil, translate(err)
	}
	var rows []DigestNotice
	err = tx.g.Raw(`SELECT d.notice_id, d.user_id, u.name AS user_name, u.email, n.organization_id, COALESCE(o.name, '') AS district,
			COALESCE(f.severity, '') AS severity, n.event, n.title, n.detail, n.why, n.subject_kind, n.subject_id
		FROM digest_notices d JOIN notices n ON n.id = d.notice_id JOIN users u ON u.id = d.user_id
		LEFT JOIN organizations o ON o.id = n.organization_id LEFT JOIN flags f ON n.subject_kind = 'flag' AND f.id = n.subject_id
		ORDER BY d.user_id, o.name, n.organization_id, n.title, n.detail, n.event, n.id`).Scan(&rows).Error
	return rows, translate(err)
}

// QueueDigests writes the mails and marks the notices of UnsentNotices with theirs.
func (tx *Tx) QueueDigests(date models.Date, mails []models.Mail) (int64, error) {
	if len(mails) > 0 {
		if err := tx.Create(&mails); err != nil {
			return 0, err
		}
	}
	res := tx.g.Exec(`UPDATE notices SET mail_id = m.id FROM digest_notices d JOIN mails m ON m.user_id = d.user_id AND m.kind = ? AND m.for_date = ?
		WHERE notices.id = d.notice_id`, DigestKind, date)
	if res.Error != nil {
		return 0, translate(res.Error)
	}
	return res.RowsAffected, translate(tx.g.Exec("DROP TABLE digest_notices").Error)
}

// Mails are a page of mails; search is a part of the address or of the subject.
func Mails(r Reading, where Eq, search string, page Page) ([]models.Mail, error) {
	g := paged(where.apply(r.reader().g), page)
	if search != "" {
		part := "%" + likePrefix(search)
		g = g.Where(`lower(to_address) LIKE ? ESCAPE '\' OR lower(subject) LIKE ? ESCAPE '\'`, part, part)
	}
	var rows []models.Mail
	err := g.Find(&rows).Error
	return rows, translate(err)
}

// ClaimMails takes up to limit mails that are due, for a worker and a while: each goes to
// one worker, and those of a worker that died are taken again when its time is over.
func (db *DB) ClaimMails(ctx context.Context, worker string, limit int, lease time.Duration) ([]models.Mail, error) {
	skip := ""
	if db.dialect == "postgres" {
		skip = "FOR UPDATE SKIP LOCKED"
	}
	now := db.Now()
	var mails []models.Mail
	err := db.gorm.WithContext(ctx).Raw(`UPDATE mails SET status = 'sending', attempts = attempts + 1, locked_by = ?, locked_until = ?
		WHERE id IN (SELECT id FROM mails WHERE (status = 'queued' AND next_attempt_at <= ?) OR (status = 'sending' AND locked_until < ?)
			ORDER BY next_attempt_at, id LIMIT ? `+skip+`) RETURNING *`, worker, now.Add(lease), now, now, limit).Scan(&mails).Error
	return mails, translate(err)
}

// MailSent records that a claimed mail went out. A mail that another worker claimed since
// is left alone.
func (db *DB) MailSent(ctx context.Context, m models.Mail) error {
	return db.settleMail(ctx, m, `status = 'sent', sent_at = ?, locked_by = '', locked_until = NULL, last_error = ''`, db.Now())
}

// MailRetry puts a claimed mail back until a time, with what went wrong.
func (db *DB) MailRetry(ctx context.Context, m models.Mail, problem string, at time.Time) error {
	return db.settleMail(ctx, m, `status = 'queued', next_attempt_at = ?, last_error = ?, locked_by = '', locked_until = NULL`, at.UTC().Truncate(time.Microsecond), problem)
}

// MailFailed gives a claimed mail up; it stays listed with what went wrong.
func (db *DB) MailFailed(ctx context.Context, m models.Mail, problem string) error {
	return db.settleMail(ctx, m, `status = 'failed', last_error = ?, locked_by = '', locked_until = NULL`, problem)
}

func (db *DB) settleMail(ctx context.Context, m models.Mail, set string, args ...any) error {
	args = append(args, m.ID, m.LockedBy, m.Attempts)
	return translate(db.gorm.WithContext(ctx).Exec(`UPDATE mails SET `+set+` WHERE id = ? AND status = 'sending' AND locked_by = ? AND attempts = ?`, args...).Error)
}

// MailCounts counts the mails by status, for metrics.
func MailCounts(r Reading) (map[string]int64, error) {
	var rows []struct {
		Status string
		Count  int64
	}
	err := r.reader().g.Raw(`SELECT status, COUNT(*) AS count FROM mails GROUP BY status`).Scan(&rows).Error
	out := map[string]int64{}
	for _, row := range rows {
		out[row.Status] = row.Count
	}
	return out, translate(err)
}
