package web

// fieldsBody is the page of a form that is nothing but its fields.
type fieldsBody struct {
	Form    *Form
	Intro   []string
	Reasons []Link // why the form is filled in as it is
	Hidden  []Link // Text is the name, Href the value
	Fields  []Field
	Button  string
	Cancel  string // address of the way back
	Steps   []Confirm
	Upload  bool
	Get     bool // leads on and changes nothing
}

// ask shows a form, with what is wrong with it.
func (r *request) ask(p Page, b fieldsBody) error {
	p.Problems, p.Status, p.Body = b.Form.Problems(), b.Form.Status(), b
	return r.show("fields", p)
}
