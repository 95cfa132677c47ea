package workflow

import (
	"context"

	"earmark/models"
	"earmark/store"
)

// FlagsStanding asks for the findings that still hold, whatever was answered to them.
const FlagsStanding models.State = "standing"

var standingFlags = []models.State{StatusOpen, StatusAcknowledged, StatusWaived}

// ListFlags asks for flags, oldest first. A limit of 0 gives all of them, for exports.
type ListFlags struct {
	GrantYearID    string       `json:"grant_year_id"   validate:"max=64"`
	OrganizationID string       `json:"organization_id" validate:"max=64"`
	ApplicationID  string       `json:"application_id"  validate:"max=64"`
	Rule           string       `json:"rule"            validate:"max=64"`
	Status         models.State `json:"status"          validate:"omitempty,oneof=standing open acknowledged waived resolved"`
	On             models.Date  `json:"on"              validate:"omitempty,civil_date"` // as they stood at the end of this day
	After          string       `json:"after"           validate:"max=64"`
	Limit          int          `json:"limit"           validate:"gte=0,lte=100"`
}

// Flags lists the compliance findings that the actor may see.
func (s *Service) Flags(ctx context.Context, who models.Actor, in ListFlags) ([]models.Flag, error) {
	if err := s.admit(who, ReadDocuments, in); err != nil {
		return nil, err
	}
	if in.On != "" {
		return s.FlagsOn(ctx, who, in, in.On)
	}
	where := eq("grant_year_id", in.GrantYearID, "organization_id", in.OrganizationID,
		"application_id", in.ApplicationID, "rule", in.Rule, "status", string(in.Status))
	if in.Status == FlagsStanding {
		where["status"] = standingFlags
	}
	return store.List[models.Flag](s.db.Read(ctx), scope(who), where, store.Page{After: in.After, Limit: in.Limit})
}

// Flag is one compliance finding.
func (s *Service) Flag(ctx context.Context, who models.Actor, id string) (models.Flag, error) {
	f, err := store.Get[models.Flag](s.db.Read(ctx), id)
	if err != nil {
		return models.Flag{}, err
	}
	if err := allow(who, ReadDocuments, f.OrganizationID); err != nil {
		return models.Flag{}, err
	}
	return f, nil
}

// FlagTransition is a person's answer to a finding: acknowledge it with a reply, or waive
// it until a date with a reason. All other steps are the night's.
type FlagTransition struct {
	ID      string      `json:"-"`
	Version int64       `json:"-"`
	Event   string      `json:"event"   validate:"required,oneof=acknowledge waive"`
	Comment string      `json:"comment" validate:"max=4000"`
	Until   models.Date `json:"until"   validate:"omitempty,civil_date"`
}

var flagActions = map[string]Action{"acknowledge": AcknowledgeFlag, "waive": WaiveFlag}

// TransitionFlag acknowledges or waives. A waiver ends on its date: when the finding then
// still holds, the next night opens it again.
func (s *Service) TransitionFlag(ctx context.Context, who models.Actor, in FlagTransition) (models.Flag, error) {
	var f models.Flag
	if err := s.check(in); err != nil {
		return f, err
	}
	err := s.change(ctx, func(tx *store.Tx) (err error) {
		if f, err = store.Lock[models.Flag](tx, in.ID, 0); err != nil {
			return err
		}
		if err = allow(who, flagActions[in.Event], f.OrganizationID); err != nil {
			return err
		}
		if f, err = store.Lock[models.Flag](tx, in.ID, in.Version); err != nil {
			return err
		}
		before := f
		step, err := take(Flags, f.Status, in.Event, who, f.OrganizationID, in.Comment, none{})
		if err != nil {
			return refuse(err)
		}
		if err = s.waiver(in); err != nil {
			return err
		}
		f.Status, f.Reply, f.ReplyBy = models.State(step.To), in.Comment, &who.UserID
		if in.Event == "waive" {
			f.WaivedUntil = in.Until
		}
		if err = tx.Update(&f, "status", "reply", "reply_by", "waived_until"); err != nil {
			return err
		}
		tx.Audit(&f, event(who, in.Event, in.Comment, before, f))
		if in.Event != "waive" {
			return nil
		}
		return notify(tx, "flag.waived", &f, f.OrganizationID, "Waived until "+string(f.WaivedUntil), f.Detail, s.Today(),
			models.RoleAuthorizedOfficial, models.RolePreparer)
	})
	return f, err
}

func (s *Service) waiver(in FlagTransition) error {
	today := s.Today()
	switch {
	case in.Event != "waive" && in.Until != "":
		return models.Field("/until", "flag.until_without_waiver", "Only a waiver has an end date.", "Leave the date out, or waive the flag.")
	case in.Event != "waive":
		return nil
	case in.Until == "":
		return models.Field("/until", "required", "The end of the waiver is missing.", "Give the last day on which the finding is accepted.")
	case in.Until <= today:
		return models.Field("/until", "flag.waived_into_past", "A waiver ends after today.", "Give a day after "+string(today)+".")
	}
	return nil
}
