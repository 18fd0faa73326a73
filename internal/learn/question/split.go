package question

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Split is on which rows the models are judged.
type Split struct {
	Time       string   // the latest rows by this column are the test part; "" is none
	Group      []string // equal values stay on one side
	Gap        string   // how long before the test part training ends, where the target repeats itself
	Stratified bool     // the parts have the classes alike
	Why        string   // "" where rows are split at random

	// Folds and Repeats judge where a test part would be too few rows.
	Folds, Repeats int
	FoldsWhy       string
}

// String says how rows are split.
func (s Split) String() string {
	gap := ""
	if s.Gap != "" {
		gap = ", gap " + s.Gap
	}
	switch {
	case s.Time != "" && len(s.Group) > 0:
		return fmt.Sprintf("by time (%s%s) and group (%s)", s.Time, gap, human.List(s.Group))
	case s.Time != "":
		return fmt.Sprintf("by time (%s%s)", s.Time, gap)
	case len(s.Group) > 0:
		return fmt.Sprintf("by group (%s)", human.List(s.Group))
	case s.Stratified:
		return "stratified"
	}
	return "at random"
}

// rareRows is how many rows of its rarest class a target has where chance, which
// deals rows to the parts, may leave one of them without any; and with fewer
// than fewRows in all a test part says too little.
const (
	rareRows = 100
	fewRows  = 500
)

// split decides how rows are split: as wished, by a date that orders them, by
// keys that recur, or by classes that are rare.
func (q *Question) split(t *table.Table, columns []*column, w Wishes) {
	target := t.Column(w.Target)
	times, keys := clocks(columns, target), findKeys(columns, target)
	q.note(times, keys)
	unwished := func(name string) bool { return !is(name, w.Drop) }
	switch {
	case w.Time != "":
		q.Split.Time, q.Split.Why = w.Time, "as --time says"
	case len(w.Group) == 0 && len(times) > 0 && times[0].evidence != "" && unwished(times[0].Name):
		q.Split.Time, q.Split.Why = times[0].Name, times[0].evidence
	case len(w.Group) == 0 && len(times) == 0:
		if c, why := counted(columns, keys, target, q.Of(Dropped)); c != nil {
			q.Split.Time, q.Split.Why = c.Name, why
		}
	}
	if len(w.Group) > 0 {
		q.Split.Group, q.Split.Why = w.Group, "as --group says"
	} else if k := coarsest(keys); k != nil && unwished(k.Name) && q.fresh(t, k) {
		q.byKey(k, columns)
	}
	if q.Split.Time != "" {
		q.Split.Gap = gap(t.Column(q.Split.Time), outcomes(t.Column(w.Target)))
	}
	q.offer(target, times, keys, columns)
	q.byClass()
	q.byFolds(t)
}

// byKey splits by a key, which no feature is made of where there is another column
// to learn from: of the things that a model will be asked about it knows none.
func (q *Question) byKey(k *key, columns []*column) {
	q.Split.Group = []string{k.Name}
	if q.Split.Why != "" {
		q.Split.Why += "; "
	}
	q.Split.Why += k.reason(q)
	if !slices.ContainsFunc(columns, func(c *column) bool { return c != k.column && !is(c.Name, q.Of(Dropped)) }) {
		return
	}
	q.Columns = slices.DeleteFunc(q.Columns, func(d Decision) bool { return d.Column == k.Name })
	q.decide(k.Name, Dropped, "is the key by which rows are kept together: a model knows none of those that it is asked about")
}

// reason says why a column is a key.
func (k *key) reason(q *Question) string {
	if k.dealt {
		return fmt.Sprintf("%s has numbers that were dealt out, some to more than one row", k.Name)
	}
	if k.answer {
		return fmt.Sprintf("rows of one %s have nearly always one %s", k.Name, q.Target.Name)
	}
	return fmt.Sprintf("rows of one %s have one %s each", k.Name, human.And(k.determines[:min(len(k.determines), 3)]))
}

// fresh says that where rows are split by time enough of the latest ones are of
// things that had none before; else no test would be left.
func (q *Question) fresh(t *table.Table, k *key) bool {
	if q.Split.Time == "" {
		return true
	}
	rows := inOrder(t.Column(q.Split.Time).Num)
	cut := len(rows) * 4 / 5
	known, fresh := map[string]bool{}, 0
	for i, row := range rows {
		switch thing := k.Column.String(row); {
		case i < cut:
			known[thing] = true
		case !known[thing]:
			fresh++
		}
	}
	return 4*fresh > len(rows)-cut
}

