package demo

import (
	"context"
	"fmt"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// evidence puts small files to documents of some districts: notes of the needs assessment,
// the table behind a result, and the printout of a ledger.
func (w *world) evidence() {
	w.at("2026-04-29", "attach evidence", func(ctx context.Context) error {
		for _, d := range w.districts {
			if said := winters[d.k]; !d.partner || said == "" || said == "missing" {
				continue
			}
			notes := fmt.Sprintf("Data story of %s\n\nEvery figure is synthetic. Families who answer the first call have children who are absent less.\n", d.name)
			if err := w.attach(ctx, d.preparer, "agreement", d.agreement, "data-story.txt", "Data story of the needs assessment", notes); err != nil {
				return err
			}
			found, err := w.s.TargetResults(ctx, d.preparer, workflow.ListTargetResults{TargetID: d.targets["ITB/winter"], Limit: workflow.MaxPage})
			if err != nil {
				return err
			}
			for _, r := range found {
				if r.Superseded {
					continue
				}
				table := "week,called,answered\n2026-01-12,270,130\n2026-01-26,265,131\n2026-02-09,265,123\n"
				if err := w.attach(ctx, d.preparer, "target_result", r.ID, "call-log.csv", "Weekly totals of the call log", table); err != nil {
					return err
				}
			}
		}
		reports, err := w.s.YearEndReports(ctx, w.manager, workflow.ListYearEndReports{GrantYearID: w.finished.id, Limit: workflow.MaxPage})
		if err != nil {
			return err
		}
		for _, r := range reports {
			for _, d := range w.districts {
				if d.id != r.OrganizationID || r.Report != "year_end_report" {
					continue
				}
				table := "account,amount\n110-1110,synthetic\n110-2110,synthetic\n"
				if err := w.attach(ctx, d.preparer, "year_end_report", r.ID, "ledger.csv", "Printout of the general ledger", table); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// attach hands in a file.
func (w *world) attach(ctx context.Context, who models.Actor, kind, id, name, title, text string) error {
	w.clock.tick()
	file, err := w.s.ReceiveFile(who, name, strings.NewReader(text))
	if err != nil {
		return err
	}
	defer file.Discard()
	_, err = w.s.AttachFile(ctx, who, workflow.AttachFile{DocumentKind: kind, DocumentID: id, Title: title, File: file})
	return err
}
