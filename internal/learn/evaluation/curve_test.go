package evaluation

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/facts"
	"labbook/internal/data/metrics"
)

// A curve that falls has not levelled off.
func TestCurveInWords(t *testing.T) {
	metric, _ := metrics.Lookup("f1_weighted")
	for value, want := range map[facts.Number]string{
		.9:   "made F1 (weighted) better by 12%: more data should still help",
		.805: "has levelled off: going from 100 to 200 training rows changed F1 (weighted) by 0.6%",
		.7:   "made F1 (weighted) worse by 13%: this is noise",
	} {
		j := &Judgement{Main: metric}
		j.Curve = []CurvePoint{{Rows: 100, Value: .8}, {Rows: 200, Value: value}}
		j.readCurve()
		require.Len(t, j.Findings, 1)
		assert.Contains(t, j.Findings[0].Text, want)
	}
}
