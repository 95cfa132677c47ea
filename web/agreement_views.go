package web

import (
	"slices"
	"strings"

	"earmark/models"
	"earmark/workflow"
)

// goalViews put targets, strategies and activities under their goals.
func (r *request) goalViews(c workflow.AgreementContent, standings []workflow.TargetStanding, sight workflow.AgreementSight, schools []models.Organization) []goalView {
	out := make([]goalView, len(c.Goals))
	codes := map[string]string{}
	for _, t := range c.Targets {
		codes[t.ID] = t.Code
	}
	for i, g := range c.Goals {
		out[i].Goal = g
		for _, t := range c.Targets {
			if t.GoalID == g.ID {
				out[i].Targets = append(out[i].Targets, r.targetView(t, standings, sight, schools))
			}
		}
		for _, s := range c.Strategies {
			if s.GoalID == g.ID {
				out[i].Strategies = append(out[i].Strategies, strategyViewOf(s, c.Activities, codes))
			}
		}
	}
	return out
}

func strategyViewOf(s models.Strategy, all []models.Activity, codes map[string]string) strategyView {
	v := strategyView{Strategy: s}
	for _, a := range all {
		if a.StrategyID != s.ID {
			continue
		}
		var serves []string
		for _, id := range a.TargetIDs {
			serves = append(serves, codes[id])
		}
		slices.Sort(serves)
		v.Activities = append(v.Activities, activityView{a, strings.Join(serves, ", ")})
	}
	return v
}

func (r *request) targetView(t models.Target, standings []workflow.TargetStanding, sight workflow.AgreementSight, schools []models.Organization) targetView {
	v := targetView{Target: t}
	if t.SchoolID != nil {
		if i := slices.IndexFunc(schools, func(o models.Organization) bool { return o.ID == *t.SchoolID }); i >= 0 {
			v.School = schools[i].Name
		}
	}
	if i := slices.IndexFunc(standings, func(s workflow.TargetStanding) bool { return s.Target.ID == t.ID }); i >= 0 {
		st := standings[i]
		v.Standing, v.Small = &st, smallWay(st.Line, st.Results)
		v.Word, v.Tone, v.Gap = r.standingWords(st)
		v.Locked = r.s.Today() > t.DueOn
	}
	if i := slices.IndexFunc(sight.Targets, func(s workflow.TargetSight) bool { return s.Code == t.Code }); i >= 0 {
		v.Sight = &sight.Targets[i]
	}
	if !t.RetiredOn.IsZero() {
		v.Word, v.Tone, v.Locked = r.t("Retired"), "plain", true
	}
	return v
}

// standingWords say where a target stands: its word, how it looks, and by how much.
func (r *request) standingWords(s workflow.TargetStanding) (word, tone, gap string) {
	switch s.Status {
	case "met":
		return r.t("Met"), "good", ""
	case "missed":
		if s.MissedBy != nil {
			gap = r.t("by %s", r.amount(*s.MissedBy, s.Target.Unit))
		}
		return r.t("Missed"), "bad", gap
	case "not_reported":
		return r.t("Not reported"), "bad", r.t("due %s", day(r.lang, s.ReportBy))
	}
	if len(s.Missing) > 0 {
		gap = r.t("a result is %d days late", s.DaysMissing)
	}
	if s.Value == nil || s.Ahead == nil {
		return r.t("Not due yet"), "plain", gap
	}
	switch {
	case *s.Ahead > 0:
		return r.t("Ahead of the line"), "good", r.t("by %s", r.amount(*s.Ahead, s.Target.Unit))
	case *s.Ahead < 0:
		return r.t("Behind the line"), "warn", r.t("by %s", r.amount(-*s.Ahead, s.Target.Unit))
	}
	return r.t("On the line"), "good", gap
}

// amount is a value of a target in its unit.
func (r *request) amount(h models.Hundredths, unit string) string { return amountIn(r.lang, h, unit) }

func amountIn(lang string, h models.Hundredths, unit string) string {
	text := h.String()
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	switch unit {
	case "percent":
		return text + " %"
	case "points":
		return say(lang, "%s points", text)
	}
	return text
}

// sightChart shows which targets the approved money serves.
func (r *request) sightChart(s workflow.AgreementSight) *Chart {
	if s.ApprovedCents == 0 {
		return nil
	}
	c := &Chart{ID: "dollars-chart", Title: r.t("Approved dollars by target"), Numeric: 1,
		Means:  r.t("A line that serves several targets is shared equally among them, so the shares add up to everything approved."),
		Heads:  []string{r.t("Target"), r.t("Approved share"), r.t("Spent share"), r.t("Approved in full")},
		Legend: []Key{{"fill-1", r.t("Spent")}, {"fill-2", r.t("Approved, not spent")}}}
	var rows []Bar
	for _, t := range s.Targets {
		if len(t.Lines) == 0 {
			continue
		}
		rows = append(rows, Bar{Label: t.Code, Shown: t.ApprovedShareCents.String(), Segments: []Segment{
			{Value: int64(t.SpentShareCents), Class: "fill-1", Text: t.SpentShareCents.String()},
			{Value: int64(t.ApprovedShareCents - t.SpentShareCents), Class: "fill-2", Text: (t.ApprovedShareCents - t.SpentShareCents).String()}}})
		c.Rows = append(c.Rows, []string{t.Code + " " + t.Measure, t.ApprovedShareCents.String(), t.SpentShareCents.String(), t.ApprovedCents.String()})
	}
	if s.UntargetedCents > 0 {
		label := r.t("No target")
		rows = append(rows, Bar{Label: label, Shown: s.UntargetedCents.String(), Segments: []Segment{
			{Value: int64(s.UntargetedSpentCents), Class: "fill-7", Text: s.UntargetedSpentCents.String()},
			{Value: int64(s.UntargetedCents - s.UntargetedSpentCents), Class: "fill-rest", Text: (s.UntargetedCents - s.UntargetedSpentCents).String()}}})
		c.Rows = append(c.Rows, []string{label, s.UntargetedCents.String(), s.UntargetedSpentCents.String(), s.UntargetedCents.String()})
		c.Legend = append(c.Legend, Key{"fill-7", r.t("Spent without a target")}, Key{"fill-rest", r.t("Approved without a target")})
	}
	c.SVG = bars(c.Title, rows, 0)
	return c
}
