package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/internal/testdata/testpostgres"
)

// digestOf gives a digest for a number.
func digestOf(n int) string { return fmt.Sprintf("%064x", n) }

// with gives a registry in which model m has that many versions, none of them
// champion.
func with(t *testing.T, versions int) *Registry {
	t.Helper()
	db, err := ledger.Open(testpostgres.Fresh(t), ledger.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	r := New(db, StoreFunc(func(digest string) ([]artifact.Blob, error) {
		if digest != digestOf(1) {
			return nil, errors.New("model.json is damaged")
		}
		return []artifact.Blob{{Name: "model.json"}}, nil
	}))
	for i := range versions {
		added, err := r.Register(&record.Version{Model: "m", Artifact: digestOf(i + 1), Stage: "train/linear"}, nil)
		require.NoError(t, err)
		require.True(t, added)
	}
	return r
}

func champion(t *testing.T, r *Registry) int {
	t.Helper()
	v, err := r.Champion(t.Context(), "m")
	require.NoError(t, err)
	if v == nil {
		return 0
	}
	return v.Version
}

func TestRollbackGoesBackThroughPromotions(t *testing.T) {
	r := with(t, 3)
	promote := func(version int) {
		_, err := r.Promote(t.Context(), "m", version, champion(t, r), "by hand", "test")
		require.NoError(t, err)
	}
	rollback := func(want int) {
		m, err := r.Rollback(t.Context(), "m", nil, "worse in use", "test")
		require.NoError(t, err)
		assert.Equal(t, want, m.To)
		assert.Equal(t, want, champion(t, r))
	}
	promote(1)
	promote(2)
	promote(3)
	rollback(2)
	promote(3)
	promote(1)
	rollback(3)
	rollback(2)
	rollback(1)
	_, err := r.Rollback(t.Context(), "m", nil, "", "test")
	assert.ErrorContains(t, err, "no champion of m stood before")
	assert.Equal(t, 1, champion(t, r))
	history, err := r.History(t.Context(), "m")
	require.NoError(t, err)
	assert.Len(t, history, 9)
}

func TestPromotionExpectsWhatStands(t *testing.T) {
	r := with(t, 3)
	_, err := r.Promote(t.Context(), "m", 2, 0, "", "test")
	require.NoError(t, err)
	_, err = r.Promote(t.Context(), "m", 3, 1, "", "test")
	var problem *diag.Error
	require.ErrorAs(t, err, &problem)
	assert.Contains(t, problem.Error(), "was moved meanwhile; nothing was changed; found version 2, wanted version 1")
	assert.Equal(t, 2, champion(t, r))
	_, err = r.Promote(t.Context(), "m", 2, 2, "", "test")
	assert.ErrorContains(t, err, "m@2 is the champion already")
	_, err = r.Promote(t.Context(), "m", 9, 2, "", "test")
	assert.ErrorContains(t, err, "m has no version 9\nhint: known are: 1, 2, 3")
	_, err = r.Promote(t.Context(), "n", 1, 0, "", "test")
	assert.ErrorContains(t, err, `no model is called "n"`)
}

func TestOfPromotionsAtOnceOneWins(t *testing.T) {
	r := with(t, 8)
	var group sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		group.Go(func() { _, results[i] = r.Promote(t.Context(), "m", i+1, 0, "", "test") })
	}
	group.Wait()
	won := 0
	for i, err := range results {
		if err == nil {
			won++
			assert.Equal(t, i+1, champion(t, r))
			continue
		}
		assert.ErrorContains(t, err, "the champion of m was moved meanwhile")
		assert.ErrorContains(t, err, "hint: ")
	}
	assert.Equal(t, 1, won)
}

