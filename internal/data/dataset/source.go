package dataset

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/formats"
	"labbook/internal/data/table"
)

// read reads a file as its format says. Of formats with types, only the columns
// are read that will be in the table.
func read(source Source, o csvfile.Options, folders []folder) (*csvfile.File, []Notice, error) {
	format, err := formats.Of(source.Path)
	if err != nil {
		format = formats.CSV // which says it best
	}
	if format == formats.CSV {
		file, err := csvfile.Read(source.Path, o)
		if err != nil {
			return nil, nil, err
		}
		notices := make([]Notice, len(file.Notices))
		for i, n := range file.Notices {
			notices[i] = Notice{n, source.Name + ":" + strconv.Itoa(n.Line)}
		}
		return file, notices, nil
	}
	if err := onlyCSV(source.Name, format, o); err != nil {
		return nil, nil, err
	}
	wanted := formats.Options{Name: source.Name, Cores: o.Cores, Context: o.Context}
	for _, c := range o.Columns {
		if c.Type == table.Number {
			wanted.Numbers = append(wanted.Numbers, c.Name)
		}
	}
	if o.Rest == csvfile.Drop {
		if wanted.Columns, err = declared(source, format, o.Columns); err != nil {
			return nil, nil, err
		}
	}
	found, err := formats.Read(source.Path, wanted)
	if err != nil {
		return nil, nil, err
	}
	t, err := withFolders(found.Table, source, folders)
	if err != nil {
		return nil, nil, err
	}
	file, err := csvfile.Typed(t, o, found.Place)
	if err != nil {
		return nil, nil, err
	}
	notices := make([]Notice, len(found.Notices))
	for i, n := range found.Notices {
		notices[i] = Notice{n, found.Place(n.Line - 1)}
		if format == formats.Lines {
			notices[i].Place = source.Name + ":" + strconv.Itoa(n.Line)
		}
	}
	return file, notices, nil
}

// Guess is csvfile.Guess for files of any format: of those with types, these are as
// they are meant, and nothing but what is rounded has to be declared. Of CSV there is
// one file.
func Guess(sources []Source, o csvfile.Options) (*csvfile.File, csvfile.Options, error) {
	var format formats.Format
	refused := map[string]error{}
	for _, source := range sources {
		var err error
		format, err = formats.Of(source.Path)
		switch csv := err != nil || format == formats.CSV; {
		case csv && len(sources) == 1:
			return csvfile.Guess(source.Path, o)
		case csv:
			return nil, o, &diag.Error{File: source.Name, What: "is CSV, whose forms are found in one file", Hint: "name one of the files, and then all of them in path: of the load stage"}
		}
		lacks, err := formats.Unread(source.Path, source.Name)
		if err != nil {
			return nil, o, err
		}
		maps.Copy(refused, lacks)
	}
	o.DropBad = true
	if len(refused) > 0 {
		names, err := Names(sources[0], o)
		if err != nil {
			return nil, o, err
		}
		o.Rest = csvfile.Drop
		for _, name := range names {
			if refused[name] == nil {
				o.Columns = append(o.Columns, csvfile.Column{Field: table.Field{Name: name}})
			}
		}
	}
	file, notices, err := readAll(sources, o)
	if err != nil {
		return nil, o, err
	}
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		file.Notices = append(file.Notices, csvfile.Notice{Column: name, Count: file.Rows, As: "nothing",
			What: "holds lists, structs or something else that is no value", Hint: "make columns of it first, one a value, if they are to be learned from"})
	}
	for _, n := range notices {
		n.Typed = format != formats.Lines
		file.Notices = append(file.Notices, n.Notice)
	}
	read := csvfile.Options{Columns: o.Columns, Rest: o.Rest, Encoding: "utf-8", Delimiter: ',', Decimal: '.', DropBad: len(file.Dropped) > 0}
	return file, read, nil
}

// readAll reads files with types as one.
func readAll(sources []Source, o csvfile.Options) (*csvfile.File, []Notice, error) {
	if len(sources) == 1 {
		return read(sources[0], o, partitions(sources))
	}
	d, err := Read(sources, Options{CSV: o, Duplicates: KeepAll})
	if err != nil {
		return nil, nil, err
	}
	file := &csvfile.File{Table: d.Table}
	for _, f := range d.Files {
		file.Rows += f.Rows
	}
	for _, r := range d.Rules {
		file.Dropped = append(file.Dropped, csvfile.Dropped{Reason: r.Reason, Column: r.Column, Count: r.Count, Examples: []*diag.Error{{File: r.Places[0]}}})
	}
	return file, d.Notices, nil
}

