package pipeline

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
	"labbook/internal/base/wire"
)

// stageDecl is what a stage may hold.
type stageDecl struct {
	Uses    written        `yaml:"uses" doc:"The kind of the stage; labbook kinds lists them."`
	Title   string         `yaml:"title" doc:"What people call the stage."`
	Notes   string         `yaml:"notes" doc:"Markdown for the report."`
	From    refs           `yaml:"from" doc:"Stages whose outputs it reads, in this order; a group means all its variants."`
	Needs   refs           `yaml:"needs" doc:"Stages that must be done before, without being read."`
	With    written        `yaml:"with" doc:"Parameters of the kind."`
	Env     params.Strings `yaml:"env" doc:"Environment variables that it may see."`
	If      written        `yaml:"if" doc:"An expression over params; where it is false the stage is skipped."`
	Timeout time.Duration  `yaml:"timeout" doc:"It fails when it takes longer." range:">0"`
	Retries int            `yaml:"retries" doc:"Further attempts after a failure." range:"[0,10]"`
	Cores   cores          `yaml:"cores" doc:"Cores it claims: a number, or all."`
	On      on             `yaml:"on" doc:"Where a farm may make it: here, or on workers of that label, such as gpu. It is in no key."`
	Memory  memory         `yaml:"memory" doc:"Memory it claims, such as 4GB: stages run together only while their claims fit. A command that holds more is ended."`
	Publish written        `yaml:"publish" doc:"A folder of the project that keeps a copy of what the stage leaves, such as results/train."`
	Fresh   fresh          `yaml:"fresh" doc:"How old data may be that it brings in, or the champion of the model that it registers, such as 7d or 12h. It stops nothing: pages, metrics and doctor say so."`
	Each    written        `yaml:"each" doc:"Variants by their names; each may hold all the keys of a stage but uses and each, put over the stage's own."`
}

// variantKeys are the keys of a stage that a variant must not have.
var variantKeys = []string{"uses", "each"}

// refs are names of stages with their places.
type refs []*tree.Node

// UnmarshalTree implements params.Unmarshaler.
func (r *refs) UnmarshalTree(n *tree.Node) error {
	var names params.Strings
	if err := params.DecodeAt("the list", n, &names); err != nil {
		return err
	}
	switch n.Kind {
	case tree.Scalar:
		*r = refs{n}
	case tree.List:
		*r = n.Items
	}
	return nil
}

// cores is a Stage.Cores.
type cores int

// UnmarshalTree implements params.Unmarshaler.
func (c *cores) UnmarshalTree(n *tree.Node) error {
	if n.Kind == tree.Scalar && n.Text == "all" {
		*c = AllCores
		return nil
	}
	var count int
	if err := params.Decode(n, &count); err != nil || count < 1 || count > 1024 {
		e := n.Fault("")
		e.Wanted, e.Hint = "a whole number from 1 to 1024, or all", fmt.Sprintf("write cores: %d, or cores: all", runtime.GOMAXPROCS(0))
		return e
	}
	*c = cores(count)
	return nil
}

// on is a Stage.On.
type on string

// UnmarshalTree implements params.Unmarshaler.
func (o *on) UnmarshalTree(n *tree.Node) error {
	if n.Kind != tree.Scalar || !IsLabel(n.Text) {
		e := n.Fault("")
		e.Wanted, e.Hint = "here, or a label of workers: lower-case letters, digits and -, at most 30", "write on: here, or on: gpu"
		return e
	}
	*o = on(n.Text)
	return nil
}

// Here is the Stage.On of what no farm makes.
const Here = "here"

