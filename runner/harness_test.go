package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"

	"github.com/stretchr/testify/require"
)

// project is a project folder under test, with kinds that count their runs.
type project struct {
	testing.TB
	dir    string
	ledger *fakeLedger
	clock  func() time.Time
	env    map[string]string

	mu     sync.Mutex
	ran    []string                          // stages, in the order in which they began
	during map[string]func(c *stage.Context) // called while a stage runs
	effect bool                              // whether the effect of `act` stands
	look   int                               // ShowVersion of join; 0: 1
	shown  []string                          // what Show was asked for, by the file's content
	show   func(*stage.Shown) error          // called by Show of join; nil: nothing
}

func newProject(t testing.TB, yaml string) *project {
	p := &project{TB: t, dir: t.TempDir(), ledger: &fakeLedger{}, env: map[string]string{}, during: map[string]func(*stage.Context){}}
	p.declare(yaml)
	return p
}

func (p *project) declare(yaml string) { p.write("pipeline.yaml", yaml) }

func (p *project) write(name, text string) {
	p.Helper()
	path := filepath.Join(p.dir, name)
	require.NoError(p, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(p, os.WriteFile(path, []byte(text), 0o666))
}

// change replaces a word of pipeline.yaml.
func (p *project) change(old, new string) {
	p.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, "pipeline.yaml"))
	require.NoError(p, err)
	require.Contains(p, string(data), old)
	p.declare(strings.Replace(string(data), old, new, 1))
}

// load reads the pipeline.
func (p *project) load() *pipeline.Project {
	p.Helper()
	loaded, err := pipeline.Load(pipeline.Options{Dir: p.dir, Kinds: p.kinds()})
	require.NoError(p, err)
	return loaded
}

// options opens the cache anew, as another process would.
func (p *project) options() Options {
	p.Helper()
	c, err := cache.Open(filepath.Join(p.dir, "runs", "cache"))
	require.NoError(p, err)
	return Options{Project: p.dir, Cache: c, Ledger: p.ledger, Jobs: 2, Clock: p.clock,
		Env: func(name string) (string, bool) { v, ok := p.env[name]; return v, ok }}
}

// run executes with options changed by each of adjust, and gives the result.
func (p *project) run(adjust ...func(*Options)) *Result {
	p.Helper()
	r, err := p.try(p.Context(), adjust...)
	require.NoError(p, err)
	return r
}

func (p *project) try(ctx context.Context, adjust ...func(*Options)) (*Result, error) {
	p.Helper()
	o := p.options()
	for _, f := range adjust {
		f(&o)
	}
	p.mu.Lock()
	p.ran = nil
	p.mu.Unlock()
	r, err := Execute(ctx, p.load(), o)
	if err != nil {
		return nil, err
	}
	return r, r.Close(ctx)
}

// statuses gives "stage status" per stage.
func statuses(r *Result) []string {
	var list []string
	for _, run := range r.Runs {
		for _, s := range run.Stages {
			list = append(list, s.Name+" "+string(s.Status))
		}
	}
	return list
}

func find(t testing.TB, r *Result, name string) *StageResult {
	t.Helper()
	for _, run := range r.Runs {
		for _, s := range run.Stages {
			if s.Name == name {
				return s
			}
		}
	}
	t.Fatalf("no stage %s", name)
	return nil
}

// output gives the bytes of a stage's output file.
func (p *project) output(s *StageResult, name string) string {
	p.Helper()
	require.NotNil(p, s.Record, "%s has no result: %v", s.Name, s.Err)
	for _, f := range s.Record.Files {
		if f.Name == name {
			data, err := os.ReadFile(p.options().Cache.Path(f.Digest))
			require.NoError(p, err)
			return string(data)
		}
	}
	p.Fatalf("%s has no output %s", s.Name, name)
	return ""
}

type readParams struct {
	Path string `yaml:"path" doc:"What to read."`
}

type joinParams struct {
	Text string `yaml:"text" doc:"Text to add."`
	Keep int    `yaml:"keep" doc:"How many bytes to keep; 0 keeps all."`
	Fail string `yaml:"fail" doc:"How to fail."`
}

