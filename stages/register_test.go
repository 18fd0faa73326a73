package stages

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/features"
	"labbook/internal/store/ledger"
	"labbook/internal/store/registry"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
	"labbook/runner/stage"
)

// shop is a registry over artifacts kept in memory of the test.
type shop struct {
	*registry.Registry
	t         *testing.T
	Ledger    *ledger.DB
	Store     registry.Store
	artifacts map[string][]artifact.Blob
}

func newShop(t *testing.T) *shop {
	db, err := ledger.Open(filepath.Join(t.TempDir(), "labbook.db"), ledger.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { db.Close() })
	s := &shop{t: t, Ledger: db, artifacts: map[string][]artifact.Blob{}}
	s.Registry = registry.New(db, registry.StoreFunc(func(digest string) ([]artifact.Blob, error) { return s.Store.Tree(digest) }))
	s.Store = registry.StoreFunc(func(digest string) ([]artifact.Blob, error) {
		if files, ok := s.artifacts[digest]; ok {
			return files, nil
		}
		return nil, fmt.Errorf("%w: it was deleted", registry.ErrLost)
	})
	return s
}

// numbers is a table of y = 3x plus a little that no model can know.
func numbers(rows int, target string) *table.Table {
	x, y := make([]float64, rows), make([]float64, rows)
	for i := range x {
		x[i] = float64(i)
		y[i] = 3*x[i] + float64(i*7919%11) - 5
	}
	return table.New(
		&table.Column{Field: table.Field{Name: "x", Type: table.Number}, Num: x},
		&table.Column{Field: table.Field{Name: target, Type: table.Number}, Num: y})
}

// train fits a linear model on a table whose y is shifted by bias, and keeps
// its bundle as an artifact.
func (s *shop) train(target string, bias float64) (digest string) {
	t := numbers(100, target)
	for i := range t.Columns[1].Num {
		t.Columns[1].Num[i] += bias
	}
	options := features.Defaults()
	options.Target = target
	fitted, err := features.Fit(t, options)
	require.NoError(s.t, err)
	x, err := fitted.Transform(t)
	require.NoError(s.t, err)
	y, err := fitted.Outcome(t)
	require.NoError(s.t, err)
	spec := models.Lookup("linear")
	model, err := spec.Fit(s.t.Context(), spec.Params(), &estimator.Data{X: x, Y: y}, estimator.Options{})
	require.NoError(s.t, err)
	b := &bundle.Bundle{Estimator: "linear", Version: spec.Version, Transform: bundle.None, Features: fitted, Model: model}

	sum := sha256.New()
	var files []artifact.Blob
	folder := s.t.TempDir()
	require.NoError(s.t, b.Save(func(name string, data []byte) error {
		sum.Write(data)
		path := filepath.Join(folder, name)
		files = append(files, artifact.Blob{Name: name, Size: int64(len(data)), Path: path})
		return os.WriteFile(path, data, 0o666)
	}))
	digest = fmt.Sprintf("%x", sum.Sum(nil))
	s.artifacts[digest] = files
	return digest
}

// learned says which rows an artifact was trained on.
func (s *shop) learned(digest string, rows *table.Table) {
	data, err := table.NewRowSet(rows, 1).MarshalBinary()
	require.NoError(s.t, err)
	path := filepath.Join(s.t.TempDir(), bundle.FileRows)
	require.NoError(s.t, os.WriteFile(path, data, 0o666))
	s.artifacts[digest] = append(s.artifacts[digest], artifact.Blob{Name: bundle.FileRows, Path: path})
}

