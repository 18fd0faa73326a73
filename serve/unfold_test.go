package serve

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/formats"
	"labbook/internal/data/table"
	"labbook/internal/testdata"
)

// asked are rows of stones as a table with types.
func asked() *table.Table {
	return table.New(
		&table.Column{Field: table.Field{Name: "id", Type: table.Text}, Texts: []string{"a", "b"}},
		&table.Column{Field: table.Field{Name: "carat", Type: table.Number}, Num: []float64{.5, .6}},
		&table.Column{Field: table.Field{Name: "cut", Type: table.Category, Levels: []string{"Fair", "Good", "Ideal"}, Ordered: true}, Codes: []int32{1, 2}},
		&table.Column{Field: table.Field{Name: "shop", Type: table.Text}, Texts: []string{"east", "west"}})
}

func inFormat(t testing.TB, tab *table.Table, f formats.Format) string {
	var out bytes.Buffer
	require.NoError(t, formats.Write(&out, tab, f))
	return out.String()
}

func inStream(t testing.TB, tab *table.Table) string {
	var out bytes.Buffer
	s, err := table.NewStream(&out, tab)
	require.NoError(t, err)
	require.NoError(t, s.Write(tab))
	require.NoError(t, s.Close())
	return out.String()
}

func gzipped(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write([]byte(text))
	w.Close()
	return out.String()
}

func zstded(text string) string {
	w, _ := zstd.NewWriter(nil)
	return string(w.EncodeAll([]byte(text), nil))
}

// The same rows have the same answers in whatever form they come; what is recorded is
// text, which a replay asks again.
func TestPredictInEveryForm(t *testing.T) {
	l := oneLab(t)
	csv := inFormat(t, asked(), formats.CSV)
	want := l.ask("POST", "/v1/stones/predict", csv, "Content-Type: text/csv")
	require.Equal(t, 200, want.Code, want.Body)
	parquet, arrow := inFormat(t, asked(), formats.Parquet), inFormat(t, asked(), formats.Arrow)
	sent := 1
	for name, tt := range map[string]struct {
		body    string
		headers []string
	}{
		"Parquet":            {parquet, []string{"Content-Type: application/vnd.apache.parquet"}},
		"Arrow":              {arrow, []string{"Content-Type: application/vnd.apache.arrow.file"}},
		"a stream":           {inStream(t, asked()), []string{"Content-Type: application/vnd.apache.arrow.stream"}},
		"bytes":              {parquet, []string{"Content-Type: application/octet-stream"}},
		"no type":            {arrow, nil},
		"gzip":               {gzipped(csv), []string{"Content-Type: text/csv"}},
		"zstd":               {zstded(csv), []string{"Content-Type: text/csv"}},
		"gzip as encoding":   {gzipped(csv), []string{"Content-Type: text/csv", "Content-Encoding: gzip"}},
		"Parquet within one": {zstded(parquet), []string{"Content-Type: application/vnd.apache.parquet", "Content-Encoding: zstd"}},
	} {
		w := l.ask("POST", "/v1/stones/predict", tt.body, tt.headers...)
		if assert.Equal(t, 200, w.Code, "%s: %s", name, w.Body) {
			assert.Equal(t, want.Body.String(), w.Body.String(), name)
			assert.Equal(t, "text/csv; charset=utf-8", w.Header().Get("Content-Type"))
			recorded, err := l.requests.Request(t.Context(), w.Header().Get("X-Request-Id"))
			require.NoError(t, err)
			assert.Equal(t, csv, string(recorded.Request.Kept), name)
			assert.Equal(t, "text/csv", recorded.Request.Type, name)
			sent++
		}
	}
	list := members(t, l.ask("POST", "/v1/stones/predict", "["+small+","+small+"]"), 200)["predictions"].([]any)
	for name, body := range map[string]string{"lines": small + "\r\n\n" + small, "packed lines": gzipped(small + "\n" + small + "\n")} {
		w := l.ask("POST", "/v1/stones/predict", body, "Content-Type: application/x-ndjson")
		require.Equal(t, 200, w.Code, "%s: %s", name, w.Body)
		lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
		require.Len(t, lines, 2)
		wanted, err := json.Marshal(list[1])
		require.NoError(t, err)
		assert.JSONEq(t, string(wanted), lines[1])
		assert.Equal(t, "stones@1", w.Header().Get("X-Labbook-Model"))
		sent++
	}
	w := l.ask("POST", "/v1/stones/predict", gzipped(small), "Content-Type: application/json", "Content-Encoding: gzip")
	assert.Equal(t, list[0].(map[string]any)["price"], members(t, w, 200)["price"])
	sent += 2 // with the list

	again, err := RunReplay(t.Context(), ReplayOptions{Registry: l.registry, Runs: l.ledger, Requests: l.requests, Model: "stones@1", Last: 100})
	require.NoError(t, err)
	assert.Equal(t, sent, again.Requests, "all of them can be asked again")
	assert.Zero(t, again.Changed+again.Errors+again.Skipped)
	l.train(130, nil)
	again, err = RunReplay(t.Context(), ReplayOptions{Registry: l.registry, Runs: l.ledger, Requests: l.requests, Model: "stones@2", Last: 2})
	require.NoError(t, err)
	assert.Positive(t, again.MaxChange, "answers on lines are compared by their numbers")
}

