// Package auth knows who is asking: passwords, sessions and API tokens become a
// models.Actor with its roles. What that actor may do is decided in workflow, and what
// people and tokens exist is changed there too; auth writes only what signing in leaves
// behind (sessions, counts of failures, their audit events).
//
// Only middleware.go knows HTTP.
package auth
