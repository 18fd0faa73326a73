package serve

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/store/registry"
)

// TestOutputs: what stages left can be had, as it is and in other forms, by those
// who may read runs; what is not there is told.
func TestOutputs(t *testing.T) {
	l := newLab(t)
	folder := t.TempDir()
	tab := table.New(&table.Column{Field: table.Field{Name: "x", Type: table.Number, Integer: true}, Num: []float64{1, 2}})
	require.NoError(t, tab.WriteFile(filepath.Join(folder, "table.arrow")))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "page.html"), []byte("<script>alert(1)</script>"), 0o666))
	l.artifacts["d1"] = folder
	run := &record.Run{Pipeline: "stones"}
	require.NoError(t, l.ledger.StartRun(run))
	require.NoError(t, l.ledger.PutStages([]*record.Stage{
		{Run: run.ID, Name: "load/a", Kind: "load", Status: record.Succeeded, Output: "d1", Makes: []artifact.Type{artifact.Table}},
		{Run: run.ID, Name: "gone", Ordinal: 1, Kind: "load", Status: record.Succeeded, Output: "d2"},
		{Run: run.ID, Name: "failed", Ordinal: 2, Kind: "load", Status: record.Failed},
	}))
	l.start(func(o *Options) {
		o.Outputs = registry.StoreFunc(func(digest string) ([]artifact.Blob, error) {
			if l.artifacts[digest] == "" {
				return nil, registry.ErrLost
			}
			return l.tree(digest)
		})
	})
	get := func(path string) *httptest.ResponseRecorder { return l.ask(http.MethodGet, path, "") }
	base := "/v1/runs/" + run.ID
	list := get(base + "/outputs")
	assert.Equal(t, http.StatusOK, list.Code)
	assert.Contains(t, list.Body.String(), `"href":"`+base+`/output?file=table.arrow&stage=load%2Fa"`)
	assert.Contains(t, list.Body.String(), `{"form":"csv","href":"`+base+`/output?file=table.csv&stage=load%2Fa"}`)
	assert.NotContains(t, list.Body.String(), `"gone"`)

	csv := get(base + "/output?stage=load%2Fa&file=table.csv")
	assert.Equal(t, "x\n1\n2\n", csv.Body.String())
	assert.Equal(t, "text/csv; charset=utf-8", csv.Header().Get("Content-Type"))
	assert.Equal(t, "attachment; filename=table.csv", csv.Header().Get("Content-Disposition"))
	assert.Equal(t, "6", csv.Header().Get("Content-Length"))
	assert.Equal(t, "PAR1", get(base + "/output?stage=load%2Fa&file=table.parquet").Body.String()[:4])
	page := get(base + "/output?stage=load%2Fa&file=page.html")
	assert.Equal(t, "application/octet-stream", page.Header().Get("Content-Type"), "what a browser would run is saved")

	for query, want := range map[string]int{
		"?stage=load%2Fa&file=tabel.csv": http.StatusNotFound, "?stage=load%2Fa": http.StatusNotFound, "?stage=loda": http.StatusNotFound, "": http.StatusNotFound,
		"?stage=gone": http.StatusNotFound, "?stage=failed": http.StatusNotFound, "?stage=load%2Fa&file=..%2Ftable.arrow": http.StatusNotFound,
		"?stage=load%2Fa&fiel=x": http.StatusUnprocessableEntity, "?stage=a&stage=b": http.StatusUnprocessableEntity,
	} {
		assert.Equal(t, want, get(base+"/output"+query).Code, query)
	}
	assert.Equal(t, http.StatusNotFound, get("/v1/runs/none/output?stage=load%2Fa").Code)
}
