// Package browser holds what people see and do in the pages: every page as every role, and
// the stories of who works there, over HTTP and in a real browser. One server with the demo
// state answers all of it, so a story changes only documents of districts of its own.
package browser
