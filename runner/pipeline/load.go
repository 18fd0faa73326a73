package pipeline

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
	"labbook/runner/stage"
)

// Options say what to load.
type Options struct {
	Dir   string // the project's folder
	File  string // slash-separated, relative to Dir; "" means pipeline.yaml
	Kinds stage.Kinds
	// Reserved are names that no pipeline may have.
	Reserved []string
	// Checks are the codes that mute may name.
	Checks []string
	// Set changes parameters: "name=value" in every pipeline that has the
	// parameter, "pipeline.name=value" in one. "stage.with.path=value" changes what is
	// written below `with` of a stage, or of all variants of a group, in every pipeline
	// that has it; the pipeline's name may stand before it.
	Set []string
	// Variants, if there are any, chooses among those of `each`: where one of a
	// stage's is named, as "boosting", "train/boosting" or behind the pipeline's
	// name, the others are off, as by `if`. What was loaded so has no Sources:
	// nobody is to take it for the whole project.
	Variants []string
	// Env looks up environment variables; nil means that none is set. Only
	// those that a pipeline lists are asked for.
	Env func(name string) (value string, ok bool)
}

// DefaultFile is what Load reads when no file is named.
const DefaultFile = "pipeline.yaml"

func (o Options) env(name string) (string, bool) {
	if o.Env == nil {
		return "", false
	}
	return o.Env(name)
}

// Load reads a pipeline file with everything it includes. The error is a
// *diag.Error, or a diag.List of all that could be found wrong.
func Load(opts Options) (*Project, error) {
	if opts.File == "" {
		opts.File = DefaultFile
	}
	l := loader{opts: opts, read: map[string]bool{}, chosen: map[string]bool{}}
	l.project.Sources.Set = slices.Clone(opts.Set)
	l.file(path.Clean(filepath.ToSlash(opts.File)), nil, nil)
	l.unique()
	l.applySet()
	for _, f := range l.files {
		if p := l.pipeline(f); p != nil {
			l.project.Pipelines = append(l.project.Pipelines, p)
		}
	}
	if len(l.errs) == 0 && len(l.project.Pipelines) == 0 {
		l.errs = append(l.errs, &diag.Error{File: opts.File, What: "there is no pipeline in it",
			Wanted: "name and stages, or include", Hint: "write stages:, or include: pipelines/*.yaml"})
	}
	if len(l.errs) == 0 {
		l.chose()
		l.found()
		l.apart()
	}
	if len(l.errs) > 0 {
		l.sortErrors()
		return nil, l.errs.Err()
	}
	if len(opts.Variants) > 0 {
		l.project.Sources = Sources{}
	}
	return &l.project, nil
}

// sortErrors puts the errors in the order of the files and of their places.
func (l *loader) sortErrors() {
	order := map[string]int{}
	for i, f := range l.project.Sources.Files {
		order[f.Path] = i + 1
	}
	slices.SortStableFunc(l.errs, func(a, b *diag.Error) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), tree.ComparePlaces(a, b))
	})
}

// loader gathers what one Load finds.
type loader struct {
	opts    Options
	files   []*file
	read    map[string]bool
	chosen  map[string]bool // of Options.Variants, those that some stage has
	over    []*setting      // of Options.Set, those of stages
	project Project
	errs    diag.List
}

// file is a pipeline file, decoded down to its stages.
type file struct {
	path string
	node *tree.Node
	declaration
}

// declaration is what a pipeline file may hold.
type declaration struct {
	Name     string         `yaml:"name" doc:"Name of the pipeline: letters, digits, - and _."`
	Title    string         `yaml:"title" doc:"What the report is headed with."`
	Notes    string         `yaml:"notes" doc:"Markdown that opens the report."`
	Include  written        `yaml:"include" doc:"Files with further pipelines, or patterns of files, relative to this one."`
	Params   written        `yaml:"params" doc:"Parameters of the pipeline: what ${params.x} stands for and --set changes."`
	Env      params.Strings `yaml:"env" doc:"Environment variables that ${env.X} may name."`
	Mute     written        `yaml:"mute" doc:"Findings to list without counting them, by the code of their check: the reason, or the reasons by column."`
	Schedule schedule       `yaml:"schedule" doc:"When labbook run --due and labbook serve run it: five fields as of cron, or a mapping of at, zone, catch_up and overlap."`
	Stages   written        `yaml:"stages" doc:"The stages by their names."`
}

