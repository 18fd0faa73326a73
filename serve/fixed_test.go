package serve

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
)

// A pipeline that cannot answer takes nothing from those that do.
func TestReadinessIsOfEachPipeline(t *testing.T) {
	l := oneLab(t)
	assert.Equal(t, map[string]any{"status": "ready", "ready": true, "recording": "ok", "pipelines": map[string]any{"stones": map[string]any{"status": "ready", "version": 1.0}}},
		members(t, l.ask("GET", "/readyz", ""), 200))
	v := &record.Version{Model: "models", Artifact: "gone", Pipeline: "models", Run: "none", Stage: "train", Estimator: "linear"}
	_, err := l.registry.Register(v, &record.Move{Model: "models", Alias: record.Champion})
	require.NoError(t, err)
	require.NoError(t, l.server.Refresh(t.Context()))
	m := members(t, l.ask("GET", "/readyz", ""), 200)
	assert.Equal(t, "degraded", m["status"])
	assert.Equal(t, "unavailable", m["pipelines"].(map[string]any)["models"].(map[string]any)["status"])
	assert.Equal(t, "ready", m["pipelines"].(map[string]any)["stones"].(map[string]any)["status"])

	l = newLab(t)
	_, err = l.registry.Register(v, &record.Move{Model: "models", Alias: record.Champion})
	require.NoError(t, err)
	l.start(nil)
	assert.Equal(t, "unavailable", members(t, l.ask("GET", "/readyz", ""), 503)["status"], "nothing is answered at all")
}
