package runner

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/params"
)

// A stage may leave out a file that it was to read, and name a folder for it. After
// the run a copy lies in that folder, with the reason beside it, in a folder of its
// own that appears as a whole. The file itself stays where it is. A copy that is
// there is never touched again, for somebody may be mending it; only what is said of
// the reason is kept up to date. It stands in no key.

// asideCopy is a copy of a file that was left out.
type asideCopy struct {
	folder  string // of its own, in the project: rejected/2024-03-1f3a9c02
	file    string // its name
	from    string // where its bytes lie
	digest  string
	reasons string
	job     *job // the first that left it out
	name    string
}

// reasonFile is where the reason of a copy stands, in the project.
func (c *asideCopy) reasonFile() string { return path.Join(c.folder, c.file+".reason.txt") }

// asideCopies gives the copies that there have to be, by folder. Stages that left out
// the same bytes for the same folder share one.
func (x *execution) asideCopies() []*asideCopy {
	of := map[string]*asideCopy{}
	for _, j := range x.tasks {
		if j.result.Record == nil {
			continue
		}
		for _, a := range j.result.Record.Aside {
			file := path.Base(a.Name[strings.LastIndexByte(a.Name, ':')+1:])
			folder := path.Join(a.Folder, strings.TrimSuffix(file, path.Ext(file))+"-"+a.Digest[:8])
			c := of[folder]
			if c == nil {
				c = &asideCopy{folder: folder, file: file, from: x.asideBytes(j, a), digest: a.Digest, job: j, name: a.Name}
				of[folder] = c
			}
			c.reasons += fmt.Sprintf("%s was left out by %s/%s:\n\n%s\n\n", a.Name, j.pipeline.Name, j.Name, a.Reason)
		}
	}
	all := make([]*asideCopy, 0, len(of))
	for _, c := range of {
		c.reasons += fmt.Sprintf("It stays where it is, and is read again when it has changed or what is expected of it has. This is a copy.\nSHA-256 %s\n", c.digest)
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *asideCopy) int { return cmp.Compare(a.folder, b.folder) })
	return all
}

// asideBytes gives where the bytes of a file that a job left out lie.
func (x *execution) asideBytes(j *job, a artifact.Aside) string {
	for _, f := range j.asked.files {
		if f.Path == a.Name {
			return f.Abs
		}
	}
	return x.Cache.Path(a.Digest)
}

// maySetAside says why copies of what a job leaves out could not be made.
func (x *execution) maySetAside(j *job) error {
	if j.Kind.Aside == nil {
		return nil
	}
	p, err := j.Params()
	if err != nil {
		return err
	}
	folder, param := j.Kind.Aside(p)
	if folder == "" {
		return nil
	}
	if err := tryToWrite(abs(x.Project, folder)); err != nil {
		return j.Place(params.Fault(param, fmt.Sprintf("what %s leaves out could not be copied to %s: %v", j.Name, folder, err), "", "make that folder writable, or name another"))
	}
	return nil
}

// setAside makes the copies that are not there yet.
func (x *execution) setAside(ctx context.Context) error {
	if x.Verify || ctx.Err() != nil {
		return nil
	}
	var errs error
	for _, c := range x.asideCopies() {
		if err := x.copyAside(ctx, c); err != nil {
			errs = errors.Join(errs, &diag.Error{What: c.name + " could not be set aside in " + c.folder + ": " + explain(err).Error(), Err: err,
				Hint: "the results stand; make the folder writable, then run again"})
		}
	}
	return errs
}

// copyAside makes a copy, or brings the reason of one that is there up to date.
func (x *execution) copyAside(ctx context.Context, c *asideCopy) error {
	folder, reason := abs(x.Project, c.folder), abs(x.Project, c.reasonFile())
	if _, err := os.Stat(folder); err == nil {
		if said, err := os.ReadFile(reason); err == nil && string(said) == c.reasons {
			return nil
		}
		return os.WriteFile(reason, []byte(c.reasons), 0o666)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o777); err != nil {
		return err
	}
	sweepPublished(folder)
	made := filepath.Join(filepath.Dir(folder), "."+filepath.Base(folder)+"."+rand.Text()[:8]+".new")
	defer os.RemoveAll(made)
	if err := os.Mkdir(made, 0o777); err != nil {
		return err
	}
	copied := filepath.Join(made, c.file)
	if err := copyFile(c.from, copied, 0o666); err != nil {
		return err
	}
	proof, err := x.Cache.Memory().File(ctx, copied, copied)
	if err != nil {
		return err
	}
	if proof.Hex() != c.digest {
		return errors.New("it changed while the pipeline ran; run again")
	}
	if err := os.WriteFile(filepath.Join(made, filepath.Base(reason)), []byte(c.reasons), 0o666); err != nil {
		return err
	}
	if err := os.Rename(made, folder); err != nil {
		return err
	}
	x.note(c.job, fmt.Sprintf("%s was left out; a copy is in %s/, with the reason", c.name, c.folder))
	return nil
}
