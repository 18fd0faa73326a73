package bundle

import (
	"errors"
	"math"
	"math/bits"
	"slices"

	"labbook/internal/data/table"
)

// Typical gives a table of one row: of each input what is usual in training. Of
// numbers and dates that is the middle, of categories the most frequent level, of
// texts none; what most rows lacked is missing.
func (b *Bundle) Typical() *table.Table {
	columns := make([]*table.Column, len(b.Features.Inputs))
	for i := range columns {
		columns[i] = TypicalOf(&b.Features.Inputs[i])
	}
	return table.New(columns...)
}

// TypicalOf gives the column of one row that Typical has of a field.
func TypicalOf(f *table.Field) *table.Column {
	c, s := &table.Column{Field: *f}, f.Seen
	usual := s != nil && s.Count > 0 && s.Count >= s.Missing
	switch f.Type {
	case table.Text:
		c.Texts = []string{""}
	case table.Category:
		c.Codes = []int32{-1}
		if usual && len(s.Counts) == len(f.Levels) && len(s.Counts) > 0 {
			most := slices.Max(s.Counts)
			c.Codes[0] = int32(slices.Index(s.Counts, most))
		}
	default:
		c.Num = []float64{math.NaN()}
		if usual && len(s.Quantiles) == 11 {
			if c.Num[0] = s.Quantiles[5]; f.Integer || f.Type == table.Date {
				c.Num[0] = math.Floor(c.Num[0])
			}
		}
	}
	return c
}

// Against is the prediction of a row beside that of a typical one, in the target's
// own unit, or, of classes, as the probability of one.
type Against struct {
	Typical, Value float64
	// Shares say what each input adds by not being typical, in the order of the
	// features' Inputs: together Value less Typical.
	Shares []float64
	// Sampled says that the shares are means over some orders, not over all.
	Sampled bool
}

// The bounds of the work that Against takes.
const (
	exactInputs   = 10   // that differ: up to these every combination is predicted
	sampledOrders = 32   // pairs of orders, of more inputs
	sampledRows   = 4096 // that are predicted at most, unless four pairs take more
)

// Against says what each input of the first row of t adds to its prediction of a
// class (0 of a regression), against the typical row. They are Shapley's values of
// the game in which inputs that join take their own value in place of the typical
// one (Sundararajan and Najmi, "The many Shapley values for model explanation",
// ICML 2020: baseline Shapley): the mean of what an input adds over all orders in
// which they may join. It asks the model only for predictions, so it holds for
// every model, of columns however features were made of them. Where many inputs
// differ it takes some orders, each with its reverse, always the same ones.
func (b *Bundle) Against(t *table.Table, class int) (*Against, error) {
	g := &game{bundle: b, class: class, pairs: b.pairs(t)}
	for i, p := range g.pairs {
		if !p.Same(0, 1) {
			g.differ = append(g.differ, i)
		}
	}
	a := &Against{Shares: make([]float64, len(g.pairs)), Sampled: len(g.differ) > exactInputs}
	if a.Sampled {
		return a, g.sample(a)
	}
	return a, g.exact(a)
}

// pairs gives of each input a column of two values: the typical one and that of the
// first row of t.
func (b *Bundle) pairs(t *table.Table) []*table.Column {
	usual := b.Typical()
	pairs := make([]*table.Column, len(usual.Columns))
	for i, typical := range usual.Columns {
		own := t.Column(typical.Name)
		pair := &table.Column{Field: own.Field}
		switch own.Type {
		case table.Category: // its levels may be more than those of training, which come first
			code := typical.Codes[0]
			if code >= 0 {
				code = int32(slices.Index(own.Levels, typical.Levels[code]))
			}
			pair.Codes = []int32{code, own.Codes[0]}
		case table.Text:
			pair.Texts = []string{typical.Texts[0], own.Texts[0]}
		default:
			pair.Num = []float64{typical.Num[0], own.Num[0]}
		}
		pairs[i] = pair
	}
	return pairs
}

