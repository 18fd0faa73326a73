package moment

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

func at(year int, month time.Month, day, hour, minute, second int) float64 {
	return float64(time.Date(year, month, day, hour, minute, second, 0, time.UTC).Unix())
}

// Each form is found in values that have it, reads the first of them as the
// moment beside it, and writes it again.
func TestFind(t *testing.T) {
	testdata.OnlyComputes(t)
	day := at(2006, 12, 31, 0, 0, 0)
	for _, c := range []struct {
		form    string
		want    float64
		values  []string
		another string // a form that would read them otherwise
	}{
		{"2006-01-02", day, []string{"2006-12-31"}, ""},
		{"2006/01/02", day, []string{"2006/12/31"}, ""},
		{"2006.01.02", day, []string{"2006.12.31"}, ""},
		{"20060102", day, []string{"20061231"}, ""},
		{"01/02/2006", day, []string{"12/31/2006", "01/02/2006"}, ""},
		{"02/01/2006", day, []string{"31/12/2006", "01/02/2006"}, ""},
		{"1/2/2006", day, []string{"12/31/2006", "1/2/2006"}, ""},
		{"1/2/06", day, []string{"12/31/06", "1/2/07"}, ""},
		{"02.01.2006", day, []string{"31.12.2006", "01.02.2006"}, ""},
		{"2.1.2006", day, []string{"31.12.2006", "1.2.2006"}, ""},
		{"02-01-2006", day, []string{"31-12-2006", "01-02-2006"}, ""},
		{"02-Jan-2006", day, []string{"31-Dec-2006", "02-Jan-2006"}, ""},
		{"2-Jan-06", day, []string{"31-Dec-06", "2-Jan-06"}, ""},
		{"02-Jan-06", at(1999, 12, 31, 0, 0, 0), []string{"31-Dec-99", "02-Jan-68"}, ""},
		{"Jan 2 2006", day, []string{"Dec 31 2006", "Jan 2 2006"}, ""},
		{"Jan 2, 2006", day, []string{"Dec 31, 2006", "Jan 2, 2006"}, ""},
		{"January 2, 2006", day, []string{"December 31, 2006", "January 2, 2006"}, ""},
		{"2 January 2006", day, []string{"31 December 2006", "2 January 2006"}, ""},
		{"02Jan2006", day, []string{"31DEC2006", "02JAN2006"}, ""},
		{"Mon, 02 Jan 2006 15:04:05 -0700", day - 3600, []string{"Sun, 31 Dec 2006 00:00:00 +0100"}, ""},
		{"Mon, 02 Jan 2006 15:04:05 MST", day, []string{"Sun, 31 Dec 2006 00:00:00 GMT"}, ""},
		{"Mon Jan _2 15:04:05 2006", at(2006, 12, 31, 1, 2, 3), []string{"Sun Dec 31 01:02:03 2006"}, ""},
		{"2006-01-02 15:04:05", at(2006, 12, 31, 1, 2, 3), []string{"2006-12-31 01:02:03"}, ""},
		{"2006-01-02T15:04:05Z07:00", at(2006, 12, 31, 1, 2, 3), []string{"2006-12-31T01:02:03Z", "2006-12-31T01:02:03+02:00"}, ""},
		{"2006-01-02T15:04:05-0700", at(2006, 12, 31, 1, 2, 3), []string{"2006-12-31T01:02:03+0000"}, ""},
		{"2006/01/02 15:04", at(2006, 12, 31, 1, 2, 0), []string{"2006/12/31 01:02"}, ""},
		{"01/02/2006 15:04", at(2006, 12, 31, 1, 2, 0), []string{"12/31/2006 01:02"}, ""},
		{"01/02/2006 3:04:05 PM", at(2006, 12, 31, 13, 2, 3), []string{"12/31/2006 1:02:03 PM"}, ""},
		{"01/02/2006, 3:04 PM", at(2006, 12, 31, 0, 2, 0), []string{"12/31/2006, 12:02 AM"}, ""},
		{"Jan 2, 2006 3:04 pm", at(2006, 12, 31, 13, 2, 0), []string{"Dec 31, 2006 1:02 pm", "Jan 2, 2006 1:02 am"}, ""},
		{"15:04:05", at(1970, 1, 1, 23, 2, 3), []string{"23:02:03"}, ""},
		{"15:04", at(1970, 1, 1, 9, 30, 0), []string{"09:30", "23:59"}, ""},
		{"3:04 PM", at(1970, 1, 1, 21, 30, 0), []string{"9:30 PM", "11:59 AM"}, ""},
		{"2006-01", at(2006, 12, 1, 0, 0, 0), []string{"2006-12"}, ""},
		{"01/2006", at(2006, 12, 1, 0, 0, 0), []string{"12/2006"}, ""},
		{"Jan 2006", at(2006, 12, 1, 0, 0, 0), []string{"Dec 2006"}, ""},
		{"Jan-2006", at(2006, 2, 1, 0, 0, 0), []string{"Feb-2006"}, ""},
		{"Jan-06", at(2018, 2, 1, 0, 0, 0), []string{"Feb-18", "Mar-99"}, ""},
		{"2006-W01", at(2020, 12, 28, 0, 0, 0), []string{"2020-W53", "2021-W01"}, ""},
		{"2006-W01-1", at(2021, 1, 3, 0, 0, 0), []string{"2020-W53-7"}, ""},
		{"2006-Q1", at(2006, 10, 1, 0, 0, 0), []string{"2006-Q4"}, ""},
		{"2006 Q1", at(2006, 4, 1, 0, 0, 0), []string{"2006 Q2"}, ""},
		// What no row decides.
		{"01/02/2006", at(2006, 3, 4, 0, 0, 0), []string{"03/04/2006", "05/06/2006"}, "02/01/2006"},
		{"02.01.2006", at(2006, 4, 3, 0, 0, 0), []string{"03.04.2006", "05.06.2006"}, "01.02.2006"},
		{"01/02/06", at(2006, 3, 4, 0, 0, 0), []string{"03/04/06", "05/06/07"}, "06/01/02"},
		// The first of every month.
		{"02/01/2006", at(2006, 1, 1, 0, 0, 0), []string{"01/01/2006", "01/02/2006", "01/03/2006"}, "01/02/2006"},
	} {
		t.Run(c.form, func(t *testing.T) {
			r := Find(c.values)
			require.NotNil(t, r)
			assert.Equal(t, c.form, r.Form)
			if c.another == "" {
				assert.Empty(t, r.Otherwise)
			} else {
				assert.Contains(t, r.Otherwise, c.another)
			}
			got, ok := Parse(r.Form, c.values[0])
			assert.True(t, ok)
			assert.Equal(t, c.want, got)
			again, ok := Parse(r.Form, Format(r.Form, got))
			assert.True(t, ok)
			assert.Equal(t, got, again)
			assert.True(t, Valid(r.Form))
		})
	}
}

