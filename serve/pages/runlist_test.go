package pages

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
)

// Columns say something of every run, also where pipelines of other tasks stand
// between one another; only then come those that most runs have.
func TestMetricsOfOtherTasks(t *testing.T) {
	of := func(names ...string) (all []metrics.Value) {
		for _, name := range names {
			all = append(all, metrics.Value{Name: name, Better: metrics.Higher})
		}
		return all
	}
	table := &runTable{measured: map[string][]metrics.Value{"a": of("r2", "mae"), "b": of("mae"), "c": of("mae", "r2"), "d": of("f1_macro")}}
	var runs []*record.Run
	for _, id := range []string{"a", "b", "c", "d", "none"} {
		runs = append(runs, &record.Run{ID: id})
	}
	names, _ := table.had(runs)
	assert.Equal(t, []string{"mae", "f1_macro", "r2"}, names)
	names, _ = table.had(runs[:3])
	assert.Equal(t, []string{"mae", "r2"}, names)
	names, _ = table.had(nil)
	assert.Empty(t, names)
}
