package project

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/archive"
	"labbook/internal/store/ledger"
	"labbook/internal/store/output"
	"labbook/internal/store/registry"
	"labbook/internal/store/requests"
	"labbook/runner/cache"
)

// BackedUp says what was written.
type BackedUp struct {
	File string `json:"file"`
	Size int64  `json:"size"` // of the file, in bytes
	*archive.Contents
	// Lost names versions whose bytes are not all kept any more: they are in the
	// backup as the ledger has them, and answer nothing there either.
	Lost []string `json:"lost"`
}

// Backup writes to a file what cannot be made again: the ledger, all that the
// versions of models are made of, what judged those that aliases stand at and the
// pages of their runs, and, where they are asked for, the requests of this machine.
// It may go on beside runs and servers, and is as of the moment at which it begins.
// The file stands there whole or not at all. progress may be nil.
func (p *Project) Backup(ctx context.Context, file string, withRequests bool, progress func(done, total int64)) (*BackedUp, error) {
	lease, err := p.Cache.Lease(ctx, "backup-"+fmt.Sprint(os.Getpid()))
	if err != nil {
		return nil, err
	}
	defer lease.Close() // until then nothing is collected
	room, err := lease.Room()
	if err != nil {
		return nil, err
	}
	g := gathering{project: p, room: room.Temp, from: map[string]string{}, done: map[string]bool{}}
	if err := g.gather(ctx, withRequests); err != nil {
		return nil, err
	}
	var done int64
	total := g.contents.Bytes()
	err = output.WriteWhole(file, 0o600, func(to io.Writer) error {
		return archive.Write(to, &g.contents, func(part archive.Part) (io.ReadCloser, error) {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if progress != nil {
				progress(done, total)
			}
			done += part.Size
			return os.Open(g.from[part.Name])
		})
	})
	if err != nil {
		return nil, diag.New("the backup was not written: "+err.Error(), "`labbook cache check` says what is damaged and whose it is; what was at "+file+" is as it was")
	}
	written := &BackedUp{File: file, Contents: &g.contents, Lost: g.lost}
	if info, err := os.Stat(file); err == nil {
		written.Size = info.Size()
	}
	return written, nil
}

// gathering finds what belongs into a backup.
type gathering struct {
	project  *Project
	room     string // a folder for copies
	contents archive.Contents
	from     map[string]string // where the bytes of each part lie
	done     map[string]bool   // blobs
	lost     []string
}

func (g *gathering) gather(ctx context.Context, withRequests bool) error {
	p := g.project
	g.contents = archive.Contents{Format: archive.Format, Labbook: Version(), Made: time.Now().UTC().Truncate(time.Second)}
	g.lost = []string{}
	kept := filepath.Join(p.Root, "runs", "requests.db")
	if withRequests { // before the ledger: each answer's version is known there
		if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) {
			return diag.New("there are no requests in runs/requests.db", "leave --requests out; what a server keeps in PostgreSQL is saved by pg_dump, another file by itself")
		}
		if err := g.database(requestsPart, func(to string) error { return requests.Copy(ctx, kept, to) }); err != nil {
			return err
		}
	}
	if err := g.database(ledgerPart, func(to string) error { return p.Ledger.Copy(ctx, to) }); err != nil {
		return err
	}
	db, err := ledger.Open(g.from[ledgerPart], ledger.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	versions, err := db.Versions(ctx, "")
	if err != nil {
		return err
	}
	runs, err := db.Runs(ctx, record.Filter{})
	if err != nil {
		return err
	}
	g.contents.History = &archive.History{Runs: len(runs), Versions: len(versions), Requests: withRequests}
	for _, v := range versions {
		if err := errors.Join(g.tree(v.Artifact), g.tree(v.Answering())); err != nil && v.Retired.IsZero() {
			g.lost = append(g.lost, registry.Name(v))
		}
	}
	served, err := db.Served(ctx)
	if err != nil {
		return err
	}
	for _, digest := range served {
		g.tree(digest) // what is gone of it, a run makes again
	}
	aliases, err := db.Aliases(ctx)
	if err != nil {
		return err
	}
	for _, alias := range aliases {
		if v, err := db.Version(ctx, alias.Model, alias.Version); err == nil && v != nil {
			if err := g.judged(ctx, db, v); err != nil {
				return err
			}
		}
	}
	return nil
}

