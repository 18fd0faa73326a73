package cli

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"labbook/internal/base/diag"
	"labbook/models/exchange"
)

// writeModelFolder writes a folder for MLflow, whole or not at all: the files are
// written beside it first. It takes the place of an empty folder, and of one that
// was written so before.
func writeModelFolder(dir string, files map[string][]byte) error {
	if err := replaceable(dir); err != nil {
		return err
	}
	parent, name := filepath.Split(filepath.Clean(dir))
	made := filepath.Join(parent, "."+name+"."+rand.Text()[:8]+".new") // of nobody else
	if err := os.Mkdir(made, 0o777); err != nil {
		return err
	}
	defer os.RemoveAll(made)
	for name, data := range files {
		path := filepath.Join(made, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			return err
		}
	}
	old := made + ".old"
	switch err := os.Rename(dir, old); {
	case err == nil:
		defer os.RemoveAll(old)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.Rename(made, dir); err != nil {
		return errors.Join(err, ignoreMissing(os.Rename(old, dir)))
	}
	return nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// replaceable says what keeps a folder from being written at that place.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0:
		return nil
	case err != nil:
		return &diag.Error{What: fmt.Sprintf("%s is no folder that could be written", dir), Found: err.Error(), Wanted: "a new folder, or an empty one", Err: err,
			Hint: "name another folder with --mlflow"}
	}
	if known, err := os.ReadFile(filepath.Join(dir, exchange.MLmodel)); err == nil && bytes.Contains(known, []byte(exchange.MLmodelMark)) {
		return nil
	}
	return &diag.Error{What: fmt.Sprintf("the folder %s is not empty, and not one that export wrote", dir), Found: entries[0].Name() + " in it",
		Wanted: "a new folder, an empty one, or one that export --mlflow wrote before", Hint: "name another folder, or remove this one"}
}
