package formats

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"

	"labbook/internal/base/diag"
	"labbook/internal/base/parallel"
	"labbook/internal/data/arrowipc"
)

const (
	arrowMagic  = arrowipc.FileMagic
	streamMagic = arrowipc.StreamMagic
	oldFeather  = "FEA1"
)

// openArrow reads the schema of a file or a stream.
func openArrow(b rawBytes, budget *budget) (*arrowipc.Reader, error) {
	name := budget.name
	begin := make([]byte, len(arrowMagic))
	if n, _ := b.ReadAt(begin, 0); n == 0 {
		return nil, &diag.Error{File: name, What: "is empty", Wanted: "an Arrow file", Hint: "write it again"}
	}
	if bytes.HasPrefix(begin, []byte(oldFeather)) {
		return nil, &diag.Error{File: name, What: "is a Feather file of version 1", Wanted: "version 2, which is Arrow IPC", Hint: "write it again: pandas.DataFrame.to_feather does"}
	}
	r, err := arrowipc.Open(b, b.size, budget.take)
	known := string(begin) == arrowMagic || bytes.HasPrefix(begin, []byte(streamMagic))
	if err != nil && !known { // streams of before 2019 begin with a length, which may be anything
		return nil, &diag.Error{File: name, What: "does not begin as an Arrow file or stream does", Wanted: "an Arrow file", Hint: "fetch or write it again"}
	}
	if err != nil {
		return nil, damaged(name, err)
	}
	return r, nil
}

func namesOfArrow(b rawBytes, name string) ([]string, error) {
	r, err := openArrow(b, newBudget(b.size, &Options{Name: name}))
	if err != nil {
		return nil, err
	}
	return namesIn(r.Schema), nil
}

func namesIn(s *arrow.Schema) []string {
	names := make([]string, s.NumFields())
	for i, f := range s.Fields() {
		names[i] = f.Name
	}
	return names
}

// readArrow reads the columns that are wanted, one record batch after the other.
func readArrow(b rawBytes, o Options) (*Result, error) {
	budget := newBudget(b.size, &o)
	r, err := openArrow(b, budget)
	if err != nil {
		return nil, err
	}
	shapes, places, err := arrowShapes(r, &o)
	if err != nil {
		return nil, err
	}
	return finish(shapes, o, func(shapes []*shape, which []int) ([][]*window, error) {
		again, err := arrowipc.Open(b, b.size, budget.take)
		if err != nil {
			return nil, damaged(o.Name, err)
		}
		a := arrowReader{Reader: again, shapes: shapes, o: o, budget: budget}
		for _, i := range which {
			a.places = append(a.places, places[i])
		}
		return a.read()
	})
}

// arrowShapes gives the columns that are wanted, and their places in the file.
func arrowShapes(r *arrowipc.Reader, o *Options) (shapes []*shape, places []int, err error) {
	want, err := o.wanted(namesIn(r.Schema))
	if err != nil {
		return nil, nil, err
	}
	for i, field := range r.Schema.Fields() {
		if !want[i] {
			continue
		}
		s, err := shapeOf(field)
		if err != nil {
			return nil, nil, in(o.Name, err)
		}
		shapes, places = append(shapes, s), append(places, i)
	}
	return shapes, places, nil
}

// arrowReader reads some columns of a file.
type arrowReader struct {
	*arrowipc.Reader
	shapes []*shape
	places []int // of the columns in the file
	o      Options
	budget *budget
}

// read gives of each column a window a record batch.
func (a *arrowReader) read() ([][]*window, error) {
	windows := make([][]*window, len(a.shapes))
	for number, rows := 1, 0; ; number++ {
		batch, err := a.next()
		if err == io.EOF {
			return windows, nil
		}
		if err != nil {
			return nil, err
		}
		rows += batch.Rows
		here, err := a.take(batch, number, rows)
		if err != nil {
			return nil, err
		}
		for i, w := range here {
			windows[i] = append(windows[i], w)
		}
	}
}

// next reads a record batch, of which nothing is unpacked yet; io.EOF is the end.
func (a *arrowReader) next() (*arrowipc.Batch, error) {
	if err := a.o.Context.Err(); err != nil {
		return nil, err
	}
	batch, err := a.Next(func(column int) bool { return slices.Contains(a.places, column) })
	if err != nil && err != io.EOF {
		err = damaged(a.o.Name, err)
	}
	return batch, err
}

