package notebook

import (
	"encoding/json"

	"labbook/internal/base/facts"
)

// Value is what stands in one place of a table: words, a number, words and the
// number that they name, or a list. The zero Value is an empty place. In JSON
// mere words are a string.
type Value struct {
	Text   string  `json:"text,omitempty"`
	Number *Number `json:"number,omitempty"`
	List   *List   `json:"list,omitempty"`
}

// Number is a number with all its digits, and how exactly people want to know
// it. One that is not known is NaN.
type Number struct {
	Value facts.Number `json:"value"`
	Form  Form         `json:"form"`
	// Digits are significant ones, of Fixed those behind the point; 0 of a Plain
	// number are as many as tell it apart from any other.
	Digits   int              `json:"digits,omitempty"`
	Signed   bool             `json:"signed,omitempty"` // a difference: above zero it has a plus
	Unit     string           `json:"unit,omitempty"`
	Interval *[2]facts.Number `json:"interval,omitempty"` // in which it lies, lower end first
	Spread   *facts.Number    `json:"spread,omitempty"`   // its standard deviation
	Of       *facts.Number    `json:"of,omitempty"`       // the whole that it is a part of
}

// Form says what kind of a number it is, and so how it is written.
type Form string

// The forms of numbers.
const (
	Whole    Form = "count"
	Plain    Form = "number"   // zeros at its end are left out: 0.7
	Measured Form = "measured" // zeros count, for they were measured too: 0.700
	Decimal  Form = "fixed"    // as many decimals in each row
	Moment   Form = "date"     // seconds since 1970, in UTC
)

// List is several values of equal rank.
type List struct {
	Items []Value `json:"items"`
	As    Order   `json:"as,omitempty"`   // "" are in no order
	More  int     `json:"more,omitempty"` // how many are left out
}

// Order says how the items of a list stand to each other.
type Order string

// The orders.
const (
	Ascending Order = "ascending" // each below the next
	Ends      Order = "ends"      // the first and the last of what lies between
)

// Text is a value of words.
func Text(words string) Value { return Value{Text: words} }

// Count is a value that counts something.
func Count(n int) Value { return number(float64(n), Whole, 0) }

// Numeral is a number to so many significant digits, all that it has for 0.
func Numeral(v float64, digits int) Value { return number(v, Plain, digits) }

// Measure is a number that was measured, to so many significant digits.
func Measure(v float64, digits int) Value { return number(v, Measured, digits) }

// Fixed is a number with so many decimals.
func Fixed(v float64, decimals int) Value { return number(v, Decimal, decimals) }

// Percent is a share, which is 1 for the whole, with so many decimals of a
// per cent.
func Percent(share float64, decimals int) Value { return Fixed(100*share, decimals).In("%") }

// Date is a moment, in seconds since 1970.
func Date(seconds float64) Value { return number(seconds, Moment, 0) }

func number(v float64, form Form, digits int) Value {
	return Value{Number: &Number{Value: facts.Number(v), Form: form, Digits: digits}}
}

// Texts is a list of the first most words; all of them for 0.
func Texts(words []string, most int) Value {
	l := &List{}
	if most > 0 && len(words) > most {
		l.More, words = len(words)-most, words[:most]
	}
	for _, w := range words {
		l.Items = append(l.Items, Text(w))
	}
	return Value{List: l}
}

// Items is a list of values.
func Items(items ...Value) Value { return Value{List: &List{Items: items}} }

// Between is all from low to high.
func Between(low, high Value) Value { return Value{List: &List{Items: []Value{low, high}, As: Ends}} }

// In gives a number its unit.
func (v Value) In(unit string) Value { return v.with(func(n *Number) { n.Unit = unit }) }

// Within gives a number its interval.
func (v Value) Within(low, high float64) Value {
	return v.with(func(n *Number) { n.Interval = &[2]facts.Number{facts.Number(low), facts.Number(high)} })
}

// Spread gives a number its standard deviation.
func (v Value) Spread(deviation float64) Value {
	return v.with(func(n *Number) { d := facts.Number(deviation); n.Spread = &d })
}

// Of gives a count the whole that it is a part of.
func (v Value) Of(whole int) Value {
	return v.with(func(n *Number) { w := facts.Number(whole); n.Of = &w })
}

// Signed makes a number a difference.
func (v Value) Signed() Value { return v.with(func(n *Number) { n.Signed = true }) }

// Named puts words before a number.
func (v Value) Named(words string) Value { v.Text = words; return v }

// with gives v with a changed copy of its number.
func (v Value) with(change func(*Number)) Value {
	n := *v.Number
	change(&n)
	v.Number = &n
	return v
}

// MarshalJSON is the method of json.Marshaler.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.Number == nil && v.List == nil {
		return json.Marshal(v.Text)
	}
	type plain Value
	return json.Marshal(plain(v))
}

// UnmarshalJSON is the method of json.Unmarshaler.
func (v *Value) UnmarshalJSON(data []byte) error {
	if data[0] == '"' {
		return json.Unmarshal(data, &v.Text)
	}
	type plain Value
	return json.Unmarshal(data, (*plain)(v))
}
