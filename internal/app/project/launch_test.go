package project

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
	assert.ErrorIs(t, l.take(t.Context()), serve.ErrBusy, "its process has not even begun")
	l.under.Store(&launched{pid: 4242, began: time.Now().Add(-time.Second)})
	assert.ErrorIs(t, l.take(t.Context()), serve.ErrBusy, "it is not recorded")
	run := &record.Run{Pipeline: "stones", PID: 4242}
	require.NoError(t, book.StartRun(run))
	assert.ErrorIs(t, l.take(t.Context()), serve.ErrBusy, "it runs")

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
	assert.Equal(t, []string{"-C", "project", "--no-color", "run", "--set=a=--x", "--set=seed=7", "--models=stones/boosting",
		"--models=stones/train/linear", "--only=explore", "--force", "--", "stones"}, got)
	for _, name := range []string{"", "a,b", "a\nb", `a"b`} {
		_, err := l.arguments(serve.Job{Pipeline: "stones", Models: []string{name}})
		assert.Error(t, err, name)
	}
}
