package bucket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/human"
	"labbook/runner/cache"
)

// Bucket is a bucket for who keeps it, and not for a run: what is wrong with it is an
// error here.
type Bucket struct{ remote *remote }

// At gives the bucket of an address. Nothing is asked yet.
func At(at Address) *Bucket { return &Bucket{newRemote(at, patience)} }

// Reach says why the bucket cannot be read. Whether it can be written only writing shows.
func (b *Bucket) Reach(ctx context.Context) error {
	_, _, err := b.remote.read(ctx, b.remote.index("")) // no key is empty
	if err == nil || errors.Is(err, errAbsent) || ctx.Err() != nil {
		return nil
	}
	return b.remote.explain(err)
}

// Least is the least age that Collect takes: who uses a record writes it anew once it
// is as old as half of that.
const Least = 2 * fresh

// grace is how old a blob is at least that Collect takes away: those of a result go
// before its record.
const grace = 24 * time.Hour

// Collected says what Collect did.
type Collected struct {
	Before  int64 `json:"before"` // bytes held
	After   int64 `json:"after"`
	Records int   `json:"records"` // deleted
	Blobs   int   `json:"blobs"`   // deleted
}

// entry is a record of the bucket.
type entry struct {
	name     string
	size     int64
	modified time.Time
}

// Collect deletes the records that nobody made or took for so long, pages and files of batches as old, and the blobs
// that no other record and no root names and that are a day old. Runs may go on beside it: at
// worst one of them sends a result again. With dryRun it only reports.
func (b *Bucket) Collect(ctx context.Context, older time.Duration, dryRun bool) (*Collected, error) {
	now := time.Now()
	records, err := b.entries(ctx, "index")
	if err != nil {
		return nil, err
	}
	blobs, err := b.entries(ctx, "objects")
	if err != nil {
		return nil, err
	}
	c := &Collected{}
	var dead, stay []entry
	for _, e := range records {
		c.Before += e.size
		if now.Sub(e.modified) > older {
			dead = append(dead, e)
			c.Records++
		} else {
			stay = append(stay, e)
		}
	}
	named := map[string]bool{}
	if err := b.named(ctx, stay, named); err != nil {
		return nil, err
	}
	// What was added meanwhile may name blobs that nobody named before.
	latest, err := b.entries(ctx, "index")
	if err != nil {
		return nil, err
	}
	known := map[entry]bool{}
	for _, e := range records {
		known[e] = true
	}
	if err := b.named(ctx, slices.DeleteFunc(latest, func(e entry) bool { return known[e] }), named); err != nil {
		return nil, err
	}
	if err := b.rooted(ctx, named); err != nil {
		return nil, err
	}
	for _, folder := range []string{"pages", "batches"} {
		aged, err := b.entries(ctx, folder)
		if err != nil {
			return nil, err
		}
		for _, e := range aged {
			c.Before += e.size
			if now.Sub(e.modified) > older {
				dead = append(dead, e)
			}
		}
	}
	c.After = c.Before
	for _, e := range dead {
		c.After -= e.size
	}
	gone := dead
	for _, e := range blobs {
		c.Before += e.size
		c.After += e.size
		if !named[e.name] && now.Sub(e.modified) > grace {
			gone = append(gone, e)
			c.Blobs++
			c.After -= e.size
		}
	}
	if dryRun {
		return c, nil
	}
	return c, b.each(ctx, gone, func(ctx context.Context, e entry) error { return b.remote.remove(ctx, e.name) })
}

// named adds the names of the blobs that records name. One that does not read names
// none.
func (b *Bucket) named(ctx context.Context, records []entry, names map[string]bool) error {
	var mu sync.Mutex
	return b.each(ctx, records, func(ctx context.Context, e entry) error {
		r, _, err := b.read(ctx, e)
		if errors.Is(err, errAbsent) || errors.Is(err, errWrong) {
			return nil
		}
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		for _, ref := range r.Blobs() {
			names[b.remote.object(ref.Digest)] = true
		}
		return nil
	})
}

// read reads a record by its name.
func (b *Bucket) read(ctx context.Context, e entry) (*cache.Record, string, error) {
	data, info, err := b.remote.read(ctx, e.name)
	if err != nil {
		return nil, "", err
	}
	var named struct{ Key string }
	if err := json.Unmarshal(data, &named); err != nil {
		return nil, info.ETag, fmt.Errorf("%w: %w", errWrong, err)
	}
	if b.remote.index(named.Key) != e.name {
		return nil, info.ETag, fmt.Errorf("%w: it is of another key", errWrong)
	}
	r, err := cache.DecodeRecord(data, named.Key)
	if err != nil {
		err = fmt.Errorf("%w: %w", errWrong, err)
	}
	return r, info.ETag, err
}

