package project

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/archive"
	"labbook/internal/store/ledger"
	"labbook/internal/store/output"
	"labbook/runner"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
)

// BundleRun writes to a file all that somebody else needs to make a run again: the
// declarations, the files that its stages read, or with onlyDigests what these were,
// and what came out. The run has to be one that succeeded, as the project still
// declares it, with its files as they were.
func (p *Project) BundleRun(ctx context.Context, name, file, to string, onlyDigests bool) (*archive.Contents, error) {
	run, err := p.Ledger.FindRun(ctx, "", name)
	if err == nil && run != nil && run.SameAs != "" {
		run, err = p.Ledger.FindRun(ctx, run.Pipeline, run.SameAs)
	}
	switch {
	case err != nil:
		return nil, err
	case run == nil:
		return nil, diag.New(fmt.Sprintf("no run is called %q", name), "`labbook runs list` shows them")
	case run.Status != record.Succeeded && run.Status != record.Cached:
		return nil, diag.New(fmt.Sprintf("run %s is %s: what it was to leave is not known", run.ID, run.Status), "bundle one that succeeded")
	}
	stages, err := p.Ledger.Stages(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	sources, variants, err := p.declaredBy(run, stages, file)
	if err != nil {
		return nil, err
	}
	c := &archive.Contents{Format: archive.Format, Labbook: Version(), Made: time.Now().UTC().Truncate(time.Second), Parts: []archive.Part{},
		Run: &archive.Run{ID: run.ID, Pipeline: run.Pipeline, File: file, Variants: variants, Params: run.Params, Versions: run.Versions,
			Commit: run.Commit, Dirty: run.Dirty, Data: []archive.Part{}, Stages: p.left(stages)}}
	declared := map[string]bool{}
	for _, f := range sources {
		part, err := p.part(ctx, f.Path)
		if err != nil {
			return nil, err
		}
		declared[f.Path] = true
		c.Parts = append(c.Parts, part)
	}
	read := filesRead(stages)
	for _, path := range slices.Sorted(maps.Keys(read)) {
		part, err := p.part(ctx, path)
		if err != nil || part.SHA256 != read[path] {
			return nil, diag.New(fmt.Sprintf("%s is not what run %s read (%s)", path, run.ID, read[path][:12]),
				"put the file back as it was, or bundle a run of today: labbook run")
		}
		c.Run.Data = append(c.Run.Data, part)
		if !onlyDigests && !declared[path] {
			c.Parts = append(c.Parts, part)
		}
	}
	if !onlyDigests {
		answers, err := p.answers(run, stages)
		if err != nil {
			return nil, err
		}
		c.Parts = append(c.Parts, answers...)
	}
	return c, output.WriteWhole(to, 0o666, func(w io.Writer) error {
		return archive.Write(w, c, func(part archive.Part) (io.ReadCloser, error) {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			if digest, ok := strings.CutPrefix(part.Name, answersFolder+"/"); ok {
				return os.Open(p.Cache.Path(digest))
			}
			return os.Open(filepath.Join(p.Root, filepath.FromSlash(part.Name)))
		})
	})
}

// answersFolder is where a bundle has the answers to queries, each named by its digest.
const answersFolder = ".answers"

// answers describes the answers that stages of a run read, each once.
func (p *Project) answers(run *record.Run, stages []*record.Stage) (parts []archive.Part, err error) {
	for _, s := range stages {
		digest, _, ok := runner.AnswerOf(s.KeyText)
		part := archive.Part{Name: answersFolder + "/" + digest, SHA256: digest}
		if !ok || slices.ContainsFunc(parts, func(known archive.Part) bool { return known.Name == part.Name }) {
			continue
		}
		info, err := os.Stat(p.Cache.Path(digest))
		if err != nil {
			return nil, diag.New(fmt.Sprintf("the answer that %s of run %s read is no longer kept", s.Name, run.ID),
				"bundle a run of today: labbook run; or --digests, and then the database is asked again")
		}
		part.Size = info.Size()
		parts = append(parts, part)
	}
	return parts, nil
}

// given gives the answers that came along with a run that was unpacked in a folder.
func given(run *archive.Run, dir string) map[string]runner.GivenAnswer {
	all := map[string]runner.GivenAnswer{}
	for _, s := range run.Stages {
		if digest, rows, ok := runner.AnswerOf(s.Key); ok {
			path := filepath.Join(dir, answersFolder, filepath.Base(digest))
			if _, err := os.Stat(path); err == nil {
				all[s.Name] = runner.GivenAnswer{Path: path, Rows: rows}
			}
		}
	}
	return all
}

// declaredBy gives the files that declare a run, and the variants that it was
// limited to, or an error where what they declare now is something else.
func (p *Project) declaredBy(run *record.Run, stages []*record.Stage, file string) (sources []pipeline.Source, variants []string, err error) {
	whole := Selection{File: file, Set: settings(run.Pipeline, run.Params)}
	for _, of := range []Selection{whole, {File: file, Set: whole.Set, Variants: variantsOf(stages)}} {
		declared, err := p.Load(of)
		if err != nil {
			return nil, nil, err
		}
		if one := declared.Lookup(run.Pipeline); one != nil && one.Digest() == run.Declaration {
			return declared.Sources.Files, of.Variants, nil
		}
	}
	hint := "bundle a run of today: labbook run"
	if run.Commit != "" {
		hint = "check out commit " + run.Commit[:min(12, len(run.Commit))] + ", or " + hint
	}
	return nil, nil, diag.New(fmt.Sprintf("%s declares pipeline %s otherwise than run %s had it", file, run.Pipeline, run.ID), hint)
}

// settings gives parameters as Selection.Set has them: behind their pipeline, for
// others may have one called the same, and those of a group of stages before those of
// its variants, which hold.
func settings[T ~string](pipeline string, params map[string]T) (set []string) {
	for _, name := range slices.Sorted(maps.Keys(params)) {
		set = append(set, pipeline+"."+strings.TrimPrefix(name, pipeline+".")+"="+string(params[name]))
	}
	return set
}

// variantsOf gives the names of the stages that are variants.
func variantsOf(stages []*record.Stage) (names []string) {
	for _, s := range stages {
		if strings.Contains(s.Name, "/") {
			names = append(names, s.Name)
		}
	}
	return names
}

// filesRead gives the digests of the files that stages read, by their paths.
func filesRead(stages []*record.Stage) map[string]string {
	read := map[string]string{}
	for _, s := range stages {
		for path, digest := range runner.FilesOf(s.KeyText) {
			read[path] = digest
		}
	}
	return read
}

// part describes a file of the project.
func (p *Project) part(ctx context.Context, path string) (archive.Part, error) {
	if !filepath.IsLocal(path) {
		return archive.Part{}, diag.New(path+" lies outside the project", "a run that reads it can be bundled with --digests only if it lies there again; better copy it into data/")
	}
	proof, err := p.Cache.Memory().File(ctx, path, filepath.Join(p.Root, filepath.FromSlash(path)))
	return archive.Part{Name: path, Size: proof.Stat.Size, SHA256: proof.Hex(), Exec: proof.Exec}, err
}

// left gives what stages were asked and left.
func (p *Project) left(stages []*record.Stage) []archive.Stage {
	all := make([]archive.Stage, 0, len(stages))
	for _, s := range stages {
		one := archive.Stage{Name: s.Name, Kind: s.Kind, Key: s.KeyText, Output: s.Output, Files: []archive.Artifact{}}
		if tree, err := p.Cache.Tree(s.Output); err == nil {
			one.Files = artifacts(tree)
		}
		all = append(all, one)
	}
	return all
}

func artifacts(tree cache.Tree) []archive.Artifact {
	files := make([]archive.Artifact, len(tree.Files))
	for i, f := range tree.Files {
		files[i] = archive.Artifact{Name: f.Name, SHA256: f.Digest}
	}
	return files
}

// Reproduced says how a run came out that was made again.
type Reproduced struct {
	Run    *archive.Run `json:"run"`
	Folder string       `json:"folder"` // where it was made again
	Stages []Again      `json:"stages"`
}

// Again is a stage that was made again.
type Again struct {
	Name  string `json:"name"`
	Match bool   `json:"match"` // byte for byte
	// Differs names what came out otherwise, Why says what was asked otherwise: a
	// tool or a machine. Error is why nothing came out.
	Differs []string `json:"differs,omitempty"`
	Why     []string `json:"why,omitempty"`
	Error   string   `json:"error,omitempty"`
}

// Matches reports whether all came out as it was.
func (r *Reproduced) Matches() bool {
	return !slices.ContainsFunc(r.Stages, func(s Again) bool { return !s.Match })
}

// Reproduce makes a bundled run again in a folder that is empty or not there, and
// compares what comes out with what came out. Data that the bundle does not hold is
// looked for in the folder beside, under its path, and taken only with its digest.
func Reproduce(ctx context.Context, file, dir, beside string, o runner.Options) (*Reproduced, error) {
	run, err := unpack(ctx, file, dir, beside)
	if err != nil {
		return nil, err
	}
	p, err := Open(dir, ledger.Options{})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	o.Env, o.Given = environmentOf(run), given(run, dir)
	result, err := p.Run(ctx, Selection{File: run.File, Set: settings(run.Pipeline, run.Params), Variants: run.Variants, Names: []string{run.Pipeline}}, o,
		[]string{"labbook", "reproduce", filepath.Base(file)})
	if err != nil {
		return nil, err
	}
	defer result.Close(ctx)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	again := &Reproduced{Run: run, Folder: dir, Stages: []Again{}}
	made := map[string]*runner.StageResult{}
	for _, r := range result.Runs {
		for _, s := range r.Stages {
			made[s.Name] = s
		}
	}
	for _, was := range run.Stages {
		again.Stages = append(again.Stages, p.compared(was, made[was.Name]))
	}
	return again, nil
}

// compared sets a stage beside what it was.
func (p *Project) compared(was archive.Stage, now *runner.StageResult) Again {
	again := Again{Name: was.Name}
	switch {
	case now == nil:
		again.Error = "it is not declared"
		return again
	case now.Output == was.Output && now.Output != "":
		again.Match = true
		return again
	case now.Error != "":
		again.Error = now.Error
	case now.Output == "":
		again.Error = "it did not run: " + now.Reason
	}
	for _, change := range runner.Diff(was.Key, now.KeyText, now.Declared) {
		again.Why = append(again.Why, change.String())
	}
	if tree, err := p.Cache.Tree(now.Output); err == nil {
		again.Differs = differing(was.Files, artifacts(tree))
	}
	return again
}

// differing names the files that are not the same in both lists.
func differing(was, now []archive.Artifact) (names []string) {
	is := map[string]string{}
	for _, f := range now {
		is[f.Name] = f.SHA256
	}
	for _, f := range was {
		if is[f.Name] != f.SHA256 {
			names = append(names, f.Name)
		}
		delete(is, f.Name)
	}
	return append(names, slices.Sorted(maps.Keys(is))...)
}

// environmentOf looks up variables as the stages of a run saw them.
func environmentOf(run *archive.Run) func(string) (string, bool) {
	saw := map[string]string{}
	for _, s := range run.Stages {
		maps.Copy(saw, runner.EnvironmentOf(s.Key))
	}
	return func(name string) (string, bool) {
		value, set := saw[name]
		return value, set
	}
}

// unpack makes a project of a bundled run.
func unpack(ctx context.Context, file, dir, beside string) (*archive.Run, error) {
	if there, err := os.ReadDir(dir); err == nil && len(there) > 0 {
		return nil, diag.New("the folder "+dir+" is not empty", "name another, or leave --keep out")
	}
	from, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	c, err := archive.Read(from, func(c *archive.Contents, part archive.Part, bytes io.Reader) error {
		switch top, _, _ := strings.Cut(part.Name, "/"); {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case c.Run == nil:
			return errNoRun
		case top == "runs" || top == "reports":
			return fmt.Errorf("it has %q, which a run makes itself", part.Name)
		}
		return writeInto(dir, part, bytes)
	})
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case err == nil && c.Run == nil:
		err = errNoRun
	}
	if err != nil {
		return nil, &diag.Error{File: file, What: err.Error(), Err: err}
	}
	return c.Run, fetch(c, dir, beside)
}

