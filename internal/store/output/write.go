package output

import (
	"bufio"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
)

// WriteFile writes the file in the form that was chosen, whole or not at all.
func (c *Chosen) WriteFile(path string) error {
	mode := os.FileMode(0o666)
	if c.Exec && c.As == "" {
		mode = 0o777
	}
	return WriteWhole(path, mode, c.Write)
}

// WriteWhole writes a file under another name first: one that is there stays
// whole until the new one is.
func WriteWhole(path string, mode os.FileMode, write func(io.Writer) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	tmp := beside(path)
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	defer os.Remove(tmp)
	w := bufio.NewWriterSize(f, 1<<18)
	if err := errors.Join(write(w), w.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}

// beside gives a name in the same folder that nobody else has.
func beside(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text()[:8]+".new")
}

// WriteFolder writes all files of an output to a folder that is not there yet, or
// has nothing in it: all of them or none.
func WriteFolder(found *artifact.Artifact, path string) error {
	path = filepath.Clean(path)
	if there, err := os.ReadDir(path); err == nil && len(there) > 0 {
		return diag.New("the folder "+path+" is not empty", "remove it, or name another")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	tmp := beside(path)
	if err := os.Mkdir(tmp, 0o777); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for _, b := range found.Files {
		if err := asItIs(found, b).WriteFile(filepath.Join(tmp, filepath.FromSlash(b.Name))); err != nil {
			return err
		}
	}
	os.Remove(path) // which is empty
	return os.Rename(tmp, path)
}