// What is not to be kept is taken out of tables too, and nothing is kept of what
// cannot be read.
func TestTablesAreRedacted(t *testing.T) {
	l := oneLab(t)
	tab := asked()
	tab.Columns[0].Name = "password"
	for _, body := range []string{inFormat(t, tab, formats.Parquet), gzipped(inFormat(t, tab, formats.CSV))} {
		w := l.ask("POST", "/v1/stones/predict", body, "Content-Type: "+map[bool]string{true: typeCSV, false: typeParquet}[body[0] == 0x1f])
		require.Equal(t, 200, w.Code, w.Body)
		recorded, err := l.requests.Request(t.Context(), w.Header().Get("X-Request-Id"))
		require.NoError(t, err)
		assert.Contains(t, string(recorded.Request.Kept), "[redacted],0.5,Good,east")
	}
	cut := inFormat(t, tab, formats.Parquet)
	w := l.ask("POST", "/v1/stones/predict", cut[:len(cut)-9], "Content-Type: "+typeParquet)
	require.Equal(t, 422, w.Code, w.Body)
	recorded, err := l.requests.Request(t.Context(), w.Header().Get("X-Request-Id"))
	require.NoError(t, err)
	assert.Empty(t, recorded.Request.Kept)
	assert.EqualValues(t, len(cut)-9, recorded.Request.Size)
}

// described gives a Parquet file another description.
func described(t testing.TB, file string, change func(*format.FileMetaData)) string {
	length := int(binary.LittleEndian.Uint32([]byte(file[len(file)-8:])))
	data := []byte(file[len(file)-8-length : len(file)-8])
	var meta format.FileMetaData
	require.NoError(t, thrift.Unmarshal(new(thrift.CompactProtocol), data, &meta))
	change(&meta)
	data, err := thrift.Marshal(new(thrift.CompactProtocol), &meta)
	require.NoError(t, err)
	return endedBy(file[:len(file)-8-length], data)
}

func endedBy(begin string, description []byte) string {
	return begin + string(description) + string(binary.LittleEndian.AppendUint32(nil, uint32(len(description)))) + "PAR1"
}

// repeated gives a table of many rows that takes next to no bytes.
func repeated(rows int, cut string) *table.Table {
	tab := asked()
	for i, c := range tab.Columns {
		switch {
		case c.Num != nil:
			c.Num = make([]float64, rows)
		case c.Codes != nil:
			tab.Columns[i].Codes = make([]int32, rows)
		default:
			c.Texts = make([]string, rows)
			for j := range c.Texts {
				c.Texts[j] = cut
			}
		}
	}
	return table.New(tab.Columns...)
}

// levelled gives a table of many rows of one level.
func levelled(rows int, level string) *table.Table {
	tab := repeated(rows, "x")
	tab.Columns[2].Levels = []string{level, level + "y", level + "z"}
	return tab
}

