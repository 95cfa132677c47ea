package web

import (
	"earmark/models"
	"earmark/workflow"
)

func (w *Web) pagesPayments() []route {
	return []route{
		{"GET", "/payments", w.payments},
		{"GET", "/payments/:id", w.payment},
		{"POST", "/payments/:id/transitions", w.stepPayment},
		{"GET", "/applications/:id/returns", w.newReturn},
		{"POST", "/applications/:id/returns", w.recordReturn},
	}
}

func (w *Web) payments(r *request) error {
	var in workflow.ListPayments
	f, err := r.filters(&in)
	if err != nil {
		return err
	}
	var names called
	l := Listing[models.Payment]{Path: "/payments", Name: "payments", Long: true, Caption: r.t("Payments"), Key: func(d models.Payment) string { return d.ID },
		Empty:   r.t("No payment is expected yet. One is put on the calendar when an application is approved."),
		Filters: []Field{f.Select("status", r.t("State"), r.options("expected", "paid", "cancelled"))},
		Load: func(p workflow.Page) ([]models.Payment, error) {
			in.After, in.Limit = p.After, p.Limit
			rows, err := r.s.Payments(r.ctx(), r.who, in)
			var organizations, applications []string
			for _, d := range rows {
				organizations, applications = append(organizations, d.OrganizationID), append(applications, d.ApplicationID)
			}
			if err == nil {
				names, err = r.called(organizations, nil, applications, nil)
			}
			return rows, err
		},
		Columns: []Column[models.Payment]{
			{Key: "application", Label: r.t("Application"), Cell: func(d models.Payment) Cell {
				return Text(names.applications[d.ApplicationID]).To("/payments/" + d.ID).Noted(names.District(d.OrganizationID))
			}},
			{Key: "kind", Label: r.t("Kind"), Cell: func(d models.Payment) Cell { return Text(r.t(words(d.PaymentKind))) }},
			{Key: "status", Label: r.t("State"), Cell: func(d models.Payment) Cell { return r.Tagged(string(d.Status)) }},
			{Key: "amount", Label: r.t("Awarded"), Unit: models.UnitCents, Cell: func(d models.Payment) Cell { return Number(d.AmountCents) }},
			{Key: "expected_on", Label: r.t("Expected on"), Unit: models.UnitDate, Cell: func(d models.Payment) Cell {
				c := Day(d.ExpectedOn)
				if d.Status == workflow.StatusExpected {
					c.Note = r.late(d.ExpectedOn)
				}
				return c
			}},
			{Key: "paid", Label: r.t("Paid"), Unit: models.UnitCents, Cell: func(d models.Payment) Cell {
				if d.Status != workflow.StatusPaid {
					return Cell{}
				}
				return Number(d.PaidCents)
			}},
			{Key: "paid_on", Label: r.t("Paid on"), Unit: models.UnitDate, Cell: func(d models.Payment) Cell { return Day(d.PaidOn).Noted(d.Reference) }},
		}}
	if r.office() {
		district, err := r.districtFilter(f)
		if err != nil {
			return err
		}
		l.Filters = append(l.Filters, district)
	}
	v, err := listed(r, l)
	v.kept(f, "application_id")
	return r.showList(v, err, Page{Title: r.t("Payments"), Section: "/payments", Lead: r.t("Awards on the payment calendar, what was paid, and what came back.")}, "")
}

// paymentPage is the body of payment.html.
type paymentPage struct {
	models.Payment
	District, Application string
	Record                *Form
	Cancel, Return        bool
	History               []Event
}

func (w *Web) payment(r *request) error { return w.showPayment(r, nil) }

func (w *Web) showPayment(r *request, sent *Form) error {
	d, err := r.s.Payment(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	names, err := r.called([]string{d.OrganizationID}, nil, []string{d.ApplicationID}, nil)
	if err != nil {
		return err
	}
	b := paymentPage{Payment: d, District: names.District(d.OrganizationID), Application: names.applications[d.ApplicationID],
		Return: d.Status == workflow.StatusPaid && r.who.Has(models.RoleFiscalReviewer, models.RoleManager)}
	for _, o := range workflow.Offers(r.who, &d) {
		switch o.Event {
		case "record":
			if b.Record = sent; sent == nil {
				b.Record = r.form("/payments/"+d.ID+"/transitions", d.Version, &workflow.TransitionPayment{PaidOn: r.s.Today(), PaidCents: d.AmountCents})
			}
		case "cancel":
			b.Cancel = true
		}
	}
	if b.History, err = r.history("payment", d.ID); err != nil {
		return err
	}
	p := Page{Title: r.t("Payment of %s", d.AmountCents), Lead: b.District, Section: "/payments", Crumbs: []Link{{Text: r.t("Payments"), Href: "/payments"}}, Body: b}
	if sent != nil {
		p.Problems, p.Status = sent.Problems(), sent.Status()
	}
	return r.show("payment", p)
}

func (w *Web) stepPayment(r *request) error {
	var in workflow.TransitionPayment
	f, ok := r.sent("/payments/"+r.id()+"/transitions", &in)
	in.ID = r.id()
	if ok {
		if d, err := r.s.TransitionPayment(r.ctx(), r.who, in); err == nil {
			if d.Status == workflow.StatusPaid {
				return r.done("/payments/"+d.ID, "Recorded: %s was paid. The district is told.", d.PaidCents)
			}
			return r.done("/payments/"+d.ID, "Cancelled.")
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.showPayment(r, f)
}

// returnPage is the body of return.html.
type returnPage struct {
	Form        *Form
	Application models.Application
	Paid, Spent models.Cents
}

func (w *Web) newReturn(r *request) error {
	return w.askReturn(r, r.form("/applications/"+r.id()+"/returns", 0, &workflow.NewReturn{ReturnedOn: r.s.Today()}))
}

func (w *Web) askReturn(r *request, f *Form) error {
	v, err := r.s.Application(r.ctx(), r.who, r.id())
	if err != nil {
		return err
	}
	return r.show("return", Page{Title: r.t("Record money that came back"), Lead: v.District.Name, Section: "/payments", Problems: f.Problems(), Status: f.Status(),
		Crumbs: []Link{{Text: r.t("Payments"), Href: "/payments?application_id=" + r.id()}, {Text: v.Application.Reference, Href: "/applications/" + r.id()}},
		Body:   returnPage{f, v.Application, v.PaidCents, v.SpentCents}})
}

func (w *Web) recordReturn(r *request) error {
	var in workflow.NewReturn
	f, ok := r.sent("/applications/"+r.id()+"/returns", &in)
	in.ApplicationID = r.id()
	if ok {
		if d, err := r.s.RecordReturn(r.ctx(), r.who, in); err == nil {
			return r.done("/payments/"+d.ID, "Recorded: %s came back.", in.AmountCents)
		} else if err := f.took(err); err != nil {
			return err
		}
	}
	return w.askReturn(r, f)
}