// evaluate gives the output of an evaluate stage over these artifacts, with
// the MAE that belongs to the bias each was trained with.
func (s *shop) evaluate(target string, artifacts map[string]float64) *artifact.Artifact {
	folder := s.t.TempDir()
	in := &artifact.Artifact{Stage: "evaluate", Types: []artifact.Type{artifact.Evaluation}}
	write := func(name string, data []byte) {
		path := filepath.Join(folder, filepath.Base(name))
		require.NoError(s.t, os.WriteFile(path, data, 0o666))
		in.Files = append(in.Files, artifact.Blob{Name: name, Path: path})
	}
	var test bytes.Buffer
	require.NoError(s.t, numbers(60, target).Write(&test))
	write(evaluation.FileTest, test.Bytes())
	e := evaluation.Evaluation{
		Format: evaluation.Format, Task: metrics.Regression, Target: target, Unit: "USD",
		Rows: 60, Primary: "mae", Better: metrics.Lower,
	}
	for digest, mae := range artifacts {
		trained := "train/" + digest[:6]
		e.Models = append(e.Models, evaluation.Model{
			Stage: trained, Folder: "models/" + trained, Artifact: digest, Estimator: "linear",
			Metrics: []metrics.Value{{Name: "mae", Value: mae, Unit: "USD", Better: metrics.Lower}},
		})
		for _, blob := range s.artifacts[digest] {
			blob.Name = "models/" + trained + "/" + blob.Name
			in.Files = append(in.Files, blob)
		}
	}
	data, err := e.Encode()
	require.NoError(s.t, err)
	write(evaluation.File, data)
	return in
}

// try executes the kind.
func (s *shop) try(in *artifact.Artifact) (c *stage.Context, out string, err error) {
	s.t.Helper()
	kind := register(s.Registry)
	p := kind.Params().(*registerParams)
	p.Model, p.Resamples = "m", 200
	require.NoError(s.t, p.Resolve())
	out = s.t.TempDir()
	c = stage.New(context.Background(), stage.Config{Stage: "register", Params: p, Inputs: []*artifact.Artifact{in}, Out: out, Pipeline: "p", Run: "r"})
	return c, out, kind.Run(c)
}

// run executes the kind, and gives its file and its cell.
func (s *shop) run(in *artifact.Artifact) (file, cell string) {
	s.t.Helper()
	c, out, err := s.try(in)
	require.NoError(s.t, err)
	kind := register(s.Registry)
	data, err := os.ReadFile(filepath.Join(out, registry.FileRegistered))
	require.NoError(s.t, err)
	result := c.Result()
	shown, err := showResult(s.t, kind, out, result).Encode()
	require.NoError(s.t, err)
	ok, why := kind.Stands(c, &artifact.Artifact{Files: []artifact.Blob{{Name: registry.FileRegistered, Path: filepath.Join(out, registry.FileRegistered)}}})
	assert.True(s.t, ok, why)
	return string(data), string(shown)
}

func (s *shop) champion() int {
	v, err := s.Champion(s.t.Context(), "m")
	require.NoError(s.t, err)
	return v.Version
}

func (s *shop) decision(version int) string {
	v, err := s.Ledger.Version(s.t.Context(), "m", version)
	require.NoError(s.t, err)
	require.NotNil(s.t, v)
	return v.Decision
}

func TestRegisterPromotesBeyondNoiseOnly(t *testing.T) {
	s := newShop(t)
	poor, good, alike := s.train("y", 20), s.train("y", 0), s.train("y", .01)

	s.run(s.evaluate("y", map[string]float64{poor: 20}))
	assert.Equal(t, 1, s.champion())
	assert.Equal(t, "promoted: no champion stood", s.decision(1))

	// Of two candidates only the better one is registered.
	s.run(s.evaluate("y", map[string]float64{poor: 20, good: 2.7}))
	assert.Equal(t, 2, s.champion())
	assert.Regexp(t, `^promoted: MAE 2\.\d+ USD against 19\.98 of version 1, difference -1`, s.decision(2))

	s.run(s.evaluate("y", map[string]float64{alike: 2.7}))
	assert.Equal(t, 2, s.champion())
	assert.Regexp(t, `^not promoted: .* is within noise, compared on all test rows, for what one of them learned from is not known$`, s.decision(3))
	v, err := s.Resolve(t.Context(), "m@3")
	require.NoError(t, err)
	assert.Equal(t, "p", v.Pipeline)
	assert.Equal(t, "r", v.Run)
	assert.Equal(t, alike, v.Artifact)
}

