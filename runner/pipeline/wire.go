package pipeline

import (
	"time"

	"labbook/internal/base/wire"
	"labbook/runner/stage"
)

// WriteGlobs appends expanded patterns to a form, for ReadGlobs.
func WriteGlobs(w *wire.Writer, globs []Glob) {
	w.Int(len(globs))
	for _, g := range globs {
		w.Text(g.Pattern)
		w.Texts(g.Matches)
	}
}

// ReadGlobs is the inverse of WriteGlobs.
func ReadGlobs(r *wire.Reader[string]) []Glob {
	globs := make([]Glob, r.Count(2))
	for i := range globs {
		globs[i] = Glob{Pattern: r.Text(), Matches: r.Texts()}
	}
	return globs
}

// WriteEnv appends looked-up variables to a form, for ReadEnv.
func WriteEnv(w *wire.Writer, env []Variable) {
	w.Int(len(env))
	for _, v := range env {
		w.Text(v.Name)
		w.Text(v.Value)
		w.Bool(v.Set)
	}
}

// ReadEnv is the inverse of WriteEnv.
func ReadEnv(r *wire.Reader[string]) []Variable {
	env := make([]Variable, r.Count(3))
	for i := range env {
		env[i] = Variable{Name: r.Text(), Value: r.Text(), Set: r.Bool()}
	}
	return env
}

// WriteParams appends resolved parameters to a form, for ReadParams.
func WriteParams(w *wire.Writer, params []Param) {
	w.Int(len(params))
	for _, p := range params {
		w.Text(p.Name)
		w.Text(p.Value)
	}
}

// ReadParams is the inverse of WriteParams.
func ReadParams(r *wire.Reader[string]) []Param {
	params := make([]Param, r.Count(2))
	for i := range params {
		params[i] = Param{Name: r.Text(), Value: r.Text()}
	}
	return params
}

// WriteQuestion appends a question to a form, for ReadQuestion.
func WriteQuestion(w *wire.Writer, q *stage.Question) {
	w.Text(q.From)
	w.Text(q.Text)
	w.Uint64(uint64(q.Refresh))
	w.Texts(q.Secrets)
}

// ReadQuestion is the inverse of WriteQuestion.
func ReadQuestion(r *wire.Reader[string]) *stage.Question {
	return &stage.Question{From: r.Text(), Text: r.Text(), Refresh: time.Duration(r.Uint64()), Secrets: r.Texts()}
}
