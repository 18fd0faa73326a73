package farm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/internal/testdata/tests3"
	"labbook/runner"
	"labbook/runner/bucket"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

func TestMain(m *testing.M) {
	minio.DefaultRetryUnit, minio.DefaultRetryCap = time.Millisecond, time.Millisecond
	os.Setenv("AWS_ACCESS_KEY_ID", tests3.User)
	os.Setenv("AWS_SECRET_ACCESS_KEY", tests3.Password)
	os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	os.Exit(m.Run())
}

// lab is a farm of this process.
type lab struct {
	*testing.T
	engine *fake
	s3     *tests3.Bucket

	mu     sync.Mutex
	ran    []string                        // "who stage"
	during map[string]func(*stage.Context) // called while a stage runs
}

func newLab(t *testing.T) *lab {
	l := &lab{T: t, engine: newFake(), s3: tests3.Start(), during: map[string]func(*stage.Context){}}
	t.Cleanup(l.s3.Close)
	return l
}

func (l *lab) address() bucket.Address {
	a, err := bucket.ParseAddress("lab", "s3://team/p?endpoint="+l.s3.URL)
	require.NoError(l, err)
	return a
}

type words struct {
	Text string `yaml:"text" doc:"What to say."`
	Tool string `yaml:"tool" doc:"What it is said with."`
	Path string `yaml:"path" doc:"A file to read."`
}

// kinds are those of one who is called so: say joins a file, what it reads and a text.
func (l *lab) kinds(who string, version int) stage.Kinds {
	return stage.Kinds{{
		Name: "say", Version: version, Doc: "Says.", Reads: []stage.Port{stage.Some(0)},
		Params: func() any { return &words{} },
		Files: func(p any) []string {
			if path := p.(*words).Path; path != "" {
				return []string{path}
			}
			return nil
		},
		Tools: func(p any) []stage.Tool {
			if p.(*words).Tool == "" {
				return nil
			}
			return []stage.Tool{{Name: "teller", Ask: []string{"sh", "-c", "echo " + who + " | tail -c 4"}}}
		},
		Run: func(c *stage.Context) error {
			l.mu.Lock()
			l.ran = append(l.ran, who+" "+c.Stage())
			during := l.during[c.Stage()]
			l.mu.Unlock()
			if during != nil {
				during(c)
			}
			p := stage.Params[words](c)
			switch p.Text {
			case "fail":
				c.Logf("about to fail")
				return errors.New("told to fail")
			case "panic":
				panic("told to panic")
			}
			var all strings.Builder
			for _, f := range c.Files() {
				data, err := os.ReadFile(f.Abs)
				if err != nil {
					return err
				}
				fmt.Fprintf(&all, "%s %s;", filepath.Base(f.Abs), data)
			}
			for _, in := range c.Inputs() {
				data, err := in.ReadFile("data")
				if err != nil {
					return err
				}
				all.Write(data)
			}
			fmt.Fprintf(&all, "%s %s;", p.Text, c.Env())
			c.Logf("says %s", all.String())
			return errors.Join(c.WriteFile("data", []byte(all.String())), c.Err())
		},
	}}
}

// work has a worker work until the test ends, or it is stopped.
func (l *lab) work(name string, change ...func(*Worker)) (stop func()) {
	c, err := cache.Open(l.TempDir())
	require.NoError(l, err)
	w := &Worker{Presence: Presence{Name: name, Queue: "q", Cores: 2}, Engine: l.engine, Bucket: bucket.At(l.address()), Cache: c,
		Kinds: l.kinds(name, 1), Tell: func(s string) { l.Log(name, s) }, every: 30 * time.Millisecond}
	for _, f := range change {
		f(w)
	}
	ctx, cancel := context.WithCancel(l.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		assert.NoError(l, w.Run(ctx))
		c.Save()
	}()
	stop = func() { cancel(); <-ended }
	l.Cleanup(stop)
	require.NoError(l, l.engine.until(ctx, func() bool { return len(l.engine.polling["q"]) > 0 || name == "elsewhere" }))
	return stop
}

