// Package web is what people see in a browser: pages and forms over HTTP, rendered on the
// server from embedded templates. Every page works without JavaScript; scripts only make it
// quicker. It decides nothing: every page is a read of workflow.Service and every form one
// of its commands, with the same inputs, names and errors as the API.
//
// A page is a handler in the file of its document, a typed struct, and the template of the
// same name in templates. docs/architecture.md shows the way of a form through the files.
package web
