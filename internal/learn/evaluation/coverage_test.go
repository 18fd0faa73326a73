package evaluation

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/metrics"
)

// TestMeasureCoverage: 9 of 10 rows are held; the ends of Wilson's interval
// are those of statsmodels.stats.proportion.proportion_confint(9, 10,
// method="wilson"): 0.5958, 0.9821.
func TestMeasureCoverage(t *testing.T) {
	actual := make([]float64, 10)
	low, high := make([]float64, 10), make([]float64, 10)
	for i := range actual {
		actual[i] = float64(i)
		low[i], high[i] = float64(i)-1, float64(i)+float64(i)/2
	}
	actual[4] = 7
	c := measureCoverage(0.9, actual, low, high, nil)
	assert.Equal(t, 0.9, c.Share)
	assert.InDelta(t, 0.5958, c.Low, 1e-4)
	assert.InDelta(t, 0.9821, c.High, 1e-4)
	assert.InDelta(t, 3.25, c.Mean, 1e-12)
	assert.InDelta(t, 3.25, c.Median, 1e-12)
	assert.True(t, c.kept())
	assert.Equal(t, "the 90 % intervals of train/a hold 90.0 % of the test rows, and are 3.250 USD wide on average", c.words("train/a", "USD"))

	c = measureCoverage(0.99, actual, low, high, nil)
	assert.False(t, c.kept())
	assert.Contains(t, c.words("train/a", ""), "fewer than they should")
	names := []string{}
	for _, v := range c.Values("USD") {
		names = append(names, v.Name)
	}
	assert.Equal(t, []string{"coverage_99", "width_99"}, names)
}

// TestCoverSets: three rows of a, of which the sets of two hold it, and one of b.
func TestCoverSets(t *testing.T) {
	s := &metrics.Sample{Actual: []float64{0, 0, 0, 1}, Classes: []string{"a", "b", "c"}}
	in := []bool{true, false, false, true, true, false, false, false, true, true, true, true}
	c := coverSets(0.6, s, in, nil)
	assert.Equal(t, 0.75, c.Share)
	assert.Equal(t, 1.75, c.Mean)
	assert.Equal(t, &SetCoverage{Single: 0.5, Right: 0.5, Classes: []ClassCoverage{
		{"a", 3, 2. / 3, 4. / 3}, {"b", 1, 1, 3}, {"c", 0, 0, 0}}}, c.Sets)
	assert.Equal(t, "set_size_60", c.Values("")[1].Name)
	assert.Equal(t, "the 60 % sets of train/a hold the class of 75.0 % of the test rows, with 1.75 classes on average; 50.0 % are one class alone, and 50.0 % of these right", c.words("train/a", ""))
	// Rows of two groups are as good as two rows.
	wide := coverSets(0.6, s, in, metrics.NewUnits([]int{0, 0, 1, 1}, 2, false))
	assert.Greater(t, wide.High-wide.Low, c.High-c.Low)
}
