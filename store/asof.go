package store

import (
	"reflect"
	"time"

	"earmark/models"
)

// TrailsBefore are the events of documents of a kind that were written before an instant,
// oldest first, by document.
func TrailsBefore(r Reading, kind string, ids []string, before time.Time) (map[string][]models.AuditEvent, error) {
	out := make(map[string][]models.AuditEvent, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var rows []models.AuditEvent
	err := r.reader().g.Where("document_kind = ? AND document_id IN ? AND at < ?", kind, ids, before).Order("document_id, sequence").Find(&rows).Error
	for _, e := range rows {
		out[e.DocumentID] = append(out[e.DocumentID], e)
	}
	return out, translate(err)
}

// DocumentKinds are all kinds of document.
func DocumentKinds() []models.Document { return documentKinds }

// EachDocument calls fn with every stored document of a kind and its whole trail.
func EachDocument(r Reading, kind models.Document, fn func(models.Document, []models.AuditEvent) error) error {
	rows := reflect.New(reflect.SliceOf(reflect.TypeOf(kind).Elem()))
	if err := r.reader().g.Order("id").Find(rows.Interface()).Error; err != nil {
		return translate(err)
	}
	for i := range rows.Elem().Len() {
		doc := rows.Elem().Index(i).Addr().Interface().(models.Document)
		trail, err := AuditTrail(r, doc.Kind(), doc.Base().ID)
		if err != nil {
			return err
		}
		if err := fn(doc, trail); err != nil {
			return err
		}
	}
	return nil
}

// PostedBefore sums what was posted on an application before an instant.
func PostedBefore(r Reading, applicationID string, before time.Time) (models.Cents, error) {
	var cents models.Cents
	err := r.reader().g.Raw(`SELECT COALESCE(SUM(amount_cents), 0) FROM expenditures WHERE application_id = ? AND created_at < ?`, applicationID, before).Row().Scan(&cents)
	return cents, translate(err)
}

// PostedByLineBefore sums what was posted on an application before an instant, by line item.
func PostedByLineBefore(r Reading, applicationID string, before time.Time) (map[string]models.Cents, error) {
	var rows []struct {
		LineItemID  string
		AmountCents models.Cents
	}
	err := r.reader().g.Raw(`SELECT line_item_id, SUM(amount_cents) AS amount_cents FROM expenditures WHERE application_id = ? AND created_at < ? GROUP BY line_item_id`,
		applicationID, before).Scan(&rows).Error
	out := make(map[string]models.Cents, len(rows))
	for _, x := range rows {
		out[x.LineItemID] = x.AmountCents
	}
	return out, translate(err)
}
