package csvfile

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/klauspost/compress/zstd"

	"labbook/internal/base/diag"
	"labbook/internal/base/mapped"
)

// A file that unpacks to more than this many times its size is taken for an
// attack once it is bigger than maxFree; CSV packs ten- to twentyfold.
const (
	maxUnpack = 200
	maxFree   = 64 << 20
)

// ErrBound is within the errors of a bound that whoever reads has set.
var ErrBound = errors.New("a bound of what is taken")

// packing is how a file may be packed.
type packing struct {
	name  string
	magic []byte // begins every such file
	open  func(io.Reader) (io.ReadCloser, error)
}

var packings = []packing{
	{"gzip", []byte("\x1f\x8b"), func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }},
	{"zstd", []byte("\x28\xb5\x2f\xfd"), func(r io.Reader) (io.ReadCloser, error) {
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxFree))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}},
}

// packingOf gives how bytes that begin so are packed, nil if they are not.
func packingOf(begin []byte) *packing {
	for i := range packings {
		if bytes.HasPrefix(begin, packings[i].magic) {
			return &packings[i]
		}
	}
	return nil
}

// Load gives the bytes of the file, unpacked.
func Load(path, name string) ([]byte, error) {
	if err := isFile(path, name); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, Unreadable(name, err)
	}
	if packingOf(data) != nil {
		return unpackAll(data, name)
	}
	return data, nil
}

// From which size on a file is read in place: a smaller one is read faster at once, and
// takes little; less so where columns have a room, for memory is short.
const (
	inPlace     = 64 << 20
	inPlaceRoom = 1 << 20
)

// openFile is Load that unpacks nothing, and reads nothing yet of a file of so many bytes or more.
func openFile(path, name string, from int64) (*mapped.File, error) {
	if err := isFile(path, name); err != nil {
		return nil, err
	}
	file, err := mapped.Open(path, from)
	if err != nil {
		return nil, Unreadable(name, err)
	}
	return file, nil
}

// isFile says what keeps a path from being a file that can be read.
func isFile(path, name string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &diag.Error{File: name, What: "there is no such file", Hint: "check the path; it is relative to the project", Err: err}
	case err != nil:
		return Unreadable(name, err)
	case info.IsDir():
		return &diag.Error{File: name, What: "is a folder", Wanted: "a CSV file", Hint: fmt.Sprintf("name the files in it: %s/*.csv", name)}
	case !info.Mode().IsRegular():
		return &diag.Error{File: name, What: "is a device or a pipe", Wanted: "a CSV file", Hint: "write its content to a file first"}
	}
	return nil
}

// unpackAll unpacks a file, unless it comes to more than anybody packs.
func unpackAll(packed []byte, name string) ([]byte, error) {
	data, err := packingOf(packed).unpack(packed, name, max(maxFree, maxUnpack*len(packed)))
	if errors.Is(err, ErrBound) {
		err = &diag.Error{File: name, What: fmt.Sprintf("unpacks to more than %d times its size", maxUnpack),
			Hint: "if that is meant, unpack it and name the unpacked file"}
	}
	return data, err
}

// Packed says whether bytes are packed, to go by what they begin with.
func Packed(data []byte) bool { return packingOf(data) != nil }

// Unpack unpacks bytes that are packed, into at most so many. Where they are more, the
// error is an ErrBound.
func Unpack(packed []byte, name string, most int) ([]byte, error) {
	return packingOf(packed).unpack(packed, name, most)
}

// Unreadable says why a file could not be read.
func Unreadable(name string, err error) error {
	e := &diag.Error{File: name, What: "cannot be read: " + err.Error(), Hint: "copy it to a disk that works", Err: err}
	switch {
	case errors.Is(err, fs.ErrPermission):
		e.What, e.Hint = "may not be read by you", "chmod u+r "+name+", or run as somebody who may"
	case errors.Is(err, syscall.ELOOP):
		e.What, e.Hint = "is a link that leads back to itself", "link to the file itself"
	}
	return e
}

