package cache

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// CheckOptions says how the cache is checked.
type CheckOptions struct {
	// Pinned says whom a blob belongs to that no record names: "diamonds@2". What
	// is damaged of it cannot be made again from a record, and stays where it is.
	Pinned map[string]string
	// Progress is told how many of how many bytes were read, now and then. Nil:
	// nobody.
	Progress func(done, total int64)
}

// Checked says what a check found.
type Checked struct {
	Records int   `json:"records"` // read
	Blobs   int   `json:"blobs"`   // hashed, in all sittings of this round
	Bytes   int64 `json:"bytes"`   // of them
	// Resumed is when the round began that an earlier check did not finish.
	Resumed time.Time `json:"resumed,omitzero"`
	Damaged []Damage  `json:"damaged"` // sorted by blob and record
}

// Damage is a blob or a record that is not what it was.
type Damage struct {
	Digest string `json:"digest"`          // of the blob, or of the record's key
	Of     string `json:"of"`              // whose it is, in words
	Why    string `json:"why"`             // what befell it
	Mended bool   `json:"mended"`          // it was taken away, and the next run makes it again
	Model  string `json:"model,omitempty"` // the version that needs it
}

// round is a check that is under way, as it is kept for the next one should this
// be stopped: shards of objects are read in order, and those before Next are done.
type round struct {
	Began   time.Time `json:"began"`
	Next    int       `json:"next"`
	Blobs   int       `json:"blobs"`
	Bytes   int64     `json:"bytes"`
	Damaged []Damage  `json:"damaged,omitempty"`
}

// Check reads every record and every blob there is and compares them with their
// digests, whatever is remembered of their Stat. What is damaged is taken away
// where a record tells how it came about, so that whoever asks for it next makes
// it again. A check that is stopped goes on where it was when it is asked again.
// Runs may be live beside it; garbage collection waits.
func (c *Cache) Check(ctx context.Context, o CheckOptions) (*Checked, error) {
	shared, err := c.share(ctx)
	if err != nil {
		return nil, err
	}
	if shared != nil {
		defer shared.Close()
	}
	owners, records, damaged, err := c.readRecords()
	if err != nil {
		return nil, err
	}
	sizes, err := c.blobs()
	if err != nil {
		return nil, err
	}
	at := c.openRound()
	report := &Checked{Records: records, Damaged: append([]Damage{}, damaged...)}
	if at.Next > 0 {
		report.Resumed = at.Began
	}
	if err := c.readObjects(ctx, at, sizes, owners, o); err != nil {
		return nil, err
	}
	report.Blobs, report.Bytes = at.Blobs, at.Bytes
	report.Damaged = append(report.Damaged, at.Damaged...)
	report.Damaged = append(report.Damaged, gone(sizes, owners, o.Pinned)...)
	if len(report.Damaged) > 0 {
		c.DropSnapshots() // they prove by Stat alone
	}
	os.Remove(c.roundFile())
	return report, c.Save()
}

// readRecords reads the index. owners says of each blob that a record names what
// it is there; records that do not read are taken away.
func (c *Cache) readRecords() (owners map[string]string, n int, damaged []Damage, err error) {
	entries, strays, err := c.entries()
	if err != nil {
		return nil, 0, nil, err
	}
	owners = map[string]string{}
	for _, e := range entries {
		r, why := readEntry(e)
		if why != "" {
			for _, file := range e.files {
				os.Remove(file)
			}
			damaged = append(damaged, Damage{Digest: e.id, Of: "a record of the index", Why: why, Mended: true})
			continue
		}
		n++
		for i, ref := range r.Blobs() {
			owners[ref.Digest] = r.part(i) + " of a stage of kind " + r.Kind
		}
	}
	for _, file := range strays {
		os.Remove(file)
	}
	return owners, n, damaged, nil
}

// readEntry reads the record of an entry as Get does, and says why it cannot.
func readEntry(e entry) (r *Record, why string) {
	if len(e.files) < 2 {
		return nil, "its line in the index does not read"
	}
	data, err := os.ReadFile(e.files[1])
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "it is gone"
	case err != nil:
		return nil, err.Error()
	case DigestOf(data) != strings.TrimSuffix(filepath.Base(e.files[1]), "-d"):
		return nil, "its bytes changed"
	}
	var named struct{ Key string }
	if json.Unmarshal(data, &named) != nil || DigestOf([]byte(named.Key)) != e.id {
		return nil, "it is of another key"
	}
	if r, err = DecodeRecord(data, named.Key); err != nil {
		return nil, err.Error()
	}
	return r, ""
}

