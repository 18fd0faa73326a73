package formats

import (
	"errors"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"

	"labbook/internal/base/diag"
	"labbook/internal/base/parallel"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

// parquetFile is one whose description was read.
type parquetFile struct {
	*parquet.File
	raw    rawBytes
	name   string
	budget *budget
	fields []parquetField // in the file's order
}

// openParquet reads the description of a file, which it checks.
func openParquet(b rawBytes, budget *budget) (p *parquetFile, err error) {
	name := budget.name
	defer func() {
		if fault := recover(); fault != nil {
			p, err = nil, damaged(name, fmt.Errorf("its description: %v", fault))
		}
	}()
	description, err := checkEnds(b, name)
	if err != nil {
		return nil, err
	}
	if err := checkDescription(description, budget); err != nil {
		return nil, damaged(name, err)
	}
	file, err := parquet.OpenFile(b, b.size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, damaged(name, err)
	}
	return &parquetFile{File: file, raw: b, name: name, budget: budget, fields: fieldsOf(file)}, nil
}

// damaged says that a file is not what it should be.
func damaged(name string, err error) error {
	var e *diag.Error
	if errors.As(err, &e) {
		return in(name, e)
	}
	return &diag.Error{File: name, What: "is damaged: " + err.Error(), Hint: "fetch or write it again", Err: err}
}

func namesOfParquet(b rawBytes, name string) ([]string, error) {
	p, err := openParquet(b, newBudget(b.size, &Options{Name: name}))
	if err != nil {
		return nil, err
	}
	return p.names(), nil
}

func (p *parquetFile) names() []string {
	names := make([]string, len(p.fields))
	for i, f := range p.fields {
		names[i] = f.name
	}
	return names
}

// readParquet reads the columns that are wanted, row groups and columns side by
// side. Of the bytes of the others none is read.
func readParquet(b rawBytes, o Options) (*Result, error) {
	p, err := openParquet(b, newBudget(b.size, &o))
	if err != nil {
		return nil, err
	}
	groups := make([]int, len(p.RowGroups()))
	for g := range groups {
		groups[g] = g
	}
	return p.table(groups, o)
}

// table reads row groups as one table.
func (p *parquetFile) table(groups []int, o Options) (*Result, error) {
	want, err := o.wanted(p.names())
	if err != nil {
		return nil, err
	}
	shapes := make([]*shape, 0, len(want))
	var fields []*parquetField
	for i := range p.fields {
		f := &p.fields[i]
		if !want[i] {
			continue
		}
		s, err := f.shape()
		if err != nil {
			return nil, in(o.Name, err)
		}
		shapes, fields = append(shapes, s), append(fields, f)
	}
	if err := p.checkRows(fields, groups); err != nil {
		return nil, err
	}
	return finish(shapes, o, func(shapes []*shape, which []int) ([][]*window, error) {
		chosen := make([]*parquetField, len(which))
		for i, j := range which {
			chosen[i] = fields[j]
		}
		return p.read(shapes, chosen, groups, o)
	})
}

// finish makes the table of what read gives: of each column its windows. A column
// of whole numbers that lost digits is read again, as texts, unless it is wanted
// as numbers.
func finish(shapes []*shape, o Options, read func(shapes []*shape, which []int) ([][]*window, error)) (*Result, error) {
	which := make([]int, len(shapes))
	for i := range which {
		which[i] = i
	}
	seen := map[string]bool{}
	for _, s := range shapes {
		if seen[s.Name] {
			return nil, &diag.Error{File: o.Name, What: "two columns are named " + diag.Names([]string{s.Name}), Hint: "rename one of them, or leave one out"}
		}
		seen[s.Name] = true
	}
	windows, err := read(shapes, which)
	if err != nil {
		return nil, err
	}
	var again []int
	var longer []*shape
	for i, s := range shapes {
		if s.as == whole && s.Type == table.Number && lostFirst(windows[i]).count > 0 && !slices.Contains(o.Numbers, s.Name) {
			text := *s
			text.as, text.Type, text.Layout, text.Integer, text.long = digits, table.Text, "", false, lostFirst(windows[i])
			again, longer = append(again, i), append(longer, &text)
		}
	}
	if len(again) > 0 {
		for _, i := range again {
			windows[i] = nil
		}
		texts, err := read(longer, again)
		if err != nil {
			return nil, err
		}
		for k, i := range again {
			shapes[i], windows[i] = longer[k], texts[k]
		}
	}
	return tableOf(shapes, windows, o), nil
}

func tableOf(shapes []*shape, windows [][]*window, o Options) *Result {
	columns := make([]*table.Column, len(shapes))
	notices := make([]*csvfile.Notice, len(shapes))
	parallel.Each(o.Cores, len(shapes), func(i int) {
		if len(windows[i]) == 0 {
			windows[i] = []*window{newWindow(shapes[i], 0)}
		}
		columns[i], notices[i] = join(shapes[i], windows[i])
	})
	r := &Result{Table: table.New(columns...)}
	for _, n := range notices {
		if n != nil {
			r.Notices = append(r.Notices, *n)
		}
	}
	return r
}

// read reads columns; of each it gives a window a row group.
func (p *parquetFile) read(shapes []*shape, fields []*parquetField, groups []int, o Options) ([][]*window, error) {
	windows, faults := make([][]*window, len(shapes)), make([]error, len(shapes)*len(groups))
	rows := make([]int, len(groups))
	for g := range groups {
		rows[g] = int(p.RowGroups()[groups[g]].NumRows())
	}
	for i := range windows {
		windows[i] = part(shapes[i], rows)
	}
	parallel.Each(o.Cores, len(faults), func(task int) {
		g, i := task/len(shapes), task%len(shapes)
		if faults[task] = o.Context.Err(); faults[task] != nil {
			return
		}
		if err := p.readChunk(windows[i][g], groups[g], fields[i]); err != nil {
			faults[task] = inColumn(p.name, shapes[i].Name, fmt.Sprintf("row group %d", groups[g]+1), err)
		}
	})
	for _, err := range faults {
		if err != nil {
			return nil, err
		}
	}
	return windows, nil
}

// readChunk fills a window with the values of a column in a row group.
func (p *parquetFile) readChunk(w *window, group int, field *parquetField) (err error) {
	defer func() {
		// The library checks what it reads by the rules of slices.
		if fault := recover(); fault != nil {
			err = fmt.Errorf("%v", fault)
		}
	}()
	rows := w.rows()
	if rows == 0 || w.as == nothing {
		return nil
	}
	bytes, err := p.chunkBytes(group, field.leaf.Index())
	if err != nil {
		return err
	}
	r := chunkReader{window: w, field: field, budget: p.budget, codec: p.Metadata().RowGroups[group].Columns[field.leaf.Index()].MetaData.Codec}
	return r.read(bytes)
}

func (w *window) rows() int { return len(w.num) + len(w.codes) + len(w.texts) }
