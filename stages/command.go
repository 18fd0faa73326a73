package stages

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/base/program"
	"labbook/internal/data/formats"
	"labbook/internal/data/table"
	"labbook/runner/stage"
)

// commandParams are the parameters of the kind command.
type commandParams struct {
	Run     params.Command     `yaml:"run" doc:"What to run: a text for the shell, or a program with its arguments as a list."`
	Inputs  []string           `yaml:"inputs" doc:"Files of the project that it reads: paths, folders or patterns."`
	Tables  string             `yaml:"tables" enum:"arrow|csv|parquet|jsonl" doc:"The format in which the program gets the tables and matrices of the stages in from."`
	Tools   params.Strings     `yaml:"tools" doc:"Programs outside the project that the result depends on, by name or absolute path: their bytes are part of what is asked, so another one runs the stage again."`
	Version params.Command     `yaml:"version" doc:"A command that prints the version of what the result depends on. It is asked once a run, in an empty folder, and what it prints takes the place of the bytes of the tools."`
	Lock    params.Strings     `yaml:"lock" doc:"Files of the project that pin what the program uses, such as requirements.txt. They are inputs."`
	Outputs params.Map[string] `yaml:"outputs" listed:"" enum:"|files|table|split|features" doc:"Files that it makes: paths, folders or patterns, relative to where it runs. A mapping says what they are: {x.arrow: table}, or {train.arrow: split, test.arrow: split}, is read by whatever reads a table or a split. features are numbers alone, besides the target, in a training part and, if there is one, a test part; train and evaluate read them."`
	Target  string             `yaml:"target" doc:"Of outputs that are features, the column to be predicted."`
}

// Resolve implements what stage.Kind.Params asks for.
func (p *commandParams) Resolve() error {
	if len(p.Run) == 0 || p.Run[0] == "" {
		return diag.New("no command is given", "write run: and what to type in a shell")
	}
	var wrong []error
	for _, list := range []struct {
		name, effect string
		paths        []string
	}{
		{"inputs", "copy the file into the project, or let a stage load it", p.Inputs},
		{"lock", "copy the file into the project", p.Lock},
		{"outputs", "let the command write below the folder it runs in", p.Outputs.Keys()},
	} {
		for i, path := range list.paths {
			e := &diag.Error{Found: strconv.Quote(path), Hint: list.effect}
			switch {
			case !filepath.IsLocal(path):
				e.What, e.Wanted = "a path of "+list.name+" leaves the workspace", "a relative path without .."
			case strings.ContainsFunc(path, unicode.IsControl) || !utf8.ValidString(path):
				e.What, e.Hint = "a path of "+list.name+" holds a character that is none of a text", "name the file by what can be typed"
			default:
				continue
			}
			wrong = append(wrong, params.FaultOf(fmt.Sprintf("%s[%d]", list.name, i), e))
		}
	}
	return errors.Join(append(wrong, p.resolveOutputs())...)
}

// command runs a program that somebody else wrote. It is the only kind whose
// work is not ours, so its contract is about the borders: what the program
// sees, what of what it leaves is kept, and what stands in the key.
func command() stage.Kind {
	return stage.Kind{
		Name:    "command",
		Version: 3,
		Doc: `Runs any program.

It runs in a folder of its own that holds copies of what is declared, and
nothing else:

- the project's files named in ` + "`inputs`" + `, under their paths in the project;
- the outputs of the stages in ` + "`from`" + `, as ` + "`inputs/STAGE/FILE`" + `, each named by
  a variable: ` + "`LABBOOK_INPUT_SPLIT_TRAIN`" + ` is train.arrow of the stage split.

Tables are Arrow IPC files, which pandas, Polars and R open as they are, or what ` + "`tables`" + ` says: with ` + "`tables: parquet`" + ` the same
variable names train.parquet. The matrix of features is one too, matrix.arrow, with the
target as its last column; a sparse one has a row a stored value (row, column, value), beside it target.arrow, a row for each of its
rows, and names.arrow, a row for each of its columns.

What ` + "`outputs`" + ` names is kept under the same paths; a declared output that is
missing is an error, a file that is not declared is a warning. An output with a type may be Arrow, Parquet, CSV or JSON lines: it is read, checked
and kept in labbook's own form; units, documentation and orders of levels come from the input's column of the same name.
metrics.json and warnings.json, which need no declaration, become metrics and warnings of the stage. Each line of JSON on file
descriptor 3 is progress: ` + "`{\"fraction\": 0.4, \"message\": \"fold 2\", \"metrics\": {\"mae\": 312.4}}`" + `. A text is run by
` + "`sh -e -c`" + `, so it stops at the first line that fails, as a recipe of make
does; write ` + "`|| true`" + ` behind what may fail. A list is run without a shell. The
program sees PATH, a private HOME and TMPDIR, LANG=C.UTF-8, TZ=UTC, and the
variables that the stage lists in ` + "`env`" + `. One that comes to hold more than the
stage's ` + "`memory`" + `, with all that it started, is ended, where there is /proc to look it up in. It has no business elsewhere, though
nothing keeps it from absolute paths. Pictures (PNG, SVG), specifications
of figures (NAME.figure.json) and Markdown among the outputs appear in the report.

A program that a list names by its path in the project is an input. Another
version of a program from outside is a reason to run again only where the stage
names it under ` + "`tools`, or asks its `version`" + `; ` + "`labbook check`" + ` says where one is missing.`,
		Params:  func() any { return &commandParams{Tables: string(formats.Arrow)} },
		Reads:   []stage.Port{stage.Some(0)},
		Makes:   []artifact.Type{artifact.Files},
		MakesOf: func(p any) []artifact.Type { return p.(*commandParams).makes() },
		Files:   func(p any) []string { return p.(*commandParams).reads() },
		Tools:   func(p any) []stage.Tool { return p.(*commandParams).depends() },
		Advice:  func(p any) []diag.Error { return p.(*commandParams).advise() },
		Run:     runCommand,

		Show: showOutputs, ShowVersion: 2,
	}
}

