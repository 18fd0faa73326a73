package cli

import (
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// The clients of MLflow and of Triton ask a server as they ask their own.
func TestClientsOfOtherServers(t *testing.T) {
	python := testdata.Python(t, "tritonclient.http", "mlflow.pyfunc.scoring_server.client")
	p := startServer(t, stoneProject(t))
	_, m, err := p.ask("POST", "/v1/stones/predict", stone, "")
	require.NoError(t, err)
	at, err := url.Parse(p.url)
	require.NoError(t, err)
	cmd := exec.Command(python, filepath.Join("..", "..", "testdata", "python", "clients.py"), at.Hostname(), at.Port(), strconv.FormatFloat(m["price"].(float64), 'g', -1, 64))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "ok")
}
