package demo

import (
	"context"
	"strconv"

	"earmark/models"
	"earmark/workflow"
)

// firstSpring brings in what was known of the schools of Cohort Four in the spring before
// their agreements, so that the 36 months can be counted: about three of four went up since.
func (w *world) firstSpring() {
	w.at("2024-08-13", "import facts of the spring before Cohort Four", func(ctx context.Context) error {
		var rows [][]string
		for _, d := range w.districts {
			if !d.four {
				continue
			}
			for i, s := range d.schools {
				if !s.before.counts() {
					continue
				}
				graduation := ""
				if s.level == high {
					graduation = less(s.now.graduation, (d.n+i)%3, 210).String()
				}
				rows = append(rows, []string{s.code, "2022", "CSI", "bottom_5", "false", "false", less(s.before.index, (d.n+i)%7, 160).String(),
					strconv.Itoa(s.before.pupils + 12), graduation, less(s.before.math, (d.n+i)%4, 90).String(), less(s.before.ela, (d.n+2*i)%5, 140).String()})
			}
		}
		_, err := w.s.ImportFacts(ctx, w.analyst, workflow.FactFile{ProgramCode: ProgramCode, Source: source, FileName: "demo-facts-2022.csv", Content: sheet(
			[]string{"code", "year", "identification", "reasons", "alternative", "virtual", "index", "pupils", "graduation_rate", "math_proficiency", "ela_proficiency"}, rows)})
		return err
	})
}

// less is a lower value of three years before, or for one in so many a higher one.
func less(now models.Hundredths, turn int, by models.Hundredths) models.Hundredths {
	if turn == 0 {
		return now + 2*by
	}
	return max(0, now-by)
}
