package features

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/facts"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
)

// Statistic says what a column tells of training rows with the same values in other
// columns: the mean price of a brand, the sales of a shop a week before.
type Statistic struct {
	Take string        `yaml:"take" enum:"mean|std|min|q25|median|q75|max|count|share|last" doc:"mean, std (of the population), min, q25, median, q75 and max of the known values; count and share of the rows; last: the value of the latest moment, the mean of several, with ago."`
	Of   string        `yaml:"of" names:"column" doc:"The number that it is of; count and share need none. It may be the target with ago only: encode: {categories: target} gives means of the target out of fold."`
	By   []string      `yaml:"by" names:"column" doc:"The columns, no texts, whose values the rows have in common. A missing value is a value of its own. None: all rows."`
	Ago  params.Scalar `yaml:"ago" doc:"The rows that are at least so long before the row, by the time of the split: a duration such as 7d or 12h, or a number in the unit of that time. Nothing later is known to any row."`
	Over params.Scalar `yaml:"over" doc:"With ago: from the latest of these rows back, how long a time mean and std are of. Empty: all of it."`
}

// SetDefaults implements what package params asks for.
func (s *Statistic) SetDefaults() { *s = Statistic{Take: "mean"} }

// Words says what it is: "mean of price by brand".
func (s *Statistic) words() string {
	w := s.Take
	if s.Of != "" {
		w += " of " + s.Of
	} else {
		w += " of rows"
	}
	if len(s.By) > 0 {
		w += " by " + strings.Join(s.By, ", ")
	}
	if s.Ago != "" {
		w += ", at least " + string(s.Ago) + " before"
	}
	if s.Over != "" {
		w += ", over " + string(s.Over)
	}
	return w
}

const lengths = "a duration such as 7d or 12h, or, where the time is a number, a number"

// check says what keeps it from being one.
func (s *Statistic) check(at, target string) error {
	said := func(option, what, wanted, hint string) error { return params.Fault(at+"."+option, what, wanted, hint) }
	rows := s.Take == "count" || s.Take == "share"
	switch {
	case rows != (s.Of == ""):
		if rows {
			return said("of", s.Take+" is of rows", "", "leave of out")
		}
		return said("of", "nobody says of what the "+s.Take+" is", "of: a column of numbers", "write of: NAME, or take: count")
	case s.Ago == "" && len(s.By) == 0:
		return said("by", "a statistic of all rows is the same in each", "by, or ago", "write by: [NAME], or ago: 1d")
	case s.Ago == "" && s.Take == "last":
		return said("take", "the last of all rows is none before the row", "ago", "write ago: 1d, or how long before the row its value is known")
	case s.Ago == "" && s.Over != "":
		return said("over", "a time is counted back from rows that are some time ago", "ago", "write ago: 1d, or leave over out")
	case s.Ago == "" && s.Of == target:
		return params.FaultOf(at+".of", &diag.Error{What: "a statistic of the target would tell each training row its own outcome", Found: s.words(), Wanted: "another column, or ago",
			Hint: fmt.Sprintf("encode the column by the target, as in columns: {%s: {encode: target}}; rows of training get what other folds say", strings.Join(s.By, "-"))})
	case s.Ago != "" && !slices.Contains([]string{"last", "mean", "std"}, s.Take):
		return said("take", "of the past there is no "+s.Take, "last, mean or std", "take one of these, or leave ago out")
	case s.Take == "last" && s.Over != "":
		return said("over", "the last value is of a moment", "", "leave over out, or take: mean")
	}
	if _, _, err := partition.ParseLength(string(s.Ago)); err != nil {
		return said("ago", "this is no length of time", lengths, "write ago: 7d")
	}
	if _, _, err := partition.ParseLength(string(s.Over)); err != nil {
		return said("over", "this is no length of time", lengths, "write over: 28d")
	}
	return nil
}

