package explore

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// rules are what is looked for, in the order in which it is told.
var rules = []func(*Facts) []notebook.Finding{
	tooFew,
	emptyColumns,
	constantColumns,
	identifiers,
	missingTarget,
	constantTarget,
	skewedTarget,
	classBalance,
	leaks,
	strongest,
	confounding,
	collinear,
	missingValues,
	duplicateRows,
	suspectZeros,
	farValues,
	manyCategories,
	textAsCategory,
	written,
}

// Findings says in words what is odd or worth knowing, and what to do.
func (f *Facts) Findings() []notebook.Finding {
	var all []notebook.Finding
	for _, rule := range rules {
		all = append(all, rule(f)...)
	}
	return all
}

func note(check *checks.Check, column string, count int, format string, args ...any) []notebook.Finding {
	return []notebook.Finding{check.Finding(column, count, format, args...)}
}

func tooFew(f *Facts) []notebook.Finding {
	switch n := f.Table.Rows(); {
	case len(f.Profiles) == 0:
		return note(checks.EmptyTable, "", 0, "the table has no columns")
	case n == 0:
		return note(checks.EmptyTable, "", 0, "the table has no rows")
	case n < 50:
		return note(checks.FewRows, "", n, "only %s: expect intervals too wide to choose a model by", count(n, "row"))
	}
	return nil
}

func emptyColumns(f *Facts) []notebook.Finding {
	names := f.names(func(p *Profile) bool { return p.Rows > 0 && p.Empty() })
	if len(names) == 0 {
		return nil
	}
	return note(checks.EmptyColumn, only(names), 0, "%s empty (%s): drop", areColumns(len(names)), human.List(names))
}

func constantColumns(f *Facts) []notebook.Finding {
	names := f.names(func(p *Profile) bool { return p.Rows > 1 && p.Constant() && p != f.Target })
	if len(names) == 0 {
		return nil
	}
	return note(checks.ConstantColumn, only(names), 0, "%s constant (%s): a model learns nothing from them", areColumns(len(names)), human.List(names))
}

// identifiers are columns that name rows.
func identifiers(f *Facts) []notebook.Finding {
	var all []notebook.Finding
	for _, p := range f.Profiles {
		if why := p.NamesRows(); why != "" && p != f.Target {
			all = append(all, note(checks.Identifier, p.Name, 0, "%s %s: drop it", p.Name, why)...)
		}
	}
	return all
}

func missingTarget(f *Facts) []notebook.Finding {
	if f.Target == nil || f.Target.Missing() == 0 {
		return nil
	}
	n := f.Target.Missing()
	return note(checks.MissingTarget, f.Target.Name, n, "%s of the target %s: drop these rows at load", count(n, "missing value"), f.Target.Name)
}

func constantTarget(f *Facts) []notebook.Finding {
	if p := f.Target; p != nil && p.Rows > 1 && p.Constant() {
		return note(checks.ConstantTarget, p.Name, p.Rows, "the target %s is the same in every row: there is nothing to predict", p.Name)
	}
	return nil
}

func skewedTarget(f *Facts) []notebook.Finding {
	p := f.Target
	if p == nil || p.Type != table.Number || math.IsNaN(p.Skew) {
		return nil
	}
	switch {
	case p.Skew > 1 && p.Min > 0:
		return note(checks.LogTarget, p.Name, 0, "%s is right-skewed (%.2f): consider target: log", p.Name, p.Skew)
	case p.Skew > 1 && p.Min >= 0:
		return note(checks.LogTarget, p.Name, 0, "%s is right-skewed (%.2f) and holds zeros: consider target: log1p", p.Name, p.Skew)
	case math.Abs(p.Skew) > 1:
		return note(checks.SkewedTarget, p.Name, 0, "%s is %s-skewed (%.2f)", p.Name, map[bool]string{true: "right", false: "left"}[p.Skew > 0], p.Skew)
	}
	return nil
}

