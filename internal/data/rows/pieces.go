package rows

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"

	"labbook/internal/base/diag"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/formats"
	"labbook/internal/data/table"
)

// Pieces reads a file of rows that may be larger than memory, a piece after the
// other: CSV, JSON lines, Parquet or Arrow, the first two also packed by gzip or zstd.
// Each piece is read as Read does a whole file; of JSON and of what has types as the CSV
// that stands for it. Lines are those of the file, of Parquet and Arrow those of that
// CSV.
//
// What only a whole file tells is decided by what came first: the delimiter, and
// the columns. A text that changes its encoding or its decimal point on the way is
// refused.
type Pieces struct {
	name    string
	file    *os.File
	in      *counting
	size    int   // of a piece, about, in bytes of text
	most    int64 // bytes that the text may be unpacked to
	text    *bufio.Reader
	typed   *formats.Parts
	rest    *formats.Result // of typed, from row on
	row     int
	header  []byte   // of CSV
	begun   bool     // behind it
	names   []string // of JSON lines
	lines   int      // that were read
	buffer  []byte
	form    form
	high    bool // letters beyond ASCII were met, as UTF-8
	decimal bool // numbers with a decimal point were met
	Format  formats.Format
}

const (
	mostRow  = 16 << 20 // bytes of a row, as csvfile has it of a value
	mostPart = 512 << 20
)

// counting counts what is read.
type counting struct {
	io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}

// OpenPieces opens a file, which errors call name, for pieces of about size bytes of
// text. A text may be unpacked to at most so many bytes.
func OpenPieces(path, name string, size int, most int64) (*Pieces, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, csvfile.Unreadable(name, err)
	}
	p := &Pieces{name: name, file: file, size: size, most: most}
	if err := p.open(path); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Pieces) open(path string) error {
	begin := make([]byte, 16)
	n, err := p.file.ReadAt(begin, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return csvfile.Unreadable(p.name, err)
	}
	if formats.Binary(begin[:n]) {
		p.Format = formats.Parquet
		if !bytes.HasPrefix(begin, []byte("PAR")) {
			p.Format = formats.Arrow
		}
		p.typed, err = formats.OpenParts(path, formats.Options{Name: p.name, Most: formats.Bound{Bytes: mostPart}})
		return err
	}
	if err := p.rewind(); err != nil {
		return err
	}
	first, _ := p.text.Peek(4096)
	p.Format = formats.CSV
	switch first = trimmed(first); {
	case bytes.HasPrefix(first, []byte("{")):
		p.Format = formats.Lines
		return p.findNames()
	case bytes.HasPrefix(first, []byte("[")):
		return &diag.Error{File: p.name, Line: 1, What: "is a JSON list", Wanted: "CSV, Parquet, Arrow or a JSON object a line", Hint: "jq -c '.[]' makes lines of a list"}
	}
	header, err := p.untilRowEnd(nil, 0)
	p.header, p.lines = bytes.Clone(header), bytes.Count(header, []byte("\n"))
	return err
}

// rewind begins to read a text from its first byte on.
func (p *Pieces) rewind() error {
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return csvfile.Unreadable(p.name, err)
	}
	p.in = &counting{Reader: p.file}
	unpacked, err := csvfile.Unpacked(p.in, p.name)
	if err != nil {
		return err
	}
	p.text = bufio.NewReaderSize(unpacked, 1<<16)
	if begin, _ := p.text.Peek(2); string(begin) == "\xff\xfe" || string(begin) == "\xfe\xff" {
		p.text = bufio.NewReaderSize(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(p.text), 1<<16)
	}
	p.text = bufio.NewReaderSize(&bounded{p.text, p.most, p.name, p.most}, 1<<16)
	return nil
}

// bounded reads at most so much.
type bounded struct {
	io.Reader
	left int64
	name string
	most int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &diag.Error{File: b.name, What: fmt.Sprintf("unpacks to more than %d bytes", b.most), Hint: "split it", Err: csvfile.ErrBound}
	}
	return n, err
}

// Done gives the share of the file that was read.
func (p *Pieces) Done() float64 {
	if p.typed != nil {
		return p.typed.Done()
	}
	info, err := p.file.Stat()
	if err != nil || info.Size() == 0 {
		return 0
	}
	return float64(p.in.n) / float64(info.Size())
}

