// Package e2e tells what people do with Earmark as stories over HTTP: the wired program of
// package app on a port of its own, a clock that the story sets, a fresh database, mail to a
// server inside the test. Every exchange is held to openapi.yaml. Where a process must die or
// two must race, the real binary is built once and run. Nothing here is imported elsewhere.
package e2e