func classBalance(f *Facts) []notebook.Finding {
	p := f.Target
	if p == nil {
		return nil
	}
	if p.Type == table.Number && p.Integer && p.Distinct <= 20 && p.Rows >= 100 {
		return note(checks.NumberedLabels, p.Name, 0, "the target %s has only %d different values: if they are labels, declare its type as category", p.Name, p.Distinct)
	}
	if p.Type != table.Category || p.Count == 0 {
		return nil
	}
	most, least := p.extremes()
	var all []notebook.Finding
	if float64(most.Count) > 3*float64(p.Count)/float64(p.Distinct) || most.Count > 5*least.Count {
		all = note(checks.Imbalance, p.Name, least.Count, "classes of %s are unbalanced: %s has %s, %s only %s; look at macro F1 beside accuracy (always guessing %s is right in %s)",
			p.Name, quoted(most.Name), count(most.Count, "row"), quoted(least.Name), human.Int(least.Count), quoted(most.Name), human.Percent(most.Count, p.Count))
	}
	if least.Count < 10 && p.Count >= 50 {
		all = append(all, note(checks.RareClass, p.Name, least.Count, "class %s of %s has only %s: too few to judge a model by", quoted(least.Name), p.Name, count(least.Count, "row"))...)
	}
	return all
}

// leaks are columns that nearly give the target away.
func leaks(f *Facts) []notebook.Finding {
	var all []notebook.Finding
	for _, r := range f.Relations() {
		if math.Abs(r.Link) > 0.995 && f.Table.Rows() >= 30 {
			all = append(all, note(checks.NearlyGivesAway, r.Name, 0, "%s nearly gives %s away (%.3f): make sure that it is known when predicting", r.Name, f.Target.Name, r.Link)...)
		}
	}
	return all
}

func strongest(f *Facts) []notebook.Finding {
	relations := f.Relations()
	if len(relations) == 0 || math.Abs(relations[0].Link) < 0.1 {
		switch texts := f.names(func(p *Profile) bool { return p.Type == table.Text && p != f.Target && !p.Empty() }); {
		case len(relations) == 0 || f.Table.Rows() < 100:
			return nil
		case len(texts) > 0:
			return note(checks.UnmeasuredTexts, "", 0, "no number, category or date by itself tells anything about %s (the strongest association is %.2f); what %s tells is not measured so",
				f.Target.Name, math.Abs(relations[0].Link), human.And(texts))
		}
		return note(checks.NoAssociation, "", 0, "no column by itself tells anything about %s (the strongest association is %.2f)", f.Target.Name, math.Abs(relations[0].Link))
	}
	var parts []string
	for _, r := range relations[:min(3, len(relations))] {
		parts = append(parts, fmt.Sprintf("%s (%s)", r.Name, r))
	}
	verb := "tell"
	if len(parts) == 1 {
		verb = "tells"
	}
	return note(checks.Strongest, relations[0].Name, 0, "%s %s most about %s", human.And(parts), verb, f.Target.Name)
}

// collinear gathers numbers whose correlation is beyond ±.95 into groups.
func collinear(f *Facts) []notebook.Finding {
	group := make([]int, len(f.Profiles))
	for i := range group {
		group[i] = i
	}
	for i, p := range f.Profiles {
		for j := range i {
			q := f.Profiles[j]
			if p == f.Target || q == f.Target || !p.Numeric() || !q.Numeric() || !(math.Abs(f.Links[i][j]) > .95) {
				continue
			}
			from, to := max(group[i], group[j]), min(group[i], group[j])
			for k := range group {
				if group[k] == from {
					group[k] = to
				}
			}
		}
	}
	var all []notebook.Finding
	for g := range group {
		var names []string
		for i, of := range group {
			if of == g {
				names = append(names, f.Profiles[i].Name)
			}
		}
		if len(names) > 1 {
			all = append(all, note(checks.Collinear, "", 0, "%s are nearly collinear (|r| > .95): a linear model cannot tell them apart", human.And(names))...)
		}
	}
	return all
}

func missingValues(f *Facts) []notebook.Finding {
	var all []notebook.Finding
	lacking := slices.DeleteFunc(slices.Clone(f.Profiles), func(p *Profile) bool { return p.Missing() == 0 || p.Empty() || p == f.Target })
	slices.SortStableFunc(lacking, func(a, b *Profile) int { return b.Missing() - a.Missing() })
	for i, p := range lacking {
		if i == 6 {
			return append(all, note(checks.MissingValues, "", 0, "%s %s values; see the table", count(len(lacking)-i, "more column"), human.Verb(len(lacking)-i, "misses", "miss"))...)
		}
		check, hint := checks.MissingValues, ""
		if p.Missing() > p.Rows/2 {
			check, hint = checks.MostlyMissing, ": consider dropping it"
		}
		all = append(all, note(check, p.Name, p.Missing(), "column %s misses %s%s", p.Name, human.Percent(p.Missing(), p.Rows), hint)...)
	}
	return all
}

