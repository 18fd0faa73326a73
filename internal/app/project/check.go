package project

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
	"labbook/internal/store/requests"
	"labbook/models/bundle"
	"labbook/runner/cache"
)

// Checked is what was proved of a project, and what could not be.
type Checked struct {
	cache.Checked
	Models    int     `json:"models"` // versions that are not retired, each with all its fits
	Databases int     `json:"databases"`
	Broken    []Fault `json:"broken"` // what cannot be used as it is
}

// Fault is a model that answers nothing, or a database that is damaged.
type Fault struct {
	What string `json:"what"` // "diamonds@2", "runs/requests.db"
	Why  string `json:"why"`
	Hint string `json:"hint"`
}

// Check proves what a project keeps: every blob and record of the cache, every
// fit of every version, and its databases. Damage that a run can mend is taken
// away, so that it does; the rest is named. progress may be nil.
func (p *Project) Check(ctx context.Context, progress func(done, total int64)) (*Checked, error) {
	versions, err := p.Ledger.Versions(ctx, "")
	if err != nil {
		return nil, err
	}
	checked := &Checked{Broken: []Fault{}}
	found, err := p.Cache.Check(ctx, cache.CheckOptions{Pinned: p.belongings(versions), Progress: progress})
	if err != nil {
		return nil, err
	}
	checked.Checked = *found
	for _, v := range versions {
		if !v.Retired.IsZero() {
			continue // it need not be there
		}
		if p.isElsewhere(v.Artifact) && p.isElsewhere(v.Answering()) {
			continue // it is proved there
		}
		checked.Models++
		if err := p.opens(v); err != nil {
			checked.Broken = append(checked.Broken, fault(v, err, found.Damaged))
		}
	}
	return checked, p.checkDatabases(ctx, checked)
}

// fault says of a version that cannot be opened whether a run makes it again, which
// it does where a record tells of all that it lacks.
func fault(v *record.Version, err error, damaged []cache.Damage) Fault {
	name := registry.Name(v)
	f := Fault{What: name, Why: strings.TrimPrefix(err.Error(), name+": "), Hint: "until `labbook run` of pipeline " + v.Pipeline + " makes it again it answers nothing"}
	for _, d := range damaged {
		if d.Model == name && !d.Mended {
			f.Hint = "no record tells how it came about: restore a copy, promote another version, or run pipeline " + v.Pipeline + " anew"
		}
	}
	return f
}

// belongings says of each blob of each version that is kept whose it is: of the first, where
// several share it.
func (p *Project) belongings(versions []*record.Version) map[string]string {
	owner := map[string]string{}
	for _, v := range slices.Backward(versions) {
		if !v.Retired.IsZero() {
			continue
		}
		for _, digest := range []string{v.Artifact, v.Answering()} {
			if p.isElsewhere(digest) {
				continue
			}
			owner[digest] = registry.Name(v)
			tree, err := p.Cache.Tree(digest)
			if err != nil {
				continue // which the check itself finds
			}
			for _, f := range tree.Files {
				owner[f.Digest] = registry.Name(v)
			}
		}
	}
	return owner
}

// isElsewhere says of a tree of a history that several machines have that it is not here.
func (p *Project) isElsewhere(digest string) bool {
	if !p.Ledger.Shared() || !cache.IsDigest(digest) {
		return false
	}
	_, err := os.Stat(p.Cache.Path(digest))
	return errors.Is(err, fs.ErrNotExist)
}

// opens says why a version's fits cannot be opened.
func (p *Project) opens(v *record.Version) error {
	judged, err := p.Registry().Judged(v)
	if err == nil {
		_, err = bundle.Load(judged.ReadFile)
	}
	if err != nil {
		return err
	}
	_, err = p.Bundle(v)
	return err
}

// kept is a database of the project: a file that SQLite keeps, or in PostgreSQL.
type kept struct {
	name, path string // the name for people; no path in PostgreSQL
	mend       string // what to do about it
	check      func() error
}

// restoreCopy is what to do about a database that is damaged.
const restoreCopy = "restore a copy of it; sqlite3's .recover gets out what can still be read"

// databases gives those that are there: the ledger, and the requests of this machine.
func (p *Project) databases(ctx context.Context) []kept {
	file := requestsFile(p.Root)
	all := []kept{
		{ledgerPart, p.Ledger.Path(), restoreCopy, func() error { return p.Ledger.Check(ctx) }},
		{requestsPart, file, restoreCopy, func() error { return requests.Check(ctx, file) }},
	}
	if p.Ledger.Shared() {
		all[0].name, all[0].path, all[0].mend = p.Ledger.Path(), "", "start the server, or mend `database` in "+farmFile
	}
	return slices.DeleteFunc(all, func(db kept) bool {
		if db.path == "" {
			return false
		}
		_, err := os.Stat(db.path)
		return errors.Is(err, fs.ErrNotExist)
	})
}

// trouble is what is wrong with a database, whose place and remedy are told beside it.
func trouble(err error) string {
	if e := (*diag.Error)(nil); errors.As(err, &e) {
		return e.What
	}
	return err.Error()
}

// checkDatabases proves them.
func (p *Project) checkDatabases(ctx context.Context, checked *Checked) error {
	for _, db := range p.databases(ctx) {
		checked.Databases++
		if err := db.check(); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			checked.Broken = append(checked.Broken, Fault{db.name, trouble(err), db.mend})
		}
	}
	return nil
}
