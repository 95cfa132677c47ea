package workflow

import (
	"context"

	"earmark/models"
	"earmark/store"
	"earmark/workflow/approval"
)

// notify tells people of something that happened to a document: the district roles of its
// organization, the liaison of that district, all holders of office roles. People whose
// account is disabled hear nothing. Several roles of one person make one notice. It is
// part of the command's transaction; the evening's digest carries it by mail.
func notify(tx *store.Tx, event string, doc models.Document, organizationID, title, detail string, forDate models.Date, roles ...models.Role) error {
	people, err := store.Recipients(tx, tx.Now, organizationID, roles...)
	if err != nil || len(people) == 0 {
		return err
	}
	notices := make([]models.Notice, len(people))
	for i, p := range people {
		notices[i] = models.Notice{ID: tx.NewID(), UserID: p.UserID, Event: event, SubjectKind: doc.Kind(), SubjectID: doc.Base().ID,
			OrganizationID: organizationID, Title: title, Detail: detail, Why: because(p.Role), ForDate: forDate, CreatedAt: tx.Now}
	}
	return tx.Create(&notices)
}

// because says why a person hears of something.
func because(role models.Role) string {
	switch {
	case role == models.RolePAL:
		return "You are the liaison of this district."
	case role.DistrictRole():
		return "You are " + role.Title() + " of this district."
	}
	return "You are " + role.Title() + "."
}

// ListNotices asks for the actor's own notices, newest first.
type ListNotices struct {
	Unread bool   `json:"unread"`
	After  string `json:"after" validate:"max=64"`
	Limit  int    `json:"limit" validate:"gte=0,lte=100"`
}

// Notices lists what the actor should learn. Nobody reads another person's notices.
func (s *Service) Notices(ctx context.Context, who models.Actor, in ListNotices) ([]models.Notice, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	return store.Notices(s.db.Read(ctx), who.UserID, in.Unread, store.Page{After: in.After, Limit: pageSize(in.Limit)})
}

// UnreadCount is how many notices the actor has not read.
func (s *Service) UnreadCount(ctx context.Context, who models.Actor) (int64, error) {
	if err := allow(who, ReadDocuments, ""); err != nil {
		return 0, err
	}
	return store.UnreadNotices(s.db.Read(ctx), who.UserID)
}

// MarkNotices names notices that the actor has read; no identifiers means all.
type MarkNotices struct {
	IDs []string `json:"ids" validate:"max=100,dive,max=64"`
}

// MarkNoticesRead marks the actor's own notices and returns how many were unread. Others'
// notices among the identifiers are passed over. Reading is not audited.
func (s *Service) MarkNoticesRead(ctx context.Context, who models.Actor, in MarkNotices) (n int64, err error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return 0, err
	}
	err = s.change(ctx, func(tx *store.Tx) error {
		n, err = tx.ReadNotices(who.UserID, in.IDs)
		return err
	})
	return n, err
}

// notifyStep tells the people who may decide at a step: holders of its roles and members
// of its body.
func notifyStep(tx *store.Tx, event string, doc models.Document, organizationID, title, detail string, forDate models.Date, step *approval.Step) error {
	if err := notify(tx, event, doc, organizationID, title, detail, forDate, step.Roles...); err != nil || step.Body == "" {
		return err
	}
	members, err := store.Members(tx, organizationID, step.Body)
	if err != nil || len(members) == 0 {
		return err
	}
	notices := make([]models.Notice, len(members))
	for i, id := range members {
		notices[i] = models.Notice{ID: tx.NewID(), UserID: id, Event: event, SubjectKind: doc.Kind(), SubjectID: doc.Base().ID,
			OrganizationID: organizationID, Title: title, Detail: detail, Why: "You are a member of the " + words(step.Body) + ".", ForDate: forDate, CreatedAt: tx.Now}
	}
	return tx.Create(&notices)
}
