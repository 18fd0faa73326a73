package formats

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"labbook/internal/data/arrowipc"
	"labbook/internal/data/table"
)

// Files that are larger than memory are read and written in parts: a row group of
// Parquet, a record batch of Arrow. How large those are is decided by whoever wrote
// the file; Options.Most bounds what is made of one of them.

// Parts reads a file of a format with types, a part after the other.
type Parts struct {
	next func() (*Result, error)
	file *openFile
	name string
	done int
	at   func() float64
}

// OpenParts opens a Parquet or Arrow file. Levels and types may differ from part to
// part: a column of whole numbers is texts in a part where float64 does not hold one
// of them.
func OpenParts(path string, o Options) (*Parts, error) {
	if o.Context == nil {
		o.Context = context.Background()
	}
	begin, err := begins(path, o.Name)
	if err != nil {
		return nil, err
	}
	file, err := openBytes(path, o.Name)
	if err != nil {
		return nil, err
	}
	p := &Parts{file: file, name: o.Name}
	if of(begin, path) == Parquet {
		err = p.openParquet(o)
	} else {
		err = p.openArrow(o)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return p, nil
}

func (p *Parts) openParquet(o Options) error {
	file, err := openParquet(p.file.rawBytes, newBudget(p.file.size, &Options{Name: o.Name}))
	if err != nil {
		return err
	}
	p.next = func() (*Result, error) {
		if p.done == len(file.RowGroups()) {
			return nil, io.EOF
		}
		file.budget = newBudget(p.file.size, &o)
		return file.table([]int{p.done}, o)
	}
	p.at = func() float64 { return float64(p.done) / float64(max(1, len(file.RowGroups()))) }
	return nil
}

func (p *Parts) openArrow(o Options) error {
	// Levels stay from batch to batch: beside the bytes of the file itself all of them
	// may take as much as one part.
	lasting := newBudget(p.file.size, &o)
	lasting.most += p.file.size
	budget := lasting
	room := func(n int) error { return budget.take(n) }
	if _, err := openArrow(p.file.rawBytes, lasting); err != nil { // which says what is wrong with its beginning
		return err
	}
	r, err := arrowipc.Open(p.file, p.file.size, room)
	if err != nil {
		return damaged(o.Name, err)
	}
	p.at = r.Done
	p.next = func() (*Result, error) {
		shapes, places, err := arrowShapes(r, &o)
		if err != nil {
			return nil, err
		}
		budget = lasting
		a := arrowReader{Reader: r, shapes: shapes, places: places, o: o}
		batch, err := a.next()
		if err != nil {
			return nil, err
		}
		budget = newBudget(p.file.size, &o)
		a.budget = budget
		return finish(shapes, o, func(shapes []*shape, which []int) ([][]*window, error) {
			again := a
			again.shapes, again.places = shapes, nil
			for _, i := range which {
				again.places = append(again.places, places[i])
			}
			here, err := again.take(batch, p.done+1, batch.Rows)
			windows := make([][]*window, len(here))
			for i, w := range here {
				windows[i] = []*window{w}
			}
			return windows, err
		})
	}
	return nil
}

// Next reads the next part; io.EOF is the end.
func (p *Parts) Next() (*Result, error) {
	r, err := p.next()
	if err != nil {
		return nil, err
	}
	p.done++
	r.name = p.name
	return r, nil
}

// Done gives the share of the file that was read.
func (p *Parts) Done() float64 { return p.at() }

// Close closes the file.
func (p *Parts) Close() error { return p.file.Close() }

// Writer writes a table that comes in parts.
type Writer interface {
	// Write writes the rows of a part.
	Write(part *table.Table) error
	// Close writes what stands at the end.
	Close() error
}

// NewWriter makes what writes tables that have the fields of like, numbers and texts,
// as one file of a format. A number that is declared whole (table.Field.Integer) has to
// be so in every part.
func NewWriter(w io.Writer, f Format, like *table.Table) (Writer, error) {
	like = like.Slice(0, 0)
	for _, c := range like.Columns {
		if c.Type != table.Number && c.Type != table.Text {
			return nil, fmt.Errorf("formats: parts have numbers and texts, and %q is a %s", c.Name, c.Type)
		}
	}
	switch f {
	case Arrow:
		return table.NewFile(w, like)
	case Parquet:
		schema, err := like.Schema()
		if err != nil {
			return nil, err
		}
		p, err := newParquetWriter(w, schema)
		return &parquetParts{p, like}, err
	case Lines:
		schema, err := like.Schema()
		return &linesParts{bufio.NewWriterSize(w, 1<<18), schema}, err
	}
	return nil, fmt.Errorf("formats: parts are not written as %q", f)
}

type parquetParts struct {
	*parquetWriter
	like *table.Table
}

func (p *parquetParts) Write(part *table.Table) error { return p.rows(part) }
func (p *parquetParts) Close() error                  { return p.end(p.like) }

type linesParts struct {
	out    *bufio.Writer
	schema *arrow.Schema
}

func (l *linesParts) Write(part *table.Table) error { return writeLines(l.out, part, l.schema) }
func (l *linesParts) Close() error                  { return l.out.Flush() }
