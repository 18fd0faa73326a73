//go:build linux

package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// chaosProject is small and has all that may go wrong: programs that leave others
// behind them, a search's worth of files, a registration.
const chaosProject = `
name: m
params: {strength: 1}
stages:
  load: {uses: load, with: {path: data.csv}}
  split: {uses: split, from: load, with: {test: 0.25}}
  features: {uses: features, from: split, with: {target: y}}
  train:
    uses: train
    from: features
    each:
      linear: {with: {model: linear, params: {ridge: "${params.strength}"}}}
      trees: {with: {model: boosting, params: {n_estimators: 10}}}
  slow:
    uses: command
    from: train
    with:
      run: |
        setsid sleep 60 &
        sleep 60 &
        for i in 1 2 3 4 5 6 7 8; do echo "${params.strength} $i" >> notes; sleep 0.03; done
      outputs: [notes]
  evaluate: {uses: evaluate, from: [split, train]}
  register: {uses: register, from: evaluate, with: {model: m}}
`

// TestChaos does to a project, round by round, what happens to projects: it is
// killed, its disk fills, bytes of it rot, many write to it at once, the clock
// steps. After each round the next run is clean and gives the same bytes as an
// untouched project, nothing that was registered is lost, and no process is left.
// A number in LABBOOK_NIGHT repeats it as often; LABBOOK_SEED takes another path.
func TestChaos(t *testing.T) {
	testdata.OnlyComputes(t) // of its programs each is on its own
	seed, _ := strconv.ParseUint(os.Getenv("LABBOOK_SEED"), 10, 64)
	c := &chaos{T: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(seed, 1)), want: map[int]map[string]string{}, blows: map[string]int{}}
	c.clock = filepath.Join(t.TempDir(), "clock")
	c.found(c.dir)
	for v := 1; v <= 3; v++ {
		fresh := t.TempDir()
		c.found(fresh)
		c.run(fresh, v)
		c.want[v] = c.left(fresh)
	}
	rounds := testdata.Studies(5)
	most := 6 // writers at once
	if rounds >= 1000 {
		most = 64
	}
	blows := []struct {
		name string
		blow func()
	}{{"kill", c.kill}, {"corruption", c.corrupt}, {"full disk", c.fill}, {"writers", func() { c.write(c.some(2, most)) }}, {"clock", c.step}, {"kill twice", func() { c.kill(); c.kill() }}}
	for round := range rounds {
		b := blows[round%len(blows)]
		c.round = fmt.Sprintf("round %d of seed %d: %s", round, seed, b.name)
		b.blow()
		c.blows[b.name]++
		c.clean()
		if done := round + 1; done == rounds || done%50 == 0 {
			t.Logf("%d rounds %v: %d runs were killed, %d disks full, %d files damaged, %d writers, at most %d at once, %d clocks set; %d versions; 0 wrong, 0 lost, 0 orphans",
				done, c.blows, c.killed, c.full, c.damaged, c.writers, c.together, c.set, len(c.versions))
		}
	}
	if c.set == 0 {
		t.Log("the clock of this program cannot be set (.ci/clock builds one whose can): clocks were stepped in what is kept alone")
	}
}

// chaos is a project and what is known of it.
type chaos struct {
	*testing.T
	dir      string
	random   *rand.Rand
	want     map[int]map[string]string // by strength: the digest of each stage's output
	versions []string                  // artifacts that were registered, in order
	round    string
	clock    string // the file that says by how many seconds the programs' clock is off

	blows                 map[string]int
	killed, full, damaged int
	mended                int // of the damaged
	writers, together     int // in all, and at once at most
	set                   int // clocks that were seen to move
}

// found makes a project.
func (c *chaos) found(dir string) {
	var rows bytes.Buffer
	rows.WriteString("x,y\n")
	for i := range 60 {
		fmt.Fprintf(&rows, "%d,%d\n", i, 2*i+i%3)
	}
	require.NoError(c, os.WriteFile(filepath.Join(dir, "data.csv"), rows.Bytes(), 0o666))
	require.NoError(c, os.WriteFile(filepath.Join(dir, "pipeline.yaml"), []byte(chaosProject), 0o666))
}

