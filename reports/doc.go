// Package reports turns rows into files that people take away. It reads nothing and
// decides nothing: what is in a file was chosen by whoever calls it.
package reports
