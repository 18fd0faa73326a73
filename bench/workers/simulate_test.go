package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// What is simulated comes to what can be reckoned: as many rounds as the scarcest thing
// makes, each as long as its way.
func TestSimulation(t *testing.T) {
	f := farm{stages: 1000, workers: 10, slots: 10, takes: time.Second, flight: 1000, starts: 1000, bucket: 1000, cores: 1000, engineCores: 1000}
	r := simulate(f)
	assert.InDelta(t, 10, r.took.Seconds(), 1.2) // the floor, and a ragged end
	assert.Equal(t, 100, r.busiest)
	assert.InDelta(t, 1, r.busy, 0.01)

	f.flight = 50 // half of the slots have nothing to do
	r = simulate(f)
	assert.InDelta(t, 20, r.took.Seconds(), 1.5)
	assert.Equal(t, 50, r.busiest)
	assert.Equal(t, 50, r.flew)
	assert.InDelta(t, 0.5, r.busy, 0.01)

	f.flight, f.engineCores, f.engine = 1000, 1, 30*time.Millisecond // the engine lets a stage through every 30 ms
	assert.InDelta(t, 30, simulate(f).took.Seconds(), 2)

	f.engine, f.starts, f.start = 0, 2, 100*time.Millisecond // 20 starts a second
	assert.InDelta(t, 50, simulate(f).took.Seconds(), 2)
}
