package determine

// Result is everything that was determined of one organization.
type Result struct {
	Code           string          `json:"code"`
	Determinations []Determination `json:"determinations"`
	Level          *LevelResult    `json:"level,omitempty"` // nil when the definition has no levels of its kind, or no rule of its subtype
}

// Determination is one rule applied to one organization.
type Determination struct {
	Code         string            `json:"code"`
	Title        string            `json:"title"`
	Organization string            `json:"organization"`
	Holds        bool              `json:"holds"`
	Why          string            `json:"why"`
	Met          []string          `json:"met,omitempty"`      // codes of the criteria that are met
	Criteria     []CriterionResult `json:"criteria,omitempty"` // of the organization
	Excluded     []ReasonResult    `json:"excluded,omitempty"`
	Groups       []GroupResult     `json:"groups,omitempty"` // in the year itself, by code
	Years        []YearResult      `json:"years,omitempty"`  // the year itself first
	Cite         string            `json:"cite,omitempty"`
}

// GroupResult is one group in the year itself.
type GroupResult struct {
	Group    string            `json:"group"`
	Title    string            `json:"title"`
	Holds    bool              `json:"holds"`
	Met      []string          `json:"met"`
	Criteria []CriterionResult `json:"criteria"` // those that are met
	Excluded []ReasonResult    `json:"excluded,omitempty"`
}

// CriterionResult is one criterion: met, or not, or left out because it does not apply.
type CriterionResult struct {
	Code    string         `json:"code"`
	Title   string         `json:"title,omitempty"`
	Met     bool           `json:"met"`
	Skipped bool           `json:"skipped"`
	Unknown string         `json:"unknown,omitempty"` // the fact without which it cannot be met
	Says    string         `json:"says,omitempty"`
	Reasons []ReasonResult `json:"reasons,omitempty"` // those that hold
	Facts   []FactShown    `json:"facts,omitempty"`   // those that it rests on, when it is met
	Cite    string         `json:"cite,omitempty"`
}

// ReasonResult is one reason that holds.
type ReasonResult struct {
	Code string `json:"code"`
	Says string `json:"says"`
	Cite string `json:"cite,omitempty"`
}

// FactShown is a fact in words.
type FactShown struct {
	Fact  string `json:"fact"`
	Title string `json:"title"`
	Value string `json:"value"`
}

// YearResult is one year of a rule over several.
type YearResult struct {
	Year      int      `json:"year"`
	Known     bool     `json:"known"` // false: nothing is known, so it does not count as met
	Holds     bool     `json:"holds"`
	GroupsMet []string `json:"groups_met,omitempty"`
	Groups    int      `json:"groups,omitempty"` // how many there are
}

// LevelResult is the level that follows.
type LevelResult struct {
	Level    int    `json:"level"`
	Title    string `json:"title"`
	Because  string `json:"because,omitempty"` // code of the determination that holds
	Provider string `json:"provider,omitempty"`
	Note     string `json:"note,omitempty"`
	Cite     string `json:"cite,omitempty"`
}
