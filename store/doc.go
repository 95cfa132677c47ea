// Package store owns what is remembered: the database, its schema, and every SQL
// statement. It knows two databases (SQLite and PostgreSQL) and hides the difference.
// It decides no rule: who may do what, and when, is the business of workflow.
//
// Reads go through a Reader. Writes are methods of a Tx, which exists only inside
// Change; Change refuses to commit a document change without its audit event.
package store
