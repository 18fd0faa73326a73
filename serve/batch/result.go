package batch

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/data/csvfile"
	"labbook/internal/data/formats"
	"labbook/internal/data/table"
)

// A result is kept as CSV, as it would be answered at once, and made into other forms
// when they are asked for. Its columns are numbers where every value is one, or missing;
// what looks like a number and would lose a digit or a zero as one, as 007, makes a
// column of texts.

// ResultWriter writes a result, and sees what its columns hold.
type ResultWriter struct {
	meter
	file    *os.File
	out     *bufio.Writer
	csv     *csv.Writer
	comma   rune
	sum     hash.Hash
	columns []Column
	filled  []bool
}

// NewResult begins the result of a batch. Fields are parted by comma.
func (s *Store) NewResult(b *Batch, header []string, comma rune) (*ResultWriter, error) {
	f, err := os.OpenFile(s.Path(b.ID, FileResult), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	w := &ResultWriter{meter: meter{store: s}, file: f, comma: comma, sum: sha256.New(), filled: make([]bool, len(header))}
	w.out = bufio.NewWriterSize(sink{w}, 1<<18)
	w.csv = csv.NewWriter(w.out)
	w.csv.Comma = comma
	for _, name := range header {
		w.columns = append(w.columns, Column{Name: name, Type: "whole"})
	}
	return w, w.csv.Write(header)
}

// Record writes a row.
func (w *ResultWriter) Record(record []string) error {
	if len(record) != len(w.columns) {
		return fmt.Errorf("a row of %d fields, not %d", len(record), len(w.columns))
	}
	for i, value := range record {
		c := &w.columns[i]
		if c.Type == "text" || isMissing(value) {
			continue
		}
		w.filled[i] = true
		switch whole, ok := isNumber(value); {
		case !ok:
			c.Type = "text"
		case !whole:
			c.Type = "number"
		}
	}
	return w.csv.Write(record)
}

// isMissing says whether a value of a column of numbers stands for none.
func isMissing(value string) bool {
	return value == "" || (value[0] > '9' || value[0] == '#' || value[0] == '<') && slices.Contains(csvfile.DefaultMissing, value)
}

// exactDigits is how many decimal digits float64 keeps, of any number.
const exactDigits = 15

// isNumber says whether a text is a number that float64 holds to the last digit, and
// whether it is a whole one: as JSON has it, so neither 007 nor +1 is.
func isNumber(s string) (whole, ok bool) {
	i, digits := 0, 0
	if i < len(s) && s[i] == '-' {
		i++
	}
	begin := i
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		digits++
	}
	if i == begin || s[begin] == '0' && i > begin+1 {
		return false, false
	}
	if i == len(s) {
		return s != "-0", digits <= exactDigits
	}
	if s[i] == '.' {
		at := i + 1
		for i++; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
			digits++
		}
		if i == at {
			return false, false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		_, err := strconv.ParseFloat(s, 64)
		return false, err == nil && !strings.ContainsAny(s, "_xX")
	}
	// What was predicted has 17 digits, and is what they are read as.
	v, err := strconv.ParseFloat(s, 64)
	return false, i == len(s) && err == nil && (digits <= exactDigits || strconv.FormatFloat(v, 'f', -1, 64) == s)
}

// sink takes the bytes of a result.
type sink struct{ *ResultWriter }

// Write implements io.Writer.
func (w sink) Write(p []byte) (int, error) {
	w.sum.Write(p)
	n, err := w.file.Write(p)
	return n, errors.Join(err, w.wrote(n))
}

// Close makes the result durable, and says what it is.
func (w *ResultWriter) Close() (*Result, error) {
	w.csv.Flush()
	if err := errors.Join(w.csv.Error(), w.out.Flush(), w.file.Sync(), w.file.Close()); err != nil {
		return nil, err
	}
	for i := range w.columns {
		if !w.filled[i] {
			w.columns[i].Type = "text"
		}
	}
	return &Result{Size: w.size, Digest: hex.EncodeToString(w.sum.Sum(nil)), Columns: w.columns, Delimiter: string(w.comma), Forms: []ResultForm{}}, nil
}

// Drop lets go of a result that is not to be.
func (w *ResultWriter) Drop() {
	w.file.Close()
	os.Remove(w.file.Name())
}

// Forms are those in which a result can be had, CSV first.
var Forms = []formats.Format{formats.CSV, formats.Parquet, formats.Lines, formats.Arrow}

// Open opens the result of a batch in a form, which is made where it is not there yet.
func (s *Store) Open(b *Batch, form formats.Format) (*os.File, error) {
	if err := s.here(b); err != nil {
		return nil, err
	}
	path := s.resultPath(b, string(form))
	f, err := os.Open(path)
	if err == nil || form == formats.CSV {
		return f, err
	}
	if _, err := s.Room(b.Result.Size); err != nil {
		return nil, err
	}
	made, err := os.CreateTemp(filepath.Dir(path), "form-")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.convert(made, b, form), made.Sync(), made.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(made.Name()))
	}
	if err := os.Rename(made.Name(), path); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// partRows is how many rows of a result are held at a time.
const partRows = 1 << 17

// convert writes a result in another form.
func (s *Store) convert(w io.Writer, b *Batch, form formats.Format) error {
	f, err := os.Open(s.resultPath(b, "csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	in := csv.NewReader(bufio.NewReaderSize(f, 1<<18))
	in.Comma = []rune(b.Result.Delimiter)[0]
	in.ReuseRecord = true
	if _, err := in.Read(); err != nil {
		return err
	}
	part := newPart(b.Result.Columns)
	out, err := formats.NewWriter(w, form, part.table())
	if err != nil {
		return err
	}
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = part.add(record)
		}
		if err == nil && part.full() {
			err = out.Write(part.table())
			part = newPart(b.Result.Columns)
		}
		if err != nil {
			return err
		}
	}
	return errors.Join(out.Write(part.table()), out.Close())
}

// part is a number of rows.
type part struct {
	columns []*table.Column
	rows    int
	bytes   int
}

func newPart(columns []Column) *part {
	p := &part{columns: make([]*table.Column, len(columns))}
	for i, c := range columns {
		p.columns[i] = &table.Column{Field: table.Field{Name: c.Name, Type: table.Number, Integer: c.Type == "whole"}}
		if c.Type == "text" {
			p.columns[i].Field = table.Field{Name: c.Name, Type: table.Text}
		}
	}
	return p
}

func (p *part) table() *table.Table { return table.New(p.columns...) }

// full says whether there are rows enough, or so many bytes of text.
func (p *part) full() bool { return p.rows == partRows || p.bytes > 64<<20 }

func (p *part) add(record []string) error {
	p.rows++
	for i, value := range record {
		c := p.columns[i]
		if c.Type == table.Text {
			c.Texts = append(c.Texts, strings.Clone(value))
			p.bytes += len(value)
			continue
		}
		v := math.NaN()
		if !isMissing(value) {
			var err error
			if v, err = strconv.ParseFloat(value, 64); err != nil {
				return err
			}
		}
		c.Num = append(c.Num, v)
	}
	return nil
}
