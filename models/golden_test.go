package models

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/testdata"
)

// TestGoldenFits holds the versions of estimators to their bytes: a small fit
// that comes out otherwise is of another version.
func TestGoldenFits(t *testing.T) {
	testdata.OnlyComputes(t)
	withPrograms(t)
	got := map[string]testdata.GoldenRun{}
	for _, spec := range append(runnable(t), variants(t)...) {
		name, _, _ := strings.Cut(spec.Name, ",")
		fits := shapes()
		if name == "logistic" { // which begins otherwise there
			fits = append(fits, shape{name: "three classes, many rows, weights", classes: 3, rows: 20_000, change: uneven})
		}
		for _, s := range fits {
			data := s.make()
			plain := s.rows == 300 || strings.HasSuffix(s.name, "missing values") || strings.HasSuffix(s.name, "weights")
			if !plain || s.classes == 1 || !slices.Contains(spec.Tasks, data.Task()) || s.sparse && !spec.Sparse {
				continue
			}
			var declared any
			if spec.Params != nil {
				declared = spec.Params()
			}
			asked := fmt.Sprintln(s.name, params.Lines(declared))
			if spec.Members != nil {
				for _, m := range spec.Members(declared) {
					asked += fmt.Sprintln(m.Name, m.Version)
				}
			}
			model, err := fitted(&spec, data, 2)
			if err != nil {
				continue // it wants values everywhere; the conformance test holds it to take ordinary data
			}
			left, err := model.MarshalBinary()
			require.NoError(t, err)
			said := make([]float64, s.rows*model.Outputs())
			model.Predict(said, data.X)
			got[spec.Name+", "+s.name] = testdata.GoldenRun{Of: name, Version: spec.Version,
				Asked: short([]byte(asked)), Left: short(fmt.Appendln(left, said))}
		}
	}
	testdata.Golden(t, filepath.Join("testdata", "golden.txt"), got, func(model string) string { return "Version in the Spec of models/" + model })
}

func short(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data))[:16] }