func TestRegisterAgainChangesNothing(t *testing.T) {
	s := newShop(t)
	poor, good := s.train("y", 20), s.train("y", 0)
	s.run(s.evaluate("y", map[string]float64{poor: 20}))
	in := s.evaluate("y", map[string]float64{good: 2.7})
	file, cell := s.run(in)
	require.Equal(t, 2, s.champion())

	_, err := s.Rollback(t.Context(), "m", nil, "worse in use", "test")
	require.NoError(t, err)
	later := s.train("y", 30)
	s.run(s.evaluate("y", map[string]float64{later: 30}))

	again, shown := s.run(in)
	assert.Equal(t, file, again)
	assert.Equal(t, cell, shown)
	assert.Equal(t, 1, s.champion(), "a rollback by hand stays")
	assert.NotContains(t, file, "version")
	var r registry.Registered
	require.NoError(t, json.Unmarshal([]byte(file), &r))
	assert.Equal(t, good, r.Artifact)
}

func TestRegisterReplacesAChampionThatCannotBeAsked(t *testing.T) {
	t.Run("gone", func(t *testing.T) {
		s := newShop(t)
		old, young := s.train("y", 0), s.train("y", 20)
		s.run(s.evaluate("y", map[string]float64{old: 2.7}))
		delete(s.artifacts, old)
		s.run(s.evaluate("y", map[string]float64{young: 20}))
		assert.Equal(t, 2, s.champion())
		assert.Equal(t, "promoted without a comparison: the champion, version 1, can no longer be read: m@1: the artifact is lost: it was deleted", s.decision(2))
	})
	t.Run("of another target", func(t *testing.T) {
		s := newShop(t)
		old, young := s.train("y", 0), s.train("z", 20)
		s.run(s.evaluate("y", map[string]float64{old: 2.7}))
		s.run(s.evaluate("z", map[string]float64{young: 20}))
		assert.Equal(t, 2, s.champion())
		assert.Contains(t, s.decision(2), "predicts something else: y (regression)")
	})
}

// Any trouble with reading the champion, such as too many open files, put the
// challenger in its place.
func TestRegisterDeposesNobodyForTroubleThatPasses(t *testing.T) {
	s := newShop(t)
	first, second := s.train("y", 0), s.train("y", 20)
	s.run(s.evaluate("y", map[string]float64{first: 2.7}))
	kept := s.Store
	for name, err := range map[string]error{"opening": errors.New("no answer"), "reading": nil} {
		t.Run(name, func(t *testing.T) {
			s.Store = registry.StoreFunc(func(digest string) ([]artifact.Blob, error) {
				return []artifact.Blob{{Name: "model.json", Path: filepath.Join(t.TempDir(), "gone")}}, err
			})
			_, _, err := s.try(s.evaluate("y", map[string]float64{second: 20}))
			assert.Error(t, err)
			assert.Equal(t, 1, s.champion())
		})
	}
	s.Store = kept
	delete(s.artifacts, first)
	s.run(s.evaluate("y", map[string]float64{second: 20}))
	assert.Equal(t, 2, s.champion())
}

