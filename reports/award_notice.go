package reports

import (
	_ "embed"
	"html/template"
	"io"
	"strings"

	"earmark/models"
)

//go:embed award_notice.html
var awardNoticeSource string

//go:embed award_notice.css
var awardNoticeStyle string

var awardNotice = template.Must(template.New("award notice").Parse(awardNoticeSource))

// AwardNoticeCSP is the content security policy under which the notice looks as it should:
// nothing but its own style sheet, named by its hash.
func AwardNoticeCSP() string {
	return styleOnly(awardNoticeStyle)
}

// AwardNotice writes the award notice of an approved revision as one HTML document that
// needs nothing else: it can be saved, mailed and printed.
func AwardNotice(w io.Writer, n models.AwardNotice) error {
	synthetic := strings.Contains(n.District, "synthetic")
	return awardNotice.Execute(w, struct {
		models.AwardNotice
		Style     template.CSS
		Synthetic bool
	}{n, template.CSS(awardNoticeStyle), synthetic}) //nolint:gosec // our own embedded style sheet
}