// take gives a window of each column of a record batch; with it so many rows are
// held.
func (a *arrowReader) take(batch *arrowipc.Batch, number, rows int) ([]*window, error) {
	const perBatch = 16 // what a batch takes of each column beside its rows, in values
	if err := a.budget.table(rows, len(a.shapes)); err != nil {
		return nil, err
	}
	if err := a.budget.take(perBatch * perValue * len(a.shapes)); err != nil {
		return nil, err
	}
	faults := make([]error, len(a.shapes))
	here := make([]*window, len(a.shapes))
	parallel.Each(a.o.Cores, len(a.shapes), func(i int) { here[i], faults[i] = a.column(batch, i) })
	for i, err := range faults {
		if err != nil {
			return nil, inColumn(a.o.Name, a.shapes[i].Name, fmt.Sprintf("record batch %d", number), err)
		}
	}
	return here, nil
}

// inColumn says in which column, and which part of the file, something is wrong.
func inColumn(name, column, part string, err error) error {
	var e *diag.Error
	if !errors.As(err, &e) {
		e = &diag.Error{What: "is damaged: " + err.Error(), Hint: "fetch or write it again", Err: err}
	}
	named := *e
	named.File, named.What = name, fmt.Sprintf("column %s, %s: %s", diag.Names([]string{column}), part, e.What)
	return &named
}

// column reads a column of a batch.
func (a *arrowReader) column(b *arrowipc.Batch, i int) (w *window, err error) {
	defer func() {
		// The library checks what it reads by the rules of slices.
		if fault := recover(); fault != nil {
			w, err = nil, fmt.Errorf("%v", fault)
		}
	}()
	values, err := b.Column(a.places[i])
	if err != nil {
		return nil, err
	}
	w = newWindow(a.shapes[i], b.Rows)
	if a.shapes[i].as == level {
		parts := a.Levels(a.places[i])
		for _, part := range parts { // each batch has them by itself
			if err := a.budget.take(perValue * part.Len()); err != nil {
				return nil, err
			}
		}
		return w, w.takeLevels(values, parts)
	}
	return w, w.take(values)
}

// takeLevels takes numbers of levels.
func (w *window) takeLevels(indices arrow.Array, parts []arrow.Array) error {
	var becomes []int32 // a level that is null is no value
	for _, part := range parts {
		levels, ok := part.(texts)
		if !ok {
			return fmt.Errorf("its levels are of the type %s", part.DataType())
		}
		for i := range part.Len() {
			if part.IsNull(i) {
				becomes = append(becomes, -1)
				continue
			}
			text := levels.Value(i)
			if checkText(text) != nil {
				return errNotText
			}
			becomes = append(becomes, w.code(text))
		}
	}
	at, ok := indexOf(indices)
	if !ok {
		return fmt.Errorf("its level numbers are of the type %s", indices.DataType())
	}
	for row := range w.codes {
		if indices.IsNull(row) {
			w.codes[row] = -1
			continue
		}
		i := at(row)
		if i < 0 || i >= int64(len(becomes)) {
			return fmt.Errorf("row %d has the level number %d of %d", row+1, i, len(becomes))
		}
		w.codes[row] = becomes[i]
	}
	return nil
}

// texts are arrays of texts, or of bytes that may be texts.
type texts interface {
	arrow.Array
	Value(int) string
}

// asTexts reads arrays of bytes as texts.
type asTexts[A interface{ Value(int) []byte }] struct {
	arrow.Array
	bytes A
}

func (a asTexts[A]) Value(i int) string { return string(a.bytes.Value(i)) }

// indexOf gives the function that reads a level number.
func indexOf(a arrow.Array) (func(row int) int64, bool) {
	switch v := a.(type) {
	case *array.Int8:
		return func(i int) int64 { return int64(v.Value(i)) }, true
	case *array.Int16:
		return func(i int) int64 { return int64(v.Value(i)) }, true
	case *array.Int32:
		return func(i int) int64 { return int64(v.Value(i)) }, true
	case *array.Int64:
		return func(i int) int64 { return v.Value(i) }, true
	case *array.Uint8:
		return func(i int) int64 { return int64(v.Value(i)) }, true
	case *array.Uint16:
		return func(i int) int64 { return int64(v.Value(i)) }, true
	case *array.Uint32:
		return func(i int) int64 { return int64(v.Value(i)) }, true
	case *array.Uint64:
		return func(i int) int64 { return int64(min(v.Value(i), math.MaxInt64)) }, true
	}
	return nil, false
}

