package notebook

import (
	"fmt"
	"math"
	"strings"
	"time"

	"labbook/internal/base/facts"
	"labbook/internal/base/human"
)

// String writes a value as people read it, on a page and on a terminal alike:
// "245.3 USD [236.7, 253.9]", "1,204 (2.2%)", "Ideal 40.1 %", "a, b and 3 more".
// It is the one place where a value becomes a text.
func (v Value) String() string { return v.words("") }

// Under is String below a heading that says the unit already.
func (c Column) Under(v Value) string { return v.words(c.Unit) }

func (v Value) words(said string) string {
	switch {
	case v.List != nil:
		return v.List.words(said)
	case v.Number == nil:
		return v.Text
	case v.Text == "":
		return v.Number.words(said)
	}
	return v.Text + " " + v.Number.words(said)
}

func (l *List) words(said string) string {
	between := ", "
	switch l.As {
	case Ascending:
		between = " < "
	case Ends:
		between = " to "
	}
	items := make([]string, len(l.Items))
	for i, v := range l.Items {
		items[i] = v.words(said)
	}
	text := strings.Join(items, between)
	if l.More > 0 {
		text += fmt.Sprintf(" and %s more", human.Int(l.More))
	}
	return text
}

func (n *Number) words(said string) string {
	text := n.figure(n.Value)
	if n.Signed && n.Value > 0 && strings.ContainsAny(text, "123456789") {
		text = "+" + text
	}
	if n.Spread != nil {
		text += " ± " + n.figure(*n.Spread)
	}
	if n.Unit != "" && n.Unit != said {
		text += " " + n.Unit
	}
	if n.Interval != nil {
		text += " [" + n.figure(n.Interval[0]) + ", " + n.figure(n.Interval[1]) + "]"
	}
	if n.Of != nil {
		text += " (" + human.Percent(int(n.Value), int(*n.Of)) + ")"
	}
	return text
}

// figure writes one of the numbers of n without what stands around it.
func (n *Number) figure(number facts.Number) string {
	v := float64(number)
	switch n.Form {
	case Moment:
		return moment(v)
	case Decimal:
		return human.Fixed(v, n.Digits)
	case Plain:
		if n.Digits == 0 {
			return human.Exact(v)
		}
		return human.Trimmed(v, n.Digits)
	}
	return human.Digits(v, n.Digits)
}

// moment writes the day, and the time of day where it is not its beginning. Times
// without a day are held as those of the first of all.
func moment(seconds float64) string {
	if !(math.Abs(seconds) < 1e12) {
		return human.Digits(math.NaN(), 0)
	}
	whole, part := math.Modf(seconds)
	t := time.Unix(int64(whole), int64(math.Round(part*1e9))).UTC()
	switch {
	case t.Truncate(24 * time.Hour).Equal(t):
		return t.Format(time.DateOnly)
	case seconds > 0 && seconds < 24*60*60:
		return t.Format("15:04:05.999")
	}
	return t.Format("2006-01-02 15:04:05.999")
}
