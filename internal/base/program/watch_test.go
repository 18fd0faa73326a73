package program

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestKilledWhileItStartsAProgram: whoever is killed between starting a program
// and telling its process group leaves nothing behind, not even what has neither
// the program's environment nor its group.
func TestKilledWhileItStartsAProgram(t *testing.T) {
	w := startWatcher()
	require.NotNil(t, w)
	read, write, err := os.Pipe()
	require.NoError(t, err)
	defer read.Close()
	cmd := exec.Command("setsid", "env", "-i", "/bin/sh", "-c", "sleep 600")
	cmd.Stdout = write
	w.watched(t.TempDir(), write)
	require.NoError(t, cmd.Start())
	write.Close()
	w.tells.Close() // as the end of this process does
	require.ErrorContains(t, cmd.Wait(), "signal: killed")
	_, err = read.Read(make([]byte, 1))
	require.EqualError(t, err, "EOF", "what it started prints no more either")
}