func TestResolve(t *testing.T) {
	r := with(t, 2)
	_, err := r.Resolve(t.Context(), "m")
	assert.ErrorContains(t, err, "m has no champion")
	_, err = r.Promote(t.Context(), "m", 2, 0, "", "test")
	require.NoError(t, err)
	for text, want := range map[string]int{"m": 2, "m@champion": 2, "m@1": 1} {
		v, err := r.Resolve(t.Context(), text)
		if assert.NoError(t, err, text) {
			assert.Equal(t, want, v.Version, text)
		}
	}
	for text, want := range map[string]string{
		"m@3":     "m has no version 3",
		"m@other": "m has no other",
		"mm":      `no model is called "mm"`,
		"m@0":     "", // an alias may not begin with a digit
		"m@":      "an alias or version does not fit",
		"":        "a model's name does not fit",
		"a/b":     "a model's name does not fit",
	} {
		_, err := r.Resolve(t.Context(), text)
		assert.ErrorContains(t, err, want, text)
	}
}

func TestOpenedVersionIsTheTrainStagesOutput(t *testing.T) {
	r := with(t, 2)
	versions, err := r.Versions(t.Context(), "m")
	require.NoError(t, err)
	in, err := r.Judged(versions[0])
	require.NoError(t, err)
	assert.Equal(t, &artifact.Artifact{Stage: "train/linear", Types: []artifact.Type{artifact.Model}, Digest: digestOf(1), Files: []artifact.Blob{{Name: "model.json"}}}, in)
	_, err = r.Judged(versions[1])
	assert.ErrorContains(t, err, "m@2: model.json is damaged")

	pinned, err := r.Pinned(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{digestOf(1), digestOf(2)}, pinned)
}

// TestAFinalFitAnswers: the judged one is there all the same, and both are pinned.
func TestAFinalFitAnswers(t *testing.T) {
	r := with(t, 0)
	v := &record.Version{Model: "m", Artifact: digestOf(2), Stage: "train/linear", Final: &record.Final{Artifact: digestOf(1), Rows: 4694, Judged: 3750}}
	_, err := r.Register(v, nil)
	require.NoError(t, err)
	assert.Equal(t, "fitted to 4,694 rows; judged by a fit to 3,750 of them", Fits(v))
	assert.Empty(t, Fits(&record.Version{Artifact: digestOf(2)}))
	in, err := r.Answering(v)
	require.NoError(t, err)
	assert.Equal(t, digestOf(1), in.Digest)
	_, err = r.Judged(v)
	assert.ErrorContains(t, err, "m@1: model.json is damaged")
	pinned, err := r.Pinned(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{digestOf(1), digestOf(2)}, pinned)
}

// TestDamagedRowIsAnErrorWithItsPlace: what is no digest came from a damaged
// database.
func TestDamagedRowIsAnErrorWithItsPlace(t *testing.T) {
	r := with(t, 0)
	r.store = StoreFunc(func(digest string) ([]artifact.Blob, error) {
		return nil, fmt.Errorf("%w: %q is no digest", ErrLost, digest)
	})
	for i, text := range []string{"abc", "", strings.ToUpper(digestOf(0xabc))} {
		v := &record.Version{Model: "m", Artifact: text}
		_, err := r.Register(v, nil)
		require.NoError(t, err)
		_, err = r.Judged(v)
		assert.ErrorIs(t, err, ErrLost)
		var problem *diag.Error
		require.ErrorAs(t, err, &problem)
		assert.Equal(t, r.ledger.Path(), problem.File)
		assert.Contains(t, problem.What, fmt.Sprintf("the row of m@%d is damaged", i+1))
		assert.Equal(t, fmt.Sprintf("%q", text), problem.Found)
	}
}

func TestChampionSinceItMoved(t *testing.T) {
	r := with(t, 2)
	assert.Zero(t, Since(nil))
	for _, version := range []int{1, 2} {
		_, err := r.Promote(t.Context(), "m", version, version-1, "", "test")
		require.NoError(t, err)
	}
	back, err := r.Rollback(t.Context(), "m", nil, "", "test")
	require.NoError(t, err)
	history, err := r.History(t.Context(), "m")
	require.NoError(t, err)
	assert.WithinDuration(t, back.Created, Since(history), 0)
}

