package models

// Digest is what one person is told in one mail: data for the templates in mail.
type Digest struct {
	Name      string
	Date      Date
	Link      string // address of this Earmark, "" when it has none
	Count     int    // notices in all
	Left      int    // notices that the mail only counts
	Districts []DigestDistrict
}

// DigestDistrict is what is to be told of one district; Name is "" for the office's own.
type DigestDistrict struct {
	Name  string
	Items []DigestItem
}

// DigestItem is one notice with what the finding behind it says.
type DigestItem struct {
	Event    string
	Heading  string // in words: New, Worse, Resolved …
	Severity string // violation, warning or "" for what is not a flag
	Title    string
	Detail   string
	Why      string
	Page     string // of what it is about, below the address of this Earmark; "" for none
}