// written keeps a node as it was written.
type written struct{ *tree.Node }

// UnmarshalTree implements params.Unmarshaler.
func (w *written) UnmarshalTree(n *tree.Node) error {
	w.Node = n
	return nil
}

// fault reports an error with what was found there.
func (l *loader) fault(n *tree.Node, what, wanted, hint string) {
	e := n.Fault(what)
	e.Wanted, e.Hint = wanted, hint
	l.errs = append(l.errs, e)
}

// file reads a file and what it includes. chain are the files that lead to it,
// at is where it is named.
func (l *loader) file(name string, chain []string, at *tree.Node) {
	if slices.Contains(chain, name) {
		l.fault(at, "the files include one another: "+strings.Join(append(chain[slices.Index(chain, name):], name), " -> "),
			"", "remove one of these includes")
		return
	}
	if l.read[name] {
		return
	}
	l.read[name] = true
	data, err := l.source(name)
	if err != nil {
		l.unreadable(name, err, at)
		return
	}
	n, err := tree.Parse(name, data)
	l.errs.Add(err)
	if n == nil {
		return
	}
	f := &file{path: name, node: n}
	switch n.Kind {
	case tree.Null:
		l.errs = append(l.errs, &diag.Error{File: name, What: "the file is empty", Wanted: "name and stages, or include", Hint: "write name: and stages:"})
		return
	case tree.Map:
	default:
		e := n.Fault("this is no pipeline")
		e.Found, e.Wanted, e.Hint = n.Describe(), "name: and stages:, or include:", "see labbook kinds for what a pipeline may hold"
		l.errs = append(l.errs, e)
		return
	}
	if err := params.Decode(n, &f.declaration); err != nil {
		l.errs.Add(err)
		// go on with what could be decoded: it may hold further errors
	}
	l.files = append(l.files, f)
	for _, key := range []string{"params", "env"} {
		if p, ok := n.Get(key); ok && f.Stages.Node == nil && f.Include.Node != nil {
			l.fault(p.Key, key+" has no effect in a file without stages", "", "move it to the included pipelines")
		}
	}
	if f.Include.Node != nil {
		l.include(f, append(slices.Clone(chain), name))
	} else if f.Stages.Node == nil {
		l.fault(n, "the file declares no stages", "stages: or include:", "write stages: and the first stage below it")
	}
}

// source reads a file and remembers what it was.
func (l *loader) source(name string) ([]byte, error) {
	data, err := readFile(filepath.Join(l.opts.Dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	l.project.Sources.Files = append(l.project.Sources.Files, Source{Path: name, Digest: sha256.Sum256(data)})
	return data, nil
}

// unique refuses two pipelines of one name.
func (l *loader) unique() {
	first := map[string]*file{}
	for _, f := range l.files {
		if f.Stages.Node == nil {
			continue
		}
		p, named := f.node.Get("name")
		switch before := first[f.Name]; {
		case !named:
			l.fault(f.node, "the pipeline has no name", "name:", "write name: "+suggestName(strings.TrimSuffix(path.Base(f.path), path.Ext(f.path))))
		case p.Value.Kind != tree.Scalar || f.Name != p.Value.Text: // said by the decoder
		case !isName(f.Name):
			e := p.Value.Fault("this cannot be a pipeline's name")
			e.Found, e.Wanted, e.Hint = fmt.Sprintf("%q", f.Name), nameRule, fmt.Sprintf("write name: %s", suggestName(f.Name))
			l.errs = append(l.errs, e)
		case slices.Contains(l.opts.Reserved, f.Name):
			e := p.Value.Fault(taken)
			e.Found, e.Hint = fmt.Sprintf("%q", f.Name), "call it otherwise, as my-"+f.Name
			l.errs = append(l.errs, e)
		case before != nil:
			l.fault(p.Value, fmt.Sprintf("two pipelines are named %q; the other is in %s", f.Name, before.path), "", "rename one of them")
		default:
			first[f.Name] = f
		}
	}
}
