package models

import "time"

// Root is what every aggregate root has: identity, version and times. A change to any
// child changes the root's version, so two people cannot undermine each other's totals.
type Root struct {
	ID        string    // UUIDv7 text
	Version   int64     // 1 at creation, +1 with every change
	CreatedAt time.Time `gorm:"autoCreateTime:false"`
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
}

// Base returns the root itself; store uses it to lock and count versions.
func (r *Root) Base() *Root { return r }

// Document is an aggregate root: audited, versioned, changed only inside store.Change.
type Document interface {
	Base() *Root
	Kind() string // snake_case noun, as in URLs and the audit trail
}

// State of a document; the state tables are in workflow/tables.go.
type State string