// labbook gives a command of the program, in a process group of its own.
func (c *chaos) labbook(dir string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.Command("labbook", append([]string{"-C", dir, "--no-color"}, args...)...)
	said := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = said, said
	cmd.Env = append(os.Environ(), "LABBOOK_CLOCK="+c.clock)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd, said
}

// must runs a command that has to succeed.
func (c *chaos) must(dir string, args ...string) string {
	cmd, said := c.labbook(dir, args...)
	require.NoError(c, cmd.Run(), "%s: labbook %s: %s", c.round, strings.Join(args, " "), said)
	return said.String()
}

func (c *chaos) run(dir string, v int, more ...string) {
	c.must(dir, slices.Concat([]string{"run", "--no-png", "--quiet", "--set", fmt.Sprintf("strength=%d", v)}, more)...)
}

// left gives the digests of what the stages of the latest run left.
func (c *chaos) left(dir string) map[string]string {
	var run struct {
		Status string
		Stages []struct{ Name, Output string }
	}
	require.NoError(c, json.Unmarshal([]byte(c.must(dir, "runs", "show", "latest", "--json")), &run), c.round)
	left := map[string]string{}
	for _, s := range run.Stages {
		left[s.Name] = s.Output
	}
	return left
}

// kill ends a run that has work to do, the process alone or its group.
func (c *chaos) kill() {
	cmd, said := c.labbook(c.dir, "run", "--quiet", "--force", "--set", fmt.Sprintf("strength=%d", 1+c.random.IntN(3)))
	require.NoError(c, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		require.NoError(c, err, "%s: %s", c.round, said)
		return
	case <-time.After(time.Duration(c.random.ExpFloat64() * float64(400*time.Millisecond))):
	}
	whom := cmd.Process.Pid
	if c.random.IntN(2) == 0 {
		whom = -whom
	}
	syscall.Kill(whom, syscall.SIGKILL)
	<-ended
	c.killed++
}

// corrupt harms some files of the cache, each in one of six ways.
func (c *chaos) corrupt() {
	var files []string
	require.NoError(c, filepath.WalkDir(filepath.Join(c.dir, "runs", "cache"), func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !strings.Contains(path, "/locks/") {
			files = append(files, path)
		}
		return err
	}))
	for range 1 + c.random.IntN(8) {
		file := files[c.random.IntN(len(files))]
		info, err := os.Stat(file)
		if err != nil || info.Size() == 0 {
			continue
		}
		data, err := os.ReadFile(file)
		require.NoError(c, err)
		require.NoError(c, os.Chmod(file, 0o644))
		switch c.random.IntN(6) {
		case 0: // a bit
			data[c.random.IntN(len(data))] ^= 1 << c.random.IntN(8)
			err = os.WriteFile(file, data, 0o644)
		case 1: // a bit, and the time is as it was
			data[c.random.IntN(len(data))] ^= 1 << c.random.IntN(8)
			err = os.WriteFile(file, data, 0o644)
			os.Chtimes(file, info.ModTime(), info.ModTime())
		case 2:
			err = os.Truncate(file, c.random.Int64N(info.Size()))
		case 3:
			err = os.Remove(file)
		case 4: // zeros, as after a power cut
			err = os.WriteFile(file, make([]byte, len(data)), 0o644)
		case 5: // another's bytes
			var other []byte
			if other, err = os.ReadFile(files[c.random.IntN(len(files))]); err == nil {
				err = os.WriteFile(file, other, 0o644)
			} else {
				err = nil
			}
		}
		require.NoError(c, err)
		c.damaged++
	}
}

