package models

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// AuditTime is how an event's instant is written into its hash: UTC, microseconds.
const AuditTime = "2006-01-02T15:04:05.000000Z"

// AuditSeparator stands between the hashed fields; no field may contain it.
const AuditSeparator = "\x1f"

// ComputeHash is the SHA-256 (hex) over the previous event's hash and every field of this
// one, in the order of the struct, joined by AuditSeparator. store/nightly_flags.go writes the
// same concatenation in SQL for events made in bulk; a test holds the two together. An event
// made on behalf of somebody is followed by two more fields: who that is, and the delegation.
func (e *AuditEvent) ComputeHash() string {
	sum := sha256.Sum256([]byte(e.HashedText() + e.RuleVersion + e.BehalfText()))
	return hex.EncodeToString(sum[:])
}

// BehalfText is what is hashed after the version of the rules.
func (e *AuditEvent) BehalfText() string {
	if e.OnBehalfOf == "" && e.DelegationID == "" {
		return ""
	}
	return AuditSeparator + e.OnBehalfOf + AuditSeparator + e.DelegationID
}

// HashedText is what is hashed, up to the version of the rules: a statement that learns of
// that one itself can finish the hash.
func (e *AuditEvent) HashedText() string {
	return strings.Join([]string{
		e.PreviousHash, e.ID, e.At.UTC().Format(AuditTime), e.ActorID, e.ActorName, e.Action,
		e.DocumentKind, e.DocumentID, strconv.FormatInt(e.Sequence, 10), e.Reason, e.Changes, e.RequestID, "",
	}, AuditSeparator)
}
