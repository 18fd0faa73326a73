package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestServedAfterGC frees all that may go: the champion is still proved by its
// golden predictions, and similar rows are still found.
func TestServedAfterGC(t *testing.T) {
	folder := stoneProject(t)
	var out bytes.Buffer
	require.Equal(t, ExitOK, Run(context.Background(), []string{"-C", folder, "gc", "--max", "0"}, nil, &out, &out), out.String())
	require.Contains(t, out.String(), "freed")
	p := startServer(t, folder)
	token, err := os.ReadFile(filepath.Join(folder, "runs", "token"))
	require.NoError(t, err)
	status, m, err := p.ask("POST", "/v1/stones/similar", `{"carat":0.5,"cut":"Good","n":2}`, strings.TrimSpace(string(token)))
	require.NoError(t, err)
	assert.Equal(t, 200, status, m)
	assert.Len(t, m["similar"], 2)
	status, m, err = p.ask("GET", "/v1/stones", "", "")
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.NotEmpty(t, m["interval"], "what the serve stage left about the version is there: %v", m)
}