// offer tells of columns that may be time, and of keys, that the split ignores.
func (q *Question) offer(target *table.Column, times []*clock, keys []*key, columns []*column) {
	say := func(flag, column, format string, args ...any) {
		q.Offers = append(q.Offers, Offer{column + " " + fmt.Sprintf(format, args...), flag + " " + quoted(column)})
	}
	if q.Split.Time == "" {
		for _, k := range times {
			switch {
			case is(k.Name, q.Of(Dropped)):
			case k.evidence == "":
				say("--time", k.Name, "has dates, but nothing says that they order the rows")
			default:
				say("--time", k.Name, "may order the rows: %s", k.evidence)
			}
		}
		if c := finest(columns, keys); c != nil && !ordered(target.Num) && !is(c.Name, q.Of(Dropped)) {
			say("--time", c.Name, "may be time: the rows stand in its order")
		}
	}
	if k := coarsest(keys); k != nil && len(q.Split.Group) == 0 && !is(k.Name, q.Of(Dropped)) {
		say("--group", k.Name, "may bind rows together: %s", k.reason(q))
	}
}

// finest gives the number in whose order the rows stand, nil where there is none:
// of several the one with the most steps, for others are it more roughly. Keys
// are none: rows are often kept by them.
func finest(columns []*column, keys []*key) *column {
	var best *column
	most := 0
	for _, c := range columns {
		isKey := slices.ContainsFunc(keys, func(k *key) bool { return k.column == c })
		if c.Type != table.Number || !c.orders || c.copied != "" || c.names != "" || isKey {
			continue
		}
		if n := valuesOf(c.Column).distinct; n > most {
			best, most = c, n
		}
	}
	return best
}

// byClass keeps the classes alike in both parts where one is rare.
func (q *Question) byClass() {
	if q.Target.Task != metrics.Classification || q.Split.Why != "" {
		return
	}
	rarest := q.Target.Classes[len(q.Target.Classes)-1]
	if rarest.Rows > 1 && rarest.Rows < rareRows {
		q.Split.Stratified, q.Split.Why = true, fmt.Sprintf("%s has only %s", rarest.Name, human.Count(rarest.Rows, "row"))
	}
}

// byFolds judges by folds of all rows where a test part would be few of them, or
// where the latest rows have hardly any of a class that others have.
func (q *Question) byFolds(t *table.Table) {
	if q.Rows >= fewRows {
		if name, rows, all := q.faded(t); name != "" {
			q.Split.Folds = foldsOfFew
			q.Split.FoldsWhy = fmt.Sprintf("of %s's %s the latest fifth has %d, too few to judge by: every part but the first is held out in turn", name, human.Count(all, "row"), rows)
		}
		return
	}
	if q.Rows < 4*foldsOfFew {
		return
	}
	q.Split.Folds, q.Split.FoldsWhy = foldsOfFew, fmt.Sprintf("of %s a test part is too few to judge by: every row is held out in turn", human.Count(q.Rows, "row"))
	if q.Split.Time == "" {
		q.Split.Repeats = 2
	}
}

const foldsOfFew = 5

// faded gives a class of which the latest fifth of the rows has less than half
// of rareRows, where by its share it would have that many; "" is none. all is
// how many rows the class has.
func (q *Question) faded(t *table.Table) (name string, rows, all int) {
	if q.Split.Time == "" || q.Target.Task != metrics.Classification {
		return "", 0, 0
	}
	target, order := t.Column(q.Target.Name), inOrder(t.Column(q.Split.Time).Num)
	latest := map[string]int{}
	for _, row := range order[len(order)*4/5:] {
		latest[target.String(row)]++
	}
	for _, c := range q.Target.Classes {
		if c.Rows >= 5*rareRows && 2*latest[c.Name] < rareRows {
			return c.Name, latest[c.Name], c.Rows
		}
	}
	return "", 0, 0
}

// note keeps what was found for whoever wants to know.
func (q *Question) note(times []*clock, keys []*key) {
	say := func(format string, args ...any) { q.Evidence = append(q.Evidence, fmt.Sprintf(format, args...)) }
	for _, k := range times {
		what := "nothing says that it orders the rows"
		if k.evidence != "" {
			what = k.evidence
		}
		say("%s is a date: %s (the target of one row and the next correlate by %.2f)", k.Name, what, k.repeats)
	}
	for _, k := range keys {
		say("%s is a key: %s", k.Name, k.reason(q))
		if len(k.determines) > 0 {
			say("%s determines %s", k.Name, human.And(k.determines))
		}
	}
	if len(times) == 0 {
		say("no column has dates of more than a day")
	}
	if len(keys) == 0 {
		say("no column binds rows together: none has values that recur and determine %d others, or the target", fewestFacts)
	}
}

// quoted writes a name as a shell takes it.
func quoted(name string) string {
	if strings.ContainsAny(name, " '\"$\\*?[]{}();&|<>#!~`\t") {
		return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
	}
	return name
}