func duplicateRows(f *Facts) []notebook.Finding {
	n := f.Duplicates.Rows
	if n == 0 {
		return nil
	}
	return note(checks.DuplicateRows, "", n, "%s %s an earlier row in every column (%s); the split keeps equal rows on one side, or drop them with duplicates: drop",
		count(n, "row"), human.Verb(n, "repeats", "repeat"), human.Percent(n, f.Table.Rows()))
}

// suspectZeros are zeros far from everything else: often missing values in
// disguise.
func suspectZeros(f *Facts) []notebook.Finding {
	var all []notebook.Finding
	for _, p := range f.Profiles {
		if p.Type != table.Number || p.Zeros == 0 || p.Zeros > p.Count/5 || !(p.Min >= 0) || p == f.Target {
			continue
		}
		if reach := 1.5 * (p.Q3 - p.Q1); reach > 0 && p.Q1-reach > 0 {
			all = append(all, note(checks.SuspectZeros, p.Name, p.Zeros, "%s has %s far below all other values: missing values in disguise?", p.Name, count(p.Zeros, "zero"))...)
		}
	}
	return all
}

func farValues(f *Facts) []notebook.Finding {
	var parts []string
	total := 0
	for _, p := range f.Profiles {
		if p.Type == table.Number && p.Far > 0 && p.Far <= p.Count/50 && len(parts) < 8 {
			parts = append(parts, fmt.Sprintf("%s (%s)", p.Name, human.Int(p.Far)))
			total += p.Far
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return note(checks.FarValues, "", total, "far outliers, more than six robust deviations from the median: %s", human.And(parts))
}

func manyCategories(f *Facts) []notebook.Finding {
	var all []notebook.Finding
	for _, p := range f.Profiles {
		if p.Type == table.Category && p.Distinct > 50 && p.Distinct < p.Rows && p != f.Target {
			all = append(all, note(checks.ManyLevels, p.Name, 0, "%s has %s levels: one-hot makes a column of each", p.Name, human.Int(p.Distinct))...)
		}
	}
	return all
}

func textAsCategory(f *Facts) []notebook.Finding {
	var all []notebook.Finding
	for _, p := range f.Profiles {
		if p.Type == table.Text && p.Distinct > 1 && p.Distinct <= 30 && p.Rows >= 100 {
			all = append(all, note(checks.TextsAreLevels, p.Name, 0, "%s is text with only %d different values: declare its type as category", p.Name, p.Distinct)...)
		}
	}
	return all
}

// Relation is how a column goes with the target.
type Relation struct {
	Name string
	Link float64
	Kind string // "r", "η" or "V"
}

// String writes it as statisticians do: "r = .92".
func (r Relation) String() string {
	return r.Kind + " = " + strings.Replace(fmt.Sprintf("%.2f", r.Link), "0.", ".", 1)
}

// Relations gives the columns that have an association with the target,
// strongest first.
func (f *Facts) Relations() []Relation {
	if f.Target == nil {
		return nil
	}
	var all []Relation
	for i, p := range f.Profiles {
		v := f.Links[i][f.Index(f.Target.Name)]
		if p == f.Target || math.IsNaN(v) {
			continue
		}
		kind := "η"
		switch {
		case p.Numeric() && f.Target.Numeric():
			kind = "r"
		case p.Type == table.Category && f.Target.Type == table.Category:
			kind = "V"
		}
		all = append(all, Relation{p.Name, v, kind})
	}
	slices.SortStableFunc(all, func(a, b Relation) int {
		switch x, y := math.Abs(a.Link), math.Abs(b.Link); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	return all
}

// names gives the columns for which is says yes.
func (f *Facts) names(is func(*Profile) bool) []string {
	var names []string
	for _, p := range f.Profiles {
		if is(p) {
			names = append(names, p.Name)
		}
	}
	return names
}

// extremes gives the most common and the rarest level that occurs.
func (p *Profile) extremes() (most, least Level) {
	for _, l := range p.Levels {
		if l.Count == 0 {
			continue
		}
		if l.Count > most.Count {
			most = l
		}
		if least.Count == 0 || l.Count < least.Count {
			least = l
		}
	}
	return most, least
}