// take takes values of the type that the shape was made of.
func (w *window) take(a arrow.Array) error {
	switch v := a.(type) {
	case *array.Null:
	case *array.Boolean:
		for i := range w.codes {
			w.codes[i] = 0
			if v.Value(i) {
				w.codes[i] = 1
			}
		}
	case *array.Float64:
		copy(w.num, v.Values())
	case *array.Float32:
		for i, x := range v.Values() {
			w.num[i] = float64(x)
		}
	case *array.Float16:
		for i, x := range v.Values() {
			w.num[i] = float64(x.Float32())
		}
	case texts:
		return w.takeTexts(v)
	case *array.Binary:
		return w.takeTexts(asTexts[*array.Binary]{v, v})
	case *array.LargeBinary:
		return w.takeTexts(asTexts[*array.LargeBinary]{v, v})
	case *array.BinaryView:
		return w.takeTexts(asTexts[*array.BinaryView]{v, v})
	case *array.FixedSizeBinary:
		for i := range w.texts {
			w.texts[i] = uuidText(v.Value(i))
		}
	default:
		if !w.takeWhole(a) {
			return fmt.Errorf("values of the type %s are not known here", a.DataType())
		}
		return nil
	}
	for i := range a.Len() {
		if a.NullN() > 0 && a.IsNull(i) {
			w.miss(i)
		}
	}
	return nil
}

func (w *window) takeTexts(a texts) error {
	for i := range w.texts {
		if a.IsNull(i) {
			continue
		}
		text := a.Value(i)
		if err := checkText(text); err != nil {
			return err
		}
		w.texts[i] = text // part of the batch's bytes, which are its own
	}
	return nil
}

// takeWhole takes whole numbers, decimals and moments, of which nulls are told
// first: the number beneath one means nothing, and is not to be noted as lost.
func (w *window) takeWhole(a arrow.Array) bool {
	switch v := a.(type) {
	case *array.Int8:
		setAll(w, a, v.Values())
	case *array.Int16:
		setAll(w, a, v.Values())
	case *array.Int32:
		setAll(w, a, v.Values())
	case *array.Int64:
		setAll(w, a, v.Values())
	case *array.Uint8:
		setAll(w, a, v.Values())
	case *array.Uint16:
		setAll(w, a, v.Values())
	case *array.Uint32:
		setAll(w, a, v.Values())
	case *array.Date32:
		setAll(w, a, v.Date32Values())
	case *array.Date64:
		setAll(w, a, v.Date64Values())
	case *array.Timestamp:
		setAll(w, a, v.TimestampValues())
	case *array.Time32:
		setAll(w, a, v.Time32Values())
	case *array.Time64:
		setAll(w, a, v.Time64Values())
	case *array.Duration:
		setAll(w, a, v.DurationValues())
	case *array.Uint64:
		each(w, a, func(i int) { w.setUnsigned(i, v.Value(i)) })
	case *array.Decimal32:
		each(w, a, func(i int) { w.setWhole(i, int64(v.Value(i))) })
	case *array.Decimal64:
		each(w, a, func(i int) { w.setWhole(i, int64(v.Value(i))) })
	case *array.Decimal128:
		each(w, a, func(i int) { w.setBig(i, bigOf(v.Value(i))) })
	case *array.Decimal256:
		each(w, a, func(i int) { w.setBig(i, bigOf(v.Value(i))) })
	default:
		return false
	}
	return true
}

func bigOf[T decimal128.Num | decimal256.Num](v T) *big.Int {
	return any(v).(interface{ BigInt() *big.Int }).BigInt()
}

func setAll[T ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32](w *window, a arrow.Array, values []T) {
	if a.NullN() == 0 {
		for i, v := range values {
			w.setWhole(i, int64(v))
		}
		return
	}
	each(w, a, func(i int) { w.setWhole(i, int64(values[i])) })
}

// each calls f for the rows that have a value.
func each(w *window, a arrow.Array, f func(row int)) {
	for i := range a.Len() {
		if a.IsNull(i) {
			w.miss(i)
		} else {
			f(i)
		}
	}
}
