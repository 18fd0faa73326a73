package ledger

import (
	"encoding/json"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
)

func TestVersionComesBackAsItWas(t *testing.T) {
	db := open(t)
	v := &record.Version{
		Model: "diamonds", Artifact: "aa", Pipeline: "diamonds", Run: "r", Stage: "train/linear",
		Estimator: "linear", Metric: "mae", Decision: "promoted: no champion stood", Details: []byte(`{"promoted":true}`),
		Final:   &record.Final{Artifact: "ff", Rows: 100, Judged: 80},
		Metrics: []metrics.Value{{Name: "mae", Value: 263.7, Low: ptr(260.), High: ptr(268.), Level: .95, Unit: "USD", Better: metrics.Lower}},
	}
	added, err := db.PutVersion(v, &record.Move{Model: "diamonds", Alias: record.Champion, Reason: "first", Actor: "run r"})
	require.NoError(t, err)
	assert.True(t, added)
	assert.Equal(t, 1, v.Version)
	found, err := db.Versions(t.Context(), "diamonds")
	require.NoError(t, err)
	assert.Equal(t, []*record.Version{v}, found)
	moves, err := db.Moves(t.Context(), "diamonds", record.Champion)
	require.NoError(t, err)
	require.Len(t, moves, 1)
	assert.Equal(t, record.Move{ID: moves[0].ID, Model: "diamonds", Alias: record.Champion, Kind: record.Promotion, From: 0, To: 1,
		Reason: "first", Actor: "run r", Created: moves[0].Created}, moves[0])

	again := &record.Version{Model: "diamonds", Artifact: "aa", Decision: "another"}
	added, err = db.PutVersion(again, &record.Move{Model: "diamonds", Alias: record.Champion})
	require.NoError(t, err)
	assert.False(t, added)
	assert.Equal(t, v, again)

	other := &record.Version{Model: "resumes", Artifact: "aa"}
	added, err = db.PutVersion(other, nil)
	require.NoError(t, err)
	assert.True(t, added)
	assert.Equal(t, 1, other.Version)
	aliases, err := db.Aliases(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []record.Alias{{Model: "diamonds", Alias: record.Champion, Version: 1}}, aliases)
}

func TestVersionWhoseMoveFailsIsNotRegistered(t *testing.T) {
	db := open(t)
	_, err := db.PutVersion(&record.Version{Model: "m", Artifact: "aa"}, &record.Move{Model: "m", Alias: record.Champion, From: 7})
	var moved *record.MovedError
	require.ErrorAs(t, err, &moved)
	assert.Equal(t, record.MovedError{Model: "m", Alias: record.Champion, Expected: 7}, *moved)
	found, err := db.Versions(t.Context(), "m")
	require.NoError(t, err)
	assert.Empty(t, found)
}

func TestOfMovesAtOnceOneWins(t *testing.T) {
	db := open(t)
	const others = 8
	for i := range others + 1 {
		_, err := db.PutVersion(&record.Version{Model: "m", Artifact: fmt.Sprint(i)}, nil)
		require.NoError(t, err)
	}
	require.NoError(t, db.PutMove(&record.Move{Model: "m", Alias: record.Champion, To: 1}))
	results := make([]error, others)
	var group sync.WaitGroup
	for i := range others {
		second, err := Open(db.again(), Options{})
		require.NoError(t, err)
		defer second.Close()
		group.Go(func() {
			results[i] = second.PutMove(&record.Move{Model: "m", Alias: record.Champion, From: 1, To: i + 2})
		})
	}
	group.Wait()
	won := 0
	for i, err := range results {
		stands, lookErr := db.Alias(t.Context(), "m", record.Champion)
		require.NoError(t, lookErr)
		if err == nil {
			won++
			assert.Equal(t, i+2, stands)
			continue
		}
		var moved *record.MovedError
		require.ErrorAs(t, err, &moved)
		assert.Equal(t, stands, moved.Found)
		assert.ErrorContains(t, err, "somebody else moved it")
	}
	assert.Equal(t, 1, won)
}

func TestTrialsResume(t *testing.T) {
	db := open(t)
	trials := []*record.Trial{
		{Study: "s", Number: 0, Params: json.RawMessage(`{"max_depth":3}`), State: record.TrialComplete, Value: 1.5, Started: time.Unix(1, 0).UTC(), Ended: time.Unix(2, 0).UTC(), Run: "r"},
		{Study: "s", Number: 1, Params: json.RawMessage(`{}`), State: record.TrialRunning},
		{Study: "s", Number: 2, Params: json.RawMessage(`{}`), State: record.TrialPruned, Intermediate: []float64{3, .1 + .2}},
	}
	for i := range trials {
		require.NoError(t, db.PutTrial(trials[len(trials)-1-i]))
	}
	require.NoError(t, db.PutTrial(&record.Trial{Study: "other", Params: json.RawMessage(`{}`), State: record.TrialFailed}))
	found, err := db.Trials(t.Context(), "s")
	require.NoError(t, err)
	assert.Equal(t, trials, found)

	trials[1].State, trials[1].Value, trials[1].Intermediate = record.TrialComplete, math.NaN(), []float64{math.NaN(), 1}
	require.NoError(t, db.PutTrial(trials[1]))
	found, err = db.Trials(t.Context(), "s")
	require.NoError(t, err)
	require.Len(t, found, 3)
	assert.True(t, math.IsNaN(found[1].Value))
	assert.True(t, math.IsNaN(found[1].Intermediate[0]))
	assert.Equal(t, 1., found[1].Intermediate[1])
}

func FuzzScores(f *testing.F) {
	f.Add([]byte(`[1,null,2.5e-3]`))
	f.Add([]byte(`[[`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var s scores
		if json.Unmarshal(text, &s) != nil {
			return
		}
		again, err := json.Marshal(s)
		require.NoError(t, err)
		var other scores
		require.NoError(t, json.Unmarshal(again, &other))
		require.Equal(t, len(s), len(other))
	})
}
