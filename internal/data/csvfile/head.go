package csvfile

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// HeadSize is how much of a file is read to see its header.
const HeadSize = 1 << 20

// Names gives the names of the columns that the file has, from its first bytes;
// an error when these do not show them. Of the options it needs those of the
// file's form.
func Names(path string, o Options) ([]string, error) {
	if o.Name == "" {
		o.Name = path
	}
	data, err := Head(path)
	if err != nil {
		return nil, err
	}
	o.Columns, o.Like, o.Rest = nil, "", Infer
	r, err := open(data, o)
	if err != nil {
		return nil, err
	}
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	if r.body >= len(r.data) { // it may go on
		return nil, errors.New("no row follows the header")
	}
	return r.names, nil
}

// Head gives the first bytes of a file, unpacked.
func Head(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, HeadSize))
	p := packingOf(data)
	if err != nil || p == nil {
		return data, err
	}
	z, err := p.open(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	out, err := io.ReadAll(io.LimitReader(z, HeadSize))
	if err == io.ErrUnexpectedEOF && len(out) > 0 { // the rest of it was not read
		err = nil
	}
	return out, err
}

// Unfit says, from its first bytes, why a file cannot be read as Read would: it is of
// another kind, or holds NUL bytes, as one of holes does. nil says nothing.
func Unfit(path string, o Options) error {
	if o.Name == "" {
		o.Name = path
	}
	data, err := Head(path)
	if err != nil {
		return nil // which Read says better
	}
	if o.Encoding == "utf-16" {
		data = data[:len(data)&^1]
	}
	r, err := open(data, o)
	if err != nil {
		return err
	}
	if at := bytes.IndexByte(r.data, 0); at >= 0 {
		return r.problem(kindAt{nulByte, -1}, place{line: 1 + bytes.Count(r.data[:at], newline), at: at}, nil)
	}
	return nil
}