// Unpacked gives a reader of what r has, unpacked where it is packed.
func Unpacked(r io.Reader, name string) (io.Reader, error) {
	in := bufio.NewReader(r)
	begin, _ := in.Peek(4)
	p := packingOf(begin)
	if p == nil {
		return in, nil
	}
	z, err := p.open(in)
	if err != nil {
		return nil, p.notWhole(name, err)
	}
	return unpacking{z, p, name}, nil
}

// unpacking says of its errors that they are the file's.
type unpacking struct {
	io.Reader
	how  *packing
	name string
}

func (u unpacking) Read(p []byte) (int, error) {
	n, err := u.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = u.how.notWhole(u.name, err)
	}
	return n, err
}

func (p *packing) notWhole(name string, err error) error {
	return &diag.Error{File: name, What: "is not a whole " + p.name + " file: " + err.Error(), Hint: "fetch or compress it again", Err: err}
}

func (p *packing) unpack(packed []byte, name string, most int) ([]byte, error) {
	z, err := p.open(bytes.NewReader(packed))
	if err != nil {
		return nil, p.notWhole(name, err)
	}
	defer z.Close()
	var out bytes.Buffer
	out.Grow(min(5*len(packed), most))
	n, err := io.Copy(&out, io.LimitReader(z, int64(most)+1))
	switch {
	case err != nil:
		return nil, p.notWhole(name, err)
	case n > int64(most):
		return nil, &diag.Error{File: name, What: fmt.Sprintf("unpacks to more than %d bytes", most), Hint: "split it", Err: ErrBound}
	}
	return out.Bytes(), nil
}

// recognise refuses bytes that are plainly not CSV, by what they plainly are.
// raw are the bytes before they were decoded.
func recognise(raw, data []byte, name string) error {
	refuse := func(what, hint string) error {
		return &diag.Error{File: name, What: what, Wanted: "a CSV file", Hint: hint}
	}
	if len(bytes.TrimSpace(data[:min(len(data), 4096)])) == 0 && len(bytes.TrimSpace(data)) == 0 {
		return refuse("is empty", "the file needs a header line and rows")
	}
	for _, kind := range []struct{ prefix, what, hint string }{
		{"PK\x03\x04", "is a zip archive or a spreadsheet", "export it as CSV"},
		{"\xd0\xcf\x11\xe0", "is an old spreadsheet", "export it as CSV"},
		{"PAR1", "is a Parquet file", "name it as it is: Parquet is packed within"},
		{"SQLite format 3\x00", "is an SQLite database", "export the table as CSV"},
		{"%PDF-", "is a PDF file", "export the table as CSV"},
		{"\x89PNG", "is a picture", "name the table itself"},
		{"\xff\xd8\xff", "is a picture", "name the table itself"},
		{"GIF8", "is a picture", "name the table itself"},
		{"BZh", "is packed with bzip2", "unpack it, or pack it with gzip"},
		{"\xfd7zXZ", "is packed with xz", "unpack it, or pack it with gzip"},
		{"version https://git-lfs", "is a Git LFS pointer, not the data", "run git lfs pull"},
	} {
		if bytes.HasPrefix(data, []byte(kind.prefix)) || bytes.HasPrefix(raw, []byte(kind.prefix)) {
			return refuse(kind.what, kind.hint)
		}
	}
	start := bytes.ToLower(bytes.TrimSpace(data[:min(len(data), 512)]))
	if bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html")) {
		return refuse("is a web page", "the download may have needed a login; fetch the data itself")
	}
	if !bytes.ContainsRune(data, '\n') && bytes.ContainsRune(data, '\r') {
		return refuse("ends its lines with CR alone, as old Macs did", `convert it: tr '\r' '\n' < old.csv > new.csv`)
	}
	return nil
}
