package csvfile

import (
	"bytes"
	"fmt"
	"slices"
	"sync/atomic"

	"labbook/internal/base/diag"
	"labbook/internal/base/mapped"
	"labbook/internal/base/parallel"
	"labbook/internal/data/table"
)

// readBody reads all rows, again when a column turns out to be of another type
// than was tried.
func (r *reader) readBody() (*File, error) {
	r.guess()
	serial := false
	for {
		chunks, err := r.cut()
		if err != nil {
			return nil, err
		}
		if serial {
			chunks = r.whole()
		}
		columns := r.allocate(chunks)
		if err := r.runAll(chunks); err != nil {
			return nil, err
		}
		if !serial && slices.ContainsFunc(chunks, func(ch *chunk) bool { return ch.quoting }) {
			serial = true
			continue
		}
		again, err := r.conclude(chunks)
		if err != nil {
			return nil, err
		}
		if again {
			continue
		}
		for _, ch := range chunks {
			if ch.err != nil {
				return nil, ch.err
			}
		}
		return r.merge(chunks, columns)
	}
}

// runAll reads the chunks; its error is the Context's, or that of a file that changes.
func (r *reader) runAll(chunks []*chunk) error {
	var done atomic.Int64
	return r.each(len(chunks), func(i int) {
		chunks[i].run()
		if r.Progress != nil {
			r.Progress(done.Add(int64(chunks[i].end-chunks[i].start)), int64(len(r.data)-r.body))
		}
		r.forget(chunks[i].start, chunks[i].end)
	})
}

// each calls work for 0 … n-1, which reads the file, on all cores.
func (r *reader) each(n int, work func(i int)) error {
	if r.file == nil {
		return parallel.Until(r.Context, r.Cores, n, work)
	}
	var fault atomic.Pointer[error]
	err := parallel.Until(r.Context, r.Cores, n, func(i int) {
		if err := r.file.Guard(func() error { work(i); return nil }); err != nil {
			fault.Store(&err)
		}
	})
	if f := fault.Load(); f != nil {
		return *f
	}
	return err
}

// forget says that some of the data are not read soon.
func (r *reader) forget(lo, hi int) {
	if r.file != nil {
		r.file.Forget(r.origin+lo, r.origin+hi)
	}
}

// allocate makes room for the values: one slice a column, of which every chunk
// fills a window. A row has a byte per column at least, so the room is bounded
// by the size of the file even when all its lines are blank.
func (r *reader) allocate(chunks []*chunk) []*table.Column {
	rows := 0
	for _, ch := range chunks {
		ch.most = min(ch.most, (ch.end-ch.start+1)/len(r.columns)+1)
		ch.cells = make([]cells, len(r.columns))
		rows += ch.most
	}
	columns := make([]*table.Column, len(r.columns))
	for j, c := range r.columns {
		out := &table.Column{Field: c.Field}
		columns[j] = out
		c.isText.Store(false) // rows that were cut wrongly may have said so
		switch c.reading {
		case number, tryNumber, date, tryDate:
			out.Num = mapped.Make[float64](r.Room, rows)
		case category, tryLevels:
			out.Codes = mapped.Make[int32](r.Room, rows)
		}
		at := 0
		for _, ch := range chunks {
			cells := &ch.cells[j]
			cells.column, cells.bounded = c, c.Min != nil || c.Max != nil
			switch {
			case out.Num != nil:
				cells.num = out.Num[at : at+ch.most]
			case out.Codes != nil:
				cells.codes = out.Codes[at : at+ch.most]
			case c.reading == text:
				cells.texts = make([]string, ch.most)
			}
			at += ch.most
		}
	}
	return columns
}

