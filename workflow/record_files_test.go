package workflow

import (
	"testing"
	"time"

	"earmark/models"
	"earmark/programs"
)

func TestAnExhibitThatNeedsAFileHasOne(t *testing.T) {
	t.Parallel()
	set, err := programs.Load(nil)
	noError(t, err)
	def, _ := set.Program("rtt-state-application")
	shipped, _ := def.Record("mou")
	k := &programs.RecordKind{Code: shipped.Code, Title: "Plan", Exhibits: []programs.Exhibit{{Code: "a", Title: "Exhibit A", NeedsFile: true}}}
	data, _ := k.Read(nil)
	params, err := def.Params(0, nil)
	noError(t, err)
	named, kept := models.RecordFile{Name: "a.pdf"}, models.RecordFile{Name: "a.pdf", AttachmentID: "1"}
	for _, c := range []struct {
		says   string
		mark   models.ExhibitMark
		files  []models.RecordFile
		stored bool
		want   string
	}{
		{"named and known by name", models.ExhibitMark{File: "a.pdf"}, []models.RecordFile{named}, false, ""},
		{"names nothing", models.ExhibitMark{}, []models.RecordFile{named}, false, "record.file_missing"},
		{"names another", models.ExhibitMark{File: "b.pdf"}, []models.RecordFile{named}, false, "record.file_missing"},
		{"kept", models.ExhibitMark{File: "a.pdf", AttachmentID: "1"}, []models.RecordFile{kept}, true, ""},
		{"kept, and only named", models.ExhibitMark{File: "a.pdf"}, []models.RecordFile{kept}, true, "record.file_missing"},
		{"withdrawn", models.ExhibitMark{File: "a.pdf", AttachmentID: "1"}, nil, true, "record.file_missing"},
	} {
		content := RecordContent{Kind: k, Data: data, Exhibits: map[string]models.ExhibitMark{"a": c.mark}, Attachments: c.files, Stored: c.stored}
		got := ""
		for _, f := range StandingOf(def, params, content, time.Now()).Stopping(programs.StopsSubmit) {
			got += f.Code
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.says, got, c.want)
		}
	}
}