// client is a project on a machine of its own.
type client struct {
	*lab
	dir    string
	said   []string // warnings
	warned func()   // by each of them; nil: nothing is done
	log    []string
	wait   time.Duration
	silent time.Duration
	env    map[string]string
}

func (l *lab) client(yaml string) *client {
	c := &client{lab: l, dir: l.TempDir(), silent: time.Minute, env: map[string]string{"TOKEN": "hunter2"}}
	c.write("pipeline.yaml", yaml)
	return c
}

func (c *client) write(name, text string) {
	require.NoError(c, os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o666))
}

// run runs the pipeline, on the farm unless alone, and gives "stage status reason".
func (c *client) run(ctx context.Context, alone bool, change ...func(*runner.Options)) map[string]*runner.StageResult {
	own, err := cache.Open(filepath.Join(c.dir, "runs", "cache"))
	require.NoError(c, err)
	loaded, err := pipeline.Load(pipeline.Options{Dir: c.dir, Kinds: c.kinds("client", 1)})
	require.NoError(c, err)
	var mu sync.Mutex
	o := runner.Options{Project: c.dir, Cache: own, Jobs: 2,
		Env: func(name string) (string, bool) { v, ok := c.env[name]; return v, ok },
		Observe: func(e runner.Event) {
			mu.Lock()
			defer mu.Unlock()
			if e.What == runner.StageWarned {
				if c.said = append(c.said, e.Warning.Text); c.warned != nil {
					c.warned()
				}
			}
			if e.What == runner.StageLog || e.What == runner.StageProgress {
				c.log = append(c.log, e.Text+e.Step)
			}
		}}
	if !alone {
		f := &Client{Name: "lab", Engine: c.engine, Cache: own, Project: c.dir, Queue: "q", Wait: c.wait,
			look: 20 * time.Millisecond, every: 20 * time.Millisecond, silent: c.silent}
		o.Shared = func(ctx context.Context, lease *cache.Lease, tell func(string, notebook.Finding)) cache.Store {
			f.Store = bucket.Open(ctx, c.address(), own, bucket.Options{Lease: lease, Tell: tell})
			f.Lease, f.Tell = lease, func(n notebook.Finding) { tell("", n) }
			return f.Store
		}
		o.Executor = func(here runner.Executor) runner.Executor { f.Here = here; return f.Open() }
	}
	for _, f := range change {
		f(&o)
	}
	result, err := runner.Execute(ctx, loaded, o)
	require.NoError(c, err)
	require.NoError(c, result.Close(ctx))
	of := map[string]*runner.StageResult{}
	for _, s := range result.Runs[0].Stages {
		of[s.Name] = s
	}
	return of
}

// whoRan gives who ran what, and forgets it.
func (l *lab) whoRan() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	ran := l.ran
	l.ran = nil
	return ran
}

const three = `name: p
stages:
  a: {uses: say, with: {text: one, path: x.txt}, env: [TOKEN]}
  b: {uses: say, from: a, with: {text: two}}
  c: {uses: say, from: [a, b], with: {text: three}}
`

// Work is done by workers, to the bytes that it would have had at home, once for two
// clients; the engine is told nothing of it that could be read.
func TestWorkersMakeWhatAClientWould(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	alone := l.client(three)
	alone.write("x.txt", "private")
	want := alone.run(t.Context(), true)
	l.whoRan()
	l.work("w1")
	l.work("w2")
	var both sync.WaitGroup
	clients := []*client{l.client(three), l.client(three)}
	for _, c := range clients {
		c.write("x.txt", "private")
		both.Go(func() {
			got := c.run(t.Context(), false)
			for name, s := range want {
				assert.Equal(t, s.Output, got[name].Output, name)
			}
			assert.Empty(t, c.said)
		})
	}
	both.Wait()
	// Of what the other had made before, a client hears only that.
	log := strings.Join(slices.Concat(clients[0].log, clients[1].log), "\n")
	assert.Contains(t, log, "says x.txt private;one [TOKEN=hunter2];two []")
	ran := l.whoRan()
	assert.Len(t, ran, 3, "each key is made once")
	assert.NotContains(t, strings.Join(ran, ","), "client")
	for _, secret := range []string{"hunter2", "private", "x.txt", "three", "TOKEN", "say"} {
		assert.NotContains(t, l.engine.kept.String(), secret)
	}
}

