package project

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
)

// TestDoctorSeesAClockThatWasAhead: a run that begins an hour from now.
func TestDoctorSeesAClockThatWasAhead(t *testing.T) {
	p, err := Open(t.TempDir(), ledger.Options{})
	require.NoError(t, err)
	defer p.Close()
	clock := func() (h Health) {
		found, err := p.Diagnose(t.Context())
		require.NoError(t, err)
		for _, s := range found {
			if s.Of == "clock" {
				h = s.Health
			}
		}
		return h
	}
	assert.Equal(t, Well, clock())
	run := &record.Run{Pipeline: "p", Status: record.Succeeded, Started: time.Now().Add(time.Hour)}
	require.NoError(t, p.Ledger.StartRun(run))
	assert.Equal(t, Weak, clock())
}
