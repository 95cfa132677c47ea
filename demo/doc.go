// Package demo builds a believable, plainly synthetic state of Earmark: one finished grant
// year and one in progress, for 57 partnership districts with 113 partnership schools. It
// goes through the commands of workflow, each as the person who would give it, with a clock
// of its own: the same state every time. Nobody in it is real, and of its amounts only the
// appropriation is (MCL 388.1621h).
package demo
