// Package reports turns what the caller was allowed to read into files that people take
// away: reports and lists as JSON, CSV, workbooks, printable pages and PDF, and the award
// notice. It reads nothing and decides nothing.
package reports