// Wrong counts the rows that could not be read so far.
func (p *Pieces) Wrong() int { return p.form.wrong }

// Close closes the file.
func (p *Pieces) Close() error {
	if p.typed != nil {
		p.typed.Close()
	}
	return p.file.Close()
}

// Next reads the next piece as rows with these fields, as Read does; io.EOF is the
// end. After an error that is OfRows the next piece can be read.
func (p *Pieces) Next(fields []table.Field, ignored ...string) (*Rows, error) {
	switch {
	case p.typed != nil:
		return p.nextTyped(fields, ignored)
	case p.Format == formats.Lines:
		return p.nextLines(fields, ignored)
	}
	return p.nextCSV(fields, ignored)
}

// OfRows says whether an error of Next is of rows alone, so that the next piece can
// be read.
func (p *Pieces) OfRows(err error) bool {
	var list diag.List
	list.Add(err)
	top := bytes.Count(p.header, []byte("\n"))
	return !slices.ContainsFunc(list, func(e *diag.Error) bool { return e.Line <= top })
}

func (p *Pieces) nextCSV(fields []table.Field, ignored []string) (*Rows, error) {
	before := p.lines
	body, err := p.piece(p.header)
	if errors.Is(err, io.EOF) && !p.begun { // which may be no CSV at all
		if _, err = p.read(p.header, fields, ignored); err == nil {
			err = noRows(p.name)
		}
	}
	p.begun = true
	if err != nil {
		return nil, err
	}
	top := bytes.Count(p.header, []byte("\n"))
	p.form.line = func(line int) int {
		if line <= top {
			return line
		}
		return line - top + before
	}
	return p.read(body, fields, ignored)
}

// piece reads a stretch of whole rows behind what stands in head; io.EOF where
// nothing follows but blanks.
func (p *Pieces) piece(head []byte) ([]byte, error) {
	text, err := p.untilRowEnd(head, p.size)
	if err != nil {
		return nil, err
	}
	body := text[len(head):]
	p.lines += bytes.Count(body, []byte("\n"))
	if len(bytes.TrimSpace(body)) > 0 {
		return text, nil
	}
	if _, err := p.text.Peek(1); err != nil {
		return nil, io.EOF
	}
	return p.piece(head)
}

// untilRowEnd appends to what stands in head at least so many bytes, up to a line
// end behind an even number of quotes, as csvfile cuts, or the end.
func (p *Pieces) untilRowEnd(head []byte, least int) ([]byte, error) {
	text := append(p.buffer[:0], head...)
	defer func() { p.buffer = text[:0] }()
	quotes := 0
	for {
		line, err := p.text.ReadSlice('\n')
		text = append(text, line...)
		quotes += bytes.Count(line, []byte{'"'})
		if len(text)-len(head) > least+mostRow {
			return nil, &diag.Error{File: p.name, Line: p.lines + 1, What: fmt.Sprintf("a row is longer than %d MB", mostRow>>20), Hint: "is a quote not closed?"}
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return text, nil
		case err != nil:
			return nil, err
		case quotes&1 == 0 && len(text)-len(head) >= least || p.Format == formats.Lines && len(text) >= least:
			return text, nil
		}
	}
}

// read reads the text of a piece, and holds it to what came before.
func (p *Pieces) read(text []byte, fields []table.Field, ignored []string) (*Rows, error) {
	was := p.form
	r, _, err := readWhole(text, p.name, fields, ignored, csvfile.Drop, &p.form)
	if err != nil {
		return nil, err
	}
	if r.Table.Rows() == 0 {
		return nil, noRows(p.name)
	}
	at := &diag.Error{File: p.name, Line: r.csv.line(0), Hint: "write it in one form"}
	high := slices.ContainsFunc(text, func(b byte) bool { return b >= utf8.RuneSelf })
	switch {
	case high && p.form.encoding == "utf-8":
		p.high = true
	case p.form.encoding != "utf-8" && p.high:
		at.What = "what follows is not UTF-8, and what stands before is"
		return nil, at
	}
	if p.form.decimal == ',' && was.decimal != ',' && p.decimal {
		at.What = "numbers have a decimal comma from here on, and a point before"
		return nil, at
	}
	p.decimal = p.decimal || p.form.decimal != ',' && slices.ContainsFunc(r.Table.Columns, hasFractions)
	return r, nil
}

