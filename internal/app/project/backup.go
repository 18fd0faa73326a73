package project

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
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
	kept := requestsFile(p.Root)
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
		if v.Retired.IsZero() && p.Ledger.Shared() {
			p.opens(v) // which brings what is elsewhere
		}
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
	return g.blobs(tree.Refs())
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
	info, err := os.Stat(to)
	if err != nil {
		return err
	}
	digest, err := digestOf(to)
	g.add(name, to, info.Size(), digest)
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
