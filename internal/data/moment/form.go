package moment

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Usual are the forms that need no declaration, in the order in which they are
// tried: no value can be read in two of them as two moments.
var Usual = []string{
	time.DateOnly,
	time.DateTime,
	"2006-01-02T15:04:05",
	time.RFC3339,
	"2006-01-02 15:04",
	"2006-01-02T15:04",
	"2006-01-02 15:04:05Z07:00",
	"2006/01/02",
}

// all gives every form that is looked for, by how many colons its values have:
// Usual first, and of forms that read the same values alike the one that is
// written in more places.
var all = sync.OnceValue(func() map[int][]string {
	clocks := []string{"15:04:05", "15:04", "3:04:05 PM", "3:04 PM", "3:04:05PM", "3:04PM", "3:04:05 pm", "3:04 pm", "3:04:05pm", "3:04pm"}
	forms := slices.Clone(Usual)
	for _, date := range dateForms() {
		forms = append(forms, date)
		for _, between := range []string{" ", "T", ", "} {
			for _, clock := range clocks {
				for _, zone := range []string{"", "Z07:00", "-0700", " -0700", " -07:00", " MST"} {
					forms = append(forms, date+between+clock+zone)
				}
			}
		}
	}
	forms = append(forms, clocks...)
	forms = append(forms, "2006-01", "2006/01", "2006.01", "01/2006", "01-2006", "01.2006", "1/2006")
	for _, name := range []string{"Jan", "January"} {
		forms = append(forms, name+" 2006", name+"-2006", name+"/2006", "2006 "+name, "2006-"+name, name+"-06", name+" 06")
	}
	forms = append(forms, "2006-W01", "2006-W01-1", "2006W01", "2006-Q1", "2006Q1", "2006 Q1", "Q1 2006", "Q1-2006", "Q1/2006")
	colons := map[int][]string{}
	for i, form := range forms {
		if i >= len(Usual) && slices.Contains(Usual, form) {
			continue
		}
		n := strings.Count(form, ":")
		colons[n] = append(colons[n], form)
		if strings.HasSuffix(form, "Z07:00") { // Z has none
			colons[n-1] = append(colons[n-1], form)
		}
	}
	return colons
})

// dateForms gives the forms of days.
func dateForms() []string {
	var forms []string
	for _, sep := range []string{"-", "/", ".", " "} {
		for _, order := range []string{"2006 01 02", "2006 1 2", "02 01 2006", "2 1 2006", "01 02 2006", "1 2 2006",
			"02 01 06", "2 1 06", "01 02 06", "1 2 06", "06 01 02", "06 1 2",
			"02 Jan 2006", "2 Jan 2006", "02 January 2006", "2 January 2006", "02 Jan 06", "2 Jan 06",
			"2006 Jan 02", "2006 Jan 2", "Jan 02 2006", "Jan 2 2006", "January 02 2006", "January 2 2006"} {
			forms = append(forms, strings.ReplaceAll(order, " ", sep))
		}
	}
	forms = append(forms, "Jan 02, 2006", "Jan 2, 2006", "January 02, 2006", "January 2, 2006", "2. January 2006", "2. Jan 2006",
		"02Jan2006", "2Jan2006", "20060102")
	for _, day := range []string{"02 Jan 2006", "2 Jan 2006", "2 January 2006", "Jan 2, 2006", "January 2, 2006", "02-Jan-06", "2006-01-02"} {
		forms = append(forms, "Mon, "+day, "Mon "+day, "Monday, "+day, "Monday "+day)
	}
	// As C's asctime and Git write it.
	return append(forms, "Mon Jan _2 15:04:05 2006", "Mon Jan 2 15:04:05 2006", "Mon Jan _2 15:04:05 2006 -0700", "Mon Jan _2 15:04:05 MST 2006", "Mon Jan _2 15:04:05 -0700 2006")
}

// UsualOf gives the first of Usual that the text has, or "".
func UsualOf(text string) string {
	if len(text) < 8 || len(text) > 40 {
		return ""
	}
	for _, form := range Usual {
		if _, ok := Parse(form, text); ok {
			return form
		}
	}
	return ""
}

// Reading is how the values of a column are read as moments.
type Reading struct {
	Form string
	// Otherwise are the forms that read some value as another moment: no row
	// tells which of them is right.
	Otherwise []string
}

// No moment is written shorter, as 9:30, or longer.
const shortest, longest = 4, 64

// Find gives how all of the values can be read, nil where no form fits them.
// They come trimmed, and none is empty. Where several forms read them as
// different moments, days that are the same in all rows are taken for the first
// of months; else the month is first where strokes part the numbers, and the
// day elsewhere.
func Find(values []string) *Reading {
	if len(values) == 0 || slices.ContainsFunc(values, func(value string) bool { return !plausible(value) }) {
		return nil
	}
	left := slices.Clone(all()[strings.Count(values[0], ":")])
	for _, value := range values {
		if left = slices.DeleteFunc(left, func(form string) bool { return !has(form, value) }); len(left) == 0 {
			return nil
		}
	}
	best := left[0]
	if i := slices.IndexFunc(left, monthFirst); i >= 0 && strings.Contains(best, "/") {
		best = left[i]
	}
	if i := slices.IndexFunc(left, func(form string) bool { return oneDay(form, values) }); i >= 0 && len(values) > 2 {
		best = left[i]
	}
	return &Reading{best, unlike(best, left, values)}
}

// plausible spares most words the search through all forms.
func plausible(text string) bool {
	return shortest <= len(text) && len(text) <= longest && strings.ContainsAny(text, "0123456789")
}

// unlike gives the forms that read some value as another moment than best does.
func unlike(best string, forms, values []string) []string {
	if len(forms) == 1 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(forms), func(form string) bool {
		return !slices.ContainsFunc(values, func(value string) bool {
			a, _ := Parse(best, value)
			b, _ := Parse(form, value)
			return a != b
		})
	})
}

// oneDay says that by this form all values are of one day of a month, but not
// of one month.
func oneDay(form string, values []string) bool {
	months := map[time.Month]bool{}
	day := 0
	for i, value := range values {
		seconds, _ := Parse(form, value)
		t := time.Unix(int64(seconds), 0).UTC()
		if i > 0 && t.Day() != day {
			return false
		}
		day = t.Day()
		months[t.Month()] = true
	}
	return len(months) > 1
}

func monthFirst(form string) bool {
	return strings.HasPrefix(form, "01/0") || strings.HasPrefix(form, "1/2/")
}

func has(form, value string) bool {
	_, ok := Parse(form, value)
	return ok
}
