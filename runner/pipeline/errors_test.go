package pipeline_test

import (
	"flag"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/runner/pipeline"
)

var update = flag.Bool("update", false, "write the messages that testdata/errors expects")

// TestErrors loads each file of testdata/errors, which ends with the message
// that it must give, as comments below a line of "# ---". Every error must have
// a place, its source line and a hint.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	sort.Strings(files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			text, want, _ := strings.Cut(string(data), "# ---\n")
			text, unmarked := strings.CutSuffix(text, "%\n") // a file without a newline at its end
			_ = unmarked
			_, err = load(t, unescape(text))
			require.Error(t, err)
			assertConforms(t, err)
			got := comment(err.Error())
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(string(data[:len(data)-len(want)])+got), 0o666))
				return
			}
			assert.Equal(t, want, got)
		})
	}
}

// unescape lets the files hold bytes that editors hide.
func unescape(s string) string {
	return strings.NewReplacer("<TAB>", "\t", "<NUL>", "\x00", "<FF>", "\xff", "<BOM>", "\uFEFF", "<CR>", "\r").Replace(s)
}

func comment(s string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(s, "\n") {
		b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
	return b.String()
}

func assertConforms(t *testing.T, err error) {
	t.Helper()
	var list diag.List
	list.Add(err)
	for _, e := range list {
		assert.NotEmpty(t, e.Place(), e.What)
		assert.NotEmpty(t, e.Hint, e.What)
		if e.Line > 0 {
			assert.NotEmpty(t, e.Excerpt, e.What)
		}
	}
}

// Errors that one file cannot show.
func TestErrorsOfFiles(t *testing.T) {
	const stage = "stages: {s: {uses: command}}\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no file", map[string]string{"other.yaml": ""},
			"pipeline.yaml: there is no such file\nhint: run labbook in the project's folder, or name it with -C DIR"},
		{"missing include", map[string]string{"pipeline.yaml": "include: p/diamnds.yaml\n", "p/diamonds.yaml": ""},
			"pipeline.yaml:1:10: the included file p/diamnds.yaml does not exist\n   1 | include: p/diamnds.yaml\n                ^\nhint: did you mean \"p/diamonds.yaml\"?"},
		{"no match", map[string]string{"pipeline.yaml": "include: [p/*.yaml]\n"},
			"pipeline.yaml:1:11: no file matches p/*.yaml\n   1 | include: [p/*.yaml]\n                 ^\nhint: add a file there, or remove the include"},
		{"leaves the project", map[string]string{"pipeline.yaml": "include: ../x.yaml\n"},
			"pipeline.yaml:1:10: an include leaves the project; found ../x.yaml, wanted a file of the project, relative to the including one\n   1 | include: ../x.yaml\n                ^\nhint: move the file into the project"},
		{"include cycle", map[string]string{"pipeline.yaml": "include: a.yaml\n", "a.yaml": "include: pipeline.yaml\n"},
			"a.yaml:1:10: the files include one another: pipeline.yaml -> a.yaml -> pipeline.yaml\n   1 | include: pipeline.yaml\n                ^\nhint: remove one of these includes"},
		{"one name", map[string]string{"pipeline.yaml": "name: a\ninclude: b.yaml\n" + stage, "b.yaml": "name: a\n" + stage},
			"b.yaml:1:7: two pipelines are named \"a\"; the other is in pipeline.yaml\n   1 | name: a\n             ^\nhint: rename one of them"},
		{"a folder", map[string]string{"pipeline.yaml": "include: p\n", "p/x": ""},
			"pipeline.yaml:1:10: the included file p cannot be read; found it is not a regular file\n   1 | include: p\n                ^\nhint: name a YAML file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := pipeline.Load(project(t, c.files))
			require.Error(t, err)
			assert.Equal(t, c.want, err.Error())
		})
	}
}

func TestErrorsOfSet(t *testing.T) {
	const text = "name: demo\nparams: {seed: 1, full: true, mode: fast, list: [a]}\nstages: {s: {uses: command}}\n"
	for set, want := range map[string]string{
		"sede=1":      "--set sede=1: unknown parameter \"sede\"\nhint: did you mean \"seed\"?",
		"dmo.seed=1":  "--set dmo.seed=1: there is no pipeline \"dmo\"\nhint: did you mean \"demo\"?",
		"seed=abc":    "--set seed=abc does not fit the declared parameter; found the text \"abc\", wanted a whole number, as 1 is\nhint: write --set seed=1",
		"seed=1.5":    "--set seed=1.5 does not fit the declared parameter; found the number 1.5, wanted a whole number, as 1 is\nhint: declare it as 1.0 if it may have decimals",
		"full=yes":    "--set full=yes does not fit the declared parameter; found the text \"yes\", wanted true or false\nhint: write --set full=true",
		"list=3":      "--set list=3 does not fit the declared parameter; found the number 3, wanted a list\nhint: write it as YAML: [a, b] or {a: 1}",
		"seed":        "--set seed says no value; wanted name=value\nhint: write --set seed=value",
		"demo.sede=1": "--set demo.sede=1: unknown parameter \"sede\"\nhint: did you mean \"seed\"?",
	} {
		_, err := load(t, text, set)
		require.Error(t, err, set)
		assert.Equal(t, want, err.Error())
	}
	p, err := load(t, text, "mode=7", "list=[b, c]", "params.seed=1e3", "demo.full=false")
	require.NoError(t, err)
	assert.Equal(t, []pipeline.Param{{"seed", "1000"}, {"full", "false"}, {"mode", `"7"`}, {"list", "[b, c]"}}, p.Params)
}
