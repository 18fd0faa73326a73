package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The page about Python shows the files beside it as they are.
func TestPythonPageShowsItsFiles(t *testing.T) {
	page, err := os.ReadFile("docs/python.md")
	require.NoError(t, err)
	files, err := os.ReadDir("docs/python")
	require.NoError(t, err)
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join("docs/python", f.Name()))
		require.NoError(t, err)
		language := map[string]string{".py": "python", ".yaml": "yaml"}[filepath.Ext(f.Name())]
		assert.Contains(t, string(page), "`"+f.Name()+"`\n\n```"+language+"\n"+string(text)+"```\n", f.Name())
	}
}

// withPython has scripts find the Python that LABBOOK_PYTHON names as python3. It is
// no link, which would hide the environment that it belongs to.
func withPython(e *testscript.Env) error {
	python, promised := os.LookupEnv("LABBOOK_PYTHON")
	if !promised {
		return nil
	}
	python, err := exec.LookPath(python)
	if err != nil {
		return err
	}
	if python, err = filepath.Abs(python); err != nil {
		return err
	}
	bin := filepath.Join(e.WorkDir, ".tmp", "python")
	if err := os.MkdirAll(bin, 0o777); err != nil {
		return err
	}
	e.Setenv("PATH", bin+string(filepath.ListSeparator)+e.Getenv("PATH"))
	return os.WriteFile(filepath.Join(bin, "python3"), []byte("#!/bin/sh\nexec '"+python+"' \"$@\"\n"), 0o777)
}

// hasPython says whether there is a Python with all that docs/python needs; where
// LABBOOK_PYTHON promised it, it is an error that there is none.
func hasPython() (bool, error) {
	python, promised := os.LookupEnv("LABBOOK_PYTHON")
	if !promised {
		python = "python3"
	}
	out, err := exec.Command(python, "-c", "import pandas, pyarrow, sklearn, lightgbm, catboost, matplotlib").CombinedOutput()
	if err != nil && promised {
		return false, fmt.Errorf("LABBOOK_PYTHON=%s lacks what internal/testdata/python/requirements.txt lists: %v\n%s", python, err, out)
	}
	return err == nil, nil
}
