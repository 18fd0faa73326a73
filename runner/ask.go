package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"labbook/internal/base/diag"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

// asked is what a stage asks for once its inputs are known: its key, and what
// the key was made of.
type asked struct {
	order  *Order
	key    string   // of the order
	env    []string // "NAME=value"
	files  []stage.File
	proofs []cache.Proof // of files
	tools  []foundTool
	answer *foundAnswer // nil where nothing is asked
	inputs []*cache.Record
}

// digest gives the key's own digest, which names it in the cache and ledger.
func (a *asked) digest() string { return cache.DigestOf([]byte(a.key)) }

// outside is what the stages of an execution see of the world outside the
// cache, each part of it looked up once.
type outside struct {
	files   *globs
	tools   *tools
	answers *answers
	// hashing is told of a large file of a stage before it is hashed; nil: nobody is.
	hashing func(s *pipeline.Stage, path string, size int64)
}

// large is from how many bytes on a file takes so long to hash that somebody may
// wonder.
const large = 1 << 30

func (o *Options) outside() *outside {
	return &outside{files: newGlobs(o.Project), tools: newTools(o), answers: newAnswers(o)}
}

// ask digests a stage's files and tools, has its question answered and makes its key. inputs are in the order of
// s.From.
func (o *Options) ask(ctx context.Context, out *outside, s *pipeline.Stage, inputs []*cache.Record) (*asked, error) {
	a := &asked{env: o.environment(s), inputs: inputs}
	var paths []string
	for _, pattern := range s.Files {
		found, err := out.files.expand(pattern)
		if err != nil {
			return nil, s.PlaceAt(pattern, &diag.Error{What: fmt.Sprintf("pattern %q cannot be read", pattern), Err: err})
		}
		if _, optional := stage.IsOptional(pattern); len(found) == 0 && !optional {
			return nil, s.PlaceAt(pattern, diag.New(fmt.Sprintf("no file matches %q", pattern), "put one there, or correct the pattern"))
		}
		paths = append(paths, found...)
	}
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		if !utf8.ValidString(path) {
			return nil, s.PlaceAt(path, diag.New(fmt.Sprintf("the name of the file %q is not UTF-8", path), "rename it, or leave it out of the pattern"))
		}
		where := abs(o.Project, path)
		if err := unfit(s, path, where); err != nil {
			return nil, err
		}
		proof, err := o.Cache.Memory().Look(ctx, path, where, func(size int64) {
			if out.hashing != nil && size >= large {
				out.hashing(s, path, size)
			}
		})
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, s.PlaceAt(path, missing(o.Project, path))
		case err != nil && ctx.Err() != nil:
			return nil, err
		case err != nil:
			return nil, s.PlaceAt(path, &diag.Error{What: fmt.Sprintf("%s cannot be read: %v", path, err), Err: err})
		}
		a.files = append(a.files, stage.File{Path: path, Abs: where, Size: proof.Stat.Size, Digest: proof.Hex(), Exec: proof.Exec})
		a.proofs = append(a.proofs, proof)
	}
	var err error
	if a.tools, err = out.tools.find(ctx, s, a.env); err != nil {
		return nil, err
	}
	if s.Question != nil {
		if a.answer, err = out.answers.find(ctx, s); err != nil {
			return nil, err
		}
	}
	a.order = o.order(s, a)
	a.key = a.order.Key()
	return a, nil
}

// unfit says why a large file of a stage cannot be read, before it is hashed.
func unfit(s *pipeline.Stage, path, where string) error {
	if s.Kind.Unfit == nil {
		return nil
	}
	info, err := os.Stat(where)
	if err != nil || info.Size() < large {
		return nil
	}
	p, err := s.Params()
	if err != nil {
		return err
	}
	return s.Kind.Unfit(p, stage.File{Path: path, Abs: where, Size: info.Size()})
}

// environment gives the listed variables that are set. One that is not set is
// not in the key, and not seen by the stage.
func (o *Options) environment(s *pipeline.Stage) []string {
	var env []string
	for _, name := range s.Env {
		if value, ok := o.Env(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// names joins names as people write them: "a, b and c".
func names(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
