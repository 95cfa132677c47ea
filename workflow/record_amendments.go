package workflow

import (
	"context"

	"earmark/models"
	"earmark/programs"
	"earmark/store"
)

// AmendRecord starts an amendment of a record in force.
type AmendRecord struct {
	ID     string `json:"-"`
	Reason string `json:"reason" validate:"required,max=2000"`
}

// AmendRecord makes a draft with the content of the version in force. That version stays
// until the amendment takes its place. Errors: Conflict "record.not_in_force",
// "record.never_amended", "record.amendment_open"; Forbidden "record.office_writes".
func (s *Service) AmendRecord(ctx context.Context, who models.Actor, in AmendRecord) (RecordView, error) {
	var view RecordView
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		view, err = s.amendRecord(tx, who, in)
		return err
	})
	return view, err
}

// amendRecord is AmendRecord as a part of a larger change.
func (s *Service) amendRecord(tx *store.Tx, who models.Actor, in AmendRecord) (view RecordView, err error) {
	old, err := s.lockRecord(tx, who, WriteRecord, in.ID, 0)
	if err != nil {
		return view, err
	}
	if err := s.check(in); err != nil {
		return view, err
	}
	id, replay, err := once(tx, who, "record amendment "+in.ID, in)
	if err != nil {
		return view, err
	}
	if replay {
		return s.recordView(tx, who, id)
	}
	if err := amendable(old, who); err != nil {
		return view, err
	}
	f := &recordFile{rules: old.rules, record: old.record}
	f.record.Root = models.Root{ID: id}
	f.record.AmendsID, f.record.Status, f.record.Reason = &old.record.ID, StatusDraft, in.Reason
	f.record.Revision, f.record.Submissions = old.record.Revision+1, 0
	f.record.Overrides = "{}" // an exception was for what that version says
	f.record.SubmittedAt, f.record.SubmittedBy, f.record.Late, f.record.EffectiveOn = nil, nil, false, ""
	if last, err := store.All[models.Record](tx, store.Eq{"root_id": f.record.RootID}, "revision"); err != nil {
		return view, err
	} else if n := len(last); n > 0 { // withdrawn amendments have their numbers too
		f.record.Revision = last[n-1].Revision + 1
	}
	if f.content, err = recordContent(f.def, f.record); err != nil {
		return view, err
	}
	f.content.Amends = &old.content
	if _, err := f.refer(tx, f.content.Data); err != nil {
		return view, err
	}
	if err := f.fillFiles(tx); err != nil {
		return view, err
	}
	if err := s.insertRecord(tx, who, f, "amend"); err != nil {
		return view, err
	}
	return s.recordView(tx, who, id)
}

func amendable(old *recordFile, who models.Actor) error {
	k := old.content.Kind
	switch {
	case old.open() != nil:
		return old.open()
	case old.record.Status != StatusInForce:
		return models.Fail(models.Conflict, "record.not_in_force", "%s is %s. Only a record in force is amended.", old.record.Reference, words(string(old.record.Status)))
	case k.AmendedBy() == programs.AmendNone:
		return models.Fail(models.Conflict, "record.never_amended", "A %s is not amended.", k.Title)
	}
	return writes(k, who)
}
