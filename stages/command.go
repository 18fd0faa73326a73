package stages

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/base/program"
	"labbook/runner/stage"
)

// commandParams are the parameters of the kind command.
type commandParams struct {
	Run     params.Command `yaml:"run" doc:"What to run: a text for the shell, or a program with its arguments as a list."`
	Inputs  []string       `yaml:"inputs" doc:"Files of the project that it reads: paths, folders or patterns."`
	Tools   params.Strings `yaml:"tools" doc:"Programs outside the project that the result depends on, by name or absolute path: their bytes are part of what is asked, so another one runs the stage again."`
	Version params.Command `yaml:"version" doc:"A command that prints the version of what the result depends on. It is asked once a run, in an empty folder, and what it prints takes the place of the bytes of the tools."`
	Lock    params.Strings `yaml:"lock" doc:"Files of the project that pin what the program uses, such as requirements.txt. They are inputs."`
	Outputs []string       `yaml:"outputs" doc:"Files that it makes: paths, folders or patterns, relative to where it runs."`
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
		{"outputs", "let the command write below the folder it runs in", p.Outputs},
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
	return errors.Join(wrong...)
}

// command runs a program that somebody else wrote. It is the only kind whose
// work is not ours, so its contract is about the borders: what the program
// sees, what of what it leaves is kept, and what stands in the key.
func command() stage.Kind {
	return stage.Kind{
		Name:    "command",
		Version: 2,
		Doc: `Runs any program.

It runs in a folder of its own that holds copies of what is declared, and
nothing else:

- the project's files named in ` + "`inputs`" + `, under their paths in the project;
- the outputs of the stages in ` + "`from`" + `, as ` + "`inputs/STAGE/FILE`" + `.

What ` + "`outputs`" + ` names is kept under the same paths; a declared output that is
missing is an error, a file that is not declared is a warning. A text is run by
` + "`sh -e -c`" + `, so it stops at the first line that fails, as a recipe of make
does; write ` + "`|| true`" + ` behind what may fail. A list is run without a shell. The
program sees PATH, a private HOME and TMPDIR, LANG=C.UTF-8, TZ=UTC, and the
variables that the stage lists in ` + "`env`" + `. It has no business elsewhere, though
nothing keeps it from absolute paths. Pictures (PNG, SVG) and Markdown among the
outputs appear in the report.

A program that a list names by its path in the project is an input. Another
version of a program from outside is a reason to run again only where the stage
names it under ` + "`tools`, or asks its `version`" + `; ` + "`labbook check`" + ` says where one is missing.`,
		Params: func() any { return &commandParams{} },
		Reads:  []stage.Port{stage.Some(0)},
		Makes:  []artifact.Type{artifact.Files},
		Files:  func(p any) []string { return p.(*commandParams).reads() },
		Tools:  func(p any) []stage.Tool { return p.(*commandParams).depends() },
		Advice: func(p any) []diag.Error { return p.(*commandParams).advise() },
		Run:    runCommand,

		Show: showOutputs, ShowVersion: 1,
	}
}

// runCommand gives the program a folder with copies of what is declared, waits
// for it, and moves the declared outputs away. A missing output, or an exit
// that is not 0, fails the stage; files that were not declared are dropped with
// a warning. CPU time and memory are the program's, with all that it started;
// once the stage is stopped, nothing of that is left running.
func runCommand(c *stage.Context) error {
	p := stage.Params[commandParams](c)
	space := program.Workspace{Dir: filepath.Join(c.Temp(), "work"), Scratch: c.Temp()}
	if err := fillWorkspace(c, &space); err != nil {
		return err
	}
	spent, err := space.Run(c, p.Run, c.Env(), c.Log())
	c.Spent(spent.CPU, spent.Memory)
	if err != nil {
		return explainCommand(c, &space, err)
	}
	left, err := space.Collect(p.Outputs, c.Path)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		c.Warn(notebook.Finding{Count: len(left),
			Text: fmt.Sprintf("files were written that are not declared, and dropped: %s; add them to outputs, or write to $TMPDIR", some(left))})
	}
	return nil
}

// fillWorkspace copies what the stage declares to read.
func fillWorkspace(c *stage.Context, space *program.Workspace) error {
	if err := space.Make(); err != nil {
		return err
	}
	for _, f := range c.Files() {
		if err := space.Add(f.Path, f.Abs, f.Exec); err != nil {
			return err
		}
	}
	for _, in := range c.Inputs() {
		for _, f := range in.Files {
			if err := space.Add("inputs/"+in.Stage+"/"+f.Name, f.Path, f.Exec); err != nil {
				return err
			}
		}
	}
	return nil
}

// explainCommand says of a failed command what a person can do about it.
func explainCommand(c *stage.Context, space *program.Workspace, err error) error {
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
	const largest = 1 << 20
	for _, f := range s.Out.Files {
		ext := strings.TrimPrefix(path.Ext(f.Name), ".")
		if f.Size > largest || ext != "png" && ext != "svg" && ext != "md" {
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
