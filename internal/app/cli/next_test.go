package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A person at a terminal is told what to do next; a pipe and --quiet are not.
func TestRunEndsWithTheNextStep(t *testing.T) {
	folder := stoneProject(t)
	require.NoError(t, os.Remove(filepath.Join(folder, "runs", "labbook.db")))
	require.NoError(t, os.RemoveAll(filepath.Join(folder, "runs", "cache")))

	code, text := runAtTerminal(t, "-C", folder, "run")
	assert.Equal(t, ExitOK, code, text)
	assert.Regexp(t, "next: open the report in a browser; `labbook predict stones FILE` asks the champion, and `labbook serve` answers with stones@1\r\n$", text)

	_, text = runAtTerminal(t, "-C", folder, "run")
	assert.Regexp(t, "nothing to do, .*\r\nnext: edit a declaration or the data and run again; `labbook run --force` .*\r\n$", text)
	_, text = runAtTerminal(t, "-C", folder, "run", "--quiet")
	assert.Empty(t, text)
	var piped bytes.Buffer
	require.Equal(t, ExitOK, Run(context.Background(), []string{"-C", folder, "run"}, nil, &piped, &piped))
	assert.NotContains(t, piped.String(), "next:")

	declaration := "name: demo\nstages:\n  bad: {uses: command, with: {run: echo this is why; exit 3}}\n"
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pipeline.yaml"), []byte(declaration), 0o600))
	code, text = runAtTerminal(t, "-C", folder, "run")
	assert.Equal(t, ExitFailed, code)
	assert.Regexp(t, "next: `labbook runs show [0-9a-z-]+ --log bad` has all that it printed; once it is mended, `labbook run` goes on from there\r\n$", text)
}

// runAtTerminal runs a command line whose output is a terminal, and gives what
// it shows.
func runAtTerminal(t *testing.T, args ...string) (code int, text string) {
	t.Setenv("NO_COLOR", "1")
	controller, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("needs terminals: %v", err)
	}
	defer controller.Close()
	require.NoError(t, unix.IoctlSetPointerInt(int(controller.Fd()), unix.TIOCSPTLCK, 0))
	number, err := unix.IoctlGetInt(int(controller.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	terminal, err := os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	shown := make(chan string)
	go func() {
		data, _ := io.ReadAll(controller) // ends with an error when the terminal closes
		shown <- string(data)
	}()
	var errs bytes.Buffer
	code = Run(context.Background(), args, nil, terminal, &errs)
	terminal.Close()
	return code, <-shown
}