// entries lists what lies in a folder and is named as the cache names it.
func (b *Bucket) entries(ctx context.Context, folder string) (list []entry, err error) {
	err = b.remote.list(ctx, folder, func(name string, size int64, modified time.Time) {
		parts := strings.Split(strings.TrimPrefix(name, b.remote.at.Prefix), "/")
		if len(parts) != 3 || len(parts[1]) != 2 {
			return
		}
		digest := parts[2]
		if folder == "objects" {
			digest = parts[1] + digest
		}
		if cache.IsDigest(digest) && strings.HasPrefix(digest, parts[1]) {
			list = append(list, entry{name, size, modified})
		}
	})
	return list, b.explained(err)
}

// each does something about each entry, several at once.
func (b *Bucket) each(ctx context.Context, list []entry, do func(context.Context, entry) error) error {
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(together)
	for _, e := range list {
		group.Go(func() error { return do(within, e) })
	}
	err := group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return b.explained(err)
}

func (b *Bucket) explained(err error) error {
	if err == nil {
		return nil
	}
	return b.remote.explain(err)
}

// Check reads every record and every blob that is there and holds them against their
// names. What is damaged, and a record whose blobs are not all there, is taken away,
// so that whoever needs it next makes it again. Runs may go on beside it.
func (b *Bucket) Check(ctx context.Context, progress func(done, total int64)) (*cache.Checked, error) {
	blobs, err := b.entries(ctx, "objects")
	if err != nil {
		return nil, err
	}
	records, err := b.entries(ctx, "index") // after the blobs that they name
	if err != nil {
		return nil, err
	}
	var total int64
	for _, e := range blobs {
		total += e.size
	}
	found := &cache.Checked{Damaged: []cache.Damage{}}
	var mu sync.Mutex
	mend := func(ctx context.Context, e entry, of, why string) error {
		mu.Lock()
		digest := strings.ReplaceAll(strings.TrimPrefix(e.name, b.remote.at.Prefix+"objects/"), "/", "")
		found.Damaged = append(found.Damaged, cache.Damage{Digest: digest[max(0, len(digest)-64):], Of: of, Why: why, Mended: true})
		mu.Unlock()
		return b.remote.remove(ctx, e.name)
	}
	there := map[string]int64{}
	var done atomic.Int64
	err = b.each(ctx, blobs, func(ctx context.Context, e entry) error {
		digest := strings.ReplaceAll(strings.TrimPrefix(e.name, b.remote.at.Prefix+"objects/"), "/", "")
		sound := false
		err := b.remote.bring(ctx, e.name, func(from io.Reader) (err error) {
			sound, err = cache.Holds(digest, from)
			return err
		})
		mu.Lock()
		progress(done.Add(e.size), total)
		found.Blobs++
		found.Bytes += e.size
		if sound {
			there[e.name] = e.size
		}
		mu.Unlock()
		switch {
		case errors.Is(err, errAbsent): // collected meanwhile
			return nil
		case err != nil || sound:
			return err
		}
		return mend(ctx, e, "a blob of "+b.remote.at.Called(), "its bytes changed")
	})
	if err != nil {
		return nil, err
	}
	err = b.each(ctx, records, func(ctx context.Context, e entry) error {
		r, _, err := b.read(ctx, e)
		switch {
		case errors.Is(err, errAbsent):
			return nil
		case errors.Is(err, errWrong):
			return mend(ctx, e, "a record of "+b.remote.at.Called(), err.Error())
		case err != nil:
			return err
		}
		mu.Lock()
		found.Records++
		mu.Unlock()
		for _, ref := range r.Blobs() {
			if size, ok := there[b.remote.object(ref.Digest)]; ok && size == ref.Size {
				continue
			}
			if has, err := b.remote.has(ctx, ref); err != nil || has { // sent meanwhile
				if err != nil {
					return err
				}
				continue
			}
			return mend(ctx, e, "a record of "+b.remote.at.Called()+", of a stage of kind "+r.Kind, human.Short(ref.Digest)+" that it names is not there")
		}
		return nil
	})
	slices.SortFunc(found.Damaged, func(a, b cache.Damage) int { return strings.Compare(a.Digest, b.Digest) })
	return found, err
}
