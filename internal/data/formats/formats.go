// Package formats reads tables from the files that others write, and writes
// them: CSV, Parquet, Arrow and JSON lines. What is inside labbook is a
// table.Table; files are converted at the door.
//
// Types are taken over: whole numbers and fractions are numbers, truth values and
// dictionaries are categories with their order, dates and times are dates, and
// texts are texts. A whole number that float64 does not hold to the last digit
// makes its column a text, which keeps all digits, with a notice; a caller that
// wants a number all the same names the column in Options.Numbers. Lists, structs
// and maps are refused by name, but only where their column is asked for.
//
// Files are not believed: before room is made for what a file says that it
// holds, it is checked that its bytes can hold it (guard.go, parquet_walk.go), and
// Options.Most bounds what may be made of them. Every error is a *diag.Error with
// the file and, where it is known, column and row group.
package formats

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/lazy"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

// Format is how a file holds a table.
type Format string

// The formats.
const (
	CSV     Format = "csv"     // also gzipped, or packed with zstd
	Parquet Format = "parquet" // https://parquet.apache.org/docs/file-format/
	Arrow   Format = "arrow"   // an Arrow IPC file, also called Feather, or a stream
	Lines   Format = "jsonl"   // a JSON object a line; also gzipped, or packed with zstd
)

// extensions are the ends of names, without that of a packing.
var extensions = map[string]Format{
	".csv": CSV, ".tsv": CSV, ".txt": CSV,
	".parquet": Parquet, ".pq": Parquet,
	".arrow": Arrow, ".feather": Arrow, ".ipc": Arrow, ".arrows": Arrow,
	".jsonl": Lines, ".ndjson": Lines,
}

// Extensions lists the ends of names that ByName knows, for messages.
func Extensions() []string {
	all := []string{}
	for ext := range extensions {
		all = append(all, ext)
	}
	slices.Sort(all)
	return all
}

// ByName gives the format that a name says by its end.
func ByName(path string) (Format, bool) {
	name := strings.ToLower(filepath.Base(path))
	for _, packing := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packing)
	}
	f, ok := extensions[filepath.Ext(name)]
	return f, ok
}

// magics are what files of a format begin with.
var magics = []struct {
	begin  string
	format Format
}{
	{"PAR1", Parquet}, {"PARE", Parquet}, {arrowMagic, Arrow}, {streamMagic, Arrow}, {oldFeather, Arrow},
}

// Of gives the format of a file: by what it begins with, else by its name, else
// CSV. One that its name says to be Parquet or Arrow, and that does not begin so,
// is still that format: whoever reads it says what is wrong with it.
func Of(path string) (Format, error) {
	begin, err := begins(path, path)
	if err != nil {
		return "", err
	}
	return of(begin, path), nil
}

func of(begin []byte, path string) Format {
	for _, m := range magics {
		if bytes.HasPrefix(begin, []byte(m.begin)) {
			return m.format
		}
	}
	if f, ok := ByName(path); ok {
		return f
	}
	return CSV
}

// begins gives the first bytes of a file.
func begins(path, name string) ([]byte, error) {
	f, err := open(path, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	begin := make([]byte, 16)
	n, err := io.ReadFull(f, begin)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, csvfile.Unreadable(name, err)
	}
	return begin[:n], nil
}

