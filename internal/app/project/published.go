package project

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/internal/store/registry"
	"labbook/runner/bucket"
	"labbook/runner/cache"
	"labbook/serve"
)

// A history that several machines have is of use where they have the models, too: what
// is registered on one lies in the cache of farm.yaml that stands beside the database, and
// is brought from there by whoever needs it.

// Home gives the place of farm.yaml at which the project has its history and a cache; ""
// where there is none. Runs share their results there without being told.
func (p *Project) Home() (string, error) {
	places, err := placesOf(p.Root)
	if err != nil {
		return "", &Wrong{err}
	}
	for name, f := range places {
		if f.Database != "" && f.Cache != "" {
			return name, nil
		}
	}
	return "", nil
}

// home gives the bucket of Home, or nil.
func (p *Project) home() (*bucket.Bucket, error) {
	if !p.Ledger.Shared() || p.alone {
		return nil, nil
	}
	name, err := p.Home()
	if err != nil || name == "" {
		return nil, err
	}
	return p.Bucket(name)
}

// Publish sends what the registry needs and this machine has to the cache at Home: what
// versions answer and are judged by, and what was left for services.
func (p *Project) Publish(ctx context.Context) error {
	b, err := p.home()
	if err != nil || b == nil {
		return err
	}
	trees, err := p.Registry().Pinned(ctx)
	if err != nil {
		return err
	}
	return b.Publish(ctx, p.Cache, trees)
}

// Unpublish has the cache at Home no longer spare versions that are retired.
func (p *Project) Unpublish(ctx context.Context, b *bucket.Bucket) error {
	if !p.Ledger.Shared() {
		return nil
	}
	pinned, err := p.Registry().Pinned(ctx)
	if err != nil {
		return err
	}
	versions, err := p.Ledger.Versions(ctx, "")
	if err != nil {
		return err
	}
	gone := map[string]bool{}
	for _, v := range versions {
		if !v.Retired.IsZero() {
			gone[v.Artifact], gone[v.Answering()] = true, true
		}
	}
	for _, digest := range pinned {
		delete(gone, digest)
	}
	trees := make([]string, 0, len(gone))
	for digest := range gone {
		trees = append(trees, digest)
	}
	return b.Drop(ctx, trees)
}

// publishing is a ledger that sends what a version is made of before others can know of
// it. Where that fails, the end of the run tries again, and tells.
type publishing struct {
	*ledger.DB
	project *Project
}

func (l publishing) PutVersion(v *record.Version, move *record.Move) (bool, error) {
	if b, err := l.project.home(); err == nil && b != nil {
		b.Publish(context.Background(), l.project.Cache, []string{v.Artifact, v.Answering()})
	}
	return l.DB.PutVersion(v, move)
}

// bringResult brings the result of a key that another machine made, where the cache at Home
// has it. What cannot be had is not here, as before.
func (p *Project) bringResult(ctx context.Context, key string) {
	if _, err := p.Cache.Get(key); err == nil || key == "" || !p.Ledger.Shared() || p.alone {
		return
	}
	name, err := p.Home()
	if err != nil || name == "" {
		return
	}
	at, err := p.cacheOf(name)
	if err != nil {
		return
	}
	lease, err := p.Cache.Lease(ctx, fmt.Sprintf("bring-%d", os.Getpid()))
	if err != nil {
		return
	}
	defer lease.Close()
	store := bucket.Open(ctx, at, p.Cache, bucket.Options{Lease: lease, Tell: func(string, notebook.Finding) {}})
	if r, err := store.Get(key); err == nil {
		store.Fetch(ctx, r)
	}
}

// publishPage sends the page of a run to the cache at Home. It is one more copy of what is
// here: where it cannot be sent, others show the run without it.
func (p *Project) publishPage(ctx context.Context, run string, page []byte) error {
	b, err := p.home()
	if err != nil || b == nil {
		return err
	}
	return b.PutPage(ctx, run, page)
}

// SharedBatches gives where batches of predictions lie that the servers of several machines
// have; nil where the history is of this machine.
func (p *Project) SharedBatches() (*serve.SharedBatches, error) {
	if !p.Ledger.Shared() {
		return nil, nil
	}
	b, err := p.home()
	if err != nil {
		return nil, err
	}
	shared := &serve.SharedBatches{Rows: p.Ledger}
	if b != nil {
		shared.Files = b
	}
	return shared, nil
}

// page gives the page of a run, from here or from the cache at Home; nil where there is none.
func (p *Project) page(ctx context.Context, run string) ([]byte, error) {
	file := ownReport(run)
	if !filepath.IsLocal(file) {
		return nil, nil
	}
	page, err := os.ReadFile(filepath.Join(p.Root, file))
	if !errors.Is(err, fs.ErrNotExist) {
		return page, err
	}
	b, err := p.home()
	if err != nil || b == nil {
		return nil, err
	}
	return b.Page(ctx, run)
}

// latestPage gives the page of the run of a pipeline that ended last, of whichever machine.
func (p *Project) latestPage(ctx context.Context, pipeline string) ([]byte, error) {
	runs, err := p.Ledger.Runs(ctx, record.Filter{Pipeline: pipeline, Limit: 20})
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if r.Status == record.Running {
			continue
		}
		if page, err := p.page(ctx, cmp.Or(r.SameAs, r.ID)); err != nil || page != nil {
			return page, err
		}
	}
	return nil, nil
}

// published is what results are shared by at Home: at the end of a run what the registry
// needs is sent, too.
type published struct {
	*bucket.Store
	project *Project
	tell    func(key string, f notebook.Finding)
}

func (s published) Flush(ctx context.Context) {
	if err := s.project.Publish(ctx); err != nil && ctx.Err() == nil {
		s.tell("", notebook.Finding{Level: notebook.Warning, Text: "models are on this machine only, and the next run sends them: " + err.Error()})
	}
	s.Store.Flush(ctx)
}

// bring brings a tree that is not here from the cache at Home. An error that is ErrLost
// says that nobody has it.
func (p *Project) bring(digest string) error {
	b, err := p.home()
	if err != nil {
		return err
	}
	if b == nil {
		return &diag.Error{What: "it is on the machine that made it", Hint: "share a cache beside the database, and run there again: cache: s3://BUCKET in farm.yaml", Err: registry.ErrLost}
	}
	here := p.Cache
	if p.looks { // to look makes no history, but what is looked at has to be here
		if here, err = cache.Open(p.Cache.Dir()); err != nil {
			return err
		}
	}
	ctx := context.Background()
	lease, err := here.Lease(ctx, fmt.Sprintf("bring-%d", os.Getpid()))
	if err != nil {
		return err
	}
	defer lease.Close()
	if err := b.Bring(ctx, here, lease, digest); err != nil {
		if errors.Is(err, bucket.ErrLost) {
			return fmt.Errorf("%w: %w", registry.ErrLost, err)
		}
		return err
	}
	return nil
}
