package external

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/program"
	"labbook/models/estimator"
)

// version is what a tool was when a model was fitted.
type version struct {
	Tool string   `json:"tool"`
	Ask  []string `json:"ask,omitempty"`
	Is   string   `json:"is"` // what it told, or the digest of its bytes
}

// mostTold bounds what a tool may say of its version, in bytes, and patience how long
// it may take.
const (
	mostTold = 4 << 10
	patience = time.Minute
)

// versionsOf gives what tools are now.
func versionsOf(ctx context.Context, tools []estimator.Tool) ([]version, error) {
	var all []version
	for _, t := range tools {
		v := version{Tool: t.Name, Ask: t.Ask}
		var err error
		if v.Is, err = v.now(ctx); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// asked remembers for a minute what tools are: a search fits many models by the same.
var asked struct {
	sync.Mutex
	known map[string]answer
}

type answer struct {
	is    string
	until time.Time
}

// now gives what the tool is now, or was a minute ago at most.
func (v *version) now(ctx context.Context) (string, error) {
	id := fmt.Sprintf("%q %q", v.Tool, append([]string{os.Getenv("PATH")}, v.Ask...))
	asked.Lock()
	defer asked.Unlock()
	if a, ok := asked.known[id]; ok && time.Now().Before(a.until) {
		return a.is, nil
	}
	is, err := v.look(ctx)
	if err == nil {
		if asked.known == nil {
			asked.known = map[string]answer{}
		}
		asked.known[id] = answer{is, time.Now().Add(time.Minute)}
	}
	return is, err
}

// look finds out what the tool is.
func (v *version) look(ctx context.Context) (string, error) {
	if len(v.Ask) > 0 {
		ctx, stop := context.WithTimeout(ctx, patience)
		defer stop()
		said, err := program.Say(ctx, v.Ask, nil, mostTold)
		if err != nil {
			return "", diag.New(fmt.Sprintf("the version of %s cannot be asked: %v", v.Tool, err), "correct version:, a command that prints it")
		}
		return strings.TrimSpace(said), nil
	}
	path, err := exec.LookPath(v.Tool)
	if err != nil {
		return "", diag.New(fmt.Sprintf("there is no program %q in PATH", v.Tool), "install it, or correct the name")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// same says which tool is another than the one that fitted.
func same(versions []version) error {
	for _, v := range versions {
		is, err := v.now(context.Background())
		if err != nil {
			return &estimator.Unavailable{What: fmt.Sprintf("the model was fitted by %s, which cannot be asked here", v.Tool), Cause: err.Error()}
		}
		if is == v.Is {
			continue
		}
		was, found := human.Line(v.Is, 200), human.Line(is, 200)
		if len(v.Ask) == 0 {
			was, found = human.Short(v.Is), human.Short(is)
		}
		return &estimator.Unavailable{What: fmt.Sprintf("%s is another one than the model was fitted by: found %s, wanted %s", v.Tool, found, was),
			Hint: "install that one again, or train the model anew"}
	}
	return nil
}
