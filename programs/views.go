package programs

// LineView is a line item as the checks of a definition see it: `line` in CEL, each field
// under its JSON name. Decimals are whole hundredths (1.5 FTE is 150), dates are text.
type LineView struct {
	Number                 int64      `json:"number"`
	UseCategory            string     `json:"use_category"`
	FunctionCode           string     `json:"function_code"`
	CostKind               string     `json:"cost_kind"`
	Description            string     `json:"description"`
	AmountCents            int64      `json:"amount_cents"`
	Costs                  []CostView `json:"costs"`
	FTE                    int64      `json:"fte"`
	StaffCount             int64      `json:"staff_count"`
	Hours                  int64      `json:"hours"`
	RateCents              int64      `json:"rate_cents"`
	Quantity               int64      `json:"quantity"`
	UnitCostCents          int64      `json:"unit_cost_cents"`
	Topic                  string     `json:"topic"`
	Days                   int64      `json:"days"`
	Grades                 string     `json:"grades"`
	Metric                 string     `json:"metric"`
	DataSource             string     `json:"data_source"`
	ImpactStatement        string     `json:"impact_statement"`
	ResourcesStatement     string     `json:"resources_statement"`
	PriorFunding           string     `json:"prior_funding"`
	PlanStrategy           string     `json:"plan_strategy"`
	PlanActivity           string     `json:"plan_activity"`
	StartsOn               string     `json:"starts_on"`
	EndsOn                 string     `json:"ends_on"`
	PriorApproval          bool       `json:"prior_approval"`
	HasSchool              bool       `json:"has_school"`
	SchoolIsPartnership    bool       `json:"school_is_partnership"`
	Targets                int64      `json:"targets"` // linked ITBs and ETOs
	Goals                  int64      `json:"goals"`   // linked goals without a target
	UseKnown               bool       `json:"use_known"`
	FunctionKnown          bool       `json:"function_known"`
	ObjectsKnown           bool       `json:"objects_known"`
	PairsAllowed           bool       `json:"pairs_allowed"`
	FunctionRequiresSchool bool       `json:"function_requires_school"`
}

// CostView is the part of a line under one object code.
type CostView struct {
	ObjectCode  string `json:"object_code"`
	AmountCents int64  `json:"amount_cents"`
}

// GateView is what must hold before an application can be submitted: `gate` in CEL.
type GateView struct {
	Office                string `json:"office"`
	LowPerformingSchools  int64  `json:"low_performing_schools"`
	AgreementSigned       bool   `json:"agreement_signed"`
	NeedsApproved         bool   `json:"needs_approved"`
	NeedsDays             int64  `json:"needs_days"`   // from assignment to approval
	FundedYears           int64  `json:"funded_years"` // before this one
	PriorYearRateKnown    bool   `json:"prior_year_rate_known"`
	PriorYearBelowMinimum bool   `json:"prior_year_below_minimum"`
}
