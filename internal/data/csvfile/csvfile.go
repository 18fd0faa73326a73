// Package csvfile reads CSV files into typed columns: fast, on several cores,
// and without accepting in silence what a person would want to know.
//
// The format is RFC 4180 with the delimiter found in the header. Read walks
// through it in these steps, one file of the package each:
//
//  1. source: the bytes, decompressed, decoded to UTF-8, recognisable as text;
//  2. header: the delimiter and the columns' names;
//  3. infer: a first type for the columns that are not declared;
//  4. chunks: the body cut at row ends, so that chunks can be read in parallel;
//  5. chunk: every row split (split), its values parsed (column, number, date),
//     what is wrong with it noted (problem);
//  6. merge: the chunks' values put together in the file's order.
//
// Where the chunks are cut depends on the bytes alone, and all that chunks find
// is put together in their order: the result never depends on the cores.
//
// What is read how:
//   - Blank lines are skipped and counted.
//   - Spaces around numbers, dates and missing markers mean nothing; within a
//     text or category they are kept.
//   - A column that is not declared is a number when, of its first 1,000 rows
//     and then of all, nine tenths of the values are: the rest are bad rows,
//     not a reason to take prices for names. Values like 00123 are identifiers:
//     they make the column a category or text, and so do integers that no
//     float64 holds if they are most of it; a few are rounded. It is a date when all values have the same of moment.Usual. Else it
//     is a category when it has at most 1,000 different values, each at most
//     100 bytes, that stand twice on average (or are at most ten), else text.
//   - Infinity is not a number; NaN is a missing marker.
package csvfile

import (
	"context"
	"errors"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/mapped"
	"labbook/internal/data/table"
)

// DefaultMissing are the values that mean "no value" unless others are
// declared; an empty field always does.
var DefaultMissing = []string{"NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "null", "NULL", "None"}

// Limits against input that is not what it says it is.
const (
	maxColumns = 16384    // of a header, as in spreadsheets
	maxField   = 16 << 20 // bytes of one value
	examples   = 3        // bad rows shown per reason, unless others are asked for
)

// Options says how to read. The zero value reads what most files are.
type Options struct {
	Name      string       // what messages call the file; "" means the path
	Delimiter byte         // 0: found in the header, of , ; tab |
	Quote     byte         // 0: "
	Decimal   byte         // the decimal point: '.' (also 0) or ','
	Encoding  string       // one of Encodings; "": utf-8
	Missing   []string     // values that mean "no value"; nil: DefaultMissing
	Columns   []Column     // declared columns; the file must have each
	Rest      Rest         // what happens to the others
	Like      string       // the file that Columns come from, when messages are to say so
	Bare      bool         // there is no header: the columns are called field 1, field 2 and so on
	DropBad   bool         // keep bad rows out and count them, instead of failing
	Examples  int          // bad rows kept as examples per reason; 0: three
	Cores     int          // at most; 0: one
	Room      *mapped.Room // where columns find room; nil: in memory
	// Context stops the reading when it is done; nil: nothing does.
	Context context.Context
	// Progress is told how many bytes of how many are done, from any goroutine.
	Progress func(done, total int64)
}

// Rest says what happens to columns that are not declared.
type Rest string

// The choices of Rest.
const (
	Infer  Rest = "infer" // their type is found in their values; also ""
	Drop   Rest = "drop"  // they are not read
	Refuse Rest = "error" // they are an error
)

// Column is a declared column. An empty Type is inferred; Levels, when there
// are any, are the only values allowed; values outside Min and Max make a row
// bad. Marks, if there are any, are all the values that mean "no value".
type Column struct {
	table.Field
	Missing []string // further values that mean "no value"
	// Optional says that the file need not have it; then the table does not
	// have it either.
	Optional bool
	// Labels gives the names of raw values: the category has the names as
	// levels, and no other raw value is allowed.
	Labels map[string]string
}

// MarksOf gives the values of a column that mean that there is none, nil where
// they are the usual ones.
func (o Options) MarksOf(c Column) []string {
	marks := o.Missing
	if marks == nil {
		marks = DefaultMissing
	}
	if marks = append(slices.Clone(c.Missing), marks...); slices.Equal(marks, DefaultMissing) {
		return nil
	}
	return marks
}

// File is what was read.
type File struct {
	Table     *table.Table
	Delimiter byte
	Rows      int       // in the file, dropped ones included
	Blank     int       // lines without anything
	Cut       bool      // the last line has no end
	Dropped   []Dropped // bad rows by reason, most frequent first
	Notices   []Notice  // in the order of the columns
	lines     []mark
	place     func(row int) string // of what has no lines
}

// Dropped counts the rows kept out for one reason.
type Dropped struct {
	Reason   string // "carat is not a number"
	Column   string // "" when the row as a whole is bad
	Count    int
	Examples []*diag.Error // the first few, each with its place
}

// mark says that from this row of the table on, lines follow one another from
// this line on, up to the next mark.
type mark struct{ row, line int }

// Line gives the line of the file on which a row of the table begins.
func (f *File) Line(row int) int {
	low, high := 0, len(f.lines)
	for low+1 < high {
		if mid := (low + high) / 2; f.lines[mid].row <= row {
			low = mid
		} else {
			high = mid
		}
	}
	if len(f.lines) == 0 {
		return 0
	}
	return f.lines[low].line + row - f.lines[low].row
}

// Read reads the file. Gzip and zstd are recognised by its first bytes. What is wrong
// with the file is a *diag.Error with file and line. Of a large one that is not packed no
// more than the chunks that are worked at is held.
func Read(path string, o Options) (*File, error) {
	if o.Name == "" {
		o.Name = path
	}
	from := int64(inPlace)
	if o.Room != nil {
		from = inPlaceRoom
	}
	file, err := openFile(path, o.Name, from)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if packingOf(file.Data) != nil {
		data, err := unpackAll(file.Data, o.Name)
		if err != nil {
			return nil, err
		}
		return Parse(data, o)
	}
	var read *File
	err = file.Guard(func() error {
		r, err := open(file.Data, o)
		if err == nil {
			r.file = file
			read, err = r.read()
		}
		return err
	})
	if errors.Is(err, mapped.ErrChanged) {
		err = &diag.Error{File: o.Name, What: "changed while it was read", Hint: "run again once it is whole", Err: err}
	}
	return read, err
}

// Parse reads the bytes of a file that is not compressed. The table keeps
// nothing of data.
func Parse(data []byte, o Options) (*File, error) {
	r, err := open(data, o)
	if err != nil {
		return nil, err
	}
	return r.read()
}

func (r *reader) read() (*File, error) {
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	return r.readBody()
}

// open prepares to read the bytes of a file.
func open(data []byte, o Options) (*reader, error) {
	data, skipped, err := decode(data, &o)
	if err != nil {
		return nil, err
	}
	r := &reader{Options: o, data: data, origin: skipped}
	if r.Context == nil {
		r.Context = context.Background()
	}
	if r.Quote == 0 {
		r.Quote = '"'
	}
	if r.Decimal == 0 {
		r.Decimal = '.'
	}
	if r.Examples == 0 {
		r.Examples = examples
	}
	if r.Missing == nil {
		r.Missing = DefaultMissing
	}
	return r, nil
}

// reader is the state of one Parse.
type reader struct {
	Options
	data    []byte
	file    *mapped.File // that data is of; nil where it is in memory
	origin  int          // bytes of the file before data: a byte order mark
	names   []string
	body    int // offset in data behind the header
	line    int // on which the body begins
	columns []*column
}
