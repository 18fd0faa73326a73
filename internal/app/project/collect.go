package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"labbook/internal/data/record"
	"labbook/internal/store/databases"
	"labbook/internal/store/ledger"
	"labbook/internal/store/registry"
	"labbook/runner/cache"
)

// Retention says what of the past is kept besides the cache's bound.
type Retention struct {
	// Versions is how many versions of each model stay besides those that an alias
	// stands at and the one that a rollback leads to; 0: all.
	Versions int
	// Pages is how long pages of runs stay; 0: for ever. Those of each pipeline's
	// latest run, and of runs that made a version which stays, do.
	Pages time.Duration
	// Logs is how long logs of stages stay, whatever the cache's bound; 0: as long
	// as the results that they lie beside. Those of stages that failed in a
	// pipeline's latest run do stay.
	Logs time.Duration
}

// Collected is what garbage collection did.
type Collected struct {
	cache.Report
	Pictures  int      `json:"pictures"`   // deleted from the runs' own folders
	Pages     int      `json:"pages"`      // likewise
	PageBytes int64    `json:"page_bytes"` // of them
	Logs      int      `json:"logs"`       // of stages, deleted from the cache
	LogBytes  int64    `json:"log_bytes"`  // of them
	Retired   []string `json:"retired"`    // versions, as diamonds@3
}

// Collect frees what is not needed: results of the cache beyond the bound, as
// cache.GC says, the pictures that runs keep for the day on which they stand again,
// and what the retention says. What is registered and not retired, and what lies in
// reports/, stays.
func (p *Project) Collect(ctx context.Context, o cache.Options, keep Retention) (Collected, error) {
	done := Collected{Retired: []string{}}
	var retired []*record.Version
	if keep.Logs > 0 {
		o.Logs = time.Now().Add(-keep.Logs)
	}
	logs := map[string]bool{} // there are
	o.Pinned = func() (pinned []string, err error) {
		if retired, err = p.retire(ctx, keep, o.DryRun); err != nil {
			return nil, err
		}
		all, err := p.Ledger.Logs(ctx, time.Unix(0, 0))
		if err != nil {
			return nil, err
		}
		for _, digest := range all {
			logs[digest] = true
		}
		pinned, err = p.pinned(ctx, retired)
		if err != nil || o.Logs.IsZero() {
			return pinned, err
		}
		young, err := p.Ledger.Logs(ctx, o.Logs)
		return append(pinned, young...), err
	}
	o.Gone = func(digest string, size int64) {
		if logs[digest] {
			done.Logs++
			done.LogBytes += size
		}
	}
	o.Beside = func() (err error) {
		if done.Pictures, err = p.dropPictures(o.DryRun); err != nil {
			return err
		}
		done.Pages, done.PageBytes, err = p.dropPages(ctx, keep, retired, o.DryRun)
		return err
	}
	var err error
	done.Report, err = p.Cache.GC(ctx, o)
	for _, v := range retired {
		done.Retired = append(done.Retired, registry.Name(v))
	}
	if done.Pictures > 0 && !o.DryRun {
		p.Cache.DropSnapshots() // a run that one proves unchanged draws nothing
	}
	return done, err
}

// retire retires what the retention does not keep, or only finds it.
func (p *Project) retire(ctx context.Context, keep Retention, only bool) ([]*record.Version, error) {
	if keep.Versions == 0 {
		return nil, nil
	}
	found, err := p.Registry().Superseded(ctx, keep.Versions)
	if err != nil || only || len(found) == 0 {
		return found, err
	}
	return found, p.Registry().Retire(found)
}

