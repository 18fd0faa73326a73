package stages

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/glob"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/dataset"
	"labbook/internal/learn/checks"
	"labbook/runner/stage"
)

// checkReject refuses a folder that is not for copies, or whose copies would be read.
func (p *loadParams) checkReject() error {
	if p.Reject == "" {
		return nil
	}
	folder, wanted := stage.Folder(p.Reject)
	if wanted != "" {
		return params.Fault("reject", strconv.Quote(p.Reject)+" is no place for what is left out", wanted, "write reject: rejected")
	}
	for _, pattern := range slices.Concat(p.Path, p.Otherwise) {
		if readsBelow(pattern, folder) {
			return params.Fault("reject", fmt.Sprintf("path: %s would read what is left out from %s/", pattern, folder), "a folder that is not read", "write reject: rejected")
		}
	}
	p.Reject = folder
	return nil
}

// readsBelow says whether a pattern may stand for a file in a folder of a folder.
func readsBelow(pattern, folder string) bool {
	pattern = path.Clean(pattern)
	switch {
	case strings.Contains(pattern, ":"): // of a stage
		return false
	case !glob.Is(pattern):
		return pattern == "." || glob.Match(pattern, folder)
	case strings.Contains(pattern, "**"):
		return glob.Match(glob.Quote(glob.Base(pattern)), folder) || glob.Base(pattern) == "."
	}
	ok, _ := path.Match(path.Dir(path.Dir(pattern)), folder)
	return ok
}

// loadRejected is a file that was left out, as facts.
type loadRejected struct {
	Name   string   `json:"name"`
	Digest string   `json:"digest"`
	Why    []string `json:"why"`
}

// How much is kept of why a file was left out.
const (
	mostReasons   = 10
	longestReason = 400
)

// rejected gives the files that were left out, with their digests.
func rejected(c *stage.Context, files []dataset.Rejected) []loadRejected {
	digest := map[string]string{}
	for _, f := range c.Files() {
		digest[f.Path] = f.Digest
	}
	for _, in := range c.Inputs() {
		for _, blob := range in.Files {
			digest[in.Stage+":"+blob.Name] = blob.Digest
		}
	}
	var all []loadRejected
	for _, r := range files {
		one := loadRejected{Name: r.Name, Digest: digest[r.Name]}
		for _, why := range r.Why[:min(len(r.Why), mostReasons)] {
			one.Why = append(one.Why, human.Line(why.Clause(), longestReason))
		}
		if more := len(r.Why) - mostReasons; more > 0 {
			one.Why = append(one.Why, "and "+human.Count(more, "reason")+" more")
		}
		all = append(all, one)
	}
	return all
}

// setAside warns of the files that were left out, and says so to the runner.
func setAside(c *stage.Context, files []loadRejected, folder string) {
	for _, r := range files {
		c.SetAside(artifact.Aside{Name: r.Name, Digest: r.Digest, Folder: folder, Reason: strings.Join(r.Why, "\n")})
		c.Warn(checks.LeftOut.Finding("", 0, "%s is left out: %s", r.Name, strings.TrimPrefix(r.Why[0], r.Name+": ")))
	}
}

// rejectedTable shows which files were left out.
func rejectedTable(files []loadRejected) notebook.Table {
	t := notebook.Table{Caption: "Files left out", Columns: notebook.Columns("file", "SHA-256", "because")}
	for _, r := range files {
		t.Row(notebook.Text(r.Name), notebook.Text(human.Clip(r.Digest, 12)), notebook.Texts(r.Why, 3))
	}
	return t
}
