package stages

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/program"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/runner/stage"
)

// The files that a matrix becomes for a program: FileMatrix is a format of our
// own.
const (
	handedMatrix = "matrix.arrow" // dense: a column a feature; sparse: a row a stored value
	handedTarget = "target.arrow" // beside a sparse one: the outcome of each row
)

// handed is a file that a program is given of another stage.
type handed struct {
	name  string
	exec  bool
	from  string // the file to copy; "" where table is to be written
	table *table.Table
}

// handInputs copies the outputs of the stages in `from` into the workspace, in forms
// that any program reads, and gives the variables that name them, "NAME=path".
func handInputs(c *stage.Context, space *program.Workspace) (env []string, err error) {
	for _, in := range c.Inputs() {
		files, err := handedOf(in)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			name := "inputs/" + in.Stage + "/" + f.name
			if f.table == nil {
				err = space.Add(name, f.from, f.exec)
			} else {
				err = space.Put(name, f.table.WriteFile)
			}
			if err != nil {
				return nil, err
			}
			env = append(env, inputVariable(in.Stage, f.name)+"="+name)
		}
	}
	return distinct(env)
}

// handedOf says in what form the files of an output are handed over: as they are,
// but for those that no program of others reads.
func handedOf(in *artifact.Artifact) (files []handed, err error) {
	for _, b := range in.Files {
		switch base, old := strings.CutSuffix(b.Name, ".lbt"); {
		case b.Name == features.FileMatrix:
			fs, err := handedMatrixOf(in)
			if err != nil {
				return nil, err
			}
			files = append(files, fs...)
		case old:
			t, err := table.OpenFile(in, base+".arrow")
			if err != nil {
				return nil, err
			}
			files = append(files, handed{name: base + ".arrow", table: t})
		default:
			files = append(files, handed{name: b.Name, from: b.Path, exec: b.Exec})
		}
	}
	return files, nil
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
		return []handed{{name: handedMatrix, table: l.X.Triplets()}, {name: handedTarget, table: table.New(target)}}, nil
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
