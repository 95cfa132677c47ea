package api

import (
	"earmark/models"
	"earmark/workflow"
)

type progressBody struct {
	Row         string                 `json:"row"`
	Title       string                 `json:"title"`
	Districts   int                    `json:"districts"`
	Units       int                    `json:"units"`
	Count       int                    `json:"count"`
	Denominator int                    `json:"denominator"`
	Percent     *string                `json:"percent"`
	Unknown     []string               `json:"unknown"`
	Basis       string                 `json:"basis"`
	Citation    string                 `json:"citation"`
	Printed     *printedBody           `json:"printed"`
	Mismatches  []progressMismatchBody `json:"mismatches"`
}

type printedBody struct {
	Count       int     `json:"count"`
	Denominator int     `json:"denominator"`
	Percent     *string `json:"percent"`
}

type progressMismatchBody struct {
	Code       string            `json:"code"`
	Says       string            `json:"says"`
	Printed    string            `json:"printed"`
	Computed   string            `json:"computed"`
	Difference models.Hundredths `json:"difference"`
}

func progressRow(_ models.Actor, r workflow.ProgressRow) progressBody {
	body := progressBody{Row: r.Row, Title: r.Title, Districts: r.Districts, Units: r.Units, Count: r.Count, Denominator: r.Denominator, Percent: opt(r.Percent),
		Unknown: append([]string{}, r.Unknown...), Basis: r.Basis, Citation: r.Cite, Mismatches: []progressMismatchBody{}}
	if r.Printed != nil {
		body.Printed = &printedBody{r.Printed.Count, r.Printed.Denominator, opt(r.Printed.Percent)}
	}
	for _, x := range r.Mismatches {
		body.Mismatches = append(body.Mismatches, progressMismatchBody(x))
	}
	return body
}
