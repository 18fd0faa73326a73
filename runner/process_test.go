package runner

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"labbook/internal/store/ledger"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The tests here need processes of their own: the test program runs itself
// with this variable naming the project to execute.
const asProcess = "LABBOOK_TEST_PROJECT"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asProcess); dir != "" {
		if err := executeAlone(dir); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(m.Run())
}

// executeAlone executes a project with one kind that writes slowly, notes each
// execution in the file `began`, and whose output tells whether it is whole.
func executeAlone(dir string) error {
	kinds := stage.Kinds{{
		Name: "slow", Version: 1, Doc: "Writes slowly.", Reads: []stage.Port{stage.Some(0)},
		Params: func() any { return &joinParams{} },
		Run: func(c *stage.Context) error {
			began, err := os.OpenFile(filepath.Join(dir, "began"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
			if err != nil {
				return err
			}
			fmt.Fprintln(began, c.Stage())
			began.Close()
			for _, in := range c.Inputs() {
				data, err := in.ReadFile("data")
				if err != nil || !strings.HasSuffix(string(data), "end\n") {
					return fmt.Errorf("half an input: %q %v", data, err)
				}
			}
			f, err := c.Create("data")
			if err != nil {
				return err
			}
			for i := range 8 {
				fmt.Fprintln(f, stage.Params[joinParams](c).Text, i)
				time.Sleep(time.Millisecond)
			}
			fmt.Fprintln(f, "end")
			c.Logf("wrote")
			return f.Close()
		},
	}}
	c, err := cache.Open(filepath.Join(dir, "runs", "cache"))
	if err != nil {
		return err
	}
	db, err := ledger.Open(filepath.Join(dir, "runs", "labbook.db"), ledger.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	p, err := pipeline.Load(pipeline.Options{Dir: dir, Kinds: kinds})
	if err != nil {
		return err
	}
	r, err := Execute(context.Background(), p, Options{Project: dir, Cache: c, Ledger: db, Jobs: 2})
	if err != nil {
		return err
	}
	defer r.Close(context.Background())
	for _, s := range r.Runs[0].Stages {
		fmt.Println(s.Name, s.Status, s.Output, s.Reason)
	}
	if failed := r.Failed(); len(failed) > 0 {
		return failed[0].Err
	}
	return nil
}

// process is the project executed by a process of its own.
func process(dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asProcess+"="+dir)
	return cmd
}

const slowChain = `
name: slow
stages:
  a: {uses: slow, with: {text: a}}
  b: {uses: slow, with: {text: b}}
  c: {uses: slow, from: [a, b], with: {text: c}}
  d: {uses: slow, from: c, with: {text: d}}
  e: {uses: slow, from: [c, d], with: {text: e}}
`

func slowProject(t *testing.T) string {
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "runs"), 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pipeline.yaml"), []byte(slowChain), 0o666))
	return dir
}

// outputs gives "stage digest" per line of what a process printed.
func outputs(t *testing.T, printed []byte) (list []string) {
	for line := range strings.Lines(string(printed)) {
		field := strings.Fields(line)
		require.GreaterOrEqual(t, len(field), 3, "%s", printed)
		list = append(list, field[0]+" "+field[2])
	}
	return list
}

// Killed at random moments, over and over, a run completes in the end with the
// bytes of an undisturbed one, and never takes half an output for a whole.
func TestKilledAtRandomMoments(t *testing.T) {
	undisturbed, err := process(slowProject(t)).CombinedOutput()
	require.NoError(t, err, "%s", undisturbed)
	want := outputs(t, undisturbed)

	kills := 100
	if testing.Short() {
		kills = 15
	}
	deadline := time.Now().Add(40 * time.Second)
	random := rand.New(rand.NewPCG(1, 2))
	dir := slowProject(t)
	killed, completed := 0, 0
	longest := 20 * time.Millisecond
	for killed < kills && time.Now().Before(deadline) {
		cmd := process(dir)
		var printed strings.Builder
		cmd.Stdout, cmd.Stderr = &printed, &printed
		require.NoError(t, cmd.Start())
		timer := time.AfterFunc(time.Duration(random.Int64N(int64(longest))), func() { cmd.Process.Signal(syscall.SIGKILL) })
		err := cmd.Wait()
		timer.Stop()
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
			killed++
			longest += longest / 20
			continue
		}
		require.NoError(t, err, printed.String())
		assert.Equal(t, want, outputs(t, []byte(printed.String())))
		completed++
		dir, longest = slowProject(t), 20*time.Millisecond
	}
	printed, err := process(dir).CombinedOutput()
	require.NoError(t, err, "%s", printed)
	assert.Equal(t, want, outputs(t, printed))
	t.Logf("killed %d times, %d runs completed between", killed, completed)
	assert.NotZero(t, killed)
	files, err := filepath.Glob(filepath.Join(dir, "runs/cache/objects/*/*"))
	require.NoError(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		assert.Equal(t, filepath.Base(filepath.Dir(file))+filepath.Base(file), cache.DigestOf(data), "every blob is whole")
	}

	db, err := ledger.Open(filepath.Join(dir, "runs", "labbook.db"), ledger.Options{})
	require.NoError(t, err)
	defer db.Close()
	assert.NoError(t, db.Check(t.Context()))
	left, err := os.ReadDir(filepath.Join(dir, "runs/cache/tmp"))
	require.NoError(t, err)
	assert.Empty(t, left, "nothing of the dead is left")
}

