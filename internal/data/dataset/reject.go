package dataset

import (
	"cmp"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/formats"
)

// Rejected is a file that was left out.
type Rejected struct {
	Source
	Why diag.List
}

// readRejecting reads the files that keep the contract. Whether one does is asked in
// order: a file is in where it can be read like the files before it that are in, and
// nothing that is expected of it fails beside these. So the table is what the files
// that are in give when they are read alone.
func readRejecting(sources []Source, o Options) (*Dataset, error) {
	in := slices.Clone(sources)
	var out []Rejected
	reject := func(i int, why diag.List) {
		out = append(out, Rejected{in[i], why})
		in = slices.Delete(in, i, i+1)
	}
	for i, why := range slices.Backward(unlikeMost(sources, o)) {
		if why != nil {
			reject(i, diag.List{why})
		}
	}
	var parts []*part // of the first of in
	folders := partitions(in)
	for {
		for len(parts) < len(in) {
			p, err := readPart(in[len(parts)], parts, folders, o)
			switch why := ofFile(in[len(parts)], err, o.CSV); {
			case err == nil:
				parts = append(parts, p)
			case why == nil:
				return nil, err
			default:
				reject(len(parts), why)
			}
		}
		if now := partitions(in); !slices.Equal(now, folders) {
			folders, parts = now, nil
			continue
		}
		if len(in) == 0 {
			return nil, noneLeft(inOrder(out, sources))
		}
		tried := make([]*part, len(parts))
		for i, p := range parts {
			file := *p.File
			tried[i] = &part{File: &file, name: p.name, notices: p.notices}
		}
		d, broken, err := together(tried, o)
		if err != nil {
			return nil, err
		}
		if len(broken) == 0 {
			d.Rejected = inOrder(out, sources)
			return d, nil
		}
		certain := breakers(broken, parts, tried)
		for _, i := range slices.Backward(certain) {
			var why diag.List
			for _, b := range broken {
				if b.file == i && (i == certain[0] || b.alone(tried[i])) {
					why = append(why, b.Err)
				}
			}
			read := slices.Delete(slices.Clone(parts), i, i+1)
			if decides(parts, i) { // those after it were read like it
				read = read[:i]
			}
			parts = read
			reject(i, why)
		}
	}
}

// breakers gives the files that break what is expected whichever of the files before
// them stay, in order: the first, and those whose breach is of themselves alone. None
// is after one that decides how later files are read.
func breakers(broken []Breach, parts, tried []*part) []int {
	certain := []int{broken[0].file}
	for _, b := range broken {
		last := certain[len(certain)-1]
		if decides(parts, last) {
			break
		}
		if b.file > last && b.alone(tried[b.file]) {
			certain = append(certain, b.file)
		}
	}
	return certain
}

// alone says that the breach would be one without the files before, too. Without these
// no fewer rows of the file are kept, so that a row that breaks a relation stays.
func (b Breach) alone(p *part) bool {
	switch b.Promise {
	case Rows, Dropped, Holds:
		return true
	case Missing:
		return p.kept == nil
	}
	return false
}

// decides says that files after one are read like it: it says which columns there are,
// or is the first with a value in one of them.
func decides(parts []*part, i int) bool {
	if i == 0 {
		return true
	}
	for _, first := range parts[0].Table.Columns {
		empty := func(p *part) bool { c := p.Table.Column(first.Name); return c == nil || c.Empty() }
		if !empty(parts[i]) && !slices.ContainsFunc(parts[:i], func(p *part) bool { return !empty(p) }) {
			return true
		}
	}
	return false
}

// ofFile gives what is wrong with a file that could not be read; nil where that says
// nothing of the file, such as that the disk failed or the stage was stopped.
func ofFile(source Source, err error, o csvfile.Options) diag.List {
	if err == nil || o.Context != nil && o.Context.Err() != nil {
		return nil
	}
	var why diag.List
	why.Add(err)
	if slices.ContainsFunc(why, func(e *diag.Error) bool { return !strings.HasPrefix(e.File, source.Name) }) {
		return nil
	}
	return why
}

// unlikeMost says of each file whose columns are not those of most files what these
// are, where all columns of a file count: else a file of another kind that comes
// first would have all others left out. Of a file whose head does not show its columns
// it says nothing.
func unlikeMost(sources []Source, o Options) []*diag.Error {
	wrong := make([]*diag.Error, len(sources))
	if o.CSV.Rest == csvfile.Drop || o.CSV.Rest == csvfile.Refuse {
		return wrong
	}
	heads, most, count := headsOf(sources, o.CSV)
	for i, head := range heads {
		if head != nil && sorted(head) != most {
			wrong[i] = &diag.Error{File: sources[i].Name, What: "its columns are not those of " + human.Count(count, "other file"),
				Found: human.Clip(sorted(head), 200), Wanted: human.Clip(most, 200)}
		}
	}
	return wrong
}

// MostNames is Names of the first file that has the columns of most files, with
// Options.Reject; nil where no head shows any.
func MostNames(sources []Source, o csvfile.Options) []string {
	heads, most, _ := headsOf(sources, o)
	for _, head := range heads {
		if head != nil && sorted(head) == most {
			return head
		}
	}
	return nil
}

// headsOf gives the columns of each file, nil where its head does not show them, and
// those that most files have, sorted, with their number; of as many the first count.
func headsOf(sources []Source, o csvfile.Options) (heads [][]string, most string, count int) {
	heads, counts := make([][]string, len(sources)), map[string]int{}
	for i, source := range sources {
		if format, err := formats.Of(source.Path); err == nil && format == formats.Lines {
			continue // any line may have another
		}
		o.Name = source.Name
		if all, err := Names(source, o); err == nil && len(all) > 0 {
			heads[i] = all
			counts[sorted(all)]++
		}
	}
	for _, head := range heads {
		if of := sorted(head); head != nil && counts[of] > count {
			most, count = of, counts[of]
		}
	}
	return heads, most, count
}

// sorted writes names in an order of their own.
func sorted(names []string) string { return diag.Names(slices.Sorted(slices.Values(names))) }

// inOrder sorts files that were left out as they were to be read.
func inOrder(out []Rejected, sources []Source) []Rejected {
	slices.SortFunc(out, func(a, b Rejected) int {
		return cmp.Compare(slices.Index(sources, a.Source), slices.Index(sources, b.Source))
	})
	return out
}

// noneLeft is the error where every file was left out.
func noneLeft(out []Rejected) error {
	all := diag.List{{What: "every file breaks what is expected of it, or cannot be read: none is left", Found: human.Count(len(out), "file"),
		Wanted: "at least one", Hint: "mend the files, or what is expected"}}
	for _, r := range out {
		all = append(all, r.Why...)
	}
	return all
}
