package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
	sqlitedriver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"earmark/models"
)

// translate turns a driver's error into the one error type, by code and never by text.
// What it does not know stays as it is: a bug or an outage.
func translate(err error) error {
	if err == nil || models.KindOf(err) != "" {
		return err
	}
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, sql.ErrNoRows) {
		return &models.Error{Kind: models.NotFound, Code: "not_found", Detail: "There is no such document, or you may not see it.", Err: err}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return unavailable(err)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch {
		case pg.Code == "23505":
			return duplicate(err)
		case pg.Code == "40P01", pg.Code == "40001", pg.Code == "55P03", strings.HasPrefix(pg.Code, "53"), strings.HasPrefix(pg.Code, "57P"):
			return unavailable(err)
		}
		return err
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		return unavailable(err)
	}
	var lite *sqlitedriver.Error
	if errors.As(err, &lite) {
		switch lite.Code() {
		case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
			return duplicate(err)
		}
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL:
			return unavailable(err)
		}
	}
	return err
}

func duplicate(err error) error {
	return &models.Error{Kind: models.Conflict, Code: "already_exists", Detail: "There is one already.", Err: err}
}

// Busy is the answer when the same request will probably succeed a moment later.
func Busy(cause error) error { return unavailable(cause) }

func unavailable(err error) error {
	return &models.Error{Kind: models.Unavailable, Code: "database_busy", Detail: "The database is busy or out of reach. Nothing was changed; try again.", RetryAfter: 2, Err: err}
}

// retryable reports a deadlock or serialization failure, after which the same work may succeed.
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001")
}

func stale() *models.Error {
	return models.Fail(models.Stale, "stale", "Somebody changed this since you read it. Read it again, then repeat your change.")
}