// judged adds what the version's run says of it: the results of its evaluations,
// so that a challenger can be compared with it, and its page.
func (g *gathering) judged(ctx context.Context, db *ledger.DB, v *record.Version) error {
	stages, err := db.Stages(ctx, v.Run)
	if err != nil {
		return err
	}
	for _, s := range stages {
		if !s.Left(artifact.Evaluation) {
			continue
		}
		r, err := g.project.Cache.Get(s.KeyText)
		if err != nil || r.Tree != s.Output || g.blobs(r.Blobs()) != nil {
			continue // it was collected, and a run makes it again
		}
		if err := g.record(r); err != nil {
			return err
		}
	}
	page := ownReport(v.Run)
	if data, err := os.ReadFile(filepath.Join(g.project.Root, page)); err == nil {
		return g.bytes(filepath.ToSlash(page), data)
	}
	return nil
}

// tree adds the files of a tree and its list.
func (g *gathering) tree(digest string) error {
	tree, err := g.project.Cache.Tree(digest)
	if err != nil {
		return err
	}
	refs := []cache.Ref{{Digest: digest, Size: int64(len(cache.EncodeTree(tree.Files)))}}
	for _, f := range tree.Files {
		refs = append(refs, cache.Ref{Digest: f.Digest, Size: f.Size})
	}
	return g.blobs(refs)
}

// blobs adds blobs, all of them or none.
func (g *gathering) blobs(refs []cache.Ref) error {
	for _, ref := range refs {
		if err := g.project.Cache.Prove(ref.Digest, ref.Size); err != nil {
			return err
		}
	}
	for _, ref := range refs {
		if !g.done[ref.Digest] {
			g.done[ref.Digest] = true
			g.add(objectsFolder+ref.Digest, g.project.Cache.Path(ref.Digest), ref.Size, ref.Digest)
		}
	}
	return nil
}

// record adds a record of the cache, whose blobs are there already.
func (g *gathering) record(r *cache.Record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return g.bytes(recordsFolder+cache.DigestOf([]byte(r.Key))+".json", data)
}

// database adds a copy of a database.
func (g *gathering) database(name string, copyTo func(string) error) error {
	to := filepath.Join(g.room, path.Base(name))
	if err := copyTo(to); err != nil {
		return fmt.Errorf("%s cannot be copied: %w", name, err)
	}
	f, err := os.Open(to)
	if err != nil {
		return err
	}
	defer f.Close()
	digest := sha256.New()
	size, err := io.Copy(digest, f)
	g.add(name, to, size, hex.EncodeToString(digest.Sum(nil)))
	return err
}

// bytes adds a small file, of which a copy is kept until it is written.
func (g *gathering) bytes(name string, data []byte) error {
	if g.from[name] != "" {
		return nil
	}
	to := filepath.Join(g.room, strings.ReplaceAll(name, "/", "-"))
	g.add(name, to, int64(len(data)), cache.DigestOf(data))
	return os.WriteFile(to, data, 0o600)
}

func (g *gathering) add(name, from string, size int64, digest string) {
	g.from[name] = from
	g.contents.Parts = append(g.contents.Parts, archive.Part{Name: name, Size: size, SHA256: digest})
}

// Where parts lie in a backup, and in the project. Blobs and records have a form of
// their own there, and are named by their digests alone.
const (
	ledgerPart    = "runs/labbook.db"
	requestsPart  = "runs/requests.db"
	objectsFolder = "runs/cache/objects/"
	recordsFolder = "runs/cache/records/"
)

// Restored says what a backup brought back.
type Restored struct {
	*archive.Contents
	Broken []Fault `json:"broken"` // versions that answer nothing
}

