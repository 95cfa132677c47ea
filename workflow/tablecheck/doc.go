// Package tablecheck holds printed tables against their own arithmetic: sums of rows and
// columns, formulas over lines, tie-out between tables, percentages against counts, series
// and cost build-ups. It reports what does not add up and what cannot be read, and never
// corrects anything. It knows nothing of programs, people or storage.
package tablecheck