// hostile are bodies that promise more than they hold, or hold more than they show.
func hostile(t testing.TB) map[string]struct {
	kind, body string
	status     int
	detail     string
} {
	parquet, arrow := inFormat(t, asked(), formats.Parquet), inFormat(t, asked(), formats.Arrow)
	const list = "\x15\x02\x19\xfc\xff\xff\xff\xff\x07" // a version, and a list of 2^31 - 1 structs
	return map[string]struct {
		kind, body string
		status     int
		detail     string
	}{
		"empty":               {typeParquet, "", 415, "does not begin as"},
		"wrong magic":         {typeParquet, "PAR2" + parquet[4:], 415, "does not begin as"},
		"CSV called Parquet":  {typeParquet, "carat,cut,shop\n", 415, "does not begin as"},
		"Parquet called CSV":  {typeCSV, parquet, 415, "send it as"},
		"Parquet called JSON": {typeJSON, parquet, 400, ""},
		"magic alone":         {typeParquet, "PAR1", 422, "too short"},
		"cut":                 {typeParquet, parquet[:len(parquet)/2], 422, "cut short"},
		"cut Arrow":           {typeArrow, arrow[:len(arrow)/2], 422, "cut short"},
		"Arrow's magic alone": {typeArrow, "ARROW1\x00\x00", 422, "too short"},
		"a stream of nothing": {typeStream, "\xff\xff\xff\xff\xff\xff\xff\x7f", 422, "cut short"},
		"an old Feather":      {typeArrow, "FEA1" + arrow, 422, "version 1"},
		"encrypted":           {typeParquet, "PARE" + parquet[4:], 422, "encrypted"},
		"a list of billions":  {typeParquet, endedBy("PAR1", []byte(list)), 422, "more than its bytes can hold"},
		"structs in structs":  {typeParquet, endedBy("PAR1", bytes.Repeat([]byte{0x1c}, 9_000_000)), 422, "nested"},
		"a list of many":      {typeParquet, endedBy("PAR1", append([]byte("\x15\x02\x19\xfc\x80\x89\x7a"), make([]byte, 2_000_000)...)), 413, "more parts"},
		"columns in columns": {typeParquet, described(t, parquet, func(m *format.FileMetaData) {
			one := m.Schema[0]
			one.NumChildren.V = 1
			m.Schema = nil
			for range 30_000 {
				m.Schema = append(m.Schema, one)
			}
		}), 422, "nested too deep"},
		"groups without columns": {typeParquet, described(t, parquet, func(m *format.FileMetaData) { m.RowGroups = make([]format.RowGroup, 50_000) }), 422, "0 columns of 4"},
		"two billion rows": {typeParquet, described(t, parquet, func(m *format.FileMetaData) {
			m.NumRows, m.RowGroups[0].NumRows = 2e9, 2e9
			for i := range m.RowGroups[0].Columns {
				m.RowGroups[0].Columns[i].MetaData.NumValues = 2e9
			}
		}), 413, "more than 100,000 rows"},
		"groups of the same bytes": {typeParquet, described(t, inFormat(t, repeated(3_000, strings.Repeat("x", 5_000)+"y"), formats.Parquet), func(m *format.FileMetaData) {
			for range 30 {
				m.RowGroups = append(m.RowGroups, m.RowGroups[0])
			}
		}), 413, ""},
		"rows beyond the bound": {typeParquet, inFormat(t, repeated(100_001, "x"), formats.Parquet), 413, "more than 100,000 rows"},
		"long texts":            {typeParquet, inFormat(t, repeated(10_000, strings.Repeat("x", 1_000)), formats.Parquet), 413, "bytes as CSV"},
		"long levels":           {typeArrow, inFormat(t, levelled(10_000, strings.Repeat("x", 5_000)), formats.Arrow), 413, "bytes as CSV"},
		"bytes after the end":   {typeParquet, parquet + "x", 422, "cut short"},
		"a bomb of gzip":        {typeCSV, gzipped(strings.Repeat("\x00", 100_000_000)), 413, "unpacks to more than 10000000 bytes"},
		"a bomb of zstd":        {typeCSV, zstded(strings.Repeat("a,b\n", 25_000_000)), 413, "unpacks to more than 10000000 bytes"},
		"a bomb in a bomb":      {typeCSV, gzipped(gzipped(strings.Repeat("a", 9_000_000))), 422, ""},
		"cut gzip":              {typeCSV, gzipped("carat,cut,shop\n0.5,Good,east\n")[:30], 422, "not a whole gzip file"},
		"lines of no object":    {typeLines, small + "\n5\n", 400, "line 2 does not begin an object"},
		"two on a line":         {typeLines, small + "," + small + "\n", 400, "several objects"},
		"a broken line":         {typeLines, small + "\n{\"carat\":\n", 400, ""},
		"no line":               {typeLines, "\n\n", 422, "empty"},
	}
}