// What another client made later is found in the bucket; what is to be made anew is.
func TestWhatIsKnownIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.work("w1")
	c := l.client(three)
	c.write("x.txt", "1")
	c.run(t.Context(), false)
	l.whoRan()
	d := l.client(three)
	d.write("x.txt", "1")
	for _, s := range d.run(t.Context(), false) {
		assert.Equal(t, record.Cached, s.Status)
	}
	assert.Empty(t, l.whoRan())
	for _, s := range d.run(t.Context(), false, func(o *runner.Options) { o.Verify = true }) {
		assert.Contains(t, s.Reason, "verified: made again, the same bytes")
	}
	assert.Equal(t, []string{"w1 a", "w1 b", "w1 c"}, l.whoRan())
}

// Failures, as the table of docs/farm.md has them.
func TestWhatGoesWrong(t *testing.T) {
	const one = "name: p\nstages:\n  a: {uses: say, with: {text: %s}}\n"
	t.Run("an error of the stage is no reason to try again, and has its log", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.work("w1")
		c := l.client(fmt.Sprintf(one, "fail"))
		s := c.run(t.Context(), false)["a"]
		assert.Equal(t, record.Failed, s.Status)
		assert.Equal(t, "told to fail", s.Error)
		assert.Contains(t, c.log, "about to fail")
		assert.NotEmpty(t, s.Log)
		assert.Equal(t, []string{"w1 a"}, l.whoRan())
	})
	t.Run("nor is a panic", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.work("w1")
		c := l.client(fmt.Sprintf(one, "panic"))
		assert.Contains(t, c.run(t.Context(), false)["a"].Error, "the kind say has a bug: told to panic")
		assert.Equal(t, []string{"w1 a"}, l.whoRan())
	})
	t.Run("a stage that takes too long", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.work("w1")
		l.during["a"] = func(c *stage.Context) { <-c.Done() }
		c := l.client("name: p\nstages:\n  a: {uses: say, timeout: 100ms, with: {text: x}}\n")
		assert.Contains(t, c.run(t.Context(), false)["a"].Error, "pipeline.yaml:3:3: took longer than its timeout of 100ms")
	})
	t.Run("no worker", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		c := l.client(fmt.Sprintf(one, "x"))
		s := c.run(t.Context(), false)["a"]
		assert.Contains(t, s.Error, "no worker of lab makes say 1 on")
		assert.Contains(t, s.Error, "labbook worker --on lab")
		assert.Empty(t, l.engine.under, "nobody gets what nobody waits for")
	})
	t.Run("no worker with the label", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.work("w1")
		c := l.client("name: p\nstages:\n  a: {uses: say, on: gpu, with: {text: x}}\n")
		assert.Contains(t, c.run(t.Context(), false)["a"].Error, "with the label gpu (1 worker: other versions")
		l.work("w2", func(w *Worker) { w.Label = "gpu" })
		assert.Equal(t, record.Succeeded, c.run(t.Context(), false)["a"].Status)
		assert.Equal(t, []string{"w2 a"}, l.whoRan())
	})
	t.Run("a worker that comes late is waited for", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		c := l.client(fmt.Sprintf(one, "x"))
		c.wait = time.Minute
		c.warned = func() { go l.work("w1") }
		assert.Equal(t, record.Succeeded, c.run(t.Context(), false)["a"].Status)
		assert.Len(t, c.said, 1)
		assert.Contains(t, c.said[0], "1 min 0 s is waited for it")
	})
	t.Run("workers of another version refuse, and it is made at home", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.work("w1", func(w *Worker) { w.Kinds = l.kinds("w1", 2) })
		c := l.client(fmt.Sprintf(one, "x"))
		assert.Equal(t, record.Succeeded, c.run(t.Context(), false)["a"].Status)
		assert.Equal(t, []string{"client a"}, l.whoRan())
		assert.Equal(t, []string{"a is made here: w1 of lab says: it has version 2 of the kind say, wanted 1"}, c.said)
	})
	t.Run("so do those with other tools", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.work("w1")
		c := l.client("name: p\nstages:\n  a: {uses: say, with: {text: x, tool: teller}}\n")
		assert.Equal(t, record.Succeeded, c.run(t.Context(), false)["a"].Status)
		assert.Equal(t, []string{"client a"}, l.whoRan())
		assert.Equal(t, []string{`a is made here: w1 of lab says: it has tool teller "w1", wanted "ent"`}, c.said)
	})
	t.Run("and those with too little memory", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.work("w1")
		c := l.client("name: p\nstages:\n  a: {uses: say, memory: 900TB, with: {text: x}}\n")
		assert.Equal(t, record.Succeeded, c.run(t.Context(), false)["a"].Status)
		assert.Contains(t, strings.Join(c.said, "\n"), "of memory, wanted 900 TB")
	})
	t.Run("a blob that is lost before it is read is sent again", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		c := l.client(three)
		c.write("x.txt", "1")
		stop := l.work("w1")
		once := sync.OnceFunc(func() { // another takes over, which has nothing in its cache
			l.work("w2")
			go stop()
		})
		l.during["b"] = func(*stage.Context) { // the order of c finds nothing of what a left
			for _, name := range l.s3.Names("p/objects/") {
				l.s3.Change(name, func(tests3.Object) tests3.Object { return tests3.Object{} })
			}
			once()
		}
		for _, s := range c.run(t.Context(), false) {
			assert.Equal(t, record.Succeeded, s.Status, s.Error)
		}
		assert.NotContains(t, strings.Join(l.whoRan(), ","), "client")
	})
	t.Run("an output that is lost before it is home is made again", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.work("w1", func(w *Worker) { w.Cap = -1 })
		c := l.client(fmt.Sprintf(one, strings.Repeat("x", 2*shortest))) // what is short comes with the report
		times := 0
		l.engine.done = func() {
			if times++; times == 1 {
				for _, name := range l.s3.Names("p/objects/") {
					l.s3.Change(name, func(tests3.Object) tests3.Object { return tests3.Object{} })
				}
			}
		}
		assert.Equal(t, record.Succeeded, c.run(t.Context(), false)["a"].Status)
		assert.Equal(t, 2, times)
	})
	t.Run("what a silent worker had is given to another, and what it then says is not heard", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.work("w1", func(w *Worker) { w.every = time.Hour })
		late := make(chan struct{})
		l.during["a"] = func(c *stage.Context) {
			l.mu.Lock()
			first := l.ran[0] == l.ran[len(l.ran)-1]
			l.mu.Unlock()
			if first {
				l.work("w2")
				<-late
			}
		}
		c := l.client(fmt.Sprintf(one, "x"))
		c.silent = 300 * time.Millisecond
		assert.Equal(t, record.Succeeded, c.run(t.Context(), false)["a"].Status)
		close(late)
		assert.Equal(t, 1, l.engine.made)
	})
	t.Run("a worker that is told to stop gives its work to another at once", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		stop := l.work("w1")
		began := make(chan struct{})
		once := sync.OnceFunc(func() { close(began) })
		l.during["a"] = func(c *stage.Context) {
			if once(); c.Err() == nil && l.ran[len(l.ran)-1] == "w1 a" {
				<-c.Done()
			}
		}
		c := l.client(fmt.Sprintf(one, "x"))
		go func() { <-began; l.work("w2"); stop() }()
		assert.Equal(t, record.Succeeded, c.run(t.Context(), false)["a"].Status)
		assert.Equal(t, []string{"w1 a", "w2 a"}, l.whoRan())
	})
	t.Run("whoever interrupts a run stops its workers, and others who want the same go on", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.work("w1")
		l.work("w2")
		began := make(chan string, 9)
		l.during["a"] = func(c *stage.Context) {
			began <- "a"
			select {
			case <-c.Done():
			case <-time.After(400 * time.Millisecond):
			}
		}
		first, cancel := context.WithCancel(t.Context())
		a, b := l.client(fmt.Sprintf(one, "x")), l.client(fmt.Sprintf(one, "x"))
		go func() { <-began; time.Sleep(50 * time.Millisecond); cancel() }()
		var both sync.WaitGroup
		both.Go(func() { assert.Equal(t, record.Interrupted, a.run(first, false)["a"].Status) })
		both.Go(func() { assert.Equal(t, record.Succeeded, b.run(t.Context(), false)["a"].Status) })
		both.Wait()
	})
	t.Run("an engine that cannot be used is said, and nothing runs", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.engine.down = errors.New("lab's engine cannot be reached")
		c := l.client(fmt.Sprintf(one, "x"))
		assert.Equal(t, "lab's engine cannot be reached", c.run(t.Context(), false)["a"].Error)
		assert.Empty(t, l.whoRan())
	})
	t.Run("without the bucket all is made at home", func(t *testing.T) {
		t.Parallel()
		l := newLab(t)
		l.s3.Close()
		c := l.client(three)
		c.write("x.txt", "1")
		for _, s := range c.run(t.Context(), false) {
			assert.Equal(t, record.Succeeded, s.Status, s.Error)
		}
		assert.Equal(t, []string{"client a", "client b", "client c"}, l.whoRan())
		assert.Contains(t, strings.Join(c.said, "\n"), "a is made here: what it reads could not be sent to lab's cache")
	})
}