// readObjects hashes the blobs, shard by shard, from where the round is.
func (c *Cache) readObjects(ctx context.Context, at *round, sizes map[string]int64, owners map[string]string, o CheckOptions) error {
	var total int64
	shards := make([][]string, 256)
	for digest, size := range sizes {
		i := int(unhex(digest[0])<<4 | unhex(digest[1]))
		shards[i] = append(shards[i], digest)
		total += size
	}
	saved := at.Bytes
	for ; at.Next < len(shards); at.Next++ {
		slices.Sort(shards[at.Next])
		damaged, err := c.readShard(ctx, shards[at.Next])
		if err != nil {
			return errors.Join(err, c.saveRound(at))
		}
		for _, d := range damaged {
			at.Damaged = append(at.Damaged, c.mend(d, owners, o.Pinned))
		}
		for _, digest := range shards[at.Next] {
			at.Blobs++
			at.Bytes += sizes[digest]
		}
		if o.Progress != nil {
			o.Progress(at.Bytes, max(total, at.Bytes))
		}
		if at.Bytes-saved > 1<<30 || len(damaged) > 0 {
			saved = at.Bytes
			next := *at
			next.Next++
			if err := c.saveRound(&next); err != nil {
				return err
			}
		}
	}
	return nil
}

// readShard hashes blobs on all cores and gives those that are damaged, in order.
func (c *Cache) readShard(ctx context.Context, digests []string) ([]Damage, error) {
	found := make([]string, len(digests))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, digest := range digests {
		group.Go(func() error {
			proof, err := hash(ctx, c.Path(digest))
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case errors.Is(err, fs.ErrNotExist): // taken away meanwhile
			case err != nil:
				found[i] = err.Error()
			case proof.Hex() != digest:
				found[i] = "its bytes changed"
			default:
				if known, ok := c.memory.lookup(digest); ok && known.Stat == proof.Stat {
					proof.Synced = known.Synced
				}
				c.memory.remember(digest, proof)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var damaged []Damage
	for i, why := range found {
		if why != "" {
			damaged = append(damaged, Damage{Digest: digests[i], Why: why})
		}
	}
	return damaged, nil
}

// mend takes a damaged blob away, so that it is missed, unless only a version
// needs it: then nothing would make it again.
func (c *Cache) mend(d Damage, owners, pinned map[string]string) Damage {
	c.memory.forget(d.Digest)
	d.Model = pinned[d.Digest]
	of, recorded := owners[d.Digest]
	switch {
	case recorded:
		d.Of = of
	case d.Model != "":
		d.Of = d.Model
		return d
	default:
		d.Of = "nothing that is recorded"
	}
	d.Mended = os.Remove(c.Path(d.Digest)) == nil
	return d
}

// gone gives what versions need and the cache does not have.
func gone(sizes map[string]int64, owners, pinned map[string]string) (damaged []Damage) {
	for digest, version := range pinned {
		if _, there := sizes[digest]; !there {
			of, recorded := owners[digest]
			if !recorded {
				of = version
			}
			damaged = append(damaged, Damage{Digest: digest, Of: of, Why: "it is gone", Model: version, Mended: recorded})
		}
	}
	slices.SortFunc(damaged, func(a, b Damage) int { return strings.Compare(a.Digest, b.Digest) })
	return damaged
}

// unhex gives the value of a digest's digit.
func unhex(digit byte) byte {
	if digit >= 'a' {
		return digit - 'a' + 10
	}
	return digit - '0'
}

func (c *Cache) roundFile() string { return filepath.Join(c.dir, "checking") }

// openRound gives the round that a check left, or a new one.
func (c *Cache) openRound() *round {
	data, err := os.ReadFile(c.roundFile())
	at := &round{}
	if err != nil || json.Unmarshal(data, at) != nil || at.Next < 0 || at.Next > 256 {
		at = &round{Began: time.Now()}
	}
	return at
}

func (c *Cache) saveRound(at *round) error {
	data, err := json.Marshal(at)
	if err != nil {
		return err
	}
	return errors.Join(WriteFile(c.roundFile(), data), c.Save())
}
