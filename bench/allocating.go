package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"earmark/app"
	"earmark/models"
	"earmark/programs"
	"earmark/workflow"
)

// As many districts and schools as the United States have.
const nationDistricts, nationSchools = 13_000, 100_000

// nation is a file of facts as `earmark evaluate` reads it.
func nation() ([]byte, error) {
	in := workflow.EvaluateInput{FiscalYear: 2026}
	for i := range nationDistricts {
		in.Organizations = append(in.Organizations, workflow.EvaluateOrganization{Kind: models.KindDistrict, Code: fmt.Sprintf("%05d", i), Name: fmt.Sprintf("Example District %d", i)})
	}
	support := []workflow.FactText{"CSI", "CSI", "ATS", "none"}
	for i := range nationSchools {
		in.Organizations = append(in.Organizations, workflow.EvaluateOrganization{Kind: models.KindSchool, Code: fmt.Sprintf("%06d", i), Name: fmt.Sprintf("Example School %d", i),
			Parent: fmt.Sprintf("%05d", i%nationDistricts), Sources: map[string]string{"*": "generated"}, Facts: map[string]workflow.FactText{
				"identification": support[i%4], "reasons": "bottom_5", "alternative": "false", "virtual": "false",
				"index": workflow.FactText(models.Hundredths(i * 7 % 4000).String()), "pupils": workflow.FactText(fmt.Sprint(100 + i*31%900))}})
	}
	return json.Marshal(in)
}

// allocate compares `earmark evaluate` with reading the same facts and writing the same
// receipts, both with the standard library's JSON and nothing in between.
func allocate(ctx context.Context, b *bench) (series, error) {
	facts, err := nation()
	if err != nil {
		return series{}, err
	}
	set, err := programs.Load(nil)
	if err != nil {
		return series{}, err
	}
	def, _ := set.Program("mi-21h")
	in, err := workflow.DecodeEvaluateInput(bytes.NewReader(facts))
	if err != nil {
		return series{}, err
	}
	out, err := workflow.Evaluate(def, in)
	if err != nil {
		return series{}, err
	}
	if out.Run.AllocatedCents != out.Run.PoolCents || len(out.Run.Allocations) != nationDistricts {
		return series{}, fmt.Errorf("%s of %s went to %d districts", out.Run.AllocatedCents, out.Run.PoolCents, len(out.Run.Allocations))
	}
	return b.alternate(ctx, func() (float64, error) {
		return timed(func() error {
			defer debug.SetGCPercent(debug.SetGCPercent(400)) // as app.Evaluate does
			var read struct {
				FiscalYear    int `json:"fiscal_year"`
				Organizations []struct {
					Kind, Code, Name, Parent string
					Facts, Sources           map[string]string
				} `json:"organizations"`
			}
			if err := json.Unmarshal(facts, &read); err != nil {
				return err
			}
			return json.NewEncoder(io.Discard).Encode(out.Run)
		})
	}, func() (float64, error) {
		return timed(func() error { return app.Evaluate(io.Discard, "mi-21h", bytes.NewReader(facts)) })
	})
}

// timed returns milliseconds.
func timed(do func() error) (float64, error) {
	began := time.Now()
	err := do()
	return float64(time.Since(began).Microseconds()) / 1000, err
}
