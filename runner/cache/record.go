package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"

	index "github.com/rogpeppe/go-internal/cache"
)

// Record is what is known of an execution of a stage: all of its result but
// the bytes. Its JSON is an on-disk format.
type Record struct {
	Key      string             `json:"key"` // the text, not the digest
	Kind     string             `json:"kind"`
	Tree     string             `json:"tree"` // digest of the manifest
	Files    []File             `json:"files"`
	Told     *Ref               `json:"told,omitempty"` // facts for the kind's own Show
	Log      *Ref               `json:"log,omitempty"`
	Kept     []Ref              `json:"kept,omitempty"` // of artifacts that the stage kept beside its output
	Metrics  []metrics.Value    `json:"metrics,omitempty"`
	Warnings []notebook.Finding `json:"warnings,omitempty"`
	Aside    []artifact.Aside   `json:"aside,omitempty"` // files that it left out
	Took     time.Duration      `json:"took"`
	CPU      time.Duration      `json:"cpu"`
	Memory   int64              `json:"memory"` // peak resident bytes
	Run      string             `json:"run"`    // that made it
	Made     time.Time          `json:"made"`

	// From says whose cache the record was found in, where not in that of this
	// machine: "lab".
	From string `json:"-"`
}

// Ref refers to a blob.
type Ref struct {
	Digest string `json:"digest"`
	Size   int64  `json:"size"`
}

// Hex gives the blob's digest, "" for none.
func (r *Ref) Hex() string {
	if r == nil {
		return ""
	}
	return r.Digest
}

// Blobs gives all blobs that the record needs, the manifest first.
func (r *Record) Blobs() []Ref {
	refs := Tree{r.Tree, r.Files}.Refs()
	for _, extra := range []*Ref{r.Told, r.Log} {
		if extra != nil {
			refs = append(refs, *extra)
		}
	}
	return append(refs, r.Kept...)
}

// withoutLog gives the record of the same, whose log is not kept any more.
func (r *Record) withoutLog() *Record {
	without := *r
	without.Log = nil
	return &without
}

// ErrNoRecord is why a key misses that was never asked, or was collected.
var ErrNoRecord = errors.New("never run before")

// Get gives the record of a key's text. An error is the reason of a miss.
//
// Opening an index for the first time makes 256 folders, which on some disks
// takes longer than a small pipeline. So while the key's own folder is not
// there, nothing is either, and the rest is made beside the work to come.
func (c *Cache) Get(key string) (*Record, error) {
	id := actionID(key)
	if _, err := os.Stat(filepath.Join(c.dir, "index", hex.EncodeToString(id[:1]))); errors.Is(err, fs.ErrNotExist) {
		if !c.looks {
			c.making.Go(func() { c.index() })
		}
		return nil, ErrNoRecord
	}
	ix, err := c.index()
	if err != nil {
		return nil, err
	}
	entry, err := ix.Get(id)
	if err != nil {
		return nil, ErrNoRecord
	}
	data, _, err := ix.GetBytes(id)
	if err != nil {
		return nil, fmt.Errorf("its record of %s is damaged", entry.Time.Format(time.DateTime))
	}
	return DecodeRecord(data, key)
}

// DecodeRecord reads a record and refuses one that is not the key's. Its error is
// the reason of a miss.
func DecodeRecord(data []byte, key string) (*Record, error) {
	var r Record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("its record is damaged: %w", err)
	}
	if r.Key != key {
		return nil, errors.New("its record is of another key")
	}
	if err := checkFiles(r.Files); err != nil {
		return nil, fmt.Errorf("its record is damaged: %w", err)
	}
	for _, ref := range r.Blobs() {
		if !IsDigest(ref.Digest) || ref.Size < 0 {
			return nil, errors.New("its record is damaged: no digest")
		}
	}
	if r.Tree != DigestOf(EncodeTree(r.Files)) {
		return nil, errors.New("its record is damaged: the tree is of other files")
	}
	return &r, nil
}

// Add writes the record of its key, over one that is there. All blobs it names
// must be in the cache.
func (c *Cache) Add(r *Record) error {
	ix, err := c.index()
	if err != nil {
		return err
	}
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return ix.PutBytes(actionID(r.Key), data)
}

// Flush has nothing to wait for: what was added is found.
func (c *Cache) Flush(context.Context) {}

// Fetch proves every blob of a record, as Prove does, unless ctx ends before: all
// that this store has is here.
func (c *Cache) Fetch(ctx context.Context, r *Record) ([]Proof, error) {
	refs := r.Blobs()
	proofs := make([]Proof, len(refs))
	for i, ref := range refs {
		p, err := c.prove(ctx, ref.Digest, ref.Size)
		if err != nil {
			return nil, fmt.Errorf("its %s %w", r.part(i), err)
		}
		proofs[i] = p
	}
	return proofs, nil
}

// part says what the blob is to the record.
func (r *Record) part(i int) string {
	switch {
	case i == 0:
		return "list of files"
	case i <= len(r.Files):
		return "output " + r.Files[i-1].Name
	}
	rest := i - len(r.Files) - 1
	for _, extra := range []struct {
		ref  *Ref
		part string
	}{{r.Told, "facts"}, {r.Log, "log"}} {
		switch {
		case extra.ref == nil:
		case rest == 0:
			return extra.part
		default:
			rest--
		}
	}
	return "kept artifact"
}

// actionID is the digest of a key's text, as the index names it.
func actionID(key string) index.ActionID { return sha256.Sum256([]byte(key)) }
