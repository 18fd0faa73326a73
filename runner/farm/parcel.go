package farm

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/runner"
	"labbook/runner/cache"
)

// parcel is what the bucket holds of an order for the worker.
type parcel struct {
	Order   *runner.Order `json:"order"`
	Blobs   []cache.Ref   `json:"blobs"` // that it reads
	Labbook string        `json:"labbook"`
}

// ticket is what the engine is handed: where the parcel is.
type ticket struct {
	Parcel cache.Ref `json:"parcel"`
}

// prefix is what the ids of tasks begin with.
const prefix = "labbook/"

// idOf gives the id of an order's task. What is made anew is nobody else's.
func idOf(order *runner.Order, key string) string {
	id := prefix + cache.DigestOf([]byte(key))
	if order.Anew {
		id += "/" + order.Run
	}
	return id
}

// keyOf gives the digest of the key that a task is about; "" of what is made anew.
func keyOf(id string) string {
	if digest := strings.TrimPrefix(id, prefix); cache.IsDigest(digest) {
		return digest
	}
	return ""
}

// beat is what a worker says while it works.
type beat struct {
	Lines    int       `json:"lines"`          // of the log, until now
	Tail     []string  `json:"tail,omitempty"` // the last of them
	Progress *progress `json:"progress,omitempty"`
	Scored   *scored   `json:"scored,omitempty"`
}

type progress struct {
	Step  string `json:"step"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
	Unit  string `json:"unit"`
}

type scored struct {
	Number int           `json:"number"`
	Of     string        `json:"of"`
	Value  metrics.Value `json:"value"`
}

// longestTail is how many bytes of a log a beat has, and shortest how many a report has of
// what was made.
const (
	longestTail = 4 << 10
	shortest    = 4 << 10
)

// report is how a task ended, said by the worker.
type report struct {
	Worker string          `json:"worker"`
	Record json.RawMessage `json:"record,omitempty"` // left out where it is too long: the bucket has it
	Blobs  [][]byte        `json:"blobs,omitempty"`  // of the record, where they are short: the bucket has them too
	Faults []fault         `json:"faults,omitempty"`
	Late   bool            `json:"late,omitempty"` // it took longer than its timeout
	Log    *cache.Ref      `json:"log,omitempty"`
}

// fault is an error of a stage, as it travels.
type fault struct {
	Path   string `json:"path,omitempty"` // of the parameter that it is about
	Plain  bool   `json:"plain,omitempty"`
	What   string `json:"what"`
	Found  string `json:"found,omitempty"`
	Wanted string `json:"wanted,omitempty"`
	Hint   string `json:"hint,omitempty"`
	Secret bool   `json:"secret,omitempty"`
}

// faultsOf writes an error down.
func faultsOf(err error) (all []fault) {
	params.Each(err, func(path string, err error) {
		var d *diag.Error
		if !errors.As(err, &d) {
			all = append(all, fault{Path: path, Plain: true, What: err.Error()})
			return
		}
		all = append(all, fault{Path: path, What: d.What, Found: d.Found, Wanted: d.Wanted, Hint: d.Hint, Secret: d.Secret})
	})
	return all
}

// err gives the error back.
func (r *report) err() error {
	var all []error
	for _, f := range r.Faults {
		var err error = &diag.Error{What: f.What, Found: f.Found, Wanted: f.Wanted, Hint: f.Hint, Secret: f.Secret}
		if f.Plain {
			err = errors.New(f.What)
		}
		if f.Path != "" {
			err = params.FaultOf(f.Path, err)
		}
		all = append(all, err)
	}
	if len(all) == 1 {
		return all[0]
	}
	return errors.Join(all...)
}

// seal gives what only those can read who know the key's text, which the engine does
// not: AES-256-GCM with a digest of it, and a random nonce before the rest.
func seal(key string, v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	c := sealer(key)
	nonce := make([]byte, c.NonceSize(), c.NonceSize()+len(data)+c.Overhead())
	rand.Read(nonce)
	return c.Seal(nonce, nonce, data, nil)
}

// unseal reads it.
func unseal(key string, sealed []byte, v any) error {
	c := sealer(key)
	if len(sealed) < c.NonceSize() {
		return errors.New("nothing is sealed there")
	}
	data, err := c.Open(nil, sealed[:c.NonceSize()], sealed[c.NonceSize():], nil)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

func sealer(key string) cipher.AEAD {
	sum := sha256.Sum256([]byte("labbook farm 1\n" + key))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		panic(err)
	}
	c, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return c
}

// Presence is what a worker says of itself to whoever asks: the engine keeps it.
type Presence struct {
	Name    string `json:"name"`
	Queue   string `json:"queue"`
	Label   string `json:"label,omitempty"`
	Cores   int    `json:"cores"`
	Labbook string `json:"labbook"`
	Machine string `json:"machine"`
	Left    bool   `json:"left,omitempty"` // it ended
}

// presences is the queue that workers of every version poll to be seen; nothing is put
// into it.
const presences = "labbook-workers"

// lively is how long a worker that was seen counts as there: its poll begins anew
// within that.
const lively = 80 * time.Second

// QueueOf names the queue of those that come to the same keys: their kinds, and what
// these rest on, with their versions, and their machine.
func QueueOf(machine string, versions []string) string {
	return "labbook-" + cache.DigestOf([]byte(machine + "\n" + strings.Join(versions, "\n")))[:12]
}

// queue gives the queue of an order: workers with a label have queues of their own,
// and so has what takes all the cores of a worker.
func queue(base, label string, wide bool) string {
	if label != "" {
		base += "-" + label
	}
	if wide {
		base += "-wide"
	}
	return base
}

// Queues names the queues of a label: of what takes a core, and of what takes several.
func Queues(base, label string) []string {
	return []string{queue(base, label, false), queue(base, label, true)}
}

// blobsOf gives what an order reads, as it lies on this machine.
func blobsOf(c *cache.Cache, project string, order *runner.Order) (refs []cache.Ref, where []string, err error) {
	add := func(ref cache.Ref, path string) {
		refs, where = append(refs, ref), append(where, path)
	}
	for _, in := range order.Inputs {
		tree, err := c.Tree(in.Tree)
		if err != nil {
			return nil, nil, fmt.Errorf("what it reads is no longer in the cache: %w", err)
		}
		for _, ref := range tree.Refs() {
			add(ref, c.Path(ref.Digest))
		}
	}
	for _, f := range order.Files {
		at := filepath.FromSlash(f.Path)
		if !filepath.IsAbs(at) {
			at = filepath.Join(project, at)
		}
		add(cache.Ref{Digest: f.Digest, Size: f.Size}, at)
	}
	if a := order.Answer; a != nil {
		at := c.Path(a.Digest)
		stat, err := cache.StatFile(at)
		if err != nil {
			return nil, nil, fmt.Errorf("the answer that it reads is no longer in the cache: %w", err)
		}
		add(cache.Ref{Digest: a.Digest, Size: stat.Size}, at)
	}
	return refs, where, nil
}

// base gives the name of a file without its folders.
func base(name string) string { return path.Base(filepath.ToSlash(name)) }
