package servers

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// many gives how much a test shall do: what the environment says, or so many.
func many(t *testing.T, name string, or int) int {
	text := os.Getenv(name)
	if text == "" {
		return or
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

// stages gives a pipeline of n stages that each run a command, in a chain or beside one
// another.
func stages(n int, chain bool, command string) string {
	b := strings.Builder{}
	b.WriteString("name: p\nstages:\n")
	for i := range n {
		from := ""
		if chain && i > 0 {
			from = fmt.Sprintf("from: s%d, ", i-1)
		}
		fmt.Fprintf(&b, "  s%d: {uses: command, %swith: {run: \"echo %d > said; %s\", outputs: [said]}}\n", i, from, i, command)
	}
	return b.String()
}

// What the way to workers and back costs, in turns with what the same takes at home. It
// measures where LABBOOK_COST says how many stages of a second are made; three at least.
func TestCost(t *testing.T) {
	n := many(t, "LABBOOK_COST", 0)
	if n == 0 {
		t.Skip("LABBOOK_COST=10 measures")
	}
	l := farm(t, 3)
	took := func(pipeline string, args ...string) time.Duration {
		m := l.machine(pipeline)
		began := time.Now()
		assert.Contains(t, m.does(append([]string{"run", "--no-png"}, args...)...), fmt.Sprintf("%d ran", strings.Count(pipeline, "uses")))
		return time.Since(began)
	}
	took(stages(6, false, "echo first"), "--on", "lab")
	for turn := range 2 {
		chain := stages(n, true, fmt.Sprintf("sleep 1; echo %d", turn))
		far, near := took(chain, "--on", "lab"), took(chain)
		t.Logf("%d in a chain: on the farm %.2f s, at home %.2f s: %d ms a stage", n, far.Seconds(), near.Seconds(), (far-near).Milliseconds()/int64(n))
	}
	wide := 6 * n
	took6 := took(stages(wide, false, "sleep 1; echo wide"), "--on", "lab")
	t.Logf("%d beside one another on 6 slots: %.2f s, %.2f of the floor", wide, took6.Seconds(), took6.Seconds()/float64(n))
}

// Many stages at once start without an error, and each is made once.
func TestManyAtOnce(t *testing.T) {
	n := many(t, "LABBOOK_MANY", 200)
	l := farm(t, 3)
	m := l.machine(stages(n, false, "true"))
	began := time.Now()
	run := m.command("run", "--on", "lab", "--no-png")
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Logf("%d in %.1f s, %.0f ms a stage; the client had %d MB at most", n, time.Since(began).Seconds(), time.Since(began).Seconds()*1000/float64(n), peak(run.ProcessState)>>20)
	assert.Contains(t, string(out), fmt.Sprintf("%d stages: %d ran", n, n))
	assert.NotContains(t, string(out), "!  ")
	made := l.made()
	assert.Len(t, made, n)
	for key, times := range made {
		assert.Equal(t, 1, times, key)
	}
}

// peak gives how many bytes a process that has ended had at most.
func peak(p *os.ProcessState) int64 { return p.SysUsage().(*syscall.Rusage).Maxrss << 10 }
