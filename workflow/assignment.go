package workflow

// Assignment says which office supports a district and why (programs.Assignment).
type Assignment struct {
	Code             string          `json:"code"`
	Name             string          `json:"name"`
	Counts           map[string]int  `json:"counts"` // schools by identification
	CSICount         int             `json:"csi_count"`
	AdjustedCSICount int             `json:"adjusted_csi_count"`
	Removed          []RemovedSchool `json:"removed"`
	Office           string          `json:"office"` // "" when no school is counted at all
	Why              string          `json:"why"`
	Cite             string          `json:"cite"`
}

// RemovedSchool was counted and then taken off, with every reason. It keeps its
// identification: the rule decides only which office supports the district.
type RemovedSchool struct {
	Code    string          `json:"code"`
	Name    string          `json:"name"`
	Reasons []RemovalReason `json:"reasons"`
}

// RemovalReason is one reason, by the code of the definition.
type RemovalReason struct {
	Code string `json:"code"`
	Says string `json:"says"`
}
