package programs

// Commitments says how money of a line is promised to a payee before it is spent.
type Commitments struct {
	Restricted  bool               `yaml:"restricted"`  // spending on a line needs a contract, and stays within it
	Lines       string             `yaml:"lines"`       // CEL over `line`: the lines that are restricted; all when not given
	PayeeKinds  []string           `yaml:"payee_kinds"` // who may be paid: partner_organization, vendor, employee, public_agency, other
	Portfolio   *Portfolio         `yaml:"portfolio"`
	Approval    Approval           `yaml:"approval"` // all of it before a contract can be signed
	Procurement []ProcurementState `yaml:"procurement"`
	Means       string             `yaml:"means"`
	Basis       string             `yaml:"basis"`
	Cite        string             `yaml:"cite"`
}

// Portfolio is a list of payees that the office has looked at beforehand.
type Portfolio struct {
	Title   string `yaml:"title"`
	Outside string `yaml:"outside"` // a payee outside it: warning, refused
	Says    string `yaml:"says"`
	Basis   string `yaml:"basis"`
	Cite    string `yaml:"cite"`
}

// ProcurementState is a step of the office's purchasing between approval and contract.
type ProcurementState struct {
	Code  string `yaml:"code"`
	Title string `yaml:"title"`
	Means string `yaml:"means"`
}

// RestrictedLine reports whether spending on a line needs a contracted commitment.
func (d *Definition) RestrictedLine(line LineView, params Params) (bool, error) {
	c := d.Commitments
	if c == nil || !c.Restricted || d.cel.restricted == nil {
		return c != nil && c.Restricted, nil
	}
	return holds(d.cel.restricted, &vars{name: typeLine, value: &line, params: &params})
}
