package bundle

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"labbook/internal/data/table"
)

// Goal is what a changed row is to be predicted as: another class than Not, or the
// class Class; or a number of at least Least or at most Most, whichever is set.
type Goal struct {
	Class, Not  int      // of a classification; -1: any
	Least, Most *float64 // of a regression
}

// short says how far a prediction is from the goal: 0 where it is reached. of is the
// row's share of each class.
func (g *Goal) short(value float64, of []float64) float64 {
	if of != nil {
		best := int(value)
		switch {
		case g.Class >= 0 && best == g.Class, g.Class < 0 && best != g.Not:
			return 0
		case g.Class >= 0:
			return max(math.SmallestNonzeroFloat64, of[best]-of[g.Class])
		}
		second := 0.0
		for c, share := range of {
			if c != g.Not {
				second = max(second, share)
			}
		}
		return max(math.SmallestNonzeroFloat64, of[g.Not]-second)
	}
	short := math.Inf(1)
	if g.Least != nil {
		short = min(short, max(0, *g.Least-value))
	}
	if g.Most != nil {
		short = min(short, max(0, value-*g.Most))
	}
	return short
}

// Change is a way to reach a goal.
type Change struct {
	Columns []string
	Row     *table.Table // the first row asked about, with these columns changed
	Value   float64      // what is predicted of it, as Predictions.Values has it
	// Distance says how much is changed: of each number, date and ordered category
	// the share of training that lies between, of another category a third, which
	// is what two rows differ in a number on average.
	Distance float64
}

// The bounds of the work that Changes takes.
const (
	gridSteps   = 40 // values of a number that are tried
	mostChanged = 4  // columns in one change
	halvings    = 12 // of the gap in which a number reaches the goal
	unordered   = 1. / 3
)

// Changes finds the smallest changes of the first row of t, in the columns that may
// change, after which it is predicted as goal says: for each such column the smallest
// change of it alone that is found, the smallest first, at most so many; where none
// reaches it alone, one change of up to four, found greedily. Only values within those of
// training are tried, so it says nothing of what the model has not seen; where a
// number turns back and forth, a smaller change between two that were tried is missed.
// Texts are left as they are. It is empty where nothing reaches the goal.
func (b *Bundle) Changes(t *table.Table, goal Goal, may func(column string) bool, most int) ([]Change, error) {
	s := &search{bundle: b, goal: goal, pairs: b.pairs(t)}
	row := make([]*table.Column, len(s.pairs))
	for i, p := range s.pairs {
		row[i] = only(p, 1)
		if may(p.Name) {
			s.tries = append(s.tries, s.values(i, &b.Features.Inputs[i])...)
		}
	}
	if len(s.tries) == 0 {
		return nil, nil
	}
	start := table.New(row...)
	found, err := s.singles(start, most)
	if err != nil || len(found) > 0 {
		return found, err
	}
	return s.together(start)
}

// only gives a column of one value of another.
func only(c *table.Column, i int) *table.Column {
	return table.New(c).Take([]int{i}).Columns[0]
}

// search looks for changes.
type search struct {
	bundle *Bundle
	goal   Goal
	pairs  []*table.Column
	tries  []try // in the order of the columns, and of each the nearest first, a side at a time
}

// try is a value that a column could have instead.
type try struct {
	column   int
	num      float64
	code     int32
	side     int     // of numbers: -1 below the row's own, 1 above
	distance float64 // see Change
	before   float64 // of numbers: the value before it, towards the row's own
}

// values lists what a column could have instead.
func (s *search) values(i int, f *table.Field) []try {
	pair, seen := s.pairs[i], f.Seen
	switch {
	case seen == nil || seen.Count == 0 || pair.IsMissing(1):
		return nil
	case f.Type == table.Category && len(seen.Counts) == len(f.Levels):
		return s.levels(i, f)
	case (f.Type == table.Number || f.Type == table.Date) && len(seen.Quantiles) == 11:
		return s.numbers(i, f)
	}
	return nil
}

