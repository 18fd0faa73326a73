package explore

import (
	"cmp"
	"context"
	"math"
	"slices"
	"unicode"
	"unicode/utf8"

	"labbook/internal/base/facts"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/neardup"
	"labbook/internal/learn/text"
)

// Classify gives the probabilities of the classes of every row, row by row, each
// by a model that did not see it.
type Classify func(ctx context.Context, x *matrix.Matrix, y []float64, classes []string, cores int) ([]float64, error)

// Reading is what was found in a column of texts that is worth reading: one
// whose values are longer than names.
type Reading struct {
	Name    string         `json:"name"` // of the column
	Near    []neardup.Pair `json:"near_duplicates,omitempty"`
	Typical [][]Term       `json:"typical,omitempty"` // per level of Label, the most typical first
	Overlap []Overlap      `json:"alike,omitempty"`   // pairs of levels, the most alike first
	Suspect []Suspect      `json:"suspect,omitempty"` // labels to look at, the surest first
	Odd     Oddities       `json:"odd"`

	Column  *table.Column `json:"-"` // within its sample
	Label   *table.Column `json:"-"` // the target, when it is a category; else nil
	Lengths []float64     `json:"-"` // in characters
}

// Term is a word and how much more typical it is of a class than of the others,
// in standard deviations.
type Term struct {
	Name string       `json:"term"`
	Z    facts.Number `json:"z"`
}

// Overlap is how much alike two classes write: the cosine of their mean TF-IDF
// vectors.
type Overlap struct {
	First  int          `json:"first"`
	Second int          `json:"second"`
	Cosine facts.Number `json:"cosine"`
}

// Suspect is a row whose label a model that did not see it would not have given.
type Suspect struct {
	Row        int          `json:"row"` // of the sample of texts, from 0
	Given      int          `json:"given"`
	Likely     int          `json:"likely"`
	Confidence facts.Number `json:"confidence"` // in Likely
	InGiven    facts.Number `json:"in_given"`   // probability of the label given
}

// Oddities count texts with something odd about them.
type Oddities struct {
	Broken  int `json:"broken"`  // with replacement characters or typical remains of a wrong decoding
	Control int `json:"control"` // with control characters
	Foreign int `json:"foreign"` // mostly in another script than Latin
	Short   int `json:"short"`   // with fewer than a tenth of the median's characters
}

// The limits of what is read.
const (
	mostRead   = 20_000 // texts
	worthwhile = 100    // characters in the median text
	alike      = 0.8    // share of runs in common that makes near-duplicates
)

// read reads the columns of texts; classify may be nil.
func (f *Facts) read(ctx context.Context, classify Classify, cores int) error {
	sample := f.readSample()
	for _, c := range sample.Columns {
		if c.Type != table.Text || c == sample.Column(f.Options.Target) {
			continue
		}
		r := &Reading{Name: c.Name}
		r.attach(sample, f.Options.Target)
		sorted := slices.Sorted(slices.Values(r.Lengths))
		if len(sorted) == 0 || sorted[len(sorted)/2] < worthwhile {
			continue
		}
		r.Near = neardup.Find(c.Texts, alike, cores)
		r.Odd = odd(c.Texts, r.Lengths, sorted[len(sorted)/2])
		if r.Label != nil {
			if err := r.compare(ctx, classify, cores); err != nil {
				return err
			}
		}
		f.Readings = append(f.Readings, r)
	}
	return nil
}

// compare finds what tells the classes apart, which are alike, and labels that
// look wrong.
func (r *Reading) compare(ctx context.Context, classify Classify, cores int) error {
	var docs []string
	var rows []int
	var y []float64
	for i, code := range r.Label.Codes {
		if code >= 0 && r.Column.Texts[i] != "" {
			docs, rows, y = append(docs, r.Column.Texts[i]), append(rows, i), append(y, float64(code))
		}
	}
	if len(docs) < 20 {
		return nil
	}
	o := text.Default()
	o.Weight, o.MinDF, o.Stop = "count", 2, "english"
	v, counts, err := text.Fit(docs, o, cores)
	if err != nil {
		return nil // no word stands in two texts: there is nothing to compare
	}
	classes, names := len(r.Label.Levels), v.Names()
	r.Typical = typical(counts, y, classes, names)
	o.Weight, o.SublinearTF = "tfidf", true
	v, weights, err := text.Fit(docs, o, cores)
	if err != nil {
		return err
	}
	x := &matrix.Matrix{Rows: len(docs), Cols: v.Cols(), Names: names, Sparse: weights}
	r.Overlap = overlaps(x, y, classes)
	if classify == nil {
		return nil
	}
	p, err := classify(ctx, x, y, r.Label.Levels, cores)
	if err != nil || p == nil {
		return err
	}
	r.Suspect = suspects(p, y, classes)
	for i := range r.Suspect {
		r.Suspect[i].Row = rows[r.Suspect[i].Row]
	}
	return nil
}

