// Package reports turns what the caller was allowed to read into files that people take
// away: CSV lists and the printable award notice. It reads nothing and decides nothing.
package reports
