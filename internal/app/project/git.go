package project

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// headCommit gives the commit that is checked out in the repository around a
// folder, or "". It reads git's files itself: that takes microseconds, and needs
// no git.
func headCommit(dir string) string {
	git := gitDir(dir)
	if git == "" {
		return ""
	}
	head := readLine(filepath.Join(git, "HEAD"))
	ref, symbolic := strings.CutPrefix(head, "ref: ")
	if !symbolic {
		return commitID(head)
	}
	common := git
	if shared := readLine(filepath.Join(git, "commondir")); shared != "" {
		common = filepath.Join(git, shared)
	}
	if id := readLine(filepath.Join(common, filepath.FromSlash(ref))); id != "" {
		return commitID(id)
	}
	packed, _ := os.ReadFile(filepath.Join(common, "packed-refs"))
	for line := range strings.Lines(string(packed)) {
		if id, name, _ := strings.Cut(strings.TrimSpace(line), " "); name == ref {
			return commitID(id)
		}
	}
	return ""
}

// gitDir gives the repository's own folder, or "".
func gitDir(dir string) string {
	for {
		path := filepath.Join(dir, ".git")
		switch info, err := os.Stat(path); {
		case err == nil && info.IsDir():
			return path
		case err == nil: // of a worktree: a file that leads on
			target, ok := strings.CutPrefix(readLine(path), "gitdir: ")
			if !ok {
				return ""
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(dir, target)
			}
			return target
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

func readLine(path string) string {
	data, _ := os.ReadFile(path)
	return strings.TrimSpace(string(data))
}

// commitID gives a text if it is the id of a commit, else "".
func commitID(text string) string {
	if len(text) < 40 || strings.Trim(text, "0123456789abcdef") != "" {
		return ""
	}
	return text
}

// dirty asks git whether files it knows differ from the commit. Without git
// they are taken for clean.
func dirty(ctx context.Context, dir string) bool {
	cmd := exec.CommandContext(ctx, "git", "--no-optional-locks", "status", "--porcelain", "--untracked-files=no")
	cmd.Dir = dir
	out, err := cmd.Output()
	return err == nil && len(out) > 0
}
