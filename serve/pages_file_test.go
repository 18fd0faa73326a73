package serve

import (
	"bytes"
	"compress/gzip"
	"mime/multipart"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/requests"
)

// send sends a file as the form of a page does, and follows to where that leads.
func (l *lab) send(name, data string) (status int, body string) {
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", name)
	require.NoError(l.t, err)
	part.Write([]byte(data))
	require.NoError(l.t, w.Close())
	sent := l.ask("POST", "/pipelines/stones/file", form.String(), "Content-Type: "+w.FormDataContentType())
	if sent.Code != 303 {
		return sent.Code, sent.Body.String()
	}
	shown := l.ask("GET", sent.Header().Get("Location"), "")
	return shown.Code, shown.Body.String()
}

// What is dropped on a page goes through the API, whatever its form, and comes to the
// same answers.
func TestPagesPredictFiles(t *testing.T) {
	l := pagesLab(t, func(o *Options) { o.Limits.Body = 1 << 20 })
	arrow, err := arrowOf([]byte(`[{"carat":0.5,"cut":"Good","shop":"east","who":"a,b"},{"carat":0.7,"cut":"Ideal","shop":"west"}]`), "the file")
	require.NoError(t, err)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte("carat,cut,shop,who\n0.5,Good,east,\"a,b\"\n0.7,Ideal,west,\n"))
	require.NoError(t, z.Close())
	all, numbers := "", regexp.MustCompile(`\d+\.\d\d`)
	for name, data := range map[string]string{
		"a.csv": "carat;cut;shop;who\n0,5;Good;east;a,b\n0,7;Ideal;west;\n", "a.csv.gz": packed.String(), "a.arrow": string(arrow),
		"a.jsonl": `{"carat":0.5,"cut":"Good","shop":"east","who":"a,b"}` + "\n" + `{"carat":0.7,"cut":"Ideal","shop":"west"}`,
		"a.json":  "[\n" + `{"carat":0.5,"cut":"Good","shop":"east","who":"a,b"}, {"carat":0.7,"cut":"Ideal","shop":"west"}]`,
	} {
		status, body := l.send(name, data)
		table := body[strings.Index(body, "<tbody>"):]
		if all == "" {
			all = table
		}
		assert.Equal(t, numbers.FindAllString(all, -1), numbers.FindAllString(table, -1), name)
		require.Equal(t, 200, status, name)
		for _, want := range []string{"2 rows answered", "60.00", "54.06 to 66.02", "a,b", ">price <span class=\"hint\">USD"} {
			assert.Contains(t, strings.ReplaceAll(body, "</a>", ""), want, name)
		}
	}
	recorded, err := l.requests.Requests(t.Context(), requests.Filter{Bodies: true})
	require.NoError(t, err)
	require.Len(t, recorded, 5, "the calls of the API, and not the pages")
	assert.Equal(t, "/v1/stones/predict", recorded[0].Route)

	for _, test := range []struct {
		name, data string
		status     int
		want       string
	}{
		{"a.csv", "carat,cut,shop\n0.5,Good,east\nx,Good,east\n", 422, "<b>line 3:</b> Carat is not a number. Found <code>&#34;x&#34;</code>. It takes a number."},
		{"a.json", `[{"carat":0.5,"cut":"Good","shop":"a\nb"},{"carat":-1,"cut":"Good","shop":"east"}]`, 422, "<b>row 2:</b> Carat is below 0."},
		{"a.json", `[{"carat":`, 422, "The file is no JSON: unexpected end of JSON input."},
		{"a.csv", "", 422, "The file is empty."},
		{"a.parquet", "PAR1 and no more PAR1", 422, "a.parquet cannot be answered"},
		{"large.csv", strings.Repeat("1,2,3\n", 1<<18), 422, "It is larger than 1.0 MB."},
	} {
		status, body := l.send(test.name, test.data)
		assert.Equal(t, test.status, status, test.name)
		assert.Contains(t, body, test.want, test.name)
	}
	status, body := l.send("huge.csv", strings.Repeat("1,2,3\n", 3<<18))
	assert.Equal(t, 422, status)
	assert.Contains(t, body, "It is larger than 1.0 MB.")
}