// A charge is an error against the columns that a model reads.
func TestRegisterHeedsCharges(t *testing.T) {
	leak := checks.ComputedTarget.Finding("x", 0, "y is computed from columns: x")
	model := &evaluation.Model{Inputs: []string{"x", "z"}}
	for _, c := range []struct {
		name  string
		found []notebook.Finding
		mutes notebook.Mutes
		want  int
	}{
		{"nothing", nil, nil, 0},
		{"a warning", []notebook.Finding{checks.FewTestRows.Finding("", 3, "few")}, nil, 0},
		{"an error", []notebook.Finding{leak}, nil, 1},
		{"of another column", []notebook.Finding{checks.ComputedTarget.Finding("w", 0, "w")}, nil, 0},
		{"of a column that groups the rows", []notebook.Finding{checks.KnownThingsOnly.Finding("patient", 0, "patient")}, nil, 1},
		{"of none", []notebook.Finding{checks.ComputedTarget.Finding("", 0, "all")}, nil, 1},
		{"muted", []notebook.Finding{leak}, notebook.Mutes{{Code: "C401", Column: "x", Reason: "known"}}, 0},
		{"another muted", []notebook.Finding{leak}, notebook.Mutes{{Code: "C401", Column: "z", Reason: "known"}}, 1},
	} {
		b := &candidate{Model: model, from: &evaluation.Evaluation{Findings: c.found}}
		assert.Len(t, b.charges(c.mutes), c.want, c.name)
	}
	d := registry.Charged(2, []notebook.Finding{leak, leak})
	assert.False(t, d.Promoted)
	assert.Equal(t, "not promoted: open charge C401, y is computed from columns: x (and 1 other charge); cure it (drop: [x]), or mute it with a reason (mute: {C401: {x: why}})", d.Words)
}

// Whom a champion gives way to that it cannot be compared with.
func TestRegisterIncomparable(t *testing.T) {
	charged := registry.Charged(0, []notebook.Finding{checks.ComputedTarget.Finding("x", 0, "y is computed from columns: x")})
	details, err := charged.Encode()
	require.NoError(t, err)
	clean, guilty := &record.Version{Version: 1}, &record.Version{Version: 1, Details: details}
	c := stage.New(t.Context(), stage.Config{})
	muted := stage.New(t.Context(), stage.Config{Mutes: notebook.Mutes{{Code: "C401", Reason: "known"}}})
	for _, k := range []struct {
		name     string
		c        *stage.Context
		champion *record.Version
		problem  *problem
		promoted bool
		words    string
	}{
		{"it stays", c, clean, &problem{words: "knows other classes"}, false, "it stays until somebody promotes another"},
		{"its target was another", c, clean, &problem{"predicts something else: z (regression)", true}, true, "predicts something else"},
		{"it has an open charge", c, guilty, &problem{words: "knows other classes"}, true, "knows other classes, and has the open charge C401"},
		{"that is muted since", muted, guilty, &problem{words: "knows other classes"}, false, "it stays"},
	} {
		d := incomparable(k.c, k.champion, k.problem)
		assert.Equal(t, k.promoted, d.Promoted, k.name)
		assert.Contains(t, d.Words, k.words, k.name)
	}
}

func TestRegisterStandsWhileTheRegistryHoldsIt(t *testing.T) {
	s := newShop(t)
	path := filepath.Join(t.TempDir(), registry.FileRegistered)
	require.NoError(t, os.WriteFile(path, []byte(`{"model":"m","artifact":"aa"}`), 0o666))
	ok, why := register(s.Registry).Stands(stage.New(t.Context(), stage.Config{}),
		&artifact.Artifact{Files: []artifact.Blob{{Name: registry.FileRegistered, Path: path}}})
	assert.False(t, ok)
	assert.Equal(t, "the registry does not hold this version of m", why)
}

func TestRegisterParamsAreChecked(t *testing.T) {
	for want, change := range map[string]func(*registerParams){
		"no model is named":            func(p *registerParams) { p.Model = "" },
		"model names more than":        func(p *registerParams) { p.Model = "m@3" },
		"a model's name does not fit":  func(p *registerParams) { p.Model = "a b" },
		"there is no metric maee":      func(p *registerParams) { p.Best = "maee" },
		"an alias or version does not": func(p *registerParams) { p.Alias = "The Best" },
	} {
		p := register(nil).Params().(*registerParams)
		p.Model = "m"
		require.NoError(t, p.Resolve())
		change(p)
		assert.ErrorContains(t, p.Resolve(), want)
		assert.ErrorContains(t, p.Resolve(), "hint: ")
	}
}
