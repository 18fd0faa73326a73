package explore

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Admissions to Berkeley's six largest departments in 1973 (Bickel, Hammel, O'Connell
// 1975, Science 187; R's UCBAdmissions): the slopes and errors are those of numpy, see
// testdata/statistics.py. Women were admitted less often, and within departments not;
// that at most a quarter of the difference is left is not beyond doubt.
func TestSlopes(t *testing.T) {
	var women, admitted []float64
	var department []int32
	for i, n := range [][4]int{{512, 313, 89, 19}, {353, 207, 17, 8}, {120, 205, 202, 391}, {138, 279, 131, 244}, {53, 138, 94, 299}, {22, 351, 24, 317}} {
		for k, count := range n {
			for range count {
				women, admitted, department = append(women, float64(k/2)), append(admitted, float64(1-k%2)), append(department, int32(i))
			}
		}
	}
	s := compareSlopes(admitted, women, department)
	assert.Equal(t, 4526, s.rows)
	assert.InDelta(t, -0.14164542824654544, s.crude, 1e-12)
	assert.InDelta(t, 0.01842519619085233, s.adjusted, 1e-12)
	assert.InDelta(t, 0.00020708404425272097, s.crudeVar, 1e-12)
	assert.InDelta(t, 0.00021777188191094703, s.adjustedVar, 1e-12)
	reverses, vanishes := s.judge(2.576)
	assert.False(t, reverses || vanishes)
}
