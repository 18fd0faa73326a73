package serve

import (
	"net/http"

	"labbook/serve/pages"
)

// Batches implements pages.Batches.
func (b *backend) Batches(r *http.Request, pipeline string) ([]*pages.Batch, bool, error) {
	if b.server.batches.store == nil {
		return nil, false, nil
	}
	found, err := b.server.batches.list(b.caller(r), pipeline)
	if err != nil {
		return nil, true, err
	}
	var all []*pages.Batch
	for _, one := range found {
		p := &pages.Batch{ID: one.ID, Name: one.Name, Caller: one.Caller, Status: string(one.Status), Model: one.Model, Version: one.Version, Created: one.Created, Ended: one.Ended,
			Expires: one.Expires, Before: one.Before, Rows: one.Rows, Share: one.Share, Size: one.File.Size, Detail: one.Detail, Faults: len(one.Errors) + one.More, Record: one.Record,
			Href: "/v1/" + pipeline + "/batches/" + one.ID}
		for _, w := range one.Warnings {
			p.Warnings = append(p.Warnings, w.Message)
		}
		if one.Result != nil {
			for _, form := range one.Result.Forms {
				p.Results = append(p.Results, pages.BatchResult{Form: form.Form, Href: p.Href + "/result." + form.Form})
			}
		}
		all = append(all, p)
	}
	return all, true, nil
}