func TestTwoRunsAtOnceDoTheWorkOnce(t *testing.T) {
	dir := slowProject(t)
	first, second := process(dir), process(dir)
	var a, b strings.Builder
	first.Stdout, first.Stderr = &a, &a
	second.Stdout, second.Stderr = &b, &b
	require.NoError(t, first.Start())
	require.NoError(t, second.Start())
	require.NoError(t, first.Wait(), a.String())
	require.NoError(t, second.Wait(), b.String())
	assert.Equal(t, outputs(t, []byte(a.String())), outputs(t, []byte(b.String())))
	began, err := os.ReadFile(filepath.Join(dir, "began"))
	require.NoError(t, err)
	assert.Len(t, strings.Fields(string(began)), 5, "each stage ran once:\n%s\n%s\n%s", began, a.String(), b.String())
}

func TestFullDiskIsAClearFailure(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting a small file system needs root")
	}
	p := newProject(t, "name: p\nstages:\n  small: {uses: join, with: {text: a}}\n  big: {uses: join, from: small, with: {text: b, fail: full}}\n")
	runs := filepath.Join(p.dir, "runs")
	require.NoError(t, os.Mkdir(runs, 0o777))
	if err := syscall.Mount("tmpfs", runs, "tmpfs", 0, "size=4m"); err != nil {
		t.Skip("mounting is not allowed here: ", err)
	}
	defer syscall.Unmount(runs, syscall.MNT_DETACH)
	r, err := p.try(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"small succeeded", "big failed"}, statuses(r))
	assert.ErrorContains(t, find(t, r, "big").Err, "the disk is full")

	p.change(", fail: full", "")
	r = p.run()
	assert.Equal(t, []string{"small cached", "big succeeded"}, statuses(r), "what failed left nothing behind")
	assert.Equal(t, "ab", p.output(find(t, r, "big"), "data"))
}

func TestReadOnlyProject(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting read-only needs root")
	}
	p := newChain(t)
	db, err := ledger.Open(filepath.Join(p.dir, "runs/labbook.db"), ledger.Options{})
	require.NoError(t, err)
	settle()
	first := p.run(func(o *Options) { o.Ledger = db })
	require.NoError(t, db.Close())
	if err := syscall.Mount(p.dir, p.dir, "", syscall.MS_BIND, ""); err != nil {
		t.Skip("mounting is not allowed here: ", err)
	}
	defer syscall.Unmount(p.dir, syscall.MNT_DETACH)
	if err := syscall.Mount("", p.dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); err != nil {
		t.Skip("mounting is not allowed here: ", err)
	}
	db, err = ledger.Open(filepath.Join(p.dir, "runs/labbook.db"), ledger.Options{OrRead: true})
	require.NoError(t, err)
	defer db.Close()
	var told []string
	read := func(o *Options) {
		o.Ledger = db
		o.Observe = func(e Event) { told = append(told, e.Text) }
	}
	r, err := p.try(t.Context(), read)
	require.NoError(t, err, "what is in the cache can be read")
	assert.Equal(t, first.Runs[0].ID, r.Runs[0].SameAs)
	o := p.options()
	read(&o)
	r, err = Unchanged(t.Context(), pipeline.Options{Dir: p.dir}, o)
	require.NoError(t, err)
	require.NotNil(t, r)
	assert.Contains(t, strings.Join(told, "\n"), "this run is not recorded")

	r, err = p.try(t.Context(), func(o *Options) { o.Force = true })
	require.NoError(t, err)
	assert.ErrorContains(t, find(t, r, "load").Err, "cannot be written")
	assert.ErrorContains(t, find(t, r, "load").Err, "hint: ")
}