// runCommand gives the program a folder with copies of what is declared, waits
// for it, and moves the declared outputs away. A missing output, or an exit
// that is not 0, fails the stage; files that were not declared are dropped with
// a warning. CPU time and memory are the program's, with all that it started;
// once the stage is stopped, nothing of that is left running.
func runCommand(c *stage.Context) error {
	p := stage.Params[commandParams](c)
	space := program.Workspace{Dir: filepath.Join(c.Temp(), "work"), Scratch: c.Temp(), Progress: progressOf(c), Memory: c.Memory()}
	env, err := fillWorkspace(c, &space)
	if err != nil {
		return err
	}
	spent, err := space.Run(c, p.Run, append(env, c.Env()...), c.Log())
	c.Spent(spent.CPU, spent.Memory)
	if err != nil {
		return explainCommand(c, &space, err)
	}
	left, err := collectOutputs(c, p, &space)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		c.Warn(notebook.Finding{Count: len(left),
			Text: fmt.Sprintf("files were written that are not declared, and dropped: %s; add them to outputs, or write to $TMPDIR", some(left))})
	}
	return nil
}

// collectOutputs takes what the program left, and gives the files that nobody asked
// for.
func collectOutputs(c *stage.Context, p *commandParams, space *program.Workspace) (left []string, err error) {
	if err := takeLeft(c, space.Dir); err != nil {
		return nil, err
	}
	held := func(name string) string { return filepath.Join(c.Temp(), "typed", filepath.FromSlash(name)) }
	left, err = space.Collect(append(p.plain(), p.typed().Keys()...), func(name string) string {
		if _, ok := p.typed().Get(name); ok {
			return held(name)
		}
		return c.Path(name)
	})
	if err != nil {
		return nil, err
	}
	left = slices.DeleteFunc(left, func(name string) bool { return name == leftMetrics || name == leftWarnings })
	if err := checkFigures(c.Path(".")); err != nil {
		return nil, err
	}
	return left, takeTyped(c, p, func(name string) (*table.Table, error) {
		r, err := formats.Read(held(name), formats.Options{Name: name, Cores: c.Cores(), Context: c})
		if err != nil {
			return nil, err
		}
		for _, notice := range r.Notices {
			c.Warn(notebook.Finding{Column: notice.Column, Count: notice.Count, Text: name + ": " + notice.Column + " " + notice.What})
		}
		return r.Table, finite(name, r.Table)
	})
}

// fillWorkspace copies what the stage declares to read, and gives the variables that
// name the files of other stages.
func fillWorkspace(c *stage.Context, space *program.Workspace) (env []string, err error) {
	if err := space.Make(); err != nil {
		return nil, err
	}
	for _, f := range c.Files() {
		if err := space.Add(f.Path, f.Abs, f.Exec); err != nil {
			return nil, err
		}
	}
	return handInputs(c, space, formats.Format(stage.Params[commandParams](c).Tables))
}

// explainCommand says of a failed command what a person can do about it.
func explainCommand(c *stage.Context, space *program.Workspace, err error) error {
	if exceeded := (*program.MemoryError)(nil); errors.As(err, &exceeded) {
		return &diag.Error{What: err.Error(), Err: err, Hint: "raise its memory, or give it less to do"}
	}
	var failure *program.Failure
	if !errors.As(err, &failure) {
		return err
	}
	e := &diag.Error{What: err.Error(), Err: err, Hint: "its log has what it printed"}
	if undeclared := space.Undeclared(c.Project()); len(undeclared) > 0 {
		quoted := make([]string, len(undeclared))
		for i, path := range undeclared {
			quoted[i] = fmt.Sprintf("%q", path)
		}
		e.What += "; it asked for what it does not declare"
		e.Hint = fmt.Sprintf("add %s to inputs", strings.Join(quoted, ", "))
	}
	return e
}

// showOutputs puts pictures and texts among the outputs into the report.
func showOutputs(s *stage.Shown) error {
	for _, f := range s.Out.Files {
		ext, spec := strings.TrimPrefix(path.Ext(f.Name), "."), strings.HasSuffix(f.Name, figureEnd)
		if f.Size > largestShown || !spec && ext != "png" && ext != "svg" && ext != "md" {
			continue
		}
		data, err := os.ReadFile(f.Path)
		if err != nil {
			return err
		}
		if ext == "md" {
			s.Cell.Markdown(string(data))
			continue
		}
		if spec {
			chart, err := decodeFigure(data)
			if err != nil {
				return err
			}
			s.Cell.Figure(&notebook.Figure{Alt: cmp.Or(chart.Title, f.Name), Chart: chart})
			continue
		}
		s.Cell.Figure(&notebook.Figure{Alt: f.Name, Caption: f.Name, Picture: &notebook.Picture{Type: ext, Data: data}})
	}
	return nil
}

// some names the first few of a list.
func some(list []string) string {
	if len(list) > 5 {
		return strings.Join(list[:5], ", ") + fmt.Sprintf(" and %d more", len(list)-5)
	}
	return strings.Join(list, ", ")
}