// Hostile bodies are refused in words, with little memory and no fault of the server,
// which answers on.
func TestHostileTables(t *testing.T) {
	testdata.OnlyComputes(t)
	l := oneLab(t)
	for name, tt := range hostile(t) {
		if int64(len(tt.body)) > l.server.options.Limits.Body {
			t.Fatalf("%s is too large itself", name)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		w := l.ask("POST", "/v1/stones/predict", tt.body, "Content-Type: "+tt.kind)
		runtime.ReadMemStats(&after)
		assert.Equal(t, tt.status, w.Code, "%s: %s", name, w.Body)
		assert.Contains(t, w.Body.String(), tt.detail, name)
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(300<<20), name)
		t.Logf("%s: %d MB: %.200s", name, (after.TotalAlloc-before.TotalAlloc)>>20, w.Body)
	}
	assert.Equal(t, 200, l.ask("POST", "/v1/stones/predict", small).Code)
	assert.True(t, l.server.turns.TryAcquire(int64(max(1, runtime.GOMAXPROCS(0)-1))), "all turns are given back")
}

// FuzzPredictTable wants of any bytes an answer that is no fault of the server, within
// the bound of its memory.
func FuzzPredictTable(f *testing.F) {
	testdata.OnlyComputes(f)
	l := oneLab(f)
	l.server.options.Limits.Body = 1 << 20
	for _, tt := range hostile(f) {
		if len(tt.body) < 10_000 {
			f.Add([]byte(tt.body), byte(0))
		}
	}
	for _, body := range []string{inFormat(f, asked(), formats.Parquet), inFormat(f, asked(), formats.Arrow), inStream(f, asked()), gzipped(small), zstded(small)} {
		f.Add([]byte(body), byte(1))
	}
	kinds := []string{"application/octet-stream", typeParquet, typeArrow, typeStream, typeCSV, typeLines}
	f.Fuzz(func(t *testing.T, body []byte, kind byte) {
		w := l.ask("POST", "/v1/stones/predict", string(body), "Content-Type: "+kinds[int(kind)%len(kinds)])
		require.Less(t, w.Code, 500, "%q: %s", body, w.Body)
	})
}

// Every route that takes a body takes a packed one, and records what it holds.
func TestPackedBodiesElsewhere(t *testing.T) {
	l := newLab(t)
	l.train(100, nil)
	l.train(120, nil)
	l.start(func(o *Options) { o.Runner, o.Batches = &starter{}, t.TempDir() })
	gzipped := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Write([]byte(text))
		require.NoError(t, w.Close())
		return b.String()
	}
	headers := []string{"Content-Type: application/json", "Content-Encoding: gzip", withToken}
	for path, test := range map[string]struct {
		body   string
		status int
	}{
		"/v1/stones/similar":        {small, 200},
		"/v1/stones/what-if":        {`{"input":` + small + `}`, 200},
		"/v1/stones/predictions":    {`{"input":` + small + `}`, 201},
		"/v1/models/stones/promote": {`{"version":2}`, 200},
		"/v1/runs":                  {`{"pipeline":"stones"}`, 202},
		"/v1/stones/batches":        {"carat,cut,shop\n.5,Good,east\n", 202},
		"/v1/stones/predict":        {small, 200},
	} {
		w := l.ask("POST", path, gzipped(test.body), headers...)
		require.Equal(t, test.status, w.Code, "%s: %s", path, w.Body)
		kept, err := l.requests.Request(t.Context(), w.Header().Get("X-Request-Id"))
		require.NoError(t, err)
		if !strings.HasSuffix(path, "/batches") {
			assert.Equal(t, test.body, string(kept.Request.Kept), path)
		}
		if path != "/v1/stones/batches" {
			assert.Equal(t, 400, l.ask("POST", path, test.body, headers...).Code, "%s: it is not packed", path)
		}
	}
	bomb := gzipped(`{"input":{"note":"` + strings.Repeat(" ", 30<<20) + `"}}`)
	assert.Equal(t, 413, l.ask("POST", "/v1/stones/predictions", bomb, headers...).Code)
	assert.Equal(t, 413, l.ask("POST", "/v1/stones/predictions", gzipped(strings.Repeat(" ", 2<<20)), headers...).Code, "what is saved is bounded more")
	assert.Equal(t, 415, l.ask("POST", "/login", "x", headers...).Code)
}