// statistic is a Statistic that is fitted: for each set of values of By what it comes
// to, or what there is to compute it from. It is immutable.
type statistic struct {
	Field table.Field `json:"field"`
	Said  Statistic   `json:"said"`
	// Keys are the sets of values that training showed, ascending.
	Keys []string `json:"keys"`
	// Values has what each key comes to, and Other what a new one does.
	Values []facts.Number `json:"values,omitempty"`
	Other  facts.Number   `json:"other,omitempty"`
	// Clock is the column of times, and Ago and Over are in its unit, seconds of
	// dates; Over 0 is all that was before.
	Clock     string     `json:"clock,omitempty"`
	ClockType table.Type `json:"clock_type,omitempty"`
	Ago       float64    `json:"ago,omitempty"`
	Over      float64    `json:"over,omitempty"`
	// Times has the moments of each key, ascending, of which Ends says where they
	// end; Count, Sum and Squares are of the values of each, less the
	// key's Centre, its earliest value, so that nothing depends on what is later.
	Ends    []int     `json:"ends,omitempty"`
	Times   []float64 `json:"times,omitempty"`
	Count   []float64 `json:"count,omitempty"`
	Sum     []float64 `json:"sum,omitempty"`
	Squares []float64 `json:"squares,omitempty"`
	Centre  []float64 `json:"centre,omitempty"`

	place map[string]int
	until [3][]float64 // Count, Sum and Squares up to each moment of its key, itself included
}

// addStatistics fits the statistics that are declared, and gives the table with their
// columns at its end.
func (f *Features) addStatistics(t *table.Table, with *fitting) (*table.Table, error) {
	columns := slices.Clone(t.Columns)
	for _, declared := range with.options.Statistics {
		at := "statistics." + declared.Key
		if err := declared.Value.check(at, f.Target.Name); err != nil {
			return nil, err
		}
		s, err := fitStatistic(declared.Key, declared.Value, t, f.Target.Name, with.layout)
		if err != nil {
			return nil, params.FaultOf(at, err)
		}
		f.statistics = append(f.statistics, s)
		columns = append(columns, s.column(t))
	}
	return table.New(columns...), nil
}

