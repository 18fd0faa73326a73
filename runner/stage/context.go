package stage

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/mapped"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
)

// Context is all that a running stage sees. It is made by the runner for one
// execution of one stage, and carries cancellation. Its methods may be called
// from several goroutines.
type Context struct {
	context.Context
	config Config

	mu       sync.Mutex
	metrics  []metrics.Value
	warnings []notebook.Finding
	links    []Link
	cpu      time.Duration
	memory   int64
	told     []byte
	aside    []artifact.Aside
}

// Config is what a Context is made from; the runner fills it in, and so do
// tests of kinds.
type Config struct {
	Stage   string // "train/boosting"
	Params  any    // as Kind.Params gave it, decoded over
	Inputs  []*artifact.Artifact
	Files   []File  // sorted by path
	Answer  *Answer // to the question that the stage asks; nil when it asks none
	Out     string  // an empty private directory that becomes the output
	Temp    string  // a private folder for scratch, empty
	Project string  // the project's folder: for effects, not for reading data
	// Pipeline and Run name who is asking, for the records of effects.
	Pipeline, Run string
	Cores         int   // granted; 0 means 1
	Memory        int64 // bytes that the stage claims; 0: none
	// Room is where what is larger than that finds room; nil is memory.
	Room *mapped.Room
	Log  io.Writer
	// Mutes are those of the pipeline, for kinds that ask for them.
	Mutes notebook.Mutes
	// Env holds the listed environment, "NAME=value", sorted.
	Env []string
	// Progress is told how far a long step is; nil drops it. It is called at
	// any rate from any goroutine.
	Progress func(step string, done, total int64, unit string)
	// Scored is told what a search has tried; nil drops it. It is called likewise.
	Scored func(number int, of string, value metrics.Value)
	// Partial is a folder that survives a killed execution of this key, for
	// work that can be resumed; "" when there is none.
	Partial string
	// Keep puts what write writes into the store, as files of an artifact of its
	// own; nil where kinds keep none.
	Keep func(write func(put func(name string, data []byte) error) error) (*artifact.Artifact, error)
}

// File is a file outside the cache.
type File struct {
	Path   string // slash-separated, relative to the project, as people know it
	Abs    string // where to open it
	Size   int64
	Digest string // hex SHA-256
	Exec   bool   // may be executed
}

// Link adds a file of an input to the output without copying it.
type Link struct {
	Name string
	Blob artifact.Blob
}

// New makes a Context.
func New(ctx context.Context, config Config) *Context {
	if config.Cores < 1 {
		config.Cores = 1
	}
	if config.Log == nil {
		config.Log = io.Discard
	}
	inputs := make([]*artifact.Artifact, len(config.Inputs))
	for i, in := range config.Inputs {
		in := *in
		in.Room = config.Room
		inputs[i] = &in
	}
	config.Inputs = inputs
	return &Context{Context: ctx, config: config}
}

// Params gives the stage's parameters as the kind's own type.
func Params[T any](c *Context) *T { return c.config.Params.(*T) }

// Stage gives the stage's name, for messages only: outputs must not hold it.
func (c *Context) Stage() string { return c.config.Stage }

// Project gives the project's folder, for kinds with effects.
func (c *Context) Project() string { return c.config.Project }

// Pipeline gives the pipeline's name and Run the id of the run: for the records
// of effects outside the cache only. Outputs must not hold them.
func (c *Context) Pipeline() string { return c.config.Pipeline }

// Run is described at Pipeline.
func (c *Context) Run() string { return c.config.Run }

// Temp gives a private folder for scratch, empty at first and emptied after the
// stage.
func (c *Context) Temp() string {
	if c.config.Temp == "" {
		panic("stage: no folder for scratch was configured")
	}
	return c.config.Temp
}

// Partial gives a folder that survives a killed execution of this same key,
// for work that can be resumed, or "". It is made when it is asked for, and
// removed when the stage succeeds.
func (c *Context) Partial() string {
	if c.config.Partial != "" {
		if err := os.MkdirAll(c.config.Partial, 0o777); err != nil {
			return ""
		}
	}
	return c.config.Partial
}

// Env gives the listed environment, "NAME=value", sorted.
func (c *Context) Env() []string { return c.config.Env }

// Mutes gives what the pipeline mutes, to kinds that say so in Kind.Mutes; to
// others nothing.
func (c *Context) Mutes() notebook.Mutes { return c.config.Mutes }

// Memory gives how many bytes the stage claims, 0 for no claim. A program that is
// the stage's whole work is held to it.
func (c *Context) Memory() int64 { return c.config.Memory }

// Room gives where large columns and matrices find room: memory, or where the stage
// claims some, from a quarter of that on files. It is gone when the stage ends. What is
// read of inputs finds room there too.
func (c *Context) Room() *mapped.Room { return c.config.Room }

// Cores gives how many cores the stage may use, at least 1.
func (c *Context) Cores() int { return c.config.Cores }

// Inputs gives the outputs that the stage reads, in the order of `from`.
func (c *Context) Inputs() []*artifact.Artifact { return c.config.Inputs }