// IsLabel says whether workers may be labelled so.
func IsLabel(s string) bool {
	return s != "" && len(s) <= 30 && s[0] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// memory is a Stage.Memory.
type memory int64

// leastMemory is the smallest claim: what a shell needs, and more than a unit
// that was forgotten.
const leastMemory = 1_000_000

// UnmarshalTree implements params.Unmarshaler.
func (m *memory) UnmarshalTree(n *tree.Node) error {
	size, ok := int64(0), false
	if n.Kind == tree.Scalar {
		size, ok = human.ParseBytes(n.Text)
	}
	if !ok || size < leastMemory {
		e := n.Fault("")
		e.Wanted, e.Hint = "a size from 1MB on, with its unit: kB, MB, GB or TB", "write memory: 4GB"
		return e
	}
	*m = memory(size)
	return nil
}

// declared is a stage of a pipeline that is being loaded.
type declared struct {
	*Stage
	decl  stageDecl
	key   *tree.Node // its name in the file
	index int        // in declared order
	from  []ref
	needs []ref
	// faulty says that its keys are wrong, or from names what cannot be read:
	// how many stages it reads is not to be held against it.
	faulty bool
}

// ref is a resolved reference to a stage, and where it stands.
type ref struct {
	to *declared
	at *tree.Node
}

// builder makes one pipeline of a file.
type builder struct {
	*loader
	name   string // the pipeline's
	scope  *scope
	stages []*declared
	names  map[string][]*declared // by name and by group, in order
}

// pipeline makes the pipeline of a file; nil when it has none or is wrong.
func (l *loader) pipeline(f *file) *Pipeline {
	before := len(l.errs)
	sc, resolved := l.parameters(f)
	n := f.Stages.Node
	if n == nil {
		return nil
	}
	b := builder{loader: l, name: f.Name, scope: sc, names: map[string][]*declared{}}
	switch {
	case n.Kind == tree.Null || n.Kind == tree.Map && len(n.Pairs) == 0:
		l.fault(n, "the pipeline has no stages", "at least one stage", "write the first stage below stages:")
	case n.Kind != tree.Map:
		e := n.Fault("the value of stages does not fit")
		e.Found, e.Wanted, e.Hint = n.Describe(), "a mapping of names to stages", "write the stage's name, a colon, and its keys below"
		l.errs = append(l.errs, e)
	default:
		for _, p := range n.Pairs {
			if len(l.errs)-before < maxErrors {
				b.declare(p)
			}
		}
	}
	if len(l.errs)-before >= maxErrors {
		return nil
	}
	b.link()
	ordered := b.sort()
	b.conditions()
	b.choose()
	disable(ordered)
	p := &Pipeline{
		Name: f.Name, Title: b.text(f.node, "title"), Notes: b.text(f.node, "notes"),
		File: f.path, Params: append(resolved, b.overridden()...), Mutes: l.mutes(f.Mute.Node), Schedule: f.Schedule.Schedule,
	}
	if len(l.errs) > before {
		return nil
	}
	for _, d := range ordered {
		p.Stages = append(p.Stages, d.Stage)
	}
	p.mute()
	return p
}

// maxErrors is how many errors of one pipeline are looked for.
const maxErrors = 100

// text gives a text of the pipeline itself, with its references replaced.
func (b *builder) text(n *tree.Node, key string) string {
	p, ok := n.Get(key)
	if !ok || p.Value.Kind != tree.Scalar {
		return ""
	}
	return b.scope.expand(p.Value, &b.errs).Text
}

// declare adds the stage of an entry, or its variants.
func (b *builder) declare(p tree.Pair) {
	name := p.Key.Text
	if !isName(name) {
		e := p.Key.Fault("this cannot be a stage's name")
		e.Found, e.Wanted, e.Hint = fmt.Sprintf("%q", name), nameRule, "write "+suggestName(name)+":"
		b.errs = append(b.errs, e)
		b.names[name] = nil // a reference to it is no further error
		return
	}
	b.names[name] = nil
	if p.Value.Kind != tree.Map {
		e := p.Value.Fault(fmt.Sprintf("the stage %q is not one", name))
		e.Found, e.Wanted, e.Hint = p.Value.Describe(), "a mapping with uses:", "write uses: and the kind below the name"
		b.errs = append(b.errs, e)
		return
	}
	each, ok := p.Value.Get("each")
	if !ok {
		b.add(name, "", p.Key, p.Value)
		return
	}
	if each.Value.Kind != tree.Map || len(each.Value.Pairs) == 0 {
		e := each.Value.Fault(fmt.Sprintf("the value of %s.each does not fit", name))
		e.Found, e.Wanted, e.Hint = each.Value.Describe(), "a mapping of variants", "write the variant's name, a colon, and what differs"
		b.errs = append(b.errs, e)
		return
	}
	common := tree.Without(p.Value, "each")
	for _, v := range each.Value.Pairs {
		b.variant(name, common, v)
	}
}

func (b *builder) variant(group string, common *tree.Node, v tree.Pair) {
	name := v.Key.Text
	if !isVariant(name) {
		e := v.Key.Fault("this cannot be a variant's name")
		e.Found, e.Wanted, e.Hint = fmt.Sprintf("%q", name), "letters, digits, -, _ and ., at most 64", "rename it"
		b.errs = append(b.errs, e)
		return
	}
	switch v.Value.Kind {
	case tree.Null:
		b.add(group, name, v.Key, common)
		return
	case tree.Map:
	default:
		e := v.Value.Fault(fmt.Sprintf("the variant %q is not one", group+"/"+name))
		e.Found, e.Wanted, e.Hint = v.Value.Describe(), "a mapping of what differs", "write with: {…}"
		b.errs = append(b.errs, e)
		return
	}
	for _, key := range variantKeys {
		if p, ok := v.Value.Get(key); ok {
			b.fault(p.Key, fmt.Sprintf("the variant %q has its own %s", group+"/"+name, key), "one kind for all variants", "make it a stage of its own")
			return
		}
	}
	b.add(group, name, v.Key, tree.Merge(common, v.Value))
}

// isVariant says whether s can name a variant: what can name a stage, and also
// numbers such as 0.5.
func isVariant(s string) bool {
	return s != "" && s[0] != '.' && s[0] != '-' && len(s) < 64 && isName("a"+strings.ReplaceAll(s, ".", ""))
}

// add decodes one stage.
func (b *builder) add(group, variant string, key, n *tree.Node) {
	name := group
	if variant != "" {
		name += "/" + variant
	}
	d := &declared{key: key, index: len(b.stages)}
	d.Stage = &Stage{Name: name, Group: group, Variant: variant, Line: key.Line, Col: key.Col}
	if key.File != nil {
		d.File = key.File.Name
	}
	b.stages = append(b.stages, d)
	b.names[group] = append(b.names[group], d)
	if variant != "" {
		b.names[name] = []*declared{d}
	}
	if p, ok := n.Get("if"); ok { // has its own way with references
		d.decl.If.Node = p.Value
		n = tree.Without(n, "if")
	}
	failed := len(b.scope.failed)
	n = b.scope.expand(n, &b.errs)
	condition := d.decl.If
	err := params.DecodeAt(name, n, &d.decl)
	b.decoded(err)
	d.faulty = err != nil || len(b.scope.failed) > failed
	d.decl.If = condition
	d.Title, d.Notes = d.decl.Title, d.decl.Notes
	d.Timeout, d.Retries, d.Cores = d.decl.Timeout, d.decl.Retries, int(d.decl.Cores)
	d.Memory, d.On = int64(d.decl.Memory), string(d.decl.On)
	d.Env = slices.Compact(slices.Sorted(slices.Values(d.decl.Env)))
	d.Fresh = time.Duration(d.decl.Fresh)
	b.publish(d)
	if d.decl.Uses.Node != nil || err == nil { // else uses may be what was misspelt
		b.kind(d)
	}
}

// decoded keeps the errors of a decoding that do not follow from others.
func (b *builder) decoded(err error) {
	var list diag.List
	list.Add(err)
	b.errs = append(b.errs, slices.DeleteFunc(list, b.scope.follows)...)
}

// kind finds the stage's kind and checks the parameters by it.
func (b *builder) kind(d *declared) {
	uses := d.decl.Uses.Node
	switch {
	case uses == nil:
		b.fault(d.key, fmt.Sprintf("the stage %q does not say what it uses", d.Name), "uses: and one of "+strings.Join(b.opts.Kinds.Names(), ", "), "write uses: below it")
		return
	case uses.Kind != tree.Scalar:
		e := uses.Fault("the value of uses does not fit")
		e.Found, e.Wanted, e.Hint = uses.Describe(), "the name of a kind", "see labbook kinds"
		b.errs = append(b.errs, e)
		return
	}
	d.Kind = b.opts.Kinds.Lookup(uses.Text)
	if d.Kind == nil {
		b.fault(uses, fmt.Sprintf("unknown kind %q", uses.Text), "one of "+strings.Join(b.opts.Kinds.Names(), ", "), diag.Meant(uses.Text, b.opts.Kinds.Names()))
		return
	}
	with := d.decl.With.Node
	if with == nil {
		with = &tree.Node{File: d.key.File, Line: d.key.Line, Col: d.key.Col}
	}
	with = b.override(d, with)
	d.Makes = d.Kind.Makes
	if d.Kind.Params == nil {
		if len(with.Pairs) > 0 || with.Kind == tree.Scalar || with.Kind == tree.List {
			b.fault(with, fmt.Sprintf("the kind %q takes no parameters", d.Kind.Name), "", "remove with:")
		}
		return
	}
	p := d.Kind.Params()
	if err := params.DecodeAt("with", with, p); err != nil {
		b.decoded(err)
		return
	}
	if d.Kind.MakesOf != nil {
		d.Makes = d.Kind.MakesOf(p)
	}
	if d.Kind.Files != nil {
		d.Files = d.Kind.Files(p)
	}
	if d.Kind.Tools != nil {
		d.Tools = d.Kind.Tools(p)
	}
	if d.Kind.Asks != nil {
		d.Question = d.Kind.Asks.Question(p)
		b.secrets(d)
	}
	d.with = string(tree.Append(nil, with, &d.files))
	var parts []params.Line
	if d.Kind.Parts != nil {
		parts = d.Kind.Parts(p)
	}
	d.lines = encodeLines(params.Lines(p), parts)
}

// secrets refuses that what lets people in is listed where all is kept and shown.
func (b *builder) secrets(d *declared) {
	if d.Question == nil {
		return
	}
	for _, name := range d.Question.Secrets {
		if slices.Contains(d.Env, name) || slices.Contains(b.scope.listed, name) {
			b.fault(d.key, fmt.Sprintf("env lists %s, and so its value would be kept and shown", name), "",
				"take it out of env: "+d.Name+" reads it without, and keeps it nowhere")
		}
	}
}

func encodeLines(lists ...[]params.Line) string {
	var w wire.Writer
	for _, lines := range lists {
		w.Int(len(lines))
		for _, l := range lines {
			w.Text(l.Path)
			w.Text(l.Value)
		}
	}
	return string(w)
}