// kinds are: read (a file), join (its inputs and a text), act (an effect).
func (p *project) kinds() stage.Kinds {
	begin := func(c *stage.Context) {
		p.mu.Lock()
		p.ran = append(p.ran, c.Stage())
		during := p.during[c.Stage()]
		p.mu.Unlock()
		if during != nil {
			during(c)
		}
	}
	return stage.Kinds{{
		Name: "read", Version: 1, Doc: "Reads files.",
		Params: func() any { return &readParams{} },
		Files:  func(v any) []string { return []string{v.(*readParams).Path} },
		Run: func(c *stage.Context) error {
			begin(c)
			var all []byte
			for _, f := range c.Files() {
				data, err := os.ReadFile(f.Abs)
				if err != nil {
					return err
				}
				all = append(all, data...)
			}
			return c.WriteFile("data", all)
		},
	}, {
		Name: "join", Version: 1, Doc: "Joins its inputs.", Reads: []stage.Port{stage.Some(0)},
		Params: func() any { return &joinParams{} },
		Run: func(c *stage.Context) error {
			begin(c)
			w := stage.Params[joinParams](c)
			switch w.Fail {
			case "error":
				c.Logf("about to fail")
				return errors.New("told to fail")
			case "full":
				return c.WriteFile("big", make([]byte, 8<<20))
			case "panic":
				panic("told to panic")
			}
			var b strings.Builder
			for _, in := range c.Inputs() {
				data, err := in.ReadFile("data")
				if err != nil {
					return err
				}
				b.Write(data)
			}
			b.WriteString(w.Text)
			text := b.String()
			if w.Keep > 0 {
				text = text[:min(w.Keep, len(text))]
			}
			c.Logf("joined %d", len(c.Inputs()))
			c.Metric(metrics.Value{Name: "bytes", Value: float64(len(text))})
			return errors.Join(c.WriteFile("data", []byte(text)), c.Tell(len(c.Inputs())), c.Err())
		},
		Show: func(s *stage.Shown) error {
			data, err := s.Out.ReadFile("data")
			if err != nil {
				return err
			}
			p.mu.Lock()
			p.shown = append(p.shown, string(data))
			p.mu.Unlock()
			if p.show != nil {
				return p.show(s)
			}
			inputs := 0
			s.Cell.Markdown(fmt.Sprintf("look %d of %s, of %v bytes", max(p.look, 1), data, s.Metrics[0].Value))
			return errors.Join(s.Facts(&inputs), s.Err())
		},
		ShowVersion: max(p.look, 1),
	}, {
		Name: "act", Version: 1, Doc: "Acts outside.", Reads: []stage.Port{stage.Some(0)}, Acts: true,
		Run: func(c *stage.Context) error {
			begin(c)
			p.effect = true
			c.Warn(notebook.Finding{Text: "acted"})
			for _, b := range c.Inputs()[0].Files {
				c.Link(b, "linked/"+b.Name)
			}
			return nil
		},
		Stands: func(c *stage.Context, out *artifact.Artifact) (bool, string) {
			return p.effect, "its effect is gone"
		},
	}}
}

// fakeLedger keeps rows in memory.
type fakeLedger struct {
	mu     sync.Mutex
	runs   []*record.Run
	stages []*record.Stage
}

func (l *fakeLedger) StartRun(r *record.Run) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.ID == "" {
		r.ID = fmt.Sprint(len(l.runs) + 1)
	}
	row := *r
	l.runs = append(l.runs, &row)
	return nil
}

func (l *fakeLedger) PutStages(stages []*record.Stage) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range stages {
		row := *s
		l.stages = append(l.stages, &row)
	}
	return nil
}

func (l *fakeLedger) FinishRun(r *record.Run) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, row := range l.runs {
		if row.ID == r.ID {
			*row = *r
			return nil
		}
	}
	return io.EOF
}

func (l *fakeLedger) LastStages(_ context.Context, pipeline string, names ...string) (map[string]*record.Stage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := map[string]*record.Stage{}
	for _, s := range l.stages {
		if s.Status == record.Succeeded || s.Status == record.Cached {
			last[s.Name] = s
		}
	}
	return last, nil
}

func (l *fakeLedger) FindRun(_ context.Context, pipeline, id string) (*record.Run, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.runs {
		if r.ID == id {
			return r, nil
		}
	}
	return nil, io.EOF
}

func (l *fakeLedger) Durations(context.Context, string) (map[string]time.Duration, error) {
	return nil, nil
}
