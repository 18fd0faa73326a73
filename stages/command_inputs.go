package stages

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"unicode"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/program"
	"labbook/internal/data/formats"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/runner/stage"
)

// The files that a matrix becomes for a program: FileMatrix is a format of our
// own.
const (
	handedMatrix = "matrix" // dense: a column a feature; sparse: a row a stored value
	handedTarget = "target" // beside a sparse one: the outcome of each row
	handedNames  = "names"  // and the name of each column, in their order
)

// handed is a file that a program is given of another stage.
type handed struct {
	name  string // without extension where table is to be written
	exec  bool
	from  string // the file to copy; "" where table is to be written
	table *table.Table
}

// handInputs copies the outputs of the stages in `from` into the workspace, tables in
// the format that was asked for, and gives the variables that name them, "NAME=path".
func handInputs(c *stage.Context, space *program.Workspace, as formats.Format) (env []string, err error) {
	for _, in := range c.Inputs() {
		files, err := handedOf(in, as)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			if f.table != nil {
				f.name += "." + string(as)
			}
			name := "inputs/" + in.Stage + "/" + f.name
			if f.table == nil {
				err = space.Add(name, f.from, f.exec)
			} else {
				err = space.Put(name, func(path string) error { return writeTable(path, f.table, as) })
			}
			if err != nil {
				return nil, err
			}
			env = append(env, inputVariable(in.Stage, f.name)+"="+name)
		}
	}
	return distinct(env)
}

// writeTable writes a table to a file that is not there yet.
func writeTable(path string, t *table.Table, as formats.Format) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(formats.Write(f, t, as), f.Close())
}

// handedOf says in what form the files of an output are handed over: as they are,
// but for tables in another format than is asked for, and for what no program of
// others reads. What another command left as a file stays one.
func handedOf(in *artifact.Artifact, as formats.Format) (files []handed, err error) {
	for _, b := range in.Files {
		ext := path.Ext(b.Name)
		base := strings.TrimSuffix(b.Name, ext)
		switch {
		case b.Name == features.FileMatrix:
			fs, err := handedMatrixOf(in)
			if err != nil {
				return nil, err
			}
			files = append(files, fs...)
		case ext == ".lbt" || ext == ".arrow" && as != formats.Arrow && ours(in, b.Name):
			t, err := table.OpenFile(in, base+".arrow")
			if err != nil {
				return nil, err
			}
			files = append(files, handed{name: base, table: t})
		default:
			files = append(files, handed{name: b.Name, from: b.Path, exec: b.Exec})
		}
	}
	return files, nil
}

// ours says whether an Arrow file of an output is a table of labbook's, and none that
// a program left as a file.
func ours(in *artifact.Artifact, name string) bool {
	return !in.Is(artifact.Files) || in.Is(artifact.Table, artifact.Split, artifact.Features) && slices.Contains([]string{table.File, partition.FileTrain, partition.FileTest}, name)
}

// handedMatrixOf gives the matrix of features as tables.
func handedMatrixOf(in *artifact.Artifact) ([]handed, error) {
	f, l, err := features.Open(in)
	if err != nil {
		return nil, err
	}
	target := l.Target(f.Target.Name)
	target.Unit, target.Doc = f.Target.Unit, f.Target.Doc
	for slices.Contains(l.X.Names, target.Name) {
		target.Name += " (target)"
	}
	if l.X.Sparse != nil {
		return []handed{{name: handedMatrix, table: l.X.Triplets()}, {name: handedTarget, table: table.New(target)},
			{name: handedNames, table: table.New(&table.Column{Field: table.Field{Name: "name", Type: table.Text}, Texts: l.X.Names})}}, nil
	}
	return []handed{{name: handedMatrix, table: table.New(append(l.X.Table().Columns, target)...)}}, nil
}

// inputVariable gives the name of the variable that leads to a file of a stage:
// LABBOOK_INPUT_SPLIT_TRAIN of train.arrow of the stage split.
func inputVariable(stage, file string) string {
	return "LABBOOK_INPUT_" + variable(stage) + "_" + variable(strings.TrimSuffix(file, path.Ext(file)))
}

// variable writes a name as environment variables are.
func variable(name string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return unicode.ToUpper(r)
		}
		return '_'
	}, name)
}

// distinct gives each variable once: of files of one folder of which only the
// extension differs it names the first, which is the table. That two stages come
// to the same name is an error.
func distinct(env []string) ([]string, error) {
	seen := map[string]string{}
	var kept []string
	for _, line := range env {
		name, file, _ := strings.Cut(line, "=")
		before, twice := seen[name]
		switch {
		case !twice:
			seen[name] = file
			kept = append(kept, line)
		case path.Dir(before) != path.Dir(file):
			return nil, &diag.Error{What: fmt.Sprintf("%s would name both %s and %s", name, before, file), Hint: "rename one of the stages"}
		}
	}
	return kept, nil
}