func (s *search) levels(i int, f *table.Field) []try {
	own, total := s.pairs[i].Codes[1], 0.0
	middle := make([]float64, len(f.Levels)) // the share of training below the level's middle row
	for l, n := range f.Seen.Counts {
		middle[l] = total + float64(n)/2
		total += float64(n)
	}
	var tries []try
	for l, n := range f.Seen.Counts {
		if n == 0 || int32(l) == own {
			continue
		}
		one := try{column: i, code: int32(l), distance: unordered}
		if f.Ordered && int(own) < len(f.Levels) {
			one.distance = math.Abs(middle[l]-middle[own]) / total
		}
		tries = append(tries, one)
	}
	slices.SortStableFunc(tries, func(a, b try) int { return cmp.Compare(a.distance, b.distance) })
	return tries
}

func (s *search) numbers(i int, f *table.Field) []try {
	own, deciles := s.pairs[i].Num[1], f.Seen.Quantiles
	var grid []float64
	for k := range gridSteps + 1 {
		at := 10 * float64(k) / gridSteps
		low := min(int(at), 9)
		v := deciles[low] + (at-float64(low))*(deciles[low+1]-deciles[low])
		if f.Integer || f.Type == table.Date {
			v = math.Round(v)
		}
		grid = append(grid, v)
	}
	grid = slices.Compact(grid)
	var tries []try
	for _, side := range []int{-1, 1} {
		before := own
		for k := range grid {
			v := grid[k]
			if side < 0 {
				v = grid[len(grid)-1-k]
			}
			if float64(side)*(v-own) > 0 {
				tries = append(tries, try{column: i, num: v, side: side, before: before, distance: apart(f, own, v)})
				before = v
			}
		}
	}
	return tries
}

// apart gives the share of training between two numbers.
func apart(f *table.Field, a, b float64) float64 {
	return math.Abs(rank(f.Seen.Quantiles, a) - rank(f.Seen.Quantiles, b))
}

// rank gives the share of training below a number, as the deciles tell it.
func rank(deciles []float64, v float64) float64 {
	width := deciles[10] - deciles[0]
	switch {
	case !(width > 0):
		return 0
	case v <= deciles[0]:
		return (v - deciles[0]) / width
	case v >= deciles[10]:
		return 1 + (v-deciles[10])/width
	}
	low := decileOf(deciles, v)
	return (float64(low) + (v-deciles[low])/(deciles[low+1]-deciles[low])) / 10
}

// decileOf gives the last decile that is not above v, of those with a width.
func decileOf(deciles []float64, v float64) int {
	low := 0
	for k := range 10 {
		if deciles[k] <= v && deciles[k+1] > deciles[k] {
			low = k
		}
	}
	return low
}

// with gives rows that are start with one try each.
func (s *search) with(start *table.Table, tries []try) *table.Table {
	t := start.Take(make([]int, len(tries)))
	for row, one := range tries {
		c := t.Columns[one.column]
		if c.Type == table.Category {
			c.Codes[row] = one.code
		} else {
			c.Num[row] = one.num
		}
	}
	return t
}

// ask predicts rows and says how far each is from the goal.
func (s *search) ask(t *table.Table) (short, values []float64, err error) {
	p, err := s.bundle.inPieces(t)
	if err != nil {
		return nil, nil, err
	}
	short = make([]float64, t.Rows())
	for i, v := range p.Values {
		var of []float64
		if p.Classes != nil {
			of = p.Row(i)
		}
		if short[i] = s.goal.short(v, of); math.IsNaN(short[i]) || !finite(v) {
			short[i] = math.Inf(1)
		}
	}
	return short, p.Values, nil
}

// singles finds for each column the nearest try that reaches the goal by itself.
func (s *search) singles(start *table.Table, most int) ([]Change, error) {
	short, _, err := s.ask(s.with(start, s.tries))
	if err != nil {
		return nil, err
	}
	nearest := map[int]try{}
	var columns []int
	for i, one := range s.tries {
		known, ok := nearest[one.column]
		if short[i] > 0 || ok && known.distance <= one.distance {
			continue
		}
		if !ok {
			columns = append(columns, one.column)
		}
		nearest[one.column] = one
	}
	slices.SortStableFunc(columns, func(a, b int) int { return cmp.Compare(nearest[a].distance, nearest[b].distance) })
	var found []Change
	for _, column := range columns[:min(most, len(columns))] {
		one, err := s.refine(start, nearest[column])
		if err != nil {
			return nil, err
		}
		change, err := s.change(start, []try{one})
		if err != nil {
			return nil, err
		}
		found = append(found, change)
	}
	slices.SortStableFunc(found, func(a, b Change) int { return cmp.Compare(a.Distance, b.Distance) })
	return found, nil
}

