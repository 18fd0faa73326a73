package servers

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rounds is a farm whose parts are killed while it works.
type rounds struct {
	*lab
	db     *postgres
	random *rand.Rand
	lost   map[string]bool // digests of blobs that were taken out of the bucket
	run    *exec.Cmd       // of the client
	ended  chan error
	out    bytes.Buffer
	killed bool // the client was, and begins again
}

// What is killed, or taken away, in a round, and is there again soon.
var faults = map[string]func(*rounds){
	"worker": func(r *rounds) {
		w := r.workers[len(r.workers)-1-r.random.IntN(3)]
		w.Process.Kill()
		w.Wait()
		r.worker()
	},
	"client": func(r *rounds) { r.killed = r.run.Process.Kill() == nil || r.killed },
	"engine": func(r *rounds) {
		r.killEngine()
		r.pause(2000)
		r.runEngine()
	},
	"database": func(r *rounds) {
		r.db.kill()
		r.pause(1000)
		r.db.run()
	},
	"blobs": func(r *rounds) {
		all := r.objects("objects")
		for range min(len(all), 1+r.random.IntN(20)) {
			at := all[r.random.IntN(len(all))]
			if os.Remove(at) == nil {
				r.lost[filepath.Base(filepath.Dir(at))+filepath.Base(at)] = true
			}
		}
	},
}

// objects gives the files of what the bucket has in a folder, in order.
func (r *rounds) objects(folder string) (all []string) {
	filepath.WalkDir(filepath.Join(r.dir, "team", "some", "where", folder), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			all = append(all, path)
		}
		return nil
	})
	return all
}

// pause waits for up to so many milliseconds.
func (r *rounds) pause(most int) {
	time.Sleep(time.Duration(r.random.IntN(most)) * time.Millisecond)
}

// eight gives a pipeline that nobody has run, with stages above and beside one another.
func eight(round int) string {
	return fmt.Sprintf(`name: p%[1]d
stages:
  load: {uses: load, with: {path: penguins.csv}}
  split: {uses: split, from: load, with: {by: stratified, column: species, seed: %[1]d}}
  onehot: {uses: features, from: split, with: {target: species, encode: {categories: onehot}, numbers: {impute: median}}}
  train: {uses: train, from: onehot, each: {baseline: {with: {model: dummy}}, logistic: {with: {model: logistic}}}}
  evaluate: {uses: evaluate, from: [split, train]}
  a: {uses: command, with: {run: "seq %[1]d 30000 > said; sleep 0.4", outputs: [said]}}
  b: {uses: command, with: {run: "echo b %[1]d > said; sleep 0.2", outputs: [said]}}
  c: {uses: command, from: [a, b, load], with: {run: "cat inputs/a/said inputs/b/said > said; sleep 0.3", outputs: [said]}}
  d: {uses: command, from: [a, c], with: {run: "sort inputs/a/said inputs/c/said > said; sleep 0.2", outputs: [said]}}
`, round)
}

// outputs gives the digests of what the newest run left.
func outputs(m *machine, pipeline string) string {
	return m.does("sql", "select stage, output from stages where run = (select run from runs where pipeline = '"+pipeline+"' order by started desc limit 1) order by stage")
}

// begin starts the client.
func (r *rounds) begin(m *machine) {
	r.run = m.command("run", "--on", "lab", "--no-png")
	r.run.Stdout, r.run.Stderr = &r.out, &r.out
	require.NoError(r.t, r.run.Start())
	r.ended, r.killed = make(chan error, 1), false
	go func(run *exec.Cmd) { r.ended <- run.Wait() }(r.run)
}

// one runs a pipeline, with those faults meanwhile, and compares what came of it.
func (r *rounds) one(round int, faulty []string) {
	name := fmt.Sprintf("p%d", round)
	alone, m := r.machine(eight(round)), r.machine(eight(round))
	require.NoError(r.t, os.Remove(filepath.Join(alone.dir, "farm.yaml")))
	alone.does("run", "--no-png")
	m.write("farm.yaml", strings.TrimSuffix(r.farm(), "}\n")+fmt.Sprintf(", database: %q}\n", r.db.address()))
	r.out.Reset()
	r.begin(m)
	require.Eventually(r.t, func() bool { // an engine that is away when a run begins is an error
		return slices.ContainsFunc(r.workers, func(w *worker) bool { return strings.Contains(w.said(), name+"/") })
	}, 30*time.Second, 5*time.Millisecond)
	for _, fault := range faulty {
		r.pause(2000)
		faults[fault](r)
	}
	for begun := 1; ; begun++ {
		select {
		case err := <-r.ended:
			if err == nil {
				assert.Equal(r.t, outputs(alone, name), outputs(m, name), "round %d %v", round, faulty)
				return
			}
			require.True(r.t, r.killed, "round %d %v: %v\n%s", round, faulty, err, &r.out)
			r.begin(m)
		case <-time.After(3 * time.Minute):
			r.run.Process.Kill()
			<-r.ended
			require.Fail(r.t, "a run does not end", "round %d %v\n%s", round, faulty, &r.out)
		}
	}
}

// again gives the keys that were made more than once although nothing was lost of them.
func (r *rounds) again() (keys []string) {
	made := r.made()
	for _, at := range r.objects("index") {
		data, err := os.ReadFile(at)
		require.NoError(r.t, err)
		var record struct {
			Tree      string
			Files     []struct{ Digest string }
			Told, Log *struct{ Digest string }
		}
		require.NoError(r.t, json.Unmarshal(data, &record), at)
		lost := r.lost[record.Tree]
		for _, f := range record.Files {
			lost = lost || r.lost[f.Digest]
		}
		for _, f := range []*struct{ Digest string }{record.Told, record.Log} {
			lost = lost || f != nil && r.lost[f.Digest]
		}
		if key := filepath.Base(at)[:12]; made[key] > 1 && !lost {
			keys = append(keys, fmt.Sprintf("%s, %d times", key, made[key]))
		}
	}
	return keys
}

// Whatever is killed, worker, client, engine or database, and whatever of the bucket is
// lost: every run ends with the bytes of a machine alone, and nothing is made twice but
// what was lost. LABBOOK_ROUNDS are tried, from LABBOOK_ROUND on.
func TestKilledInTurns(t *testing.T) {
	n, first := many(t, "LABBOOK_ROUNDS", 2), many(t, "LABBOOK_ROUND", 0)
	db := startPostgres(t)
	r := &rounds{lab: farm(t, 3), db: db, lost: map[string]bool{}}
	names := []string{"blobs", "client", "database", "engine", "worker"}
	for round := first; round < first+n; round++ {
		r.random = rand.New(rand.NewPCG(18, uint64(round)))
		var faulty []string
		switch round {
		case 0: // what takes no half minute to be noticed
			faulty = []string{"engine", "blobs"}
		case 1:
			faulty = []string{"database", "client"}
		default:
			for range 1 + r.random.IntN(3) {
				faulty = append(faulty, names[r.random.IntN(len(names))])
			}
			slices.Sort(faulty)
		}
		began := time.Now()
		r.one(round, faulty)
		t.Logf("round %d, %s: %.1f s", round, strings.Join(faulty, " and "), time.Since(began).Seconds())
		require.False(t, t.Failed())
	}
	assert.Empty(t, r.again(), "made again, and nothing of it was lost")
	t.Logf("%d keys were made, %d blobs lost", len(r.made()), len(r.lost))
}
