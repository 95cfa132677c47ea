// Package earmark is a grant funding workflow and compliance tracker: a state office shares
// formula money among districts, districts turn their share into line items, submit, spend,
// amend and report, and every night the program computes utilization, flags what is out of
// line and mails the people who can act.
//
// The folders are layers, and architecture_test.go holds which may import which: models are
// the words, store is what is remembered, programs is what a grant program says, workflow is
// what may happen, api and web are the ways in, jobs is what happens without a click, and app
// wires them together. Start reading in docs/architecture.md.
package earmark

import _ "embed"

// OpenAPI is openapi.yaml, the contract of the HTTP API, as it is served and tested.
//
//go:embed openapi.yaml
var OpenAPI []byte
