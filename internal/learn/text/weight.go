package text

import (
	"math"

	"labbook/internal/data/matrix"
)

// weigh turns counts into weights, in place.
func (v *Vectorizer) weigh(m *matrix.CSR) {
	switch o := &v.options; o.Weight {
	case "binary":
		for i, x := range m.Data {
			m.Data[i] = math.Copysign(1, x)
		}
	case "tfidf":
		if o.SublinearTF {
			for i, x := range m.Data {
				m.Data[i] = math.Copysign(math.Log(math.Abs(x))+1, x)
			}
		}
		if v.idf != nil {
			for i, c := range m.Indices {
				m.Data[i] *= v.idf[c]
			}
		}
		for r := range len(m.Indptr) - 1 {
			normalise(m.Data[m.Indptr[r]:m.Indptr[r+1]], o.Norm)
		}
	}
}

// normalise scales values to length 1; a row of zeros stays one.
func normalise(values []float64, norm string) {
	length := 0.0
	switch norm {
	case "l2":
		for _, x := range values {
			length += x * x
		}
		length = math.Sqrt(length)
	case "l1":
		for _, x := range values {
			length += math.Abs(x)
		}
	}
	if length == 0 {
		return
	}
	for i := range values {
		values[i] /= length
	}
}

// inverse gives the inverse document frequencies: log((1+n)/(1+df)) + 1, or
// log(n/df) + 1 unsmoothed (scikit-learn's TfidfTransformer).
func inverse(df []int32, n int, smooth bool) []float64 {
	add := 0.0
	if smooth {
		add = 1
	}
	idf := make([]float64, len(df))
	for i, d := range df {
		idf[i] = math.Log((float64(n)+add)/(float64(d)+add)) + 1
	}
	return idf
}