// merge puts the chunks together.
func (r *reader) merge(chunks []*chunk, columns []*table.Column) (*File, error) {
	f := &File{Delimiter: r.Delimiter, Cut: !bytes.HasSuffix(r.data, []byte("\n"))}
	bad, rows := tally{}, 0
	for _, ch := range chunks {
		for _, m := range ch.marks {
			f.addMark(mark{rows + m.row, m.line})
		}
		rows += ch.rows
		f.Rows += ch.read
		f.Blank += ch.blank
		bad.merge(ch.bad, r.Examples)
	}
	f.Dropped = r.dropped(bad)
	if f.Rows == 0 {
		return nil, &diag.Error{File: r.Name, What: "has a header but no rows", Hint: "was the export cut short?"}
	}
	parallel.Each(r.Cores, len(columns), func(j int) { r.columns[j].merge(columns[j], chunks, j, rows) })
	f.Notices = r.notices(f, chunks, columns)
	columns = slices.DeleteFunc(columns, func(c *table.Column) bool { return c.Type == "" })
	f.Table = table.New(columns...).In(r.Room)
	if len(columns) == 0 {
		return nil, &diag.Error{File: r.Name, What: "no column is left", Hint: "declare columns, or do not say rest: drop"}
	}
	return f, nil
}

func (f *File) addMark(m mark) {
	if n := len(f.lines); n > 0 {
		if last := f.lines[n-1]; last.line+m.row-last.row == m.line {
			return
		}
	}
	f.lines = append(f.lines, m)
}

// merge closes the gaps between the chunks' windows of out. A column that is
// skipped keeps no type.
func (c *column) merge(out *table.Column, chunks []*chunk, j, rows int) {
	switch c.reading {
	case skip:
		out.Type = ""
		return
	case number, tryNumber, date, tryDate:
		out.Type = table.Number
		if c.reading == date || c.reading == tryDate {
			out.Type = table.Date
			out.Layout = c.Layout
		}
		n := 0
		for _, ch := range chunks {
			n += copy(out.Num[n:], ch.cells[j].num[:ch.rows])
		}
		out.Num = out.Num[:rows]
	case text:
		out.Type = table.Text
		out.Texts = c.mergeTexts(chunks, j, rows)
	default:
		levels, isText := c.mergeLevels(chunks, j)
		if isText {
			out.Type, out.Codes = table.Text, nil
			out.Texts = c.mergeTexts(chunks, j, rows)
			break
		}
		out.Type, out.Levels = table.Category, levels
		c.mergeCodes(out, chunks, j)
		out.Codes = out.Codes[:rows]
	}
	table.Observe(out, c.closed)
}

func (c *column) mergeTexts(chunks []*chunk, j, rows int) []string {
	texts := make([]string, 0, rows)
	for _, ch := range chunks {
		cells := &ch.cells[j]
		if cells.texts == nil {
			cells.becomeText(ch.rows)
		}
		texts = append(texts, cells.texts[:ch.rows]...)
		cells.texts = nil
	}
	return texts
}

// mergeLevels gives the levels of all chunks, sorted, or as declared; or says
// that the column is a text.
func (c *column) mergeLevels(chunks []*chunk, j int) (levels []string, isText bool) {
	present := 0
	for _, ch := range chunks {
		cells := &ch.cells[j]
		if cells.texts != nil {
			return nil, true
		}
		levels = append(levels, cells.levels...)
		present += cells.present
	}
	if c.closed {
		return c.Levels, false
	}
	slices.Sort(levels)
	levels = slices.Compact(levels)
	distinct := len(levels)
	return levels, c.reading == tryLevels && (distinct > maxLevels || distinct > fewLevels && 2*distinct > present)
}

// mergeCodes closes the gaps in out.Codes and makes them indices of its levels.
func (c *column) mergeCodes(out *table.Column, chunks []*chunk, j int) {
	index := c.codes
	if !c.closed {
		index = make(map[string]int32, len(out.Levels))
		for i, l := range out.Levels {
			index[l] = int32(i)
		}
	}
	n := 0
	for _, ch := range chunks {
		cells := &ch.cells[j]
		merged := make([]int32, len(cells.levels)+1)
		merged[0] = -1
		for i, l := range cells.levels {
			merged[i+1] = index[l]
		}
		for _, code := range cells.codes[:ch.rows] {
			out.Codes[n] = merged[code+1]
			n++
		}
	}
}

// plural gives "1 field", "2 fields".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
