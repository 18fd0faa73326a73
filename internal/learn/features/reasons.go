package features

// Reasons are what predictions are explained in: the columns of the table, as they
// were asked for, and the terms of texts. It is immutable.
type Reasons struct {
	Names []string
	Terms []bool // whether it is a term
	of    [][]int32
}

// Of gives the reasons that a column of the matrix stands for, by their places
// among Names: what it adds is divided evenly among them, which is what Shapley
// gives to those that do it only together.
func (r *Reasons) Of(column int) []int32 { return r.of[column] }

// Reasons gives what the columns of the matrix stand for. Columns of several views,
// and 0/1 columns of the same category, stand for the same.
func (f *Features) Reasons() *Reasons {
	r := &Reasons{}
	r.add(f, map[reason]int32{})
	return r
}

type reason struct {
	name string
	term bool
}

// add appends what the columns of features stand for; places has the reasons that
// there are already.
func (r *Reasons) add(f *Features, places map[reason]int32) {
	for _, v := range f.views {
		r.add(v.Features, places)
	}
	if f.views != nil {
		return
	}
	place := func(name string, term bool) int32 {
		at, known := places[reason{name, term}]
		if !known {
			at = int32(len(r.Names))
			places[reason{name, term}] = at
			r.Names, r.Terms = append(r.Names, name), append(r.Terms, term)
		}
		return at
	}
	origins := f.Origins()
	for i, e := range f.encoders {
		until := len(f.names)
		if i+1 < len(f.starts) {
			until = f.starts[i+1]
		}
		_, text := e.(*terms)
		var asked []int32
		for j := f.starts[i]; j < until; j++ {
			if text {
				asked = []int32{place(f.names[j], true)}
			} else if asked == nil {
				for _, name := range origins[j] {
					asked = append(asked, place(name, false))
				}
			}
			r.of = append(r.of, asked)
		}
	}
}