// Of gives the inputs of one of these types, in order.
func (c *Context) Of(types ...artifact.Type) []*artifact.Artifact {
	var found []*artifact.Artifact
	for _, in := range c.config.Inputs {
		if in.Is(types...) {
			found = append(found, in)
		}
	}
	return found
}

// The gives the one input of a type. The runner sees to it that there is one;
// the error is for callers that run a kind without it.
func (c *Context) The(t artifact.Type) (*artifact.Artifact, error) {
	found := c.Of(t)
	if len(found) != 1 {
		return nil, diag.New(fmt.Sprintf("%s reads %s, wanted %s", c.config.Stage, t.Noun(len(found)), t.Noun(1)), "write it in from")
	}
	return found[0], nil
}

// Files gives the files outside the cache that the kind asked for, sorted.
func (c *Context) Files() []File { return c.config.Files }

// Answer gives the answer to the question that the stage asks, nil when it asks none.
func (c *Context) Answer() *Answer { return c.config.Answer }

// Create makes a file of the output. name is slash-separated and relative.
func (c *Context) Create(name string) (*os.File, error) {
	path := c.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	return os.Create(path)
}

// WriteFile makes a file of the output with these bytes.
func (c *Context) WriteFile(name string, data []byte) error {
	f, err := c.Create(name)
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// Path gives where a file of the output is to be written. It panics for a name
// that leaves the output.
func (c *Context) Path(name string) string {
	if !filepath.IsLocal(filepath.FromSlash(name)) {
		panic(fmt.Sprintf("stage: output name %q leaves the output", name))
	}
	return filepath.Join(c.config.Out, filepath.FromSlash(name))
}

// Link makes a file of an input a file of the output, under a name of its own,
// without copying.
func (c *Context) Link(blob artifact.Blob, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.links = append(c.links, Link{Name: name, Blob: blob})
}

// Keep puts files that write hands over, each with one call of put, into the store
// as an artifact of their own: for kinds whose effect outlives their output, which
// say to whoever keeps it what is to be spared. It is spared by itself until the run
// ends. Its files may be linked.
func (c *Context) Keep(write func(put func(name string, data []byte) error) error) (*artifact.Artifact, error) {
	return c.config.Keep(write)
}

// Rand gives a random source that depends on the seed and the label only.
func (c *Context) Rand(seed uint64, label string) *rand.Rand {
	sum := sha256.Sum256([]byte(label))
	return rand.New(rand.NewPCG(seed, binary.LittleEndian.Uint64(sum[:])))
}

// Log gives the stage's log, for output of others; Logf is for a line.
func (c *Context) Log() io.Writer { return c.config.Log }

// Logf writes a line to the stage's log.
func (c *Context) Logf(format string, args ...any) {
	fmt.Fprintf(c.config.Log, strings.TrimRight(format, "\n")+"\n", args...)
}

// Metric records a metric of the run.
func (c *Context) Metric(v metrics.Value) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.metrics = append(c.metrics, v)
}

// Warn records a warning, or an error that fails no stage: shown on the command
// line, in the report, stored with the run, and part of the cached result.
func (c *Context) Warn(f notebook.Finding) {
	if !f.Level.Warns() {
		f.Level = notebook.Warning
	}
	f.Text = human.Text(f.Text, 0)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warnings = append(c.warnings, f)
}

// Spent reports the processor time and the peak memory of a process that the
// stage ran; times add up. Without it the runner estimates both.
func (c *Context) Spent(cpu time.Duration, memory int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cpu += cpu
	c.memory = max(c.memory, memory)
}

// Tell keeps facts, as JSON, beside the output: for the kind's own Show, once an
// execution. What others may want to read is a file of the output instead; what
// stands here is no reason for stages that follow to run again, such as the names
// of the files that a table was read from. Like the output, it holds values
// rather than words about them.
func (c *Context) Tell(facts any) error {
	data, err := json.Marshal(facts)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told = data
	return err
}

// SetAside says that the stage left a file out, and why. It is part of the cached
// result.
func (c *Context) SetAside(a artifact.Aside) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.aside = append(c.aside, a)
}

// Progress tells how far a long step is; total 0 means not known. unit is a
// plural noun: "rows", "trials", "trees".
func (c *Context) Progress(step string, done, total int64, unit string) {
	if c.config.Progress != nil {
		c.config.Progress(step, done, total, unit)
	}
}

// Scored tells what a search found of one thing that it tried, for whoever watches:
// how many it has tried with this, and what it was, in a few words. What is not
// finite is not told.
func (c *Context) Scored(number int, of string, value metrics.Value) {
	if c.config.Scored != nil && !math.IsNaN(value.Value) && !math.IsInf(value.Value, 0) {
		c.config.Scored(number, of, value)
	}
}

// Result is what a stage left in its Context, besides its files.
type Result struct {
	Metrics  []metrics.Value
	Warnings []notebook.Finding
	Links    []Link
	CPU      time.Duration // as Spent reported; 0 when it did not
	Memory   int64
	Told     []byte // as JSON; nil for nothing
	Aside    []artifact.Aside
}

// Result gives what the stage left; the runner calls it after Run.
func (c *Context) Result() Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Result{c.metrics, c.warnings, c.links, c.cpu, c.memory, c.told, c.aside}
}