// declared gives the declared columns that a file has.
func declared(source Source, format formats.Format, columns []csvfile.Column) ([]string, error) {
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	if format == formats.Lines { // any line may have another column
		return names, nil
	}
	have, err := formats.Names(source.Path, source.Name)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool { return !slices.Contains(have, name) }), nil
}

// onlyCSV refuses options that mean nothing in a file with types.
func onlyCSV(name string, format formats.Format, o csvfile.Options) error {
	for _, option := range []struct {
		name string
		set  bool
	}{
		{"delimiter", o.Delimiter != 0}, {"quote", o.Quote != 0 && o.Quote != '"'}, {"header: none", o.Bare},
		{"decimal", o.Decimal == ','}, {"encoding", o.Encoding != "" && o.Encoding != "utf-8"},
	} {
		if option.set {
			return &diag.Error{File: name, What: option.name + " is about CSV, and this is " + formats.Title(format), Hint: "leave it out"}
		}
	}
	return nil
}

// folder is a column that folders have in their names, as year=2024: of each file its
// value.
type folder struct {
	name   string
	number bool
}

// nowhere is how Hive names the folder of rows without a value.
const nowhere = "__HIVE_DEFAULT_PARTITION__"

// partitions gives the columns that the folders of all files name, numbers where
// all values are.
func partitions(sources []Source) []folder {
	var all []folder
	for i, source := range sources {
		values := foldersOf(source.Name)
		if i == 0 {
			for _, pair := range values {
				all = append(all, folder{pair[0], true})
			}
		}
		all = slices.DeleteFunc(all, func(f folder) bool { _, ok := valueOf(values, f.name); return !ok })
		for j, f := range all {
			value, _ := valueOf(values, f.name)
			_, err := strconv.ParseFloat(value, 64)
			padded := len(value) > 1 && value[0] == '0' && value[1] != '.'
			all[j].number = f.number && (value == nowhere || err == nil && !padded)
		}
	}
	return all
}

// foldersOf gives names and values in the folders of a path.
func foldersOf(path string) (pairs [][2]string) {
	parts := strings.Split(path, "/")
	for _, part := range parts[:len(parts)-1] {
		if name, value, ok := strings.Cut(part, "="); ok && name != "" {
			if plain, err := url.PathUnescape(value); err == nil {
				value = plain
			}
			pairs = append(pairs, [2]string{name, value})
		}
	}
	return pairs
}

func valueOf(pairs [][2]string, name string) (string, bool) {
	for _, pair := range pairs {
		if pair[0] == name {
			return pair[1], true
		}
	}
	return "", false
}

// withFolders adds the columns that the file's folders name. One that stands in the
// file too is an error: which of them is meant?
func withFolders(t *table.Table, source Source, folders []folder) (*table.Table, error) {
	columns, values := slices.Clone(t.Columns), foldersOf(source.Name)
	for _, f := range folders {
		if t.Column(f.name) != nil {
			return nil, &diag.Error{File: source.Name, What: "column " + diag.Names([]string{f.name}) + " stands in the file and in the name of its folder", Hint: "rename the folder or the column"}
		}
		value, _ := valueOf(values, f.name)
		if value == nowhere {
			value = ""
		}
		c := &table.Column{Field: table.Field{Name: f.name, Type: table.Text}}
		if f.number {
			c.Type = table.Number
			v, err := strconv.ParseFloat(value, 64)
			if err != nil {
				c = table.Blank(c.Field, t.Rows())
			} else {
				c.Num = slices.Repeat([]float64{v}, t.Rows())
			}
		} else {
			c.Texts = slices.Repeat([]string{value}, t.Rows())
		}
		columns = append(columns, c)
	}
	return table.New(columns...), nil
}

// Names gives the columns that a file has, with those of its folders, from its
// head; an error where that does not show them.
func Names(source Source, o csvfile.Options) ([]string, error) {
	format, err := formats.Of(source.Path)
	if err != nil {
		return nil, err
	}
	if format == formats.CSV {
		return csvfile.Names(source.Path, o)
	}
	names, err := formats.Names(source.Path, source.Name)
	for _, pair := range foldersOf(source.Name) {
		if !slices.Contains(names, pair[0]) {
			names = append(names, pair[0])
		}
	}
	return names, err
}