func TestFindsNone(t *testing.T) {
	for _, values := range [][]string{
		nil, {"blue"}, {"12"}, {"2006"}, {"2006-13-01"}, {"2006-02-30"}, {"31.12.2006", "12/31/2006"}, {"31/12/2006", "12/31/2006"},
		{"A-17"}, {"12:61"}, {"2021-W53"}, {"2006-Q5"}, {"1.2.3"}, {"192.168.0.1"}, {"5-0"}, {"Sun, 31 Dec 2006 00:00:00 CST"}, {"March"},
	} {
		assert.Nil(t, Find(values), "%v", values)
	}
}

func TestCounts(t *testing.T) {
	for form, text := range map[string]string{Unix: "1167523200", UnixMilli: "1167523200000"} {
		got, ok := Parse(form, text)
		assert.True(t, ok)
		assert.Equal(t, at(2006, 12, 31, 0, 0, 0), got)
		assert.Equal(t, text, Format(form, got))
		assert.True(t, Valid(form))
	}
	_, ok := Parse(Unix, "soon")
	assert.False(t, ok)
	assert.False(t, Valid("02.01."))
}

func FuzzParse(f *testing.F) {
	for _, form := range []string{Unix, UnixMilli, "2006-W01", "2006-W01-1", "Q1 2006", "02.01.2006", "3:04 PM", time.RFC1123} {
		f.Add(form, "2006-12-31")
		f.Add(form, Format(form, 1e9))
	}
	f.Fuzz(func(t *testing.T, form, text string) {
		if seconds, ok := Parse(form, text); ok {
			Format(form, seconds)
		}
		Find([]string{text, text})
	})
}
