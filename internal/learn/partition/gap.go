package partition

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
)

// CheckGap says, as an error of package params, what keeps a text from being a
// gap of some column.
func CheckGap(gap string) error {
	if _, _, err := ParseLength(gap); err != nil {
		return params.Fault("gap", "this is no gap", "a duration such as 7d or 12h, or, where the time is a number, a number", "write gap: 7d")
	}
	return nil
}

// gapOf gives a gap in the unit of a column of times: seconds of a date.
func gapOf(gap string, c *table.Column) (float64, error) {
	length, duration, err := ParseLength(gap)
	if err != nil || gap == "" || c == nil || c.Type != table.Date && c.Type != table.Number {
		return 0, err
	}
	if duration == (c.Type == table.Date) {
		return length, nil
	}
	e := &diag.Error{What: fmt.Sprintf("the gap does not suit %s, which is a %s", c.Name, c.Type), Found: gap, Wanted: "a number, in the unit of " + c.Name,
		Hint: "write gap: 10, or declare the column's type: date"}
	if c.Type == table.Date {
		e.Wanted, e.Hint = "a duration such as 7d or 12h", fmt.Sprintf("write gap: %sd, if days are meant", gap)
	}
	return 0, params.FaultOf("gap", e)
}

// ParseLength reads a length of time: a number, or a duration, in seconds, of which days may be said: 7d.
// "" is none.
func ParseLength(text string) (length float64, duration bool, err error) {
	if text == "" {
		return 0, false, nil
	}
	if length, err = strconv.ParseFloat(text, 64); err == nil {
		return length, false, positive(length)
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if length, err = strconv.ParseFloat(days, 64); err == nil {
			length *= 24 * 60 * 60
			return length, true, positive(length)
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, false, err
	}
	return d.Seconds(), true, positive(d.Seconds())
}

func positive(v float64) error {
	if !(v > 0) || math.IsInf(v, 0) {
		return errors.New("a gap is longer than nothing")
	}
	return nil
}