func fitStatistic(name string, said Statistic, t *table.Table, target string, layout *partition.Layout) (*statistic, error) {
	s := &statistic{Field: table.Field{Name: name, Type: table.Number}, Said: said}
	values := make([]float64, t.Rows()) // of count and share
	if said.Of != "" {
		of := t.Column(said.Of)
		if of.Type != table.Number {
			return nil, &diag.Error{What: fmt.Sprintf("%s is no number", said.Of), Found: "a " + string(of.Type), Wanted: "a number", Hint: "count and share are of rows, and need no of"}
		}
		values, s.Field.Unit = of.Num, of.Unit
	}
	for _, by := range said.By {
		if c := t.Column(by); c.Type == table.Text || by == target {
			return nil, &diag.Error{What: fmt.Sprintf("rows are not told apart by %s", by), Found: map[bool]string{true: "the target", false: "a text"}[by == target],
				Wanted: "categories, numbers and dates", Hint: "leave it out of by"}
		}
	}
	keys := keysOf(t, said.By)
	s.Keys = slices.Compact(slices.Sorted(slices.Values(keys)))
	s.seal()
	rows := make([][]int, len(s.Keys))
	for row, key := range keys {
		if !math.IsNaN(values[row]) {
			at := s.place[key]
			rows[at] = append(rows[at], row)
		}
	}
	if said.Ago != "" {
		return s, s.fitPast(values, rows, target, layout)
	}
	var known []float64
	for _, v := range values {
		if !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	s.Other = facts.Number(s.of(known, len(known)))
	if said.Of == "" {
		s.Other = 0
	}
	for _, some := range rows {
		own := make([]float64, len(some))
		for i, row := range some {
			own[i] = values[row]
		}
		s.Values = append(s.Values, facts.Number(s.of(own, t.Rows())))
	}
	return s, nil
}

// of computes what is taken of values, of so many rows in all; NaN of none.
func (s *statistic) of(values []float64, all int) float64 {
	switch s.Said.Take {
	case "count":
		return float64(len(values))
	case "share":
		return float64(len(values)) / float64(max(1, all))
	}
	if len(values) == 0 {
		return math.NaN()
	}
	centre := mean(values)
	switch s.Said.Take {
	case "mean":
		return centre
	case "std":
		sum := 0.0
		for _, v := range values {
			sum += (v - centre) * (v - centre)
		}
		return math.Sqrt(sum / float64(len(values)))
	}
	sorted := slices.Sorted(slices.Values(values))
	at := map[string]float64{"min": 0, "q25": 0.25, "median": 0.5, "q75": 0.75, "max": 1}[s.Said.Take] * float64(len(sorted)-1)
	low := int(at)
	return sorted[low] + (at-float64(low))*(sorted[min(low+1, len(sorted)-1)]-sorted[low])
}

// fitPast keeps what was known of each key at each moment; rows has those of each key
// that have a value.
func (s *statistic) fitPast(values []float64, rows [][]int, target string, layout *partition.Layout) error {
	if layout == nil || !layout.Forward() {
		return &diag.Error{What: "there is no time by which rows were before", Found: "ago: " + string(s.Said.Ago), Wanted: "rows that are divided by time",
			Hint: "write split: {by: time, column: …}, whose training rows are before those that are held out"}
	}
	if layout.Groups() != nil {
		return &diag.Error{What: "rows that are held out have no past of their own, for groups are kept together", Found: s.Said.words(), Wanted: "a split by time without groups",
			Hint: "leave groups out of split where later rows of the same groups will be asked about"}
	}
	var times []float64
	s.Clock, s.ClockType, times = layout.Clock()
	var err error
	if s.Ago, err = s.length(s.Said.Ago); err != nil {
		return err
	}
	if s.Over, err = s.length(s.Said.Over); err != nil {
		return err
	}
	if s.Said.Of == target && s.Ago <= layout.Gap() {
		return &diag.Error{What: "by the gap of the split outcomes are known later than that", Found: "ago: " + string(s.Said.Ago), Wanted: "longer than gap", Hint: "write a longer ago"}
	}
	for _, some := range rows {
		some = slices.DeleteFunc(some, func(row int) bool { return math.IsNaN(times[row]) })
		slices.SortStableFunc(some, func(a, b int) int { return cmp.Compare(times[a], times[b]) })
		centre := 0.0
		for i, row := range some {
			if i == 0 {
				centre = values[row]
			}
			if i == 0 || times[row] != times[some[i-1]] {
				s.Times, s.Count, s.Sum, s.Squares = append(s.Times, times[row]), append(s.Count, 0), append(s.Sum, 0), append(s.Squares, 0)
			}
			at, v := len(s.Times)-1, values[row]-centre
			s.Count[at]++
			s.Sum[at] += v
			s.Squares[at] += v * v
		}
		s.Ends, s.Centre = append(s.Ends, len(s.Times)), append(s.Centre, centre)
	}
	s.seal()
	return nil
}

// length gives a length of time in the clock's unit, 0 of "".
func (s *statistic) length(text params.Scalar) (float64, error) {
	v, duration, err := partition.ParseLength(string(text))
	if err != nil || text == "" || duration == (s.ClockType == table.Date) {
		return v, err
	}
	e := &diag.Error{What: fmt.Sprintf("a length of time does not suit %s, which is a %s", s.Clock, s.ClockType), Found: string(text), Wanted: "a number, in the unit of " + s.Clock, Hint: "write ago: 1"}
	if s.ClockType == table.Date {
		e.Wanted, e.Hint = "a duration such as 7d or 12h", fmt.Sprintf("write %sd, if days are meant", text)
	}
	return 0, e
}

// seal makes ready what finds keys and adds up moments.
func (s *statistic) seal() {
	s.place = make(map[string]int, len(s.Keys))
	for i, key := range s.Keys {
		s.place[key] = i
	}
	for k, each := range [][]float64{s.Count, s.Sum, s.Squares} {
		s.until[k] = slices.Clone(each)
		start := 0
		for _, end := range s.Ends {
			for at := start + 1; at < end; at++ {
				s.until[k][at] += s.until[k][at-1]
			}
			start = end
		}
	}
}

// valid says what is wrong with a decoded statistic, or nil.
func (s *statistic) valid() error {
	switch {
	case s.Field.Type != table.Number || s.Field.Name == "":
		return errors.New("a statistic that is no number, or has no name")
	case !slices.IsSorted(s.Keys):
		return errors.New("keys that do not ascend")
	case s.Clock == "" && len(s.Values) != len(s.Keys):
		return errors.New("not as many values as keys")
	case s.Clock == "":
		return nil
	case len(s.Ends) != len(s.Keys) || len(s.Centre) != len(s.Keys) || !slices.IsSorted(s.Ends) || len(s.Ends) > 0 && (s.Ends[0] < 0 || s.Ends[len(s.Ends)-1] != len(s.Times)) ||
		len(s.Count) != len(s.Times) || len(s.Sum) != len(s.Times) || len(s.Squares) != len(s.Times) || len(s.Ends) == 0 && len(s.Times) > 0:
		return errors.New("not as many moments as keys say")
	case !(s.Ago > 0) || !(s.Over >= 0) || s.ClockType != table.Number && s.ClockType != table.Date:
		return errors.New("a statistic of no time before")
	}
	return nil
}

// readable says which column that it reads the inputs do not have as it does.
func (s *statistic) readable(inputs []table.Field) error {
	for _, name := range s.reads() {
		at := slices.IndexFunc(inputs, func(f table.Field) bool { return f.Name == name })
		if at < 0 || inputs[at].Type == table.Text || name == s.Clock && inputs[at].Type != s.ClockType {
			return fmt.Errorf("no column %q of the inputs can be read", name)
		}
	}
	return nil
}

// reads gives the columns that a row needs.
func (s *statistic) reads() []string {
	if s.Clock == "" {
		return s.Said.By
	}
	return append(slices.Clip(s.Said.By), s.Clock)
}

// column gives the values of the rows of t.
func (s *statistic) column(t *table.Table) *table.Column {
	c := &table.Column{Field: s.Field, Num: make([]float64, t.Rows())}
	var times []float64
	if s.Clock != "" {
		times = t.Column(s.Clock).Num
	}
	for row, key := range keysOf(t, s.Said.By) {
		at, known := s.place[key]
		switch {
		case times != nil && (!known || math.IsNaN(times[row])):
			c.Num[row] = math.NaN()
		case times != nil:
			c.Num[row] = s.before(at, times[row])
		case known:
			c.Num[row] = float64(s.Values[at])
		default:
			c.Num[row] = float64(s.Other)
		}
	}
	return c
}

// before computes it of what was known of a key at a time, NaN of nothing.
func (s *statistic) before(key int, time float64) float64 {
	start, end := 0, s.Ends[key]
	if key > 0 {
		start = s.Ends[key-1]
	}
	moments := s.Times[start:end]
	until := time - s.Ago
	latest := sort.Search(len(moments), func(i int) bool { return moments[i] > until }) - 1
	if latest < 0 {
		return math.NaN()
	}
	from := 0
	switch {
	case s.Said.Take == "last":
		from = latest
	case s.Over > 0:
		from = sort.Search(latest, func(i int) bool { return moments[i] > moments[latest]-s.Over })
	}
	var total [3]float64
	for k := range total {
		if total[k] = s.until[k][start+latest]; from > 0 {
			total[k] -= s.until[k][start+from-1]
		}
	}
	if from == latest {
		total = [3]float64{s.Count[start+latest], s.Sum[start+latest], s.Squares[start+latest]}
	}
	centre := total[1] / total[0]
	if s.Said.Take == "std" {
		return math.Sqrt(max(0, total[2]/total[0]-centre*centre))
	}
	return s.Centre[key] + centre
}

// keysOf gives for each row its values of some columns, as a text.
func keysOf(t *table.Table, by []string) []string {
	keys := make([]string, t.Rows())
	for _, name := range by {
		c := t.Column(name)
		for row := range keys {
			value := "" // missing
			switch {
			case c.IsMissing(row):
			case c.Type == table.Category:
				value = "=" + c.Levels[c.Codes[row]]
			default:
				value = "=" + strconv.FormatFloat(c.Num[row], 'g', -1, 64)
			}
			if len(by) == 1 {
				keys[row] = value
			} else {
				keys[row] += strconv.Itoa(len(value)) + ":" + value // no two lists are one text
			}
		}
	}
	return keys
}