// typical gives the terms whose log-odds in a class differ most from those in
// the others, under a Dirichlet prior of all texts' counts, in standard
// deviations.
//
// Source: Monroe, Colaresi and Quinn, "Fightin' words: lexical feature selection
// and evaluation for identifying the content of political conflict", Political
// Analysis 16, 2008, equations 15 to 22.
func typical(counts *matrix.CSR, y []float64, classes int, names []string) [][]Term {
	const most = 10
	n, totals, all, sum := make([]float64, len(names)*classes), make([]float64, classes), make([]float64, len(names)), 0.0
	for i, class := range y {
		for k := counts.Indptr[i]; k < counts.Indptr[i+1]; k++ {
			j, v := int(counts.Indices[k]), counts.Data[k]
			n[j*classes+int(class)] += v
			totals[int(class)] += v
			all[j] += v
			sum += v
		}
	}
	const prior = 500 // words' worth
	out := make([][]Term, classes)
	for class := range out {
		terms := make([]Term, 0, len(names))
		for j, name := range names {
			a := prior * all[j] / sum
			mine, others := n[j*classes+class]+a, all[j]-n[j*classes+class]+a
			delta := math.Log(mine/(totals[class]+prior-mine)) - math.Log(others/(sum-totals[class]+prior-others))
			terms = append(terms, Term{name, facts.Number(delta / math.Sqrt(1/mine+1/others))})
		}
		slices.SortStableFunc(terms, func(a, b Term) int { return cmp.Compare(b.Z, a.Z) })
		out[class] = terms[:min(most, len(terms))]
	}
	return out
}

// overlaps compares the classes' mean vectors.
func overlaps(x *matrix.Matrix, y []float64, classes int) []Overlap {
	means, present := make([][]float64, classes), make([]bool, classes)
	for c := range means {
		means[c] = make([]float64, x.Cols)
	}
	for i, class := range y {
		columns, values := x.SparseRow(i)
		present[int(class)] = true
		for k, j := range columns {
			means[int(class)][j] += values[k]
		}
	}
	product := func(a, b []float64) (sum float64) {
		for j, v := range a {
			sum += v * b[j]
		}
		return sum
	}
	var all []Overlap
	for a := range classes {
		for b := range a {
			if present[a] && present[b] {
				all = append(all, Overlap{b, a, facts.Number(product(means[a], means[b]) / math.Sqrt(product(means[a], means[a])*product(means[b], means[b])))})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Overlap) int { return cmp.Compare(b.Cosine, a.Cosine) })
	return all
}

// suspects finds rows that a class other than the given one claims with at least
// the confidence that is usual among its own rows, and more than any other.
//
// Source: Northcutt, Jiang and Chuang, "Confident learning: estimating
// uncertainty in dataset labels", Journal of Artificial Intelligence Research 70,
// 2021, section 3.1.
func suspects(p, y []float64, classes int) []Suspect {
	usual, rows := make([]float64, classes), make([]float64, classes)
	for i, class := range y {
		usual[int(class)] += p[i*classes+int(class)]
		rows[int(class)]++
	}
	var all []Suspect
	for i, given := range y {
		likely := -1
		for c, v := range p[i*classes : (i+1)*classes] {
			if rows[c] > 0 && v >= usual[c]/rows[c] && (likely < 0 || v > p[i*classes+likely]) {
				likely = c
			}
		}
		if likely >= 0 && likely != int(given) {
			all = append(all, Suspect{i, int(given), likely, facts.Number(p[i*classes+likely]), facts.Number(p[i*classes+int(given)])})
		}
	}
	slices.SortStableFunc(all, func(a, b Suspect) int { return cmp.Compare(b.Confidence-b.InGiven, a.Confidence-a.InGiven) })
	return all
}

func odd(texts []string, lengths []float64, median float64) (o Oddities) {
	for i, s := range texts {
		broken, control, latin, letters := false, false, 0, 0
		last := rune(0)
		for _, r := range s {
			switch {
			case r == utf8.RuneError, last == 'Ã' && r >= 0x80 && r <= 0xbf, last == 'â' && r == '€':
				broken = true
			case unicode.IsControl(r) && !unicode.IsSpace(r):
				control = true
			case unicode.IsLetter(r):
				letters++
				if unicode.Is(unicode.Latin, r) {
					latin++
				}
			}
			last = r
		}
		o.Broken += bit(broken)
		o.Control += bit(control)
		o.Foreign += bit(2*latin < letters)
		o.Short += bit(lengths[i] > 0 && lengths[i] < median/10)
	}
	return o
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
