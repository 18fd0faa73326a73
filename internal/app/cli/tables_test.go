package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

const decisions = "testdata/tables/decisions.txt"

// Each table in testdata/tables has one oddity. What init decides of it, prints
// and declares stands in decisions.txt, below the table's name and the flags
// that it is asked with; UPDATE_GOLDEN=1 writes that anew, to be read again.
func TestTables(t *testing.T) {
	testdata.OnlyComputes(t)
	text, err := os.ReadFile(decisions)
	require.NoError(t, err)
	var again strings.Builder
	update := os.Getenv("UPDATE_GOLDEN") != ""
	tables := 0
	for entry := range strings.SplitSeq(strings.TrimPrefix(string(text), "== "), "\n== ") {
		asked, _, _ := strings.Cut(entry, "\n")
		name, flags, _ := strings.Cut(asked, " ")
		got := "== " + asked + "\n" + decide(t, name, words(flags))
		if !update {
			assert.Equal(t, strings.TrimRight("== "+strings.TrimPrefix(entry, "== "), "\n")+"\n", got)
		}
		again.WriteString(got)
		tables++
	}
	files, err := filepath.Glob("testdata/tables/*.csv")
	require.NoError(t, err)
	require.Len(t, files, tables, "each table has its decisions")
	if update {
		require.NoError(t, os.WriteFile(decisions, []byte(again.String()), 0o666))
	}
}

// decide gives what init prints of a table, and what it declares of its columns
// and of the split. The pipeline passes check; with LABBOOK_FULL it runs, too.
func decide(t *testing.T, name string, flags []string) string {
	t.Helper()
	folder := t.TempDir()
	data, err := os.ReadFile(filepath.Join("testdata/tables", name+".csv"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, name+".csv"), data, 0o666))
	said, code := command(folder, append([]string{"init", name + ".csv"}, flags...)...)
	require.Zero(t, code, "%s: %s", name, said)
	commands := []string{"check"}
	if os.Getenv("LABBOOK_FULL") != "" && name != "few-rows" { // which says that it may fail
		commands = append(commands, "run")
	}
	for _, c := range commands {
		out, code := command(folder, c)
		require.Zero(t, code, "%s: %s", name, out)
	}
	var lines []string
	for line := range strings.Lines(said) {
		if !strings.HasPrefix(line, "otherwise: ") && !strings.HasPrefix(line, "wrote ") && !strings.HasPrefix(line, name+".csv: ") {
			lines = append(lines, line)
		}
	}
	pipeline, err := os.ReadFile(filepath.Join(folder, "pipelines", slug(name)+".yaml"))
	require.NoError(t, err)
	_, declared, _ := strings.Cut(string(pipeline), "path: "+name+".csv\n")
	declared, split, _ := strings.Cut(declared, "\n  explore:")
	_, split, _ = strings.Cut(split, "  split:\n")
	_, split, _ = strings.Cut(split, "    with:")
	split, _, _ = strings.Cut(split, "\n")
	lines = append(lines, declared, "    split:"+split+"\n")
	return strings.Join(lines, "")
}

// command runs a command line in a folder.
func command(folder string, args ...string) (said string, code int) {
	var out bytes.Buffer
	code = Run(context.Background(), append([]string{"-C", folder, "--no-color"}, args...), strings.NewReader(""), &out, &out)
	return out.String(), code
}

// words parts flags at blanks, but not within single quotes.
func words(flags string) (all []string) {
	for i, part := range strings.Split(flags, "'") {
		if i%2 == 1 {
			all = append(all, part)
		} else {
			all = append(all, strings.Fields(part)...)
		}
	}
	return all
}
