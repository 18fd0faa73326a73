package glob

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheFolderIsNoPattern(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "a [1]*?")
	for _, name := range []string{"data/x.csv", "data/y.csv", "data/z.txt", "other/x.csv", "p.csv"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, nil, 0o666))
	}
	require.NoError(t, os.Symlink("nowhere", filepath.Join(dir, "link")))
	for pattern, want := range map[string][]string{
		"data/*.csv":                  {"data/x.csv", "data/y.csv"},
		"./data/[x].*":                {"data/x.csv"},
		"*/x.csv":                     {"data/x.csv", "other/x.csv"},
		"*.csv":                       {"p.csv"},
		"../a*/p.csv":                 {"../a [1]*?/p.csv"},
		"data/x.csv":                  {"data/x.csv"},
		"data":                        {"data"},
		"link":                        {"link"},
		"l*":                          {"link"},
		"nowhere/*.csv":               nil,
		filepath.Join(top, "*/*.csv"): {filepath.Join(dir, "p.csv")},
	} {
		found, err := Find(dir, pattern)
		require.NoError(t, err)
		assert.Equal(t, want, found, pattern)
	}
	_, err := Find(dir, "data/[x")
	assert.Error(t, err)
}

func TestQuote(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"plain.csv", "a*b.csv", "a[1].csv", "a?b.csv", `a\*b.csv`, "aXb.csv"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o666))
		found, err := Find(dir, Quote(name))
		require.NoError(t, err)
		assert.Equal(t, []string{name}, found)
	}
}

func TestMatch(t *testing.T) {
	for pattern, names := range map[string]map[string]bool{
		"data/a.csv":     {"data/a.csv": true, "./data/a.csv": true, "data/b.csv": false},
		"data":           {"data/a.csv": true, "data2/a.csv": false},
		"data/*.csv":     {"data/a.csv": true, "data/x/a.csv": false},
		"data/**/*.csv":  {"data/a.csv": true, "data/x/y/a.csv": true, "other/a.csv": false},
		"data/[[]a].csv": {"data/[a].csv": true, "data/a.csv": false},
	} {
		for name, want := range names {
			assert.Equal(t, want, Match(pattern, name), "%s %s", pattern, name)
		}
	}
}
