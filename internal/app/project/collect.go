package project

import (
	"context"

	"labbook/runner/cache"
)

// Collected is what garbage collection did.
type Collected struct {
	cache.Report
	Pictures int `json:"pictures"` // deleted from the runs' own folders
}

// Collect frees what is not needed: results of the cache beyond the bound, as
// cache.GC says, and the pictures that runs keep for the day on which they stand
// again. What is registered and what lies in reports/ stays.
func (p *Project) Collect(ctx context.Context, o cache.Options) (Collected, error) {
	var done Collected
	o.Pinned = func() ([]string, error) { return p.Registry().Pinned(ctx) }
	o.Beside = func() (err error) { done.Pictures, err = p.dropPictures(o.DryRun); return err }
	var err error
	done.Report, err = p.Cache.GC(ctx, o)
	if done.Pictures > 0 && !o.DryRun {
		p.Cache.DropSnapshots() // a run that one proves unchanged draws nothing
	}
	return done, err
}