// Restore makes the history of a project of a backup, in a folder that has none:
// everything is proved by its digest, the ledger comes last, and then every fit of
// every version is opened. A restore that is stopped can be begun again. With
// onlyProve the backup is read and proved, and nothing is written.
func Restore(ctx context.Context, dir, file string, onlyProve bool, progress func(done, total int64)) (*Restored, error) {
	if _, err := os.Stat(ledgerFile(dir)); err == nil && !onlyProve {
		return nil, diag.New(fmt.Sprintf("%s has a history already, and nothing is put over it", dir),
			"restore into another folder with -C, or move runs/ away first")
	}
	from, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	var taker taker = proving{}
	mine := func(c *archive.Contents) error {
		if c.History == nil {
			return errors.New("it holds a run and no history: `labbook reproduce` reads it")
		}
		return nil
	}
	if !onlyProve {
		r, err := newRestoring(ctx, dir)
		if err != nil {
			return nil, err
		}
		defer r.lease.Close()
		taker = r
	}
	var done int64
	contents, err := archive.Read(from, func(c *archive.Contents, part archive.Part, bytes io.Reader) error {
		if err := cmp.Or(context.Cause(ctx), mine(c)); err != nil {
			return err
		}
		if progress != nil {
			progress(done, c.Bytes())
		}
		done += part.Size
		return taker.take(ctx, part, bytes)
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &diag.Error{File: file, What: err.Error(), Hint: "try another backup", Err: err}
	}
	if err := mine(contents); err != nil {
		return nil, &diag.Error{File: file, What: err.Error(), Err: err}
	}
	restored := &Restored{Contents: contents, Broken: []Fault{}}
	if onlyProve {
		return restored, nil
	}
	if err := taker.finish(); err != nil {
		return nil, err
	}
	p, err := Open(dir, ledger.Options{})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	versions, err := p.Ledger.Versions(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if !v.Retired.IsZero() {
			continue
		}
		if err := p.opens(v); err != nil {
			restored.Broken = append(restored.Broken, fault(v, err, nil))
		}
	}
	return restored, p.Cache.Save()
}

// taker is told of the parts of a backup.
type taker interface {
	take(context.Context, archive.Part, io.Reader) error
	finish() error
}

// proving takes nothing.
type proving struct{}

func (proving) take(context.Context, archive.Part, io.Reader) error { return nil }
func (proving) finish() error                                       { return nil }

// restoring puts parts where they belong; databases only in the end.
type restoring struct {
	root    string
	cache   *cache.Cache
	lease   *cache.Lease
	room    string
	records []*cache.Record
	files   []string // that stand in room, by their names in the project
}

func newRestoring(ctx context.Context, dir string) (*restoring, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &restoring{root: root}
	if r.cache, err = cache.Open(filepath.Join(root, "runs", "cache")); err != nil {
		return nil, err
	}
	if r.lease, err = r.cache.Lease(ctx, "restore-"+fmt.Sprint(os.Getpid())); err != nil {
		return nil, err
	}
	room, err := r.lease.Room()
	r.room = room.Temp
	return r, err
}

func (r *restoring) take(ctx context.Context, part archive.Part, bytes io.Reader) error {
	dir, base := path.Split(part.Name)
	to := filepath.Join(r.room, strings.ReplaceAll(part.Name, "/", "-"))
	switch {
	case dir == recordsFolder:
		data, err := io.ReadAll(bytes)
		if err != nil {
			return err
		}
		kept := &cache.Record{}
		if err := json.Unmarshal(data, kept); err != nil {
			return fmt.Errorf("%s: %w", part.Name, err)
		}
		r.records = append(r.records, kept)
		return nil
	case dir == objectsFolder && base == part.SHA256:
		if r.cache.Prove(base, part.Size) == nil {
			return nil // of a restore that was stopped
		}
		if err := writeFile(to, bytes); err != nil {
			return err
		}
		ref, err := r.cache.Adopt(ctx, r.lease, to, true)
		if err == nil && ref.Digest != base {
			err = fmt.Errorf("%s is damaged: its bytes are not those of its digest", part.Name)
		}
		return err
	case part.Name == ledgerPart, part.Name == requestsPart, isReport(part.Name):
		r.files = append(r.files, part.Name)
		return writeFile(to, bytes)
	}
	return fmt.Errorf("it has %q, which this labbook does not know", part.Name)
}

// isReport says whether a name is that of a run's page.
func isReport(name string) bool {
	run := path.Base(path.Dir(name))
	return name == filepath.ToSlash(ownReport(run)) && record.IsRunID(run)
}

// finish enters the records, whose blobs are there now, and moves the files to
// their places: the ledger last, for with it the project has a history.
func (r *restoring) finish() error {
	for _, kept := range r.records {
		if err := r.cache.Add(kept); err != nil {
			return err
		}
	}
	slices.SortStableFunc(r.files, func(a, b string) int {
		switch {
		case a == ledgerPart:
			return 1
		case b == ledgerPart:
			return -1
		}
		return 0
	})
	for _, name := range r.files {
		to := filepath.Join(r.root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(r.room, strings.ReplaceAll(name, "/", "-")), to); err != nil {
			return err
		}
	}
	return nil
}

// writeFile writes a new file and brings it to the disk.
func writeFile(name string, bytes io.Reader) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, bytes)
	return errors.Join(err, f.Sync(), f.Close())
}
