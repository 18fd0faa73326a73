package evaluation

import (
	"testing"

	"github.com/stretchr/testify/assert"
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
	c := measureCoverage(0.9, actual, low, high)
	assert.Equal(t, 0.9, c.Share)
	assert.InDelta(t, 0.5958, c.Low, 1e-4)
	assert.InDelta(t, 0.9821, c.High, 1e-4)
	assert.InDelta(t, 3.25, c.Mean, 1e-12)
	assert.InDelta(t, 3.25, c.Median, 1e-12)
	assert.True(t, c.kept())
	assert.Equal(t, "the 90 % intervals of train/a hold 90.0 % of the test rows, and are 3.250 USD wide on average", c.words("train/a", "USD"))

	c = measureCoverage(0.99, actual, low, high)
	assert.False(t, c.kept())
	assert.Contains(t, c.words("train/a", ""), "fewer than they should")
	names := []string{}
	for _, v := range c.Values("USD") {
		names = append(names, v.Name)
	}
	assert.Equal(t, []string{"coverage_99", "width_99"}, names)
}