// TestServedIsPinned: what the server needs beside a version stays, and so does
// what the newest run of the pipeline left, though it registered none.
func TestServedIsPinned(t *testing.T) {
	r, at := with(t, 0), time.Now()
	book := r.ledger.(*ledger.DB)
	run := func(output string, registers bool) {
		at = at.Add(time.Second)
		made := &record.Run{Pipeline: "p", Status: record.Succeeded, Started: at}
		require.NoError(t, book.StartRun(made))
		require.NoError(t, book.PutStages([]*record.Stage{
			{Run: made.ID, Name: "load", Kind: "load", Status: record.Succeeded, Output: "table-" + output},
			{Run: made.ID, Name: "serve", Kind: "serve", Makes: []artifact.Type{artifact.Service}, Ordinal: 1, Status: record.Succeeded, Output: output}}))
		if registers {
			_, err := r.Register(&record.Version{Model: "m", Artifact: "model-" + output, Pipeline: "p", Run: made.ID, Stage: "train"}, nil)
			require.NoError(t, err)
		}
	}
	run("first", true)
	run("between", false)
	run("last", false)
	pinned, err := r.Pinned(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"first", "last", "model-first"}, pinned)
}

func FuzzParseReference(f *testing.F) {
	for _, text := range []string{"m", "m@1", "m@champion", "@", "m@@1", "m@007"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ref, err := ParseReference(text)
		if err != nil {
			return
		}
		again, err := ParseReference(ref.String())
		require.NoError(t, err)
		require.Equal(t, ref, again)
	})
}

func FuzzDecodeDecision(f *testing.F) {
	f.Add([]byte(`{"promoted":true,"words":"promoted: no champion stood","comparison":{"by":1e300}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := DecodeDecision(data)
		if err != nil {
			return
		}
		_, err = d.Encode()
		require.NoError(t, err)
	})
}

// TestDecisionsInWords has 200 rows whose true value is 0: a model that says e
// has the absolute error |e|.
func TestDecisionsInWords(t *testing.T) {
	const rows = 200
	said := func(error func(i int) float64) *metrics.Sample {
		predicted := make([]float64, rows)
		for i := range predicted {
			predicted[i] = error(i)
		}
		return metrics.NewRegression(make([]float64, rows), predicted)
	}
	standing := said(func(i int) float64 { return float64(i % 10) })
	tests := []struct {
		name      string
		candidate *metrics.Sample
		least     float64
		promoted  bool
		words     string
	}{
		{"clearly better", said(func(i int) float64 { return float64(i%10) / 2 }), 0, true,
			`^promoted: MAE 2\.250 USD against 4\.500 of version 7, difference -2\.250 \[-2\.\d+, -2\.\d+\]$`},
		{"better but too little", said(func(i int) float64 { return float64(i%10) / 2 }), 3, false,
			`^not promoted: .* is less than the required 3$`},
		{"clearly worse", said(func(i int) float64 { return float64(i%10) + 1 }), 0, false,
			`^not promoted: MAE 5\.500 USD against 4\.500 of version 7, difference 1 \[1, 1\] is for the worse$`},
		{"noise", said(func(i int) float64 { return float64((i + 5) % 10) }), 0, false,
			`^not promoted: .* difference 0 \[-0\.\d+, 0\.\d+\] is none$`},
		{"noise with a difference", said(func(i int) float64 { return float64((i+5)%10) - .01 }), 0, false,
			`^not promoted: .* is within noise$`},
		{"equal", standing, 0, false, `^not promoted: .* difference 0 \[0, 0\] is none$`},
	}
	metric, ok := metrics.Lookup("mae")
	require.True(t, ok)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Contest{Metric: metric, Unit: "USD", Candidate: tt.candidate, Standing: standing, Champion: 7,
				Least: tt.least, Bootstrap: metrics.Bootstrap{Resamples: 300, Seed: 1}}
			d, err := c.Decide(context.Background())
			require.NoError(t, err)
			assert.Equal(t, tt.promoted, d.Promoted)
			assert.Regexp(t, tt.words, d.Words)
			data, err := d.Encode()
			require.NoError(t, err)
			again, err := DecodeDecision(data)
			require.NoError(t, err)
			assert.Equal(t, d, again)
		})
	}
}

// TestOnPostgreSQL: in PostgreSQL all of it is the same.
func TestOnPostgreSQL(t *testing.T) { testpostgres.Again(t) }
