package formula

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"slices"
)

// inputHash is the SHA-256 of everything the result depends on, in sorted order. Every
// text goes in with its length, so that no two inputs look alike.
func inputHash(f Formula, in Input, shares []share) string {
	h := hasher{Hash: sha256.New()}
	rules, err := json.Marshal(f)
	if err != nil {
		rules = fmt.Append(nil, f) // cannot happen: a formula is text and numbers
	}
	h.text(string(rules))
	h.number(int64(in.FiscalYear))
	for _, name := range slices.Sorted(maps.Keys(in.Parameters)) {
		h.text(name)
		h.text(in.Parameters[name])
	}
	for _, name := range slices.Sorted(maps.Keys(in.Amounts)) {
		h.text(name)
		h.number(int64(in.Amounts[name]))
	}
	h.number(int64(len(shares)))
	for i := range shares {
		h.text(shares[i].Code)
		h.facts(shares[i].Facts)
		h.number(int64(len(shares[i].Units)))
		for j := range shares[i].Units {
			u := &shares[i].Units[j]
			h.text(u.Code)
			h.facts(u.Facts)
		}
	}
	h.flush()
	return hex.EncodeToString(h.Sum(nil))
}

// hasher gathers small writes: a hash is slow at single words.
type hasher struct {
	hash.Hash
	buffer []byte
}

func (h *hasher) text(s string) {
	h.buffer = binary.AppendUvarint(h.buffer, uint64(len(s)))
	h.buffer = append(h.buffer, s...)
	if len(h.buffer) > 8<<10 {
		h.flush()
	}
}

func (h *hasher) facts(facts []Fact) {
	h.number(int64(len(facts)))
	for i := range facts {
		h.text(facts[i].Name)
		h.text(facts[i].Text)
		h.text(facts[i].Source)
	}
}

func (h *hasher) number(n int64) { h.buffer = binary.AppendVarint(h.buffer, n) }

func (h *hasher) flush() {
	h.Write(h.buffer)
	h.buffer = h.buffer[:0]
}
