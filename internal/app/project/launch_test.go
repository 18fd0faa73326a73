package project

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/serve"
)

// TestLauncherIsFreeWhenTheEndIsTold: a run whose end everybody can read keeps
// nobody away, though its process takes a moment yet.
func TestLauncherIsFreeWhenTheEndIsTold(t *testing.T) {
	book, err := ledger.Open(filepath.Join(t.TempDir(), "labbook.db"), ledger.Options{})
	require.NoError(t, err)
	defer book.Close()
	l := newLauncher("project", book, nil)
	require.NoError(t, l.take(t.Context()))
	assert.ErrorIs(t, l.take(t.Context()), record.ErrBusy, "its process has not even begun")
	l.under.Store(&launched{pid: 4242, began: time.Now().Add(-time.Second)})
	assert.ErrorIs(t, l.take(t.Context()), record.ErrBusy, "it is not recorded")
	run := &record.Run{Pipeline: "stones", PID: 4242}
	require.NoError(t, book.StartRun(run))
	assert.ErrorIs(t, l.take(t.Context()), record.ErrBusy, "it runs")

	run.Status = record.Succeeded
	require.NoError(t, book.FinishRun(run))
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Error(t, l.take(impatient))
	taken := make(chan error)
	go func() { taken <- l.take(t.Context()) }()
	<-l.busy // its process ends
	assert.NoError(t, <-taken)
}

func TestLauncherArguments(t *testing.T) {
	l := &launcher{root: "project"}
	got, err := l.arguments(serve.Job{Pipeline: "stones", Params: map[string]serve.Setting{"seed": "7", "a": "--x"},
		Models: []string{"boosting", "stones/train/linear"}, Only: []string{"explore"}, Force: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"-C", "project", "--no-color", "run", "--json", "--set=a=--x", "--set=seed=7", "--models=stones/boosting",
		"--models=stones/train/linear", "--only=explore", "--force", "--", "stones"}, got)
	for _, name := range []string{"", "a,b", "a\nb", `a"b`} {
		_, err := l.arguments(serve.Job{Pipeline: "stones", Models: []string{name}})
		assert.Error(t, err, name)
	}
}

// What was wrong is told as the run's events say it, whatever else they say.
func TestLauncherRefusal(t *testing.T) {
	err := refusal(strings.NewReader(`{"event":"run-refused","error":"no pipeline is called \"stnes\"","hint":"did you mean \"stones\"?"}` + "\n"))
	assert.Equal(t, diag.New(`no pipeline is called "stnes"`, `did you mean "stones"?`), err)
	for _, said := range []string{"", "panic: out of memory\n", `{"event":"run-started","run":"x"}` + "\n"} {
		assert.EqualError(t, refusal(strings.NewReader(said)), "the run could not be started", said)
	}
}