// fill runs on a disk of its own with little room, on which the project then is as
// the failure left it. Where none can be mounted the round is a kill.
func (c *chaos) fill() {
	disk := c.TempDir()
	const script = `
mount -t tmpfs -o size=$(($(du -sm "$2" | cut -f1) + 64))m none "$1" || exit 100
cp -a "$2/." "$1" && cd "$1" || exit 101
room=$(df --output=avail -B1 . | tail -n 1)
head -c $((room > $3 ? room - $3 : 0)) /dev/zero > fill
labbook run --quiet --force --no-png --set strength=$4 > "$5" 2>&1
code=$?
rm fill
rm -rf "$2/runs" "$2/reports" && cp -a runs "$2" || exit 101
exit $code`
	said := filepath.Join(c.TempDir(), "said")
	room := int(c.random.ExpFloat64() * 300_000)
	cmd := exec.Command("unshare", "-rm", "sh", "-c", script, "sh", disk, c.dir, strconv.Itoa(room), strconv.Itoa(1+c.random.IntN(3)), said)
	err := cmd.Run()
	switch code := cmd.ProcessState.ExitCode(); code {
	case 100, -1, 127:
		c.Logf("%s: no disk can be mounted here (%v), a kill stands in", c.round, err)
		c.kill()
	case 0:
	case 1:
		text, _ := os.ReadFile(said)
		require.Regexp(c, "no space|full|cannot be written|disk I/O", string(text), c.round)
		c.full++
	default:
		text, _ := os.ReadFile(said)
		require.Failf(c, "an exit code that nobody knows", "%s: %d: %s", c.round, code, text)
	}
}

// write has n processes do what people and schedules do, at once.
func (c *chaos) write(n int) {
	c.writers += n
	c.together = max(c.together, n)
	var all sync.WaitGroup
	for range n {
		v := fmt.Sprintf("strength=%d", 1+c.random.IntN(3))
		args, may := []string{"run", "--quiet", "--no-png", "--set", v}, false
		switch c.random.IntN(8) {
		case 0, 1:
			args = append(args, "--force")
		case 2:
			args = []string{"gc", "--max", "0", "--quiet"}
		case 3:
			args = []string{"cache", "check", "--quiet"}
		case 4:
			args, may = []string{"models", "rollback", "m"}, true // there may be nothing to go back to
		case 5:
			args, may = []string{"models", "promote", "m@1"}, true // it may stand there
		case 6:
			args = []string{"backup", filepath.Join(c.dir, "kept.tar.zst"), "--quiet"}
		}
		cmd, said := c.labbook(c.dir, args...)
		all.Go(func() {
			err := cmd.Run()
			if err != nil && (!may || cmd.ProcessState.ExitCode() > 2) {
				c.Errorf("%s: labbook %s: %v: %s", c.round, strings.Join(args, " "), err, said)
			}
			for _, word := range []string{"panic", "locked"} {
				if strings.Contains(said.String(), word) {
					c.Errorf("%s: labbook %s: %s", c.round, strings.Join(args, " "), said)
				}
			}
		})
	}
	all.Wait()
	require.False(c, c.Failed(), c.round)
}

// some gives a number from least to most, small ones more often: as often between 2 and
// 4 as between 32 and 64.
func (c *chaos) some(least, most int) int {
	return min(most, int(float64(least)*math.Pow(float64(most+1)/float64(least), c.random.Float64())))
}

