package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// treeMagic is the first line of a tree's manifest and names its format.
const treeMagic = "labbook tree 1\n"

// Tree is the output of a stage: its digest is that of its manifest, so equal
// trees have equal names and bytes.
type Tree struct {
	Digest string
	Files  []File // sorted by name
}

// Refs gives the blobs that the tree is made of, its manifest first.
func (t Tree) Refs() []Ref {
	refs := make([]Ref, 0, len(t.Files)+1)
	refs = append(refs, Ref{t.Digest, int64(len(EncodeTree(t.Files)))})
	for _, f := range t.Files {
		refs = append(refs, Ref{f.Digest, f.Size})
	}
	return refs
}

// EncodeTree gives the manifest: a line per file, sorted by name, of the
// blob's digest, the size, - or x for executables, and the quoted name.
//
//	labbook tree 1
//	9f86d08… 1432 - "model.json"
func EncodeTree(files []File) []byte {
	b := []byte(treeMagic)
	for _, f := range files {
		mode := " - "
		if f.Exec {
			mode = " x "
		}
		b = append(append(b, f.Digest...), ' ')
		b = append(strconv.AppendInt(b, f.Size, 10), mode...)
		b = append(strconv.AppendQuote(b, f.Name), '\n')
	}
	return b
}

var errTree = errors.New("not the manifest of a tree")

// DecodeTree is the inverse of EncodeTree. It accepts nothing that EncodeTree
// would not have written.
func DecodeTree(data []byte) ([]File, error) {
	rest, ok := strings.CutPrefix(string(data), treeMagic)
	if !ok {
		return nil, errTree
	}
	var files []File
	for line := range strings.Lines(rest) {
		field := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 4)
		if len(field) != 4 {
			return nil, errTree
		}
		size, err1 := strconv.ParseInt(field[1], 10, 64)
		name, err2 := strconv.Unquote(field[3])
		if err1 != nil || err2 != nil {
			return nil, errTree
		}
		files = append(files, File{name, size, field[0], field[2] == "x"})
	}
	if err := checkFiles(files); err != nil {
		return nil, err
	}
	if !bytes.Equal(EncodeTree(files), data) {
		return nil, errTree
	}
	return files, nil
}

// checkFiles refuses what no tree holds: names that leave the tree, twice the
// same name, or names out of order.
func checkFiles(files []File) error {
	for i, f := range files {
		switch {
		case !IsDigest(f.Digest) || f.Size < 0:
			return errTree
		case !fs.ValidPath(f.Name) || f.Name == "." || !filepath.IsLocal(filepath.FromSlash(f.Name)):
			return fmt.Errorf("%w: name %q", errTree, f.Name)
		case i > 0 && f.Name <= files[i-1].Name:
			return fmt.Errorf("%w: %q out of order", errTree, f.Name)
		}
	}
	return nil
}

// Ingest moves the files below dir into the cache and gives the tree of them
// and the linked ones, which must be in the cache already. Folders that hold no
// file leave no trace. A link or a device is refused, as is a name that is given
// twice or not in UTF-8.
func (c *Cache) Ingest(ctx context.Context, lease *Lease, dir string, linked []File, sync bool) (Tree, error) {
	files := slices.Clone(linked)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		if !utf8.ValidString(name) {
			return fmt.Errorf("output %q: its name is not UTF-8", name)
		}
		if !d.Type().IsRegular() {
			return fmt.Errorf("output %s is a %s; only plain files can be kept", name, kindOf(d.Type()))
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		digest, size, err := c.adopt(ctx, lease, path, sync)
		if err != nil {
			return err
		}
		files = append(files, File{name, size, digest, info.Mode()&0o100 != 0})
		return nil
	})
	if err != nil {
		return Tree{}, err
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	for i := range files[:max(0, len(files)-1)] {
		if files[i].Name == files[i+1].Name {
			return Tree{}, fmt.Errorf("output %s is written and linked too", files[i].Name)
		}
	}
	digest, err := c.Put(lease, EncodeTree(files), sync)
	return Tree{digest, files}, err
}

// Tree gives the tree of that digest. The error of one that is damaged or gone
// says so; the blobs it names are not proved.
func (c *Cache) Tree(digest string) (Tree, error) {
	if !IsDigest(digest) {
		return Tree{}, noDigest(digest)
	}
	data, err := os.ReadFile(c.Path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return Tree{}, lost(short(digest) + " is gone from the cache")
	}
	if err != nil {
		return Tree{}, err
	}
	if DigestOf(data) != digest {
		return Tree{}, lost(short(digest) + " is damaged: its bytes changed")
	}
	files, err := DecodeTree(data)
	return Tree{digest, files}, err
}

func kindOf(m fs.FileMode) string {
	switch {
	case m&fs.ModeSymlink != 0:
		return "symbolic link"
	case m&fs.ModeNamedPipe != 0:
		return "pipe"
	case m&fs.ModeSocket != 0:
		return "socket"
	}
	return "device"
}
