// Package output gives out what stages left: any file of it as it is, and tables
// and matrices in the form that a name asks for. Whoever asks, a command or a
// client of the server, names a file by the same rule; see Choose.
package output

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/formats"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
)

// Chosen is a file of an output, and the form in which it is wanted.
type Chosen struct {
	artifact.Blob
	From *artifact.Artifact
	Name string         // the last part of what it is called then: "train.csv"
	As   formats.Format // "" as it is
}

// Extensions are those of the forms that tables are given in; the first of a form
// is what messages call it by.
var Extensions = []string{".csv", ".parquet", ".jsonl", ".arrow"}

// Choose gives the file that a name means: the file of that name, or the only one
// that is called so without its extension; or, where the name ends in one of
// Extensions, the table or matrix that is called so but for that. Without a name
// it is the only file there is. Where a table and a matrix differ in nothing but
// their own extension, the form stands behind it: "train.lbm.csv".
func Choose(a *artifact.Artifact, name string) (*Chosen, error) {
	if name == "" {
		if len(a.Files) == 1 {
			return asItIs(a, a.Files[0]), nil
		}
		return nil, several(a, a.Files, "")
	}
	bare, as := withoutExtension(name)
	var called, tables []artifact.Blob
	for _, b := range a.Files {
		rest, _ := withoutExtension(b.Name)
		switch {
		case b.Name == name:
			return asItIs(a, b), nil
		case rest == name || strings.TrimSuffix(b.Name, path.Ext(b.Name)) == name:
			called = append(called, b)
		case as != "" && b.Name == bare && IsTable(b.Name):
			return &Chosen{Blob: b, From: a, Name: path.Base(name), As: as}, nil
		case as != "" && rest == bare && IsTable(b.Name):
			tables = append(tables, b)
		}
	}
	switch {
	case len(called) == 1:
		return asItIs(a, called[0]), nil
	case len(called) > 1:
		return nil, several(a, called, name)
	case len(tables) == 1:
		return &Chosen{Blob: tables[0], From: a, Name: path.Base(name), As: as}, nil
	case len(tables) > 1:
		return nil, several(a, tables, name)
	}
	hint := diag.DidYouMean(name, names(a.Files))
	return nil, diag.New(fmt.Sprintf("%s left no file %q", a.Stage, name), hint)
}

// ChooseTable is Choose for whoever wants a table: without a name it is the only
// table or matrix there is.
func ChooseTable(a *artifact.Artifact, name string) (*Chosen, error) {
	if name != "" {
		c, err := Choose(a, name)
		if err == nil && !IsTable(c.Blob.Name) {
			err = noTable(a, c.Blob.Name)
		}
		return c, err
	}
	tables := slices.DeleteFunc(slices.Clone(a.Files), func(b artifact.Blob) bool { return !IsTable(b.Name) })
	switch len(tables) {
	case 0:
		return nil, diag.New(a.Stage+" left no table", "it left "+diag.Names(names(a.Files)))
	case 1:
		return asItIs(a, tables[0]), nil
	}
	return nil, several(a, tables, "")
}

func noTable(a *artifact.Artifact, file string) error {
	return diag.New(fmt.Sprintf("%s of %s is not a table", file, a.Stage), fmt.Sprintf("`labbook get %s:%s` gives it as it is", a.Stage, file))
}

// Convert asks for the file in the form that a name ends in. One that is as it is
// already, or that has no form to convert from where the name says none, stays.
func (c *Chosen) Convert(name string) error {
	_, as := withoutExtension(name)
	if as == "" || ending(c.Blob.Name) == as {
		return nil
	}
	if !IsTable(c.Blob.Name) {
		if path.Ext(c.Blob.Name) == path.Ext(name) {
			return nil
		}
		return diag.New(fmt.Sprintf("%s of %s is not a table, and cannot become %s", c.Blob.Name, c.From.Stage, path.Ext(name)),
			"give the file the name "+path.Base(c.Blob.Name))
	}
	c.As = as
	return nil
}

// asItIs chooses a file in the form that it has.
func asItIs(a *artifact.Artifact, b artifact.Blob) *Chosen {
	return &Chosen{Blob: b, From: a, Name: path.Base(b.Name)}
}