// step sets the clock by up to a month, back or on: that of the programs while one of
// them works, where they are built so that it can be set, and what is known of the
// past, the times of the ledger and of the project's files.
func (c *chaos) step() {
	by := func() time.Duration { return time.Duration(c.random.NormFloat64() * float64(10*24*time.Hour)) }
	db, err := sql.Open("sqlite3", filepath.Join(c.dir, "runs", "labbook.db"))
	require.NoError(c, err)
	defer db.Close()

	off := by()
	cmd, said := c.labbook(c.dir, "run", "--quiet", "--force", "--no-png", "--set", fmt.Sprintf("strength=%d", 1+c.random.IntN(3)))
	require.NoError(c, cmd.Start())
	time.Sleep(time.Duration(c.random.IntN(400)) * time.Millisecond)
	require.NoError(c, os.WriteFile(c.clock, []byte(strconv.Itoa(int(off.Seconds()))), 0o666))
	require.NoError(c, cmd.Wait(), "%s: %s", c.round, said)
	c.run(c.dir, 1+c.random.IntN(3))
	var began int64
	require.NoError(c, db.QueryRow("select started from run order by sequence desc limit 1").Scan(&began), c.round)
	if seen := time.Until(time.Unix(0, began)); off.Abs() > time.Hour && (seen-off).Abs() < time.Hour {
		c.set++
	}

	past := by()
	for _, change := range []string{"update run set started = started + ?1, ended = ended + ?1", "update stage set started = started + ?1, ended = ended + ?1"} {
		_, err := db.Exec(change, past.Nanoseconds())
		require.NoError(c, err, c.round)
	}
	require.NoError(c, filepath.WalkDir(c.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && c.random.IntN(4) == 0 {
			if info, err := d.Info(); err == nil {
				os.Chtimes(path, info.ModTime().Add(past), info.ModTime().Add(past))
			}
		}
		return nil
	}))
}

// clean proves that nothing came of it.
func (c *chaos) clean() {
	c.alone()
	v := 1 + c.random.IntN(3)
	c.run(c.dir, v)
	require.Equal(c, c.want[v], c.left(c.dir), "%s: other bytes", c.round)
	if rotten := c.damaged > c.mended; rotten {
		// What is harmed of versions that this run did not make is named, and mended
		// by the run that makes them.
		check, _ := c.labbook(c.dir, "cache", "check", "--quiet")
		check.Run()
		for v := range c.want {
			c.run(c.dir, v)
			require.Equal(c, c.want[v], c.left(c.dir), "%s: other bytes", c.round)
		}
		c.mended = c.damaged
	}
	c.run(c.dir, v, "--verify")
	require.Contains(c, c.must(c.dir, "cache", "check"), "all sound", c.round)
	var runs []struct{ Status, ID string }
	require.NoError(c, json.Unmarshal([]byte(c.must(c.dir, "runs", "list", "--json")), &runs), c.round)
	for _, r := range runs {
		require.NotEqual(c, "running", r.Status, "%s: run %s", c.round, r.ID)
	}
	var shown []struct {
		Version  int
		Artifact string
	}
	require.NoError(c, json.Unmarshal([]byte(c.must(c.dir, "sql", "--json", "select version, artifact from models where model = 'm' order by version")), &shown), c.round)
	var versions []string
	for i, row := range shown {
		require.Equal(c, i+1, row.Version, "%s: versions have gaps", c.round)
		versions = append(versions, row.Artifact)
	}
	require.GreaterOrEqual(c, len(versions), len(c.versions), "%s: a version is lost", c.round)
	require.True(c, slices.Equal(c.versions, versions[:len(c.versions)]), "%s: a version is another: %v, then %v", c.round, c.versions, versions)
	c.versions = versions
	left, err := filepath.Glob(filepath.Join(c.dir, "runs", "cache", "tmp", "*"))
	require.NoError(c, err)
	require.Empty(c, left, "%s: half-written files stay", c.round)
	c.alone()
}

// alone waits for the end of what labbook's programs started: they are ended beside
// it, moments after it. What stays is an orphan.
func (c *chaos) alone() {
	var found []string
	for range 500 {
		if found = c.processes(); len(found) == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	require.Empty(c, found, "%s: orphans", c.round)
}

// processes gives those whose environment names the project's folder, as that of
// every command does.
func (c *chaos) processes() (found []string) {
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range environments {
		data, err := os.ReadFile(file)
		if err == nil && bytes.Contains(data, []byte("="+c.dir+"/")) {
			said, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
			found = append(found, strings.ReplaceAll(string(said), "\x00", " "))
		}
	}
	return found
}