// refine moves a number as far back towards the row's own as the goal is still
// reached, to a value that people would write.
func (s *search) refine(start *table.Table, one try) (try, error) {
	f := &s.bundle.Features.Inputs[one.column]
	own := s.pairs[one.column]
	if f.Type == table.Category {
		return one, nil
	}
	reaches := func(v float64) (bool, error) {
		at := one
		at.num = v
		short, _, err := s.ask(s.with(start, []try{at}))
		return err == nil && short[0] == 0, err
	}
	no, yes := one.before, one.num
	whole := f.Integer || f.Type == table.Date
	for range halvings {
		middle := (no + yes) / 2
		if whole {
			middle = math.Trunc(middle)
		}
		if middle == no || middle == yes {
			break
		}
		ok, err := reaches(middle)
		if err != nil {
			return one, err
		}
		if ok {
			yes = middle
		} else {
			no = middle
		}
	}
	best := yes
	for digits := 1; digits <= 6 && !whole; digits++ {
		v := rounded(yes, digits, one.side)
		if math.Abs(v-own.Num[1]) > 1.1*math.Abs(yes-own.Num[1]) || v < f.Seen.Min || v > f.Seen.Max {
			continue
		}
		ok, err := reaches(v)
		if err != nil {
			return one, err
		}
		if ok {
			best = v
			break
		}
	}
	one.num, one.distance = best, apart(f, own.Num[1], best)
	return one, nil
}

// rounded rounds a number to so many digits, away from where side comes from.
func rounded(v float64, digits, side int) float64 {
	if v == 0 {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(math.Abs(v)))-float64(digits-1))
	at := math.Floor(v / unit)
	if side > 0 {
		at = math.Ceil(v / unit)
	}
	written, _ := strconv.ParseFloat(strconv.FormatFloat(at*unit, 'g', 12, 64), 64)
	return written
}

// change gives start with tries, each of another column.
func (s *search) change(start *table.Table, tries []try) (Change, error) {
	c := Change{Row: start}
	for _, one := range tries {
		c.Row = s.with(c.Row, []try{one})
		c.Columns = append(c.Columns, s.pairs[one.column].Name)
		c.Distance += one.distance
	}
	_, values, err := s.ask(c.Row)
	if err == nil {
		c.Value = values[0]
	}
	return c, err
}

// together changes several columns, each time by the try that leads nearest to the
// goal, and then goes back on each as far as it can.
func (s *search) together(start *table.Table) ([]Change, error) {
	now, done := start, []try(nil)
	short, _, err := s.ask(start)
	if err != nil {
		return nil, err
	}
	left := short[0]
	for range mostChanged {
		open := slices.DeleteFunc(slices.Clone(s.tries), func(t try) bool {
			return slices.ContainsFunc(done, func(d try) bool { return d.column == t.column })
		})
		if len(open) == 0 {
			return nil, nil
		}
		short, _, err := s.ask(s.with(now, open))
		if err != nil {
			return nil, err
		}
		best := -1
		for i := range open {
			switch {
			case !(short[i] < left):
			case best < 0, short[i] == 0 && short[best] > 0:
				best = i
			case short[i] == 0 && open[i].distance < open[best].distance, short[best] > 0 && short[i] < short[best]:
				best = i
			}
		}
		if best < 0 {
			return nil, nil
		}
		done, now = append(done, open[best]), s.with(now, open[best:best+1])
		if left = short[best]; left > 0 {
			continue
		}
		if err := s.goBack(start, done); err != nil {
			return nil, err
		}
		c, err := s.change(start, done)
		return []Change{c}, err
	}
	return nil, nil
}

// goBack moves the numbers of a change back towards the row's own, the last one first,
// each beside what the others are.
func (s *search) goBack(start *table.Table, done []try) error {
	for i := range slices.Backward(done) {
		others := start
		for k, other := range done {
			if k != i {
				others = s.with(others, []try{other})
			}
		}
		one := done[i]
		if s.pairs[one.column].Type != table.Category {
			one.before = s.pairs[one.column].Num[1]
		}
		one, err := s.refine(others, one)
		if err != nil {
			return err
		}
		done[i] = one
	}
	return nil
}
