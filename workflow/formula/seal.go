package formula

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"unicode/utf8"

	"earmark/models"
)

// Seal sets the receipt's hash: SHA-256 of its JSON without the key hash, with the keys of
// every object in alphabetical order, without blanks, and with only those characters of
// texts escaped that must be. Anybody can make that of the receipt's JSON and compare.
func (r *Receipt) Seal() {
	w := sealer{buffer: make([]byte, 0, 8<<10)}
	w.seal(r)
}

func (w *sealer) seal(r *Receipt) {
	w.buffer = w.buffer[:0]
	w.receipt(r)
	sum := sha256.Sum256(w.buffer)
	r.Hash = hex.EncodeToString(sum[:])
}

// sealer writes that JSON. Keys are in alphabetical order, so a comma stands before every
// key but the first one.
type sealer struct{ buffer []byte }

func (w *sealer) raw(s string) { w.buffer = append(w.buffer, s...) }

func (w *sealer) number(key string, n int64) {
	w.raw(key)
	w.buffer = strconv.AppendInt(w.buffer, n, 10)
}

func (w *sealer) text(key, s string) {
	w.raw(key)
	w.buffer = appendText(w.buffer, s)
}

// some writes a text that is left out when it is empty.
func (w *sealer) some(key, s string) {
	if s != "" {
		w.text(key, s)
	}
}

// appendText writes a JSON string as encoding/json reads it back: bytes that are not text
// become the replacement character.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var x rune
			if x, size = utf8.DecodeRuneInString(s[i:]); x != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		b = append(append(b, s[from:i]...), escaped(c)...)
		i += size
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

func escaped(c byte) string {
	switch c {
	case '"', '\\':
		return "\\" + string(rune(c))
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	case '\b':
		return `\b`
	case '\f':
		return `\f`
	}
	if c >= utf8.RuneSelf {
		return "\uFFFD"
	}
	const digits = "0123456789abcdef"
	return `\u00` + string(digits[c>>4]) + string(digits[c&15])
}

func (w *sealer) receipt(r *Receipt) {
	w.number(`{"amount_cents":`, int64(r.AmountCents))
	w.text(`,"cite":`, r.Cite)
	w.text(`,"exact_cents":`, r.ExactCents)
	if len(r.Facts) > 0 {
		sealList(w, `,"facts":`, r.Facts, (*sealer).fact)
	}
	w.number(`,"fiscal_year":`, int64(r.FiscalYear))
	w.number(`,"floor_cents":`, int64(r.FloorCents))
	w.text(`,"input_hash":`, r.InputHash)
	if r.Limits != nil {
		w.raw(`,"limits":`)
		w.limits(r.Limits)
	}
	w.text(`,"name":`, r.Name)
	w.number(`,"pool_cents":`, int64(r.PoolCents))
	w.text(`,"recipient":`, r.Recipient)
	w.number(`,"recipients_count":`, int64(r.RecipientsCount))
	w.number(`,"remainder_cents":`, int64(r.RemainderCents))
	w.number(`,"set_aside_cents":`, int64(r.SetAsideCents))
	sealList(w, `,"set_asides":`, r.SetAsides, (*sealer).setAside)
	w.number(`,"share_cents":`, int64(r.ShareCents))
	w.number(`,"shared_cents":`, int64(r.SharedCents))
	sealList(w, `,"steps":`, r.Steps, (*sealer).step)
	sealList(w, `,"units":`, r.Units, (*sealer).unit)
	w.text(`,"weighted":`, r.Weighted)
	w.text(`,"weighted_total":`, r.WeightedTotal)
	w.some(`,"why":`, r.Why)
	w.raw("}")
}

func sealList[T any](w *sealer, key string, list []T, each func(*sealer, *T)) {
	w.raw(key)
	if list == nil {
		w.raw("null")
		return
	}
	w.raw("[")
	for i := range list {
		if i > 0 {
			w.raw(",")
		}
		each(w, &list[i])
	}
	w.raw("]")
}