// game is who adds what to a prediction.
type game struct {
	bundle *Bundle
	class  int
	pairs  []*table.Column
	differ []int // the inputs that are not typical
}

// errNotFinite is told where a combination of values has no prediction.
var errNotFinite = errors.New("bundle: a combination of typical values has no prediction")

// worth predicts rows in which an input has its own value where joined says so, for
// each row and each place in differ.
func (g *game) worth(rows int, joined func(row, place int) bool) ([]float64, error) {
	t := table.New(slices.Clone(g.pairs)...).Take(make([]int, rows))
	for place, i := range g.differ {
		c, pair := t.Columns[i], g.pairs[i]
		for row := range rows {
			if !joined(row, place) {
				continue
			}
			switch c.Type {
			case table.Category:
				c.Codes[row] = pair.Codes[1]
			case table.Text:
				c.Texts[row] = pair.Texts[1]
			default:
				c.Num[row] = pair.Num[1]
			}
		}
	}
	return g.bundle.worth(t, g.class)
}

// worth gives the predictions of rows as one number each: of classes the
// probability of one.
func (b *Bundle) worth(t *table.Table, class int) ([]float64, error) {
	p, err := b.inPieces(t)
	if err != nil {
		return nil, err
	}
	if len(p.notFinite()) > 0 {
		return nil, errNotFinite
	}
	if p.Classes == nil {
		return p.Values, nil
	}
	values := make([]float64, t.Rows())
	for i := range values {
		values[i] = p.Row(i)[class]
	}
	return values, nil
}

// exact asks for every combination: row m has those that the bits of m name.
func (g *game) exact(a *Against) error {
	k := len(g.differ)
	all, err := g.worth(1<<k, func(row, place int) bool { return row>>place&1 == 1 })
	if err != nil {
		return err
	}
	weight := make([]float64, k) // by how many have joined: s! (k-s-1)! / k!
	for s := range weight {
		weight[s] = 1 / float64(k)
		for i := range s {
			weight[s] *= float64(i+1) / float64(k-1-i)
		}
	}
	for m, without := range all {
		for place, i := range g.differ {
			if m>>place&1 == 0 {
				a.Shares[i] += float64(weight[bits.OnesCount(uint(m))] * (all[m|1<<place] - without))
			}
		}
	}
	a.Typical, a.Value = all[0], all[len(all)-1]
	return nil
}

// sample asks along some orders, each of which predicts a row for each that joins.
func (g *game) sample(a *Against) error {
	k := len(g.differ)
	pairs := min(sampledOrders, max(4, sampledRows/(2*k)))
	deal := dealer(2463534242)
	var ranks [][]int // of each order when each joins
	for range pairs {
		order := deal.order(k)
		back := slices.Clone(order)
		for i := range back {
			back[i] = k - 1 - back[i]
		}
		ranks = append(ranks, order, back)
	}
	all, err := g.worth(len(ranks)*(k+1), func(row, place int) bool { return ranks[row/(k+1)][place] < row%(k+1) })
	if err != nil {
		return err
	}
	for o, rank := range ranks {
		for place, i := range g.differ {
			at := o*(k+1) + rank[place]
			a.Shares[i] += (all[at+1] - all[at]) / float64(len(ranks))
		}
	}
	a.Typical, a.Value = all[0], all[k]
	return nil
}

// dealer deals orders, the same ones here and in pages that predict: a generator of
// Marsaglia ("Xorshift RNGs", Journal of Statistical Software 8, 2003) that 32 bits hold.
type dealer uint32

// order gives the numbers below k in some order, by Fisher and Yates.
func (d *dealer) order(k int) []int {
	order := make([]int, k)
	for i := range order {
		order[i] = i
	}
	for i := k - 1; i > 0; i-- {
		*d ^= *d << 13
		*d ^= *d >> 17
		*d ^= *d << 5
		j := int(uint32(*d) % uint32(i+1))
		order[i], order[j] = order[j], order[i]
	}
	return order
}
