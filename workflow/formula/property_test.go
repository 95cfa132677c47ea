package formula

import (
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"earmark/models"
)

// thousands checks a property on thirty random programs for each check of rapid, which does
// a hundred unless told otherwise.
func thousands(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		for range 30 {
			property(t)
		}
	})
}

// Thousands of random programs: every step, floors and caps that meet, pools that are too
// small or not used up. The engine must say what the slow reckoning says, to the cent.
func TestTheEngineAgreesWithTheSlowReckoning(t *testing.T) {
	t.Parallel()
	thousands(t, func(t *rapid.T) {
		p := someProgram(t)
		want, refused := reckon(p.f, p.in)
		got, err := Run(p.f, p.in)
		if (err != nil) != errors.Is(refused, errRefused) {
			t.Fatalf("the engine: %v; the reckoning: %v", err, refused)
		}
		if err != nil {
			return
		}
		sum := models.Cents(0)
		for _, a := range got.Allocations {
			if a.AmountCents != want.amount[a.Code] {
				t.Fatalf("%s gets %d, and should get %d", a.Code, a.AmountCents, want.amount[a.Code])
			}
			sum += a.AmountCents
		}
		if cents(got.PoolCents).Cmp(want.pool) != 0 || cents(got.HeldCents).Cmp(want.held) != 0 || sum+got.HeldCents+got.UndistributedCents != got.PoolCents {
			t.Fatalf("pool %d, held %d, allocated %d, left %d", got.PoolCents, got.HeldCents, sum, got.UndistributedCents)
		}
		if (got.UndistributedCents > 0) != (got.UndistributedWhy != "") && len(got.Allocations) > 0 {
			t.Fatalf("%d is left, and why is %q", got.UndistributedCents, got.UndistributedWhy)
		}
	})
}

func TestReceiptsOfRandomProgramsVerify(t *testing.T) {
	t.Parallel()
	thousands(t, func(t *rapid.T) {
		p := someProgram(t)
		out, err := Run(p.f, p.in)
		if err != nil || len(out.Allocations) == 0 {
			return
		}
		text, err := json.Marshal(map[string]any{"run": out})
		if err != nil {
			t.Fatal(err)
		}
		if n, wrong, err := VerifyFile(text); err != nil || wrong != nil || n != len(out.Allocations) {
			t.Fatal(n, wrong, err)
		}
	})
}

