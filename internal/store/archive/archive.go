// Package archive is the one file in which a project's history travels, or one of
// its runs: a tar archive, packed by Zstandard, whose first entry lists all others
// with their digests. Any tar reads it; Read proves it.
package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Format is the version of the file's form. One of a later is refused.
const Format = 1

// contents names the first entry.
const contents = "contents.json"

// longestContents is how many bytes of contents are read: those of a million parts.
const longestContents = 256 << 20

// Contents say what an archive holds. Its JSON is an on-disk format.
type Contents struct {
	Format  int       `json:"format"`
	Labbook string    `json:"labbook"`           // version of the program that wrote it
	Made    time.Time `json:"made"`              //
	History *History  `json:"history,omitempty"` // of a backup
	Run     *Run      `json:"run,omitempty"`     // of a bundled run
	Parts   []Part    `json:"parts"`             // in the order in which they follow
}

// History is what a backup brings back.
type History struct {
	Runs     int  `json:"runs"`
	Versions int  `json:"versions"` // of models
	Requests bool `json:"requests"`
}

// Part is a file of an archive.
type Part struct {
	Name   string `json:"name"` // slash-separated, as it lies in the project
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Exec   bool   `json:"exec,omitempty"` // may be executed
}

// Bytes gives how many bytes the parts are in all.
func (c *Contents) Bytes() (n int64) {
	for _, p := range c.Parts {
		n += p.Size
	}
	return n
}

// Write writes an archive. open gives the bytes of a part, which are to be those that
// the contents say: others are an error.
func Write(to io.Writer, c *Contents, open func(Part) (io.ReadCloser, error)) error {
	packed, err := zstd.NewWriter(to)
	if err != nil {
		return err
	}
	defer packed.Close()
	archive := tar.NewWriter(packed)
	list, err := json.Marshal(c)
	if err != nil {
		return err
	}
	add := func(name string, size int64, exec bool, from io.Reader) error {
		head := &tar.Header{Name: name, Size: size, Mode: 0o644, ModTime: c.Made, Format: tar.FormatPAX}
		if exec {
			head.Mode = 0o755
		}
		if err := archive.WriteHeader(head); err != nil {
			return err
		}
		_, err := io.Copy(archive, from)
		return err
	}
	if err := add(contents, int64(len(list)), false, bytes.NewReader(list)); err != nil {
		return err
	}
	for _, part := range c.Parts {
		from, err := open(part)
		if err != nil {
			return err
		}
		digest := sha256.New()
		err = add(part.Name, part.Size, part.Exec, io.TeeReader(from, digest))
		from.Close()
		switch {
		case errors.Is(err, tar.ErrWriteTooLong):
			return fmt.Errorf("%s grew while it was read", part.Name)
		case err != nil:
			return fmt.Errorf("%s: %w", part.Name, err)
		case hex.EncodeToString(digest.Sum(nil)) != part.SHA256:
			return fmt.Errorf("%s is damaged: its bytes changed", part.Name)
		}
	}
	return errors.Join(archive.Close(), packed.Close())
}

// Read reads an archive. It hands each part to take, which reads all of it or less,
// and proves it: the error of a part that was cut short or changed comes after take
// has seen it, so what take makes of parts counts only once Read has succeeded.
func Read(from io.Reader, take func(*Contents, Part, io.Reader) error) (*Contents, error) {
	packed, err := zstd.NewReader(from, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	archive := tar.NewReader(packed)
	c, err := readContents(archive)
	if err != nil {
		return nil, err
	}
	for _, part := range c.Parts {
		head, err := archive.Next()
		switch {
		case err == io.EOF:
			return nil, fmt.Errorf("it ends before %s", part.Name)
		case err != nil:
			return nil, fmt.Errorf("it is cut short or damaged before %s: %w", part.Name, err)
		case head.Name != part.Name || head.Typeflag != tar.TypeReg || head.Size != part.Size:
			return nil, fmt.Errorf("it has %q where its contents say %s", head.Name, part.Name)
		}
		digest := sha256.New()
		bytes := &reading{Reader: io.TeeReader(archive, digest)}
		err = take(c, part, bytes)
		if err == nil {
			io.Copy(io.Discard, bytes)
		}
		switch {
		case bytes.failed != nil:
			return nil, fmt.Errorf("%s is cut short or damaged: %w", part.Name, bytes.failed)
		case err != nil:
			return nil, err
		}
		if hex.EncodeToString(digest.Sum(nil)) != part.SHA256 {
			return nil, fmt.Errorf("%s is damaged: its bytes are not those of its digest", part.Name)
		}
	}
	if _, err := archive.Next(); err != io.EOF {
		return nil, errors.New("it has more than its contents say, or its end is damaged")
	}
	return c, nil
}

// reading remembers why a part could not be read, whatever becomes of that.
type reading struct {
	io.Reader
	failed error
}

func (r *reading) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && err != io.EOF {
		r.failed = err
	}
	return n, err
}

// readContents reads the first entry.
func readContents(archive *tar.Reader) (*Contents, error) {
	head, err := archive.Next()
	if err != nil || head.Name != contents {
		return nil, errors.New("it is no archive of labbook's, or is cut short or damaged at its beginning")
	}
	if head.Size > longestContents {
		return nil, fmt.Errorf("its contents have %d bytes, at most %d are read", head.Size, longestContents)
	}
	c := &Contents{}
	if err := json.NewDecoder(archive).Decode(c); err != nil {
		return nil, fmt.Errorf("its contents cannot be read: %w", err)
	}
	if c.Format > Format {
		return nil, fmt.Errorf("it is of form %d, by labbook %s; this labbook reads form %d", c.Format, c.Labbook, Format)
	}
	for _, part := range c.Parts {
		if !filepath.IsLocal(part.Name) || strings.Contains(part.Name, `\`) || part.Size < 0 {
			return nil, fmt.Errorf("its contents name %q, which is no file of a project", part.Name)
		}
	}
	return c, nil
}