func (w *sealer) limits(l *LimitReceipt) {
	w.raw("{")
	if l.BoundBy != "" {
		w.text(`"bound_by":`, l.BoundBy)
		w.raw(",")
	}
	w.text(`"cents_per_weight":`, l.PerWeight)
	w.number(`,"fixed_cents":`, int64(l.FixedCents))
	w.number(`,"floors_cents":`, int64(l.FloorsCents))
	w.text(`,"free_weighted":`, l.FreeWeighted)
	w.some(`,"lower_by":`, l.LowerBy)
	w.amount(`,"lower_cents":`, l.LowerCents)
	if l.Short {
		w.raw(`,"short":true`)
	}
	w.some(`,"upper_by":`, l.UpperBy)
	w.amount(`,"upper_cents":`, l.UpperCents)
	w.raw("}")
}

func (w *sealer) amount(key string, c *models.Cents) {
	if c != nil {
		w.number(key, int64(*c))
	}
}

func (w *sealer) step(s *StepReceipt) {
	w.raw("{")
	if len(s.Bands) > 0 {
		sealList(w, `"bands":`, s.Bands, (*sealer).band)
		w.raw(",")
	}
	if s.Basis != "" {
		w.text(`"basis":`, s.Basis)
		w.raw(",")
	}
	if s.Cite != "" {
		w.text(`"cite":`, s.Cite)
		w.raw(",")
	}
	w.text(`"code":`, s.Code)
	w.some(`,"fact":`, s.Fact)
	if len(s.Inputs) > 0 {
		sealList(w, `,"inputs":`, s.Inputs, (*sealer).input)
	}
	w.text(`,"result":`, s.Result)
	w.some(`,"rule":`, s.Rule)
	w.text(`,"says":`, s.Says)
	w.text(`,"step":`, s.Kind)
	w.raw("}")
}

func (w *sealer) band(b *Band) {
	w.raw("{")
	for _, end := range [...]struct{ key, text string }{{`"above":`, b.Above}, {`"below":`, b.Below}, {`"from":`, b.From}, {`"up_to":`, b.UpTo}} {
		if end.text != "" {
			w.text(end.key, end.text)
			w.raw(",")
		}
	}
	w.text(`"weight":`, b.Weight)
	w.raw("}")
}

func (w *sealer) input(i *StepInput) {
	w.text(`{"as":`, i.As)
	w.some(`,"name":`, i.Name)
	w.text(`,"value":`, i.Value)
	w.raw("}")
}

func (w *sealer) fact(f *Fact) {
	w.text(`{"name":`, f.Name)
	w.text(`,"source":`, f.Source)
	w.text(`,"type":`, f.Type)
	w.text(`,"value":`, f.Text)
	w.raw("}")
}

func (w *sealer) unit(u *UnitReceipt) {
	w.number(`{"amount_cents":`, int64(u.AmountCents))
	w.text(`,"code":`, u.Code)
	w.raw(`,"eligible":`)
	w.buffer = strconv.AppendBool(w.buffer, u.Eligible)
	sealList(w, `,"inputs":`, u.Inputs, (*sealer).fact)
	w.number(`,"measure":`, u.Measure)
	w.text(`,"name":`, u.Name)
	if len(u.Reasons) > 0 {
		sealList(w, `,"reasons":`, u.Reasons, func(w *sealer, s *string) { w.text("", *s) })
	}
	w.text(`,"weight":`, u.Weight)
	w.text(`,"weighted":`, u.Weighted)
	w.raw("}")
}

func (w *sealer) setAside(s *SetAsideReceipt) {
	w.number(`{"amount_cents":`, int64(s.AmountCents))
	w.text(`,"code":`, s.Code)
	w.text(`,"exact_cents":`, s.ExactCents)
	w.number(`,"floor_cents":`, int64(s.FloorCents))
	if s.Held {
		w.raw(`,"held":true`)
	}
	w.number(`,"recipients":`, int64(s.Recipients))
	w.number(`,"remainder_cents":`, int64(s.RemainderCents))
	w.number(`,"total_cents":`, int64(s.TotalCents))
	w.raw("}")
}
