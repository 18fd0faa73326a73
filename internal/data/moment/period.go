package moment

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// period is a part of a year of which package time has no layout. A form has
// its mark once, the year as 2006, and may have the day of the week, Monday is
// 1, as -1 behind the week.
type period struct {
	mark   string // W01
	digits int    // of its number
	most   int
	begin  func(year, n int) time.Time
	of     func(time.Time) (year, n int)
}

var periods = []period{
	{"W01", 2, 53, weekBegin, time.Time.ISOWeek},
	{"Q1", 1, 4, quarterBegin, quarterOf},
}

// periodOf gives the period that the form has, or nil.
func periodOf(form string) *period {
	for i := range periods {
		if strings.Contains(form, periods[i].mark) {
			return &periods[i]
		}
	}
	return nil
}

// weekBegin gives the Monday of the week: the fourth of January is in the first.
func weekBegin(year, week int) time.Time {
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
	return fourth.AddDate(0, 0, 7*(week-1)-int(fourth.Weekday()+6)%7)
}

func quarterBegin(year, quarter int) time.Time {
	return time.Date(year, time.Month(3*quarter-2), 1, 0, 0, 0, 0, time.UTC)
}

func quarterOf(t time.Time) (year, quarter int) { return t.Year(), (int(t.Month()) + 2) / 3 }

// parse reads the text beside the form: each of its parts has a fixed width.
func (p *period) parse(form, text string) (float64, bool) {
	if len(text) != len(form) {
		return 0, false
	}
	mark, year := strings.Index(form, p.mark), strings.Index(form, "2006")
	if year < 0 || text[mark] != p.mark[0] {
		return 0, false
	}
	y, n, day := digits(text[year:year+4]), digits(text[mark+1:mark+1+p.digits]), 1
	end := mark + len(p.mark)
	if strings.HasPrefix(form[end:], "-1") {
		day = digits(text[end+1 : end+2])
	}
	t := p.begin(y, n).AddDate(0, 0, day-1)
	if y < 0 || n < 1 || n > p.most || day < 1 || day > 7 || p.format(form, t) != text {
		return 0, false // also the 53rd week of a year that has 52
	}
	return float64(t.Unix()), true
}

func (p *period) format(form string, t time.Time) string {
	year, n := p.of(t)
	written := fmt.Sprintf("%c%0*d", p.mark[0], p.digits, n)
	weekday := strconv.Itoa(int(t.Weekday()+6)%7 + 1)
	return strings.NewReplacer("2006", fmt.Sprintf("%04d", year), p.mark+"-1", written+"-"+weekday, p.mark, written).Replace(form)
}
