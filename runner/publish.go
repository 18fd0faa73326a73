package runner

import (
	"bytes"
	"context"
	"crypto/rand"
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

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
)

// A stage may keep a copy of its output in a folder of the project. The copy is
// no more than that: it stands in no key, garbage collection knows nothing of it,
// and one that somebody edited or deleted is put back by the next run, which
// says so. The folder is labbook's as a whole: a list of what was put there lies
// in it, and where a file is not in that list, or the list is not there, nothing is
// touched.

// publishedList names the files of a published folder with their digests, as
// sha256sum -c reads them.
const publishedList = ".published"

// publishedFile is a file of a published folder.
type publishedFile struct {
	path   string // in the project, with slashes
	name   string // in the folder
	digest string
	exec   bool
}

// published gives the files that the stage's folder has to hold.
func (j *job) published() []publishedFile {
	if j.Publish == "" || j.result.Record == nil {
		return nil
	}
	files := make([]publishedFile, len(j.result.Record.Files))
	for i, f := range j.result.Record.Files {
		files[i] = publishedFile{path.Join(j.Publish, f.Name), f.Name, f.Digest, f.Exec}
	}
	return files
}

// publish sees to it that the folder of a stage that publishes holds its output:
// all of it, or what it held before.
func (x *execution) publish(ctx context.Context, j *job) error {
	files := j.published()
	if files == nil || x.Verify {
		return nil
	}
	folder := abs(x.Project, j.Publish)
	before, err := readPublished(folder, j.Publish)
	if wrong := (*diag.Error)(nil); errors.As(err, &wrong) {
		return j.PlaceAt("publish", wrong)
	}
	if err != nil {
		return err
	}
	list := listOf(files)
	if bytes.Equal(before, list) && x.copiesStand(ctx, files) {
		return nil
	}
	if bytes.Equal(before, list) {
		x.note(j, j.Publish+"/ was changed since it was published; it is written anew")
	}
	x.publishing.Lock()
	defer x.publishing.Unlock()
	return explain(x.writePublished(folder, files, list))
}

// mayWrite says why a stage of the run could not publish in the end, or copy what it
// left out, before any of them works for an hour.
func (x *execution) mayWrite(run *RunResult) error {
	for _, j := range x.tasks {
		if j.run != run || !j.Enabled || x.Verify {
			continue
		}
		if err := x.maySetAside(j); err != nil {
			return err
		}
		if j.Publish == "" {
			continue
		}
		folder := abs(x.Project, j.Publish)
		x.publishing.Lock()
		_, err := readPublished(folder, j.Publish)
		x.publishing.Unlock()
		if err == nil {
			err = tryToWrite(filepath.Dir(folder))
		}
		wrong := (*diag.Error)(nil)
		switch {
		case err == nil:
			continue
		case !errors.As(err, &wrong):
			wrong = diag.New(fmt.Sprintf("%s could not be published in %s: %v", j.Name, j.Publish, err), "make that folder writable, or publish in another")
		}
		return j.PlaceAt("publish", wrong)
	}
	return nil
}

// tryToWrite makes a file that goes again, in a folder or in the nearest above it that
// is there: no folder comes of it.
func tryToWrite(folder string) error {
	for {
		if _, err := os.Lstat(folder); err == nil || filepath.Dir(folder) == folder {
			break
		}
		folder = filepath.Dir(folder)
	}
	f, err := os.CreateTemp(folder, ".labbook-")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// copiesStand says whether every file is as it was published.
func (x *execution) copiesStand(ctx context.Context, files []publishedFile) bool {
	return !slices.ContainsFunc(files, func(f publishedFile) bool {
		proof, err := x.Cache.Memory().File(ctx, f.path, abs(x.Project, f.path))
		return err != nil || proof.Hex() != f.digest
	})
}

// readPublished gives the list of what was published in a folder, nil where
// nothing was and nothing is there. A folder with files of others is an error.
func readPublished(folder, name string) ([]byte, error) {
	list, err := os.ReadFile(filepath.Join(folder, publishedList))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, explain(err)
	}
	known := map[string]bool{publishedList: list != nil}
	for line := range strings.Lines(string(list)) {
		if _, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  "); ok {
			known[name] = true
		}
	}
	var others []string
	err = filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(folder, p)
		if rel = filepath.ToSlash(rel); err == nil && !known[rel] {
			others = append(others, rel)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, explain(err)
	}
	if len(others) > 0 {
		return nil, diag.New(fmt.Sprintf("%s/ has %s that labbook did not put there: %s", name, human.Count(len(others), "file"), diag.Names(others)),
			"move them away, or publish in a folder that is not there yet")
	}
	return list, nil
}

// listOf gives the list of published files.
func listOf(files []publishedFile) []byte {
	var b bytes.Buffer
	for _, f := range files {
		fmt.Fprintf(&b, "%s  %s\n", f.digest, f.name)
	}
	return b.Bytes()
}

// writePublished copies the files beside the folder and then changes places.
func (x *execution) writePublished(folder string, files []publishedFile, list []byte) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o777); err != nil {
		return err
	}
	sweepPublished(folder)
	beside := filepath.Join(filepath.Dir(folder), "."+filepath.Base(folder)+"."+rand.Text()[:8])
	made, old := beside+".new", beside+".old"
	defer os.RemoveAll(made)
	if err := os.Mkdir(made, 0o777); err != nil {
		return err
	}
	for _, f := range files {
		if err := x.copyBlob(f, filepath.Join(made, filepath.FromSlash(f.name))); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(made, publishedList), list, 0o666); err != nil {
		return err
	}
	if err := os.Rename(folder, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Rename(made, folder); err != nil {
		os.Rename(old, folder)
		return err
	}
	return os.RemoveAll(old)
}

// sweepPublished removes what a process left beside a folder that was killed
// before it changed places.
func sweepPublished(folder string) {
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(folder), "."+filepath.Base(folder)+".????????.*"))
	for _, path := range left {
		info, err := os.Stat(path)
		if ext := filepath.Ext(path); err == nil && (ext == ".new" || ext == ".old") && time.Since(info.ModTime()) > time.Hour {
			os.RemoveAll(path)
		}
	}
}

// copyBlob copies a file of the cache, which nobody may write to, to a new file.
func (x *execution) copyBlob(f publishedFile, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	mode := os.FileMode(0o666)
	if f.exec {
		mode = 0o777
	}
	return copyFile(x.Cache.Path(f.digest), to, mode)
}

// copyFile copies a file to a new one.
func copyFile(path, to string, mode os.FileMode) error {
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, from)
	return errors.Join(err, out.Close())
}
