package pages_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// send sends files to a pipeline, as the form without a script does.
func (v *visitor) send(pipeline string, files ...string) (*http.Response, string) {
	v.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(files); i += 2 {
		part, err := w.CreateFormFile("file", files[i])
		require.NoError(v.t, err)
		part.Write([]byte(files[i+1]))
	}
	require.NoError(v.t, w.Close())
	r := httptest.NewRequest(http.MethodPost, "/pipelines/"+pipeline+"/file", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return v.do(r)
}

// rowsOf gives the rows of a sheet in the order of the page.
func rowsOf(body string) (rows []string) {
	for _, found := range regexp.MustCompile(`aria-label="Row (\d+): why"`).FindAllStringSubmatch(body, -1) {
		rows = append(rows, found[1])
	}
	return rows
}

// A file is answered as a table: sorted by any column, page by page, to download, and
// each row leads to the form.
func TestFileBecomesTable(t *testing.T) {
	v := visit(t, newFake())
	answer, _ := v.send("diamonds", "stones <b>.csv", "carat,cut,who\n1,Ideal,b\n0.3,Fair,c\n2,Good,\""+strings.ReplaceAll(hostile, `"`, `""`)+"\"\n")
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	at := answer.Header.Get("Location")
	assert.Equal(t, "/pipelines/diamonds/file/r0004", at)
	_, body := v.get(at)
	for _, want := range []string{"3 rows answered", "4,000", "3,500 to 4,500", "1 of 3 rows: carat is unusual", `href="/requests/r0004"`, "stones &lt;b&gt;.csv", `href="/pipelines/diamonds?file=r0004&amp;row=2#answer"`, "Rows 1 to 3 of 3"} {
		assert.Contains(t, body, want)
	}
	assert.NotContains(t, body, hostile)
	for by, want := range map[string][]string{"": {"1", "2", "3"}, "predicted_price": {"2", "1", "3"}, "-carat": {"3", "1", "2"}, "cut": {"2", "3", "1"}, "who": {"3", "1", "2"}, "nothing": {"1", "2", "3"}} {
		_, body := v.get(at + "?sort=" + by)
		assert.Equal(t, want, rowsOf(body), by)
	}
	_, body = v.get(at + "?sort=-carat")
	assert.Contains(t, body, `aria-sort="descending"`)
	answer, body = v.get(at + "/answers.csv")
	assert.Equal(t, "attachment; filename*=UTF-8''stones%20%3Cb%3E-predicted.csv", answer.Header.Get("Content-Disposition"))
	assert.True(t, strings.HasPrefix(body, "carat,cut,who,predicted_price,low_price,high_price\n1,Ideal,b,4000,3500,4500\n"), body)
	_, body = v.get("/pipelines/diamonds?file=r0004&row=2")
	assert.Contains(t, body, "What it says of row 2 of stones &lt;b&gt;.csv")
	assert.Contains(t, body, `value="0.3"`)
	answer, _ = v.get("/pipelines/diamonds?file=r0004&row=4")
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
	answer, _ = v.get("/pipelines/resumes/file/r0004")
	assert.Equal(t, http.StatusNotFound, answer.StatusCode, "it is another pipeline's")

	many := "carat\n" + strings.Repeat("1\n", 250)
	answer, _ = v.send("diamonds", "many.csv", many)
	at = answer.Header.Get("Location")
	_, body = v.get(at + "?offset=100")
	assert.Equal(t, 100, len(rowsOf(body)))
	assert.Contains(t, body, "Rows 101 to 200 of 250")
	assert.Contains(t, body, `href="`+at+`#table"`)
	assert.Contains(t, body, `href="`+at+`?offset=200#table"`)
}

// What is wrong with a file is said by line, column and value, on the page that it was sent from.
func TestFileFaults(t *testing.T) {
	v := visit(t, newFake())
	for _, test := range []struct {
		name, data string
		want       []string
	}{
		{"stones.csv", "carat\n1\nx<b>\n", []string{"<b>line 3:</b> Carat is not a number. Found <code>&#34;x&lt;b&gt;&#34;</code>. It takes a number.", "And 2 more faults.", "stones.csv cannot be answered"}},
		{"none.csv", "carat\n", []string{"The file is empty."}},
	} {
		answer, body := v.send("diamonds", test.name, test.data)
		assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
		for _, want := range test.want {
			assert.Contains(t, body, want)
		}
	}
	answer, body := v.send("diamonds")
	assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	assert.Contains(t, body, "No file was chosen.")
	_, body = v.send("diamonds", "a.csv", "carat\n1\n", "b.csv", "carat\n1\n")
	assert.Contains(t, body, "Send one table at a time.")
	_, body = v.post("/pipelines/diamonds/file", "file", "carat")
	assert.Contains(t, body, "No file was sent.")
	_, body = v.send("diamonds", "large.csv", strings.Repeat("1,1,1,1,1\n", 1.1e6))
	assert.Contains(t, body, "It is larger than 10 MB.")
}

// A text in a file is answered as if it had been pasted, whatever its encoding; several
// are a table.
func TestFilesOfText(t *testing.T) {
	v := visit(t, newFake())
	answer, body := v.send("resumes", "cv.txt", "Ten years of Caf\xe9 software")
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.Contains(t, body, "Ten years of Café software</textarea>")
	assert.Contains(t, body, "What it says of cv.txt")
	assert.Contains(t, body, "Web Developer")
	answer, _ = v.send("resumes", "a.txt", "one, \"quoted\"", "b.TXT", "two")
	_, body = v.get(answer.Header.Get("Location"))
	for _, want := range []string{"2 texts: 2 rows answered", "a.txt", "b.TXT", "91.0 %", "SAP, Web Developer"} {
		assert.Contains(t, body, want)
	}
	assert.Equal(t, []string{"1", "2"}, rowsOf(body))
}
