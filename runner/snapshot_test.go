package runner

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// unchanged asks for the short way.
func (p *project) unchanged() *Result {
	p.Helper()
	r, err := Unchanged(p.Context(), pipeline.Options{Dir: p.dir}, p.options())
	require.NoError(p, err)
	return r
}

// settle lets the clock move past what was just written.
func settle() { time.Sleep(30 * time.Millisecond) }

func TestUnchangedIsKnownFromStatsAlone(t *testing.T) {
	p := newChain(t)
	settle()
	assert.Nil(t, p.unchanged(), "nothing is known yet")
	first := p.run()
	r := p.unchanged()
	require.NotNil(t, r)
	assert.Equal(t, first.Runs[0].ID, r.Runs[0].SameAs)
	assert.Equal(t, 4, r.Runs[0].Cached)
	assert.Len(t, p.ledger.runs, 2)
}

func TestUnchangedNoticesEverything(t *testing.T) {
	blob := func(p *project, n int) string {
		files, err := filepath.Glob(filepath.Join(p.dir, "runs/cache/objects/*/*"))
		require.NoError(p, err)
		return files[n%len(files)]
	}
	for name, change := range map[string]func(*project){
		"pipeline edited":  func(p *project) { p.change("text: L", "text: M") },
		"pipeline touched": func(p *project) { p.change("text: L", "text: L") },
		"input edited":     func(p *project) { p.write("data/in.txt", "on") },
		"input deleted":    func(p *project) { require.NoError(p, os.Remove(filepath.Join(p.dir, "data/in.txt"))) },
		"ledger deleted":   func(p *project) { p.ledger.runs = nil },
		"new file matches": func(p *project) { p.write("data/more.text", "more") },
		"stage's variable": func(p *project) { p.env["WORD"] = "two" },
		"snapshot damaged": func(p *project) {
			files, err := filepath.Glob(filepath.Join(p.dir, "runs/cache/snapshots/*[0-9a-f]"))
			require.NoError(p, err)
			require.Len(p, files, 1)
			data, err := os.ReadFile(files[0])
			require.NoError(p, err)
			data[len(data)/2] ^= 1
			require.NoError(p, os.WriteFile(files[0], data, 0o666))
		},
		"blob deleted": func(p *project) { require.NoError(p, os.Remove(blob(p, 3))) },
		"blob edited": func(p *project) {
			file := blob(p, 2)
			info, err := os.Stat(file)
			require.NoError(p, err)
			data, err := os.ReadFile(file)
			require.NoError(p, err)
			data[0] ^= 1
			require.NoError(p, os.Chmod(file, 0o644))
			require.NoError(p, os.WriteFile(file, data, 0o644))
			require.NoError(p, os.Chtimes(file, info.ModTime(), info.ModTime()))
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newChain(t)
			p.change("{uses: read, with: {path: data/in.txt}}", "{uses: read, env: [WORD], with: {path: data/*t}}")
			p.env["WORD"] = "one"
			settle()
			first := p.run()
			require.NotNil(t, p.unchanged())
			settle()
			change(p)
			assert.Nil(t, p.unchanged())
			if name == "input deleted" || name == "new file matches" {
				return
			}
			again := p.run()
			assert.Empty(t, again.Failed())
			if name != "pipeline edited" && name != "input edited" {
				assert.Equal(t, find(t, first, "both").Output, find(t, again, "both").Output)
			}
		})
	}
}

func sample() *snapshot {
	return &snapshot{boot: "b", env: []pipeline.Variable{{Name: "A", Value: "1", Set: true}},
		globs: []pipeline.Glob{{Pattern: "*", Matches: []string{"a"}}},
		files: []provedFile{{path: "a"}}, tools: []provedTool{{"t", "/bin/t"}}, blobs: make([]provedBlob, 2),
		answers: []stoodAnswer{{"load", "id", stage.Question{From: "a.db", Text: "select 1", Refresh: -1, Secrets: []string{"S"}}, answerFacts{Made: time.Unix(0, 7), Seen: make([]cache.Stat, 2)}}},
		runs:    []stoodRun{{"p", "r", 3, []pipeline.Param{{Name: "x", Value: "1"}}}}}
}

func TestSnapshotRoundTrip(t *testing.T) {
	back, ok := decodeSnapshot(sample().encode())
	require.True(t, ok)
	assert.Equal(t, sample(), back)
}

func TestUnchangedWithManyFiles(t *testing.T) {
	p := newChain(t)
	p.change("data/in.txt", "data/*.txt")
	for i := range 1000 {
		p.write(fmt.Sprintf("data/%d.txt", i), "x")
	}
	settle()
	p.run()
	require.NotNil(t, p.unchanged())
	settle()
	p.write("data/777.txt", "y")
	assert.Nil(t, p.unchanged())
	p.run()
	require.NoError(t, os.Remove(filepath.Join(p.dir, "data/777.txt")))
	assert.Nil(t, p.unchanged())
}

// FuzzDecodeSnapshot gives what a snapshot's digest protects.
func FuzzDecodeSnapshot(f *testing.F) {
	whole := sample().encode()
	f.Add(whole[len(snapshotMagic) : len(whole)-sha256.Size])
	f.Fuzz(func(t *testing.T, body []byte) {
		data := append([]byte(snapshotMagic), body...)
		sum := sha256.Sum256(data)
		if s, ok := decodeSnapshot(append(data, sum[:]...)); ok {
			again, ok := decodeSnapshot(s.encode())
			assert.True(t, ok)
			assert.Equal(t, s, again)
		}
	})
}
