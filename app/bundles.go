package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"earmark/models"
	"earmark/reports"
	"earmark/workflow"
	"earmark/workflow/bundle"
)

// WriteBundle writes the auditor bundle of an organization (code or id) and grant year to
// a file, which appears whole or not at all, and its hash to w.
func (a *App) WriteBundle(ctx context.Context, w io.Writer, organization, grantYear, path string) error {
	who := commandLine("bundle write")
	year, err := a.grantYear(ctx, who, grantYear)
	if err != nil {
		return err
	}
	id, err := a.recipient(ctx, who, organization)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".bundle-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // gone after the rename
	sum := sha256.New()
	err = a.Service.WriteBundle(ctx, who, workflow.BundleOf{OrganizationID: id, GrantYearID: year, Earmark: a.cfg.Version, Award: reports.AwardNotice}, io.MultiWriter(temp, sum))
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s  %s\n", hex.EncodeToString(sum.Sum(nil)), path)
	return nil
}

// recipient finds an organization by its code among those that receive money, or takes an id.
func (a *App) recipient(ctx context.Context, who models.Actor, name string) (string, error) {
	for _, kind := range []models.OrganizationKind{models.KindDistrict, models.KindAgency, models.KindSchool} {
		found, err := a.Service.Organizations(ctx, who, workflow.ListOrganizations{Kind: kind, Search: name})
		if err != nil {
			return "", err
		}
		for _, o := range found {
			if o.Code == name {
				return o.ID, nil
			}
		}
	}
	return name, nil
}

// VerifyBundle writes what is wrong with a bundle, or what it holds.
func VerifyBundle(w io.Writer, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	r := bundle.Verify(file, info.Size())
	for _, says := range r.Wrong {
		fmt.Fprintln(w, says)
	}
	if len(r.Wrong) > 0 {
		return fmt.Errorf("the bundle is not whole: %d findings", len(r.Wrong))
	}
	m := r.Manifest
	fmt.Fprintf(w, "%s (%s), %s, state of %s, for the %s.\n", m.Organization, m.Code, m.GrantYear, m.StateAt, m.Audience)
	fmt.Fprintf(w, "%d files, %d bytes: every hash holds. %d events of %d documents: every chain is whole. %d receipts and all totals follow.\n", r.Files, r.Bytes, r.Events, r.Documents, r.Receipts)
	return nil
}