var errNoRun = errors.New("it holds a history and no run: `labbook restore` reads it")

// fetch brings the data that the bundle names and does not hold. What is missing is
// named all at once.
func fetch(c *archive.Contents, dir, beside string) error {
	here := map[string]bool{}
	for _, part := range c.Parts {
		here[part.Name] = true
	}
	var missing diag.List
	for _, part := range c.Run.Data {
		if here[part.Name] {
			continue
		}
		from := filepath.Join(beside, filepath.FromSlash(part.Name))
		switch found, err := digestOf(from); {
		case err != nil:
			missing.Add(diag.New(fmt.Sprintf("%s is not in the bundle, nor in %s", part.Name, beside), "put it there: its SHA-256 is "+part.SHA256))
		case found != part.SHA256:
			missing.Add(diag.New(fmt.Sprintf("%s in %s is not what the run read: its SHA-256 is %s", part.Name, beside, found), "wanted is "+part.SHA256))
		default:
			missing.Add(copyInto(dir, part, from))
		}
	}
	return missing.Err()
}

// digestOf gives the SHA-256 of a file.
func digestOf(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	digest := sha256.New()
	_, err = io.Copy(digest, f)
	return hex.EncodeToString(digest.Sum(nil)), err
}

// copyInto copies a file to where a part belongs below a folder.
func copyInto(dir string, part archive.Part, from string) error {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return writeInto(dir, part, f)
}

// writeInto writes a part below a folder.
func writeInto(dir string, part archive.Part, bytes io.Reader) error {
	to := filepath.Join(dir, filepath.FromSlash(part.Name))
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	err := writeFile(to, bytes)
	if err == nil && part.Exec {
		err = os.Chmod(to, 0o777)
	}
	return err
}