// pinned gives what garbage collection must spare: of this project without those
// versions, and of the others that share its cache.
func (p *Project) pinned(ctx context.Context, without []*record.Version) ([]string, error) {
	digests, err := p.Registry().Pinned(ctx)
	if err != nil {
		return nil, err
	}
	gone := map[string]bool{}
	for _, v := range without { // of a dry run they are not retired
		gone[v.Artifact], gone[v.Answering()] = true, true
	}
	digests = slices.DeleteFunc(digests, func(d string) bool { return gone[d] })
	failures, err := p.Ledger.Logs(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	digests = append(digests, failures...)
	sharers, err := p.sharers()
	if err != nil {
		return nil, err
	}
	for _, path := range sharers {
		db, err := ledger.Open(path, ledger.Options{ReadOnly: true})
		if err != nil {
			return nil, err // better too full than without a model
		}
		others, err := registry.New(db, nil).Pinned(ctx)
		db.Close()
		if err != nil {
			return nil, err
		}
		digests = append(digests, others...)
	}
	return digests, nil
}

// dropPages removes pages of runs that the retention does not keep, or only counts
// them. Call it while no run is live.
func (p *Project) dropPages(ctx context.Context, keep Retention, retired []*record.Version, only bool) (pages int, bytes int64, err error) {
	if keep.Pages == 0 {
		return 0, 0, nil
	}
	runs, err := p.Ledger.Runs(ctx, record.Filter{})
	if err != nil {
		return 0, 0, err
	}
	versions, err := p.Ledger.Versions(ctx, "")
	if err != nil {
		return 0, 0, err
	}
	stays := map[string]bool{}
	for _, v := range versions {
		if v.Retired.IsZero() && !slices.ContainsFunc(retired, func(r *record.Version) bool { return registry.Name(r) == registry.Name(v) }) {
			stays[v.Run] = true
		}
	}
	latest := map[string]bool{}
	for _, r := range runs { // the newest first
		if !latest[r.Pipeline] {
			latest[r.Pipeline] = true
			stays[r.ID], stays[r.SameAs] = true, true
		}
	}
	before := time.Now().Add(-keep.Pages)
	for _, r := range runs {
		path := filepath.Join(p.Root, ownReport(r.ID))
		info, err := os.Stat(path)
		if err != nil || stays[r.ID] || r.Started.After(before) {
			continue
		}
		pages++
		bytes += info.Size()
		if !only {
			if err := os.Remove(path); err != nil {
				return pages, bytes, err
			}
			os.Remove(filepath.Dir(path)) // unless something else is there
		}
	}
	return pages, bytes, nil
}

// sharing says where projects leave word that they use a cache of another's.
const sharing = "sharers"

// share leaves word in the cache that this project uses it, where it lies in another
// project: then that one's garbage collection spares what is registered here.
func (p *Project) share() error {
	folder := filepath.Join(p.Root, "runs", "cache")
	if info, err := os.Lstat(folder); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return nil
	}
	word := filepath.Join(folder, sharing, cache.DigestOf([]byte(p.Root))[:32])
	if _, err := os.Stat(word); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(word), 0o777); err != nil {
		return err
	}
	return cache.WriteFile(word, []byte(p.Root))
}

// sharers gives the ledgers of other projects that use the same cache: of the one it
// lies in, and of those that left word. One that is gone is forgotten.
func (p *Project) sharers() (ledgers []string, err error) {
	folder, err := filepath.EvalSymlinks(p.Cache.Dir())
	if err != nil {
		return nil, nil
	}
	own, _ := filepath.EvalSymlinks(p.Ledger.Path())
	add := func(root string) (gone bool, err error) {
		history, err := historyAt(root)
		if err != nil {
			return false, fmt.Errorf("%s: %w", root, err)
		}
		if !databases.IsPostgres(history) {
			real, err := filepath.EvalSymlinks(history)
			if err != nil || real == own {
				return errors.Is(err, fs.ErrNotExist), nil
			}
			history = real
		}
		if !slices.Contains(ledgers, history) {
			ledgers = append(ledgers, history)
		}
		return false, nil
	}
	if _, err := add(filepath.Dir(filepath.Dir(folder))); err != nil {
		return nil, err
	}
	words, _ := filepath.Glob(filepath.Join(folder, sharing, "*"))
	for _, word := range words {
		root, err := os.ReadFile(word)
		if err != nil {
			continue
		}
		gone, err := add(string(root))
		if err != nil {
			return nil, err
		}
		if gone {
			os.Remove(word)
		}
	}
	return ledgers, nil
}