func TestTheOrderOfRandomProgramsDoesNotMatter(t *testing.T) {
	t.Parallel()
	thousands(t, func(t *rapid.T) {
		p := someProgram(t)
		want, err := Run(p.f, p.in)
		mixed := p.in
		mixed.Recipients = rapid.Permutation(p.in.Recipients).Draw(t, "recipients")
		for i := range mixed.Recipients {
			mixed.Recipients[i].Units = rapid.Permutation(mixed.Recipients[i].Units).Draw(t, "units")
			mixed.Recipients[i].Facts = rapid.Permutation(mixed.Recipients[i].Facts).Draw(t, "facts")
		}
		got, err2 := Run(p.f, mixed)
		if (err == nil) != (err2 == nil) {
			t.Fatal(err, err2)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

// Twice the money, with limits and rates twice as high, is exactly twice the share.
func TestTwiceTheMoneyIsTwiceTheExactShare(t *testing.T) {
	t.Parallel()
	thousands(t, func(t *rapid.T) {
		p := someProgram(t)
		p.f.PoolPercent = "" // parts are rounded, and so not exactly twice
		for i := range p.f.Steps {
			if s := &p.f.Steps[i]; s.Percent != "" || s.LastYear != "" {
				p.in.Amounts["instead"] = 100
				if *s = (Step{Kind: s.Kind, Code: s.Code, Says: s.Says, Amount: "instead"}); s.Kind == StepHoldHarmless {
					s.Kind = StepCap
				}
				if s.Kind == StepSetAside {
					s.Share = ShareEqual
				}
			}
			if p.f.Steps[i].Kind == StepRound {
				p.f.Steps[i].To = RoundToCents
			}
		}
		p.in.Conditions = looks{p.f.Steps}
		once, err := Run(p.f, p.in)
		if err != nil {
			return
		}
		for name := range p.in.Amounts {
			p.in.Amounts[name] *= 2
		}
		twice, err := Run(p.f, p.in)
		if err != nil {
			t.Fatal(err)
		}
		for i := range once.Allocations {
			a, _ := number("exact", once.Allocations[i].Receipt.ExactCents)
			b, _ := number("exact", twice.Allocations[i].Receipt.ExactCents)
			if b.Cmp(new(big.Rat).Add(a, a)) != 0 {
				t.Fatalf("%s of once, %s of twice the money", a.RatString(), b.RatString())
			}
		}
	})
}

// A lower index is more need: whatever the floors and caps, it must never cost anybody.
func TestMoreNeedNeverLowersALimitedShare(t *testing.T) {
	t.Parallel()
	thousands(t, func(t *rapid.T) {
		p := someProgram(t)
		steps := p.f.Steps[:0:0]
		for _, s := range p.f.Steps {
			if s.Kind == StepEligible || s.Kind == StepWeight || s.Kind == StepSetAside {
				continue // whoever comes in changes what others get first
			}
			if s.Kind == StepProrate || s.Kind == StepRate || s.Kind == StepFlat {
				steps = append(steps, Step{Kind: StepWeight, Code: "need", Says: "Need.", Fact: "index", Bands: finer})
			}
			steps = append(steps, s)
		}
		p.f.Steps, p.in.Conditions = steps, looks{steps}
		var at []int
		for i, r := range p.in.Recipients {
			if len(r.Units) > 0 {
				at = append(at, i)
			}
		}
		if at == nil {
			return
		}
		i := rapid.SampledFrom(at).Draw(t, "recipient")
		before, err := Run(p.f, p.in)
		if err != nil {
			return
		}
		facts := p.in.Recipients[i].Units[0].Facts
		for k := range facts {
			if facts[k].Name == "index" {
				lower := rapid.Int64Range(0, facts[k].Number).Draw(t, "lower")
				facts[k] = fact("index", "decimal", models.Hundredths(lower).String(), lower)
			}
		}
		after, err := Run(p.f, p.in)
		if err != nil { // more need may be what the pool refuses
			return
		}
		if after.Allocations[i].AmountCents < before.Allocations[i].AmountCents {
			t.Fatalf("%d fell to %d", before.Allocations[i].AmountCents, after.Allocations[i].AmountCents)
		}
	})
}

// finer are bands over the small indexes of random programs.
var finer = []Band{{Below: "0.10", Weight: "2.125"}, {From: "0.10", Below: "0.30", Weight: "1.5"}, {From: "0.30", UpTo: "0.45", Weight: "1"}, {Above: "0.45", Weight: "0"}}

// Random programs are only worth something when they reach every corner.
func TestRandomProgramsReachEveryCorner(t *testing.T) {
	t.Parallel()
	corners := map[string]int{}
	thousands(t, func(t *rapid.T) {
		p := someProgram(t)
		out, err := Run(p.f, p.in)
		if err != nil {
			corners["refused"]++
			return
		}
		corners[out.UndistributedWhy]++
		for _, a := range out.Allocations {
			l := a.Receipt.Limits
			switch {
			case l == nil:
				corners["no limits"]++
			case l.Short:
				corners["floors do not fit"]++
			case l.BoundBy == "":
				corners["free"]++
			default:
				corners["bound by "+l.BoundBy[:3]]++
			}
			if a.Receipt.RemainderCents > 0 {
				corners["remainder"]++
			}
		}
	})
	for _, name := range []string{"refused", "no limits", "floors do not fit", "free", "bound by flo", "bound by cap", "bound by hol", "remainder",
		"The rate needs less than the pool.", "Every recipient is at the most it may get.", "Whole dollars are shared; these cents are left.", "No unit that counts has a weight."} {
		if corners[name] == 0 {
			t.Errorf("no random program reaches %q: %v", name, corners)
		}
	}
}