func hasFractions(c *table.Column) bool {
	return c.Type == table.Number && slices.ContainsFunc(c.Num, func(v float64) bool { return v == v && v != float64(int64(v)) })
}

func (p *Pieces) nextTyped(fields []table.Field, ignored []string) (*Rows, error) {
	for p.rest == nil || p.row == p.rest.Table.Rows() {
		next, err := p.typed.Next()
		if err != nil {
			return nil, err
		}
		p.rest, p.row = next, 0
	}
	part := p.rest.Table.Slice(p.row, p.row+min(p.rowsOf(p.rest.Table), p.rest.Table.Rows()-p.row))
	before := p.lines
	p.form.line = func(line int) int { return line + before }
	p.row += part.Rows()
	p.lines += part.Rows()
	return p.readTable(part, fields, ignored)
}

// rowsOf gives how many rows of a table are about a piece.
func (p *Pieces) rowsOf(t *table.Table) int {
	bytes := 16 * len(t.Columns) * t.Rows()
	for _, c := range t.Columns {
		for _, text := range c.Texts {
			bytes += len(text)
		}
	}
	return max(1, int(int64(p.size)*int64(t.Rows())/int64(max(bytes, 1))))
}

func (p *Pieces) readTable(t *table.Table, fields []table.Field, ignored []string) (*Rows, error) {
	w, err := written(t, p.name, fields, 0)
	if err != nil {
		return nil, err
	}
	p.form.delimiter, p.form.decimal = ',', '.'
	r, _, err := readWhole(w.text, p.name, w.fields, ignored, csvfile.Drop, &p.form)
	return r, err
}

// findNames reads a file of JSON lines once, for its columns are the names of all
// its objects.
func (p *Pieces) findNames() error {
	for {
		r, before, err := p.objects()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return linesFrom(err, before)
		}
		for _, name := range r.Table.Names() {
			if !slices.Contains(p.names, name) {
				p.names = append(p.names, name)
			}
		}
		if len(p.names) > mostNames {
			return &diag.Error{File: p.name, What: fmt.Sprintf("has more than %d names", mostNames), Hint: "names that differ from line to line are values: make a column of them"}
		}
	}
	p.lines = 0
	return p.rewind()
}

// mostNames is how many columns there may be, as csvfile has it.
const mostNames = 16384

// objects reads the next objects; before counts the lines before them.
func (p *Pieces) objects() (r *formats.Result, before int, err error) {
	before = p.lines
	text, err := p.piece(nil)
	if err != nil {
		return nil, before, err
	}
	r, err = formats.ReadLines(text, formats.Options{Name: p.name})
	return r, before, err
}

// linesFrom says errors of lines with those of the whole.
func linesFrom(err error, before int) error {
	return (&form{line: func(line int) int { return line + before }}).within(err)
}

func (p *Pieces) nextLines(fields []table.Field, ignored []string) (*Rows, error) {
	r, before, err := p.objects()
	if err != nil {
		return nil, linesFrom(err, before)
	}
	columns := make([]*table.Column, len(p.names))
	for i, name := range p.names {
		if columns[i] = r.Table.Column(name); columns[i] == nil {
			columns[i] = table.Blank(table.Field{Name: name, Type: table.Text}, r.Table.Rows())
		}
	}
	p.form.line = func(line int) int { return r.Line(max(line-2, 0)) + before }
	return p.readTable(table.New(columns...), fields, ignored)
}

// Delimiter gives what stands between the fields of an answer in CSV.
func (r *Rows) Delimiter() rune { return r.csv.delimiter }

// Header gives the names of the columns of an answer in CSV, and Each its rows: what
// came, and what the answer adds.
func (r *Rows) Header(a *Answers) []string { return r.csv.record(0, a.titles()) }

// Each calls visit with each row of an answer in CSV.
func (r *Rows) Each(a *Answers, visit func(record []string) error) error {
	for i := range r.csv.records[1:] {
		if err := visit(r.csv.record(i+1, a.texts(i))); err != nil {
			return err
		}
	}
	return nil
}
