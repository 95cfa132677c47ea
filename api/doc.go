// Package api is JSON over HTTP: it decodes a request strictly, calls one method of
// workflow.Service, and writes its answer. It decides no rule and no visibility, and it
// cannot reach the database. What a client may rely on is openapi.yaml; the tests of this
// package hold every exchange to it. Routes are in routes.go, failures in problem.go.
package api