// open opens a file that is one.
func open(path, name string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &diag.Error{File: name, What: "there is no such file", Hint: "check the path", Err: err}
	}
	if err != nil {
		return nil, csvfile.Unreadable(name, err)
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case info.IsDir():
		err = &diag.Error{File: name, What: "is a folder", Wanted: "a file", Hint: "write " + strings.TrimSuffix(name, "/") + "/ for all tables in it"}
	case !info.Mode().IsRegular():
		err = &diag.Error{File: name, What: "is a device or a pipe", Wanted: "a file", Hint: "write its content to a file first"}
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Options says how to read.
type Options struct {
	Name    string   // what messages call the file; "" is the path
	Columns []string // nil: all; they come in the file's order, and one that is not there is an error
	// Numbers are columns that are wanted as numbers, even where these lose digits.
	Numbers []string
	Most    Bound           // of what is made of it
	Cores   int             // at most; 0: one
	Context context.Context // stops the reading; nil: nothing does
}

// Result is what was read.
type Result struct {
	Table   *table.Table
	Notices []csvfile.Notice // in the order of the columns; Line is the line, or the row from 1

	name  string
	lines []int             // of each row of JSON lines
	line  func(row int) int // of a row of CSV
}

// Place says where a row stands: "sales.jsonl:7", "sales.parquet row 7".
func (r *Result) Place(row int) string {
	switch {
	case r.line != nil:
		return fmt.Sprintf("%s:%d", r.name, r.line(row))
	case r.lines != nil:
		return fmt.Sprintf("%s:%d", r.name, r.lines[row])
	}
	return fmt.Sprintf("%s row %d", r.name, row+1)
}

// Line gives the line of a row of JSON lines.
func (r *Result) Line(row int) int { return r.lines[row] }

// Read reads a file of any format. Of CSV, types and forms are found in the
// values.
func Read(path string, o Options) (*Result, error) {
	if o.Name == "" {
		o.Name = path
	}
	if o.Context == nil {
		o.Context = context.Background()
	}
	begin, err := begins(path, o.Name)
	if err != nil {
		return nil, err
	}
	var r *Result
	switch format := of(begin, path); format {
	case Parquet, Arrow:
		f, err := openBytes(path, o.Name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r, err = readTyped(format, f.rawBytes, o)
		if err != nil {
			return nil, err
		}
	case Lines:
		r, err = readLines(path, o)
	default:
		r, err = readCSV(path, o)
	}
	if err != nil {
		return nil, err
	}
	r.name = o.Name
	return r, nil
}

// Binary says whether bytes begin as a format with types does.
func Binary(data []byte) bool {
	format := of(data, "")
	return format == Parquet || format == Arrow
}

// ReadBytes reads bytes that begin as Parquet or Arrow files do, or are called so; of
// others ok is false.
func ReadBytes(data []byte, o Options) (r *Result, ok bool, err error) {
	format := of(data, o.Name)
	if format != Parquet && format != Arrow {
		return nil, false, nil
	}
	if o.Context == nil {
		o.Context = context.Background()
	}
	if r, err = readTyped(format, rawBytes{bytes.NewReader(data), int64(len(data))}, o); err != nil {
		return nil, true, err
	}
	r.name = o.Name
	return r, true, nil
}

func readTyped(format Format, b rawBytes, o Options) (*Result, error) {
	if format == Parquet {
		return readParquet(b, o)
	}
	return readArrow(b, o)
}

// rawBytes is what a file of a format with types is read from.
type rawBytes struct {
	io.ReaderAt
	size int64
}

// openFile is a file that is open.
type openFile struct {
	rawBytes
	io.Closer
}

func openBytes(path, name string) (*openFile, error) {
	f, err := open(path, name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, csvfile.Unreadable(name, err)
	}
	return &openFile{rawBytes{f, info.Size()}, f}, nil
}

// unnamedIndex is what pandas calls the names of rows in Parquet and Arrow, which are
// no column of its table: whoever filtered rows has them without knowing. They are
// read only where they are asked for by name.
var unnamedIndex = lazy.Regexp(`^__index_level_\d+__$`)

// Names gives the columns of a file, from its head; also those that cannot be
// read.
func Names(path, name string) ([]string, error) {
	names, err := allNames(path, name)
	return slices.DeleteFunc(names, unnamedIndex().MatchString), err
}

func allNames(path, name string) ([]string, error) {
	begin, err := begins(path, name)
	if err != nil {
		return nil, err
	}
	switch format := of(begin, path); format {
	case Parquet, Arrow:
		f, err := openBytes(path, name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if format == Parquet {
			return namesOfParquet(f.rawBytes, name)
		}
		return namesOfArrow(f.rawBytes, name)
	case Lines:
		return namesOfLines(path, name)
	}
	return csvfile.Names(path, csvfile.Options{Name: name})
}

// Unread gives the columns of a file that cannot be columns of a table, with the
// reasons, from its head.
func Unread(path, name string) (map[string]error, error) {
	begin, err := begins(path, name)
	if err != nil {
		return nil, err
	}
	refused := map[string]error{}
	format := of(begin, path)
	if format != Parquet && format != Arrow {
		return refused, nil
	}
	f, err := openBytes(path, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if format == Arrow {
		r, err := openArrow(f.rawBytes, newBudget(f.size, &Options{Name: name}))
		if err != nil {
			return nil, err
		}
		for _, field := range r.Schema.Fields() {
			if _, err := shapeOf(field); err != nil {
				refused[field.Name] = err
			}
		}
		return refused, nil
	}
	p, err := openParquet(f.rawBytes, newBudget(f.size, &Options{Name: name}))
	if err != nil {
		return nil, err
	}
	for i := range p.fields {
		if _, err := p.fields[i].shape(); err != nil {
			refused[p.fields[i].name] = err
		}
	}
	return refused, nil
}

// readCSV reads CSV, of which nothing is declared.
func readCSV(path string, o Options) (*Result, error) {
	options := csvfile.Options{Name: o.Name, Cores: o.Cores, Context: o.Context}
	for _, column := range o.Columns {
		options.Columns = append(options.Columns, csvfile.Column{Field: table.Field{Name: column}})
		options.Rest = csvfile.Drop
	}
	f, err := csvfile.Read(path, options)
	if err != nil {
		return nil, err
	}
	return &Result{Table: f.Table, Notices: f.Notices, line: f.Line}, nil
}

// wanted gives which of the columns are asked for, and an error that names the
// first that is not there.
func (o *Options) wanted(names []string) ([]bool, error) {
	want := make([]bool, len(names))
	if o.Columns == nil {
		for i := range want {
			want[i] = !unnamedIndex().MatchString(names[i])
		}
		return want, nil
	}
	for _, column := range o.Columns {
		i := slices.Index(names, column)
		if i < 0 {
			return nil, &diag.Error{File: o.Name, What: "there is no column " + diag.Names([]string{column}), Hint: diag.DidYouMean(column, names)}
		}
		want[i] = true
	}
	return want, nil
}

// Title names a format for people.
func Title(f Format) string {
	switch f {
	case Parquet:
		return "Parquet"
	case Arrow:
		return "Arrow"
	case Lines:
		return "JSON lines"
	}
	return "CSV"
}