// What is declared to be made here is, and so is what takes no longer than the way.
func TestWhatStaysAtHome(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.work("w1")
	c := l.client("name: p\nstages:\n  a: {uses: say, on: here, with: {text: x}}\n  b: {uses: say, with: {text: y}}\n")
	c.run(t.Context(), false)
	assert.ElementsMatch(t, []string{"client a", "w1 b"}, l.whoRan())
}

// Who left is not there any more, and who comes back by the same name is.
func TestWhoIsThere(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	there := func() (names []string) {
		who, err := Workers(t.Context(), l.engine)
		require.NoError(t, err)
		for _, w := range who {
			names = append(names, w.Name)
		}
		slices.Sort(names)
		return names
	}
	is := func(names ...string) {
		assert.Eventually(t, func() bool { return slices.Equal(names, there()) }, 10*time.Second, 10*time.Millisecond, names)
	}
	stop := l.work("w1")
	l.work("w2")
	is("w1", "w2")
	stop()
	is("w2")
	l.work("w1")
	is("w1", "w2")
}

// A worker without work ends; how far a stage is and the end of its log are told.
func TestProgressAndIdling(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.during["a"] = func(c *stage.Context) {
		for i := range 3000 {
			c.Logf("line %d", i)
		}
		c.Progress("trials", 7, 10, "trials")
		time.Sleep(200 * time.Millisecond)
	}
	c := l.client("name: p\nstages:\n  a: {uses: say, with: {text: x}}\n")
	l.work("w1", func(w *Worker) { w.Idle = 2 * time.Second })
	require.Equal(t, record.Succeeded, c.run(t.Context(), false)["a"].Status)
	log := strings.Join(c.log, "\n")
	assert.True(t, strings.Contains(log, "\ntrials\n"), "progress")
	assert.Equal(t, 1, strings.Count(log, "line 2999\n"))
	assert.True(t, strings.Contains(log, "labbook: w1 of lab makes it"))
	assert.Eventually(t, func() bool { who, err := Workers(t.Context(), l.engine); return err == nil && len(who) == 0 }, 20*time.Second, 20*time.Millisecond, "it ends")
}
