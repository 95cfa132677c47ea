// Package models owns the words of Earmark: the documents of a grant program, exact
// money, civil dates and the one error type. It has no behaviour that needs a database,
// a clock or the network, and it imports nothing of ours.
package models
