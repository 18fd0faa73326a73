// Package artifact is what stages leave and read: files that are one thing, such
// as a table or a model. A kind says which types it reads and makes, and never
// names another kind; the package that knows a type's content has the one
// function that opens it (table.Open, partition.Open, bundle.Open and so on).
package artifact

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/mapped"
)

// Type says what an artifact is.
type Type string

// The types. The package in brackets opens them and says which files they have.
const (
	Table        Type = "table"        // rows with typed columns (table)
	Exploration  Type = "exploration"  // what a table holds, and the table (explore)
	Split        Type = "split"        // a training and a test part (partition)
	Features     Type = "features"     // how rows become numbers, and the training rows as such (features)
	Model        Type = "model"        // a bundle that predicts (models)
	Predictions  Type = "predictions"  // what models said of the test rows (evaluation)
	Answers      Type = "answers"      // what was said of the test rows elsewhere (evaluation)
	Evaluation   Type = "evaluation"   // how models did (evaluation)
	Registration Type = "registration" // what became of the best model (registry)
	Service      Type = "service"      // what a server needs beside a model (service)
	Files        Type = "files"        // files of whatever content
)

// Types lists all of them.
var Types = []Type{Table, Exploration, Split, Features, Model, Predictions, Answers, Evaluation, Registration, Service, Files}

// Noun gives the type as people say it of so many: "a table", "features", "3
// models".
func (t Type) Noun(n int) string {
	word := string(t)
	switch plural := strings.HasSuffix(word, "s"); {
	case plural:
		return word
	case n != 1:
		return fmt.Sprintf("%d %ss", n, word)
	case strings.ContainsRune("aeiou", rune(word[0])):
		return "an " + word
	}
	return "a " + word
}

// Artifact is the output of a stage. It may be of several types at once, when it
// has the files of each.
type Artifact struct {
	Stage  string // its name: "train/boosting"; "" for readers that must not know it
	Types  []Type
	Digest string // of its tree: hex SHA-256
	Files  []Blob // sorted by name
	// Room is where what is read of it finds room; nil is memory.
	Room *mapped.Room
}

// Blob is a file of an artifact.
type Blob struct {
	Name   string // slash-separated, relative
	Size   int64
	Digest string // hex SHA-256
	Path   string // where its bytes can be read; never write there
	Exec   bool   // may be executed
}

// Called is what messages call the artifact.
func (a *Artifact) Called() string { return cmp.Or(a.Stage, "what is read") }

// Is says whether the artifact is of one of these types.
func (a *Artifact) Is(types ...Type) bool {
	return slices.ContainsFunc(types, func(t Type) bool { return slices.Contains(a.Types, t) })
}

// Blob gives the file of the first of these names that there is: where a format
// has had several, the newest comes first.
func (a *Artifact) Blob(names ...string) (Blob, error) {
	for _, name := range names {
		for _, b := range a.Files {
			if b.Name == name {
				return b, nil
			}
		}
	}
	return Blob{}, fmt.Errorf("%s has no output file %q", a.Stage, names[0])
}

// Open opens the file of that name for reading.
func (a *Artifact) Open(name string) (*os.File, error) {
	b, err := a.Blob(name)
	if err != nil {
		return nil, err
	}
	return os.Open(b.Path)
}

// ErrDamaged marks the errors of files whose bytes are not those of their digest.
var ErrDamaged = errors.New("its bytes changed")

// ReadFile gives the bytes of the file of that name, which are those of its
// digest: a disk that rots without a word is noticed here at the latest. The error
// is ErrDamaged where they are not.
func (a *Artifact) ReadFile(name string) ([]byte, error) { return a.read(name, nil) }

// ReadRoom is ReadFile of a large file: its bytes lie in the room, and are not to be
// written.
func (a *Artifact) ReadRoom(name string) ([]byte, error) { return a.read(name, a.Room) }

func (a *Artifact) read(name string, room *mapped.Room) ([]byte, error) {
	b, err := a.Blob(name)
	if err != nil {
		return nil, err
	}
	data, err := room.ReadFile(b.Path)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); b.Digest != "" && hex.EncodeToString(sum[:]) != b.Digest {
		return nil, &diag.Error{What: fmt.Sprintf("%s is damaged: %s", b.Name, ErrDamaged), Err: ErrDamaged,
			Found: hex.EncodeToString(sum[:])[:12], Wanted: b.Digest[:min(12, len(b.Digest))],
			Hint: "`labbook cache check` takes away what is damaged, and the next run makes it again"}
	}
	return data, nil
}

// Sub gives the files under a folder of the artifact as one of its own, with
// names relative to that folder.
func (a *Artifact) Sub(folder string, types ...Type) *Artifact {
	sub := &Artifact{Stage: a.Stage, Types: types, Room: a.Room}
	for _, b := range a.Files {
		if rest, ok := strings.CutPrefix(b.Name, folder+"/"); ok {
			b.Name = rest
			sub.Files = append(sub.Files, b)
		}
	}
	return sub
}
