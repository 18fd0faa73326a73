package csvfile

import (
	"bytes"
	"unicode/utf8"

	"labbook/internal/table"
)

// Guess reads a file of which nothing is known, and gives besides with what
// options it is read best: the encoding, the delimiter, the decimal point and
// whether there are rows to drop. Name, Cores and Context are taken from o.
func Guess(path string, o Options) (*File, Options, error) {
	if o.Name == "" {
		o.Name = path
	}
	data, err := load(path, o.Name)
	if err != nil {
		return nil, o, err
	}
	o.Encoding, o.DropBad = encodingOf(data), true
	f, err := Parse(data, o)
	if err != nil {
		return nil, o, err
	}
	if len(f.Notices) > 0 {
		commas := o
		commas.Decimal = ','
		if g, err := Parse(data, commas); err == nil && g.numbers() > f.numbers() {
			f, o = g, commas
		}
	}
	o.Delimiter, o.DropBad = f.Delimiter, len(f.Dropped) > 0
	return f, o, nil
}

// encodingOf gives the encoding that the bytes can have: UTF-8 where they are,
// else the usual one of a single byte a letter.
func encodingOf(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return "utf-16"
	case utf8.Valid(data):
		return "utf-8"
	}
	return "windows-1252"
}

// numbers counts the columns of numbers that hold any.
func (f *File) numbers() int {
	n := 0
	for _, c := range f.Table.Columns {
		if c.Type == table.Number && !c.Empty() {
			n++
		}
	}
	return n
}
