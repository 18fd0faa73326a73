package csvfile

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"labbook/internal/data/amount"
	"labbook/internal/data/table"
)

// Guess reads a file of which nothing is known, and gives besides with what
// options it is read best: the encoding, the delimiter, the decimal point,
// whether there is a header, what stands for missing values, the columns whose
// form has to be declared, and whether there are rows to drop. Name, Cores and
// Context are taken from o. What it declares of a column is a notice too.
func Guess(path string, o Options) (*File, Options, error) {
	if o.Name == "" {
		o.Name = path
	}
	data, err := Load(path, o.Name)
	if err != nil {
		return nil, o, err
	}
	o.Encoding, o.DropBad = encodingOf(data), true
	f, o, err := parseOpen(data, o)
	if err != nil {
		return nil, o, err
	}
	if slices.ContainsFunc(f.Notices, func(n Notice) bool { return !n.form }) {
		commas := o
		commas.Decimal = ','
		if g, err := Parse(data, commas); err == nil && g.numbers() > f.numbers() && !onlyThousands(f, g) {
			f, o = g, commas
		}
	}
	d := declare(data, o, f)
	if o.Missing, o.Columns = d.missing, d.columns; len(d.notices) > 0 {
		if f, err = Parse(data, o); err != nil {
			return nil, o, err
		}
		f.Notices = append(f.Notices, d.notices...)
	}
	if o.Bare {
		f.Notices = append(f.Notices, Notice{Count: 1, Line: f.Line(0), As: "rows", What: "the first line looks like a row and not like names",
			Hint: "write the columns' names above it, or declare header: names in the load stage if it has them"})
	}
	o.Delimiter, o.DropBad = f.Delimiter, len(f.Dropped) > 0
	return f, o, nil
}

// onlyThousands says that what are numbers in g alone have no comma but where
// one would be between thousands.
func onlyThousands(f, g *File) bool {
	for i, c := range g.Table.Columns {
		if before := f.Table.Columns[i]; c.Type == table.Number && before.Type != table.Number {
			if found := amount.Find(apart(before, before.Len()).rest, '.'); found == nil || found.Layout != "1,234" {
				return false
			}
		}
	}
	return true
}

// Match reads the bytes of a file whose columns are known and whose form is not:
// what another program, or another country, makes of the files that the columns
// come from. It gives besides the file as UTF-8 text, and the options of its
// form. Bad rows are kept out and counted.
func Match(data []byte, o Options) (f *File, text []byte, read Options, err error) {
	o.Encoding, o.DropBad = encodingOf(data), true
	if text, _, err = decode(bytes.Clone(data), &o); err != nil {
		return nil, nil, o, err
	}
	read, o.Encoding = o, ""
	if f, err = Parse(text, o); err != nil {
		delimiter, ok := o.delimiterOf(text)
		if !ok {
			return nil, nil, read, err
		}
		o.Delimiter = delimiter
		if f, err = Parse(text, o); err != nil {
			return nil, nil, read, err
		}
	}
	if len(f.Dropped) > 0 {
		commas := o
		commas.Decimal = ','
		if g, err := Parse(text, commas); err == nil && g.Table.Rows() > f.Table.Rows() {
			f, read.Decimal = g, ','
		}
	}
	read.Delimiter = f.Delimiter
	return f, text, read, nil
}

// delimiterOf gives a character of the header that divides it so that each
// column is there which must be; ok is false when none does.
func (o Options) delimiterOf(text []byte) (delimiter byte, ok bool) {
	header, _, _ := bytes.Cut(text, newline)
	tried := map[byte]bool{}
	for _, b := range header {
		if tried[b] || b >= utf8.RuneSelf || b == '"' || b == '\r' || '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z' {
			continue
		}
		tried[b] = true
		names := map[string]bool{}
		for field := range bytes.SplitSeq(bytes.TrimSpace(header), []byte{b}) {
			names[string(bytes.Trim(bytes.TrimSpace(field), `"`))] = true
		}
		if len(names) > 1 && !slices.ContainsFunc(o.Columns, func(c Column) bool { return !c.Optional && !names[c.Name] }) {
			return b, true
		}
	}
	return 0, false
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

// Text gives a text as UTF-8, whichever of the usual encodings it is in.
func Text(data []byte, name string) ([]byte, error) {
	text, _, err := decode(bytes.Clone(data), &Options{Name: name, Encoding: encodingOf(data)})
	return text, err
}
