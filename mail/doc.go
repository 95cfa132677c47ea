// Package mail owns how a notice leaves the house: the templates of the digest and the two
// ways out, an SMTP server or a folder of .eml files. It knows no rules and no database;
// who is told what is decided in workflow, when to try again in jobs.
package mail
