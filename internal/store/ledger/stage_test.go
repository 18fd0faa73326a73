package ledger

import (
	"crypto/sha256"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
)

// stagesOf makes stages with a key text of the usual length.
func stagesOf(run string, n int) []*record.Stage {
	stages := make([]*record.Stage, n)
	for i := range stages {
		text := fmt.Sprintf("kind command 1\nstage s%05d\n%s", i, strings.Repeat("input 0123456789abcdef\n", 15))
		stages[i] = &record.Stage{
			Run: run, Name: fmt.Sprintf("s%05d", i), Kind: "command", Ordinal: i,
			Key: fmt.Sprintf("%x", sha256.Sum256([]byte(text))), KeyText: text,
			Status: record.Succeeded, Reason: "never ran before",
			Started: time.Unix(int64(i), 5).UTC(), Ended: time.Unix(int64(i)+2, 5).UTC(),
			CPU: time.Second, Memory: 1 << 20, Output: "aa", Cell: "bb", Log: "cc", Ran: run,
		}
	}
	return stages
}

func ptr[T any](v T) *T { return &v }

func TestStagesComeBackAsTheyWere(t *testing.T) {
	db := open(t)
	r := &record.Run{Pipeline: "diamonds"}
	require.NoError(t, db.StartRun(r))
	stages := stagesOf(r.ID, 3)
	stages[1].Metrics = []metrics.Value{
		{Name: "mae", Subject: "train/boosting", Value: 263.7, Low: ptr(260.0), High: ptr(267.5), Level: .95, Unit: "USD", Better: metrics.Lower},
		{Name: "r2", Value: 1 / 3.0},
		{Name: "worst", Value: math.Inf(1)},
	}
	stages[1].Warnings = []notebook.Finding{{Level: "warning", Text: "7 rows <dropped>", Column: "price", Count: 7, Code: "C101", Remedy: "split: {by: hash}", Muted: "meant"}}
	require.NoError(t, db.PutStages(stages))
	found, err := db.Stages(t.Context(), r.ID)
	require.NoError(t, err)
	assert.Equal(t, stages, found)

	t.Run("and replaced, leave nothing behind", func(t *testing.T) {
		stages[1].Metrics, stages[1].Warnings = nil, nil
		require.NoError(t, db.PutStages(stages[1:2]))
		found, err := db.Stages(t.Context(), r.ID)
		require.NoError(t, err)
		assert.Equal(t, stages, found)
	})
	t.Run("all or none", func(t *testing.T) {
		more := stagesOf(r.ID, 5)[3:]
		more[1].Run = "no such run"
		require.Error(t, db.PutStages(more))
		found, err := db.Stages(t.Context(), r.ID)
		require.NoError(t, err)
		assert.Len(t, found, 3)
	})
}

func TestMetricThatIsNotANumberSurvives(t *testing.T) {
	db := open(t)
	r := &record.Run{Pipeline: "diamonds"}
	require.NoError(t, db.StartRun(r))
	stages := stagesOf(r.ID, 1)
	stages[0].Metrics = []metrics.Value{{Name: "r2", Value: math.NaN()}, {Name: "ratio", Value: math.Inf(1), Low: ptr(.1 + .2)}}
	require.NoError(t, db.PutStages(stages))
	found, err := db.Stages(t.Context(), r.ID)
	require.NoError(t, err)
	assert.True(t, math.IsNaN(found[0].Metrics[0].Value))
	assert.Equal(t, stages[0].Metrics[1], found[0].Metrics[1])
}

func TestLastStagesLookPastRunsThatLackThem(t *testing.T) {
	db := open(t)
	put := func(change func([]*record.Stage) []*record.Stage) *record.Run {
		r := &record.Run{Pipeline: "diamonds"}
		require.NoError(t, db.StartRun(r))
		require.NoError(t, db.PutStages(change(stagesOf(r.ID, 3))))
		return r
	}
	first := put(func(s []*record.Stage) []*record.Stage { return s })
	second := put(func(s []*record.Stage) []*record.Stage { return s[:1] }) // --only
	put(func(s []*record.Stage) []*record.Stage { s[0].Status = record.Failed; return s[:1] })
	require.NoError(t, db.StartRun(&record.Run{Pipeline: "diamonds", Status: record.Cached, SameAs: first.ID}))

	last, err := db.LastStages(t.Context(), "diamonds", "s00000", "s00001", "new")
	require.NoError(t, err)
	require.Len(t, last, 2)
	assert.Equal(t, second.ID, last["s00000"].Run)
	assert.Equal(t, first.ID, last["s00001"].Run)

	last, err = db.LastStages(t.Context(), "resumes", "s00000")
	require.NoError(t, err)
	assert.Empty(t, last)
}

