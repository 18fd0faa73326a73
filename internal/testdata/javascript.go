package testdata

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// PortableCase is a model in the form of package portable, and rows to ask it for, by
// the names of columns: as the API takes them with Objects, else as the model does.
type PortableCase struct {
	Document json.RawMessage `json:"document"`
	Lists    string          `json:"lists"` // base64
	Rows     []any           `json:"rows"`
	Objects  bool            `json:"objects"`
	// Explained is how many of the rows are answered with reasons, the first ones.
	Explained int `json:"explained"`
}

// NewPortableCase makes one of a document and its packed lists.
func NewPortableCase(document, lists []byte, rows []any) PortableCase {
	return PortableCase{Document: document, Lists: base64.StdEncoding.EncodeToString(lists), Rows: rows}
}

//go:embed javascript/answer.js
var answerScript []byte

// Portable has the script answer the rows of each case, in JSON, with "refused: " and
// "faults: " before what is none. Node runs it, or, where there is none, Chromium; the
// test is skipped where there is neither.
func Portable(t testing.TB, script []byte, cases []PortableCase) (answers [][]string) {
	t.Helper()
	data, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	out := runScript(t, bytes.Join([][]byte{script, answerScript}, []byte("\n")), data)
	if err := json.Unmarshal(out, &answers); err != nil {
		t.Fatalf("the script gave no answers: %v: %.400s", err, out)
	}
	return answers
}

func runScript(t testing.TB, script, data []byte) []byte {
	dir := t.TempDir()
	write := func(name string, parts ...[]byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, bytes.Join(parts, []byte("\n")), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	run := func(name string, args ...string) []byte {
		cmd := exec.Command(name, args...)
		var wrong bytes.Buffer
		cmd.Stderr = &wrong
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v: %s", name, err, wrong.String())
		}
		return out
	}
	if node, err := exec.LookPath("node"); err == nil {
		return run(node, write("run.js", script, fmt.Appendf(nil, "answer(JSON.parse(require('fs').readFileSync(%q, 'utf8'))).then((s) => process.stdout.write(s));", write("cases.json", data))))
	}
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("needs node or chromium, which are not here")
	}
	write("cases.js", []byte("const cases ="), data)
	write("script.js", script)
	page := write("page.html", []byte(`<!doctype html><meta charset="utf-8"><pre></pre><script src="cases.js"></script><script src="script.js"></script>
<script>const say = (s) => { document.querySelector("pre").textContent = s; }; answer(cases).then(say, (e) => say("" + e.stack));</script>`))
	out := string(run(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+dir, "--virtual-time-budget=600000", "--dump-dom", "file://"+page))
	_, out, _ = strings.Cut(out, "<pre>")
	out, _, _ = strings.Cut(out, "</pre>")
	return []byte(html.UnescapeString(out))
}