// several says that a name is not enough.
func several(a *artifact.Artifact, files []artifact.Blob, name string) error {
	if len(files) == 0 {
		return diag.New(a.Stage+" left no file", "")
	}
	what := fmt.Sprintf("%s left %d files", a.Stage, len(files))
	if name != "" {
		what = fmt.Sprintf("%s left %d files called %q", a.Stage, len(files), name)
	}
	return diag.New(what+": "+diag.Names(names(files)), fmt.Sprintf("say which: %s:%s", a.Stage, files[0].Name))
}

func names(files []artifact.Blob) []string {
	all := make([]string, len(files))
	for i, b := range files {
		all[i] = b.Name
	}
	return all
}

// withoutExtension gives a name without the extension of a form, and the form.
func withoutExtension(name string) (string, formats.Format) {
	for _, ext := range Extensions {
		if rest, ok := strings.CutSuffix(name, ext); ok && rest != "" {
			return rest, formats.Format(ext[1:])
		}
	}
	for _, own := range []string{".lbm", ".lbt", ".feather"} {
		if rest, ok := strings.CutSuffix(name, own); ok {
			if own == ".feather" {
				return rest, formats.Arrow
			}
			return rest, ""
		}
	}
	return name, ""
}

// ending gives the form that a file has.
func ending(name string) formats.Format {
	f, _ := formats.ByName(name)
	return f
}

// IsTable says whether a file of that name holds a table or a matrix.
func IsTable(name string) bool {
	_, known := formats.ByName(name)
	ext := path.Ext(name)
	return known || ext == ".lbt" || ext == ".lbm"
}

// Forms gives the names by which a table or a matrix of an output is had in other
// forms, in the order of Extensions.
func Forms(a *artifact.Artifact, file string) []string {
	if !IsTable(file) {
		return nil
	}
	var names []string
	for _, ext := range Extensions {
		name := strings.TrimSuffix(file, path.Ext(file)) + ext
		if ext == path.Ext(file) {
			continue
		}
		if c, err := Choose(a, name); err != nil || c.Blob.Name != file {
			name = file + ext
		}
		names = append(names, name)
	}
	return names
}

// Table reads the file as a table.
func (c *Chosen) Table() (*table.Table, error) {
	switch path.Ext(c.Blob.Name) {
	case ".arrow", ".lbt":
		return table.OpenFile(c.From, strings.TrimSuffix(c.Blob.Name, path.Ext(c.Blob.Name))+".arrow")
	case ".lbm":
		return c.matrix()
	}
	read, err := formats.Read(c.Path, formats.Options{Name: c.Blob.Name})
	if err != nil {
		return nil, err
	}
	return read.Table, nil
}

// matrix reads the training rows of features, whose target they name.
func (c *Chosen) matrix() (*table.Table, error) {
	data, err := os.ReadFile(c.Path)
	if err != nil {
		return nil, err
	}
	l, err := matrix.DecodeLabelled(data)
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", c.Blob.Name, c.From.Stage, err)
	}
	target := "target"
	if fitted, err := features.Load(c.From.ReadFile); err == nil {
		target = fitted.Target.Name
	}
	return formats.OfMatrix(l, target), nil
}

// Write writes the file in the form that was chosen.
func (c *Chosen) Write(w io.Writer) error {
	if c.As == "" {
		f, err := os.Open(c.Path)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, f)
		return errors.Join(err, f.Close())
	}
	t, err := c.Table()
	if err != nil {
		return err
	}
	return formats.Write(w, t, c.As)
}

// mediaTypes are those of extensions that others know, and the system may not.
// What a browser would run as a page is given as text or for saving.
var mediaTypes = map[string]string{
	".csv": "text/csv; charset=utf-8", ".parquet": "application/vnd.apache.parquet", ".jsonl": "application/x-ndjson",
	".arrow": "application/vnd.apache.arrow.file", ".json": "application/json", ".md": "text/markdown; charset=utf-8",
	".txt": "text/plain; charset=utf-8", ".log": "text/plain; charset=utf-8", ".png": "image/png",
}

// MediaType gives the type of a file by its name. It does not ask the system, so
// that every machine answers alike.
func MediaType(name string) string {
	if typ, ok := mediaTypes[strings.ToLower(path.Ext(name))]; ok {
		return typ
	}
	return "application/octet-stream"
}

// Disposition gives the header that makes a browser save a file under its name.
func Disposition(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