func TestDurationsAreMediansOfTheLastFive(t *testing.T) {
	db := open(t)
	for i, seconds := range []int{900, 10, 30, 20, 50, 40} {
		r := &record.Run{Pipeline: "diamonds"}
		require.NoError(t, db.StartRun(r))
		stages := stagesOf(r.ID, 2)
		stages[0].Started = time.Unix(int64(i)*1000, 0)
		stages[0].Ended = stages[0].Started.Add(time.Duration(seconds) * time.Second)
		stages[1].Status = record.Cached
		require.NoError(t, db.PutStages(stages))
	}
	expected, err := db.Durations(t.Context(), "diamonds")
	require.NoError(t, err)
	assert.Equal(t, map[string]time.Duration{"s00000": 30 * time.Second}, expected)
}

func TestMetricHistoryHasAPointPerChange(t *testing.T) {
	db := open(t)
	for i, mae := range []float64{300, 280, 280, 300} {
		r := &record.Run{Pipeline: "diamonds"}
		require.NoError(t, db.StartRun(r))
		stages := stagesOf(r.ID, 1)
		stages[0].Output = fmt.Sprint(mae)
		stages[0].Metrics = []metrics.Value{{Name: "mae", Subject: "train/linear", Value: mae}, {Name: "r2", Value: float64(i)}}
		require.NoError(t, db.PutStages(stages))
	}
	points, err := db.MetricHistory(t.Context(), History{Pipeline: "diamonds", Metric: "mae", Subject: ptr("train/linear")})
	require.NoError(t, err)
	var values []float64
	for _, p := range points {
		values = append(values, p.Value.Value)
	}
	assert.Equal(t, []float64{300, 280, 300}, values)

	points, err = db.MetricHistory(t.Context(), History{Pipeline: "diamonds", Metric: "mae", Limit: 1})
	require.NoError(t, err)
	require.Len(t, points, 1)
	assert.Equal(t, 300.0, points[0].Value.Value)
}

func BenchmarkPutStages(b *testing.B) {
	db := open(b)
	for b.Loop() {
		b.StopTimer()
		r := &record.Run{Pipeline: "wide"}
		require.NoError(b, db.StartRun(r))
		stages := stagesOf(r.ID, 10_000)
		for _, s := range stages {
			s.Key = fmt.Sprintf("%x", sha256.Sum256([]byte(s.Key+r.ID)))
		}
		b.StartTimer()
		require.NoError(b, db.PutStages(stages))
	}
}

func BenchmarkLastStages(b *testing.B) {
	db := open(b)
	r := &record.Run{Pipeline: "wide"}
	require.NoError(b, db.StartRun(r))
	require.NoError(b, db.PutStages(stagesOf(r.ID, 10_000)))
	for b.Loop() {
		last, err := db.LastStages(b.Context(), "wide")
		require.NoError(b, err)
		require.Len(b, last, 10_000)
	}
}

func BenchmarkDurations(b *testing.B) {
	db := open(b)
	for i := range 4 {
		r := &record.Run{Pipeline: "wide"}
		require.NoError(b, db.StartRun(r))
		stages := stagesOf(r.ID, 10_000)
		for _, s := range stages {
			s.Started = s.Started.Add(time.Duration(i) * 24 * time.Hour)
			s.Ended = s.Started.Add(time.Second)
		}
		require.NoError(b, db.PutStages(stages))
	}
	for b.Loop() {
		expected, err := db.Durations(b.Context(), "wide")
		require.NoError(b, err)
		require.Len(b, expected, 10_000)
	}
}
